"""base: where the statements of the next broader scope come in (spec/policies/document.md section 2)."""

from __future__ import annotations

from fastgw.compiler.lower import Lowering, Statement
from fastgw.compiler.schema import PolicySchema, policy_element


def lower(statement: Statement, lowering: Lowering) -> None:
    """No step of its own; at global scope it has no effect."""
    lowering.base(statement)


BASE = PolicySchema(policy_element("base"), lower, in_fragment=False)
