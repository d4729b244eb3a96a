"""`is`: whether a value is of a type."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from fastgw.expr.runtime.objects import type_of
from fastgw.expr.runtime.values import EnumValue, NetObject
from fastgw.expr.types import NamedType, NullableType, Type

Test = Callable[[Any], bool]


# By identity first: generated code has few types, and comparing two of them takes longer than a test.
_known: dict[int, tuple[Type, Test]] = {}
_MOST_KNOWN = 4096


def tester(type: Type) -> Test:
    """What tells whether a value is of the type; it is false for null."""
    found = _known.get(id(type))
    if found is not None and found[0] is type:
        return found[1]
    if len(_known) >= _MOST_KNOWN:
        _known.clear()
    test = _tester(type)
    _known[id(type)] = type, test
    return test


@lru_cache(maxsize=_MOST_KNOWN)
def _tester(type: Type) -> Test:
    if isinstance(type, NullableType):
        return tester(type.element)
    if isinstance(type, NamedType) and not type.arguments:
        definition = type.definition
        if definition.kind == "enum":
            return lambda value: value.__class__ is EnumValue and value.definition is definition
        if definition.python:
            return _python_test(definition.python, definition.exact)
    if isinstance(type, NamedType) and type.definition.kind == "delegate":
        return lambda value: is_instance(value, type) if isinstance(value, NetObject) else callable(value)
    return lambda value: is_instance(value, type)


def is_instance(value: Any, type: Type) -> bool:
    """Whether the run-time type of `value` is `type`, derives from it or implements it."""
    if value is None:
        return False
    # Not at the head: the relations between types need the library, and the library needs this module.
    from fastgw.expr.binder.relations import is_subtype

    return is_subtype(type_of(value), type)


def _python_test(python: tuple[type, ...], exact: bool) -> Test:
    if not exact:
        return lambda value: isinstance(value, python)
    if len(python) == 1:
        (only,) = python
        return lambda value: value.__class__ is only
    return lambda value: value.__class__ in python
