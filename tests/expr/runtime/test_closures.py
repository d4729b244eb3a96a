"""Boxes, bound methods, thrown values, and what `using` calls."""

from __future__ import annotations

import pytest

from fastgw.expr.engine import load_library
from fastgw.expr.library.declare import type_of_text
from fastgw.expr.runtime.closures import Box, bind, bind_any, throw, thrown
from fastgw.expr.runtime.delegates import Delegate, boxed
from fastgw.expr.runtime.disposal import dispose
from fastgw.expr.runtime.errors import FormatException, NullReferenceException
from fastgw.expr.types import NamedType

load_library()


def test_a_box_gives_what_it_is_set_to() -> None:
    box = Box()
    assert box.value is None
    assert box.set(5) == 5
    assert box.value == 5


def test_a_method_needs_a_receiver_and_an_extension_does_not() -> None:
    assert bind(str.upper, "x")() == "X"
    assert bind_any(lambda this, other: (this, other), None)(1) == (None, 1)
    with pytest.raises(NullReferenceException):
        bind(str.upper, None)


def test_what_is_thrown_is_the_exception_or_a_null_reference() -> None:
    error = FormatException()
    assert thrown(error) is error
    assert isinstance(thrown(None), NullReferenceException)
    with pytest.raises(FormatException):
        throw(error)


def test_a_delegate_as_an_object_keeps_its_type_and_is_equal_to_itself() -> None:
    type = type_of_text("Func<int>")
    assert isinstance(type, NamedType)

    def seven() -> int:
        return 7

    found = boxed(seven, type)
    assert isinstance(found, Delegate)
    assert found() == 7
    assert found == boxed(seven, type) == seven
    assert hash(found) == hash(seven)
    assert str(found.net_type()) == "Func<int>"
    assert boxed(found, type) is found
    assert boxed(None, type) is None


def test_what_is_not_disposable_is_left_alone() -> None:
    dispose(None)
    dispose("x")
    dispose(5)
