"""Definite assignment through expressions: what is assigned after one, and after it was true or false."""

from __future__ import annotations

from dataclasses import dataclass, field

from fastgw.expr import bound
from fastgw.expr.binder.session import Session
from fastgw.expr.errors import too_complex

MOST_VISITS = 500_000
"""Statements and variables looked at. Jumps back make the walk go over a function again, calls of local
functions go over all variables; one takes less than 2 us, so that this is about a second."""

_CHAIN = 16

UNREACHABLE = -1
"""All variables assigned: what holds where control never comes."""


@dataclass(slots=True)
class _Function:
    """What a call of a local function needs assigned before, and has assigned after it (C# 9.4.4.32)."""

    function: bound.LocalFunction
    needs: set[bound.Variable] = field(default_factory=set)
    gives: int = 0
    is_walked: bool = False
    is_walking: bool = False


class ExpressionFlow:
    """The expressions' part of the walk. `quiet`: errors are known already or come later."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.quiet = False
        self.returned = UNREACHABLE
        self.bodies: list[bound.Body] = []
        self._places: dict[bound.Variable, int] = {}
        self._functions: dict[bound.LocalFunction, _Function] = {}
        self._needing: list[_Function] = []
        self._out: set[bound.Variable] = set()
        self._reported: set[bound.Variable] = set()
        self._done: dict[int, int] = {}
        self._visits = 0

    def body(self, body: bound.Body, state: int) -> int:
        """Walk a function's body; gives the state where it is left."""
        raise TypeError(f"{type(self).__name__} leaves this to its subclasses")

    def count(self, visits: int, offset: int) -> None:
        """Count work. Raises CompileError when it is too much."""
        self._visits += visits
        if self._visits > MOST_VISITS:
            raise too_complex(offset)

    # ---------------------------------------------------------------- variables

    def bit(self, variable: bound.Variable) -> int:
        """The bit of a variable in a state."""
        place = self._places.setdefault(variable, len(self._places))
        return 1 << place

    def is_out(self, variable: bound.Variable) -> bool:
        """Whether it is an out parameter."""
        return variable in self._out

    def report(self, code: str, message: str, offset: int) -> None:
        """Record an error, unless the walk is a quiet one."""
        if not self.quiet:
            self.session.report(code, message, offset)

    def read(self, variable: bound.Variable, state: int, offset: int) -> None:
        """A variable is read: it must be assigned, here or where the local function around is called."""
        if state & self.bit(variable):
            return
        for function in reversed(self._needing):
            if not _is_inside(variable, function.function.body):
                function.needs.add(variable)
                return
        if variable in self._reported:
            return
        if not self.quiet:
            self._reported.add(variable)
        if self.is_out(variable):
            self.report("CS0269", f"Use of unassigned out parameter '{variable.name}'", offset)
        else:
            self.report("CS0165", f"Use of unassigned local variable '{variable.name}'", offset)

    # ---------------------------------------------------------------- local functions

    def declare(self, function: bound.LocalFunction) -> None:
        """A block has a local function."""
        if function in self._functions:
            return
        self._functions[function] = _Function(function)
        for parameter, info in zip(function.body.parameters, function.method.parameters, strict=True):
            if info.modifier == "out":
                self._out.add(parameter)

    def visit(self, function: bound.LocalFunction) -> _Function:
        """Walk a local function once; what it lacks of outer variables becomes its needs."""
        found = self._functions[function]
        if found.is_walked or found.is_walking:
            return found
        found.is_walking = True
        # A call of itself inside: needs what is being found out anyway.
        self._needing.append(found)
        self.bodies.append(function.body)
        found.gives = self.body(function.body, 0)
        self.bodies.pop()
        self._needing.pop()
        found.is_walking, found.is_walked = False, True
        return found

    def call(self, function: bound.LocalFunction, state: int, offset: int) -> int:
        """The state after a call of a local function, or after it became a delegate."""
        if state == UNREACHABLE:
            return state
        found = self.visit(function)
        self.count(len(self._places), offset)
        for variable in sorted(found.needs, key=lambda one: one.name):
            self.read(variable, state, offset)
        if found.is_walking:
            return state
        outer = 0
        for variable, place in self._places.items():
            if not _is_inside(variable, function.body):
                outer |= 1 << place
        return state | (found.gives & outer)

    # ---------------------------------------------------------------- expressions

    def expression(self, node: bound.Expr, state: int) -> int:
        """The state after an expression."""
        done = self._done.pop(id(node), None)
        if done is not None:
            return done
        chain = [node]
        while (first := _evaluated_first(chain[-1])) is not None:
            chain.append(first)
        if len(chain) > _CHAIN:
            # Chains such as a.b().c() are walked from their beginning, each step with the one before done.
            for one in reversed(chain[1:]):
                self._done[id(one)] = self._walk(one, state)
        return self._walk(node, state)

    def _walk(self, node: bound.Expr, state: int) -> int:
        match node:
            case bound.Local(variable=variable):
                self.read(variable, state, node.start)
                return state
            case bound.Constant() | bound.Placeholder() | bound.Context() | bound.TypeOf() | bound.Default():
                return state
            case bound.Call(receiver=receiver, arguments=arguments, order=order):
                if receiver is not None:
                    state = self.expression(receiver, state)
                modifiers = tuple(one.modifier for one in node.method.parameters)
                return self._arguments(arguments, modifiers, order, state)
            case bound.CallLocal(function=function, arguments=arguments, order=order):
                modifiers = tuple(one.modifier for one in function.method.parameters)
                state = self._arguments(arguments, modifiers, order, state)
                return self.call(function, state, node.start)
            case bound.Binary() | bound.IsType() | bound.IsVar() | bound.IsConstant():
                if_true, if_false = self.condition(node, state)
                return if_true & if_false
            case bound.Unary(operand=operand) | bound.Convert(operand=operand) | bound.As(operand=operand):
                return self.expression(operand, state)
            case bound.Conditional():
                return self._conditional(node, state)
            case bound.Coalesce(left=left, right=right):
                state = self.expression(left, state)
                return state & self.expression(right, state)
            case bound.NullConditional(target=target, access=access):
                state = self.expression(target, state)
                return state & self.expression(access, state)
            case bound.ThrowExpr(value=value):
                self.expression(value, state)
                return UNREACHABLE
            case bound.Lambda(body=body):
                self.bodies.append(body)
                self.body(body, state)
                self.bodies.pop()
                return state
            case bound.MethodGroup(method=method, receiver=receiver):
                if receiver is not None:
                    state = self.expression(receiver, state)
                if isinstance(method, bound.LocalFunction):
                    self.call(method, state, node.start)
                return state
            case bound.Assign() | bound.Update() | bound.Deconstruct():
                return self._assignment(node, state)
        return self._composite(node, state)

    def _composite(self, node: bound.Expr, state: int) -> int:
        """Expressions whose parts are evaluated from left to right."""
        match node:
            case bound.Get(receiver=receiver):
                return state if receiver is None else self.expression(receiver, state)
            case bound.GetMember(receiver=receiver):
                return self.expression(receiver, state)
            case bound.GetIndex(receiver=receiver, arguments=arguments):
                return self._all((receiver, *arguments), state)
            case bound.GetElement(array=array, indices=indices):
                return self._all((array, *indices), state)
            case bound.Invoke(target=target, arguments=arguments):
                return self._all((target, *arguments), state)
            case bound.New(arguments=arguments, order=order, target=target, effects=effects):
                modifiers = tuple(one.modifier for one in node.constructor.parameters)
                state = self._arguments(arguments, modifiers, order, state)
                if target is not None:
                    state |= self.bit(target)
                return self._all(effects, state)
            case bound.NewArray(sizes=sizes, elements=elements):
                return self._all((*sizes, *(elements or ())), state)
            case bound.NewAnonymous(values=values) | bound.NewTuple(values=values):
                return self._all(values, state)
            case bound.Concat(parts=parts):
                return self._all(parts, state)
            case bound.Interpolated(parts=holes):
                return self._all(tuple(one[0] for one in holes if not isinstance(one, str)), state)
        return state

    def _all(self, parts: tuple[bound.Expr, ...], state: int) -> int:
        for one in parts:
            state = self.expression(one, state)
        return state

    def _arguments(
        self,
        arguments: tuple[bound.Expr, ...],
        modifiers: tuple[str, ...],
        order: tuple[int, ...],
        state: int,
    ) -> int:
        """Arguments in order of evaluation; what out parameters are given is assigned after them all."""
        assigned = 0
        for at in order or range(len(arguments)):
            argument = arguments[at]
            modifier = modifiers[at] if at < len(modifiers) else ""
            if isinstance(argument, bound.OutTarget):
                if argument.variable is not None:
                    assigned |= self.bit(argument.variable)
            elif modifier == "out" and isinstance(argument, bound.Local):
                assigned |= self.bit(argument.variable)
            else:
                state = self.expression(argument, state)
        return state | assigned

    def _conditional(self, node: bound.Conditional, state: int) -> int:
        ends = UNREACHABLE
        at: bound.Expr = node
        while isinstance(at, bound.Conditional):
            then, state = self.condition(at.condition, state)
            ends &= self.expression(at.if_true, then)
            at = at.if_false
        return ends & self.expression(at, state)

    def _assignment(self, node: bound.Assign | bound.Update | bound.Deconstruct, state: int) -> int:
        match node:
            case bound.Assign(target=bound.Local(variable=variable), value=value):
                return self.expression(value, state) | self.bit(variable)
            case bound.Assign(target=target, value=value):
                return self._all((target, value), state)
            case bound.Update(target=target, value=value):
                return self._all((target, value), state)
            case bound.Deconstruct(targets=targets, source=source, values=values):
                for one in targets:
                    if one is not None and not isinstance(one, bound.Local):
                        state = self.expression(one, state)
                state = self._all((source, *values), state)
                for one in targets:
                    if isinstance(one, bound.Local):
                        state |= self.bit(one.variable)
        return state

    # ---------------------------------------------------------------- conditions

    def condition(self, node: bound.Expr, state: int) -> tuple[int, int]:
        """The states after a bool expression was true and after it was false (C# 9.4.4.24 - 9.4.4.30)."""
        match node:
            case bound.Constant(value=True):
                return state, UNREACHABLE
            case bound.Constant(value=False):
                return UNREACHABLE, state
            case bound.Unary(operator="!", operand=operand, lifted=False):
                if_true, if_false = self.condition(operand, state)
                return if_false, if_true
            case bound.Binary():
                return self._chain(node, state)
            case bound.IsType(operand=operand, variable=variable):
                state = self.expression(operand, state)
                return state | (self.bit(variable) if variable is not None else 0), state
            case bound.IsVar(operand=operand, variable=variable):
                state = self.expression(operand, state)
                state |= self.bit(variable) if variable is not None else 0
                return state, state
            case bound.IsConstant(operand=operand):
                state = self.expression(operand, state)
                return state, state
            case bound.Conditional(condition=condition, if_true=if_true, if_false=if_false):
                then, otherwise = self.condition(condition, state)
                first, second = self.condition(if_true, then), self.condition(if_false, otherwise)
                return first[0] & second[0], first[1] & second[1]
        state = self.expression(node, state)
        return state, state

    def _chain(self, node: bound.Binary, state: int) -> tuple[int, int]:
        """Binary operators, walked down their left side: chains are as long as the author likes."""
        chain = [node]
        while isinstance(chain[-1].left, bound.Binary):
            chain.append(chain[-1].left)
        if_true, if_false = self.condition(chain[-1].left, state)
        for one in reversed(chain):
            if one.operator == "&&" and not one.lifted:
                right_true, right_false = self.condition(one.right, if_true)
                if_true, if_false = right_true, if_false & right_false
            elif one.operator == "||" and not one.lifted:
                right_true, right_false = self.condition(one.right, if_false)
                if_true, if_false = if_true & right_true, right_false
            else:
                after = self.expression(one.right, if_true & if_false)
                if_true = if_false = after
        return if_true, if_false


def _evaluated_first(node: bound.Expr) -> bound.Expr | None:
    """The part of a call or access that is evaluated before all others."""
    match node:
        case bound.Call(receiver=receiver, arguments=arguments, order=order):
            if receiver is not None:
                return receiver
            if not arguments or order or node.method.parameters[0].modifier in ("ref", "out"):
                return None
            return arguments[0]
        case bound.Get(receiver=receiver):
            return receiver
        case bound.GetIndex(receiver=receiver) | bound.GetMember(receiver=receiver):
            return receiver
        case bound.GetElement(array=array):
            return array
        case bound.Invoke(target=target):
            return target
        case bound.Convert(operand=operand):
            return operand
    return None


def _is_inside(variable: bound.Variable, body: bound.Body) -> bool:
    """Whether a variable is declared in a function's body or in one inside of it."""
    at: bound.Body | None = variable.owner
    while at is not None:
        if at is body:
            return True
        at = at.outer
    return False
