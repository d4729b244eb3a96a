"""Everything in tests/cases/refusals is refused with exactly the messages that stand there.

A case is a document, or `section: statements` for a document with one section; after `=>` stand the
findings in order, as `line:column severity message`. Cases are separated by empty lines.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.compiler.support import Bench

FOLDER = Path(__file__).resolve().parents[1] / "cases" / "refusals"
SECTIONS = ("inbound", "backend", "outbound", "on-error")


def cases() -> list[object]:
    found: list[object] = []
    for path in sorted(FOLDER.glob("*.txt")):
        for block in path.read_text().strip().split("\n\n"):
            text, *expected = block.split("\n=> ")
            found.append(pytest.param(text, expected, id=f"{path.stem}: {text}"))
    return found


@pytest.mark.parametrize(("text", "expected"), cases())
def test_the_case_is_refused_at_its_place(text: str, expected: list[str]) -> None:
    section, _, statements = text.partition(": ")
    if section in SECTIONS:
        text = f"<policies><{section}>{statements}</{section}></policies>"
    bench = Bench()
    assert bench.document(text) is None
    assert bench.findings() == expected
    assert {found.entity for found in bench.diagnostics} == {"api x"}
