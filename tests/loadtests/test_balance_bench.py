"""The bench of breakers and balancers does what it says: members take turns, a trip is seen at once."""

from __future__ import annotations

import pytest

from fastgw._balance import Algorithm
from loadtests.micro.bench_balance import Workload, trip_delays


@pytest.mark.parametrize("algorithm", list(Algorithm), ids=lambda one: one.name)
def test_the_workload_spreads_its_requests_and_leaves_nothing_in_flight(algorithm: Algorithm) -> None:
    workload = Workload(4, algorithm)
    workload.run(400)
    members = workload.balancer.state(0)["members"]
    assert sum(member["chosen"] for member in members) == 400
    assert min(member["chosen"] for member in members) > 0
    assert [member["inFlight"] for member in members] == [0] * 4


def test_another_process_sees_a_trip_within_a_millisecond() -> None:
    """The shortest of some: the longest says when the machine had time for the other process."""
    assert 0.0 < min(trip_delays(20)) < 0.001
