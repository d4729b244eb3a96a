"""The bound tree: what the binder makes of the syntax tree, and code generation turns into Python.

Every expression has its static type. All that C# leaves implicit is explicit here: conversions, the chosen
overload, default and params arguments, lifting. Names are gone: locals are `Variable` objects. Constant
expressions are `Constant` nodes already (the binder folds, because C# judges constants while it binds).
Nothing here may be faulty: after an error the binder gives no tree at all.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from fastgw.expr.types import ArrayType, Indexer, Method, Property, Type


@dataclass(eq=False, slots=True)
class Variable:
    """A local, a parameter, a pattern or out variable. Compared by identity.

    `owner` is the Body it is declared in; `captured` is set when a lambda or local function of another Body
    uses it; `in_loop` when it is declared inside a loop of its owner, so that each round has its own.
    """

    name: str
    type: Type
    owner: Body
    captured: bool = False
    in_loop: bool = False
    assigned_by_closure: bool = False
    by_reference: bool = False


@dataclass(eq=False, slots=True)
class Body:
    """The body of the expression itself, of a lambda or of a local function.

    `parameters` in order; `statements` the block (an expression body is one Return). `returns` is VOID for
    one that returns nothing. `outer` is the Body it stands in.
    """

    parameters: list[Variable]
    returns: Type
    outer: Body | None
    statements: Block | None = None


# ---------------------------------------------------------------- expressions


@dataclass(frozen=True, slots=True, eq=False)
class Expr:
    """A bound expression: its static type, and the offsets of its source text."""

    type: Type
    start: int
    end: int


@dataclass(frozen=True, slots=True, eq=False)
class Constant(Expr):
    """A compile-time constant in run-time representation (runtime/values.py); None is null."""

    value: Any


@dataclass(frozen=True, slots=True, eq=False)
class Context(Expr):
    """The parameter `context`; never null."""


@dataclass(frozen=True, slots=True, eq=False)
class Local(Expr):
    """The value of a variable."""

    variable: Variable


@dataclass(frozen=True, slots=True, eq=False)
class Placeholder(Expr):
    """The value of the enclosing NullConditional's target (nullable types unwrapped): not null here."""

    key: object


@dataclass(frozen=True, slots=True, eq=False)
class Call(Expr):
    """A call. `receiver` is None for static and extension methods (there it is the first argument).

    `arguments` are complete and converted, in the order of the parameters; a params list is a NewArray.
    `order` gives the order of evaluation as indices into `arguments`, where named arguments changed it;
    empty: from left to right. For `ref`/`out` parameters the argument is an assignable expression (Local,
    GetElement, ...) or an `OutTarget`. `types` are the type arguments for `wants_types` methods: those of the
    declaring type, then the method's own.
    """

    method: Method
    receiver: Expr | None
    arguments: tuple[Expr, ...]
    types: tuple[Type, ...] = ()
    order: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class OutTarget(Expr):
    """Where an out argument goes: a variable, or None for a discard."""

    variable: Variable | None


@dataclass(frozen=True, slots=True, eq=False)
class CallLocal(Expr):
    """A call of a local function; arguments as in Call, `types` those of a generic one."""

    function: LocalFunction
    arguments: tuple[Expr, ...]
    order: tuple[int, ...] = ()
    types: tuple[Type, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Invoke(Expr):
    """A call of a delegate; a null one raises NullReferenceException."""

    target: Expr
    arguments: tuple[Expr, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Get(Expr):
    """The value of a property or field; `receiver` None where it is static."""

    property: Property
    receiver: Expr | None
    types: tuple[Type, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class GetIndex(Expr):
    """`receiver[arguments]` through an indexer."""

    indexer: Indexer
    receiver: Expr
    arguments: tuple[Expr, ...]


@dataclass(frozen=True, slots=True, eq=False)
class GetElement(Expr):
    """An element of an array; indices are of an integer type."""

    array: Expr
    indices: tuple[Expr, ...]


@dataclass(frozen=True, slots=True, eq=False)
class GetMember(Expr):
    """A member of an anonymous type or a tuple, by its place."""

    receiver: Expr
    index: int


@dataclass(frozen=True, slots=True, eq=False)
class New(Expr):
    """`new T(arguments)` with the initialisers' effects in order.

    `effects` use `target`, a Variable that holds the new object: assignments (Assign) and calls (Call).
    """

    constructor: Method
    arguments: tuple[Expr, ...]
    types: tuple[Type, ...] = ()
    order: tuple[int, ...] = ()
    target: Variable | None = None
    effects: tuple[Expr, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class NewArray(Expr):
    """An array from `sizes` (filled with defaults) or from `elements`; `type` is an ArrayType.

    For rank > 1 with an initialiser, `elements` are in row-major order and `sizes` are Constants.
    """

    sizes: tuple[Expr, ...]
    elements: tuple[Expr, ...] | None

    @property
    def array_type(self) -> ArrayType:
        """The type."""
        if not isinstance(self.type, ArrayType):
            raise TypeError("an array has an array type")
        return self.type


@dataclass(frozen=True, slots=True, eq=False)
class NewAnonymous(Expr):
    """An object of an anonymous type."""

    values: tuple[Expr, ...]


@dataclass(frozen=True, slots=True, eq=False)
class NewTuple(Expr):
    """A value tuple."""

    values: tuple[Expr, ...]


Conversion = Literal[
    # No run-time effect: identity, to a base class or interface, boxing, null, T to T?, variance.
    "none",
    # Between numeric types, char and enums; `checked` says whether overflow raises.
    "numeric",
    # From object, an interface or a base class down: InvalidCastException when it does not fit; unboxing
    # demands the exact type, NullReferenceException for null (not to a nullable type).
    "cast",
    # T? to T: InvalidOperationException for null.
    "unwrap",
]


@dataclass(frozen=True, slots=True, eq=False)
class Convert(Expr):
    """`operand` as `type`. `lifted`: on T? operands, null stays null.

    User-defined conversions are Calls. For "numeric", `operand.type` and `type` (their element types where
    lifted) say from where to where.
    """

    kind: Conversion
    operand: Expr
    checked: bool = False
    lifted: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Unary(Expr):
    """`+ - ! ~` on a predefined type, that of `operand` (after promotion)."""

    operator: str
    operand: Expr
    checked: bool = False
    lifted: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Binary(Expr):
    """A predefined operator; both operands have the type `operands` (a shift's right one is int).

    operator: `+ - * / % << >> < > <= >= == != & | ^` on numbers, enums, char as int and bool; `&& ||` on
    bool; `== !=` on string (`operands` string: ordinal), on reference types (`operands` object: identity);
    `+` on string concatenates (operands may then be of any type: null is empty, others as text); on
    delegates it is refused. Enum arithmetic has `operands` of the enum's underlying type, with Converts.
    lifted: on T? operands; comparisons with null are false, `== !=` compare null, arithmetic gives null,
    `& |` on bool? are three-valued. `operands` is then the element type.
    """

    operator: str
    left: Expr
    right: Expr
    operands: Type
    checked: bool = False
    lifted: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Concat(Expr):
    """String concatenation of several operands, each as text; flattened `a + b + c`."""

    parts: tuple[Expr, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Interpolated(Expr):
    """`$"…"`: text, and (value, alignment or None, format or None)."""

    parts: tuple[str | tuple[Expr, int | None, str | None], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Conditional(Expr):
    """`?:`."""

    condition: Expr
    if_true: Expr
    if_false: Expr


@dataclass(frozen=True, slots=True, eq=False)
class Coalesce(Expr):
    """`left ?? right`, both of the result's type where not null."""

    left: Expr
    right: Expr


@dataclass(frozen=True, slots=True, eq=False)
class NullConditional(Expr):
    """`target?.access`: null (or nothing, for VOID) when the target is null. `key`: of its Placeholders."""

    target: Expr
    access: Expr
    key: object


@dataclass(frozen=True, slots=True, eq=False)
class Assign(Expr):
    """`target = value`; the target is a Local, Get, GetIndex or GetElement. The value is the result."""

    target: Expr
    value: Expr


@dataclass(frozen=True, slots=True, eq=False)
class Update(Expr):
    """Compound assignment, `++` and `--`: the target is evaluated once.

    `value` computes the new value and uses a Placeholder with `key` for the old one. `gives_old`: the result
    is the old value (postfix).
    """

    target: Expr
    value: Expr
    key: object
    gives_old: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Deconstruct(Expr):
    """`(a, b) = value`: targets are assignable expressions or None for a discard.

    `values` are the parts of the tuple, converted, with a Placeholder of `key` for the tuple itself.
    All target receivers and indices are evaluated first, then the value, then the assignments.
    """

    targets: tuple[Expr | None, ...]
    source: Expr
    values: tuple[Expr, ...]
    key: object


@dataclass(frozen=True, slots=True, eq=False)
class Lambda(Expr):
    """A lambda as a delegate."""

    body: Body


@dataclass(frozen=True, slots=True, eq=False)
class MethodGroup(Expr):
    """A method as a delegate; `receiver` is evaluated when the delegate is made."""

    method: Method | LocalFunction
    receiver: Expr | None
    types: tuple[Type, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class IsType(Expr):
    """`operand is T`, `operand is T x` (then `variable` is assigned on success)."""

    operand: Expr
    tested: Type
    variable: Variable | None = None


@dataclass(frozen=True, slots=True, eq=False)
class IsConstant(Expr):
    """`operand is constant`, by object.Equals; null tests null."""

    operand: Expr
    value: Constant


@dataclass(frozen=True, slots=True, eq=False)
class IsVar(Expr):
    """`operand is var x`: always true, and assigns."""

    operand: Expr
    variable: Variable | None


@dataclass(frozen=True, slots=True, eq=False)
class As(Expr):
    """`operand as T`: null where it does not fit."""

    operand: Expr


@dataclass(frozen=True, slots=True, eq=False)
class TypeOf(Expr):
    """`typeof(T)`."""

    of: Type


@dataclass(frozen=True, slots=True, eq=False)
class Default(Expr):
    """The default value of `type`, where it is no constant (a struct such as DateTime, a type parameter)."""


@dataclass(frozen=True, slots=True, eq=False)
class ThrowExpr(Expr):
    """`throw e` as an expression."""

    value: Expr


# ---------------------------------------------------------------- statements


@dataclass(frozen=True, slots=True, eq=False)
class Stmt:
    """A bound statement."""

    start: int
    end: int


@dataclass(frozen=True, slots=True, eq=False)
class Block(Stmt):
    """Statements in order; local functions are hoisted to its head."""

    statements: tuple[Stmt, ...]
    functions: tuple[LocalFunction, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Declare(Stmt):
    """A local comes into being, with a value or without one. Constants leave no statement."""

    variable: Variable
    value: Expr | None


@dataclass(frozen=True, slots=True, eq=False)
class Evaluate(Stmt):
    """An expression for its effect."""

    value: Expr


@dataclass(frozen=True, slots=True, eq=False)
class If(Stmt):
    """`if`."""

    condition: Expr
    then: Stmt
    otherwise: Stmt | None


@dataclass(frozen=True, slots=True, eq=False)
class Loop(Stmt):
    """`while`, `do` and `for`: `before` the test (False for `do`), `updates` after each round.

    The initialisers of a `for` stand before it in a Block.
    """

    condition: Expr | None
    body: Stmt
    updates: tuple[Expr, ...] = ()
    test_first: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class ForEach(Stmt):
    """`foreach`; `element` converts a Placeholder of `key` to the variable's type.

    `source` enumerates with Python's iter() after a null check. With `deconstruct`, that Deconstruct is
    evaluated with the element as Placeholder, and `variable` is None.
    """

    variable: Variable | None
    source: Expr
    element: Expr
    body: Stmt
    key: object
    deconstruct: Expr | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """A label of a switch section: `test` is a bool expression on Placeholders of the switch's key."""

    test: Expr | None
    start: int
    end: int


@dataclass(frozen=True, slots=True, eq=False)
class Section:
    """Labels (any one of them) and statements, which never fall through. `test` None in a Case: default.

    `label` is the target of the Gotos that lead here (`goto case`, `goto default`), None where none does.
    """

    cases: tuple[Case, ...]
    body: Block
    label: object | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Switch(Stmt):
    """`switch`: sections are tried in order of their cases; `default` last, wherever it stands."""

    value: Expr
    sections: tuple[Section, ...]
    key: object


@dataclass(frozen=True, slots=True, eq=False)
class Break(Stmt):
    """Leaves the Loop, ForEach or Switch `target`... the innermost one."""


@dataclass(frozen=True, slots=True, eq=False)
class Continue(Stmt):
    """Goes on with the innermost loop (across switches)."""


@dataclass(frozen=True, slots=True, eq=False)
class Return(Stmt):
    """`return`."""

    value: Expr | None

    def complete(self, value: Expr) -> None:
        """Give the value later: a lambda's body is bound before its return type is known."""
        object.__setattr__(self, "value", value)


@dataclass(frozen=True, slots=True, eq=False)
class Throw(Stmt):
    """`throw e;`; None rethrows."""

    value: Expr | None


@dataclass(frozen=True, slots=True, eq=False)
class Catch:
    """A catch clause; `type` None catches every .NET exception."""

    type: Type | None
    variable: Variable | None
    condition: Expr | None
    body: Block


@dataclass(frozen=True, slots=True, eq=False)
class Try(Stmt):
    """`try`."""

    body: Block
    catches: tuple[Catch, ...]
    finally_body: Block | None


@dataclass(frozen=True, slots=True, eq=False)
class Using(Stmt):
    """`using`: every variable is disposed in reverse order, null ones are not."""

    variables: tuple[tuple[Variable, Expr], ...]
    body: Stmt


@dataclass(frozen=True, slots=True, eq=False)
class Label(Stmt):
    """A label that some Goto names."""

    label: object


@dataclass(frozen=True, slots=True, eq=False)
class Goto(Stmt):
    """A jump to the Label, or to the Section of a Switch (`goto case`, `goto default`), with this `label`."""

    target: object


@dataclass(eq=False, slots=True)
class LocalFunction:
    """A local function; `method` is its signature (its `function` is not used)."""

    name: str
    method: Method
    body: Body
    type_parameters: tuple[Any, ...] = field(default=())


# The whole expression.


@dataclass(frozen=True, slots=True, eq=False)
class Program:
    """A bound expression or statement block, ready for code generation. `result` is the static type."""

    body: Body
    result: Type
