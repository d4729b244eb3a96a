"""The responses of operations: what is read, and what is refused (spec/management-api.md section 14.5)."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import pytest
import yaml

from fastgw.config import load
from fastgw.errors import ConfigurationError
from fastgw.model import OperationResponse

FULL = {
    "statusCode": 200,
    "description": "Found.",
    "headers": [{"name": "X-Left", "type": "integer", "required": True, "examples": {"a": {"value": 5}}}],
    "representations": [
        {
            "contentType": "application/json",
            "examples": {
                "one": {"value": {"id": 1, "tags": ["a", 1.5, True]}, "summary": "s", "description": "d"},
                "two": {"externalValue": "https://example.test/two.json"},
            },
        },
        {
            "contentType": "application/x-www-form-urlencoded",
            "formParameters": [{"name": "f"}],
            "sample": 1.10,
        },
    ],
}


def read(tmp_path: Path, *responses: Any) -> tuple[OperationResponse, ...]:
    file = tmp_path / "gateway.yaml"
    operation = {"id": "o", "method": "GET", "urlTemplate": "/x", "responses": list(responses)}
    api = {
        "id": "a",
        "path": "a",
        "protocols": ["http"],
        "subscriptionRequired": False,
        "serviceUrl": "http://x.test",
        "operations": [operation],
    }
    file.write_text(yaml.safe_dump({"apis": [api]}))
    loaded = load(file, {})
    configuration = loaded[0] if isinstance(loaded, tuple) else loaded
    return configuration.apis[0].operations[0].responses


def complaints(tmp_path: Path, *responses: Any) -> list[str]:
    with pytest.raises(ConfigurationError) as raised:
        read(tmp_path, *responses)
    return [found.message for found in raised.value.diagnostics]


def test_everything_of_the_contract_is_read(tmp_path: Path) -> None:
    (response,) = read(tmp_path, FULL)
    assert (response.status_code, response.description) == (200, "Found.")
    assert (response.headers[0].name, response.headers[0].examples["a"].value) == ("X-Left", 5)
    first, second = response.representations
    assert list(first.examples) == ["one", "two"]
    assert dict(first.examples["one"].value) == {"id": 1, "tags": ("a", 1.5, True)}  # type: ignore[arg-type]
    assert first.examples["two"].external_value == "https://example.test/two.json"
    assert second.form_parameters[0].name == "f"
    # A text stays as it was written.
    assert second.sample in ("1.1", "1.10")


def test_examples_cannot_be_changed_and_can_be_sent(tmp_path: Path) -> None:
    (response,) = read(tmp_path, FULL)
    value = response.representations[0].examples["one"].value
    with pytest.raises(TypeError):
        value["id"] = 2  # type: ignore[index]
    assert hash(response) == hash(pickle.loads(pickle.dumps(response)))
    assert response.model_dump(by_alias=True)["representations"][0]["examples"]["one"]["value"]["id"] == 1


@pytest.mark.parametrize("value", ["text", 5, 1.5, True, [1, "x"], {"a": {"b": 1}}])
def test_an_example_is_any_json(tmp_path: Path, value: Any) -> None:
    response = {
        "statusCode": 200,
        "representations": [{"contentType": "a/b", "examples": {"x": {"value": value}}}],
    }
    found = read(tmp_path, response)[0].model_dump(by_alias=True)
    shown = found["representations"][0]["examples"]["x"]["value"]
    assert shown == (tuple(value) if isinstance(value, list) else value)


@pytest.mark.parametrize(
    ("response", "message"),
    [
        ({}, "`responses[0].statusCode` is required"),
        ({"statusCode": 99}, "`responses[0].statusCode` must be at least 100"),
        (
            {"statusCode": 200, "representations": [{"contentType": "json"}]},
            "`responses[0].representations[0].contentType` must be a media type, such as application/json",
        ),
        (
            {"statusCode": 200, "representations": [{"contentType": "a/b", "schemaId": "1"}]},
            "`responses[0].representations[0].schemaId` is not supported yet; remove it",
        ),
        (
            {"statusCode": 200, "headers": [{"name": "x", "typeName": "T"}]},
            "`responses[0].headers[0].typeName` is not supported yet; remove it",
        ),
        (
            {"statusCode": 200, "representations": [{"contentType": "a/b", "examples": {"x": {"valu": 1}}}]},
            "`valu` is not known here; did you mean `value`?",
        ),
        (
            {"statusCode": 200, "representations": [{"contentType": "a/b", "examples": {"x": 5}}]},
            "`responses[0].representations[0].examples.x` must be a mapping",
        ),
        (
            {"statusCode": 200, "representations": [{"contentType": "a/b", "examples": [5]}]},
            "`responses[0].representations[0].examples` must be a mapping",
        ),
    ],
)
def test_what_is_wrong_is_said_at_its_place(tmp_path: Path, response: Any, message: str) -> None:
    assert complaints(tmp_path, response) == [message]
