"""System.Random: Knuth's subtractive generator, so that a seed gives the sequence that it gives in .NET.

The state is 55 numbers; each new one is the difference of two that lie 21 apart. (Knuth's distance is 31:
.NET has kept the difference for compatibility.) It is no source of secrets, there or here.
"""

from __future__ import annotations

import secrets

from fastgw.expr.library.declare import define
from fastgw.expr.runtime.errors import ArgumentNullException, ArgumentOutOfRangeException
from fastgw.expr.runtime.meter import meter
from fastgw.expr.runtime.values import ByteArray, NetObject
from fastgw.expr.types import NamedType, Type

_LARGEST = 2**31 - 1
_SEED = 161803398
_SIZE = 55
_DISTANCE = 21


class Random(NetObject):
    """A Random."""

    __slots__ = ("at", "state")

    def __init__(self, seed: int) -> None:
        # The smallest int has no absolute value.
        number = _SEED - (_LARGEST if seed == -(2**31) else abs(seed))
        state = [0] * (_SIZE + 1)
        state[_SIZE] = number
        following = 1
        for at in range(1, _SIZE):
            place = 21 * at % _SIZE
            state[place] = following
            following = number - following
            if following < 0:
                following += _LARGEST
            number = state[place]
        for _ in range(4):
            for at in range(1, _SIZE + 1):
                # In 32 bits, as the differences wrap around there.
                difference = state[at] - state[1 + (at + 30) % _SIZE]
                difference = (difference + 2**31) % 2**32 - 2**31
                state[at] = difference + _LARGEST if difference < 0 else difference
        self.state = state
        self.at = 0

    def sample(self) -> int:
        """The next number, from 0 to below 2**31 - 1."""
        self.at = self.at % _SIZE + 1
        other = (self.at + _DISTANCE - 1) % _SIZE + 1
        number = self.state[self.at] - self.state[other]
        if number == _LARGEST:
            number -= 1
        if number < 0:
            number += _LARGEST
        self.state[self.at] = number
        return number

    def sample_double(self) -> float:
        """The next number, from 0 to below 1."""
        return self.sample() * (1.0 / _LARGEST)

    def net_type(self) -> Type:
        """System.Random."""
        return NamedType(RANDOM.definition)


RANDOM = define("System.Random", "class", python=(Random,))


@RANDOM.constructor("()")
def new() -> Random:
    """One with a random seed."""
    return Random(secrets.randbits(31))


@RANDOM.constructor("(int Seed)")
def new_seeded(seed: int) -> Random:
    """One that gives the sequence of the seed."""
    return Random(seed)


@RANDOM.method("int Next()")
def next_number(this: Random) -> int:
    """From 0 to below 2**31 - 1."""
    return this.sample()


@RANDOM.method("int Next(int maxValue)")
def next_below(this: Random, most: int) -> int:
    """From 0 to below `most`. Raises ArgumentOutOfRangeException."""
    if most < 0:
        raise ArgumentOutOfRangeException("'maxValue' must be greater than zero.", parameter="maxValue")
    return int(this.sample_double() * most)


@RANDOM.method("int Next(int minValue, int maxValue)")
def next_between(this: Random, least: int, most: int) -> int:
    """From `least` to below `most`. Raises ArgumentOutOfRangeException."""
    if least > most:
        raise ArgumentOutOfRangeException("'minValue' cannot be greater than maxValue.", parameter="minValue")
    size = most - least
    if size <= _LARGEST:
        return int(this.sample_double() * size) + least
    # Too wide for one number: a second one gives the sign.
    number = this.sample()
    if this.sample() % 2 == 0:
        number = -number
    return int((number + (_LARGEST - 1)) / (2.0 * _LARGEST - 1) * size) + least


@RANDOM.method("double NextDouble()")
def next_double(this: Random) -> float:
    """From 0 to below 1."""
    return this.sample_double()


@RANDOM.method("void NextBytes(byte[] buffer)")
def next_bytes(this: Random, buffer: ByteArray | None) -> None:
    """Fill an array. Raises ArgumentNullException and Exhausted."""
    if buffer is None:
        raise ArgumentNullException(parameter="buffer")
    meter.spend(len(buffer))
    for at in range(len(buffer)):
        buffer.data[at] = this.sample() & 0xFF
