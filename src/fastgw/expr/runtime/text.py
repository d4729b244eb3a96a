"""Text at the border of expressions, and the names of types as .NET writes them."""

from __future__ import annotations

from fastgw.expr.types import (
    AnonymousType,
    ArrayType,
    NamedType,
    NullableType,
    SpecialType,
    TupleType,
    Type,
    TypeParameter,
)


def inward(text: str) -> str:
    """Python's text as expressions hold it: characters above U+FFFF become two surrogates."""
    if text.isascii() or max(text) <= "\uffff":
        return text
    units = text.encode("utf-16-le", "surrogatepass")
    # Each unit as a character of its own; a list of them would take up thirty times as much.
    wide = bytearray(2 * len(units))
    wide[0::4] = units[0::2]
    wide[1::4] = units[1::2]
    return wide.decode("utf-32-le", "surrogatepass")


def outward(text: str) -> str:
    """Text of an expression as Python holds it: two surrogates become one character, lone ones U+FFFD."""
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def type_name(type: Type) -> str:
    """What ToString() of a type says: `System.Collections.Generic.List`1[System.String]`."""
    match type:
        case NamedType(definition, arguments):
            return _generic(definition.full_name, arguments)
        case ArrayType(element, rank):
            return f"{type_name(element)}[{',' * (rank - 1)}]"
        case NullableType(element):
            return _generic("System.Nullable", (element,))
        case TupleType(elements):
            return _generic("System.ValueTuple", elements)
        case AnonymousType(members):
            return _generic("<>f__AnonymousType0", tuple(one for _, one in members))
        case TypeParameter(name) | SpecialType(name):
            return name
    raise TypeError(f"{type!r} is no type of the language")


def type_notation(type: Type) -> str:
    """How `fastgw eval` writes types: `System.Collections.Generic.List<System.String>`, `anonymous`."""
    match type:
        case NamedType(definition, arguments):
            return definition.full_name + _angle(arguments)
        case ArrayType(element, rank):
            return f"{type_notation(element)}[{',' * (rank - 1)}]"
        case NullableType(element):
            return f"System.Nullable<{type_notation(element)}>"
        case TupleType(elements):
            return "System.ValueTuple" + _angle(elements)
        case AnonymousType():
            return "anonymous"
    return type_name(type)


def simple_name(type: Type) -> str:
    """Type.Name: `List`1`, `Int64[]`."""
    match type:
        case NamedType(definition, arguments):
            return f"{definition.name}`{len(arguments)}" if arguments else definition.name
        case ArrayType(element, rank):
            return f"{simple_name(element)}[{',' * (rank - 1)}]"
        case NullableType():
            return "Nullable`1"
        case TupleType(elements):
            return f"ValueTuple`{len(elements)}"
        case AnonymousType(members):
            return f"<>f__AnonymousType0`{len(members)}"
    return type_name(type)


def _generic(name: str, arguments: tuple[Type, ...]) -> str:
    if not arguments:
        return name
    return f"{name}`{len(arguments)}[{','.join(map(type_name, arguments))}]"


def _angle(arguments: tuple[Type, ...]) -> str:
    return f"<{','.join(map(type_notation, arguments))}>" if arguments else ""
