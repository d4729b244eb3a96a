"""The values of templates: how bodies become them, how they are written, compared and counted with.

Text is Python's, null is None, dates are DateTime, numbers int, float and Decimal, arrays lists, objects
mappings. An element of XML that is more than text is an XmlElement.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation, localcontext
from typing import Any

from liquid.undefined import Undefined
from lxml import etree

from fastgw.expr.library.date_time import DateTime
from fastgw.expr.library.formatting import format_value
from fastgw.expr.library.json.dates import parse_date
from fastgw.expr.library.json.tokens import JToken
from fastgw.expr.runtime.errors import NetException
from fastgw.expr.runtime.number_text import decimal_text, double_text
from fastgw.expr.runtime.text import outward
from fastgw.expr.runtime.values import Array
from fastgw.policies.documents import Nodes, local_name, plain

_NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
# Above, .NET counts in doubles: a decimal holds no more.
_LARGEST_DECIMAL = 7.9e28
_LONGEST_NUMBER = 60
_MOST_BITS = 4096
Number = int | float | Decimal


class Pair(tuple[str, Any]):
    """One member of an object, as a loop over the object gives it."""

    __slots__ = ()


class XmlElement(Mapping[str, Any]):
    """An element with attributes or children: properties by local name; written, it is its text."""

    __slots__ = ("_members", "_text")

    def __init__(self, members: dict[str, Any], text: str) -> None:
        self._members = members
        self._text = text

    def __getitem__(self, name: str) -> Any:
        return self._members[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._members)

    def __len__(self) -> int:
        return len(self._members)

    def __str__(self) -> str:
        return self._text


def of_json(value: Any, dates: bool, nodes: Nodes | None = None) -> Any:
    """Values of a JSON body; with `dates`, strings that Json.NET takes for dates are dates.

    Raises PolicyFailure for too many.
    """
    kind = type(value)
    nodes = nodes or Nodes()
    if kind is dict or kind is list:
        nodes.take(len(value))
    if kind is str:
        return _dated(value) if dates else value
    if kind is dict:
        return {name: of_json(one, dates, nodes) for name, one in value.items()}
    if kind is list:
        return [of_json(one, dates, nodes) for one in value]
    return value


def _dated(text: str) -> Any:
    try:
        return parse_date(text) or text
    except NetException:
        return text


def of_xml(root: etree._Element, nil: str | None, dates: bool) -> dict[str, Any]:
    """Values of an XML body: an object with the root element; `nil` stands for what xsi:nil marks.

    Raises PolicyFailure for too many.
    """
    return {local_name(str(root.tag)): _of_element(root, nil, dates, Nodes())}


def _of_element(element: etree._Element, nil: str | None, dates: bool, nodes: Nodes) -> Any:
    nodes.take(1 + len(element.attrib))
    if (element.get(_NIL) or "").strip() in ("true", "1"):
        return nil
    members: dict[str, Any] = {}
    pieces = [element.text or ""]
    repeated: set[str] = set()
    for child in element:
        pieces.append(child.tail or "")
        if not isinstance(child.tag, str):
            continue
        name = local_name(child.tag)
        value = _of_element(child, nil, dates, nodes)
        if name not in members:
            members[name] = value
        elif name in repeated:
            members[name].append(value)
        else:
            repeated.add(name)
            members[name] = [members[name], value]
    for attribute, value in element.attrib.items():
        members.setdefault(local_name(str(attribute)), str(value))
    text = "".join(pieces)
    if not members:
        return _dated(text) if dates else text
    return XmlElement(members, text.strip())


def of_expression(value: Any) -> Any:
    """A value of an expression, such as a variable."""
    if value is None or isinstance(value, (bool, Decimal, DateTime)):
        return value
    if isinstance(value, str):
        return outward(value)
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value)
    if isinstance(value, JToken):
        return plain(value)
    if isinstance(value, Array):
        return [of_expression(one) for one in value]
    return outward(format_value(value, None))


def text_of(value: Any) -> str:
    """A value as a template writes it: null is nothing, an array its items without anything between."""
    kind = type(value)
    if kind is str:
        return str(value)
    if value is None or isinstance(value, Undefined):
        return ""
    if kind is bool:
        return "true" if value else "false"
    if isinstance(value, float):
        return double_text(value)
    if isinstance(value, Decimal):
        return decimal_text(value)
    if isinstance(value, (XmlElement, int, str)):
        return str(value)
    if isinstance(value, DateTime):
        return value.net_text()
    if isinstance(value, Pair):
        return f"[{value[0]}, {text_of(value[1])}]"
    if isinstance(value, dict):
        return "".join(f"[{name}, {text_of(one)}]" for name, one in value.items())
    if isinstance(value, (list, tuple)):
        return "".join(map(text_of, value))
    return str(value)


def number_of(value: Any) -> Number | None:
    """A value to count with: text that is a number counts as that; None where it is none."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, float):
        return _exact(value)
    if isinstance(value, (int, Decimal)):
        return value
    if isinstance(value, XmlElement):
        value = str(value)
    if not isinstance(value, str) or len(value) > _LONGEST_NUMBER:
        return None
    text = value.strip()
    if not text.isascii() or "_" in text:
        return None
    try:
        if text.lstrip("+-").isdigit():
            return int(text)
        return _exact(float(text)) if "e" in text.lower() else _decimal(text)
    except (ValueError, InvalidOperation):
        return None


def _decimal(text: str) -> Decimal | None:
    found = Decimal(text)
    return found if found.is_finite() else None


def _exact(value: float) -> Number:
    """A double as a decimal, so that 0.1 and 0.2 are 0.3; itself where a decimal cannot hold it."""
    if not abs(value) < _LARGEST_DECIMAL:
        return value
    found = Decimal(repr(value))
    whole = found.to_integral_value()
    return Decimal(int(whole)) if found == whole else found.normalize()


def checked(value: Number) -> Number:
    """A result, if it is not beyond what a rendering may hold. Raises OverflowError."""
    if isinstance(value, int) and value.bit_length() > _MOST_BITS:
        raise OverflowError("Arithmetic operation resulted in an overflow.")
    return value


def equal(left: Any, right: Any) -> bool:
    """Whether values are equal; text is equal to the number, truth value or date that it says."""
    left, right = _known(left), _known(right)
    if left is None or right is None:
        return left is right
    if isinstance(left, bool) or isinstance(right, bool):
        return text_of(left).lower() == text_of(right).lower()
    numbers = _numbers(left, right)
    if numbers is not None:
        return bool(numbers[0] == numbers[1])
    if isinstance(left, (str, XmlElement, DateTime)) and isinstance(right, (str, XmlElement, DateTime)):
        return text_of(left) == text_of(right)
    return bool(left == right)


def less(left: Any, right: Any) -> bool:
    """Whether one value stands before another: numbers by size, dates by time, all else as text.

    Null stands nowhere.
    """
    left, right = _known(left), _known(right)
    if left is None or right is None:
        return False
    numbers = _numbers(left, right)
    if numbers is not None:
        return bool(numbers[0] < numbers[1])
    if isinstance(left, DateTime) and isinstance(right, DateTime):
        return left < right
    return text_of(left) < text_of(right)


def _known(value: Any) -> Any:
    return None if isinstance(value, Undefined) else value


def _numbers(left: Any, right: Any) -> tuple[Any, Any] | None:
    """Both as numbers, where one of them is a number and the other says one."""
    if not isinstance(left, (int, float, Decimal)) and not isinstance(right, (int, float, Decimal)):
        return None
    first, second = number_of(left), number_of(right)
    if first is None or second is None:
        return None
    with localcontext() as context:
        context.prec = 40
        return first, second
