"""Retries of the real gateway: when another attempt is made, on which member, with what, and how often.

Sources: spec/resilience.md section 3.2, docs/resilience.md; RFC 9110 section 9.2.2.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.conftest import GatewayFactory
from tests.harness import RawConnection, Response, ScriptedBackend, Session, SteeredBackend, wait_until
from tests.integration.resilience import (
    GET,
    OPENED,
    answer_of,
    ask,
    configuration,
    logged,
    over_both,
    pool,
    rule,
    several,
    single,
    together,
)

ON_5XX = {"statusCodeRanges": [{"min": 500, "max": 599}]}
IDEMPOTENT = ("GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE")
OTHERS = ("POST", "PATCH", "FOO", "UNLOCK", "OPTION", "OPTIONAL")


@pytest.fixture
def three() -> Iterator[list[SteeredBackend]]:
    """Backends a, b and c."""
    with ExitStack() as stack:
        yield [stack.enter_context(SteeredBackend(name)) for name in "abc"]


def in_order(backends: list[SteeredBackend], *rules: Any, retry: Any, **options: Any) -> Any:
    """A pool whose first member is tried first, then the second, and so on."""
    services = [{"id": one.name, "priority": at} for at, one in enumerate(backends, 1)]
    members = [single(one.name, one, *rules) for one in backends]
    return configuration(*members, pool("all", *services, more={"retry": retry}), **options)


def message(
    method: str = "GET", body: bytes = b"", *, chunked: bool = False, chunk: int = 2, path: str = "/x"
) -> bytes:
    """A request; a body is framed by its length, or in chunks of so many bytes."""
    head = f"{method} {path} HTTP/1.1\r\nHost: a\r\n"
    if chunked:
        pieces = (body[at : at + chunk] for at in range(0, len(body), chunk))
        framed = b"".join(b"%x\r\n%b\r\n" % (len(one), one) for one in pieces) + b"0\r\n\r\n"
        return f"{head}Transfer-Encoding: chunked\r\n\r\n".encode() + framed
    length = f"Content-Length: {len(body)}\r\n" if body else ""
    return f"{head}{length}\r\n".encode() + body


def requests(backends: list[SteeredBackend]) -> list[int]:
    return [one.requests for one in backends]


# ---------------------------------------------------------------- which failures


def test_without_retry_the_failing_answer_is_passed_on(
    gateway: GatewayFactory, three: list[SteeredBackend]
) -> None:
    made = configuration(*(single(one.name, one) for one in three), pool("all", "a", "b", "c"))
    server = gateway(made)
    for one in three:
        one.status = 500
    assert ask(server).status == 500
    assert sum(requests(three)) == 1


@pytest.mark.parametrize(("status", "repeated"), [(499, False), (500, True), (503, True), (504, False)])
def test_statuses_in_a_range_are_tried_again(
    gateway: GatewayFactory, three: list[SteeredBackend], status: int, repeated: bool
) -> None:
    a, b, _ = three
    retry = {"count": 1, "statusCodeRanges": [{"min": 500, "max": 503}]}
    server = gateway(in_order([a, b], retry=retry))
    a.status = status
    answer = ask(server)
    assert (answer.status, answer.body) == ((200, b"b") if repeated else (status, b"a"))
    assert requests([a, b]) == [1, int(repeated)]


def test_by_default_only_failed_connections_are_tried_again(
    gateway: GatewayFactory, three: list[SteeredBackend]
) -> None:
    a, b, _ = three
    server = gateway(in_order([a, b], retry={}))
    a.status = 503
    assert ask(server).body == b"a"
    a.mode = "reset"
    assert ask(server).body == b"b"
    a.die()
    assert ask(server).body == b"b"


def test_a_timeout_is_not_tried_again(gateway: GatewayFactory, three: list[SteeredBackend]) -> None:
    a, b, _ = three
    retry = {"count": 3, **ON_5XX, "errorReasons": ["Timeout", "BackendConnectionFailure"]}
    server = gateway(in_order([a, b], retry=retry, forward='timeout-ms="100"'))
    a.mode = "hang"
    assert ask(server).status == 500
    assert requests([a, b]) == [1, 0]


def test_all_attempts_share_the_time_of_the_call(
    gateway: GatewayFactory, three: list[SteeredBackend]
) -> None:
    a, b, _ = three
    server = gateway(in_order([a, b], retry={"count": 1, **ON_5XX}, forward='timeout-ms="400"'))
    a.status, a.delay, b.delay = 500, 0.25, 0.25
    began = time.monotonic()
    assert ask(server).status == 500
    # Two times 250 ms are more than there is.
    assert 0.35 < time.monotonic() - began < 0.6
    assert requests([a, b]) == [1, 1]


# ---------------------------------------------------------------- which member


def test_no_member_is_tried_twice_while_another_is_there(
    gateway: GatewayFactory, three: list[SteeredBackend]
) -> None:
    retry = {"retry": {"count": 2, **ON_5XX}}
    members = (single(one.name, one) for one in three)
    server = gateway(configuration(*members, pool("all", "a", "b", "c", more=retry)))
    for one in three:
        one.status = 500
    paths = [f"/call-{n}" for n in range(30)]
    with over_both(server) as connections:
        for turn, path in enumerate(paths):
            assert connections[turn % 2].ask(message(path=path)).status == 500
    # Three attempts each, one at every member.
    for one in three:
        assert one.targets == paths


def test_no_url_is_tried_twice_while_another_is_there(
    gateway: GatewayFactory, three: list[SteeredBackend]
) -> None:
    made = several("all", [(one, None) for one in three], retry={"count": 2, **ON_5XX})
    server = gateway(configuration(made))
    three[0].status = three[1].status = 500
    for n in range(20):
        assert ask(server, message(path=f"/{n}")).body == b"c"
    for one in three[:2]:
        assert len(set(one.targets)) == one.requests > 0
    assert three[2].requests == 20


def test_a_single_url_may_be_tried_again(gateway: GatewayFactory, three: list[SteeredBackend]) -> None:
    a = three[0]
    server = gateway(configuration(single("a", a, retry={"count": 3, **ON_5XX})))
    a.status = 500
    assert ask(server).body == b"a"
    assert a.requests == 4


def test_the_last_answer_is_passed_on_whole(gateway: GatewayFactory, three: list[SteeredBackend]) -> None:
    a, b, _ = three
    server = gateway(in_order([a, b], retry={"count": 1, **ON_5XX}))
    a.status, a.fields = 500, "x-of: a\r\nx-only: a\r\n"
    b.status, b.fields = 502, "x-of: b\r\n"
    answer = ask(server)
    assert (answer.status, answer.body) == (502, b"b")
    assert answer.all("x-of") == ["b"]
    assert answer.all("x-only") == []


def test_the_answer_that_is_there_is_better_than_a_refusal(
    gateway: GatewayFactory, three: list[SteeredBackend]
) -> None:
    a, b, _ = three
    server = gateway(in_order([a, b], rule(count=1), retry={"count": 1, **ON_5XX}))
    b.status = a.status = 502
    # The first call trips both, and has the second answer.
    assert ask(server).body == b"b"
    assert requests([a, b]) == [1, 1]
    assert ask(server).status == 503


def test_a_call_that_trips_the_last_member_keeps_its_answer(
    gateway: GatewayFactory, three: list[SteeredBackend]
) -> None:
    a, b, _ = three
    on_500 = {"count": 1, "statusCodeRanges": [{"min": 500, "max": 500}]}
    server = gateway(in_order([a, b], rule(count=2), retry=on_500))
    a.status = b.status = 501
    for _ in range(2):
        assert ask(server).body == b"a"
    # Now a is out, and b is at one failure.
    assert ask(server).body == b"b"
    b.status = 500
    answer = ask(server)
    assert (answer.status, answer.body) == (500, b"b")
    assert requests([a, b]) == [2, 2]
    assert ask(server).status == 503


# ---------------------------------------------------------------- which requests


@pytest.mark.parametrize("method", IDEMPOTENT)
def test_idempotent_methods_are_tried_again(
    gateway: GatewayFactory, three: list[SteeredBackend], method: str
) -> None:
    a, b, _ = three
    server = gateway(in_order([a, b], retry={"count": 1, **ON_5XX}, methods=(method,)))
    with RawConnection(server.url) as connection:
        # On a new connection to the backend: a used one that is closed is replaced before any retry.
        for a.status, a.mode in ((500, "reset"), (500, "answer")):
            assert connection.ask(message(method), head_request=method == "HEAD").status == 200
    assert requests([a, b]) == [2, 2]


@pytest.mark.parametrize("method", OTHERS)
def test_what_may_have_been_done_is_not_done_again(
    gateway: GatewayFactory, three: list[SteeredBackend], method: str
) -> None:
    a, b, _ = three
    server = gateway(in_order([a, b], retry={"count": 1, **ON_5XX}, methods=(method,)))
    a.status = 500
    assert ask(server, message(method, b"abc")).body == b"a"
    a.mode = "reset"
    assert ask(server, message(method, b"abc")).status == 500
    assert ask(server, message(method)).status == 500
    assert requests([a, b]) == [3, 0]


@pytest.mark.parametrize("method", ["POST", "PATCH", "FOO"])
def test_what_was_not_sent_may_be_sent_elsewhere(
    gateway: GatewayFactory, three: list[SteeredBackend], method: str
) -> None:
    a, b, _ = three
    server = gateway(in_order([a, b], retry={"count": 1}))
    a.die()
    assert ask(server, message(method, b"abc")).body == b"b"
    assert ask(server, message(method)).body == b"b"
    assert b.bodies == [b"abc", b""]


# ---------------------------------------------------------------- bodies


@pytest.mark.parametrize("size", [1, 5000, 60_000])
@pytest.mark.parametrize("chunked", [False, True], ids=["length", "chunked"])
@pytest.mark.parametrize("mode", ["answer", "reset", "dead"])
def test_a_body_goes_to_the_next_member_as_it_was(
    gateway: GatewayFactory, three: list[SteeredBackend], size: int, chunked: bool, mode: Any
) -> None:
    server = gateway(in_order(three, retry={"count": 2, **ON_5XX}))
    body = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    for one in three[:2]:
        if mode == "dead":
            one.die()
        else:
            one.status, one.mode = 500, mode
    with RawConnection(server.url) as connection:
        # Twice on one connection: nothing is left of the first.
        for _ in range(2):
            assert connection.ask(message("PUT", body, chunked=chunked)).body == b"c"
    assert three[2].bodies == [body, body]
    assert three[1].bodies == ([] if mode == "dead" else [body, body])


def test_a_body_that_comes_in_pieces_is_sent_again_whole(
    gateway: GatewayFactory, three: list[SteeredBackend]
) -> None:
    a, b, _ = three
    server = gateway(in_order([a, b], retry={"count": 1, **ON_5XX}))
    a.status = 500
    with RawConnection(server.url) as connection:
        connection.send(b"PUT /x HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\n")
        for piece in (b"ab", b"cd", b"ef"):
            threading.Event().wait(0.02)
            connection.send(piece)
        assert connection.read_response().body == b"b"
    assert (a.bodies, b.bodies) == ([b"abcdef"], [b"abcdef"])


@pytest.mark.parametrize("chunked", [False, True], ids=["length", "chunked"])
def test_a_large_body_is_sent_again_only_where_it_is_buffered(
    gateway: GatewayFactory, three: list[SteeredBackend], chunked: bool
) -> None:
    a, b, _ = three
    a.status = 500
    body = b"0123456789abcdef" * 20_000
    framed = message("PUT", body, chunked=chunked, chunk=50_000)
    server = gateway(in_order([a, b], retry={"count": 1, **ON_5XX}))
    assert ask(server, framed).body == b"a"
    assert b.requests == 0
    buffered = in_order([a, b], retry={"count": 1, **ON_5XX}, forward='buffer-request-body="true"')
    server = gateway(buffered)
    assert ask(server, framed).body == b"b"
    assert b.bodies == [body]


def early(answer: bytes, *, after: bytes = b"") -> Any:
    """A script that answers every request when its head is there, and `after` of its body."""

    def script(session: Session) -> None:
        while True:
            session.request_head(600.0)
            if after:
                session.wait_for(after)
            session.send(answer)

    return script


@pytest.mark.parametrize("chunked", [False, True], ids=["length", "chunked"])
def test_a_body_that_is_still_coming_goes_on_to_the_next_member(
    gateway: GatewayFactory, three: list[SteeredBackend], chunked: bool
) -> None:
    _, b, _ = three
    whole = message("PUT", b"abcdefgh", chunked=chunked)
    cut = whole.index(b"ab") + 2
    with ScriptedBackend(early(b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n", after=b"ab")) as a:
        members = single("a", a.url), single("b", b)
        services = {"id": "a", "priority": 1}, {"id": "b", "priority": 2}
        server = gateway(
            configuration(*members, pool("all", *services, more={"retry": {"count": 1, **ON_5XX}}))
        )
        with RawConnection(server.url) as connection:
            connection.send(whole[:cut])
            server.wait_for_line("backend call repeated")
            connection.send(whole[cut:])
            assert connection.read_response().body == b"b"
            # And the connection is in order.
            assert connection.ask(message("PUT", b"abc")).body == b"b"
    assert b.bodies == [b"abcdefgh", b"abc"]


def test_the_body_of_an_answer_that_is_replaced_is_dropped(
    gateway: GatewayFactory, three: list[SteeredBackend]
) -> None:
    _, b, _ = three
    large = b"HTTP/1.1 500 No\r\nContent-Length: 1000000\r\n\r\n" + b"x" * 1_000_000
    with ScriptedBackend(early(large)) as a:
        members = single("a", a.url), single("b", b)
        services = {"id": "a", "priority": 1}, {"id": "b", "priority": 2}
        server = gateway(
            configuration(*members, pool("all", *services, more={"retry": {"count": 1, **ON_5XX}}))
        )
        with RawConnection(server.url) as connection:
            for _ in range(5):
                assert connection.ask(GET).body == b"b"


# ---------------------------------------------------------------- Retry-After


def test_another_member_is_asked_in_place_of_one_that_wants_to_be_left_alone(
    gateway: GatewayFactory, three: list[SteeredBackend]
) -> None:
    a, b, _ = three
    server = gateway(in_order([a, b], retry={"count": 3, **ON_5XX}))
    a.status, a.fields = 503, "Retry-After: 30\r\n"
    assert ask(server).body == b"b"
    b.status, b.fields = 503, "Retry-After: 40\r\n"
    answer = ask(server)
    assert (answer.body, answer.get("retry-after")) == (b"b", "40")
    # Each has been asked once in each call.
    assert requests([a, b]) == [2, 2]


def test_the_only_member_is_left_alone_when_it_wants_to_be(
    gateway: GatewayFactory, three: list[SteeredBackend]
) -> None:
    a = three[0]
    server = gateway(configuration(single("a", a, retry={"count": 3, **ON_5XX})))
    a.status, a.fields = 503, "Retry-After: 30\r\n"
    answer = ask(server)
    assert (answer.status, answer.body, answer.get("retry-after")) == (503, b"a", "30")
    assert a.requests == 1
    a.fields = "Retry-After: 0\r\n"
    assert ask(server).body == b"a"
    assert a.requests == 5


def test_who_wants_to_be_left_alone_is_so_for_the_whole_request(
    gateway: GatewayFactory, three: list[SteeredBackend]
) -> None:
    a, b, _ = three
    server = gateway(in_order([a, b], retry={"count": 3, **ON_5XX}))
    a.status, a.fields = 503, "Retry-After: 30\r\n"
    b.status = 500
    assert ask(server).body == b"b"
    # The second and third retry have only b left: a has asked for time.
    assert requests([a, b]) == [1, 3]


def test_a_sick_member_does_not_bring_back_one_that_wants_to_be_left_alone(
    gateway: GatewayFactory, three: list[SteeredBackend]
) -> None:
    a, b, _ = three
    check = {"path": "/health", "interval": 0.05, "unhealthyThreshold": 1}
    members = single("a", a), single("b", b, healthCheck=check)
    services = {"id": "a", "priority": 1}, {"id": "b", "priority": 2}
    server = gateway(configuration(*members, pool("all", *services, more={"retry": {"count": 1, **ON_5XX}})))
    b.status = 500
    wait_until(lambda: b.statuses[500] >= 3)
    a.status, a.fields = 503, "Retry-After: 30\r\n"
    # Whoever answers: a is asked once.
    assert ask(server).status in (500, 503)
    assert a.requests == 1


# ---------------------------------------------------------------- the budget


def test_retries_have_a_budget(gateway: GatewayFactory, three: list[SteeredBackend]) -> None:
    a, b, _ = three
    server = gateway(in_order([a, b], retry={"count": 1, **ON_5XX}))
    a.status = b.status = 500
    calls = 1500
    began = time.monotonic()
    with over_both(server, 4) as connections:

        def work(connection: RawConnection) -> None:
            for _ in range(calls // 8):
                assert connection.ask(GET).status == 500

        together(connections, work)
    made = calls // 8 * 8
    retries = a.requests + b.requests - made
    assert a.requests == made
    assert time.monotonic() - began < 10, "the window has moved on: the figures below do not hold"
    # Twenty percent of the requests, and ten a second over ten seconds.
    assert 100 <= retries <= made * 0.2 + 100 + 8


def test_few_retries_always_have_room(gateway: GatewayFactory, three: list[SteeredBackend]) -> None:
    a, b, _ = three
    server = gateway(in_order([a, b], retry={"count": 1, **ON_5XX}))
    a.status = 500
    assert Counter(answer_of(ask(server)) for _ in range(90)) == {b"b": 90}


def test_with_retries_a_failing_member_trips_all_the_same(
    gateway: GatewayFactory, three: list[SteeredBackend]
) -> None:
    a, b, _ = three
    server = gateway(in_order([a, b], rule(count=3), retry={"count": 1, **ON_5XX}))
    a.status = 500
    assert Counter(answer_of(ask(server)) for _ in range(20)) == {b"b": 20}
    assert a.requests == 3
    assert len(logged(server, OPENED)) == 1


def test_a_retry_stops_when_the_caller_leaves(gateway: GatewayFactory, three: list[SteeredBackend]) -> None:
    a, b, _ = three
    server = gateway(in_order([a, b], retry={"count": 1, **ON_5XX}))
    a.status = 500
    a.hold()
    with RawConnection(server.url) as connection:
        connection.send(GET)
        wait_until(lambda: a.requests == 1)
    with RawConnection(server.url) as second:
        second.send(GET)
        wait_until(lambda: a.requests == 2)
        a.let_go()
        assert second.read_response().body == b"b"
    assert requests([a, b]) == [2, 1]


# ---------------------------------------------------------------- credentials


def test_the_credentials_of_a_member_never_reach_another(
    gateway: GatewayFactory, three: list[SteeredBackend]
) -> None:
    a, b, c = three
    members = [
        single(
            one.name,
            one,
            credentials={
                "header": {f"x-key-{one.name}": [f"secret-{one.name}"], "x-key": [f"shared-{one.name}"]},
                "query": {f"code-{one.name}": [f"secret-{one.name}"], "code": [f"shared-{one.name}"]},
                "authorization": {"scheme": "Basic", "parameter": f"secret-{one.name}"},
            },
        )
        for one in (a, b)
    ]
    services = [{"id": one.name, "priority": at} for at, one in enumerate(three, 1)]
    made = configuration(
        *members,
        single("c", c),
        pool("all", *services, more={"retry": {"count": 2, **ON_5XX}}),
        outbound='<set-header name="x-seen" exists-action="override"><value>yes</value></set-header>',
    )
    server = gateway(made)
    a.status, b.status = 500, 500
    request = b"GET /x?q=1 HTTP/1.1\r\nHost: a\r\nx-key: own\r\nAuthorization: Bearer own\r\n\r\n"
    for mode in ("answer", "reset"):
        a.mode = b.mode = mode
        answer = ask(server, request)
        assert answer.body == b"c"
        assert b"secret" not in repr(answer).encode()
    for one, other in ((a, b), (b, a)):
        for head in one.heads:
            assert f"x-key-{one.name}: secret-{one.name}".encode() in head
            assert f"code-{one.name}=secret-{one.name}".encode() in head
            assert f"Basic secret-{one.name}".encode() in head
            assert b"q=1" in head
            assert f"-{other.name}".encode() not in head
    for head in c.heads:
        # What the caller sent, and nothing else.
        assert head.startswith(b"GET /x?q=1 HTTP/1.1\r\n")
        assert b"\r\nx-key: own\r\n" in head
        assert b"\r\nAuthorization: Bearer own\r\n" in head
        assert b"secret" not in head
        assert b"shared" not in head
    assert not any("secret" in line or "shared" in line for line in server.stderr_lines())


def test_the_credentials_of_a_member_are_not_in_the_answer_of_a_failure(
    gateway: GatewayFactory, three: list[SteeredBackend]
) -> None:
    a = three[0]
    credentials = {"header": {"x-key": ["secret-a"]}, "query": {"code": ["secret-a"]}}
    more = {"credentials": credentials, "retry": {"count": 1}}
    server = gateway(configuration(single("a", a, rule(count=3), **more)))
    a.mode = "reset"
    answers: list[Response] = [ask(server) for _ in range(4)]
    assert [one.status for one in answers] == [500, 500, 503, 503]
    assert b"secret" not in repr(answers).encode()
    assert not any("secret" in line for line in server.stderr_lines())
    assert all(b"x-key: secret-a" in head for head in a.heads)
