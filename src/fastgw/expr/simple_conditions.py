"""Recognises conditions that the core can test alone, and makes them `_condition.Condition`s.

It works on the bound tree, so that it cannot mistake what a name means. An expression that is not of the few
shapes below stays general code; a Condition never decides other than that would.
"""

from __future__ import annotations

from typing import NamedTuple

from fastgw._condition import Condition, Source, Test
from fastgw.expr import bound
from fastgw.expr.types import NamedType


class _Text(NamedTuple):
    """A text of the request: where it comes from, and what stands for a missing one."""

    source: Source
    name: str | None = None
    default: str | None = None


def condition_of(program: bound.Program) -> Condition | None:
    """The Condition that decides as `program` does, or None where the program must run."""
    block = program.body.statements
    if block is None or block.functions or len(block.statements) != 1:
        return None
    only = block.statements[0]
    if not isinstance(only, bound.Return) or only.value is None:
        return None
    try:
        return _condition(only.value)
    except ValueError:
        # A constant that has no UTF-8 equals nothing that came over a connection in UTF-8; rare enough.
        return None


def _condition(node: bound.Expr) -> Condition | None:
    match node:
        case bound.Constant(value=bool() as value):
            return Condition(Test.ALWAYS if value else Test.NEVER)
        case bound.Binary(operator="&&" | "||", left=left, right=right, lifted=False):
            return _both(Test.AND if node.operator == "&&" else Test.OR, left, right)
        case bound.Unary(operator="!", operand=operand, lifted=False):
            return _negated(_condition(operand))
        case bound.Binary(operator="==", left=left, right=right):
            return _comparison(left, right)
        case bound.Binary(operator="!=", left=left, right=right):
            return _negated(_comparison(left, right))
        case bound.Call():
            return _call(node)
        case bound.Convert(kind="cast", operand=operand) if _is(node, "bool"):
            name = _variable(operand)
            return None if name is None else Condition(Test.IS_TRUE, name=name)
    return None


def _both(test: Test, left: bound.Expr, right: bound.Expr) -> Condition | None:
    first, second = _condition(left), _condition(right)
    if first is None or second is None:
        return None
    return Condition(test, left=first, right=second)


def _negated(condition: Condition | None) -> Condition | None:
    return None if condition is None else Condition(Test.NOT, left=condition)


def _comparison(left: bound.Expr, right: bound.Expr) -> Condition | None:
    """`text == "constant"`, `text == null`, either way round."""
    if isinstance(left, bound.Constant):
        left, right = right, left
    if not isinstance(right, bound.Constant):
        return None
    text = _text(left)
    if text is None:
        return None
    if right.value is None:
        return _negated(_asked(Test.EXISTS, text))
    return _asked(Test.EQUALS, text, right.value) if type(right.value) is str else None


def _asked(test: Test, text: _Text, value: str | None = None) -> Condition:
    return Condition(test, source=text.source, name=text.name, default=text.default, value=value)


def _call(call: bound.Call) -> Condition | None:
    method, arguments = call.method, call.arguments
    owner = method.declaring.full_name if method.declaring else ""
    if (owner, method.name) == ("System.String", "IsNullOrEmpty"):
        text = _text(arguments[0])
        return None if text is None else _negated(_asked(Test.HAS_TEXT, text))
    if (owner, method.name) == ("IFields", "ContainsKey") and call.receiver is not None:
        source, name = _fields(call.receiver), _constant(arguments[0])
        return None if source is None or name is None else _asked(Test.EXISTS, _Text(source, name))
    if owner != "System.String" or call.receiver is None or not arguments:
        return None
    text, value = _text(call.receiver), _constant(arguments[0])
    # What a null would be asked is an error, and that is the general code's to raise.
    if text is None or text.default is None or value is None:
        return None
    if method.name == "Contains" and len(arguments) == 1:
        return _asked(Test.CONTAINS, text, value)
    if method.name == "Equals" and len(arguments) == 1:
        return _asked(Test.EQUALS, text, value)
    plain = value.isascii() and value.isprintable()
    if method.name == "Equals" and len(arguments) == 2 and plain and _ignores_case(arguments[1]):
        return _asked(Test.EQUALS_IGNORING_CASE, text, value)
    return None


def _ignores_case(comparison: bound.Expr) -> bool:
    if not isinstance(comparison, bound.Constant):
        return False
    definition = getattr(comparison.value, "definition", None)
    if definition is None:
        return False
    names = ("OrdinalIgnoreCase", "InvariantCultureIgnoreCase")
    return any(definition.constants.get(name) == comparison.value.value for name in names)


def _text(node: bound.Expr) -> _Text | None:
    """The source of a text, where `node` is one that the core knows."""
    match node:
        case bound.Call(method=method, receiver=receiver, arguments=arguments) if (
            method.name == "GetValueOrDefault" and method.declaring is not None and receiver is not None
        ):
            name = _constant(arguments[0])
            if name is None:
                return None
            default = arguments[1] if len(arguments) > 1 else None
            if default is not None and not isinstance(default, bound.Constant):
                return None
            fallback = default.value if isinstance(default, bound.Constant) else None
            if method.declaring.name == "IFields":
                source = _fields(receiver)
                return None if source is None else _Text(source, name, fallback)
            if method.declaring.name == "IVariables" and _is(node, "string"):
                return _Text(Source.VARIABLE, name, fallback)
        case bound.Convert(kind="cast", operand=operand) if _is(node, "string"):
            name = _variable(operand)
            return None if name is None else _Text(Source.VARIABLE, name)
        case bound.Get(property=property, receiver=receiver) if receiver is not None:
            if property.name == "Method" and _is_property(receiver, "Request"):
                return _Text(Source.METHOD)
            if property.name == "Path" and _is_property(receiver, "OriginalUrl"):
                return _Text(Source.PATH)
    return None


def _fields(node: bound.Expr) -> Source | None:
    """The source behind `context.Request.Headers`, `context.Request.Url.Query`, ..."""
    if not isinstance(node, bound.Get) or node.receiver is None:
        return None
    if node.property.name == "Headers":
        if _is_property(node.receiver, "Request"):
            return Source.HEADER
        # Only the context's own response is the exchange's.
        if _is_property(node.receiver, "Response"):
            return Source.RESPONSE_HEADER
    if node.property.name == "Query" and _is_property(node.receiver, "Url"):
        return Source.QUERY
    return None


def _is_property(node: bound.Expr, name: str) -> bool:
    """Whether `node` is `context.<name>`, or for a URL `context.Request.<name>`."""
    if not isinstance(node, bound.Get) or node.property.name != name:
        return False
    if name in ("Url", "OriginalUrl"):
        return node.receiver is not None and _is_property(node.receiver, "Request")
    return isinstance(node.receiver, bound.Context)


def _variable(node: bound.Expr) -> str | None:
    """The name in `context.Variables["name"]`."""
    if not isinstance(node, bound.GetIndex) or not isinstance(node.receiver, bound.Get):
        return None
    dictionary = node.receiver
    if dictionary.property.name != "Variables" or not isinstance(dictionary.receiver, bound.Context):
        return None
    return _constant(node.arguments[0])


def _constant(node: bound.Expr) -> str | None:
    return node.value if isinstance(node, bound.Constant) and type(node.value) is str else None


def _is(node: bound.Expr, keyword: str) -> bool:
    return isinstance(node.type, NamedType) and node.type.definition.keyword == keyword
