"""Operators of structs on nullable operands (C# 12.4.8): a method that handles null around the declared one.

The bound tree has lifted forms of predefined operators only; for `DateTime? - DateTime?` the chosen method is
one made here, whose function calls the declared one where nothing is null.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from typing import Any

from fastgw.expr.binder.predefined import BOOL, nullable
from fastgw.expr.types import Method

_CACHE = 1024


@lru_cache(maxsize=_CACHE)
def lift(method: Method) -> Method:
    """The lifted form of an operator or conversion: null in, null out; comparisons by C#'s rules."""
    function = method.function
    parameters = tuple(replace(one, type=nullable(one.type)) for one in method.parameters)
    if method.returns == BOOL and len(parameters) == 2:
        return replace(method, parameters=parameters, function=_comparison(method.name, function))
    made = _unary(function) if len(parameters) == 1 else _binary(function)
    return replace(method, parameters=parameters, returns=nullable(method.returns), function=made)


def _unary(function: Callable[..., Any]) -> Callable[[Any], Any]:
    return lambda value: None if value is None else function(value)


def _binary(function: Callable[..., Any]) -> Callable[[Any, Any], Any]:
    return lambda left, right: None if left is None or right is None else function(left, right)


def _comparison(operator: str, function: Callable[..., Any]) -> Callable[[Any, Any], bool]:
    when_equal = operator == "=="

    def compare(left: Any, right: Any) -> bool:
        if left is not None and right is not None:
            return bool(function(left, right))
        if operator in ("==", "!="):
            return (left is right) is when_equal
        return False

    return compare
