"""Matching: patterns compiled and kept, time counted, matches sought one after the other as .NET does.

What works is the `regex` library. Its time limit bounds every search, so that no pattern and no text can hold
a worker: all searches of an evaluation share the seconds of the meter, and a Regex may have its own limit.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import Final, TypeVar

import regex

from fastgw.expr.library.regex_nodes import Groups, Pattern
from fastgw.expr.library.regex_parser import parse
from fastgw.expr.library.regex_writer import NEVER, group_name, keeps_rounds, weight, write
from fastgw.expr.runtime.errors import ArgumentException, Exhausted, RegexMatchTimeoutException
from fastgw.expr.runtime.meter import meter

LONGEST_PATTERN: Final = 16 * 1024
LONGEST_SOURCE: Final = 128 * 1024
"""Of a pattern as it is written for the library, which takes about a second to compile so much."""
HEAVIEST_PATTERN: Final = 100_000
"""Characters of a pattern whose repeated parts are written out: `a{1000}` has a thousand."""
_LONG_TEXT: Final = 64 * 1024
# What the library needs for a round of a repeated group, and Python for a place in the text.
_ROUND_BYTES: Final = 32
_SPAN_BYTES: Final = 128
_CHARACTERS_PER_STEP: Final = 64
_MOST_KEPT: Final = 256
# The programs that are kept, by their weight, and what a weight of one takes up at most.
_HEAVIEST_KEPT: Final = HEAVIEST_PATTERN
_WEIGHT_BYTES: Final = 512
_TOO_LONG = "The expression has matched regular expressions for too long."

Spans = list[tuple[int, int]]
_Result = TypeVar("_Result")


class Found:
    """A match: for each group, in the order of `Groups.numbers`, what it captured.

    `places` are the numbers of the groups in the library, -1 for one that takes no part; `shift` is added to
    all places of the text.
    """

    __slots__ = ("_all", "_match", "begin", "end", "places", "shift")

    def __init__(self, match: regex.Match[str], places: list[int], shift: int = 0) -> None:
        self._match = match
        self._all: dict[int, Spans] = {}
        self.places = places
        self.shift = shift
        begin, end = match.span()
        self.begin = begin + shift
        self.end = end + shift

    def moved(self, by: int) -> Found:
        """The same match in a text in which the one searched begins at `by`."""
        return Found(self._match, self.places, self.shift + by)

    def last(self, at: int) -> tuple[int, int] | None:
        """Begin and end of the last capture of the group with this index, None where it has none."""
        place = self.places[at]
        if place < 0:
            return None
        begin, end = self._match.span(place)
        return (begin + self.shift, end + self.shift) if begin >= 0 else None

    def spans(self, at: int) -> Spans:
        """Begin and end of all captures of the group with this index, the last one last. Raises Exhausted."""
        found = self._all.get(at)
        if found is None:
            found = self._all[at] = self._read(self.places[at])
        return found

    def _read(self, place: int) -> Spans:
        if place < 0:
            return []
        # How many there are is known when all are made. One for each character is what can be expected.
        length = self.end - self.begin
        expected = _SPAN_BYTES * length if length > _LONG_TEXT else 0
        meter.reserve(expected)
        shift = self.shift
        found = self._match.spans(place)
        meter.reserve(_SPAN_BYTES * len(found) - expected)
        return [(begin + shift, end + shift) for begin, end in found] if shift else found


class Program:
    """A pattern that can be searched for."""

    __slots__ = ("_anchored", "_compiled", "_keeps_rounds", "_pattern", "_places", "groups", "weight")

    def __init__(self, pattern: Pattern) -> None:
        self.weight = weight(pattern.body)
        if self.weight > HEAVIEST_PATTERN:
            raise Exhausted("The pattern repeats its parts too often.")
        meter.spend(self.weight)
        meter.reserve(_WEIGHT_BYTES * self.weight)
        self._pattern = pattern
        source = write(pattern.body)
        self._compiled = self._compile(source)
        self._keeps_rounds = keeps_rounds(pattern.body)
        self._anchored = r"\G" in source
        self.groups: Groups = pattern.groups
        index = self._compiled.groupindex
        self._places = [0, *(index.get(group_name(number), -1) for number in self.groups.numbers[1:])]

    def _compile(self, source: str) -> regex.Pattern[str]:
        flags = regex.VERSION1 | (regex.REVERSE if self._pattern.from_right else 0)
        if len(source) > LONGEST_SOURCE:
            raise Exhausted("The pattern is too long.")
        meter.spend(len(source))
        try:
            return regex.compile(source, flags, cache_pattern=False)
        except regex.error as error:
            # The tree is sound; what is left is what the library cannot do, a group that refers to itself.
            raise ArgumentException(f"The pattern is not supported: {error}.") from None

    @property
    def from_right(self) -> bool:
        """Whether matches are sought from right to left."""
        return self._pattern.from_right

    def is_match(self, text: str, start: int, limit: float | None) -> bool:
        """Whether there is a match from `start` on (up to `start`, from the right).

        `limit`: seconds for it, besides those of the meter. Raises Exhausted, RegexMatchTimeoutException.
        """
        self._reserve(text)
        return self._first(self._compiled, text, start, limit) is not None

    def matches(self, text: str, start: int, limit: float | None) -> Iterator[Found]:
        """All matches from `start` on (up to `start`, from the right), each sought when it is asked for.

        `limit`: seconds for each, besides those of the meter. Raises Exhausted, RegexMatchTimeoutException.
        """
        self._reserve(text)
        sought = self._from_right if self.from_right else self._from_left
        for found in sought(text, start, limit):
            yield Found(found, self._places)

    def _reserve(self, text: str) -> None:
        if self._keeps_rounds and len(text) > _LONG_TEXT:
            meter.reserve(_ROUND_BYTES * len(text))

    def _first(
        self, compiled: regex.Pattern[str], text: str, start: int, limit: float | None
    ) -> regex.Match[str] | None:
        first, last = (0, start) if self.from_right else (start, len(text))
        found = _timed(lambda seconds: compiled.search(text, first, last, timeout=seconds), limit)
        if self.from_right:
            _spend(last - (found.start() if found else first))
        else:
            _spend((found.end() if found else last) - first)
        return found

    def _from_left(self, text: str, start: int, limit: float | None) -> Iterator[regex.Match[str]]:
        compiled = self._compiled
        while start <= len(text):
            found = self._first(compiled, text, start, limit)
            if found is None:
                return
            yield found
            begin, start = found.span()
            if begin < start:
                compiled = self._compiled
                continue
            # An empty match is not found again, but the one before is what `\G` remembers.
            start += 1
            if self._anchored:
                compiled = self._compile(write(self._pattern.body, NEVER))

    def _from_right(self, text: str, start: int, limit: float | None) -> Iterator[regex.Match[str]]:
        # What stands right of `start` must stay visible for what looks ahead, so the library goes on itself.
        sought = _timed(lambda seconds: self._compiled.finditer(text, 0, start, timeout=seconds), limit)
        while True:
            found = _timed(lambda _: next(sought, None), limit)
            if found is None:
                _spend(start)
                return
            # An empty match may follow where the last one began.
            _spend(max(start - found.start(), 0))
            start = found.start()
            yield found


def _spend(gone: int) -> None:
    """Use up steps for a search that has come so far; how often it went to and fro, the seconds bound."""
    meter.spend(gone // _CHARACTERS_PER_STEP)


def _timed(run: Callable[[float], _Result], limit: float | None) -> _Result:
    """What `run` gives, which gets the seconds that it may take; they are counted."""
    meter.spend()
    left = meter.seconds_left
    if left <= 0:
        raise Exhausted(_TOO_LONG)
    own = limit is not None and limit < left
    began = time.perf_counter()
    try:
        return run(limit if limit is not None and own else left)
    except TimeoutError:
        if own:
            raise RegexMatchTimeoutException(
                "The RegEx engine has timed out while trying to match a pattern to an input string. This can "
                "occur for many reasons, including very large inputs or excessive backtracking caused by "
                "nested quantifiers, back-references and other factors."
            ) from None
        raise Exhausted(_TOO_LONG) from None
    except MemoryError:
        raise Exhausted("A regular expression needs too much memory.") from None
    finally:
        meter.seconds_left -= time.perf_counter() - began


class _Kept:
    """The programs that were used last: not many, and not much of them."""

    __slots__ = ("_programs", "_weight")

    def __init__(self) -> None:
        self._programs: OrderedDict[tuple[str, int], Program] = OrderedDict()
        self._weight = 0

    def get(self, key: tuple[str, int]) -> Program | None:
        """The program for a pattern and options, where it is here."""
        found = self._programs.get(key)
        if found is not None:
            self._programs.move_to_end(key)
        return found

    def put(self, key: tuple[str, int], program: Program) -> None:
        """Keep a program, which is not here yet; what was not used for longest gives way."""
        self._programs[key] = program
        self._weight += program.weight
        while len(self._programs) > _MOST_KEPT or self._weight > _HEAVIEST_KEPT:
            self._weight -= self._programs.popitem(last=False)[1].weight


_kept = _Kept()


def program(pattern: str, options: int) -> Program:
    """The program for a pattern; the ones used last are kept. Raises ArgumentException or Exhausted."""
    key = (pattern, options)
    known = _kept.get(key)
    if known is not None:
        return known
    if len(pattern) > LONGEST_PATTERN:
        raise Exhausted("The pattern is too long.")
    meter.spend(len(pattern))
    try:
        made = Program(parse(pattern, options))
    except RecursionError:
        raise Exhausted("The pattern has too many groups within groups.") from None
    _kept.put(key, made)
    return made
