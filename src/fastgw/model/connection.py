"""How connections to a backend are made: through which proxy, how many, how long.

Must never show a proxy's password or URL in a repr.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, SecretStr, StrictInt, ValidationInfo, field_validator

from fastgw.model.record import Record
from fastgw.model.types import Count, Duration, split_url


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
