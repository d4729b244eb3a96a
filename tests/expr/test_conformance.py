"""Every case of the conformance data gives the result that C# computed."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

from fastgw.cli.eval import evaluate_cases

DATA = Path(__file__).parent / "conformance"
CASES: list[dict[str, Any]] = json.loads((DATA / "expressions.json").read_text())
CONTEXTS = {one["id"]: one for one in json.loads((DATA / "contexts.json").read_text())}


# Python warns of code that a person would not write; it would do so in the log of the gateway.
@pytest.mark.filterwarnings("error::SyntaxWarning")
@pytest.mark.parametrize("case", [pytest.param(one, id=one["id"]) for one in CASES])
def test_case(case: dict[str, Any]) -> None:
    (found,) = evaluate_cases([case], CONTEXTS)
    expected = case["expected"]
    if "error" in expected:
        assert found.get("error") == expected["error"], found
        if expected["error"] == "runtime":
            assert found["exception"] == expected["exception"], found
        return
    assert "error" not in found, found
    assert found["type"] == expected["type"]
    assert same(found["value"], expected["value"]), found
    assert found.get("traces") == expected.get("traces")


def same(found: Any, expected: Any) -> bool:
    """Equal, but for the last bit of a double."""
    if isinstance(expected, float) and isinstance(found, float):
        return math.isclose(found, expected, rel_tol=2**-52, abs_tol=0.0)
    if isinstance(expected, dict):
        return (
            isinstance(found, dict)
            and found.keys() == expected.keys()
            and all(same(found[key], expected[key]) for key in expected)
        )
    if isinstance(expected, list):
        return isinstance(found, list) and len(found) == len(expected) and all(map(same, found, expected))
    return type(found) is type(expected) and bool(found == expected)
