"""System.Enum: members of every enum value, Parse and TryParse; and the enums of this part of the library.

GetNames and GetValues are not declared: the allow-list has Parse, TryParse and ToString only; HasFlag,
IsDefined and GetName do no harm.
"""

from __future__ import annotations

from typing import Any

from fastgw.expr.library.core import ENUM
from fastgw.expr.library.declare import define_enum
from fastgw.expr.library.enum_text import enum_definition, format_enum, parse_enum
from fastgw.expr.runtime.errors import ArgumentException, ArgumentNullException, OverflowException
from fastgw.expr.runtime.objects import compare, enum_text, equals, hash_of, type_of
from fastgw.expr.runtime.text import type_name
from fastgw.expr.runtime.values import EnumValue
from fastgw.expr.types import Type, TypeDefinition

STRING_COMPARISON = define_enum(
    "System.StringComparison",
    {
        "CurrentCulture": 0,
        "CurrentCultureIgnoreCase": 1,
        "InvariantCulture": 2,
        "InvariantCultureIgnoreCase": 3,
        "Ordinal": 4,
        "OrdinalIgnoreCase": 5,
    },
)
STRING_SPLIT_OPTIONS = define_enum(
    "System.StringSplitOptions", {"None": 0, "RemoveEmptyEntries": 1}, flags=True
)
NORMALIZATION_FORM = define_enum(
    "System.Text.NormalizationForm", {"FormC": 1, "FormD": 2, "FormKC": 5, "FormKD": 6}
)
MIDPOINT_ROUNDING = define_enum(
    "System.MidpointRounding",
    {"ToEven": 0, "AwayFromZero": 1, "ToZero": 2, "ToNegativeInfinity": 3, "ToPositiveInfinity": 4},
)
BASE64_FORMATTING_OPTIONS = define_enum(
    "System.Base64FormattingOptions", {"None": 0, "InsertLineBreaks": 1}, flags=True
)


# ---------------------------------------------------------------- members of every value

ENUM.method("string ToString()")(enum_text)
ENUM.method("string ToString(string format)")(format_enum)
ENUM.method("bool Equals(object obj)")(equals)
ENUM.method("int GetHashCode()")(hash_of)


@ENUM.method("int CompareTo(object target)")
def compare_to(this: EnumValue, target: Any) -> int:
    """The order of the numbers; null comes first. Raises ArgumentException for another type."""
    return 1 if target is None else compare(this, target)


@ENUM.method("bool HasFlag(Enum flag)")
def has_flag(this: EnumValue, flag: EnumValue | None) -> bool:
    """Whether every bit of `flag` is set. Raises ArgumentNullException and ArgumentException."""
    if flag is None:
        raise ArgumentNullException(parameter="flag")
    if flag.definition is not this.definition:
        raise ArgumentException(
            f"The argument type, '{type_name(type_of(flag))}', is not the same as the enum type "
            f"'{type_name(type_of(this))}'."
        )
    return this.value & flag.value == flag.value


# ---------------------------------------------------------------- text to values


@ENUM.method("static object Parse(Type enumType, string value)")
def parse(type: Type | None, value: str | None) -> EnumValue:
    """The value with this name or number; case counts.

    Raises ArgumentNullException, ArgumentException and OverflowException.
    """
    return parse_enum(enum_definition(type), value, False)


@ENUM.method("static object Parse(Type enumType, string value, bool ignoreCase)")
def parse_any_case(type: Type | None, value: str | None, ignore_case: bool) -> EnumValue:
    """The value with this name or number.

    Raises ArgumentNullException, ArgumentException and OverflowException.
    """
    return parse_enum(enum_definition(type), value, ignore_case)


@ENUM.method("static TEnum Parse<TEnum>(string value)", wants_types=True)
def parse_of(types: tuple[Type], value: str | None) -> EnumValue:
    """As `parse`."""
    return parse_enum(enum_definition(types[0]), value, False)


@ENUM.method("static TEnum Parse<TEnum>(string value, bool ignoreCase)", wants_types=True)
def parse_of_any_case(types: tuple[Type], value: str | None, ignore_case: bool) -> EnumValue:
    """As `parse_any_case`."""
    return parse_enum(enum_definition(types[0]), value, ignore_case)


def _try(definition: TypeDefinition, value: str | None, ignore_case: bool) -> tuple[bool, EnumValue]:
    try:
        return True, parse_enum(definition, value, ignore_case)
    except (ArgumentException, OverflowException):
        return False, EnumValue(definition, 0)


@ENUM.method("static bool TryParse<TEnum>(string value, bool ignoreCase, out TEnum result)", wants_types=True)
def try_parse_any_case(types: tuple[Type], value: str | None, ignore_case: bool) -> tuple[bool, EnumValue]:
    """As `parse_any_case`, but false and the value 0 instead of an exception."""
    return _try(enum_definition(types[0]), value, ignore_case)


@ENUM.method("static bool TryParse<TEnum>(string value, out TEnum result)", wants_types=True)
def try_parse(types: tuple[Type], value: str | None) -> tuple[bool, EnumValue]:
    """As `parse`, but false and the value 0 instead of an exception."""
    return _try(enum_definition(types[0]), value, False)


# ---------------------------------------------------------------- values to text


def _number(type: TypeDefinition, value: Any) -> int:
    if value is None:
        raise ArgumentNullException(parameter="value")
    if isinstance(value, EnumValue) and value.definition is type:
        return value.value
    if isinstance(value, int) and not isinstance(value, bool):
        return int(value)
    raise ArgumentException(
        "The value passed in must be an enum base or an underlying type for an enum, such as an Int32.",
        parameter="value",
    )


@ENUM.method("static string Format(Type enumType, object value, string format)")
def format_static(type: Type | None, value: Any, format: str | None) -> str:
    """ToString(format) of a value or a number. Raises ArgumentException and FormatException."""
    definition = enum_definition(type)
    number = _number(definition, value)
    if format is None:
        raise ArgumentNullException(parameter="format")
    return format_enum(EnumValue(definition, number), format)


@ENUM.method("static string GetName(Type enumType, object value)")
def get_name(type: Type | None, value: Any) -> str | None:
    """The name of a value or a number, or null. Raises ArgumentException."""
    definition = enum_definition(type)
    number = _number(definition, value)
    return next((name for name, constant in definition.constants.items() if constant == number), None)


@ENUM.method("static bool IsDefined(Type enumType, object value)")
def is_defined(type: Type | None, value: Any) -> bool:
    """Whether the enum has a member with this value, number or name. Raises ArgumentException."""
    definition = enum_definition(type)
    if isinstance(value, str):
        return value in definition.constants
    return _number(definition, value) in definition.constants.values()


@ENUM.method("static object ToObject(Type enumType, object value)")
def to_object(type: Type | None, value: Any) -> EnumValue:
    """The value with a number, whether it has a name or not. Raises ArgumentException."""
    definition = enum_definition(type)
    return EnumValue(definition, _number(definition, value))
