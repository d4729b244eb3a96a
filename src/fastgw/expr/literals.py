"""What the literals of C# are worth: numbers, and the escape sequences of strings and characters.

Text is turned into UTF-16 code units here, as strings are inside expressions (runtime/values.py).
"""

from __future__ import annotations

import re
import struct
from decimal import ROUND_HALF_EVEN, Context, Decimal, DecimalException
from typing import Any

from fastgw.expr.errors import CompileError

_INTEGERS = (("int", 2**31), ("uint", 2**32), ("long", 2**63), ("ulong", 2**64))
_INTEGERS_BY_SUFFIX = {
    "": _INTEGERS,
    "u": (_INTEGERS[1], _INTEGERS[3]),
    "l": (_INTEGERS[2], _INTEGERS[3]),
    "lu": _INTEGERS[3:],
}
_RADIX = {"0x": 16, "0b": 2}
# The digits of 2**64 in binary, the longest spelling of an integer: int() never sees a longer text.
_MOST_DIGITS = 65

# System.Decimal: 96 bits and a scale of at most 28.
_MOST_DECIMAL = 2**96 - 1
_MOST_SCALE = 28
_DECIMALS = Context(prec=64, rounding=ROUND_HALF_EVEN)

_ASTRAL = re.compile("[\U00010000-\U0010ffff]")
_SEQUENCE = r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|x([0-9A-Fa-f]{1,4})|(.))"
_ESCAPE = re.compile(_SEQUENCE, re.DOTALL)
_ESCAPE_OR_BRACES = re.compile(_SEQUENCE + r"|\{\{|\}\}", re.DOTALL)
_SIMPLE_ESCAPES = {
    "'": "'",
    '"': '"',
    "\\": "\\",
    "0": "\0",
    "a": "\a",
    "b": "\b",
    "f": "\f",
    "n": "\n",
    "r": "\r",
    "t": "\t",
    "v": "\v",
}


def number(text: str, offset: int) -> tuple[str, Any]:
    """The type's keyword and the value of a numeric literal. Raises CompileError at `offset`.

    `text` has the shape of one, which the lexer saw to (C# specification, sections 6.4.5.3 and 6.4.5.4).
    """
    radix = _RADIX.get(text[:2].lower(), 10)
    if radix != 10:
        return _integer(text[2:], radix, offset)
    last = text[-1]
    if last in "mM":
        return "decimal", _decimal(_digits(text[:-1], offset), offset)
    if last in "fF":
        return "float", _single(_digits(text[:-1], offset), offset)
    if last in "dD":
        return "double", _double(_digits(text[:-1], offset), "double", offset)
    if "." in text or "e" in text or "E" in text:
        return "double", _double(_digits(text, offset), "double", offset)
    return _integer(text, 10, offset)


def _digits(text: str, offset: int) -> str:
    """`text` without separators, which may stand between digits alone."""
    if "_" not in text:
        return text
    if text.startswith("_") or text.endswith("_") or "_." in text or "_e" in text or "_E" in text:
        raise CompileError("Invalid number", offset, "CS1013")
    return text.replace("_", "")


def _integer(text: str, radix: int, offset: int) -> tuple[str, int]:
    written = text.rstrip("uUlL")
    suffix = "".join(sorted(text[len(written) :].lower()))
    digits = _digits(written, offset).lstrip("0")
    if not written:
        raise CompileError("Invalid number", offset, "CS1013")
    if suffix in _INTEGERS_BY_SUFFIX and len(digits) <= _MOST_DIGITS:
        value = int(digits or "0", radix)
        for kind, limit in _INTEGERS_BY_SUFFIX[suffix]:
            if value < limit:
                return kind, value
    raise CompileError("Integral constant is too large", offset, "CS1021")


def _double(text: str, keyword: str, offset: int) -> float:
    value = float(text) if text[-1] not in "uUlL" else None
    if value is None:
        raise CompileError("Invalid number", offset, "CS1013")
    if value == float("inf"):
        raise CompileError(
            f"Floating-point constant is outside the range of type '{keyword}'", offset, "CS0594"
        )
    return value


def _single(text: str, offset: int) -> float:
    value = _double(text, "float", offset)
    try:
        rounded: float = struct.unpack("<f", struct.pack("<f", value))[0]
    except OverflowError:
        raise CompileError(
            "Floating-point constant is outside the range of type 'float'", offset, "CS0594"
        ) from None
    return rounded


def _decimal(text: str, offset: int) -> Decimal:
    """The nearest System.Decimal; digits written behind the point are kept as its scale."""
    try:
        exact = Decimal(text)
        exponent = exact.as_tuple().exponent
        if isinstance(exponent, int) and (not exact or exact.adjusted() <= _MOST_SCALE):
            scale = min(max(-exponent, 0), _MOST_SCALE)
            while scale >= 0:
                value = exact.quantize(Decimal((0, (1,), -scale)), context=_DECIMALS)
                if value.scaleb(scale, context=_DECIMALS) <= _MOST_DECIMAL:
                    return value
                scale -= 1
    except DecimalException:
        # An exponent beyond all reason; one below zero would be 0, which nobody writes so.
        pass
    raise CompileError("Floating-point constant is outside the range of type 'decimal'", offset, "CS0594")


def code_units(text: str) -> str:
    """`text` with each character above U+FFFF as its two surrogates."""
    if text.isascii():
        return text
    return _ASTRAL.sub(lambda found: _surrogates(ord(found[0])), text)


def _surrogates(point: int) -> str:
    point -= 0x10000
    return chr(0xD800 + (point >> 10)) + chr(0xDC00 + (point & 0x3FF))


def unescape(text: str, offset: int, braces: bool = False) -> str:
    """The content of a string or character literal without its quotes, which stands at `offset`.

    With `braces` it is a part of an interpolated string: doubled braces are single ones, and a brace may
    not be written as an escape. Raises CompileError where a sequence is unknown.
    """
    if "\\" not in text:
        if braces:
            text = text.replace("{{", "{").replace("}}", "}")
        return code_units(text)
    done = []
    at = 0
    for found in (_ESCAPE_OR_BRACES if braces else _ESCAPE).finditer(text):
        done.append(code_units(text[at : found.start()]))
        done.append(_escape(found, offset + found.start(), braces))
        at = found.end()
    done.append(code_units(text[at:]))
    return "".join(done)


def _escape(found: re.Match[str], offset: int, braces: bool) -> str:
    simple = found[4]
    if simple is not None:
        value = _SIMPLE_ESCAPES.get(simple)
        if value is None:
            raise CompileError("Unrecognized escape sequence", offset, "CS1009")
        return value
    if found.lastindex is None:
        return found[0][0]
    point = int(found[found.lastindex], 16)
    if point > 0x10FFFF:
        raise CompileError("Unrecognized escape sequence", offset, "CS1009")
    if point > 0xFFFF:
        return _surrogates(point)
    value = chr(point)
    if braces and value in "{}":
        raise CompileError(
            f"A '{value}' character may only be escaped by doubling '{value}{value}' in an interpolated "
            "string.",
            offset,
            "CS8054",
        )
    return value
