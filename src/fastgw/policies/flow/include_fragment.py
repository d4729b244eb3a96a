"""include-fragment: the statements of a policy fragment in place (spec/policies/document.md section 7)."""

from __future__ import annotations

from fastgw.compiler.lower import Lowering, Statement
from fastgw.compiler.schema import AttributeSchema, PolicySchema, policy_element

ELEMENT = policy_element("include-fragment", (AttributeSchema("fragment-id", required=True),))


def lower(statement: Statement, lowering: Lowering) -> None:
    """The fragment's steps. A fragment includes no other, so that there are no circles."""
    lowering.include(statement)


INCLUDE_FRAGMENT = PolicySchema(ELEMENT, lower, in_fragment=False)
