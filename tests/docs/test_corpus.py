"""docs/corpus.md says what check-policy says of the corpus of public policies."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CORPUS = ROOT.parent / "shared" / "corpus" / "policies"


def test_the_document_is_the_one_that_is_generated() -> None:
    if not CORPUS.is_dir():
        pytest.skip(f"the corpus of public policies is not at {CORPUS}")
    spec = importlib.util.spec_from_file_location("list_corpus", ROOT / "docs" / "list_corpus.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    made = module.document(CORPUS)
    written = (ROOT / "docs" / "corpus.md").read_text(encoding="utf-8")
    different = sorted(set(made.splitlines()) ^ set(written.splitlines()))
    assert made == written, f"run docs/list_corpus.py; it differs in {different[:10]}"
