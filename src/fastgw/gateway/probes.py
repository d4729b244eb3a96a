"""When backends are checked: each member whose backend has a `healthCheck`, again and again.

One worker checks for the whole machine: the one in slot 0. Every gateway has that slot, and the master
always puts another worker there when one ends, so checks go on. Results are in the shared segment, where the
balancers of every worker read them, and where they stay meanwhile. A worker that drains stops checking at
once: a member has one checker.

Must never choose a member or open a connection: balancers do the one, pools the other.
"""

from __future__ import annotations

import asyncio
import time
from typing import Final, cast

from fastgw._exchange import Target
from fastgw.gateway.probe import HealthProbe
from fastgw.gateway.services import Services
from fastgw.model import HealthCheck
from fastgw.snapshot import Snapshot
from fastgw.snapshot.balancers import Probe
from fastgw.telemetry import log

CHECKING_SLOT: Final = 0
"""The slot of the worker that checks."""

Key = tuple[str, int, HealthCheck]


class Probes:
    """The checks of the configuration at hand, over the pools of `services`."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._schedules: dict[Key, _Schedule] = {}

    def install(self, snapshot: Snapshot) -> None:
        """Check what `snapshot` wants checked; `services` must have it installed already.

        A member with the same state and the same settings keeps its schedule. The first checks of the others
        are spread over their interval, so that thousands of members are not asked at once.
        """
        former, self._schedules = self._schedules, {}
        added: list[_Schedule] = []
        for probe in snapshot.probes:
            key = (probe.backend_id.casefold(), probe.member.slot, probe.check)
            schedule = former.pop(key, None)
            if schedule is None:
                schedule = _Schedule(self._services, probe)
                added.append(schedule)
            # The target of the new configuration: with its credentials, certificate and pool.
            schedule.probe = probe
            self._schedules[key] = schedule
        for schedule in former.values():
            schedule.stop()
        for index, schedule in enumerate(added):
            schedule.start(schedule.probe.check.interval * index / len(added))

    def close(self) -> None:
        """Stop every check, those under way as well."""
        while self._schedules:
            self._schedules.popitem()[1].stop()


class _Schedule:
    """Checks of one member: each begins an interval after the last one began, not before that has ended."""

    __slots__ = ("_began", "_running", "_services", "_timer", "probe")

    def __init__(self, services: Services, probe: Probe) -> None:
        self.probe = probe
        self._services = services
        self._began = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._running: HealthProbe | None = None

    def start(self, delay: float) -> None:
        """Make the first check in `delay` seconds."""
        self._timer = self._services.loop.call_later(delay, self._begin)

    def stop(self) -> None:
        """Make no further check, and end the one under way."""
        if self._timer is not None:
            self._timer.cancel()
        if self._running is not None:
            self._running.cancel()

    def _begin(self) -> None:
        services = self._services
        # Only members that nobody calls have none: those of status pages.
        target = cast("Target", self.probe.member.target)
        self._timer = None
        self._began = services.loop.time()
        self._running = HealthProbe(services, self.probe.check, self._judge, self._end)
        self._running.begin(target, services.pools.of(target, target.certificate, services.snapshot))

    def _judge(self, good: bool, reason: str) -> None:
        backend_id, member, check = self.probe
        threshold = check.healthy_threshold if good else check.unhealthy_threshold
        if not member.checked(good, threshold, int(time.monotonic() * 1000)):
            return
        if good:
            log.info("backend member healthy", backend=backend_id, member=member.id)
        else:
            log.warning("backend member unhealthy", backend=backend_id, member=member.id, reason=reason)

    def _end(self) -> None:
        self._running = None
        self._timer = self._services.loop.call_at(self._began + self.probe.check.interval, self._begin)
