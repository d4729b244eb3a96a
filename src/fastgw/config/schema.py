"""The JSON Schema of gateway.yaml, for editors.

Generated from the models, so that it offers what is accepted now and nothing else. It asks for
quotes where the reader would take a number as the text of a string. What is null or empty is as the
reader takes it. Must never be used to judge a file: other rules between members, and texts after
expansion, are the reader's.
"""

from __future__ import annotations

from typing import Any, Final

from pydantic import Field

from fastgw.config.shape import members, nested
from fastgw.model import (
    Api,
    Backend,
    CaCertificate,
    Certificate,
    Gateway,
    Hostname,
    NamedValue,
    PolicyFragment,
    Record,
)
from fastgw.model.backend import OF_MEMBERS
from fastgw.model.policy import Policy

_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_EXPANSION: Final = {
    "type": "string",
    "pattern": r"\$\{(env|file):[^{}]+\}",
    "description": "A value from the environment or from a file.",
}
_NULL: Final = {"type": "null"}
_SAYS_NOTHING: Final = {
    "anyOf": [
        _NULL,
        {"const": ""},
        {"type": "array", "maxItems": 0},
        {"type": "object", "additionalProperties": {"$ref": "#/$defs/SaysNothing"}},
    ],
    "description": "Null, or empty to the bottom: as tools write what is not there.",
}
_NARROW: Final = frozenset(
    ("pattern", "enum", "const", "minLength", "maxLength", "minimum", "maximum", "exclusiveMinimum", "format")
)


class GatewayFile(Record):
    """The configuration of a fastgw gateway."""

    gateway: Gateway = Gateway()
    """The gateway itself."""

    hostnames: tuple[Hostname, ...] = ()
    """Host names that are served, with their certificates."""

    certificates: tuple[Certificate, ...] = ()
    """Certificates with their keys."""

    ca_certificates: tuple[CaCertificate, ...] = ()
    """Authorities that are trusted."""

    named_values: tuple[NamedValue, ...] = ()
    """Values that policies use as {{name}}."""

    backends: tuple[Backend, ...] = ()
    """Where requests may be sent."""

    policy: Policy | None = Field(default=None)
    """The policy of all APIs: a path, or the document itself as a block."""

    policy_fragments: tuple[PolicyFragment, ...] = ()
    """Parts that policies include."""

    apis: tuple[Api, ...] = ()
    """What is served."""


def json_schema() -> dict[str, Any]:
    """A JSON Schema (draft 2020-12) of gateway.yaml as this version reads it."""
    schema = GatewayFile.model_json_schema(by_alias=True)
    _one_of(schema["$defs"]["Certificate"], "file", "data", "keyVault")
    _one_of(schema["$defs"]["CaCertificate"], "file", "data")
    _one_of(schema["$defs"]["PolicyFragment"], "file", "value")
    _one_of(schema["$defs"]["NamedValue"], "value", "keyVault")
    schema = _refine(schema)
    _single_or_pool(schema["$defs"]["Backend"])
    schema["$defs"] |= {"Expansion": dict(_EXPANSION), "SaysNothing": dict(_SAYS_NOTHING)}
    return {"$schema": _DIALECT, **schema}


def _one_of(definition: dict[str, Any], *names: str) -> None:
    """Exactly one of these members is given."""
    definition["required"] = [name for name in definition["required"] if name not in names]
    definition["oneOf"] = [_given(name) for name in names]


def _given(name: str, **rule: Any) -> dict[str, Any]:
    """The member is there, it is not null, and it obeys `rule`."""
    return {"required": [name], "properties": {name: {"not": _NULL, **rule}}}


def _single_or_pool(backend: dict[str, Any]) -> None:
    """Which members a backend of either type must have, and which it can have but without content."""
    single: dict[str, Any] = {}
    pool: dict[str, Any] = {}
    shape = members(Backend)
    for name in (str(Backend.model_fields[name].alias) for name in OF_MEMBERS):
        member = backend["properties"][name]
        said = {key: member.pop(key) for key in ("description", "default") if key in member}
        single[name], pool[name] = member, _empty(shape[name])
        # Whichever it is: editors offer what they find here.
        backend["properties"][name] = {**said, "anyOf": [member, pool[name]]}
    # An empty one asks for a breaker with default values.
    pool["circuitBreaker"]["not"] = {"type": "object", "maxProperties": 0}
    backend |= {
        "if": {"required": ["type"], "properties": {"type": {"const": "Pool"}}},
        "then": {"required": ["pool"], "properties": {"pool": {"not": _NULL}, **pool}},
        "else": {
            "oneOf": [_given("url"), _given("urls", minItems=1)],
            "properties": {"pool": _NULL, **single},
        },
    }


def _empty(annotation: Any) -> dict[str, Any]:
    """A member without content; what is unknown in it stays unknown."""
    nothing = {"$ref": "#/$defs/SaysNothing"}
    inner = nested(annotation)
    if inner is None:
        return nothing
    return {**nothing, "properties": dict.fromkeys(members(inner), True), "additionalProperties": False}


def _or_null(member: dict[str, Any]) -> dict[str, Any]:
    """The reader takes null for an absent member."""
    if _NULL in member.get("anyOf", ()):
        return member
    said: dict[str, Any] = {key: member.pop(key) for key in ("description", "default") if key in member}
    return {**said, "anyOf": [*(member["anyOf"] if member.keys() == {"anyOf"} else [member]), _NULL]}


def _refine(node: Any, *, of_names: bool = False) -> Any:
    """`node` where narrow values may be expansions, and members null that may be absent; without titles."""
    if isinstance(node, list):
        return [_refine(item) for item in node]
    if not isinstance(node, dict):
        return node
    if of_names:
        return {name: _refine(item) for name, item in node.items()}
    refined = {
        key: _refine(item, of_names=key in ("properties", "$defs"))
        for key, item in node.items()
        if key not in ("title", "writeOnly", "default", "format", "enum", "const", "required")
    }
    for key in ("enum", "const", "required", "default"):
        if key in node:
            refined[key] = node[key]
    for name in refined.get("properties", {}).keys() - node.get("required", ()):
        refined["properties"][name] = _or_null(refined["properties"][name])
    kind = node.get("type")
    if kind in ("integer", "number", "boolean") or (kind == "string" and _NARROW & node.keys()):
        said = {key: refined.pop(key) for key in ("description", "default") if key in refined}
        return {**said, "anyOf": [refined, {"$ref": "#/$defs/Expansion"}]}
    return refined
