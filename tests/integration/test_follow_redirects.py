"""follow-redirects of forward-request on one origin: which redirects are followed, with what, and how far.

Other origins have a file of their own, test_redirects_elsewhere.
"""

from __future__ import annotations

import json
import threading

import pytest

from tests.harness import RawConnection, ScriptedBackend, Session, ask
from tests.harness.config import forwarding
from tests.integration.conftest import Serve
from tests.integration.signposts import FOLLOWS, Posts, follow, names, redirect, send
from tests.integration.test_send_request import FAILURE, get, nobody


@pytest.mark.parametrize("attributes", ["", 'follow-redirects="false"', 'follow-redirects="@(1 > 2)"'])
def test_a_redirect_is_the_answer_unless_it_is_to_be_followed(
    serve: Serve, posts: Posts, attributes: str
) -> None:
    post = posts({"/a": redirect("/b")})
    answer = get(serve(post, policy=forwarding(attributes)), "/a")
    assert (answer.status, answer.get("location"), answer.body) == (302, "/b", b"moved")
    assert post.asked == [("GET", "/a")]


@pytest.mark.parametrize("attribute", ["true", "@(context.Request.Method == &quot;GET&quot;)"])
@pytest.mark.parametrize("status", [300, 301, 302, 303, 307, 308])
def test_the_six_redirects_are_followed_on_the_same_connection(
    serve: Serve, posts: Posts, status: int, attribute: str
) -> None:
    post = posts({"/a?q=1": redirect("/b?x=2", status)})
    gateway = serve(post, policy=forwarding(f'follow-redirects="{attribute}"'))
    answer = get(gateway, "/a?q=1", "X-Mine: 1\r\n")
    assert (answer.status, json.loads(answer.body)["target"]) == (200, "/b?x=2")
    assert answer.get("location") is None
    assert post.requests[1].get("x-mine") == "1"
    assert len(post.sessions) == 1


@pytest.mark.parametrize("status", [304, 305, 306])
def test_other_answers_with_a_location_are_passed_on(serve: Serve, posts: Posts, status: int) -> None:
    answer = redirect("/b", status, b"")
    post = posts({"/a": answer.replace(b"Content-Length: 0\r\n", b"") if status == 304 else answer})
    assert get(follow(serve, post), "/a").status == status


@pytest.mark.parametrize("status", [300, 302])
def test_a_redirect_without_a_location_is_the_answer(serve: Serve, posts: Posts, status: int) -> None:
    post = posts({"/a": b"HTTP/1.1 %d Other\r\nContent-Length: 0\r\n\r\n" % status})
    assert get(follow(serve, post), "/a").status == status


@pytest.mark.parametrize("location", ["", "?", "#part", "?#part"])
def test_an_empty_location_is_no_place(serve: Serve, posts: Posts, location: str) -> None:
    post = posts({"/a?x=1": redirect(location)})
    gateway = follow(serve, post)
    answer = get(gateway, "/a?x=1")
    assert (answer.status, answer.get("location"), answer.body) == (302, location, b"moved")
    assert len(post.requests) == 1
    assert "redirect not followed" in gateway.wait_for_line("the Location is empty")


@pytest.mark.parametrize(
    ("status", "method", "then", "body"),
    [
        (300, "POST", "GET", ""),
        (300, "PUT", "PUT", "the body"),
        (301, "POST", "GET", ""),
        (302, "POST", "GET", ""),
        (303, "POST", "GET", ""),
        (303, "PUT", "GET", ""),
        (303, "DELETE", "GET", ""),
        (303, "HEAD", "HEAD", ""),
        (301, "PUT", "PUT", "the body"),
        (302, "PATCH", "PATCH", "the body"),
        (302, "DELETE", "DELETE", "the body"),
        (303, "GET", "GET", "the body"),
        (307, "POST", "POST", "the body"),
        (308, "PUT", "PUT", "the body"),
        (307, "HEAD", "HEAD", ""),
    ],
)
def test_methods_are_rewritten_as_dotnet_does(
    serve: Serve, posts: Posts, status: int, method: str, then: str, body: str
) -> None:
    head = method == "HEAD"
    post = posts({"/a": redirect("/b", status, b"" if head else b"moved")})
    fields = "Content-Type: text/plain\r\nContent-Language: nl\r\nX-Content: 1\r\n"
    answer = send(follow(serve, post), method, "/a", fields, "" if head else "the body")
    assert answer.status == 200
    first, second = post.wait_for_requests(2)
    assert (first.method, first.body) == (method, b"" if head else b"the body")
    assert (second.method, second.body) == (then, body.encode())
    if then == method:
        assert names(second) == names(first)
    else:
        assert names(second) == ["Host", "X-Content", "X-Forwarded-For"]


def test_a_rewritten_request_stays_without_a_body_further_on(serve: Serve, posts: Posts) -> None:
    post = posts({"/a": redirect("/b", 302), "/b": redirect("/c", 307), "/c": redirect("/d", 308)})
    assert send(follow(serve, post), "POST", body="x").status == 200
    assert post.asked == [("POST", "/a"), ("GET", "/b"), ("GET", "/c"), ("GET", "/d")]
    assert [request.body for request in post.requests] == [b"x", b"", b"", b""]


@pytest.mark.parametrize(
    ("location", "target"),
    [
        ("b", "/one/b"),
        ("./b/../c", "/one/c"),
        ("../b", "/b"),
        ("../../../b", "/b"),
        ("?y=2", "/one/two?y=2"),
        ("/b#part", "/b"),
        ("/", "/"),
        ("b/", "/one/b/"),
        ("..", "/"),
        (".", "/one/"),
        ("/sp ace/é", "/sp%20ace/%C3%A9"),
        ("/a//b", "/a//b"),
    ],
)
def test_a_location_is_resolved_at_the_place_that_gave_it(
    serve: Serve, posts: Posts, location: str, target: str
) -> None:
    post = posts({"/one/two?x=1": redirect(location)})
    answer = get(follow(serve, post), "/one/two?x=1")
    assert json.loads(answer.body)["target"] == target
    assert len(post.sessions) == 1


def test_after_fifty_redirects_the_next_one_is_the_answer(serve: Serve, posts: Posts) -> None:
    post = posts({"/a?x=1": redirect("?x=1#again")})
    gateway = follow(serve, post)
    answer = get(gateway, "/a?x=1")
    assert (answer.status, answer.get("location")) == (302, "?x=1#again")
    assert len(post.requests) == 51
    assert "redirect not followed" in gateway.wait_for_line("there were 50 redirects already")


@pytest.mark.parametrize(
    "location",
    ["ftp://127.0.0.1/x", "http://", "http://a:b@c/", "http://127.0.0.1:0/", "http://a b/", "http:x"],
)
def test_a_location_that_no_backend_could_have_is_passed_on(
    serve: Serve, posts: Posts, location: str
) -> None:
    post = posts({"/a": redirect(location)})
    answer = get(follow(serve, post), "/a")
    assert (answer.status, answer.get("location"), answer.body) == (302, location, b"moved")


def test_a_base_path_and_an_explicit_host_belong_to_the_origin(serve: Serve, posts: Posts) -> None:
    post = posts({"/base/a": redirect("b"), "/base/b": redirect("/c")})
    host = '<set-header name="Host"><value>said.example</value></set-header>'
    gateway = serve(f"{post.url}/base", policy=forwarding(FOLLOWS, host))
    assert json.loads(get(gateway, "/a").body)["target"] == "/c"
    assert [request.get("host") for request in post.requests] == ["said.example"] * 3


def test_credentials_stay_on_the_same_origin(serve: Serve, posts: Posts) -> None:
    post = posts({"/a?key=s": redirect("/b")})
    backend = {
        "id": "b",
        "url": post.url,
        "credentials": {"header": {"X-Key": ["secret"]}, "query": {"key": ["s"]}},
    }
    gateway = follow(serve, post, backends=[backend])
    assert get(gateway, "/a", "Authorization: Bearer t\r\nCookie: a=b\r\n").status == 200
    assert post.asked == [("GET", "/a?key=s"), ("GET", "/b?key=s")]
    first, second = post.requests
    assert first.headers == second.headers
    assert (second.get("x-key"), second.get("authorization")) == ("secret", "Bearer t")


def test_a_redirect_whose_body_is_not_there_yet_costs_its_connection(serve: Serve, posts: Posts) -> None:
    def slow(session: Session) -> None:
        request = session.request()
        if request.target == "/a":
            session.send(b"HTTP/1.1 302 Found\r\nLocation: /b\r\nContent-Length: 10\r\n\r\nab")
        else:
            session.answer(b"there")

    with ScriptedBackend(slow) as backend:
        assert get(follow(serve, backend), "/a").body == b"there"
        assert backend.session(0).wait_closed() in ("closed", "reset")


def test_a_redirect_before_the_body_is_there_sends_all_of_it(serve: Serve) -> None:
    """What the backend has got of it, and what comes later, goes to the next place."""
    moved = threading.Event()

    def early(session: Session) -> None:
        request = session.request_head()
        if request.target == "/a":
            session.wait_for(b"first")
            session.send(redirect("/b", 307))
        else:
            moved.set()
            assert request.framing == "length"
            session.answer(session._take(10, 10.0))

    with ScriptedBackend(early) as backend:
        gateway = follow(serve, backend)
        with RawConnection(gateway.url) as caller:
            caller.send(b"POST /a HTTP/1.1\r\nHost: gw\r\nContent-Length: 10\r\n\r\nfirst")
            assert moved.wait(10)
            answer = caller.ask(b"after")
        assert (answer.status, answer.body) == (200, b"firstafter")
        assert backend.session(0).wait_closed() in ("closed", "reset")


def test_a_body_that_was_too_large_to_keep_is_not_sent_again(serve: Serve, posts: Posts) -> None:
    post = posts({"/a": redirect("/b", 307), "/c": redirect("/d", 303)})
    gateway = follow(serve, post)
    large = "x" * (2 * 1024 * 1024 + 1)
    answer = send(gateway, "POST", "/a", body=large)
    assert (answer.status, answer.get("location")) == (307, "/b")
    assert "status=307" in gateway.wait_for_line('reason="the body was not kept')
    assert send(gateway, "POST", "/a", body=large[1:]).status == 200
    # A GET takes no body along.
    assert send(gateway, "POST", "/c", body=large).status == 200


def test_a_body_that_policies_have_set_goes_along(serve: Serve, posts: Posts) -> None:
    post = posts({"/a": redirect("/b", 308), "/c": redirect("/d", 303)})
    gateway = serve(post, policy=forwarding(FOLLOWS, '<set-body>@("made " + "here")</set-body>'))
    assert json.loads(send(gateway, "POST", "/a", body="theirs").body)["body"] == "made here"
    assert json.loads(send(gateway, "POST", "/c", body="theirs").body)["body"] == ""


def test_the_time_limit_spans_all_hops(serve: Serve, posts: Posts) -> None:
    def slow(session: Session) -> None:
        while True:
            request = session.request()
            if request.target == "/a":
                session.send(redirect("/b"))

    with ScriptedBackend(slow) as backend:
        policy = forwarding(f'{FOLLOWS} timeout="1"').replace("<on-error><base />", f"<on-error>{FAILURE}")
        answer = get(serve(backend, policy=policy), "/a")
        assert answer.status == 500
        assert "|Timeout|" in (answer.get("x-failure") or "")
        assert len(backend.requests) == 2


def test_a_place_that_cannot_be_reached_is_a_connection_failure(serve: Serve, posts: Posts) -> None:
    post = posts({"/a": redirect(f"{nobody()}/b")})
    policy = forwarding(FOLLOWS).replace("<on-error><base />", f"<on-error>{FAILURE}")
    answer = get(serve(post, policy=policy), "/a")
    assert answer.status == 500
    assert (answer.get("x-failure") or "").startswith("forward-request|BackendConnectionFailure|backend|")


def test_a_caller_that_leaves_during_a_hop_takes_the_call_along(serve: Serve, posts: Posts) -> None:
    def slow(session: Session) -> None:
        while True:
            if session.request().target == "/a":
                session.send(redirect("/b"))

    with ScriptedBackend(slow) as backend:
        gateway = follow(serve, backend)
        with RawConnection(gateway.url) as caller:
            caller.send(b"GET /a HTTP/1.1\r\nHost: gw\r\n\r\n")
            backend.wait_for_requests(2)
        assert backend.session().wait_closed() in ("closed", "reset")


def test_a_further_forward_begins_at_the_first_place_with_the_first_method_and_body(
    serve: Serve, posts: Posts
) -> None:
    post = posts({"/a": redirect("/b", 302), "/b": b"HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n"})
    again = f"""<policies><backend><retry condition="@(context.Response.StatusCode == 503)" count="1"
        interval="0"><forward-request {FOLLOWS} /></retry></backend></policies>"""
    assert send(serve(post, policy=again), "POST", body="kept").status == 503
    assert post.asked == [("POST", "/a"), ("GET", "/b")] * 2
    assert [request.body for request in post.requests] == [b"kept", b"", b"kept", b""]


def test_expressions_see_the_request_that_was_made(serve: Serve, posts: Posts) -> None:
    post = posts({"/a": redirect("/b", 303)})
    shown = """<set-header name="X-Seen"><value>@(context.Request.Method + context.Request.Url.Path
        + context.Response.StatusCode)</value></set-header>"""
    policy = forwarding(FOLLOWS).replace("<outbound><base />", f"<outbound>{shown}")
    assert send(serve(post, policy=policy), "POST", body="x").get("x-seen") == "POST/a200"


def test_a_used_connection_that_is_dead_is_replaced_on_a_hop(serve: Serve) -> None:
    def once(session: Session) -> None:
        request = session.request()
        if session.number == 0:
            session.send(redirect("/b"))
            session.wait_for(b"GET /b")
            session.close()
        else:
            session.answer(request.target.encode())

    with ScriptedBackend(once) as backend:
        assert get(follow(serve, backend), "/a").body == b"/b"


def test_computed_flags_must_be_booleans_and_may_fail(serve: Serve, posts: Posts) -> None:
    policy = forwarding('follow-redirects="@(((string) null).Length == 1)"')
    gateway = serve(posts(), policy=policy.replace("<on-error><base />", f"<on-error>{FAILURE}"))
    answer = ask(gateway.url, b"GET /a HTTP/1.1\r\nHost: gw\r\n\r\n")
    assert answer.status == 500
    assert (answer.get("x-failure") or "").startswith("forward-request|ExpressionValueEvaluationFailure|")
