"""Calls that fail where a redirect has led: repeated from the start only where the first method allows it.

Sources: spec/resilience.md section 3.2, RFC 9110 section 9.2.2.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.harness import ScriptedBackend, Session
from tests.harness.config import forwarding
from tests.integration.conftest import Serve
from tests.integration.signposts import FOLLOWS, Posts, redirect, send
from tests.integration.test_redirects_elsewhere import FAILING

CLOSES = b""
ONCE = "Connection: close\r\n"


def two_urls(*urls: str) -> dict[str, Any]:
    """A backend whose failed calls are repeated twice."""
    rule = {"count": 2, "statusCodeRanges": [{"min": 500, "max": 500}]}
    return {"id": "two", "urls": [{"url": url} for url in urls], "retry": rule}


@pytest.mark.parametrize("failure", [FAILING, CLOSES], ids=["status", "broken"])
@pytest.mark.parametrize(
    ("method", "status", "then", "tries"),
    [
        ("POST", 301, "GET", 1),
        ("POST", 302, "GET", 1),
        ("POST", 303, "GET", 1),
        ("PATCH", 303, "GET", 1),
        ("POST", 307, "POST", 1),
        ("GET", 301, "GET", 3),
        ("GET", 302, "GET", 3),
        ("GET", 303, "GET", 3),
        ("PUT", 301, "PUT", 3),
        ("PUT", 302, "PUT", 3),
        ("PUT", 303, "GET", 3),
    ],
)
def test_a_failure_after_a_redirect_repeats_only_what_may_be_sent_twice(
    serve: Serve, posts: Posts, method: str, status: int, then: str, tries: int, failure: bytes
) -> None:
    post = posts({"/a": redirect("/b", status, more=ONCE), "/b": failure})
    backend = two_urls(post.url, f"http://localhost:{post.port}")
    gateway = serve(
        post, policy=forwarding(FOLLOWS, '<set-backend-service backend-id="two" />'), backends=[backend]
    )
    assert send(gateway, method, body="x").status == 500
    assert post.asked == [(method, "/a"), (then, "/b")] * tries


@pytest.mark.parametrize(("method", "tries"), [("POST", 1), ("GET", 2)])
def test_a_hop_that_finds_nobody_has_not_left_the_backend_untouched(
    serve: Serve, method: str, tries: int
) -> None:
    asked: list[str] = []

    def leaving(session: Session) -> None:
        asked.append(session.request().method)
        session.backend.stop_listening()
        session.send(redirect("/b", 303, more=ONCE))

    with ScriptedBackend(leaving) as one, ScriptedBackend(leaving) as other:
        policy = forwarding(FOLLOWS, '<set-backend-service backend-id="two" />')
        gateway = serve(one, policy=policy, backends=[two_urls(one.url, other.url)])
        assert send(gateway, method, body="x").status == 500
    assert asked == [method] * tries


def test_a_dead_connection_on_a_hop_is_replaced_whatever_the_first_method_was(serve: Serve) -> None:
    def once(session: Session) -> None:
        session.request()
        if session.number == 0:
            session.send(redirect("/b", 303))
            session.wait_for(b"GET /b")
            session.close()
        else:
            session.answer(b"there")

    with ScriptedBackend(once) as backend:
        assert send(serve(backend, policy=forwarding(FOLLOWS)), "POST", body="x").body == b"there"
        assert [request.method for request in backend.requests] == ["POST", "GET"]
