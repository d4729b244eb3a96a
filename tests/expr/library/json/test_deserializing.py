"""DeserializeObject and ToObject<T> as collections and other types."""

from __future__ import annotations

from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest

from fastgw.expr.library.json.deserializing import of_text, of_token
from fastgw.expr.library.json.reading import parse
from fastgw.expr.library.json.tokens import JToken
from fastgw.expr.runtime.errors import JsonException
from fastgw.expr.runtime.objects import equals, to_text, type_of
from fastgw.expr.runtime.text import type_notation
from fastgw.expr.runtime.values import Byte, ByteArray, Int64, NetObject, Single
from tests.expr.library.json.support import T, failure, json


def plain(value: Any) -> Any:
    """Collections as lists of plain values, dictionaries as lists of pairs."""
    if isinstance(value, JToken):
        return json(value)
    if isinstance(value, NetObject) and hasattr(type(value), "__iter__"):
        return [(one.key, plain(one.value)) if hasattr(one, "key") else plain(one) for one in value]
    return value


BOTH = [
    ("5", "int", 5),
    ('"5"', "int", 5),
    ("5", "long", Int64(5)),
    ('"5"', "long", Int64(5)),
    ("5", "byte", Byte(5)),
    ("5", "double", 5.0),
    ("5.5", "float", Single(5.5)),
    ("true", "bool", True),
    ('"true"', "bool", True),
    ("1", "bool", True),
    ("0", "bool", False),
    ('"x"', "string", "x"),
    ("null", "string", None),
    ("null", "int?", None),
    ('""', "int?", None),
    ("5", "int?", 5),
    ('"1.50"', "decimal", Decimal("1.50")),
    ('"NaN"', "double", float("nan")),
    ('["a"]', "string[]", ["a"]),
    ("[1,2]", "List<int>", [1, 2]),
    ("[1,2]", "IEnumerable<int>", [1, 2]),
    ("[1,2]", "IReadOnlyList<int>", [1, 2]),
    ("[1,2,1]", "HashSet<int>", [1, 2]),
    ("[1,2]", "Queue<int>", [1, 2]),
    ("[1,2]", "Stack<int>", [2, 1]),
    ("[[1],[2,3]]", "List<List<int>>", [[1], [2, 3]]),
    ('{"a":1,"b":2}', "Dictionary<string, int>", [("a", 1), ("b", 2)]),
    ('{"a":1,"a":2}', "IDictionary<string, int>", [("a", 2)]),
    ('{"1":"x"}', "Dictionary<int, string>", [(1, "x")]),
    ('{"a":{"b":[1]}}', "Dictionary<string, object>", [("a", '{"b":[1]}')]),
    ('{"a":1,"b":1.5,"c":"x","d":null,"e":true}', "Dictionary<string, object>",
     [("a", Int64(1)), ("b", 1.5), ("c", "x"), ("d", None), ("e", True)]),
    ('[{"a":"1"},{}]', "List<Dictionary<string, string>>", [[("a", "1")], []]),
    ("[1,[2]]", "JArray", "[1,[2]]"),
    ('{"a":1}', "JObject", '{"a":1}'),
    ("5", "JToken", "5"),
    ("null", "JObject", None),
    ("[1,null]", "JToken[]", ["1", "null"]),
    ("[1,\"a\"]", "object[]", [Int64(1), "a"]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "type", "expected"), BOTH)
def test_text_and_tokens_are_read_alike(text: str, type: str, expected: object) -> None:
    for found in (of_text(text, T(type)), of_token(parse(text), T(type))):
        got = plain(found)
        assert equals(got, expected) if not isinstance(expected, list) else got == expected


def test_text_is_read_as_it_stands_where_tokens_have_changed_it() -> None:
    assert of_text("1.10", T("decimal")) == Decimal("1.10")
    assert str(of_text("1.10", T("decimal"))) == "1.10"
    assert of_text("1.50", T("string")) == "1.50"
    text = '{"d":"2024-03-05T10:20:30Z"}'
    assert plain(of_text(text, T("Dictionary<string, string>"))) == [("d", "2024-03-05T10:20:30Z")]
    assert plain(of_token(parse(text), T("Dictionary<string, string>"))) == [("d", "03/05/2024 10:20:30")]
    assert plain(of_token(parse("[1.5,2.5]"), T("int[]"))) == [2, 2]
    assert plain(of_token(parse("[true]"), T("string[]"))) == ["True"]
    assert plain(of_text("[true]", T("string[]"))) == ["true"]


@pytest.mark.parametrize(
    ("text", "type", "expected"),
    [
        ('"2024-03-05T10:20:30Z"', "DateTime", "03/05/2024 10:20:30"),
        ('"03/05/2024"', "DateTime", "03/05/2024 00:00:00"),
        ('"2024-03-05T10:20:30+02:00"', "DateTimeOffset", "03/05/2024 10:20:30 +02:00"),
        ('"00:01:30"', "TimeSpan", "00:01:30"),
        ('"6f9619ff-8b86-d011-b42d-00cf4fc964ff"', "Guid", "6f9619ff-8b86-d011-b42d-00cf4fc964ff"),
        ('"Ordinal"', "StringComparison", "Ordinal"),
        ("4", "StringComparison", "Ordinal"),
    ],
)
def test_values_of_other_types(text: str, type: str, expected: str) -> None:
    assert to_text(of_text(text, T(type))) == expected


@pytest.mark.parametrize("type", ["int", "long", "bool", "double", "decimal", "string", "byte", "object"])
def test_numbers_of_many_digits_harm_nobody(type: str) -> None:
    for text in ("1" * 10_000, "-" + "9" * 10_000, "1e99999999999999999999", "0." + "1" * 10_000):
        with suppress(JsonException):
            assert of_text(text, T(type)) is not None


def test_bytes_are_base64_or_an_array() -> None:
    for text in ('"AQID"', "[1,2,3]"):
        found = of_text(text, T("byte[]"))
        assert isinstance(found, ByteArray)
        assert found.data == b"\x01\x02\x03"


def test_without_a_type_containers_are_tokens_and_values_are_values() -> None:
    assert json(of_text('{"a":1}', None)) == '{"a":1}'
    assert json(of_text("[1,/*c*/2]", None)) == "[1/*c*/,2]"
    assert equals(of_text("5", None), Int64(5))
    assert of_text("", None) is None
    assert of_text("", T("JObject")) is None
    assert failure(lambda: of_text(None, None)) == (
        "ArgumentNullException",
        "Value cannot be null. (Parameter 'value')",
    )


def test_the_types_of_collections_are_those_of_net() -> None:
    found = of_text("[1]", T("IList<int>"))
    assert type_notation(type_of(found)) == "System.Collections.Generic.List<System.Int32>"
    found = of_text("{}", T("IReadOnlyDictionary<string, int>"))
    assert type_notation(type_of(found)).startswith("System.Collections.Generic.Dictionary<")


@pytest.mark.parametrize(
    ("text", "type", "name", "message"),
    [
        ('"x"', "int", "JsonReaderException",
         "Could not convert string to integer: x. Path '', line 1, position 3."),
        ('["x"]', "int[]", "JsonReaderException",
         "Could not convert string to integer: x. Path '[0]', line 1, position 4."),
        ('"x"', "bool", "JsonReaderException",
         "Could not convert string to boolean: x. Path '', line 1, position 3."),
        ('"x"', "double", "JsonReaderException",
         "Could not convert string to double: x. Path '', line 1, position 3."),
        ('"x"', "DateTime", "JsonReaderException",
         "Could not convert string to DateTime: x. Path '', line 1, position 3."),
        ("1.5", "int", "JsonReaderException",
         "Input string '1.5' is not a valid integer. Path '', line 1, position 3."),
        ("99999999999", "int", "JsonReaderException",
         "JSON integer 99999999999 is too large or small for an Int32. Path '', line 1, position 11."),
        ("true", "int", "JsonReaderException",
         "Unexpected character encountered while parsing value: t. Path '', line 1, position 1."),
        ('{"a":{}}', "Dictionary<string, string>", "JsonReaderException",
         "Unexpected character encountered while parsing value: {. Path 'a', line 1, position 6."),
        ("null", "int", "JsonSerializationException",
         "Error converting value {null} to type 'System.Int32'. Path '', line 1, position 4."),
        ('"x"', "long", "JsonSerializationException",
         "Error converting value \"x\" to type 'System.Int64'. Path '', line 1, position 3."),
        ("300", "byte", "JsonSerializationException",
         "Error converting value 300 to type 'System.Byte'. Path '', line 1, position 3."),
        ('"x"', "StringComparison", "JsonSerializationException",
         "Error converting value \"x\" to type 'System.StringComparison'. Path '', line 1, position 3."),
        ('{"x":1}', "Dictionary<int, int>", "JsonSerializationException",
         "Could not convert string 'x' to dictionary key type 'System.Int32'. Create a TypeConverter"
         " to convert"
         " from the string to the key type object. Path 'x', line 1, position 5."),
        ("", "int", "JsonSerializationException",
         "No JSON content found and type 'System.Int32' is not nullable. Path '', line 0, position 0."),
        ("[1", "List<int>", "JsonSerializationException",
         "Unexpected end when deserializing array. Path '[0]', line 1, position 2."),
        ('{"a":1', "Dictionary<string, int>", "JsonSerializationException",
         "Unexpected end when deserializing object. Path 'a', line 1, position 6."),
        ('{"a":1', "JObject", "JsonWriterException", "Unexpected end when reading token. Path ''."),
        ("[1]", "JObject", "JsonSerializationException",
         "Deserialized JSON type 'Newtonsoft.Json.Linq.JArray' is not compatible with expected type"
         " 'Newtonsoft.Json.Linq.JObject'. Path '', line 1, position 3."),
        ("[1] x", "JArray", "JsonReaderException",
         "Additional text encountered after finished reading JSON content: x. Path '', line 1, position 4."),
        ("[1][2]", "int[]", "JsonReaderException",
         "Additional text encountered after finished reading JSON content: [. Path '', line 1, position 3."),
    ],
)  # fmt: skip
def test_what_does_not_fit_raises(text: str, type: str, name: str, message: str) -> None:
    assert failure(lambda: of_text(text, T(type))) == (name, message)


@pytest.mark.parametrize(
    ("text", "type", "needed"),
    [
        ('{"a":1}', "int[]", "JSON array (e.g. [1,2,3])"),
        ('{"a":1}', "long", "JSON primitive value (e.g. string, number, boolean, null)"),
        ("[1]", "Dictionary<string, int>", 'JSON object (e.g. {"name":"value"})'),
    ],
)
def test_containers_that_do_not_fit_are_explained(text: str, type: str, needed: str) -> None:
    name, message = failure(lambda: of_text(text, T(type)))
    assert name == "JsonSerializationException"
    assert message.startswith("Cannot deserialize the current JSON ")
    assert f"because the type requires a {needed} to deserialize correctly.\nTo fix this error" in message
    assert message.endswith("\nPath '', line 1, position 1.")


def test_tokens_have_no_line_in_messages() -> None:
    assert failure(lambda: of_token(parse('{"a":["x"]}'), T("Dictionary<string, int[]>"))) == (
        "JsonReaderException",
        "Could not convert string to integer: x. Path 'a[0]'.",
    )
