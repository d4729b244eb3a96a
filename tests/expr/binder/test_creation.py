"""`new`: constructors, initialisers, arrays, anonymous types, tuples (C# 12.8.16, 12.8.6)."""

from __future__ import annotations

import pytest

from fastgw.expr import bound
from tests.expr.binder.binding import codes, result, returned


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("new DateTime()", "DateTime"),
        ("new int()", "int"),
        ("new int?()", "int?"),
        ("new int?(5)", "int?"),
        ("new object()", "object"),
        ("new DayOfWeek()", "DayOfWeek"),
        ("new List<int> {1, 2}", "List<int>"),
        ('new Dictionary<string, int> {{"a", 1}}', "Dictionary<string, int>"),
        ('new Dictionary<string, int> {["a"] = 1}', "Dictionary<string, int>"),
        ('new JObject {{"a", 1}, {"b", null}, new JProperty("c", "x")}', "JObject"),
        ('new JObject {["a"] = 1, ["b"] = new JArray {1, "x"}}', "JObject"),
        ("new StringBuilder {Length = 0}", "StringBuilder"),
        ("new Func<int>(() => 1)", "Func<int>"),
        ("new int[2]", "int[]"),
        ("new int[2, 3]", "int[,]"),
        ("new int[2][]", "int[][]"),
        ("new int[2L]", "int[]"),
        ("new int[] {1, 2}", "int[]"),
        ("new long[] {1, 2}", "long[]"),
        ("new int[2] {1, 2}", "int[]"),
        ("new int[,] {{1, 2}, {3, 4}}", "int[,]"),
        ('new object[] {1, "a", null}', "object[]"),
        ("int[] a = {1, 2}; return a;", "int[]"),
        ("int[,] a = {{1, 2}, {3, 4}}; return a[1, 1];", "int"),
        ('new { a = 1, b = "x" }.b', "string"),
        ("new { context.Api.Id, x = context.User?.Email }.Id", "string"),
        ("int n = 1; return new { n }.n;", "int"),
        ('(1, "x").Item2', "string"),
        ("(a: 1, b: 2).b", "int"),
        ("int n = 1; return (n, context.Api.Id).Id;", "string"),
        ("(int a, string b) t = (1, null); return t.b;", "string"),
        ('(1, (2, "x")).Item2.Item2', "string"),
    ],
)
def test_what_new_makes(source: str, found: str) -> None:
    assert result(source) == found


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("new Math()", "CS0712"),
        ("new IDisposable()", "CS0144"),
        ("new Type()", "CS1729"),
        ("new StringBuilder(1, 2, 3, 4, 5, 6)", "CS1729"),
        ("new Func<int>()", "CS0149"),
        ("new Func<int>(5)", "CS0029"),
        ('new List<int> {"x"}', "CS1503"),
        ('new Dictionary<string, int> {{"a"}}', "CS7036"),
        ('new Dictionary<string, int> {["a"] = "x"}', "CS0029"),
        ("new StringBuilder {1}", "CS1922"),
        ("new StringBuilder {Foo = 1}", "CS0117"),
        ('new StringBuilder {Length = "x"}', "CS0029"),
        ('new Uri("http://x") {Host = "y"}', "CS0200"),
        ("new byte[] {1, 300}", "CS0031"),
        ('new int[] {1, "x"}', "CS0029"),
        ('new int["x"]', "CS0029"),
        ("new int[3] {1, 2}", "CS0847"),
        ("int n = 2; return new int[n] {1, 2};", "CS0150"),
        ("new int[,] {{1, 2}, {3}}", "CS0847"),
        ("new int[,] {1, 2}", "CS0846"),
        ("int x = {1}; return x;", "CS0622"),
        ("var x = {1}; return x;", "CS0820"),
        ("new { 1, 2 }", "CS0746"),
        ("new { a = null }", "CS0828"),
        ("new { a = 1, a = 2 }", "CS0833"),
        ("new { a = 1 }.b", "CS1061"),
        ("(1, 2).Item3", "CS1061"),
        ("var t = (1, null); return t;", "CS0815"),
        ("T Make<T>() => new T(); return 1;", "CS0304"),
    ],
)
def test_what_new_does_not_make(source: str, code: str) -> None:
    assert codes(source) == [code]


def test_initialisers_are_effects_on_the_new_object() -> None:
    found = returned('return new JObject {["a"] = 1, ["b"] = 2};')
    assert isinstance(found, bound.New)
    assert found.target is not None
    assert len(found.effects) == 2
    for one in found.effects:
        assert isinstance(one, bound.Assign)
        assert isinstance(one.target, bound.GetIndex)
        assert isinstance(one.target.receiver, bound.Local)
        assert one.target.receiver.variable is found.target


def test_collection_initialisers_call_add() -> None:
    found = returned("return new List<int> {1, 2};")
    assert isinstance(found, bound.New)
    assert [type(one) for one in found.effects] == [bound.Call, bound.Call]


def test_multidimensional_initialisers_are_in_row_major_order() -> None:
    found = returned("return new int[,] {{1, 2, 3}, {4, 5, 6}};")
    assert isinstance(found, bound.NewArray)
    assert [one.value for one in found.sizes if isinstance(one, bound.Constant)] == [2, 3]
    assert [one.value for one in found.elements or () if isinstance(one, bound.Constant)] == [
        1,
        2,
        3,
        4,
        5,
        6,
    ]


def test_equal_shapes_are_one_anonymous_type() -> None:
    assert codes("var a = new { x = 1 }; a = new { x = 2 }; return a;") == []
    assert codes("var a = new { x = 1 }; a = new { y = 2 }; return a;") == ["CS0029"]
    assert codes('var a = new { x = 1 }; a = new { x = "s" }; return a;') == ["CS0029"]
