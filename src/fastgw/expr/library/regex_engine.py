"""Matching: patterns compiled and kept, time counted, matches sought one after the other as .NET does.

What works is the `regex` library. Its time limit bounds every search, so that no pattern and no text can hold
a worker: all searches of an evaluation share the seconds of the meter, and a Regex may have its own limit.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple, TypeVar

import regex

from fastgw.expr.library.regex_nodes import Groups, Pattern
from fastgw.expr.library.regex_parser import parse
from fastgw.expr.library.regex_writer import NEVER, group_name, weight, write
from fastgw.expr.runtime.errors import ArgumentException, Exhausted, RegexMatchTimeoutException
from fastgw.expr.runtime.meter import meter

LONGEST_PATTERN: Final = 16 * 1024
LONGEST_SOURCE: Final = 128 * 1024
"""Of a pattern as it is written for the library, which takes about a second to compile so much."""
HEAVIEST_PATTERN: Final = 100_000
"""Characters of a pattern whose repeated parts are written out: `a{1000}` has a thousand."""
_MOST_KEPT: Final = 256
_TOO_LONG = "The expression has matched regular expressions for too long."

Spans = list[tuple[int, int]]
_Result = TypeVar("_Result")


class Found(NamedTuple):
    """A match: for each group, in the order of `Groups.numbers`, all its captures, the last one last."""

    spans: list[Spans]

    @property
    def begin(self) -> int:
        """Where it begins."""
        return self.spans[0][0][0]

    @property
    def end(self) -> int:
        """Where it ends."""
        return self.spans[0][0][1]


class Program:
    """A pattern that can be searched for."""

    __slots__ = ("_anchored", "_compiled", "_pattern", "_places", "groups")

    def __init__(self, pattern: Pattern) -> None:
        if weight(pattern.body) > HEAVIEST_PATTERN:
            raise Exhausted("The pattern repeats its parts too often.")
        self._pattern = pattern
        source = write(pattern.body)
        self._compiled = self._compile(source)
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
        return self._first(self._compiled, text, start, limit) is not None

    def matches(self, text: str, start: int, limit: float | None) -> Iterator[Found]:
        """All matches from `start` on (up to `start`, from the right), each sought when it is asked for.

        `limit`: seconds for each, besides those of the meter. Raises Exhausted, RegexMatchTimeoutException.
        """
        sought = self._from_right if self.from_right else self._from_left
        for found in sought(text, start, limit):
            yield Found([found.spans(place) if place >= 0 else [] for place in self._places])

    def _first(
        self, compiled: regex.Pattern[str], text: str, start: int, limit: float | None
    ) -> regex.Match[str] | None:
        first, last = (0, start) if self.from_right else (start, len(text))
        return _timed(lambda seconds: compiled.search(text, first, last, timeout=seconds), text, limit)

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
        sought = _timed(lambda seconds: self._compiled.finditer(text, 0, start, timeout=seconds), text, limit)
        while True:
            found = _timed(lambda _: next(sought, None), text, limit)
            if found is None:
                return
            yield found


def _timed(run: Callable[[float], _Result], text: str, limit: float | None) -> _Result:
    """What `run` gives, which gets the seconds that it may take; they are counted."""
    meter.spend(1 + len(text) // 64)
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


_kept: OrderedDict[tuple[str, int], Program] = OrderedDict()


def program(pattern: str, options: int) -> Program:
    """The program for a pattern; the ones used last are kept. Raises ArgumentException or Exhausted."""
    key = (pattern, options)
    known = _kept.get(key)
    if known is not None:
        _kept.move_to_end(key)
        return known
    if len(pattern) > LONGEST_PATTERN:
        raise Exhausted("The pattern is too long.")
    meter.spend(len(pattern))
    try:
        made = Program(parse(pattern, options))
    except RecursionError:
        raise Exhausted("The pattern has too many groups within groups.") from None
    _kept[key] = made
    if len(_kept) > _MOST_KEPT:
        _kept.popitem(last=False)
    return made
