"""ParseExact, against what .NET reads."""

from __future__ import annotations

from typing import Any

import pytest

from fastgw.expr.library import date_time_offset
from fastgw.expr.library.date_exact import parse_exact
from fastgw.expr.runtime.errors import ArgumentNullException
from tests.expr.library.net_cases import NOON, cases, clock_at, outcome


def read(text: str, format: str) -> list[int]:
    found = date_time_offset.parse_exact(text, format)
    return [found.ticks, found.offset]


def read_local(text: str, format: str) -> int:
    found = parse_exact(text, format)
    return found.ticks - (found.offset or 0)


@pytest.mark.parametrize(("text", "format", "as_date", "as_offset"), cases("date_parse_exact.json"))
def test_text_is_read_as_net_reads_it(text: str, format: str, as_date: Any, as_offset: Any) -> None:
    with clock_at(NOON):
        assert outcome(lambda: read(text, format)) == as_offset
        ticks = as_date if isinstance(as_date, str) else as_date[0]
        assert outcome(lambda: read_local(text, format)) == ticks


def test_null_is_an_argument_that_is_missing() -> None:
    with pytest.raises(ArgumentNullException, match="'input'"):
        date_time_offset.parse_exact(None, "d")
    with pytest.raises(ArgumentNullException, match="'format'"):
        date_time_offset.parse_exact("x", None)
