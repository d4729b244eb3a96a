"""What the supervisor keeps: its doors, the posts that children fill, a reload under way.

Records, and values made from them; what happens to them is decided in `supervisor.py`.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal, NamedTuple

from fastgw.errors import ConfigurationError, Diagnostic, Diagnostics, FastgwError
from fastgw.processes import Backoff, Child, describe_end
from fastgw.settings import Endpoint, Plan, ServeSettings
from fastgw.telemetry import log

if TYPE_CHECKING:
    from pathlib import Path

    from fastgw._shared import Segment
    from fastgw.claims import Claim
    from fastgw.model import Configuration
    from fastgw.snapshot import Snapshot
    from fastgw.snapshot.places import Places

Listeners = Sequence[tuple[str, socket.socket]]


class Loaded(NamedTuple):
    """What a source says; `found` holds warnings only."""

    configuration: Configuration
    found: Diagnostics
    plan: Plan


class Doors(NamedTuple):
    """What the supervisor calls in other rooms; `load` and `build` raise ConfigurationError.

    `run_worker(slot, snapshot, listeners, control, settings, segment)` and
    `run_management(sockets, settings, endpoint, control, segment)` run in a forked child and return its exit
    code. So does `run_vault(control)`, which reads key vaults.
    """

    load: Callable[[Path, Mapping[str, str]], tuple[Configuration, Diagnostics]]
    build: Callable[[Configuration, Snapshot | None, Places], Snapshot]
    run_worker: Callable[[int, Snapshot, Listeners, socket.socket, ServeSettings, Segment], int]
    run_management: Callable[[Sequence[socket.socket], ServeSettings, Endpoint, socket.socket, Segment], int]
    run_vault: Callable[[socket.socket], int]

    def load_with(self, settings: ServeSettings, environ: Mapping[str, str]) -> Loaded:
        """Load the source of `settings`, and see what it and they ask for together."""
        configuration, found = self.load(settings.source, environ)
        found.raise_errors()
        gateway = configuration.gateway
        management = gateway.management
        plan = settings.plan(
            [listener.url for listener in gateway.listeners],
            gateway.workers,
            management if management == "off" else management.url,
        )
        if settings.listen is not None:
            # The builder decides by the listeners whether TLS is served at all.
            configuration = with_listeners(configuration, plan.listeners)
        return Loaded(configuration, found, plan)

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

    def __str__(self) -> str:
        words = [endpoint.url for endpoint in self.listeners]
        if self.management is not None:
            words += ["management", self.management.url]
        return " ".join(words)


@dataclass(slots=True, eq=False)
class Post:
    """A place that a child must fill; a worker's has a slot, and the others have none."""

    name: Literal["worker", "management", "key vault"]
    slot: int | None = None
    sockets: list[tuple[str, socket.socket]] = field(default_factory=list)
    backoff: Backoff = field(default_factory=Backoff)
    child: Child | None = None
    retiring: list[Child] = field(default_factory=list)
    respawn_at: float | None = None
    failed: bool = False

    def close_sockets(self) -> None:
        """Close this process's copies of the sockets that the child serves."""
        for _, one in self.sockets:
            one.close()

    def children(self) -> list[Child]:
        """Every living child of this post."""
        return [*self.retiring, self.child] if self.child else list(self.retiring)


def close_for_child(posts: Iterable[Post], own: Post) -> None:
    """Close, in the child of `own`, what belongs to other children."""
    for post in posts:
        for child in post.children():
            child.channel.close()
        if post is not own:
            post.close_sockets()


def worker_posts(workers: int, claims: Iterable[Claim]) -> list[Post]:
    """A post for each worker, with listening sockets of its own for each claimed address."""
    posts = [Post("worker", slot) for slot in range(workers)]
    for claim in claims:
        for post in posts:
            post.sockets.extend((claim.endpoint.url, one) for one in claim.listen())
    return posts


@dataclass(slots=True, eq=False)
class Reload:
    """A configuration on its way to the workers."""

    generation: int
    pending: set[Child]
    deadline: float
    failures: int = 0


class Briefing:
    """What the management process is told: the health, where the state of backends lives, the secrets."""

    def __init__(self) -> None:
        self.due = True
        """Whether something has changed since it was told."""
        self.serial = 0
        """The number of the health state that it was told last."""
        # Which management process knows the backends of which generation.
        self._told = (0, 0)

    def send(
        self, child: Child, state: dict[str, object], backends: Sequence[object], secrets: Sequence[object]
    ) -> None:
        """Tell everything that the process does not know."""
        self.due = False
        news = (child.pid, int(str(state["generation"])))
        if self._told != news:
            self._told = news
            child.channel.send(("backends", backends))
        child.channel.send(("secrets", secrets))
        self.serial += 1
        child.channel.send(("state", self.serial, state))


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


def log_end(post: Post, child: Child, status: int, lived: float, delay: float) -> None:
    """Log that a child has ended by itself; it lived `lived` seconds and is replaced after `delay`."""
    log.error(
        f"{post.name} ended, it is replaced",
        **({} if post.slot is None else {"slot": post.slot}),
        pid=child.pid,
        **describe_end(status),
        lived_seconds=round(lived, 3),
        restart_in_seconds=delay,
    )


def log_findings(findings: Iterable[Diagnostic]) -> None:
    """Log what a reload found, a line each."""
    for found in findings:
        fields = {name: value for name, value in found.as_json().items() if value is not None}
        del fields["severity"]
        log.every(found.severity, "configuration", **fields)


def log_refusal(error: Exception, generation: int) -> None:
    """Log why a configuration was not taken; `generation` is the one that serves on."""
    if isinstance(error, ConfigurationError):
        log_findings(error.diagnostics)
        log.error("configuration not changed", generation=generation)
        return
    text = str(error) if isinstance(error, FastgwError) else f"{type(error).__name__}: {error}"
    log.error("configuration not changed", generation=generation, reason=text)


def watched_files(configuration: Configuration) -> Mapping[str, bytes]:
    """The files that are watched for a configuration, with the digests of what was read from them."""
    return configuration.files if configuration.gateway.watch_files else {}


def with_listeners(configuration: Configuration, endpoints: Sequence[Endpoint]) -> Configuration:
    """The configuration as if the file named these listeners, which flags or environment did."""
    from fastgw.model import Listener

    listeners = tuple(Listener(url=endpoint.url) for endpoint in endpoints)
    gateway = configuration.gateway.model_copy(update={"listeners": listeners})
    return replace(configuration, gateway=gateway)
