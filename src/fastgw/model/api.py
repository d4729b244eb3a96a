"""An API and its operations.

Must never match a request and never read a policy.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, ValidationInfo, field_validator, model_validator

from fastgw.model.policy import Policy
from fastgw.model.record import Record, named_after_id
from fastgw.model.responses import OperationResponse
from fastgw.model.types import HTTP_WORD_PATTERN, BackendUrl, Flag, FreeId, LongId
from fastgw.model.url_template import placeholders

DisplayName = Annotated[str, Field(min_length=1, max_length=300)]


def _check_method(value: str) -> str:
    if value == "*":
        raise ValueError("must be one method; * belongs to the handshake of WebSocket APIs")
    return value.upper()


def _check_api_path(value: str) -> str:
    if value.startswith("/"):
        raise ValueError("has no leading slash: write orders, not /orders")
    if value.endswith("/"):
        raise ValueError("has no trailing slash: write orders, not orders/")
    if re.search(r"[\x00-\x20\x7f?#{}*\\;]", value):
        raise ValueError("may not contain spaces, control characters or any of ? # { } * \\ ;")
    if value and any(segment in ("", ".", "..") for segment in value.split("/")):
        raise ValueError("may not have empty or dot segments")
    return value


def _check_template(value: str) -> str:
    placeholders(value)
    return value


class TemplateParameter(Record):
    """What is known of a placeholder of a URL template; for people and tools (section 14.5)."""

    name: Annotated[str, Field(min_length=1)]
    """The placeholder's name, without a star."""

    type: str = "string"
    """Such as string or integer."""

    description: str | None = None
    """For people."""

    default_value: str | None = None
    """For people; the gateway never fills it in."""

    required: Flag = True
    """A placeholder of the path is always there."""

    values: tuple[str, ...] = ()
    """Values it may have; for people."""


class Operation(Record):
    """An operation of an API (spec/management-api.md section 14.5)."""

    id: FreeId
    """The name of the operation."""

    display_name: DisplayName = ""
    """For people; the id where it is absent."""

    method: Annotated[
        str, Field(min_length=1, max_length=64, pattern=HTTP_WORD_PATTERN), AfterValidator(_check_method)
    ]
    """Any HTTP method; kept in upper case."""

    url_template: Annotated[str, Field(min_length=1, max_length=1000), AfterValidator(_check_template)]
    """The path behind the API's, such as /items/{id}?kind={kind} or /files/{*path}."""

    description: str | None = Field(default=None, max_length=1000)
    """For people."""

    template_parameters: tuple[TemplateParameter, ...] = ()
    """The placeholders of urlTemplate, all of them, or nothing."""

    responses: tuple[OperationResponse, ...] = ()
    """What the operation may answer; mock-response answers with its examples."""

    policy: Policy | None = None
    """The operation's policy: a path, or the document itself as a block."""

    @model_validator(mode="before")
    @classmethod
    def _fill(cls, data: Any) -> Any:
        return named_after_id(data)

    @field_validator("template_parameters")
    @classmethod
    def _named(
        cls, value: tuple[TemplateParameter, ...], info: ValidationInfo
    ) -> tuple[TemplateParameter, ...]:
        if not value or "url_template" not in info.data:
            return value
        expected = placeholders(info.data["url_template"])
        if sorted(parameter.name for parameter in value) != sorted(expected):
            listed = ", ".join(expected) or "none"
            raise ValueError(f"must name exactly the placeholders of urlTemplate ({listed}), or be left out")
        return value


class Api(Record):
    """An API (spec/management-api.md section 14.2)."""

    id: LongId
    """The name of the API."""

    display_name: DisplayName = ""
    """For people; the id where it is absent."""

    description: str | None = None
    """For people."""

    path: Annotated[str, Field(max_length=400), AfterValidator(_check_api_path)]
    """The prefix of the API's URLs, without a leading slash; empty for the root."""

    protocols: tuple[Literal["http", "https"], ...] = Field(default=("https",), min_length=1, max_length=2)
    """The schemes it is served on."""

    service_url: BackendUrl | None = Field(default=None, repr=False)
    """The address its requests are sent to where no policy says otherwise."""

    subscription_required: Literal[False]
    """Whether callers need a subscription key."""

    type: Literal["http"] = "http"
    """The kind of API."""

    api_revision: Literal["1"] = "1"
    """The revision."""

    is_current: Literal[True] = True
    """Whether it is the revision that callers get."""

    operations: tuple[Operation, ...] = ()
    """What callers may call; anything else is not found."""

    policy: Policy | None = None
    """The API's policy: a path, or the document itself as a block."""

    @model_validator(mode="before")
    @classmethod
    def _fill(cls, data: Any) -> Any:
        return named_after_id(data)

    @field_validator("id")
    @classmethod
    def _no_revision(cls, value: str) -> str:
        if ";rev=" in value:
            raise ValueError(
                "names a revision; revisions are not supported yet, list the API once without ;rev="
            )
        return value

    @field_validator("protocols")
    @classmethod
    def _once(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(value)) != len(value):
            raise ValueError("names a protocol twice")
        return value
