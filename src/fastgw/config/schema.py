"""The JSON Schema of gateway.yaml, for editors.

Generated from the models, so that it offers what is accepted now and nothing else. It asks for
quotes where the reader would take a number as the text of a string. Must never be used to judge a
file: rules between members, and texts after expansion, are the reader's.
"""

from __future__ import annotations

from typing import Any, Final

from pydantic import Field

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
    for name, other in (("Certificate", "data"), ("CaCertificate", "data"), ("PolicyFragment", "value")):
        _file_or(schema["$defs"][name], other)
    schema = _refine(schema)
    schema["$defs"]["Backend"] |= _single_or_pool()
    schema["$defs"]["Expansion"] = dict(_EXPANSION)
    return {"$schema": _DIALECT, **schema}


def _file_or(definition: dict[str, Any], other: str) -> None:
    definition["required"] = [name for name in definition["required"] if name != other]
    definition["oneOf"] = [{"required": ["file"]}, {"required": [other]}]


def _single_or_pool() -> dict[str, Any]:
    """Which members a backend of either type must have, and which it cannot have but for null."""
    none = {"type": "null"}
    of_members = [str(Backend.model_fields[name].alias) for name in OF_MEMBERS]
    return {
        "if": {"required": ["type"], "properties": {"type": {"const": "Pool"}}},
        "then": {"required": ["pool"], "properties": dict.fromkeys(of_members, none)},
        "else": {"oneOf": [{"required": ["url"]}, {"required": ["urls"]}], "properties": {"pool": none}},
    }


def _refine(node: Any, *, members: bool = False) -> Any:
    """`node` where each narrow value may be an expansion; without titles."""
    if isinstance(node, list):
        return [_refine(item) for item in node]
    if not isinstance(node, dict):
        return node
    if members:
        return {name: _refine(item) for name, item in node.items()}
    refined = {
        key: _refine(item, members=key in ("properties", "$defs"))
        for key, item in node.items()
        if key not in ("title", "writeOnly", "default", "format", "enum", "const", "required")
    }
    for key in ("enum", "const", "required", "default"):
        if key in node:
            refined[key] = node[key]
    kind = node.get("type")
    if kind in ("integer", "number", "boolean") or (kind == "string" and _NARROW & node.keys()):
        said = {key: refined.pop(key) for key in ("description", "default") if key in refined}
        return {**said, "anyOf": [refined, {"$ref": "#/$defs/Expansion"}]}
    return refined
