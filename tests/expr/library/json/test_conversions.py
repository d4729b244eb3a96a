"""Tokens to values: casts, Value<T> and comparisons."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from fastgw.expr.library.json.comparing import compare_to
from fastgw.expr.library.json.conversions import TARGETS, convert
from fastgw.expr.library.json.generic_values import to_object, value_as
from fastgw.expr.library.json.objects import JProperty
from fastgw.expr.library.json.reading import parse
from fastgw.expr.library.json.tokens import COMMENT, STRING, BigInteger, JToken, JValue
from fastgw.expr.library.time_span import TimeSpan
from fastgw.expr.runtime.objects import equals, to_text
from fastgw.expr.runtime.values import Byte, ByteArray, Char, Int16, Int64, Single, UInt64
from tests.expr.library.json.support import T, failure


def token(text: str) -> JToken:
    """The token of a value in JSON."""
    found = parse(f"[{text}]").first()
    assert found is not None
    return found


def cast(text: str, keyword: str, nullable: bool = False) -> Any:
    target = TARGETS[keyword]
    return convert(token(text), target, nullable or target.is_reference)


@pytest.mark.parametrize(
    ("text", "keyword", "expected"),
    [
        ("1", "int", 1),
        ("2.5", "int", 2),
        ("2.7", "int", 3),
        ("3.5", "int", 4),
        ('" 12 "', "int", 12),
        ("true", "int", 1),
        ("9007199254740993", "long", Int64(9007199254740993)),
        ('"5"', "short", Int16(5)),
        ("255", "byte", Byte(255)),
        ("12345678901234567890", "ulong", UInt64(12345678901234567890)),
        ("1", "double", 1.0),
        ('"1.5"', "double", 1.5),
        ("1.10", "decimal", Decimal("1.1")),
        ('"1.10"', "decimal", Decimal("1.10")),
        ("12345678901234567890", "decimal", Decimal("12345678901234567890")),
        ("0.1", "float", Single(0.10000000149011612)),
        ("1", "bool", True),
        ("0.0", "bool", False),
        ('"True"', "bool", True),
        ("65", "char", Char("A")),
        ('"x"', "char", Char("x")),
        ('"s"', "string", "s"),
        ("5.50", "string", "5.5"),
        ("100.0", "string", "100"),
        ("true", "string", "True"),
        ("null", "string", None),
        ("12345678901234567890", "string", "12345678901234567890"),
        ('"2024-03-05T10:20:30Z"', "string", "03/05/2024 10:20:30"),
        ('"AQID"', "byte[]", None),
        ('"00:01:30"', "TimeSpan", TimeSpan(900_000_000)),
    ],
)
def test_values_convert(text: str, keyword: str, expected: object) -> None:
    found = cast(text, keyword)
    if keyword == "byte[]":
        assert isinstance(found, ByteArray)
        assert found.data == b"\x01\x02\x03"
    else:
        assert equals(found, expected)


@pytest.mark.parametrize("keyword", [name for name in TARGETS if name != "Uri"])
def test_null_converts_to_null_where_the_type_has_it(keyword: str) -> None:
    target = TARGETS[keyword]
    assert convert(None, target, True) is None
    if keyword != "byte[]":
        assert convert(JValue(None), target, True) is None
    if not target.is_reference:
        assert failure(lambda: convert(None, target, False)) == (
            "ArgumentNullException",
            "Value cannot be null. (Parameter 'value')",
        )
        assert failure(lambda: convert(JValue(None), target, False)) == (
            "ArgumentException",
            f"Can not convert Null to {target.name}.",
        )


@pytest.mark.parametrize(
    ("text", "keyword", "name", "message"),
    [
        ("{}", "string", "ArgumentException", "Can not convert Object to String."),
        ("[1]", "string", "ArgumentException", "Can not convert Array to String."),
        ("[]", "int", "ArgumentException", "Can not convert Array to Int32."),
        ('"x"', "int", "FormatException", "Input string was not in a correct format."),
        ('"yes"', "bool", "FormatException", "String 'yes' was not recognized as a valid Boolean."),
        ("300", "byte", "OverflowException", "Value was either too large or too small for an unsigned byte."),
        ("3e9", "int", "OverflowException", "Value was either too large or too small for an Int32."),
        ("12345678901234567890", "int", "OverflowException",
         "Value was either too large or too small for an Int32."),
        ("1", "DateTime", "ArgumentException", "Can not convert Integer to DateTime."),
        ("1", "Guid", "ArgumentException", "Can not convert Integer to Guid."),
        ("1.5", "char", "InvalidCastException", "Invalid cast from 'Double' to 'Char'."),
        ("1.5", "byte[]", "ArgumentException", "Can not convert Float to byte array."),
        ("null", "byte[]", "ArgumentException", "Can not convert Null to byte array."),
        ('"2024-03-05T10:20:30Z"', "int", "ArgumentException", "Can not convert Date to Int32."),
    ],
)  # fmt: skip
def test_what_does_not_convert_raises(text: str, keyword: str, name: str, message: str) -> None:
    assert failure(lambda: cast(text, keyword)) == (name, message)


def test_a_property_converts_as_its_value() -> None:
    assert convert(JProperty.of("a", 5), TARGETS["int"], False) == 5


def test_a_null_string_is_empty_where_null_cannot_be() -> None:
    nothing = JValue(None, STRING)
    assert convert(nothing, TARGETS["int"], False) == 0
    assert convert(nothing, TARGETS["bool"], False) is False
    assert convert(nothing, TARGETS["string"], True) is None


def test_dates_and_offsets_convert_into_each_other() -> None:
    date = cast('"2024-03-05T10:20:30+02:00"', "DateTime")
    assert to_text(date) == "03/05/2024 08:20:30"
    offset = cast('"2024-03-05T10:20:30Z"', "DateTimeOffset")
    assert to_text(offset) == "03/05/2024 10:20:30 +00:00"
    assert to_text(cast('"03/05/2024"', "DateTime")) == "03/05/2024 00:00:00"
    assert to_text(cast('"2024-03-05 10:20:30 +02:00"', "DateTimeOffset")) == "03/05/2024 10:20:30 +02:00"
    guid = "6f9619ff-8b86-d011-b42d-00cf4fc964ff"
    assert to_text(cast(f'"{guid}"', "Guid")) == guid


# ---------------------------------------------------------------- Value<T>, ToObject<T>


@pytest.mark.parametrize(
    ("text", "type", "expected"),
    [
        ("1", "string", "1"),
        ('"5"', "int", 5),
        ("1", "double", 1.0),
        ("null", "string", None),
        ("null", "int?", None),
        ("1.5", "object", None),
        ('"2024-03-05T10:20:30Z"', "string", "03/05/2024 10:20:30"),
        ("7", "long", Int64(7)),
        ("7", "long?", Int64(7)),
        ("null", "JObject", None),
    ],
)
def test_value_as_a_type(text: str, type: str, expected: object) -> None:
    found = value_as(token(text), T(type))
    if type == "object":
        assert isinstance(found, JValue)
    else:
        assert equals(found, expected)


@pytest.mark.parametrize(
    ("text", "type", "name", "message"),
    [
        ("null", "int", "InvalidCastException", "Null object cannot be converted to a value type."),
        ("{}", "int", "InvalidCastException",
         "Cannot cast Newtonsoft.Json.Linq.JObject to Newtonsoft.Json.Linq.JToken."),
        ('"x"', "int", "FormatException", "Input string was not in a correct format."),
        ('"x"', "JObject", "InvalidCastException",
         "Invalid cast from 'System.String' to 'Newtonsoft.Json.Linq.JObject'."),
        ('"x"', "TimeSpan", "InvalidCastException",
         "Invalid cast from 'System.String' to 'System.TimeSpan'."),
        ('"x"', "Guid", "InvalidCastException", "Invalid cast from 'System.String' to 'System.Guid'."),
        ("4", "StringComparison", "InvalidCastException",
         "Invalid cast from 'System.Int64' to 'System.StringComparison'."),
    ],
)  # fmt: skip
def test_value_as_a_type_raises(text: str, type: str, name: str, message: str) -> None:
    assert failure(lambda: value_as(token(text), T(type))) == (name, message)


def test_a_missing_token_is_the_default() -> None:
    assert value_as(None, T("int")) == 0
    assert value_as(None, T("string")) is None
    assert value_as(None, T("int?")) is None


def test_to_object_reads_enums_and_collections() -> None:
    comparison = T("StringComparison")
    assert to_text(to_object(token('"Ordinal"'), comparison)) == "Ordinal"
    assert to_text(to_object(token("4"), comparison)) == "Ordinal"
    assert failure(lambda: to_object(token('"None"'), comparison)) == (
        "ArgumentException",
        "Could not convert 'None' to StringComparison.",
    )
    assert list(to_object(token("[1,2]"), T("int[]"))) == [1, 2]
    assert list(to_object(token('["x","y"]'), T("List<string>"))) == ["x", "y"]
    assert to_object(token("null"), T("JObject")) is None


# ---------------------------------------------------------------- comparing


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ("1", "2", -1),
        ("2", "1.5", 1),
        ("1", "1.0", 0),
        ("0.1", "0.10000000000000001", 0),
        ('"a"', '"b"', -1),
        ('"a"', '"B"', 1),
        ('"5"', "5", 0),
        ("5", '"6"', -1),
        ("true", "false", 1),
        ("null", "null", 0),
        ("1", "null", 1),
        ("12345678901234567890", "1", 1),
        ("1", "12345678901234567890", -1),
        ("1.5", "12345678901234567890", -1),
        ('"2024-03-05T10:20:30Z"', '"2024-03-05T10:20:31Z"', -1),
    ],
)
def test_values_are_ordered(left: str, right: str, expected: int) -> None:
    one, other = token(left), token(right)
    assert isinstance(one, JValue)
    assert compare_to(one, other) == expected


def test_values_of_one_kind_are_equal_whatever_their_type() -> None:
    assert JValue(1) == JValue(Int64(1))
    assert hash(JValue(1)) == hash(JValue(Int64(1)))
    assert JValue(1) != JValue(1.0)
    assert JValue(1.5) == JValue(Decimal("1.5"))
    assert JValue("a") != JValue("a", COMMENT)
    assert JValue(BigInteger(2**70)) == JValue(BigInteger(2**70))
    assert JValue(ByteArray(b"a")) == JValue(ByteArray(b"a"))
    assert JValue(UInt64(2**64 - 1)) != JValue(Int64(-1))
    assert JValue(float("nan")) == JValue(float("nan"))
    assert JValue(None) == JValue(None)


def test_a_value_can_be_set() -> None:
    found = JValue("c", COMMENT)
    found.set_value("d")
    assert found.kind == COMMENT
    found.set_value(5)
    assert found.type_value.value == 6
    found.set_value(None)
    assert found.type_value.value == 10


def test_types_that_do_not_compare_raise() -> None:
    assert failure(lambda: compare_to(JValue(ByteArray(b"")), JValue(1))) == (
        "ArgumentException",
        "Object must be of type byte[].",
    )
    assert failure(lambda: compare_to(JValue(TimeSpan(1)), JValue(1)))[0] == "ArgumentException"
    assert failure(lambda: compare_to(JValue(1), JValue("x")))[0] == "FormatException"
