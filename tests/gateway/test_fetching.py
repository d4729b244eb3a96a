"""Lists and answers are fetched over plain http, within bounds, and never from elsewhere."""

from __future__ import annotations

import asyncio
import http.server
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import uvloop
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509 import load_pem_x509_crl
from cryptography.x509.oid import ExtendedKeyUsageOID

from fastgw.gateway.fetching import MAX_REDIRECTS, Fetcher
from fastgw.tls.trust.revocation import FetchError, Revocations
from fastgw.tls.trust.verdict import RevocationResult
from tests.tls.trust.lists import make_list, named_at
from tests.tls.trust.made import Made, make
from tests.tls.trust.responder import Files, file_server, openssl_responder

Handler = http.server.BaseHTTPRequestHandler
ROOT = make("Root", ca=True)


@pytest.fixture
def files() -> Iterator[Files]:
    with file_server() as made:
        yield made


def fetched(url: str, body: bytes | None = None, limit: int = 1000, content_type: str = "") -> bytes:
    async def once() -> bytes:
        fetch = Fetcher()
        try:
            async with asyncio.timeout(10):
                return await fetch(url, body=body, content_type=content_type, limit=limit)
        finally:
            await fetch.close()

    return asyncio.run(once())


def refusal(url: str, **options: Any) -> str:
    with pytest.raises(FetchError) as caught:
        fetched(url, **options)
    return str(caught.value)


def redirect(to: str) -> Any:
    def answer(handler: Handler) -> None:
        handler.send_response(302)
        handler.send_header("Location", to)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return answer


def test_get_and_post(files: Files) -> None:
    seen: list[tuple[bytes, str | None, str | None]] = []

    def answer(handler: Handler) -> None:
        body = handler.rfile.read(int(handler.headers["Content-Length"]))
        seen.append((body, handler.headers["Content-Type"], handler.headers["Cookie"]))
        handler.send_response(200)
        handler.send_header("Set-Cookie", "a=b")
        handler.send_header("Content-Length", "2")
        handler.end_headers()
        handler.wfile.write(b"ok")

    files.answers = {"/a%20b?c=%2F": b"list", "/ask": answer}
    assert fetched(files.url("/a%20b?c=%2F")) == b"list"
    assert fetched(files.url("/ask"), b"question", content_type="application/ocsp-request") == b"ok"
    assert seen == [(b"question", "application/ocsp-request", None)]
    assert files.asked == ["GET /a%20b?c=%2F", "POST /ask"]


def test_what_is_not_there(files: Files) -> None:
    assert "404" in refusal(files.url("/none"))
    with closing(socket.socket()) as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        assert "refused" in refusal(f"http://127.0.0.1:{port}/").lower()
    assert refusal("http://no-such-host.invalid/").startswith("cannot be had: ")


@pytest.mark.parametrize("announced", [True, False])
def test_a_body_that_is_too_large(files: Files, announced: bool) -> None:
    def endless(handler: Handler) -> None:
        handler.send_response(200)
        if announced:
            handler.send_header("Content-Length", str(1 << 40))
        handler.end_headers()
        try:
            while not announced:
                handler.wfile.write(b"x" * 65536)
        except OSError:
            return  # the caller has had enough

    files.answers["/big"] = endless
    assert refusal(files.url("/big"), limit=500_000) == "is larger than 500000 bytes"


def test_a_body_that_ends_too_soon(files: Files) -> None:
    def short(handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "100")
        handler.end_headers()
        handler.wfile.write(b"x")
        handler.close_connection = True

    files.answers["/short"] = short
    assert refusal(files.url("/short")).startswith("cannot be had: ")


def test_a_compressed_body_is_refused(files: Files) -> None:
    def compressed(handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Encoding", "gzip")
        handler.send_header("Content-Length", "2")
        handler.end_headers()
        handler.wfile.write(b"\x1f\x8b")

    files.answers["/gz"] = compressed
    assert "compressed" in refusal(files.url("/gz"))


def test_redirects_are_followed_a_few_times(files: Files) -> None:
    files.answers = {"/0": b"there", **{f"/{number}": redirect(f"/{number - 1}") for number in range(1, 9)}}
    assert fetched(files.url(f"/{MAX_REDIRECTS}")) == b"there"
    assert "more than 3 redirects" in refusal(files.url(f"/{MAX_REDIRECTS + 1}"))


@pytest.mark.parametrize(
    "to", ["https://127.0.0.1/", "file:///etc/passwd", "ftp://127.0.0.1/x", "//user:x@127.0.0.1/"]
)
def test_redirects_lead_nowhere_else(files: Files, to: str) -> None:
    files.answers["/away"] = redirect(to)
    assert "not plain http" in refusal(files.url("/away"))


def test_a_question_is_not_redirected(files: Files) -> None:
    files.answers = {"/ask": redirect("/there"), "/there": b"answer"}
    assert "302" in refusal(files.url("/ask"), body=b"x", content_type="a/b")


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest/meta-data/",
        "http://[fe80::1]/",
        "http://[::ffff:169.254.169.254]/",
        "http://0.0.0.0/",
        "http://[::]/",
        "http://224.0.0.1/",
    ],
)
def test_addresses_that_are_not_called(url: str, files: Files) -> None:
    assert "not called" in refusal(url)
    files.answers["/away"] = redirect(url)
    assert "not called" in refusal(files.url("/away"))


def test_names_of_such_addresses_are_not_called(monkeypatch: pytest.MonkeyPatch) -> None:
    def resolve(*_arguments: object, **_options: object) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("169.254.169.254", 80))]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    assert "not called" in refusal("http://metadata.example.test/")


# --- with real sources -------------------------------------------------------------------------------


def looked_up(*path: Made, loop: Callable[[], asyncio.AbstractEventLoop] | None = None) -> RevocationResult:
    """The result of the leaf, of what is really fetched."""

    async def once() -> RevocationResult:
        fetch = Fetcher()
        made = Revocations(fetch, timeout=10)
        try:
            return (await made.check([one.der for one in path]))[0]
        finally:
            made.close()
            await fetch.close()

    with asyncio.Runner(loop_factory=loop) as runner:
        return runner.run(once())


@pytest.mark.parametrize("delegated", [False, True])
def test_a_real_responder_says_good_revoked_and_unknown(tmp_path: Path, delegated: bool) -> None:
    signer = make("Responder", ROOT, extended=[ExtendedKeyUsageOID.OCSP_SIGNING]) if delegated else None
    with openssl_responder(tmp_path, ROOT, good=[0x1001], revoked=[0x2002], signer=signer) as port:
        where = named_at(responder=f"http://127.0.0.1:{port}/")
        good = looked_up(make("good", ROOT, serial=0x1001, more=where), ROOT)
        gone = looked_up(make("gone", ROOT, serial=0x2002, more=where), ROOT)
        strange = looked_up(make("strange", ROOT, serial=0x3003, more=where), ROOT)
    assert (good.state, good.source) == ("good", f"http://127.0.0.1:{port}/")
    assert (gone.state, gone.reason) == ("revoked", "keyCompromise")
    assert gone.revoked_at is not None
    assert (strange.state, "does not know" in strange.why) == ("unknown", True)


def test_a_responder_that_nobody_has_named(tmp_path: Path) -> None:
    stranger = make("Responder", make("Other", ca=True))
    with openssl_responder(tmp_path, ROOT, good=[0x1001], signer=stranger) as port:
        leaf = make("good", ROOT, serial=0x1001, more=named_at(responder=f"http://127.0.0.1:{port}/"))
        result = looked_up(leaf, ROOT)
    assert (result.state, "another CA" in result.why) == ("unknown", True)


def test_the_loop_of_the_workers_fetches_as_well(files: Files) -> None:
    leaf = make("leaf", ROOT, more=named_at(f"http://localhost:{files.port}/root.crl"))
    files.answers["/root.crl"] = make_list(ROOT)
    assert looked_up(leaf, ROOT, loop=uvloop.new_event_loop).state == "good"


def test_a_list_from_a_server(files: Files) -> None:
    leaf = make("leaf", ROOT, more=named_at(files.url("/root.crl")))
    files.answers["/root.crl"] = make_list(ROOT)
    assert looked_up(leaf, ROOT).state == "good"
    files.answers["/root.crl"] = make_list(ROOT, [(leaf.certificate.serial_number, None)])
    assert looked_up(leaf, ROOT).state == "revoked"
    del files.answers["/root.crl"]
    assert "the server says 404" in looked_up(leaf, ROOT).why


def test_a_list_that_openssl_has_made(files: Files, tmp_path: Path) -> None:
    leaf = make("leaf", ROOT, serial=0x4004, more=named_at(files.url("/root.crl")))
    (tmp_path / "root.pem").write_bytes(ROOT.pem)
    key = ROOT.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "root.key").write_bytes(key)
    (tmp_path / "leaf.pem").write_bytes(leaf.pem)
    (tmp_path / "index.txt").touch()
    (tmp_path / "ca.cnf").write_text(
        "[ca]\ndefault_ca=own\n[own]\ndatabase=index.txt\ncertificate=root.pem\nprivate_key=root.key\n"
        "default_md=sha256\ndefault_crl_days=2\n"
    )
    for arguments in (["-revoke", "leaf.pem", "-crl_reason", "superseded"], ["-gencrl", "-out", "list.pem"]):
        subprocess.run(
            ["openssl", "ca", "-config", "ca.cnf", *arguments],
            cwd=tmp_path,
            check=True,
            capture_output=True,
            timeout=30,
        )
    pem = (tmp_path / "list.pem").read_bytes()
    files.answers["/root.crl"] = load_pem_x509_crl(pem).public_bytes(Encoding.DER)
    result = looked_up(leaf, ROOT)
    assert (result.state, result.reason) == ("revoked", "superseded")


def test_a_server_that_never_answers_costs_the_timeout(files: Files) -> None:
    """And its connection is closed: the server sees its end."""
    closed = threading.Event()

    def silent(handler: Handler) -> None:
        assert handler.rfile.read(1) == b""
        closed.set()

    files.answers["/silent.crl"] = silent
    leaf = make("leaf", ROOT, more=named_at(files.url("/silent.crl")))

    async def once() -> RevocationResult:
        fetch = Fetcher()
        made = Revocations(fetch, timeout=0.1)
        result = (await made.check([leaf.der, ROOT.der]))[0]
        made.close()
        await fetch.close()
        return result

    assert asyncio.run(once()).why == "no answer within 0.2 s"
    assert closed.wait(10)
