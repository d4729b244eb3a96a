"""`is`, casts and unboxing by run-time types."""

from __future__ import annotations

from typing import Any

import pytest

from fastgw.expr.engine import load_library
from fastgw.expr.library.declare import find, type_of_text
from fastgw.expr.runtime import type_tests
from fastgw.expr.runtime.casts import caster
from fastgw.expr.runtime.delegates import boxed
from fastgw.expr.runtime.errors import (
    ArgumentNullException,
    FormatException,
    InvalidCastException,
    NullReferenceException,
)
from fastgw.expr.runtime.tuples import ValueTuple
from fastgw.expr.runtime.values import Array, ByteArray, Char, EnumValue, Int64
from fastgw.expr.types import NamedType, TupleType

load_library()

INT, STRING, OBJECT = map(type_of_text, ("int", "string", "object"))


def monday() -> EnumValue:
    definition = find("System.DayOfWeek")
    assert definition is not None
    return EnumValue(definition, 1)


def delegate(type: str) -> Any:
    found = type_of_text(type)
    assert isinstance(found, NamedType)
    return boxed(lambda one: one, found)


@pytest.mark.parametrize(
    ("value", "type", "fits"),
    [
        (1, "int", True),
        (1, "long", False),
        (Int64(1), "long", True),
        (True, "int", False),
        (1, "int?", True),
        (None, "int?", False),
        (None, "string", False),
        ("x", "string", True),
        (Char("x"), "string", False),
        (Char("x"), "char", True),
        (1, "object", True),
        (1, "ValueType", True),
        ("x", "ValueType", False),
        (1, "IComparable", True),
        ("x", "IEnumerable<char>", True),
        ("x", "System.Collections.IEnumerable", True),
        (Array(STRING, []), "string[]", True),
        (Array(STRING, []), "object[]", True),
        (Array(OBJECT, []), "string[]", False),
        (Array(INT, []), "object[]", False),
        (Array(STRING, []), "IEnumerable<object>", True),
        (Array(INT, []), "IEnumerable<int>", True),
        (Array(INT, []), "IEnumerable<object>", False),
        (ByteArray(b""), "byte[]", True),
        (ByteArray(b""), "int[]", False),
        (monday(), "DayOfWeek", True),
        (monday(), "System.Enum", True),
        (monday(), "int", False),
        (ArgumentNullException(), "ArgumentException", True),
        (FormatException(), "ArgumentException", False),
        (ValueTuple((1, "x"), TupleType((INT, STRING))), "(int, string)", True),
        (ValueTuple((1, "x"), TupleType((INT, STRING))), "(int, int)", False),
        (delegate("Func<string, string>"), "Func<string, object>", True),
        (delegate("Func<string, string>"), "Func<object, object>", False),
        (delegate("Func<string, string>"), "Predicate<string>", False),
    ],
)
def test_is(value: Any, type: str, fits: bool) -> None:
    assert type_tests.tester(type_of_text(type))(value) is fits


def test_a_cast_gives_the_value_itself() -> None:
    assert caster(STRING)("x") == "x"
    assert caster(type_of_text("int?"))(5) == 5


def test_null_casts_to_what_has_null() -> None:
    assert caster(STRING)(None) is None
    assert caster(type_of_text("int?"))(None) is None
    with pytest.raises(NullReferenceException):
        caster(INT)(None)


@pytest.mark.parametrize(
    ("value", "type", "message"),
    [
        ("5", "int", "Unable to cast object of type 'System.String' to type 'System.Int32'."),
        (1, "long", "Unable to cast object of type 'System.Int32' to type 'System.Int64'."),
        (1, "string", "Unable to cast object of type 'System.Int32' to type 'System.String'."),
    ],
)
def test_a_cast_that_does_not_fit_names_both_types(value: Any, type: str, message: str) -> None:
    with pytest.raises(InvalidCastException) as caught:
        caster(type_of_text(type))(value)
    assert caught.value.message == message


def test_an_enum_is_unboxed_as_its_integer_and_back() -> None:
    assert caster(INT)(monday()) == 1
    assert type(caster(INT)(monday())) is int
    assert caster(type_of_text("DayOfWeek"))(1) == monday()
    with pytest.raises(InvalidCastException):
        caster(type_of_text("long"))(monday())
