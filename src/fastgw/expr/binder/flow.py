"""Definite assignment: no variable is read before every path to there has assigned it (C# 9.4).

A walk over the bound tree. The state is the set of assigned variables as the bits of an integer; -1, all
bits, is the state of code that cannot be reached, so that joining paths is `&`.
"""

from __future__ import annotations

from typing import cast

from fastgw.expr import bound
from fastgw.expr.binder import reachability
from fastgw.expr.binder.conversions import constant_text
from fastgw.expr.binder.flow_expressions import UNREACHABLE, ExpressionFlow
from fastgw.expr.binder.session import Session


def check(session: Session, program: bound.Program) -> None:
    """Report variables that are read unassigned and out parameters that are left unassigned."""
    _Flow(session).body(program.body, 0)


class _Jumps:
    """The states with which a statement is left by break and continue."""

    __slots__ = ("breaks", "continues", "depth")

    def __init__(self, depth: int) -> None:
        self.breaks = UNREACHABLE
        self.continues = UNREACHABLE
        self.depth = depth


class _Flow(ExpressionFlow):
    """The statements' part. `gains` are what the finally blocks around assign for sure, outermost first."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.loops: list[_Jumps] = []
        self.leaves: list[_Jumps] = []
        self.gains: list[int] = []
        self.labels: dict[object, int] = {}

    # ---------------------------------------------------------------- functions

    def body(self, body: bound.Body, state: int) -> int:
        """Walk a function's body; gives the state at its returns and its end."""
        outer = (self.loops, self.leaves, self.gains, self.labels, self.returned)
        self.loops, self.leaves, self.gains, self.labels = [], [], [], {}
        for parameter in body.parameters:
            if not self.is_out(parameter):
                state |= self.bit(parameter)
        statements = cast("bound.Block", body.statements)
        for section, is_last in reachability.fall_throughs(statements):
            self._report_fall_through(section, is_last)
        while True:
            # Jumps back make a label's state known only after the code that jumps: repeat until it is stable.
            before = dict(self.labels)
            self.returned = UNREACHABLE
            quiet = self.quiet
            self.quiet = True if self._has_jumps(body) else quiet
            end = self.statement(statements, state)
            self.quiet = quiet
            if self.labels == before:
                break
        if self._has_jumps(body) and not quiet:
            self.returned = UNREACHABLE
            end = self.statement(statements, state)
        self.leave(body, end, statements.end)
        result = self.returned & end
        self.loops, self.leaves, self.gains, self.labels, self.returned = outer
        return result

    def _report_fall_through(self, section: bound.Section, is_last: bool) -> None:
        label = _label_text(section.cases[-1])
        if is_last:
            message = f"Control cannot fall out of switch from final case label ('{label}')"
            self.report("CS8070", message, section.cases[0].start)
        else:
            message = f"Control cannot fall through from one case label ('{label}') to another"
            self.report("CS0163", message, section.cases[0].start)

    def _has_jumps(self, body: bound.Body) -> bool:
        return bool(self.labels)

    def leave(self, body: bound.Body, state: int, offset: int) -> None:
        """Out parameters must be assigned wherever a function is left."""
        if state == UNREACHABLE:
            return
        for parameter in body.parameters:
            if self.is_out(parameter) and not state & self.bit(parameter):
                self.report(
                    "CS0177",
                    f"The out parameter '{parameter.name}' must be assigned to before control leaves the "
                    "current method",
                    offset,
                )

    # ---------------------------------------------------------------- statements

    def statement(self, node: bound.Stmt, state: int) -> int:
        """The state after a statement."""
        self.count(1, node.start)
        match node:
            case bound.Block(statements=statements, functions=functions):
                for function in functions:
                    self.declare(function)
                for one in statements:
                    state = self.statement(one, state)
                for function in functions:
                    self.visit(function)
                return state
            case bound.Declare(variable=variable, value=value):
                if value is None:
                    return state if state == UNREACHABLE else state & ~self.bit(variable)
                return self.expression(value, state) | self.bit(variable)
            case bound.Evaluate(value=value):
                return self.expression(value, state)
            case bound.If():
                return self._if(node, state)
            case bound.Loop():
                return self._loop(node, state)
            case bound.ForEach():
                return self._foreach(node, state)
            case bound.Switch():
                return self._switch(node, state)
            case bound.Try():
                return self._try(node, state)
            case bound.Using(variables=variables, body=body):
                for variable, value in variables:
                    state = self.expression(value, state) | self.bit(variable)
                return self.statement(body, state)
        return self._jump(node, state)

    def _jump(self, node: bound.Stmt, state: int) -> int:
        match node:
            case bound.Return(value=value):
                if value is not None:
                    state = self.expression(value, state)
                state = self._through(state, 0)
                self.returned &= state
                self.leave_at(node, state)
            case bound.Throw(value=value):
                if value is not None:
                    self.expression(value, state)
            case bound.Break():
                jumps = self.leaves[-1]
                jumps.breaks &= self._through(state, jumps.depth)
            case bound.Continue():
                jumps = self.loops[-1]
                jumps.continues &= self._through(state, jumps.depth)
            case bound.Goto(target=target):
                self.labels[target] = self.labels.get(target, UNREACHABLE) & state
            case bound.Label(label=label):
                return state & self.labels.setdefault(label, UNREACHABLE)
        return UNREACHABLE

    def leave_at(self, node: bound.Return, state: int) -> None:
        """A return leaves the function that is walked."""
        if self.bodies:
            self.leave(self.bodies[-1], state, node.start)

    def _through(self, state: int, depth: int) -> int:
        """What a jump out of try statements has assigned after their finally blocks ran."""
        for gain in self.gains[depth:]:
            state |= gain
        return state

    def _if(self, node: bound.If, state: int) -> int:
        ends = UNREACHABLE
        at: bound.Stmt | None = node
        while isinstance(at, bound.If):
            then, state = self.condition(at.condition, state)
            ends &= self.statement(at.then, then)
            at = at.otherwise
        return ends & (state if at is None else self.statement(at, state))

    def _round(self, body: bound.Stmt, state: int) -> tuple[int, int]:
        """The state after one round of a loop's body, and that of the breaks."""
        jumps = _Jumps(len(self.gains))
        self.loops.append(jumps)
        self.leaves.append(jumps)
        end = self.statement(body, state)
        self.loops.pop()
        self.leaves.pop()
        return end & jumps.continues, jumps.breaks

    def _loop(self, node: bound.Loop, state: int) -> int:
        if node.test_first:
            inside, outside = state, UNREACHABLE
            if node.condition is not None:
                inside, outside = self.condition(node.condition, state)
            end, breaks = self._round(node.body, inside)
        else:
            end, breaks = self._round(node.body, state)
            outside = UNREACHABLE
            if node.condition is not None:
                end, outside = self.condition(node.condition, end)
        for update in node.updates:
            end = self.expression(update, end)
        return outside & breaks

    def _foreach(self, node: bound.ForEach, state: int) -> int:
        state = self.expression(node.source, state)
        inside = self.expression(node.element, state)
        if node.variable is not None:
            inside |= self.bit(node.variable)
        if node.deconstruct is not None:
            inside = self.expression(node.deconstruct, inside)
        _, breaks = self._round(node.body, inside)
        return state & breaks

    def _switch(self, node: bound.Switch, state: int) -> int:
        state = self.expression(node.value, state)
        jumps = _Jumps(len(self.gains))
        self.leaves.append(jumps)
        entries: list[int] = []
        only = reachability.chosen_section(node)
        for section in node.sections:
            entry = UNREACHABLE
            for case in section.cases:
                if case.test is not None:
                    then, state = self.condition(case.test, state)
                    entry &= then
            entries.append(entry)
        always = only is not None or reachability.is_exhaustive(node)
        end = UNREACHABLE if always else state
        for section, entry in zip(node.sections, entries, strict=True):
            if any(case.test is None for case in section.cases):
                entry &= state
            if only is not None and section is not only:
                entry = UNREACHABLE
            if section.label is not None:
                entry &= self.labels.setdefault(section.label, UNREACHABLE)
            end &= self.statement(section.body, entry)
        self.leaves.pop()
        return end & jumps.breaks

    def _try(self, node: bound.Try, state: int) -> int:
        gain = 0
        ends_finally = True
        if node.finally_body is not None:
            after = self.statement(node.finally_body, state)
            ends_finally = after != UNREACHABLE
            gain = after & ~state
        self.gains.append(gain)
        end = self.statement(node.body, state)
        for catch in node.catches:
            inside = state
            if catch.variable is not None:
                inside |= self.bit(catch.variable)
            if catch.condition is not None:
                inside, _ = self.condition(catch.condition, inside)
            end &= self.statement(catch.body, inside)
        self.gains.pop()
        return end | gain if ends_finally else UNREACHABLE


def _label_text(case: bound.Case) -> str:
    """A case label as messages show it."""
    if case.test is None:
        return "default:"
    if isinstance(case.test, bound.IsConstant):
        return f"case {constant_text(case.test.value)}:"
    return "case:"
