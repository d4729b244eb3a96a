"""What policies make of the request and of the answer's headers, as an echo backend and the caller see it.

One gateway serves every case as an API of its own; each policy stands right above the test it belongs to.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.conftest import GatewayFactory
from tests.harness import EchoBackend, GatewayProcess, RawConnection, Response, ScriptedBackend, Session
from tests.harness.policies import PolicyCases

CASES = PolicyCases()
APIS = CASES.apis
DOCUMENTS = CASES.documents
api = CASES.api
BACKEND_ANSWER = (
    "HTTP/1.1 200 OK\r\nX-One: 1\r\nX-Many: a\r\nx-many: b\r\nServer: origin\r\nSet-Cookie: s=1\r\n"
    "Connection: X-Hop\r\nX-Hop: h"
)


def answering(session: Session) -> None:
    while True:
        session.request(timeout=600.0)
        session.answer(b"{}", BACKEND_ANSWER)


@pytest.fixture(scope="module")
def other() -> Iterator[EchoBackend]:
    """A second backend, to see where a request went."""
    with EchoBackend() as backend:
        yield backend
        assert backend.violations == []


@pytest.fixture(scope="module")
def server(module_gateway: GatewayFactory, other: EchoBackend) -> Iterator[GatewayProcess]:
    with EchoBackend() as echo, ScriptedBackend(answering) as answers:
        text = json.dumps([APIS, DOCUMENTS])
        for word, url in {"ECHO": echo.url, "OTHER": other.url, "ANSWERS": answers.url}.items():
            text = text.replace(word, url)
        apis, documents = json.loads(text)
        yield module_gateway(
            {
                "apis": apis,
            },
            files=documents,
        )
        assert echo.violations == []


def ask(server: GatewayProcess, target: str, *fields: str, method: str = "GET") -> Response:
    with RawConnection(server.url) as connection:
        head = "\r\n".join([f"{method} /{target} HTTP/1.1", "Host: gateway.test", *fields])
        return connection.ask(f"{head}\r\n\r\n".encode("latin-1"))


def seen(server: GatewayProcess, target: str, *fields: str, method: str = "GET") -> dict[str, Any]:
    """The request as the backend got it; `fields` are its headers by lower-case name."""
    answer = ask(server, target, *fields, method=method)
    assert answer.status == 200, answer
    request: dict[str, Any] = json.loads(answer.body)
    request["fields"] = {}
    for name, value in request["headers"]:
        request["fields"].setdefault(name.lower(), []).append(value)
    return request


def header(name: str, action: str | None, *values: str) -> str:
    given = f" exists-action='{action}'" if action else ""
    return (
        f"<set-header name='{name}'{given}>"
        + "".join(f"<value>{value}</value>" for value in values)
        + "</set-header>"
    )


def query(name: str, action: str | None, *values: str) -> str:
    return header(name, action, *values).replace("set-header", "set-query-parameter")


PLAIN = api("plain")

# --- set-header --------------------------------------------------------------------------------------

HEADERS = api(
    "headers",
    header("x-over", "override", "new")
    + header("x-default", None, "new")
    + header("x-skip", "skip", "new")
    + header("x-app", "append", "new")
    + header("x-del", "delete")
    + header("x-two", "override", "1", "2")
    + header("x-app-two", "append", "1", "2")
    + header("x-blank", "override", "  in  ner  ")
    + header("x-none", "override"),
)


def test_set_header_actions_on_absent_headers(server: GatewayProcess) -> None:
    fields = seen(server, f"{HEADERS}/x")["fields"]
    assert fields["x-over"] == ["new"]
    assert fields["x-default"] == ["new"]
    assert fields["x-skip"] == ["new"]
    assert fields["x-app"] == ["new"]
    assert "x-del" not in fields
    assert fields["x-two"] == ["1,2"]
    assert fields["x-app-two"] == ["1,2"]
    assert fields["x-blank"] == ["in  ner"]
    assert "x-none" not in fields


def test_set_header_actions_on_present_headers_in_any_case(server: GatewayProcess) -> None:
    given = [
        f"{name}: old" for name in ("X-Over", "X-DEFAULT", "x-Skip", "X-app", "X-Del", "X-Two", "X-None")
    ]
    fields = seen(server, f"{HEADERS}/x", *given, "X-App-Two: old")["fields"]
    assert fields["x-over"] == ["new"]
    assert fields["x-default"] == ["new"]
    assert fields["x-skip"] == ["old"]
    assert fields["x-app"] == ["old,new"]
    assert "x-del" not in fields
    assert fields["x-two"] == ["1,2"]
    assert fields["x-app-two"] == ["old,1,2"]
    assert "x-none" not in fields


def test_set_header_actions_take_every_line_of_a_repeated_header(server: GatewayProcess) -> None:
    given = [
        f"{name}: {value}"
        for name in ("x-over", "x-skip", "x-app", "x-del", "x-two")
        for value in ("old1", "old2")
    ]
    fields = seen(server, f"{HEADERS}/x", *given)["fields"]
    assert fields["x-over"] == ["new"]
    assert fields["x-skip"] == ["old1", "old2"]
    assert ",".join(fields["x-app"]) == "old1,old2,new"
    assert "x-del" not in fields
    assert fields["x-two"] == ["1,2"]


def test_an_empty_header_is_present(server: GatewayProcess) -> None:
    assert seen(server, f"{HEADERS}/x", "x-skip:")["fields"]["x-skip"] == [""]


LINES = ("User-Agent", "Cookie", "Warning", "If-Modified-Since", "If-Unmodified-Since")
APART = api("apart", "".join(header(name, "append", "1", "2") for name in LINES))


def test_some_headers_go_on_lines_of_their_own(server: GatewayProcess) -> None:
    fields = seen(server, f"{APART}/x", *(f"{name}: 0" for name in LINES))["fields"]
    for name in LINES:
        assert fields[name.lower()] == ["0", "1", "2"], name


HOST = api("host", header("Host", "override", "orders.internal:99"))
HOST_KEPT = api("host-kept", header("Host", "skip", "not.this") + header("Host", "append", "nor.this"))


def test_the_backend_sees_its_own_host_unless_a_policy_sets_one(server: GatewayProcess) -> None:
    assert seen(server, f"{HOST}/x")["fields"]["host"] == ["orders.internal:99"]
    [kept] = seen(server, f"{HOST_KEPT}/x")["fields"]["host"]
    assert kept.startswith("127.0.0.1:")


FRAMING = api(
    "framing",
    header("Content-Length", "override", "3")
    + header("Transfer-Encoding", "override", "gzip")
    + header("Connection", "override", "close")
    + header("Keep-Alive", "override", "timeout=1"),
)


def test_framing_headers_cannot_be_set(server: GatewayProcess) -> None:
    request = seen(server, f"{FRAMING}/x")
    for name in ("content-length", "transfer-encoding", "connection", "keep-alive"):
        assert name not in request["fields"], name
    for name in ("Content-Length", "Transfer-Encoding", "Connection", "Keep-Alive"):
        assert any("warning" in line and name in line for line in server.stderr_lines()), name


@pytest.mark.parametrize("name", ["TE", "Trailer", "Upgrade", "Proxy-Connection", "Expect"])
def test_a_header_that_is_never_forwarded_is_not_set_in_silence(gateway: GatewayFactory, name: str) -> None:
    """Nothing that is accepted is ignored (design section 1): a warning, or the header itself."""
    policy = f"<policies><inbound>{header(name, 'override', 'x')}</inbound></policies>"
    with EchoBackend() as echo:
        server = gateway(
            {
                "apis": [
                    {
                        "id": "a",
                        "path": "a",
                        "protocols": ["http"],
                        "subscriptionRequired": False,
                        "serviceUrl": echo.url,
                        "policy": policy,
                        "operations": [{"id": "get", "method": "GET", "urlTemplate": "/*"}],
                    }
                ]
            }
        )
        sent = seen(server, "a/x")["fields"]
    warned = any("warning" in line and name in line for line in server.stderr_lines())
    assert warned or name.lower() in sent


OURS = api("ours", header("X-Caller-Id", "override", "gateway") + header("X-Skipped", "skip", "gateway"))


@pytest.mark.parametrize("listed", ["x-caller-id", "close, X-Caller-Id", "X-Skipped"])
def test_a_caller_cannot_take_away_a_header_that_a_policy_sets(server: GatewayProcess, listed: str) -> None:
    """Connection names fields of the message that the caller sent (RFC 9110 section 7.6.1)."""
    fields = seen(server, f"{OURS}/x", f"Connection: {listed}", "X-Caller-Id: forged")["fields"]
    assert fields.get("x-caller-id") == ["gateway"]
    assert fields.get("x-skipped") == ["gateway"]


def test_fields_that_the_callers_connection_names_are_not_forwarded(server: GatewayProcess) -> None:
    fields = seen(server, f"{PLAIN}/x", "Connection: X-Mine", "X-Mine: 1", "X-Else: 2")["fields"]
    assert "x-mine" not in fields
    assert fields["x-else"] == ["2"]


OUTBOUND = api(
    "outbound",
    outbound=header("x-one", "append", "2")
    + header("X-Many", "override", "c")
    + header("Server", "delete")
    + header("Set-Cookie", "append", "t=2", "u=3")
    + header("X-New", "skip", "n")
    + header("X-Hop", "override", "ours")
    + header("Content-Length", "override", "99")
    + header("Content-Type", "override", "text/plain"),
    service="ANSWERS",
)


def test_set_header_in_outbound_works_on_the_answer(server: GatewayProcess) -> None:
    answer = ask(server, f"{OUTBOUND}/x")
    assert answer.get("x-one") == "1,2"
    assert answer.get("x-many") == "c"
    assert answer.all("set-cookie") == ["s=1", "t=2", "u=3"]
    assert answer.get("x-new") == "n"
    assert answer.get("content-type") == "text/plain"
    assert answer.body == b"{}"


def test_the_server_header_of_a_backend_cannot_be_removed(server: GatewayProcess) -> None:
    assert ask(server, f"{OUTBOUND}/x").get("server") == "origin"


def test_a_backend_cannot_take_away_a_header_that_a_policy_sets(server: GatewayProcess) -> None:
    assert ask(server, f"{OUTBOUND}/x").get("x-hop") == "ours"


PASSED = api("passed", service="ANSWERS")


def test_the_answers_headers_pass_in_order_but_for_hop_by_hop_ones(server: GatewayProcess) -> None:
    answer = ask(server, f"{PASSED}/x")
    assert [name for name, _ in answer.headers[:5]] == ["X-One", "X-Many", "x-many", "Server", "Set-Cookie"]
    assert answer.get("x-hop") is None


# --- set-query-parameter -----------------------------------------------------------------------------

QUERY = api(
    "query",
    query("over", "override", "new")
    + query("skip", "skip", "new")
    + query("app", "append", "new")
    + query("del", "delete")
    + query("two", "override", "1", "2")
    + query("enc o&amp;d", "override", "a b&amp;c=d/é+"),
)


def test_set_query_parameter_actions_on_absent_parameters(server: GatewayProcess) -> None:
    assert seen(server, f"{QUERY}/x")["target"] == (
        "/x?over=new&skip=new&app=new&two=1&two=2&enc%20o%26d=a%20b%26c%3Dd%2F%C3%A9%2B"
    )


def test_set_query_parameter_actions_on_present_parameters(server: GatewayProcess) -> None:
    target = seen(
        server, f"{QUERY}/x?a=%41&over=1&skip=old&over=2&app=old&del=1&b&del=&two=0&enc+o%26d=z&c=+"
    )["target"]
    assert target == (
        "/x?a=%41&skip=old&app=old&b&c=+&over=new&app=new&two=1&two=2&enc%20o%26d=a%20b%26c%3Dd%2F%C3%A9%2B"
    )


def test_query_names_are_compared_as_they_are(server: GatewayProcess) -> None:
    assert "Del=1" in seen(server, f"{QUERY}/x?Del=1")["target"]
    assert "skip=new" not in seen(server, f"{QUERY}/x?%73kip=old")["target"]


DELETE_ALL = api("delete-all", query("a", "delete"))


def test_a_query_with_nothing_left_has_no_question_mark(server: GatewayProcess) -> None:
    assert seen(server, f"{DELETE_ALL}/x?a=1&a=2")["target"] == "/x"


# --- set-method --------------------------------------------------------------------------------------

METHOD = api("method", "<set-method> put </set-method>")


def test_set_method_changes_what_the_backend_sees_and_keeps_the_body(server: GatewayProcess) -> None:
    with RawConnection(server.url) as connection:
        answer = connection.ask(
            f"POST /{METHOD}/x HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody".encode()
        )
    request = json.loads(answer.body)
    assert (request["method"], request["body"]) == ("PUT", "body")


HEAD_METHOD = api("head-method", "<set-method>HEAD</set-method>")


def test_a_get_that_became_a_head_has_an_empty_answer_and_the_connection_goes_on(
    server: GatewayProcess,
) -> None:
    with RawConnection(server.url) as connection:
        for _ in range(2):
            answer = connection.ask(f"GET /{HEAD_METHOD}/x HTTP/1.1\r\nHost: a\r\n\r\n".encode())
            assert (answer.status, answer.body) == (200, b"")


# --- rewrite-uri -------------------------------------------------------------------------------------

REWRITE = api(
    "rewrite",
    "<rewrite-uri template='/v2/{id}/lines?expand={kind}&fixed=1' />",
    templates=("/items/{id}?kind={kind}",),
    at_operation=True,
)


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("items/7?kind=full", "/v2/7/lines?expand=full&fixed=1"),
        ("items/7?kind=full&a=1&b", "/v2/7/lines?expand=full&fixed=1&a=1&b"),
        ("items/7?kind=full&fixed=2&a=1", "/v2/7/lines?expand=full&fixed=1&a=1"),
        ("items/a%20b%2Fc?kind=%C3%A9", "/v2/a%20b%2Fc/lines?expand=%C3%A9&fixed=1"),
        ("items/7?a=1&kind=&b=%26", "/v2/7/lines?expand=&fixed=1&a=1&b=%26"),
    ],
)
def test_rewrite_uri_fills_in_parameters_and_copies_the_others(
    server: GatewayProcess, given: str, wanted: str
) -> None:
    assert seen(server, f"{REWRITE}/{given}")["target"] == wanted


REWRITE_ALONE = api(
    "rewrite-alone",
    "<rewrite-uri template='/put/{rest}' copy-unmatched-params='false' />",
    templates=("/{*rest}",),
    at_operation=True,
)


@pytest.mark.parametrize(
    ("given", "wanted"),
    [("a/b/c?x=1", "/put/a/b/c"), ("", "/put/"), ("a%2Fb/?x", "/put/a%2Fb/")],
)
def test_rewrite_uri_without_copying_drops_the_query(server: GatewayProcess, given: str, wanted: str) -> None:
    assert seen(server, f"{REWRITE_ALONE}/{given}")["target"] == wanted


REWRITE_DOCS = api("rewrite-docs", "<rewrite-uri template='/put' />", templates=("/get?a={b}",))
REWRITE_DOCS_ALONE = api(
    "rewrite-docs-alone",
    "<rewrite-uri template='put' copy-unmatched-params='false' />",
    templates=("/get?a={b}",),
)


def test_rewrite_uri_as_the_reference_shows_it(server: GatewayProcess) -> None:
    assert seen(server, f"{REWRITE_DOCS}/get?a=b&c=d")["target"] == "/put?c=d"
    assert seen(server, f"{REWRITE_DOCS_ALONE}/get?a=b&c=d")["target"] == "/put"


REWRITE_BASE = api(
    "rewrite-base",
    "<rewrite-uri template='/new?q=1' /><set-query-parameter name='q' exists-action='append'>"
    "<value>2</value></set-query-parameter><set-backend-service base-url='OTHER/base/' />",
)
REWRITE_ROOT = api(
    "rewrite-root", "<rewrite-uri template='/' /><set-backend-service base-url='OTHER/base/' />"
)


def test_rewrite_uri_is_relative_to_the_base_url(server: GatewayProcess) -> None:
    assert seen(server, f"{REWRITE_BASE}/old?a=1")["target"] == "/base/new?q=1&a=1&q=2"
    assert seen(server, f"{REWRITE_ROOT}/old")["target"] == "/base"


# --- what the gateway itself adds ---------------------------------------------------------------------

FORWARDED_OURS = api("forwarded-ours", header("X-Forwarded-For", "override", "192.0.2.9"))
FORWARDED_GONE = api("forwarded-gone", header("X-Forwarded-For", "delete"))


def test_a_policy_may_replace_the_list_that_the_callers_address_is_appended_to(
    server: GatewayProcess,
) -> None:
    given = "X-Forwarded-For: 192.0.2.1"
    assert seen(server, f"{FORWARDED_OURS}/x", given)["fields"]["x-forwarded-for"] == ["192.0.2.9, 127.0.0.1"]
    assert seen(server, f"{FORWARDED_GONE}/x", given)["fields"]["x-forwarded-for"] == ["127.0.0.1"]


def test_the_gateway_adds_nothing_else_of_its_own(server: GatewayProcess) -> None:
    request = seen(server, f"{PLAIN}/x")
    assert sorted(request["fields"]) == ["host", "x-forwarded-for"]
    answer = ask(server, f"{PLAIN}/x")
    assert sorted(name.lower() for name, _ in answer.headers) == ["content-length", "content-type", "date"]


def test_other_headers_pass_in_their_order_and_case(server: GatewayProcess) -> None:
    given = ["X-B: 1", "x-a: 2", "X-B: 3", "Accept: */*", "x_under: ok", "Ocp-Apim-Subscription-Key: k"]
    request = seen(server, f"{PLAIN}/x", *given)
    sent = [f"{name}: {value}" for name, value in request["headers"]]
    assert [line for line in sent if line in given] == given
