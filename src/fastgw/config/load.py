"""SOURCE -> Configuration: the whole file is read, then every section, then duplicates are looked for.

All findings of one run are reported together. Must never check references between entities (the
snapshot does, for every source of configuration alike) and never serve anything.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from collections.abc import Mapping as MappingType
from dataclasses import replace
from pathlib import Path
from typing import Final

from fastgw.config.backends import backend
from fastgw.config.duplicates import no_clash, no_two, no_two_names, text_of
from fastgw.config.entities import EntityReader, is_null, label
from fastgw.config.expand import Expander
from fastgw.config.nodes import Mapping, Node, Scalar, Sequence, read_nodes
from fastgw.config.sections import (
    api,
    ca_certificate,
    certificate,
    fragment,
    one_default,
    operation_label,
    pinned_secret,
    section,
)
from fastgw.config.source import ARM_MESSAGE, FilesRead, find_file, read_source, refuse
from fastgw.errors import MOST_FINDINGS, ConfigurationError, Diagnostic, Diagnostics, Position
from fastgw.model import (
    Api,
    Backend,
    CaCertificate,
    Certificate,
    Configuration,
    Gateway,
    Hostname,
    NamedValue,
    PolicyFragment,
)
from fastgw.settings import unknown_variables

Places = dict[tuple[str | int, ...], tuple[int, int]]

SECTIONS: Final = (
    "gateway",
    "hostnames",
    "certificates",
    "caCertificates",
    "namedValues",
    "backends",
    "policy",
    "policyFragments",
    "apis",
)


KINDS: Final = {
    "hostnames": ("hostname", "hostName"),
    "certificates": ("certificate", "id"),
    "caCertificates": ("CA certificate", "id"),
    "namedValues": ("named value", "id"),
    "backends": ("backend", "id"),
    "policyFragments": ("policy fragment", "id"),
    "apis": ("api", "id"),
}
"""Section -> how messages call one of its entities, and the member that names it."""


def load(source: Path, environ: MappingType[str, str]) -> tuple[Configuration, Diagnostics]:
    """The configuration in `source` (a gateway.yaml or a folder that holds one) and its warnings.

    `environ` answers ``${env:NAME}``. Raises ConfigurationError with all findings, each with its
    place, where there is an error.
    """
    file = find_file(source)
    text = read_source(file)
    diagnostics = Diagnostics()
    files = FilesRead()
    expander = Expander(file, environ, diagnostics, files)
    root = read_nodes(text, str(file), diagnostics, expander)
    for said in unknown_variables(environ, expander.variables):
        diagnostics.warning(said)
    configuration = None
    if isinstance(root, Mapping):
        _refuse_arm(file, root)
        configuration = _read(file, root, diagnostics, files)
    elif root is not None or not diagnostics.has_errors:
        empty = root is None or is_null(root)
        refuse(
            file, "the file is empty; describe the gateway in it" if empty else "the file must be a mapping"
        )
    found = sorted(_with_owners(diagnostics, str(file), root), key=_order)
    if len(found) >= MOST_FINDINGS:
        message = f"more than {MOST_FINDINGS} findings; the rest is left out"
        found.append(Diagnostic("error", message, Position(str(file), 1, 1)))
        raise ConfigurationError(tuple(found))
    ordered = Diagnostics(found)
    ordered.raise_errors()
    if configuration is None:
        refuse(file, "the file cannot be read")
    return configuration, ordered


def _order(found: Diagnostic) -> tuple[str, int, int]:
    place = found.position
    return (place.file, place.line, place.column) if place else ("", 0, 0)


def _with_owners(found: Iterable[Diagnostic], file: str, root: Node | None) -> list[Diagnostic]:
    """Findings made before anyone knew what the values mean get the entity that they stand in."""
    owners = sorted(_owners(root), key=lambda owner: owner[0]) if isinstance(root, Mapping) else []
    starts = [start for start, _ in owners]
    named = []
    for diagnostic in found:
        place = diagnostic.position
        if diagnostic.entity is None and place is not None and place.file == file:
            at = bisect_right(starts, (place.line, place.column))
            diagnostic = replace(diagnostic, entity=owners[at - 1][1] if at else None)
        named.append(diagnostic)
    return named


def _owners(root: Mapping) -> Iterator[tuple[tuple[int, int], str | None]]:
    """Where each entity begins, and where one goes on behind a nested one."""
    for entry in root.entries:
        yield (entry.line, entry.column), {"gateway": "gateway", "policy": "global policy"}.get(entry.key)
        kind, name = KINDS.get(entry.key, ("", ""))
        for index, item in enumerate(_items(entry.value) if kind else ()):
            entity = label(kind, item, name, index)
            yield (item.line, item.column), entity
            for inner in item.entries if isinstance(item, Mapping) else ():
                yield (inner.line, inner.column), entity
                if entry.key == "apis" and inner.key == "operations":
                    for number, node in enumerate(_items(inner.value)):
                        yield (node.line, node.column), operation_label(entity, node, number)


def _refuse_arm(file: Path, root: Mapping) -> None:
    for entry in root.entries:
        value = entry.value
        if entry.key == "$schema" and isinstance(value, Scalar) and "deploymentTemplate" in value.raw:
            refuse(file, ARM_MESSAGE, entry.line, entry.column)
        if entry.key == "resources" and root.get("contentVersion") is not None:
            refuse(file, ARM_MESSAGE, entry.line, entry.column)


def _read(file: Path, root: Mapping, diagnostics: Diagnostics, files: FilesRead) -> Configuration:
    reader = EntityReader(file, diagnostics, files)
    given = dict(reader.keys(root, SECTIONS, "", None, ()))
    settings = reader.read(Gateway, "gateway", "gateway", given["gateway"]) if "gateway" in given else None
    configuration = Configuration(
        source=str(file),
        gateway=settings or Gateway(),
        hostnames=section(reader, given, "hostnames", Hostname, *KINDS["hostnames"]),
        certificates=section(reader, given, "certificates", Certificate, *KINDS["certificates"], certificate),
        ca_certificates=section(
            reader, given, "caCertificates", CaCertificate, *KINDS["caCertificates"], ca_certificate
        ),
        named_values=section(reader, given, "namedValues", NamedValue, *KINDS["namedValues"], pinned_secret),
        backends=section(reader, given, "backends", Backend, *KINDS["backends"], backend),
        policy=reader.policy(given.get("policy"), "policy", "global policy"),
        policy_fragments=section(
            reader, given, "policyFragments", PolicyFragment, *KINDS["policyFragments"], fragment
        ),
        apis=section(reader, given, "apis", Api, *KINDS["apis"], api, apart=frozenset({"operations"})),
        files=files.digests,
        positions=_places(root),
    )
    one_default(reader, given.get("hostnames"))
    no_two_names(reader, _items(given.get("namedValues")))
    no_two(
        reader,
        _items(given.get("apis")),
        "api",
        "path",
        text_of("path"),
        lambda item, index: label("api", item, "id", index),
    )
    if "gateway" in given:
        no_clash(reader, given["gateway"])
    return configuration


def _items(node: Node | None) -> tuple[Node, ...]:
    return node.items if isinstance(node, Sequence) else ()


def _places(root: Node) -> Places:
    places: Places = {}
    waiting: list[tuple[tuple[str | int, ...], Node]] = [((), root)]
    while waiting:
        path, node = waiting.pop()
        places[path] = (node.line, node.column)
        if isinstance(node, Mapping):
            waiting.extend(((*path, entry.key), entry.value) for entry in node.entries)
        elif isinstance(node, Sequence):
            waiting.extend(((*path, index), item) for index, item in enumerate(node.items))
    return places
