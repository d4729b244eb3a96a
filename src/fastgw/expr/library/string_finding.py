"""System.String: Contains, StartsWith, EndsWith, IndexOf, LastIndexOf and their like.

Characters, Contains and IndexOfAny are found ordinally; StartsWith, EndsWith, IndexOf and LastIndexOf of a
string by culture unless a StringComparison says otherwise (expressions.md 5.4).
"""

from __future__ import annotations

from fastgw.expr.library.core import STRING
from fastgw.expr.library.string_search import CULTURE, ORDINAL, Rules, rules_of
from fastgw.expr.library.strings import INDEX_MESSAGE, LONG
from fastgw.expr.runtime.errors import ArgumentNullException, ArgumentOutOfRangeException
from fastgw.expr.runtime.meter import meter
from fastgw.expr.runtime.values import Array, EnumValue


def _given(value: str | None) -> str:
    if value is None:
        raise ArgumentNullException(parameter="value")
    return value


def _check(text: str, start: int, count: int) -> None:
    """Raises ArgumentOutOfRangeException where `start` and `count` leave the text."""
    if not 0 <= start <= len(text):
        raise ArgumentOutOfRangeException(INDEX_MESSAGE, parameter="startIndex")
    if not 0 <= count <= len(text) - start:
        raise _bad_count()


def _bad_count() -> ArgumentOutOfRangeException:
    return ArgumentOutOfRangeException(
        "Count must be positive and count must refer to a location within the string/array/collection.",
        parameter="count",
    )


# ---------------------------------------------------------------- Contains, StartsWith, EndsWith


@STRING.method("bool Contains(char value)")
def contains_character(this: str, value: str) -> bool:
    """Whether the character occurs."""
    if len(this) > LONG:
        meter.read(len(this))
    return value in this


@STRING.method("bool Contains(string value)")
def contains(this: str, value: str | None) -> bool:
    """Whether the text occurs, ordinally. Raises ArgumentNullException."""
    if value is None:
        raise ArgumentNullException(parameter="value")
    if len(this) > LONG:
        meter.read(len(this))
    return value in this


@STRING.method("bool Contains(char value, StringComparison comparisonType)")
@STRING.method("bool Contains(string value, StringComparison comparisonType)")
def contains_by(this: str, value: str | None, comparison: EnumValue) -> bool:
    """Whether the text occurs. Raises ArgumentNullException and ArgumentException."""
    return rules_of(comparison).find(this, _given(value), 0, len(this))[0] >= 0


@STRING.method("bool StartsWith(char value)")
def starts_with_character(this: str, value: str) -> bool:
    """Whether it is the first character."""
    return this.startswith(value)


@STRING.method("bool StartsWith(string value)")
def starts_with(this: str, value: str | None) -> bool:
    """Whether the string begins with it, by culture. Raises ArgumentNullException."""
    return CULTURE.starts_with(this, _given(value))


@STRING.method("bool StartsWith(string value, StringComparison comparisonType)")
def starts_with_by(this: str, value: str | None, comparison: EnumValue) -> bool:
    """Whether the string begins with it. Raises ArgumentNullException and ArgumentException."""
    return rules_of(comparison).starts_with(this, _given(value))


@STRING.method("bool EndsWith(char value)")
def ends_with_character(this: str, value: str) -> bool:
    """Whether it is the last character."""
    return this.endswith(value)


@STRING.method("bool EndsWith(string value)")
def ends_with(this: str, value: str | None) -> bool:
    """Whether the string ends with it, by culture. Raises ArgumentNullException."""
    return CULTURE.ends_with(this, _given(value))


@STRING.method("bool EndsWith(string value, StringComparison comparisonType)")
def ends_with_by(this: str, value: str | None, comparison: EnumValue) -> bool:
    """Whether the string ends with it. Raises ArgumentNullException and ArgumentException."""
    return rules_of(comparison).ends_with(this, _given(value))


# ---------------------------------------------------------------- IndexOf


def _find(text: str, value: str | None, start: int, count: int, rules: Rules) -> int:
    value = _given(value)
    _check(text, start, count)
    return rules.find(text, value, start, start + count)[0]


@STRING.method("int IndexOf(char value)")
def index_of_character(this: str, value: str) -> int:
    """Where the character occurs first, or -1."""
    return this.find(value)


@STRING.method("int IndexOf(char value, int startIndex)")
def index_of_character_from(this: str, value: str, start: int) -> int:
    """As `index_of_character`, from a place on. Raises ArgumentOutOfRangeException."""
    return _find(this, value, start, len(this) - start, ORDINAL)


@STRING.method("int IndexOf(char value, int startIndex, int count)")
def index_of_character_within(this: str, value: str, start: int, count: int) -> int:
    """As `index_of_character`, in a part. Raises ArgumentOutOfRangeException."""
    return _find(this, value, start, count, ORDINAL)


@STRING.method("int IndexOf(string value)")
def index_of(this: str, value: str | None) -> int:
    """Where the text occurs first, by culture, or -1. Raises ArgumentNullException."""
    return CULTURE.find(this, _given(value), 0, len(this))[0]


@STRING.method("int IndexOf(string value, int startIndex)")
def index_of_from(this: str, value: str | None, start: int) -> int:
    """As `index_of`, from a place on. Raises ArgumentNullException and ArgumentOutOfRangeException."""
    return _find(this, value, start, len(this) - start, CULTURE)


@STRING.method("int IndexOf(string value, int startIndex, int count)")
def index_of_within(this: str, value: str | None, start: int, count: int) -> int:
    """As `index_of`, in a part. Raises ArgumentNullException and ArgumentOutOfRangeException."""
    return _find(this, value, start, count, CULTURE)


@STRING.method("int IndexOf(char value, StringComparison comparisonType)")
@STRING.method("int IndexOf(string value, StringComparison comparisonType)")
def index_of_by(this: str, value: str | None, comparison: EnumValue) -> int:
    """Where the text occurs first, or -1. Raises ArgumentNullException and ArgumentException."""
    return rules_of(comparison).find(this, _given(value), 0, len(this))[0]


@STRING.method("int IndexOf(string value, int startIndex, StringComparison comparisonType)")
def index_of_from_by(this: str, value: str | None, start: int, comparison: EnumValue) -> int:
    """As `index_of_by`, from a place on. Also raises ArgumentOutOfRangeException."""
    return _find(this, value, start, len(this) - start, rules_of(comparison))


@STRING.method("int IndexOf(string value, int startIndex, int count, StringComparison comparisonType)")
def index_of_within_by(this: str, value: str | None, start: int, count: int, comparison: EnumValue) -> int:
    """As `index_of_by`, in a part. Also raises ArgumentOutOfRangeException."""
    return _find(this, value, start, count, rules_of(comparison))


def _find_any(text: str, any_of: Array | None, start: int, count: int, last: bool) -> int:
    """Where in a part one of some characters occurs first or last, or -1."""
    if any_of is None:
        raise ArgumentNullException(parameter="anyOf")
    wanted = set(any_of.items)
    meter.spend(count)
    places = range(start, start + count)
    for at in reversed(places) if last else places:
        if text[at] in wanted:
            return at
    return -1


@STRING.method("int IndexOfAny(char[] anyOf)")
def index_of_any(this: str, any_of: Array | None) -> int:
    """Where one of the characters occurs first, or -1. Raises ArgumentNullException."""
    return _find_any(this, any_of, 0, len(this), False)


@STRING.method("int IndexOfAny(char[] anyOf, int startIndex)")
def index_of_any_from(this: str, any_of: Array | None, start: int) -> int:
    """As `index_of_any`, from a place on. Also raises ArgumentOutOfRangeException."""
    return index_of_any_within(this, any_of, start, len(this) - start)


@STRING.method("int IndexOfAny(char[] anyOf, int startIndex, int count)")
def index_of_any_within(this: str, any_of: Array | None, start: int, count: int) -> int:
    """As `index_of_any`, in a part. Also raises ArgumentOutOfRangeException."""
    if any_of is not None:
        _check(this, start, count)
    return _find_any(this, any_of, start, count, False)


# ---------------------------------------------------------------- LastIndexOf


def _find_last(text: str, value: str | None, start: int, count: int, rules: Rules) -> int:
    """The last place in the `count` characters that end at `start`, or -1."""
    value = _given(value)
    if not text and start in (-1, 0):
        return -1 if value else 0
    if not 0 <= start <= len(text):
        raise ArgumentOutOfRangeException(INDEX_MESSAGE, parameter="startIndex")
    if start == len(text):
        start, count = start - 1, max(count - 1, 0)
    if count < 0 or start - count + 1 < 0:
        raise _bad_count()
    if not value:
        return start
    begin = start - count + 1
    found, _ = rules.find_last(text[begin : start + 1], value)
    return found + begin if found >= 0 else -1


@STRING.method("int LastIndexOf(char value)")
def last_index_of_character(this: str, value: str) -> int:
    """Where the character occurs last, or -1."""
    return this.rfind(value)


@STRING.method("int LastIndexOf(char value, int startIndex)")
def last_index_of_character_from(this: str, value: str, start: int) -> int:
    """As `last_index_of_character`, backwards from a place. Raises ArgumentOutOfRangeException."""
    return last_index_of_character_within(this, value, start, start + 1)


@STRING.method("int LastIndexOf(char value, int startIndex, int count)")
def last_index_of_character_within(this: str, value: str, start: int, count: int) -> int:
    """As `last_index_of_character`, in the part that ends there. Raises ArgumentOutOfRangeException."""
    if not this:
        return -1
    if not 0 <= start < len(this):
        raise ArgumentOutOfRangeException(INDEX_MESSAGE, parameter="startIndex")
    if not 0 <= count <= start + 1:
        raise _bad_count()
    return this.rfind(value, start - count + 1, start + 1)


@STRING.method("int LastIndexOf(string value)")
def last_index_of(this: str, value: str | None) -> int:
    """Where the text occurs last, by culture, or -1. Raises ArgumentNullException."""
    return _find_last(this, value, len(this) - 1, len(this), CULTURE)


@STRING.method("int LastIndexOf(string value, int startIndex)")
def last_index_of_from(this: str, value: str | None, start: int) -> int:
    """As `last_index_of`, backwards from a place. Also raises ArgumentOutOfRangeException."""
    return _find_last(this, value, start, start + 1, CULTURE)


@STRING.method("int LastIndexOf(string value, int startIndex, int count)")
def last_index_of_within(this: str, value: str | None, start: int, count: int) -> int:
    """As `last_index_of`, in the part that ends there. Also raises ArgumentOutOfRangeException."""
    return _find_last(this, value, start, count, CULTURE)


@STRING.method("int LastIndexOf(string value, StringComparison comparisonType)")
def last_index_of_by(this: str, value: str | None, comparison: EnumValue) -> int:
    """Where the text occurs last, or -1. Raises ArgumentNullException and ArgumentException."""
    return _find_last(this, value, len(this) - 1, len(this), rules_of(comparison))


@STRING.method("int LastIndexOf(string value, int startIndex, StringComparison comparisonType)")
def last_index_of_from_by(this: str, value: str | None, start: int, comparison: EnumValue) -> int:
    """As `last_index_of_by`, backwards from a place. Also raises ArgumentOutOfRangeException."""
    return _find_last(this, value, start, start + 1, rules_of(comparison))


@STRING.method("int LastIndexOf(string value, int startIndex, int count, StringComparison comparisonType)")
def last_index_of_within_by(
    this: str, value: str | None, start: int, count: int, comparison: EnumValue
) -> int:
    """As `last_index_of_by`, in the part that ends there. Also raises ArgumentOutOfRangeException."""
    return _find_last(this, value, start, count, rules_of(comparison))


@STRING.method("int LastIndexOfAny(char[] anyOf)")
def last_index_of_any(this: str, any_of: Array | None) -> int:
    """Where one of the characters occurs last, or -1. Raises ArgumentNullException."""
    return _find_any(this, any_of, 0, len(this), True)


@STRING.method("int LastIndexOfAny(char[] anyOf, int startIndex)")
def last_index_of_any_from(this: str, any_of: Array | None, start: int) -> int:
    """As `last_index_of_any`, backwards from a place. Also raises ArgumentOutOfRangeException."""
    return last_index_of_any_within(this, any_of, start, start + 1)


@STRING.method("int LastIndexOfAny(char[] anyOf, int startIndex, int count)")
def last_index_of_any_within(this: str, any_of: Array | None, start: int, count: int) -> int:
    """As `last_index_of_any`, in the part that ends there. Also raises ArgumentOutOfRangeException."""
    if any_of is not None and this:
        if not 0 <= start < len(this):
            raise ArgumentOutOfRangeException(INDEX_MESSAGE, parameter="startIndex")
        if not 0 <= count <= start + 1:
            raise _bad_count()
    return _find_any(this, any_of, start - count + 1, count, True) if this or any_of is None else -1
