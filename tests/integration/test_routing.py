"""spec/gateway.md section 1 end to end: which API and operation serves a request, and what the backend gets.

Every operation names itself in the answer's `x-operation`; the backend echoes the path that it was sent.
"""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterator
from typing import Any

import pytest

from tests.conftest import GatewayFactory
from tests.harness import EchoBackend, GatewayProcess, RawConnection, Response

NOT_FOUND = b'{ "statusCode": 404, "message": "Resource not found" }'


def operation(id: str, template: str, method: str = "GET") -> dict[str, Any]:
    policy = (
        "<policies><outbound><base/>"
        f'<set-header name="x-operation"><value>{id}</value></set-header></outbound></policies>'
    )
    return {"id": id, "method": method, "urlTemplate": template, "policy": policy}


def api(
    path: str, *operations: dict[str, Any], protocols: tuple[str, ...] = ("http", "https")
) -> dict[str, Any]:
    return {
        "id": path.replace("/", "-") or "root",
        "path": path,
        "protocols": list(protocols),
        "subscriptionRequired": False,
        "operations": list(operations),
    }


APIS = [
    api("", operation("root", "/"), operation("root-about", "/about"), operation("root-a", "/a/{x}/{y}/{z}")),
    api("a", operation("a-root", "/"), operation("a-any", "/*")),
    api("a/b", operation("ab-item", "/items/{id}"), operation("ab-root", "/")),
    api(
        "t",
        operation("rest", "/*"),
        operation("item", "/items/{id}"),
        operation("item-mine", "/items/mine"),
        operation("item-lines", "/items/{id}/lines"),
        operation("mine-any", "/items/mine/*"),
        operation("file", "/files/f-{id}.json"),
        operation("file-any", "/files/{name}"),
        operation("tail", "/tails/{*path}"),
        operation("star", "/stars/*"),
        operation("slash", "/slash/"),
        operation("both", "/both"),
        operation("both-slash", "/both/"),
        operation("get", "/methods"),
        operation("post", "/methods", "POST"),
        operation("head", "/heads", "HEAD"),
        operation("odd", "/methods", "PROPFIND"),
    ),
    api(
        "q",
        operation("one", "/s?date={date}"),
        operation("two", "/s?date={date}&kind=x"),
        operation("none", "/s"),
        operation("only", "/only?a={b}"),
    ),
    api("Mixed/Case", operation("mixed", "/Items/{Id}")),
    api("w%20s/caf%C3%A9", operation("encoded", "/{id}")),
    api("plain", operation("plain-http", "/x"), protocols=("http",)),
    api("secure", operation("secure-https", "/x"), protocols=("https",)),
]


@pytest.fixture(scope="module")
def server(module_gateway: GatewayFactory) -> Iterator[GatewayProcess]:
    with EchoBackend() as echo:
        yield module_gateway(
            {
                "gateway": {
                    "listeners": [{"url": "http://127.0.0.1:0"}, {"url": "https://127.0.0.1:0"}],
                },
                "apis": [{**one, "serviceUrl": f"{echo.url}/base"} for one in APIS],
            }
        )
        assert echo.violations == []


def ask(server: GatewayProcess, target: str, method: str = "GET", *, https: bool = False) -> Response:
    tls = None
    if https:
        tls = ssl.create_default_context()
        tls.check_hostname = False
        tls.verify_mode = ssl.CERT_NONE
    with RawConnection(server.urls[1] if https else server.url, tls=tls) as connection:
        return connection.ask(
            f"{method} {target} HTTP/1.1\r\nHost: gateway.test\r\n\r\n".encode("latin-1"),
            head_request=method == "HEAD",
        )


def served(server: GatewayProcess, target: str, method: str = "GET") -> tuple[str | None, str]:
    """(operation, path that the backend got below its base)."""
    answer = ask(server, target, method)
    assert answer.status == 200, answer
    path: str = json.loads(answer.body)["target"]
    assert path.startswith("/base")
    return answer.get("x-operation"), path.removeprefix("/base")


def missing(server: GatewayProcess, target: str, method: str = "GET") -> bool:
    answer = ask(server, target, method)
    return answer.status == 404 and answer.body == NOT_FOUND


@pytest.mark.parametrize(
    ("target", "wanted"),
    [
        ("/", ("root", "")),
        ("/about", ("root-about", "/about")),
        ("/a", ("a-root", "")),
        ("/a/", ("a-root", "")),
        ("/a/x", ("a-any", "/x")),
        ("/a/bb/items/1", ("a-any", "/bb/items/1")),
        ("/a/b", ("ab-root", "")),
        ("/a/b/items/1", ("ab-item", "/items/1")),
        ("/A/B/items/1", ("ab-item", "/items/1")),
    ],
)
def test_the_api_with_the_longest_path_of_whole_segments_serves(
    server: GatewayProcess, target: str, wanted: tuple[str, str]
) -> None:
    assert served(server, target) == wanted


def test_no_shorter_api_serves_what_the_longest_one_does_not_have(server: GatewayProcess) -> None:
    assert missing(server, "/a/b/c/d")
    assert missing(server, "/t2")
    assert missing(server, "/abouts")


@pytest.mark.parametrize(
    ("target", "wanted"),
    [
        ("/mixed/CASE/iTEMS/AbC", ("mixed", "/iTEMS/AbC")),
        ("/MIXED/case/items/x%2Fy", ("mixed", "/items/x%2Fy")),
        ("/T/ITEMS/MINE", ("item-mine", "/ITEMS/MINE")),
    ],
)
def test_case_does_not_matter_and_goes_on_as_it_came(
    server: GatewayProcess, target: str, wanted: tuple[str, str]
) -> None:
    assert served(server, target) == wanted


@pytest.mark.parametrize(
    ("target", "operation_id"),
    [
        ("/t/items/7", "item"),
        ("/t/items/mine", "item-mine"),
        ("/t/items/mine/lines", "mine-any"),
        ("/t/items/7/lines", "item-lines"),
        ("/t/items/7/others", "rest"),
        ("/t/items/mine/a/b", "mine-any"),
        ("/t/files/f-7.json", "file"),
        ("/t/files/f-.json", "file-any"),
        ("/t/files/f-7.xml", "file-any"),
        ("/t/anything/else/at/all", "rest"),
        ("/t", "rest"),
        ("/t/", "rest"),
    ],
)
def test_a_literal_goes_before_a_parameter_and_that_before_a_wildcard(
    server: GatewayProcess, target: str, operation_id: str
) -> None:
    assert served(server, target)[0] == operation_id


@pytest.mark.parametrize(
    ("target", "operation_id"),
    [
        ("/t/tails", "tail"),
        ("/t/tails/", "tail"),
        ("/t/tails/a", "tail"),
        ("/t/tails/a/b/c/", "tail"),
        ("/t/stars", "star"),
        ("/t/stars/", "star"),
        ("/t/stars/a/b", "star"),
    ],
)
def test_a_wildcard_stands_for_any_number_of_segments_none_included(
    server: GatewayProcess, target: str, operation_id: str
) -> None:
    assert served(server, target) == (operation_id, target.removeprefix("/t"))


@pytest.mark.parametrize(
    ("target", "operation_id"),
    [
        ("/t/items/7/", "item"),
        ("/t/slash", "slash"),
        ("/t/slash/", "slash"),
        ("/t/both", "both"),
        ("/t/both/", "both-slash"),
    ],
)
def test_a_trailing_slash_does_not_matter_unless_both_forms_are_there(
    server: GatewayProcess, target: str, operation_id: str
) -> None:
    assert served(server, target) == (operation_id, target.removeprefix("/t"))


def test_a_parameter_is_one_segment_that_is_not_empty(server: GatewayProcess) -> None:
    assert missing(server, "/a/b/items/")
    assert missing(server, "/a/b/items//")
    assert missing(server, "/a/b//items/1")
    assert missing(server, "/mixed/case/items//1")


@pytest.mark.parametrize(
    ("target", "operation_id"),
    [
        ("/q/s", "none"),
        ("/q/s?other=1", "none"),
        ("/q/s?date=1", "one"),
        ("/q/s?date=", "one"),
        ("/q/s?date", "one"),
        ("/q/s?a=1&date=1&b=2", "one"),
        ("/q/s?kind=x", "none"),
        ("/q/s?kind=x&date=1", "two"),
        ("/q/s?date=1&kind=y", "one"),
        ("/q/only?a=1", "only"),
        ("/q/only?%61=1", "only"),
    ],
)
def test_query_parameters_of_a_template_are_required_and_the_most_of_them_win(
    server: GatewayProcess, target: str, operation_id: str
) -> None:
    assert served(server, target) == (operation_id, target.removeprefix("/q"))


def test_without_its_required_query_an_operation_is_not_found(server: GatewayProcess) -> None:
    assert missing(server, "/q/only")
    assert missing(server, "/q/only?b=1")
    assert missing(server, "/q/only?x=a=1")


def test_another_method_is_not_found_and_never_405(server: GatewayProcess) -> None:
    assert missing(server, "/t/items/7", "DELETE")
    assert missing(server, "/q/s", "POST")


@pytest.mark.parametrize(("method", "operation_id"), [("GET", "get"), ("POST", "post"), ("PROPFIND", "odd")])
def test_each_method_has_its_operation(server: GatewayProcess, method: str, operation_id: str) -> None:
    assert served(server, "/t/methods", method) == (operation_id, "/methods")


def test_methods_are_case_sensitive(server: GatewayProcess) -> None:
    assert missing(server, "/t/methods", "get")


def test_get_does_not_serve_head(server: GatewayProcess) -> None:
    answer = ask(server, "/t/methods", "HEAD")
    assert (answer.status, answer.body) == (404, b"")
    assert answer.get("content-length") == str(len(NOT_FOUND))
    assert ask(server, "/t/heads", "HEAD").get("x-operation") == "head"


def test_options_needs_an_operation_of_its_own(server: GatewayProcess) -> None:
    assert missing(server, "/t/methods", "OPTIONS")
    assert missing(server, "*", "OPTIONS")


@pytest.mark.parametrize(
    ("target", "wanted"),
    [
        ("/t/items/a%2Fb", ("item", "/items/a%2Fb")),
        ("/t/items/a%2fb/lines", ("item-lines", "/items/a%2fb/lines")),
        ("/t/%69tems/%6Dine", ("item-mine", "/%69tems/%6Dine")),
        ("/t%2Fitems/7", None),
        ("/w%20s/caf%C3%A9/%7e", ("encoded", "/%7e")),
        ("/w%20s/caf%c3%a9/x%20y", ("encoded", "/x%20y")),
        ("/t/items/%C3%A9;v=1,2'(x)!$&@:+~", ("item", "/items/%C3%A9;v=1,2'(x)!$&@:+~")),
    ],
)
def test_segments_are_compared_decoded_and_an_encoded_slash_does_not_split(
    server: GatewayProcess, target: str, wanted: tuple[str, str] | None
) -> None:
    if wanted is None:
        assert missing(server, target)
    else:
        assert served(server, target) == wanted


@pytest.mark.parametrize(
    "target",
    [
        "/t/../secure/x",
        "/t/./items/1",
        "/t/items/..",
        "/t/items/%2e%2E",
        "/t/items/.%2e/x",
        "/t/items/a%2F..%2Fb",
        "/t/items/a\\b",
        "/t/items/%5c",
        "/t/items/1#x",
        "/t/items/%",
        "/t/items/%4",
        "/t/items/%zz",
        "/t/items/%00",
        "t/items/1",
    ],
)
def test_what_a_backend_might_read_as_another_path_is_refused(server: GatewayProcess, target: str) -> None:
    assert ask(server, target).status == 400


def test_an_http_api_is_not_found_on_https_and_the_other_way_round(server: GatewayProcess) -> None:
    assert ask(server, "/plain/x").get("x-operation") == "plain-http"
    assert ask(server, "/plain/x", https=True).body == NOT_FOUND
    assert ask(server, "/secure/x", https=True).get("x-operation") == "secure-https"
    assert ask(server, "/secure/x").body == NOT_FOUND
    assert ask(server, "/t/items/7", https=True).get("x-operation") == "item"


def test_absolute_form_is_served_where_it_matches_host(server: GatewayProcess) -> None:
    assert served(server, "http://gateway.test/t/items/7?a=1") == ("item", "/items/7?a=1")
    assert ask(server, "http://other.test/t/items/7").status == 400


def test_the_status_path_wins_over_an_api_with_an_empty_path(server: GatewayProcess) -> None:
    answer = ask(server, "/status-0123456789abcdef")
    assert (answer.status, answer.body, answer.get("x-operation")) == (200, b"", None)


def test_any_host_is_served(server: GatewayProcess) -> None:
    with RawConnection(server.url) as connection:
        for host in ("gateway.test", "127.0.0.1:1", "[::1]", "anything.else"):
            answer = connection.ask(f"GET /t/items/7 HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
            assert answer.get("x-operation") == "item"
