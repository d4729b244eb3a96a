"""How long the reader waits: spread, growing, bounded, and never less than the vault has asked for."""

from __future__ import annotations

import pytest

from fastgw.vault.pauses import FIRST, LONGEST, LONGEST_ASKED, after_failure, after_success

HOURS = 4 * 3600.0


def test_a_success_is_followed_by_nine_tenths_of_the_interval_at_least_and_never_by_more() -> None:
    assert after_success(100.0, 0.0) == 100.0
    assert after_success(100.0, 0.999) == pytest.approx(90.0, abs=0.1)


def test_failures_double_the_pause_up_to_five_minutes() -> None:
    pauses = [after_failure(count, None, HOURS, 0.0) for count in range(1, 14)]
    assert pauses[:4] == [FIRST, 2 * FIRST, 4 * FIRST, 8 * FIRST]
    assert pauses == sorted(pauses)
    assert pauses[-1] == LONGEST
    assert after_failure(10**6, None, HOURS, 0.0) == LONGEST


def test_the_pause_is_spread_over_its_upper_half() -> None:
    assert after_failure(4, None, HOURS, 0.0) == 4.0
    assert after_failure(4, None, HOURS, 0.999) == pytest.approx(2.0, abs=0.01)


def test_a_short_interval_bounds_the_pause() -> None:
    assert after_failure(20, None, 3.0, 0.0) == 3.0
    assert after_failure(20, None, 0.1, 0.0) == FIRST


@pytest.mark.parametrize("chance", [0.0, 0.5, 0.999])
def test_what_the_vault_asks_for_is_never_undercut(chance: float) -> None:
    assert after_failure(1, 60.0, HOURS, chance) == 60.0
    assert after_failure(1, 0.0, HOURS, chance) > 0
    assert after_failure(1, 10.0**9, HOURS, chance) == LONGEST_ASKED
