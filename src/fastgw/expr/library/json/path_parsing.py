"""The text of a JSONPath to its steps, with Json.NET's messages (JPath of Json.NET 13)."""

from __future__ import annotations

import re
from functools import lru_cache

from fastgw.expr.library.json.numbers import read_double, whole
from fastgw.expr.library.json.path_queries import Combined, Comparison, Exists, Query, Side
from fastgw.expr.library.json.paths import (
    Field,
    Fields,
    Filter,
    Index,
    Indexes,
    Path,
    Root,
    Scan,
    ScanFields,
    ScanFilter,
    Slice,
    Step,
)
from fastgw.expr.library.json.tokens import JValue, known
from fastgw.expr.library.ticks import WHITE
from fastgw.expr.runtime.errors import (
    FormatException,
    IndexOutOfRangeException,
    JsonException,
    OverflowException,
)
from fastgw.expr.runtime.meter import meter
from fastgw.expr.runtime.values import Int64

_INTEGER = re.compile(r"-?[0-9]+")
_ESCAPES = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r"}
_OPERATORS = ("===", "==", "=~", "!==", "!=", "<>", "<=", "<", ">=", ">")
_ENDS_QUERY_PATH = frozenset("=<!>|&")
_OPEN_INDEXER = "Path ended with open indexer."
_OPEN_QUERY = "Path ended with open query."
_MOST_NESTED_QUERIES = 50
_LONGEST_CACHED = 1000


def parse_path(text: str | None) -> Path:
    """The steps of a path. Raises ArgumentNullException, JsonException, FormatException."""
    found: str = known(text, "expression")
    meter.spend(len(found))
    return _cached(found) if len(found) <= _LONGEST_CACHED else _Parser(found).main()


@lru_cache(maxsize=512)
def _cached(text: str) -> Path:
    return _Parser(text).main()


class _Parser:
    """Goes through one text; `at` is where it is."""

    __slots__ = ("at", "nested", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.nested = 0

    # ------------------------------------------------------------ characters

    def here(self) -> str:
        """The current character. Raises IndexOutOfRangeException at the end, as Json.NET does."""
        if self.at >= len(self.text):
            raise IndexOutOfRangeException
        return self.text[self.at]

    def need(self, message: str) -> None:
        """There must be more. Raises JsonException with the message."""
        if self.at >= len(self.text):
            raise JsonException(message)

    def blanks(self) -> None:
        """Step over blanks."""
        while self.text[self.at : self.at + 1] == " ":
            self.at += 1

    def match(self, word: str) -> bool:
        """Step over a word if it stands here."""
        if not self.text.startswith(word, self.at):
            return False
        self.at += len(word)
        return True

    def in_indexer(self, letter: str) -> JsonException:
        """The exception for a character that an indexer cannot have there."""
        return JsonException(f"Unexpected character while parsing path indexer: {letter}")

    # ------------------------------------------------------------ paths

    def main(self) -> Path:
        """The whole text."""
        self.blanks()
        start = 0
        if self.at >= len(self.text) or self.text == "$":
            return ()
        if self.text[self.at] == "$":
            following = self.text[self.at + 1 : self.at + 2]
            if not following:
                raise IndexOutOfRangeException
            # Otherwise it is the name of a property that starts so.
            if following in ".[":
                self.at += 1
                start = self.at
        steps: list[Step] = []
        if not self.path(steps, start, False):
            last = self.at
            self.blanks()
            if self.at < len(self.text):
                raise JsonException(f"Unexpected character while parsing path: {self.text[last]}")
        return tuple(steps)

    def path(self, steps: list[Step], start: int, in_query: bool) -> bool:
        """The steps up to what ends them; whether that is the end of the text."""
        scan = after_indexer = after_dot = False
        while self.at < len(self.text):
            letter = self.text[self.at]
            if letter in "])" or letter == " ":
                break
            if letter in "[(":
                if self.at > start:
                    steps.append(self.field(start, scan))
                    scan = False
                steps.append(self.indexer(letter, scan))
                scan = False
                self.at += 1
                start = self.at
                after_indexer, after_dot = True, False
            elif letter == ".":
                if self.at > start:
                    steps.append(self.field(start, scan))
                    scan = False
                if self.text[self.at + 1 : self.at + 2] == ".":
                    scan = True
                    self.at += 1
                self.at += 1
                start = self.at
                after_indexer, after_dot = False, True
            elif in_query and letter in _ENDS_QUERY_PATH:
                break
            elif after_indexer:
                raise JsonException(f"Unexpected character following indexer: {letter}")
            else:
                self.at += 1
        at_end = self.at >= len(self.text)
        if self.at > start:
            steps.append(self.field(start, scan, WHITE))
        elif after_dot and (at_end or in_query):
            raise JsonException("Unexpected end while parsing path.")
        return at_end

    def field(self, start: int, scan: bool, trimmed: str = "") -> Step:
        """The step for a name that ends here, without these characters at its end."""
        text = self.text[start : self.at].rstrip(trimmed)
        name = None if text == "*" else text
        return Scan(name) if scan else Field(name)

    def indexer(self, opening: str, scan: bool) -> Step:
        """What stands between brackets; the closing one is left."""
        self.at += 1
        closing = "]" if opening == "[" else ")"
        self.need(_OPEN_INDEXER)
        self.blanks()
        letter = self.here()
        if letter == "'":
            return self.quoted_fields(closing, scan)
        if letter == "?":
            return self.filter(closing, scan)
        return self.array_indexer(closing)

    def quoted_fields(self, closing: str, scan: bool) -> Step:
        """`'a'`, `'a', 'b'`."""
        names: list[str] = []
        while self.at < len(self.text):
            names.append(self.quoted())
            self.blanks()
            self.need(_OPEN_INDEXER)
            letter = self.text[self.at]
            if letter == closing:
                if len(names) == 1:
                    return Scan(names[0]) if scan else Field(names[0])
                return ScanFields(tuple(names)) if scan else Fields(tuple(names))
            if letter != ",":
                raise self.in_indexer(letter)
            self.at += 1
            self.blanks()
        raise JsonException(_OPEN_INDEXER)

    def array_indexer(self, closing: str) -> Step:
        """`0`, `*`, `0, 2`, `1:3`, `::2`."""
        indexes: list[int] = []
        bounds: list[int | None] = []
        start, end = self.at, -1
        while self.at < len(self.text):
            letter = self.text[self.at]
            if letter == " ":
                end = self.at
                self.blanks()
                continue
            if letter == closing or letter in ",:":
                part = self.text[start : self.at if end < 0 else end]
                if not part and (letter == "," or (letter == closing and not bounds)):
                    raise JsonException("Array index expected.")
                if letter == closing:
                    return self.indexed(indexes, bounds, part)
                if letter == ",":
                    indexes.append(integer(part))
                else:
                    bounds.append(integer(part) if part else None)
                self.at += 1
                self.blanks()
                start, end = self.at, -1
            elif letter == "*":
                self.at += 1
                self.need(_OPEN_INDEXER)
                self.blanks()
                if self.here() != closing:
                    raise self.in_indexer(letter)
                return Index(None)
            elif (not letter.isdecimal() and letter != "-") or end >= 0:
                raise self.in_indexer(letter)
            else:
                self.at += 1
        raise JsonException(_OPEN_INDEXER)

    def indexed(self, indexes: list[int], bounds: list[int | None], part: str) -> Step:
        """The step of an indexer whose last part this is."""
        if indexes:
            return Indexes((*indexes, integer(part)))
        if not bounds:
            return Index(integer(part))
        bounds.append(integer(part) if part else None)
        start, end, *rest = bounds
        # Of more than three parts, the last one is the step.
        step = next((one for one in reversed(rest) if one is not None), None)
        return Slice(start, end, step)

    # ------------------------------------------------------------ queries

    def filter(self, closing: str, scan: bool) -> Step:
        """`?( )`."""
        self.nested += 1
        if self.nested > _MOST_NESTED_QUERIES:
            raise JsonException("Path has too many queries within queries.")
        self.at += 1
        self.need(_OPEN_INDEXER)
        if self.text[self.at] != "(":
            raise self.in_indexer(self.text[self.at])
        self.at += 1
        query = self.query()
        self.at += 1
        self.need(_OPEN_INDEXER)
        self.blanks()
        if self.here() != closing:
            raise self.in_indexer(self.here())
        self.nested -= 1
        return ScanFilter(query) if scan else Filter(query)

    def query(self) -> Query:
        """Conditions with `&&` and `||` between them: each change of operator nests the rest."""
        # Json.NET knows no precedence: `a && b || c` is `a && (b || ...)` built from the left.
        groups: list[tuple[str, list[Query]]] = []
        while self.at < len(self.text):
            one = self.condition()
            letter = self.here()
            if letter == ")":
                return _combined(groups, one)
            if letter not in "&|":
                # Only an operand that is followed by something else gets here; Json.NET goes on with it.
                continue
            operator = letter * 2
            if not self.match(operator):
                raise self.in_query()
            if not groups or groups[-1][0] != operator:
                groups.append((operator, []))
            groups[-1][1].append(one)
        raise JsonException(_OPEN_QUERY)

    def condition(self) -> Query:
        """`left`, or `left operator right`."""
        left = self.side()
        if self.here() in ")|&":
            return Exists(left)
        operator = self.operator()
        return Comparison(operator, left, self.side())

    def side(self) -> Side:
        """A path that begins with `@` or `$`, or a constant."""
        self.blanks()
        letter = self.here()
        found: Side
        if letter in "@$":
            steps: list[Step] = [Root()] if letter == "$" else []
            self.at += 1
            if self.path(steps, self.at, True):
                raise JsonException(_OPEN_QUERY)
            found = tuple(steps)
        else:
            found = self.constant(letter)
        self.blanks()
        self.need(_OPEN_QUERY)
        return found

    def in_query(self) -> JsonException:
        """The exception for a character that a query cannot have there."""
        return JsonException(f"Unexpected character while parsing path query: {self.here()}")

    def constant(self, letter: str) -> JValue:
        """A string, a number, true, false, null or a pattern."""
        if letter == "'":
            return JValue(self.quoted())
        if letter == "-" or letter.isdecimal():
            return self.number()
        if letter == "/":
            return JValue(self.pattern())
        for word, value in (("true", True), ("false", False), ("null", None)):
            if self.match(word):
                return JValue(value)
        raise self.in_query()

    def number(self) -> JValue:
        """A number; a blank or a bracket ends it."""
        start = self.at
        while self.at < len(self.text):
            if self.text[self.at] in " )":
                text = self.text[start : self.at]
                value: float | Int64 | None
                if any(letter in text for letter in ".eE"):
                    value = read_double(text.replace(",", ""))
                else:
                    value = Int64(whole(text)) if _INTEGER.fullmatch(text) else None
                    if value is not None and not -(2**63) <= value < 2**63:
                        value = None
                if value is None:
                    raise self.in_query()
                return JValue(value)
            self.at += 1
        raise IndexOutOfRangeException

    def quoted(self) -> str:
        """A string in single quotes."""
        pieces: list[str] = []
        self.at += 1
        while self.at < len(self.text):
            letter = self.text[self.at]
            self.at += 1
            if letter == "\\" and self.at < len(self.text):
                escaped = self.text[self.at]
                if escaped not in _ESCAPES and escaped not in "\\\"'/":
                    raise JsonException(f"Unknown escape character: \\{escaped}")
                pieces.append(_ESCAPES.get(escaped, escaped))
                self.at += 1
            elif letter == "'":
                return "".join(pieces)
            else:
                pieces.append(letter)
        raise JsonException("Path ended with an open string.")

    def pattern(self) -> str:
        """`/text/options`, as it stands there."""
        start = self.at
        self.at += 1
        while self.at < len(self.text):
            letter = self.text[self.at]
            if letter == "\\" and self.at + 1 < len(self.text):
                self.at += 2
                continue
            self.at += 1
            if letter == "/":
                while self.text[self.at : self.at + 1].isalpha():
                    self.at += 1
                return self.text[start : self.at]
        raise JsonException("Path ended with an open regex.")

    def operator(self) -> str:
        """An operator that compares."""
        if self.at + 1 >= len(self.text):
            raise JsonException(_OPEN_QUERY)
        for operator in _OPERATORS:
            if self.match(operator):
                return "!=" if operator == "<>" else operator
        raise JsonException("Could not read query operator.")


def _combined(groups: list[tuple[str, list[Query]]], last: Query) -> Query:
    """The conditions read so far, and the last one, as one."""
    found = last
    for operator, parts in reversed(groups):
        found = Combined(operator, (*parts, found))
    return found


def integer(text: str) -> int:
    """Convert.ToInt32 of what stands in an indexer. Raises FormatException, OverflowException."""
    if not _INTEGER.fullmatch(text):
        raise FormatException("Input string was not in a correct format.")
    found = whole(text)
    if not -(2**31) <= found < 2**31:
        raise OverflowException("Value was either too large or too small for an Int32.")
    return found
