"""A folder to write configurations into, and a door that loads them."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from fastgw.config import load
from fastgw.errors import ConfigurationError, Diagnostic, Diagnostics
from fastgw.model import Configuration

Load = Callable[..., tuple[Configuration, Diagnostics]]
Findings = Callable[..., list[tuple[int, int, str | None, str]]]


@pytest.fixture
def load_text(tmp_path: Path) -> Load:
    """Loads a text as gateway.yaml; `files` are written beside it."""

    def load_it(
        text: str | bytes, environ: Mapping[str, str] | None = None, **files: str | bytes
    ) -> tuple[Configuration, Diagnostics]:
        data = text if isinstance(text, bytes) else textwrap.dedent(text).encode()
        (tmp_path / "gateway.yaml").write_bytes(data)
        for name, content in files.items():
            raw = content if isinstance(content, bytes) else content.encode()
            (tmp_path / name.replace("__", ".")).write_bytes(raw)
        return load(tmp_path, environ or {})

    return load_it


@pytest.fixture
def findings(load_text: Load) -> Findings:
    """What is wrong with a text: line, column, entity, message."""

    def find(text: str | bytes, **rest: object) -> list[tuple[int, int, str | None, str]]:
        with pytest.raises(ConfigurationError) as caught:
            load_text(text, **rest)
        return [_plain(found) for found in caught.value.diagnostics]

    return find


def _plain(found: Diagnostic) -> tuple[int, int, str | None, str]:
    assert found.position is not None, found
    return (found.position.line, found.position.column, found.entity, found.message)
