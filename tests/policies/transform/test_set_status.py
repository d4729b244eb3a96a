"""set-status: where it is of no use."""

from __future__ import annotations

from tests.compiler.support import Bench


def test_in_inbound_it_is_accepted_with_a_warning() -> None:
    bench = Bench()
    assert len(bench.inbound("<set-status code='200' />")) == 1
    assert bench.findings()[0].startswith("1:20 warning set-status in inbound has no response to change")


def test_inside_return_response_there_is_no_warning() -> None:
    bench = Bench()
    bench.inbound("<return-response><set-status code='200' /></return-response>")
    assert bench.findings() == []
