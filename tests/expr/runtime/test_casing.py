"""Upper and lower case of the invariant culture: one character for one."""

from __future__ import annotations

import pytest

from fastgw.expr.runtime.casing import to_lower, to_upper


@pytest.mark.parametrize(
    ("text", "upper"), [("abc", "ABC"), ("straße", "STRAßE"), ("ı", "ı"), ("ᾳ", "ᾼ"), ("ﬁ", "ﬁ"), ("ǆ", "Ǆ")]
)
def test_upper(text, upper):
    assert to_upper(text) == upper


@pytest.mark.parametrize(("text", "lower"), [("ABC", "abc"), ("İ", "İ"), ("ΑΣ", "ας"[0] + "σ"), ("É", "é")])
def test_lower(text, lower):
    assert to_lower(text) == lower


def test_pairs_of_surrogates_are_mapped_together():
    assert to_upper("a\ud801\udc28") == "A\ud801\udc00"
    assert to_lower("\ud801\udc00\ud801") == "\ud801\udc28\ud801"
