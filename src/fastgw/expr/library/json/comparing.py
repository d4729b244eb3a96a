"""The order and equality of JValues: values of one kind compare, whatever .NET type they have.

JValue.Compare of Json.NET 13: what is compared is converted to what the kind wants.
"""

from __future__ import annotations

import math
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from fastgw.expr.library.convertible import to_boolean, to_date_time, to_decimal, to_double, to_integer
from fastgw.expr.library.date_time import DateTime
from fastgw.expr.library.date_time_offset import DateTimeOffset, of_date_time
from fastgw.expr.library.json import tokens
from fastgw.expr.library.json.tokens import BigInteger
from fastgw.expr.runtime.collation import compare_text
from fastgw.expr.runtime.errors import ArgumentException, ArgumentOutOfRangeException
from fastgw.expr.runtime.objects import to_text
from fastgw.expr.runtime.values import ByteArray, UInt64

if TYPE_CHECKING:
    from fastgw.expr.library.json.tokens import JValue

# Two doubles that differ by less than rounding errors of a few operations count as equal.
_EPSILON = 2.2204460492503131e-16


def order(left: Any, right: Any) -> int:
    """-1, 0 or 1."""
    return -1 if left < right else 1 if left != right else 0


def compare_to(left: JValue, right: Any) -> int:
    """JValue.CompareTo, with a JValue or a bare value; every token comes after null.

    A string is compared as what the other one is. Raises what the conversions raise.
    """
    if right is None:
        return 1
    kind, value = left.kind, right
    if isinstance(right, tokens.JValue):
        value = right.value
        if kind == tokens.STRING != right.kind:
            kind = right.kind
    return compare(kind, left.value, value)


def compare(kind: int, left: Any, right: Any) -> int:
    """The order of two values as values of a JTokenType; null comes first.

    Raises what the conversions raise, ArgumentException for types that do not go together.
    """
    if left is right:
        return 0
    if right is None:
        return 1
    if left is None:
        return -1
    if kind == tokens.STRING:
        return order(to_text(left), to_text(right))
    if kind == tokens.INTEGER:
        return _numbers(left, right, False)
    if kind == tokens.FLOAT:
        return _numbers(left, right, True)
    if kind == tokens.BOOLEAN:
        return order(to_boolean(left), to_boolean(right))
    if kind == tokens.DATE:
        return _dates(left, right)
    if kind in (tokens.COMMENT, tokens.RAW):
        return order(to_text(left), to_text(right))
    if kind == tokens.BYTES:
        return order(bytes(_of_type(left, left, "byte[]").data), bytes(_bytes(right)))
    if kind in (tokens.GUID, tokens.TIME_SPAN):
        from fastgw.expr.runtime.objects import compare as compare_values

        name = tokens.KIND_NAMES[kind]
        return compare_values(left, _of_type(right, left, name))
    if kind == tokens.URI:
        return compare_text(to_text(left), to_text(_of_type(right, left, "Uri")))
    raise ArgumentOutOfRangeException(
        f"Unexpected value type: {tokens.KIND_NAMES[kind]}\nActual value was {tokens.KIND_NAMES[kind]}.",
        parameter="valueType",
    )


def _of_type(value: Any, example: Any, name: str) -> Any:
    if type(value) is not type(example):
        raise ArgumentException(f"Object must be of type {name}.")
    return value


def _bytes(value: Any) -> bytearray:
    if not isinstance(value, ByteArray):
        raise ArgumentException("Object must be of type byte[].")
    return value.data


def _numbers(left: Any, right: Any, as_floats: bool) -> int:
    if type(left) is BigInteger or type(right) is BigInteger:
        return order(_big(left), _big(right))
    kinds = (type(left), type(right))
    if UInt64 in kinds or Decimal in kinds:
        return order(to_decimal(left), to_decimal(right))
    if as_floats or any(issubclass(kind, float) for kind in kinds):
        return _floats(to_double(left), to_double(right))
    return order(to_integer(left, "long"), to_integer(right, "long"))


def _big(value: Any) -> Any:
    """What a BigInteger is compared with: integers exactly, fractions are kept."""
    if type(value) is BigInteger or isinstance(value, Decimal):
        return value
    return to_double(value) if isinstance(value, float) else to_integer(value, "long")


def _floats(left: float, right: float) -> int:
    if left == right:
        return 0
    if left != left or right != right:
        # NaN comes before every number.
        return int(right != right) - int(left != left)
    if math.isfinite(left) and math.isfinite(right):
        error = (abs(left) + abs(right) + 10.0) * _EPSILON
        if -error < left - right < error:
            return 0
    return order(left, right)


def _dates(left: Any, right: Any) -> int:
    if isinstance(left, DateTime):
        if isinstance(right, DateTimeOffset):
            return order(left.ticks, right.ticks)
        return order(left.ticks, to_date_time(right).ticks)
    if isinstance(left, DateTimeOffset):
        other = right if isinstance(right, DateTimeOffset) else of_date_time(to_date_time(right))
        return order(left.instant, other.instant)
    return order(to_date_time(left).ticks, to_date_time(right).ticks)
