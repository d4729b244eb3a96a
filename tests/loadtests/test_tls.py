"""The bench of handshakes: it runs, and counts what it says."""

from __future__ import annotations

import pytest

from loadtests.tls import Case, line_of, measure


@pytest.mark.usefixtures("programs")
def test_a_short_run_serves_callers_with_a_certificate() -> None:
    case = Case("ecdsa", "tls13_resumed", True)
    found = measure([case], rounds=1, seconds=0.2)
    assert list(found) == [case]
    assert set(found[case]) == {"nginx", "fastgw"}
    assert all(len(costs) == 1 and costs[0] > 0 for costs in found[case].values())


def test_a_row_has_medians_and_the_spread_of_ratios() -> None:
    taken = {"nginx": [100.0, 200.0, 110.0], "fastgw": [150.0, 240.0, 165.0]}
    assert line_of(Case("rsa", "tls12_full", True), taken) == (
        "| rsa tls12 full + client certificate | 110 | 165 | 1.50 | 1.20-1.50 |"
    )
