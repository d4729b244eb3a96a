"""XML as JSON: SerializeObject and FromObject of the nodes of System.Xml.Linq."""

from __future__ import annotations

import pytest

from tests.expr.running import run


def serialized(xml: str) -> object:
    return run('JsonConvert.SerializeObject(XElement.Parse((string)context.Variables["xml"]))', xml=xml)


@pytest.mark.parametrize(
    ("xml", "expected"),
    [
        ("<a>t</a>", '{"a":"t"}'),
        ("<a />", '{"a":null}'),
        ("<a></a>", '{"a":""}'),
        ("<a><![CDATA[t]]></a>", '{"a":{"#cdata-section":"t"}}'),
        ('<a b="1" c="2">t</a>', '{"a":{"@b":"1","@c":"2","#text":"t"}}'),
        ('<a b="1" />', '{"a":{"@b":"1"}}'),
        ("<a><b>1</b><c>2</c><b>3</b></a>", '{"a":{"b":["1","3"],"c":"2"}}'),
        ("<a>x<b />y</a>", '{"a":{"#text":["x","y"],"b":null}}'),
        ('<a xmlns="urn:x"><b>1</b></a>', '{"a":{"@xmlns":"urn:x","b":"1"}}'),
        (
            '<p:a xmlns:p="urn:x"><p:b p:c="1" /><d /></p:a>',
            '{"p:a":{"@xmlns:p":"urn:x","p:b":{"@p:c":"1"},"d":null}}',
        ),
        (
            '<a><p:b xmlns:p="urn:x">1</p:b></a>',
            '{"a":{"p:b":{"@xmlns:p":"urn:x","#text":"1"}}}',
        ),
        ("<a><?do it?><!-- c --><b>1</b></a>", '{"a":{"?do":"it","b":"1"}}'),
        (
            '<a xmlns:json="http://james.newtonking.com/projects/json"><b json:Array="true">1</b></a>',
            '{"a":{"b":["1"]}}',
        ),
        ("<a_x0020_b>1</a_x0020_b>", '{"a b":"1"}'),
    ],
)
def test_elements(xml: str, expected: str) -> None:
    assert serialized(xml) == expected


def test_documents_begin_with_their_declaration() -> None:
    xml = '<?xml version="1.0" encoding="utf-8"?><a>1</a>'
    source = 'JsonConvert.SerializeObject(XDocument.Parse((string)context.Variables["xml"]))'
    assert run(source, xml=xml) == '{"?xml":{"@version":"1.0","@encoding":"utf-8"},"a":"1"}'


def test_prefixes_of_outer_elements_count() -> None:
    source = (
        'JsonConvert.SerializeObject(XElement.Parse((string)context.Variables["xml"]).Elements().First())'
    )
    assert run(source, xml='<p:a xmlns:p="urn:x"><p:b>1</p:b></p:a>') == '{"p:b":"1"}'
    assert run(source, xml='<a xmlns="urn:x"><b>1</b></a>') == '{"b":"1"}'


def test_nodes_are_part_of_other_objects() -> None:
    source = (
        'JObject.FromObject(new { x = new XElement("a", new XAttribute("b", 1)) }).ToString(Formatting.None)'
    )
    assert run(source) == '{"x":{"a":{"@b":"1"}}}'
