"""Whether the end of a statement can be reached (C# 13.2): constant conditions count, others do not."""

from __future__ import annotations

from fastgw.expr import bound
from fastgw.expr.binder.predefined import BOOL


def falls_through(statement: bound.Stmt) -> bool:
    """Whether control can come to the end of the statement, given that it comes to its beginning."""
    return _Reach().after(statement)


def fall_throughs(block: bound.Block) -> list[tuple[bound.Section, bool]]:
    """The sections of switches whose end is reached, and whether each is the last one (C# 13.8.3)."""
    walk = _Reach()
    walk.after(block)
    return walk.fallen


def outcomes(condition: bound.Expr | None) -> tuple[bool, bool]:
    """Whether a condition may be true and may be false; one that is missing is true.

    As in the compiler, and beyond the specification, `true || x` counts as true although it is no constant.
    """
    if condition is None:
        return True, False
    chain: list[bound.Binary] = []
    while isinstance(condition, bound.Binary) and condition.operator in ("&&", "||"):
        chain.append(condition)
        condition = condition.left
    found = _outcomes(condition)
    for one in reversed(chain):
        if_true, if_false = found
        if one.operator == "&&":
            right = outcomes(one.right) if if_true else (False, False)
            found = right[0], if_false or right[1]
        else:
            right = outcomes(one.right) if if_false else (False, False)
            found = if_true or right[0], right[1]
    return found


def _outcomes(condition: bound.Expr) -> tuple[bool, bool]:
    match condition:
        case bound.Constant(value=value):
            return value is True, value is False
        case bound.Unary(operator="!", operand=operand, lifted=False):
            if_true, if_false = outcomes(operand)
            return if_false, if_true
        case bound.Conditional(condition=test, if_true=first, if_false=second):
            chosen = [outcomes(one) for one, may in zip((first, second), outcomes(test), strict=True) if may]
            return any(one[0] for one in chosen), any(one[1] for one in chosen)
    return True, True


class _Reach:
    """One walk over what can be reached.

    `exits` has, for each loop or switch around, whether a break leaves it; `fallen` the sections of switches
    whose end is reached.
    """

    def __init__(self) -> None:
        self.exits: list[bool] = []
        self.fallen: list[tuple[bound.Section, bool]] = []

    def after(self, statement: bound.Stmt) -> bool:
        match statement:
            case bound.Block(statements=statements):
                return self._sequence(statements)
            case bound.If():
                return self._if(statement)
            case bound.Loop():
                return self._loop(statement)
            case bound.ForEach(body=body):
                self._inside(body)
                return True
            case bound.Switch():
                return self._switch(statement)
            case bound.Try():
                return self._try(statement)
            case bound.Using(body=body):
                return self.after(body)
            case bound.Break():
                if self.exits:
                    self.exits[-1] = True
                return False
            case bound.Return() | bound.Throw() | bound.Continue() | bound.Goto():
                return False
        return True

    def _sequence(self, statements: tuple[bound.Stmt, ...]) -> bool:
        reached = True
        for one in statements:
            # A label is there because some goto leads to it.
            if isinstance(one, bound.Label):
                reached = True
            elif reached:
                reached = self.after(one)
        return reached

    def _if(self, statement: bound.If) -> bool:
        may_enter, may_skip = outcomes(statement.condition)
        then = may_enter and self.after(statement.then)
        if not may_skip:
            return then
        return statement.otherwise is None or self.after(statement.otherwise) or then

    def _inside(self, body: bound.Stmt) -> tuple[bool, bool]:
        """Whether the end of a loop's body is reached, and whether a break leaves it."""
        self.exits.append(False)
        reached = self.after(body)
        return reached, self.exits.pop()

    def _loop(self, statement: bound.Loop) -> bool:
        may_enter, may_leave = outcomes(statement.condition)
        if statement.test_first and not may_enter:
            return True
        reached, left = self._inside(statement.body)
        if left:
            return True
        if not may_leave:
            return False
        # `do { return; } while (c);`: the condition is only tested where the body ends or continues.
        return statement.test_first or reached or _continues(statement.body)

    def _switch(self, statement: bound.Switch) -> bool:
        only = chosen_section(statement)
        always = only is not None or is_exhaustive(statement)
        self.exits.append(False)
        for section in statement.sections:
            if (only is None or section is only) and self.after(section.body):
                self.fallen.append((section, section is statement.sections[-1]))
        left = self.exits.pop()
        return left or not always

    def _try(self, statement: bound.Try) -> bool:
        reached = self.after(statement.body)
        for one in statement.catches:
            reached = self.after(one.body) or reached
        return reached and (statement.finally_body is None or self.after(statement.finally_body))


def is_exhaustive(statement: bound.Switch) -> bool:
    """Whether some section takes every value: there is a default, or both values of a bool have a case."""
    seen: set[object] = set()
    for section in statement.sections:
        for case in section.cases:
            if case.test is None:
                return True
            if isinstance(case.test, bound.IsConstant):
                seen.add(case.test.value.value)
    return statement.value.type == BOOL and seen == {True, False}


def chosen_section(statement: bound.Switch) -> bound.Section | None:
    """The section that a constant value leads to; None where the value is none or only run time can tell."""
    value = statement.value
    if not isinstance(value, bound.Constant):
        return None
    default: bound.Section | None = None
    for section in statement.sections:
        # A jump from one section to another makes more than one of them matter.
        if section.label is not None:
            return None
        for case in section.cases:
            if case.test is None:
                default = section
            elif not isinstance(case.test, bound.IsConstant):
                return None
            elif type(case.test.value.value) is type(value.value) and case.test.value.value == value.value:
                return section
    return default


def _continues(statement: bound.Stmt) -> bool:
    """Whether the body of a loop has a `continue` of that loop."""
    match statement:
        case bound.Continue():
            return True
        case bound.Block(statements=statements):
            return any(_continues(one) for one in statements)
        case bound.If():
            return _continues(statement.then) or (
                statement.otherwise is not None and _continues(statement.otherwise)
            )
        case bound.Switch(sections=sections):
            return any(_continues(one.body) for one in sections)
        case bound.Try():
            return _continues(statement.body) or any(_continues(one.body) for one in statement.catches)
        case bound.Using(body=body):
            return _continues(body)
    return False
