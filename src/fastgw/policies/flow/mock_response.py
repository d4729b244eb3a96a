"""mock-response: answers with an example that the operation documents (spec/policies/control-flow.md).

The examples belong to the operation, the statement may stand in a document that many share: they meet when a
request runs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import orjson

from fastgw._program import Op
from fastgw._steps import begin_reply, write_field
from fastgw.compiler.expressions import ValueType
from fastgw.compiler.lower import Lowering, Statement
from fastgw.compiler.schema import (
    INBOUND,
    ON_ERROR,
    OUTBOUND,
    AttributeSchema,
    PolicySchema,
    policy_element,
)
from fastgw.model.http_text import is_media_type
from fastgw.model.responses import Example, OperationResponse, Representation
from fastgw.policies.bodies import media_type

FACT: Final = "responses"
"""Where the facts of a route hold what `mocks_of` made of its operation; no expression shows it."""

ELEMENT = policy_element(
    "mock-response",
    (
        AttributeSchema("status-code", type=ValueType.INTEGER, minimum=200, maximum=599),
        AttributeSchema("content-type"),
        AttributeSchema("index", type=ValueType.INTEGER, minimum=0),
    ),
)


@dataclass(frozen=True, slots=True)
class Mock:
    """A representation that can be answered with: its examples as bytes, in their order."""

    status: int
    content_type: bytes
    media_type: str
    bodies: tuple[bytes, ...]


def mocks_of(responses: tuple[OperationResponse, ...]) -> tuple[Mock, ...]:
    """What an operation documents, ready to be sent."""
    return tuple(
        Mock(
            response.status_code,
            representation.content_type.encode("ascii"),
            media_type(representation.content_type),
            _bodies(representation),
        )
        for response in responses
        for representation in response.representations
    )


def _bodies(representation: Representation) -> tuple[bytes, ...]:
    found = tuple(body for one in representation.examples.values() if (body := _body(one)) is not None)
    if not found and representation.sample is not None:
        return (representation.sample.encode("utf-8", "replace"),)
    return found


def _body(example: Example) -> bytes | None:
    value = example.value
    if value is None:
        return None
    # A text is the body itself, whatever the media type: exports hold JSON and XML as text.
    return value.encode("utf-8", "replace") if isinstance(value, str) else orjson.dumps(value, default=dict)


@dataclass(frozen=True, slots=True)
class MockResponse:
    """The answer of one statement."""

    status: int
    content_type: bytes | None
    index: int

    @property
    def listed(self) -> tuple[tuple[str, object], ...]:
        """What a listing shows."""
        named = () if self.content_type is None else (("content-type", self.content_type),)
        return (("status-code", self.status), *named, ("index", self.index))

    def __call__(self, exchange: Any) -> bool:
        """Always answers: with the example, or with an empty body where there is none."""
        mocks: tuple[Mock, ...] = exchange.route.facts.get(FACT, ())
        wanted = None if self.content_type is None else media_type(self.content_type.decode("ascii"))
        found = next(
            (one for one in mocks if one.status == self.status and wanted in (None, one.media_type)), None
        )
        bodies = found.bodies if found is not None else ()
        begin_reply(exchange, self.status, body=bodies[self.index] if self.index < len(bodies) else b"")
        content_type = self.content_type or (found.content_type if found is not None else None)
        if content_type is not None:
            write_field(exchange.reply, b"Content-Type", content_type)
        return True


def lower(statement: Statement, lowering: Lowering) -> None:
    """One DO, which answers."""
    status = statement.value("status-code")
    named = statement.value("content-type")
    index = statement.value("index")
    content_type = None
    if named is not None:
        text = named.literal.strip()
        if not is_media_type(text):
            lowering.error(f"{named.shown()} is no media type", named.position, named)
            return
        content_type = lowering.hide(named, text.encode())
    operand = MockResponse(
        200 if status is None else int(status.literal),
        content_type,
        0 if index is None else int(index.literal),
    )
    lowering.emit(Op.DO, (operand,), statement)


MOCK_RESPONSE = PolicySchema(ELEMENT, lower, sections=frozenset({INBOUND, OUTBOUND, ON_ERROR}))
