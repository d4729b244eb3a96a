"""Expressions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fastgw.expr.nodes.base import Expr, Node, Pattern
from fastgw.expr.nodes.types import ArrayTypeNode, TypeNode

if TYPE_CHECKING:
    from fastgw.expr.nodes.statements import Block


@dataclass(frozen=True, slots=True)
class Literal(Expr):
    """A literal; `kind` is the C# type's keyword or `null`.

    `value` is an int for the integer kinds (int, uint, long, ulong), float for double and float,
    decimal.Decimal (scale kept) for decimal, str for string and char (UTF-16 code units, see
    runtime/text.py), bool for bool, None for null. An int literal directly after a unary minus that only
    fits with it (`-2147483648`) is folded into one Literal by the parser.
    """

    kind: str
    value: Any


@dataclass(frozen=True, slots=True)
class Name(Expr):
    """A simple name, perhaps with type arguments: `x`, `F<int>`."""

    name: str
    type_arguments: tuple[TypeNode, ...] = ()


@dataclass(frozen=True, slots=True)
class PredefinedType(Expr):
    """A type keyword where an expression may stand: `string` in `string.Join`."""

    keyword: str


@dataclass(frozen=True, slots=True)
class Member(Expr):
    """`target.name`, perhaps with type arguments."""

    target: Expr
    name: str
    type_arguments: tuple[TypeNode, ...]
    name_start: int


@dataclass(frozen=True, slots=True)
class Argument(Node):
    """An argument; `mode` is "", "ref" or "out". `value` may be an OutDeclaration or a Discard for "out"."""

    name: str | None
    mode: str
    value: Expr


@dataclass(frozen=True, slots=True)
class OutDeclaration(Expr):
    """`var x` or `int x` behind `out`, or in a Tuple that is the target of a deconstruction.

    `out int _` is one too, with the name `_`: its type takes part in overload resolution.
    """

    type: TypeNode
    name: str


@dataclass(frozen=True, slots=True)
class Discard(Expr):
    """`out var _`, and `_` in `var (a, _)` and in a deconstruction by `foreach`.

    A lone `_` behind `out`, or as the target of an assignment or a deconstruction, is a Name: a discard only
    if no variable is called so.
    """


@dataclass(frozen=True, slots=True)
class Invocation(Expr):
    """`target(arguments)`."""

    target: Expr
    arguments: tuple[Argument, ...]


@dataclass(frozen=True, slots=True)
class ElementAccess(Expr):
    """`target[arguments]`."""

    target: Expr
    arguments: tuple[Argument, ...]


@dataclass(frozen=True, slots=True)
class NullConditional(Expr):
    """`target?.rest`: `access` is the whole rest of the chain, with a Receiver for the target's value."""

    target: Expr
    access: Expr


@dataclass(frozen=True, slots=True)
class Receiver(Expr):
    """The value of the innermost NullConditional's target, inside its `access`."""


@dataclass(frozen=True, slots=True)
class Unary(Expr):
    """`+ - ! ~` and prefix `++ --`."""

    operator: str
    operand: Expr


@dataclass(frozen=True, slots=True)
class Postfix(Expr):
    """`x++`, `x--`."""

    operator: str
    operand: Expr


@dataclass(frozen=True, slots=True)
class Binary(Expr):
    """`* / % + - << >> < > <= >= == != & ^ | && || ??`."""

    operator: str
    left: Expr
    right: Expr
    operator_start: int


@dataclass(frozen=True, slots=True)
class Is(Expr):
    """`value is pattern`."""

    value: Expr
    pattern: Pattern


@dataclass(frozen=True, slots=True)
class As(Expr):
    """`value as type`."""

    value: Expr
    type: TypeNode


@dataclass(frozen=True, slots=True)
class Cast(Expr):
    """`(type)value`."""

    type: TypeNode
    value: Expr


@dataclass(frozen=True, slots=True)
class Conditional(Expr):
    """`condition ? if_true : if_false`."""

    condition: Expr
    if_true: Expr
    if_false: Expr


@dataclass(frozen=True, slots=True)
class Assignment(Expr):
    """`target operator value`, operator one of `= += -= *= /= %= &= |= ^= <<= >>=`.

    For a deconstruction the target is a Tuple or a DeconstructionDeclaration.
    """

    operator: str
    target: Expr
    value: Expr


@dataclass(frozen=True, slots=True)
class DeconstructionDeclaration(Expr):
    """`var (a, b)`: names; None for a discard. `var (a, (b, c))` is the Tuple `(var a, (var b, var c))`."""

    names: tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class New(Expr):
    """`new T(arguments) { initialiser }`; `arguments` is None where there are no parentheses."""

    type: TypeNode
    arguments: tuple[Argument, ...] | None
    initializer: ObjectInitializer | CollectionInitializer | None


@dataclass(frozen=True, slots=True)
class ObjectInitializer(Node):
    """`{ A = 1, ["k"] = v }`: (target, value); a target is a member name or index arguments."""

    entries: tuple[tuple[str | tuple[Argument, ...], Expr | ObjectInitializer | CollectionInitializer], ...]


@dataclass(frozen=True, slots=True)
class CollectionInitializer(Node):
    """`{ a, {k, v} }`: each element is the arguments of one Add."""

    elements: tuple[tuple[Expr, ...], ...]


@dataclass(frozen=True, slots=True)
class NewArray(Expr):
    """`new T[n, m]`, `new T[] {…}`, `new[] {…}`.

    `type` is the whole array type (`new int[2][]` has the type int[][]), None for `new[]`; `sizes` are those
    of its first bracket pair, empty where an initialiser gives them.
    """

    type: ArrayTypeNode | None
    rank: int
    sizes: tuple[Expr, ...]
    initializer: ArrayInitializer | None


@dataclass(frozen=True, slots=True)
class ArrayInitializer(Expr):
    """`{ a, b }`; nested for several dimensions. Also the value of a declaration `int[] a = { 1, 2 }`."""

    elements: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class NewAnonymous(Expr):
    """`new { a = 1, b, x.Y }`; a name is None where the author gave none (the binder takes or refuses it)."""

    members: tuple[tuple[str | None, Expr], ...]


@dataclass(frozen=True, slots=True)
class Tuple(Expr):
    """`(a, b)`, `(n: 1, s: "x")`."""

    elements: tuple[tuple[str | None, Expr], ...]


@dataclass(frozen=True, slots=True)
class Parameter(Node):
    """A parameter of a lambda (type None where it is inferred) or of a local function."""

    type: TypeNode | None
    name: str
    modifier: str = ""
    default: Expr | None = None


@dataclass(frozen=True, slots=True)
class Lambda(Expr):
    """`x => e`, `(x, y) => { … }`, `delegate (T x) { … }`. `parameters` None: `delegate { … }`."""

    parameters: tuple[Parameter, ...] | None
    body: Expr | Block


@dataclass(frozen=True, slots=True)
class TypeOf(Expr):
    """`typeof(T)`."""

    type: TypeNode


@dataclass(frozen=True, slots=True)
class NameOf(Expr):
    """`nameof(a.b)`."""

    value: Expr


@dataclass(frozen=True, slots=True)
class DefaultOf(Expr):
    """`default(T)`."""

    type: TypeNode


@dataclass(frozen=True, slots=True)
class SizeOf(Expr):
    """`sizeof(T)`."""

    type: TypeNode


@dataclass(frozen=True, slots=True)
class Checked(Expr):
    """`checked(e)`, `unchecked(e)`."""

    checked: bool
    value: Expr


@dataclass(frozen=True, slots=True)
class Interpolated(Expr):
    """`$"…"`: literal text (braces unescaped) and holes."""

    parts: tuple[str | Hole, ...]


@dataclass(frozen=True, slots=True)
class Hole(Node):
    """`{value,alignment:format}`."""

    value: Expr
    alignment: Expr | None
    format: str | None


@dataclass(frozen=True, slots=True)
class ThrowExpr(Expr):
    """`throw e` where an expression may stand."""

    value: Expr


@dataclass(frozen=True, slots=True)
class Parenthesized(Expr):
    """`(e)`; kept because `(x) => …`, `(string)x` and overload rules look at it nowhere, messages do."""

    value: Expr
