"""Each document of tests/cases/listings compiles to the listing that stands beside it.

`name.xml` is the narrowest document (an operation's); `name.api.xml`, `name.global.xml` and
`name.fragment.<id>.xml` stand for the rest. After a change that is meant, read the difference and set
FASTGW_WRITE_LISTINGS=1 to write the new listings.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from fastgw.compiler import listing
from tests.compiler.support import Bench

FOLDER = Path(__file__).resolve().parents[1] / "cases" / "listings"
NAMES = sorted(path.stem for path in FOLDER.glob("*.xml") if "." not in path.stem)


@pytest.mark.parametrize("name", NAMES)
def test_the_document_compiles_to_its_listing(name: str) -> None:
    fragments = {path.stem.split(".")[2]: path.read_text() for path in FOLDER.glob(f"{name}.fragment.*.xml")}
    bench = Bench(fragments=fragments)

    def document(suffix: str, scope: str) -> object:
        path = FOLDER / f"{name}{suffix}.xml"
        return bench.document(path.read_text(), scope, path.name) if path.exists() else None

    programs = bench.compiler.programs(
        document(".global", "global"),  # type: ignore[arg-type]
        document(".api", "api"),  # type: ignore[arg-type]
        document("", "operation"),  # type: ignore[arg-type]
        None,
        "operation x",
    )
    assert bench.findings() == []
    text = "\n".join(listing(program, bench.compiler.hidden) for program in programs) + "\n"
    expected = FOLDER / f"{name}.listing"
    if os.environ.get("FASTGW_WRITE_LISTINGS"):
        expected.write_text(text)
    assert text == expected.read_text()
