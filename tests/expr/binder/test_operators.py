"""Operators: promotion, lifting, enums, strings, identity, declared operators (C# 12.4, 12.9 - 12.15)."""

from __future__ import annotations

import pytest

from fastgw.expr import bound
from tests.expr.binder.binding import codes, message, result, returned

NUMBERS = {
    "b": "byte b = 1;",
    "s": "short s = 1;",
    "i": "int i = 1;",
    "u": "uint u = 1;",
    "l": "long l = 1;",
    "ul": "ulong ul = 1;",
    "c": "char c = 'a';",
    "f": "float f = 1;",
    "d": "double d = 1;",
    "m": "decimal m = 1;",
    "n": "int? n = 1;",
    "o": "object o = 1;",
    "t": "string t = null;",
    "day": "DayOfWeek day = DayOfWeek.Monday;",
    "bn": "bool? bn = true;",
    "j": "JToken j = null;",
    "when": "DateTime? when = null;",
}


def typed(expression: str) -> str:
    declarations = " ".join(NUMBERS.values())
    return result(f"{declarations} return {expression};")


@pytest.mark.parametrize(
    ("expression", "found"),
    [
        ("b + b", "int"),
        ("s * b", "int"),
        ("c + c", "int"),
        ("i + u", "long"),
        ("u + 1", "uint"),
        ("u + u", "uint"),
        ("i + l", "long"),
        ("ul + 1", "ulong"),
        ("ul + u", "ulong"),
        ("l + f", "float"),
        ("f + d", "double"),
        ("i + m", "decimal"),
        ("i / 2.0", "double"),
        ("c - 'a'", "int"),
        ("-b", "int"),
        ("-u", "long"),
        ("~u", "uint"),
        ("+c", "int"),
        ("l << i", "long"),
        ("b << 1", "int"),
        ("n + 1", "int?"),
        ("n + l", "long?"),
        ("n * 2.5", "double?"),
        ("-n", "int?"),
        ("n << 1", "int?"),
        ("c + null", "int?"),
        ("n > 3", "bool"),
        ("n == null", "bool"),
        ("i == null", "bool"),
        ("bn & true", "bool?"),
        ("bn == true", "bool"),
        ("!bn", "bool?"),
        ("day + 1", "DayOfWeek"),
        ("1 + day", "DayOfWeek"),
        ("day - 1", "DayOfWeek"),
        ("day - DayOfWeek.Sunday", "int"),
        ("day == 0", "bool"),
        ("day > DayOfWeek.Sunday", "bool"),
        ("day | DayOfWeek.Friday", "DayOfWeek"),
        ("~day", "DayOfWeek"),
        ("t + i", "string"),
        ("o + t", "string"),
        ("null + t", "string"),
        ("c + t", "string"),
        ("j + t", "string"),
        ("t == null", "bool"),
        ("o == t", "bool"),
        ("j == null", "bool"),
        ("new object() == j", "bool"),
        ("DateTime.Now - DateTime.Now", "TimeSpan"),
        ("DateTime.Now - TimeSpan.Zero", "DateTime"),
        ("when < DateTime.Now", "bool"),
        ("when - DateTime.Now", "TimeSpan?"),
        ("when == null", "bool"),
        ("-TimeSpan.Zero", "TimeSpan"),
        ("Guid.Empty == Guid.Empty", "bool"),
    ],
)
def test_the_type_of_an_operator(expression: str, found: str) -> None:
    assert typed(expression) == found


@pytest.mark.parametrize(
    ("expression", "code"),
    [
        ("ul + i", "CS0034"),
        ("ul + s", "CS0034"),
        ("null + null", "CS0034"),
        ("m + d", "CS0019"),
        ("m == d", "CS0019"),
        ("o + i", "CS0019"),
        ("t - t", "CS0019"),
        ("t == c", "CS0019"),
        ("t < t", "CS0019"),
        ("i == true", "CS0019"),
        ("i && true", "CS0019"),
        ("bn && true", "CS0019"),
        ("day == 5", "CS0019"),
        ("day + day", "CS0019"),
        ("j + 1", "CS0019"),
        ('j == "x"', "CS0019"),
        ("new int[0] == t", "CS0019"),
        ("new List<int>() == new List<string>()", "CS0019"),
        ("DateTime.Now + DateTime.Now", "CS0019"),
        ("1 << l", "CS0019"),
        ("i < i < i", "CS0019"),
        ("-ul", "CS0023"),
        ("-t", "CS0023"),
        ("!i", "CS0023"),
        ("~d", "CS0023"),
        ("-null", "CS0023"),
        ("i ?? 5", "CS0019"),
        ("null ?? null", "CS0019"),
        ("t ?? 5", "CS0019"),
        ('n ?? "x"', "CS0019"),
        ("(x => x) + 1", "CS0019"),
        ("t.Trim + 1", "CS0019"),
    ],
)
def test_operands_that_an_operator_does_not_take(expression: str, code: str) -> None:
    assert typed(expression) == code


def test_messages_name_the_types() -> None:
    assert (
        message("null ?? null") == "Operator '??' cannot be applied to operands of type '<null>' and '<null>'"
    )
    assert message("Func<int> f = null; f += () => 1; return f;").startswith(
        "Operator '+=' cannot be applied"
    )


@pytest.mark.parametrize(
    ("expression", "found"),
    [
        ('t ?? "x"', "string"),
        ("n ?? 5", "int"),
        ("n ?? n", "int?"),
        ("n ?? 5L", "long"),
        ("n ?? null", "int?"),
        ('o ?? "x"', "object"),
        ("t ?? o", "object"),
        ('j ?? "x"', "JToken"),
        ("t ?? throw new Exception()", "string"),
        ("n ?? throw new Exception()", "int"),
        ("t ?? t ?? t", "string"),
        ("null ?? t", "string"),
    ],
)
def test_the_type_of_coalesce(expression: str, found: str) -> None:
    assert typed(expression) == found


@pytest.mark.parametrize(
    ("expression", "found"),
    [
        ("i > 0 ? 1 : 2.5", "double"),
        ("i > 0 ? 'a' : 98", "int"),
        ("i > 0 ? b : 1", "int"),
        ("i > 0 ? n : null", "int?"),
        ("i > 0 ? t : null", "string"),
        ("i > 0 ? o : t", "object"),
        ('i > 0 ? j : "x"', "JToken"),
        ("i > 0 ? new JObject() : j", "JToken"),
        ("i > 0 ? throw new Exception() : t", "string"),
        ("i > 0 ? 1 : i > 1 ? 2 : 3", "int"),
        ("i > 0 ? 1 : null", "CS0173"),
        ("i > 0 ? 1 : t", "CS0173"),
        ("i > 0 ? new JObject() : (object)null ?? new JArray()", "object"),
        ("i > 0 ? new JObject() : new JArray()", "CS0173"),
        ("i > 0 ? throw new Exception() : throw new Exception()", "CS0173"),
        ("i > 0 ? x => x : null", "CS0173"),
        ("t ? 1 : 2", "CS0029"),
        ("j ? 1 : 2", "CS0266"),
    ],
)
def test_the_type_of_the_conditional_operator(expression: str, found: str) -> None:
    assert typed(expression) == found


def test_null_is_tested_by_identity() -> None:
    for source in ("int? n = 1; return n == null;", "string s = null; return null != s;"):
        found = returned(source)
        assert isinstance(found, bound.Binary)
        assert str(found.operands) == "object"


def test_lifted_operators_say_so() -> None:
    found = returned("int? n = 1; return n + 1;")
    assert isinstance(found, bound.Binary)
    assert found.lifted
    assert (str(found.type), str(found.operands)) == ("int?", "int")


def test_enum_arithmetic_is_that_of_the_underlying_type() -> None:
    found = returned("var o = RegexOptions.None; return o | o | o;")
    assert isinstance(found, bound.Convert)
    inner = found.operand
    assert isinstance(inner, bound.Binary)
    assert str(inner.operands) == "int"
    # The operator in between needs no way back to the enum and forth again.
    assert isinstance(inner.left, bound.Binary)


def test_concatenations_are_flattened_and_their_constants_joined() -> None:
    found = returned('var n = 1; return "a" + "b" + n + "c" + \'d\';')
    assert isinstance(found, bound.Concat)
    assert len(found.parts) == 4
    first = found.parts[0]
    assert isinstance(first, bound.Constant)
    assert first.value == "ab"


def test_arithmetic_is_unchecked_unless_in_checked() -> None:
    for source, checked in (
        ("int i = 1; return i + 1;", False),
        ("int i = 1; return checked(i + 1);", True),
        ("int i = 1; return checked(unchecked(i + 1));", False),
    ):
        found = returned(source)
        assert isinstance(found, bound.Binary)
        assert found.checked is checked


def test_conditions_are_bool() -> None:
    for source in ("if (1) { return 1; } return 2;", 'while ("a") { } return 1;', "return !1;"):
        assert codes(source)[0] in ("CS0029", "CS0023")
    assert codes("JToken j = null; if (j) { return 1; } return 2;") == ["CS0266"]
