"""Entities to balancers: urls and pools to members, tokens, and whose state survives a reload.

Whether state survives a reload is whether it has the same slot; `test_places.py` tests the slots.
"""

from __future__ import annotations

from typing import Any

import pytest

from fastgw._balance import Algorithm, Attempt, Balancer
from fastgw._core import BreakerRule, Outcome
from fastgw._exchange import Target
from fastgw._shared import Segment
from fastgw.model import Backend
from fastgw.snapshot.balancers import Address, Balancers, Service
from fastgw.snapshot.places import KnownPlaces, Ledger
from tests.balancers import NOW


def target() -> Target:
    return Target(scheme="http", host="a.example.test", port=80, host_header=b"a.example.test", base_path=b"")


def backend(id: str = "orders", **values: Any) -> Backend:
    if not values.keys() & {"url", "urls", "pool"}:
        values["url"] = f"http://{id}.example.test"
    return Backend.model_validate({"id": id, **values})


def addresses(*names: str, weights: tuple[int, ...] = ()) -> list[Address]:
    return [
        Address(name, f"http://{name}.example.test", weight, target())
        for name, weight in zip(names, weights or (1,) * len(names), strict=True)
    ]


def service(
    id: str = "a", weight: int | None = None, priority: int | None = None, *, of: Backend | None = None
) -> Service:
    """A member with one URL."""
    return Service(of or backend(id), addresses(id), weight, priority)


def pool(*ids: str, **values: Any) -> Backend:
    services = [{"id": id} for id in ids or ("a",)]
    of_pool = {name: values.pop(name) for name in ("session_affinity", "failure_response") if name in values}
    return backend("all", type="Pool", pool={"services": services, **of_pool}, **values)


@pytest.fixture
def ledger() -> Ledger:
    return Ledger(Segment(seats=1))


@pytest.fixture
def balancers(ledger: Ledger) -> Balancers:
    return Balancers(ledger.draft())


RULES: dict[str, Any] = {"rules": [{}]}


def make_single(balancers: Balancers, of: Backend, *names: str) -> Balancer:
    made = balancers.single(of, addresses(*(names or ("a",))))
    assert made is not None
    return made


# ---------------------------------------------------------------- Single backends


def test_a_backend_with_nothing_to_decide_has_no_balancer(balancers: Balancers) -> None:
    nothing: dict[str, Any]
    for nothing in ({}, {"circuit_breaker": {"rules": []}}, {"circuit_breaker": {"rules": None}}):
        assert balancers.single(backend(**nothing), addresses("a")) is None
    assert (balancers.states, balancers.probes) == ([], {})


@pytest.mark.parametrize(
    "values",
    [{"circuit_breaker": {}}, {"retry": {}}, {"health_check": {"path": "/"}}],
    ids=lambda values: next(iter(values)),
)
def test_each_of_these_makes_a_balancer_of_one_url(balancers: Balancers, values: dict[str, Any]) -> None:
    made = make_single(balancers, backend(**values))
    [member] = made.members
    assert (member.weight, member.priority, made.failure_status, made.affinity) == (1, 0, 0, None)
    assert [breaker.rule.name for breaker in member.breakers] == ["default"] * ("circuit_breaker" in values)


def test_several_urls_are_members_of_their_weights(balancers: Balancers) -> None:
    given = addresses("a", "b", weights=(3, 0))
    made = balancers.single(backend(circuit_breaker=RULES), given)
    assert made is not None
    assert [(one.id, one.weight) for one in made.members] == [("a", 3), ("b", 0)]
    assert [one.target for one in made.members] == [one.target for one in given]
    # Each has a breaker of its own.
    assert len({one.breakers[0].slot for one in made.members}) == 2


@pytest.mark.parametrize(
    ("kind", "algorithm"),
    [
        (None, Algorithm.ROUND_ROBIN),
        ("round-robin", Algorithm.ROUND_ROBIN),
        ("weighted", Algorithm.ROUND_ROBIN),
        ("least-requests", Algorithm.LEAST_REQUESTS),
        ("p2c-ewma", Algorithm.P2C_EWMA),
    ],
)
def test_the_type_of_balancing_is_the_algorithm(
    balancers: Balancers, kind: str | None, algorithm: Algorithm
) -> None:
    urls = [{"url": f"http://{name}.example.test"} for name in "ab"]
    balancing = {"type": kind, "slow_start": 1.5} if kind else None
    made = make_single(balancers, backend(urls=urls, load_balancing=balancing), "a", "b")
    assert (made.algorithm, made.slow_start) == (algorithm, 1500 if kind else 0)


def test_a_retry_compares_reasons_without_regard_to_case(balancers: Balancers) -> None:
    made = make_single(balancers, backend(retry={"count": 2, "error_reasons": ["BACKENDconnectionFailure"]}))
    attempt = Attempt()
    attempt.try_choose(made, NOW)
    assert made.retry is not None
    assert made.retry.count == 2
    assert attempt.try_retry(Outcome.CONNECTION_FAILURE, NOW)
    assert not attempt.try_retry(503, NOW)


def test_checked_members_are_probed_once(balancers: Balancers) -> None:
    checked = backend("a", health_check={"path": "/health"})
    single = make_single(balancers, checked)
    made = balancers.pool(pool("a"), [service(of=checked)])
    assert made.members[0].slot == single.members[0].slot
    [probe] = balancers.probes.values()
    assert (probe.backend_id, probe.check.path, probe.member.id) == ("a", "/health", "a")


def test_states_say_where_the_state_of_every_backend_lives(balancers: Balancers) -> None:
    checked = backend("a", circuit_breaker=RULES)
    single = make_single(balancers, checked)
    balancers.pool(pool("a", "b"), [service("a", of=checked), service("b")])
    assert [state.id for state in balancers.states] == ["a", "all"]
    [of_single], [of_pool, other] = (state.members for state in balancers.states)
    breaker = single.members[0].breakers[0]
    assert of_single == of_pool
    assert of_single.breakers == ((breaker.slot, breaker.rule.arguments),)
    assert BreakerRule(**of_single.breakers[0][1]).arguments == breaker.rule.arguments  # type: ignore[arg-type]  # values of any kind
    assert (other.id, other.breakers) == ("b", ())


# ---------------------------------------------------------------- pools


def members(made: Balancer) -> list[tuple[str, int, int]]:
    return [(one.id, one.weight, one.priority) for one in made.members]


def shares(made: Balancer, count: int) -> dict[str, int]:
    chosen = [made.members[Attempt().try_choose(made, NOW)].id for _ in range(count)]
    return {id: chosen.count(id) for id in sorted(set(chosen))}


def test_members_have_the_weight_and_priority_of_the_pool(balancers: Balancers) -> None:
    made = balancers.pool(pool("a", "b"), [service("a", 3, 2), service("b", 0, 1)])
    assert members(made) == [("b", 0, 1), ("a", 3, 2)]


def test_without_weight_and_priority_all_are_alike(balancers: Balancers) -> None:
    made = balancers.pool(pool("a", "b", "c"), [service(id) for id in "abc"])
    assert shares(made, 30) == {"a": 10, "b": 10, "c": 10}


def test_members_without_a_priority_come_last(balancers: Balancers) -> None:
    made = balancers.pool(pool("a", "b"), [service("a"), service("b", priority=100)])
    assert [one.id for one in made.members] == ["b", "a"]
    assert shares(made, 10) == {"b": 10}


def test_several_urls_of_a_member_share_its_weight(balancers: Balancers) -> None:
    urls = Service(backend("many"), addresses("x", "y", "z", weights=(2, 1, 0)), 2, None)
    made = balancers.pool(pool("a", "many"), [service("a", 1), urls])
    assert shares(made, 90) == {"a": 30, "many x": 40, "many y": 20}
    assert {one.id for one in made.members} == {"a", "many x", "many y", "many z"}


def test_shares_stay_exact_when_sums_have_nothing_in_common(balancers: Balancers) -> None:
    services = [
        Service(backend("m3"), addresses("a", "b", weights=(1, 2)), 1, None),
        Service(backend("m5"), addresses("c", "d", weights=(2, 3)), 1, None),
        Service(backend("m7"), addresses("e", "f", weights=(3, 4)), 1, None),
    ]
    made = balancers.pool(pool("m3", "m5", "m7"), services)
    found = shares(made, 315)
    assert found == {"m3 a": 35, "m3 b": 70, "m5 c": 42, "m5 d": 63, "m7 e": 45, "m7 f": 60}


def test_thirty_members_with_any_weights_have_their_shares(balancers: Balancers) -> None:
    # Sums that are primes: what they have in common is beyond any machine word.
    primes = [p for p in range(50, 200) if all(p % n for n in range(2, p))][:30]
    services = [
        Service(
            backend(f"m{prime}"), addresses(f"a{prime}", f"b{prime}", weights=(40, prime - 40)), 100, None
        )
        for prime in primes
    ]
    made = balancers.pool(pool(*(one.backend.id for one in services)), services)
    found = shares(made, 30_000)
    assert len(found) == 60
    for prime in primes:
        both = found[f"m{prime} a{prime}"] + found[f"m{prime} b{prime}"]
        assert both == pytest.approx(1000, rel=0.04)
        assert found[f"m{prime} a{prime}"] / both == pytest.approx(40 / prime, rel=0.05)


def test_too_many_urls_in_a_pool_are_refused(balancers: Balancers) -> None:
    names = [f"n{number}" for number in range(30)]
    services = [Service(backend(f"m{number}"), addresses(*names), None, None) for number in range(9)]
    with pytest.raises(ValueError, match="255"):
        balancers.pool(pool(*(one.backend.id for one in services)), services)


def test_a_single_backend_is_no_pool(balancers: Balancers) -> None:
    with pytest.raises(ValueError, match="no pool"):
        balancers.pool(backend(), [service()])


def test_the_status_of_a_pool_without_available_members(balancers: Balancers) -> None:
    assert balancers.pool(pool(), [service()]).failure_status == 503
    given = pool(failure_response={"status_code": 429})
    assert balancers.pool(given, [service()]).failure_status == 429


# ---------------------------------------------------------------- tokens


AFFINITY = {"session_affinity": {"session_id": {"source": "cookie", "name": "Sid"}}}


def tokens(balancers: Balancers, pool_id: str = "all", *services: Service) -> dict[str, bytes]:
    of = pool("a", **AFFINITY).model_copy(update={"id": pool_id})
    made = balancers.pool(of, services or [service("a"), service("b")])
    assert made.affinity is not None
    assert made.affinity.name == b"Sid"
    return {member.id: token for member, token in zip(made.members, made.affinity.tokens, strict=True)}


def test_without_affinity_there_are_no_tokens(balancers: Balancers) -> None:
    assert balancers.pool(pool(), [service()]).affinity is None


def test_tokens_go_with_the_members_in_the_order_of_the_balancer(balancers: Balancers) -> None:
    straight = tokens(balancers, "all", service("a", priority=1), service("b", priority=2))
    assert list(straight) == ["a", "b"]
    turned = tokens(balancers, "all", service("a", priority=2), service("b", priority=1))
    assert list(turned) == ["b", "a"]
    assert straight == turned


def test_tokens_differ_by_pool_member_url_and_gateway(ledger: Ledger, balancers: Balancers) -> None:
    first = tokens(balancers)
    found = [
        *first.values(),
        *tokens(balancers, "other").values(),
        *tokens(balancers, "all", Service(backend("a"), addresses("x", "y"), None, None)).values(),
        *tokens(Balancers(Ledger(Segment(seats=1)).draft())).values(),
        *tokens(Balancers(ledger.draft(), b"a key of the configuration")).values(),
    ]
    assert len(set(found)) == len(found) == 10
    assert {len(token) for token in found} == {24}


def test_tokens_are_values_of_a_cookie_as_they_are(balancers: Balancers) -> None:
    allowed = set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
    assert all(set(token) <= allowed for token in tokens(balancers).values())


def test_tokens_outlive_a_reload_and_a_change_of_case(ledger: Ledger, balancers: Balancers) -> None:
    again = Balancers(ledger.draft())
    assert tokens(balancers) == tokens(again)
    assert set(tokens(again, "ALL", service("a"), service("b")).values()) == set(tokens(balancers).values())


def test_gateways_with_one_key_understand_each_other() -> None:
    one, two = (Balancers(Ledger(Segment(seats=1)).draft(), b"shared") for _ in range(2))
    assert tokens(one) == tokens(two)


# ---------------------------------------------------------------- what survives a reload


def slots_of(ledger: Ledger, of: Backend, *names: str) -> tuple[list[int], list[list[int]]]:
    """Slots of the members and their breakers in a configuration of this backend alone, now in use."""
    draft = ledger.draft()
    made = make_single(Balancers(draft), of, *names)
    ledger.adopt(draft)
    return (
        [member.slot for member in made.members],
        [[breaker.slot for breaker in member.breakers] for member in made.members],
    )


ONE = {"name": "one", "failure_condition": {"count": 3, "error_reasons": ["Timeout", "Server errors"]}}
TWO = {"name": "two", "failure_condition": {"count": 9}}


def with_rules(*rules: dict[str, Any], id: str = "orders", **values: Any) -> Backend:
    return backend(id, circuit_breaker={"rules": list(rules)}, **values)


def test_an_unchanged_rule_keeps_its_state(ledger: Ledger) -> None:
    first = slots_of(ledger, with_rules(ONE, TWO), "a", "b")
    assert slots_of(ledger, with_rules(ONE, TWO), "a", "b") == first


def test_the_order_of_rules_reasons_and_urls_and_the_case_of_ids_do_not_matter(ledger: Ledger) -> None:
    [a, b], [of_a, of_b] = slots_of(ledger, with_rules(ONE, TWO), "a", "b")
    reasons = {"failure_condition": {"count": 3, "error_reasons": ["SERVER ERRORS", "timeout"]}}
    turned = slots_of(ledger, with_rules(TWO, {**ONE, **reasons}, id="ORDERS"), "b", "a")
    assert turned == ([b, a], [of_b[::-1], of_a[::-1]])


@pytest.mark.parametrize(
    "change",
    [
        {"name": "other"},
        {"trip_duration": 61.0},
        {"recovery": "reset"},
        {"accept_retry_after": True},
        {"max_trip_duration": 600.0},
        {"ramp_duration": 1.0},
        {"failure_response": {"status_code": 429}},
        {"failure_condition": {"count": 4, "error_reasons": ["Timeout", "Server errors"]}},
        {"failure_condition": {"count": 3, "error_reasons": ["Timeout"]}},
        {"failure_condition": {"count": 3, "interval": 61.0, "error_reasons": ["Timeout", "Server errors"]}},
    ],
    ids=lambda change: str(next(iter(change))),
)
def test_a_changed_rule_begins_anew_and_the_other_keeps_its_state(
    ledger: Ledger, change: dict[str, Any]
) -> None:
    [member], [[one, two]] = slots_of(ledger, with_rules(ONE, TWO))
    [same_member], [[changed, same]] = slots_of(ledger, with_rules({**ONE, **change}, TWO))
    assert (same_member, same) == (member, two)
    assert changed not in (one, two)


def test_another_url_or_id_begins_anew(ledger: Ledger) -> None:
    [a], [[of_a]] = slots_of(ledger, with_rules(ONE), "a")
    [b], [[of_b]] = slots_of(ledger, with_rules(ONE), "b")
    [c], [[of_c]] = slots_of(ledger, with_rules(ONE, id="another"), "b")
    assert len({a, b, c}) == len({of_a, of_b, of_c}) == 3


def test_what_is_only_shown_or_told_to_the_backend_keeps_the_state(ledger: Ledger) -> None:
    first = slots_of(ledger, with_rules(ONE))
    assert slots_of(ledger, with_rules(ONE, description="new", retry={"count": 1})) == first


def test_another_health_check_begins_the_health_anew_and_keeps_breakers(ledger: Ledger) -> None:
    [member], breakers = slots_of(ledger, with_rules(ONE, health_check={"path": "/one"}))
    [changed], same = slots_of(ledger, with_rules(ONE, health_check={"path": "/two"}))
    assert changed != member
    assert same == breakers


def test_a_breaker_is_one_wherever_its_backend_is_used(balancers: Balancers) -> None:
    shared = with_rules(ONE, id="a")
    uses = [
        make_single(balancers, shared),
        balancers.pool(pool("a"), [service(of=shared)]),
        balancers.pool(pool("a").model_copy(update={"id": "other"}), [service(of=shared)]),
    ]
    assert len({made.members[0].breakers[0].slot for made in uses}) == 1
    assert len({made.members[0].slot for made in uses}) == 1


def test_a_worker_builds_what_the_master_has_built(ledger: Ledger) -> None:
    of = with_rules(ONE, TWO)
    draft = ledger.draft()
    of_master = Balancers(draft)
    make_single(of_master, of, "a", "b")
    of_master.pool(pool("orders"), [service("orders", of=of)])
    ledger.adopt(draft)
    of_worker = Balancers(KnownPlaces(ledger.segment, ledger.slots))
    make_single(of_worker, of, "a", "b")
    of_worker.pool(pool("orders"), [service("orders", of=of)])
    assert of_worker.states == of_master.states
