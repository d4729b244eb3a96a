"""Tokens to values: the explicit conversions of JToken, which `ToObject<T>` uses too (Json.NET 13).

Which kinds of token a type takes, and the messages, are Json.NET's; the conversions System.Convert's.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from decimal import Decimal
from typing import Any, NamedTuple

from fastgw.expr.library import base64_text, convertible, date_time_offset, time_span
from fastgw.expr.library.date_time import DateTime
from fastgw.expr.library.date_time_offset import DateTimeOffset
from fastgw.expr.library.guid import Guid, new_of_bytes, new_of_text
from fastgw.expr.library.json import tokens
from fastgw.expr.library.json.objects import JProperty
from fastgw.expr.library.json.tokens import KIND_NAMES, BigInteger, JToken, JValue
from fastgw.expr.library.parsing import too_large
from fastgw.expr.library.time_span import TimeSpan
from fastgw.expr.library.uri import Uri, new_uri
from fastgw.expr.runtime.arithmetic import INTEGRALS, to_single
from fastgw.expr.runtime.decimals import fit
from fastgw.expr.runtime.errors import ArgumentException, ArgumentNullException
from fastgw.expr.runtime.objects import to_text
from fastgw.expr.runtime.values import ByteArray, Char

_TEXTS = {tokens.STRING, tokens.COMMENT, tokens.RAW}
_NUMBERS = frozenset({tokens.INTEGER, tokens.FLOAT, tokens.BOOLEAN} | _TEXTS)
_CHARACTERS = _NUMBERS - {tokens.BOOLEAN}
_DATES = frozenset({tokens.DATE} | _TEXTS)
_STRINGS = _NUMBERS | {tokens.DATE, tokens.BYTES, tokens.GUID, tokens.TIME_SPAN, tokens.URI}
_NOTHING = (tokens.NULL, tokens.UNDEFINED)


class Target(NamedTuple):
    """A type that tokens convert to: its name in messages, the kinds it takes, and how.

    `empty` is what a token of a fitting kind without value gives; `is_reference` that null is fine always.
    `own` is the class of values that are results already.
    """

    name: str
    kinds: frozenset[int]
    change: Callable[[Any], Any]
    empty: Any = None
    is_reference: bool = False
    own: type | None = None


def convert(token: JToken | None, target: Target, nullable: bool) -> Any:
    """A token as a value; null only where `nullable`.

    Raises ArgumentNullException, ArgumentException, and what System.Convert raises.
    """
    if token.__class__ is JValue and token.value.__class__ is target.own:
        return token.value
    if token is None:
        if nullable:
            return None
        raise ArgumentNullException(parameter="value")
    if isinstance(token, JProperty):
        token = token.value
    kind = token.kind
    if not isinstance(token, JValue) or not (
        kind in target.kinds or (nullable and kind in _NOTHING and target.name != "byte array")
    ):
        raise ArgumentException(f"Can not convert {KIND_NAMES[kind]} to {target.name}.")
    if token.value is None:
        return None if nullable else target.empty
    return target.change(token.value)


def _number(keyword: str) -> Target:
    name = convertible.integral_name(keyword)
    integral = INTEGRALS[keyword]

    def change(value: Any) -> Any:
        if type(value) is BigInteger:
            if not integral.low <= value <= integral.high:
                raise too_large(keyword)
            return integral.python(value)
        return convertible.to_integer(value, keyword)

    return Target(name, _NUMBERS, change, integral.python(0))


def _unless_big(change: Callable[[Any], Any], of_big: Callable[[int], Any]) -> Callable[[Any], Any]:
    return lambda value: of_big(int(value)) if type(value) is BigInteger else change(value)


def _big_to_boolean(value: int) -> bool:
    return bool(_number("int").change(BigInteger(value)))


def _big_to_character(value: int) -> Char:
    if not 0 <= value <= 0xFFFF:
        raise too_large("char")
    return Char(chr(value))


def _big_to_double(value: int) -> float:
    try:
        return float(value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")


def _to_date(value: Any) -> DateTime:
    if isinstance(value, DateTimeOffset):
        return DateTime(value.ticks)
    return convertible.to_date_time(value)


def _to_offset(value: Any) -> DateTimeOffset:
    if isinstance(value, DateTimeOffset):
        return value
    if type(value) is str:
        return date_time_offset.parse(value)
    return date_time_offset.of_date_time(convertible.to_date_time(value))


def _to_span(value: Any) -> TimeSpan:
    return value if isinstance(value, TimeSpan) else time_span.parse(to_text(value))


def _to_bytes(value: Any) -> ByteArray:
    if type(value) is str:
        return ByteArray(base64_text.decode(value))
    if isinstance(value, ByteArray):
        return value
    if type(value) is BigInteger:
        size = (value.bit_length() if value >= 0 else (value + 1).bit_length()) // 8 + 1
        return ByteArray(value.to_bytes(size, "little", signed=True))
    raise ArgumentException(f"Can not convert {KIND_NAMES[tokens.kind_of(value)]} to byte array.")


def _to_guid(value: Any) -> Any:
    if isinstance(value, Guid):
        return value
    return new_of_bytes(value) if isinstance(value, ByteArray) else new_of_text(to_text(value))


def _to_uri(value: Any) -> Any:
    return value if isinstance(value, Uri) else new_uri(to_text(value))


def _to_string(value: Any) -> str:
    if isinstance(value, ByteArray):
        return base64.b64encode(value.data).decode()
    return to_text(value)


TARGETS: dict[str, Target] = {
    "bool": Target(
        "Boolean", _NUMBERS, _unless_big(convertible.to_boolean, _big_to_boolean), False, own=bool
    ),
    "char": Target("Char", _CHARACTERS, _unless_big(convertible.to_character, _big_to_character), Char("\0")),
    "double": Target("Double", _NUMBERS, _unless_big(convertible.to_double, _big_to_double), 0.0, own=float),
    "float": Target(
        "Single",
        _NUMBERS,
        _unless_big(convertible.to_float, lambda value: to_single(_big_to_double(value))),
        to_single(0.0),
    ),
    "decimal": Target(
        "Decimal",
        _NUMBERS,
        _unless_big(convertible.to_decimal, lambda value: fit(Decimal(value))),
        Decimal(0),
    ),
    "DateTime": Target("DateTime", _DATES, _to_date, DateTime(0)),
    "DateTimeOffset": Target("DateTimeOffset", _DATES, _to_offset, DateTimeOffset(0, 0)),
    "TimeSpan": Target("TimeSpan", frozenset({tokens.TIME_SPAN} | _TEXTS), _to_span),
    "Guid": Target("Guid", frozenset({tokens.GUID, tokens.BYTES} | _TEXTS), _to_guid),
    "string": Target("String", _STRINGS, _to_string, is_reference=True, own=str),
    "Uri": Target("Uri", frozenset({tokens.URI} | _TEXTS), _to_uri, is_reference=True),
    "byte[]": Target(
        "byte array",
        frozenset({tokens.BYTES, tokens.INTEGER} | _TEXTS),
        _to_bytes,
        is_reference=True,
    ),
    **{keyword: _number(keyword) for keyword in INTEGRALS},
}
"""What tokens convert to, by how signatures name it."""


def convert_value(token: JValue, keyword: str) -> Any:
    """What IConvertible gives for a JValue: the same as the explicit conversions."""
    return to_text(token) if keyword == "string" else convert(token, TARGETS[keyword], False)


def to_string(token: JToken | None) -> str | None:
    """`(string)token`. Raises ArgumentException for objects and arrays."""
    return convert(token, TARGETS["string"], True)  # type: ignore[no-any-return]
