"""System.Enum: text, parsing, flags."""

from __future__ import annotations

import pytest

from fastgw.expr.engine import load_library
from fastgw.expr.library import enums
from fastgw.expr.library.declare import complete, define_enum
from fastgw.expr.library.enum_text import format_enum
from fastgw.expr.runtime.errors import (
    ArgumentException,
    ArgumentNullException,
    FormatException,
    OverflowException,
)
from fastgw.expr.runtime.values import EnumValue
from fastgw.expr.types import NamedType

from .members import definition

load_library()
complete()
_COLOUR = define_enum("Tests.Colour", {"Red": 0, "Green": 1, "GREEN": 5, "Blue": 2}).definition
_ACCESS = define_enum(
    "Tests.Access", {"None": 0, "Read": 1, "Write": 2, "Both": 3, "Run": 8}, flags=True, underlying="byte"
).definition
complete()
COLOUR, ACCESS = NamedType(_COLOUR), NamedType(_ACCESS)


def colour(number):
    return EnumValue(_COLOUR, number)


def access(number):
    return EnumValue(_ACCESS, number)


@pytest.mark.parametrize(
    ("value", "format", "text"),
    [
        (colour(1), None, "Green"),
        (colour(3), "G", "3"),
        (colour(3), "F", "Green, Blue"),
        (colour(1), "D", "1"),
        (colour(-1), "x", "FFFFFFFF"),
        (access(0), "", "None"),
        (access(3), "G", "Both"),
        (access(9), "g", "Read, Run"),
        (access(11), "G", "Both, Run"),
        (access(4), "G", "4"),
        (access(9), "X", "09"),
    ],
)
def test_formats(value, format, text):
    assert format_enum(value, format) == text


def test_an_unknown_format_is_refused():
    with pytest.raises(FormatException):
        format_enum(colour(1), "N")


@pytest.mark.parametrize(
    ("type", "text", "number"),
    [
        (COLOUR, "Green", 1),
        (COLOUR, " Blue ", 2),
        (COLOUR, "7", 7),
        (COLOUR, "-1", -1),
        (COLOUR, "Green, Blue", 3),
        (ACCESS, "Read,Run", 9),
    ],
)
def test_parse_takes_names_and_numbers(type, text, number):
    found = enums.parse(type, text)
    assert (found.definition, found.value) == (type.definition, number)


def test_parse_without_case_takes_the_first_name():
    assert enums.parse_any_case(COLOUR, "green", True).value == 1
    with pytest.raises(ArgumentException) as raised:
        enums.parse_any_case(COLOUR, "green", False)
    assert raised.value.message == "Requested value 'green' was not found."


def test_parse_refuses_what_names_nothing():
    with pytest.raises(ArgumentException, match="Must specify valid information"):
        enums.parse(COLOUR, " ")
    with pytest.raises(ArgumentNullException):
        enums.parse(COLOUR, None)
    with pytest.raises(OverflowException):
        enums.parse(ACCESS, "256")
    with pytest.raises(ArgumentException, match="Type provided must be an Enum"):
        enums.parse(NamedType(definition("System.Int32")), "1")


def test_try_parse_gives_zero_for_what_names_nothing():
    assert enums.try_parse((COLOUR,), "Blue") == (True, colour(2))
    assert enums.try_parse((COLOUR,), "x") == (False, colour(0))
    assert enums.try_parse_any_case((COLOUR,), "BLUE", True) == (True, colour(2))
    assert enums.try_parse((COLOUR,), None) == (False, colour(0))


def test_has_flag():
    assert enums.has_flag(access(9), access(8))
    assert not enums.has_flag(access(1), access(3))
    assert enums.has_flag(access(1), access(0))
    with pytest.raises(ArgumentException):
        enums.has_flag(access(1), colour(1))


def test_names_of_numbers():
    assert enums.get_name(COLOUR, 2) == "Blue"
    assert enums.get_name(COLOUR, 9) is None
    assert enums.is_defined(COLOUR, "Blue")
    assert not enums.is_defined(COLOUR, 9)
    assert enums.to_object(COLOUR, 9) == colour(9)


def test_the_members_that_the_allow_list_leaves_out_do_not_exist():
    assert not {"GetNames", "GetValues"} & set(definition("System.Enum").methods)
