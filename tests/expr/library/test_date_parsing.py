"""DateTime.Parse and DateTimeOffset.Parse, against what .NET reads."""

from __future__ import annotations

from typing import Any

import pytest

from fastgw.expr.library import date_time_members, date_time_offset
from fastgw.expr.runtime.errors import ArgumentNullException, Exhausted
from fastgw.expr.runtime.meter import meter
from tests.expr.library.net_cases import NOON, cases, clock_at, outcome


def read_date(text: str) -> list[int]:
    found = date_time_members.parse(text)
    return [found.ticks, found.kind]


def read_offset(text: str) -> list[int]:
    found = date_time_offset.parse(text)
    return [found.ticks, found.offset]


@pytest.mark.parametrize(("text", "as_date", "as_offset"), cases("date_parse.json"))
def test_text_is_read_as_net_reads_it(text: str, as_date: Any, as_offset: Any) -> None:
    with clock_at(NOON):
        assert outcome(lambda: read_date(text)) == as_date
        assert outcome(lambda: read_offset(text)) == as_offset


@pytest.mark.parametrize(
    "text", ["Mar 5 14:07", "5 Mar 14:07", "A.D. 2024-03-05", "#2024-03-05#", "2024\u5e743\u67085\u65e5"]
)
def test_what_net_reads_by_accident_is_refused(text: str) -> None:
    """`Mar 5 14:07` is today at 05:14 there."""
    assert str(outcome(lambda: read_date(text))).startswith("FormatException")


def test_null_is_an_argument_that_is_missing() -> None:
    with pytest.raises(ArgumentNullException, match="'s'"):
        date_time_members.parse(None)
    with pytest.raises(ArgumentNullException, match="'input'"):
        date_time_offset.parse(None)


def test_long_texts_cost_steps() -> None:
    meter.restart()
    with pytest.raises(Exhausted):
        date_time_members.parse(" " * (meter.most_steps + 1))
    meter.restart()
