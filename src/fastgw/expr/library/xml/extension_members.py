"""System.Xml.Linq.Extensions: steps through XML from each of several nodes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from fastgw.expr.library.collections_elements import Sequence, elements
from fastgw.expr.library.xml import tree
from fastgw.expr.library.xml.definitions import ATTRIBUTE, ELEMENT, EXTENSIONS, NODE
from fastgw.expr.library.xml.names import XName, required
from fastgw.expr.types import Type

_ELEMENT_TYPE = ELEMENT.type
_NODE_TYPE = NODE.type
_ATTRIBUTE_TYPE = ATTRIBUTE.type


def _each(element: Type, source: Any, of_one: Callable[[Any], Iterable[Any]]) -> Sequence:
    """What is found from each, one after the other; null is passed over. Raises ArgumentNullException."""
    required(source, "source")
    return Sequence(
        element, lambda: (found for one in elements(source) if one is not None for found in of_one(one))
    )


def _named(source: Any, name: XName | None, of_one: Callable[[Any], Iterable[Any]]) -> Sequence:
    """As `_each`, for elements; none for a null name."""
    return _each(_ELEMENT_TYPE, source, of_one if name is not None else lambda one: ())


@EXTENSIONS.method("static IEnumerable<XAttribute> Attributes(this IEnumerable<XElement> source)")
def attributes(source: Any) -> Sequence:
    """The attributes of each."""
    return _each(_ATTRIBUTE_TYPE, source, lambda one: one.attributes)


@EXTENSIONS.method("static IEnumerable<XAttribute> Attributes(this IEnumerable<XElement> source, XName name)")
def named_attributes(source: Any, name: XName | None) -> Sequence:
    """The attribute of a name of each."""
    return _each(
        _ATTRIBUTE_TYPE, source, lambda one: (found for found in one.attributes if found.name == name)
    )


@EXTENSIONS.method("static IEnumerable<XElement> Ancestors(this IEnumerable<XNode> source)")
def ancestors(source: Any) -> Sequence:
    """The elements that each stands in."""
    return _each(_ELEMENT_TYPE, source, lambda one: tree.ancestors(one.parent, None))


@EXTENSIONS.method("static IEnumerable<XElement> Ancestors(this IEnumerable<XNode> source, XName name)")
def named_ancestors(source: Any, name: XName | None) -> Sequence:
    """The elements of a name that each stands in."""
    return _named(source, name, lambda one: tree.ancestors(one.parent, name))


@EXTENSIONS.method("static IEnumerable<XElement> AncestorsAndSelf(this IEnumerable<XElement> source)")
def ancestors_and_self(source: Any) -> Sequence:
    """Each, and the elements it stands in."""
    return _each(_ELEMENT_TYPE, source, lambda one: tree.ancestors(one, None))


@EXTENSIONS.method(
    "static IEnumerable<XElement> AncestorsAndSelf(this IEnumerable<XElement> source, XName name)"
)
def named_ancestors_and_self(source: Any, name: XName | None) -> Sequence:
    """Each, and the elements it stands in, of a name."""
    return _named(source, name, lambda one: tree.ancestors(one, name))


@EXTENSIONS.method("static IEnumerable<XNode> Nodes(this IEnumerable<XContainer> source)")
def nodes(source: Any) -> Sequence:
    """The children of each."""
    return _each(_NODE_TYPE, source, lambda one: one.nodes())


@EXTENSIONS.method("static IEnumerable<XNode> DescendantNodes(this IEnumerable<XContainer> source)")
def descendant_nodes(source: Any) -> Sequence:
    """All nodes below each."""
    return _each(_NODE_TYPE, source, lambda one: one.descendant_nodes())


@EXTENSIONS.method("static IEnumerable<XNode> DescendantNodesAndSelf(this IEnumerable<XElement> source)")
def descendant_nodes_and_self(source: Any) -> Sequence:
    """Each, and all nodes below it."""
    return _each(_NODE_TYPE, source, lambda one: one.descendant_nodes(True))


@EXTENSIONS.method("static IEnumerable<XElement> Descendants(this IEnumerable<XContainer> source)")
def descendants(source: Any) -> Sequence:
    """All elements below each."""
    return _each(_ELEMENT_TYPE, source, lambda one: one.descendants())


@EXTENSIONS.method(
    "static IEnumerable<XElement> Descendants(this IEnumerable<XContainer> source, XName name)"
)
def named_descendants(source: Any, name: XName | None) -> Sequence:
    """All elements of a name below each."""
    return _named(source, name, lambda one: one.descendants(name))


@EXTENSIONS.method("static IEnumerable<XElement> DescendantsAndSelf(this IEnumerable<XElement> source)")
def descendants_and_self(source: Any) -> Sequence:
    """Each, and all elements below it."""
    return _each(_ELEMENT_TYPE, source, lambda one: one.descendants(None, True))


@EXTENSIONS.method(
    "static IEnumerable<XElement> DescendantsAndSelf(this IEnumerable<XElement> source, XName name)"
)
def named_descendants_and_self(source: Any, name: XName | None) -> Sequence:
    """Each, and all elements below it, of a name."""
    return _named(source, name, lambda one: one.descendants(name, True))


@EXTENSIONS.method("static IEnumerable<XElement> Elements(this IEnumerable<XContainer> source)")
def child_elements(source: Any) -> Sequence:
    """The child elements of each."""
    return _each(_ELEMENT_TYPE, source, lambda one: one.elements())


@EXTENSIONS.method("static IEnumerable<XElement> Elements(this IEnumerable<XContainer> source, XName name)")
def named_child_elements(source: Any, name: XName | None) -> Sequence:
    """The child elements of a name of each."""
    return _named(source, name, lambda one: one.elements(name))


@EXTENSIONS.method("static IEnumerable<T> InDocumentOrder<T>(this IEnumerable<T> source)", wants_types=True)
def in_document_order(types: tuple[Type, ...], source: Any) -> Sequence:
    """The nodes in the order of the document. Raises ArgumentNullException."""
    required(source, "source")
    return Sequence(types[-1], lambda: iter(tree.in_document_order(elements(source))))


@EXTENSIONS.method("static void Remove(this IEnumerable<XAttribute> source)")
@EXTENSIONS.method("static void Remove(this IEnumerable<XNode> source)")
def remove(source: Any) -> None:
    """Remove each from where it stands. Raises ArgumentNullException and InvalidOperationException."""
    tree.remove_each(elements(required(source, "source")))
