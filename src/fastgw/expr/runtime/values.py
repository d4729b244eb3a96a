"""How C# values look at run time. Every value tells its own .NET type, so that boxing costs nothing.

| .NET | Python |
|---|---|
| null | None |
| string | str of UTF-16 code units: no character above U+FFFF, pairs of surrogates instead |
| char | Char |
| bool | bool |
| int | int (exactly) |
| long, short, byte, ... | subclasses of int below |
| double | float (exactly) |
| float | Single |
| decimal | decimal.Decimal; its exponent is the scale |
| an enum | EnumValue of its definition |
| T[] | Array, which knows its element type; byte[] is ByteArray |
| delegate | a Python callable |
| everything else | an instance of a NetObject subclass |

Numbers of static type int, double, bool, string are native; arithmetic of other types wraps its results.
Nothing here may import the library when it is loaded.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fastgw.expr.types import Type, TypeDefinition


class Char(str):
    """A System.Char: one UTF-16 code unit."""

    __slots__ = ()


class SByte(int):
    """A System.SByte."""

    __slots__ = ()


class Byte(int):
    """A System.Byte."""

    __slots__ = ()


class Int16(int):
    """A System.Int16."""

    __slots__ = ()


class UInt16(int):
    """A System.UInt16."""

    __slots__ = ()


class UInt32(int):
    """A System.UInt32."""

    __slots__ = ()


class Int64(int):
    """A System.Int64."""

    __slots__ = ()


class UInt64(int):
    """A System.UInt64."""

    __slots__ = ()


class Single(float):
    """A System.Single; its value is a float rounded to 32 bits."""

    __slots__ = ()


class EnumValue:
    """A value of an enum; immutable. `definition` is that of the enum, `value` a plain int."""

    __slots__ = ("definition", "value")

    def __init__(self, definition: TypeDefinition, value: int) -> None:
        self.definition = definition
        self.value = value

    def __eq__(self, other: object) -> bool:
        return type(other) is EnumValue and other.definition is self.definition and other.value == self.value

    def __hash__(self) -> int:
        return hash(self.value)


class NetObject:
    """Base of everything that is no native value.

    `__eq__` and `__hash__` are Equals and GetHashCode (identity unless a subclass says otherwise; C#'s `==`
    on reference types is compiled to `is`). Enumerable objects have `__iter__`. Subclasses have `__slots__`.
    """

    __slots__ = ()

    def net_type(self) -> Type:
        """The run-time type, with type arguments; generic classes say theirs."""
        from fastgw.expr.library.declare import find_python
        from fastgw.expr.types import NamedType

        definition = find_python(type(self))
        if definition is None:
            raise TypeError(f"{type(self).__name__} is not declared")
        return NamedType(definition)

    def net_text(self) -> str | None:
        """ToString(); the full name of the type unless a subclass says otherwise."""
        from fastgw.expr.runtime.text import type_name

        return type_name(self.net_type())


class Array(NetObject):
    """A one-dimensional array; `items` is the list of its elements, `element` their static type."""

    __slots__ = ("element", "items")

    def __init__(self, element: Type, items: list[Any]) -> None:
        self.element = element
        self.items = items

    def __iter__(self) -> Any:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)

    def net_type(self) -> Type:
        """T[]."""
        from fastgw.expr.types import ArrayType

        return ArrayType(self.element)


class ByteArray(NetObject):
    """A byte[]; `data` is a bytearray, and elements are Bytes when they leave it."""

    __slots__ = ("data",)

    def __init__(self, data: bytes | bytearray) -> None:
        self.data = data if type(data) is bytearray else bytearray(data)

    def __iter__(self) -> Any:
        return map(Byte, self.data)

    def __len__(self) -> int:
        return len(self.data)

    def net_type(self) -> Type:
        """byte[]."""
        from fastgw.expr.runtime.objects import type_of
        from fastgw.expr.types import ArrayType

        return ArrayType(type_of(Byte(0)))


NATIVE = (str, Char, bool, int, SByte, Byte, Int16, UInt16, UInt32, Int64, UInt64, float, Single, Decimal)
"""The classes of values that are no NetObject, but for EnumValue and callables."""
