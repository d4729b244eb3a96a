"""The counter of instructions: what it reads, and what it says where its program is missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from loadtests.instructions import STEPS, by_function, main
from loadtests.origin import TEMPLATES
from loadtests.scenarios import Scenario
from loadtests.templates import render

COUNTS = """
version: 1
creator: callgrind-3.19.0
pid: 7
part: 2
positions: line
events: Ir

ob=(1) /usr/lib/one.so
fl=(1) ???
fn=(1) first
0 10
cob=(2) /usr/lib/two.so
cfn=(2) second
calls=3 0
0 400
+2 5

fn=(2)
* 7
-1 100

fn=(3) first
16 1
totals: 123
""".splitlines()


def test_a_function_has_its_own_instructions_and_not_those_of_what_it_calls() -> None:
    assert by_function(COUNTS) == {"first": 16, "second": 107}


def test_a_function_without_instructions_is_none() -> None:
    assert by_function([]) == {}


def test_without_valgrind_it_says_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert main([]) == 1
    assert "valgrind is missing (Debian package valgrind)" in capsys.readouterr().err


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.name)
def test_each_step_has_a_configuration(step: Scenario) -> None:
    text = (TEMPLATES / "fastgw.yaml").read_text()
    made = render(text, step.name, dict.fromkeys(("PORT", "ORIGIN_PORT", "SECOND_ORIGIN_PORT"), "1"))
    assert ("circuitBreaker" in made) == (step.name in ("breaker", "resilient"))
    assert ("set-backend-service" in made) == (step.name != "plain")
