"""What type names mean (C# 7.8), with the namespaces that expressions have imported."""

from __future__ import annotations

from functools import lru_cache

from fastgw.expr import nodes
from fastgw.expr.binder import refused, suggestions
from fastgw.expr.binder.members import nested_type
from fastgw.expr.binder.session import Session
from fastgw.expr.library import declare
from fastgw.expr.types import (
    FAULTY,
    VOID,
    ArrayType,
    NamedType,
    NullableType,
    TupleType,
    Type,
    TypeDefinition,
    can_be_null,
)

IMPORTED = (
    "System",
    "System.Collections.Generic",
    "System.Linq",
    "System.Text",
    "System.Text.RegularExpressions",
    "System.Xml.Linq",
    "System.Security.Cryptography",
    "System.Security.Cryptography.X509Certificates",
    "System.IO",
    "Newtonsoft.Json",
    "Newtonsoft.Json.Linq",
    "System.Xml",
)
"""Names from these need no qualification; where two have one, the earlier wins (spec/expressions.md 3)."""


def resolve(session: Session, node: nodes.TypeNode, *, allow_void: bool = False) -> Type:
    """The type that is written; FAULTY after an error was reported."""
    match node:
        case nodes.NamedTypeNode():
            return _named(session, node, allow_void=allow_void)
        case nodes.ArrayTypeNode(element=element, rank=rank):
            found = resolve(session, element)
            return FAULTY if found is FAULTY else ArrayType(found, rank)
        case nodes.NullableTypeNode(element=element):
            return _nullable(session, resolve(session, element), node)
        case nodes.TupleTypeNode(elements=elements):
            types = tuple(resolve(session, one) for one, _ in elements)
            return FAULTY if FAULTY in types else TupleType(types, tuple(name for _, name in elements))
    raise TypeError(node)


def is_var(node: nodes.TypeNode) -> bool:
    """Whether the type is `var`, to be found out from a value."""
    return isinstance(node, nodes.NamedTypeNode) and node.parts == (("var", ()),)


def _nullable(session: Session, element: Type, node: nodes.Node) -> Type:
    if element is FAULTY:
        return FAULTY
    if can_be_null(element):
        message = (
            f"The type '{element}' must be a non-nullable value type in order to use it as parameter 'T' in "
            "the generic type or method 'Nullable<T>'"
        )
        session.report("CS0453", message, node.start)
        return FAULTY
    return NullableType(element)


def _named(session: Session, node: nodes.NamedTypeNode, *, allow_void: bool) -> Type:
    name, written = node.parts[0]
    if len(node.parts) == 1 and not written:
        parameter = session.scope.type_parameter(name)
        if parameter is not None:
            return parameter
        if name == "void":
            if not allow_void:
                message = "Keyword 'void' cannot be used in this context"
                session.report("CS1547", message, node.start)
            return VOID if allow_void else FAULTY
        if name == "dynamic":
            session.report("", refused.DYNAMIC, node.start)
            return FAULTY
    arguments = tuple(resolve(session, one) for _, types in node.parts for one in types)
    found = _walk(session, [(part, len(types)) for part, types in node.parts])
    if found is None:
        _report_unknown(session, node)
        return FAULTY
    if FAULTY in arguments:
        return FAULTY
    if found.full_name == "System.Nullable" and len(arguments) == 1:
        return _nullable(session, arguments[0], node)
    if found.full_name == "System.ValueTuple" and len(arguments) > 1:
        return TupleType(arguments)
    return NamedType(found, arguments)


def _walk(session: Session, parts: list[tuple[str, int]]) -> TypeDefinition | None:
    """The definition of a name of several parts: namespaces, then a type, then types inside of it."""
    found = simple(session, *parts[0])
    length = 1
    while found is None and length < len(parts):
        length += 1
        prefix = ".".join(name for name, _ in parts[:length])
        found = declare.find(prefix, parts[length - 1][1])
    for name, _ in parts[length:]:
        inner = nested_type(NamedType(found), name) if found is not None else None
        found = inner.definition if inner is not None else None
    return found


def simple(session: Session, name: str, arity: int) -> TypeDefinition | None:
    """The definition that an unqualified name means: a keyword, or a type of an imported namespace."""
    if arity == 0:
        keyword = declare.find_keyword(name)
        if keyword is not None:
            return keyword
    found = {one.namespace: one for one in declare.find_simple(name, arity)}
    for namespace in ("", session.context_type.definition.namespace, *IMPORTED):
        if namespace in found:
            return found[namespace]
    return None


def is_namespace(name: str) -> bool:
    """Whether a dotted name is a namespace, or the beginning of one, known or refused."""
    return name in _namespaces(declare.generation()) or refused.is_namespace(name)


@lru_cache(maxsize=1)
def _namespaces(_generation: int) -> frozenset[str]:
    """Those of the library as it is; going through all of it takes a millisecond."""
    return declare.namespaces()


def _report_unknown(session: Session, node: nodes.NamedTypeNode) -> None:
    full = ".".join(name for name, _ in node.parts)
    message = refused.type_message(full)
    if message is not None:
        session.report("", message, node.start)
        return
    last, arguments = node.parts[-1]
    for other in range(5):
        found = _walk(session, [(name, 0) for name, _ in node.parts[:-1]] + [(last, other)])
        if found is not None and other != len(arguments):
            _report_arity(session, NamedType(found, found.parameters), node)
            return
    message = (
        f"The type or namespace name '{full}' could not be found "
        "(are you missing a using directive or an assembly reference?)"
    )
    hint = suggestions.close(session, last, lambda: type_names(session))
    session.report("CS0246", message + hint, node.start)


def _report_arity(session: Session, type: NamedType, node: nodes.Node) -> None:
    if type.arguments:
        count = len(type.arguments)
        message = f"Using the generic type '{type}' requires {count} type arguments"
        session.report("CS0305", message, node.start)
    else:
        message = f"The non-generic type '{type}' cannot be used with type arguments"
        session.report("CS0308", message, node.start)


def type_names(session: Session) -> set[str]:
    """The simple names of all types that need no qualification, for suggestions."""
    namespaces = {"", session.context_type.definition.namespace, *IMPORTED}
    return {one.name for one in declare.definitions() if one.namespace in namespaces}
