"""Offsets into lines and columns of the author's file."""

from __future__ import annotations

import gc
import linecache

from fastgw.expr.codegen.positions import Origin, Positions
from fastgw.expr.codegen.tree import Place


def test_the_first_line_begins_at_the_origin_s_column() -> None:
    positions = Positions("ab\ncd", Origin("p.xml", 10, 5, "document"))
    assert positions.place(1, 2) == Place(10, 5, 10, 6)
    assert positions.place(3, 5) == Place(11, 0, 11, 2)
    assert positions.place(0, 4) == Place(10, 4, 11, 1)


def test_columns_count_bytes() -> None:
    assert Positions("é = \U0001f600;", Origin("p.xml", 1, 1, "x")).place(4, 5) == Place(1, 5, 1, 9)


def test_offsets_behind_the_text_are_its_end() -> None:
    assert Positions("ab", Origin()).place(7, 9) == Place(1, 2, 1, 2)


def test_without_a_document_tracebacks_show_the_expression() -> None:
    positions = Positions("first\nsecond", Origin("p.xml", 10, 5))
    assert positions.place(6, 7).line == 2

    def function() -> None:
        """What tracebacks go through."""

    positions.show_in_tracebacks(function)
    assert linecache.getline(positions.file_name, 2) == "second\n"


def test_lines_are_forgotten_with_the_function() -> None:
    positions = Positions("x", Origin())

    def function() -> None:
        """What tracebacks go through."""

    positions.show_in_tracebacks(function)
    assert positions.file_name in linecache.cache
    linecache.checkcache()
    assert positions.file_name in linecache.cache
    del function
    gc.collect()
    assert positions.file_name not in linecache.cache


def test_every_expression_has_a_file_name_of_its_own() -> None:
    assert Positions("x", Origin("p.xml")).file_name != Positions("x", Origin("p.xml")).file_name
