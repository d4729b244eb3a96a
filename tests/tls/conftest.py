"""Lets these tests find `tests.pki` however pytest was started, and gives them a small PKI."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

_ROOT = str(Path(__file__).resolve().parents[2])
if _ROOT not in sys.path:
    sys.path.insert(0, _ROOT)

from tests.pki import Ca, make_ca  # noqa: E402


@pytest.fixture(scope="session")
def root() -> Ca:
    return make_ca("Test Root")


@pytest.fixture(scope="session")
def middle(root: Ca) -> Ca:
    return root.intermediate("Test Intermediate")
