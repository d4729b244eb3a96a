"""Fuzzes expressions with atheris until it is stopped; tests/fuzz/README.md says how to run it."""

from __future__ import annotations

import sys
from pathlib import Path

import atheris

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
with atheris.instrument_imports(include=["fastgw"]):
    from tests.fuzz.targets import run_expression


def one_input(data: bytes) -> None:
    """Called by atheris for each input."""
    run_expression(data.decode("utf-8", "replace"))


if __name__ == "__main__":
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()
