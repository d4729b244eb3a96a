"""Links lead somewhere, and every document can be reached."""

from __future__ import annotations

import pytest

from tests.docs.blocks import ROOT, anchors, documents, links


def internal(document: str) -> list[tuple[str, str]]:
    """The links into this repository as (path from the root, anchor)."""
    found = []
    for link in links(document):
        if "://" in link:
            continue
        path, _, anchor = link.partition("#")
        target = (ROOT / document).parent / path if path else ROOT / document
        found.append((str(target.resolve().relative_to(ROOT)), anchor))
    return found


@pytest.mark.parametrize("document", documents())
def test_every_internal_link_resolves(document: str) -> None:
    for path, anchor in internal(document):
        assert (ROOT / path).exists(), f"{document} links to {path}, which does not exist"
        if anchor:
            assert anchor in anchors(path), f"{document} links to {path}#{anchor}, which is no heading"


def test_every_document_is_reached_from_the_readme() -> None:
    reached, waiting = {"README.md"}, ["README.md"]
    while waiting:
        for path, _ in internal(waiting.pop()):
            if path.endswith(".md") and path not in reached:
                reached.add(path)
                waiting.append(path)
    assert set(documents()) <= reached
