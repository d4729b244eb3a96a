"""The sections of the file, and what they may say by other means than the contracts do.

A policy may be a path, a certificate a file: the content is put into the data of the record before
it is validated. Must never validate what the records themselves validate.
"""

from __future__ import annotations

from collections.abc import Mapping as MappingType
from typing import Any, Final, TypeVar

from fastgw.config.duplicates import no_two, request_line, text_of
from fastgw.config.entities import EntityReader, Hook, label
from fastgw.config.nodes import Mapping, Node, Scalar, Sequence
from fastgw.model import Operation, PolicySource, Record
from fastgw.model.key_vault import parse_secret_identifier

R = TypeVar("R", bound=Record)

# Stands where a document could not be read; the error that says so keeps the record from being used.
_NOTHING: Final = PolicySource("", "", 1, 1, 0)
_UNREAD: Final = b"-"


def section(
    reader: EntityReader,
    given: MappingType[str, Node],
    key: str,
    model: type[R],
    kind: str,
    name: str,
    hook: Hook | None = None,
    apart: frozenset[str] = frozenset(),
) -> tuple[R, ...]:
    """The records of the section `key`; errors are recorded, among them equal names."""
    nodes = reader.entries(given.get(key), key)
    records = []
    for index, node in enumerate(nodes):
        if reader.is_full():
            break
        record = reader.read(model, kind, label(kind, node, name, index), node, hook, apart)
        if record is not None:
            records.append(record)
    no_two(reader, nodes, kind, name, text_of(name), lambda item, index: label(kind, item, name, index))
    return tuple(records)


def certificate(reader: EntityReader, node: Mapping, data: dict[str, Any], entity: str | None) -> None:
    """Puts the content of `file` where `data` belongs; nothing where it lives in a key vault."""
    if data.get("keyVault") is not None:
        for other in ("file", "data"):
            if other in data:
                said = f"`keyVault` and `{other}` exclude each other; remove one of them"
                reader.error(said, node.get(other) or node, entity)
        pinned_secret(reader, node, data, entity)
        data.pop("file", None)
        data["data"] = b""
        return
    _content(reader, node, data, entity, "`file`, `data` or `keyVault`")


def ca_certificate(reader: EntityReader, node: Mapping, data: dict[str, Any], entity: str | None) -> None:
    """Puts the content of `file` where `data` belongs."""
    _content(reader, node, data, entity, "`file` or `data`")


def _content(
    reader: EntityReader, node: Mapping, data: dict[str, Any], entity: str | None, members: str
) -> None:
    file = _file_or(reader, node, data, "data", entity, members)
    found = reader.file_bytes(file, "file", entity) if file else None
    if found is not None:
        data["data"] = found
    elif "data" not in data:
        data["data"] = _UNREAD


def pinned_secret(reader: EntityReader, node: Mapping, data: dict[str, Any], entity: str | None) -> None:
    """Warns of a secret that is named with its version: the vault's owner may expect that it rotates."""
    reference = node.get("keyVault")
    place = reference.get("secretIdentifier") if isinstance(reference, Mapping) else None
    if not isinstance(place, Scalar):
        return
    try:
        version = parse_secret_identifier(place.text).version
    except ValueError:
        # Said when the record is made.
        return
    if version is not None:
        said = "the identifier names a version, so the secret is not refreshed; leave the version out"
        reader.warning(said, place, entity)


def fragment(reader: EntityReader, node: Mapping, data: dict[str, Any], entity: str | None) -> None:
    """Puts the document of `file` or `value` where the record wants it."""
    file = _file_or(reader, node, data, "value", entity)
    value = node.get("value")
    found = None
    if file:
        found = reader.policy_file(file, "file", entity)
    elif isinstance(value, Scalar) and "value" in data and not value.text.lstrip().startswith("<"):
        if not value.failed:
            reader.error("`value` must be the document itself; name a file with `file`", value, entity)
    else:
        found = reader.policy(value, "value", entity)
    data["value"] = found or _NOTHING


def api(reader: EntityReader, node: Mapping, data: dict[str, Any], entity: str | None) -> None:
    """Reads the policy, and the operations as entities of their own."""
    _policy(reader, node, data, entity)
    nodes = reader.entries(node.get("operations"), "operations", entity)

    def called(item: Node, index: int) -> str:
        return operation_label(entity or "api", item, index)

    records = []
    for index, item in enumerate(nodes):
        if reader.is_full():
            break
        record = reader.read(Operation, "operation", called(item, index), item, _policy)
        if record is not None:
            records.append(record)
    data["operations"] = tuple(records)
    no_two(reader, nodes, "operation", "id", text_of("id"), called)
    no_two(reader, nodes, "operation", "method and URL template", request_line, called)


def operation_label(api_entity: str, node: Node, index: int) -> str:
    """How messages call an operation: `operation orders/get-order`."""
    return f"operation {api_entity.removeprefix('api ')}/{label('', node, 'id', index).strip()}"


def one_default(reader: EntityReader, nodes: Node | None) -> None:
    """An error at each hostname but the first that says it is the default."""
    first: Scalar | None = None
    for index, item in enumerate(nodes.items if isinstance(nodes, Sequence) else ()):
        found = item.get("default") if isinstance(item, Mapping) else None
        if not isinstance(found, Scalar) or found.value is not True:
            continue
        if first is not None:
            message = f"another hostname is the default already, at {reader.position(first)}"
            reader.error(message, found, label("hostname", item, "hostName", index))
        first = first or found


def _policy(reader: EntityReader, node: Mapping, data: dict[str, Any], entity: str | None) -> None:
    if "policy" in data:
        data["policy"] = reader.policy(node.get("policy"), "policy", entity)


def _file_or(
    reader: EntityReader,
    node: Mapping,
    data: dict[str, Any],
    other: str,
    entity: str | None,
    members: str | None = None,
) -> Scalar | None:
    """The node of `file` where it alone is given; errors where both or neither are.

    `members` are those of which one is required, where that is not `file` or `other` alone.
    """
    file = node.get("file")
    if "file" in data and other in data:
        reader.error(f"`file` and `{other}` exclude each other; remove one of them", file or node, entity)
    elif "file" not in data and other not in data:
        reader.error(f"{members or f'`file` or `{other}`'} is required", node, entity)
    elif "file" in data and isinstance(file, Scalar):
        return file
    return None
