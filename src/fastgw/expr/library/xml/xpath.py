"""XPath 1.0 over the trees of System.Xml.Linq; every node that is looked at costs a step.

A value is a bool, a float, a str or a list of nodes in the order of the document without repetition.
A tree without document has its top element in the place of the root, as in .NET.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from fastgw.expr.library.xml.containers import XContainer, XElement
from fastgw.expr.library.xml.names import XML_URI
from fastgw.expr.library.xml.nodes import (
    XAttribute,
    XComment,
    XNode,
    XObject,
    XProcessingInstruction,
    XText,
)
from fastgw.expr.library.xml.xpath_functions import FUNCTIONS, boolean, number, text_of, text_of_node
from fastgw.expr.library.xml.xpath_parsing import (
    Call,
    Chain,
    Expression,
    Literal,
    Negation,
    Path,
    Step,
    needs_manager,
    parse_xpath,
)
from fastgw.expr.runtime.errors import XPathException
from fastgw.expr.runtime.meter import meter

_REVERSE = frozenset({"ancestor", "ancestor-or-self", "parent", "preceding", "preceding-sibling"})
_NODE_BYTES = 32


class Context(NamedTuple):
    """Where an expression is evaluated: a node, its place among others, and how many there are."""

    node: XObject
    position: int
    size: int


def evaluate(text: str | None, node: XObject, prefixes: dict[str, str] | None) -> Any:
    """The value of an expression at a node. Raises XPathException and Exhausted."""
    return _Evaluation(node, prefixes).value(parse_xpath(text), Context(node, 1, 1))


class _Evaluation:
    def __init__(self, node: XObject, prefixes: dict[str, str] | None) -> None:
        self._root = node.root()
        self._prefixes = prefixes
        self._order: dict[int, int] = {}

    def value(self, expression: Expression, context: Context) -> Any:
        """The value of an expression."""
        meter.spend()
        if isinstance(expression, Path):
            return self._path(expression, context)
        if isinstance(expression, Literal):
            return expression.value
        if isinstance(expression, Chain):
            return self._chain(expression, context)
        if isinstance(expression, Negation):
            return -number(self.value(expression.operand, context))
        return self._call(expression, context)

    def _nodes(self, expression: Expression, context: Context) -> list[XObject]:
        found = self.value(expression, context)
        if not isinstance(found, list):
            raise XPathException("Expression must evaluate to a node-set.")
        return found

    # ------------------------------------------------------------ operators

    def _chain(self, chain: Chain, context: Context) -> Any:
        first_operator = chain.rest[0][0]
        if first_operator in ("and", "or"):
            stops = first_operator == "or"
            for operand in (chain.first, *(one for _, one in chain.rest)):
                if boolean(self.value(operand, context)) is stops:
                    return stops
            return not stops
        if first_operator == "|":
            found = list(self._nodes(chain.first, context))
            for _, operand in chain.rest:
                found += self._nodes(operand, context)
            return self._sorted(found)
        left = self.value(chain.first, context)
        for operator, operand in chain.rest:
            right = self.value(operand, context)
            compared = _COMPARED.get(operator)
            if compared is not None:
                left = _compare(left, right, operator, compared)
            else:
                left = _CALCULATED[operator](number(left), number(right))
        return left

    def _call(self, call: Call, context: Context) -> Any:
        if call.name == "position" and not call.arguments:
            return float(context.position)
        if call.name == "last" and not call.arguments:
            return float(context.size)
        function = FUNCTIONS.get(call.name)
        if function is None:
            raise needs_manager()
        least, most, run = function
        if not least <= len(call.arguments) <= most:
            raise XPathException(
                f"Function '{call.name}' in '{call.name}()' has an invalid number of arguments."
            )
        return run(context.node, [self.value(one, context) for one in call.arguments])

    # ------------------------------------------------------------ paths

    def _path(self, path: Path, context: Context) -> Any:
        if path.start is not None:
            found = self._nodes(path.start, context)
            for predicate in path.filters:
                found = self._filtered(found, predicate)
        else:
            found = [self._root if path.is_absolute else context.node]
        for step in path.steps:
            found = self._step(step, found)
        return found

    def _step(self, step: Step, nodes: list[XObject]) -> list[XObject]:
        test = self._test(step)
        found: list[XObject] = []
        for node in nodes:
            matching = []
            for one in _axis(step.axis, node):
                meter.spend()
                if test(one):
                    matching.append(one)
            for predicate in step.predicates:
                matching = self._filtered(matching, predicate)
            meter.reserve(_NODE_BYTES * len(matching))
            found += matching
        if len(nodes) == 1:
            if step.axis in _REVERSE:
                found.reverse()
            return found
        return self._sorted(found)

    def _filtered(self, nodes: list[XObject], predicate: Expression) -> list[XObject]:
        """The nodes that a predicate takes; their order is that of the axis."""
        size = len(nodes)
        kept = []
        for at, node in enumerate(nodes):
            found = self.value(predicate, Context(node, at + 1, size))
            if found == at + 1 if isinstance(found, float) else boolean(found):
                kept.append(node)
        return kept

    def _test(self, step: Step) -> Callable[[XObject], bool]:
        principal: type[XObject] = XAttribute if step.axis == "attribute" else XElement
        if step.kind == "any":
            return lambda one: isinstance(one, principal)
        if step.kind == "name":
            prefix, colon, local = step.name.rpartition(":")
            uri = self._uri(prefix) if colon else ""
            if local == "*":
                return lambda one: isinstance(one, principal) and _name(one)[1] == uri
            wanted = (local, uri)
            return lambda one: isinstance(one, principal) and _name(one) == wanted
        if step.kind == "node":
            return lambda one: True
        kind: type[XObject] = {"text": XText, "comment": XComment}.get(step.kind, XProcessingInstruction)
        if not step.name:
            return lambda one: isinstance(one, kind)
        return lambda one: isinstance(one, XProcessingInstruction) and one.target == step.name

    def _uri(self, prefix: str) -> str:
        if self._prefixes is None:
            raise needs_manager()
        found = {"xml": XML_URI, **self._prefixes}.get(prefix)
        if found is None:
            raise XPathException(f"Namespace prefix '{prefix}' is not defined.")
        return found

    def _sorted(self, nodes: list[XObject]) -> list[XObject]:
        """The nodes in the order of the document, each once."""
        once = {id(one): one for one in nodes}
        if len(once) == 1:
            return list(once.values())
        if any(one not in self._order for one in once):
            self._number_all()
        order = self._order
        return [once[one] for one in sorted(once, key=lambda one: order.get(one, 0))]

    def _number_all(self) -> None:
        """Give every node and attribute of the tree its place."""
        order: dict[int, int] = {}
        nodes: Iterable[XNode] = ()
        if isinstance(self._root, XContainer):
            nodes = self._root.descendant_nodes(True)
        for node in nodes:
            meter.spend()
            order[id(node)] = len(order)
            if isinstance(node, XElement):
                for one in node.attributes:
                    order[id(one)] = len(order)
        self._order = order


def _name(node: XObject) -> tuple[str, str]:
    if isinstance(node, (XElement, XAttribute)):
        return node.name.local, node.name.uri
    return "", ""


# ---------------------------------------------------------------- axes


def _parents(node: XObject) -> Iterator[XObject]:
    at = node.parent
    while at is not None:
        yield at
        at = at.parent


def _siblings(node: XObject, forward: bool) -> Iterator[XObject]:
    if not isinstance(node, XNode):
        return
    at = node.next if forward else node.previous
    while at is not None:
        yield at
        at = at.next if forward else at.previous


def _below(node: XObject) -> Iterator[XObject]:
    return node.descendant_nodes() if isinstance(node, XContainer) else iter(())


def _following(node: XObject) -> Iterator[XObject]:
    if isinstance(node, XAttribute) and node.parent is not None:
        # What follows an attribute is first of all what its element holds.
        yield from _below(node.parent)
        node = node.parent
    for above in (node, *_parents(node)):
        for one in _siblings(above, True):
            yield one
            yield from _below(one)


def _preceding(node: XObject) -> Iterator[XObject]:
    if isinstance(node, XAttribute) and node.parent is not None:
        node = node.parent
    for above in (node, *_parents(node)):
        for one in _siblings(above, False):
            yield from reversed(list(_below(one)))
            yield one


def _axis(axis: str, node: XObject) -> Iterator[XObject]:
    """The nodes of an axis, from the near to the far."""
    if axis == "child":
        return node.nodes() if isinstance(node, XContainer) else iter(())
    if axis == "attribute":
        attributes = node.attributes if isinstance(node, XElement) else []
        return (one for one in attributes if not one.is_declaration())
    return _AXES[axis](node)


def _with_self(axis: Callable[[XObject], Iterator[XObject]]) -> Callable[[XObject], Iterator[XObject]]:
    def both(node: XObject) -> Iterator[XObject]:
        yield node
        yield from axis(node)

    return both


_AXES: dict[str, Callable[[XObject], Iterator[XObject]]] = {
    "self": lambda node: iter((node,)),
    "parent": lambda node: iter(()) if node.parent is None else iter((node.parent,)),
    "ancestor": _parents,
    "ancestor-or-self": _with_self(_parents),
    "descendant": _below,
    "descendant-or-self": _with_self(_below),
    "following": _following,
    "following-sibling": lambda node: _siblings(node, True),
    "preceding": _preceding,
    "preceding-sibling": lambda node: _siblings(node, False),
    "namespace": lambda node: iter(()),
}


# ---------------------------------------------------------------- comparing and calculating

_COMPARED: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda left, right: left == right,
    "!=": lambda left, right: left != right,
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
}


def _divided(left: float, right: float) -> float:
    if right:
        return left / right
    if not left or math.isnan(left):
        return math.nan
    return math.copysign(math.inf, left) * math.copysign(1, right)


def _remainder(left: float, right: float) -> float:
    if not right or math.isinf(left) or math.isnan(left) or math.isnan(right):
        return math.nan
    return math.fmod(left, right)


_CALCULATED: dict[str, Callable[[float, float], float]] = {
    "+": lambda left, right: left + right,
    "-": lambda left, right: left - right,
    "*": lambda left, right: left * right,
    "div": _divided,
    "mod": _remainder,
}


def _compare(left: Any, right: Any, operator: str, compared: Callable[[Any, Any], bool]) -> bool:
    """A comparison (recommendation, 3.4); of node-sets: whether any of their nodes fulfils it."""
    if isinstance(left, list) and isinstance(right, list):
        texts = [text_of_node(one) for one in right]
        for one in left:
            meter.spend(len(texts))
            text = text_of_node(one)
            if any(_compare_values(text, other, operator, compared) for other in texts):
                return True
        return False
    if isinstance(left, list) and not isinstance(right, bool):
        return any(_compare_values(_like(one, right), right, operator, compared) for one in left)
    if isinstance(right, list) and not isinstance(left, bool):
        return any(_compare_values(left, _like(one, left), operator, compared) for one in right)
    return _compare_values(left, right, operator, compared)


def _like(node: XObject, other: Any) -> Any:
    meter.spend()
    text = text_of_node(node)
    return number(text) if isinstance(other, float) else text


def _compare_values(left: Any, right: Any, operator: str, compared: Callable[[Any, Any], bool]) -> bool:
    if isinstance(left, list) or isinstance(right, list):
        # Against a boolean a node-set counts as whether it has a node.
        left, right = boolean(left), boolean(right)
    if operator in ("=", "!="):
        if isinstance(left, bool) or isinstance(right, bool):
            return compared(boolean(left), boolean(right))
        if isinstance(left, float) or isinstance(right, float):
            return compared(number(left), number(right))
        return compared(text_of(left), text_of(right))
    return compared(number(left), number(right))
