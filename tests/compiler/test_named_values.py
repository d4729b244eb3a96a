"""Named values: where they are put, what is missing, and that secrets are not shown."""

from __future__ import annotations

import pytest

from fastgw.compiler import ValueType
from tests.compiler.support import Bench, NamedValue


def variable(value: str, **named: NamedValue) -> object:
    """The operand of a set-variable with this value."""
    bench = Bench({name.replace("_", "-"): found for name, found in named.items()})
    (step,) = bench.inbound(f"<set-variable name='v' value='{value}' />")
    operand = step.operands[1]
    return bench.expressions.asked[0][0] if callable(operand) else operand


def test_a_reference_may_be_the_whole_value_or_a_part_and_occur_several_times() -> None:
    host = NamedValue("h")
    assert variable("{{host}}", host=host) == "h"
    assert variable("a{{host}}b{{host}}", host=host) == "ahbh"


def test_the_exact_name_wins_over_the_same_name_in_another_case() -> None:
    bench = Bench({"Key": NamedValue("upper"), "key": NamedValue("lower")})
    steps = bench.inbound("<set-variable name='v' value='{{key}}{{Key}}{{KEY}}' />")
    assert steps[0].operands[1] == "lowerupperupper"


def test_a_value_is_put_into_expressions_as_plain_text() -> None:
    assert variable('@("{{host}}/x" + q)', host=NamedValue("h")) == '@("h/x" + q)'


def test_a_value_that_is_a_whole_expression_is_evaluated() -> None:
    assert variable("{{code}}", code=NamedValue(" @(1 + 1) ")) == "@(1 + 1)"
    assert variable("a{{code}}", code=NamedValue("@(1 + 1)")) == "a@(1 + 1)"


def test_a_value_is_not_scanned_again() -> None:
    assert variable("{{a}}", a=NamedValue("{{b}}"), b=NamedValue("x")) == "{{b}}"


def test_a_value_is_not_read_as_xml_nor_as_a_replacement_pattern() -> None:
    assert variable("{{a}}", a=NamedValue(r"&amp;<\1\g<0>")) == r"&amp;<\1\g<0>"


def test_other_double_braces_stay() -> None:
    assert variable("{{ a }}{{}}", a=NamedValue("x")) == "{{ a }}{{}}"


def test_text_takes_values_too() -> None:
    bench = Bench({"m": NamedValue("PATCH")})
    assert bench.inbound("<set-method>{{m}}</set-method>")[0].operands == (b"PATCH",)


def test_a_missing_name_is_an_error_at_its_reference() -> None:
    bench = Bench({"host": NamedValue("h")})
    text = "<policies><inbound>\n<set-variable name='v'\n value='a{{host}}{{hsot}}' />\n"
    assert bench.document(text + "<set-body>{{zzzzz}}</set-body></inbound></policies>") is None
    assert bench.findings() == [
        "3:18 error named value 'hsot' does not exist; did you mean 'host'?",
        "4:11 error named value 'zzzzz' does not exist",
    ]


SECRET = "s3cr3t value"


@pytest.mark.parametrize(
    "statement",
    [
        "<set-header name='{{k}}'><value>x</value></set-header>",
        "<set-header name='a' exists-action='{{k}}' />",
        "<set-method>{{k}}</set-method>",
        "<rewrite-uri template='/{{{k}}}' />",
        "<rewrite-uri template='x:{{k}}' />",
        "<set-backend-service base-url='{{k}}' />",
        "<set-backend-service backend-id='{{k}}' />",
        "<authentication-certificate certificate-id='{{k}}' />",
        "<authentication-certificate thumbprint='{{k}}' />",
        "<authentication-certificate body='AAAA' password='{{k}}' />",
        "<include-fragment fragment-id='{{k}}' />",
        "<choose><when condition='{{k}}' /></choose>",
        "<set-variable name='a' value='@(bad {{k}})' />",
        "<return-response><set-status code='{{k}}' /></return-response>",
    ],
)
def test_a_secret_is_in_no_message(statement: str) -> None:
    bench = Bench({"k": NamedValue(SECRET, secret=True)})
    assert bench.document(f"<policies><inbound>{statement}</inbound></policies>") is None
    assert bench.findings()
    assert not [line for line in bench.findings() if SECRET in line]


def test_a_secret_is_in_no_listing() -> None:
    bench = Bench({"k": NamedValue("secret", secret=True), "p": NamedValue("plain")})
    statements = """
    <set-header name="x-{{k}}"><value>{{k}}</value><value>{{p}}</value></set-header>
    <set-query-parameter name="q"><value>a{{k}}</value></set-query-parameter>
    <set-variable name="v" value="{{k}}" /><set-method>{{k}}</set-method>
    <rewrite-uri template="/a{{k}}/{b}" />
    <authentication-basic username="u" password="{{k}}" />
    <set-backend-service base-url=" http://h/?code={{k}} " />
    <return-response><set-status code="200" reason="{{k}}" /><set-body>{{k}}</set-body></return-response>"""
    program = bench.programs(f"<policies><inbound>{statements}</inbound></policies>").inbound
    text = "\n".join(bench.lines(program))
    assert "secret" not in text
    assert "***" in text
    assert '"plain"' in text
    assert "c2VjcmV0" not in text


def test_expressions_are_told_what_is_wanted_and_where_they_stand() -> None:
    bench = Bench()
    bench.inbound("\n<choose><when condition='@(a)' /></choose><set-variable name='v' value=' @(b)' />")
    assert [(found[0], str(found[1]), found[2]) for found in bench.expressions.asked] == [
        ("@(a)", "p.xml:2:26", ValueType.BOOLEAN),
        ("@(b)", "p.xml:2:74", ValueType.OBJECT),
    ]
