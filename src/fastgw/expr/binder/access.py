"""Names, member access, element access and null-conditional chains (C# 12.8.4, 12.8.7, 12.8.11, 12.8.8)."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from fastgw.expr import bound, nodes
from fastgw.expr.binder import conversions, overloads, refused, suggestions, type_names
from fastgw.expr.binder.arguments import bind_arguments, build
from fastgw.expr.binder.groups import MethodGroup
from fastgw.expr.binder.members import (
    Candidate,
    FoundProperty,
    extensions_of,
    indexers_of,
    member_names,
    methods_of,
    nested_type,
    property_of,
    type_arguments,
)
from fastgw.expr.binder.operands import (
    METHOD_GROUP,
    NAMESPACE,
    TYPE_NAME,
    Function,
    NamespaceOperand,
    TypeOperand,
    TypeOrValue,
    faulty,
    is_faulty,
)
from fastgw.expr.binder.predefined import (
    BOOL,
    INT,
    LONG,
    OBJECT,
    UINT,
    ULONG,
    full_text,
    is_delegate,
    is_enum,
    nullable,
)
from fastgw.expr.binder.scopes import (
    ConstantSymbol,
    ContextSymbol,
    FunctionSymbol,
    LocalSymbol,
    Symbol,
)
from fastgw.expr.binder.session import Session
from fastgw.expr.library import declare
from fastgw.expr.runtime.values import EnumValue
from fastgw.expr.types import (
    FAULTY,
    NULL,
    VOID,
    AnonymousType,
    ArrayType,
    Indexer,
    NamedType,
    NullableType,
    TupleType,
    Type,
    TypeParameter,
    can_be_null,
)

# ---------------------------------------------------------------- names


def bind_name(session: Session, node: nodes.Name) -> bound.Expr:
    """A simple name as an operand."""
    return name(session, node, invoked=False)


def name(session: Session, node: nodes.Name, *, invoked: bool) -> bound.Expr:
    """A simple name: a local, parameter or local function, else a type, else a namespace (C# 12.8.4)."""
    symbol = session.scope.lookup(node.name)
    if symbol is not None:
        return _symbol(session, node, symbol)
    type = _type_operand(session, node, node.name, node.type_arguments, "")
    if type is not None:
        if invoked:
            message = f"Non-invocable member '{node.name}' cannot be used like a method."
            return session.refuse("CS1955", message, node)
        return type
    if not node.type_arguments and type_names.is_namespace(node.name):
        return NamespaceOperand(NAMESPACE, node.start, node.end, node.name)
    return _unknown_name(session, node)


def _symbol(session: Session, node: nodes.Name, symbol: Symbol) -> bound.Expr:
    start, end = node.start, node.end
    match symbol:
        case ContextSymbol():
            return bound.Context(session.context_type, start, end)
        case ConstantSymbol(value=constant):
            return replace(constant, start=start, end=end)
        case FunctionSymbol(function=function):
            return _local_function(session, node, function)
        case LocalSymbol(variable=variable):
            session.use(variable)
            value = bound.Local(variable.type, start, end, variable)
            # A local named like its own type may stand for either (C# 12.8.7.2).
            definition = type_names.simple(session, node.name, 0)
            if definition is not None and variable.type == NamedType(definition):
                return TypeOrValue(variable.type, start, end, value, variable.type)
            return value


def _local_function(session: Session, node: nodes.Name, function: bound.LocalFunction) -> bound.Expr:
    method = function.method
    candidate = Candidate(
        function.name,
        method.parameters,
        method.returns,
        method.type_parameters,
        function,
        None,
        None,
        is_static=True,
    )
    types = tuple(type_names.resolve(session, one) for one in node.type_arguments)
    return MethodGroup(
        METHOD_GROUP,
        node.start,
        node.end,
        session,
        function.name,
        (candidate,),
        None,
        types,
        name_start=node.start,
    )


def _type_operand(
    session: Session, node: nodes.Expr, name: str, arguments: tuple[nodes.TypeNode, ...], prefix: str
) -> bound.Expr | None:
    """The type that a name means, perhaps within a namespace; None where it means none."""
    if not prefix and not arguments:
        parameter = session.scope.type_parameter(name)
        if parameter is not None:
            return TypeOperand(TYPE_NAME, node.start, node.end, parameter)
    if prefix:
        definition = declare.find(f"{prefix}.{name}", len(arguments))
    else:
        definition = type_names.simple(session, name, len(arguments))
    if definition is None:
        return None
    types = tuple(type_names.resolve(session, one) for one in arguments)
    if FAULTY in types:
        return faulty(node.start, node.end)
    if definition.full_name == "System.Nullable" and types:
        return TypeOperand(TYPE_NAME, node.start, node.end, nullable(types[0]))
    return TypeOperand(TYPE_NAME, node.start, node.end, NamedType(definition, types))


def _unknown_name(session: Session, node: nodes.Name) -> bound.Expr:
    message = refused.type_message(node.name)
    if message is not None:
        return session.refuse("", message, node)
    hint = suggestions.close(
        session, node.name, lambda: [*session.scope.names(), *type_names.type_names(session)]
    )
    message = f"The name '{node.name}' does not exist in the current context{hint}"
    return session.refuse("CS0103", message, node)


def bind_predefined(session: Session, node: nodes.PredefinedType) -> bound.Expr:
    """A type keyword before a dot: `string.Join`."""
    definition = declare.find_keyword(node.keyword)
    if definition is None:
        return session.refuse("CS1525", f"Invalid expression term '{node.keyword}'", node)
    return TypeOperand(TYPE_NAME, node.start, node.end, NamedType(definition))


# ---------------------------------------------------------------- members


def bind_member(session: Session, node: nodes.Member) -> bound.Expr:
    """`target.name` as an operand."""
    return member(session, node, invoked=False)


def member(session: Session, node: nodes.Member, *, invoked: bool) -> bound.Expr:
    """`target.name`; with `invoked` what can be called is preferred (C# 12.8.7)."""
    target = session.expression(node.target)
    match target:
        case NamespaceOperand(name=prefix):
            return _in_namespace(session, node, prefix)
        case TypeOperand(named=type):
            return _of_type(session, node, type, invoked=invoked)
        case TypeOrValue(value=value, named=type):
            return _of_either(session, node, value, type, invoked=invoked)
    receiver = conversions.value(session, target)
    if is_faulty(receiver):
        return faulty(node.start, node.end)
    if isinstance(receiver, Function) or receiver.type in (NULL, VOID):
        message = f"Operator '.' cannot be applied to operand of type '{receiver.type}'"
        return session.refuse("CS0023", message, node)
    return _of_value(session, node, receiver, invoked=invoked)


def _in_namespace(session: Session, node: nodes.Member, prefix: str) -> bound.Expr:
    type = _type_operand(session, node, node.name, node.type_arguments, prefix)
    if type is not None:
        return type
    full = f"{prefix}.{node.name}"
    if type_names.is_namespace(full):
        return NamespaceOperand(NAMESPACE, node.start, node.end, full)
    message = refused.type_message(full) or (
        f"The type or namespace name '{node.name}' does not exist in the namespace '{prefix}' "
        "(are you missing an assembly reference?)"
        + suggestions.close(
            session,
            node.name,
            lambda: [one.name for one in declare.definitions() if one.namespace == prefix],
        )
    )
    session.report("CS0234", message, node.name_start)
    return faulty(node.start, node.end)


def _of_type(session: Session, node: nodes.Member, type: Type, *, invoked: bool) -> bound.Expr:
    """A static member, an enum member or a nested type."""
    start, end = node.start, node.end
    if is_enum(type):
        number = type.definition.constants.get(node.name)
        if number is not None:
            return bound.Constant(type, start, end, EnumValue(type.definition, number))
    found = property_of(type, node.name)
    if found is not None and not (invoked and not is_delegate(found.type)):
        if not found.property.is_static and not session.naming:
            message = (
                "An object reference is required for the non-static field, method, or property "
                f"'{found.owner}.{node.name}'"
            )
            return session.refuse("CS0120", message, node)
        return _property(found, None, start, end)
    methods = methods_of(type, node.name)
    if methods:
        return _group(session, node, methods, None)
    inner = nested_type(type, node.name)
    if inner is not None:
        return TypeOperand(TYPE_NAME, start, end, inner)
    if found is not None:
        return _not_invocable(session, node, found.owner)
    message = refused.member_message(full_text(type), node.name) or (
        f"'{type}' does not contain a definition for '{node.name}'"
        + suggestions.close(session, node.name, lambda: member_names(type))
    )
    session.report("CS0117", message, node.name_start)
    return faulty(start, end)


def _of_either(
    session: Session, node: nodes.Member, value: bound.Expr, type: Type, *, invoked: bool
) -> bound.Expr:
    """A member of what is both a value and its type: of the value, but static where the member is."""
    found = property_of(type, node.name)
    if found is not None and found.property.is_static:
        return _of_type(session, node, type, invoked=invoked)
    operand = _of_value(session, node, value, invoked=invoked)
    return replace(operand, is_either=True) if isinstance(operand, MethodGroup) else operand


def _of_value(session: Session, node: nodes.Member, receiver: bound.Expr, *, invoked: bool) -> bound.Expr:
    type, start, end = receiver.type, node.start, node.end
    special = _special_member(receiver, node)
    if special is not None:
        return special
    found = property_of(type, node.name)
    if found is not None and not (invoked and not is_delegate(found.type)):
        if found.property.is_static:
            message = (
                f"Member '{found.owner}.{node.name}' cannot be accessed with an instance reference; "
                "qualify it with a type name instead"
            )
            return session.refuse("CS0176", message, node)
        return _property(found, receiver, start, end)
    methods = methods_of(type, node.name)
    if methods or (extensions_of(node.name) and (found is None or invoked)):
        group = _group(session, node, methods, receiver)
        if methods or _extends(group, receiver):
            return group
    if found is not None:
        return _not_invocable(session, node, found.owner)
    return _unknown_member(session, node, type)


def _special_member(receiver: bound.Expr, node: nodes.Member) -> bound.Expr | None:
    """Members of tuples and anonymous types; HasValue and Value of nullable types."""
    type, start, end = receiver.type, node.start, node.end
    match type:
        case TupleType(elements=elements, names=names):
            places = {f"Item{at + 1}": at for at in range(len(elements))}
            places.update({name: at for at, name in enumerate(names) if name})
            place = places.get(node.name)
            if place is not None:
                return bound.GetMember(elements[place], start, end, receiver, place)
        case AnonymousType(members=members):
            for place, (name, inner) in enumerate(members):
                if name == node.name:
                    return bound.GetMember(inner, start, end, receiver, place)
        case NullableType(element=element):
            if node.name == "Value":
                return bound.Convert(element, start, end, "unwrap", receiver)
            if node.name == "HasValue":
                return null_test("!=", receiver, start, end)
    return None


def null_test(operator: str, operand: bound.Expr, start: int, end: int) -> bound.Expr:
    """`operand == null` or `!=` of a nullable value or a reference, by identity."""
    null = bound.Constant(OBJECT, start, end, None)
    return bound.Binary(BOOL, start, end, operator, operand, null, OBJECT)


def _property(found: FoundProperty, receiver: bound.Expr | None, start: int, end: int) -> bound.Expr:
    if found.property.constant:
        return bound.Constant(found.type, start, end, found.property.value)
    types = type_arguments(found.owner)
    return bound.Get(found.type, start, end, found.property, receiver, types)


def _group(
    session: Session, node: nodes.Member, candidates: tuple[Candidate, ...], receiver: bound.Expr | None
) -> MethodGroup:
    types = tuple(type_names.resolve(session, one) for one in node.type_arguments)
    return MethodGroup(
        METHOD_GROUP,
        node.start,
        node.end,
        session,
        node.name,
        candidates,
        receiver,
        types,
        name_start=node.name_start,
    )


def _extends(group: MethodGroup, receiver: bound.Expr) -> bool:
    """Whether some extension method of the name takes the receiver; any, where messages profit from it."""
    for one in group.extensions():
        found = overloads.fit_receiver(one, receiver)
        if found is not None and conversions.implicit(receiver, found.parameters[0]) is not None:
            return True
    return False


def _not_invocable(session: Session, node: nodes.Member, owner: Type) -> bound.Expr:
    message = f"Non-invocable member '{owner}.{node.name}' cannot be used like a method."
    session.report("CS1955", message, node.name_start)
    return faulty(node.start, node.end)


def _unknown_member(session: Session, node: nodes.Member, type: Type) -> bound.Expr:
    message = refused.member_message(full_text(type), node.name)
    extensions = extensions_of(node.name)
    code = "CS1061"
    if message is None and extensions:
        code = "CS1929"
        wanted = extensions[0].parameters[0].type
        message = (
            f"'{type}' does not contain a definition for '{node.name}' and the best extension method "
            f"overload '{extensions[0]}' requires a receiver of type '{wanted}'"
        )
    if message is None:
        message = (
            f"'{type}' does not contain a definition for '{node.name}' and no accessible extension method "
            f"'{node.name}' accepting a first argument of type '{type}' could be found (are you missing a "
            "using directive or an assembly reference?)"
            + suggestions.close(session, node.name, lambda: member_names(type))
        )
    session.report(code, message, node.name_start)
    return faulty(node.start, node.end)


# ---------------------------------------------------------------- elements


def bind_element(session: Session, node: nodes.ElementAccess) -> bound.Expr:
    """`target[arguments]`: an element of an array, or an indexer."""
    receiver = conversions.value(session, session.expression(node.target))
    return element_of(session, receiver, node.arguments, node)


def element_of(
    session: Session, receiver: bound.Expr, written: tuple[nodes.Argument, ...], node: nodes.Node
) -> bound.Expr:
    """`receiver[arguments]` for a receiver that is bound already."""
    arguments = bind_arguments(session, written)
    if is_faulty(receiver):
        return receiver
    start, end = node.start, node.end
    if isinstance(receiver.type, ArrayType):
        if len(arguments) != receiver.type.rank:
            message = f"Wrong number of indices inside []; expected {receiver.type.rank}"
            return session.refuse("CS0022", message, node)
        indices = tuple(index_of(session, one.value) for one in arguments)
        return bound.GetElement(receiver.type.element, start, end, receiver, indices)
    candidates = [] if isinstance(receiver, Function) else list(indexers_of(receiver.type))
    if not candidates:
        shown = conversions.describe(receiver)
        message = f"Cannot apply indexing with [] to an expression of type '{shown}'"
        return session.refuse("CS0021", message, node)
    call = overloads.Call("this", "indexer", written[0].start - 1 if written else start)
    form = overloads.resolve(session, candidates, arguments, (), call)
    if form is None:
        return faulty(start, end)
    values, _ = build(session, form, arguments, start, end)
    indexer = cast("Indexer", form.candidate.member)
    return bound.GetIndex(form.returns, start, end, indexer, receiver, values)


def index_of(session: Session, operand: bound.Expr) -> bound.Expr:
    """An array index or size: the first of int, uint, long, ulong that the operand converts to."""
    for type in (INT, UINT, LONG, ULONG):
        conversion = conversions.implicit(operand, type)
        if conversion is not None:
            return conversions.apply(session, operand, conversion, type)
    return conversions.convert(session, operand, INT)


# ---------------------------------------------------------------- null-conditional


def bind_null_conditional(session: Session, node: nodes.NullConditional) -> bound.Expr:
    """`target?.rest`: null where the target is, else the rest of the chain, made nullable (C# 12.8.8)."""
    target = conversions.value(session, session.expression(node.target))
    if is_faulty(target):
        return target
    inner = target.type.element if isinstance(target.type, NullableType) else target.type
    is_usable = can_be_null(target.type) and not isinstance(target.type, TypeParameter)
    if isinstance(target, Function) or target.type in (NULL, VOID) or not is_usable:
        shown = conversions.describe(target)
        return session.refuse("CS0023", f"Operator '?' cannot be applied to operand of type '{shown}'", node)
    key = object()
    outer, session.receiver = session.receiver, bound.Placeholder(inner, target.start, target.end, key)
    accessed = conversions.value(session, session.expression(node.access))
    session.receiver = outer
    if is_faulty(accessed):
        return accessed
    if isinstance(accessed, Function) or isinstance(accessed.type, TypeParameter):
        shown = conversions.describe(accessed)
        return session.refuse("CS0023", f"Operator '?' cannot be applied to operand of type '{shown}'", node)
    if accessed.type is VOID:
        return bound.NullConditional(VOID, node.start, node.end, target, accessed, key)
    type = nullable(accessed.type)
    if type is not accessed.type:
        accessed = bound.Convert(type, accessed.start, accessed.end, "none", accessed)
    return bound.NullConditional(type, node.start, node.end, target, accessed, key)


def bind_receiver(session: Session, node: nodes.Expr) -> bound.Expr:
    """The value of the innermost null-conditional's target."""
    return cast("bound.Expr", session.receiver)
