"""The switch statement: constants, type patterns, `when`, `goto case` (C# 13.8.3)."""

from __future__ import annotations

from fastgw.expr import bound, nodes
from fastgw.expr.binder import conversions, patterns
from fastgw.expr.binder.expressions import bind_condition
from fastgw.expr.binder.operands import faulty, is_faulty
from fastgw.expr.binder.predefined import BOOL
from fastgw.expr.binder.relations import is_subtype
from fastgw.expr.binder.scopes import LabelSymbol, Scope, SwitchSymbol
from fastgw.expr.binder.session import Session
from fastgw.expr.binder.statements import bind_list
from fastgw.expr.types import NULL, Type


def bind_switch(session: Session, node: nodes.Switch) -> bound.Stmt:
    """`switch (value) { … }`."""
    value = conversions.typed_value(session, node.value)
    key = object()
    tested: bound.Expr = bound.Placeholder(value.type, value.start, value.end, key)
    if is_faulty(value):
        tested = faulty(value.start, value.end)
    with session.scoped("switch") as scope:
        symbol = scope.switch = SwitchSymbol(tested)
        seen = _Seen(session)
        # All labels first: a section may jump to one that comes later.
        labels: list[tuple[Scope, LabelSymbol, tuple[bound.Case, ...]]] = []
        for section in node.sections:
            inner = Scope(scope, scope.body)
            label = LabelSymbol("")
            session.scope = inner
            cases = tuple(_case(session, one, symbol, label, seen) for one in section.labels)
            labels.append((inner, label, cases))
        sections: list[bound.Section] = []
        for section, (inner, label, cases) in zip(node.sections, labels, strict=True):
            session.scope = inner
            inner.declares_in = scope
            body = bind_list(session, section.statements, section.start, section.end)
            sections.append(bound.Section(cases, body, label))
        session.scope = scope
    used = tuple(
        one if isinstance(one.label, LabelSymbol) and one.label.used else bound.Section(one.cases, one.body)
        for one in sections
    )
    return bound.Switch(node.start, node.end, value, used, key)


class _Seen:
    """The labels so far: constants, and types that are caught without a condition."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.constants: set[object] = set()
        self.types: list[Type] = []
        self.everything = False

    def constant(self, constant: bound.Constant, node: nodes.Node) -> None:
        """Note a constant, and report one that comes too late."""
        key = patterns.constant_key(constant)
        if key in self.constants:
            shown = conversions.constant_text(constant)
            message = f"The switch statement contains multiple cases with the label value '{shown}'"
            self.session.report("CS0152", message, node.start)
        elif self.everything or (
            constant.type is not NULL
            and constant.value is not None
            and any(is_subtype(constant.type, one) for one in self.types)
        ):
            self.too_late(node)
        self.constants.add(key)

    def type(self, type: Type, node: nodes.Node) -> None:
        """Report a type pattern that comes too late."""
        if self.everything or any(is_subtype(type, one) for one in self.types):
            self.too_late(node)

    def too_late(self, node: nodes.Node) -> None:
        """A label that an earlier one has taken everything from."""
        message = "The switch case has already been handled by a previous case."
        self.session.report("CS8120", message, node.start)


def _case(
    session: Session, node: nodes.CaseLabel, symbol: SwitchSymbol, label: LabelSymbol, seen: _Seen
) -> bound.Case:
    if node.pattern is None:
        if symbol.default is not None:
            message = "The switch statement contains multiple cases with the label value 'default'"
            session.report("CS0152", message, node.start)
        symbol.default = label
        return bound.Case(None, node.start, node.end)
    test = patterns.test(session, symbol.value, node.pattern, node, in_case=True)
    if node.condition is None:
        _note(test, node, symbol, label, seen)
    else:
        condition = bind_condition(session, node.condition)
        if isinstance(test, bound.IsType):
            seen.type(test.tested, node)
        if not is_faulty(test) and not is_faulty(condition):
            test = bound.Binary(BOOL, node.start, node.end, "&&", test, condition, BOOL)
    return bound.Case(test, node.start, node.end)


def _note(
    test: bound.Expr, node: nodes.CaseLabel, symbol: SwitchSymbol, label: LabelSymbol, seen: _Seen
) -> None:
    match test:
        case bound.IsConstant(value=constant):
            seen.constant(constant, node)
            symbol.targets.setdefault(patterns.constant_key(constant), label)
        case bound.IsType(tested=tested):
            seen.type(tested, node)
            seen.types.append(tested)
        case bound.IsVar():
            if seen.everything:
                seen.too_late(node)
            seen.everything = True
