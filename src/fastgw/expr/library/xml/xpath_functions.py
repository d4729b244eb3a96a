"""The functions of XPath 1.0 (recommendation, section 4), and how values become others."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

from fastgw.expr.library.xml.containers import XContainer, XElement
from fastgw.expr.library.xml.names import XML_URI
from fastgw.expr.library.xml.nodes import XAttribute, XComment, XObject, XProcessingInstruction, XText
from fastgw.expr.library.xml.writing import qualified_name
from fastgw.expr.runtime.errors import XPathException
from fastgw.expr.runtime.growth import size_of
from fastgw.expr.runtime.meter import meter

_WHITE = " \t\r\n"
_NUMBER = re.compile(r"-?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)")
_MOST_EXACT = 1e15
_MANY = 1000
_CHARACTERS_PER_STEP = 64

Function = Callable[[XObject, list[Any]], Any]


def text_of_node(node: XObject) -> str:
    """The string value of a node."""
    text = ""
    if isinstance(node, XAttribute):
        text = node.value
    elif isinstance(node, (XText, XComment)):
        text = node.text
    elif isinstance(node, XContainer):
        text = node.value()
    elif isinstance(node, XProcessingInstruction):
        text = node.data
    # Whoever asks for it goes through it, and may do so for every node.
    meter.spend(len(text) // _CHARACTERS_PER_STEP)
    return text


def text_of(value: Any) -> str:
    """A value as a string; of a node-set its first node."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _number_text(value)
    return text_of_node(value[0]) if value else ""


def _number_text(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    if value == int(value):
        return str(int(value))
    text = repr(value)
    return f"{value:.324f}".rstrip("0") if "e" in text else text


def number(value: Any) -> float:
    """A value as a number; NaN for text that is none."""
    if isinstance(value, bool):
        return float(value)
    if isinstance(value, float):
        return value
    text = text_of(value).strip(_WHITE)
    return float(text) if _NUMBER.fullmatch(text) is not None else math.nan


def boolean(value: Any) -> bool:
    """A value as a boolean: a number that is neither zero nor NaN, text or nodes that are not empty."""
    if isinstance(value, float):
        return value != 0 and not math.isnan(value)
    return bool(value)


def _nodes(value: Any) -> list[XObject]:
    if not isinstance(value, list):
        raise XPathException("Expression must evaluate to a node-set.")
    return value


def _first(node: XObject, values: list[Any]) -> XObject | None:
    """The node that a function without argument is about, else the first of its node-set."""
    if not values:
        return node
    nodes = _nodes(values[0])
    return nodes[0] if nodes else None


def _local_name(node: XObject, values: list[Any]) -> str:
    found = _first(node, values)
    if isinstance(found, (XElement, XAttribute)):
        return found.name.local
    return found.target if isinstance(found, XProcessingInstruction) else ""


def _namespace_uri(node: XObject, values: list[Any]) -> str:
    found = _first(node, values)
    return found.name.uri if isinstance(found, (XElement, XAttribute)) else ""


def _full_name(node: XObject, values: list[Any]) -> str:
    found = _first(node, values)
    if isinstance(found, (XElement, XAttribute)):
        return qualified_name(found)
    return found.target if isinstance(found, XProcessingInstruction) else ""


def _own_text(node: XObject, values: list[Any]) -> str:
    return text_of(values[0]) if values else text_of_node(node)


def _concat(node: XObject, values: list[Any]) -> str:
    texts = [text_of(one) for one in values]
    meter.reserve(sum(map(size_of, texts)))
    return "".join(texts)


def _rounded(value: float) -> float:
    if math.isnan(value) or math.isinf(value):
        return value
    return float(math.floor(value + 0.5)) if abs(value) < _MOST_EXACT else value


def _substring(node: XObject, values: list[Any]) -> str:
    text = text_of(values[0])
    start = _rounded(number(values[1]))
    end = math.inf if len(values) == 2 else start + _rounded(number(values[2]))
    if math.isnan(start) or math.isnan(end):
        return ""
    first = int(max(start, 1.0)) if start != math.inf else len(text) + 1
    last = len(text) + 1 if end == math.inf else max(int(end), 0) if end != -math.inf else 0
    return text[first - 1 : max(last - 1, 0)]


def _translate(node: XObject, values: list[Any]) -> str:
    text, old, new = (text_of(one) for one in values)
    table: dict[int, str | None] = {}
    for at, character in enumerate(old):
        table.setdefault(ord(character), new[at] if at < len(new) else None)
    return text.translate(table)


def _whole(change: Callable[[float], int], value: float) -> float:
    return value if math.isnan(value) or math.isinf(value) else float(change(value))


def _language(node: XObject, values: list[Any]) -> bool:
    wanted = text_of(values[0]).lower()
    at: XObject | None = node
    while at is not None:
        if isinstance(at, XElement):
            for one in at.attributes:
                if one.name.local == "lang" and one.name.uri == XML_URI:
                    found = one.value.lower()
                    return found == wanted or found.startswith(f"{wanted}-")
        at = at.parent
    return False


FUNCTIONS: dict[str, tuple[int, int, Function]] = {
    "count": (1, 1, lambda node, values: float(len(_nodes(values[0])))),
    "id": (1, 1, lambda node, values: []),
    "local-name": (0, 1, _local_name),
    "namespace-uri": (0, 1, _namespace_uri),
    "name": (0, 1, _full_name),
    "string": (0, 1, _own_text),
    "concat": (2, _MANY, _concat),
    "starts-with": (2, 2, lambda node, values: text_of(values[0]).startswith(text_of(values[1]))),
    "contains": (2, 2, lambda node, values: text_of(values[1]) in text_of(values[0])),
    "substring-before": (2, 2, lambda node, values: _parted(values)[0]),
    "substring-after": (2, 2, lambda node, values: _parted(values)[1]),
    "substring": (2, 3, _substring),
    "string-length": (0, 1, lambda node, values: float(len(_own_text(node, values)))),
    "normalize-space": (0, 1, lambda node, values: _normalized(_own_text(node, values))),
    "translate": (3, 3, _translate),
    "boolean": (1, 1, lambda node, values: boolean(values[0])),
    "not": (1, 1, lambda node, values: not boolean(values[0])),
    "true": (0, 0, lambda node, values: True),
    "false": (0, 0, lambda node, values: False),
    "lang": (1, 1, _language),
    "number": (0, 1, lambda node, values: number(values[0] if values else text_of_node(node))),
    "sum": (1, 1, lambda node, values: float(sum(number(text_of_node(one)) for one in _nodes(values[0])))),
    "floor": (1, 1, lambda node, values: _whole(math.floor, number(values[0]))),
    "ceiling": (1, 1, lambda node, values: _whole(math.ceil, number(values[0]))),
    "round": (1, 1, lambda node, values: _rounded(number(values[0]))),
}
"""By name: the least and most arguments, and what runs, with the context node and the arguments' values."""


def _parted(values: list[Any]) -> tuple[str, str]:
    """What stands before and behind the second text in the first; nothing where it does not occur."""
    text, part = text_of(values[0]), text_of(values[1])
    before, _, behind = text.partition(part) if part else ("", "", text)
    return (before, behind) if part in text else ("", "")


def _normalized(text: str) -> str:
    meter.reserve(size_of(text))
    return " ".join(one for one in re.split(f"[{_WHITE}]+", text) if one)
