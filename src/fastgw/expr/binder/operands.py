"""What an expression may be while it is bound, beyond the nodes of the bound tree.

A method group, a lambda or a tuple literal has no type until a conversion gives it one; the name of a type or
namespace is no value at all. They stand as operands between the binder's functions and never reach the tree.
"""

from __future__ import annotations

from dataclasses import dataclass

from fastgw.expr import bound
from fastgw.expr.errors import CompileError
from fastgw.expr.types import FAULTY, SpecialType, Type

METHOD_GROUP = SpecialType("method group")
LAMBDA = SpecialType("lambda expression")
TUPLE = SpecialType("tuple")
TYPE_NAME = SpecialType("type")
NAMESPACE = SpecialType("namespace")


@dataclass(frozen=True, slots=True, eq=False)
class Untyped(bound.Expr):
    """An operand that has a value only after a conversion to some type."""

    def converts(self, target: Type) -> bool:
        """Whether there is an implicit conversion to the type."""
        raise TypeError(f"{type(self).__name__} leaves this to its subclasses")

    def converted(self, target: Type) -> bound.Expr:
        """The converted value; reports what is wrong inside. Only where `converts`, or to report why not."""
        raise TypeError(f"{type(self).__name__} leaves this to its subclasses")

    def text(self) -> str:
        """What messages call its type."""
        return str(self.type)

    def natural(self) -> Type | None:
        """The type it has on its own, as a tuple literal of typed parts has one."""
        return None


@dataclass(frozen=True, slots=True, eq=False)
class Function(Untyped):
    """A lambda or a method group: what type inference asks of them."""

    def explicit_parameters(self) -> tuple[Type, ...] | None:
        """The types of explicitly typed parameters, None where there are none."""
        return None

    def needs_parameters(self) -> bool:
        """Whether its result depends on the parameter types of the delegate."""
        return True

    def returns(self, parameters: tuple[Type, ...]) -> Type | None:
        """The result type for these parameter types, or None where there is none."""
        raise TypeError(f"{type(self).__name__} leaves this to its subclasses")

    def complaints(self) -> list[CompileError]:
        """What was found wrong inside, for the parameter types tried so far."""
        return []


@dataclass(frozen=True, slots=True, eq=False)
class TypeOperand(bound.Expr):
    """The name of a type where an expression may stand."""

    named: Type


@dataclass(frozen=True, slots=True, eq=False)
class NamespaceOperand(bound.Expr):
    """A namespace, or the beginning of one."""

    name: str


@dataclass(frozen=True, slots=True, eq=False)
class TypeOrValue(bound.Expr):
    """A name that is both a value and the type of that value (C# 12.8.7.2): the next member decides."""

    value: bound.Expr
    named: Type


@dataclass(frozen=True, slots=True, eq=False)
class OutVariable(bound.Expr):
    """`out T x`, `out var x`, `out _`: `type` is FAULTY where it is still to be found out."""

    variable: bound.Variable | None
    is_typed: bool


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument as bound, before overload resolution."""

    value: bound.Expr
    mode: str
    name: str | None
    start: int


def faulty(start: int, end: int) -> bound.Expr:
    """The operand that stands where an error was reported."""
    return bound.Expr(FAULTY, start, end)


def is_faulty(operand: bound.Expr) -> bool:
    """Whether an error was reported for it already."""
    return operand.type is FAULTY and not isinstance(operand, OutVariable)
