"""Any Cookie fields: what a backend gets of them, against a reading in plain Python.

`tests/integration/test_session_affinity.py` has the rules of sessions; this has the odd spellings. The
gateway is real.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.harness import GatewayProcess, RawConnection, SteeredBackend
from tests.harness.config import one_api

NAME = "Sid"
POLICY = (
    '<policies><inbound><base /><set-backend-service backend-id="all" /></inbound>'
    "<backend><base /></backend><outbound><base /></outbound><on-error><base /></on-error></policies>"
)


class Session:
    """A connection through a gateway to backends that remember what they got."""

    def __init__(self, server: GatewayProcess, backends: Sequence[SteeredBackend]) -> None:
        self.backends = {one.name.encode(): one for one in backends}
        self.connection = RawConnection(server.url)
        self.tokens: dict[bytes, str] = {}
        while len(self.tokens) < len(backends):
            name, given, _ = self.ask([])
            assert given is not None
            self.tokens[name] = given

    def ask(self, fields: Sequence[str]) -> tuple[bytes, str | None, list[str]]:
        """Who answered a request with these Cookie fields, the token that it set, and what it had got."""
        lines = "".join(f"Cookie: {field}\r\n" for field in fields)
        answer = self.connection.ask(f"GET / HTTP/1.1\r\nHost: a\r\n{lines}\r\n".encode("latin-1"))
        assert answer.status == 200
        set_cookie = answer.get("set-cookie")
        token = set_cookie and set_cookie.partition(";")[0].partition("=")[2]
        head = self.backends[answer.body].heads[-1].decode("latin-1").split("\r\n")
        got = [line.partition(": ")[2] for line in head if line.lower().startswith("cookie:")]
        return answer.body, token, got


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    folder: Path = tmp_path_factory.mktemp("affinity")
    with SteeredBackend("a") as a, SteeredBackend("b") as b:
        backends = [{"id": one.name, "url": one.url} for one in (a, b)]
        services = {
            "services": [{"id": "a"}, {"id": "b"}],
            "sessionAffinity": {"sessionId": {"source": "cookie", "name": NAME}},
        }
        members = [*backends, {"id": "all", "type": "Pool", "pool": services}]
        with GatewayProcess(folder, one_api(None, policy=POLICY, backends=members)) as server:
            session = Session(server, (a, b))
            with session.connection:
                yield session


def pairs(field: str) -> list[str]:
    """The cookies of a field as they stand there, without the blanks around them (RFC 6265 section 4.2.1)."""
    return [pair for pair in (part.strip(" \t") for part in field.split(";")) if pair]


def kept(fields: Sequence[str]) -> list[str]:
    """What is left for the backend: fields without the affinity cookie are as they came."""
    found = []
    for field in fields:
        others = [pair for pair in pairs(field) if not pair.startswith(f"{NAME}=")]
        if others == pairs(field):
            found.append(field)
        elif others:
            found.append("; ".join(others))
    return found


def named(fields: Sequence[str], tokens: dict[bytes, str]) -> bytes | None:
    """The member of the first affinity cookie that is a token."""
    for field in fields:
        for pair in pairs(field):
            for member, token in tokens.items():
                if pair == f"{NAME}={token}":
                    return member
    return None


OTHER = st.text('aS=id;, \t"\\%\x80\xff', max_size=12)
# 0 and 1 become the tokens of the two members.
ODD = [
    "Sid",
    "Sid=",
    "sid=0",
    "Sid =0",
    "Sid= 0",
    'Sid="0"',
    "Sid=0x",
    "xSid=0",
    "x=Sid=0",
    "Sid==0",
    "Sid=0,1",
]
PAIR = OTHER | st.sampled_from(["Sid=0", "Sid=1", "Sid=forged", *ODD])
FIELD = st.lists(PAIR, max_size=5).flatmap(
    lambda found: st.sampled_from(["; ", ";", " ;\t", ";;"]).map(lambda by: by.join(found).strip(" \t"))
)


@example(["Sid=0", "a=1; Sid=1;b=2", "c"])
@example(["Sid=forged; Sid=1"])
@example(["Sid"])
@example([";Sid=0;", ";;"])
@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(FIELD, max_size=4))
def test_backends_get_every_cookie_but_that_of_the_session(session: Session, fields: list[str]) -> None:
    [zero, one] = session.tokens.values()
    fields = [field.translate({ord("0"): zero, ord("1"): one}) for field in fields]
    member, token, got = session.ask(fields)
    assert got == kept(fields)
    expected = named(fields, session.tokens)
    if expected is None:
        # Whoever it is: the caller is told.
        assert token == session.tokens[member]
    else:
        assert (member, token) == (expected, None)
