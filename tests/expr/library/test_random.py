"""System.Random gives .NET's sequences."""

from __future__ import annotations

import pytest

from fastgw.expr.library import random
from fastgw.expr.library.random import Random
from fastgw.expr.runtime.errors import ArgumentNullException, ArgumentOutOfRangeException
from fastgw.expr.runtime.values import ByteArray


@pytest.mark.parametrize(
    ("seed", "numbers"),
    [
        (0, [1559595546, 1755192844, 1649316166, 1198642031, 442452829]),
        (42, [1434747710, 302596119, 269548474, 1122627734, 361709742]),
    ],
)
def test_a_seed_gives_its_sequence(seed, numbers):
    generator = Random(seed)
    assert [random.next_number(generator) for _ in numbers] == numbers


@pytest.mark.parametrize(
    ("seed", "data"),
    [
        (0, [26, 12, 70, 111, 93, 117, 228, 216]),
        (1, [70, 208, 134, 130, 64, 151, 228, 163]),
        (2**31 - 1, [26, 12, 76, 111, 93, 115, 228, 216]),
    ],
)
def test_bytes_of_a_seed(seed, data):
    buffer = ByteArray(bytes(8))
    random.next_bytes(Random(seed), buffer)
    assert list(buffer.data) == data


def test_negative_seeds_count_without_sign():
    assert random.next_number(Random(-42)) == 1434747710
    assert random.next_number(Random(-(2**31))) == random.next_number(Random(2**31 - 1))


def test_numbers_of_a_range():
    generator = Random(1)
    assert [random.next_between(generator, 1, 100) for _ in range(5)] == [25, 11, 47, 77, 66]
    assert random.next_below(Random(42), 10) == 6
    assert random.next_double(Random(42)) == pytest.approx(0.6681064659115423, abs=1e-16)
    wide = [random.next_between(generator, -(2**31), 2**31 - 1) for _ in range(100)]
    assert min(wide) < -(2**30) < 2**30 < max(wide)
    assert random.next_between(generator, 5, 5) == 5


def test_ranges_that_do_not_exist_are_refused():
    with pytest.raises(ArgumentOutOfRangeException):
        random.next_below(Random(1), -1)
    with pytest.raises(ArgumentOutOfRangeException):
        random.next_between(Random(1), 2, 1)
    with pytest.raises(ArgumentNullException):
        random.next_bytes(Random(1), None)


def test_without_a_seed_the_sequences_differ():
    assert [random.next_number(random.new()) for _ in range(3)] != [
        random.next_number(random.new()) for _ in range(3)
    ]
