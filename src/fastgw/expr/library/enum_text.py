"""Enum values as text, and text as enum values."""

from __future__ import annotations

from fastgw.expr.library.parsing import WHITE, read_integer, too_large
from fastgw.expr.runtime.arithmetic import INTEGRALS
from fastgw.expr.runtime.casing import to_upper
from fastgw.expr.runtime.errors import ArgumentException, ArgumentNullException, FormatException
from fastgw.expr.runtime.meter import meter
from fastgw.expr.runtime.objects import enum_text, flags_text
from fastgw.expr.runtime.values import EnumValue
from fastgw.expr.types import NamedType, Type, TypeDefinition


def underlying_keyword(definition: TypeDefinition) -> str:
    """The keyword of the integer type that an enum stands on."""
    underlying = definition.underlying
    if isinstance(underlying, NamedType) and underlying.definition.keyword:
        return underlying.definition.keyword
    return "int"


def format_enum(value: EnumValue, format: str | None) -> str:
    """Enum.ToString(format): G names, D number, X digits, F names of the flags. Raises FormatException."""
    kind = (format or "G").upper()
    if kind == "G":
        return enum_text(value)
    if kind == "D":
        return str(value.value)
    if kind == "X":
        bits = INTEGRALS[underlying_keyword(value.definition)].bits
        return f"{value.value & ((1 << bits) - 1):0{bits // 4}X}"
    if kind == "F":
        return flags_text(value)
    raise FormatException('Format String can be only "G", "g", "X", "x", "F", "f", "D" or "d".')


def enum_definition(type: Type | None) -> TypeDefinition:
    """The definition of an enum type. Raises ArgumentNullException and ArgumentException."""
    if type is None:
        raise ArgumentNullException(parameter="enumType")
    if isinstance(type, NamedType) and type.definition.kind == "enum":
        return type.definition
    raise ArgumentException("Type provided must be an Enum.", parameter="enumType")


# A short string and its place in a list.
_NAME_BYTES = 64


def parse_enum(definition: TypeDefinition, text: str | None, ignore_case: bool) -> EnumValue:
    """Enum.Parse: a name, names with commas between, or a number.

    Raises ArgumentNullException, ArgumentException, OverflowException and Exhausted.
    """
    if text is None:
        raise ArgumentNullException(parameter="value")
    trimmed = text.strip(WHITE)
    if not trimmed:
        raise ArgumentException("Must specify valid information for parsing in the string.")
    if trimmed[0] in "+-" or "0" <= trimmed[0] <= "9":
        number = read_integer(trimmed)
        if number is not None:
            keyword = underlying_keyword(definition)
            integral = INTEGRALS[keyword]
            if not integral.low <= number <= integral.high:
                raise too_large(keyword)
            return EnumValue(definition, number)
    names = definition.constants
    if ignore_case:
        # The first of the names that differ in case alone wins.
        names = {to_upper(name): names[name] for name in reversed(names)}
    number = 0
    meter.spend(len(names) + trimmed.count(","))
    meter.reserve(_NAME_BYTES * trimmed.count(","))
    for one in trimmed.split(","):
        name = one.strip(WHITE)
        if not name:
            raise ArgumentException("Must specify valid information for parsing in the string.")
        found = names.get(to_upper(name) if ignore_case else name)
        if found is None:
            raise ArgumentException(f"Requested value '{text}' was not found.")
        number |= found
    return EnumValue(definition, number)
