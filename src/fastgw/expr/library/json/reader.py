"""The text reader: JSON as Json.NET takes it, one token at a time (JsonTextReader of Json.NET 13).

Lenient where Json.NET is: comments, single quotes, names without quotes, trailing and empty commas, NaN,
Infinity, undefined, hexadecimal and octal integers, constructors, control characters in strings, lone
surrogates (replaced). What it refuses it refuses with Json.NET's message, path, line and position.
"""

from __future__ import annotations

import re
from typing import Any, Final
from unicodedata import category

from fastgw.expr.library.json.dates import parse_date
from fastgw.expr.library.json.numbers import read_integer, read_number
from fastgw.expr.library.json.positions import Position, message_with_place, path_of
from fastgw.expr.library.json.tokens import (
    BOOLEAN,
    COMMENT,
    DATE,
    FLOAT,
    KIND_NAMES,
    NULL,
    STRING,
    UNDEFINED,
)
from fastgw.expr.library.ticks import WHITE
from fastgw.expr.runtime.errors import JsonReaderException, NetException

# Kinds of token that are no values; values have the numbers of JTokenType.
NO_TOKEN: Final = 0
START_OBJECT: Final = 101
START_ARRAY: Final = 102
START_CONSTRUCTOR: Final = 103
PROPERTY_NAME: Final = 104
END_OBJECT: Final = 105
END_ARRAY: Final = 106
END_CONSTRUCTOR: Final = 107

TOKEN_NAMES: Final = {
    NO_TOKEN: "None",
    START_OBJECT: "StartObject",
    START_ARRAY: "StartArray",
    START_CONSTRUCTOR: "StartConstructor",
    PROPERTY_NAME: "PropertyName",
    END_OBJECT: "EndObject",
    END_ARRAY: "EndArray",
    END_CONSTRUCTOR: "EndConstructor",
}

# Where the reader stands. That a container has just begun matters for the path alone.
AT_START, IN_PROPERTY, IN_OBJECT_START, IN_OBJECT = "start", "property", "object start", "object"
IN_ARRAY_START, IN_ARRAY, IN_CONSTRUCTOR_START, IN_CONSTRUCTOR = (
    "array start",
    "array",
    "constructor start",
    "constructor",
)
AFTER_VALUE, AFTER_ALL = "post value", "finished"
_OPENED = (IN_OBJECT_START, IN_ARRAY_START, IN_CONSTRUCTOR_START)

MOST_DEPTH: Final = 64
_MOST_INTEGER: Final = 380
_END = "\0"
_CLOSERS = {"}": END_OBJECT, "]": END_ARRAY, ")": END_CONSTRUCTOR}
_CONTAINERS = {END_OBJECT: "Object", END_ARRAY: "Array", END_CONSTRUCTOR: "Constructor"}
_STARTS = {
    START_OBJECT: ("Object", IN_OBJECT_START),
    START_ARRAY: ("Array", IN_ARRAY_START),
    START_CONSTRUCTOR: ("Constructor", IN_CONSTRUCTOR_START),
}
_RESUMED = {"Object": IN_OBJECT, "Array": IN_ARRAY, "Constructor": IN_CONSTRUCTOR}
_NUMBER = re.compile(r"[-+a-fA-FxX.0-9]*")
_PLAIN = {'"': re.compile(r'[^"\\\r\n]*'), "'": re.compile(r"[^'\\\r\n]*")}
_HEX = re.compile(r"[0-9A-Fa-f]{4}")
_ESCAPES = {
    "b": "\b",
    "t": "\t",
    "n": "\n",
    "f": "\f",
    "r": "\r",
    "\\": "\\",
    '"': '"',
    "'": "'",
    "/": "/",
}
_REPLACEMENT = "\ufffd"


def token_name(token: int) -> str:
    """The JsonToken of a kind of token, by name."""
    return TOKEN_NAMES.get(token) or KIND_NAMES[token]


class JsonTextReader:
    """Reads tokens: after `read()`, `token` is the kind and `value` the value of the one just read.

    Values are in run-time representation. All methods raise JsonReaderException.
    """

    __slots__ = (
        "_current",
        "_line",
        "_line_start",
        "_size",
        "_stack",
        "_text",
        "at",
        "state",
        "token",
        "value",
    )

    def __init__(self, text: str) -> None:
        self._text = text + _END
        self._size = len(text)
        self.at = 0
        self._line = 1
        self._line_start = 0
        self.state = AT_START
        self._stack: list[Position] = []
        self._current = Position(None)
        self.token = NO_TOKEN
        self.value: Any = None

    # ------------------------------------------------------------ where it stands

    @property
    def line(self) -> int:
        """LineNumber."""
        nothing_read = self.state == AT_START and self.position == 0 and self.token != COMMENT
        return 0 if nothing_read else self._line

    @property
    def position(self) -> int:
        """LinePosition."""
        return self.at - self._line_start

    @property
    def path(self) -> str:
        """Path: where in the document it stands."""
        if self._current.container is None:
            return ""
        return path_of(self._stack if self.state in _OPENED else [*self._stack, self._current])

    @property
    def depth(self) -> int:
        """Depth: how many containers are open, not counting one that was opened just now."""
        depth = len(self._stack)
        return depth if self.token in _STARTS or self._current.container is None else depth + 1

    @property
    def place(self) -> tuple[int, int] | None:
        """Line and position."""
        return self.line, self.position

    def error(self, message: str, inner: NetException | None = None) -> JsonReaderException:
        """The exception for what is wrong here."""
        line, position, path = self.line, self.position, self.path
        return JsonReaderException(
            message_with_place(message, path, line, position), inner, line, position, path
        )

    def unexpected(self, letter: str) -> JsonReaderException:
        """The exception for a character that cannot begin a value."""
        return self.error(f"Unexpected character encountered while parsing value: {letter}.")

    # ------------------------------------------------------------ reading

    def read(self) -> bool:
        """Go to the next token; False at the end of the text."""
        while True:
            state = self.state
            if state == AFTER_VALUE:
                if self._after_value():
                    return True
            elif state in (IN_OBJECT, IN_OBJECT_START):
                return self._in_object()
            elif state == AFTER_ALL:
                return self._after_all()
            else:
                return self._value()

    def read_past_comments(self) -> bool:
        """Go to the next token that is no comment; False at the end of the text."""
        while self.read():
            if self.token != COMMENT:
                return True
        return False

    def peek(self, ahead: int = 1) -> str | None:
        """A character further on, or None behind the end."""
        at = self.at + ahead
        return self._text[at] if at < self._size else None

    def to_end(self) -> None:
        """Go behind the last character."""
        self.at = self._size

    def next_letter(self) -> str:
        """The next character that is no white space, or the end's; NUL characters count as white space."""
        text = self._text
        while True:
            letter = text[self.at]
            if letter == "\n":
                self.at += 1
                self._new_line()
            elif letter == "\r":
                self._carriage_return()
            elif letter in WHITE or (letter == _END and self.at < self._size):
                self.at += 1
            else:
                return letter

    def _new_line(self) -> None:
        self._line += 1
        self._line_start = self.at

    def _carriage_return(self) -> None:
        self.at += 1
        # A line feed that ends the text is not looked at, and counts as a line of its own.
        if self.at + 1 < self._size and self._text[self.at] == "\n":
            self.at += 1
        self._new_line()

    def set_value(self, token: int, value: Any = None, counted: bool = False) -> bool:
        """A value was read (`counted`: the container knows of it already)."""
        self.token = token
        self.value = value
        self._value_ended(counted)
        return True

    def _value_ended(self, counted: bool) -> None:
        self.state = AFTER_ALL if self._current.container is None else AFTER_VALUE
        if not counted:
            self._current.count()

    def _open(self, token: int, value: Any = None) -> bool:
        self.token = token
        self.value = value
        container, self.state = _STARTS[token]
        self._current.count()
        if self._current.container is not None:
            self._stack.append(self._current)
        self._current = Position(container)
        if len(self._stack) >= MOST_DEPTH:
            raise self.error(f"The reader's MaxDepth of {MOST_DEPTH} has been exceeded.")
        return True

    def close(self, letter: str) -> bool:
        """The bracket that was read ends a container."""
        self.token = _CLOSERS[letter]
        self.value = None
        closed = self._current.container
        self._current = self._stack.pop() if self._stack else Position(None)
        if closed != _CONTAINERS[self.token]:
            raise self.error(
                f"JsonToken {TOKEN_NAMES[self.token]} is not valid for closing JsonType {closed}."
            )
        self.state = AFTER_ALL if self._current.container is None else AFTER_VALUE
        return True

    def _after_value(self) -> bool:
        """Between a value and what follows; True where that is a token, False after a comma."""
        letter = self.next_letter()
        if letter in _CLOSERS:
            self.at += 1
            return self.close(letter)
        if letter == ",":
            self.at += 1
            self.resume()
            return False
        if letter == "/":
            return self._comment()
        if letter == _END:
            self.state = AFTER_ALL
            return False
        raise self.error(f"After parsing a value an unexpected character was encountered: {letter}.")

    def resume(self) -> None:
        """A comma was read: the container goes on."""
        container = self._current.container
        self.state = _RESUMED[container] if container is not None else AFTER_ALL

    def _after_all(self) -> bool:
        if self.at < self._size:
            letter = self.next_letter()
            if letter == "/":
                return self._comment()
            if letter != _END:
                raise self.error(
                    f"Additional text encountered after finished reading JSON content: {letter}."
                )
        self.token = NO_TOKEN
        self.value = None
        return False

    def _in_object(self) -> bool:
        letter = self.next_letter()
        if letter == "}":
            # The position of an error here is that of the brace.
            self.close(letter)
            self.at += 1
            return True
        if letter == "/":
            return self._comment()
        if letter == _END:
            return False
        return self._property(letter)

    def _property(self, letter: str) -> bool:
        if letter in "\"'":
            self.at += 1
            name = self.string(letter)
        elif is_identifier(letter):
            name = self._unquoted()
        else:
            raise self.error(f"Invalid property identifier character: {letter}.")
        letter = self.next_letter()
        if letter != ":":
            raise self.error(
                f"Invalid character after parsing property name. Expected ':' but got: {letter}."
            )
        self.at += 1
        self.token = PROPERTY_NAME
        self.value = name
        self.state = IN_PROPERTY
        self._current.name = name
        return True

    def _unquoted(self) -> str:
        start = self.at
        while True:
            letter = self._text[self.at]
            if letter == _END:
                if self.at >= self._size:
                    raise self.error("Unexpected end while parsing unquoted property name.")
                return self._text[start : self.at]
            if is_identifier(letter):
                self.at += 1
            elif letter in WHITE or letter == ":":
                return self._text[start : self.at]
            else:
                raise self.error(f"Invalid JavaScript property identifier character: {letter}.")

    def _value(self) -> bool:
        letter = self.next_letter()
        if letter in "\"'":
            return self._string_value(letter)
        if "0" <= letter <= "9" or letter == ".":
            return self._number()
        if letter == "{":
            self.at += 1
            return self._open(START_OBJECT)
        if letter == "[":
            self.at += 1
            return self._open(START_ARRAY)
        if letter == "t":
            return self._word("true", "boolean", BOOLEAN, True)
        if letter == "f":
            return self._word("false", "boolean", BOOLEAN, False)
        if letter == "n":
            return self._null_or_new()
        if letter == "-":
            if self._text[self.at + 1] == "I":
                return self._word("-Infinity", "-Infinity", FLOAT, float("-inf"))
            return self._number()
        if letter in "])":
            self.at += 1
            return self.close(letter)
        if letter == "/":
            return self._comment()
        if letter == ",":
            # The comma stays: what stands before it, nothing, is an undefined value.
            return self.set_value(UNDEFINED)
        if letter == "N":
            return self._word("NaN", "NaN", FLOAT, float("nan"))
        if letter == "I":
            return self._word("Infinity", "Infinity", FLOAT, float("inf"))
        if letter == "u":
            return self._word("undefined", "undefined", UNDEFINED, None)
        if letter == _END:
            return False
        if category(letter)[0] == "N":
            return self._number()
        raise self.unexpected(letter)

    def _null_or_new(self) -> bool:
        if self.at + 1 >= self._size:
            self.at += 1
            raise self.error("Unexpected end when reading JSON.")
        following = self._text[self.at + 1]
        if following == "u":
            return self._word("null", "null", NULL, None)
        if following == "e":
            return self._constructor()
        raise self.unexpected(self._text[self.at])

    def match(self, word: str) -> bool:
        """Step over a word and tell whether it stood there, with something behind it that ends words."""
        if self.at + len(word) > self._size:
            self.at = self._size
            raise self.error("Unexpected end when reading JSON.")
        for expected in word:
            if self._text[self.at] != expected:
                return False
            self.at += 1
        return self._is_separated()

    def _is_separated(self) -> bool:
        following = self._text[self.at]
        if following in "}],\0" or following in WHITE:
            return True
        if following == "/":
            return self._text[self.at + 1 : self.at + 2] in ("*", "/")
        return following == ")" and self.state in (IN_CONSTRUCTOR, IN_CONSTRUCTOR_START)

    def _word(self, word: str, name: str, token: int, value: Any) -> bool:
        if not self.match(word):
            raise self.error(f"Error parsing {name} value.")
        return self.set_value(token, value)

    def _constructor(self) -> bool:
        if not self.match("new"):
            raise self.error("Unexpected content while parsing JSON.")
        self.next_letter()
        start = self.at
        while True:
            letter = self._text[self.at]
            if letter == _END and self.at >= self._size:
                raise self.error("Unexpected end while parsing constructor.")
            if not is_letter_or_digit(letter):
                break
            self.at += 1
        name = self._text[start : self.at]
        if letter not in WHITE and letter not in "(\0":
            raise self.error(f"Unexpected character while parsing constructor: {letter}.")
        letter = self.next_letter()
        if letter != "(":
            raise self.error(f"Unexpected character while parsing constructor: {letter}.")
        self.at += 1
        return self._open(START_CONSTRUCTOR, name)

    def _comment(self) -> bool:
        self.skip_comment()
        return True

    def skip_comment(self) -> None:
        """Read the comment that begins here; it becomes the current token."""
        text = self._text
        self.at += 1
        # One character behind the slash is not enough for Json.NET to look at it.
        if self.at + 1 >= self._size:
            raise self.error("Unexpected end while parsing comment.")
        mark = text[self.at]
        if mark not in "*/":
            raise self.error(f"Error parsing comment. Expected: *, got {mark}.")
        self.at += 1
        start = self.at
        while True:
            letter = text[self.at]
            if letter == _END and self.at >= self._size:
                if mark == "*":
                    raise self.error("Unexpected end while parsing comment.")
                break
            if letter in "\r\n":
                if mark == "/":
                    break
                if letter == "\n":
                    self.at += 1
                    self._new_line()
                else:
                    self._carriage_return()
                continue
            self.at += 1
            if letter == "*" == mark and text[self.at] == "/":
                self.at += 1
                self.token, self.value = COMMENT, text[start : self.at - 2]
                return
        self.token, self.value = COMMENT, text[start : self.at]

    # ------------------------------------------------------------ strings

    def _string_value(self, quote: str) -> bool:
        self.at += 1
        text = self.string(quote)
        # As in Json.NET, an error in a date is raised when the value counts already.
        self._value_ended(False)
        date = parse_date(text)
        return self.set_value(STRING, text, True) if date is None else self.set_value(DATE, date, True)

    def string(self, quote: str) -> str:
        """The text of a string whose quote was read."""
        text = self._text
        plain = _PLAIN[quote]
        pieces: list[str] = []
        while True:
            start = self.at
            self.at = plain.match(text, start).end()  # type: ignore[union-attr]
            if self.at > self._size:
                # The pattern went over the end's mark.
                self.at = self._size
            letter = text[self.at]
            if letter == quote:
                piece = text[start : self.at]
                self.at += 1
                return "".join([*pieces, piece]) if pieces else piece
            if self.at >= self._size:
                raise self._unterminated(quote)
            if letter == "\\":
                pieces.append(text[start : self.at])
                self.at += 1
                pieces.append(self._escape(quote))
                continue
            # A line break belongs to the string, and counts as a line.
            if letter == "\n":
                self.at += 1
                self._new_line()
            else:
                self._carriage_return()
            pieces.append(text[start : self.at])

    def _unterminated(self, quote: str) -> JsonReaderException:
        return self.error(f"Unterminated string. Expected delimiter: {quote}.")

    def _escape(self, quote: str) -> str:
        if self.at >= self._size:
            raise self._unterminated(quote)
        letter = self._text[self.at]
        self.at += 1
        if letter != "u":
            found = _ESCAPES.get(letter)
            if found is None:
                raise self.error(f"Bad JSON escape sequence: \\{letter}.")
            return found
        found = self._unicode()
        if "\udc00" <= found <= "\udfff":
            return _REPLACEMENT
        written = ""
        # A high surrogate wants a low one; what finds none is replaced.
        while "\ud800" <= found <= "\udbff":
            if self._text[self.at : self.at + 2] != "\\u" or self.at + 2 >= self._size:
                return written + _REPLACEMENT
            self.at += 2
            high, found = found, self._unicode()
            written += high if "\udc00" <= found <= "\udfff" else _REPLACEMENT
        return written + found

    def _unicode(self) -> str:
        if self.at + 4 > self._size:
            raise self.error("Unexpected end while parsing Unicode escape sequence.")
        digits = self._text[self.at : self.at + 4]
        if not _HEX.fullmatch(digits):
            raise self.error(f"Invalid Unicode escape sequence: \\u{digits}.")
        self.at += 4
        return chr(int(digits, 16))

    # ------------------------------------------------------------ numbers

    def number_text(self) -> str:
        """The text of the number that begins here; its container counts it."""
        start = self.at
        self.at = _NUMBER.match(self._text, start).end()  # type: ignore[union-attr]
        letter = self._text[self.at]
        if letter not in ",}])/\0" and letter not in WHITE:
            raise self.error(f"Unexpected character encountered while parsing number: {letter}.")
        self._value_ended(False)
        return self._text[start : self.at]

    def number_error(self, message: str) -> JsonReaderException:
        """The exception for the text of a number that is none."""
        self.token, self.value = UNDEFINED, None
        return self.error(message)

    def _number(self) -> bool:
        text = self.number_text()
        if read_integer(text) is not None and len(text) > _MOST_INTEGER:
            raise self.number_error(f"JSON integer {text} is too large to parse.")
        found = read_number(text)
        if found is None:
            raise self.number_error(f"Input string '{text}' is not a valid number.")
        return self.set_value(*found, True)


def is_letter_or_digit(letter: str) -> bool:
    """Char.IsLetterOrDigit."""
    return letter.isalpha() or letter.isdecimal()


def is_identifier(letter: str) -> bool:
    """Whether a name without quotes may have it."""
    return is_letter_or_digit(letter) or letter in "_$"
