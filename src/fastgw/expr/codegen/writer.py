"""The state of code generation: one Unit for an expression, one Writer for each Python function of it.

A Writer turns bound nodes into Python nodes by the handlers that the other modules register. An expression
becomes one Python expression; only functions (lambdas) are written as statements before the statement they
stand in, which has no effect of its own.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

from fastgw.expr import bound
from fastgw.expr.codegen import tree
from fastgw.expr.codegen.analysis import Analysis
from fastgw.expr.codegen.positions import Positions
from fastgw.expr.errors import CompileError
from fastgw.expr.types import (
    Type,
    TypeParameter,
    TypeTooComplex,
    substitute,
)

ExpressionHandler = Callable[["Writer", Any], ast.expr]
StatementHandler = Callable[["Writer", Any], None]
_Handler = TypeVar("_Handler", bound=Callable[..., Any])

_EXPRESSIONS: dict[type[bound.Expr], ExpressionHandler] = {}
_STATEMENTS: dict[type[bound.Stmt], StatementHandler] = {}

CONTEXT = "context"


class NotSupported(Exception):
    """A construct that code generation has no form for; the text says which, `offset` where."""

    def __init__(self, text: str, offset: int) -> None:
        super().__init__(text)
        self.offset = offset


def expression(kind: type[bound.Expr]) -> Callable[[_Handler], _Handler]:
    """Register what writes expressions of this kind."""

    def register(handler: _Handler) -> _Handler:
        _EXPRESSIONS[kind] = handler
        return handler

    return register


def statement(kind: type[bound.Stmt]) -> Callable[[_Handler], _Handler]:
    """Register what writes statements of this kind."""

    def register(handler: _Handler) -> _Handler:
        _STATEMENTS[kind] = handler
        return handler

    return register


class Unit:
    """What the functions of one expression share: the names, and the values behind them.

    Names of authors' variables begin with `v_`, of functions with `f_`, of intermediate values with `t_`, of
    values of the runtime and the library with `g_`; all end with a number of their own, so none can clash.
    """

    def __init__(self, analysis: Analysis, positions: Positions) -> None:
        self.analysis = analysis
        self.positions = positions
        self.namespace: dict[str, Any] = {"__builtins__": {}}
        self.functions: list[ast.FunctionDef] = []
        # The keys of placeholders that are not null where they stand.
        self.present: set[object] = set()
        # Where the generic local functions of the blocks at hand are written.
        self.homes: dict[bound.LocalFunction, Home] = {}
        # Whether the functions hold what has to be moved out of them (see `outline`).
        self.is_outlined = False
        # The characters of the author's text that instances were written for.
        self.instantiated = 0
        self._names: dict[object, str] = {}
        self._known: dict[int, str] = {}
        self._types: dict[Any, Any] = {}
        self._count = 0

    def fresh(self, prefix: str, hint: str = "") -> str:
        """A name that nothing else has."""
        self._count += 1
        shown = hint if hint.isascii() and hint.isidentifier() else ""
        return f"{prefix}_{shown}_{self._count}" if shown else f"{prefix}_{self._count}"

    def known(self, value: Any, hint: str = "") -> ast.Name:
        """A global that holds `value`, one for each object."""
        found = self._known.get(id(value))
        if found is None:
            found = self._known[id(value)] = self.fresh("g", hint or getattr(value, "__name__", ""))
            self.namespace[found] = value
        return tree.name(found)

    def name_of(self, declared: bound.Variable | bound.LocalFunction) -> str:
        """The Python name of a variable or local function."""
        found = self._names.get(declared)
        if found is None:
            prefix = "v" if isinstance(declared, bound.Variable) else "f"
            found = self._names[declared] = self.fresh(prefix, declared.name)
        return found

    def same(self, value: Any) -> Any:
        """The first of equal types, or tuples of them: types are values, and one global serves all."""
        return self._types.setdefault(value, value)


@dataclass(slots=True, eq=False)
class Frame:
    """A Python loop around the code that is being written, and what C# constructs it stands for.

    `breaks` and `continues` are the constructs whose Break and Continue it is; `states` gives the number of
    the part that a goto target begins, `state` the variable that selects it. `exits` are jumps from inside
    to frames further out: (flag, frame, whether it is a continue).
    """

    breaks: object = None
    continues: object = None
    state: str = ""
    states: dict[object, int] = field(default_factory=dict)
    exits: list[tuple[str, Frame, bool]] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Head:
    """The head of a block, where its generic local functions are written when their first calls are.

    In `statements`, the list of the block, boxes are made before `boxes` and functions before `functions`:
    every box is there when the first function is made that keeps it. Both are statements without effect.
    `repeated`: the block may run more than once in an evaluation.
    """

    writer: Writer
    repeated: bool
    statements: list[ast.stmt]
    boxes: ast.stmt
    functions: ast.stmt

    def insert(self, before: ast.stmt, *made: ast.stmt) -> None:
        """Write statements to the head, before one of its two marks."""
        at = self.statements.index(before)
        self.statements[at:at] = made


@dataclass(slots=True, eq=False)
class Home:
    """Where a generic local function is written, once for each tuple of type arguments: `instances`.

    An instance is known by the name of its function, or of its box where each round makes it anew.
    """

    head: Head
    instances: dict[tuple[Type, ...], str] = field(default_factory=dict)


class Writer:
    """Writes one Python function."""

    def __init__(self, unit: Unit, body: bound.Body, *, repeated: bool, outer: Writer | None = None) -> None:
        self.unit = unit
        self.body = body
        self.outer = outer
        # Whether the code may run more than once in an evaluation: then what it builds is counted.
        self.repeated = repeated
        self.statements: list[ast.stmt] = []
        self.frames: list[Frame] = []
        # Switch statements whose Breaks need no jump: they stand last in their section anyway.
        self.silent_breaks: set[bound.Break] = set()
        # The variables of ref and out parameters, which the function returns besides its result.
        self.references: list[bound.Variable] = []
        # The boxes of instances of generic local functions that it uses, made outside of it.
        self.boxes: set[str] = set()
        # Applied to what the function returns.
        self.finish: Callable[[Writer, ast.expr, bound.Expr], ast.expr] | None = None
        # What stands for the type parameters of the generic local functions around.
        self.mapping: dict[TypeParameter, Type] = dict(outer.mapping) if outer else {}
        self._placeholders: dict[object, Callable[[], ast.expr]] = dict(outer._placeholders) if outer else {}

    # ------------------------------------------------------------ nodes

    def expr(self, node: bound.Expr) -> ast.expr:
        """The Python expression of a bound one."""
        handler = _EXPRESSIONS.get(type(node))
        if handler is None:
            raise NotSupported(f"{type(node).__name__} cannot be compiled", node.start)
        try:
            found = handler(self, node)
        except TypeTooComplex as error:
            raise CompileError(str(error), node.start) from None
        tree.locate(found, self.unit.positions.place(node.start, node.end))
        return found

    def exprs(self, nodes: tuple[bound.Expr, ...]) -> list[ast.expr]:
        """The Python expressions of several bound ones."""
        return [self.expr(one) for one in nodes]

    def stmt(self, node: bound.Stmt) -> None:
        """Write a bound statement to the current list."""
        handler = _STATEMENTS.get(type(node))
        if handler is None:
            raise NotSupported(f"{type(node).__name__} cannot be compiled", node.start)
        before = len(self.statements)
        try:
            handler(self, node)
        except TypeTooComplex as error:
            raise CompileError(str(error), node.start) from None
        place = self.unit.positions.place(node.start, node.end)
        for one in self.statements[before:]:
            tree.locate(one, place)

    def emit(self, *statements: ast.stmt) -> None:
        """Add Python statements to the current list."""
        self.statements.extend(statements)

    @contextmanager
    def collected(self) -> Iterator[list[ast.stmt]]:
        """Statements written inside go to a list of their own."""
        outer, self.statements = self.statements, []
        try:
            yield self.statements
        finally:
            self.statements = outer

    @contextmanager
    def looping(self, frame: Frame) -> Iterator[None]:
        """Inside, `frame` is the innermost Python loop, and code is repeated."""
        repeated, self.repeated = self.repeated, True
        self.frames.append(frame)
        try:
            yield
        finally:
            self.frames.pop()
            self.repeated = repeated

    # ------------------------------------------------------------ values

    def temp(self) -> str:
        """A fresh local name for an intermediate value."""
        return self.unit.fresh("t")

    def known(self, value: Any, hint: str = "") -> ast.Name:
        """A global that holds `value`."""
        return self.unit.known(value, hint)

    def seen(self, type: Type) -> Type:
        """A static type with what stands here for type parameters."""
        return substitute(type, self.mapping)

    def closed(self, type: Type, offset: int) -> Type:
        """`seen`. Raises NotSupported where it is unknown what stands for a type parameter."""
        found = self.seen(type)
        if found.is_open:
            raise NotSupported(f"the type '{type}' is not known before run time", offset)
        return found

    def type(self, type: Type, offset: int) -> ast.expr:
        """A static type as a value. Raises NotSupported for one that is known at run time only."""
        return self.known(self.unit.same(self.closed(type, offset)), "type")

    def types(self, types: tuple[Type, ...], offset: int) -> ast.expr:
        """Type arguments as a tuple. Raises NotSupported as `type` does."""
        return self.known(self.unit.same(tuple(self.closed(one, offset) for one in types)), "types")

    def held(self, value: ast.expr) -> tuple[ast.expr, Callable[[], ast.expr]]:
        """The value for its first use, and what reads it again; names and literals need no copy."""
        if isinstance(value, ast.Name):
            identifier = value.id
            return value, lambda: tree.name(identifier)
        if isinstance(value, ast.Constant):
            kept = value.value
            return value, lambda: tree.constant(kept)
        identifier = self.temp()
        return tree.keep(identifier, value), lambda: tree.name(identifier)

    def bind(self, key: object, read: Callable[[], ast.expr], present: bool = False) -> None:
        """What the Placeholders of `key` stand for; `present`: it is not null where they stand."""
        self._placeholders[key] = read
        if present:
            self.unit.present.add(key)

    def is_present(self, key: object) -> bool:
        """Whether the Placeholders of `key` are known not to be null."""
        return key in self.unit.present

    def bound_to(self, key: object) -> ast.expr:
        """What a Placeholder of `key` stands for."""
        return self._placeholders[key]()

    # ------------------------------------------------------------ variables

    def load(self, variable: bound.Variable) -> ast.expr:
        """The value of a variable."""
        identifier = tree.name(self.unit.name_of(variable))
        return tree.attribute(identifier, "value") if variable in self.unit.analysis.boxed else identifier

    def store(self, variable: bound.Variable, value: ast.expr) -> ast.expr:
        """An assignment as an expression; its value is the assigned one."""
        identifier = self.unit.name_of(variable)
        if variable in self.unit.analysis.boxed:
            return tree.call(tree.attribute(tree.name(identifier), "set"), value)
        return tree.keep(identifier, value)

    def set(self, variable: bound.Variable, value: ast.expr) -> ast.stmt:
        """An assignment as a statement."""
        identifier = self.unit.name_of(variable)
        if variable in self.unit.analysis.boxed:
            return tree.assign_attribute(tree.name(identifier), "value", value)
        return tree.assign(identifier, value)
