"""What a backend in the file says beyond its record: nulls that have a meaning, and members without effect.

Must never validate what the record itself validates: a member that is malformed is passed over.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, TypeGuard

from fastgw.config.entities import EntityReader, holds_nothing, is_null
from fastgw.config.messages import Path, member
from fastgw.config.nodes import Mapping, Node, Scalar, Sequence
from fastgw.model.failure import REASONS, is_known_reason

# A step through the entries of a list.
_EACH: Final = "[]"
_REASONS: Final = (
    ("circuitBreaker", "rules", _EACH, "failureCondition", "errorReasons", _EACH),
    ("retry", "errorReasons", _EACH),
)
_EMISSION: Final = ("pool", "services", _EACH, "preferredCarbonEmission")
_CLUSTER: Final = ("properties", "serviceFabricCluster")
_UNUSED: Final = (
    (("credentials",), "certificateIds", "certificate"),
    (_CLUSTER, "clientCertificateId", "clientCertificatethumbprint"),
)
"""Where two members name certificates: the first is used, the second then is not (section 14.12)."""


def backend(reader: EntityReader, node: Mapping, data: dict[str, Any], entity: str | None) -> None:
    """Puts what null means into `data`, and warns of members that the gateway accepts and cannot obey."""
    breaker = data.get("circuitBreaker")
    for _, rules in _at(node, ("circuitBreaker", "rules")):
        if is_null(rules) and isinstance(breaker, dict):
            # An absent member stands for a rule with default values, a null one for no rule.
            breaker["rules"] = ()
    for steps in _REASONS:
        for path, reason in _at(node, steps):
            if _is_text(reason) and not is_known_reason(reason.text):
                message = f"`{member(path)}` never matches: no request fails with this reason"
                reader.warning(f"{message}; known are {', '.join(REASONS)}", reason, entity)
    for path, emission in _at(node, _EMISSION):
        if _is_text(emission):
            message = f"`{member(path)}` has no effect here; members are not chosen by emissions"
            reader.warning(message, emission, entity)
    for owner, used, unused in _UNUSED:
        given = [found for key in (used, unused) for found in _at(node, (*owner, key))]
        if len(given) == 2 and not any(holds_nothing(found) for _, found in given):
            (better, _), (path, found) = given
            reader.warning(f"`{member(path)}` is not used because `{member(better)}` is given", found, entity)


def _is_text(node: Node) -> TypeGuard[Scalar]:
    return isinstance(node, Scalar) and not is_null(node) and not node.failed and node.text != ""


def _at(node: Node, steps: tuple[str, ...], path: Path = ()) -> Iterator[tuple[Path, Node]]:
    """Every node that `steps` lead to, with its path."""
    if not steps:
        yield path, node
    elif steps[0] == _EACH:
        for index, item in enumerate(node.items if isinstance(node, Sequence) else ()):
            yield from _at(item, steps[1:], (*path, index))
    else:
        found = node.get(steps[0]) if isinstance(node, Mapping) else None
        if found is not None:
            yield from _at(found, steps[1:], (*path, steps[0]))
