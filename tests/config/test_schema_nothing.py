"""Null and empty values: where the reader takes them for nothing, the schema for editors does so too."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest

from fastgw.errors import ConfigurationError

from . import test_backends, test_load
from .test_schema import VALIDATOR, data

NOTHING: tuple[Any, ...] = (None, "", [], {})

EVERYTHING = data(test_load.FULL)
# Sections of later versions: accepted because they hold nothing; an editor need not offer them.
del EVERYTHING["products"], EVERYTHING["subscriptions"]

# A pool that says of all that only its members have that it has none of it.
POOL = {
    "backends": [
        {"id": "a", "url": "http://a"},
        {
            "id": "b",
            "type": "Pool",
            "pool": {"services": [{"id": "a"}]},
            "protocol": None,
            "properties": {"serviceFabricCluster": {"managementEndpoints": []}},
            "urls": [],
            "url": "",
            "healthCheck": {"path": ""},
            "circuitBreaker": {"rules": []},
            "credentials": {"header": {}, "authorization": {"scheme": None}},
            "tls": {"serverX509Names": []},
            "proxy": {"url": None},
            "limits": {"pending": None},
        },
    ]
}
SECRET = {"secretIdentifier": "https://kv.vault.azure.net/secrets/one", "identityClientId": "system"}
VAULTS = {
    "gateway": {"keyVault": {"refreshInterval": "PT1H", "unverifiedHosts": ["kv.test"]}},
    "certificates": [{"id": "c", "keyVault": SECRET, "password": "x"}],
    "namedValues": [{"id": "v", "keyVault": SECRET, "tags": ["a"]}],
}
DOCUMENTS = {"vaults": VAULTS, "everything": EVERYTHING, "backends": data(test_backends.FULL), "pool": POOL}

# Rules between members and of a form, which the schema leaves to the reader.
READERS_ALONE = (
    "goes with `acceptRetryAfter: true` only",
    "goes with a username only",
    "needs `properties.serviceFabricCluster`",
    "another api has the same path",
    "must be a network",
)


def places(node: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Where something stands in a document."""
    inner = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in inner:
        yield (*path, key)
        yield from places(value, (*path, key))


def without_content(document: Any) -> Iterator[tuple[Any, str]]:
    """The document with nothing in the place of one of its parts, for each of them, and what was changed."""
    for *path, last in places(document):
        for nothing in NOTHING:
            changed = copy.deepcopy(document)
            node = changed
            for step in path:
                node = node[step]
            node[last] = nothing
            yield changed, f"{[*path, last]} = {nothing!r}"


@pytest.mark.parametrize("name", DOCUMENTS)
def test_schema_and_reader_take_the_same_for_nothing(load_text, name: str):
    odd = []
    for document, change in without_content(DOCUMENTS[name]):
        said = ""
        try:
            load_text(json.dumps(document), test_load.ENVIRON, **test_load.FILES)
        except ConfigurationError as error:
            said = " ".join(found.message for found in error.diagnostics)
        valid = VALIDATOR.is_valid(document)
        if valid == bool(said) and not (valid and any(rule in said for rule in READERS_ALONE)):
            odd.append(f"{change}: {said or 'the reader accepts it'}")
    assert odd == []


@pytest.mark.parametrize(
    "rest",
    [
        "url: 'http://b', urls: []",
        "url: null, urls: [{url: 'http://b'}]",
        "url: 'http://b', circuitBreaker: {rules: null}",
        "type: null, url: 'http://b'",
        "type: Pool, pool: {services: [{id: a}]}, circuitBreaker: {rules: }, url: ''",
    ],
)
def test_what_says_nothing_is_valid(rest: str):
    assert list(VALIDATOR.iter_errors(data(f"backends: [{{id: b, {rest}}}]"))) == []


@pytest.mark.parametrize(
    "rest",
    [
        "urls: []",
        "url: null",
        "url: ''",
        "url: null, urls: []",
        "url: 'http://b', pool: {}",
        "url: 'http://b', healthCheck: {}",
        "type: Pool, pool: null",
        "type: Pool, pool: {services: []}",
        "type: Pool, pool: {services: [{id: a}]}, circuitBreaker: {}",
        "type: Pool, pool: {services: [{id: a}]}, limits: {pending: 0}",
        "type: Pool, pool: {services: [{id: a}]}, limits: {unknown: null}",
        "type: Pool, pool: {services: [{id: a}]}, protocol: http",
    ],
)
def test_what_must_say_something_is_not_valid_without(findings, rest: str):
    text = f"backends: [{{id: b, {rest}}}]"
    assert findings(text)
    assert list(VALIDATOR.iter_errors(data(text)))
