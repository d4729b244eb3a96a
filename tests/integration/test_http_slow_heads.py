"""Request heads that do not end in time, and connections that never begin: given up, never forwarded.

`gateway.clientTimeouts` says how long; the defaults are 30 s to the first byte and 10 s for a whole head.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.conftest import GatewayFactory
from tests.harness import EchoBackend, GatewayProcess, RawConnection
from tests.harness.config import one_api
from tests.harness.refusals import assert_refused, assert_unharmed, marks

CLIENT_HELLO = (
    bytes.fromhex("16030100310100002d0303") + bytes(range(64, 96)) + bytes.fromhex("00000613011302c02b0100")
)


@pytest.fixture(scope="module")
def backend() -> Iterator[EchoBackend]:
    with EchoBackend() as backend:
        yield backend


@pytest.fixture(scope="module")
def impatient(module_gateway: GatewayFactory, backend: EchoBackend) -> GatewayProcess:
    return module_gateway(
        one_api(backend.url, gateway={"clientTimeouts": {"head": "PT0.3S", "firstByte": "PT0.3S"}})
    )


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"G", id="one-byte"),
        pytest.param(b"GET /bad HTTP/1.1\r\nHost: example.test\r\n", id="no-empty-line"),
        pytest.param(b"GET /bad\r\n", id="http-0.9-without-empty-line"),
        pytest.param(b"\r\n", id="only-a-line-end"),
        pytest.param(b"GET /bad HTTP/1.1\r\r\nHost: example.test\r\r\n\r\r\n", id="cr-cr-lf"),
        pytest.param(CLIENT_HELLO, id="tls-client-hello-on-a-plain-port"),
    ],
)
def test_a_head_that_never_ends_is_given_up(
    impatient: GatewayProcess, backend: EchoBackend, data: bytes
) -> None:
    before = marks(backend)
    with RawConnection(impatient.url) as connection:
        connection.send(data)
        assert_refused(connection, {408, 400})
    assert_unharmed(impatient, backend, before)


def test_a_head_that_trickles_in_does_not_gain_time(impatient: GatewayProcess, backend: EchoBackend) -> None:
    before = marks(backend)
    with RawConnection(impatient.url) as connection:
        connection.send(b"GET /bad HTTP/1.1\r\nHost: example.test\r\n")
        for number in range(100):
            # Every line comes well within the limit; the head as a whole never does.
            if not connection.send_what_is_taken(b"X-%d: y\r\n" % number) or not connection.silent(0.05):
                break
        assert number < 50
        assert_refused(connection, {408})
    assert_unharmed(impatient, backend, before)


def test_a_connection_without_a_byte_is_closed(impatient: GatewayProcess) -> None:
    with RawConnection(impatient.url) as connection:
        assert connection.is_closed_by_peer()
        assert connection.ended == "closed"


def test_a_head_cut_off_by_the_caller_is_no_request(impatient: GatewayProcess, backend: EchoBackend) -> None:
    before = marks(backend)
    with RawConnection(impatient.url) as connection:
        connection.send(b"GET /bad HTTP/1.1\r\nHost: example.test\r\n")
        connection.finish_sending()
        assert_refused(connection, {400, 408})
    assert_unharmed(impatient, backend, before)
