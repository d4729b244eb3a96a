"""Fuzzes policy documents with atheris until it is stopped; tests/fuzz/README.md says how to run it."""

from __future__ import annotations

import sys
from pathlib import Path

import atheris

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
with atheris.instrument_imports(include=["fastgw"]):
    from tests.fuzz.targets import judge_document


def one_input(data: bytes) -> None:
    """Called by atheris for each input."""
    judge_document(data)


if __name__ == "__main__":
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()
