"""The schema for editors is valid, describes every member, and offers what is accepted now only."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest

from fastgw.config import json_schema
from fastgw.config.nodes import Mapping, Node, Scalar, Sequence, read_nodes
from fastgw.errors import Diagnostics

from .test_load import FULL

SCHEMA = json_schema()
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def plain(node: Node | None) -> Any:
    if isinstance(node, Mapping):
        return {entry.key: plain(entry.value) for entry in node.entries}
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    assert isinstance(node, Scalar)
    return node.value


def data(text: str) -> Any:
    return plain(read_nodes(text, "f", Diagnostics(), lambda scalar: scalar))


def test_it_is_a_valid_schema():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def test_a_full_file_is_valid():
    document = data(FULL)
    # Accepted because they hold nothing; an editor need not offer them.
    del document["products"], document["subscriptions"]
    assert [error.message for error in VALIDATOR.iter_errors(document)] == []


@pytest.mark.parametrize(
    "text",
    [
        "gateway: {management: off}",
        "gateway: {revocation: off}",
        "gateway: {revocation: {mode: soft-fail, timeout: PT1S, maxListSize: 100000}}",
        "gateway: {workers: '${env:W}'}",
        "certificates: [{id: '${env:X}', file: a.pfx}]",
        "backends: [{id: b, url: '${env:U}', limits: {idleTimeout: 5, lifetime: PT5M}}]",
        "backends: [{id: b, url: 'http://b', pool: null, circuitBreaker: {}}]",
        "backends: [{id: b, type: Single, urls: [{url: 'http://b'}], loadBalancing: {type: p2c-ewma}}]",
        "backends: [{id: b, type: Pool, url: null, pool: {services: [{id: c, priority: 1}]}}]",
        "policy: |\n  <policies/>\n",
        "certificates: [{id: a, keyVault: {secretIdentifier: 'https://v/secrets/a'}}]",
        "namedValues: [{id: a, keyVault: {secretIdentifier: 'https://v/s', identityClientId: system}}]",
    ],
)
def test_what_is_accepted_is_valid(text: str):
    assert list(VALIDATOR.iter_errors(data(text))) == []


@pytest.mark.parametrize(
    "text",
    [
        "gatway: {}",
        "gateway: {workers: 0}",
        "gateway: {management: yes}",
        "gateway: {revocation: hard}",
        "gateway: {revocation: {mode: hard}}",
        "certificates: [{id: a}]",
        "certificates: [{id: a, file: a, keyVault: {secretIdentifier: 'https://v/secrets/a'}}]",
        "namedValues: [{id: a}]",
        "namedValues: [{id: a, value: x, keyVault: {secretIdentifier: 'https://v/secrets/a'}}]",
        "certificates: [{id: a, file: a, data: AQ==}]",
        "backends: [{id: b}]",
        "backends: [{id: b, url: 'http://b', urls: [{url: 'http://c'}]}]",
        "backends: [{id: b, url: 'http://b', type: Pool}]",
        "backends: [{id: b, type: Pool}]",
        "backends: [{id: b, type: Pool, url: 'http://b', pool: {services: [{id: c}]}}]",
        "backends: [{id: b, type: Pool, limits: {pending: 1}, pool: {services: [{id: c}]}}]",
        "backends: [{id: b, url: 'http://b', pool: {services: [{id: c}]}}]",
        "backends: [{id: b, url: 'http://b', circuitBreaker: {rules: [{tripDuration: 5s}]}}]",
        "backends: [{id: b, url: 'http://b', healthCheck: {path: healthz}}]",
        "backends: [{id: b, url: 'http://b', properties: {serviceFabricCluster: {}}}]",
        "backends: [{id: b, url: 'http://b', limits: {idleTimeout: 5s}}]",
        "apis: [{id: a, path: a}]",
        "apis: [{id: a, path: a, subscriptionRequired: true}]",
        "apis: [{id: a, path: a, subscriptionRequired: false, openapi: x}]",
        "products: [{id: p}]",
    ],
)
def test_what_is_refused_is_not_valid(text: str):
    assert list(VALIDATOR.iter_errors(data(text)))


def members(schema: Any) -> Iterator[tuple[str, Any]]:
    yield from schema.get("properties", {}).items()
    for definition in schema["$defs"].values():
        yield from definition.get("properties", {}).items()


def test_every_member_is_described():
    assert [name for name, member in members(SCHEMA) if not member.get("description")] == []
