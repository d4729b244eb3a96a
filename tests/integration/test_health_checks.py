"""Health checks seen from the backends: who is asked how often, and who gets requests."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.conftest import GatewayFactory
from tests.harness import GatewayProcess, RawConnection, ScriptedBackend, Session, ask, wait_until
from tests.harness.secure import SecureBackend
from tests.pki import make_ca

GET = b"GET /x HTTP/1.1\r\nHost: a\r\n\r\n"
POLICY = '<policies><inbound><base /><set-backend-service backend-id="orders" /></inbound></policies>'
INTERVAL = 0.1


class CheckedBackend(ScriptedBackend):
    """Answers checks (GET /healthz) with `status`, requests with 200; None: it accepts and stays silent."""

    def __init__(self) -> None:
        self.status: int | None = 200
        self.checks: list[float] = []
        """When each check came, in monotonic seconds."""
        self.served = 0
        """Requests that were no checks."""
        super().__init__(self._answer)

    def _answer(self, session: Session) -> None:
        while True:
            request = session.request(timeout=600.0)
            if request.target != "/healthz":
                self.served += 1
                session.answer()
            elif self.status is None:
                self.checks.append(time.monotonic())
                session.wait_closed(600.0)
            else:
                self.checks.append(time.monotonic())
                session.answer(head=f"HTTP/1.1 {self.status} Word")

    def wait_for_checks(self, count: int) -> None:
        """Until that many more checks have come."""
        target = len(self.checks) + count
        wait_until(lambda: len(self.checks) >= target, what=f"{count} more checks")


def configuration(
    *urls: str, workers: int = 2, interval: float = INTERVAL, backend: Any = None, **check: Any
) -> dict[str, Any]:
    settings = {"path": "/healthz", "interval": f"PT{interval}S", "timeout": "PT5S", **check}
    return {
        "gateway": {"workers": workers},
        "backends": [
            {
                "id": "orders",
                **({"url": urls[0]} if len(urls) == 1 else {"urls": [{"url": url} for url in urls]}),
                "healthCheck": settings,
                **(backend or {}),
            }
        ],
        "apis": [
            {
                "id": "all",
                "path": "",
                "protocols": ["http"],
                "subscriptionRequired": False,
                "operations": [{"id": "get", "method": "GET", "urlTemplate": "/*"}],
                "policy": POLICY,
            }
        ],
    }


@pytest.fixture
def good() -> Iterator[CheckedBackend]:
    with CheckedBackend() as backend:
        yield backend


@pytest.fixture
def other() -> Iterator[CheckedBackend]:
    with CheckedBackend() as backend:
        yield backend


def send(server: GatewayProcess, count: int = 12) -> None:
    """Requests over connections of their own, so that every worker gets some."""
    for _ in range(count):
        with RawConnection(server.url) as connection:
            assert connection.ask(GET).status == 200


def make_unhealthy(server: GatewayProcess, backend: CheckedBackend, status: int | None = 503) -> str:
    """Answer checks with `status` until the gateway says what it makes of it; gives that line."""
    seen = len(server.stderr_lines())
    backend.status = status
    return server.wait_for_line("backend member unhealthy", after=seen)


def test_a_member_is_checked_once_per_interval_and_not_once_per_worker(
    gateway: GatewayFactory, good: CheckedBackend
) -> None:
    gateway(configuration(good.url, workers=2, interval=0.2))
    good.wait_for_checks(11)
    # Late checks may only make it longer; a second checker would halve it.
    assert good.checks[10] - good.checks[0] > 10 * 0.2 * 0.75
    # One connection carries them all.
    assert len(good.sessions) == 1
    assert good.requests[0].get("user-agent") == "fastgw-health-check"


def test_an_unhealthy_member_gets_no_requests_until_enough_checks_are_good(
    gateway: GatewayFactory, good: CheckedBackend, other: CheckedBackend
) -> None:
    server = gateway(configuration(good.url, other.url, unhealthyThreshold=2, healthyThreshold=3))
    send(server)
    assert other.served > 0
    line = make_unhealthy(server, other)
    assert "backend=orders" in line
    assert f"member={other.url}" in line
    assert 'reason="status 503"' in line
    served = good.served, other.served
    send(server, 20)
    assert (good.served, other.served) == (served[0] + 20, served[1])
    seen = len(server.stderr_lines())
    at = len(other.checks)
    other.status = 200
    line = server.wait_for_line("backend member healthy", after=seen)
    assert f"member={other.url}" in line
    # The check at the change may have been under way with the old answer.
    assert len(other.checks) - at >= 2
    send(server)
    assert other.served > served[1]


def test_the_last_member_stays_in_use(
    gateway: GatewayFactory, good: CheckedBackend, other: CheckedBackend
) -> None:
    server = gateway(configuration(good.url, other.url, unhealthyThreshold=1))
    make_unhealthy(server, good)
    make_unhealthy(server, other)
    served = good.served + other.served
    send(server)
    assert good.served + other.served == served + 12


def test_an_only_url_is_used_however_its_checks_end(gateway: GatewayFactory, good: CheckedBackend) -> None:
    server = gateway(configuration(good.url, unhealthyThreshold=1))
    make_unhealthy(server, good)
    send(server)
    assert good.served == 12


def test_checks_and_their_results_outlive_the_worker_that_checks(
    gateway: GatewayFactory, good: CheckedBackend, other: CheckedBackend
) -> None:
    server = gateway(configuration(good.url, other.url, unhealthyThreshold=2), may_complain=True)
    make_unhealthy(server, other)
    session = other.sessions[0]
    for pid in server.worker_pids():
        os.kill(pid, signal.SIGKILL)
        server.wait_for_line(f"pid={pid}")
        if not goes_on(session):
            break
    assert session.ended is not None, "no worker that was killed has checked"
    wait_until(lambda: len(server.worker_pids()) == 2)
    served = other.served
    send(server)
    assert other.served == served
    other.wait_for_checks(3)
    seen = len(server.stderr_lines())
    other.status = 200
    server.wait_for_line("backend member healthy", after=seen)


def goes_on(session: Session) -> bool:
    """Whether another request comes on that connection, rather than its end."""
    before = len(session.requests)
    wait_until(lambda: session.ended is not None or len(session.requests) > before)
    return session.ended is None


def test_a_reload_with_the_same_settings_keeps_what_is_known(
    gateway: GatewayFactory, good: CheckedBackend, other: CheckedBackend
) -> None:
    settings = configuration(good.url, other.url, workers=1, unhealthyThreshold=3)
    server = gateway(settings)
    line = make_unhealthy(server, other)
    server.reconfigure(settings)
    served = other.served
    send(server)
    assert other.served == served
    other.wait_for_checks(4)
    # It has not become unhealthy a second time.
    assert [one for one in server.stderr_lines() if "backend member" in one] == [line]


def test_a_reload_with_other_settings_begins_anew(
    gateway: GatewayFactory, good: CheckedBackend, other: CheckedBackend
) -> None:
    server = gateway(configuration(good.url, other.url, workers=1))
    make_unhealthy(server, other)
    seen = len(server.stderr_lines())
    server.reconfigure(configuration(good.url, other.url, workers=1, unhealthyThreshold=1))
    server.wait_for_line("backend member unhealthy", after=seen)


def test_a_reload_without_checks_ends_them(gateway: GatewayFactory, good: CheckedBackend) -> None:
    settings = configuration(good.url, workers=1)
    server = gateway(settings)
    good.wait_for_checks(1)
    del settings["backends"][0]["healthCheck"]
    server.reconfigure(settings)
    count = len(good.checks)
    with RawConnection(server.url) as connection:
        assert connection.silent(6 * INTERVAL)
    # One may have been on its way.
    assert len(good.checks) <= count + 1


def test_a_backend_that_accepts_and_stays_silent_is_unhealthy_after_its_timeouts(
    gateway: GatewayFactory, good: CheckedBackend, other: CheckedBackend
) -> None:
    server = gateway(configuration(good.url, other.url, timeout="PT0.3S", unhealthyThreshold=2))
    line = make_unhealthy(server, other, None)
    assert 'reason="no answer within 0.3 s"' in line
    # Each check gave up its connection.
    for session in other.sessions[:2]:
        session.wait_closed()


def test_a_backend_that_refuses_connections_is_unhealthy_and_the_log_says_why(
    gateway: GatewayFactory, good: CheckedBackend
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        url = f"http://127.0.0.1:{port}"
        server = gateway(configuration(good.url, url))
        line = server.wait_for_line("backend member unhealthy")
    assert f"member={url}" in line
    assert f"No connection to 127.0.0.1:{port}" in line


def test_a_check_goes_below_the_base_path_with_the_backends_credentials(
    gateway: GatewayFactory, scripted: Callable[..., ScriptedBackend]
) -> None:
    backend = scripted(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
    credentials = {
        "header": {"x-key": ["one"]},
        "query": {"code": ["a b"]},
        "authorization": {"scheme": "Basic", "parameter": "c2VjcmV0"},
    }
    server = gateway(configuration(f"{backend.url}/base/", backend={"credentials": credentials}))
    request = backend.wait_for_requests(1)[0]
    assert (request.method, request.target) == ("GET", "/base/healthz?code=a%20b")
    assert request.get("host") == f"127.0.0.1:{backend.port}"
    assert (request.get("x-key"), request.get("authorization")) == ("one", "Basic c2VjcmV0")
    assert request.framing == "none"
    assert backend.violations == []
    assert "c2VjcmV0" not in "".join(server.stderr_lines())


def test_a_worker_that_drains_checks_no_more(gateway: GatewayFactory, good: CheckedBackend) -> None:
    asked, answers = threading.Event(), threading.Event()

    def hold(session: Session) -> None:
        session.request()
        asked.set()
        answers.wait(10.0)
        session.answer()

    with ScriptedBackend(hold) as slow:
        settings = configuration(good.url, workers=1)
        settings["apis"][0]["serviceUrl"] = slow.url
        del settings["apis"][0]["policy"]
        server = gateway(settings, drain_timeout=10.0)
        good.wait_for_checks(2)
        with RawConnection(server.url) as connection:
            connection.send(GET)
            assert asked.wait(10.0)
            server.signal(signal.SIGTERM)
            # The address is given up at the same moment.
            wait_until(lambda: refuses(server))
            count = len(good.checks)
            assert connection.silent(6 * INTERVAL)
            assert len(good.checks) <= count + 1
            answers.set()
            assert connection.read_response().status == 200


def refuses(server: GatewayProcess) -> bool:
    """Whether nobody listens at the gateway's address any more."""
    try:
        RawConnection(server.url).close()
    except ConnectionRefusedError:
        return True
    return False


def test_a_check_presents_the_backends_certificate(gateway: GatewayFactory) -> None:
    ca = make_ca()
    client = ca.issue("checker", usage="client")
    with SecureBackend(ca.issue("server", "127.0.0.1"), clients=ca) as secure:
        settings = configuration(secure.url, backend={"credentials": {"certificateIds": ["client"]}})
        settings["certificates"] = [{"id": "client", "file": "client.pem"}]
        settings["caCertificates"] = [{"id": "ca", "file": "ca.pem", "storeName": "Root"}]
        server = gateway(settings, files={"client.pem": client.bundle(), "ca.pem": ca.pem})
        wait_until(lambda: secure.targets.count("/healthz") >= 3, what="three checks")
        assert set(secure.clients) == {"checker"}
        assert not [line for line in server.stderr_lines() if "unhealthy" in line]
        assert ask(server.address, GET).status == 200
