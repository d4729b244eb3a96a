"""From rounds to figures: medians, ratios, failed rounds, growth of memory, and the readers behind them."""

from __future__ import annotations

import json

import pytest

from loadtests import wrk
from loadtests.keepalive import Witness
from loadtests.measure import BESIDE, Result, Round
from loadtests.processes import BenchError, parse_stat
from loadtests.report import added, figure, handshake_cost, machine, record, table
from loadtests.soak import Findings, Trend, slope, verdict

GOOD_LOAD = wrk.Load(1000, 10.0, {"read": 0, "status": 0}, 500, 900)


def rounds(*costs: float, mode: str = "requests", failures: int = 0) -> list[Round]:
    """Rounds of 1000 units that cost so many microseconds each."""
    return [Round(mode, 1000, 1.0, cost / 1000, failures) for cost in costs]


def test_the_median_of_the_good_rounds_is_quoted() -> None:
    result = Result("nginx", "plain", rounds(10, 30, 20) + rounds(500, failures=1))
    found = figure(result, "requests")
    assert found is not None
    assert (found.median, found.low, found.high) == pytest.approx((20, 10, 30))


def test_a_gateway_without_a_good_round_has_no_figure_and_says_why() -> None:
    bad = Result("envoy", "plain", rounds(10, failures=3))
    assert figure(bad, "requests") is None
    assert "| envoy | failed: no round was good |" in table([Result("nginx", "plain", rounds(10)), bad])
    assert "failed: it broke" in table([Result("envoy", "plain", error="it broke\nwith a long log")])


def test_ratios_are_to_nginx_and_envoy_of_the_same_scenario() -> None:
    rows = [
        Result(name, "plain", rounds(cost)) for name, cost in (("nginx", 10), ("envoy", 20), ("fastgw", 15))
    ]
    rows.append(Result("nginx", "tls_in", rounds(1)))
    (line,) = [line for line in table(rows).splitlines() if line.startswith("| fastgw")]
    assert "| 15.0 |" in line
    assert "| 1.50 | 0.75 |" in line


def test_failed_rounds_are_marked_in_the_table() -> None:
    text = table([Result("nginx", "plain", rounds(10) + rounds(10, failures=1))])
    assert "10.0 (1 failed)" in text


def test_a_handshake_costs_the_connection_less_the_plain_one() -> None:
    result = Result("nginx", "handshakes", rounds(50, mode="plain") + rounds(250, mode="tls13_full"))
    assert handshake_cost(result, "tls13_full") == pytest.approx(200)
    assert handshake_cost(result, "tls12_full") is None
    assert "250 (200)" in table([result])


def test_what_a_scenario_adds_is_the_median_of_pairs_of_rounds() -> None:
    before = rounds(10, 20, 40, mode=BESIDE) + rounds(1, mode=BESIDE, failures=1)
    result = Result("fastgw", "resilient", before + rounds(10.5, 20.25, 41, 99))
    found = added(result)
    assert found is not None
    # The medians of the two differ by 10 for no other reason than a machine that was slow for a while.
    assert (found.median, found.low, found.high) == pytest.approx((0.5, 0.25, 1.0))
    assert "| fastgw | 20.0 | +0.50 | +0.25 to +1.00 |" in table([result])
    whole = json.loads(record(machine(), {}, {}, {}, [result]))
    assert whole["results"][0]["added"]["median"] == pytest.approx(0.5)


def test_without_a_pair_of_good_rounds_nothing_is_said_to_be_added() -> None:
    result = Result("fastgw", "resilient", rounds(10, mode=BESIDE, failures=1) + rounds(11))
    assert added(result) is None
    assert "| fastgw | - | - | - |" in table([result])


def test_the_record_keeps_failed_rounds() -> None:
    result = Result("nginx", "plain", rounds(10) + rounds(20, failures=2), pss_kib=5000)
    whole = json.loads(record(machine(), {"nginx": "1"}, {"envoy": "absent"}, {"rounds": 2}, [result]))
    assert [done["good"] for done in whole["results"][0]["rounds"]] == [True, False]
    assert whole["left_out"] == {"envoy": "absent"}
    assert whole["machine"]["cores"] >= 1


def test_the_name_of_a_process_may_hold_anything() -> None:
    fields = ["S", "7", *["0"] * 9, "10", "20", "30", "40", *["0"] * 4, "999", "0"]
    stat = parse_stat("42 (odd) name (x)) " + " ".join(fields))
    assert (stat.pid, stat.parent, stat.state, stat.ticks, stat.started) == (42, 7, "S", 100, 999)


def test_the_counters_of_wrk_are_read_from_its_json_line() -> None:
    line = (
        '{"requests":9,"microseconds":1500000,"connect":1,"read":2,"write":0,"status":3,"timeout":0,'
        '"p50":10,"p99":20}'
    )
    load = wrk.parse(f"Running 1s test\n{line}\n")
    assert (load.requests, load.seconds, load.failures) == (9, 1.5, 6)


def test_a_silent_wrk_is_an_error_that_quotes_it() -> None:
    with pytest.raises(BenchError, match="unable to connect"):
        wrk.parse("", "unable to connect to 127.0.0.1")


def test_growth_is_the_slope_in_kib_per_minute() -> None:
    assert slope([(0, 1000), (30, 1050), (60, 1100)]) == pytest.approx(100)
    assert slope([(0, 1000), (60, 9000)]) == 0


def findings(growth: float = 0.0, lost: int = 0) -> Findings:
    samples = [(float(second), int(20000 + growth * second / 60)) for second in range(0, 200, 10)]
    witness = Witness(answered=10, lost=lost, opened=1)
    return Findings(trends={1: Trend(1, samples)}, witness=witness, load=GOOD_LOAD)


def test_a_flat_run_without_losses_is_good() -> None:
    assert verdict(findings(), 200, most_growth=100, most_mib=80) == []


def test_each_fault_of_a_run_is_named() -> None:
    assert "grew by" in verdict(findings(growth=300), 200, 100, 80)[0]
    assert "lost" in verdict(findings(lost=1), 200, 100, 80)[0]
    assert "MiB" in verdict(findings(), 200, 100, most_mib=10)[0]
    gone = findings()
    gone.ended.append(1)
    assert "ended" in verdict(gone, 200, 100, 80)[0]
    failing = findings()
    failing.load = wrk.Load(5, 1.0, {"read": 2}, 0, 0)
    assert "failures" in verdict(failing, 200, 100, 80)[0]


def test_growth_is_not_judged_in_a_short_run() -> None:
    assert verdict(findings(growth=3000), 30, 100, 80) == []
