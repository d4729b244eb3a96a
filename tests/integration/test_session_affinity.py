"""Session affinity of the real gateway: the cookie, whom it keeps where, and who never sees it.

Sources: spec/resilience.md section 3.1, docs/resilience.md; RFC 6265.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.conftest import GatewayFactory
from tests.harness import RawConnection, Response, SteeredBackend, wait_until
from tests.integration.resilience import (
    GET,
    answer_of,
    ask,
    configuration,
    over_both,
    pool,
    rule,
    several,
    single,
    until,
)

NAME = "SessionId"
AFFINITY = {"sessionAffinity": {"sessionId": {"source": "cookie", "name": NAME}}}


@pytest.fixture
def three() -> Iterator[list[SteeredBackend]]:
    """Backends a, b and c."""
    with ExitStack() as stack:
        yield [stack.enter_context(SteeredBackend(name)) for name in "abc"]


def sticky(backends: list[SteeredBackend], *rules: Any, more: Any = None, **options: Any) -> Any:
    members = [single(one.name, one, *rules) for one in backends]
    services = [one.name for one in backends]
    return configuration(*members, pool("all", *services, more=more, **AFFINITY), **options)


def with_cookies(*lines: str) -> bytes:
    """A request with these Cookie fields."""
    fields = "".join(f"Cookie: {line}\r\n" for line in lines)
    return f"GET /x HTTP/1.1\r\nHost: a\r\n{fields}\r\n".encode()


def token_of(answer: Response) -> str:
    """The value of the cookie that the answer sets."""
    [line] = answer.all("set-cookie")
    pair, _, _ = line.partition(";")
    name, _, value = pair.partition("=")
    assert name == NAME
    return value


def test_the_first_answer_names_the_member_in_a_cookie(
    gateway: GatewayFactory, three: list[SteeredBackend]
) -> None:
    server = gateway(sticky(three))
    tokens = {}
    for _ in range(9):
        answer = ask(server)
        [line] = answer.all("set-cookie")
        assert line == f"{NAME}={token_of(answer)}; Path=/; HttpOnly"
        tokens.setdefault(answer.body, set()).add(token_of(answer))
    # One value for each member; it says nothing of it.
    assert sorted(tokens) == [b"a", b"b", b"c"]
    assert all(len(values) == 1 for values in tokens.values())
    values = [value for [value] in tokens.values()]
    assert len(set(values)) == 3
    assert len({len(value) for value in values}) == 1
    assert all(len(value) >= 22 and str(one.port) not in value for value in values for one in three)


def test_a_session_stays_on_its_member_whichever_worker_serves_it(
    gateway: GatewayFactory, three: list[SteeredBackend]
) -> None:
    server = gateway(sticky(three))
    with over_both(server, 2) as connections:
        for _ in range(3):
            first = connections[0].ask(GET)
            request = with_cookies(f"{NAME}={token_of(first)}")
            for turn in range(100):
                answer = connections[turn % 4].ask(request)
                assert answer.body == first.body
                # Who has it is not given it again.
                assert answer.all("set-cookie") == []


def test_the_backend_never_gets_the_cookie(gateway: GatewayFactory, three: list[SteeredBackend]) -> None:
    server = gateway(sticky(three))
    first = ask(server)
    token = token_of(first)
    [member] = [one for one in three if one.name.encode() == first.body]
    member.reset()
    for given, kept in [
        ((f"{NAME}={token}",), []),
        ((f"x=1; {NAME}={token}; y=2",), [b"x=1; y=2"]),
        ((f"{NAME}={token}; y=2",), [b"y=2"]),
        ((f"x=1;{NAME}={token};",), [b"x=1"]),
        (("x=1", f"{NAME}={token}", "y=2"), [b"x=1", b"y=2"]),
        ((f"{NAME}=forged; {NAME}={token}; a{NAME}={token}",), [f"a{NAME}={token}".encode()]),
        ((f"x={NAME}={token}; {NAME}={token}",), [f"x={NAME}={token}".encode()]),
    ]:
        assert ask(server, with_cookies(*given)).body == first.body
        head = member.heads[-1]
        fields = (line.partition(b": ") for line in head.split(b"\r\n"))
        assert [value for name, _, value in fields if name.lower() == b"cookie"] == kept


def test_other_cookies_are_left_as_they_are(gateway: GatewayFactory, three: list[SteeredBackend]) -> None:
    server = gateway(sticky(three[:1]))
    odd = 'a=1;  b="q; r"; ; c; sessionid=lower; d=\t2'
    assert ask(server, with_cookies(odd)).status == 200
    [head] = three[0].heads
    assert f"\r\nCookie: {odd}\r\n".encode() in head


@pytest.mark.parametrize(
    "value", ["", "forged", "A" * 24, "..", '"', "a=b", "é", "\x80", "0" * 4000], ids=range(9)
)
def test_a_cookie_that_the_gateway_did_not_make_is_as_good_as_none(
    gateway: GatewayFactory, three: list[SteeredBackend], value: str
) -> None:
    server = gateway(sticky(three))
    request = f"GET /x HTTP/1.1\r\nHost: a\r\nCookie: {NAME}={value}\r\n\r\n".encode("latin-1")
    answers = [ask(server, request) for _ in range(6)]
    assert {one.body for one in answers} == {b"a", b"b", b"c"}
    assert all(token_of(one) != value for one in answers)


def test_a_token_of_another_pool_or_gateway_is_as_good_as_none(
    gateway: GatewayFactory, three: list[SteeredBackend]
) -> None:
    elsewhere = token_of(ask(gateway(sticky(three[:1]))))
    server = gateway(sticky(three[:1]))
    own = token_of(ask(server))
    assert own != elsewhere
    assert token_of(ask(server, with_cookies(f"{NAME}={elsewhere}"))) == own
    changed = own[:-1] + ("A" if own[-1] != "A" else "B")
    assert token_of(ask(server, with_cookies(f"{NAME}={changed}"))) == own
    assert token_of(ask(server, with_cookies(f"{NAME}={own.swapcase()}"))) == own
    assert ask(server, with_cookies(f"{NAME}={own}")).all("set-cookie") == []


def test_a_session_moves_when_its_member_is_out_and_gets_a_new_cookie(
    gateway: GatewayFactory, three: list[SteeredBackend]
) -> None:
    server = gateway(sticky(three[:2], rule(count=1, trip=0.3)))
    first = ask(server)
    mine, other = three[:2] if first.body == b"a" else three[1::-1]
    request = with_cookies(f"{NAME}={token_of(first)}")
    mine.status = 500
    failed = ask(server, request)
    assert (failed.status, failed.all("set-cookie")) == (500, [])
    moved = ask(server, request)
    assert moved.body == other.name.encode()
    again = with_cookies(f"{NAME}={token_of(moved)}")
    for _ in range(5):
        assert ask(server, again).body == other.name.encode()
    # The member comes back: who moved stays, who kept the old cookie returns.
    mine.status = 200
    wait_until(lambda: ask(server, request).body == mine.name.encode())
    assert ask(server, request).all("set-cookie") == []
    assert ask(server, again).body == other.name.encode()


def test_a_retry_may_leave_the_member_of_the_session(
    gateway: GatewayFactory, three: list[SteeredBackend]
) -> None:
    retry = {"retry": {"count": 1, "statusCodeRanges": [{"min": 500, "max": 599}]}}
    server = gateway(sticky(three[:2], more=retry))
    first = ask(server)
    mine, other = three[:2] if first.body == b"a" else three[1::-1]
    mine.status = 500
    moved = ask(server, with_cookies(f"{NAME}={token_of(first)}"))
    assert moved.body == other.name.encode()
    assert token_of(moved) != token_of(first)
    assert all(NAME.encode() not in head for head in mine.heads + other.heads)


def test_a_refusal_sets_no_cookie(gateway: GatewayFactory, three: list[SteeredBackend]) -> None:
    server = gateway(sticky(three[:1], rule(count=1)))
    three[0].status = 500
    assert ask(server).status == 500
    refused = ask(server)
    assert (refused.status, refused.all("set-cookie")) == (503, [])
    three[0].die()


def test_a_session_outlives_a_reload(gateway: GatewayFactory, three: list[SteeredBackend]) -> None:
    server = gateway(sticky(three))
    first = ask(server)
    request = with_cookies(f"{NAME}={token_of(first)}")
    seen = len(server.stderr_lines())
    server.write(sticky([*three[::-1]], rule(count=9)))
    server.reload()
    server.wait_for_line(" reloaded ", after=seen)
    for _ in range(12):
        answer = ask(server, request)
        assert (answer.body, answer.all("set-cookie")) == (first.body, [])


def test_each_url_of_a_member_has_a_token_of_its_own(
    gateway: GatewayFactory, three: list[SteeredBackend]
) -> None:
    a, b, c = three
    members = single("a", a), several("bc", [(b, 1), (c, 1)])
    server = gateway(configuration(*members, pool("all", "a", "bc", **AFFINITY)))
    for _ in range(12):
        first = ask(server)
        request = with_cookies(f"{NAME}={token_of(first)}")
        assert {ask(server, request).body for _ in range(4)} == {first.body}
    assert all(one.requests for one in three)


def test_set_cookie_fields_of_the_backend_are_kept(
    gateway: GatewayFactory, three: list[SteeredBackend]
) -> None:
    server = gateway(sticky(three[:1]))
    three[0].fields = "Set-Cookie: own=1; Path=/x\r\nSet-Cookie: other=2\r\n"
    answer = ask(server)
    assert answer.all("set-cookie")[:2] == ["own=1; Path=/x", "other=2"]
    assert len(answer.all("set-cookie")) == 3


def test_the_cookie_is_set_on_failing_answers_of_the_backend_too(
    gateway: GatewayFactory, three: list[SteeredBackend]
) -> None:
    server = gateway(sticky(three))
    for one in three:
        one.status = 404
    first = ask(server)
    assert first.status == 404
    assert ask(server, with_cookies(f"{NAME}={token_of(first)}")).body == first.body


def test_on_https_the_cookie_is_secure(gateway: GatewayFactory, three: list[SteeredBackend]) -> None:
    made = sticky(three[:1])
    made["gateway"]["listeners"] = [{"url": "https://127.0.0.1:0"}]
    server = gateway(made)
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with RawConnection(server.url, tls=context) as connection:
        answer = connection.ask(GET)
    assert answer.all("set-cookie") == [f"{NAME}={token_of(answer)}; Path=/; HttpOnly; Secure"]


def test_a_session_of_a_member_that_is_gone_is_dealt_anew(
    gateway: GatewayFactory, three: list[SteeredBackend]
) -> None:
    server = gateway(sticky(three[:1]))
    first = ask(server)
    seen = len(server.stderr_lines())
    server.write(sticky(three[1:]))
    server.reload()
    server.wait_for_line(" reloaded ", after=seen)
    answer = until(server, 200, request=with_cookies(f"{NAME}={token_of(first)}"))
    assert answer_of(answer) in (b"b", b"c")
    assert token_of(answer) != token_of(first)
