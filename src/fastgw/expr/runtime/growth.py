"""What generated code builds, counted by the meter: strings and objects.

The meter counts all that is built, not what is still there. A policy that adds to a string in a loop builds
it anew in each round and keeps the last one only, so strings count with a part of their size until they are
large.
"""

from __future__ import annotations

from typing import Any

from fastgw.expr.runtime.meter import meter

# A string below this size is not counted where the code that builds it runs once only.
UNCOUNTED = 1024
_LARGE = 1024 * 1024
# What is no larger than this takes up little more than what holds it, which is counted.
_SMALL = 64
# Smaller ones count with an eighth.
_SHARE_BITS = 3
# What an object of the library takes up, roughly.
_OBJECT = 128


def counted(text: str) -> str:
    """`text`, which was just built. Raises Exhausted."""
    _reserve(len(text))
    return text


def derived(text: str) -> str:
    """`text`, which the library has just made of another, such as a part of it. Raises Exhausted."""
    if len(text) > _SMALL:
        _reserve(len(text))
    return text


def join(parts: tuple[str, ...]) -> str:
    """All parts as one string. Raises Exhausted."""
    _reserve(sum(map(len, parts)))
    return "".join(parts)


def _reserve(size: int) -> None:
    meter.reserve(size if size > _LARGE else size >> _SHARE_BITS)


def aligned(text: str, width: int) -> str:
    """`{value,width}`: blanks before it, or behind it where the width is negative. Raises Exhausted."""
    meter.reserve(abs(width))
    return text.rjust(width) if width >= 0 else text.ljust(-width)


def made(value: Any) -> Any:
    """`value`, an object that was just made. Raises Exhausted."""
    meter.reserve(_OBJECT)
    return value
