"""System.Array: the members of every array, and the static ones that make, fill and copy arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastgw.expr.library.array_copying import copy
from fastgw.expr.library.arrays import AnyArray, element_type, items_of, negative, new_array, slots
from fastgw.expr.library.collections_read_only import ReadOnlyList
from fastgw.expr.library.core import ARRAY
from fastgw.expr.runtime.arrays import MultiArray, new_multi_array
from fastgw.expr.runtime.arrays import get_element as element_at
from fastgw.expr.runtime.arrays import new_array as new_sized_array
from fastgw.expr.runtime.arrays import set_element as put_element
from fastgw.expr.runtime.defaults import default_of
from fastgw.expr.runtime.errors import (
    ArgumentException,
    ArgumentNullException,
    ArgumentOutOfRangeException,
    IndexOutOfRangeException,
    InvalidCastException,
)
from fastgw.expr.runtime.meter import meter
from fastgw.expr.runtime.type_tests import tester
from fastgw.expr.runtime.values import Array, ByteArray, Int64
from fastgw.expr.types import Type, can_be_null

Types = tuple[Type, ...]


def _sizes(this: Any) -> tuple[int, ...]:
    return this.sizes if isinstance(this, MultiArray) else (len(this),)


def _size(this: Any, dimension: int) -> int:
    sizes = _sizes(this)
    if not 0 <= dimension < len(sizes):
        raise IndexOutOfRangeException
    return sizes[dimension]


def _given(array: Any, parameter: str = "array") -> Any:
    if array is None:
        raise ArgumentNullException(parameter=parameter)
    return array


# ---------------------------------------------------------------- of every array

ARRAY.property("int Length")(len)


@ARRAY.property("long LongLength")
def long_length(this: Any) -> Int64:
    """Length, as a long."""
    return Int64(len(this))


@ARRAY.property("int Rank")
def rank(this: Any) -> int:
    """How many dimensions there are."""
    return len(_sizes(this))


@ARRAY.property("bool IsFixedSize")
def is_fixed_size(this: Any) -> bool:
    """Always."""
    return True


@ARRAY.property("bool IsReadOnly")
def is_read_only(this: Any) -> bool:
    """Never: elements can be set."""
    return False


@ARRAY.method("int GetLength(int dimension)")
def get_length(this: Any, dimension: int) -> int:
    """The length in a dimension. Raises IndexOutOfRangeException."""
    return _size(this, dimension)


@ARRAY.method("long GetLongLength(int dimension)")
def get_long_length(this: Any, dimension: int) -> Int64:
    """The length in a dimension, as a long. Raises IndexOutOfRangeException."""
    return Int64(_size(this, dimension))


@ARRAY.method("int GetLowerBound(int dimension)")
def get_lower_bound(this: Any, dimension: int) -> int:
    """0. Raises IndexOutOfRangeException."""
    return 0 * _size(this, dimension)


@ARRAY.method("int GetUpperBound(int dimension)")
def get_upper_bound(this: Any, dimension: int) -> int:
    """The last index of a dimension. Raises IndexOutOfRangeException."""
    return _size(this, dimension) - 1


def _place(this: Any, indices: tuple[int, ...]) -> tuple[Any, int]:
    """The one-dimensional array of all elements, and the place in it."""
    if len(_sizes(this)) != len(indices):
        names = {1: "a one", 2: "a two", 3: "a three"}
        shape = names.get(len(indices))
        raise ArgumentException(
            f"Array was not {shape}-dimensional array."
            if shape
            else "Indices length does not match the array rank."
        )
    if isinstance(this, MultiArray):
        return Array(this.element, this.items), this.place(indices)
    return this, indices[0]


def _get_value(this: Any, *indices: int) -> Any:
    return element_at(*_place(this, indices))


def _set_value(this: Any, value: Any, *indices: int) -> None:
    array, at = _place(this, indices)
    element = element_type(array)
    if value is None and not can_be_null(element):
        value = default_of(element)
    elif value is not None and not tester(element)(value):
        raise InvalidCastException("Object cannot be stored in an array of this type.")
    put_element(array, at, value)


for _count in (1, 2, 3):
    _names = [f"index{at + 1}" if _count > 1 else "index" for at in range(_count)]
    _ints = ", ".join(f"int {name}" for name in _names)
    ARRAY.method(f"object GetValue({_ints})")(_get_value)
    ARRAY.method(f"void SetValue(object value, {_ints})")(_set_value)


@ARRAY.method("object GetValue(params int[] indices)")
def get_value_at(this: Any, indices: AnyArray | None) -> Any:
    """The element at indices. Raises ArgumentNullException, ArgumentException, IndexOutOfRangeException."""
    return _get_value(this, *_given(indices, "indices"))


@ARRAY.method("void SetValue(object value, params int[] indices)")
def set_value_at(this: Any, value: Any, indices: AnyArray | None) -> None:
    """Set the element at indices; the exceptions of GetValue, and InvalidCastException."""
    _set_value(this, value, *_given(indices, "indices"))


@ARRAY.method("object Clone()")
def clone(this: Any) -> Any:
    """A new array of the same elements."""
    if isinstance(this, MultiArray):
        return new_multi_array(this.element, this.sizes, list(this.items))
    if isinstance(this, ByteArray):
        meter.reserve(len(this))
        return ByteArray(bytearray(this.data))
    return new_array(this.element, list(this.items))


@ARRAY.method("void CopyTo(Array array, int index)")
def copy_to(this: AnyArray, array: AnyArray | None, index: int) -> None:
    """Copy everything. Raises ArgumentNullException, ArgumentOutOfRangeException, ArgumentException."""
    copy(this, 0, array, index, len(this))


@ARRAY.method("void CopyTo(Array array, long index)")
def copy_to_long(this: AnyArray, array: AnyArray | None, index: int) -> None:
    """Copy everything. Raises ArgumentNullException, ArgumentOutOfRangeException, ArgumentException."""
    copy(this, 0, array, int(index), len(this))


# ---------------------------------------------------------------- static: making


@ARRAY.method("static T[] Empty<T>()", wants_types=True)
def empty(types: Types) -> AnyArray:
    """An array without elements."""
    return new_array(types[0], [])


@ARRAY.method("static Array CreateInstance(Type elementType, int length)")
def create_instance(element: Type | None, length: int) -> AnyArray:
    """An array of defaults. Raises ArgumentNullException and ArgumentOutOfRangeException."""
    if element is None:
        raise ArgumentNullException(parameter="elementType")
    if length < 0:
        raise negative("length")
    return new_sized_array(element, length)


@ARRAY.method("static Array CreateInstance(Type elementType, params int[] lengths)")
def create_instance_of(element: Type | None, lengths: AnyArray | None) -> Any:
    """An array of defaults, of any number of dimensions.

    Raises ArgumentNullException, ArgumentException and ArgumentOutOfRangeException.
    """
    if element is None:
        raise ArgumentNullException(parameter="elementType")
    sizes = tuple(_given(lengths, "lengths"))
    if not sizes:
        raise ArgumentException("Must provide at least one rank.")
    for at, size in enumerate(sizes):
        if size < 0:
            raise negative(f"lengths[{at}]")
    return new_sized_array(element, sizes[0]) if len(sizes) == 1 else new_multi_array(element, sizes)


@ARRAY.method("static void Resize<T>(ref T[] array, int newSize)", wants_types=True)
def resize(types: Types, array: AnyArray | None, new_size: int) -> tuple[AnyArray]:
    """A new array of another size, with the same elements as far as they go.

    Raises ArgumentOutOfRangeException.
    """
    if new_size < 0:
        raise negative("newSize")
    if array is not None and len(array) == new_size:
        return (array,)
    made = new_sized_array(types[0], new_size)
    if array is not None:
        kept = min(len(array), new_size)
        slots(made)[:kept] = slots(array)[:kept]
    return (made,)


@ARRAY.method(
    "static TOutput[] ConvertAll<TInput, TOutput>(TInput[] array, Converter<TInput, TOutput> converter)",
    wants_types=True,
)
def convert_all(types: Types, array: AnyArray | None, converter: Callable[[Any], Any] | None) -> AnyArray:
    """A new array of what the converter makes. Raises ArgumentNullException."""
    items = items_of(_given(array))
    if converter is None:
        raise ArgumentNullException(parameter="converter")
    meter.spend(len(items))
    return new_array(types[1], list(map(converter, items)))


@ARRAY.method("static ReadOnlyCollection<T> AsReadOnly<T>(T[] array)")
def as_read_only(array: AnyArray | None) -> ReadOnlyList:
    """A read-only view. Raises ArgumentNullException."""
    return ReadOnlyList(element_type(_given(array)), array)


# ---------------------------------------------------------------- static: filling and copying


@ARRAY.method("static void Clear(Array array, int index, int length)")
def clear(array: Any, index: int, length: int) -> None:
    """Set elements to their default. Raises ArgumentNullException and IndexOutOfRangeException."""
    held = _given(array).items if isinstance(array, MultiArray) else slots(_given(array))
    if index < 0 or length < 0 or index + length > len(held):
        raise IndexOutOfRangeException
    meter.spend(length)
    element = array.element if isinstance(array, MultiArray) else element_type(array)
    held[index : index + length] = [default_of(element)] * length


@ARRAY.method("static void Fill<T>(T[] array, T value)")
def fill(array: AnyArray | None, value: Any) -> None:
    """Set every element. Raises ArgumentNullException."""
    fill_part(array, value, 0, len(_given(array)))


@ARRAY.method("static void Fill<T>(T[] array, T value, int startIndex, int count)")
def fill_part(array: AnyArray | None, value: Any, start_index: int, count: int) -> None:
    """Set some elements. Raises ArgumentNullException and ArgumentOutOfRangeException."""
    held = slots(_given(array))
    if not 0 <= start_index <= len(held):
        raise ArgumentOutOfRangeException(parameter="startIndex")
    if count < 0 or start_index > len(held) - count:
        raise ArgumentOutOfRangeException(parameter="count")
    meter.spend(count)
    held[start_index : start_index + count] = [value] * count


def _copy_start(source: Any, target: Any, length: int) -> None:
    if isinstance(source, MultiArray) and isinstance(target, MultiArray) and source.sizes == target.sizes:
        copy(Array(source.element, source.items), 0, Array(target.element, target.items), 0, int(length))
    else:
        copy(source, 0, target, 0, int(length))


def _copy_part(source: Any, source_index: int, target: Any, target_index: int, length: int) -> None:
    copy(source, int(source_index), target, int(target_index), int(length))


for _type in ("int", "long"):
    ARRAY.method(f"static void Copy(Array sourceArray, Array destinationArray, {_type} length)")(_copy_start)
    ARRAY.method(
        f"static void Copy(Array sourceArray, {_type} sourceIndex, Array destinationArray, "
        f"{_type} destinationIndex, {_type} length)"
    )(_copy_part)
ARRAY.method(
    "static void ConstrainedCopy(Array sourceArray, int sourceIndex, Array destinationArray, "
    "int destinationIndex, int length)"
)(_copy_part)


@ARRAY.method("static void ForEach<T>(T[] array, Action<T> action)")
def for_each(array: AnyArray | None, action: Callable[[Any], object] | None) -> None:
    """Call `action` for each element. Raises ArgumentNullException."""
    given = _given(array)
    if action is None:
        raise ArgumentNullException(parameter="action")
    meter.spend(len(given))
    for item in given:
        action(item)
