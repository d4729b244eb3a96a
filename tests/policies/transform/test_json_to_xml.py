"""json-to-xml: the mapping table of spec/policies/transformation.md, when it converts, and its bounds."""

from __future__ import annotations

import pytest

from fastgw.errors import PolicyFailure
from tests.policies.transform.support import run

XSI = 'xsi:nil="true" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'


def converted(body: str, attributes: str = "") -> str:
    statement = f'<json-to-xml apply="always" consider-accept-header="false" {attributes} />'
    found = run(statement, body)
    assert found.content_type == "application/xml; charset=utf-8"
    return found.text


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('{"a": {"b": "x", "c": 1}}', "<a><b>x</b><c>1</c></a>"),
        ('{"a": 1, "b": 2}', "<Document><a>1</a><b>2</b></Document>"),
        ("{}", "<Document />"),
        ("[1, 2]", "<Document><Document>1</Document><Document>2</Document></Document>"),
        ('"s"', "<Document>s</Document>"),
        ('{"a": [1]}', "<a>1</a>"),
        ('{"a": [1, 2]}', "<Document><a>1</a><a>2</a></Document>"),
        ('{"r": {"a": [1, 2], "e": []}}', "<r><a>1</a><a>2</a><e /></r>"),
        ('{"r": {"a": [[1], [2, 3]]}}', "<r><a><a>1</a></a><a><a>2</a><a>3</a></a></r>"),
        ('{"r": [true]}', "<r>True</r>"),
        ('{"r": {"a": false, "b": null, "c": ""}}', f"<r><a>False</a><b {XSI} /><c /></r>"),
        ('{"r": {"n": 1.0, "big": 12345678901234567890123, "e": 1e3}}',
         "<r><n>1</n><big>12345678901234567890123</big><e>1000</e></r>"),
        ('{"r": "<&>\\r"}', "<r>&lt;&amp;&gt;&#xD;</r>"),
        ('{"a b": 1}', "<a_x0020_b>1</a_x0020_b>"),
        ('{"2": 1}', "<_x0032_>1</_x0032_>"),
        ('{"a:b": 1}', "<a_x003A_b>1</a_x003A_b>"),
        ('{"z": 1, "a": {"z": 1, "y": 2}}', "<Document><z>1</z><a><z>1</z><y>2</y></a></Document>"),
        ("{'lenient': /* as Json.NET */ 1,}", "<lenient>1</lenient>"),
        ('{"é": "\U0001f600"}', "<é>\U0001f600</é>"),
    ],
)  # fmt: skip
def test_a_value_becomes_this_element(body: str, expected: str) -> None:
    assert converted(body) == expected


def test_names_declare_namespaces_and_attributes_as_the_statement_says() -> None:
    body = (
        '{"p:a": {"xmlns:p": "u", "xmlns": "d", "#attrs": {"x": "1", "p:y": "<\\"\\n"}, "p:b": 1, "q:c": 2}}'
    )
    attributes = 'namespace-separator=":" namespace-prefix="xmlns" attribute-block-name="#attrs"'
    assert converted(body, attributes) == (
        '<p:a xmlns:p="u" xmlns="d" x="1" p:y="&lt;&quot;&#xA;"><p:b>1</p:b><q_x003A_c>2</q_x003A_c></p:a>'
    )


def test_the_separator_is_an_underscore_by_default_and_a_colon_only_behind_a_declared_prefix() -> None:
    body = '{"p_a": {"xmlns_p": "u", "first_name": 1}}'
    assert converted(body, 'namespace-prefix="xmlns"') == '<p:a xmlns:p="u"><first_name>1</first_name></p:a>'


def test_without_a_prefix_for_namespaces_a_property_named_xmlns_is_an_element() -> None:
    assert converted('{"a": {"xmlns": "u"}}') == "<a><xmlns>u</xmlns></a>"


def test_attributes_come_from_expressions_too() -> None:
    statement = (
        '<json-to-xml apply="@("always")" consider-accept-header="@(1 > 2)" attribute-block-name="@("@")" />'
    )
    assert run(statement, '{"a": {"@": {"b": true}}}').text == '<a b="True" />'


@pytest.mark.parametrize(
    ("parse", "expected"),
    [("true", "2012-03-21T05:40:11.12Z"), ("false", "2012-03-21T05:40:11.120Z")],
)
def test_dates_are_written_anew_unless_the_statement_forbids_it(parse: str, expected: str) -> None:
    assert converted('{"d": "2012-03-21T05:40:11.120Z"}', f'parse-date="{parse}"') == f"<d>{expected}</d>"


@pytest.mark.parametrize(
    ("accept", "converts"),
    [
        (["application/xml"], True),
        (["text/html, text/xml;q=0.5"], True),
        (["application/json", "application/soap+xml"], True),
        (["application/xml;q=0"], False),
        (["application/json"], False),
        (["*/*"], False),
        ([], False),
    ],
)
def test_by_default_the_callers_accept_must_ask_for_xml(accept: list[str], converts: bool) -> None:
    for section in ("inbound", "outbound"):
        found = run('<json-to-xml apply="always" />', '{"a":1}', headers={"Accept": accept}, section=section)
        assert found.text == ("<a>1</a>" if converts else '{"a":1}')


@pytest.mark.parametrize(
    ("content_type", "converts"),
    [
        ("application/json; charset=utf-8", True),
        ("application/problem+json", True),
        ("text/json", True),
        ("text/plain", False),
        (None, False),
    ],
)
def test_the_content_type_decides_where_the_statement_says_so(
    content_type: str | None, converts: bool
) -> None:
    statement = '<json-to-xml apply="content-type-json" consider-accept-header="false" />'
    found = run(statement, '{"a":1}', content_type)
    assert found.content_type == ("application/xml; charset=utf-8" if converts else content_type)


def test_an_empty_body_stays_empty() -> None:
    statement = '<json-to-xml apply="always" consider-accept-header="false" />'
    for body in (None, ""):
        found = run(statement, body)
        assert (found.body, found.content_type) == (b"", "application/json")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("{bad", "The body is not valid JSON: Unexpected end"),
        ("[" * 65 + "]" * 65, "MaxDepth of 64"),
        ('{"a": "\\u0001"}', "hexadecimal value 0x01 is an invalid character"),
        ('{"a": {"": 1}}', "a property has an empty name"),
    ],
)
def test_what_cannot_be_converted_is_an_error(body: str, message: str) -> None:
    with pytest.raises(PolicyFailure, match=message):
        converted(body)


def test_a_long_name_of_many_items_does_not_fill_the_memory() -> None:
    body = '{"r": {"' + "n" * 100_000 + '": [' + "1," * 2_000 + "1]}}"
    with pytest.raises(PolicyFailure, match="too large"):
        converted(body)


def test_a_compressed_body_is_an_error() -> None:
    statement = '<json-to-xml apply="always" consider-accept-header="false" />'
    with pytest.raises(PolicyFailure, match="content coding gzip"):
        run(statement, b"\x1f\x8b", headers={"Content-Encoding": ["gzip"]})


def test_an_apply_that_an_expression_got_wrong_is_an_error() -> None:
    with pytest.raises(ValueError, match="apply must be always or content-type-json, not 'never'"):
        run('<json-to-xml apply="@("never")" />', "{}")


def test_a_body_of_too_many_values_is_an_error() -> None:
    with pytest.raises(PolicyFailure, match="more than 250000 values"):
        converted("[" + "1," * 250_000 + "1]")


def test_a_long_body_is_strict_json_or_none() -> None:
    blanks = " " * 300_000
    assert converted(f'{{"a": 12345678901234567890123{blanks}}}') == "<a>12345678901234567890123</a>"
    deep = "[" * 65 + "]" * 65
    for body in (
        f"{{'a': 1{blanks}}}",
        f"[NaN{blanks}]",
        f"{deep}{blanks}",
        "[" * 300_000,
        '"' + "x" * 300_000,
    ):
        with pytest.raises(PolicyFailure, match="The body is not valid JSON"):
            converted(body)
