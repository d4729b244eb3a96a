"""Conversions by operators that classes and structs declare (C# 10.5): JToken and XElement have dozens."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache

from fastgw.expr.binder import standard_conversions as standard
from fastgw.expr.binder.predefined import element_type, is_interface, nullable
from fastgw.expr.binder.relations import class_chain, mapping_of
from fastgw.expr.binder.standard_conversions import Conversion, UserConversion
from fastgw.expr.types import (
    Method,
    NamedType,
    NullableType,
    SpecialType,
    Type,
    can_be_null,
    substitute,
)

_CACHE = 8192


@dataclass(frozen=True, slots=True)
class _Operator:
    """A conversion operator as seen from a type; `lifted` when it is the form for nullable types."""

    method: Method
    parameter: Type
    result: Type
    lifted: bool = False


@lru_cache(maxsize=_CACHE)
def find(source: Type, target: Type, *, explicitly: bool) -> Conversion | None:
    """The user-defined conversion from one type to another, or None where there is none or no best one."""
    if isinstance(source, SpecialType) or is_interface(source) or is_interface(target):
        return None
    operators = list(_operators(source, target, explicitly=explicitly))
    if not operators:
        return None
    usable = [one for one in operators if _applies(one, source, target, explicitly=explicitly)]
    if not usable:
        return None
    parameter = _best_parameter(usable, source, explicitly=explicitly)
    result = _best_result(usable, target, explicitly=explicitly)
    if parameter is None or result is None:
        return None
    chosen = [one for one in usable if one.parameter == parameter and one.result == result]
    plain = [one for one in chosen if not one.lifted]
    final = plain if len(plain) == 1 else [one for one in chosen if one.lifted] if not plain else []
    if len(final) != 1:
        return None
    before = standard.explicit(source, parameter)
    after = standard.explicit(result, target)
    if before is None or after is None:
        return None
    one = final[0]
    return Conversion("user", (), UserConversion(one.method, parameter, result, before, after, one.lifted))


def _operators(source: Type, target: Type, *, explicitly: bool) -> Iterable[_Operator]:
    """Every operator that the types (and, as C# asks, their bases) declare, and its lifted form."""
    declaring: dict[Type, None] = dict.fromkeys(class_chain(element_type(source)))
    into = element_type(target)
    declaring.update(dict.fromkeys(class_chain(into) if explicitly else [into]))
    # Null can only stay null where both sides have it; else a nullable source is unwrapped first.
    lifts = isinstance(source, NullableType) and can_be_null(target)
    seen: set[int] = set()
    for type in declaring:
        if not isinstance(type, NamedType) or not type.definition.operators:
            continue
        mapping = mapping_of(type)
        for name in ("implicit", "explicit") if explicitly else ("implicit",):
            for method in type.definition.operators.get(name, ()):
                if id(method) in seen:
                    continue
                seen.add(id(method))
                parameter = substitute(method.parameters[0].type, mapping)
                result = substitute(method.returns, mapping)
                is_lifted = lifts and not can_be_null(parameter) and not can_be_null(result)
                if is_lifted:
                    yield _Operator(method, nullable(parameter), nullable(result), lifted=True)
                if not (is_lifted and explicitly):
                    yield _Operator(method, parameter, result)


def _encompassed(inner: Type, outer: Type) -> bool:
    """Whether a standard implicit conversion leads from `inner` to `outer`, neither being an interface."""
    return not is_interface(inner) and not is_interface(outer) and standard.implicit(inner, outer) is not None


def _applies(operator: _Operator, source: Type, target: Type, *, explicitly: bool) -> bool:
    takes = _encompassed(source, operator.parameter)
    gives = _encompassed(operator.result, target)
    if not explicitly:
        return takes and gives
    # From a nullable source a cast may look inside: (int)(DateTime?) style conversions unwrap first.
    takes = (
        takes
        or _encompassed(operator.parameter, source)
        or (isinstance(source, NullableType) and _encompassed(source.element, operator.parameter))
    )
    return takes and (gives or _encompassed(target, operator.result))


def _best_parameter(operators: list[_Operator], source: Type, *, explicitly: bool) -> Type | None:
    """The most specific source type (C# 10.5.4, 10.5.5)."""
    types = {one.parameter for one in operators}
    if source in types:
        return source
    wider = {one for one in types if _encompassed(source, one)}
    if wider or not explicitly:
        return _extreme(wider, _encompassed)
    return _extreme(types, lambda one, other: _encompassed(other, one))


def _best_result(operators: list[_Operator], target: Type, *, explicitly: bool) -> Type | None:
    """The most specific target type (C# 10.5.4, 10.5.5)."""
    types = {one.result for one in operators}
    if target in types:
        return target
    narrower = {one for one in types if _encompassed(one, target)}
    if narrower or not explicitly:
        return _extreme(narrower, lambda one, other: _encompassed(other, one))
    return _extreme(types, _encompassed)


def _extreme(types: set[Type], inside: Callable[[Type, Type], bool]) -> Type | None:
    """The type that is `inside` all others, where there is exactly one."""
    found = [one for one in types if all(one == other or inside(one, other) for other in types)]
    return found[0] if len(found) == 1 else None
