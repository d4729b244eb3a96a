"""Objects to tokens and text: FromObject and SerializeObject."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from fastgw.expr.library.collections_dictionary import Dictionary
from fastgw.expr.library.collections_list import List
from fastgw.expr.library.date_time import DateTime
from fastgw.expr.library.guid import new_of_text
from fastgw.expr.library.json.reading import parse
from fastgw.expr.library.json.serializing import from_object, serialize
from fastgw.expr.library.json.tokens import JValue
from fastgw.expr.library.key_value_pair import KeyValuePair
from fastgw.expr.library.ticks import PER_MILLISECOND, ticks_of
from fastgw.expr.library.time_span import TimeSpan
from fastgw.expr.runtime.anonymous import Anonymous
from fastgw.expr.runtime.errors import Exhausted
from fastgw.expr.runtime.tuples import ValueTuple
from fastgw.expr.runtime.values import Array, ByteArray, Char, EnumValue
from fastgw.expr.types import AnonymousType, TupleType
from tests.expr.library.json.support import T, failure, json, shape


def anonymous(**members: Any) -> Anonymous:
    kinds = tuple((name, T("object")) for name in members)
    return Anonymous(tuple(members.values()), AnonymousType(kinds))


def dictionary(types: str, **members: Any) -> Dictionary:
    first, second = types.split(",")
    found = Dictionary((T(first), T(second)))
    for name, value in members.items():
        found.net_set_item(name, value)
    return found


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, "null"),
        ("text", '"text"'),
        (Char("c"), '"c"'),
        (True, "true"),
        (1, "1"),
        (1.0, "1.0"),
        (float("nan"), '"NaN"'),
        (Decimal("12.50"), "12.50"),
        (ByteArray(b"\x01\x02\x03"), '"AQID"'),
        (TimeSpan(900_000_000), '"00:01:30"'),
        (DateTime(ticks_of(2024, 3, 5) + 120 * PER_MILLISECOND, 1), '"2024-03-05T00:00:00.12Z"'),
    ],
)
def test_primitives(value: object, expected: str) -> None:
    assert serialize(value, False) == expected


def test_enums_are_numbers() -> None:
    ordinal = EnumValue(T("StringComparison").definition, 4)  # type: ignore[attr-defined]
    assert serialize(anonymous(e=ordinal), False) == '{"e":4}'
    assert serialize(dictionary("object,object", k=ordinal), False) == '{"k":4}'


def test_anonymous_types_keep_names_and_order() -> None:
    value = anonymous(b=1, a="x", c=Array(T("int"), [1, 2]), d=None)
    assert serialize(value, False) == '{"b":1,"a":"x","c":[1,2],"d":null}'
    assert serialize(anonymous(a=1), True) == '{\n  "a": 1\n}'


def test_dictionaries_lists_pairs_and_tuples() -> None:
    assert serialize(dictionary("string,int", x=1, y=2), False) == '{"x":1,"y":2}'
    numbers = Dictionary((T("int"), T("string")))
    numbers.net_set_item(5, "a")
    assert serialize(numbers, False) == '{"5":"a"}'
    assert serialize(List(T("object"), ["a", None, List(T("int"), [1])]), False) == '["a",null,[1]]'
    pair = KeyValuePair("a", 1, (T("string"), T("int")))
    assert serialize(pair, False) == '{"Key":"a","Value":1}'
    pairs = ValueTuple((1, "x"), TupleType((T("int"), T("string"))))
    assert serialize(pairs, False) == '{"Item1":1,"Item2":"x"}'


def test_other_objects_show_their_declared_properties() -> None:
    assert serialize(parse("[1]"), False) == "[1]"
    assert serialize(anonymous(t=parse('{"a":[1]}')), False) == '{"t":{"a":[1]}}'
    guid = new_of_text("6f9619ff-8b86-d011-b42d-00cf4fc964ff")
    assert serialize(guid, False) == '"6f9619ff-8b86-d011-b42d-00cf4fc964ff"'


def test_nothing_is_shared_with_a_token() -> None:
    source = parse('{"a":[1]}')
    found = from_object(source)
    assert found is not source
    assert shape(found) == shape(source)


def test_the_types_of_values_are_kept() -> None:
    found = from_object(anonymous(i=1, d=1.5))
    first = found.first()
    assert first is not None
    inner = first.first()
    assert isinstance(inner, JValue)
    assert type(inner.value) is int
    assert json(found) == '{"i":1,"d":1.5}'


def test_a_loop_is_refused() -> None:
    loop = List(T("object"), [])
    loop.net_add(loop)
    assert failure(lambda: serialize(loop, False))[0] == "JsonSerializationException"
    named = dictionary("string,object")
    named.net_set_item("self", named)
    name, message = failure(lambda: serialize(named, False))
    assert name == "JsonSerializationException"
    assert message.startswith("Self referencing loop detected for property 'self' with type '")


def test_too_deep_objects_are_refused() -> None:
    inner: object = List(T("object"), [])
    for _ in range(1000):
        inner = List(T("object"), [inner])
    with pytest.raises(Exhausted):
        serialize(inner, False)


def test_delegates_are_refused() -> None:
    assert failure(lambda: serialize(lambda: 1, False)) == (
        "NotSupportedException",
        "Serializing delegates is not supported on this platform.",
    )
