"""IComparer<T>, IEqualityComparer<T>, Comparer<T> and EqualityComparer<T>; how collections use them.

StringComparer is declared with the strings; here it is one comparer among others.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeGuard

from fastgw.expr.library.collections_protocol import ComparedKey, Comparer, EqualityComparer
from fastgw.expr.library.core import COMPARER_OF, EQUALITY_COMPARER_OF, OBJECT
from fastgw.expr.library.declare import define
from fastgw.expr.runtime.errors import ArgumentNullException
from fastgw.expr.runtime.meter import meter
from fastgw.expr.runtime.objects import compare, equals, hash_of, key_of
from fastgw.expr.runtime.values import (
    Byte,
    Char,
    Int16,
    Int64,
    SByte,
    UInt16,
    UInt32,
    UInt64,
)
from fastgw.expr.types import NamedType, Type

Comparison = Callable[[Any, Any], int]

# Values of these types, among their like, are equal in Python exactly where .NET's are: they can be keys of
# a Python dict as they are. (Double is not among them: NaN.)
_OWN_KEYS = frozenset((str, bool, Char, SByte, Byte, Int16, UInt16, int, UInt32, Int64, UInt64))


class DefaultComparer(Comparer):
    """Comparer<T>.Default."""

    __slots__ = ()

    def compare(self, a: Any, b: Any) -> int:
        """The default order: null first, strings by culture."""
        return compare(a, b)

    def net_type(self) -> Type:
        """Comparer<object>: the element type makes no difference."""
        return NamedType(COMPARER.definition, (OBJECT.type,))


class ComparisonComparer(DefaultComparer):
    """Comparer<T>.Create."""

    __slots__ = ("comparison",)

    def __init__(self, comparison: Comparison) -> None:
        self.comparison = comparison

    def compare(self, a: Any, b: Any) -> int:
        """What the delegate says."""
        return self.comparison(a, b)


class DefaultEqualityComparer(EqualityComparer):
    """EqualityComparer<T>.Default."""

    __slots__ = ()

    def equals(self, a: Any, b: Any) -> bool:
        """Object.Equals."""
        return equals(a, b)

    def hash(self, a: Any) -> int:
        """GetHashCode; 0 for null."""
        return hash_of(a)

    def key(self, a: Any) -> Any:
        """What `key_of` gives."""
        return key_of(a)

    def net_type(self) -> Type:
        """EqualityComparer<object>: the element type makes no difference."""
        return NamedType(EQUALITY_COMPARER.definition, (OBJECT.type,))


DEFAULT_ORDER = DefaultComparer()
DEFAULT_EQUALITY = DefaultEqualityComparer()

COMPARER = define(
    "System.Collections.Generic.Comparer<T>",
    "class",
    interfaces=("IComparer<T>",),
    python=(DefaultComparer,),
)
EQUALITY_COMPARER = define(
    "System.Collections.Generic.EqualityComparer<T>",
    "class",
    interfaces=("IEqualityComparer<T>",),
    python=(DefaultEqualityComparer,),
)


def comparison_of(comparer: Any) -> Comparison | None:
    """The comparison of an IComparer<T>; None, the default order, for null and the default comparer."""
    if comparer is None or type(comparer) is DefaultComparer:
        return None
    found: Comparison = comparer.compare
    return found


def equality_of(comparer: Any) -> Callable[[Any, Any], bool]:
    """The test of an IEqualityComparer<T>; null means the default one."""
    return equals if comparer is None else comparer.equals


def keys_of(type: Type | None, comparer: Any) -> Callable[[Any], Any] | None:
    """The function that makes keys of a Python dict from values of `type`, or None: they are keys already.

    Keys are equal where the comparer (null: the default one) says that the values are.
    """
    if comparer is None or isinstance(comparer, DefaultEqualityComparer):
        return None if type is not None and has_own_keys(type) else key_of
    made: Callable[[Any], Any] | None = getattr(comparer, "key", None)
    if made is not None:
        return made
    return lambda value: ComparedKey(value, comparer)


def has_own_keys(type: Type) -> TypeGuard[NamedType]:
    """Whether values of the type, among their like, are equal in Python exactly where .NET's are."""
    return isinstance(type, NamedType) and not _OWN_KEYS.isdisjoint(type.definition.python)


def first_place(items: Any, item: Any, start: int, stop: int, type: Type) -> int:
    """The first place from `start` to before `stop` of what equals `item`, or -1; elements are of `type`."""
    meter.spend(max(stop - start, 0))
    # Another type of value would be equal to Python, but not to .NET: "x" and 'x'.
    if has_own_keys(type) and (item is None or item.__class__ in type.definition.python):
        try:
            return int(items.index(item, start, stop))
        except ValueError:
            return -1
    return next((at for at in range(start, stop) if equals(items[at], item)), -1)


def last_place(items: Any, item: Any, start: int, stop: int) -> int:
    """The last place from `start` to before `stop` of what equals `item`, or -1."""
    meter.spend(max(stop - start, 0))
    return next((at for at in range(stop - 1, start - 1, -1) if equals(items[at], item)), -1)


@COMPARER_OF.method("int Compare(T x, T y)")
def compare_with(this: Any, x: Any, y: Any) -> int:
    """IComparer<T>.Compare."""
    return int(this.compare(x, y))


@EQUALITY_COMPARER_OF.method("bool Equals(T x, T y)")
def equals_with(this: Any, x: Any, y: Any) -> bool:
    """IEqualityComparer<T>.Equals."""
    return bool(this.equals(x, y))


@EQUALITY_COMPARER_OF.method("int GetHashCode(T obj)")
def hash_with(this: Any, value: Any) -> int:
    """IEqualityComparer<T>.GetHashCode."""
    return int(this.hash(value))


COMPARER.value("Comparer<T> Default", DEFAULT_ORDER)
EQUALITY_COMPARER.value("EqualityComparer<T> Default", DEFAULT_EQUALITY)
COMPARER.method("int Compare(T x, T y)")(compare_with)
EQUALITY_COMPARER.method("bool Equals(T x, T y)")(equals_with)
EQUALITY_COMPARER.method("int GetHashCode(T obj)")(hash_with)


@COMPARER.method("static Comparer<T> Create(Comparison<T> comparison)")
def create(comparison: Comparison | None) -> DefaultComparer:
    """A comparer from a delegate. Raises ArgumentNullException."""
    if comparison is None:
        raise ArgumentNullException(parameter="comparison")
    return ComparisonComparer(comparison)
