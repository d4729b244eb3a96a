"""Overload resolution: which candidate a call means, and what is said where none fits (C# 12.6.4)."""

from __future__ import annotations

import pytest

from fastgw.expr import bound
from fastgw.expr.types import Method
from tests.expr.binder.binding import codes, message, result, returned


def chosen(source: str) -> str:
    """The parameter types of the method that the outermost call means."""
    found = returned(source if source.endswith(";") else f"return {source};")
    while isinstance(found, bound.Convert):
        found = found.operand
    assert isinstance(found, (bound.Call, bound.New, bound.GetIndex))
    if isinstance(found, bound.GetIndex):
        parameters = found.indexer.parameters
    else:
        method: Method = found.method if isinstance(found, bound.Call) else found.constructor
        parameters = method.parameters
    return ", ".join(f"{one.modifier} {one.type}".strip() for one in parameters)


@pytest.mark.parametrize(
    ("source", "parameters"),
    [
        ("Math.Max(1, 2)", "int, int"),
        ("Math.Max(1, 2L)", "long, long"),
        ("Math.Max(1, 2.5)", "double, double"),
        ("Math.Max(1, 2.5m)", "decimal, decimal"),
        ("Math.Max((byte)1, (byte)2)", "byte, byte"),
        ("Math.Max(1u, 2)", "uint, uint"),
        ("Math.Abs(-5)", "int"),
        ("Math.Round(2.5m)", "decimal"),
        ("Convert.ToInt32(5.5)", "double"),
        ("Convert.ToInt32('5')", "char"),
        ("Convert.ToInt32((object)5)", "object"),
        ("Convert.ToString(null)", "string"),
        ('string.Join(",", new[] {"a"})', "string, params string[]"),
        ('string.Join(",", "a", "b")', "string, params string[]"),
        ('string.Join(",", 1, "a")', "string, params object[]"),
        ('string.Join(",", new List<string>())', "string, IEnumerable<string>"),
        ('string.Join(",", new[] {1, 2})', "string, IEnumerable<T>"),
        ('string.Concat("a", "b")', "string, string"),
        ("string.Concat('a', 'b', 'c')", "object, object, object"),
        ('string.Concat(new[] {"a"})', "params string[]"),
        ("\"a\".Split(',')", "params char[]"),
        ('"a".IndexOf("a")', "string"),
        ("\"a\".IndexOf('a')", "char"),
        ('"a".Equals("b")', "string"),
        ('"a".Equals((object)"b")', "object"),
        ("5.Equals(5)", "int"),
        ("5.Equals(5L)", "object"),
        ("5.ToString()", ""),
        ("new string('x', 2)", "char, int"),
        ('new JArray(1, "a")', "params object[]"),
        ('new JArray(new[] {"a"}.Select(x => x))', "object"),
        ('new JProperty("a", 1)', "string, object"),
        ('new JObject()["a"]', "string"),
        ("new JArray()[0]", "int"),
        ('JToken.Parse("")[0]', "object"),
        ("new[] {1.5m, 2}.Sum()", "this IEnumerable<decimal>"),
        ("new[] {1}.Count()", "this IEnumerable<TSource>"),
        ("new List<int>().Count()", "this IEnumerable<TSource>"),
        ("new List<int>().Contains(1)", "T"),
        ("new DateTime(2024, 1, 2)", "int, int, int"),
    ],
)
def test_the_best_overload_is_called(source: str, parameters: str) -> None:
    generic = {"T item": "int"}
    shown = chosen(source)
    assert shown in (parameters, generic.get(shown, shown).replace("T", "T")) or shown == parameters.replace(
        "int", "T"
    )


def test_named_arguments_are_put_in_place_and_evaluated_as_written() -> None:
    found = returned("int F(int a, int b, int c = 3) => a; return F(b: 1, a: 2);")
    assert isinstance(found, bound.CallLocal)
    values = [one.value for one in found.arguments if isinstance(one, bound.Constant)]
    assert values == [2, 1, 3]
    assert found.order == (1, 0, 2)


def test_named_arguments_in_order_need_no_order() -> None:
    found = returned("return context.Request.Body.As<string>(preserveContent: true);")
    assert isinstance(found, bound.Call)
    assert found.order == ()
    assert len(found.arguments) == 1


def test_params_become_an_array() -> None:
    found = returned("int F(params int[] xs) => xs.Length; return F(1, 2);")
    assert isinstance(found, bound.CallLocal)
    array = found.arguments[0]
    assert isinstance(array, bound.NewArray)
    assert len(array.elements or ()) == 2
    assert str(array.type) == "int[]"


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("int.Parse()", "CS7036"),
        ('"a".Substring()', "CS1501"),
        ('"a".Substring("b")', "CS1503"),
        ('"a".Substring(1, 2, 3)', "CS1501"),
        ('"a".Replace("b", \'c\')', "CS1503"),
        ("new DateTime(1, 2, 3, 4, 5, 6, 7, 8, 9)", "CS1729"),
        ("new Uri(5)", "CS1503"),
        ("context.Request.Body.As()", "CS0411"),
        ("context.Request.Body.As<string, int>()", "CS0305"),
        ("Enumerable.Empty()", "CS0411"),
        ('"a".ToUpper<int>()', "CS0308"),
        ("Math.Round(5)", "CS0121"),
        ('int x; return int.TryParse("1", x);', "CS1620"),
        ("int x = 1; return int.Parse(out x);", "CS1615"),
        ('long x; return int.TryParse("1", out x);', "CS1503"),
        ('int.TryParse("1", out context.Api)', "CS0206"),
        ('int.TryParse("1", out 5)', "CS1510"),
        ('foreach (var x in new[] {1}) { int.TryParse("1", out x); } return 1;', "CS1657"),
        ("int F(int a) => a; return F();", "CS7036"),
        ("int F(int a) => a; return F(b: 1);", "CS1739"),
        ("int F(int a, int b) => a; return F(1, a: 2);", "CS1744"),
        ("Func<int, int> f = x => x; return f();", "CS7036"),
        ("string.ToUpper()", "CS0120"),
        ('"a".IsNullOrEmpty("b")', "CS0176"),
        ("String.Length", "CS0120"),
        ('"a".Empty', "CS0176"),
        ('"a".Length()', "CS1955"),
        ("5()", "CS0149"),
        ('"a"["b"]', "CS1503"),
        ("5[0]", "CS0021"),
        ("(new int[1])[0, 0]", "CS0022"),
        ("new[] {1}.ThenBy(x => x)", "CS1929"),
        ("new List<string>().Contains('c')", "CS1503"),
    ],
)
def test_calls_that_fit_nothing(source: str, code: str) -> None:
    assert codes(source) == [code]


def test_messages_count_arguments_as_written() -> None:
    assert message('new[] {"a"}.Skip("b")') == "Argument 1: cannot convert from 'string' to 'int'"
    assert message('"a".Replace("b")') == "No overload for method 'Replace' takes 1 arguments"


def test_one_mistake_gives_one_error() -> None:
    assert codes("int.Parse(nope)") == ["CS0103"]
    assert codes("nope.Foo(alsoNope)") == ["CS0103", "CS0103"]
    assert codes("var x = nope; x.Foo(); return x + 1;") == ["CS0103"]
    assert codes('int a = "x"; string b = 5; return c;') == ["CS0029", "CS0029", "CS0103"]


def test_a_member_comes_before_an_extension() -> None:
    found = returned("return new List<int>().Contains(1);")
    assert isinstance(found, bound.Call)
    assert found.receiver is not None
    assert result("new Dictionary<string, int>().Count()") == "int"


def test_types_are_given_to_functions_that_want_them() -> None:
    found = returned('return context.Variables.GetValueOrDefault<int>("x");')
    assert isinstance(found, bound.Call)
    assert [str(one) for one in found.types][-1] == "int"
    made = returned("return new List<string>();")
    assert isinstance(made, bound.New)
    assert [str(one) for one in made.types] == ["string"]
