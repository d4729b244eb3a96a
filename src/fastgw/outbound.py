"""A call that the gateway makes for a policy: what goes out and what comes back, as plain values.

Known to both sides: policies make requests, the gateway's doors carry them out.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from fastgw._http import Head


@dataclass(frozen=True, slots=True)
class OutboundProxy:
    """An HTTP proxy for calls; `authorization` is the value of Proxy-Authorization, None for none."""

    host: str
    port: int
    authorization: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class OutboundRequest:
    """A call that a policy makes by itself: to no entity, past every breaker.

    `url` is absolute. `fields` hold no framing; without a Host the URL gives it. `timeout` is in seconds,
    until the head of the answer. `certificate` is a credential of the resolver, None for none.
    """

    method: bytes
    url: str = field(repr=False)
    fields: tuple[tuple[bytes, bytes], ...] = field(repr=False)
    body: bytes = field(repr=False)
    timeout: float
    certificate: object | None = None
    proxy: OutboundProxy | None = None


@dataclass(frozen=True, slots=True)
class OutboundResponse:
    """The answer to a call; `head` belongs to nobody else."""

    head: Head
    body: bytes = field(repr=False)
