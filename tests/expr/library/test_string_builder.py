"""System.Text.StringBuilder."""

from __future__ import annotations

import pytest

from fastgw.expr.library import string_builder as builders
from fastgw.expr.library.string_builder import StringBuilder
from fastgw.expr.runtime.errors import (
    ArgumentException,
    ArgumentOutOfRangeException,
    Exhausted,
    IndexOutOfRangeException,
)
from fastgw.expr.runtime.meter import meter
from fastgw.expr.runtime.values import Char

from .members import array, definition


@pytest.fixture(autouse=True)
def _fresh_meter():
    meter.restart()
    yield
    meter.restart()


def test_appending_gives_the_builder_itself():
    builder = StringBuilder()
    for value in ("a", 1, True, Char("c"), None, 2.5):
        assert builders.append(builder, value) is builder
    assert builders.to_string(builder) == "a1Truec2.5"
    assert builders.length_of(builder) == 10


def test_appending_parts_and_repetitions():
    builder = StringBuilder()
    builders.append_part(builder, "ab", 0, 1)
    builders.append_repeated(builder, Char("z"), 3)
    builders.append_characters_part(builder, array(*map(Char, "xyz"), of="char"), 1, 2)
    builders.append_builder(builder, builder)
    assert builder.text() == "azzzyz" * 2
    with pytest.raises(ArgumentOutOfRangeException):
        builders.append_part(builder, "ab", 1, 2)


def test_appending_formats_lists_and_lines():
    builder = StringBuilder()
    builders.append_format(builder, "{0:X}-{1}", 255, "b")
    builders.append_join(builder, ",", [1, 2])
    builders.append_text_line(builder, None)
    builders.append_line(builder)
    assert builder.text() == "FF-b1,2\n\n"


def test_changing_places():
    builder = StringBuilder("abcdef")
    builders.remove(builder, 1, 2)
    builders._set_length(builder, 3)
    assert builder.text() == "ade"
    builders._set_character(builder, 1, Char("X"))
    builders.insert(builder, 0, 7)
    builders.insert_repeated(builder, 4, "-", 2)
    assert builder.text() == "7aXe--"
    assert builders.character_at(builder, 1) == "a"
    with pytest.raises(IndexOutOfRangeException):
        builders.character_at(builder, 6)
    with pytest.raises(ArgumentOutOfRangeException):
        builders.insert(builder, 9, "x")


def test_a_longer_length_fills_with_null_characters():
    builder = StringBuilder("a")
    builders._set_length(builder, 3)
    assert builder.text() == "a\0\0"


def test_replacing():
    builder = StringBuilder("banana")
    builders.replace(builder, "an", "AN")
    builders.replace_character(builder, Char("b"), Char("B"))
    builders.replace_within(builder, "N", "-", 0, 4)
    assert builder.text() == "BA-ANa"
    with pytest.raises(ArgumentException):
        builders.replace(builder, "", "x")


def test_capacity_grows_and_has_an_end():
    builder = builders.new_sized(4)
    assert builders.capacity_of(builder) == 4
    builders.append(builder, "12345")
    assert builders.capacity_of(builder) == 8
    small = builders.new_limited(2, 3)
    with pytest.raises(ArgumentOutOfRangeException):
        builders.append(small, "1234")


def test_equal_builders_have_the_same_text():
    assert builders.equals(StringBuilder("a"), StringBuilder("a"))
    assert not builders.equals(StringBuilder("a"), None)
    assert StringBuilder("a") != StringBuilder("a")


def test_what_is_appended_is_counted():
    builder = StringBuilder()
    with pytest.raises(Exhausted):
        builders.append_repeated(builder, Char("x"), 2**31 - 1)
    with pytest.raises(Exhausted):
        builders.insert_repeated(builder, 0, "xx", 2**30)


def test_alternating_between_adding_and_asking_is_counted():
    builder = StringBuilder("x" * 1_000_000)

    def alternate():
        for _ in range(100_000):
            builders.append(builder, "x")
            builders.character_at(builder, 0)

    with pytest.raises(Exhausted):
        alternate()


def test_every_primitive_type_can_be_appended_and_inserted():
    declared = definition("System.Text.StringBuilder")
    assert len(declared.methods["Append"]) == 21
    assert len(declared.methods["Insert"]) == 18
