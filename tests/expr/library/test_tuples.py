"""System.Tuple."""

from __future__ import annotations

from fastgw.expr.library import tuples  # noqa: F401
from fastgw.expr.library.core import INT32, STRING
from fastgw.expr.runtime.objects import compare, equals, hash_of, to_text, type_of
from fastgw.expr.runtime.text import type_notation
from fastgw.expr.runtime.tuples import ValueTuple
from fastgw.expr.runtime.values import Int64
from fastgw.expr.types import TupleType
from tests.expr.library.members import definition, method

TYPES = (INT32.type, STRING.type)


def create(*parts):
    return method("System.Tuple", "Create", "T1", "T2")(TYPES, *parts)


def test_a_tuple_knows_its_types_and_parts():
    made = create(1, "x")
    assert type_notation(type_of(made)) == "System.Tuple<System.Int32,System.String>"
    items = definition("System.Tuple", 2).properties
    assert [items[name].getter(made) for name in ("Item1", "Item2")] == [1, "x"]
    assert to_text(made) == "(1, x)"
    assert to_text(create(1, None)) == "(1, )"


def test_tuples_are_equal_by_their_parts():
    assert equals(create(1, "x"), create(1, "x"))
    assert not equals(create(1, "x"), create(Int64(1), "x"))
    assert hash_of(create(1, "x")) == hash_of(create(1, "x"))
    assert compare(create(1, "b"), create(1, "a")) > 0


def test_value_tuples_can_be_made_by_a_method_too():
    made = method("System.ValueTuple", "Create", "T1", "T2")(TYPES, 1, "x")
    assert made == ValueTuple((1, "x"), TupleType(TYPES))
