"""Reading the small parts of a .NET pattern: numbers, names, escapes, classes, white space and comments.

Positions of errors are where .NET's parser stands when it finds them, because messages tell them.
"""

from __future__ import annotations

import unicodedata
from typing import Final

from fastgw.expr.library import regex_classes as classes
from fastgw.expr.library.regex_blocks import BLOCKS, CATEGORIES
from fastgw.expr.library.regex_classes import CharClass
from fastgw.expr.runtime.errors import ArgumentException

IGNORE_CASE: Final = 1
MULTILINE: Final = 2
EXPLICIT_CAPTURE: Final = 4
SINGLELINE: Final = 16
IGNORE_PATTERN_WHITESPACE: Final = 32
RIGHT_TO_LEFT: Final = 64
ECMASCRIPT: Final = 256

_INT32_MOST = 2**31 - 1
_WORD_CATEGORIES = frozenset({"Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Nd", "Pc"})
_WHITE = frozenset("\t\n\f\r ")
_SIMPLE_ESCAPES: Final = {
    "a": "\a",
    "b": "\b",
    "e": "\x1b",
    "f": "\f",
    "n": "\n",
    "r": "\r",
    "t": "\t",
    "v": "\v",
}


class PatternError(ArgumentException):
    """A pattern that .NET refuses; there it is a RegexParseException, an ArgumentException."""


def is_word(character: str) -> bool:
    """Whether names of groups may contain the character."""
    return unicodedata.category(character) in _WORD_CATEGORIES or character in "\u200c\u200d"


class Scanner:
    """A pattern and a place in it."""

    def __init__(self, pattern: str, options: int) -> None:
        self.pattern = pattern
        self.options = options
        self.at = 0

    def error(self, message: str) -> PatternError:
        """What to raise for the place reached."""
        return PatternError(f"Invalid pattern '{self.pattern}' at offset {self.at}. {message}")

    def has(self, option: int) -> bool:
        """Whether an option is on here."""
        return bool(self.options & option)

    @property
    def left(self) -> int:
        """How many characters are left."""
        return len(self.pattern) - self.at

    def peek(self, ahead: int = 0) -> str:
        """The character here or further on, or "" past the end."""
        at = self.at + ahead
        return self.pattern[at] if at < len(self.pattern) else ""

    def take(self) -> str:
        """The character here; goes on."""
        self.at += 1
        return self.pattern[self.at - 1]

    # ------------------------------------------------------------ small things

    def number(self) -> int:
        """Decimal digits. Raises PatternError."""
        value = 0
        while self.peek() in tuple("0123456789"):
            value = value * 10 + int(self.take())
            if value > _INT32_MOST:
                raise self.error("Capture group numbers must be less than or equal to Int32.MaxValue.")
        return value

    def name(self) -> str:
        """The characters of a word."""
        begin = self.at
        while self.left and is_word(self.peek()):
            self.at += 1
        return self.pattern[begin : self.at]

    def skip_blank(self) -> None:
        """Go past comments, and past white space where it means nothing. Raises PatternError."""
        spaced = self.has(IGNORE_PATTERN_WHITESPACE)
        while self.left:
            if spaced and self.peek() in _WHITE:
                self.at += 1
            elif spaced and self.peek() == "#":
                end = self.pattern.find("\n", self.at)
                self.at = len(self.pattern) if end < 0 else end
            elif self.pattern.startswith("(?#", self.at):
                end = self.pattern.find(")", self.at)
                self.at = len(self.pattern) if end < 0 else end + 1
                if end < 0:
                    raise self.error("Unterminated (?#...) comment.")
            else:
                return

    def is_quantifier_next(self) -> bool:
        """Whether `*`, `+`, `?` or a whole `{n}`, `{n,}`, `{n,m}` stands here."""
        first = self.peek()
        if first != "{":
            return first in ("*", "+", "?")
        at = self.at + 1
        begin = at
        at = self._after_digits(at)
        if at == begin:
            return False
        if self.pattern.startswith(",", at):
            at = self._after_digits(at + 1)
        return self.pattern.startswith("}", at)

    def _after_digits(self, at: int) -> int:
        while at < len(self.pattern) and self.pattern[at] in "0123456789":
            at += 1
        return at

    # ------------------------------------------------------------ escapes

    def character_escape(self) -> str:
        """What stands after a backslash, as a character. Raises PatternError."""
        first = self.take()
        if first in "01234567":
            self.at -= 1
            return self._octal()
        if first == "x":
            return self._hexadecimal(2)
        if first == "u":
            return self._hexadecimal(4)
        if first == "c":
            return self._control()
        if first in _SIMPLE_ESCAPES:
            return _SIMPLE_ESCAPES[first]
        if not self.has(ECMASCRIPT) and is_word(first):
            raise self.error(f"Unrecognized escape sequence \\{first}.")
        return first

    def _octal(self) -> str:
        value = 0
        for _ in range(3):
            if self.peek() not in tuple("01234567"):
                break
            value = value * 8 + int(self.take())
            if self.has(ECMASCRIPT) and value >= 0x20:
                break
        return chr(value & 0xFF)

    def _hexadecimal(self, count: int) -> str:
        digits = self.pattern[self.at : self.at + count]
        if len(digits) < count:
            raise self.error("Insufficient hexadecimal digits.")
        for digit in digits:
            self.at += 1
            if digit not in "0123456789abcdefABCDEF":
                raise self.error("Insufficient hexadecimal digits.")
        return chr(int(digits, 16))

    def _control(self) -> str:
        if not self.left:
            raise self.error("Missing control character.")
        letter = self.take()
        if "a" <= letter <= "z":
            letter = letter.upper()
        code = ord(letter) - ord("@")
        if not 0 <= code < 0x20:
            raise self.error("Unrecognized control character.")
        return chr(code)

    def property_name(self) -> str:
        """The name of `\\p{name}`, from its brace. Raises PatternError."""
        if self.left < 3:
            raise self.error("Incomplete \\p{X} character escape.")
        if self.take() != "{":
            raise self.error("Malformed \\p{X} character escape.")
        begin = self.at
        while self.left and (is_word(self.peek()) or self.peek() == "-"):
            self.at += 1
        found = self.pattern[begin : self.at]
        if not self.left or self.take() != "}":
            raise self.error("Incomplete \\p{X} character escape.")
        return found

    def shorthand(self, letter: str, into: CharClass) -> None:
        """Put `\\d`, `\\W`, `\\p{..}`, ... into a class. Raises PatternError."""
        negated = letter.isupper()
        ecma = self.has(ECMASCRIPT)
        if letter in "pP":
            self._property(self.property_name(), negated, into)
        elif letter in "dD":
            if ecma:
                into.add_ranges(classes.ECMA_DIGIT, negated)
            else:
                into.add_categories(classes.DIGIT, negated)
        elif letter in "wW":
            if ecma:
                into.add_ranges(classes.ECMA_WORD, negated)
            else:
                into.add_categories(classes.WORD, negated)
        else:
            into.add_ranges(classes.ECMA_SPACE if ecma else classes.SPACE, negated)

    def _property(self, name: str, negated: bool, into: CharClass) -> None:
        if name in CATEGORIES:
            into.add_category(name, negated)
        elif name in BLOCKS:
            into.add_ranges([BLOCKS[name]], negated)
        else:
            raise self.error(f"Unknown property '{name}'.")

    # ------------------------------------------------------------ classes

    def char_class(self) -> CharClass:
        """The class whose opening bracket was taken. Raises PatternError."""
        found = CharClass(self.has(IGNORE_CASE))
        if self.peek() == "^":
            self.at += 1
            found.negated = True
        begin = ""
        in_range = False
        is_first = True
        while self.left:
            here = self.take()
            escaped = False
            if here == "]" and not is_first:
                return found
            if here == "\\" and self.left:
                letter = self.peek()
                if letter in "dDsSwWpP":
                    self.at += 1
                    if in_range:
                        raise self.error(f"Cannot include class \\{letter} in character range.")
                    self.shorthand(letter, found)
                    is_first = False
                    continue
                if letter == "-" and not in_range:
                    self.at += 1
                    found.add("-", "-")
                    is_first = False
                    continue
                here = self.character_escape()
                escaped = True
            if in_range:
                in_range = False
                if here == "[" and not escaped and not is_first:
                    found.add(begin, begin)
                    self._subtract(found)
                else:
                    if begin > here:
                        raise self.error("[x-y] range in reverse order.")
                    found.add(begin, here)
            elif self.left >= 2 and self.peek() == "-" and self.peek(1) != "]":
                begin = here
                in_range = True
                self.at += 1
            elif here == "-" and not escaped and self.peek() == "[" and not is_first:
                self.at += 1
                self._subtract(found)
            else:
                found.add(here, here)
            is_first = False
        raise self.error("Unterminated [] set.")

    def _subtract(self, found: CharClass) -> None:
        found.less = self.char_class()
        if self.left and self.peek() != "]":
            raise self.error("A subtraction must be the last element in a character class.")
