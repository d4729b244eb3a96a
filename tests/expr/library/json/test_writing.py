"""Tokens to JSON text."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import example, given

from fastgw.expr.library.date_time import DateTime
from fastgw.expr.library.date_time_offset import DateTimeOffset
from fastgw.expr.library.json.containers import JArray, JConstructor
from fastgw.expr.library.json.objects import JObject
from fastgw.expr.library.json.reading import parse
from fastgw.expr.library.json.tokens import COMMENT, STRING, UNDEFINED, JRaw, JToken, JValue
from fastgw.expr.library.json.writing import write, write_piecewise
from fastgw.expr.library.ticks import PER_MINUTE, PER_SECOND, ticks_of
from fastgw.expr.runtime.errors import Exhausted
from fastgw.expr.runtime.meter import meter
from fastgw.expr.runtime.values import ByteArray, Int64, Single
from tests.expr.library.json.support import json
from tests.expr.library.json.test_reading import JSON, written

MOMENT = ticks_of(2024, 3, 5) + (10 * 60 + 20) * PER_MINUTE + 30 * PER_SECOND
"""2024-03-05T10:20:30."""


def object_of(**members: object) -> JObject:
    found = JObject()
    for name, value in members.items():
        found.add_property(name, value if isinstance(value, JToken) else JValue(value))
    return found


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1, "1"),
        (Int64(2**62), "4611686018427387904"),
        (1.0, "1.0"),
        (1.5, "1.5"),
        (Single(1.5), "1.5"),
        (1e-5, "1E-05"),
        (float("nan"), '"NaN"'),
        (float("-inf"), '"-Infinity"'),
        (Decimal("1.50"), "1.50"),
        (Decimal("100"), "100.0"),
        (True, "true"),
        (None, "null"),
        ("", '""'),
        ("é <>&'\" \u2028\u2029\x85\x01\x7f", '"é <>&\'\\" \\u2028\\u2029\\u0085\\u0001\x7f"'),
        (DateTime(MOMENT + 9_000_000, 1), '"2024-03-05T10:20:30.9Z"'),
        (DateTime(MOMENT), '"2024-03-05T10:20:30"'),
        (DateTime(MOMENT, 2), '"2024-03-05T10:20:30+00:00"'),
        (DateTimeOffset(MOMENT, -198_000_000_000), '"2024-03-05T10:20:30-05:30"'),
        (ByteArray(b"\x01\x02\x03"), '"AQID"'),
    ],
)
def test_values_are_written_as_json_net_writes_them(value: object, expected: str) -> None:
    assert json(JValue(value)) == expected
    assert json(object_of(a=value)) == f'{{"a":{expected}}}'
    assert write_piecewise(object_of(a=value), False) == f'{{"a":{expected}}}'


def test_indented_text_has_two_blanks_a_level_and_empty_containers_on_one_line() -> None:
    token = parse('{"a":[1,{"b":[]}],"c":{}}')
    assert write(token, True) == ('{\n  "a": [\n    1,\n    {\n      "b": []\n    }\n  ],\n  "c": {}\n}')
    assert write_piecewise(token, True) == write(token, True)


def test_a_property_is_written_without_braces() -> None:
    first = parse('{"a":{"b":1}}').first()
    assert first is not None
    assert first.net_text() == '"a": {\n  "b": 1\n}'
    assert json(first) == '"a":{"b":1}'


def test_constructors_comments_raw_text_and_undefined_are_written() -> None:
    made = JConstructor("Date")
    made.add(1)
    array = JArray()
    for one in (made, JValue("c", COMMENT), JRaw("{x}"), JValue(None, UNDEFINED), JConstructor("E")):
        array.add(one)
    assert json(array) == "[new Date(1)/*c*/,{x},undefined,new E()]"
    assert write(made, True) == "new Date(\n  1\n)"


def test_a_parsed_date_is_written_in_the_form_of_json_net() -> None:
    text = '{"a":"2024-03-05T10:20:30.1200Z","b":["2024-03-05T10:20:30+02:00"],"2024-03-05T10:20:30.10":1}'
    expected = '{"a":"2024-03-05T10:20:30.12Z","b":["2024-03-05T08:20:30+00:00"],"2024-03-05T10:20:30.10":1}'
    assert json(parse(text)) == expected
    assert write_piecewise(parse(text), False) == expected


def test_a_string_that_was_not_parsed_is_no_date() -> None:
    assert json(object_of(a="2024-03-05T10:20:30.1200Z")) == '{"a":"2024-03-05T10:20:30.1200Z"}'


def test_text_that_holds_a_date_is_left_alone() -> None:
    text = '{"a":"x\\"2024-03-05T10:20:30.10Z","b":"\\\\\\"2024-03-05T10:20:30.10Z"}'
    assert json(parse(text)) == text


def test_a_null_string_is_null() -> None:
    assert json(object_of(a=JValue(None, STRING))) == '{"a":null}'


def test_half_looked_at_tokens_are_written_whole() -> None:
    token = parse('{"a":{"b":[1,"x",{"c":1.5}]},"d":"é"}')
    assert isinstance(token, JObject)
    inner = token.value_of("a")
    assert isinstance(inner, JObject)
    inner.set_value_of("b", JValue(Decimal("1.50")))
    assert json(token) == '{"a":{"b":1.50},"d":"é"}'


@given(JSON.map(written))
@example('{"a":"\\u0085\\u2028","b":1e16,"c":1e-7,"d":[]}')
@example('["/Date(1)/","x0e0","2024-03-05T10:20:30.0Z"]')
def test_both_ways_of_writing_agree(text: str) -> None:
    meter.restart()
    for indented in (False, True):
        fresh, looked_at = parse(text), parse(text)
        for one in getattr(looked_at, "descendants", lambda _: ())(True):
            assert one.parent is not one
        expected = write_piecewise(parse(text), indented)
        assert write(fresh, indented) == expected
        assert write(looked_at, indented) == expected


def test_too_deep_tokens_are_refused_without_exhausting_the_stack() -> None:
    meter.restart()
    inner: JToken = JArray()
    for _ in range(2000):
        inner = JArray.of_tokens([inner])
    for action in (lambda: json(inner), inner.clone, lambda: inner.deep_equals(inner.first() or inner)):
        with pytest.raises(Exhausted):
            action()
    meter.restart()


def test_a_large_text_in_many_places_is_refused() -> None:
    meter.restart()
    text = "x" * 1_000_000
    array = JArray()
    for _ in range(100):
        array.add(text)
    with pytest.raises(Exhausted):
        json(array)
    meter.restart()
