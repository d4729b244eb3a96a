"""Policies end to end: scopes and `<base/>`, fragments, named values, choose, replies, the backend section.

One gateway serves every case as an API of its own; each policy stands right above the test it belongs to.
Its global document marks what ran with `G` in `x-trace` and `x-out`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.conftest import GatewayFactory
from tests.harness import EchoBackend, GatewayProcess, RawConnection, Response
from tests.harness import policies as harness
from tests.harness.policies import policies

APIS: list[dict[str, Any]] = []

GLOBAL = """\
<policies>
  <inbound><set-header name="x-trace" exists-action="append"><value>G</value></set-header></inbound>
  <backend><forward-request /></backend>
  <outbound><set-header name="x-out" exists-action="append"><value>G</value></set-header></outbound>
</policies>
"""
NAMED_VALUES = [
    {"id": "whole", "value": "whole value"},
    {"id": "part-1", "displayName": "shown.name", "value": "one"},
    {"id": "part-2", "value": "{{whole}}"},
    {"id": "yes", "value": "true"},
    {"id": "hidden", "value": "s3cr3t & <odd>", "secret": True},
]
FRAGMENTS = {
    "mark": "<fragment>{F}<choose><when condition='true'>{F2}</when></choose></fragment>",
    "reply": '<fragment><return-response><set-status code="418" /></return-response></fragment>',
}


def mark(text: str, name: str = "x-trace") -> str:
    """A statement that leaves a trace in a header."""
    return harness.mark(text, name)


def api(name: str, policy: str | None = None, operation: str | None = None) -> str:
    """Add an API with one operation for any path, and their policies; returns its name, which is its path."""
    operations = [
        {
            "id": method.lower(),
            "method": method,
            "urlTemplate": "/*",
            **({"policy": operation} if operation else {}),
        }
        for method in ("GET", "HEAD", "POST")
    ]
    APIS.append(
        {
            "id": name,
            "path": name,
            "protocols": ["http"],
            "subscriptionRequired": False,
            "operations": operations,
            **({"policy": policy} if policy else {}),
        }
    )
    return name


@pytest.fixture(scope="module")
def server(module_gateway: GatewayFactory) -> Iterator[GatewayProcess]:
    with EchoBackend() as echo:
        fragments = {
            "mark": FRAGMENTS["mark"].format(F=mark("F"), F2=mark("F2")),
            "reply": FRAGMENTS["reply"],
        }
        yield module_gateway(
            {
                "policy": GLOBAL,
                "namedValues": NAMED_VALUES,
                "policyFragments": [{"id": id, "value": value} for id, value in fragments.items()],
                "apis": [{**one, "serviceUrl": echo.url} for one in APIS],
            }
        )
        assert echo.violations == []


def get(server: GatewayProcess, name: str, path: str = "/x", method: str = "GET", *fields: str) -> Response:
    with RawConnection(server.url) as connection:
        head = "\r\n".join([f"{method} /{name}{path} HTTP/1.1", "Host: gateway.test", *fields])
        return connection.ask(f"{head}\r\n\r\n".encode(), head_request=method == "HEAD")


def echoed(response: Response) -> dict[str, list[str]]:
    """The headers that the backend got, by lower-case name."""
    assert response.status == 200, response
    found: dict[str, list[str]] = {}
    for name, value in json.loads(response.body)["headers"]:
        found.setdefault(name.lower(), []).append(value)
    return found


# --- scopes and base ---------------------------------------------------------------------------------

ORDER = api(
    "order",
    policies(
        inbound=f"<base/>{mark('A')}",
        outbound=f"{mark('A', 'x-out')}<base/>",
    ),
    policies(inbound=f"{mark('O')}<base/>", outbound=f"<base/>{mark('O', 'x-out')}"),
)


def test_base_is_where_the_next_broader_scope_runs(server: GatewayProcess) -> None:
    answer = get(server, ORDER)
    assert echoed(answer)["x-trace"] == ["O,G,A"]
    assert answer.get("x-out") == "A,G,O"


MIDDLE = api("middle", policies(inbound=f"{mark('A1')}<base/>{mark('A2')}"))


def test_base_may_stand_between_statements(server: GatewayProcess) -> None:
    assert echoed(get(server, MIDDLE))["x-trace"] == ["A1,G,A2"]


NO_BASE = api(
    "no-base",
    policies(inbound=f"<base/>{mark('A')}"),
    policies(inbound=mark("O"), outbound=mark("O", "x-out")),
)


def test_without_base_nothing_of_any_broader_scope_runs(server: GatewayProcess) -> None:
    answer = get(server, NO_BASE)
    assert echoed(answer)["x-trace"] == ["O"]
    assert answer.get("x-out") == "O"


CUT = api("cut", policies(inbound=mark("A")), policies(inbound=f"<base/>{mark('O')}"))


def test_a_scope_without_base_cuts_off_the_scopes_above_it(server: GatewayProcess) -> None:
    assert echoed(get(server, CUT))["x-trace"] == ["A,O"]


PLAIN = api("plain")


def test_a_scope_without_a_document_is_skipped(server: GatewayProcess) -> None:
    answer = get(server, PLAIN)
    assert echoed(answer)["x-trace"] == ["G"]
    assert answer.get("x-out") == "G"


ABSENT = api("absent", policies(inbound="<base/>"), policies(outbound="<base/>"))


def test_an_absent_section_is_inherited(server: GatewayProcess) -> None:
    assert echoed(get(server, ABSENT))["x-trace"] == ["G"]


EMPTY = api("empty", policies(inbound="", outbound=""))


def test_an_empty_section_inherits_nothing(server: GatewayProcess) -> None:
    answer = get(server, EMPTY)
    assert "x-trace" not in echoed(answer)
    assert answer.get("x-out") is None


NESTED_BASE = api(
    "nested-base",
    policies(
        inbound="<choose><when condition='false'>" + mark("N") + "</when>"
        "<otherwise><base/></otherwise></choose>" + mark("A")
    ),
)


def test_base_may_stand_inside_choose(server: GatewayProcess) -> None:
    assert echoed(get(server, NESTED_BASE))["x-trace"] == ["G,A"]


# --- the backend section -----------------------------------------------------------------------------

NO_BACKEND = api("no-backend", policies(backend="", outbound=f"<base/>{mark('A', 'x-out')}"))


def test_an_empty_backend_section_forwards_nothing_and_outbound_works_on_an_empty_200(
    server: GatewayProcess,
) -> None:
    answer = get(server, NO_BACKEND)
    assert (answer.status, answer.reason, answer.body) == (200, "OK", b"")
    assert answer.get("content-length") == "0"
    assert answer.get("x-out") == "G,A"


def test_an_empty_200_closes_no_connection(server: GatewayProcess) -> None:
    with RawConnection(server.url) as connection:
        for _ in range(3):
            answer = connection.ask(
                f"POST /{NO_BACKEND}/x HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello".encode()
            )
            assert answer.status == 200


ONLY_HEADERS = api("only-headers", policies(backend=mark("B")))


def test_a_backend_section_without_forward_request_forwards_nothing(server: GatewayProcess) -> None:
    answer = get(server, ONLY_HEADERS)
    assert (answer.status, answer.body) == (200, b"")


BACKEND_ORDER = api("backend-order", policies(backend=f"{mark('B')}<base/>"))


def test_statements_before_the_inherited_forward_request_change_the_request(server: GatewayProcess) -> None:
    assert echoed(get(server, BACKEND_ORDER))["x-trace"] == ["G,B"]


TWICE = api("twice", policies(backend=f"<forward-request />{mark('again')}<forward-request />"))


def test_a_second_forward_request_sends_the_request_again(server: GatewayProcess) -> None:
    assert echoed(get(server, TWICE))["x-trace"] == ["G,again"]


# --- fragments and named values ----------------------------------------------------------------------

FRAGMENT = api(
    "fragment",
    policies(inbound=f"<base/>{mark('A')}<include-fragment fragment-id='mark' />{mark('A2')}"),
    policies(inbound="<include-fragment fragment-id='mark' /><base/>"),
)


def test_a_fragment_stands_in_place_at_every_scope_that_includes_it(server: GatewayProcess) -> None:
    assert echoed(get(server, FRAGMENT))["x-trace"] == ["F,F2,G,A,F,F2,A2"]


FRAGMENT_REPLY = api("fragment-reply", policies(inbound="<include-fragment fragment-id='reply' /><base/>"))


def test_a_fragment_may_end_the_pipeline(server: GatewayProcess) -> None:
    assert get(server, FRAGMENT_REPLY).status == 418


VALUES = api(
    "values",
    policies(
        inbound="<base/>"
        "<set-header name='x-whole'><value>{{whole}}</value></set-header>"
        "<set-header name='x-{{shown.name}}'><value>a-{{shown.name}}-{{Shown.Name}}-b</value></set-header>"
        "<set-header name='x-once'><value>{{part-2}}</value></set-header>"
        "<set-header name='x-hidden'><value>{{hidden}}</value></set-header>"
        "<set-header name='x-not'><value>{ {whole} } {{ whole }}</value></set-header>"
    ),
)


def test_named_values_are_put_in_as_text_whole_in_part_and_secret(server: GatewayProcess) -> None:
    headers = echoed(get(server, VALUES))
    assert headers["x-whole"] == ["whole value"]
    assert headers["x-one"] == ["a-one-one-b"]
    assert headers["x-hidden"] == ["s3cr3t & <odd>"]


def test_a_named_values_value_is_never_looked_at_again(server: GatewayProcess) -> None:
    headers = echoed(get(server, VALUES))
    assert headers["x-once"] == ["{{whole}}"]
    assert headers["x-not"] == ["{ {whole} } {{ whole }}"]


def test_a_secret_named_value_is_never_logged(server: GatewayProcess) -> None:
    echoed(get(server, VALUES))
    assert not any("s3cr3t" in line for line in server.stderr_lines())


# --- choose and set-variable -------------------------------------------------------------------------

CHOOSE = api(
    "choose",
    policies(
        inbound="<base/>"
        "<choose><when condition='false'>" + mark("no") + "</when>"
        "<when condition='True'>" + mark("first") + "</when>"
        "<when condition='true'>" + mark("second") + "</when>"
        "<otherwise>" + mark("otherwise") + "</otherwise></choose>"
        "<choose><when condition='false'>" + mark("no") + "</when>"
        "<otherwise>" + mark("else") + "</otherwise></choose>"
        "<choose><when condition='{{yes}}'>" + mark("named") + "</when></choose>"
        "<choose><when condition='FALSE'>" + mark("no") + "</when></choose>"
        "<choose><when condition='true'><choose><when condition='true'>"
        + mark("deep")
        + "</when></choose></when></choose>"
        "<set-variable name='v' value='1' />" + mark("end")
    ),
)


def test_choose_runs_the_first_true_branch_only(server: GatewayProcess) -> None:
    assert echoed(get(server, CHOOSE))["x-trace"] == ["G,first,else,named,deep,end"]


# --- return-response ---------------------------------------------------------------------------------

REPLY = api(
    "reply",
    policies(
        inbound="<base/><return-response><set-status code='299' reason='As You Like' />"
        "<set-header name='Content-Type'><value>text/plain</value></set-header>"
        "<set-header name='x-two' exists-action='append'><value>1</value><value>2</value></set-header>"
        "<set-header name='Set-Cookie'><value>a=1</value><value>b=2</value></set-header>"
        "<set-body>hello {{whole}}</set-body></return-response>" + mark("never"),
        outbound="<base/>" + mark("never", "x-out"),
    ),
)


def test_return_response_sends_what_it_says_and_nothing_runs_after_it(server: GatewayProcess) -> None:
    answer = get(server, REPLY)
    assert (answer.status, answer.reason, answer.body) == (299, "As You Like", b"hello whole value")
    assert answer.get("content-type") == "text/plain"
    assert answer.get("x-two") == "1,2"
    assert answer.all("set-cookie") == ["a=1", "b=2"]
    assert answer.get("x-out") is None


def test_return_response_answers_head_with_the_length_and_no_body(server: GatewayProcess) -> None:
    with RawConnection(server.url) as connection:
        for _ in range(2):
            head = connection.ask(f"HEAD /{REPLY}/x HTTP/1.1\r\nHost: a\r\n\r\n".encode(), head_request=True)
            assert head.get("content-length") == "17"


BARE_REPLY = api("bare-reply", policies(inbound="<return-response />"))


def test_return_response_starts_from_an_empty_200_without_headers(server: GatewayProcess) -> None:
    answer = get(server, BARE_REPLY)
    assert (answer.status, answer.reason, answer.body) == (200, "OK", b"")
    assert sorted(name.lower() for name, _ in answer.headers) == ["content-length", "date"]


MARKUP_REPLY = api(
    "markup-reply",
    policies(
        inbound='<return-response><set-body>\n<order id="1"><line/>text &amp; more</order>\n</set-body>'
        "</return-response>"
    ),
)


def test_markup_inside_set_body_is_the_body_as_written(server: GatewayProcess) -> None:
    assert get(server, MARKUP_REPLY).body == b'<order id="1"><line/>text &amp; more</order>'


OUT_REPLY = api(
    "out-reply",
    policies(
        outbound="<base/><return-response>"
        "<set-status code='203' /><set-body>mine</set-body></return-response>" + mark("never", "x-out")
    ),
)


def test_return_response_in_outbound_drops_the_backends_answer(server: GatewayProcess) -> None:
    with RawConnection(server.url) as connection:
        for _ in range(3):
            answer = connection.ask(f"GET /{OUT_REPLY}/x HTTP/1.1\r\nHost: a\r\n\r\n".encode())
            assert (answer.status, answer.body) == (203, b"mine")
            # The backend's fields, and those that outbound had set on its answer, are not the reply's.
            assert answer.get("content-type") is None
            assert answer.get("x-out") is None


BACKEND_REPLY = api(
    "backend-reply", policies(backend="<return-response><set-body>b</set-body></return-response>")
)


def test_return_response_in_backend_calls_nobody(server: GatewayProcess) -> None:
    assert get(server, BACKEND_REPLY).body == b"b"


NO_CONTENT = api(
    "no-content",
    policies(
        inbound="<return-response><set-status code='204' /><set-body>dropped</set-body></return-response>"
    ),
)


def test_a_204_has_neither_body_nor_length(server: GatewayProcess) -> None:
    with RawConnection(server.url) as connection:
        for _ in range(2):
            answer = connection.ask(f"GET /{NO_CONTENT}/x HTTP/1.1\r\nHost: a\r\n\r\n".encode())
            assert (answer.status, answer.all("content-length")) == (204, [])


# --- set-status --------------------------------------------------------------------------------------

STATUS = api("status", policies(outbound="<set-status code='202' reason='Taken In' />"))
STATUS_PLAIN = api("status-plain", policies(outbound="<set-status code='404' />"))


def test_set_status_changes_status_and_reason_and_keeps_the_body(server: GatewayProcess) -> None:
    answer = get(server, STATUS)
    assert (answer.status, answer.reason) == (202, "Taken In")
    assert json.loads(answer.body)["method"] == "GET"


def test_set_status_without_a_reason_gives_the_standard_phrase(server: GatewayProcess) -> None:
    answer = get(server, STATUS_PLAIN)
    assert (answer.status, answer.reason) == (404, "Not Found")


STATUS_204 = api("status-204", policies(outbound="<set-status code='204' />"))


def test_set_status_204_drops_the_backends_body_and_keeps_the_connection(server: GatewayProcess) -> None:
    with RawConnection(server.url) as connection:
        for _ in range(3):
            answer = connection.ask(f"GET /{STATUS_204}/x HTTP/1.1\r\nHost: a\r\n\r\n".encode())
            assert (answer.status, answer.all("content-length"), answer.body) == (204, [], b"")
