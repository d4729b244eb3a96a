"""How types relate: bases, interfaces, variance, reference and boxing conversions (C# 10.2.8 - 10.3.6).

Pure functions on types; what an operand's value adds to them is in `conversions`.
"""

from __future__ import annotations

from functools import lru_cache

from fastgw.expr.binder.predefined import (
    ARRAY,
    ENUMERABLE_OF,
    LIST_OF,
    OBJECT,
    READ_ONLY_LIST_OF,
    STRING,
    VALUE_TYPE,
    is_delegate,
    is_interface,
)
from fastgw.expr.types import (
    AnonymousType,
    ArrayType,
    NamedType,
    NullableType,
    SpecialType,
    TupleType,
    Type,
    TypeDefinition,
    TypeParameter,
    is_value_type,
    substitute,
)

_CACHE = 8192


def mapping_of(type: NamedType) -> dict[TypeParameter, Type]:
    """The type parameters of its definition and what stands for them."""
    return dict(zip(type.definition.parameters, type.arguments, strict=False))


def base_of(type: Type) -> Type | None:
    """The direct base class, None for object and interfaces."""
    match type:
        case NamedType(definition, arguments):
            base = definition.base
            if base is None:
                return None
            return substitute(base, mapping_of(type)) if arguments else base
        case ArrayType():
            return ARRAY
        case TupleType() | NullableType():
            return VALUE_TYPE
        case AnonymousType() | TypeParameter():
            return OBJECT
    return None


def class_chain(type: Type) -> list[Type]:
    """The type and its base classes, up to object."""
    chain = [type]
    at = base_of(type)
    while at is not None:
        chain.append(at)
        at = base_of(at)
    return chain


def own_interfaces(type: Type) -> tuple[Type, ...]:
    """The interfaces that the type itself declares."""
    match type:
        case NamedType(definition, arguments):
            if arguments:
                mapping = mapping_of(type)
                return tuple(substitute(one, mapping) for one in definition.interfaces)
            return definition.interfaces
        case ArrayType(element, rank) if rank == 1:
            return (NamedType(LIST_OF, (element,)), NamedType(READ_ONLY_LIST_OF, (element,)))
        case NullableType(element):
            return interfaces_of(element)
    return ()


@lru_cache(maxsize=_CACHE)
def interfaces_of(type: Type) -> tuple[Type, ...]:
    """Every interface that the type implements, through bases and other interfaces, nearest first."""
    found: dict[Type, None] = {}
    pending: list[Type] = []
    for one in class_chain(type):
        pending.extend(own_interfaces(one))
    for one in pending:
        if one not in found:
            found[one] = None
            pending.extend(own_interfaces(one))
    return tuple(found)


def instantiations(type: Type, definition: TypeDefinition) -> list[NamedType]:
    """The forms of a generic definition that the type is, derives from or implements."""
    found = []
    for one in (*class_chain(type), *interfaces_of(type)):
        if isinstance(one, NamedType) and one.definition is definition and one not in found:
            found.append(one)
    return found


def is_reference_type(type: Type) -> bool:
    """Class, interface, delegate or array types; a type parameter is neither this nor a value type."""
    return not is_value_type(type) and not isinstance(type, (SpecialType, TypeParameter))


@lru_cache(maxsize=_CACHE)
def derives(source: Type, target: Type) -> bool:
    """Whether `target` is `source`, a base class or an interface of it, as such (no variance)."""
    return source == target or target in class_chain(source) or target in interfaces_of(source)


@lru_cache(maxsize=_CACHE)
def is_subtype(source: Type, target: Type) -> bool:
    """Identity, implicit reference conversion or boxing (C# 10.2.2, 10.2.8, 10.2.9)."""
    if source == target:
        return True
    if isinstance(source, SpecialType) or isinstance(target, (SpecialType, TypeParameter)):
        return False
    if target == OBJECT:
        return True
    if isinstance(source, ArrayType) and isinstance(target, ArrayType):
        return source.rank == target.rank and covariant(source.element, target.element)
    if not isinstance(target, NamedType):
        return False
    if isinstance(source, ArrayType) and source.rank == 1 and target.arguments:
        # IList<T> and its bases accept arrays of derived elements; the read-only ones are variant anyway.
        lists = (NamedType(LIST_OF, target.arguments), *interfaces_of(NamedType(LIST_OF, target.arguments)))
        if target in lists:
            return covariant(source.element, target.arguments[0])
    if derives(source, target):
        return True
    if not target.arguments or not any(target.definition.variance):
        return False
    return any(_variant(one, target) for one in instantiations(source, target.definition))


def covariant(source: Type, target: Type) -> bool:
    """Identity or implicit reference conversion: what variance of arrays and type arguments asks for."""
    return source == target or (
        is_reference_type(source) and is_reference_type(target) and is_subtype(source, target)
    )


def _variant(source: NamedType, target: NamedType) -> bool:
    variance = target.definition.variance
    for at, (one, other) in enumerate(zip(source.arguments, target.arguments, strict=True)):
        kind = variance[at] if at < len(variance) else ""
        if one == other:
            continue
        if kind == "out" and covariant(one, other):
            continue
        if kind == "in" and covariant(other, one):
            continue
        return False
    return True


def is_sealed(type: Type) -> bool:
    """Whether no class derives from it: string, arrays, delegates and what the library says is exact."""
    match type:
        case NamedType(definition):
            return definition.exact or definition.kind == "delegate" or type == STRING
        case AnonymousType():
            return True
    return False


@lru_cache(maxsize=_CACHE)
def casts_down(source: Type, target: Type) -> bool:
    """Explicit reference conversion or unboxing from `source` to `target` (C# 10.3.5, 10.3.6)."""
    if isinstance(source, SpecialType) or isinstance(target, SpecialType):
        return False
    if isinstance(target, TypeParameter) or isinstance(source, TypeParameter):
        return source == OBJECT or target == OBJECT or is_interface(source) or is_interface(target)
    if isinstance(target, NullableType):
        return not is_value_type(source) and is_subtype(target.element, source)
    if is_value_type(target):
        return not is_value_type(source) and is_subtype(target, source)
    if is_value_type(source):
        return False
    if is_subtype(target, source):
        return True
    return _casts_across(source, target)


def _casts_across(source: Type, target: Type) -> bool:
    """Casts between reference types of which neither is a subtype of the other."""
    if isinstance(source, ArrayType) and isinstance(target, ArrayType):
        return source.rank == target.rank and _may_be(source.element, target.element)
    if isinstance(source, ArrayType):
        return source.rank == 1 and _array_as_list(source, target)
    if isinstance(target, ArrayType):
        return target.rank == 1 and _array_as_list(target, source)
    if is_delegate(source) and is_delegate(target):
        return _delegates_cast(source, target)
    if is_interface(target):
        return not is_sealed(source)
    if is_interface(source):
        return not is_sealed(target)
    return False


def _may_be(source: Type, target: Type) -> bool:
    return (
        is_reference_type(source)
        and is_reference_type(target)
        and (is_subtype(source, target) or casts_down(source, target))
    )


def _array_as_list(array: ArrayType, other: Type) -> bool:
    if not isinstance(other, NamedType) or len(other.arguments) != 1:
        return False
    lists = (NamedType(LIST_OF, other.arguments), NamedType(READ_ONLY_LIST_OF, other.arguments))
    related = any(other == one or other in interfaces_of(one) for one in lists)
    return related and _may_be(array.element, other.arguments[0])


def _delegates_cast(source: Type, target: Type) -> bool:
    if not isinstance(source, NamedType) or not isinstance(target, NamedType):
        return False
    if source.definition is not target.definition:
        return False
    for at, (one, other) in enumerate(zip(source.arguments, target.arguments, strict=True)):
        kind = source.definition.variance[at] if at < len(source.definition.variance) else ""
        if one == other or (kind == "out" and _may_be(one, other)):
            continue
        if kind == "in" and is_reference_type(one) and is_reference_type(other):
            continue
        return False
    return True


def element_of_enumerable(type: Type) -> Type | None:
    """T of the IEnumerable<T> that a type is or implements; the nearest where there are several.

    A class may implement two (JObject: pairs of its own, tokens of its base); .NET types then have a
    GetEnumerator of their own, and it agrees with the interface that the most derived class declares.
    """
    if isinstance(type, NamedType) and type.definition is ENUMERABLE_OF:
        return type.arguments[0]
    for one in class_chain(type):
        for interface in own_interfaces(one):
            found = instantiations(interface, ENUMERABLE_OF)
            if found:
                return found[0].arguments[0]
    return None
