"""What is asked of a Service Fabric cluster: a service, a partition, a replica, a listener.

Shared by the policy that says it and the gateway that asks it. Must never know how a cluster is reached.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, Literal, NamedTuple, TypeVar

ReplicaType = Literal["primary", "secondary"]
REPLICA_TYPES: Final[tuple[ReplicaType, ...]] = ("primary", "secondary")

# Far beyond any real name, and small enough for a URL.
MAX_NAME: Final = 1000
INT64: Final = range(-(2**63), 2**63)

# Segments of a name. The REST API writes ~ for the slash between them, and decodes percent escapes.
_SERVICE_NAME = re.compile(r"fabric:(?:/[^/~%?#\\\s\x00-\x1f\x7f\ud800-\udfff]+)+")
_NUMBER = re.compile(r"[+-]?[0-9]+")
_UNSENDABLE = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")

_T = TypeVar("_T")
Computed = Callable[[Any], _T]
"""Called with the exchange; raises ValueError where what it computes is no such value."""


def check_service_name(name: str) -> str:
    """`name` when it is the name of a service, such as `fabric:/app/service`; ValueError otherwise.

    What could make it the name of another service once it is part of a URL is refused. The message never
    repeats the name.
    """
    if len(name) > MAX_NAME:
        raise ValueError(f"may not be longer than {MAX_NAME} characters")
    if not name.startswith("fabric:/"):
        raise ValueError("must begin with fabric:/")
    if not _SERVICE_NAME.fullmatch(name) or not {".", ".."}.isdisjoint(name.split("/")):
        raise ValueError(
            "must be fabric:/ and segments between single slashes, such as fabric:/app/service; a segment "
            r"may not be . or .. or hold ~ % ? # \ or blanks"
        )
    return name


def parse_partition_key(text: str) -> int | str | None:
    """The partition key that a text stands for: an Int64, else the name of a partition; None for "".

    Raises ValueError for a number that Int64 does not hold, and for a name that cannot be one.
    """
    if len(text) > MAX_NAME:
        raise ValueError(f"may not be longer than {MAX_NAME} characters")
    if _NUMBER.fullmatch(text):
        number = int(text)
        if number not in INT64:
            raise ValueError("must be a number that Int64 holds, or the name of a partition")
        return number
    if _UNSENDABLE.search(text):
        raise ValueError("may not hold control characters")
    return text or None


def check_listener_name(name: str) -> str:
    """`name` when it can be the name of a listener, the empty one included; ValueError otherwise."""
    if len(name) > MAX_NAME:
        raise ValueError(f"may not be longer than {MAX_NAME} characters")
    return name


class Question(NamedTuple):
    """What the naming service of a cluster is asked; also the key that its answer is kept by."""

    service_name: str
    """As `check_service_name` takes it."""

    partition_key: int | str | None = None
    """An Int64 key, the name of a partition, or None where the service has a single partition."""

    replica_type: ReplicaType | None = None
    """Which replica of a stateful service; None is the primary. A stateless service has none."""

    listener_name: str = ""
    """Which of its listeners; empty: the unnamed one, else the first."""


@dataclass(frozen=True, slots=True)
class FabricCall:
    """The sf- attributes of one set-backend-service: each a constant, or computed with each request.

    None stands for an attribute that is absent.
    """

    # Any of the texts may have come from a secret named value.
    service_name: str | Computed[str] | None = field(default=None, repr=False)
    partition_key: int | str | Computed[int | str | None] | None = field(default=None, repr=False)
    replica_type: ReplicaType | Computed[ReplicaType | None] | None = None
    listener_name: str | Computed[str] = field(default="", repr=False)
    resolve_condition: bool | Computed[object] = False

    def question(self, exchange: Any, service_name: str) -> Question:
        """What to ask for this request; `service_name` is the backend's own.

        Raises what a computed attribute raises: ValueError where its value is not allowed.
        """
        named = self.service_name
        key, replica, listener = self.partition_key, self.replica_type, self.listener_name
        return Question(
            service_name if named is None else named(exchange) if callable(named) else named,
            key(exchange) if callable(key) else key,
            replica(exchange) if callable(replica) else replica,
            listener(exchange) if callable(listener) else listener,
        )

    def resolves_again(self, exchange: Any) -> bool:
        """sf-resolve-condition, evaluated after an attempt: whether to ask again and to send again."""
        condition = self.resolve_condition
        return condition(exchange) is True if callable(condition) else condition
