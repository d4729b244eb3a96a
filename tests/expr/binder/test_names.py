"""Names: locals before types before namespaces, what is imported, what is refused, what is near."""

from __future__ import annotations

import pytest

from tests.expr.binder.binding import codes, message, result


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("System.Convert.ToInt32(1)", "int"),
        ("System.Collections.Generic.KeyValuePair.Create(1, 2).Key", "int"),
        ("typeof(System.Collections.Generic.Dictionary<string, int>)", "Type"),
        ("new Newtonsoft.Json.Linq.JObject()", "JObject"),
        ("String.Empty + string.Empty", "string"),
        ("default(Nullable<int>)", "int?"),
        ("default(Int32?)", "int?"),
        ("default((int a, string))", "(int a, string)"),
        ("default(List<int?[]>)", "List<int?[]>"),
    ],
)
def test_types_are_found_by_simple_and_qualified_names(source: str, found: str) -> None:
    assert result(source) == found


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("nope", "CS0103"),
        ("nope.Foo", "CS0103"),
        ("Context.Request", "CS0103"),
        ("new Nope()", "CS0246"),
        ("System.Nope.Foo()", "CS0234"),
        ("System", "CS0118"),
        ("System.String", "CS0119"),
        ("typeof(Dictionary<string>)", "CS0305"),
        ("typeof(Guid<int>)", "CS0308"),
        ("default(string?)", "CS0453"),
        ("Math m = null; return m;", "CS0723"),
        ("StringBuilder()", "CS1955"),
    ],
)
def test_names_that_mean_nothing_here_are_refused(source: str, code: str) -> None:
    assert codes(source) == [code]


def test_a_local_hides_the_type_of_its_name_unless_it_is_of_that_type() -> None:
    assert result("DateTime DateTime = DateTime.UtcNow; return DateTime.Year;") == "int"
    assert result('string String = "x"; return String.IsNullOrEmpty(String) || String.Length > 1;') == "bool"
    assert result('string Convert = "x"; return Convert.ToInt32("1");') == "CS1061"


def test_a_property_named_like_its_type_is_either() -> None:
    assert result("DateTime d = DateTime.Now; return d.DayOfWeek == DayOfWeek.Monday;") == "bool"


@pytest.mark.parametrize(
    ("source", "near"),
    [
        ("contxt.Request", "context"),
        ('Strnig.Format("")', "String"),
        ("new StringBuilde()", "StringBuilder"),
        ("context.Reqest", "Request"),
        ('"a".length', "Length"),
        ("int total = 1; return totl;", "total"),
        ("StringSplitOptions.RemoveEmpty", "RemoveEmptyEntries"),
    ],
)
def test_a_name_that_is_near_is_suggested(source: str, near: str) -> None:
    assert message(source).endswith(f"; did you mean '{near}'?")


@pytest.mark.parametrize(
    ("source", "used"),
    [
        ('File.Exists("x")', "System.IO.File"),
        ("Environment.MachineName", "System.Environment"),
        ("new System.Net.Http.HttpClient()", "System.Net.Http.HttpClient"),
        ("System.Threading.Thread.Sleep(1)", "System.Threading.Thread"),
        ("System.Diagnostics.Process.GetCurrentProcess().Id", "System.Diagnostics.Process"),
        (
            "1.5.ToString(System.Globalization.CultureInfo.InvariantCulture)",
            "System.Globalization.CultureInfo",
        ),
        ("Activator.CreateInstance(typeof(string))", "System.Activator"),
        ("System.Reflection.Assembly x = null; return x;", "System.Reflection.Assembly"),
    ],
)
def test_types_of_net_that_expressions_lack_are_called_not_supported(source: str, used: str) -> None:
    assert message(source) == f"Usage of type '{used}' is not supported within expressions"


@pytest.mark.parametrize(
    ("source", "type", "member"),
    [
        ("DateTime.UtcNow.Kind", "System.DateTime", "Kind"),
        ("DateTime.UtcNow.ToLocalTime()", "System.DateTime", "ToLocalTime"),
        ("typeof(string).Assembly", "System.Type", "Assembly"),
        ('Regex.Escape("a")', "System.Text.RegularExpressions.Regex", "Escape"),
    ],
)
def test_members_of_net_that_expressions_lack_are_called_not_supported(
    source: str, type: str, member: str
) -> None:
    expected = f"Usage of member '{member}' of type '{type}' is not supported within expressions"
    assert message(source) == expected


@pytest.mark.parametrize(
    "source", ["dynamic d = 5; return d;", "(dynamic)5", "List<dynamic> d = null; return d;"]
)
def test_dynamic_is_refused(source: str) -> None:
    assert message(source) == "Dynamic member invocation is not supported"


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("int x = 1; { int x = 2; } return x;", "CS0136"),
        ("{ int x = 2; } int x = 1; return x;", "CS0136"),
        ("int x = 1; int x = 2; return x;", "CS0128"),
        ("int x = 1; Func<int, int> f = x => x; return f(1);", "CS0136"),
        ("Func<int, int> f = x => x; int x = 1; return f(x);", "CS0136"),
        ("int x = 1; for (int x = 0; x < 3; x++) { } return x;", "CS0136"),
        ("int x = 1; foreach (var x in new[] {1}) { } return x;", "CS0136"),
        ("int x = 1; int F(int x) { return x; } return F(1);", "CS0136"),
        ("int x = 1; try { } catch (Exception x) { } return x;", "CS0136"),
        ("int x = 1; return (object)5 is int x;", "CS0128"),
        ("int context = 1; return context;", "CS0136"),
        ("int F(int a, int a) => a; return 1;", "CS0128"),
        ("int F = 5; int F() => 1; return 1;", "CS0128"),
        ("for (int i = 0; i < 3; i++) { } return i;", "CS0103"),
        ("{ int inner = 1; } return inner;", "CS0103"),
        ('if (context.Tracing) int.TryParse("1", out var n); return n;', "CS0103"),
        ("object o = 1; while (!(o is int n)) { } return n;", "CS0103"),
        ("var x = x + 1; return x;", "CS0103"),
    ],
)
def test_a_name_is_declared_once_and_known_in_its_scope_only(source: str, code: str) -> None:
    assert codes(source)[0] == code


@pytest.mark.parametrize(
    "source",
    [
        "for (int i = 0; i < 3; i++) { } for (int i = 0; i < 3; i++) { } return 1;",
        "{ int x = 2; } { int x = 3; } return 1;",
        "new[] {1}.Select(x => x).Select(x => x)",
        "object o = 1; if (!(o is int n)) { return 0; } return n;",
        'int.TryParse("1", out var n); return n;',
        "int @class = 5; return @class;",
    ],
)
def test_names_may_be_used_again_side_by_side(source: str) -> None:
    assert codes(source) == []


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("nameof(context.Request.Method)", "Method"),
        ("nameof(String.Length)", "Length"),
        ("nameof(List<int>)", "List"),
        ("int x = 1; return nameof(x);", "x"),
        ("int x; return nameof(x);", "x"),
    ],
)
def test_nameof_is_a_constant_of_the_last_name(source: str, text: str) -> None:
    from fastgw.expr import bound
    from tests.expr.binder.binding import returned

    value = returned(source) if source.endswith(";") else returned(f"return {source};")
    assert isinstance(value, bound.Constant)
    assert value.value == text


def test_nameof_demands_a_name_that_exists() -> None:
    assert codes("nameof(5)") == ["CS8081"]
    assert codes("nameof(context.Nope)") == ["CS1061"]
