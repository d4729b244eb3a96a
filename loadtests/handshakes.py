"""Makes new connections, one request each: the load of scenario `handshakes`. A program of its own.

Protocol with the bench: it prepares (one session per thread where resumption is asked for), prints `ready`,
waits for a line on stdin, runs, and prints one JSON line. So CPU time is read around the load only.
It does not verify the server: what is measured is the server's work, and `checks.py` has verified it.
"""

from __future__ import annotations

import argparse
import json
import socket
import ssl
import sys
import threading
import time
from dataclasses import dataclass, field

from loadtests.scenarios import PATH, REQUEST_HEADERS

THREADS = 8
"""Connections in the making at one time; OpenSSL works outside Python's lock."""

MODES = {
    "plain": (None, False),
    "tls13_full": (ssl.TLSVersion.TLSv1_3, False),
    "tls13_resumed": (ssl.TLSVersion.TLSv1_3, True),
    "tls12_full": (ssl.TLSVersion.TLSv1_2, False),
    "tls12_resumed": (ssl.TLSVersion.TLSv1_2, True),
}
"""Name -> TLS version (None: none at all) and whether each connection resumes the one before."""

_TIMEOUT_SECONDS = 10.0


@dataclass(slots=True)
class Tally:
    """What one thread counted. `reasons` keeps the first few failures in words."""

    connections: int = 0
    failures: int = 0
    reasons: list[str] = field(default_factory=list)

    def fail(self, reason: str) -> None:
        """Counts a failure."""
        self.failures += 1
        if len(self.reasons) < 3:
            self.reasons.append(reason)


@dataclass(slots=True)
class Caller:
    """One thread's side: a context, and the session that its next connection resumes."""

    port: int
    context: ssl.SSLContext | None
    resume: bool
    name: str = "localhost"
    session: ssl.SSLSession | None = None

    def connect_once(self) -> str | None:
        """One connection with one request. Returns what went wrong, None when all is well."""
        request = _request(self.port)
        try:
            raw = socket.create_connection(("127.0.0.1", self.port), timeout=_TIMEOUT_SECONDS)
            with raw:
                # As every HTTP client does; else the end of a short handshake delays the request by 40 ms.
                raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                if self.context is None:
                    return _complaint(_exchange(raw, request))
                asked = self.session if self.resume else None
                with self.context.wrap_socket(raw, server_hostname=self.name, session=asked) as secured:
                    if (complaint := _complaint(_exchange(secured, request))) is not None:
                        return complaint
                    if asked is not None and not secured.session_reused:
                        return "the session was not resumed"
                    # TLS 1.3 sends its tickets after the handshake: the session is complete only now.
                    self.session = secured.session
        except OSError as error:
            return repr(error)
        return None


def _request(port: int) -> bytes:
    lines = [f"GET {PATH} HTTP/1.1", f"Host: 127.0.0.1:{port}", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in REQUEST_HEADERS.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def _exchange(connection: socket.socket, request: bytes) -> bytes:
    """Sends the request and reads until the server closes."""
    connection.sendall(request)
    answer = bytearray()
    while chunk := connection.recv(16384):
        answer += chunk
        if len(answer) > 1 << 20:
            break
    return bytes(answer)


def _complaint(answer: bytes) -> str | None:
    return None if answer.startswith(b"HTTP/1.1 200 ") else f"answer {answer[:60]!r}"


def make_caller(port: int, mode: str, name: str = "localhost", certificate: str | None = None) -> Caller:
    """A caller for a mode of MODES that asks for `name` and presents the PEM file `certificate`, if any."""
    version, resume = MODES[mode]
    if version is None:
        return Caller(port, None, False)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version = context.maximum_version = version
    # A server that closes without the TLS farewell has still answered in full; the answer is checked.
    context.options |= getattr(ssl, "OP_IGNORE_UNEXPECTED_EOF", 0)
    if certificate is not None:
        context.load_cert_chain(certificate)
    return Caller(port, context, resume, name)


def run(
    port: int,
    mode: str,
    seconds: float,
    limit: int,
    name: str = "localhost",
    certificate: str | None = None,
) -> dict[str, object]:
    """Prepares, waits for the word, makes connections for `seconds` or until `limit` of them."""
    callers = [make_caller(port, mode, name, certificate) for _ in range(THREADS)]
    for caller in callers:
        if caller.resume and (complaint := caller.connect_once()) is not None:
            return {"connections": 0, "failures": 1, "reasons": [complaint], "seconds": 0.0}
    print("ready", flush=True)
    sys.stdin.readline()
    tallies = [Tally() for _ in callers]
    began = time.monotonic()

    def work(caller: Caller, tally: Tally) -> None:
        while time.monotonic() - began < seconds and tally.connections < limit // THREADS:
            tally.connections += 1
            if (complaint := caller.connect_once()) is not None:
                tally.fail(complaint)

    threads = [
        threading.Thread(target=work, args=pair, daemon=True) for pair in zip(callers, tallies, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return {
        "connections": sum(tally.connections for tally in tallies),
        "failures": sum(tally.failures for tally in tallies),
        "reasons": [reason for tally in tallies for reason in tally.reasons][:3],
        "seconds": time.monotonic() - began,
    }


def main() -> None:
    """Command line; see the top of the file for what is said on stdin and stdout."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--mode", choices=list(MODES), required=True)
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--limit", type=int, default=10000)
    parser.add_argument("--name", default="localhost")
    parser.add_argument("--certificate")
    given = parser.parse_args()
    facts = run(given.port, given.mode, given.seconds, given.limit, given.name, given.certificate)
    print(json.dumps(facts), flush=True)


if __name__ == "__main__":
    main()
