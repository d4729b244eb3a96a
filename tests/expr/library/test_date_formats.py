"""Dates written in every format, against what .NET writes."""

from __future__ import annotations

import pytest

from fastgw.expr.library.date_formats import UTC, format_date
from tests.expr.library.net_cases import cases, outcome


@pytest.mark.parametrize(("ticks", "kind", "offset", "format", "expected"), cases("date_formats.json"))
def test_text_is_that_of_net(ticks: int, kind: int, offset: int | None, format: str, expected: str) -> None:
    assert outcome(lambda: format_date(ticks, format, kind, offset)) == expected


def test_a_missing_format_is_the_general_one() -> None:
    assert format_date(0, None, UTC) == "01/01/0001 00:00:00"
    assert format_date(0, None, 0, 36_000_000_000) == "01/01/0001 00:00:00 +01:00"
