"""IFormattable dispatch and composite formats."""

from __future__ import annotations

import pytest

from fastgw.expr.library.formatting import composite, format_value
from fastgw.expr.library.guid import EMPTY
from fastgw.expr.runtime.errors import ArgumentNullException, Exhausted, FormatException
from fastgw.expr.runtime.meter import meter
from fastgw.expr.runtime.values import Char


@pytest.mark.parametrize(
    ("value", "format", "text"),
    [
        (None, "N0", ""),
        ("text", "N0", "text"),
        (True, "N0", "True"),
        (Char("c"), "D4", "c"),
        (1234, "N0", "1,234"),
        (EMPTY, "N", "0" * 32),
    ],
)
def test_a_value_takes_the_formats_of_its_type(value, format, text):
    assert format_value(value, format) == text


@pytest.mark.parametrize(
    ("format", "arguments", "text"),
    [
        ("{0} {1} {0}", ["a", "b"], "a b a"),
        ("{0:D5}", [42], "00042"),
        ("{0,5}|{0,-5}|", [42], "   42|42   |"),
        ("{{{0}}}", ["x"], "{x}"),
        ("{0}", [None], ""),
        ("{0:0.00}", [2.5], "2.50"),
        ("no args", [], "no args"),
        ("{0 , 5 :D3}", [7], "  007"),
        ("{0:{{0}}}", [7], "{7}"),
        ("{0,-3}|", ["long"], "long|"),
    ],
)
def test_holes_of_a_composite_format(format, arguments, text):
    assert composite(format, arguments) == text


@pytest.mark.parametrize(
    "format", ["{1}", "{0", "}", "{", "{a}", "{0:", "{0,}", "{-1}", "{0,-}", "{0x}", "{ 0}"]
)
def test_a_malformed_format_is_refused(format):
    with pytest.raises(FormatException):
        composite(format, [1])


def test_an_index_beyond_the_arguments_has_its_own_message():
    with pytest.raises(FormatException, match="must be greater than or equal to zero and less than the size"):
        composite("{0} {1}", [1])


def test_a_null_format_is_refused():
    with pytest.raises(ArgumentNullException):
        composite(None, [])


def test_a_field_width_counts_as_built_text():
    meter.restart()
    with pytest.raises(Exhausted):
        composite("{0,999999}" * 100, ["x"])
    meter.restart()
