"""Lambdas: bound once for each list of parameter types, then converted to the delegate that wins (C# 12.19).

Overload resolution asks a lambda many times whether it converts. Its body depends on the parameter types
alone; what it returns is kept unconverted, so that the answer for another return type costs no new binding.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from fastgw.expr import bound, nodes, types
from fastgw.expr.binder import betterness, conversions, reachability
from fastgw.expr.binder.members import Candidate, invoke_of
from fastgw.expr.binder.operands import LAMBDA, Function, Untyped, faulty
from fastgw.expr.binder.scopes import Scope
from fastgw.expr.binder.session import Function as FunctionState
from fastgw.expr.binder.session import Session
from fastgw.expr.binder.type_names import resolve
from fastgw.expr.errors import CompileError
from fastgw.expr.types import VOID, SpecialType, Type

NOT_A_STATEMENT = (
    "Only assignment, call, increment, decrement, await, and new object expressions can be used as a "
    "statement"
)
_STATEMENT_EXPRESSIONS = (nodes.Invocation, nodes.Assignment, nodes.Postfix, nodes.New, nodes.ThrowExpr)


@dataclass(slots=True)
class _Bound:
    """A lambda's body for one list of parameter types. `value` is that of an expression body."""

    state: FunctionState
    value: bound.Expr | None
    block: bound.Block | None
    errors: list[CompileError]
    falls_through: bool


@dataclass(frozen=True, slots=True, eq=False)
class LambdaOperand(Function):
    """`x => e` before it is converted; `explicit` are the parameter types where all are written."""

    session: Session
    node: nodes.Lambda
    scope: Scope
    overflow: bool | None
    explicit: tuple[Type, ...] | None
    bodies: dict[tuple[Type, ...], _Bound]

    def explicit_parameters(self) -> tuple[Type, ...] | None:
        """The written parameter types; none for `x => e`."""
        return self.explicit

    def needs_parameters(self) -> bool:
        """Whether the parameter types come from the delegate."""
        return self.node.parameters is not None and self.explicit is None

    def returns(self, parameters: tuple[Type, ...]) -> Type | None:
        """The inferred result type for these parameter types (C# 12.6.3.14)."""
        if self.node.parameters is not None and len(parameters) != len(self.node.parameters):
            return None
        body = self._bind(parameters)
        if body.errors:
            return None
        if body.value is not None:
            operand = body.value
            type = operand.natural() if isinstance(operand, Untyped) else operand.type
            return None if isinstance(type, SpecialType) and type is not VOID else type
        values = [one.value for one in body.state.returns if one.value is not None]
        return betterness.best_common_type(values) if values else None

    def converts(self, target: Type) -> bool:
        """Whether the lambda fits the delegate: parameters, and what it returns (C# 10.7)."""
        invoke = invoke_of(target)
        types = self._types_for(invoke) if invoke is not None else None
        if invoke is None or types is None:
            return False
        body = self._bind(types)
        if body.errors:
            return False
        if body.value is not None:
            if invoke.returns is VOID:
                return is_statement_expression(self.node.body)
            return conversions.implicit(body.value, invoke.returns) is not None
        returned = body.state.returns
        if invoke.returns is VOID:
            return all(one.value is None for one in returned)
        return not body.falls_through and all(
            one.value is not None and conversions.implicit(one.value, invoke.returns) is not None
            for one in returned
        )

    def converted(self, target: Type) -> bound.Expr:
        """The lambda as a delegate, or an error."""
        session = self.session
        invoke = invoke_of(target)
        if invoke is None:
            message = f"Cannot convert lambda expression to type '{target}' because it is not a delegate type"
            session.report("CS1660", message, self.start)
            return faulty(self.start, self.end)
        types = self._types_for(invoke)
        if types is None:
            self._report_parameters(invoke, target)
            return faulty(self.start, self.end)
        body = self._bind(types)
        for error in body.errors:
            session.errors.add(error)
        before, session.overflow = session.overflow, self.overflow
        statements = self._finish(body, invoke, target)
        session.overflow = before
        body.state.body.returns = invoke.returns
        body.state.body.statements = statements
        return bound.Lambda(target, self.start, self.end, body.state.body)

    def complaints(self) -> list[CompileError]:
        """The errors of the first body that has any."""
        return next((one.errors for one in self.bodies.values() if one.errors), [])

    # ---------------------------------------------------------------- parts

    def _types_for(self, invoke: Candidate) -> tuple[Type, ...] | None:
        """The parameter types for a delegate, None where the parameters do not fit it."""
        parameters = self.node.parameters
        if any(one.modifier in ("ref", "out") for one in invoke.parameters):
            return None
        given = tuple(one.type for one in invoke.parameters)
        if parameters is None:
            return given
        if len(parameters) != len(given):
            return None
        if self.explicit is not None and self.explicit != given:
            return None
        return given

    def _bind(self, parameter_types: tuple[Type, ...]) -> _Bound:
        found = self.bodies.get(parameter_types)
        if found is None:
            found = self.bodies[parameter_types] = self._bind_body(parameter_types)
        return found

    def _bind_body(self, parameter_types: tuple[Type, ...]) -> _Bound:
        session, node = self.session, self.node
        body = bound.Body([], VOID, self.scope.body)
        state = FunctionState(body)
        value: bound.Expr | None = None
        block: bound.Block | None = None
        with session.attempt() as errors, session.entering(state, self.scope, self.overflow):
            if node.parameters is None:
                body.parameters = [session.hidden("_", type) for type in parameter_types]
            else:
                for parameter, type in zip(node.parameters, parameter_types, strict=True):
                    body.parameters.append(session.variable(parameter.name, type, parameter.start))
            if isinstance(node.body, nodes.Block):
                block = session.block(node.body)
            else:
                value = session.expression(node.body)
                if not isinstance(value, Untyped):
                    value = conversions.value(session, value)
        falls_through = block is not None and reachability.falls_through(block)
        return _Bound(state, value, block, list(errors), falls_through)

    def _finish(self, body: _Bound, invoke: Candidate, target: Type) -> bound.Block:
        """The statements of the body, its returns converted; reports what does not convert."""
        session, node = self.session, self.node
        start, end = node.body.start, node.body.end
        if body.value is not None:
            if invoke.returns is VOID:
                return self._as_statement(body.value)
            value = conversions.convert(session, body.value, invoke.returns)
            return bound.Block(start, end, (bound.Return(start, end, value),))
        for one in body.state.returns:
            if one.value is None:
                if invoke.returns is not VOID:
                    message = f"An object of a type convertible to '{invoke.returns}' is required"
                    session.report("CS0126", message, one.statement.start)
            elif invoke.returns is VOID:
                message = "Anonymous function converted to a void returning delegate cannot return a value"
                session.report("CS8030", message, one.statement.start)
            else:
                one.statement.complete(conversions.convert(session, one.value, invoke.returns))
        if body.falls_through and invoke.returns is not VOID and not body.errors:
            message = f"Not all code paths return a value in lambda expression of type '{target}'"
            session.report("CS1643", message, self.start)
        return cast("bound.Block", body.block)

    def _as_statement(self, value: bound.Expr) -> bound.Block:
        node = self.node.body
        if not is_statement_expression(node):
            self.session.report("CS0201", NOT_A_STATEMENT, node.start)
        return bound.Block(node.start, node.end, (bound.Evaluate(node.start, node.end, value),))

    def _report_parameters(self, invoke: Candidate, target: Type) -> None:
        parameters = self.node.parameters or ()
        if len(parameters) != len(invoke.parameters):
            message = f"Delegate '{target}' does not take {len(parameters)} arguments"
            self.session.report("CS1593", message, self.start)
        else:
            message = (
                f"Cannot convert lambda expression to delegate type '{target}' because the parameter "
                "types do not match the delegate parameter types"
            )
            self.session.report("CS1661", message, self.start)


def is_statement_expression(node: nodes.Node) -> bool:
    """Whether an expression may stand as a statement: calls, assignments, ++, --, new (C# 13.7)."""
    if isinstance(node, nodes.NullConditional):
        return is_statement_expression(node.access)
    if isinstance(node, nodes.Unary):
        return node.operator in ("++", "--")
    return isinstance(node, _STATEMENT_EXPRESSIONS)


def bind_lambda(session: Session, node: nodes.Lambda) -> bound.Expr:
    """A lambda as an operand."""
    explicit: tuple[types.Type, ...] | None = None
    parameters = node.parameters
    if parameters is not None:
        written = [one.type for one in parameters if one.type is not None]
        if len(written) == len(parameters):
            explicit = tuple(resolve(session, one) for one in written)
    return LambdaOperand(
        LAMBDA, node.start, node.end, session, node, session.scope, session.overflow, explicit, {}
    )
