"""Callers that present certificates: contexts with chains of all kinds, and requests over them."""

from __future__ import annotations

import socket
import ssl
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.harness import GatewayProcess
from tests.pki import Issued

VERSIONS = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}

SHOW = """<policies><inbound><return-response><set-body>@{
  var c = context.Request.Certificate;
  return c == null ? "none" : string.Join("|", c.Thumbprint, c.Subject, c.Issuer, c.SerialNumber);
}</set-body></return-response></inbound></policies>"""
"""Answers with what a policy sees of the certificate, or with `none`."""


def listening(policy: str = SHOW, *, asks: bool = True, **more: Any) -> dict[str, Any]:
    """A configuration with `asks.test` and `too.test`, which ask, and `silent.test`, which is the default."""
    gateway = {"listeners": [{"url": "https://127.0.0.1:0"}], "workers": 1, **more.pop("gateway", {})}
    names = {"asks.test": asks, "too.test": asks, "silent.test": False}
    return {
        "gateway": gateway,
        "hostnames": [
            {
                "hostName": name,
                "certificateId": "edge",
                "negotiateClientCertificate": flag,
                "default": name == "silent.test",
            }
            for name, flag in names.items()
        ],
        "certificates": [{"id": "edge", "file": "edge.pem"}, *more.pop("certificates", [])],
        "apis": [
            {
                "id": "a",
                "path": "a",
                "protocols": ["https"],
                "subscriptionRequired": False,
                "operations": [{"id": m, "method": m, "urlTemplate": "/*"} for m in ("GET", "POST")],
                "policy": policy,
                **more.pop("api", {}),
            }
        ],
        **more,
    }


def caller(
    shown: Issued | None = None, version: str | None = None, others: bytes | None = None
) -> ssl.SSLContext:
    """A client that checks nothing and presents a certificate with its issuers, or with `others` (PEM)."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    # What the gateway takes must not depend on what this OpenSSL likes to send.
    context.set_ciphers("DEFAULT@SECLEVEL=0")
    if version is not None:
        context.minimum_version = context.maximum_version = VERSIONS[version]
    if shown is not None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "caller.pem")
            path.write_bytes(shown.pem + (shown.issuers_pem if others is None else others) + shown.key_pem())
            context.load_cert_chain(path)
    return context


@contextmanager
def connected(
    server: GatewayProcess,
    context: ssl.SSLContext,
    name: str = "asks.test",
    session: ssl.SSLSession | None = None,
) -> Iterator[ssl.SSLSocket]:
    """A connection to the first listener."""
    with (
        socket.create_connection(server.address, timeout=10) as plain,
        context.wrap_socket(plain, server_hostname=name, session=session) as tls,
    ):
        yield tls


def ask(tls: ssl.SSLSocket, body: bytes = b"", headers: str = "") -> tuple[int, str]:
    """Status and body of the answer to a GET, or to a POST where there is a body."""
    method = "POST" if body else "GET"
    head = f"{method} /a/x HTTP/1.1\r\nHost: asks.test\r\nContent-Length: {len(body)}\r\n{headers}\r\n"
    tls.sendall(head.encode() + body)
    answer = b""
    while True:
        piece = tls.recv(65536)
        assert piece, f"closed after {answer!r}"
        answer += piece
        head_bytes, mark, rest = answer.partition(b"\r\n\r\n")
        lines = head_bytes.decode("latin-1").lower()
        if mark and len(rest) == int(lines.partition("content-length: ")[2].split("\r\n")[0]):
            return int(lines.split(" ")[1]), rest.decode()


def seen(server: GatewayProcess, context: ssl.SSLContext, name: str = "asks.test") -> str:
    """What a policy sees of the caller, by `SHOW`."""
    with connected(server, context, name) as tls:
        status, body = ask(tls)
        assert status == 200, body
        return body


def described(shown: Issued) -> str:
    """What `SHOW` answers for a certificate of tests.pki."""

    def name(rdns: Any) -> str:
        labels = {"countryName": "C", "organizationName": "O", "commonName": "CN"}
        return ", ".join(f"{labels[one.oid._name]}={one.value}" for one in reversed(list(rdns)))

    certificate = shown.certificate
    number = certificate.serial_number
    serial = number.to_bytes(number.bit_length() // 8 + 1, "big").hex().upper()
    return "|".join((shown.thumbprint, name(certificate.subject), name(certificate.issuer), serial))
