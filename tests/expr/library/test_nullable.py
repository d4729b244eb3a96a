"""Members of `T?`, and System.Nullable."""

from __future__ import annotations

import pytest

from fastgw.expr.library import nullable
from fastgw.expr.runtime.errors import InvalidOperationException
from fastgw.expr.types import NamedType, NullableType

from .members import definition, method


def test_a_value_or_nothing():
    assert nullable.has_value(0)
    assert not nullable.has_value(None)
    assert nullable.value_of(5) == 5
    with pytest.raises(InvalidOperationException) as raised:
        nullable.value_of(None)
    assert raised.value.message == "Nullable object must have a value."


def test_the_default_is_that_of_the_type():
    number = NamedType(definition("System.Int32"))
    assert nullable.get_value_or_default((number,), None) == 0
    assert nullable.get_value_or_default((number,), 7) == 7
    assert nullable.get_value_or(None, 3) == 3


def test_members_take_null_as_receiver():
    assert all(
        one.null_receiver for each in definition("System.Nullable", 1).methods.values() for one in each
    )
    assert method("System.Nullable", "ToString", arity=1)(None) == ""


def test_null_compares_before_every_value():
    compare = method("System.Nullable", "Compare", "T?", "T?")
    assert (compare(None, 1), compare(1, None), compare(None, None)) == (-1, 1, 0)
    assert not method("System.Nullable", "Equals", "T?", "T?")(None, 0)


def test_the_type_below():
    number = NamedType(definition("System.Int32"))
    assert nullable.get_underlying_type(NullableType(number)) == number
    assert nullable.get_underlying_type(number) is None
