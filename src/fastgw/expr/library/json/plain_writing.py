"""Tokens to JSON text through orjson, where its text is Json.NET's or can be put right afterwards.

Gives None for what it cannot write; writing.py then writes it piece by piece. The results of both are equal.
"""

from __future__ import annotations

import math
import re
from typing import Any

import orjson

from fastgw.expr.library.date_time import DateTime
from fastgw.expr.library.json.containers import JArray
from fastgw.expr.library.json.dates import iso_text, may_be_date, parse_date
from fastgw.expr.library.json.objects import JObject, JProperty
from fastgw.expr.library.json.tokens import BOOLEAN, DATE, FLOAT, GUID, INTEGER, NULL, STRING, JToken, JValue
from fastgw.expr.library.json.values_text import value_json
from fastgw.expr.runtime.growth import size_of
from fastgw.expr.runtime.meter import meter
from fastgw.expr.runtime.values import Int64

_DIGITS = bytes.maketrans(b"123456789", b"0" * 9)
# Only strings can have these; Json.NET escapes them, orjson does not.
_ESCAPED = {"\x85": "\\u0085", "\u2028": "\\u2028", "\u2029": "\\u2029"}
# A string that may be a date, but no name: an opening quote is never behind a backslash, and text between
# quotes without a backslash stands as it is.
_DATES = re.compile(r'(?<!\\)"([0-9]{4}-[0-9]{2}-[0-9]{2}T[^"\\]{8,29}|/Date\([^"\\]*\)/)"(?!:)')
_EXPONENTS = (b"0e0", b"0e-0", b"0e+0")
_CHARACTERS_PER_STEP = 64


def write_plain(token: JToken, indented: bool) -> str | None:
    """The JSON of an object or array, or None. Raises Exhausted."""
    try:
        data = orjson.dumps(token, _plain, orjson.OPT_INDENT_2 if indented else 0)
    except orjson.JSONEncodeError:
        return None
    meter.reserve(len(data))
    meter.spend(len(data) // _CHARACTERS_PER_STEP)
    shape = data.translate(_DIGITS)
    if any(one in shape for one in _EXPONENTS) or b"0.0000" in data:
        # Where orjson writes exponents, and how, is its own.
        return None
    text = data.decode()
    if b'"0000-00-00T' in shape or b'"/Date(' in data:
        text = _DATES.sub(_as_date, text)
    if not text.isascii():
        for letter, escape in _ESCAPED.items():
            if letter in text:
                text = text.replace(letter, escape)
    return text


def _as_date(match: re.Match[str]) -> str:
    date = parse_date(match.group(1))
    return match.group() if date is None else f'"{iso_text(date)}"'


def _plain(item: Any) -> Any:
    """What orjson writes for a token. Raises TypeError for what it would write otherwise than Json.NET."""
    if type(item) is JProperty:
        item = item.value
    kind = type(item)
    if kind is JObject:
        return item.members
    if kind is JArray:
        return item.items
    if kind is not JValue:
        raise TypeError
    value = item.value
    value_kind = type(value)
    if value_kind is str and item.kind == STRING:
        meter.reserve(size_of(value))
        # Only strings that were parsed may be dates.
        if may_be_date(value):
            raise TypeError
        return value
    if value_kind is Int64 or (value_kind is float and math.isfinite(value)):
        return value
    if item.kind == BOOLEAN or (value is None and item.kind in (NULL, STRING)):
        return value
    if item.kind in (INTEGER, FLOAT, GUID) or (item.kind == DATE and isinstance(value, DateTime)):
        return orjson.Fragment(value_json(item))
    raise TypeError
