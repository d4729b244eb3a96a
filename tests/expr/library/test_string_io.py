"""StringReader and StringWriter."""

from __future__ import annotations

import pytest

from fastgw.expr.library import string_io
from fastgw.expr.library.string_builder import StringBuilder
from fastgw.expr.runtime.errors import ArgumentNullException, ObjectDisposedException
from fastgw.expr.runtime.values import Char

from .members import array


def test_reading_characters():
    reader = string_io.new_reader("ab")
    assert string_io.peek(reader) == 97
    assert [string_io.read(reader) for _ in range(3)] == [97, 98, -1]


def test_reading_lines():
    reader = string_io.new_reader("a\nb\r\nc\rd\n\n")
    lines = [string_io.read_line(reader) for _ in range(6)]
    assert lines == ["a", "b", "c", "d", "", None]


def test_reading_the_rest():
    reader = string_io.new_reader("a\nb")
    string_io.read(reader)
    assert string_io.read_to_end(reader) == "\nb"
    assert string_io.read_to_end(reader) == ""


def test_reading_into_an_array():
    buffer = array(*map(Char, "....."), of="char")
    reader = string_io.new_reader("abc")
    assert string_io.read_into(reader, buffer, 1, 4) == 3
    assert "".join(buffer.items) == ".abc."
    assert string_io.read_into(reader, buffer, 0, 1) == 0


def test_a_closed_reader_reads_no_more():
    reader = string_io.new_reader("a")
    reader.net_dispose()
    with pytest.raises(ObjectDisposedException):
        string_io.read(reader)
    with pytest.raises(ArgumentNullException):
        string_io.new_reader(None)


def test_writing():
    writer = string_io.new_writer()
    string_io.write(writer, "x")
    string_io.write(writer, 1)
    string_io.write_format(writer, "{0:D3}", 7)
    string_io.write_line(writer, None)
    string_io._set_new_line(writer, "|")
    string_io.write_break(writer)
    assert string_io.to_string(writer) == "x1007\n|"


def test_a_writer_writes_to_the_builder_it_is_given():
    builder = StringBuilder("a")
    writer = string_io.new_writer_to(builder)
    string_io.write(writer, "b")
    writer.net_dispose()
    assert string_io.get_string_builder(writer).text() == "ab"
    with pytest.raises(ObjectDisposedException):
        string_io.write(writer, "c")
