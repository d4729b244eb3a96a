"""The master process: builds the configuration, claims the addresses, keeps the workers alive.

Plain and synchronous, one selector, no thread and no event loop, because it forks. It must never serve a
request and never let a bad configuration replace one that serves. Its doors to the rest (load, build, run
a worker, run management) are arguments, so that it can be tested without them.
"""

from __future__ import annotations

import os
import selectors
import signal
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from fastgw.claims import Claim, claim_all
from fastgw.control_channel import ControlChannel, ControlChannelError, Message, frame
from fastgw.errors import ConfigurationError, Diagnostics, FastgwError
from fastgw.file_watch import FileWatch
from fastgw.posts import (
    Briefing,
    Doors,
    Post,
    Reload,
    Running,
    close_for_child,
    health_state,
    log_end,
    log_findings,
    log_refusal,
    watched_files,
    worker_posts,
)
from fastgw.processes import KILL_GRACE, MASTER_SIGNALS, Child, fork_child, freeze_memory
from fastgw.settings import ServeSettings
from fastgw.shared_state import SharedState
from fastgw.signals import Ended, Signals
from fastgw.telemetry import bridge, log
from fastgw.vault.desk import VaultDesk

if TYPE_CHECKING:
    from fastgw.model import Configuration

# A worker that has not applied a configuration by then is replaced (seconds).
APPLY_TIMEOUT = 30.0
# The ready line waits this long for management, which is not what callers are served by (seconds).
MANAGEMENT_PATIENCE = 5.0
NOT_APPLIED = "worker did not apply the configuration"
# How soon a worker that found no seat is tried again (seconds).
SEAT_PATIENCE = 0.5

__all__ = ["Doors", "Running", "Supervisor"]


class Supervisor:
    """Runs one gateway from start to exit code; see `run`."""

    def __init__(
        self,
        settings: ServeSettings,
        environ: Mapping[str, str],
        doors: Doors,
        on_ready: Callable[[Running], None] | None = None,
    ) -> None:
        self._settings = settings
        self._environ = environ
        self._doors = doors
        self._on_ready = on_ready
        self._selector = selectors.DefaultSelector()
        self._claims: list[Claim] = []
        self._management_claim: Claim | None = None
        self._workers: list[Post] = []
        self._management: Post | None = None
        self._generation = 0
        self._reload: Reload | None = None
        self._reload_wanted = False
        self._started_at: float | None = None
        self._announced = False
        self._briefing = Briefing()
        self._vault: Post | None = None
        self._secrets = VaultDesk()
        self._secrets_changed = False
        self._source_refused = False
        self._files = FileWatch()
        self._stopping = False
        self._exit_code: int | None = None

    def run(self, *, ends_process: bool = False) -> int:
        """Serve until told to stop and return the exit code: 0, 1 configuration, 2 usage, 3 cannot bind.

        Must be called in the main thread, because it takes SIGTERM, SIGINT, SIGHUP and SIGCHLD. Where
        the process ends with it, they are ignored afterwards.
        """
        log.configure(form=self._settings.log_format, level=self._settings.log_level)
        bridge.install()
        with Signals(*MASTER_SIGNALS, ignored_after=ends_process) as signals:
            self._signals = signals
            try:
                with signals.ending():
                    self._prepare()
                self._start()
                return self._loop()
            except Ended:
                return 0
            except ConfigurationError as error:
                for found in error.diagnostics:
                    log.plain(str(found))
                return error.exit_code
            except FastgwError as error:
                log.plain(f"fastgw: error: {error}")
                return error.exit_code
            finally:
                self._release()

    # Start

    def _prepare(self) -> None:
        configuration, found, self._plan = self._doors.load_with(self._settings, self._environ)
        self._shared = SharedState(self._plan.workers)
        self._served = configuration, found
        configuration = self._read_secrets(configuration, found)
        self._snapshot, warnings = self._shared.build(self._doors, configuration, found, None)
        self._shared.adopt()
        self._secrets.adopt(configuration)
        for warning in warnings:
            log.plain(str(warning))
        self._generation = 1
        self._claims = claim_all(self._plan.listeners)
        self._workers = worker_posts(self._plan.workers, self._claims)
        if self._plan.management is not None:
            self._management_claim = Claim(self._plan.management)
            url = self._management_claim.endpoint.url
            sockets = [(url, one) for one in self._management_claim.take()]
            self._management = Post("management", sockets=sockets)

    def _start(self) -> None:
        self._selector.register(self._signals.fileno(), selectors.EVENT_READ)
        freeze_memory()
        for post in self._posts():
            if post.child is None:
                self._spawn(post)

    def _read_secrets(self, configuration: Configuration, found: Diagnostics) -> Configuration:
        """The configuration with what it takes from key vaults, which is waited for."""
        if not self._secrets.missing(configuration):
            return configuration
        self._start_reader(configuration)
        # What can be said without the vaults is said before they are asked.
        self._shared.build(self._doors, configuration, found, None)
        self._secrets.wait(configuration, time.monotonic())
        self._watch_secrets(configuration)
        while not self._secrets.waited(time.monotonic()):
            self._tend_children(time.monotonic())
            self._update_selector()
            for key, events in self._selector.select(self._patience(time.monotonic())):
                self._exchange(key.data, events)
            # Signals are not looked at yet; a child that is gone has closed its channel.
            self._reap()
        self._secrets.require(configuration)
        return self._secrets.fill(configuration)

    def _watch_secrets(self, *configurations: Configuration) -> None:
        """Have the secrets of these configurations read from now on."""
        child = self._vault.child if self._vault is not None else None
        if self._secrets.watch(*configurations) and child is not None:
            child.channel.send(("watch", self._secrets.watched))

    def _start_reader(self, configuration: Configuration) -> None:
        """Start the process that reads vaults: it loads its libraries while the configuration is built."""
        self._secrets.require_libraries(configuration)
        if self._vault is None:
            self._vault = Post("key vault")
            self._spawn(self._vault)

    def refresh(self, entity: str | None = None) -> None:
        """Have the secret of an entity (`certificate orders`) or all read now; a new value is served soon."""
        if self._vault is not None and self._vault.child is not None:
            self._vault.child.channel.send(("refresh", entity))

    def _posts(self) -> list[Post]:
        return [*self._workers, *(post for post in (self._management, self._vault) if post is not None)]

    def _children(self) -> list[tuple[Post, Child]]:
        return [(post, child) for post in self._posts() for child in post.children()]

    def _spawn(self, post: Post) -> None:
        now = time.monotonic()
        seat = self._shared.take_seat() if post.slot is not None else None
        if seat is None and post.slot is not None:
            # Workers that drain hold every one; theirs come back.
            post.respawn_at = now + SEAT_PATIENCE
            return
        post.respawn_at = None
        channel, theirs = ControlChannel.pair()
        segment = self._shared.segment

        def body() -> int:
            if post is self._vault:
                log.configure(process="key vault")
                return self._doors.run_vault(theirs)
            if post.slot is None:
                log.configure(process="management")
                assert self._management_claim is not None  # noqa: S101 the post exists only with it
                sockets = [one for _, one in post.sockets]
                return self._doors.run_management(
                    sockets, self._settings, self._management_claim.endpoint, theirs, segment
                )
            log.configure(worker=post.slot)
            segment.seat = seat or 0
            return self._doors.run_worker(
                post.slot, self._snapshot, post.sockets, theirs, self._settings, segment
            )

        try:
            pid = fork_child(body, lambda: self._close_in_child(post, channel))
        except OSError as error:
            channel.close()
            theirs.close()
            if seat is not None:
                self._shared.give_back(seat)
            post.failed = True
            post.respawn_at = now + max(1.0, post.backoff.delay(0.0))
            log.error("cannot fork", post=post.name, slot=post.slot, error=str(error))
            return
        theirs.close()
        # What a worker starts with is the master's snapshot; management knows nothing before it is told.
        generation = 0 if post.slot is None else self._generation
        post.child = Child(pid, post.name, channel, now, seat, generation=generation)
        self._selector.register(channel.fileno(), selectors.EVENT_READ, post.child)
        if post is self._vault:
            channel.send(("watch", self._secrets.watched))
        self._briefing.due = True

    def _close_in_child(self, own: Post, own_channel: ControlChannel) -> None:
        """Close what belongs to the master and to other children, in the child."""
        self._selector.close()
        self._signals.close_descriptors()
        own_channel.close()
        for claim in self._claims:
            claim.close()
        close_for_child(self._posts(), own)

    # Loop

    def _loop(self) -> int:
        while True:
            self._tick(time.monotonic())
            if self._exit_code is not None and not self._children():
                return self._exit_code
            for key, events in self._selector.select(self._patience(time.monotonic())):
                if key.data is None:
                    self._handle_signals(self._signals.take())
                else:
                    self._exchange(key.data, events)

    def _exchange(self, child: Child, events: int) -> None:
        """Write and read what can be written and read now."""
        if events & selectors.EVENT_WRITE:
            child.channel.flush()
        if events & selectors.EVENT_READ:
            self._read(child)

    def _patience(self, now: float) -> float | None:
        """Seconds until something is due, None when only a signal or a message can come next."""
        times: list[float] = []
        for post in self._posts():
            if post.respawn_at is not None:
                times.append(post.respawn_at)
            times.extend(time for child in post.children() if (time := child.next_deadline()) is not None)
        reload = self._reload.deadline if self._reload is not None else None
        times.extend(due for due in (reload, self._secrets.deadline, self._files.due) if due is not None)
        if self._started_at is not None and not self._announced:
            times.append(self._started_at + MANAGEMENT_PATIENCE)
        return max(0.0, min(times) - now) if times else None

    def _tick(self, now: float) -> None:
        """Do what is due, then bring the selector up to date with what waits to be written."""
        self._tend_children(now)
        if self._stopping:
            self._stop_management(now)
        elif self._announced:
            if changed := self._files.look(now):
                log.info("files have changed", files=", ".join(changed))
                self._reload_wanted = True
            self._advance_reload(now)
        self._brief_management()
        if not self._announced and not self._stopping:
            self._check_started(now)
        self._update_selector()

    def _brief_management(self) -> None:
        child = self._management.child if self._management is not None else None
        if child is not None and self._briefing.due:
            state = health_state(self._workers, self._generation, draining=self._stopping)
            self._briefing.send(child, state, self._snapshot.states, self._secrets.document())

    def _tend_children(self, now: float) -> None:
        """End those whose time is over, and start those whose time has come."""
        for _, child in self._children():
            child.enforce(now)
        for post in self._posts():
            if post.respawn_at is not None and now >= post.respawn_at and not self._stopping:
                self._spawn(post)

    def _update_selector(self) -> None:
        for _, child in self._children():
            if child.channel.closed:
                continue
            events = selectors.EVENT_READ | (selectors.EVENT_WRITE if child.channel.wants_write else 0)
            if self._selector.get_key(child.channel.fileno()).events != events:
                self._selector.modify(child.channel.fileno(), events, child)

    def _handle_signals(self, numbers: list[int]) -> None:
        for number in numbers:
            if number == signal.SIGCHLD:
                self._reap()
            elif number == signal.SIGHUP:
                # Any number of requests during a reload become one more reload.
                self._reload_wanted = True
                self.refresh()
            elif self._stopping:
                self._kill_everyone()
            else:
                self._stop(0)

    # Children

    def _post_of(self, child: Child) -> Post:
        return next(post for post in self._posts() if child in post.children())

    def _read(self, child: Child) -> None:
        try:
            messages = child.channel.receive()
        except ControlChannelError as error:
            log.error("control channel broken", post=child.name, pid=child.pid, error=str(error))
            self._forget_channel(child)
            child.kill_at = time.monotonic()
            return
        for message in messages:
            self._take(self._post_of(child), child, message)
        if child.channel.closed:
            self._forget_channel(child)
            if not child.leaving and child.kill_at is None:
                # Its end follows as SIGCHLD; one that lives on without its channel is out of control.
                child.kill_at = time.monotonic() + KILL_GRACE

    def _forget_channel(self, child: Child) -> None:
        descriptor = child.channel.fileno()
        if descriptor >= 0:
            self._selector.unregister(descriptor)
            child.channel.close()

    def _take(self, post: Post, child: Child, message: Message) -> None:
        kind = message[0]
        if kind == "ready":
            child.ready = True
            if post is self._vault:
                self._secrets.at_work(time.monotonic())
        elif kind == "secret":
            self._secrets_changed |= self._secrets.take(message[1])
        elif kind == "applied":
            child.generation = message[1]
            if post.slot is None:
                return
        elif kind == "failed":
            fields = {"generation": message[1], "reason": message[2]}
            log.error(f"{NOT_APPLIED}, it is replaced", slot=post.slot, pid=child.pid, **fields)
            self._replace(post, child)
        else:
            log.error("unknown control message", post=post.name, pid=child.pid, kind=str(kind))
        if self._reload is not None and kind in {"applied", "failed"}:
            self._reload.pending.discard(child)
        self._briefing.due = True

    def _replace(self, post: Post, child: Child) -> None:
        """Let a child drain and start another one from the master's snapshot beside it."""
        if self._stopping or child is not post.child:
            return
        post.retiring.append(child)
        post.child = None
        if self._reload is not None:
            self._reload.failures += 1
        child.leave(time.monotonic(), self._settings.drain_timeout)
        self._spawn(post)

    def _reap(self) -> None:
        for post, child in self._children():
            status = child.reap()
            if status is not None:
                self._bury(post, child, status)

    def _bury(self, post: Post, child: Child, status: int) -> None:
        now = time.monotonic()
        if not child.channel.closed:
            # Its last words may explain its end.
            self._read(child)
        self._forget_channel(child)
        self._briefing.due = True
        if child.seat is not None:
            self._shared.give_back(child.seat)
        if self._reload is not None:
            self._reload.pending.discard(child)
        if child in post.retiring:
            post.retiring.remove(child)
            return
        post.child = None
        if self._stopping:
            return
        lived = now - child.started
        post.failed = post.failed or not child.ready
        delay = post.backoff.delay(lived)
        post.respawn_at = now + delay
        log_end(post, child, status, lived, delay)

    def _check_started(self, now: float) -> None:
        """Announce once every slot has a worker that serves, or has failed while another one serves."""
        serving = [post for post in self._workers if post.child is not None and post.child.ready]
        if len(serving) < len(self._workers):
            if not all(post.failed or post in serving for post in self._workers):
                return
            if not serving:
                log.error("no worker could start, giving up")
                self._stop(1)
                return
        if self._started_at is None:
            self._started_at = now
        if self._management is not None and not self._management.failed:
            child = self._management.child
            knows = child is not None and child.ready and child.generation == self._briefing.serial
            if not knows and now < self._started_at + MANAGEMENT_PATIENCE:
                return
            if not knows:
                log.warning("management is not ready", waited_seconds=MANAGEMENT_PATIENCE)
        self._announced = True
        self._files.follow(watched_files(self._served[0]), now)
        running = Running(
            tuple(claim.endpoint for claim in self._claims),
            self._management_claim.endpoint if self._management_claim else None,
        )
        log.plain(f"fastgw ready: {running}")
        if self._on_ready is not None:
            self._on_ready(running)

    # Reload

    def _advance_reload(self, now: float) -> None:
        reload = self._reload
        if reload is not None:
            if reload.pending and now >= reload.deadline:
                for child in list(reload.pending):
                    post = self._post_of(child)
                    log.error(f"{NOT_APPLIED} in time, it is replaced", slot=post.slot, pid=child.pid)
                    self._replace(post, child)
                reload.pending.clear()
            if reload.pending:
                return
            self._reload = None
            log.info(
                "reloaded",
                generation=reload.generation,
                workers=len(self._workers),
                replaced=reload.failures,
            )
        if self._reload_wanted or self._secrets.waited(now):
            self._reload_wanted = False
            self._begin_reload(from_source=True)
        elif self._secrets_changed:
            self._begin_reload(from_source=False)

    def _begin_reload(self, *, from_source: bool) -> None:
        """Build what the source says now; or what serves, with other secrets."""
        try:
            with self._signals.ending():
                configuration, loaded = self._served
                if from_source:
                    configuration, loaded, plan = self._doors.load_with(self._settings, self._environ)
                    if changed := ", ".join(self._plan.differences(plan)):
                        raise FastgwError(
                            f"{changed} differ from what runs; restart the gateway to change them"
                        )
                    if not self._has_secrets(configuration, loaded):
                        return
                self._secrets_changed = False
                filled = self._secrets.fill(configuration)
                snapshot, warnings = self._shared.build(self._doors, filled, loaded, self._snapshot)
                encoded = frame(("configure", self._generation + 1, filled, self._shared.slots))
                self._shared.adopt()
        except Ended:
            # The loop reads the signal next and drains.
            return
        except Exception as error:
            # Whatever the reason, what serves goes on serving.
            self._keep(error, from_source)
            return
        log_findings(warnings)
        self._served = configuration, loaded
        self._files.follow(watched_files(configuration), time.monotonic())
        self._source_refused = self._source_refused and not from_source
        self._secrets.adopt(configuration)
        self._watch_secrets(configuration)
        self._snapshot = snapshot
        self._generation += 1
        self._briefing.due = True
        pending = {post.child for post in self._workers if post.child is not None}
        self._reload = Reload(self._generation, pending, time.monotonic() + APPLY_TIMEOUT)
        for child in pending:
            child.channel.send_frame(encoded)

    def _keep(self, error: Exception, from_source: bool) -> None:
        """Go on with what serves, for `error` has kept the next configuration from serving."""
        log_refusal(error, self._generation)
        self._secrets.stop_waiting()
        self._watch_secrets(self._served[0])
        if from_source:
            self._source_refused = True
            # What serves must not miss them; and where they were the reason, that attempt will tell.
            self._secrets_changed = self._secrets.has_news()
            return
        for entity in self._secrets.give_up(error):
            log.error("key vault secret given up, the one before it stays in use", entity=entity)
        # It may have been refused for the secrets that are given up now.
        self._reload_wanted |= self._source_refused

    def _has_secrets(self, configuration: Configuration, found: Diagnostics) -> bool:
        """Whether every secret is there; those that are not are read, and the reload goes on later."""
        if not self._secrets.missing(configuration):
            self._secrets.stop_waiting()
            return True
        now = time.monotonic()
        deadline = self._secrets.deadline
        if deadline is not None and now >= deadline:
            self._secrets.require(configuration)
        if deadline is None or self._secrets.waited(now):
            self._start_reader(configuration)
            self._shared.build(self._doors, configuration, found, self._snapshot)
            self._secrets.wait(configuration, now)
            log.info("waiting for key vaults before the reload")
            self._watch_secrets(self._served[0], configuration)
        return False

    # Stop

    def _stop(self, code: int) -> None:
        """Drain every worker, then end; no address is held any longer."""
        self._stopping = True
        self._exit_code = code
        self._briefing.due = True
        now = time.monotonic()
        patience = self._settings.drain_timeout if self._announced else 0.0
        log.info("draining", timeout_seconds=patience)
        # Nothing of a start or a reload is due any more.
        self._reload = self._started_at = None
        self._secrets.stop_waiting()
        self._files.follow({}, now)
        for post in self._posts():
            post.respawn_at = None
        for child in self._vault.children() if self._vault is not None else ():
            child.leave(now, KILL_GRACE)
        for post in self._workers:
            for child in post.children():
                child.leave(now, patience)
            # The workers hold their own copies until their queues are empty.
            post.close_sockets()
        for claim in self._claims:
            claim.close()

    def _stop_management(self, now: float) -> None:
        post = self._management
        if post is None or any(worker.children() for worker in self._workers):
            return
        for child in post.children():
            child.leave(now, KILL_GRACE)

    def _kill_everyone(self) -> None:
        for _, child in self._children():
            child.signal(signal.SIGKILL)
        for post, child in self._children():
            _, status = os.waitpid(child.pid, 0)
            self._bury(post, child, status)

    def _release(self) -> None:
        """Leave nothing behind, whatever ended the run."""
        self._stopping = True
        self._kill_everyone()
        for claim in (*self._claims, *([self._management_claim] if self._management_claim else [])):
            claim.close()
        for post in self._posts():
            post.close_sockets()
        self._selector.close()
