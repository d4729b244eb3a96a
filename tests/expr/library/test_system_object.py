"""System.Object and System.Type."""

from __future__ import annotations

import pytest

from fastgw.expr.library import system_object
from fastgw.expr.library.declare import type_of_text
from fastgw.expr.library.guid import EMPTY
from fastgw.expr.runtime.objects import type_of

from .members import array, definition


def test_names_of_types():
    assert system_object.name(type_of("x")) == "String"
    assert system_object.full_name(type_of("x")) == "System.String"
    assert system_object.name(type_of(array(of="long"))) == "Int64[]"
    assert system_object.namespace(type_of(array(of="long"))) == "System"


@pytest.mark.parametrize(
    ("text", "true"),
    [
        ("int", {"is_value", "is_primitive"}),
        ("decimal", {"is_value"}),
        ("string", {"is_class"}),
        ("int[]", {"is_class", "is_array"}),
        ("int?", {"is_value", "is_generic_type"}),
        ("StringComparison", {"is_value", "is_enum"}),
        ("System.IDisposable", {"is_interface"}),
    ],
)
def test_kinds_of_types(text, true):
    tests = ("is_value", "is_primitive", "is_class", "is_array", "is_generic_type", "is_enum", "is_interface")
    type = type_of_text(text)
    assert {name for name in tests if getattr(system_object, name)(type)} == true


def test_types_compare_by_value():
    operators = definition("System.Type").operators
    assert operators["=="][0].function(type_of(array(of="int")), type_of_text("int[]"))
    assert operators["!="][0].function(type_of(1), type_of("x"))


def test_nothing_leads_from_a_type_to_the_machine():
    assert not {"Assembly", "Module", "GetMethod", "InvokeMember"} & (
        set(definition("System.Type").properties) | set(definition("System.Type").methods)
    )


def test_values_of_structs_are_never_the_same_object():
    text = "x"
    assert system_object.reference_equals(text, text)
    assert system_object.reference_equals(None, None)
    assert not system_object.reference_equals(1, 1)
    assert not system_object.reference_equals(EMPTY, EMPTY)


def test_a_plain_object_equals_itself_alone():
    first, second = system_object.PlainObject(), system_object.PlainObject()
    assert first == first
    assert first != second
    assert type_of(first) == definition("System.Object").constructors[0].returns
