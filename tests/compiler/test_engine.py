"""Errors of expressions stand where their author wrote them, however the document is written."""

from __future__ import annotations

from xml.sax.saxutils import escape

import pytest

from fastgw._program import Message
from fastgw.compiler.compile import PolicyCompiler
from fastgw.compiler.engine import Expressions
from fastgw.compiler.expressions import ValueType
from fastgw.compiler.nodes import EditedPlaces
from fastgw.errors import Diagnostics, Position
from fastgw.model.policy import PolicySource
from fastgw.policies import REGISTRY
from tests.compiler.support import FakeResolver, NamedValue
from tests.policies.running import Ran

# The name that no expression knows; every error of these tests is about it.
WRONG = "nowhere"


def errors(source: PolicySource, **named_values: NamedValue) -> list[Position | None]:
    """Where the name is reported; there is no other finding."""
    found = Diagnostics()
    compiler = PolicyCompiler(named_values, {}, FakeResolver(), Expressions(), REGISTRY, found)
    compiler.document(source, "api", "api x")
    assert all(WRONG in one.message for one in found), list(found)
    return [one.position for one in found]


def places(text: str, line: int = 1, column: int = 1) -> list[Position]:
    """Where the name stands in a text that begins at a line and column."""
    found = []
    for number, one in enumerate(text.split("\n")):
        at = one.find(WRONG)
        while at >= 0:
            before = column if number == 0 else 1
            found.append(Position("p.xml", line + number, before + at))
            at = one.find(WRONG, at + 1)
    return found


def inbound(text: str) -> str:
    return f"<policies><inbound>{text}</inbound></policies>"


def variable(value: str) -> str:
    return inbound(f'<set-variable name="a" value="{value}" />')


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(variable("@(nowhere)"), id="one line"),
        pytest.param(variable(" \n  @(1 +\n    nowhere)"), id="two lines"),
        pytest.param(variable("@{\n  var a = 1;\n\n\treturn nowhere;\n}"), id="a block"),
        pytest.param(variable("@{\r\n  var a = 1;\r\n  return nowhere;\r\n}"), id="CRLF"),
        pytest.param("\ufeff" + variable("@(nowhere)"), id="a byte order mark"),
        pytest.param(variable('@("é😀" + nowhere)'), id="characters of several bytes"),
        pytest.param(variable("@(&quot;a&quot; + nowhere)"), id="escaped"),
        pytest.param(
            variable("@(&quot;&amp;&#x20;&quot; +\n &quot;a&quot; + nowhere)"), id="escaped, two lines"
        ),
        pytest.param(variable("@(1 &lt; 2 &amp;&amp; nowhere)"), id="escaped operators"),
        pytest.param(inbound("<set-body>@(nowhere)</set-body>"), id="an element"),
        pytest.param(
            inbound('<set-header name="a"><value>\n  @{ return nowhere;\n }\n</value></set-header>'),
            id="an element, two lines",
        ),
        pytest.param(
            inbound("<set-body><![CDATA[ @(1 < 2 &&\n nowhere) ]]></set-body>"), id="a CDATA section"
        ),
        pytest.param(
            inbound('<choose><when condition="@(1 < 2 && nowhere)"></when></choose>'), id="a condition"
        ),
    ],
)
def test_an_error_stands_where_it_was_written(text: str) -> None:
    shown = text.removeprefix("\ufeff")
    assert errors(PolicySource(text, "p.xml", 1, 1, 0)) == places(shown)


@pytest.mark.parametrize("value", ["@(nowhere)", "@{\n  return\n nowhere; }", "@(\n&quot;a&quot; + nowhere)"])
def test_the_indentation_of_a_yaml_block_counts(value: str) -> None:
    text = variable(value)
    (expected,) = places(text, 7, 11)
    if expected.line > 7:
        expected = Position("p.xml", expected.line, expected.column + 10)
    assert errors(PolicySource(text, "p.xml", 7, 11, 10)) == [expected]


def test_where_lines_are_not_those_of_the_file_the_position_is_that_of_the_text() -> None:
    text = variable("@(\n\n nowhere)")
    assert errors(PolicySource(text, "p.xml", 7, 11, 10, exact=False)) == [Position("p.xml", 7, 11)]


@pytest.mark.parametrize("value", ["", "x" * 40, "two\nlines"])
def test_named_values_before_an_error_do_not_move_it(value: str) -> None:
    text = variable('@(@"{{a}}" + @"{{a}}" +\n @"{{a}}" + nowhere)')
    assert errors(PolicySource(text, "p.xml", 1, 1, 0), a=NamedValue(value)) == places(text)


def test_named_values_in_an_escaped_expression_do_not_move_it() -> None:
    text = variable("@(&quot;{{a}}&quot; + &quot;{{a}}&quot; + nowhere)")
    assert errors(PolicySource(text, "p.xml", 1, 1, 0), a=NamedValue("0123456789")) == places(text)


def test_an_error_inside_a_named_value_stands_at_its_reference() -> None:
    text = variable("@(1 + {{a}})")
    column = text.index("{{") + 1
    assert errors(PolicySource(text, "p.xml", 1, 1, 0), a=NamedValue("2 + nowhere")) == [
        Position("p.xml", 1, column)
    ]


def test_an_expression_that_is_a_named_value_stands_at_its_reference() -> None:
    text = variable("{{a}}")
    column = text.index("{{") + 1
    assert errors(PolicySource(text, "p.xml", 1, 1, 0), a=NamedValue("@(1 +\n nowhere)")) == [
        Position("p.xml", 1, column)
    ]


def test_all_errors_of_an_expression_are_reported() -> None:
    text = variable("@(nowhere +\n nowhere2)")
    assert errors(PolicySource(text, "p.xml", 1, 1, 0)) == places(text)


def test_an_expression_that_is_repeated_has_its_error_everywhere() -> None:
    text = inbound('<set-variable name="a" value="@(nowhere)" />\n' * 2)
    assert errors(PolicySource(text, "p.xml", 1, 1, 0)) == places(text)


def test_an_expression_that_is_repeated_is_compiled_once() -> None:
    engine = Expressions()
    found = Diagnostics()
    first = engine.compile("@(1)", Position("a", 1, 1), ValueType.STRING, found)
    assert engine.compile("@(1)", Position("b", 2, 2), ValueType.STRING, found) is first
    assert engine.compile("@(1)", Position("b", 2, 2), ValueType.INTEGER, found) is not first


def test_without_places_an_error_stands_at_the_expression() -> None:
    found = Diagnostics()
    start = Position("a", 3, 4)
    assert Expressions().compile("@(\n nowhere)", start, ValueType.STRING, found) is None
    assert [one.position for one in found] == [start]


def test_places_of_an_edited_text() -> None:
    # abcXXXXdefYghi, of which XXXX and Y were two and five characters.
    edits = EditedPlaces(lambda offset: Position("a", 1, offset), [(3, 2, 4), (8, 5, 1)])
    found = [edits(offset).column for offset in range(14)]
    assert found == [0, 1, 2, 3, 3, 3, 3, 5, 6, 7, 8, 13, 14, 15]


# Booleans and numbers (spec/policies/document.md section 6.4)

QUOTE = {'"': "&quot;"}


def json_text(json: str) -> str:
    """A literal of C# that holds this JSON."""
    return '"' + json.replace('"', '\\"') + '"'


CHOOSE = """<choose><when condition='{}'><set-variable name="seen" value="1" /></when></choose>"""


def variable_given(value: str) -> str:
    return f"""<set-variable name="v" value='{value}' />"""


@pytest.mark.parametrize("given", ["@(true)", '@("true")', "TRUE", '@(" True ")', '@("tr" + "ue")'])
@pytest.mark.parametrize(
    "condition", ["""@(context.Variables["v"])""", """@(context.Variables["v"].ToString())"""]
)
def test_a_condition_takes_a_boolean_and_its_text(given: str, condition: str) -> None:
    ran = Ran(variable_given(given) + CHOOSE.format(condition))
    assert ran.variable("seen") == "1"
    ran = Ran(
        variable_given(
            given.replace("true", "false")
            .replace("TRUE", "FALSE")
            .replace("True", "False")
            .replace('"tr" + "ue"', '"fal" + "se"')
        )
        + CHOOSE.format(condition)
    )
    assert ran.passed
    assert ran.variable("seen") is None


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        ('@("yes")', "String was not recognized as a valid Boolean."),
        ("@((string)null)", "Unable to cast object of type 'null' to type 'System.Boolean'."),
        ("@((object)1)", "Unable to cast object of type 'System.Int32' to type 'System.Boolean'."),
    ],
)
def test_a_condition_that_is_no_boolean_is_an_error_of_its_policy(condition: str, message: str) -> None:
    ran = Ran(CHOOSE.format(condition))
    error = ran.exchange.error
    assert error is not None
    assert (error.source, error.path) == ("choose", "choose[1]/when[1]")
    assert error.message == f"Expression evaluation failed. {message}"


@pytest.mark.parametrize(
    ("json", "seen"),
    [("true", "1"), ("false", None), ('"true"', "1"), ('" False "', None)],
)
@pytest.mark.parametrize(
    "condition",
    [
        """@(context.Variables["v"])""",
        """@((JToken)context.Variables["v"])""",
        """@((JValue)context.Variables["v"])""",
    ],
)
def test_a_condition_takes_a_boolean_of_json(json: str, seen: str | None, condition: str) -> None:
    given = variable_given(f"@(JToken.Parse({json_text(json)}))")
    ran = Ran(given + CHOOSE.format(condition))
    assert ran.passed
    assert ran.variable("seen") == seen


@pytest.mark.parametrize(
    ("json", "name"),
    [
        ("null", "null"),
        ("1", "System.Int64"),
        ("{}", "Newtonsoft.Json.Linq.JObject"),
        ("[true]", "Newtonsoft.Json.Linq.JArray"),
    ],
)
def test_what_is_no_boolean_in_json_is_an_error(json: str, name: str) -> None:
    given = variable_given(f"@(JToken.Parse({json_text(json)}))")
    ran = Ran(given + CHOOSE.format("""@(context.Variables["v"])"""))
    assert ran.exchange.error is not None
    expected = (
        f"Expression evaluation failed. Unable to cast object of type '{name}' to type 'System.Boolean'."
    )
    assert ran.exchange.error.message == expected


def test_a_condition_takes_the_text_of_an_object() -> None:
    value = """@(Regex.Match("x=true", "true").Groups[0])"""
    assert Ran(variable_given(value) + CHOOSE.format("""@(context.Variables["v"])""")).variable("seen") == "1"


RETRY = """<retry condition="true" count="{}" interval="0">
  <set-variable name="n"
    value="@(context.Variables.GetValueOrDefault&lt;int&gt;(&quot;n&quot;, 0) + 1)" /></retry>"""


@pytest.mark.parametrize(
    "value",
    ['JToken.Parse("2")', 'JToken.Parse("\\"2\\"")', 'JToken.Parse("2.0")', "2L", "2.0", "2m", '" 2 "'],
)
@pytest.mark.parametrize(
    "count", ['@(context.Variables["v"])', '@{ var v = context.Variables["v"]; return v; }']
)
def test_a_number_may_come_from_json_or_be_a_text(value: str, count: str) -> None:
    ran = Ran(variable_given(f"@({value})") + RETRY.format(escape(count, QUOTE)))
    assert ran.passed
    assert ran.variable("n") == 3


def test_a_number_may_be_a_token() -> None:
    ran = Ran(RETRY.format(escape('@(JObject.Parse("{\\"a\\": 2}")["a"])', QUOTE)))
    assert ran.variable("n") == 3


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("2.5", "Unable to cast object of type 'System.Double' to type 'System.Int32'."),
        ("true", "Unable to cast object of type 'System.Boolean' to type 'System.Int32'."),
        ("JValue.CreateNull()", "Unable to cast object of type 'null' to type 'System.Int32'."),
        (
            'JToken.Parse("[2]")',
            "Unable to cast object of type 'Newtonsoft.Json.Linq.JArray' to type 'System.Int32'.",
        ),
        ('"two"', "Input string was not in a correct format."),
    ],
)
def test_what_is_no_number_is_an_error(value: str, message: str) -> None:
    ran = Ran(variable_given(f"@({value})") + RETRY.format(escape('@(context.Variables["v"])', QUOTE)))
    assert ran.exchange.error is not None
    assert ran.exchange.error.message == f"Expression evaluation failed. {message}"


@pytest.mark.parametrize("condition", ["@(1)", "@(null)", "@(new JObject())", '@("a" + nowhere)'])
def test_a_condition_of_another_type_is_refused(condition: str) -> None:
    found = Diagnostics()
    assert Expressions().compile(condition, Position("p.xml", 1, 1), ValueType.BOOLEAN, found) is None
    assert found.has_errors


def test_a_condition_of_text_has_its_bodies_read_first() -> None:
    compiled = Expressions().compile(
        "@(context.Request.Body.As<string>())", Position("p.xml", 1, 1), ValueType.BOOLEAN, Diagnostics()
    )
    assert compiled is not None
    assert compiled.bodies == (Message.REQUEST,)  # type: ignore[attr-defined]
