"""System.Text.RegularExpressions.Regex and RegexOptions.

Members that the service refuses are not declared: Escape, Options, and those that tell of groups. Patterns
are read by regex_parser and matched by regex_engine; what matching gives is in regex_values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

from fastgw.expr.library import regex_engine as engine
from fastgw.expr.library import ticks as units
from fastgw.expr.library.core import STRING
from fastgw.expr.library.declare import define, define_enum
from fastgw.expr.library.regex_engine import Program
from fastgw.expr.library.regex_replacement import read as read_replacement
from fastgw.expr.library.regex_scanner import ECMASCRIPT, IGNORE_CASE, MULTILINE, RIGHT_TO_LEFT, Scanner
from fastgw.expr.library.regex_values import EMPTY, Match, MatchCollection, Sought, filled
from fastgw.expr.library.time_span import TimeSpan
from fastgw.expr.runtime.errors import ArgumentNullException, ArgumentOutOfRangeException
from fastgw.expr.runtime.growth import finished
from fastgw.expr.runtime.meter import meter
from fastgw.expr.runtime.values import Array, EnumValue, NetObject
from fastgw.expr.types import Type

_COMPILED: Final = 8
_CULTURE_INVARIANT: Final = 512
_ALL_OPTIONS: Final = 1023
_WITH_ECMASCRIPT: Final = ECMASCRIPT | IGNORE_CASE | MULTILINE | _COMPILED | _CULTURE_INVARIANT
_INFINITE: Final = TimeSpan(-units.PER_MILLISECOND)
_LONGEST_TIMEOUT: Final = (2**31 - 2) * units.PER_MILLISECOND
Evaluator = Callable[[Match], str | None]


class Regex(NetObject):
    """A System.Text.RegularExpressions.Regex."""

    __slots__ = ("limit", "options", "pattern", "program")

    def __init__(self, pattern: str, options: int = 0, limit: TimeSpan = _INFINITE) -> None:
        self.pattern = pattern
        self.options = options
        self.limit = limit
        self.program: Program = engine.program(pattern, options)

    def seek(self, text: str | None, start: int | None = None) -> Sought:
        """The matches in a text. Raises ArgumentNullException or ArgumentOutOfRangeException."""
        text, start = self._checked(text, start)
        found = self.program.matches(text, start, self._seconds())
        return Sought(text, self.program.groups, self.options, found)

    def is_match(self, text: str | None, start: int | None = None) -> bool:
        """Whether there is one. Raises ArgumentNullException or ArgumentOutOfRangeException."""
        text, start = self._checked(text, start)
        return self.program.is_match(text, start, self._seconds())

    def _checked(self, text: str | None, start: int | None) -> tuple[str, int]:
        if text is None:
            raise ArgumentNullException(parameter="input")
        if start is None:
            return text, len(text) if self.program.from_right else 0
        if not 0 <= start <= len(text):
            raise ArgumentOutOfRangeException(
                "Start index cannot be less than 0 or greater than input length.", None, "startat"
            )
        return text, start

    def _seconds(self) -> float | None:
        return self.limit.ticks / units.PER_SECOND if self.limit.ticks > 0 else None

    def net_type(self) -> Type:
        """System.Text.RegularExpressions.Regex."""
        return REGEX.type

    def net_text(self) -> str:
        """ToString(): the pattern."""
        return self.pattern


REGEX = define("System.Text.RegularExpressions.Regex", "class", python=(Regex,))
REGEX_OPTIONS = define_enum(
    "System.Text.RegularExpressions.RegexOptions",
    {
        "None": 0,
        "IgnoreCase": IGNORE_CASE,
        "Multiline": MULTILINE,
        "ExplicitCapture": 4,
        "Compiled": _COMPILED,
        "Singleline": 16,
        "IgnorePatternWhitespace": 32,
        "RightToLeft": RIGHT_TO_LEFT,
        "ECMAScript": ECMASCRIPT,
        "CultureInvariant": _CULTURE_INVARIANT,
    },
    flags=True,
)
_NO_OPTIONS: Final = EnumValue(REGEX_OPTIONS.definition, 0)


# ---------------------------------------------------------------- making


@REGEX.constructor("(string pattern)")
@REGEX.constructor("(string pattern, RegexOptions options)")
@REGEX.constructor("(string pattern, RegexOptions options, TimeSpan matchTimeout)")
def made(pattern: str | None, options: EnumValue = _NO_OPTIONS, limit: TimeSpan = _INFINITE) -> Regex:
    """A Regex. Raises ArgumentNullException, ArgumentOutOfRangeException, ArgumentException."""
    if pattern is None:
        raise ArgumentNullException(parameter="pattern")
    value = options.value
    if value & ~_ALL_OPTIONS or (value & ECMASCRIPT and value & ~_WITH_ECMASCRIPT):
        raise ArgumentOutOfRangeException(parameter="options")
    if limit.ticks != _INFINITE.ticks and not 0 < limit.ticks <= _LONGEST_TIMEOUT:
        raise ArgumentOutOfRangeException(parameter="matchTimeout")
    return Regex(pattern, value, limit)


REGEX.value("TimeSpan InfiniteMatchTimeout", _INFINITE)


@REGEX.method("string ToString()")
def _to_string(this: Regex) -> str:
    return this.pattern


def _strings(items: Iterable[str]) -> Array:
    return Array(STRING.type, list(items))


# ---------------------------------------------------------------- matching


@REGEX.method("bool IsMatch(string input)")
@REGEX.method("bool IsMatch(string input, int startat)")
def is_match(this: Regex, text: str | None, start: int | None = None) -> bool:
    """Whether there is a match."""
    return this.is_match(text, start)


@REGEX.method("Match Match(string input)")
@REGEX.method("Match Match(string input, int startat)")
def match(this: Regex, text: str | None, start: int | None = None) -> Match:
    """The first match, or the one that failed."""
    return this.seek(text, start).get(0) or EMPTY


@REGEX.method("Match Match(string input, int beginning, int length)")
def _match_within(this: Regex, text: str | None, beginning: int, length: int) -> Match:
    """The first match in a part of the text, as if that were all of it."""
    if text is None:
        raise ArgumentNullException(parameter="input")
    if not 0 <= beginning <= len(text):
        raise ArgumentOutOfRangeException(
            "Start index cannot be less than 0 or greater than input length.", None, "startat"
        )
    if not 0 <= length <= len(text) - beginning:
        raise ArgumentOutOfRangeException(
            "Length cannot be less than 0 or exceed input length.", None, "length"
        )
    meter.reserve(2 * length)
    inner = this.seek(text[beginning : beginning + length])
    moved = (one.found.moved(beginning) for one in inner if one.found)
    return Sought(text, this.program.groups, this.options, moved).get(0) or EMPTY


@REGEX.method("MatchCollection Matches(string input)")
@REGEX.method("MatchCollection Matches(string input, int startat)")
def matches(this: Regex, text: str | None, start: int | None = None) -> MatchCollection:
    """All matches, each sought when it is asked for."""
    return MatchCollection(this.seek(text, start))


# ---------------------------------------------------------------- replacing and splitting


@REGEX.method("string Replace(string input, string replacement)")
@REGEX.method("string Replace(string input, string replacement, int count)")
@REGEX.method("string Replace(string input, string replacement, int count, int startat)")
def replace(
    this: Regex, text: str | None, replacement: str | None, count: int = -1, start: int | None = None
) -> str:
    """The text with matches replaced by a replacement pattern, which is read even if nothing matches."""
    if text is None:
        raise ArgumentNullException(parameter="input")
    if replacement is None:
        raise ArgumentNullException(parameter="replacement")
    read_replacement(replacement, this.program.groups, this.options)
    return _replaced(this, text, lambda found: filled(found, replacement), count, start)


@REGEX.method("string Replace(string input, MatchEvaluator evaluator)")
@REGEX.method("string Replace(string input, MatchEvaluator evaluator, int count)")
@REGEX.method("string Replace(string input, MatchEvaluator evaluator, int count, int startat)")
def replace_by(
    this: Regex, text: str | None, evaluator: Evaluator | None, count: int = -1, start: int | None = None
) -> str:
    """The text with matches replaced by what a function makes of them."""
    if text is None:
        raise ArgumentNullException(parameter="input")
    if evaluator is None:
        raise ArgumentNullException(parameter="evaluator")
    return _replaced(this, text, evaluator, count, start)


def _replaced(this: Regex, text: str, evaluator: Evaluator, count: int, start: int | None) -> str:
    if count < -1:
        raise ArgumentOutOfRangeException("Count cannot be less than -1.", None, "count")
    parts: list[str] = []
    before = 0
    for found, new in _first(this.seek(text, start), evaluator, count):
        parts += [text[before : found.index], new]
        before = found.index + found.length
    if not parts:
        return text
    parts.append(text[before:])
    meter.reserve(sum(map(len, parts)))
    return finished("".join(parts))


def _first(sought: Sought, evaluator: Evaluator, count: int) -> list[tuple[Match, str]]:
    """At most `count` matches (-1: all) with their new texts, in the order of the text."""
    taken: list[tuple[Match, str]] = []
    while len(taken) != count and (found := sought.get(len(taken))) is not None:
        taken.append((found, evaluator(found) or ""))
    if sought.options & RIGHT_TO_LEFT:
        taken.reverse()
    return taken


@REGEX.method("string[] Split(string input)")
@REGEX.method("string[] Split(string input, int count)")
@REGEX.method("string[] Split(string input, int count, int startat)")
def split(this: Regex, text: str | None, count: int = 0, start: int | None = None) -> Array:
    """The parts between matches, with what groups captured. `count`: how many parts at most, 0 for all."""
    if text is None:
        raise ArgumentNullException(parameter="input")
    if count < 0:
        raise ArgumentOutOfRangeException("Count cannot be less than -1.", None, "count")
    if count == 1:
        return _strings([text])
    sought = this.seek(text, start)
    parts: list[str] = []
    if this.program.from_right:
        _split_from_right(text, sought, count - 1, parts)
    else:
        _split_from_left(text, sought, count - 1, parts)
    meter.reserve(sum(one.__sizeof__() for one in parts))
    return _strings(parts)


def _split_from_left(text: str, sought: Sought, most: int, parts: list[str]) -> None:
    before = 0
    for at, found in enumerate(sought):
        if at == most:
            break
        parts.append(text[before : found.index])
        before = found.index + found.length
        parts += _captured(found)
    parts.append(text[before:])


def _split_from_right(text: str, sought: Sought, most: int, parts: list[str]) -> None:
    after = len(text)
    for at, found in enumerate(sought):
        if at == most:
            break
        parts.append(text[found.index + found.length : after])
        after = found.index
        parts += _captured(found)
    parts.append(text[:after])
    parts.reverse()


def _captured(found: Match) -> list[str]:
    return [group.value() for group in list(found.groups())[1:] if group.success]


# ---------------------------------------------------------------- static members


def _declare_static(name: str, returns: str, parameters: str, run: Callable[..., Any], lead: int) -> None:
    """Declare the static forms of a member: the pattern, options and a timeout stand after the first input.

    `lead`: how many arguments follow the pattern before the options.
    """
    for tail in ("", ", RegexOptions options", ", RegexOptions options, TimeSpan matchTimeout"):

        @REGEX.method(f"static {returns} {name}(string input, string pattern{parameters}{tail})")
        def call(text: str | None, pattern: str | None, *rest: Any) -> Any:
            return run(made(pattern, *rest[lead:]), text, *rest[:lead])


_declare_static("IsMatch", "bool", "", is_match, 0)
_declare_static("Match", "Match", "", match, 0)
_declare_static("Matches", "MatchCollection", "", matches, 0)
_declare_static("Split", "string[]", "", split, 0)
_declare_static("Replace", "string", ", string replacement", replace, 1)
_declare_static("Replace", "string", ", MatchEvaluator evaluator", replace_by, 1)


@REGEX.method("static string Unescape(string str)")
def unescape(text: str | None) -> str:
    """The text without escapes. Raises ArgumentNullException, or ArgumentException for unknown escapes."""
    if text is None:
        raise ArgumentNullException(parameter="str")
    meter.reserve(len(text))
    scanner = Scanner(text, 0)
    pieces: list[str] = []
    while True:
        end = text.find("\\", scanner.at)
        if end < 0:
            pieces.append(text[scanner.at :])
            return finished("".join(pieces))
        pieces.append(text[scanner.at : end])
        scanner.at = end + 1
        if scanner.left:
            meter.spend()
            pieces.append(scanner.character_escape())
