"""emit-metric: adds a value to a metric (spec/policies/observability.md).

Where metrics go is for telemetry.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from fastgw._program import Op
from fastgw.compiler.expressions import Compiled
from fastgw.compiler.lower import Lowering, Statement
from fastgw.compiler.nodes import Value
from fastgw.compiler.schema import AttributeSchema, ChildSchema, ElementSchema, PolicySchema, policy_element
from fastgw.policies.values import text_now
from fastgw.telemetry import metrics

MOST_DIMENSIONS: Final = 10
_NAMESPACE: Final = "API Management"
_DIMENSION = ElementSchema(
    "dimension",
    (AttributeSchema("name", required=True, expression=True), AttributeSchema("value", expression=True)),
)
ELEMENT = policy_element(
    "emit-metric",
    (
        AttributeSchema("name", required=True),
        AttributeSchema("namespace"),
        AttributeSchema("value", expression=True),
    ),
    (ChildSchema(_DIMENSION, 1, MOST_DIMENSIONS),),
)


def _fact(entity: str, member: str) -> Callable[[Any], str]:
    def read(exchange: Any) -> str:
        facts = exchange.route.facts if exchange.facts is None else exchange.facts
        found = getattr(facts.get(entity), member, None)
        return "" if found is None else str(found)

    return read


DEFAULTS: Final[Mapping[str, Callable[[Any], str]]] = MappingProxyType(
    {
        "API ID": lambda exchange: exchange.route.api_id or "",
        "Operation ID": lambda exchange: exchange.route.operation_id or "",
        "Product ID": _fact("product", "id"),
        "User ID": _fact("user", "id"),
        "Subscription ID": _fact("subscription", "id"),
        "Location": _fact("deployment", "region"),
        "Gateway ID": _fact("deployment", "gateway_id"),
    }
)
"""Dimensions that the gateway fills in, empty where a request has no such thing."""


@dataclass(frozen=True, slots=True)
class EmitMetric:
    """The metric of one statement; a dimension without a value is one that the gateway fills in."""

    namespace: str
    name: str
    value: float | Compiled
    dimensions: tuple[tuple[str | Compiled, str | Compiled | None], ...]

    @property
    def listed(self) -> tuple[tuple[str, object], ...]:
        """What a listing shows."""
        return (("namespace", self.namespace), ("name", self.name))

    def __call__(self, exchange: Any) -> None:
        """Raises ValueError for a value that is no number, and for a dimension that nobody knows."""
        value = number_of(text_now(self.value, exchange)) if callable(self.value) else self.value
        dimensions = tuple(_dimension(name, text, exchange) for name, text in self.dimensions)
        metrics.add(self.namespace, self.name, dimensions, value)


def number_of(text: str) -> float:
    """A double as expressions and authors write it. Raises ValueError."""
    try:
        if "_" in text:
            raise ValueError
        return float(text)
    except ValueError:
        raise ValueError("The value of emit-metric must be a number.") from None


def _dimension(name: str | Compiled, text: str | Compiled | None, exchange: Any) -> tuple[str, str]:
    called = text_now(name, exchange).strip()
    if text is not None:
        return called, text_now(text, exchange)
    default = DEFAULTS.get(called)
    if default is None:
        raise ValueError("A dimension of emit-metric without a value must be one that the gateway fills in.")
    return called, default(exchange)


def lower(statement: Statement, lowering: Lowering) -> None:
    """One DO."""
    name = _named(statement.required("name"), "name", lowering)
    namespace = statement.value("namespace")
    space = _NAMESPACE if namespace is None else _named(namespace, "namespace", lowering)
    value = _value(statement.value("value"), lowering)
    dimensions: list[tuple[str | Compiled, str | Compiled | None]] = []
    seen: set[str] = set()
    good = True
    for child in statement.child_statements():
        dimension = _lowered(child, seen, lowering)
        if dimension is None:
            good = False
        else:
            dimensions.append(dimension)
    if good and name is not None and space is not None and value is not None:
        lowering.emit(Op.DO, (EmitMetric(space, name, value, tuple(dimensions)),), statement)


def _lowered(
    child: Statement, seen: set[str], lowering: Lowering
) -> tuple[str | Compiled, str | Compiled | None] | None:
    """A dimension; None after an error."""
    named = child.required("name")
    name = lowering.string(named)
    given = child.value("value")
    value = None if given is None else lowering.string(given)
    if name is None or (given is not None and value is None):
        return None
    if isinstance(name, str):
        name = name.strip()
        if not name:
            lowering.error("the name of a dimension must not be empty", named.position, named)
            return None
        if name in seen:
            lowering.error(f"the dimension {named.shown()} is given twice", named.position, named)
            return None
        if given is None and name not in DEFAULTS:
            known = ", ".join(DEFAULTS)
            what = f"the dimension {named.shown()} needs a value; those without one are {known}"
            lowering.error(what, named.position, named)
            return None
        seen.add(name)
    return name, value


def _named(value: Value, what: str, lowering: Lowering) -> str | None:
    text = value.literal.strip()
    if not text:
        lowering.error(f"the {what} of a metric must not be empty", value.position, value)
        return None
    return lowering.hide(value, text)


def _value(value: Value | None, lowering: Lowering) -> float | Compiled | None:
    if value is None:
        return 1.0
    found = lowering.string(value)
    if not isinstance(found, str):
        return found
    try:
        return number_of(found)
    except ValueError:
        lowering.error(f"{value.shown()} is no number", value.position, value)
        return None


EMIT_METRIC = PolicySchema(ELEMENT, lower)
