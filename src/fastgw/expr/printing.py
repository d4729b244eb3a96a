"""Values as JSON for `fastgw eval`: `type` and `value`, as the conformance data writes them.

The data's own rules (its README, "expected value"); it says nothing of how values look elsewhere.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

from fastgw.expr.library.declare import find
from fastgw.expr.library.formatting import format_value
from fastgw.expr.runtime.anonymous import Anonymous
from fastgw.expr.runtime.objects import to_text, type_of
from fastgw.expr.runtime.text import outward, type_notation
from fastgw.expr.runtime.tuples import ValueTuple
from fastgw.expr.runtime.values import ByteArray, EnumValue, NetObject
from fastgw.expr.types import NamedType, Type, TypeDefinition

Shown = dict[str, Any]

# The most elements of a sequence that are shown: a sequence may have no end.
_MOST_ELEMENTS = 100_000


def shown(value: Any) -> Shown:
    """`{"type": ..., "value": ...}` of any value of an expression; null has no type."""
    if value is None:
        return {"type": None, "value": None}
    return {"type": type_notation(type_of(value)), "value": _value(value)}


def _value(value: Any) -> Any:
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        return outward(str(value))
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        # The text of a Single has no more digits than 32 bits hold.
        return float(to_text(value)) if math.isfinite(value) else to_text(value)
    if isinstance(value, (Decimal, EnumValue)):
        return to_text(value)
    if isinstance(value, ByteArray):
        return base64.b64encode(value.data).decode()
    if isinstance(value, Anonymous):
        return {name: shown(one) for name, one in value.items()}
    if isinstance(value, ValueTuple):
        return [shown(one) for one in value.parts]
    special = _special(type_of(value))
    if special is not None:
        return special(value)
    if isinstance(value, NetObject) and isinstance(value, Iterable):
        return _elements(value)
    return outward(to_text(value))


def _elements(values: Iterable[Any]) -> list[Shown]:
    found: list[Shown] = []
    for one in values:
        if len(found) == _MOST_ELEMENTS:
            break
        found.append(shown(one))
    return found


def _special(type: Type) -> Callable[[Any], Any] | None:
    """How values of a library type are shown that are neither text nor elements."""
    at: Type | None = type
    while isinstance(at, NamedType):
        found = _FORMS.get(at.definition.full_name)
        if found is not None:
            return found
        at = at.definition.base
    return None


def _round_trip(value: Any) -> str:
    return format_value(value, "o")


def _with_option(definition: str, enum: str, member: str) -> Callable[[Any], str]:
    """`value.ToString(Enum.Member)` of a type that declares it."""

    def show(value: Any) -> str:
        option = _found(enum)
        for method in _found(definition).methods["ToString"]:
            first = method.parameters[0].type if method.parameters else None
            if isinstance(first, NamedType) and first.definition is option:
                rest = [one.default for one in method.parameters[1:]]
                return outward(method.function(value, EnumValue(option, option.constants[member]), *rest))
        raise LookupError(f"{definition} has no such ToString")

    return show


def _properties(*names: str) -> Callable[[Any], list[Shown]]:
    """The values of properties, in order."""

    def show(value: Any) -> list[Shown]:
        known = _definition_of(value).properties
        return [shown(known[name].getter(value)) for name in names if name in known]

    return show


def _thumbprint(value: Any) -> str:
    return outward(_found(f"{_X509}2").properties["Thumbprint"].getter(value))


def _definition_of(value: Any) -> TypeDefinition:
    found = type_of(value)
    if not isinstance(found, NamedType):
        raise LookupError(f"{found} has no definition")
    return found.definition


def _found(name: str) -> TypeDefinition:
    definition = find(name)
    if definition is None:
        raise LookupError(f"{name} is not declared")
    return definition


_LINQ = "System.Xml.Linq"
_X509 = "System.Security.Cryptography.X509Certificates.X509Certificate"
_NO_INDENT = _with_option(f"{_LINQ}.XNode", f"{_LINQ}.SaveOptions", "DisableFormatting")

_FORMS: dict[str, Callable[[Any], Any]] = {
    "System.DateTime": _round_trip,
    "System.DateTimeOffset": _round_trip,
    "Newtonsoft.Json.Linq.JToken": _with_option(
        "Newtonsoft.Json.Linq.JToken", "Newtonsoft.Json.Formatting", "None"
    ),
    f"{_LINQ}.XNode": _NO_INDENT,
    f"{_X509}2": _thumbprint,
    "System.Collections.Generic.KeyValuePair": _properties("Key", "Value"),
    "System.Tuple": _properties("Item1", "Item2", "Item3", "Item4", "Item5", "Item6", "Item7", "Rest"),
}
