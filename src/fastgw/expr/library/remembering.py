"""Texts that were read before: formats and replacement patterns are mostly the same few constants.

What a request says may be such a text as well, and may be long, so only short ones are remembered.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Concatenate, ParamSpec, TypeVar

from fastgw.expr.runtime.meter import meter

_MOST_KEPT = 256
_LONGEST_KEPT = 256
# What one part of a text takes up when it is read, at worst one for each character.
_PART_BYTES = 64

_Rest = ParamSpec("_Rest")
_Read = TypeVar("_Read")


def remembering(read: Callable[Concatenate[str, _Rest], _Read]) -> Callable[Concatenate[str, _Rest], _Read]:
    """`read`, whose first argument is a text, with a memory for short ones; long ones are counted.

    The result raises Exhausted besides what `read` raises.
    """
    kept: Callable[..., _Read] = lru_cache(maxsize=_MOST_KEPT)(read)

    def reading(text: str, /, *rest: _Rest.args, **named: _Rest.kwargs) -> _Read:
        if len(text) <= _LONGEST_KEPT:
            return kept(text, *rest, **named)
        meter.spend(len(text))
        meter.reserve(_PART_BYTES * len(text))
        return read(text, *rest, **named)

    return reading
