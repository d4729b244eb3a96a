"""find-and-replace: replaces a text in a body (spec/policies/transformation.md).

A compressed body passes as it is: it is not decompressed, and text is not looked for in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fastgw._program import Message, Op
from fastgw.compiler.expressions import Compiled
from fastgw.compiler.lower import Lowering, Statement
from fastgw.compiler.schema import AttributeSchema, PolicySchema, policy_element
from fastgw.policies.bodies import edit_text
from fastgw.policies.values import text_now

ELEMENT = policy_element(
    "find-and-replace",
    (
        AttributeSchema("from", required=True, expression=True),
        AttributeSchema("to", required=True, expression=True),
    ),
)
# A short text that becomes a long one must not fill the memory.
_LARGEST = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class FindAndReplace:
    """The replacement of one statement; texts are compared character by character."""

    message: Message
    old: str | Compiled
    new: str | Compiled

    def __call__(self, exchange: Any) -> None:
        """Raises ValueError for an empty text to find, and for a result too large or not in the charset."""
        old = text_now(self.old, exchange)
        new = text_now(self.new, exchange)
        if not old:
            raise ValueError("The text that find-and-replace looks for is empty.")

        def replaced(text: str) -> str:
            count = text.count(old)
            if len(text) + count * (len(new) - len(old)) > _LARGEST:
                raise ValueError("The body would become too large.")
            return text.replace(old, new)

        edit_text(self.message, exchange, replaced)


def lower(statement: Statement, lowering: Lowering) -> None:
    """One DO, behind the body."""
    value = statement.required("from")
    old = lowering.string(value)
    new = lowering.string(statement.required("to"))
    if old is None or new is None:
        return
    if old == "":
        lowering.error("find-and-replace needs a text to find", value.position, value)
        return
    lowering.need_body(lowering.message, statement)
    lowering.emit(Op.DO, (FindAndReplace(lowering.message, old, new),), statement)


FIND_AND_REPLACE = PolicySchema(ELEMENT, lower)
