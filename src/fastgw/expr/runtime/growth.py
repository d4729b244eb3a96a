"""What generated code builds, counted by the meter: strings and objects.

The meter counts all that is built, not what is still there, in the bytes that it takes up. A policy that adds
to a string in a loop builds it anew in each round and keeps the last one only, so a string that takes the
place of the one it was made of counts with what was added; copying it costs steps.
"""

from __future__ import annotations

from sys import getrefcount
from typing import Any

from fastgw.expr.runtime.meter import meter

# A string below this size is not counted where the code that builds it runs once only. Longer ones are always
# counted where they are made, so that what is given back for them was taken before.
UNCOUNTED = 1024
# What an object of the library takes up, roughly.
_OBJECT = 128


def size_of(text: str) -> int:
    """The bytes of the characters of `text`: a code unit beyond ASCII makes two bytes of each."""
    return len(text) if text.isascii() else 2 * len(text)


def counted(text: str) -> str:
    """`text`, which was just built. Raises Exhausted."""
    meter.bytes_left -= text.__sizeof__()
    if meter.bytes_left < 0:
        meter.reserve(0)
    return text


def derived(text: str, source: str) -> str:
    """`text`, which the library has just made of `source`, unless it is the same one. Raises Exhausted."""
    return text if text is source else counted(text)


def finished(text: str) -> str:
    """`text`, for each character of which a byte has been counted: what it takes up besides.

    Raises Exhausted.
    """
    meter.reserve(text.__sizeof__() - len(text))
    return text


def replaced(old: Any, text: str) -> str:
    """`text`, which was just built of `old` and takes its place in a variable next. Raises Exhausted."""
    counted(text)
    # Where nothing but the variable holds it, it is freed now. What contains it is no smaller.
    if getrefcount(old) == _ALONE and type(old) is str and len(old) >= UNCOUNTED:
        meter.bytes_left += min(old.__sizeof__(), text.__sizeof__())
        meter.read(len(text))
    return text


def join(parts: tuple[str, ...]) -> str:
    """All parts as one string. Raises Exhausted."""
    meter.require(sum(map(len, parts)))
    return counted("".join(parts))


def aligned(text: str, width: int) -> str:
    """`{value,width}`: blanks before it, or behind it where the width is negative. Raises Exhausted."""
    meter.require(abs(width))
    return counted(text.rjust(width) if width >= 0 else text.ljust(-width))


def made(value: Any) -> Any:
    """`value`, an object that was just made. Raises Exhausted."""
    meter.reserve(_OBJECT)
    return value


def _count_alone() -> int:
    """The references to a value that only a variable holds, seen as `replaced` sees them."""

    def seen(old: Any, _text: str) -> int:
        return getrefcount(old)

    variable = "".join(("a", "b"))
    return seen(variable, f"{variable}c")


_ALONE = _count_alone()
