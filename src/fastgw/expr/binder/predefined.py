"""The types that the rules of the language themselves name: object, string, the numbers, a few interfaces."""

from __future__ import annotations

from typing import TypeGuard

from fastgw.expr.library import core
from fastgw.expr.types import ArrayType, NamedType, NullableType, Type, TypeDefinition, can_be_null

OBJECT: NamedType = core.OBJECT.type
STRING: NamedType = core.STRING.type
BOOL: NamedType = core.BOOLEAN.type
CHAR: NamedType = core.CHAR.type
SBYTE: NamedType = core.SBYTE.type
BYTE: NamedType = core.BYTE.type
SHORT: NamedType = core.INT16.type
USHORT: NamedType = core.UINT16.type
INT: NamedType = core.INT32.type
UINT: NamedType = core.UINT32.type
LONG: NamedType = core.INT64.type
ULONG: NamedType = core.UINT64.type
FLOAT: NamedType = core.SINGLE.type
DOUBLE: NamedType = core.DOUBLE.type
DECIMAL: NamedType = core.DECIMAL.type
TYPE: NamedType = core.TYPE.type
VALUE_TYPE: NamedType = core.VALUE_TYPE.type
ENUM: NamedType = core.ENUM.type
ARRAY: NamedType = core.ARRAY.type
DELEGATE: NamedType = core.DELEGATE.type
EXCEPTION: NamedType = core.EXCEPTION.type
DISPOSABLE: NamedType = core.DISPOSABLE.type
ENUMERABLE: NamedType = core.ENUMERABLE.type

ENUMERABLE_OF: TypeDefinition = core.ENUMERABLE_OF.definition
LIST_OF: TypeDefinition = core.LIST_OF.definition
READ_ONLY_LIST_OF: TypeDefinition = core.READ_ONLY_LIST_OF.definition
KEY_VALUE_PAIR: TypeDefinition = core.KEY_VALUE_PAIR.definition

NUMBERS: dict[str, NamedType] = {
    one.definition.keyword or "": one
    for one in (SBYTE, BYTE, SHORT, USHORT, INT, UINT, LONG, ULONG, CHAR, FLOAT, DOUBLE, DECIMAL)
}
"""The numeric types and char, by keyword."""

KEYWORDS: dict[str, NamedType] = {"object": OBJECT, "string": STRING, "bool": BOOL, **NUMBERS}


def number_kind(type: Type) -> str | None:
    """The keyword of a numeric type or char, or None."""
    if isinstance(type, NamedType):
        keyword = type.definition.keyword
        if keyword in NUMBERS:
            return keyword
    return None


def is_enum(type: Type) -> TypeGuard[NamedType]:
    """Whether it is an enum type (System.Enum itself is none)."""
    return isinstance(type, NamedType) and type.definition.kind == "enum"


def underlying(type: Type) -> NamedType:
    """The integer type of an enum."""
    found = type.definition.underlying if isinstance(type, NamedType) else None
    return found if isinstance(found, NamedType) else INT


def is_delegate(type: Type) -> bool:
    """Whether it is a delegate type (System.Delegate itself is none)."""
    return isinstance(type, NamedType) and type.definition.kind == "delegate"


def is_interface(type: Type) -> bool:
    """Whether it is an interface."""
    return isinstance(type, NamedType) and type.definition.kind == "interface"


def element_type(type: Type) -> Type:
    """T of T?, any other type itself."""
    return type.element if isinstance(type, NullableType) else type


def nullable(type: Type) -> Type:
    """T? of a value type T; types that have null already as they are."""
    return type if can_be_null(type) else NullableType(type)


def full_text(type: Type) -> str:
    """A type as conversion errors show it: with namespaces, but keywords where there are any."""
    match type:
        case NamedType(definition, arguments):
            if definition.keyword and not arguments:
                return definition.keyword
            shown = f"<{', '.join(map(full_text, arguments))}>" if arguments else ""
            return f"{definition.full_name}{shown}"
        case ArrayType(element, rank):
            return f"{full_text(element)}[{',' * (rank - 1)}]"
        case NullableType(element):
            return f"{full_text(element)}?"
    return str(type)
