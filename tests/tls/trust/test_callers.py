"""Verdicts on callers: with and without revocation, kept for a while, and looked up at once when kept."""

from __future__ import annotations

import asyncio
import time
from datetime import datetime, timedelta
from typing import Any

import pytest

from fastgw.model import Revocation
from fastgw.tls.contexts import TrustStore
from fastgw.tls.trust import callers
from fastgw.tls.trust.callers import KEPT_SECONDS, MAX_KEPT_CHAIN, CallerTrust
from fastgw.tls.trust.revocation import FAILURE_SECONDS, FetchError, Revocations
from fastgw.tls.trust.verdict import Verdict
from tests.tls.trust.lists import make_list, named_at
from tests.tls.trust.made import NOW, Made, make

LIST = "http://l.test/root.crl"
ROOT = make("Root", ca=True)
LEAF = make("leaf", ROOT, more=named_at(LIST))
PLAIN = make("plain", ROOT)


class World:
    """A configuration, a time that stands still, and a net with one list."""

    def __init__(self, mode: str = "hard-fail", roots: tuple[Made, ...] = (ROOT,)) -> None:
        self.list: Any = make_list(ROOT)
        self.asked: list[str] = []
        self.passed = 0.0
        store = TrustStore(tuple(root.der for root in roots), system_roots=False)
        revocations = Revocations(self._fetch, clock=self._now)
        settings = Revocation.model_validate({"mode": mode})
        self.trust = CallerTrust(store, revocations, settings, clock=self._now, monotonic=lambda: self.passed)

    def _now(self) -> datetime:
        return NOW + timedelta(seconds=self.passed)

    async def _fetch(self, url: str, **_said: object) -> bytes:
        self.asked.append(url)
        if isinstance(self.list, Exception):
            raise self.list
        return bytes(self.list)

    def verify(self, *chain: Made, revocation: bool = True) -> Verdict:
        return asyncio.run(self.trust.verify(tuple(made.der for made in chain), revocation))


def revoke(made: Made) -> bytes:
    return make_list(ROOT, [(made.certificate.serial_number, None)])


def checks(verdict: Verdict) -> list[str]:
    return [problem.check for problem in verdict.problems]


def test_without_revocation_a_verdict_is_there_at_once() -> None:
    world = World()
    verdict = world.trust.verify_now((LEAF.der,))
    assert verdict is not None
    assert verdict.trusted
    assert (verdict.revocation, world.asked) == ((), [])


def test_revocation_is_awaited_once_and_is_there_at_once_then() -> None:
    world = World()
    assert world.trust.verify_now((LEAF.der,), True) is None
    verdict = world.verify(LEAF)
    assert verdict.trusted
    assert [result.state for result in verdict.revocation] == ["good"]
    assert world.trust.verify_now((LEAF.der,), True) is verdict
    assert world.asked == [LIST]


def test_what_names_no_source_need_not_be_awaited_the_second_time() -> None:
    world = World()
    verdict = world.verify(PLAIN)
    assert verdict.trusted
    assert verdict.revocation[0].state == "not-offered"
    assert world.asked == []


def test_a_revoked_certificate_is_refused_with_the_source_and_the_reason() -> None:
    world = World()
    world.list = revoke(LEAF)
    verdict = world.verify(LEAF)
    assert (checks(verdict), verdict.trusted) == (["revoked"], False)
    assert verdict.problems[0].family == "revocation"
    assert LIST in verdict.explain()
    assert LEAF.thumbprint in verdict.explain()
    assert verdict.accepts(revocation=False)
    assert not verdict.accepts(trust=False)


@pytest.mark.parametrize(("mode", "trusted"), [("hard-fail", False), ("soft-fail", True)])
def test_unknown_is_a_failure_or_a_warning(mode: str, trusted: bool) -> None:
    world = World(mode)
    world.list = FetchError("cannot be had: no route")
    verdict = world.verify(LEAF)
    assert verdict.trusted is trusted
    (said,) = verdict.warnings if trusted else verdict.problems
    assert said.check == "revocation"
    assert f"the list of {LIST} cannot be had: no route" in str(said)
    assert "gateway.revocation" in said.remedy


@pytest.mark.parametrize("mode", ["hard-fail", "soft-fail"])
def test_revoked_is_revoked_in_either_mode(mode: str) -> None:
    world = World(mode)
    world.list = revoke(LEAF)
    assert checks(world.verify(LEAF)) == ["revoked"]


def test_off_asks_nobody() -> None:
    world = World("off")
    world.list = revoke(LEAF)
    verdict = world.trust.verify_now((LEAF.der,), True)
    assert verdict is not None
    assert verdict.trusted
    assert (verdict.revocation, world.asked) == ((), [])


@pytest.mark.parametrize(("mode", "refused"), [("hard-fail", True), ("soft-fail", False)])
def test_nobody_is_asked_for_a_chain_that_is_not_trusted(mode: str, refused: bool) -> None:
    """Its URLs are those of a stranger. Where trust is not asked for, revocation does not pass in silence."""
    world = World(mode, roots=(make("Other", ca=True),))
    verdict = world.trust.verify_now((LEAF.der, ROOT.der), True)
    assert verdict is not None
    assert world.asked == []
    assert verdict.accepts(trust=False) is not refused
    assert verdict.accepts(trust=False, revocation=False)


def test_nobody_is_asked_for_what_cannot_be_read_or_is_not_there() -> None:
    world = World()
    for chain in ((), (b"junk",), (b"", b"")):
        verdict = world.trust.verify_now(chain, True)
        assert verdict is not None
        assert not verdict.accepts(trust=False, revocation=False)
    assert world.asked == []


def test_an_expired_leaf_is_looked_up_all_the_same() -> None:
    """Its date may be of no interest to the policy."""
    world = World()
    expired = make("old", ROOT, days=(-9, -2), more=named_at(LIST))
    world.list = revoke(expired)
    verdict = world.verify(expired)
    assert checks(verdict) == ["not-after", "revoked"]
    assert not verdict.accepts(not_after=False)


def test_an_expired_ca_makes_the_chain_untrusted() -> None:
    root = make("Root", ca=True, days=(-9, -2))
    world = World(roots=(root,))
    assert world.trust.verify_now((LEAF.der,), True) is not None
    assert world.asked == []


def test_a_verdict_is_kept_for_a_minute() -> None:
    world = World()
    first = world.trust.verify_now((PLAIN.der,))
    world.passed = KEPT_SECONDS - 1
    assert world.trust.verify_now((PLAIN.der,)) is first
    world.passed = KEPT_SECONDS + 1
    again = world.trust.verify_now((PLAIN.der,))
    assert again is not first
    assert again == first


def test_an_unknown_is_kept_as_long_as_a_failure() -> None:
    world = World()
    world.list = FetchError("away")
    assert not world.verify(LEAF).trusted
    world.list = make_list(ROOT)
    world.passed = FAILURE_SECONDS - 1
    assert not world.verify(LEAF).trusted
    world.passed = FAILURE_SECONDS + 1
    assert world.verify(LEAF).trusted
    assert world.asked == [LIST, LIST]


@pytest.mark.parametrize(
    ("days", "before", "after"),
    [((-1, 20 / 86400), [], ["not-after"]), ((20 / 86400, 9), ["not-before"], [])],
    ids=["expires", "begins"],
)
def test_a_verdict_is_not_kept_beyond_a_date(
    days: tuple[float, float], before: list[str], after: list[str]
) -> None:
    world = World()
    leaf = make("brief", ROOT, days=days)
    for passed, expected in ((0, before), (19, before), (21, after)):
        world.passed = passed
        verdict = world.trust.verify_now((leaf.der,))
        assert verdict is not None
        assert checks(verdict) == expected


def test_verdicts_are_kept_up_to_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(callers, "MAX_VERDICTS", 3)
    world = World()
    chains = [(make(f"leaf {number}", ROOT).der,) for number in range(4)]
    first = [world.trust.verify_now(chain) for chain in chains]
    assert world.trust.verify_now(chains[3]) is first[3]
    assert world.trust.verify_now(chains[0]) is not first[0]
    assert len(world.trust._plain) == 3


def test_large_chains_are_judged_but_not_kept() -> None:
    world = World()
    chain = (PLAIN.der, b"x" * MAX_KEPT_CHAIN)
    verdict = world.trust.verify_now(chain)
    assert verdict is not None
    assert verdict.trusted
    assert world.trust._plain == {}


def test_what_is_kept_costs_less_than_a_microsecond() -> None:
    """The best of many rounds, so that a busy machine does not matter."""
    world = World()
    world.trust._monotonic = time.monotonic
    chain = (LEAF.der, ROOT.der)
    asyncio.run(world.trust.verify(chain, True))
    best = 1.0
    for _ in range(50):
        began = time.perf_counter()
        for _ in range(1000):
            world.trust.verify_now(chain, True)
        best = min(best, (time.perf_counter() - began) / 1000)
    assert best < 1e-6


def test_servers_are_judged_by_their_own_usage() -> None:
    store = TrustStore((ROOT.der,), system_roots=False)
    only_client = make("leaf", ROOT, usages=("key_encipherment",))
    for purpose, expected in (("client", ["key-usage"]), ("server", [])):
        verdict = CallerTrust(store, purpose=purpose).verify_now((only_client.der,))  # type: ignore[arg-type]
        assert verdict is not None
        assert checks(verdict) == expected
