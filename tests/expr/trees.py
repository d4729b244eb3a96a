"""Syntax trees as short text, so that a test can say in one line what the parser makes of a line.

Operators, calls and statements are lists in parentheses with what they are first; names and types are as
written, literals are `kind:value`. Places are left out.
"""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from fastgw.expr import nodes
from fastgw.expr.parser import parse_block, parse_expression

PLACES = {"start", "end", "operator_start", "name_start"}


def expression(text: str) -> str:
    return shown(parse_expression(text))


def block(text: str) -> str:
    return " ".join(map(shown, parse_block(text).statements))


def shown(node: Any) -> str:
    match node:
        case None:
            return "-"
        case str() | bool() | int():
            return str(node)
        case tuple():
            return f"[{' '.join(map(shown, node))}]"
        case nodes.TypeNode():
            return type_(node)
        case nodes.Literal(kind=kind, value=value):
            return f"{kind}:{value}"
        case nodes.Name(name=name, type_arguments=arguments):
            return name + types(arguments)
        case nodes.PredefinedType(keyword=keyword):
            return keyword
        case nodes.Receiver():
            return "@"
        case nodes.Discard():
            return "_!"
        case nodes.Member(target=target, name=name, type_arguments=arguments):
            return f"(. {shown(target)} {name}{types(arguments)})"
        case nodes.Argument(name=name, mode=mode, value=value):
            return f"{f'{name}: ' if name else ''}{f'{mode} ' if mode else ''}{shown(value)}"
        case nodes.Invocation(target=target, arguments=arguments):
            return listed("call", target, *arguments)
        case nodes.ElementAccess(target=target, arguments=arguments):
            return listed("at", target, *arguments)
        case nodes.NullConditional(target=target, access=access):
            return listed("?.", target, access)
        case nodes.Unary(operator=operator, operand=operand):
            return listed(operator, operand)
        case nodes.Postfix(operator=operator, operand=operand):
            return listed(f"post{operator}", operand)
        case nodes.Binary(operator=operator, left=left, right=right):
            return listed(operator, left, right)
        case nodes.Assignment(operator=operator, target=target, value=value):
            return listed(operator, target, value)
        case nodes.Conditional(condition=condition, if_true=if_true, if_false=if_false):
            return listed("?:", condition, if_true, if_false)
        case nodes.Parenthesized(value=value):
            return listed("paren", value)
        case nodes.Tuple(elements=elements):
            return listed("tuple", *(named(name, value) for name, value in elements))
        case nodes.NewAnonymous(members=members):
            return listed("anonymous", *(named(name, value) for name, value in members))
        case nodes.Parameter(type=None, name=name):
            return name
        case nodes.Parameter(type=wanted, name=name, modifier=modifier, default=default):
            text = f"{f'{modifier} ' if modifier else ''}{shown(wanted)} {name}"
            return f"{text}={shown(default)}" if default else text
        case nodes.Interpolated(parts=parts):
            return listed("$", *(repr(part) if isinstance(part, str) else part for part in parts))
        case nodes.Hole(value=value, alignment=alignment, format=format_):
            return f"{{{shown(value)},{shown(alignment)}:{shown(format_)}}}"
        case nodes.ExpressionStatement(value=value):
            return f"{shown(value)};"
        case nodes.Block(statements=statements):
            return f"{{{' '.join(map(shown, statements))}}}"
        case nodes.Declarator(name=name, value=value):
            return f"{name}={shown(value)}"
    return listed(
        type(node).__name__, *(getattr(node, one.name) for one in fields(node) if one.name not in PLACES)
    )


def listed(head: str, *rest: Any) -> str:
    return f"({' '.join([head, *map(shown, rest)])})"


def named(name: str | None, value: Any) -> str:
    return f"{name}={shown(value)}" if name else shown(value)


def types(arguments: tuple[nodes.TypeNode, ...]) -> str:
    return f"<{','.join(map(type_, arguments))}>" if arguments else ""


def type_(node: nodes.TypeNode) -> str:
    match node:
        case nodes.NamedTypeNode(parts=parts):
            return ".".join(name + types(arguments) for name, arguments in parts)
        case nodes.ArrayTypeNode(element=element, rank=rank):
            return f"array{rank}({type_(element)})"
        case nodes.NullableTypeNode(element=element):
            return f"{type_(element)}?"
        case nodes.TupleTypeNode(elements=elements):
            return f"({','.join(type_(one) + (f' {name}' if name else '') for one, name in elements)})"
    raise AssertionError(node)
