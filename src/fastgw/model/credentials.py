"""What the gateway shows a backend: certificates, headers, query parameters.

Must never show a value in a repr, and never look a certificate up.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PlainSerializer,
    SecretStr,
    WithJsonSchema,
    field_validator,
)

from fastgw.model.frozen_mapping import FrozenMapping
from fastgw.model.http_text import OWN_HEADERS, is_token
from fastgw.model.record import Record
from fastgw.model.thumbprint import Thumbprint
from fastgw.model.types import HTTP_WORD_PATTERN, PATTERN_RULES, FieldText, Reference, check_field_text


def _one_or_many(value: Any) -> Any:
    if not isinstance(value, Mapping):
        return value
    return {name: (entry,) if isinstance(entry, str) else entry for name, entry in value.items()}


Texts = Annotated[
    Mapping[str, Annotated[tuple[FieldText, ...], Field(min_length=1)]],
    BeforeValidator(_one_or_many),
    AfterValidator(FrozenMapping),
    PlainSerializer(dict),
    WithJsonSchema(
        {
            "type": "object",
            "additionalProperties": {
                "anyOf": [
                    {"type": "string"},
                    {"type": "array", "minItems": 1, "items": {"type": "string"}},
                ]
            },
        }
    ),
]


class Authorization(Record):
    """The Authorization header that the backend receives."""

    scheme: Annotated[str, Field(min_length=1, max_length=100, pattern=HTTP_WORD_PATTERN)]
    """Such as Basic or Bearer."""

    parameter: Annotated[SecretStr, Field(min_length=1, max_length=300)]
    """What follows the scheme."""

    @field_validator("parameter")
    @classmethod
    def _sendable(cls, value: SecretStr) -> SecretStr:
        check_field_text(value.get_secret_value())
        return value


class Credentials(Record):
    """What the gateway shows a backend."""

    certificate_ids: tuple[Reference, ...] = Field(default=(), max_length=32)
    """Client certificates: ids, ARM ids or thumbprints."""

    certificate: tuple[Thumbprint, ...] = Field(default=(), max_length=32)
    """Client certificates by SHA-1 thumbprint; not used where certificateIds is given."""

    header: Texts = Field(default={}, validate_default=True, repr=False)
    """Headers that are set on each request, each with one value or a list."""

    query: Texts = Field(default={}, validate_default=True, repr=False)
    """Query parameters that are set on each request, each with one value or a list."""

    authorization: Authorization | None = None
    """The Authorization header."""

    @field_validator("header")
    @classmethod
    def _headers(cls, value: Mapping[str, tuple[str, ...]]) -> Mapping[str, tuple[str, ...]]:
        seen: set[str] = set()
        for name in value:
            small = name.lower()
            if not is_token(name):
                raise ValueError(f"has a name that {PATTERN_RULES[HTTP_WORD_PATTERN]}")
            if small in OWN_HEADERS:
                raise ValueError(f"may not set {small}, which the gateway writes itself")
            if small in seen:
                raise ValueError(f"names {small} twice; header names are not case-sensitive")
            seen.add(small)
        return value

    @field_validator("query")
    @classmethod
    def _query(cls, value: Mapping[str, tuple[str, ...]]) -> Mapping[str, tuple[str, ...]]:
        if "" in value:
            raise ValueError("has a parameter without a name")
        return value
