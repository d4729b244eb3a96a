"""Redirects to another origin: what goes along, which connections they take, and whose breaker is asked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import GatewayFactory
from tests.harness import ScriptedBackend, Session
from tests.harness.config import forwarding, one_api
from tests.integration.conftest import Serve
from tests.integration.signposts import FOLLOWS, Posts, follow, names, redirect, send
from tests.integration.test_mtls_nginx import Site, nginx
from tests.integration.test_send_request import FAILURE, get
from tests.pki import make_ca

CREDENTIALS = "Authorization: Bearer t\r\nCookie: a=b\r\nOcp-Apim-Subscription-Key: k\r\nX-Other: stays\r\n"
FAILING = b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n"


def breaker(id: str, url: str, **more: Any) -> dict[str, Any]:
    """A backend that is left alone for long after one failure."""
    condition = {"count": 1, "interval": "PT1M", "statusCodeRanges": [{"min": 500, "max": 599}]}
    rule = {"name": "one", "failureCondition": condition, "tripDuration": "PT1M"}
    return {"id": id, "url": url, "circuitBreaker": {"rules": [rule]}, **more}


@pytest.mark.parametrize("status", [302, 307])
def test_credentials_do_not_go_to_another_origin_nor_come_back(
    serve: Serve, posts: Posts, status: int
) -> None:
    there, here = posts(), posts()
    there.signs = {"/b?y=1": redirect(f"{here.url}/c", status)}
    here.signs = {"/a?key=s": redirect(f"{there.url}/b?y=1", status)}
    backend = {
        "id": "b",
        "url": here.url,
        "credentials": {"header": {"X-Key": ["secret"]}, "query": {"key": ["s"]}},
    }
    gateway = follow(serve, here, backends=[backend])
    told = json.loads(get(gateway, "/a?key=s", CREDENTIALS).body)
    assert told["target"] == "/c"
    first, last = here.requests
    (other,) = there.requests
    assert {"Authorization", "Cookie", "Ocp-Apim-Subscription-Key", "X-Key"} < set(names(first))
    for request in (other, last):
        assert names(request) == ["Host", "X-Other", "X-Forwarded-For"]
    assert other.get("host") == there.url.removeprefix("http://")


def test_another_host_is_told_its_own_name(serve: Serve, posts: Posts) -> None:
    there = posts()
    here = posts({"/a": redirect(f"//localhost:{there.port}/b")})
    host = '<set-header name="Host"><value>said.example</value></set-header>'
    assert get(serve(here, policy=forwarding(FOLLOWS, host)), "/a").status == 200
    assert here.requests[0].get("host") == "said.example"
    assert there.requests[0].get("host") == f"localhost:{there.port}"


def test_the_body_goes_along_where_the_method_stays(serve: Serve, posts: Posts) -> None:
    there = posts()
    here = posts({"/a": redirect(f"{there.url}/b", 308), "/c": redirect(f"{there.url}/d", 301)})
    gateway = follow(serve, here)
    assert json.loads(send(gateway, "POST", "/a", body="mine").body)["body"] == "mine"
    assert json.loads(send(gateway, "POST", "/c", body="mine").body)["method"] == "GET"


def test_the_breaker_of_the_backend_at_that_place_is_asked_and_told(serve: Serve, posts: Posts) -> None:
    there = posts({"/api/b": FAILING})
    here = posts({"/a": redirect(f"{there.url}/api/b"), "/x": redirect(f"{there.url}/apis")})
    policy = forwarding(FOLLOWS).replace("<on-error><base />", f"<on-error>{FAILURE}")
    gateway = serve(here, policy=policy, backends=[breaker("there", f"{there.url}/api")])
    assert get(gateway, "/a").status == 500
    answer = get(gateway, "/a")
    assert answer.status == 503
    assert "forward-request|BackendCircuitOpen|backend" in (answer.get("x-failure") or "")
    assert int(answer.get("retry-after") or 0) > 0
    assert len(there.requests) == 1
    # Beside its URL the backend has no say.
    assert get(gateway, "/x").status == 200


def test_the_breaker_of_the_first_backend_sees_its_redirects_as_answers(serve: Serve, posts: Posts) -> None:
    there = posts({"/b": FAILING})
    here = posts({"/a": redirect(f"{there.url}/b"), "/c": redirect("/d"), "/d": FAILING})
    gateway = follow(serve, here, backends=[breaker("here", here.url)])
    for _ in range(3):
        assert get(gateway, "/a").status == 500
    # On its own ground the last answer counts, and the call is one call.
    assert get(gateway, "/c").status == 500
    assert get(gateway, "/a").status == 503
    assert here.asked == [("GET", "/a")] * 3 + [("GET", "/c"), ("GET", "/d")]


def test_a_failure_elsewhere_is_no_reason_to_ask_another_member(serve: Serve, posts: Posts) -> None:
    there = posts({"/b": FAILING})
    here = posts({"/a": redirect(f"{there.url}/b")})
    backend = {
        "id": "two",
        "urls": [{"url": here.url}, {"url": f"http://localhost:{here.port}"}],
        "retry": {"count": 2, "statusCodeRanges": [{"min": 500, "max": 500}]},
    }
    inbound = '<set-backend-service backend-id="two" />'
    gateway = serve(here, policy=forwarding(FOLLOWS, inbound), backends=[backend])
    assert get(gateway, "/a").status == 500
    assert len(here.requests) == len(there.requests) == 1


def test_the_connections_of_a_limited_backend_are_shared_with_hops(serve: Serve, posts: Posts) -> None:
    """With one connection: the hop takes the one that the redirect came on."""
    here = posts({"/a": redirect("/b"), "/b": redirect("/c")})
    limited = {"id": "one", "url": here.url, "limits": {"connections": 1, "pending": 0}}
    gateway = follow(serve, here, backends=[limited])
    for _ in range(3):
        assert get(gateway, "/a").status == 200
    assert len(here.sessions) == 1


def test_the_session_of_a_pool_is_not_given_out_by_strangers(serve: Serve, posts: Posts) -> None:
    there = posts()
    here = posts({"/a": redirect(f"{there.url}/b")})
    sticky = {"sessionAffinity": {"sessionId": {"source": "cookie", "name": "sid"}}}
    backends = [
        {"id": "m", "url": here.url},
        {"id": "n", "url": f"http://localhost:{here.port}"},
        {"id": "p", "type": "Pool", "pool": {"services": [{"id": "m"}, {"id": "n"}], **sticky}},
    ]
    gateway = serve(
        here, policy=forwarding(FOLLOWS, '<set-backend-service backend-id="p" />'), backends=backends
    )
    assert get(gateway, "/a").get("set-cookie") is None
    assert "sid=" in (get(gateway, "/z").get("set-cookie") or "")


def test_no_client_certificate_goes_to_another_origin(gateway: GatewayFactory, tmp_path: Path) -> None:
    """Nor does one that a policy presents; and https leads to https, but not to http."""
    ca = make_ca()
    client = ca.issue("client", usage="client")
    server = ca.issue("localhost", "localhost", "127.0.0.1")
    sites = [
        Site(
            "here",
            server,
            more="""location /a { return 307 https://127.0.0.1:$arg_to/seen; }
            location /open { return 302 http://127.0.0.1:$arg_to/seen; }
            location /own { return 302 /seen; }""",
        ),
        Site("there", server, verify="optional"),
    ]
    with nginx(tmp_path, ca, sites) as ports:
        url = f"https://127.0.0.1:{ports['here']}"
        for inbound, credentials in (
            ("", {"credentials": {"certificateIds": ["client"]}}),
            ('<authentication-certificate certificate-id="client" />', {}),
        ):
            configuration = one_api(
                None,
                policy=forwarding(FOLLOWS, f'<set-backend-service backend-id="b" />{inbound}'),
                backends=[{"id": "b", "url": url, **credentials}],
                certificates=[{"id": "client", "file": "client.pem"}],
                caCertificates=[{"id": "ca", "file": "ca.pem", "storeName": "Root"}],
            )
            process = gateway(configuration, files={"client.pem": client.bundle(), "ca.pem": ca.pem})
            answer = get(process, f"/a?to={ports['there']}")
            assert (answer.status, answer.get("x-site")) == (200, "there")
            assert answer.get("x-verify") == "NONE"
            answer = get(process, "/own")
            assert (answer.get("x-site"), answer.get("x-verify")) == ("here", "SUCCESS")
            answer = get(process, f"/open?to={ports['there']}")
            assert (answer.status, answer.get("location")) == (302, f"http://127.0.0.1:{ports['there']}/seen")
            assert "it leads from https to http" in process.wait_for_line("redirect not followed")


def test_http_may_lead_to_https_which_is_checked(gateway: GatewayFactory, tmp_path: Path) -> None:
    ca = make_ca()
    with (
        nginx(tmp_path, ca, [Site("there", ca.issue("localhost", "127.0.0.1"), verify="optional")]) as ports,
        ScriptedBackend(redirect(f"https://127.0.0.1:{ports['there']}/seen")) as here,
    ):
        configuration = one_api(here.url, policy=forwarding(FOLLOWS))
        assert get(gateway(configuration), "/a").status == 500
        trusting = {**configuration, "caCertificates": [{"id": "ca", "file": "ca.pem", "storeName": "Root"}]}
        answer = get(gateway(trusting, files={"ca.pem": ca.pem}), "/a")
        assert (answer.status, answer.get("x-site")) == (200, "there")


def test_hops_go_through_the_proxy_of_the_request(serve: Serve, posts: Posts) -> None:
    seen: list[str] = []

    def through(session: Session) -> None:
        """A proxy: every request has an absolute target."""
        while True:
            head = session._until(b"\r\n\r\n", 10.0)
            seen.append(head.split(b" ")[1].decode())
            session.send(redirect("http://two.test/b") if len(seen) == 1 else b"HTTP/1.1 204 Done\r\n\r\n")

    with ScriptedBackend(through) as proxy:
        inbound = f'<proxy url="{proxy.url}" />'
        gateway = serve("http://one.test", policy=forwarding(FOLLOWS, inbound))
        assert get(gateway, "/a").status == 204
    assert seen == ["http://one.test:80/a", "http://two.test:80/b"]
