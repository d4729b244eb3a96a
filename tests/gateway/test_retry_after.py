"""What a Retry-After field says (RFC 9110 section 10.2.3): seconds, a date, or nothing that can be used."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastgw.gateway.retry_after import LONGEST, parse_retry_after

NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"0", 0),
        (b"1", 1_000),
        (b"120", 120_000),
        (b"007", 7_000),
        (b" 5\t", 5_000),
        (str(LONGEST).encode(), LONGEST * 1000),
        (str(LONGEST + 1).encode(), LONGEST * 1000),
        (b"9" * 11, LONGEST * 1000),
        (b"9" * 5000, LONGEST * 1000),
        (b"0" * 20 + b"7", 7_000),
    ],
)
def test_a_number_is_seconds_up_to_a_year(value: bytes, expected: int) -> None:
    assert parse_retry_after(value, NOW) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"Sun, 01 Mar 2026 12:00:30 GMT", 30_000),
        (b"Sun, 01 Mar 2026 12:00:00 GMT", 0),
        # What has passed asks for nothing.
        (b"Sun, 01 Mar 2026 11:59:59 GMT", 0),
        (b"Thu, 01 Jan 1970 00:00:00 GMT", 0),
        # The two obsolete forms, which recipients must take.
        (b"Sunday, 01-Mar-26 12:01:00 GMT", 60_000),
        (b"Sun Mar  1 12:01:00 2026", 60_000),
        (b"Fri, 31 Dec 9999 23:59:59 GMT", LONGEST * 1000),
    ],
)
def test_a_date_is_the_time_until_then(value: bytes, expected: int) -> None:
    assert parse_retry_after(value, NOW) == expected


def test_a_part_of_a_second_is_not_lost() -> None:
    now = NOW + timedelta(milliseconds=250)
    assert parse_retry_after(b"Sun, 01 Mar 2026 12:00:30 GMT", now) == 29_750


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b" ",
        b"-1",
        b"+1",
        b"1.5",
        b"1,2",
        b"1 2",
        b"0x10",
        b"1e3",
        b"soon",
        b"\xb2",
        b"\xff\xfe",
        "٣".encode(),
        b"Sun, 99 Mar 2026 12:00:30 GMT",
        b"Sun, 01 Mar 2026 25:00:00 GMT",
        b"Sun, 01 Mar 10000 12:00:30 GMT",
        b"Sun, 01 Mar 99999999999999999999 12:00:30 GMT",
        b"Sun, 01 Mar 2026 12:00:30 +99999999999999999999",
    ],
)
def test_anything_else_says_nothing(value: bytes) -> None:
    assert parse_retry_after(value, NOW) == -1


@given(st.integers(-(10**6), 10**6))
def test_every_date_is_read_back(seconds: int) -> None:
    value = format_datetime(NOW + timedelta(seconds=seconds), usegmt=True).encode()
    assert parse_retry_after(value, NOW) == max(0, seconds) * 1000


DATES = st.from_regex(
    rb"(Sun, )?[0-9]{1,3} (Mar|mar|Jan|xyz) [0-9]{1,22} "
    rb"[0-9]{1,3}:[0-9]{1,2}(:[0-9]{1,22})? ?(GMT|[+-]?[0-9]{1,22})?",
    fullmatch=True,
)


@given(st.binary(max_size=40) | DATES)
def test_no_value_of_a_backend_breaks_the_gateway(value: bytes) -> None:
    assert -1 <= parse_retry_after(value, NOW) <= LONGEST * 1000


def test_the_time_is_that_of_the_system_where_none_is_given() -> None:
    value = format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True).encode()
    assert 3_500_000 < parse_retry_after(value) <= 3_600_000
