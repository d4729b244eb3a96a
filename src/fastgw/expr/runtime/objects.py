"""What every value can do: Equals, GetHashCode, the default order, ToString, GetType, and be a key.

All of the library relies on these six functions; they hold for every value of runtime/values.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from decimal import Context, Decimal
from typing import Any

from fastgw.expr.runtime.collation import compare_text
from fastgw.expr.runtime.errors import ArgumentException
from fastgw.expr.runtime.meter import meter
from fastgw.expr.runtime.number_text import decimal_text, double_text, single_text
from fastgw.expr.runtime.text import simple_name, type_name
from fastgw.expr.runtime.values import (
    Byte,
    Char,
    EnumValue,
    Int16,
    Int64,
    NetObject,
    SByte,
    Single,
    UInt16,
    UInt32,
    UInt64,
)
from fastgw.expr.types import NamedType, Type

_FLOATS = (float, Single)
_NATIVE = frozenset(
    (str, Char, bool, int, SByte, Byte, Int16, UInt16, UInt32, Int64, UInt64, float, Single, Decimal)
)
# More digits than a System.Decimal has.
_EXACT = Context(prec=40)
# What a class without an order of its own inherits.
_NO_ORDER: Any = vars(object)["__lt__"]


def equals(left: Any, right: Any) -> bool:
    """Object.Equals(left, right): numbers of different types differ, NaN equals NaN, null equals null."""
    if left is right:
        return True
    kind = type(left)
    if kind in _NATIVE:
        if kind is not type(right):
            return False
        return bool(left == right) or (kind in _FLOATS and left != left and right != right)
    if left is None or right is None or type(right) in _NATIVE:
        return False
    return bool(left == right)


def hash_of(value: Any) -> int:
    """GetHashCode as a 32-bit integer; 0 for null. Equal values have equal hashes, nothing more.

    Classes whose GetHashCode .NET defines implement `net_hash(self) -> int`.
    """
    kind = type(value)
    if value is None:
        return 0
    if kind is int or kind is bool:
        return int(value)
    if kind is Char:
        return ord(value) | ord(value) << 16
    if kind in _FLOATS and value != value:
        return 0
    own: Callable[[Any], int] | None = getattr(kind, "net_hash", None)
    if own is not None:
        return own(value)
    found = hash(value)
    return ((found ^ found >> 32) + 0x80000000 & 0xFFFFFFFF) - 0x80000000


def key_hash(value: Any) -> int:
    """What Python's dictionaries go by, where `value` is part of a key: 64 bits, equal for equal values.

    Python's hash of a Decimal is a remainder, which as many keys have as a policy or caller likes.
    """
    if value is None:
        return 0
    if type(value) is Decimal:
        return hash(_plain_decimal(value))
    return hash(value) if value == value else 0


def hash_parts(parts: Iterable[Any]) -> int:
    """`__hash__` of what is made of parts. Raises Exhausted.

    Python's hash of bytes has a secret of the process, that of tuples has none: keys could be chosen that
    all collide. Parts that stand in each other many times are gone through as often, so they cost steps.
    """
    meter.spend(1)
    return hash(b"".join([key_hash(one).to_bytes(8, "little", signed=True) for one in parts]))


def equal_parts(mine: Sequence[Any], its: Sequence[Any]) -> bool:
    """Whether all parts are equal. Raises Exhausted."""
    meter.spend(1)
    return all(map(equals, mine, its))


def compare_parts(mine: Sequence[Any], its: Sequence[Any]) -> int:
    """The order of the first parts that differ. Raises Exhausted, ArgumentException as `compare` does."""
    meter.spend(1)
    for one, other in zip(mine, its, strict=True):
        order = compare(one, other)
        if order:
            return order
    return 0


def join_parts(opening: str, parts: Iterable[Any], closing: str) -> str:
    """The texts of all parts, as ToString() of what is made of them shows them. Raises Exhausted."""
    meter.spend(1)
    text = f"{opening}{', '.join(map(to_text, parts))}{closing}"
    meter.reserve(text.__sizeof__())
    return text


def compare(left: Any, right: Any) -> int:
    """The default comparer: negative, 0 or positive; null comes first, NaN before every number.

    Strings compare under the invariant culture. NetObjects that have an order implement
    `net_compare(self, other) -> int`, or `__lt__` and `__eq__`. Raises ArgumentException for values that
    have no order, or two of different types.
    """
    if left is right:
        return 0
    if left is None:
        return -1
    if right is None:
        return 1
    kind = type(left)
    if kind is not type(right) and not isinstance(left, NetObject):
        raise ArgumentException(f"Object must be of type {simple_name(type_of(left))}.")
    if kind is str:
        return compare_text(left, right)
    if kind is Char:
        return ord(left) - ord(right)
    if kind in _FLOATS and (left != left or right != right):
        return int(right != right) - int(left != left)
    if kind is EnumValue:
        if left.definition is not right.definition:
            raise ArgumentException(
                "Object must be the same type as the enum. The type passed in was "
                f"'{type_name(type_of(right))}'; the enum type was '{type_name(type_of(left))}'."
            )
        left, right = left.value, right.value
    elif kind not in _NATIVE:
        order: Callable[[Any, Any], int] | None = getattr(kind, "net_compare", None)
        if order is not None:
            return order(left, right)
        if kind is not type(right) or getattr(kind, "__lt__", None) is _NO_ORDER:
            raise ArgumentException("At least one object must implement IComparable.")
    return -1 if left < right else 1 if left != right else 0


def to_text(value: Any) -> str:
    """ToString() under the invariant culture; the empty string for null, as in concatenation."""
    kind = type(value)
    if kind is str:
        return value  # type: ignore[no-any-return]
    if value is None:
        return ""
    if kind is int or kind is bool or kind is Char:
        return str(value)
    if kind is float:
        return double_text(value)
    if kind is Single:
        return single_text(value)
    if kind is Decimal:
        return decimal_text(value)
    if kind is EnumValue:
        return enum_text(value)
    if isinstance(value, int):
        return int.__repr__(value)
    if isinstance(value, NetObject):
        return value.net_text() or ""
    return type_name(value if isinstance(value, Type) else type_of(value))


def enum_text(value: EnumValue) -> str:
    """The member's name, the names of set flags, or the number."""
    definition, number = value.definition, value.value
    for name, constant in definition.constants.items():
        if constant == number:
            return name
    return flags_text(value) if definition.flags else str(number)


def flags_text(value: EnumValue) -> str:
    """The names of the flags that are set, or the number where some have none."""
    definition, number = value.definition, value.value
    if number <= 0:
        return next(
            (name for name, constant in definition.constants.items() if constant == number), str(number)
        )
    names = []
    left = number
    # From the largest member down, as the runtime does, then shown in the order of their values.
    for name, constant in sorted(definition.constants.items(), key=lambda one: one[1], reverse=True):
        if constant > 0 and left & constant == constant:
            names.append(name)
            left -= constant
    return str(number) if left else ", ".join(reversed(names))


_types: dict[type, Type] = {}


def type_of(value: Any) -> Type:
    """The run-time type; `value` is not null."""
    kind = type(value)
    found = _types.get(kind)
    if found is not None:
        return found
    if kind is EnumValue:
        return NamedType(value.definition)
    if isinstance(value, NetObject):
        return value.net_type()
    # Not at the head: the library needs this module.
    from fastgw.expr.library.declare import find, find_python

    definition = find_python(kind)
    if definition is None:
        definition = find("System.Delegate") if callable(value) else find("System.Object")
    if definition is None:
        raise TypeError(f"{kind.__name__} is no type of the language")
    type_found = NamedType(definition)
    if kind in _NATIVE:
        _types[kind] = type_found
    return type_found


def key_of(value: Any) -> Any:
    """A Python dictionary key that is equal exactly where `equals` is true."""
    kind = type(value)
    if kind is str or kind is int or kind not in _NATIVE:
        return value
    if kind in _FLOATS and value != value:
        return kind, "NaN"
    if kind is Decimal:
        return kind, _plain_decimal(value)
    return kind, value


def _plain_decimal(value: Decimal) -> str:
    """The same text for equal numbers, whatever their scale."""
    return f"{value.normalize(_EXACT):f}" if value else "0"
