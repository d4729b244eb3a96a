"""xml-to-json: converts an XML body to JSON (spec/policies/transformation.md)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from lxml import etree

from fastgw._program import Message, Op
from fastgw.compiler.expressions import Compiled, ValueType
from fastgw.compiler.lower import Lowering, Statement
from fastgw.compiler.schema import AttributeSchema, PolicySchema, policy_element
from fastgw.errors import PolicyFailure
from fastgw.policies.bodies import is_json, is_xml, set_content_type, text_of_body
from fastgw.policies.documents import Nodes, local_name, xml_of_body
from fastgw.policies.transform.conversions import When
from fastgw.policies.values import now, text_now

APPLY = ("always", "content-type-xml")
KINDS = ("javascript-friendly", "direct")
ELEMENT = policy_element(
    "xml-to-json",
    (
        AttributeSchema("kind", required=True, expression=True, choices=KINDS),
        AttributeSchema("apply", required=True, expression=True, choices=APPLY),
        AttributeSchema("consider-accept-header", expression=True, type=ValueType.BOOLEAN),
        AttributeSchema("always-array-child-elements", expression=True, type=ValueType.BOOLEAN),
    ),
)
_NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
_XML = "http://www.w3.org/XML/1998/namespace"
_DECLARATION = re.compile(r"\s*<\?xml\s([^?]*)\?>")
_PSEUDO = re.compile(r"""(version|encoding|standalone)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_TEXT = "#text"
# Each element is two levels of JSON at the most, an array and an object; orjson writes 254.
_DEEPEST = 125


@dataclass(frozen=True, slots=True)
class XmlToJson:
    """The conversion of one statement."""

    message: Message
    when: When
    kind: str | Compiled
    arrays: bool | Compiled

    def __call__(self, exchange: Any) -> None:
        """Raises PolicyFailure for a body that is no XML, and ValueError for a kind that is none."""
        kind = text_now(self.kind, exchange).strip()
        if kind not in KINDS:
            raise ValueError(f"kind must be javascript-friendly or direct, not '{kind[:80]}'.")
        if not self.when(exchange):
            return
        root = xml_of_body(self.message, exchange)
        writing = _Direct if kind == "direct" else _Friendly
        text = text_of_body(self.message, exchange)
        converter = writing(bool(now(self.arrays, exchange)), "xmlns" in text)
        found = converter.declaration(text)
        found[converter.name(root)] = converter.value(root, {})
        exchange.set_body(self.message, orjson.dumps(found))
        set_content_type(self.message, exchange, b"application/json")


class _Direct:
    """Everything that the XML says: `@` before attributes, `$` for the colon, declarations included."""

    def __init__(self, arrays: bool, has_namespaces: bool) -> None:
        self._arrays = arrays
        # lxml climbs up for the namespaces of each element, which most documents do not have.
        self._has_namespaces = has_namespaces
        self._nodes = Nodes()
        self._depth = 0

    def namespaces(self, element: etree._Element) -> Mapping[str | None, str]:
        """The namespaces in scope at an element, by prefix."""
        return element.nsmap if self._has_namespaces else {}

    def declaration(self, text: str) -> dict[str, Any]:
        """The members that the XML declaration gives."""
        found = _DECLARATION.match(text)
        return {one[1]: one[2] or one[3] or "" for one in _PSEUDO.finditer(found[1])} if found else {}

    def name(self, element: etree._Element) -> str:
        """The member's name for an element."""
        local = local_name(str(element.tag))
        return f"{element.prefix}${local}" if element.prefix else local

    def attributes(
        self, element: etree._Element, around: Mapping[str | None, str], inside: Mapping[str | None, str]
    ) -> dict[str, Any]:
        """The members for attributes, declarations of namespaces first; the scopes are by prefix."""
        members: dict[str, Any] = {}
        if inside != around:
            for declared, uri in inside.items():
                if around.get(declared) != uri:
                    members[f"@xmlns${declared}" if declared else "@xmlns"] = uri
            if None in around and None not in inside:
                members["@xmlns"] = ""
        if not element.attrib:
            return members
        names = {uri: prefix for prefix, uri in inside.items() if prefix}
        names[_XML] = "xml"
        for key, value in element.attrib.items():
            space, _, local = str(key).rpartition("}")
            prefix = names.get(space[1:], "") if space else ""
            members[f"@{prefix}${local}" if prefix else f"@{local}"] = str(value)
        return members

    def is_null(self, element: etree._Element) -> bool:
        """Whether an element is null."""
        return False

    def value(self, element: etree._Element, around: Mapping[str | None, str]) -> Any:
        """What stands for an element: a string where it has text alone, else an object.

        Raises PolicyFailure for too many elements, and for too many within each other.
        """
        self._nodes.take(1 + len(element.attrib))
        if self.is_null(element):
            return None
        if self._depth == _DEEPEST:
            raise PolicyFailure(None, f"The body is nested more than {_DEEPEST} deep.")
        self._depth += 1
        inside = self.namespaces(element)
        members = self.attributes(element, around, inside)
        pieces = [element.text or ""]
        repeated: set[str] = set()
        is_parent = False
        for child in element:
            pieces.append(child.tail or "")
            if not isinstance(child.tag, str):
                # Comments and processing instructions have no place in JSON.
                continue
            is_parent = True
            name, value = self.name(child), self.value(child, inside)
            if name in repeated:
                members[name].append(value)
            elif name in members:
                repeated.add(name)
                members[name] = [members[name], value]
            elif self._arrays:
                repeated.add(name)
                members[name] = [value]
            else:
                members[name] = value
        self._depth -= 1
        text = "".join(pieces)
        if not members:
            return text
        if text.strip() or (text and not is_parent):
            members[_TEXT] = text
        return members


class _Friendly(_Direct):
    """What JavaScript reads easily: local names without marks, xsi:nil as null, no declarations."""

    def declaration(self, text: str) -> dict[str, Any]:
        return {}

    def namespaces(self, element: etree._Element) -> Mapping[str | None, str]:
        return {}

    def name(self, element: etree._Element) -> str:
        return local_name(str(element.tag))

    def attributes(
        self, element: etree._Element, around: Mapping[str | None, str], inside: Mapping[str | None, str]
    ) -> dict[str, Any]:
        return {local_name(str(key)): str(value) for key, value in element.attrib.items() if key != _NIL}

    def is_null(self, element: etree._Element) -> bool:
        return (element.get(_NIL) or "").strip() in ("true", "1")


def lower(statement: Statement, lowering: Lowering) -> None:
    """One DO, behind the body."""
    kind = lowering.string(statement.required("kind"))
    apply = lowering.string(statement.required("apply"))
    accept = lowering.boolean(statement.value("consider-accept-header"), default=True)
    arrays = lowering.boolean(statement.value("always-array-child-elements"), default=False)
    if kind is None or apply is None or accept is None or arrays is None:
        return
    message = lowering.message
    when = When(message, apply, APPLY, accept, is_xml, is_json)
    lowering.need_body(message, statement)
    lowering.emit(Op.DO, (XmlToJson(message, when, kind, arrays),), statement)


XML_TO_JSON = PolicySchema(ELEMENT, lower)
