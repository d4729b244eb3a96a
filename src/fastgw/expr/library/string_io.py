"""System.IO: TextReader and TextWriter over strings in memory; there are no files and no streams here.

`StringReader.rest()` and `StringWriter.write()` are what other parts of the library (JSON, XML) use.
"""

from __future__ import annotations

import re
from typing import Any

from fastgw.expr.library.declare import define
from fastgw.expr.library.formatting import composite
from fastgw.expr.library.string_builder import NEW_LINE, STRING_BUILDER, StringBuilder  # noqa: F401 (signatures)
from fastgw.expr.runtime.errors import (
    ArgumentException,
    ArgumentNullException,
    ArgumentOutOfRangeException,
    ObjectDisposedException,
)
from fastgw.expr.runtime.iteration import characters
from fastgw.expr.runtime.objects import to_text
from fastgw.expr.runtime.values import Array, NetObject

_LINE_END = re.compile("\r\n|\n|\r")


class StringReader(NetObject):
    """A StringReader; `text` is None once it is closed."""

    __slots__ = ("at", "text")

    def __init__(self, text: str) -> None:
        self.text: str | None = text
        self.at = 0

    def source(self) -> str:
        """The whole text. Raises ObjectDisposedException when closed."""
        if self.text is None:
            raise ObjectDisposedException("Cannot read from a closed TextReader.")
        return self.text

    def rest(self) -> str:
        """What is left, which is then read. Raises ObjectDisposedException."""
        text = self.source()
        found, self.at = text[self.at :], len(text)
        return found

    def net_dispose(self) -> None:
        """Read no more."""
        self.text = None


class StringWriter(NetObject):
    """A StringWriter over a StringBuilder."""

    __slots__ = ("builder", "is_open", "new_line")

    def __init__(self, builder: StringBuilder) -> None:
        self.builder = builder
        self.is_open = True
        self.new_line = NEW_LINE

    def write(self, text: str) -> None:
        """Append. Raises ObjectDisposedException and Exhausted."""
        if not self.is_open:
            raise ObjectDisposedException("Cannot write to a closed TextWriter.")
        self.builder.add(text)

    def net_dispose(self) -> None:
        """Write no more; what was written stays."""
        self.is_open = False

    def net_text(self) -> str:
        """What was written."""
        return self.builder.text()


TEXT_READER = define("System.IO.TextReader", "class", interfaces=("IDisposable",))
STRING_READER = define("System.IO.StringReader", "class", base="System.IO.TextReader", python=(StringReader,))
TEXT_WRITER = define("System.IO.TextWriter", "class", interfaces=("IDisposable",))
STRING_WRITER = define("System.IO.StringWriter", "class", base="System.IO.TextWriter", python=(StringWriter,))


# ---------------------------------------------------------------- reading


@STRING_READER.constructor("(string s)")
def new_reader(text: str | None) -> StringReader:
    """A reader of a text. Raises ArgumentNullException."""
    if text is None:
        raise ArgumentNullException(parameter="s")
    return StringReader(text)


@TEXT_READER.method("int Peek()")
def peek(this: StringReader) -> int:
    """The code of the next character, or -1 at the end. Raises ObjectDisposedException."""
    text = this.source()
    return ord(text[this.at]) if this.at < len(text) else -1


@TEXT_READER.method("int Read()")
def read(this: StringReader) -> int:
    """As `peek`, and goes on."""
    code = peek(this)
    if code >= 0:
        this.at += 1
    return code


@TEXT_READER.method("int Read(char[] buffer, int index, int count)")
@TEXT_READER.method("int ReadBlock(char[] buffer, int index, int count)")
def read_into(this: StringReader, buffer: Array | None, index: int, count: int) -> int:
    """Put up to `count` characters into an array; how many they are.

    Raises ArgumentNullException, ArgumentOutOfRangeException, ArgumentException, ObjectDisposedException.
    """
    if buffer is None:
        raise ArgumentNullException("Buffer cannot be null.", parameter="buffer")
    for value, name in ((index, "index"), (count, "count")):
        if value < 0:
            raise ArgumentOutOfRangeException("Non-negative number required.", parameter=name)
    if len(buffer) - index < count:
        raise ArgumentException(
            "Offset and length were out of bounds for the array or count is greater than the number of "
            "elements from index to the end of the source collection."
        )
    text = this.source()
    part = text[this.at : this.at + count]
    buffer.items[index : index + len(part)] = characters(part)
    this.at += len(part)
    return len(part)


@TEXT_READER.method("string ReadLine()")
def read_line(this: StringReader) -> str | None:
    """The next line without its end (`\\n`, `\\r` or `\\r\\n`), or null. Raises ObjectDisposedException."""
    text = this.source()
    start = this.at
    if start >= len(text):
        return None
    end = _LINE_END.search(text, start)
    if end is None:
        return this.rest()
    this.at = end.end()
    return text[start : end.start()]


@TEXT_READER.method("string ReadToEnd()")
def read_to_end(this: StringReader) -> str:
    """Everything that is left. Raises ObjectDisposedException."""
    return this.rest()


TEXT_READER.method("void Close()")(StringReader.net_dispose)
TEXT_READER.method("void Dispose()")(StringReader.net_dispose)


# ---------------------------------------------------------------- writing


@STRING_WRITER.constructor("()")
def new_writer() -> StringWriter:
    """A writer to a new StringBuilder."""
    return StringWriter(StringBuilder())


@STRING_WRITER.constructor("(StringBuilder sb)")
def new_writer_to(builder: StringBuilder | None) -> StringWriter:
    """A writer to that StringBuilder. Raises ArgumentNullException."""
    if builder is None:
        raise ArgumentNullException("Buffer cannot be null.", parameter="sb")
    return StringWriter(builder)


def write(this: StringWriter, value: Any) -> None:
    """Write the text of a value; null writes nothing. Raises ObjectDisposedException and Exhausted."""
    this.write(to_text(value))


def write_line(this: StringWriter, value: Any) -> None:
    """Write the text of a value and a line break. Raises ObjectDisposedException and Exhausted."""
    this.write(to_text(value) + this.new_line)


for _type in (
    "bool",
    "char",
    "decimal",
    "double",
    "int",
    "long",
    "object",
    "float",
    "string",
    "uint",
    "ulong",
):
    TEXT_WRITER.method(f"void Write({_type} value)")(write)
    TEXT_WRITER.method(f"void WriteLine({_type} value)")(write_line)


def _characters(buffer: Array | None) -> str:
    return "" if buffer is None else "".join(buffer.items)


@TEXT_WRITER.method("void Write(char[] buffer)")
def write_characters(this: StringWriter, buffer: Array | None) -> None:
    """Write characters. Raises ObjectDisposedException and Exhausted."""
    this.write(_characters(buffer))


@TEXT_WRITER.method("void Write(char[] buffer, int index, int count)")
def write_characters_part(this: StringWriter, buffer: Array | None, index: int, count: int) -> None:
    """Write some characters.

    Raises ArgumentNullException, ArgumentOutOfRangeException, ArgumentException, ObjectDisposedException.
    """
    this.write(_part(buffer, index, count))


def _part(buffer: Array | None, index: int, count: int) -> str:
    if buffer is None:
        raise ArgumentNullException("Buffer cannot be null.", parameter="buffer")
    for value, name in ((index, "index"), (count, "count")):
        if value < 0:
            raise ArgumentOutOfRangeException("Non-negative number required.", parameter=name)
    if len(buffer) - index < count:
        raise ArgumentException(
            "Offset and length were out of bounds for the array or count is greater than the number of "
            "elements from index to the end of the source collection."
        )
    return "".join(buffer.items[index : index + count])


@TEXT_WRITER.method("void Write(string format, object arg0)")
@TEXT_WRITER.method("void Write(string format, object arg0, object arg1)")
@TEXT_WRITER.method("void Write(string format, object arg0, object arg1, object arg2)")
def write_format(this: StringWriter, format: str | None, *arguments: Any) -> None:
    """Write a composite format. Raises ArgumentNullException, FormatException and Exhausted."""
    this.write(composite(format, arguments))


@TEXT_WRITER.method("void Write(string format, params object[] arg)")
def write_format_many(this: StringWriter, format: str | None, arguments: Array | None) -> None:
    """As `write_format`."""
    this.write(_composite(format, arguments))


def _composite(format: str | None, arguments: Array | None) -> str:
    if arguments is None:
        raise ArgumentNullException(parameter="format" if format is None else "args")
    return composite(format, arguments.items)


@TEXT_WRITER.method("void WriteLine()")
def write_break(this: StringWriter) -> None:
    """Write a line break. Raises ObjectDisposedException and Exhausted."""
    this.write(this.new_line)


@TEXT_WRITER.method("void WriteLine(char[] buffer)")
def write_characters_line(this: StringWriter, buffer: Array | None) -> None:
    """Write characters and a line break. Raises ObjectDisposedException and Exhausted."""
    this.write(_characters(buffer) + this.new_line)


@TEXT_WRITER.method("void WriteLine(char[] buffer, int index, int count)")
def write_characters_part_line(this: StringWriter, buffer: Array | None, index: int, count: int) -> None:
    """As `write_characters_part`, and a line break."""
    this.write(_part(buffer, index, count) + this.new_line)


@TEXT_WRITER.method("void WriteLine(string format, object arg0)")
@TEXT_WRITER.method("void WriteLine(string format, object arg0, object arg1)")
@TEXT_WRITER.method("void WriteLine(string format, object arg0, object arg1, object arg2)")
def write_format_line(this: StringWriter, format: str | None, *arguments: Any) -> None:
    """As `write_format`, and a line break."""
    this.write(composite(format, arguments) + this.new_line)


@TEXT_WRITER.method("void WriteLine(string format, params object[] arg)")
def write_format_many_line(this: StringWriter, format: str | None, arguments: Array | None) -> None:
    """As `write_format`, and a line break."""
    this.write(_composite(format, arguments) + this.new_line)


def _set_new_line(this: StringWriter, value: str | None) -> None:
    this.new_line = NEW_LINE if value is None else value


@TEXT_WRITER.property("string NewLine", setter=_set_new_line)
def new_line(this: StringWriter) -> str:
    """What WriteLine puts behind each line."""
    return this.new_line


@TEXT_WRITER.method("void Flush()")
def flush(this: StringWriter) -> None:
    """Nothing is kept back."""


TEXT_WRITER.method("void Close()")(StringWriter.net_dispose)
TEXT_WRITER.method("void Dispose()")(StringWriter.net_dispose)


@STRING_WRITER.method("StringBuilder GetStringBuilder()")
def get_string_builder(this: StringWriter) -> StringBuilder:
    """What is written to."""
    return this.builder


@STRING_WRITER.method("string ToString()")
def to_string(this: StringWriter) -> str:
    """What was written. Raises Exhausted."""
    return this.builder.text()
