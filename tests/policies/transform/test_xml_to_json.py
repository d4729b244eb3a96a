"""xml-to-json: both kinds of spec/policies/transformation.md, when it converts, and its bounds."""

from __future__ import annotations

import json
from typing import Any

import pytest

from fastgw.errors import PolicyFailure
from tests.policies.transform.support import run

OBSERVED = (
    '<?xml version="1.0"?><soap:Envelope xmlns="http://d/" xmlns:soap="http://s/"><soap:Body><GetOrders>'
    "<Customer>12</Customer></GetOrders></soap:Body></soap:Envelope>"
)
NIL = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:nil="true"'


def converted(body: str | bytes, kind: str = "direct", attributes: str = "", mime: str = "text/xml") -> Any:
    statement = f'<xml-to-json kind="{kind}" apply="always" consider-accept-header="false" {attributes} />'
    found = run(statement, body, mime)
    assert found.content_type == "application/json"
    return json.loads(found.body)


def test_direct_output_is_what_was_observed_of_the_service() -> None:
    found = converted(OBSERVED)
    assert found == {
        "version": "1.0",
        "soap$Envelope": {
            "@xmlns": "http://d/",
            "@xmlns$soap": "http://s/",
            "soap$Body": {"GetOrders": {"Customer": "12"}},
        },
    }
    assert list(found) == ["version", "soap$Envelope"]


@pytest.mark.parametrize(
    ("body", "direct", "friendly"),
    [
        ("<a>1</a>", {"a": "1"}, {"a": "1"}),
        ("<a/>", {"a": ""}, {"a": ""}),
        ("<a><b>1</b><c/><b>2</b></a>", {"a": {"b": ["1", "2"], "c": ""}}, {"a": {"b": ["1", "2"], "c": ""}}),
        ('<a x="1">t</a>', {"a": {"@x": "1", "#text": "t"}}, {"a": {"x": "1", "#text": "t"}}),
        ("<a>t<b>1</b>u</a>", {"a": {"b": "1", "#text": "tu"}}, {"a": {"b": "1", "#text": "tu"}}),
        ('<a b="1"><b>2</b></a>', {"a": {"@b": "1", "b": "2"}}, {"a": {"b": ["1", "2"]}}),
        ("<a>\n <b>1</b>\n</a>", {"a": {"b": "1"}}, {"a": {"b": "1"}}),
        ("<a> </a>", {"a": " "}, {"a": " "}),
        ("<a><!-- c --><?p i?><b>1</b></a>", {"a": {"b": "1"}}, {"a": {"b": "1"}}),
        ("<a><![CDATA[<x>]]></a>", {"a": "<x>"}, {"a": "<x>"}),
        ('<p:a xmlns:p="u" p:x="1"/>', {"p$a": {"@xmlns$p": "u", "@p$x": "1"}}, {"a": {"x": "1"}}),
        ('<a xml:lang="nl"/>', {"a": {"@xml$lang": "nl"}}, {"a": {"lang": "nl"}}),
        (f"<a><b {NIL}/></a>",
         {"a": {"b": {"@xmlns$xsi": "http://www.w3.org/2001/XMLSchema-instance", "@xsi$nil": "true"}}},
         {"a": {"b": None}}),
        ("<?xml version='1.0' encoding='utf-8' standalone='yes'?><a/>",
         {"version": "1.0", "encoding": "utf-8", "standalone": "yes", "a": ""}, {"a": ""}),
    ],
)  # fmt: skip
def test_an_element_becomes_this_value(body: str, direct: Any, friendly: Any) -> None:
    assert converted(body) == direct
    assert converted(body, "javascript-friendly") == friendly


def test_every_child_is_an_array_where_the_statement_says_so() -> None:
    found = converted(
        '<a x="1"><b>1</b><b>2</b><c><d/></c></a>', attributes='always-array-child-elements="true"'
    )
    assert found == {"a": {"@x": "1", "b": ["1", "2"], "c": [{"d": [""]}]}}


def test_the_charset_of_the_content_type_counts_before_that_of_the_declaration() -> None:
    body = "<?xml version='1.0' encoding='utf-8'?><a>\xe9</a>".encode("latin-1")
    assert converted(body, "javascript-friendly", mime="text/xml; charset=iso-8859-1") == {"a": "\xe9"}
    marked = "\ufeff<a>\xe9</a>".encode("utf-16-le")
    assert converted(marked, mime="text/xml; charset=utf-8") == {"a": "\xe9"}
    assert converted("<a>é</a>", mime="text/xml; charset=nonsense") == {"a": "é"}


@pytest.mark.parametrize(
    ("accept", "mime", "apply", "converts"),
    [
        ("application/json", "text/xml", "always", True),
        ("application/hal+json", "text/plain", "always", True),
        ("text/xml", "text/xml", "always", False),
        ("*/*", "text/xml", "always", False),
        ("application/json", "application/soap+xml", "content-type-xml", True),
        ("application/json", "text/plain", "content-type-xml", False),
    ],
)
def test_it_converts_when_accept_and_content_type_say_so(
    accept: str, mime: str, apply: str, converts: bool
) -> None:
    statement = f'<xml-to-json kind="direct" apply="{apply}" />'
    found = run(statement, "<a>1</a>", mime, headers={"Accept": [accept]}, section="outbound")
    assert found.text == ('{"a":"1"}' if converts else "<a>1</a>")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("<a>", "The body is not valid XML: Premature end"),
        ("no xml", "The body is not valid XML"),
        ('<!DOCTYPE a [<!ENTITY e "x">]><a>&e;</a>', "a document type declaration is not allowed"),
        ('<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', "a document type declaration is not allowed"),
        ("<a>&undefined;</a>", "The body is not valid XML"),
        ("<a>" * 300 + "</a>" * 300, "The body is not valid XML: Excessive depth"),
    ],
)
def test_what_is_no_plain_xml_is_an_error(body: str, message: str) -> None:
    with pytest.raises(PolicyFailure, match=message):
        converted(body)


def test_entities_that_multiply_are_refused_in_no_time() -> None:
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10 if n else "x" * 10}">' for n in range(12))
    with pytest.raises(PolicyFailure):
        converted(f"<!DOCTYPE a [{entities}]><a b='&e11;'>&e11;</a>")


def test_an_empty_body_stays_empty() -> None:
    statement = '<xml-to-json kind="direct" apply="always" consider-accept-header="false" />'
    assert run(statement, "", "text/xml").content_type == "text/xml"


def test_a_body_of_too_many_elements_is_an_error() -> None:
    for kind in ("direct", "javascript-friendly"):
        with pytest.raises(PolicyFailure, match="more than 250000 values"):
            converted("<a>" + "<b/>" * 250_001 + "</a>", kind)


@pytest.mark.parametrize("kind", ["direct", "javascript-friendly"])
@pytest.mark.parametrize("arrays", ["false", "true"])
def test_the_depth_is_bounded_however_it_is_written(kind: str, arrays: str) -> None:
    statement = f"""<xml-to-json kind="{kind}" apply="always" consider-accept-header="false"
      always-array-child-elements="{arrays}" />"""
    # Attributes and twins make an object and an array of each level.
    deepest = "<a x='1'>" * 124 + "<a x='1'/>" + "<a/></a>" * 124
    assert run(statement, deepest, "text/xml").content_type == "application/json"
    with pytest.raises(PolicyFailure, match="The body is nested more than 125 deep"):
        run(statement, "<a>" * 126 + "</a>" * 126, "text/xml")
