"""How the members of String look for text: the six kinds of StringComparison."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

from fastgw.expr.library import linguistic
from fastgw.expr.runtime.casing import to_upper
from fastgw.expr.runtime.collation import compare_text, sort_key
from fastgw.expr.runtime.errors import ArgumentException
from fastgw.expr.runtime.meter import meter
from fastgw.expr.runtime.values import EnumValue


def compare_ordinal(first: str, second: str) -> int:
    """The difference of the first two characters that differ, or of the lengths. Raises Exhausted."""
    meter.read(len(first) + len(second))
    if first == second:
        return 0
    # How much they have in common, by halves: comparing slices is faster than comparing characters.
    least, most = 0, min(len(first), len(second))
    while least < most:
        middle = (least + most + 1) // 2
        if first[least:middle] == second[least:middle]:
            least = middle
        else:
            most = middle - 1
    if least < len(first) and least < len(second):
        return ord(first[least]) - ord(second[least])
    return len(first) - len(second)


def _compare_ordinal_ignore_case(first: str, second: str) -> int:
    return compare_ordinal(to_upper(first), to_upper(second))


def _find(text: str, value: str, start: int, end: int) -> tuple[int, int]:
    found = text.find(value, start, end)
    meter.read((end if found < 0 else found + len(value)) - start)
    return found, len(value)


def _find_ignore_case(text: str, value: str, start: int, end: int) -> tuple[int, int]:
    wanted = to_upper(value)
    found = -1
    for window in linguistic.windows(text, start, end, len(value)):
        meter.read(len(window))
        found = to_upper(window).find(wanted)
        if found >= 0:
            break
    return found + start if found >= 0 else -1, len(value)


def _find_last(text: str, value: str) -> tuple[int, int]:
    return linguistic.find_last(text, value), len(value)


def _equals(first: str, second: str) -> bool:
    meter.read(len(first))
    return first == second


def _equals_ignore_case(first: str, second: str) -> bool:
    meter.read(len(first))
    return len(first) == len(second) and to_upper(first) == to_upper(second)


class Rules(NamedTuple):
    """One kind of comparison.

    `find` and `find_last` give where a text occurs (-1: nowhere) and how long it is there. `find` takes where
    to begin and to end, and costs what it goes through. `key` is the same for equal strings and only for
    them.
    """

    compare: Callable[[str, str], int]
    equals: Callable[[str, str], bool]
    starts_with: Callable[[str, str], bool]
    ends_with: Callable[[str, str], bool]
    find: Callable[[str, str, int, int], tuple[int, int]]
    find_last: Callable[[str, str], tuple[int, int]]
    key: Callable[[str], Any]


def _culture(ignore_case: bool) -> Rules:
    return Rules(
        partial(compare_text, ignore_case=ignore_case),
        lambda first, second: compare_text(first, second, ignore_case) == 0,
        partial(linguistic.starts_with, ignore_case=ignore_case),
        partial(linguistic.ends_with, ignore_case=ignore_case),
        partial(linguistic.find_within, ignore_case=ignore_case),
        lambda text, value: linguistic.find(text, value, ignore_case, last=True),
        partial(sort_key, ignore_case=ignore_case),
    )


ORDINAL = Rules(
    compare_ordinal,
    _equals,
    str.startswith,
    str.endswith,
    _find,
    _find_last,
    lambda text: text,
)
ORDINAL_IGNORE_CASE = Rules(
    _compare_ordinal_ignore_case,
    _equals_ignore_case,
    lambda text, value: to_upper(text[: len(value)]) == to_upper(value),
    lambda text, value: not value or to_upper(text[-len(value) :]) == to_upper(value),
    _find_ignore_case,
    lambda text, value: _find_last(to_upper(text), to_upper(value)),
    to_upper,
)
CULTURE = _culture(False)
CULTURE_IGNORE_CASE = _culture(True)

# By the number of the StringComparison; the current culture is the invariant one.
_RULES = (CULTURE, CULTURE_IGNORE_CASE, CULTURE, CULTURE_IGNORE_CASE, ORDINAL, ORDINAL_IGNORE_CASE)


def rules_of(comparison: EnumValue) -> Rules:
    """What a StringComparison stands for. Raises ArgumentException."""
    if 0 <= comparison.value < len(_RULES):
        return _RULES[comparison.value]
    raise ArgumentException(
        "The string comparison type passed in is currently not supported.", parameter="comparisonType"
    )
