"""Proof, before anything is measured, that a gateway does the scenario's work and answers as the origin.

It sends a handful of requests and never a load; TLS is verified here, so the load need not do it.
"""

from __future__ import annotations

import http.client
import ipaddress
import json
import ssl
from urllib.parse import parse_qsl, urlsplit

from loadtests.gateways import Running
from loadtests.origin import Origin
from loadtests.pki import CLIENT_NAME, Pki
from loadtests.processes import BenchError
from loadtests.scenarios import (
    CLIENT,
    ECHO_PATH,
    GATEWAY,
    GATEWAY_HEADER,
    PATH,
    PLAN,
    QUERY_NAME,
    QUERY_VALUE,
    REQUEST_HEADERS,
)

_SECONDS = 10.0
_MEMBER_REQUESTS = 8


class WrongAnswer(BenchError):
    """A gateway answered, but not what the scenario demands; measuring it would compare different work."""


def check(running: Running) -> None:
    """Raises WrongAnswer that says what the gateway did otherwise; BenchError when it does not answer."""
    site = running.site
    for url, port in _listeners(running):
        status, _, body = _get(running.peer.name, url, port, PATH, site.pki)
        if status != 200:
            raise WrongAnswer(f"{running.peer.name}: status {status} instead of 200: {body[:200]!r}")
        if body != origin_body(site.origin):
            raise WrongAnswer(f"{running.peer.name}: the body is not the origin's: {body[:200]!r}")
    status, headers, body = _get(running.peer.name, *_listeners(running)[0], ECHO_PATH, site.pki)
    if status != 200:
        raise WrongAnswer(f"{running.peer.name}: status {status} for the echo: {body[:200]!r}")
    seen: dict[str, str] = json.loads(body)
    if site.scenario.pool:
        _check_members(running)
    for complaint in _complaints(running, seen, headers):
        raise WrongAnswer(f"{running.peer.name}: {complaint}; the origin saw {seen}")


def _check_members(running: Running) -> None:
    """Raises WrongAnswer unless requests reach both members of the pool.

    That a failing member is left out is not tried: it would still be out when the measuring begins.
    """
    origin = running.site.origin
    seen = set()
    for _ in range(_MEMBER_REQUESTS):
        body = _get(running.peer.name, *_listeners(running)[0], ECHO_PATH, running.site.pki)[2]
        seen.add(json.loads(body)["port"])
    if seen != {str(origin.port), str(origin.second_port)}:
        raise WrongAnswer(f"{running.peer.name}: of the two members only {seen} got requests")


def origin_body(origin: Origin) -> bytes:
    """What the origin itself answers to the measured request."""
    return _get("origin", "http", origin.port, PATH, None)[2]


def _listeners(running: Running) -> list[tuple[str, int]]:
    site = running.site
    found = [("https" if site.scenario.tls else "http", site.port)]
    if site.scenario.name == "handshakes":
        found.append(("http", site.plain_port))
    return found


def _complaints(running: Running, seen: dict[str, str], headers: dict[str, str]) -> list[str]:
    """What differs from the scenario's work; empty when all is as it should be."""
    scenario = running.site.scenario
    wanted = {"channel": REQUEST_HEADERS["X-Channel"]}
    query = [("view", "full")]
    if scenario.header_work:
        wanted |= {"plan": PLAN, "debug": ""}
        query.append((QUERY_NAME, QUERY_VALUE))
    else:
        wanted |= {"plan": "", "debug": REQUEST_HEADERS["X-Debug"]}
    wanted["computed"] = CLIENT if scenario.computed else ""
    found = [
        f"'{name}' is '{seen[name]}' instead of '{value}'"
        for name, value in wanted.items()
        if seen[name] != value
    ]
    if not _is_address(seen["forwarded"]):
        found.append(f"X-Forwarded-For is '{seen['forwarded']}' instead of the caller's address")
    target = urlsplit(seen["uri"])
    if target.path != urlsplit(ECHO_PATH).path or sorted(parse_qsl(target.query)) != sorted(query):
        found.append(f"the origin was asked for '{seen['uri']}'")
    if scenario.header_work and headers.get(GATEWAY_HEADER.lower()) != GATEWAY:
        found.append(f"the answer has no header {GATEWAY_HEADER}: {GATEWAY}")
    if scenario.mutual_origin and (seen["verify"] != "SUCCESS" or CLIENT_NAME not in seen["client"]):
        found.append("the origin did not get the client certificate")
    return found


def _is_address(text: str) -> bool:
    """Any address will do: Envoy writes the machine's own one for a caller on the loopback interface."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _get(name: str, scheme: str, port: int, path: str, pki: Pki | None) -> tuple[int, dict[str, str], bytes]:
    """One request on a connection of its own; TLS is verified against the run's authority."""
    connection: http.client.HTTPConnection
    if scheme == "https":
        assert pki is not None
        context = ssl.create_default_context(cafile=str(pki.ca))
        connection = http.client.HTTPSConnection("127.0.0.1", port, timeout=_SECONDS, context=context)
    else:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_SECONDS)
    try:
        connection.request("GET", path, headers=REQUEST_HEADERS)
        answer = connection.getresponse()
        headers = {key.lower(): value for key, value in answer.getheaders()}
        return answer.status, headers, answer.read()
    except (OSError, http.client.HTTPException) as error:
        raise BenchError(f"{name}: GET {path} failed: {error!r}") from error
    finally:
        connection.close()
