"""Where requests go and what backends are shown: base URLs, backends, credentials, as echo backends see it.

One gateway serves every case as an API of its own; each policy stands right above the test it belongs to.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.conftest import GatewayFactory
from tests.harness import EchoBackend, GatewayProcess, RawConnection, Response
from tests.harness.policies import PolicyCases

CASES = PolicyCases()
APIS = CASES.apis
DOCUMENTS = CASES.documents
api = CASES.api


@pytest.fixture(scope="module")
def other() -> Iterator[EchoBackend]:
    """A second backend, to see where a request went."""
    with EchoBackend() as backend:
        yield backend
        assert backend.violations == []


@pytest.fixture(scope="module")
def server(module_gateway: GatewayFactory, other: EchoBackend) -> Iterator[GatewayProcess]:
    with EchoBackend() as echo:
        text = json.dumps([APIS, DOCUMENTS])
        for word, url in {"ECHO": echo.url, "OTHER": other.url}.items():
            text = text.replace(word, url)
        apis, documents = json.loads(text)
        yield module_gateway(
            {
                "backends": [
                    {"id": "other", "url": f"{other.url}/other/"},
                    {
                        "id": "keys",
                        "url": f"{other.url}/keys",
                        "credentials": {
                            "header": {"x-caller": ["fastgw", "two"], "User-Agent": "gateway"},
                            "query": {"code": ["a b", "c&d"], "one": "1"},
                            "authorization": {"scheme": "Basic", "parameter": "dXNlcjpwYXNz"},
                        },
                    },
                ],
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


# --- where it goes -----------------------------------------------------------------------------------

PLAIN = api("plain")
WITH_BASE = api("with-base", service="OTHER/b")
WITH_BASE_SLASH = api("with-base-slash", service="OTHER/b/c/")


@pytest.mark.parametrize(
    ("name", "given", "wanted"),
    [
        (PLAIN, "", "/"),
        (PLAIN, "/", "/"),
        (PLAIN, "/x/y/", "/x/y/"),
        (PLAIN, "/x?a=1&b=%20", "/x?a=1&b=%20"),
        (PLAIN, "?a=1", "/?a=1"),
        (PLAIN, "/x?", "/x"),
        (PLAIN, "/a%2Fb/%C3%A9;v=1,2", "/a%2Fb/%C3%A9;v=1,2"),
        (WITH_BASE, "", "/b"),
        (WITH_BASE, "/", "/b"),
        (WITH_BASE, "/x", "/b/x"),
        (WITH_BASE, "?a=1", "/b?a=1"),
        (WITH_BASE, "/x/?a=1", "/b/x/?a=1"),
        (WITH_BASE_SLASH, "/x", "/b/c/x"),
        (WITH_BASE_SLASH, "", "/b/c"),
    ],
)
def test_the_operations_part_of_the_path_is_joined_to_the_base_with_one_slash(
    server: GatewayProcess, name: str, given: str, wanted: str
) -> None:
    assert seen(server, name + given)["target"] == wanted


BASE_URL = api("base-url", "<set-backend-service base-url='OTHER/alt/' />")
BACKEND_ID = api("backend-id", "<set-backend-service backend-id='other' />")
LAST_WINS = api(
    "last-wins",
    "<set-backend-service base-url='ECHO/first' /><set-backend-service base-url='OTHER/second' />",
)
ID_WINS = api(
    "id-wins",
    "<set-backend-service backend-id='other' /><set-backend-service base-url='ECHO/ignored' />",
)
URL_THEN_ID = api(
    "url-then-id",
    "<set-backend-service base-url='ECHO/ignored' /><set-backend-service backend-id='other' />",
)


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        (BASE_URL, "/alt/x?a=1"),
        (BACKEND_ID, "/other/x?a=1"),
        (LAST_WINS, "/second/x?a=1"),
        (ID_WINS, "/other/x?a=1"),
        (URL_THEN_ID, "/other/x?a=1"),
    ],
)
def test_set_backend_service_changes_the_base_only(
    server: GatewayProcess, other: EchoBackend, name: str, wanted: str
) -> None:
    request = seen(server, f"{name}/x?a=1")
    assert request["target"] == wanted
    assert request["fields"]["host"] == [f"127.0.0.1:{other.port}"]


NO_SERVICE = api("no-service", service="OTHER/other")


def test_a_service_url_that_equals_a_backends_url_is_that_backend(server: GatewayProcess) -> None:
    assert seen(server, f"{NO_SERVICE}/x")["target"] == "/other/x"


# --- what it is shown --------------------------------------------------------------------------------

KEYS = api("keys", "<set-backend-service backend-id='keys' />")
KEYS_BY_URL = api("keys-by-url", service="OTHER/keys/")
KEYS_HOP = api(
    "keys-policy",
    header("X-Caller", "override", "policy") + "<set-backend-service backend-id='keys' />",
)


@pytest.mark.parametrize("name", [KEYS, KEYS_BY_URL, KEYS_HOP])
def test_a_backends_credentials_take_the_place_of_the_callers(server: GatewayProcess, name: str) -> None:
    request = seen(
        server,
        f"{name}/x?code=forged&z=1",
        "X-Caller: forged",
        "Authorization: Bearer forged",
        "User-Agent: curl",
    )
    assert request["fields"]["x-caller"] == ["fastgw,two"]
    assert request["fields"]["user-agent"] == ["gateway"]
    assert request["fields"]["authorization"] == ["Basic dXNlcjpwYXNz"]
    assert request["target"] == "/keys/x?z=1&code=a%20b&code=c%26d&one=1"


def test_a_caller_cannot_take_away_a_backends_credentials(server: GatewayProcess) -> None:
    fields = seen(server, f"{KEYS}/x", "Connection: Authorization, X-Caller")["fields"]
    assert fields.get("authorization") == ["Basic dXNlcjpwYXNz"]
    assert fields.get("x-caller") == ["fastgw,two"]


def test_credentials_are_for_their_backend_alone(server: GatewayProcess) -> None:
    seen(server, f"{KEYS}/x")
    fields = seen(server, f"{BACKEND_ID}/x", "Authorization: Bearer mine")["fields"]
    assert fields["authorization"] == ["Bearer mine"]
    assert "x-caller" not in fields


def test_credentials_are_never_logged(server: GatewayProcess) -> None:
    seen(server, f"{KEYS}/x")
    assert not any("dXNlcjpwYXNz" in line for line in server.stderr_lines())


BASIC = api("basic", "<authentication-basic username='svc' password='p:ä&amp;ss' />")


def test_authentication_basic_takes_the_place_of_the_callers_authorization(server: GatewayProcess) -> None:
    fields = seen(server, f"{BASIC}/x", "Authorization: Bearer a", "authorization: Bearer b")["fields"]
    assert fields["authorization"] == ["Basic " + base64.b64encode("svc:p:ä&ss".encode()).decode()]


def test_the_callers_address_is_appended_to_the_list(server: GatewayProcess) -> None:
    assert seen(server, f"{PLAIN}/x")["fields"]["x-forwarded-for"] == ["127.0.0.1"]
    given = ("X-Forwarded-For: 192.0.2.1, 192.0.2.2", "X-Forwarded-For: 192.0.2.3")
    assert seen(server, f"{PLAIN}/x", *given)["fields"]["x-forwarded-for"] == [
        "192.0.2.1, 192.0.2.2, 192.0.2.3, 127.0.0.1"
    ]
