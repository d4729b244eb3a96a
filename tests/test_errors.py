"""Diagnostics: each finding once, many of them at no cost, and never more than anybody reads."""

from __future__ import annotations

import pytest

from fastgw.errors import MOST_FINDINGS, ConfigurationError, Diagnostics, Position


def test_a_repeated_finding_is_kept_once_and_order_stays() -> None:
    found = Diagnostics()
    for message in ("one", "two", "one"):
        found.warning(message, Position("f", 1, 1))
    assert [one.message for one in found] == ["one", "two"]
    assert not found.has_errors
    found.error("three")
    assert found.has_errors
    assert found.error_count == 1


def test_what_is_beyond_the_bound_is_counted_in_one_last_finding() -> None:
    found = Diagnostics()
    for number in range(MOST_FINDINGS + 7):
        found.warning(f"odd {number}")
    assert len(found) == len(tuple(found)) == MOST_FINDINGS + 1
    last = tuple(found)[-1]
    assert (last.severity, last.message) == ("warning", "and 7 more")
    found.raise_errors()


def test_no_number_of_warnings_hides_an_error() -> None:
    found = Diagnostics()
    for number in range(MOST_FINDINGS + 7):
        found.warning(f"odd {number}")
    found.error("wrong")
    with pytest.raises(ConfigurationError, match="error: wrong"):
        found.raise_errors()
