"""A backend: its address, what it is shown, how its certificate is judged, how many connections.

Must never show credentials in its repr, and never look a certificate up.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PlainSerializer,
    SecretStr,
    StrictInt,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
)

from fastgw.model.frozen_mapping import FrozenMapping
from fastgw.model.http_text import OWN_HEADERS, is_token
from fastgw.model.record import Record
from fastgw.model.thumbprint import WRITTEN_THUMBPRINT_PATTERN, strip_thumbprint
from fastgw.model.types import (
    HTTP_WORD_PATTERN,
    PATTERN_RULES,
    THUMBPRINT_PATTERN,
    BackendUrl,
    Count,
    Duration,
    FieldText,
    Flag,
    FreeId,
    check_field_text,
    split_url,
)


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


def _thumbprint(value: Any) -> Any:
    return strip_thumbprint(value) if isinstance(value, str) else value


Thumbprint = Annotated[
    str,
    BeforeValidator(_thumbprint),
    Field(pattern=THUMBPRINT_PATTERN),
    WithJsonSchema({"type": "string", "pattern": WRITTEN_THUMBPRINT_PATTERN}),
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

    certificate_ids: tuple[Annotated[str, Field(min_length=1, max_length=400)], ...] = Field(
        default=(), max_length=32
    )
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


class BackendTls(Record):
    """How the backend's certificate is judged. The two flags are independent of each other."""

    validate_certificate_chain: Flag = True
    """Whether the chain must lead to an authority that is trusted."""

    validate_certificate_name: Flag = True
    """Whether the certificate must name the host of the URL."""


class Proxy(Record):
    """A forward proxy on the way to the backend."""

    url: Annotated[str, Field(min_length=1, max_length=2000)] = Field(repr=False)
    """Scheme, host and port of the proxy."""

    username: str | None = None
    """The user name for the proxy."""

    password: SecretStr | None = None
    """The password for the proxy."""

    @field_validator("url")
    @classmethod
    def _address(cls, value: str) -> str:
        parts = split_url(value)
        if parts.scheme != "http":
            raise ValueError("must begin with http://: the connection to a proxy is plain HTTP")
        if parts.path not in ("", "/") or "?" in value or parts.port == 0:
            raise ValueError("must be scheme, host and port only, such as http://proxy.internal:3128")
        return value

    @field_validator("password")
    @classmethod
    def _of_somebody(cls, value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        # A username that was refused is absent here; it has its own message.
        if value is not None and info.data.get("username", "") is None:
            raise ValueError("goes with a username only; give proxy.username as well")
        return value


class Limits(Record):
    """Bounds of the connections to one backend, for each worker (not in ARM). Times are in seconds."""

    connections: Count = 1024
    """Connections open at the same time."""

    pending: Annotated[StrictInt, Field(ge=0, le=1_000_000)] = 1024
    """Requests that may wait for a connection."""

    connect_timeout: Duration = 10.0
    """Time for name look-up, TCP and TLS together."""

    # Azure's load balancer forgets idle connections after 240 s, so the default stays below that.
    idle_timeout: Duration = 60.0
    """How long an unused connection is kept."""

    lifetime: Duration = 3600.0
    """How long a connection is used at all."""


class Backend(Record):
    """A backend (spec/management-api.md section 14.12)."""

    id: FreeId
    """The backend-id of policies."""

    title: str | None = Field(default=None, min_length=1, max_length=300)
    """For people."""

    description: str | None = Field(default=None, min_length=1, max_length=2000)
    """For people."""

    # The environment may have put a secret into it.
    url: BackendUrl = Field(repr=False)
    """The address requests are sent to; http or https."""

    protocol: Literal["http"] = "http"
    """What the backend speaks."""

    type: Literal["Single"] = "Single"
    """One backend with one address."""

    resource_id: str | None = Field(default=None, min_length=1, max_length=2000)
    """The resource behind the backend, for people and tools."""

    credentials: Credentials = Credentials()
    """What the gateway shows the backend."""

    tls: BackendTls = BackendTls()
    """How the backend's certificate is judged."""

    proxy: Proxy | None = None
    """A forward proxy on the way to the backend."""

    limits: Limits = Limits()
    """Bounds of the connections to the backend."""
