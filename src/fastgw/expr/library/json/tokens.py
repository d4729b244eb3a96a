"""JToken, and the tokens without children: JValue and JRaw (Newtonsoft.Json.Linq of Json.NET 13).

What containers do stands in containers.py and objects.py. Nothing here reads or writes JSON text, and
nothing here is reachable for a policy but through the declarations in the `*_members.py` files.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

from fastgw.expr.library.declare import define, define_enum
from fastgw.expr.runtime.errors import (
    ArgumentException,
    ArgumentNullException,
    Exhausted,
    InvalidOperationException,
)
from fastgw.expr.runtime.meter import meter
from fastgw.expr.runtime.values import (
    Byte,
    ByteArray,
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

if TYPE_CHECKING:
    from fastgw.expr.library.json.containers import JContainer
    from fastgw.expr.types import Type

TOKEN_TYPE = define_enum(
    "Newtonsoft.Json.Linq.JTokenType",
    {
        name: number
        for number, name in enumerate(
            (
                *("None", "Object", "Array", "Constructor", "Property", "Comment", "Integer", "Float"),
                *("String", "Boolean", "Null", "Undefined", "Date", "Raw", "Bytes", "Guid", "Uri"),
                "TimeSpan",
            )
        )
    },
)
(
    NONE,
    OBJECT,
    ARRAY,
    CONSTRUCTOR,
    PROPERTY,
    COMMENT,
    INTEGER,
    FLOAT,
    STRING,
    BOOLEAN,
    NULL,
    UNDEFINED,
    DATE,
    RAW,
    BYTES,
    GUID,
    URI,
    TIME_SPAN,
) = range(18)
KIND_NAMES = tuple(TOKEN_TYPE.definition.constants)
_TYPE_VALUES = tuple(EnumValue(TOKEN_TYPE.definition, number) for number in range(18))
_TEXTS = (STRING, COMMENT, RAW)

MOST_NESTED = 200
"""How deep tokens may lie in each other for what walks them recursively; parsed text has at most 64."""


# Of the integers of 64 bits, no more than a few have the same remainder.
_LEAST_WORD = -(2**63)
_MOST_WORD = 2**64 - 1


class BigInteger(int):
    """A System.Numerics.BigInteger: what an integer of JSON is that no long can hold."""

    __slots__ = ()

    @classmethod
    def net_default(cls, arguments: tuple[Type, ...]) -> BigInteger:
        """default(BigInteger)."""
        return cls(0)

    def __hash__(self) -> int:
        """Python's hash of an integer is a remainder: of the long ones, as many as one likes share it."""
        if _LEAST_WORD <= self <= _MOST_WORD:
            return int.__hash__(self)
        return hash(self.to_bytes(self.bit_length() // 8 + 1, "little", signed=True))


define(
    "System.Numerics.BigInteger",
    "struct",
    base="System.ValueType",
    interfaces=("IComparable", "IFormattable"),
    python=(BigInteger,),
    exact=True,
)


def check_nesting(depth: int) -> None:
    """Refuse to walk deeper. Raises Exhausted; .NET would overflow its stack, somewhat later."""
    if depth > MOST_NESTED:
        raise Exhausted("The expression has built JSON that is nested too deeply.")


class JToken(NetObject):
    """Newtonsoft.Json.Linq.JToken.

    `parent` is the container it is in. `at` is where it was among the parent's children when somebody last
    looked; only a hint.
    """

    __slots__ = ("at", "parent")

    kind: int
    full_name: ClassVar[str] = "Newtonsoft.Json.Linq.JToken"
    parent: JContainer | None
    at: int

    def __iter__(self) -> Iterator[JToken]:
        """The children."""
        return iter(())

    @property
    def type_value(self) -> EnumValue:
        """Type, as a JTokenType."""
        return _TYPE_VALUES[self.kind]

    def has_values(self) -> bool:
        """HasValues: whether it has children."""
        return False

    @property
    def simple_name(self) -> str:
        """The name of the class, without namespace."""
        return self.full_name.rpartition(".")[2]

    def root(self) -> JToken:
        """Root: the outermost token it is in, or itself."""
        found: JToken = self
        steps = 0
        while found.parent is not None:
            found = found.parent
            steps += 1
        if steps > MOST_NESTED:
            meter.spend(steps)
        return found

    def ancestors(self) -> Iterator[JToken]:
        """The containers it is in, from the inside out."""
        found = self.parent
        while found is not None:
            yield found
            found = found.parent

    def siblings(self, direction: int) -> Iterator[JToken]:
        """The tokens after (1) or before (-1) it in its parent, in the order of the document."""
        if self.parent is None:
            return
        if direction > 0:
            found = self.next()
            while found is not None:
                yield found
                found = found.next()
            return
        for one in self.parent:
            if one is self:
                return
            yield one

    def next(self) -> JToken | None:
        """Next: the token after it in its parent, or None."""
        return self.parent.neighbour(self, 1) if self.parent is not None else None

    def previous(self) -> JToken | None:
        """Previous: the token before it in its parent, or None."""
        return self.parent.neighbour(self, -1) if self.parent is not None else None

    def first(self) -> JToken | None:
        """The first child. Raises InvalidOperationException on tokens that cannot have any."""
        raise InvalidOperationException(f"Cannot access child value on {self.full_name}.")

    def last(self) -> JToken | None:
        """The last child. Raises InvalidOperationException on tokens that cannot have any."""
        raise InvalidOperationException(f"Cannot access child value on {self.full_name}.")

    def get_item(self, key: Any) -> JToken | None:
        """`this[object key]`. Raises InvalidOperationException on tokens without children."""
        raise InvalidOperationException(f"Cannot access child value on {self.full_name}.")

    def set_item(self, key: Any, value: JToken | None) -> None:
        """`this[object key] = value`. Raises InvalidOperationException on tokens without children."""
        raise InvalidOperationException(f"Cannot set child value on {self.full_name}.")

    def remove(self) -> None:
        """Take it out of its parent. Raises InvalidOperationException, and what the parent raises."""
        self._in_parent().remove_item(self)

    def replace(self, value: JToken | None) -> None:
        """Put another token in its place. Raises InvalidOperationException, and what the parent raises."""
        self._in_parent().replace_item(self, value)

    def add_beside(self, content: Any, offset: int) -> None:
        """AddBeforeSelf (0) and AddAfterSelf (1). Raises InvalidOperationException without a parent."""
        parent = self._in_parent()
        parent.add_content(parent.index_of(self) + offset, content)

    def _in_parent(self) -> JContainer:
        if self.parent is None:
            raise InvalidOperationException("The parent is missing.")
        return self.parent

    def clone(self, depth: int = 0) -> JToken:
        """DeepClone. Raises Exhausted where it is nested too deeply."""
        raise TypeError(f"{self.full_name} is abstract")

    def deep_equals(self, other: JToken, depth: int = 0) -> bool:
        """Whether both say the same; numbers of different kinds differ, the order of properties is free."""
        raise TypeError(f"{self.full_name} is abstract")

    def net_text(self) -> str:
        """ToString(): the JSON, indented."""
        from fastgw.expr.library.json.writing import write

        return write(self, True)


_KINDS: dict[type, int] = {
    type(None): NULL,
    str: STRING,
    bool: BOOLEAN,
    float: FLOAT,
    Single: FLOAT,
    Decimal: FLOAT,
    ByteArray: BYTES,
    EnumValue: INTEGER,
    **dict.fromkeys(
        (int, Int64, Int16, SByte, Byte, UInt16, UInt32, UInt64, BigInteger),
        INTEGER,
    ),
}
_NAMED_KINDS = {
    "System.DateTime": DATE,
    "System.DateTimeOffset": DATE,
    "System.Guid": GUID,
    "System.Uri": URI,
    "System.TimeSpan": TIME_SPAN,
}


def kind_of(value: Any) -> int:
    """The JTokenType of a token with this value. Raises ArgumentException where there is none."""
    found = _KINDS.get(type(value))
    if found is None:
        from fastgw.expr.runtime.objects import type_of
        from fastgw.expr.runtime.text import type_name

        name = type_name(type_of(value))
        found = _NAMED_KINDS.get(name)
        if found is None:
            raise ArgumentException(f"Could not determine JSON object type for type {name}.")
        _KINDS[type(value)] = found
    return found


class JValue(JToken):
    """Newtonsoft.Json.Linq.JValue: `value` is a value of .NET, `kind` the JTokenType."""

    __slots__ = ("kind", "value")

    full_name = "Newtonsoft.Json.Linq.JValue"

    def __init__(self, value: Any, kind: int | None = None) -> None:
        """With `kind` it is trusted, without it is that of the value. Raises ArgumentException."""
        self.kind = kind_of(value) if kind is None else kind
        self.value = value
        self.parent = None
        self.at = 0

    def set_value(self, value: Any) -> None:
        """Value = value. Raises ArgumentException where the value's type has no JTokenType."""
        if type(value) is not type(self.value):
            kind = kind_of(value)
            if not (kind == STRING and self.kind in _TEXTS):
                self.kind = kind
        self.value = value

    def clone(self, depth: int = 0) -> JToken:
        """A token with the same value."""
        return JValue(self.value, self.kind)

    def deep_equals(self, other: JToken, depth: int = 0) -> bool:
        """Whether the other is a JValue of the same kind and value."""
        return self is other or (isinstance(other, JValue) and self == other)

    def __eq__(self, other: object) -> bool:
        """Equals: values of one kind are compared, whatever .NET type they have."""
        if self is other:
            return True
        if not isinstance(other, JValue) or self.kind != other.kind:
            return False
        from fastgw.expr.library.json.comparing import compare

        return compare(self.kind, self.value, other.value) == 0

    def __hash__(self) -> int:
        """GetHashCode."""
        from fastgw.expr.runtime.objects import key_hash

        return key_hash(self.value)

    def net_compare(self, other: Any) -> int:
        """CompareTo, with a token or a bare value. Raises what the conversions of its operand raise."""
        from fastgw.expr.library.json.comparing import compare_to

        return compare_to(self, other)

    def net_convert(self, keyword: str) -> Any:
        """IConvertible: the value as the type of this keyword. Raises what the conversion raises."""
        from fastgw.expr.library.json.conversions import convert_value

        return convert_value(self, keyword)

    def net_text(self) -> str:
        """ToString(): that of the value; empty for null."""
        from fastgw.expr.runtime.objects import to_text

        return to_text(self.value)

    def net_format(self, format: str | None) -> str:
        """ToString(format): that of the value. Raises FormatException."""
        from fastgw.expr.library.formatting import format_value

        return "" if self.value is None else format_value(self.value, format)


class JRaw(JValue):
    """Newtonsoft.Json.Linq.JRaw: text that is written as it is."""

    __slots__ = ()

    full_name = "Newtonsoft.Json.Linq.JRaw"

    def __init__(self, value: Any) -> None:
        super().__init__(value, RAW)

    def clone(self, depth: int = 0) -> JToken:
        """A token with the same text."""
        return JRaw(self.value)


def known(value: Any, parameter: str) -> Any:
    """`value`, which must not be null. Raises ArgumentNullException."""
    if value is None:
        raise ArgumentNullException(parameter=parameter)
    return value
