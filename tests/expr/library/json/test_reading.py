"""JSON text to tokens, strict and lenient; the results of the conformance data stand behind `data`."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fastgw.expr.library.json.reading import parse, parse_array, parse_leniently, parse_object
from fastgw.expr.library.json.tokens import JValue
from fastgw.expr.runtime.errors import Exhausted, JsonReaderException, NetException
from fastgw.expr.runtime.meter import meter
from fastgw.expr.runtime.text import inward
from tests.expr.library.json.support import failure, json, shape

# text, compact JSON of what Json.NET makes of it
LENIENT = [
    ("{a:1}", '{"a":1}'),
    ("{'a':'x'}", '{"a":"x"}'),
    ("{$a_1:1, é:2}", '{"$a_1":1,"é":2}'),
    ('{"a":/* d */1 // e\n}', '{"a":1}'),
    ("[1,2,]", "[1,2]"),
    ("[1,,2]", "[1,undefined,2]"),
    ("[,]", "[undefined]"),
    ('{"a":1,}', '{"a":1}'),
    ("[NaN, Infinity, -Infinity]", '["NaN","Infinity","-Infinity"]'),
    ("[undefined]", "[undefined]"),
    ("[0x1F, 017, 00, 0xFFFFFFFFFFFFFFFF]", "[31,15,0,-1]"),
    ("[new Date(1, 'a')]", '[new Date(1,"a")]'),
    ("[new X ( )]", "[new X()]"),
    ("[12345678901234567890]", "[12345678901234567890]"),
    ("[18446744073709551616]", "[18446744073709551616]"),
    ("[1e2, 1.10, -0, -0.0, .5, 5.]", "[100.0,1.1,0,-0.0,0.5,5.0]"),
    ("[1e400, -1e400]", '["Infinity","-Infinity"]'),
    ('["a\nb\tc"]', '["a\\nb\\tc"]'),
    ("['\\'\\\"\\/\\b\\f']", "[\"'\\\"/\\b\\f\"]"),
    ('["\\ud800", "\\udc00x", "\\ud800\\u0041", "\\ud800\\ud83d\\ude00"]',
     '["\ufffd","\ufffdx","\ufffdA","\ufffd\ud83d\ude00"]'),
    ('["\ud83d\ude00"]', '["\ud83d\ude00"]'),
    ('["\\ud83d\\ude00"]', '["\ud83d\ude00"]'),
    ('["\ud83d"]', '["\ud83d"]'),
    ('{"a":1,"b":2,"a":3}', '{"a":3,"b":2}'),
    ("{a:1,b:2,a:{c:1}}", '{"a":{"c":1},"b":2}'),
    ("\u00a0[1]\u2003", "[1]"),
    ("\0[1]\0", "[1]"),
    ("[1] // end", "[1]"),
    ("[1] /* end */ ", "[1]"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), LENIENT)
def test_what_json_net_takes_is_read(text: str, expected: str) -> None:
    assert json(parse(text)) == expected


# The messages are those of the conformance data, or follow from the same rules.
WRONG = [
    ("tru", "Unexpected end when reading JSON. Path '', line 1, position 3."),
    ("", "Error reading JToken from JsonReader. Path '', line 0, position 0."),
    ("  ", "Error reading JToken from JsonReader. Path '', line 1, position 2."),
    (
        '{"a":1 "b":2}',
        "After parsing a value an unexpected character was encountered: \". Path 'a', line 1, position 7.",
    ),
    ("not json", "Unexpected character encountered while parsing value: n. Path '', line 0, position 0."),
    ("n", "Unexpected end when reading JSON. Path '', line 1, position 1."),
    ("<a/>", "Unexpected character encountered while parsing value: <. Path '', line 0, position 0."),
    ('{"amount": 12', "Unexpected end of content while loading JObject. Path 'amount', line 1, position 13."),
    ("[1", "Unexpected end of content while loading JArray. Path '[0]', line 1, position 2."),
    ("[new Date(1", "Unexpected end of content while loading JArray. Path '[0][0]', line 1, position 11."),
    ('{"a":1]', "JsonToken EndArray is not valid for closing JsonType Object. Path '', line 1, position 7."),
    ("]", "JsonToken EndArray is not valid for closing JsonType None. Path '', line 1, position 1."),
    ('["abc', "Unterminated string. Expected delimiter: \". Path '', line 1, position 5."),
    ('["abc\\', "Unterminated string. Expected delimiter: \". Path '', line 1, position 6."),
    ('["\\q"]', "Bad JSON escape sequence: \\q. Path '', line 1, position 4."),
    ('["\\u12"]', "Invalid Unicode escape sequence: \\u12\"]. Path '', line 1, position 4."),
    ('["\\u1', "Unexpected end while parsing Unicode escape sequence. Path '', line 1, position 4."),
    ('{"a":}', "Unexpected character encountered while parsing value: }. Path 'a', line 1, position 5."),
    (
        "[1] x",
        "Additional text encountered after finished reading JSON content: x. Path '', line 1, position 4.",
    ),
    (
        '{"a" 1}',
        "Invalid character after parsing property name. Expected ':' but got: 1."
        " Path '', line 1, position 5.",
    ),
    ("{,}", "Invalid property identifier character: ,. Path '', line 1, position 1."),
    ("{a-b:1}", "Invalid JavaScript property identifier character: -. Path '', line 1, position 2."),
    ("{ab", "Unexpected end while parsing unquoted property name. Path '', line 1, position 3."),
    ('{"a":{"b c":[1,tru]}}', "Error parsing boolean value. Path 'a['b c'][0]', line 1, position 18."),
    ("[nul]", "Error parsing null value. Path '', line 1, position 4."),
    ("[truex]", "Error parsing boolean value. Path '', line 1, position 5."),
    ("[00.5]", "Input string '00.5' is not a valid number. Path '[0]', line 1, position 5."),
    ("[1-2]", "Input string '1-2' is not a valid number. Path '[0]', line 1, position 4."),
    ("[1g]", "Unexpected character encountered while parsing number: g. Path '', line 1, position 2."),
    (
        "[1,\n\n  x]",
        "Unexpected character encountered while parsing value: x. Path '[0]', line 3, position 2.",
    ),
    (
        "[1,\r\n x]",
        "Unexpected character encountered while parsing value: x. Path '[0]', line 2, position 1.",
    ),
    ("/", "Unexpected end while parsing comment. Path '', line 1, position 1."),
    ("[/x 1]", "Error parsing comment. Expected: *, got x. Path '', line 1, position 2."),
    ("[1 /* a", "Unexpected end while parsing comment. Path '[0]', line 1, position 7."),
    ("[net]", "Unexpected content while parsing JSON. Path '', line 1, position 3."),
    ("[new Date", "Unexpected end while parsing constructor. Path '', line 1, position 9."),
    ("[new Date-1]", "Unexpected character while parsing constructor: -. Path '', line 1, position 9."),
    (
        "\ufeff{}",
        "Unexpected character encountered while parsing value: \ufeff. Path '', line 0, position 0.",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("text", "message"), WRONG)
def test_what_json_net_refuses_is_refused_with_its_message(text: str, message: str) -> None:
    assert failure(lambda: parse(text)) == ("JsonReaderException", message)


def test_an_object_and_an_array_are_told_apart() -> None:
    assert failure(lambda: parse_object("[1]")) == (
        "JsonReaderException",
        "Error reading JObject from JsonReader. Current JsonReader item is not an object: StartArray."
        " Path '', line 1, position 1.",
    )
    assert failure(lambda: parse_array('{"a":1}')) == (
        "JsonReaderException",
        "Error reading JArray from JsonReader. Current JsonReader item is not an array: StartObject."
        " Path '', line 1, position 1.",
    )
    assert failure(lambda: parse_object("5"))[1].endswith("an object: Integer. Path '', line 1, position 1.")
    assert json(parse_object("// c\n{a:1}")) == '{"a":1}'


def test_null_text_is_refused() -> None:
    expected = ("ArgumentNullException", "Value cannot be null. (Parameter 's')")
    assert failure(lambda: parse(None)) == expected
    assert failure(lambda: parse_object(None)) == expected


def test_an_exception_knows_its_place() -> None:
    with pytest.raises(JsonReaderException) as caught:
        parse('{"a":[1,x]}')
    assert (caught.value.path, caught.value.line, caught.value.position) == ("a[0]", 1, 8)


def test_a_comment_before_the_value_is_the_value() -> None:
    token = parse("/*c*/[1]")
    assert isinstance(token, JValue)
    assert token.type_value.value == 5
    assert token.value == "c"


@pytest.mark.parametrize(("depth", "opening", "closing"), [(64, "[", "]"), (64, '{"a":', "}")])
def test_64_levels_are_read_and_65_are_not(depth: int, opening: str, closing: str) -> None:
    assert parse(opening * depth + "1" + closing * depth)
    text = opening * (depth + 1) + "1" + closing * (depth + 1)
    name, message = failure(lambda: parse(text))
    assert name == "JsonReaderException"
    assert message.startswith("The reader's MaxDepth of 64 has been exceeded. Path '")


def test_brackets_in_strings_are_no_depth() -> None:
    text = '{"a":"' + "[{" * 100 + '","b":["' + "}]" * 100 + '"]}'
    assert json(parse(text)) == text


def test_deep_nesting_does_not_exhaust_the_stack() -> None:
    assert failure(lambda: parse("[" * 100_000))[0] == "JsonReaderException"
    assert failure(lambda: parse('{"a":' * 100_000))[0] == "JsonReaderException"


def test_integers_of_more_than_380_characters_are_refused() -> None:
    assert json(parse("[" + "1" * 380 + "]")) == "[" + "1" * 380 + "]"
    for digits in (381, 10_000):
        name, message = failure(lambda: parse("[" + "1" * digits + "]"))  # noqa: B023
        assert name == "JsonReaderException"
        assert message.endswith(f"1 is too large to parse. Path '[0]', line 1, position {digits + 1}.")


def test_large_text_is_refused_before_it_is_read() -> None:
    before = meter.most_bytes
    meter.most_bytes = 1000
    meter.restart()
    try:
        with pytest.raises(Exhausted):
            parse("[" + "1," * 1000 + "1]")
    finally:
        meter.most_bytes = before
        meter.restart()


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]))
    | st.sampled_from(["2024-03-05T10:20:30Z", "2024-03-05", "/Date(1)/", "1e5", "[{", "\u2028"]),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=20,
)


def written(value: object) -> str:
    import json as python_json

    return python_json.dumps(value)


@given(JSON.map(written))
@example('{"a":"\\ud83d\\ude00","\\ud83d\\ude00":[]}')
@example("[9223372036854775808, -9223372036854775809, 12345678901234567890123]")
def test_strict_json_is_read_alike_by_both_ways(text: str) -> None:
    meter.restart()
    assert shape(parse(text)) == shape(parse_leniently(text))


@given(st.text(st.sampled_from("{}[]:,\"'\\/*\n ab1e.-tnu0xN"), max_size=12))
def test_both_ways_agree_on_any_text(text: str) -> None:
    meter.restart()

    def outcome(function: object) -> object:
        try:
            return shape(function(text))  # type: ignore[operator]
        except NetException as error:
            return type(error), error.message

    assert outcome(parse) == outcome(parse_leniently)


@given(st.text())
def test_any_text_gives_a_token_or_an_exception_of_json_net(text: str) -> None:
    meter.restart()
    with suppress(JsonReaderException):
        parse(inward(text))
