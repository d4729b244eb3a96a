"""Log events of circuit breakers: the gateway's counterpart of the service's Opened and Closed events."""

from __future__ import annotations

from fastgw._core import Breaker
from fastgw._member import Member
from fastgw.telemetry import log


def log_circuit(backend: str, member: Member, breaker: Breaker, now: int, *, opened: bool) -> None:
    """Log that a breaker has opened or closed, or that its trial has failed.

    `backend` is the id under which the member was called, which may be a pool's; `now` is in monotonic
    milliseconds.
    """
    if not opened:
        log.info("circuit breaker closed", backend=backend, member=member.id, rule=breaker.rule.name)
        return
    state = breaker.state(now)
    trip = state["last_trip"] or {}
    if trip.get("trigger") == "trial":
        # It has never been closed: no second opening (spec/resilience.md section 2.1).
        log.info(
            "circuit breaker trial failed",
            backend=backend,
            member=member.id,
            rule=breaker.rule.name,
            outcome=trip.get("outcome"),
            seconds=state["remaining"] / 1000,
        )
        return
    log.warning(
        "circuit breaker opened",
        backend=backend,
        member=member.id,
        rule=breaker.rule.name,
        trigger=trip.get("trigger"),
        outcome=trip.get("outcome"),
        failures=trip.get("failures"),
        requests=trip.get("requests"),
        seconds=state["remaining"] / 1000,
    )
