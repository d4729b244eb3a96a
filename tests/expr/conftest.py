"""Each test has an evaluation's full limits, as the engine gives them."""

from __future__ import annotations

import pytest

from fastgw.expr.runtime.meter import meter


@pytest.fixture(autouse=True)
def _full_limits() -> None:
    """What an earlier test has used up is not this one's."""
    meter.restart()
