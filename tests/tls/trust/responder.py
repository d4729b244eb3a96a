"""Real servers for revocation: `openssl ocsp` as the responder, and a small http server for files."""

from __future__ import annotations

import contextlib
import http.server
import re
import subprocess
import threading
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.tls.trust.made import NOW, Made


@contextlib.contextmanager
def openssl_responder(
    folder: Path,
    ca: Made,
    *,
    good: Iterable[int] = (),
    revoked: Iterable[int] = (),
    signer: Made | None = None,
    options: tuple[str, ...] = ("-ndays", "1"),
) -> Iterator[int]:
    """The port of a responder for the CA that knows those serial numbers."""
    signer = signer or ca
    (folder / "ca.pem").write_bytes(ca.pem)
    (folder / "signer.pem").write_bytes(signer.pem)
    key = signer.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "signer.key").write_bytes(key)
    until, since = _utc(NOW.replace(year=NOW.year + 1, day=1)), _utc(NOW.replace(day=1))
    lines = [f"V\t{until}\t\t{_hex(serial)}\tunknown\t/CN=good" for serial in good]
    lines += [f"R\t{until}\t{since},keyCompromise\t{_hex(serial)}\tunknown\t/CN=gone" for serial in revoked]
    (folder / "index.txt").write_text("".join(line + "\n" for line in lines))
    command = ["openssl", "ocsp", "-index", "index.txt", "-port", "0", "-CA", "ca.pem"]
    command += ["-rsigner", "signer.pem", "-rkey", "signer.key", *options]
    with subprocess.Popen(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        try:
            assert process.stdout is not None
            for line in process.stdout:
                found = re.match(r"ACCEPT .*:(\d+)", line)
                if found:
                    break
            else:
                raise AssertionError("openssl ocsp did not start")
            yield int(found[1])
        finally:
            process.kill()


def _utc(moment: datetime) -> str:
    return f"{moment:%y%m%d%H%M%SZ}"


def _hex(serial: int) -> str:
    text = f"{serial:X}"
    return text if len(text) % 2 == 0 else f"0{text}"


class Files:
    """What a small http server answers by path, and which requests it has had."""

    def __init__(self) -> None:
        self.answers: dict[str, bytes | Callable[[http.server.BaseHTTPRequestHandler], None]] = {}
        self.asked: list[str] = []
        self.port = 0

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"


@contextlib.contextmanager
def file_server() -> Iterator[Files]:
    """A server of files on a free port of the loopback."""
    files = Files()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            files.asked.append(f"{self.command} {self.path}")
            answer = files.answers.get(self.path)
            if callable(answer):
                answer(self)
                return
            body = answer or b""
            self.send_response(200 if answer is not None else 404)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET

        def log_message(self, *_arguments: object) -> None:
            return

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    files.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield files
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
