"""Queries of JSONPath, `[?(@.a > 1 && @.b == 'x')]`: what they compare, and how (Json.NET 13)."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from fastgw.expr.library.json.comparing import compare, compare_to
from fastgw.expr.library.json.dates import iso_text
from fastgw.expr.library.json.paths import Path, evaluate
from fastgw.expr.library.json.tokens import (
    BYTES,
    DATE,
    FLOAT,
    GUID,
    INTEGER,
    STRING,
    TIME_SPAN,
    URI,
    JToken,
    JValue,
)
from fastgw.expr.library.regex import Regex, is_match
from fastgw.expr.runtime.errors import ArgumentOutOfRangeException
from fastgw.expr.runtime.meter import meter
from fastgw.expr.runtime.objects import to_text

Side = Path | JValue
_NUMBERS = (INTEGER, FLOAT)
# RegexOptions by the letters behind a pattern; others mean nothing.
_REGEX_OPTIONS = {"i": 1, "m": 2, "s": 16, "x": 4}


class Query:
    """A condition on a token."""

    __slots__ = ()

    def matches(self, root: JToken, token: JToken) -> bool:
        """Whether it holds. Raises what comparing values raises."""
        raise TypeError("a query says what matches")


@dataclass(frozen=True, slots=True)
class Exists(Query):
    """`@.a`: whether there is such a token; a constant always is."""

    side: Side

    def matches(self, root: JToken, token: JToken) -> bool:
        """Whether the path leads to anything."""
        return next(_tokens(self.side, root, token), None) is not None


@dataclass(frozen=True, slots=True)
class Comparison(Query):
    """`left operator right`; it holds when it does for any of the tokens on both sides."""

    operator: str
    left: Side
    right: Side

    def matches(self, root: JToken, token: JToken) -> bool:
        """Whether any two tokens compare so."""
        right: list[JToken] | None = None
        for mine in _tokens(self.left, root, token):
            if right is None:
                right = list(_tokens(self.right, root, token))
            meter.spend(len(right))
            if any(self._holds(mine, its) for its in right):
                return True
        return False

    def _holds(self, left: JToken, right: JToken) -> bool:
        if isinstance(left, JValue) and isinstance(right, JValue):
            return _OPERATORS[self.operator](left, right)
        # Only values compare; that a container is not equal to something is true of all.
        return self.operator == "!="


@dataclass(frozen=True, slots=True)
class Combined(Query):
    """`&&` (all) or `||` (any) of several conditions, from left to right."""

    operator: str
    parts: tuple[Query, ...]

    def matches(self, root: JToken, token: JToken) -> bool:
        """Whether all or any of the conditions hold."""
        held = (one.matches(root, token) for one in self.parts)
        return all(held) if self.operator == "&&" else any(held)


def _tokens(side: Side, root: JToken, token: JToken) -> Iterator[JToken]:
    return iter((side,)) if isinstance(side, JValue) else evaluate(side, root, token)


def _mixed_numbers(left: JValue, right: JValue) -> bool:
    return left.kind != right.kind and left.kind in _NUMBERS and right.kind in _NUMBERS


def _equal(left: JValue, right: JValue) -> bool:
    """`==`: as values; integers with floats; dates, bytes, Guids, TimeSpans and Uris with their text."""
    if left == right:
        return True
    if _mixed_numbers(left, right):
        return compare(left.kind, left.value, right.value) == 0
    if right.kind != STRING:
        return False
    if left.kind == DATE:
        text = iso_text(left.value)
    elif left.kind == BYTES:
        text = base64.b64encode(left.value.data).decode()
    elif left.kind in (GUID, TIME_SPAN):
        text = to_text(left.value)
    elif left.kind == URI:
        text = left.value.original
    else:
        return False
    return bool(text == right.value)


def _strictly_equal(left: JValue, right: JValue) -> bool:
    """`===`: as values of one kind; integers with floats."""
    if _mixed_numbers(left, right):
        return compare(left.kind, left.value, right.value) == 0
    return left == right


def _matches_pattern(left: JValue, right: JValue) -> bool:
    """`=~`: a string with a pattern, `/text/options`. Raises what Regex raises."""
    if left.kind != STRING or right.kind != STRING:
        return False
    text = right.value
    end = text.rfind("/")
    if end < 1:
        raise ArgumentOutOfRangeException("Length cannot be less than zero.", parameter="length")
    options = 0
    for letter in text[end + 1 :]:
        options |= _REGEX_OPTIONS.get(letter, 0)

    return is_match(Regex(text[1:end], options), left.value)


_OPERATORS: dict[str, Callable[[JValue, JValue], bool]] = {
    "==": _equal,
    "!=": lambda left, right: not _equal(left, right),
    "===": _strictly_equal,
    "!==": lambda left, right: not _strictly_equal(left, right),
    "<": lambda left, right: compare_to(left, right) < 0,
    "<=": lambda left, right: compare_to(left, right) <= 0,
    ">": lambda left, right: compare_to(left, right) > 0,
    ">=": lambda left, right: compare_to(left, right) >= 0,
    "=~": _matches_pattern,
}
