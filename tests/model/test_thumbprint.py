"""Thumbprints are read as people paste them, by one rule everywhere."""

from __future__ import annotations

import re

import pytest

from fastgw.model import Credentials
from fastgw.model.thumbprint import WRITTEN_THUMBPRINT_PATTERN, normalize_thumbprint

PLAIN = "0123456789ABCDEF0123456789ABCDEF01234567"
WRITTEN = {
    "plain": PLAIN,
    "lower": PLAIN.lower(),
    "colons": ":".join(PLAIN[at : at + 2] for at in range(0, 40, 2)),
    "windows": "\u200e" + " ".join(PLAIN[at : at + 2].lower() for at in range(0, 40, 2)),
    "trailing": f"{PLAIN} \u200f\n",
}


@pytest.mark.parametrize("text", WRITTEN.values(), ids=WRITTEN)
def test_a_thumbprint_may_be_written_in_several_ways(text: str) -> None:
    assert normalize_thumbprint(text) == PLAIN
    assert Credentials.model_validate({"certificate": [text]}).certificate == (PLAIN,)
    assert re.search(WRITTEN_THUMBPRINT_PATTERN, text)


@pytest.mark.parametrize("text", ["", "abc", "g" * 40, "a" * 39, "a" * 64, "-".join("a" * 40)])
def test_what_is_no_thumbprint_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="40 hexadecimal digits"):
        normalize_thumbprint(text)
    with pytest.raises(ValueError, match="certificate"):
        Credentials.model_validate({"certificate": [text]})
    assert not re.search(WRITTEN_THUMBPRINT_PATTERN, text)
