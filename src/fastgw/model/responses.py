"""The responses that an operation documents; mock-response answers with their examples.

Parameters, representations and examples are those of the contract (spec/management-api.md section 14.5).
Must never build an answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, Field, PlainSerializer

from fastgw.model.frozen_mapping import FrozenMapping
from fastgw.model.http_text import has_controls
from fastgw.model.record import Record
from fastgw.model.types import Flag


def _frozen(value: Any) -> Any:
    """JSON whose mappings and lists nobody can change."""
    if isinstance(value, Mapping):
        return FrozenMapping({name: _frozen(entry) for name, entry in value.items()})
    if isinstance(value, list | tuple):
        return tuple(_frozen(entry) for entry in value)
    return value


def _plain(value: Any) -> Any:
    return {name: _plain(entry) for name, entry in value.items()} if isinstance(value, Mapping) else value


def _check_content_type(value: str) -> str:
    if has_controls(value) or not value.isascii() or "/" not in value:
        raise ValueError("must be a media type, such as application/json")
    return value


class Example(Record):
    """An example of a body or of a parameter."""

    value: Annotated[
        bool | int | float | str | tuple[Any, ...] | Mapping[str, Any] | None,
        AfterValidator(_frozen),
        PlainSerializer(_plain),
    ] = None
    """The example: a text as it is sent, or anything else, which is sent as JSON."""

    summary: str | None = None
    """For people."""

    description: str | None = None
    """For people."""

    external_value: str | None = None
    """A URL of the example, for people; it is never fetched."""


Examples = Annotated[Mapping[str, Example], AfterValidator(FrozenMapping), PlainSerializer(dict)]


class Parameter(Record):
    """A header of a response, or a field of a form; for people and tools."""

    name: Annotated[str, Field(min_length=1)]
    """Its name."""

    type: str = "string"
    """Such as string or integer."""

    description: str | None = None
    """For people."""

    default_value: str | None = None
    """For people."""

    required: Flag = False
    """For people."""

    values: tuple[str, ...] = ()
    """Values it may have; for people."""

    examples: Examples = Field(default={}, validate_default=True)
    """For people."""


class Representation(Record):
    """A body that a response may have, in one content type."""

    content_type: Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_check_content_type)]
    """The media type, such as application/json."""

    form_parameters: tuple[Parameter, ...] = ()
    """The fields of a form; for people."""

    examples: Examples = Field(default={}, validate_default=True)
    """Examples by name, in the order in which mock-response counts them."""

    sample: str | None = None
    """The one example of older versions of the contract; used where there are no examples."""


class OperationResponse(Record):
    """A response that an operation documents."""

    status_code: Annotated[int, Field(ge=100, le=599)]
    """The status."""

    description: str | None = None
    """For people."""

    headers: tuple[Parameter, ...] = ()
    """Headers it has; for people."""

    representations: tuple[Representation, ...] = ()
    """The bodies it may have, the first one first."""
