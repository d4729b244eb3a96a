"""The JSON of single values (JsonTextWriter of Json.NET 13, default settings)."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from fastgw.expr.library.json.dates import iso_text, parse_date
from fastgw.expr.library.json.tokens import (
    BOOLEAN,
    BYTES,
    COMMENT,
    DATE,
    FLOAT,
    GUID,
    INTEGER,
    NULL,
    RAW,
    STRING,
    TIME_SPAN,
    UNDEFINED,
    URI,
    JValue,
)
from fastgw.expr.runtime.number_text import decimal_text, double_text, single_text
from fastgw.expr.runtime.objects import to_text
from fastgw.expr.runtime.values import EnumValue, Single

_SPECIAL = re.compile('[\x00-\x1f"\\\\\x85\u2028\u2029]')
_ESCAPES = {
    "\t": "\\t",
    "\n": "\\n",
    "\r": "\\r",
    "\f": "\\f",
    "\b": "\\b",
    '"': '\\"',
    "\\": "\\\\",
}


def quoted(text: str) -> str:
    """A string in JSON."""
    if _SPECIAL.search(text):
        text = _SPECIAL.sub(_escape, text)
    return f'"{text}"'


def _escape(match: re.Match[str]) -> str:
    letter = match.group()
    return _ESCAPES.get(letter) or f"\\u{ord(letter):04x}"


def float_json(value: float) -> str:
    """A double or float: always with fraction or exponent; what is no number is a string."""
    text = single_text(value) if type(value) is Single else double_text(value)
    if text[-1] in "Ny":
        return f'"{text}"'
    return text if "." in text or "E" in text else f"{text}.0"


def decimal_json(value: Decimal) -> str:
    """A decimal: with its scale, at least one digit."""
    text = decimal_text(value)
    return text if "." in text else f"{text}.0"


def _integer(value: Any) -> str:
    return str(value.value) if type(value) is EnumValue else int.__repr__(value)


def _float(value: Any) -> str:
    return decimal_json(value) if isinstance(value, Decimal) else float_json(value)


_VALUES: dict[int, Callable[[Any], str]] = {
    INTEGER: _integer,
    FLOAT: _float,
    STRING: quoted,
    BOOLEAN: lambda value: "true" if value else "false",
    NULL: lambda value: "null",
    UNDEFINED: lambda value: "undefined",
    DATE: lambda value: f'"{iso_text(value)}"',
    RAW: to_text,
    BYTES: lambda value: f'"{base64.b64encode(value.data).decode()}"',
    GUID: lambda value: f'"{to_text(value)}"',
    URI: lambda value: quoted(value.original),
    TIME_SPAN: lambda value: f'"{to_text(value)}"',
    COMMENT: lambda value: f"/*{to_text(value)}*/",
}


def value_json(token: JValue) -> str:
    """The JSON of a token without children."""
    if token.value is None and token.kind != UNDEFINED and token.kind not in (RAW, COMMENT):
        return "null"
    return _VALUES[token.kind](token.value)


def raw_json(value: Any) -> str:
    """The JSON of a raw value that is no container."""
    kind = type(value)
    if kind is str:
        # Dates are written in the form that Json.NET gives them.
        date = parse_date(value)
        return quoted(value) if date is None else f'"{iso_text(date)}"'
    if kind is int:
        return int.__repr__(value)
    if value is None:
        return "null"
    if kind is bool:
        return "true" if value else "false"
    return float_json(value)
