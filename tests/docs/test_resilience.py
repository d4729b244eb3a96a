"""docs/resilience.md shows the circuit breaker's table as it is."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def drawing() -> ModuleType:
    spec = importlib.util.spec_from_file_location("draw_breaker", DOCS / "draw_breaker.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("part", ["diagram", "table"])
def test_what_is_drawn_from_the_table_stands_in_the_document(drawing: ModuleType, part: str) -> None:
    drawn = getattr(drawing, part)()
    assert drawn in (DOCS / "resilience.md").read_text(), "run docs/draw_breaker.py and take its output over"
