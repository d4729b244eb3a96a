"""mock-response: which example is the answer (spec/policies/control-flow.md)."""

from __future__ import annotations

from typing import Any

import pytest

from fastgw.model import OperationResponse
from fastgw.policies.flow.mock_response import FACT, mocks_of
from tests.policies.running import Ran

RESPONSES = tuple(
    OperationResponse.model_validate(one)
    for one in (
        {
            "statusCode": 200,
            "representations": [
                {
                    "contentType": "application/json; charset=utf-8",
                    "examples": {
                        "first": {"value": {"id": 1, "tags": ["a", None, 1.5], "deep": {"x": {"y": True}}}},
                        "nowhere": {"externalValue": "https://example.test/x.json"},
                        "second": {"value": '{"id": 2}'},
                    },
                    "sample": "not used",
                },
                {"contentType": "text/xml", "sample": "<order/>"},
            ],
        },
        {"statusCode": 201, "representations": [{"contentType": "text/plain"}]},
        {"statusCode": 204},
        {"statusCode": 404, "representations": [{"contentType": "a/b", "examples": {"x": {"value": 5}}}]},
    )
)
JSON = b"application/json; charset=utf-8"
FIRST = b'{"id":1,"tags":["a",null,1.5],"deep":{"x":{"y":true}}}'


def mock(attributes: str, section: str = "inbound", facts: dict[str, Any] | None = None) -> Any:
    seen = {FACT: mocks_of(RESPONSES)} if facts is None else facts
    status, fields, body = Ran(f"<mock-response {attributes} />", section=section, facts=seen).answer()
    return status, fields.get(b"Content-Type"), body


@pytest.mark.parametrize("section", ["inbound", "outbound", "on-error"])
@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ("", (200, JSON, FIRST)),
        ('status-code="200" content-type="application/json"', (200, b"application/json", FIRST)),
        ('content-type="APPLICATION/json; v=1"', (200, b"APPLICATION/json; v=1", FIRST)),
        ('content-type="text/xml"', (200, b"text/xml", b"<order/>")),
        ('index="1"', (200, JSON, b'{"id": 2}')),
        ('index="2"', (200, JSON, b"")),
        ('status-code="404"', (404, b"a/b", b"5")),
        ('status-code="201"', (201, b"text/plain", b"")),
        ('status-code="204"', (204, None, b"")),
        ('status-code="418"', (418, None, b"")),
        ('content-type="text/html"', (200, b"text/html", b"")),
    ],
)
def test_the_example_is_the_answer(section: str, attributes: str, expected: Any) -> None:
    assert mock(attributes, section) == expected


def test_an_operation_that_documents_nothing_is_answered_without_a_body() -> None:
    assert mock("", facts={}) == (200, None, b"")


def test_nothing_runs_after_it() -> None:
    ran = Ran("""<mock-response /><set-variable name="after" value="1" />""")
    assert ran.answer()[0] == 200
    assert ran.variable("after") is None
