"""Every test has the whole budget of an expression."""

from __future__ import annotations

import pytest

from fastgw.expr.runtime.meter import meter


@pytest.fixture(autouse=True)
def _fresh_meter() -> None:
    meter.restart()
