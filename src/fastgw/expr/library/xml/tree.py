"""What is done with a node's surroundings: siblings, ancestors, replacing, comparing (System.Xml.Linq)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cmp_to_key
from typing import Any

from fastgw.expr.library.xml.containers import XContainer, XDocument, XElement, flattened
from fastgw.expr.library.xml.names import XName, required
from fastgw.expr.library.xml.nodes import (
    NO_PARENT,
    XAttribute,
    XCData,
    XComment,
    XDocumentType,
    XNode,
    XObject,
    XProcessingInstruction,
    XText,
    check_declaration,
)
from fastgw.expr.library.xml.values_text import value_text
from fastgw.expr.runtime.errors import ArgumentNullException, InvalidOperationException
from fastgw.expr.runtime.meter import meter

_NO_ANCESTOR = "A common ancestor is missing."


def parent_of(node: XNode) -> XContainer:
    """The parent. Raises InvalidOperationException where there is none."""
    if node.parent is None:
        raise InvalidOperationException(NO_PARENT)
    return node.parent


# ---------------------------------------------------------------- changing


def add_after(node: XNode, content: Any) -> None:
    """AddAfterSelf. Raises InvalidOperationException and what content rules raise."""
    parent_of(node).place(content, node.next)


def add_before(node: XNode, content: Any) -> None:
    """AddBeforeSelf. Raises InvalidOperationException and what content rules raise."""
    parent_of(node).place(content, node)


def add_first(container: XContainer, content: Any) -> None:
    """AddFirst. Raises what content rules raise."""
    container.place(content, container.first())


def replace_with(node: XNode, content: Any) -> None:
    """ReplaceWith. Raises InvalidOperationException and what content rules raise."""
    parent = parent_of(node)
    following = node.next
    parent.take_out(node)
    parent.place(content, following)


def replace_nodes(container: XContainer, content: Any) -> None:
    """ReplaceNodes; the content is looked at before anything is removed."""
    kept = list(flattened(content))
    container.remove_nodes()
    for one in kept:
        container.add(one)


def replace_attributes(element: XElement, content: Any) -> None:
    """ReplaceAttributes; the content is looked at before anything is removed."""
    kept = list(flattened(content))
    element.remove_attributes()
    for one in kept:
        element.add(one)


def replace_all(element: XElement, content: Any) -> None:
    """ReplaceAll: attributes and nodes."""
    kept = list(flattened(content))
    element.remove_attributes()
    element.remove_nodes()
    for one in kept:
        element.add(one)


def remove_each(nodes: Iterable[Any]) -> None:
    """Remove each of the nodes or attributes; they are all found first."""
    found = list(nodes)
    meter.spend(len(found))
    for one in found:
        if one is not None:
            one.remove()


def make_attribute(name: XName | None, value: Any) -> XAttribute:
    """`new XAttribute(name, value)`. Raises ArgumentNullException and ArgumentException."""
    required(name)
    required(value, "value")
    text = value_text(value)
    checked: XName = required(name)
    check_declaration(checked, text)
    return XAttribute(checked, text)


def set_attribute_text(attribute: XAttribute, text: str | None) -> None:
    """Value. Raises ArgumentNullException and ArgumentException."""
    if text is None:
        raise ArgumentNullException(parameter="value")
    check_declaration(attribute.name, text)
    attribute.value = text


def set_attribute_value(element: XElement, name: XName | None, value: Any) -> None:
    """SetAttributeValue: null removes. Raises ArgumentException."""
    found = element.attribute(name)
    if value is None:
        if found is not None:
            found.remove()
    elif found is None:
        element.place_attribute(make_attribute(name, value))
    else:
        set_attribute_text(found, value_text(value))


def set_element_value(element: XElement, name: XName | None, value: Any) -> None:
    """SetElementValue: null removes. Raises ArgumentException."""
    found = element.element(name)
    if value is None:
        if found is not None:
            found.remove()
    elif found is None:
        made = XElement(required(name))
        made.only_text = value_text(value)
        element.add(made)
    else:
        found.set_text(value_text(value))


# ---------------------------------------------------------------- looking around


def ancestors(start: XObject | None, name: XName | None) -> Iterator[XElement]:
    """The elements from `start` on outwards, of a name or all."""
    at = start
    while isinstance(at, XElement):
        if name is None or at.name == name:
            yield at
        at = at.parent


def siblings_after(node: XNode) -> Iterator[XNode]:
    """NodesAfterSelf."""
    at = node.next
    while at is not None:
        yield at
        at = at.next


def siblings_before(node: XNode) -> Iterator[XNode]:
    """NodesBeforeSelf, in the order of the document."""
    if node.parent is None:
        return
    at = node.parent.first()
    while at is not None and at is not node:
        yield at
        at = at.next


def only_elements(nodes: Iterable[XNode], name: XName | None) -> Iterator[XElement]:
    """Those of the nodes that are elements, of a name or all."""
    for one in nodes:
        if isinstance(one, XElement) and (name is None or one.name == name):
            yield one


# ---------------------------------------------------------------- order


def _chain(node: XNode) -> list[XNode]:
    """The node and its parents, from the outside in."""
    found: list[XNode] = [node]
    at = node.parent
    while at is not None:
        found.append(at)
        at = at.parent
    found.reverse()
    meter.spend(len(found))
    return found


def compare_order(left: XNode | None, right: XNode | None) -> int:
    """CompareDocumentOrder. Raises InvalidOperationException for nodes of different trees."""
    if left is right:
        return 0
    if left is None:
        return -1
    if right is None:
        return 1
    first, second = _chain(left), _chain(right)
    if first[0] is not second[0]:
        raise InvalidOperationException(_NO_ANCESTOR)
    level = 0
    while level < len(first) and level < len(second) and first[level] is second[level]:
        level += 1
    if level == len(first):
        return -1
    if level == len(second):
        return 1
    at: XNode | None = first[level]
    while at is not None:
        meter.spend()
        if at is second[level]:
            return -1
        at = at.next
    return 1


def in_document_order(nodes: Iterable[XNode]) -> list[XNode]:
    """The nodes sorted. Raises InvalidOperationException for nodes of different trees."""
    return sorted(nodes, key=cmp_to_key(compare_order))


# ---------------------------------------------------------------- equality


def deep_equals(left: XNode | None, right: XNode | None) -> bool:
    """DeepEquals: the same kinds, names, attributes in the same order, and text."""
    if left is right:
        return True
    if left is None or right is None:
        return False
    other = _facts(right)
    return all(one == next(other, None) for one in _facts(left)) and next(other, None) is None


def _facts(top: XNode) -> Iterator[tuple[Any, ...]]:
    """What counts of a tree, in order; text that stands side by side is one."""
    at: XNode = top
    texts: list[str] = []
    while True:
        meter.spend()
        below: XNode | None = None
        if type(at) is XText and at is not top:
            texts.append(at.text)
        else:
            if any(texts):
                yield "text", "".join(texts)
            texts.clear()
            yield _fact(at)
            if isinstance(at, XContainer):
                is_text = isinstance(at, XElement) and _only_text(at) is not None
                below = None if is_text else at.first_child
                if below is None:
                    yield ("end",)
        if below is not None:
            at = below
            continue
        while at is not top and at.next is None:
            if any(texts):
                yield "text", "".join(texts)
            texts.clear()
            yield ("end",)
            if at.parent is None:
                return
            at = at.parent
        if at is top or at.next is None:
            return
        at = at.next


def _fact(node: XNode) -> tuple[Any, ...]:
    if isinstance(node, XElement):
        attributes = tuple((one.name, one.value) for one in node.attributes)
        return "element", node.name, attributes, _only_text(node)
    if isinstance(node, XDocument):
        return ("document",)
    if isinstance(node, XCData):
        return "data", node.text
    if isinstance(node, XText):
        return "text", node.text
    if isinstance(node, XComment):
        return "comment", node.text
    if isinstance(node, XProcessingInstruction):
        return "instruction", node.target, node.data
    if isinstance(node, XDocumentType):
        return "type", node.name, node.public_id, node.system_id, node.internal_subset
    raise TypeError(type(node).__name__)


def _only_text(element: XElement) -> str | None:
    """The text of an element that has no other node, None for others and for `<a />`."""
    if element.only_text is not None or element.first_child is None:
        return element.only_text
    parts = []
    for one in element.nodes():
        if type(one) is not XText:
            return None
        parts.append(one.text)
    return "".join(parts)


def deep_hash(node: XNode) -> int:
    """A hash that is the same for nodes that are deeply equal."""
    return hash(tuple(_hashable(node)))


def _hashable(node: XNode) -> Iterator[Any]:
    """The names and all text, however the text is cut into nodes."""
    if not isinstance(node, XContainer):
        yield from _fact(node)
        return
    if isinstance(node, XElement):
        yield node.name
    for one in node.descendants():
        yield one.name
    yield node.value()
