"""cross-domain: what callers of /crossdomain.xml get (spec/policies/cross-domain.md).

It says something about the gateway and nothing about a request: it stands in the global document, and the
gateway answers before any API is looked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from fastgw._program import Op
from fastgw.compiler.lower import Lowering, Statement
from fastgw.compiler.schema import INBOUND, PolicySchema, TextSchema, policy_element

ELEMENT = policy_element("cross-domain", text=TextSchema(markup=True))
_ROOT: Final = "cross-domain-policy"
# Without a document nobody is let in.
_NOBODY: Final = "<cross-domain-policy />"


@dataclass(frozen=True, slots=True)
class CrossDomain:
    """The file; nothing happens to a request that comes by."""

    crossdomain: bytes

    @property
    def listed(self) -> tuple[tuple[str, object], ...]:
        """What a listing shows."""
        return (("bytes", len(self.crossdomain)),)

    def __call__(self, exchange: Any) -> None:
        """Go on."""


def lower(statement: Statement, lowering: Lowering) -> None:
    """One DO, which the snapshot takes out of the program."""
    element = statement.element
    if not all(part.startswith("include-fragment[") for part in statement.path.split("/")[:-1]):
        lowering.error("cross-domain must stand directly in its section", element.position)
        return
    if element.text is not None:
        lowering.error("text is not allowed in cross-domain", element.text.position)
        return
    for number, child in enumerate(element.children):
        if child.name != _ROOT:
            lowering.error(f"{child.shown} is not allowed in cross-domain", child.position)
            return
        if number:
            lowering.error(f"cross-domain may hold {_ROOT} at most once", child.position)
            return
    text = element.inner.literal.strip() if element.children else _NOBODY
    lowering.emit(Op.DO, (CrossDomain(text.encode("utf-8", "replace")),), statement)


CROSS_DOMAIN = PolicySchema(
    ELEMENT, lower, sections=frozenset({INBOUND}), scopes=frozenset({"global"}), once=True
)
