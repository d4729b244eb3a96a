"""StringComparer as comparer of strings and of other values."""

from __future__ import annotations

import pytest

from fastgw.expr.runtime.errors import ArgumentNullException

from .members import method, value

COMPARER = "System.StringComparer"


@pytest.mark.parametrize(
    ("name", "equal", "order"),
    [
        ("Ordinal", False, 32),
        ("OrdinalIgnoreCase", True, 0),
        ("InvariantCulture", False, -1),
        ("CurrentCultureIgnoreCase", True, 0),
    ],
)
def test_each_comparer_has_its_rules(name, equal, order):
    comparer = value(COMPARER, name)
    assert comparer.equals("a", "A") is equal
    assert comparer.compare("a", "A") == order
    assert (comparer.key("a") == comparer.key("A")) is equal
    assert not equal or comparer.hash("a") == comparer.hash("A")


def test_null_comes_first_and_has_no_hash():
    comparer = value(COMPARER, "Ordinal")
    assert comparer.compare(None, "a") == -1
    assert comparer.equals(None, None)
    assert comparer.key(None) is None
    with pytest.raises(ArgumentNullException):
        comparer.hash(None)


def test_the_comparer_of_a_comparison():
    ignore = value("System.StringComparison", "OrdinalIgnoreCase")
    assert method(COMPARER, "FromComparison", "StringComparison")(ignore).equals("É", "é")
