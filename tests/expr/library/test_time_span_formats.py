"""Durations as text, against what .NET writes and reads."""

from __future__ import annotations

import pytest

from fastgw.expr.library.time_span_formats import format_span, parse_span, parse_span_exact
from fastgw.expr.runtime.errors import FormatException
from tests.expr.library.net_cases import cases, outcome

SECOND = 10_000_000


@pytest.mark.parametrize(
    ("ticks", "format", "text"),
    [
        (3661 * SECOND, None, "01:01:01"),
        (129_600 * SECOND, "", "1.12:00:00"),
        (SECOND * 3 // 2, "c", "00:00:01.5000000"),
        (-5400 * SECOND, "t", "-01:30:00"),
        (-(2**63), None, "-10675199.02:48:05.4775808"),
        (-(2**63), "g", "-10675199:2:48:05.4775808"),
        (2**63 - 1, "G", "10675199:02:48:05.4775807"),
        (905_000_000, "g", "0:01:30.5"),
        (-1, "G", "-0:00:00:00.0000001"),
        (90 * SECOND, r"mm\:ss", "01:30"),
        (-90 * SECOND, r"mm\:ss", "01:30"),
        (172_800 * SECOND, r"d\.hh\:mm", "2.00:00"),
        (90 * SECOND, "%h", "0"),
        (90 * SECOND, "'a'hh\"b\"mm", "a00b01"),
        (90 * SECOND, "dddddddd", "00000000"),
        (902_500_000, "fff", "250"),
        (902_500_000, r"s\.FFFFFFF", "30.25"),
        (90 * SECOND, r"s\.FFFFFFF", "30."),
    ],
)
def test_formats(ticks: int, format: str | None, text: str) -> None:
    assert format_span(ticks, format) == text


@pytest.mark.parametrize(
    "format", ["x", "h", "C", "hh:mm", "hhh", "hh\\", "%", "%%", "ddddddddd", "ffffffff", "mm ss"]
)
def test_formats_that_are_none(format: str) -> None:
    with pytest.raises(FormatException, match="Input string was not in a correct format"):
        format_span(0, format)


def test_a_quote_that_is_not_closed_is_named() -> None:
    with pytest.raises(FormatException, match="matching quote character for the character '''"):
        format_span(0, "'a")


@pytest.mark.parametrize(("text", "expected"), cases("time_span_parse.json"))
def test_parse_gives_what_net_gives(text: str, expected: int | str) -> None:
    assert outcome(lambda: parse_span(text)) == expected


@pytest.mark.parametrize(("text", "format", "expected"), cases("time_span_parse_exact.json"))
def test_parse_exact_gives_what_net_gives(text: str, format: str, expected: int | str) -> None:
    assert outcome(lambda: parse_span_exact(text, format)) == expected


@pytest.mark.parametrize("format", ["c", "g", "G"])
@pytest.mark.parametrize("ticks", [0, 1, -1, 5_000_000, 863_999_999_999, 2**63 - 1, -(2**63), 10**15])
def test_what_is_written_is_read_again(ticks: int, format: str) -> None:
    assert parse_span_exact(format_span(ticks, format), format) == ticks
    assert parse_span(format_span(ticks, format)) == ticks
