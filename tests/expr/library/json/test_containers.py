"""Trees of tokens: adding, removing, replacing, neighbours, paths, merging, copies."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from fastgw.expr.library.collections_list import List
from fastgw.expr.library.json.containers import JArray, JConstructor
from fastgw.expr.library.json.objects import JObject, JProperty, path_of_token
from fastgw.expr.library.json.reading import parse, parse_array, parse_object
from fastgw.expr.library.json.tokens import COMMENT, JRaw, JToken, JValue
from fastgw.expr.runtime.errors import Exhausted
from fastgw.expr.runtime.meter import meter
from fastgw.expr.runtime.values import Array, Char, Int64
from tests.expr.library.json.support import T, failure, json, linked, shape


def array_of(*items: Any) -> Array:
    return Array(T("object"), list(items))


def at(token: JToken, *keys: Any) -> JToken:
    """What stands under keys and indexes, one after the other."""
    for key in keys:
        found = token.get_item(key)
        assert found is not None
        token = found
    return token


# ---------------------------------------------------------------- adding


def test_an_array_takes_values_tokens_and_null() -> None:
    array = JArray.of(array_of(1, "a", None, True))
    assert json(array) == '[1,"a",null,true]'
    assert linked(array)


def test_an_enumerable_adds_its_elements() -> None:
    array = JArray()
    array.add(List(T("string"), ["A", "B"]))
    assert json(array) == '["A","B"]'


def test_nested_enumerables_count_one_place_each() -> None:
    # Json.NET goes on behind the first of the inner ones.
    assert json(JArray.of(array_of(array_of(1, 2), 3))) == "[1,3,2]"


def test_content_without_json_is_refused() -> None:
    array = JArray()
    assert failure(lambda: array.add(Char("c"))) == (
        "ArgumentException",
        "Could not determine JSON object type for type System.Char.",
    )
    assert failure(lambda: array.add(JProperty.of("a", 1))) == (
        "ArgumentException",
        "Can not add Newtonsoft.Json.Linq.JProperty to Newtonsoft.Json.Linq.JArray.",
    )
    assert len(array) == 0


def test_content_in_itself_is_bounded() -> None:
    content = array_of()
    content.items.append(content)
    with pytest.raises(Exhausted):
        JArray.of(content)


def test_a_token_with_a_parent_is_copied() -> None:
    source = parse_object('{"x":{"y":1}}')
    target = JObject()
    target.set_value_of("copy", source.value_of("x"))
    at(source, "x").set_item("y", JValue(9))
    assert json(target) == '{"copy":{"y":1}}'


def test_a_token_is_copied_into_itself_and_below_itself() -> None:
    array = parse_array("[[1]]")
    array.add(array)
    assert json(array) == "[[1],[[1]]]"
    inner = at(array, 0)
    assert isinstance(inner, JArray)
    inner.add(array)
    assert json(array) == "[[1,[[1],[[1]]]],[[1]]]"
    assert linked(array)


def test_a_token_without_parent_is_taken_as_it_is() -> None:
    child = JValue(1)
    array = JArray.of(child)
    assert array.child(0) is child
    assert child.parent is array


def test_an_object_takes_properties_each_name_once() -> None:
    found = JObject.of(array_of(JProperty.of("n", None), JProperty.of("t", True)))
    assert json(found) == '{"n":null,"t":true}'
    assert failure(lambda: found.add(JProperty.of("n", 1))) == (
        "ArgumentException",
        "Can not add property n to Newtonsoft.Json.Linq.JObject."
        " Property with the same name already exists on object.",
    )
    assert failure(lambda: found.add(5)) == (
        "ArgumentException",
        "Can not add Newtonsoft.Json.Linq.JValue to Newtonsoft.Json.Linq.JObject.",
    )
    found.add(JValue("c", COMMENT))
    assert len(found) == 2


def test_a_property_has_one_value() -> None:
    made = JProperty.of("a", array_of(1, 2))
    assert json(made) == '"a":[1,2]'
    assert failure(lambda: made.add(1)) == (
        "JsonException",
        "Newtonsoft.Json.Linq.JProperty cannot have multiple values.",
    )
    for action in (made.clear, made.value.remove):
        assert failure(action) == (
            "JsonException",
            "Cannot add or remove items from Newtonsoft.Json.Linq.JProperty.",
        )
    assert failure(lambda: JProperty.of(None, 1)) == (
        "ArgumentNullException",
        "Value cannot be null. (Parameter 'name')",
    )
    made.set_value(None)
    assert json(made) == '"a":null'


def test_content_is_added_first_before_and_behind() -> None:
    array = parse_array("[2]")
    array.add_content(0, 1)
    at(array, 1).add_beside(3, 1)
    at(array, 0).add_beside(0, 0)
    assert json(array) == "[0,1,2,3]"
    obj = parse_object('{"a":1,"b":2}')
    obj.add_content(0, JProperty.of("z", 0))
    first = obj.property("a")
    assert first is not None
    first.add_beside(JProperty.of("m", 5), 1)
    assert json(obj) == '{"z":0,"a":1,"m":5,"b":2}'
    assert linked(array)
    assert linked(obj)


# ---------------------------------------------------------------- changing and removing


def test_a_value_is_replaced_and_removed() -> None:
    obj = parse_object('{"a":1,"b":{"c":2}}')
    at(obj, "a").replace(JArray.of(array_of(1, 2)))
    assert json(obj) == '{"a":[1,2],"b":{"c":2}}'
    parent = at(obj, "a").parent
    assert parent is not None
    parent.remove()
    assert json(obj) == '{"b":{"c":2}}'
    assert parent.parent is None
    for action in (parent.remove, lambda: JValue(1).replace(JValue(2)), lambda: JValue(1).add_beside(2, 0)):
        assert failure(action) == ("InvalidOperationException", "The parent is missing.")


def test_a_value_that_says_the_same_stays() -> None:
    obj = parse_object('{"a":1}')
    before = at(obj, "a")
    obj.set_value_of("a", JValue(1))
    assert at(obj, "a") is before
    obj.set_value_of("a", JValue(1.0))
    assert at(obj, "a") is not before
    assert before.parent is None


def test_an_object_is_set_by_name() -> None:
    obj = JObject()
    obj.set_value_of("a", JValue(1))
    obj.set_value_of("b", None)
    obj.set_value_of("a", JValue("x"))
    assert json(obj) == '{"a":"x","b":null}'
    assert obj.remove_named("a") is True
    assert obj.remove_named("a") is False
    assert obj.property(None) is None
    assert failure(lambda: obj.value_of(None)) == (  # type: ignore[arg-type]
        "ArgumentNullException",
        "Value cannot be null. (Parameter 'propertyName')",
    )


def test_indexes_out_of_range_raise() -> None:
    array = parse_array("[1,2,3]")
    beyond = "Index was out of range. Must be non-negative and less than the size of the collection."
    assert failure(lambda: array.get(3)) == (
        "ArgumentOutOfRangeException",
        f"{beyond} (Parameter 'index')",
    )
    assert failure(lambda: array.set_at(3, None))[1].startswith("Index is equal to or greater than Count.")
    assert failure(lambda: array.set_at(-1, None))[1].startswith("Index is less than 0.")
    assert failure(lambda: array.remove_at(3))[1].startswith("Index is equal to or greater than Count.")
    assert failure(lambda: array.insert(9, None))[1].startswith(
        "Index must be within the bounds of the List."
    )
    array.insert(3, JValue(4))
    array.remove_at(0)
    assert json(array) == "[2,3,4]"


@pytest.mark.parametrize(
    ("make", "key", "message"),
    [
        (parse_array, "b", 'Accessed JArray values with invalid key value: "b". Int32 array index expected.'),
        (
            parse_array,
            Int64(0),
            "Accessed JArray values with invalid key value: 0. Int32 array index expected.",
        ),
        (
            parse_object,
            0,
            "Accessed JObject values with invalid key value: 0. Object property name expected.",
        ),
    ],
)
def test_keys_are_of_the_type_of_the_container(
    make: Callable[[str], JToken], key: object, message: str
) -> None:
    token = make("[]" if make is parse_array else "{}")
    assert failure(lambda: token.get_item(key)) == ("ArgumentException", message)
    assert failure(lambda: token.set_item(key, None)) == (
        "ArgumentException",
        message.replace("Accessed", "Set"),
    )


def test_a_value_has_no_children() -> None:
    token = JValue(1)
    message = "Cannot access child value on Newtonsoft.Json.Linq.JValue."
    for action in (token.first, token.last, lambda: token.get_item("a")):
        assert failure(action) == ("InvalidOperationException", message)
    assert failure(lambda: token.set_item("a", None)) == (
        "InvalidOperationException",
        "Cannot set child value on Newtonsoft.Json.Linq.JValue.",
    )
    assert list(token) == []


def test_changes_end_an_enumeration() -> None:
    for token in (parse_array("[1,2]"), parse_object('{"a":1,"b":2}')):
        items = iter(token)
        next(items)
        token.clear()
        assert failure(lambda: next(items)) == (  # noqa: B023
            "InvalidOperationException",
            "Collection was modified; enumeration operation may not execute.",
        )
        assert len(token) == 0


def test_a_removed_child_has_no_parent() -> None:
    array = parse_array("[1,[2]]")
    second = at(array, 1)
    array.clear()
    assert second.parent is None
    assert json(second) == "[2]"


# ---------------------------------------------------------------- places


def test_neighbours_are_found_after_changes() -> None:
    array = parse_array("[1,2,3,4]")
    last = at(array, 3)
    array.remove_at(0)
    previous = last.previous()
    assert previous is not None
    assert json(previous) == "3"
    assert last.next() is None
    assert [json(one) for one in at(array, 1).siblings(1)] == ["4"]
    assert [json(one) for one in at(array, 1).siblings(-1)] == ["2"]
    obj = parse_object('{"a":1,"b":2}')
    first = obj.first()
    assert first is not None
    assert json(first.next()) == '"b":2'
    assert first.previous() is None
    assert at(obj, "a").next() is None


def test_paths_name_where_a_token_stands() -> None:
    token = parse('{"a":{"b":[{"c":1}]},"d e":[[1]],"x\'y":1}')
    assert path_of_token(at(token, "a", "b", 0, "c")) == "a.b[0].c"
    assert path_of_token(at(token, "d e", 0, 0)) == "['d e'][0][0]"
    assert path_of_token(at(token, "x'y")) == "['x\\'y']"
    assert path_of_token(token) == ""
    parent = at(token, "a").parent
    assert parent is not None
    assert path_of_token(parent) == "a"
    assert at(token, "a", "b", 0, "c").root() is token
    assert [one.simple_name for one in at(token, "a", "b").ancestors()] == [
        "JProperty",
        "JObject",
        "JProperty",
        "JObject",
    ]


def test_descendants_come_in_the_order_of_the_document() -> None:
    token = parse_object('{"a":[1,{"b":2}],"c":3}')
    assert [json(one) for one in token.descendants(False)] == [
        '"a":[1,{"b":2}]',
        '[1,{"b":2}]',
        "1",
        '{"b":2}',
        '"b":2',
        "2",
        '"c":3',
        "3",
    ]
    assert next(token.descendants(True)) is token


def test_walking_along_neighbours_is_cheap() -> None:
    meter.restart()
    array = parse_array("[" + "1," * 20_000 + "1]")
    one: JToken | None = array.first()
    count = 0
    while one is not None:
        one = one.next()
        count += 1
    assert count == 20_001
    obj = parse_object("{" + ",".join(f'"a{n}":1' for n in range(20_000)) + "}")
    one = obj.first()
    while one is not None:
        one = one.next()


# ---------------------------------------------------------------- copies, equality, merging


def test_a_deep_copy_is_independent() -> None:
    source = parse('{"a":[1,{"b":"2024-03-05T10:20:30Z"}],"c":null,"d":12345678901234567890}')
    at(source, "a", 1, "b")
    copy = source.clone()
    assert shape(copy) == shape(source)
    assert copy.parent is None
    at(copy, "a").set_item(0, JValue(5))
    assert json(at(source, "a", 0)) == "1"
    assert linked(copy)


def test_a_copied_string_stays_a_string() -> None:
    source = JObject()
    source.set_value_of("a", JValue("2024-03-05T10:20:30Z"))
    copy = source.clone()
    assert json(copy) == json(source)
    assert shape(copy) == shape(source)


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ('{"a":1,"b":2}', '{"b":2,"a":1}', True),
        ("[1,2]", "[2,1]", False),
        ("[1]", "[1.0]", False),
        ('{"a":1}', '{"a":1,"b":2}', False),
        ('{"a":1}', '{"b":1}', False),
        ('["a"]', '["a"]', True),
        ("[null]", "[undefined]", False),
        ("[0.1]", "[0.1000000000000000001]", True),
        ("[new A(1)]", "[new A(1)]", True),
        ("[new A(1)]", "[new B(1)]", False),
        ('["2024-03-05T10:20:30Z"]', '["2024-03-05T10:20:30.0Z"]', True),
    ],
)
def test_deep_equality(left: str, right: str, expected: bool) -> None:
    assert parse(left).deep_equals(parse(right)) is expected


@pytest.mark.parametrize(
    ("target", "content", "expected"),
    [
        ('{"a":1,"b":[1]}', '{"a":2,"b":[2],"c":3}', '{"a":2,"b":[1,2],"c":3}'),
        ('{"a":{"x":1}}', '{"a":{"y":2}}', '{"a":{"x":1,"y":2}}'),
        ('{"a":1}', '{"a":null}', '{"a":1}'),
        ('{"a":[1]}', '{"a":{"b":1}}', '{"a":{"b":1}}'),
        ("[1]", "[1,2]", "[1,1,2]"),
        ("[1]", '{"a":1}', "[1]"),
    ],
)
def test_merging(target: str, content: str, expected: str) -> None:
    token = parse(target)
    assert isinstance(token, (JObject, JArray))
    token.merge(parse(content))
    assert json(token) == expected
    assert linked(token)


def test_what_cannot_be_merged_is_refused() -> None:
    token = JObject()
    token.merge(None)
    assert failure(lambda: token.merge(5)) == (
        "ArgumentException",
        "Could not determine JSON object type for type System.Int32. (Parameter 'content')",
    )
    token.merge(token)


def test_constructors_and_raw_text_are_tokens_too() -> None:
    made = JConstructor("Date")
    made.add(array_of(1, 2))
    assert json(at(made, 1)) == "2"
    assert json(made.clone()) == "new Date(1,2)"
    assert json(JRaw("x").clone()) == "x"
    assert failure(lambda: made.get_item("a"))[1].endswith("Argument position index expected.")
    other = JConstructor("Other")
    other.add(3)
    made.merge(other)
    assert json(made) == "new Other(1,2,3)"


# ---------------------------------------------------------------- as collections of .NET


def test_a_container_follows_the_protocol_of_collections() -> None:
    array = parse_array('["a"]')
    assert array.net_contains(JValue("a")) is False
    assert array.net_contains(array.child(0)) is True
    array.net_add(JValue(1))
    array.net_insert(0, JValue(0))
    assert array.net_index_of(array.child(2)) == 2
    assert array.net_element(0) is array.child(0)
    assert array.net_remove(array.child(0)) is True
    array.net_remove_at(0)
    assert json(array) == "[1]"
    array.net_set_element(0, JValue(2))
    assert json(array) == "[2]"
    assert array.net_read_only is False


def test_an_object_is_a_dictionary() -> None:
    obj = parse_object('{"a":1}')
    obj.net_set_item("b", JValue(2))
    obj.net_add_item("c", JValue(3))
    assert [(one.key, json(one.value)) for one in obj.properties()] == [("a", "1"), ("b", "2"), ("c", "3")]
    assert list(obj.net_keys()) == ["a", "b", "c"]
    assert obj.net_get("z", 5) == 5
    assert obj.net_remove_key("a") is True
    pair = obj.property("b")
    assert pair is not None
    assert obj.net_contains(pair) is True
    assert obj.net_remove(pair) is True
    assert failure(obj.net_values)[0] == "NotImplementedException"
    obj.net_clear()
    assert len(obj) == 0
