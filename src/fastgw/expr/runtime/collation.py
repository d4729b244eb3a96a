"""Order of strings under the invariant culture: linguistic, not by code unit.

.NET on Linux takes it from ICU's root collation (Unicode Technical Standard 10): strings are compared by
letter first, then by accent, then by case with small letters first; punctuation sorts before digits, digits
before letters; control and formatting characters do not count. The table of every script is not
reproduced here: Latin, its marks and ASCII are exact, other scripts follow their code points.
"""

# ruff: noqa: RUF001 (a table of characters that look alike)

from __future__ import annotations

import unicodedata

from fastgw.expr.runtime.meter import meter

# UTS 10 / CLDR root order of what is neither letter nor digit; everything else of Unicode comes after these.
_BEFORE_DIGITS = (
    "\t\n\x0b\x0c\r\x85\u2028\u2029 "
    "_‿-‐‑‒–—―,;:!¡?¿.…·'‘’‚‹›\"“”„«»()[]{}§¶@*/\\&#%‰†‡•`´˜^¯¨°©®+±÷×<=>|¦~¬¤¢$£¥€"
)
_DIGITS = "0123456789"
_LETTERS = "abcdefghijklmnopqrstuvwxyz"

# Letters that decompose only in collation: the base letters they sort with.
_EXPANSIONS = {
    "ß": "ss",
    "ẞ": "ss",
    "æ": "ae",
    "Æ": "ae",
    "œ": "oe",
    "Œ": "oe",
    "ø": "o",
    "Ø": "o",
    "đ": "d",
    "Đ": "d",
    "ð": "d",
    "Ð": "d",
    "ł": "l",
    "Ł": "l",
    "ħ": "h",
    "Ħ": "h",
    "ı": "i",
    "ſ": "s",
}
# As many marks of one letter cost nothing worth counting.
_FEW_MARKS = 256
_IGNORED_CATEGORIES = ("Cc", "Cf")

_ORDER = {character: rank for rank, character in enumerate(_BEFORE_DIGITS + _DIGITS + _LETTERS, start=1)}
_AFTER_ASCII = 0x1000

# For ASCII text both levels are one translation each, done by C code.
_ASCII_PRIMARY: dict[int, int | None] = {code: _ORDER.get(chr(code).lower()) for code in range(128)}


def compare_text(left: str, right: str, ignore_case: bool = False) -> int:
    """-1, 0 or 1 as `left` sorts before, with or after `right` (invariant culture). Raises Exhausted."""
    meter.read(len(left) + len(right))
    if left == right:
        return 0
    if left.isascii() and right.isascii():
        first = left.translate(_ASCII_PRIMARY)
        second = right.translate(_ASCII_PRIMARY)
        if first != second:
            return -1 if first < second else 1
        if ignore_case:
            return 0
        # Small letters come first, the reverse of ASCII; control characters have gone on both sides.
        first, second = _printable(left).swapcase(), _printable(right).swapcase()
        return 0 if first == second else -1 if first < second else 1
    one, other = sort_key(left, ignore_case), sort_key(right, ignore_case)
    return 0 if one == other else -1 if one < other else 1


def sort_key(text: str, ignore_case: bool = False) -> tuple[tuple[int, ...], ...]:
    """What orders strings when compared: letters, then accents, then case. Raises Exhausted."""
    meter.spend(len(text))
    spend_marks(text)
    letters: list[int] = []
    accents: list[int] = []
    cases: list[int] = []
    for character in unicodedata.normalize("NFD", _joined(text)):
        if unicodedata.combining(character):
            # A mark weighs with the letter before it: the more marks, the later.
            if accents:
                accents[-1] = accents[-1] * 0x110000 + ord(character)
            continue
        small = character.lower()
        for base in _EXPANSIONS.get(character, small):
            rank = _ORDER.get(base)
            if rank is None:
                if unicodedata.category(base) in _IGNORED_CATEGORIES:
                    continue
                rank = _AFTER_ASCII + ord(base)
            letters.append(rank)
            accents.append(1 if character in _EXPANSIONS else 0)
            cases.append(0 if character == small else 1)
    if ignore_case:
        return tuple(letters), tuple(accents)
    return tuple(letters), tuple(accents), tuple(cases)


def spend_marks(text: str) -> None:
    """Use up steps for the marks of `text`, before it is normalized. Raises Exhausted.

    Normal forms put the marks of a letter in order, which takes the square of their number.
    """
    if len(text) <= _FEW_MARKS:
        return
    run = 0
    for character in text:
        if unicodedata.combining(character):
            run += 1
            if not run % _FEW_MARKS:
                meter.spend(run)
        else:
            run = 0


def _printable(text: str) -> str:
    """ASCII `text` without the characters that do not count."""
    return text if text.isprintable() else "".join(one for one in text if _ASCII_PRIMARY[ord(one)])


def _joined(text: str) -> str:
    """`text` with pairs of surrogates as characters; a lone one stays."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
