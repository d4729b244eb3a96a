"""choose: runs the first branch whose condition is true (spec/policies/control-flow.md)."""

from __future__ import annotations

from fastgw.compiler.expressions import ValueType
from fastgw.compiler.lower import Lowering, Statement
from fastgw.compiler.schema import AttributeSchema, ChildSchema, ElementSchema, PolicySchema, policy_element
from fastgw.compiler.scopes import Label

WHEN = ElementSchema(
    "when",
    (AttributeSchema("condition", required=True, expression=True, type=ValueType.BOOLEAN),),
    statements=True,
)
OTHERWISE = ElementSchema("otherwise", statements=True)
ELEMENT = policy_element("choose", children=(ChildSchema(WHEN, least=1), ChildSchema(OTHERWISE, most=1)))


def lower(statement: Statement, lowering: Lowering) -> None:
    """Each branch behind a JUMP_UNLESS, with a JUMP to the end; literal conditions leave no jump.

    Branches that a literal condition rules out are checked like the others, but leave no steps.
    """
    branches = list(statement.child_statements())
    for branch in branches[:-1]:
        if branch.element.name == "otherwise":
            lowering.error("otherwise must be the last child of choose", branch.element.position)
    end = Label()
    decided = False
    for number, branch in enumerate(branches):
        last = number == len(branches) - 1
        if decided:
            with lowering.discarded():
                _branch(statement, branch, lowering, end, last)
        else:
            decided = _branch(statement, branch, lowering, end, last)
    lowering.mark(end)


def _branch(choose: Statement, branch: Statement, lowering: Lowering, end: Label, last: bool) -> bool:
    """Lower one branch; true when it always runs, so that no later one does."""
    condition = lowering.boolean(branch.value("condition"), default=True)
    if condition is None or condition is False:
        with lowering.discarded():
            _statements(branch, lowering)
    elif condition is True:
        _statements(branch, lowering)
    else:
        site = lowering.site(branch, choose.element)
        following = Label()
        lowering.jump(following, site, unless=condition)
        _statements(branch, lowering)
        if not last:
            lowering.jump(end, site)
        lowering.mark(following)
    return condition is True


def _statements(branch: Statement, lowering: Lowering) -> None:
    lowering.statements(branch.element, branch.path, branch.included_at)


CHOOSE = PolicySchema(ELEMENT, lower)
