"""Reading the next token as a value of a certain type: ReadAsInt32 and its like of Json.NET 13.

What was read is a token of the wanted kind, of null, of the end of an array, or none at all. The text reader
and the reader of tokens differ in what they take; what a string gives is the same for both.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Final

from fastgw.expr.library import base64_text, convertible, date_time_members, date_time_offset
from fastgw.expr.library.date_time import DateTime
from fastgw.expr.library.date_time_offset import DateTimeOffset
from fastgw.expr.library.guid import read_guid
from fastgw.expr.library.json import reader as kinds
from fastgw.expr.library.json.dates import parse_date
from fastgw.expr.library.json.numbers import (
    is_other_base,
    read_double,
    read_number,
    read_other_base,
    whole,
)
from fastgw.expr.library.json.numbers import read_integer as read_integer_text
from fastgw.expr.library.json.reader import JsonTextReader
from fastgw.expr.library.json.tokens import (
    BOOLEAN,
    BYTES,
    COMMENT,
    DATE,
    FLOAT,
    INTEGER,
    NULL,
    STRING,
    UNDEFINED,
    BigInteger,
)
from fastgw.expr.library.parsing import read_boolean, read_decimal, read_integer
from fastgw.expr.library.parsing import read_double as parse_double
from fastgw.expr.runtime.decimals import fit
from fastgw.expr.runtime.errors import FormatException, NetException, OverflowException
from fastgw.expr.runtime.objects import to_text
from fastgw.expr.runtime.values import ByteArray

if TYPE_CHECKING:
    from fastgw.expr.library.json.token_reader import TokenReader

INT32: Final = "Int32"
STRING_VALUE: Final = "String"
BOOLEAN_VALUE: Final = "Boolean"
DOUBLE: Final = "Double"
DECIMAL: Final = "Decimal"
DATE_TIME: Final = "DateTime"
DATE_TIME_OFFSET: Final = "DateTimeOffset"
BYTE_ARRAY: Final = "bytes"

_DATE_TYPES = (DATE_TIME, DATE_TIME_OFFSET)
# What messages call the types.
_NAMES = {
    INT32: "integer",
    STRING_VALUE: "string",
    BOOLEAN_VALUE: "boolean",
    DOUBLE: "double",
    DECIMAL: "decimal",
    DATE_TIME: "DateTime",
    DATE_TIME_OFFSET: "DateTimeOffset",
}
_WORDS = {"N": "NaN", "I": "Infinity", "-": "-Infinity"}
_IN_ARRAY = (kinds.IN_ARRAY, kinds.IN_ARRAY_START, kinds.AFTER_VALUE)


def read_text_as(reader: JsonTextReader, wanted: str) -> None:
    """Read the next token of a text as a type. Raises JsonReaderException."""
    if reader.state == kinds.AFTER_ALL:
        reader.read()
        return
    while True:
        letter = reader.next_letter()
        if letter == "/":
            before = reader.token, reader.value
            reader.skip_comment()
            reader.token, reader.value = before
        elif letter == ",":
            reader.at += 1
            if reader.state != kinds.AFTER_VALUE:
                reader.set_value(UNDEFINED)
                raise reader.unexpected(letter)
            reader.resume()
        else:
            break
    if letter == "\0":
        reader.token, reader.value = kinds.NO_TOKEN, None
    elif letter in "\"'":
        reader.at += 1
        text = reader.string(letter)
        reader.set_value(STRING, text)
        _of_text(reader, wanted, text)
    elif letter == "n":
        _null(reader)
    elif letter == "]":
        reader.at += 1
        if reader.state not in _IN_ARRAY:
            raise reader.unexpected(letter)
        reader.close(letter)
    elif not _of_letter(reader, wanted, letter):
        reader.at += 1
        raise reader.unexpected(letter)


def _null(reader: JsonTextReader) -> None:
    following = reader.peek()
    if following is None:
        reader.to_end()
        raise reader.error("Unexpected end when reading JSON.")
    if following != "u":
        reader.at += 2
        raise reader.unexpected(following)
    if not reader.match("null"):
        raise reader.error("Error parsing null value.")
    reader.set_value(NULL)


def _of_letter(reader: JsonTextReader, wanted: str, letter: str) -> bool:
    """Read a number, a word or a container; False where the type has no such text."""
    if wanted == BYTE_ARRAY:
        if letter != "[":
            return False
        reader.read()
        _bytes_of_array(reader)
        return True
    if letter in "tf" and wanted in (BOOLEAN_VALUE, STRING_VALUE):
        word = "true" if letter == "t" else "false"
        if not reader.match(word):
            raise reader.unexpected(reader.peek(0) or "\0")
        reader.set_value(STRING if wanted == STRING_VALUE else BOOLEAN, word)
        if wanted == BOOLEAN_VALUE:
            reader.value = word == "true"
        return True
    is_negative_infinity = letter == "-" and reader.peek() == "I"
    if (letter in "NI" or is_negative_infinity) and wanted != BOOLEAN_VALUE:
        return _of_word(reader, wanted, _WORDS[letter])
    if not ("0" <= letter <= "9" or letter in "-.") or (wanted in _DATE_TYPES and letter != "-"):
        return False
    if wanted in _DATE_TYPES:
        raise reader.error(f"Input string '{reader.number_text()}' is not a valid number.")
    _of_number(reader, wanted)
    return True


def _of_word(reader: JsonTextReader, wanted: str, word: str) -> bool:
    if not reader.match(word):
        raise reader.error(f"Error parsing {word} value.")
    if wanted == STRING_VALUE:
        reader.set_value(STRING, word)
    elif wanted == DOUBLE:
        reader.set_value(FLOAT, float(word))
    else:
        raise reader.error(f"Cannot read {word} value.")
    return True


def _of_number(reader: JsonTextReader, wanted: str) -> None:
    text = reader.number_text()
    if wanted == INT32:
        reader.set_value(INTEGER, _int32(reader, text), True)
        return
    if wanted == BOOLEAN_VALUE:
        found = read_number(text)
        if found is not None:
            reader.set_value(BOOLEAN, bool(found[1]), True)
            return
    elif wanted == STRING_VALUE:
        if read_number(text) is not None:
            reader.set_value(STRING, text, True)
            return
    else:
        number = _fraction(text, wanted)
        if number is not None:
            reader.set_value(FLOAT, number, True)
            return
    what = "decimal" if wanted == DECIMAL else "double" if wanted == DOUBLE else "number"
    raise reader.number_error(f"Input string '{text}' is not a valid {what}.")


def _int32(reader: JsonTextReader, text: str) -> int:
    if is_other_base(text):
        found = read_other_base(text, 32)
    else:
        found = whole(text) if read_integer_text(text) is not None else None
        if found is not None and not -(2**31) <= found < 2**31:
            raise reader.number_error(f"JSON integer {text} is too large or small for an Int32.")
    if found is None:
        raise reader.number_error(f"Input string '{text}' is not a valid integer.")
    return found


def _fraction(text: str, wanted: str) -> float | Decimal | None:
    if is_other_base(text):
        integer = read_other_base(text)
        if integer is None:
            return None
        return Decimal(integer) if wanted == DECIMAL else float(integer)
    number = read_double(text)
    if wanted == DOUBLE or number is None:
        return number
    try:
        return fit(Decimal(text))
    except (OverflowException, InvalidOperation):
        return None


def _of_text(reader: Any, wanted: str, text: str) -> None:
    """Make a string that was read what is wanted. Raises JsonReaderException."""
    if wanted == STRING_VALUE:
        reader.token, reader.value = STRING, text
        return
    if wanted == BYTE_ARRAY:
        reader.token, reader.value = BYTES, _bytes_of_text(text)
        return
    if not text:
        reader.token, reader.value = NULL, None
        return
    token, read = _READERS[wanted]
    try:
        value = read(text)
    except (FormatException, OverflowException):
        value = None
    if value is None:
        reader.token, reader.value = STRING, text
        raise reader.error(f"Could not convert string to {_NAMES[wanted]}: {text}.")
    reader.token, reader.value = token, value


def _read_int32(text: str) -> int | None:
    found = read_integer(text)
    return found if found is not None and -(2**31) <= found < 2**31 else None


def read_date(text: str) -> DateTime:
    """A date in ISO form, or in any that DateTime.Parse takes. Raises FormatException."""
    found = parse_date(text)
    return date_time_members.parse(text) if found is None else found


_READERS: dict[str, tuple[int, Callable[[str], Any]]] = {
    INT32: (INTEGER, _read_int32),
    BOOLEAN_VALUE: (BOOLEAN, read_boolean),
    DOUBLE: (FLOAT, parse_double),
    DECIMAL: (FLOAT, read_decimal),
    DATE_TIME: (DATE, read_date),
    DATE_TIME_OFFSET: (DATE, date_time_offset.parse),
}


def _bytes_of_text(text: str) -> ByteArray:
    """Base64, or the bytes of a Guid."""
    if not text:
        return ByteArray(b"")
    if len(text) == 36:
        found = read_guid(text)
        if found is not None:
            return ByteArray(found.bytes())
    return ByteArray(base64_text.decode(text))


def _bytes_of_array(reader: Any) -> None:
    """An array of small integers as bytes; its beginning was read. Raises JsonReaderException."""
    found = bytearray()
    while reader.read():
        if reader.token == kinds.END_ARRAY:
            reader.token, reader.value = BYTES, ByteArray(found)
            return
        if reader.token == COMMENT:
            continue
        if reader.token != INTEGER:
            raise reader.error(f"Unexpected token when reading bytes: {kinds.token_name(reader.token)}.")
        found.append(convertible.to_integer(reader.value, "byte"))
    raise reader.error("Unexpected end when reading bytes.")


def read_token_as(reader: TokenReader, wanted: str) -> None:
    """Read the next token of a tree as a type. Raises JsonReaderException."""
    if not reader.read_past_comments():
        reader.token, reader.value = kinds.NO_TOKEN, None
        return
    token, value = reader.token, reader.value
    if token in (kinds.NO_TOKEN, NULL, kinds.END_ARRAY):
        return
    if wanted == BYTE_ARRAY and token == kinds.START_ARRAY:
        _bytes_of_array(reader)
        return
    if token == STRING:
        _of_text(reader, wanted, value)
        return
    if wanted == STRING_VALUE and token in _PRIMITIVES:
        reader.token = STRING
        reader.value = to_text(value)
        return
    fitting, change = _CHANGES.get(wanted, ((), None))
    if wanted == BYTE_ARRAY and token == BYTES:
        return
    if change is None or token not in fitting:
        name = "date" if wanted in _DATE_TYPES else _NAMES.get(wanted, wanted)
        raise reader.error(f"Error reading {name}. Unexpected token: {kinds.token_name(token)}.")
    try:
        reader.value = change(value)
    except NetException as error:
        raise reader.error(f"Could not convert to {_NAMES[wanted]}: {to_text(value)}.", error) from error


_PRIMITIVES = (INTEGER, FLOAT, BOOLEAN, UNDEFINED, DATE, BYTES)


def _target(name: str) -> Callable[[Any], Any]:
    def change(value: Any) -> Any:
        from fastgw.expr.library.json.conversions import TARGETS

        return TARGETS[name].change(value)

    return change


def _to_double(value: Any) -> float:
    return float(value) if type(value) is BigInteger else convertible.to_double(value)


def _to_date(value: Any) -> DateTime:
    return DateTime(value.ticks) if isinstance(value, DateTimeOffset) else value


_NUMERIC = (INTEGER, FLOAT)
_CHANGES: dict[str, tuple[tuple[int, ...], Callable[[Any], Any]]] = {
    INT32: (_NUMERIC, _target("int")),
    BOOLEAN_VALUE: ((INTEGER, FLOAT, BOOLEAN), _target("bool")),
    DOUBLE: (_NUMERIC, _to_double),
    DECIMAL: (_NUMERIC, _target("decimal")),
    DATE_TIME: ((DATE,), _to_date),
    DATE_TIME_OFFSET: ((DATE,), _target("DateTimeOffset")),
}
