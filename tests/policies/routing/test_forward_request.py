"""forward-request: its options, and a computed timeout."""

from __future__ import annotations

import pytest

from fastgw._program import ForwardOptions
from tests.compiler.support import Bench


def options(attributes: str) -> ForwardOptions:
    text = f"<policies><backend><forward-request {attributes} /></backend></policies>"
    (step,) = Bench().programs(text).backend.steps
    found = step.operands[0]
    assert isinstance(found, ForwardOptions)
    return found


def test_the_default_timeout_is_300_seconds() -> None:
    assert options("").timeout_ms == 300_000


def test_a_timeout_in_seconds_becomes_milliseconds() -> None:
    assert options("timeout='2'").timeout_ms == 2000
    assert options("timeout-ms='2'").timeout_ms == 2


def test_a_computed_timeout_must_be_a_whole_number_that_is_not_negative() -> None:
    timeout = options("timeout='@(t)'").timeout_ms
    assert callable(timeout)
    assert timeout({"@(t)": 3}) == 3000
    for bad in (-1, None, "3", 2**40):
        with pytest.raises(ValueError, match="timeout"):
            timeout({"@(t)": bad})
