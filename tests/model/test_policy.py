"""Positions of a policy document are those of the author's file."""

from __future__ import annotations

import pytest

from fastgw.errors import Position
from fastgw.model import PolicySource


@pytest.mark.parametrize(
    ("source", "offset", "expected"),
    [
        (PolicySource("<a>", "p.xml", 1, 1, 0), (1, 1), (1, 1)),
        (PolicySource("<a>\n<b>", "p.xml", 1, 1, 0), (2, 3), (2, 3)),
        (PolicySource("<a>\n<b>", "g.yaml", 10, 5, 4), (1, 1), (10, 5)),
        (PolicySource("<a>\n<b>", "g.yaml", 10, 5, 4), (2, 2), (11, 6)),
        (PolicySource("<a>", "g.yaml", 3, 13, 0), (1, 2), (3, 14)),
        (PolicySource("<a>\n<b>", "g.yaml", 3, 9, 0, exact=False), (2, 2), (3, 9)),
    ],
)
def test_position(source: PolicySource, offset: tuple[int, int], expected: tuple[int, int]):
    assert source.position(*offset) == Position(source.file, *expected)


def test_the_text_is_not_shown():
    assert "secret" not in repr(PolicySource("<a>secret</a>", "p.xml", 1, 1, 0))
