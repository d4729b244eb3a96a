"""Member lookup: what a name means on a type, through base classes and interfaces (C# 12.5)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from fastgw.expr import bound
from fastgw.expr.binder.predefined import OBJECT, is_interface
from fastgw.expr.binder.relations import class_chain, interfaces_of, mapping_of
from fastgw.expr.library import declare
from fastgw.expr.types import (
    Indexer,
    Method,
    NamedType,
    NullableType,
    ParameterInfo,
    Property,
    TupleType,
    Type,
    TypeParameter,
    substitute,
)

_CACHE = 4096


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """Something that can be called with arguments, its types as seen from the receiver's type.

    `owner` is the declaring type; of an override that of the overridden member, which is what C# prunes by.
    `declared` is the type that really declares it. `member` is what the tree names.
    """

    name: str
    parameters: tuple[ParameterInfo, ...]
    returns: Type
    type_parameters: tuple[TypeParameter, ...]
    member: Method | Indexer | bound.LocalFunction
    owner: Type | None
    declared: Type | None
    is_static: bool = False

    def __str__(self) -> str:
        shown = ", ".join(_parameter_text(one) for one in self.parameters)
        generic = f"<{', '.join(one.name for one in self.type_parameters)}>" if self.type_parameters else ""
        owner = f"{self.owner}." if self.owner is not None else ""
        if self.name == "this":
            return f"{owner}this[{shown}]"
        return f"{owner}{self.name}{generic}({shown})"


def _parameter_text(parameter: ParameterInfo) -> str:
    prefix = f"{parameter.modifier} " if parameter.modifier not in ("", "this") else ""
    return f"{prefix}{parameter.type}"


@dataclass(frozen=True, slots=True, eq=False)
class FoundProperty:
    """A property, its type and declaring type as seen from the receiver's type."""

    property: Property
    type: Type
    owner: Type


def searched(type: Type) -> Iterator[NamedType]:
    """The types whose declarations make up the members of a type, nearest first."""
    for one in class_chain(type):
        named = _declaration_of(one)
        if named is not None:
            yield named
    if is_interface(type) or isinstance(type, TypeParameter):
        for one in interfaces_of(type):
            if isinstance(one, NamedType):
                yield one
        if is_interface(type):
            yield OBJECT


def _declaration_of(type: Type) -> NamedType | None:
    """The definition that holds the members of a type that is written in a special way."""
    if isinstance(type, NamedType):
        return type
    if isinstance(type, NullableType):
        definition = declare.find("System.Nullable", 1)
        return NamedType(definition, (type.element,)) if definition else None
    if isinstance(type, TupleType):
        definition = declare.find("System.ValueTuple", len(type.elements))
        return NamedType(definition, type.elements) if definition else None
    return None


@lru_cache(maxsize=_CACHE)
def property_of(type: Type, name: str) -> FoundProperty | None:
    """The property or field of this name, or None."""
    for one in searched(type):
        found = one.definition.properties.get(name)
        if found is not None:
            return FoundProperty(found, substitute(found.type, mapping_of(one)), one)
    return None


@lru_cache(maxsize=_CACHE)
def methods_of(type: Type, name: str) -> tuple[Candidate, ...]:
    """The methods of this name; an override stands in the place of what it overrides."""
    found: list[Candidate] = []
    for one in searched(type):
        for method in one.definition.methods.get(name, ()):
            # Of a static class, they can be called as what they are: Enumerable.Select(source, selector).
            if not method.is_extension or one.definition.kind == "static":
                _enter(found, candidate_of(method, one))
    return tuple(found)


@lru_cache(maxsize=_CACHE)
def indexers_of(type: Type) -> tuple[Candidate, ...]:
    """The indexers; an override stands in the place of what it overrides."""
    found: list[Candidate] = []
    for one in searched(type):
        mapping = mapping_of(one)
        for indexer in one.definition.indexers:
            parameters = _substituted(indexer.parameters, mapping)
            returns = substitute(indexer.type, mapping)
            _enter(found, Candidate("this", parameters, returns, (), indexer, one, one))
    return tuple(found)


@lru_cache(maxsize=_CACHE)
def constructors_of(type: NamedType) -> tuple[Candidate, ...]:
    """The constructors that the type declares."""
    return tuple(candidate_of(one, type) for one in type.definition.constructors)


def extensions_of(name: str) -> list[Candidate]:
    """Every extension method of this name; the receiver is the first parameter."""
    return [candidate_of(one, None) for one in declare.extensions(name)]


def candidate_of(method: Method, owner: NamedType | None) -> Candidate:
    """A method as seen from its declaring type; None for one that needs no such view."""
    mapping = mapping_of(owner) if owner is not None else {}
    if owner is None and method.declaring is not None:
        owner = NamedType(method.declaring)
    return Candidate(
        method.name,
        _substituted(method.parameters, mapping),
        substitute(method.returns, mapping),
        method.type_parameters,
        method,
        owner,
        owner,
        method.is_static,
    )


def invoke_of(delegate: Type) -> Candidate | None:
    """What a call of a delegate calls, or None for other types."""
    if not isinstance(delegate, NamedType) or delegate.definition.kind != "delegate":
        return None
    found = methods_of(delegate, "Invoke")
    return found[0] if found else None


def nested_type(type: Type, name: str) -> NamedType | None:
    """The type declared inside another, such as TimeZoneInfo.AdjustmentRule."""
    if not isinstance(type, NamedType):
        return None
    definition = type.definition.nested.get(name) or declare.find(f"{type.definition.full_name}.{name}")
    return NamedType(definition) if definition else None


def member_names(type: Type) -> set[str]:
    """The names of all members, for suggestions."""
    found: set[str] = set()
    for one in searched(type):
        definition = one.definition
        found.update(definition.methods, definition.properties, definition.constants, definition.nested)
    if isinstance(type, TupleType):
        found.update(name for name in type.names if name)
    return found


def type_arguments(owner: Type | None, types: tuple[Type, ...] = ()) -> tuple[Type, ...]:
    """What a function that wants types is given: those of the declaring type, then the method's own."""
    return (*(owner.arguments if isinstance(owner, NamedType) else ()), *types)


def _substituted(
    parameters: tuple[ParameterInfo, ...], mapping: dict[TypeParameter, Type]
) -> tuple[ParameterInfo, ...]:
    if not mapping:
        return parameters
    changed: Any = tuple(replace(one, type=substitute(one.type, mapping)) for one in parameters)
    return tuple(changed)


def _enter(found: list[Candidate], candidate: Candidate) -> None:
    """Add a member of a base type, unless a derived type overrides it: then only note where it comes from."""
    for at, other in enumerate(found):
        if other.declared is not candidate.declared and _same_signature(other, candidate):
            if not is_interface(candidate.declared or OBJECT):
                found[at] = replace(other, owner=candidate.owner)
            return
    found.append(candidate)


def _same_signature(one: Candidate, other: Candidate) -> bool:
    return (
        len(one.parameters) == len(other.parameters)
        and len(one.type_parameters) == len(other.type_parameters)
        and one.is_static == other.is_static
        and all(
            first.type == second.type
            and (first.modifier in ("ref", "out")) == (second.modifier in ("ref", "out"))
            for first, second in zip(one.parameters, other.parameters, strict=True)
        )
    )
