"""docs/configuration.md lists exactly the keys that are accepted, with their defaults."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from fastgw.config.schema import GatewayFile, json_schema
from fastgw.config.shape import members, nested
from fastgw.model import BreakerRule, Listener, StatusCodeRange
from tests.docs.blocks import quoted, rows, sections

DOCUMENT = "docs/configuration.md"


def keys(model: Any, path: str) -> dict[str, FieldInfo]:
    """Every key below `path`, by its full name."""
    found: dict[str, FieldInfo] = {}
    fields = {str(field.alias or name): field for name, field in model.model_fields.items()}
    for name, annotation in members(model).items():
        inner = nested(annotation)
        full = f"{path}.{name}" if path else name
        found[full] = fields[name]
        if inner is not None:
            found |= keys(inner, full + ("[]" if str(annotation).startswith("tuple[") else ""))
    return found


ACCEPTED = keys(GatewayFile, "")


def documented() -> dict[str, str]:
    """Full name of each documented key -> the cell with its default."""
    found: dict[str, str] = {}
    for heading, text in sections(DOCUMENT).items():
        for cells in rows(text, "key"):
            (name,) = quoted(cells[0])
            # One table may stand for the same keys at several places.
            for prefix in [""] if heading == "The sections" else [f"{one}." for one in quoted(heading)]:
                assert prefix + name not in found, f"{prefix + name} is listed twice"
                found[prefix + name] = cells[1]
    return found


def spelled(record: BaseModel) -> str:
    """A default record of a list as the document writes it."""
    if isinstance(record, StatusCodeRange):
        return f"{record.min}-{record.max}"
    assert isinstance(record, Listener)
    return record.url


def shown(name: str, field: FieldInfo) -> str:
    """The default as the document writes it."""
    default = field.default
    if name == "namedValues[].value":
        return "or `keyVault`"
    if name in {"certificates[].data", "caCertificates[].data", "policyFragments[].value"}:
        return "or `file`"
    if field.is_required():
        return "required"
    if isinstance(default, BaseModel) and not name.endswith("[]"):
        return "below"
    if default is None:
        return "none"
    if default == "" and name.endswith("displayName"):
        return "the `id`"
    if isinstance(default, bool):
        return f"`{str(default).lower()}`"
    if isinstance(default, tuple):
        if any(isinstance(one, BreakerRule) for one in default):
            return "below"
        records = [spelled(one) for one in default if isinstance(one, BaseModel)]
        return f"`{', '.join(records)}`" if records else f"`[{', '.join(default)}]`"
    return f"`{default:g}`" if isinstance(default, float) else f"`{default}`"


def test_every_key_that_is_accepted_is_documented() -> None:
    assert set(ACCEPTED) - set(documented()) == set()


def test_every_documented_key_is_accepted() -> None:
    assert set(documented()) - set(ACCEPTED) == set()


@pytest.mark.parametrize("name", sorted(ACCEPTED))
def test_the_documented_default_is_the_real_one(name: str) -> None:
    assert documented().get(name) == shown(name, ACCEPTED[name])


def test_the_keys_are_those_of_the_json_schema() -> None:
    schema = json_schema()
    named = {name.rpartition(".")[2] for name in ACCEPTED}
    offered = set(schema["properties"])
    for definition in schema["$defs"].values():
        offered |= set(definition.get("properties", ()))
    assert offered == named
