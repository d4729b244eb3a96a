"""Conversions: implicit and explicit, standard and declared, and the errors where there is none (C# 10)."""

from __future__ import annotations

import pytest

from fastgw.expr import bound
from tests.expr.binder.binding import codes, message, result, returned, wanted


@pytest.mark.parametrize(
    ("type", "value"),
    [
        ("long", "1"),
        ("float", "1L"),
        ("double", "1.5f"),
        ("decimal", "1"),
        ("int", "'a'"),
        ("int?", "1"),
        ("long?", "1"),
        ("long?", "(int?)1"),
        ("object", "1"),
        ("ValueType", "1"),
        ("IComparable", "1"),
        ("IComparable<int>", "1"),
        ("Enum", "DayOfWeek.Monday"),
        ("object", "(int?)1"),
        ("IFormattable", "(int?)1"),
        ("string", "null"),
        ("int?", "null"),
        ("int[]", "null"),
        ("object[]", "new string[0]"),
        ("Array", "new int[0]"),
        ("IEnumerable<int>", "new int[0]"),
        ("IList<string>", "new string[0]"),
        ("IList<object>", "new string[0]"),
        ("IReadOnlyList<object>", "new string[0]"),
        ("IEnumerable<object>", "new List<string>()"),
        ("IEnumerable<char>", '"abc"'),
        ("IDictionary<string, int>", "new Dictionary<string, int>()"),
        ("IEnumerable<KeyValuePair<string, int>>", "new Dictionary<string, int>()"),
        ("JToken", "new JObject()"),
        ("JToken", "5"),
        ("JToken", "5.5m"),
        ("JToken", '"x"'),
        ("JToken", "(int?)5"),
        ("DateTimeOffset", "DateTime.UtcNow"),
        ("DateTimeOffset?", "(DateTime?)null"),
        ("Exception", "new FormatException()"),
        ("(long, object)", '(1, "x")'),
        ("(long, object)?", '(1, "x")'),
        ("Func<object>", "(Func<string>)null"),
        ("Func<string, object>", "(Func<object, string>)null"),
        ("Action<string>", "(Action<object>)null"),
        ("Delegate", "(Func<int>)null"),
    ],
)
def test_implicit_conversions(type: str, value: str) -> None:
    assert codes(f"{type} x = {value}; return 1;") == []


@pytest.mark.parametrize(
    ("type", "value", "code"),
    [
        ("int", "5L", "CS0266"),
        ("int", "1.0", "CS0266"),
        ("char", "97", "CS0266"),
        ("byte", "'a'", "CS0266"),
        ("decimal", "1f", "CS0266"),
        ("int", "(int?)5", "CS0266"),
        ("int", "(object)5", "CS0266"),
        ("string", "(object)5", "CS0266"),
        ("JObject", 'JToken.Parse("{}")', "CS0266"),
        ("int", 'JToken.Parse("{}")', "CS0266"),
        ("DayOfWeek", "1", "CS0266"),
        ("int", "DayOfWeek.Monday", "CS0266"),
        ("List<int>", "(IEnumerable<int>)null", "CS0266"),
        ("IEnumerable<int>", "new JObject()", "CS0266"),
        ("string", "5", "CS0029"),
        ("int", '"5"', "CS0029"),
        ("char", '"c"', "CS0029"),
        ("bool", "1", "CS0029"),
        ("List<object>", "new List<string>()", "CS0029"),
        ("IEnumerable<object>", "new int[0]", "CS0029"),
        ("object[]", "new int[0]", "CS0029"),
        ("IList<object>", "new int[0]", "CS0029"),
        ("int", "null", "CS0037"),
        ("DateTime", "null", "CS0037"),
        ("int", "string.Empty.Trim", "CS0428"),
        ("int", "x => x", "CS1660"),
        ("(int, int)", '(1, "x")', "CS0029"),
        ("(int, int)", "(1, 2, 3)", "CS0029"),
    ],
)
def test_what_does_not_convert_implicitly(type: str, value: str, code: str) -> None:
    assert codes(f"{type} y = {value}; return 1;") == [code]


@pytest.mark.parametrize(
    ("cast", "found"),
    [
        ("(int)3.7", "int"),
        ("(int)(object)1", "int"),
        ("(int?)(object)1", "int?"),
        ("(int)(int?)1", "int"),
        ("(long)(int?)1", "long"),
        ("(int?)5L", "int?"),
        ("(double?)(int?)1", "double?"),
        ("(DayOfWeek)3", "DayOfWeek"),
        ("(DayOfWeek?)3", "DayOfWeek?"),
        ("(int)DayOfWeek.Monday", "int"),
        ("(char)97", "char"),
        ("(string)(object)5", "string"),
        ("(string)null", "string"),
        ('(string)JToken.Parse("1")', "string"),
        ("(string)new JObject()", "string"),
        ("(int)new JValue(5)", "int"),
        ('(int?)JToken.Parse("1")', "int?"),
        ('(bool)JToken.Parse("1")', "bool"),
        ('(decimal)JToken.Parse("1")', "decimal"),
        ('(DateTime)JToken.Parse("1")', "DateTime"),
        ('(byte[])JToken.Parse("1")', "byte[]"),
        ("(JToken)5", "JToken"),
        ('(JObject)JToken.Parse("{}")', "JObject"),
        ('(JArray)context.Variables["x"]', "JArray"),
        ('(IResponse)context.Variables["x"]', "IResponse"),
        ('(string[])context.Variables["x"]', "string[]"),
        ("(int[])(Array)null", "int[]"),
        ("(string[])(object[])null", "string[]"),
        ("(List<int>)(IEnumerable<int>)null", "List<int>"),
        ("(IEnumerable<int>)new JObject()", "IEnumerable<int>"),
        ("(DateTimeOffset)DateTime.Now", "DateTimeOffset"),
        ("(DateTimeOffset)(DateTime?)null", "DateTimeOffset"),
        ("(Func<int, int>)(x => x)", "Func<int, int>"),
        ("(Func<string, int>)int.Parse", "Func<string, int>"),
        ("(object)(1, 2)", "object"),
        ("((long, long))(1, 2)", "(long, long)"),
    ],
)
def test_casts(cast: str, found: str) -> None:
    assert result(cast) == found


@pytest.mark.parametrize(
    "cast",
    [
        '(int)"5"',
        "(bool)1",
        "(string)5",
        "(int)true",
        "(string)'a'",
        "(DateTime)5",
        "(List<string>)new List<int>()",
        "(JArray)new JObject()",
        "(int[])new List<int>()",
        '(IDisposable)"x"',
        "(Guid)new byte[16]",
    ],
)
def test_casts_that_cannot_succeed_are_refused(cast: str) -> None:
    assert codes(cast) == ["CS0030"]


def test_null_is_no_value_type() -> None:
    assert codes("(int)null") == ["CS0037"]
    assert message("(int)null") == "Cannot convert null to 'int' because it is a non-nullable value type"


def test_conversion_errors_show_full_names() -> None:
    assert message("List<string> l = new List<int>(); return l;") == (
        "Cannot implicitly convert type 'System.Collections.Generic.List<int>' to "
        "'System.Collections.Generic.List<string>'"
    )


@pytest.mark.parametrize(
    ("source", "kind", "lifted"),
    [
        ("object o = 1; return (int)o;", "cast", False),
        ("JToken t = null; return (JObject)t;", "cast", False),
        ("string s = null; return (object)s;", "none", False),
        ("int i = 1; return (long)i;", "numeric", False),
        ("int i = 1; return (int?)i;", "none", False),
        ("int? i = 1; return (long?)i;", "numeric", True),
        ("int? i = 1; return (int)i;", "unwrap", False),
        ("DayOfWeek d = 0; return (int)d;", "numeric", False),
    ],
)
def test_the_tree_says_how(source: str, kind: str, lifted: bool) -> None:
    found = returned(source)
    assert isinstance(found, bound.Convert)
    assert (found.kind, found.lifted) == (kind, lifted)


def test_declared_conversions_are_calls() -> None:
    found = returned('return (string)JToken.Parse("1");')
    assert isinstance(found, bound.Call)
    assert found.method.name == "explicit"
    assert str(found.method.returns) == "string"


def test_a_lifted_declared_conversion_keeps_null() -> None:
    found = returned("DateTime? d = null; DateTimeOffset? o = d; return (DateTimeOffset?)d;")
    assert isinstance(found, bound.Call)
    assert found.method.function(None) is None


@pytest.mark.parametrize(
    ("source", "type", "found"),
    [
        ("context.Tracing", "bool", "bool"),
        ("1 == 1", "bool", "bool"),
        ('"x"', "bool", "CS0029"),
        ("(bool?)true", "bool", "CS0266"),
        ("5", "long", "long"),
        ("null", "string", "string"),
        ("null", "int", "CS0037"),
        ("return 5;", "string", "CS0029"),
        ('if (context.Tracing) return "a"; return null;', "string", "string"),
        ("return x => x;", "Func<int, int>", "Func<int, int>"),
        ("throw new Exception();", "bool", "bool"),
    ],
)
def test_the_result_is_converted_to_the_wanted_type(source: str, type: str, found: str) -> None:
    assert wanted(source, type) == found


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("null", "object"),
        ('if (context.Tracing) return "a"; return null;', "string"),
        ("if (context.Tracing) return 1; return null;", "object"),
        ('if (context.Tracing) return "a"; return 1;', "object"),
        ("if (context.Tracing) return 1; return 2;", "int"),
        ("(1, null)", "CS0029"),
        ('context.Trace("x")', "CS0029"),
        ("x => x", "CS1660"),
        ('"a".Trim', "CS0428"),
        ("return;", "CS0126"),
    ],
)
def test_without_a_wanted_type_any_value_will_do(source: str, found: str) -> None:
    assert result(source) == found
