"""Reaches what the library declares by its C# signature, without a binder."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastgw.expr.engine import load_library
from fastgw.expr.library.declare import find, type_of_text
from fastgw.expr.runtime.values import Array, EnumValue
from fastgw.expr.types import Method, TypeDefinition


def definition(name: str, arity: int = 0) -> TypeDefinition:
    load_library()
    found = find(name, arity)
    assert found is not None, name
    return found


def method(type_name: str, member: str, *parameters: str, arity: int = 0) -> Callable[..., Any]:
    """The function of the overload whose parameters have these types, `out` ones left out."""
    declared = definition(type_name, arity)
    return _chosen(declared.constructors if member == "new" else declared.methods[member], parameters)


def _chosen(candidates: list[Method], parameters: tuple[str, ...]) -> Callable[..., Any]:
    for one in candidates:
        if tuple(str(each.type) for each in one.parameters if each.modifier != "out") == parameters:
            return one.function
    raise LookupError([[str(each.type) for each in one.parameters] for one in candidates])


def value(type_name: str, member: str) -> Any:
    """A static property, constant or enum member."""
    declared = definition(type_name)
    if declared.kind == "enum":
        return EnumValue(declared, declared.constants[member])
    return declared.properties[member].value


def array(*items: Any, of: str) -> Array:
    """A one-dimensional array; `of` is the full name of the element type."""
    load_library()
    return Array(type_of_text(of), list(items))
