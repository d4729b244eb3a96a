"""Members, elements and null-conditional chains (C# 12.8.7, 12.8.8, 12.8.11)."""

from __future__ import annotations

import pytest

from fastgw.expr import bound
from tests.expr.binder.binding import codes, message, result, returned


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('"abc".Length', "int"),
        ('"abc"[1]', "char"),
        ("new int[2].Length", "int"),
        ("new int[2].Rank", "int"),
        ("new List<int>()[0]", "int"),
        ('new Dictionary<string, List<int>>()["a"][0]', "int"),
        ("new Dictionary<string, int>().Keys.First()", "string"),
        ("new int[2, 3][0, 1]", "CS0178"),
        ("(new int[2, 3])[0, 1]", "int"),
        ("int[] a = {1}; return a[1L];", "int"),
        ("int[] a = {1}; return a['a'];", "int"),
        ("int[] a = {1}; return a[1.0];", "CS0266"),
        ('int[] a = {1}; return a["x"];', "CS0029"),
        ("int? n = 1; return n.Value;", "int"),
        ("int? n = 1; return n.HasValue;", "bool"),
        ("int? n = 1; return n.GetValueOrDefault();", "int"),
        ("int? n = 1; return n.GetValueOrDefault(5);", "int"),
        ("int? n = 1; return n.ToString();", "string"),
        ("int? n = 1; return n.Foo;", "CS1061"),
        ('context.Request.Url.Query["a"][0].Trim()', "string"),
        ('context.Request.Headers.ContainsKey("a")', "bool"),
        ("context.Request.Headers.Count", "int"),
        ('context.Variables.ContainsKey("a")', "bool"),
        ("context.Variables.Keys.First()", "string"),
        ("int.MaxValue", "int"),
        ("DayOfWeek.Monday", "DayOfWeek"),
        ("DayOfWeek.Monday.ToString()", "string"),
        ('5.ToString("D")', "string"),
        ("1.5.ToString()", "string"),
        ("new { a = 1 }.ToString()", "string"),
        ("(1, 2).ToString()", "string"),
        ("typeof(string).Name", "string"),
        ("object.ReferenceEquals(1, 2)", "bool"),
        ('string.Equals("a", "b")', "bool"),
        ('"x".GetType().Name', "string"),
        ("null.Foo", "CS0023"),
        ("(x => x).Foo", "CS0023"),
        ('"a".Trim.Length', "CS0023"),
        ('context.Trace("x").Foo', "CS0023"),
    ],
)
def test_members_and_elements(source: str, found: str) -> None:
    assert result(source) == found


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('"a"?.Length', "int?"),
        ('"a"?.Trim()', "string"),
        ('"a"?.Trim().Length', "int?"),
        ('"a"?.Trim()?.Length + 1', "int?"),
        ('"a"?.Length.ToString()', "string"),
        ('"a"?[0]', "char?"),
        ("(new int[1])?[0]", "int?"),
        ("int? n = 1; return n?.ToString();", "string"),
        ("int? n = 1; return n?.CompareTo(3);", "int?"),
        ("DateTime? d = null; return d?.Year ?? 1900;", "int"),
        ("context.User?.Groups?.First()?.Name", "string"),
        ("context.Response?.StatusCode", "int?"),
        ('context.Response?.Headers.GetValueOrDefault("a", "b")', "string"),
        ('(string)context.Request.Body?.As<JObject>(true)?["a"]?["b"] ?? "x"', "string"),
        ('context?.Trace("x"); return 1;', "int"),
        ('var x = context?.Trace("x"); return x;', "CS0815"),
        ("5?.ToString()", "CS0023"),
        ("null?.Foo", "CS0023"),
        ('"a"?.Trim', "CS0023"),
        ('"a"?.Nope', "CS1061"),
        ("string F<T>(T x) => x?.ToString(); return F(1);", "CS0023"),
    ],
)
def test_null_conditional_chains(source: str, found: str) -> None:
    assert result(source) == found


def test_the_placeholder_stands_for_the_target() -> None:
    found = returned("string s = null; return s?.Trim();")
    assert isinstance(found, bound.NullConditional)
    assert isinstance(found.access, bound.Call)
    assert isinstance(found.access.receiver, bound.Placeholder)
    assert found.access.receiver.key is found.key


def test_nullable_members_need_no_library() -> None:
    value = returned("int? n = 1; return n.Value;")
    assert isinstance(value, bound.Convert)
    assert value.kind == "unwrap"
    has_value = returned("int? n = 1; return n.HasValue;")
    assert isinstance(has_value, bound.Binary)
    assert has_value.operator == "!="


def test_enum_members_and_const_fields_are_constants() -> None:
    for source in ("return DayOfWeek.Monday;", "return int.MaxValue;"):
        assert isinstance(returned(source), bound.Constant)


def test_static_members_have_no_receiver() -> None:
    found = returned("return DateTime.UtcNow;")
    assert isinstance(found, bound.Get)
    assert found.receiver is None


def test_unknown_members_are_named_with_their_type() -> None:
    assert message('"abc".Foo()').startswith("'string' does not contain a definition for 'Foo'")
    assert codes("context.Nope.Foo") == ["CS1061"]
