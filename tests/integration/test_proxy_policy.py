"""proxy: forward-request goes through it; the calls of other policies have one of their own."""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import GatewayFactory
from tests.harness import EchoBackend, ScriptedBackend
from tests.harness.config import one_api
from tests.integration.conftest import Serve
from tests.integration.test_backend_proxy import TunnelProxy
from tests.integration.test_send_request import TOLD, get, nobody, policy, sending
from tests.pki import make_ca
from tests.tls.wire import nginx

SAID = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nvia proxy"
CREDENTIALS = "Basic " + b64encode(b"px:s3cret").decode()


@pytest.mark.parametrize(
    "attributes",
    [
        'url="URL" username="px" password="s3cret"',
        """url="@("UR" + "L")" username="@("p" + "x")" password="@("s3cret")" """,
    ],
)
def test_requests_go_to_the_proxy_in_absolute_form_with_its_credentials(
    serve: Serve, attributes: str
) -> None:
    with ScriptedBackend(lambda session: (session.wait_for(b"\r\n\r\n"), session.send(SAID))[0]) as proxy:
        split = attributes.replace('"UR" + "L"', f'"{proxy.url[:8]}" + "{proxy.url[8:]}"').replace(
            "URL", proxy.url
        )
        gateway = serve("http://backend.invalid:81/base", policy=policy(f"<proxy {split} />"))
        assert get(gateway, "/x?y=1").body == b"via proxy"
        head = proxy.received.decode()
    assert head.startswith(
        "GET http://backend.invalid:81/base/x?y=1 HTTP/1.1\r\nHost: backend.invalid:81\r\n"
    )
    assert f"\r\nProxy-Authorization: {CREDENTIALS}\r\n" in head


def test_requests_of_other_ways_share_no_connection(serve: Serve, echo: EchoBackend) -> None:
    def absolute(session: Any) -> None:
        session.wait_for(b"\r\n\r\n")
        session.send(SAID)

    choice = """<choose><when condition="@(context.Request.Headers.ContainsKey("X-Proxy"))">
        <proxy url="@(context.Request.Headers["X-Proxy"][0])" /></when></choose>"""
    with ScriptedBackend(absolute) as first, ScriptedBackend(absolute) as second:
        gateway = serve(echo, policy=policy(choice))
        assert get(gateway, fields=f"X-Proxy: {first.url}\r\n").body == b"via proxy"
        assert get(gateway, fields=f"X-Proxy: {second.url}\r\n").body == b"via proxy"
        assert get(gateway).body != b"via proxy"
        assert (len(first.sessions), len(second.sessions), len(echo.sessions)) == (1, 1, 1)


def test_https_backends_are_reached_through_a_tunnel(gateway: GatewayFactory, tmp_path: Path) -> None:
    tunnel = TunnelProxy()
    ca = make_ca()
    client = ca.issue("caller", usage="client")
    try:
        with nginx(tmp_path, ca.issue("localhost", "localhost", "127.0.0.1"), ca, "TLSv1.3") as port:
            url = f"https://127.0.0.1:{port}"
            one = f'url="http://127.0.0.1:{tunnel.port}" username="px" password="s3cret"'
            present = '<authentication-certificate certificate-id="client" />'
            forward = one_api(url, policy=policy(f"<proxy {one} />{present}"))
            files = {"client.pem": client.bundle(), "ca.pem": ca.pem}
            known: dict[str, Any] = {
                "certificates": [{"id": "client", "file": "client.pem"}],
                "caCertificates": [{"id": "ca", "file": "ca.pem", "storeName": "Root"}],
            }
            answer = get(gateway({**forward, **known}, files=files))
            assert (answer.status, answer.get("x-dn")) == (200, "CN=caller,O=Example,C=NL")
            call = sending(url, f"{present}<proxy {one} />") + TOLD
            answer = get(gateway({**one_api(None, policy=policy(call)), **known}, files=files))
            assert (answer.status, answer.get("x-dn")) == (200, "CN=caller,O=Example,C=NL")
    finally:
        tunnel.close()
    for head in tunnel.heads:
        assert head.startswith(f"CONNECT 127.0.0.1:{port} HTTP/1.1\r\n".encode())
        assert f"Proxy-Authorization: {CREDENTIALS}\r\n".encode() in head
    assert len(tunnel.heads) == 2


def test_a_send_request_has_a_proxy_of_its_own_or_none(serve: Serve, echo: EchoBackend) -> None:
    with ScriptedBackend(lambda session: (session.wait_for(b"\r\n\r\n"), session.send(SAID))[0]) as proxy:
        one = f'<proxy url="{proxy.url}" username="px" password="s3cret" />'
        gateway = serve(nobody(), policy=policy(one + sending(echo.url + "/direct") + TOLD))
        assert b'"/direct"' in get(gateway).body
        assert proxy.sessions == []
        gateway = serve(echo, policy=policy(sending("http://far.invalid/x?y", one) + TOLD))
        assert get(gateway).body == b"via proxy"
        head = proxy.received.decode()
    assert head.startswith("GET http://far.invalid:80/x?y HTTP/1.1\r\nHost: far.invalid\r\n")
    assert f"Proxy-Authorization: {CREDENTIALS}\r\n" in head


def test_a_url_that_an_expression_gives_must_be_that_of_a_proxy(serve: Serve, echo: EchoBackend) -> None:
    answer = get(serve(echo, policy=policy("""<proxy url="@("https://p:1")" />""")))
    assert answer.status == 500
    assert "proxy|ExpressionValueEvaluationFailure" in (answer.get("x-failure") or "")
    assert echo.requests == []
