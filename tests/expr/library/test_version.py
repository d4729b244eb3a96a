"""System.Version."""

from __future__ import annotations

import pytest

from fastgw.expr.library import version
from fastgw.expr.runtime.errors import ArgumentException, FormatException, OverflowException


def test_text_and_numbers():
    assert version.new(1, 2).net_text() == "1.2"
    assert version.parse("1.2.3.4").parts == (1, 2, 3, 4)
    assert version.to_string_of(version.new(1, 2, 3), 2) == "1.2"
    assert version.new(1, 2).whole() == (1, 2, -1, -1)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("1", ArgumentException),
        ("1.2.3.4.5", ArgumentException),
        ("1.-2", ArgumentException),
        ("1.x", FormatException),
        ("1.2147483648", OverflowException),
    ],
)
def test_other_text_is_no_version(text, error):
    with pytest.raises(error):
        version.parse(text)
    assert version.try_parse(text) == (False, None)


def test_order_goes_by_the_numbers():
    assert version.less(version.parse("1.9"), version.parse("1.10"))
    assert version.less(version.parse("1.2"), version.parse("1.2.0"))
    assert version.at_least(version.new(2, 0), None)
    assert version.equal(None, None)
    assert version.compare_to(version.new(1, 0), version.new(1, 0)) == 0
    assert not version.equals(version.new(1, 0), "1.0")
