"""ToString(format) of any value, and composite formats: `string.Format("{0,-5:F2}", x)`.

The invariant culture throughout. Values that know no formats (strings, booleans, most objects) ignore them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from fastgw.expr.library.enum_text import format_enum
from fastgw.expr.library.number_formats import format_number
from fastgw.expr.runtime.errors import ArgumentNullException, FormatException
from fastgw.expr.runtime.growth import aligned, counted
from fastgw.expr.runtime.meter import meter
from fastgw.expr.runtime.objects import to_text
from fastgw.expr.runtime.values import Char, EnumValue, NetObject

_BRACE = re.compile("[{}]")
# The runtime stops to read indices and widths there.
_MOST = 1_000_000


def format_value(value: Any, format: str | None) -> str:
    """IFormattable.ToString(format); ToString() of values that are not IFormattable; "" for null.

    NetObjects that have formats implement `net_format(self, format: str | None) -> str`.
    Raises FormatException.
    """
    kind = type(value)
    if kind is str or kind is bool or kind is Char or value is None:
        return to_text(value)
    if isinstance(value, (int, float, Decimal)):
        return format_number(value, format)
    if kind is EnumValue:
        return format_enum(value, format)
    if isinstance(value, NetObject):
        formatter: Callable[[Any, str | None], str] | None = getattr(kind, "net_format", None)
        if formatter is not None:
            return formatter(value, format)
    return to_text(value)


def composite(format: str | None, arguments: Sequence[Any]) -> str:
    """string.Format. Raises ArgumentNullException, FormatException and Exhausted."""
    if format is None:
        raise ArgumentNullException(parameter="format")
    reader = _Composite(format)
    out: list[str] = []
    while reader.literal(out):
        index, width, item_format = reader.hole(len(arguments))
        text = format_value(arguments[index], item_format or None)
        out.append(aligned(text, width) if width else counted(text))
    return counted("".join(out))


class _Composite:
    """Reads a composite format from left to right."""

    __slots__ = ("at", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def literal(self, out: list[str]) -> bool:
        """Add the literal text up to the next hole; whether there is one. `{{` and `}}` are braces."""
        text = self.text
        while self.at < len(text):
            meter.spend()
            found = _BRACE.search(text, self.at)
            if found is None:
                out.append(text[self.at :])
                return False
            out.append(text[self.at : found.start()])
            brace = found.group()
            self.at = found.end()
            if text[self.at : self.at + 1] == brace:
                out.append(brace)
                self.at += 1
            elif brace == "{":
                return True
            else:
                raise _malformed()
        return False

    def hole(self, count: int) -> tuple[int, int, str]:
        """Index, width (negative: to the left) and format of a hole whose `{` was read."""
        index = self._number()
        if index >= count:
            raise FormatException(
                "Index (zero based) must be greater than or equal to zero and less than the size of the "
                "argument list."
            )
        self._blanks()
        width = 0
        if self._peek() == ",":
            self.at += 1
            self._blanks()
            sign = 1
            if self._peek() == "-":
                sign = -1
                self.at += 1
            width = sign * self._number()
            self._blanks()
        format = ""
        if self._peek() == ":":
            self.at += 1
            format = self._format()
        if self._peek() != "}":
            raise _malformed()
        self.at += 1
        return index, width, format

    def _format(self) -> str:
        """The format of a hole, up to its `}`; doubled braces stand for themselves."""
        out: list[str] = []
        while True:
            character = self._peek()
            if character in "{}" and self.text[self.at + 1 : self.at + 2] == character:
                self.at += 1
            elif character == "}":
                return counted("".join(out))
            elif character == "{":
                raise _malformed()
            out.append(character)
            self.at += 1

    def _number(self) -> int:
        number = 0
        if not "0" <= self._peek() <= "9":
            raise _malformed()
        while number < _MOST and "0" <= self._peek() <= "9":
            number = number * 10 + int(self._peek())
            self.at += 1
        return number

    def _blanks(self) -> None:
        while self._peek() == " ":
            self.at += 1

    def _peek(self) -> str:
        if self.at >= len(self.text):
            raise _malformed()
        return self.text[self.at]


def _malformed() -> FormatException:
    return FormatException("Input string was not in a correct format.")
