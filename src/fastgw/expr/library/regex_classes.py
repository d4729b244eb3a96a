"""Character classes of .NET patterns: what they contain, and how the `regex` library is told.

A class is a set of UTF-16 code units: ranges and general categories, perhaps negated, perhaps less another
class. Case is .NET's: a class that ignores case takes a character when the lower case of it is in the class,
or is the lower case of something in it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from fastgw.expr.runtime.meter import meter

LAST: Final = 0xFFFF
WORD: Final = (r"\p{L}", r"\p{Mn}", r"\p{Nd}", r"\p{Pc}")
"""What `\\w` is."""
WORD_EDGE: Final = "[" + "".join(WORD) + r"\u200C\u200D]"
"""What `\\b` stands at the edge of: words, and the joiners within them."""
DIGIT: Final = (r"\p{Nd}",)
SPACE: Final = (
    (0x9, 0xD),
    (0x20, 0x20),
    (0x85, 0x85),
    (0xA0, 0xA0),
    (0x1680, 0x1680),
    (0x2000, 0x200A),
    (0x2028, 0x2029),
    (0x202F, 0x202F),
    (0x205F, 0x205F),
    (0x3000, 0x3000),
)

# The same in ECMAScript's sense; .NET counts U+0130 among its letters.
ECMA_WORD: Final = ((0x30, 0x39), (0x41, 0x5A), (0x5F, 0x5F), (0x61, 0x7A), (0x130, 0x130))
ECMA_DIGIT: Final = ((0x30, 0x39),)
ECMA_SPACE: Final = ((0x9, 0xD), (0x20, 0x20))

_CASED = frozenset({"Lu", "Ll", "Lt"})


@dataclass
class CharClass:
    """A class while it is read. `categories` are members in the syntax of `regex`."""

    ignore_case: bool = False
    negated: bool = False
    ranges: list[tuple[int, int]] = field(default_factory=list)
    categories: list[str] = field(default_factory=list)
    less: CharClass | None = None

    def add(self, first: str, last: str) -> None:
        """Everything from one character to another."""
        self.ranges.append((ord(first), ord(last)))

    def add_category(self, name: str, negated: bool) -> None:
        """A general category; the three cases of letters are one where case is ignored."""
        if self.ignore_case and name in _CASED:
            members = r"\p{Lu}\p{Ll}\p{Lt}"
            self.categories.append(f"[^{members}]" if negated else members)
        else:
            self.categories.append(rf"\{'P' if negated else 'p'}{{{name}}}")

    def add_ranges(self, ranges: Iterable[tuple[int, int]], negated: bool) -> None:
        """Ranges, or all but them."""
        self.ranges += complement(ranges) if negated else ranges

    def add_categories(self, members: tuple[str, ...], negated: bool) -> None:
        """Categories together, or all but them."""
        if negated:
            self.categories.append(f"[^{''.join(members)}]")
        else:
            self.categories += members

    def source(self) -> str:
        """The class in the syntax of `regex`, version 1."""
        ranges = _with_cases(tuple(self.ranges)) if self.ignore_case else _merged(self.ranges)
        members = "".join(_range_source(first, last) for first, last in ranges) + "".join(self.categories)
        if not members:
            # An empty class takes nothing.
            shown = f"[{'' if self.negated else '^'}\\x00-\\U0010FFFF]"
        elif self.negated and any(one.startswith(("[^", r"\P")) for one in self.categories):
            # The library takes the negation of a class that has everything in it for that class.
            shown = f"[\\x00-\\U0010FFFF--[{members}]]"
        else:
            shown = f"[{'^' if self.negated else ''}{members}]"
        return f"[{shown}--{self.less.source()}]" if self.less else shown


def complement(ranges: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """All code units that are in none of the ranges."""
    found = []
    begin = 0
    for first, last in _merged(ranges):
        if begin < first:
            found.append((begin, first - 1))
        begin = last + 1
    if begin <= LAST:
        found.append((begin, LAST))
    return found


def _merged(ranges: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for first, last in sorted(ranges):
        if found and first <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(found[-1][1], last))
        else:
            found.append((first, last))
    return found


# ---------------------------------------------------------------- case


@lru_cache(maxsize=1)
def _lower_pairs() -> tuple[tuple[int, int], ...]:
    """Every code unit that has another lower case, with that."""
    pairs = []
    for code in range(LAST + 1):
        lower = chr(code).lower()
        if len(lower) == 1 and ord(lower) != code and ord(lower) <= LAST:
            pairs.append((code, ord(lower)))
    return tuple(pairs)


@lru_cache(maxsize=1)
def _by_lower() -> dict[int, tuple[int, ...]]:
    found: dict[int, tuple[int, ...]] = {}
    for code, lower in _lower_pairs():
        found[lower] = (*found.get(lower, ()), code)
    return found


def lower_of(character: str) -> str:
    """The lower case of a code unit, one to one as in .NET."""
    lower = character.lower()
    return lower if len(lower) == 1 and ord(lower) <= LAST else character


@lru_cache(maxsize=512)
def _with_cases(ranges: tuple[tuple[int, int], ...]) -> list[tuple[int, int]]:
    """The ranges with the lower cases of all in them, then everything whose lower case is there.

    So a capital in a range is taken for the sake of its lower case, which the first step adds.
    """
    meter.spend(1000)
    plain = _merged(ranges)
    lowered = _merged([*plain, *((low, low) for code, low in _lower_pairs() if _within(plain, code))])
    return _merged([*lowered, *((code, code) for code, low in _lower_pairs() if _within(lowered, low))])


def _within(ranges: list[tuple[int, int]], code: int) -> bool:
    low, high = 0, len(ranges)
    while low < high:
        middle = (low + high) // 2
        if ranges[middle][1] < code:
            low = middle + 1
        else:
            high = middle
    return low < len(ranges) and ranges[low][0] <= code


def same_but_case(character: str) -> str:
    """All characters with the lower case of this one, itself first."""
    lower = lower_of(character)
    others = [chr(code) for code in _by_lower().get(ord(lower), ())]
    return "".join(dict.fromkeys([character, lower, *others]))


# ---------------------------------------------------------------- writing


def escaped(character: str) -> str:
    """A character as itself, inside a class or outside of one."""
    if character.isascii() and character.isalnum():
        return character
    code = ord(character)
    return f"\\x{code:02X}" if code <= 0xFF else f"\\u{code:04X}"


def _range_source(first: int, last: int) -> str:
    if first == last:
        return escaped(chr(first))
    return f"{escaped(chr(first))}-{escaped(chr(last))}"
