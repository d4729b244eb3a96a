"""IConvertible: a value of any type as a value of a primitive type, as System.Convert does it.

The functions take values in run-time representation that are not null. Objects of the library that are
IConvertible besides DateTime (JSON values) implement `net_convert(self, keyword: str) -> Any`, where the
keyword names the type that is wanted (`int`, `string`, ...; `DateTime` has none and is written so).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from fastgw.expr.library import date_time_members
from fastgw.expr.library.date_time import DateTime
from fastgw.expr.library.parsing import (
    parse_boolean,
    parse_character,
    parse_decimal,
    parse_double,
    parse_integer,
    parse_single,
    too_large,
)
from fastgw.expr.runtime import decimals
from fastgw.expr.runtime.arithmetic import INTEGRALS, to_single
from fastgw.expr.runtime.errors import InvalidCastException, OverflowException
from fastgw.expr.runtime.numeric_casts import converter
from fastgw.expr.runtime.objects import to_text, type_of
from fastgw.expr.runtime.text import simple_name, type_name
from fastgw.expr.runtime.values import NATIVE, Char, EnumValue, Single

# Numbers that these have no room for are left to checked arithmetic, with its message.
_WIDE = ("long", "ulong")
_INTEGERS = frozenset(integral.python for integral in INTEGRALS.values())
_CONVERTIBLE = frozenset((*NATIVE, EnumValue, DateTime))


def integral_name(keyword: str) -> str:
    """`Int32` for int."""
    kind = INTEGRALS[keyword].python
    return "Int32" if kind is int else kind.__name__


def _other(value: Any, keyword: str, name: str) -> Any:
    """What an object that is IConvertible itself makes of its value. Raises InvalidCastException."""
    convert: Callable[[Any, str], Any] | None = getattr(type(value), "net_convert", None)
    if convert is not None:
        return convert(value, keyword)
    raise invalid(value, name)


def invalid(value: Any, name: str) -> InvalidCastException:
    """What a conversion raises that the type of the value does not offer; `name` is that of the target."""
    kind = type_of(value)
    if type(value) in _CONVERTIBLE:
        return InvalidCastException(f"Invalid cast from '{simple_name(kind)}' to '{name}'.")
    return InvalidCastException(
        f"Unable to cast object of type '{type_name(kind)}' to type 'System.IConvertible'."
    )


def to_integer(value: Any, keyword: str) -> Any:
    """Convert.ToInt32 and its like, for the integer type of this keyword.

    Double, float and decimal are rounded half to even.
    Raises FormatException, OverflowException and InvalidCastException.
    """
    integral = INTEGRALS[keyword]
    kind = type(value)
    if kind is str:
        return parse_integer(value, keyword)
    if kind in _INTEGERS or kind is bool:
        number = int(value)
    elif kind is Char:
        number = ord(value)
    elif kind is float or kind is Single:
        if not math.isfinite(value):
            raise OverflowException() if keyword in _WIDE else too_large(keyword)
        number = round(float(value))
        if keyword in _WIDE and not integral.low <= number <= integral.high:
            raise OverflowException()
    elif kind is Decimal:
        number = int(decimals.rounded(value))
    elif kind is EnumValue:
        number = value.value
    else:
        return _other(value, keyword, integral_name(keyword))
    if not integral.low <= number <= integral.high:
        raise too_large(keyword)
    return integral.python(number)


def to_double(value: Any) -> float:
    """Convert.ToDouble. Raises FormatException and InvalidCastException."""
    kind = type(value)
    if kind is str:
        return parse_double(value)
    if kind in _INTEGERS or kind is bool or kind is float or kind is Single:
        return float(value)
    if kind is Decimal:
        return converter("decimal", "double")(value)  # type: ignore[no-any-return]
    if kind is EnumValue:
        return float(value.value)
    return _other(value, "double", "Double")  # type: ignore[no-any-return]


def to_float(value: Any) -> Single:
    """Convert.ToSingle. Raises FormatException and InvalidCastException."""
    kind = type(value)
    if kind is str:
        return parse_single(value)
    if kind in _INTEGERS or kind is bool or kind is float or kind is Single:
        return to_single(value)
    if kind is Decimal:
        return converter("decimal", "float")(value)  # type: ignore[no-any-return]
    if kind is EnumValue:
        return to_single(value.value)
    return _other(value, "float", "Single")  # type: ignore[no-any-return]


def to_decimal(value: Any) -> Decimal:
    """Convert.ToDecimal. Raises FormatException, OverflowException and InvalidCastException."""
    kind = type(value)
    if kind is str:
        return parse_decimal(value)
    if kind is Decimal:
        return value  # type: ignore[no-any-return]
    if kind in _INTEGERS or kind is bool:
        return Decimal(int(value))
    if kind is float or kind is Single:
        return converter("double" if kind is float else "float", "decimal")(value)  # type: ignore[no-any-return]
    if kind is EnumValue:
        return Decimal(value.value)
    return _other(value, "decimal", "Decimal")  # type: ignore[no-any-return]


def to_boolean(value: Any) -> bool:
    """Convert.ToBoolean: whether a number is not zero. Raises FormatException and InvalidCastException."""
    kind = type(value)
    if kind is str:
        return parse_boolean(value)
    if kind in _INTEGERS or kind in (bool, float, Single, Decimal):
        return bool(value)
    if kind is EnumValue:
        return bool(value.value)
    return _other(value, "bool", "Boolean")  # type: ignore[no-any-return]


def to_character(value: Any) -> Char:
    """Convert.ToChar. Raises FormatException, OverflowException and InvalidCastException."""
    kind = type(value)
    if kind is str:
        return parse_character(value)
    if kind is Char:
        return value  # type: ignore[no-any-return]
    if kind in _INTEGERS:
        if not 0 <= value <= 0xFFFF:
            raise too_large("char")
        return Char(chr(value))
    return _other(value, "char", "Char")  # type: ignore[no-any-return]


def to_date_time(value: Any) -> DateTime:
    """Convert.ToDateTime. Raises FormatException and InvalidCastException."""
    if type(value) is DateTime:
        return value
    if type(value) is str:
        return date_time_members.parse(value)
    return _other(value, "DateTime", "DateTime")  # type: ignore[no-any-return]


_CHANGES: dict[str, Callable[[Any], Any]] = {
    "System.Boolean": to_boolean,
    "System.Char": to_character,
    "System.Double": to_double,
    "System.Single": to_float,
    "System.Decimal": to_decimal,
    "System.DateTime": to_date_time,
    "System.String": to_text,
    "System.Object": lambda value: value,
}


def _integer_change(keyword: str) -> Callable[[Any], Any]:
    return lambda value: to_integer(value, keyword)


for _keyword in INTEGRALS:
    _CHANGES[f"System.{integral_name(_keyword)}"] = _integer_change(_keyword)


def change_type(value: Any, target: str) -> Any:
    """Convert.ChangeType to the type of this full name, for a value that is not null.

    Raises FormatException, OverflowException and InvalidCastException.
    """
    kind = type_name(type_of(value))
    if kind == target:
        return value
    if type(value) not in _CONVERTIBLE and not hasattr(type(value), "net_convert"):
        raise InvalidCastException("Object must implement IConvertible.")
    change = _CHANGES.get(target)
    if change is None:
        raise InvalidCastException(f"Invalid cast from '{kind}' to '{target}'.")
    return change(value)
