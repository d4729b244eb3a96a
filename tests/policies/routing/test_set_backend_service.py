"""set-backend-service: targets that are found when the statement runs."""

from __future__ import annotations

import pytest

from tests.compiler.support import Bench, Target


def test_a_computed_id_is_looked_up_when_the_statement_runs() -> None:
    (step,) = Bench().inbound("<set-backend-service backend-id='@(id)' />")
    target, by_id = step.operands
    assert by_id is True
    assert target({"@(id)": b"orders"}) == Target("orders")
    with pytest.raises(LookupError, match="'nobody'"):
        target({"@(id)": "nobody"})
    with pytest.raises(LookupError):
        target({"@(id)": None})


def test_a_computed_url_is_checked_when_the_statement_runs() -> None:
    (step,) = Bench().inbound("<set-backend-service base-url='@(url)' />")
    target, by_id = step.operands
    assert by_id is False
    assert target({"@(url)": " http://a "}) == Target("http://a")
    with pytest.raises(ValueError, match="no http"):
        target({"@(url)": "gopher://a"})
