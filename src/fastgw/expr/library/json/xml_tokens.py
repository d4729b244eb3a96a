"""XML as JSON: what JsonConvert.SerializeObject makes of the nodes of System.Xml.Linq (XmlNodeConverter).

An element is a property with its name: a string where it has text alone, null or "" where it is empty, else
an object of its attributes (`@name`) and children; children of one name are an array. Comments are left out,
because objects of tokens cannot hold them.
"""

from __future__ import annotations

import re
from typing import Any

from fastgw.expr.library.json.containers import JArray
from fastgw.expr.library.json.objects import JObject, JProperty
from fastgw.expr.library.json.tokens import NULL, STRING, JToken, JValue, check_nesting
from fastgw.expr.library.xml.containers import XDocument, XElement
from fastgw.expr.library.xml.names import XMLNS_URI, XName
from fastgw.expr.library.xml.nodes import (
    XAttribute,
    XCData,
    XComment,
    XDocumentType,
    XNode,
    XObject,
    XProcessingInstruction,
    XText,
)
from fastgw.expr.runtime.meter import meter

JSON_URI = "http://james.newtonking.com/projects/json"
"""The namespace of `json:Array="true"`, which makes an array of a single element."""

_ENCODED = re.compile("_x([0-9A-Fa-f]{4})_")
_MEMBER_BYTES = 64
_Scope = dict[str, str]


def from_xml(node: Any) -> JObject | None:
    """The object that a node or attribute is written as; None for what is none. Raises Exhausted."""
    if not isinstance(node, XObject):
        return None
    found = JObject()
    scope: _Scope = {}
    for one in reversed(_above(node)):
        _declare(one, scope)
    if isinstance(node, XDocument):
        _group(found, _children(node), scope, 0)
    elif not isinstance(node, XComment):
        _hold(found, _scoped_name(node, scope), _value(node, scope, 0))
    return found


def _above(node: XObject) -> list[XElement]:
    found = []
    parent = node.parent_element()
    while parent is not None:
        found.append(parent)
        parent = parent.parent_element()
    return found


def _declare(element: XElement, scope: _Scope) -> None:
    """Add the prefixes that an element declares; `scope` leads from URIs to them."""
    for one in element.attributes:
        if one.name.uri == XMLNS_URI:
            scope[one.value] = _decoded(one.name.local)


def _decoded(name: str) -> str:
    """XmlConvert.DecodeName."""
    return _ENCODED.sub(lambda found: chr(int(found.group(1), 16)), name)


def _full_name(name: XName, scope: _Scope) -> str:
    prefix = "xmlns" if name.uri == XMLNS_URI else scope.get(name.uri, "") if name.uri else ""
    local = _decoded(name.local)
    return f"{prefix}:{local}" if prefix else local


def _name(node: Any, scope: _Scope) -> str:
    """The name of the property for a node."""
    if isinstance(node, XElement):
        return _full_name(node.name, scope)
    if isinstance(node, XAttribute):
        return f"{'$' if node.name.uri == JSON_URI else '@'}{_full_name(node.name, scope)}"
    if isinstance(node, XCData):
        return "#cdata-section"
    if isinstance(node, XText):
        return "#text"
    if isinstance(node, XProcessingInstruction):
        return f"?{_decoded(node.target)}"
    return f"!{_decoded(node.name)}" if isinstance(node, XDocumentType) else "?xml"


def _value(node: Any, scope: _Scope, depth: int) -> JToken:
    """The token for a node."""
    check_nesting(depth)
    meter.spend()
    if isinstance(node, XElement):
        return _element(node, scope, depth)
    if isinstance(node, XText):
        return _text(node.text)
    if isinstance(node, XAttribute):
        return _text(node.value)
    if isinstance(node, XProcessingInstruction):
        return _text(node.data)
    found = JObject()
    if isinstance(node, XDocumentType):
        parts = {
            "@name": node.name,
            "@public": node.public_id,
            "@system": node.system_id,
            "@internalSubset": node.internal_subset,
        }
    else:
        parts = {"@version": node.version, "@encoding": node.encoding, "@standalone": node.standalone}
    for name, value in parts.items():
        if value:
            _hold(found, name, _text(value))
    return found


def _text(text: str) -> JValue:
    return JValue(text, STRING)


def _element(element: XElement, outer: _Scope, depth: int) -> JToken:
    scope = dict(outer)
    _declare(element, scope)
    children = list(_children(element))
    attributes = _attributes(element)
    if not attributes:
        if len(children) == 1 and type(children[0]) is XText:
            return _text(children[0].text)
        if not children and not element.attributes:
            return JValue(None, NULL) if element.is_empty() else _text("")
    found = JObject()
    for one in attributes:
        _hold(found, _name(one, scope), _text(one.value))
    _group(found, children, scope, depth)
    return found


def _attributes(element: XElement) -> list[XAttribute]:
    """The attributes that are written: not those that are about JSON; a namespace nobody declares is."""
    found = [
        one
        for one in element.attributes
        if one.name.uri != JSON_URI and not (one.name.uri == XMLNS_URI and one.value == JSON_URI)
    ]
    uri = element.name.uri
    parent = element.parent_element()
    if uri and (parent is None or parent.name.uri != uri) and not _is_declared(element, uri):
        found.insert(0, XAttribute(XName("xmlns"), uri))
    return found


def _is_declared(element: XElement, uri: str) -> bool:
    """Whether an element's namespace is the default one it declares, or has a prefix here."""
    if any(one.is_declaration() and one.value == uri for one in element.attributes):
        return True
    return any(
        one.name.uri == XMLNS_URI and one.value == uri for up in _above(element) for one in up.attributes
    )


def _children(node: XDocument | XElement) -> list[Any]:
    """The child nodes; those of a document begin with its declaration."""
    found: list[Any] = [one for one in node.nodes() if not isinstance(one, XComment)]
    if isinstance(node, XDocument) and node.declaration is not None:
        found.insert(0, node.declaration)
    return found


def _group(target: JObject, nodes: list[XNode], scope: _Scope, depth: int) -> None:
    """Put nodes into an object, those of one name as an array where the first one stands."""
    groups: dict[str, list[XNode]] = {}
    for node in nodes:
        groups.setdefault(_name(node, scope), []).append(node)
    for name, group in groups.items():
        values = [_value(one, scope, depth + 1) for one in group]
        if len(group) > 1 or _wants_array(group[0]):
            _hold(target, name, JArray.of_tokens(values))
        else:
            _hold(target, _scoped_name(group[0], scope), values[0])


def _scoped_name(node: XObject, scope: _Scope) -> str:
    """The name of a node that stands alone: prefixes that it declares itself count."""
    if isinstance(node, XElement):
        inner = dict(scope)
        _declare(node, inner)
        return _name(node, inner)
    return _name(node, scope)


def _wants_array(node: XNode) -> bool:
    """Whether an element says `json:Array="true"`."""
    return isinstance(node, XElement) and any(
        one.name.uri == JSON_URI and one.name.local == "Array" and one.value.lower() in ("true", "1")
        for one in node.attributes
    )


def _hold(target: JObject, name: str, value: JToken) -> None:
    meter.reserve(_MEMBER_BYTES)
    made = JProperty(name, value)
    made.parent = target
    target.members[name] = made
