"""The state of backends as the shared segment holds it: read for status pages, breakers closed by hand.

The master tells where the state of each backend lives. Reading takes no lock and changes nothing; the one
thing ever written is the reset of a breaker. Time comes in as an argument.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from fastgw._core import Breaker, BreakerRule
from fastgw._member import Member
from fastgw._shared import Segment
from fastgw.snapshot.balancers import BackendState, MemberState


class _Backend(NamedTuple):
    id: str
    members: tuple[Member, ...]


class UnknownPlaceError(LookupError):
    """There is no such backend, member or rule; the text says which."""


class BackendStatus:
    """The backends of the configuration that is served; none before the master has told them."""

    def __init__(self, segment: Segment) -> None:
        self._segment = segment
        self._backends: tuple[_Backend, ...] = ()

    def update(self, states: Sequence[BackendState]) -> None:
        """Take the places of a ``("backends", states)`` message."""
        self._backends = tuple(
            _Backend(state.id, tuple(self._member(member) for member in state.members)) for state in states
        )

    def _member(self, state: MemberState) -> Member:
        places: tuple[tuple[int, dict[str, Any]], ...] = state.breakers
        breakers = tuple(Breaker(self._segment, slot, BreakerRule(**arguments)) for slot, arguments in places)
        return Member(self._segment, state.slot, state.id, None, breakers)

    def document(self, now: int) -> dict[str, Any]:
        """What `GET /status` answers; `now` is in monotonic milliseconds, every time in it in seconds."""
        return {
            "backends": [
                {"id": backend.id, "members": [_member_document(member, now) for member in backend.members]}
                for backend in self._backends
            ]
        }

    def reset(self, backend: str, member: str | None, rule: str | None, now: int) -> int:
        """Close the breakers of a backend, or those of one member or one rule; return how many they are.

        Of a pool they are the breakers of its members, which other pools may share. Names are compared
        without case. Raises UnknownPlaceError.
        """
        found = next((one for one in self._backends if _same(one.id, backend)), None)
        if found is None:
            raise UnknownPlaceError(f"there is no backend {backend!r} with a circuit breaker")
        members = [one for one in found.members if member is None or _same(one.id, member)]
        if not members and member is not None:
            raise UnknownPlaceError(f"backend {found.id!r} has no member {member!r}")
        breakers = [
            breaker
            for one in members
            for breaker in one.breakers
            if rule is None or _same(breaker.rule.name, rule)
        ]
        if not breakers and rule is not None:
            raise UnknownPlaceError(f"backend {found.id!r} has no circuit breaker rule {rule!r} there")
        for breaker in breakers:
            breaker.reset(now)
        return len(breakers)


def _same(one: str, other: str) -> bool:
    return one.casefold() == other.casefold()


def _member_document(member: Member, now: int) -> dict[str, Any]:
    state = member.state(now)
    return {**state, "breakers": [_breaker_document(breaker) for breaker in state["breakers"]]}


def _breaker_document(state: dict[str, Any]) -> dict[str, Any]:
    trip = state["last_trip"]
    return {
        "rule": state["rule"],
        "state": state["state"],
        "retryAfter": state["remaining"] / 1000,
        "requests": state["requests"],
        "failures": state["failures"],
        "slow": state["slow"],
        "refused": state["refused"],
        "trips": state["trips"],
        "lastTrip": None if trip is None else {**trip, "age": trip["age"] / 1000},
    }
