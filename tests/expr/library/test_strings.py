"""System.String: constructors, characters, equality and order."""

from __future__ import annotations

import pytest

from fastgw.expr.library import strings
from fastgw.expr.runtime.errors import (
    ArgumentException,
    ArgumentNullException,
    ArgumentOutOfRangeException,
    Exhausted,
    IndexOutOfRangeException,
)
from fastgw.expr.runtime.meter import meter
from fastgw.expr.runtime.values import Char

from .members import array, method, value

STRING = "System.String"
COMPARISON = "System.StringComparison"


def test_constructors():
    assert method(STRING, "new", "char", "int")(Char("="), 5) == "====="
    assert method(STRING, "new", "char[]")(array(Char("h"), Char("i"), of="char")) == "hi"
    assert method(STRING, "new", "char[]")(None) == ""
    assert method(STRING, "new", "char[]", "int", "int")(array(*map(Char, "abcd"), of="char"), 1, 2) == "bc"


def test_a_built_string_is_no_char():
    assert type(method(STRING, "new", "char", "int")(Char("="), 1)) is str
    assert type(method(STRING, "new", "char[]")(array(Char("h"), of="char"))) is str


def test_a_negative_count_is_refused():
    with pytest.raises(ArgumentOutOfRangeException) as raised:
        strings.repeat(Char("x"), -1)
    assert raised.value.message == "'count' must be non-negative. (Parameter 'count')"


def test_what_a_constructor_builds_is_counted():
    meter.restart()
    with pytest.raises(Exhausted):
        strings.repeat(Char("x"), 2**31 - 1)
    meter.restart()


def test_the_indexer_gives_a_char():
    found = strings.character_at("abc", 1)
    assert found == "b"
    assert type(found) is Char
    for index in (-1, 3):
        with pytest.raises(IndexOutOfRangeException):
            strings.character_at("abc", index)


def test_equality_is_ordinal():
    equals = method(STRING, "Equals", "string", "string")
    assert equals("a", "a")
    assert not equals("é", "e\u0301")
    assert equals(None, None)
    assert not equals("a", None)
    assert not strings.equals_object("a", Char("a"))


@pytest.mark.parametrize(
    ("comparison", "equal"),
    [
        ("Ordinal", False),
        ("OrdinalIgnoreCase", True),
        ("InvariantCulture", False),
        ("InvariantCultureIgnoreCase", True),
        ("CurrentCultureIgnoreCase", True),
    ],
)
def test_equality_by_a_comparison(comparison, equal):
    assert strings.equals_by("Straße É", "STRAßE é", value(COMPARISON, comparison)) is equal


def test_a_comparison_without_a_name_is_refused():
    unknown = value(COMPARISON, "Ordinal")
    unknown.value = 9
    with pytest.raises(ArgumentException, match="not supported"):
        strings.equals_by("a", "b", unknown)


@pytest.mark.parametrize(
    ("first", "second", "sign"),
    [
        ("a", "b", -1),
        ("a", "B", -1),
        ("B", "a", 1),
        ("a", "A", -1),
        ("abc", "abd", -1),
        (None, "a", -1),
        ("a", None, 1),
    ],
)
def test_the_default_order_is_that_of_the_culture(first, second, sign):
    assert strings.compare(first, second) == sign


def test_order_without_case_and_by_code_unit():
    assert strings.compare_any_case("a", "A", True) == 0
    assert strings.compare_ordinal("a", "B") == ord("a") - ord("B")
    assert strings.compare_ordinal("abc", "ab") == 1
    assert strings.compare_by("apple", "Banana", value(COMPARISON, "Ordinal")) > 0


def test_parts_can_be_compared():
    assert strings.compare_parts("xab", 1, "yab", 1, 2) == 0
    assert strings.compare_parts_any_case("xAB", 1, "ab", 0, 9, True) == 0
    with pytest.raises(ArgumentOutOfRangeException):
        strings.compare_parts("a", 2, "b", 0, 1)


def test_only_strings_compare_with_strings():
    with pytest.raises(ArgumentException, match="Object must be of type String"):
        strings.compare_to_object("a", 5)
    assert strings.compare_to_object("a", None) == 1


def test_empty_and_blank():
    assert strings.is_null_or_empty(None)
    assert strings.is_null_or_empty("")
    assert strings.is_null_or_white_space(" \t\u3000\x85")
    assert not strings.is_null_or_white_space("\u200b")


def test_copies_of_null_are_refused():
    with pytest.raises(ArgumentNullException):
        strings.copy(None)


def test_the_first_difference_counts_wherever_it_is():
    for place in (0, 1, 7, 500, 999):
        other = "a" * place + "c" + "a" * (999 - place)
        assert strings.compare_ordinal(other, "a" * 1000) == 2
    assert strings.compare_ordinal("a" * 1000, "a" * 990) == 10
