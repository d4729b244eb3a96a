"""set-status: where it is of no use."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.compiler.support import Bench
from tests.policies.rehearsing import rehearse


def test_in_inbound_it_is_accepted_with_a_warning() -> None:
    bench = Bench()
    assert len(bench.inbound("<set-status code='200' />")) == 1
    assert bench.findings()[0].startswith("1:20 warning set-status in inbound has no response to change")


def test_inside_return_response_there_is_no_warning() -> None:
    bench = Bench()
    bench.inbound("<return-response><set-status code='200' /></return-response>")
    assert bench.findings() == []


@pytest.mark.parametrize("section", ["inbound", "backend"])
def test_without_a_response_it_changes_nothing(tmp_path: Path, section: str) -> None:
    sections = {"backend": "", section: '<set-status code="418" reason="Teapot" />'}
    outcome = rehearse(tmp_path, **sections)
    assert (outcome.status, outcome.reason, outcome.body) == (200, "OK", b"")


def test_without_a_response_a_code_that_is_none_is_an_error_all_the_same(tmp_path: Path) -> None:
    outcome = rehearse(tmp_path, inbound='<set-status code="@(99)" />')
    assert outcome.error is not None
    assert (outcome.status, outcome.error["source"]) == (500, "set-status")


def test_in_outbound_it_changes_the_answer_of_no_call(tmp_path: Path) -> None:
    outcome = rehearse(tmp_path, backend="", outbound='<set-status code="418" reason="Teapot" />')
    assert (outcome.status, outcome.reason) == (418, "Teapot")
