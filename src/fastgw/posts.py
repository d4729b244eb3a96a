"""What the supervisor keeps: its doors, the posts that children fill, a reload under way.

Records, and values made from them; what happens to them is decided in `supervisor.py`.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

from fastgw.errors import ConfigurationError, Diagnostic, Diagnostics
from fastgw.processes import Backoff, Child
from fastgw.settings import Endpoint, ServeSettings
from fastgw.telemetry import log

if TYPE_CHECKING:
    from pathlib import Path

    from fastgw._shared import Segment
    from fastgw.model import Configuration
    from fastgw.snapshot import Snapshot
    from fastgw.snapshot.places import Places

Listeners = Sequence[tuple[str, socket.socket]]


class Doors(NamedTuple):
    """What the supervisor calls in other rooms; `load` and `build` raise ConfigurationError.

    `run_worker(slot, snapshot, listeners, control, settings, segment)` and
    `run_management(sockets, settings, endpoint, control, segment)` run in a forked child and return its exit
    code.
    """

    load: Callable[[Path, Mapping[str, str]], tuple[Configuration, Diagnostics]]
    build: Callable[[Configuration, Snapshot | None, Places], Snapshot]
    run_worker: Callable[[int, Snapshot, Listeners, socket.socket, ServeSettings, Segment], int]
    run_management: Callable[[Sequence[socket.socket], ServeSettings, Endpoint, socket.socket, Segment], int]

    def build_with(
        self, configuration: Configuration, found: Diagnostics, previous: Snapshot | None, places: Places
    ) -> tuple[Snapshot, Diagnostics]:
        """Build what was loaded; all warnings come back with it, or go with the errors raised."""
        try:
            snapshot = self.build(configuration, previous, places)
        except ConfigurationError as error:
            raise ConfigurationError(tuple(dict.fromkeys((*found, *error.diagnostics)))) from error
        return snapshot, Diagnostics((*found, *snapshot.diagnostics))


class Running(NamedTuple):
    """The addresses that are served, with their real ports."""

    listeners: tuple[Endpoint, ...]
    management: Endpoint | None


@dataclass(slots=True, eq=False)
class Post:
    """A place that a child must fill: a worker slot, or management (slot None)."""

    slot: int | None
    sockets: list[tuple[str, socket.socket]]
    backoff: Backoff = field(default_factory=Backoff)
    child: Child | None = None
    retiring: list[Child] = field(default_factory=list)
    respawn_at: float | None = None
    failed: bool = False

    @property
    def name(self) -> str:
        """How the log calls the child of this post."""
        return "management" if self.slot is None else "worker"

    def children(self) -> list[Child]:
        """Every living child of this post."""
        return [*self.retiring, self.child] if self.child else list(self.retiring)


@dataclass(slots=True, eq=False)
class Reload:
    """A configuration on its way to the workers."""

    generation: int
    pending: set[Child]
    deadline: float
    failures: int = 0


def health_state(workers: Sequence[Post], generation: int, *, draining: bool) -> dict[str, object]:
    """What management answers from: the mapping of a ``("state", serial, mapping)`` message."""
    return {
        "draining": draining,
        "generation": generation,
        "workers": [
            {
                "slot": post.slot,
                "pid": post.child.pid if post.child else None,
                "serving": bool(post.child and post.child.ready and not post.child.leaving),
                "generation": post.child.generation if post.child else None,
            }
            for post in workers
        ],
    }


def log_findings(findings: Iterable[Diagnostic]) -> None:
    """Log what a reload found, a line each."""
    for found in findings:
        fields = {name: value for name, value in found.as_json().items() if value is not None}
        del fields["severity"]
        log.every(found.severity, "configuration", **fields)


def with_listeners(configuration: Configuration, endpoints: Sequence[Endpoint]) -> Configuration:
    """The configuration as if the file named these listeners, which flags or environment did."""
    from fastgw.model import Listener

    listeners = tuple(Listener(url=endpoint.url) for endpoint in endpoints)
    gateway = configuration.gateway.model_copy(update={"listeners": listeners})
    return replace(configuration, gateway=gateway)
