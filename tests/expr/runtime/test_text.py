"""Text at the border, and names of types."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastgw.expr.engine import load_library
from fastgw.expr.library.declare import type_of_text
from fastgw.expr.runtime.text import inward, outward, simple_name, type_name, type_notation
from fastgw.expr.types import AnonymousType

load_library()


@given(st.text())
def test_text_goes_in_and_out(text: str) -> None:
    assert outward(inward(text)) == text


@given(st.text())
def test_inside_there_is_no_character_above_16_bits(text: str) -> None:
    assert all(one <= "\uffff" for one in inward(text))


def test_a_lone_surrogate_leaves_as_a_replacement() -> None:
    assert outward("a\ud800b") == "a\ufffdb"
    assert outward("\ud83d\ude00") == "\U0001f600"


@pytest.mark.parametrize(
    ("type", "name", "notation", "simple"),
    [
        ("int", "System.Int32", "System.Int32", "Int32"),
        (
            "List<string>",
            "System.Collections.Generic.List`1[System.String]",
            "System.Collections.Generic.List<System.String>",
            "List`1",
        ),
        (
            "Dictionary<string, int>",
            "System.Collections.Generic.Dictionary`2[System.String,System.Int32]",
            "System.Collections.Generic.Dictionary<System.String,System.Int32>",
            "Dictionary`2",
        ),
        ("long[]", "System.Int64[]", "System.Int64[]", "Int64[]"),
        ("int[,]", "System.Int32[,]", "System.Int32[,]", "Int32[,]"),
        ("int?", "System.Nullable`1[System.Int32]", "System.Nullable<System.Int32>", "Nullable`1"),
        (
            "(int, string)",
            "System.ValueTuple`2[System.Int32,System.String]",
            "System.ValueTuple<System.Int32,System.String>",
            "ValueTuple`2",
        ),
    ],
)
def test_names_of_types(type: str, name: str, notation: str, simple: str) -> None:
    found = type_of_text(type)
    assert (type_name(found), type_notation(found), simple_name(found)) == (name, notation, simple)


def test_anonymous_types_have_one_notation() -> None:
    assert type_notation(AnonymousType((("a", type_of_text("int")),))) == "anonymous"
