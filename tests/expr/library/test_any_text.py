"""Whatever a policy writes as a pattern, a date or a format: a value or an exception of .NET."""

from __future__ import annotations

import contextlib

from hypothesis import given, settings
from hypothesis import strategies as st

from fastgw.expr.library.date_exact import parse_exact
from fastgw.expr.library.date_formats import format_date
from fastgw.expr.library.date_parsing import parse_date
from fastgw.expr.library.regex import Regex, replace, split
from fastgw.expr.library.time_span_formats import format_span, parse_span, parse_span_exact
from fastgw.expr.runtime.errors import ArgumentException, Exhausted, FormatException, OverflowException
from fastgw.expr.runtime.meter import meter

PIECES = st.sampled_from(
    [
        *(
            "(",
            ")",
            "(?",
            "(?:",
            "(?=",
            "(?!",
            "(?<=",
            "(?<!",
            "(?>",
            "(?<n>",
            "(?'n'",
            "(?<2>",
            "(?#",
            "(?(",
        ),
        *("(?i)", "(?i-s:", "(?(1)", "(?(n)", "[", "]", "[^", "-", "-[", "|", "*", "+", "?", "{", "}", "{2}"),
        *(
            "{1,",
            "{1,3}",
            ",",
            "\\",
            "\\1",
            "\\2",
            "\\k<n>",
            "\\k",
            "\\p{L}",
            "\\P{IsGreek}",
            "\\p",
            "\\x4",
            "\\u00",
        ),
        *(
            "\\c",
            "\\d",
            "\\W",
            "\\b",
            "\\G",
            "\\z",
            "^",
            "$",
            ".",
            "a",
            "b",
            "1",
            " ",
            "#",
            "\n",
            "\u212a",
            "\ud83d",
        ),
    ]
)
PATTERNS = st.lists(PIECES, max_size=12).map("".join)
TEXTS = st.text("ab1 \n\u212a\ud83dk-", max_size=8)
OPTIONS = st.sampled_from([0, 1, 2, 4, 16, 32, 64, 65, 256, 257, 63])
DATES = st.lists(
    st.sampled_from(
        [
            *("2024", "03", "5", "24", "0", "99", "123456789", "-", "/", ".", ":", " ", ",", "T", "Z", "GMT"),
            *(
                "Mar",
                "March",
                "Tue",
                "AM",
                "pm",
                "+",
                "+02:00",
                "-5",
                "14:07",
                "14:07:09.5",
                "x",
                "\0",
                "\u0660",
            ),
        ]
    ),
    max_size=8,
).map("".join)
FORMATS = st.text("dfFghHKmMstyz:/.'\"\\% -", max_size=8)


@given(PATTERNS, OPTIONS, TEXTS, st.text("$12{}n&`'+_a", max_size=8))
@settings(max_examples=400, deadline=None)
def test_any_pattern(pattern: str, options: int, text: str, replacement: str) -> None:
    meter.restart()
    meter.seconds_left = 0.2
    with contextlib.suppress(ArgumentException, Exhausted):
        made = Regex(pattern, options)
        found = made.seek(text)
        assert all(0 <= one.index <= one.index + one.length <= len(text) for one in found)
        for group in (group for one in found for group in one.groups()):
            assert group.value() == text[group.index : group.index + group.length]
        replace(made, text, replacement)
        split(made, text)
        assert replace(made, text, "$&") == text
    meter.restart()


@given(DATES, st.booleans())
@settings(max_examples=400, deadline=None)
def test_any_date(text: str, offset_counts: bool) -> None:
    with contextlib.suppress(FormatException):
        parse_date(text, offset_counts)


@given(DATES, FORMATS, st.booleans())
@settings(max_examples=300, deadline=None)
def test_any_date_in_any_format(text: str, format: str, offset_counts: bool) -> None:
    with contextlib.suppress(FormatException):
        parse_exact(text, format, offset_counts)
    with contextlib.suppress(FormatException):
        format_date(638_451_936_001_234_500, format, 1)


@given(st.text("0123456789:.- dhms", max_size=20), st.text("dhmsfF:.\\'% gGct", max_size=8))
@settings(max_examples=300, deadline=None)
def test_any_duration(text: str, format: str) -> None:
    with contextlib.suppress(FormatException, OverflowException):
        parse_span(text)
    with contextlib.suppress(FormatException, OverflowException):
        parse_span_exact(text, format)
    with contextlib.suppress(FormatException):
        format_span(-937_840_056_789, format)


@given(st.integers(0, 3_155_378_975_999_999_999), st.sampled_from("osuGFrg"))
@settings(max_examples=300, deadline=None)
def test_dates_that_are_written_are_read_again(ticks: int, format: str) -> None:
    text = format_date(ticks, format, 0)
    again = parse_exact(text, format).ticks
    assert format_date(again, format, 0) == text
    if format == "o":
        assert again == ticks == parse_date(text).ticks
