"""Circuit breakers of the real gateway: two workers, one state; what callers and backends see of it.

Sources: spec/resilience.md sections 1 and 2, docs/resilience.md.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from tests.conftest import GatewayFactory
from tests.harness import RawConnection, SteeredBackend, wait_until
from tests.integration.resilience import (
    GET,
    OPENED,
    REFUSAL,
    TRIAL_FAILED,
    Load,
    ask,
    assert_refused,
    configuration,
    lines,
    logged,
    over_both,
    rule,
    single,
    until,
)


@pytest.fixture
def backend() -> Iterator[SteeredBackend]:
    with SteeredBackend() as made:
        yield made


# ---------------------------------------------------------------- opening


def test_the_count_is_one_for_all_workers(gateway: GatewayFactory, backend: SteeredBackend) -> None:
    server = gateway(configuration(single("b", backend, rule(count=7, interval="PT1M"))))
    backend.status = 500
    with over_both(server) as connections:
        for turn in range(7):
            answer = connections[turn % 2].ask(GET)
            assert (answer.status, answer.body) == (500, b"backend")
        for turn in range(40):
            assert_refused(connections[turn % 2].ask(GET), range(55, 61))
    assert backend.requests == 7
    [line] = logged(server, OPENED)
    for part in ("backend=b", "rule=default", "trigger=count", "outcome=500", "failures=7", "requests=7"):
        assert f" {part}" in f"{line} "


def test_concurrent_failures_trip_once_and_then_nobody_gets_through(
    gateway: GatewayFactory, backend: SteeredBackend
) -> None:
    server = gateway(configuration(single("b", backend, rule(count=20, interval="PT1M"))))
    backend.status = 500
    with over_both(server, 16) as connections:
        with Load(connections) as load:
            wait_until(lambda: sum(status == 503 for _, _, status, _ in list(load.answers)) > 500)
        assert load.errors == []
        first_refusal = min(received for _, received, status, _ in load.answers if status == 503)
        assert all(status == 503 for sent, _, status, _ in load.answers if sent > first_refusal)
        # Only who was admitted before the trip may come on top of the count.
        assert 20 <= backend.requests < 20 + len(connections)
    assert len(logged(server, OPENED)) == 1


def test_a_trip_holds_for_the_next_request_in_the_other_worker(
    gateway: GatewayFactory, backend: SteeredBackend
) -> None:
    trips = 40
    backends = [single(f"b{n}", f"{backend.url}/b{n}", rule(count=1)) for n in range(trips)]
    made: dict[str, Any] = configuration(*backends)
    [template] = made["apis"]
    made["apis"] = [
        {
            **template,
            "id": f"b{n}",
            "path": f"b{n}",
            "policy": template["policy"].replace(f'"b{trips - 1}"', f'"b{n}"'),
        }
        for n in range(trips)
    ]
    server = gateway(made)
    backend.status = 500
    took = []
    with over_both(server) as (one, other):
        for n in range(trips):
            request = f"GET /b{n} HTTP/1.1\r\nHost: a\r\n\r\n".encode()
            assert one.ask(request).status == 500
            at = time.perf_counter()
            refused = other.ask(request)
            took.append(time.perf_counter() - at)
            assert refused.status == 503
    assert backend.requests == trips
    # The whole way there and back; what the scheduler adds on a busy machine is in the rest of them.
    assert min(took) < 0.001, sorted(took)


@pytest.mark.parametrize(
    ("ranges", "fails", "passes"),
    [
        ([], (500, 503, 599), (200, 302, 404, 429, 499)),
        ([(429, 429)], (429,), (428, 430, 500, 503)),
        ([(400, 403), (502, 504)], (400, 403, 502, 504), (404, 500, 501, 505)),
    ],
    ids=["default", "one", "several"],
)
def test_only_statuses_in_a_range_are_failures(
    gateway: GatewayFactory,
    backend: SteeredBackend,
    ranges: list[tuple[int, int]],
    fails: tuple[int, ...],
    passes: tuple[int, ...],
) -> None:
    listed = [{"min": low, "max": high} for low, high in ranges]
    server = gateway(configuration(single("b", backend, rule(count=len(fails), statusCodeRanges=listed))))
    with RawConnection(server.url) as connection:
        for backend.status in passes * 2:
            assert connection.ask(GET).status == backend.status
        for backend.status in fails:
            assert connection.ask(GET).status == backend.status
        backend.status = 200
        assert_refused(connection.ask(GET), range(55, 61))


def test_a_refused_connection_is_a_failure_where_the_rule_says_so(
    gateway: GatewayFactory, backend: SteeredBackend
) -> None:
    backend.die()
    given = rule(count=3, errorReasons=["BackendConnectionFailure"])
    server = gateway(configuration(single("b", backend, given)))
    assert [ask(server).status for _ in range(5)] == [500, 500, 500, 503, 503]
    assert "outcome=BackendConnectionFailure" in logged(server, OPENED)[0]


def test_a_reason_that_the_rule_does_not_name_is_no_failure(
    gateway: GatewayFactory, backend: SteeredBackend
) -> None:
    backend.die()
    server = gateway(configuration(single("b", backend, rule(count=1, errorReasons=["Timeout"]))))
    assert [ask(server).status for _ in range(5)] == [500] * 5


def test_server_errors_are_any_5xx_and_any_failure_of_the_transport(
    gateway: GatewayFactory, backend: SteeredBackend
) -> None:
    server = gateway(configuration(single("b", backend, rule(count=2, errorReasons=["Server errors"]))))
    backend.status = 404
    assert [ask(server).status for _ in range(3)] == [404] * 3
    backend.status = 502
    assert ask(server).status == 502
    backend.mode = "reset"
    assert ask(server).status == 500
    assert ask(server).status == 503


def test_a_timeout_is_a_failure(gateway: GatewayFactory, backend: SteeredBackend) -> None:
    backend.mode = "hang"
    server = gateway(configuration(single("b", backend, rule(count=2)), forward='timeout-ms="60"'))
    with over_both(server) as connections:
        assert [connections[turn % 2].ask(GET).status for turn in range(4)] == [500, 500, 503, 503]
    assert "outcome=Timeout" in logged(server, OPENED)[0]
    assert backend.requests == 2


def test_a_caller_that_leaves_before_the_answer_counts_neither_way(
    gateway: GatewayFactory, backend: SteeredBackend
) -> None:
    server = gateway(configuration(single("b", backend, rule(count=1, errorReasons=["Server errors"]))))
    backend.hold()
    for turn in range(4):
        with RawConnection(server.url) as connection:
            connection.send(GET)
            wait_until(lambda turn=turn: backend.requests == turn + 1)
    backend.let_go()
    assert ask(server).status == 200
    assert lines(server, OPENED) == []


def test_waiting_for_the_gateways_own_limit_is_no_failure_of_the_backend(
    gateway: GatewayFactory, backend: SteeredBackend
) -> None:
    limits = {"connections": 1, "pending": 10}
    made = configuration(single("b", backend, rule(count=1), limits=limits), workers=1)
    [patient] = made["apis"]
    hasty = {**patient, "id": "hasty", "path": "hasty"}
    hasty["policy"] = patient["policy"].replace('timeout="10"', 'timeout-ms="150"')
    server = gateway({**made, "apis": [patient, hasty]})
    backend.hold()
    with RawConnection(server.url) as connection:
        connection.send(GET)
        wait_until(lambda: backend.requests == 1)
        # The only connection is taken: this one has waited in the gateway, and nowhere else.
        assert ask(server, b"GET /hasty HTTP/1.1\r\nHost: a\r\n\r\n").status == 500
        backend.let_go()
        assert connection.read_response().status == 200
    assert backend.requests == 1
    assert lines(server, OPENED) == []


def test_a_percentage_is_judged_from_the_least_number_of_requests_on(
    gateway: GatewayFactory, backend: SteeredBackend
) -> None:
    server = gateway(configuration(single("b", backend, rule(percentage=50, minRequests=10))))
    with over_both(server) as connections:
        for turn, backend.status in enumerate([500] * 4 + [200] * 5):
            assert connections[turn % 2].ask(GET).status == backend.status
        backend.status = 500
        # The tenth request is the fifth failure: half of them.
        assert connections[1].ask(GET).status == 500
        assert connections[0].ask(GET).status == 503
    assert backend.requests == 10
    assert "trigger=percentage" in logged(server, OPENED)[0]


def test_an_empty_circuit_breaker_means_half_of_ten(gateway: GatewayFactory, backend: SteeredBackend) -> None:
    server = gateway(configuration({**single("b", backend), "circuitBreaker": {}}))
    backend.status = 500
    assert [ask(server).status for _ in range(12)] == [500] * 10 + [503] * 2


def test_failures_in_a_row_trip_and_a_success_begins_a_new_row(
    gateway: GatewayFactory, backend: SteeredBackend
) -> None:
    server = gateway(configuration(single("b", backend, rule(consecutiveCount=3))))
    with over_both(server) as connections:
        for turn, backend.status in enumerate([500, 500, 200, 500, 500, 200, 500, 500, 500]):
            assert connections[turn % 2].ask(GET).status == backend.status
        assert connections[1].ask(GET).status == 503
    assert "trigger=consecutive" in logged(server, OPENED)[0]


def test_slow_answers_trip(gateway: GatewayFactory, backend: SteeredBackend) -> None:
    slow = rule(slowCall={"duration": 0.05, "percentage": 50}, minRequests=6)
    server = gateway(configuration(single("b", backend, slow)))
    with RawConnection(server.url) as connection:
        for backend.delay in (0, 0, 0, 0.08, 0.08, 0.08):
            assert connection.ask(GET).status == 200
        assert connection.ask(GET).status == 503
    assert '"slow calls"' in logged(server, OPENED)[0]


def test_each_rule_is_a_breaker_of_its_own(gateway: GatewayFactory, backend: SteeredBackend) -> None:
    throttled = rule(
        name="throttled",
        count=1,
        statusCodeRanges=[{"min": 429, "max": 429}],
        more={"failureResponse": {"statusCode": 429}},
    )
    failing = rule(name="failing", count=2, statusCodeRanges=[{"min": 500, "max": 599}])
    server = gateway(configuration(single("b", backend, failing, throttled)))
    backend.status = 500
    assert ask(server).status == 500
    backend.status = 429
    assert ask(server).body == b"backend"
    refused = ask(server)
    assert (refused.status, refused.body) == (429, b'{ "statusCode": 429, "message": "Too Many Requests" }')
    [line] = logged(server, OPENED)
    assert "rule=throttled" in line


# ---------------------------------------------------------------- while it is open


def test_the_answer_while_it_is_open(gateway: GatewayFactory, backend: SteeredBackend) -> None:
    mark = '<set-header name="x-on-error" exists-action="override"><value>ran</value></set-header>'
    outbound = '<set-header name="x-outbound" exists-action="override"><value>ran</value></set-header>'
    server = gateway(configuration(single("b", backend, rule(count=1)), on_error=mark, outbound=outbound))
    backend.status = 500
    assert ask(server).status == 500
    refused = ask(server)
    assert_refused(refused, range(59, 61))
    assert refused.reason == "Service Unavailable"
    assert refused.get("x-on-error") == "ran"
    assert refused.get("x-outbound") is None
    head = ask(server, GET)
    assert head.get("content-length") == str(len(REFUSAL))
    with RawConnection(server.url) as connection:
        asked = connection.ask(b"HEAD /x HTTP/1.1\r\nHost: a\r\n\r\n", head_request=True)
        assert (asked.status, asked.body) == (503, b"")
        # The connection is as good as before.
        assert connection.ask(GET).status == 503
    assert backend.requests == 1


def test_on_error_may_answer_in_place_of_an_open_breaker(
    gateway: GatewayFactory, backend: SteeredBackend
) -> None:
    instead = (
        '<return-response><set-status code="200" reason="OK" /><set-body>kept</set-body></return-response>'
    )
    server = gateway(configuration(single("b", backend, rule(count=1)), on_error=instead))
    backend.status = 500
    assert ask(server).body == b"backend"
    assert (ask(server).status, ask(server).body) == (200, b"kept")
    assert backend.requests == 1


@pytest.mark.parametrize("status", [429, 500, 502, 599])
def test_a_failure_response_has_the_status_that_was_asked_for(
    gateway: GatewayFactory, backend: SteeredBackend, status: int
) -> None:
    given = rule(count=1, more={"failureResponse": {"statusCode": status}})
    server = gateway(configuration(single("b", backend, given)))
    backend.status = 501
    assert ask(server).status == 501
    refused = ask(server)
    assert refused.status == status
    assert refused.get("retry-after") in ("59", "60")
    assert backend.requests == 1


def test_no_body_is_asked_for_that_nobody_will_take(gateway: GatewayFactory, backend: SteeredBackend) -> None:
    server = gateway(configuration(single("b", backend, rule(count=1))))
    backend.status = 500
    assert ask(server).status == 500
    large = b"POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 8000000\r\n"
    for expectation in (b"Expect: 100-continue\r\n", b""):
        with RawConnection(server.url) as connection:
            # The first answer is the last one: no 100 before it, and at once.
            refused = connection.ask(large + expectation + b"\r\n")
            assert_refused(refused, range(55, 61))
            assert refused.get("connection") == "close"
    small = b"POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n"
    chunked = b"POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    with RawConnection(server.url) as connection:
        assert_refused(connection.ask(small), range(55, 61))
        # A body that is small and on its way is read over, and the connection is as good as before.
        assert_refused(connection.ask(b"abc" + GET), range(55, 61))
    for head, body in ((chunked, b"3\r\nabc\r\n0\r\n\r\n"), (large + b"\r\n", b"x" * 100_000)):
        with RawConnection(server.url) as connection:
            assert_refused(connection.ask(head), range(55, 61))
            # Who sends the body all the same has an answer to read, and then an end in order.
            connection.send_what_is_taken(body)
            connection.finish_sending()
            assert connection.to_the_end() == b""
            assert connection.ended == "closed"
    assert backend.requests == 1


def test_a_body_is_asked_for_while_it_is_closed(gateway: GatewayFactory, backend: SteeredBackend) -> None:
    server = gateway(configuration(single("b", backend, rule(count=1))))
    head = b"POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n"
    with RawConnection(server.url) as connection:
        assert connection.ask(head).status == 100
        assert connection.ask(b"abc").status == 200
    assert backend.bodies == [b"abc"]


def test_other_backends_are_unaffected(gateway: GatewayFactory, backend: SteeredBackend) -> None:
    with SteeredBackend("well") as well:
        made = configuration(single("sick", backend, rule(count=1)), single("well", well, rule(count=1)))
        [template] = made["apis"]
        sick = {**template, "id": "sick", "path": "sick"}
        sick["policy"] = template["policy"].replace('"well"', '"sick"')
        server = gateway({**made, "apis": [{**template, "path": "well"}, sick]})
        backend.status = 500
        to_sick = b"GET /sick HTTP/1.1\r\nHost: a\r\n\r\n"
        assert [ask(server, to_sick).status for _ in range(3)] == [500, 503, 503]
        assert ask(server, b"GET /well HTTP/1.1\r\nHost: a\r\n\r\n").status == 200


# ---------------------------------------------------------------- the time of being open


def test_an_accepted_retry_after_says_how_long(gateway: GatewayFactory, backend: SteeredBackend) -> None:
    server = gateway(configuration(single("b", backend, rule(count=1, more={"acceptRetryAfter": True}))))
    backend.status, backend.fields = 503, "Retry-After: 3600\r\n"
    own = ask(server)
    assert (own.body, own.get("retry-after")) == (b"backend", "3600")
    assert_refused(ask(server), range(3598, 3601))


def test_an_accepted_retry_after_may_be_a_date(gateway: GatewayFactory, backend: SteeredBackend) -> None:
    server = gateway(configuration(single("b", backend, rule(count=1, more={"acceptRetryAfter": True}))))
    moment = datetime.now(UTC) + timedelta(seconds=1000)
    backend.status, backend.fields = 503, f"Retry-After: {format_datetime(moment, usegmt=True)}\r\n"
    assert ask(server).body == b"backend"
    assert_refused(ask(server), range(990, 1001))


@pytest.mark.parametrize(
    ("more", "field", "seconds"),
    [
        ({"acceptRetryAfter": True, "maxRetryAfter": "PT2M"}, "86400", range(119, 121)),
        ({"acceptRetryAfter": True, "maxRetryAfter": "PT2M"}, "30", range(29, 31)),
        ({"acceptRetryAfter": True}, "soon", range(59, 61)),
        ({"acceptRetryAfter": True}, "-5", range(59, 61)),
        ({"acceptRetryAfter": True}, "99999999999999999999", range(31_622_398, 31_622_401)),
        ({}, "3600", range(59, 61)),
    ],
    ids=["capped", "below the cap", "no time", "negative", "absurd", "not accepted"],
)
def test_which_retry_after_is_believed(
    gateway: GatewayFactory, backend: SteeredBackend, more: Any, field: str, seconds: range
) -> None:
    server = gateway(configuration(single("b", backend, rule(count=1, more=more))))
    backend.status, backend.fields = 503, f"Retry-After: {field}\r\n"
    assert ask(server).body == b"backend"
    assert_refused(ask(server), seconds)


def test_each_further_trip_in_a_row_lasts_longer(gateway: GatewayFactory, backend: SteeredBackend) -> None:
    growing = rule(count=1, interval="PT1M", trip=0.2, more={"maxTripDuration": "PT1M"})
    server = gateway(configuration(single("b", backend, growing)))
    backend.status = 500
    assert ask(server).status == 500
    for trip in range(1, 4):
        # The trial, which fails.
        until(server, 500)
        line = logged(server, TRIAL_FAILED, trip)[-1]
        seconds = float(line.rpartition("seconds=")[2])
        assert 0.2 * 2**trip * 0.85 < seconds < 0.2 * 2**trip * 1.11
    assert backend.requests == 4
