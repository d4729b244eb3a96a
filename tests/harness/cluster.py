"""A Service Fabric cluster as far as its naming service goes: HTTPS that demands a client certificate.

Answers ResolvePartition for the services that a test publishes, notes every question, and misbehaves on cue.
A question that is not exactly what the REST API takes is a violation.
"""

from __future__ import annotations

import json
import re
import socket
import ssl
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Self
from urllib.parse import parse_qsl, unquote

from tests.harness.raw import PATIENCE, wait_until
from tests.harness.secure import common_name, tls_context
from tests.pki import Ca, Issued

PartitionKey = int | str | tuple[int, int] | None


@dataclass(frozen=True)
class Replica:
    """One entry of Endpoints; `address` is a text, or listeners by name."""

    kind: str | int
    address: str | Mapping[str, str]

    def entry(self) -> dict[str, object]:
        """What stands in the answer."""
        address = self.address
        if not isinstance(address, str):
            address = json.dumps({"Endpoints": dict(address)})
        return {"Kind": self.kind, "Address": address}


def stateless(*urls: str) -> tuple[Replica, ...]:
    """Instances of a stateless service, each with an unnamed listener."""
    return tuple(Replica("Stateless", {"": url}) for url in urls)


def stateful(primary: str, *secondaries: str) -> tuple[Replica, ...]:
    """Replicas of a stateful service, each with an unnamed listener."""
    others = (Replica("StatefulSecondary", {"": url}) for url in secondaries)
    return (*others, Replica("StatefulPrimary", {"": primary}))


@dataclass(frozen=True)
class Asked:
    """One question as it came in."""

    service: str
    key_type: str
    key: str | None
    previous_version: str | None
    target: str
    client: str | None
    """The common name of the caller's certificate."""
    resumed: bool
    """Whether it came with a TLS session of an earlier connection."""


@dataclass(frozen=True)
class _Partition:
    replicas: tuple[Replica, ...]
    key: PartitionKey
    version: str

    def holds(self, key_type: str, key: str | None) -> bool:
        if self.key is None:
            return key_type == "1" and key is None
        if isinstance(self.key, str):
            return key_type == "3" and key == self.key
        low, high = (self.key, self.key) if isinstance(self.key, int) else self.key
        return key_type == "2" and key is not None and low <= int(key) <= high


class StubCluster:
    """A management endpoint on 127.0.0.1.

    `server` is its certificate, `clients` the authority whose certificates it accepts. Without `server` it
    speaks plain HTTP, as a development cluster does.
    """

    def __init__(self, server: Issued | None = None, clients: Ca | None = None) -> None:
        self.asked: list[Asked] = []
        self.violations: list[str] = []
        self.refused = 0
        """Handshakes that failed."""
        self.most = 0
        """Questions without an answer at one time, the largest number so far."""
        self.unanswered = 0
        """Questions without an answer at the moment."""
        self._counting = threading.Lock()
        self._services: dict[str, list[_Partition]] = {}
        self._scripted: bytes | None = None
        self._answers = threading.Event()
        self._answers.set()
        self._context = None if server is None else tls_context(server, clients)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: set[socket.socket] = set()
        self._thread = threading.Thread(target=self._accept, daemon=True)
        scheme = "http" if server is None else "https"
        self.url = f"{scheme}://127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._answers.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(PATIENCE)
        for sock in tuple(self._open):
            with suppress(OSError):
                # Not SSLSocket's own, which takes the TLS away from the thread that still uses it.
                socket.socket.shutdown(sock, socket.SHUT_RDWR)
        wait_until(lambda: not self._open, what="the end of the cluster's connections")

    # What the test says

    def publish(
        self, service: str, replicas: tuple[Replica, ...], *, key: PartitionKey = None, version: str = "v1"
    ) -> None:
        """Serve a partition, in place of one with the same key.

        The key is a name, an Int64 or the first and last of a range; None is that of a single partition.
        """
        others = [one for one in self._services.get(service, []) if one.key != key]
        self._services[service] = [*others, _Partition(replicas, key, version)]

    def fail(self, status: int, code: str | None = None) -> None:
        """Answer everything with that status, and with a FabricError where there is a code."""
        body = b"<html>no</html>" if code is None else _error(code)
        self.answer(_response(status, body))

    def answer(self, raw: bytes) -> None:
        """Answer everything with these bytes, and close."""
        self._scripted = raw

    def hold(self) -> None:
        """Answer nothing until `release`."""
        self._answers.clear()

    def release(self) -> None:
        """Answer what was held."""
        self._answers.set()

    def recover(self) -> None:
        """Answer as published again."""
        self._scripted = None

    def wait_for_questions(self, count: int) -> None:
        """Until that many have come in all."""
        wait_until(lambda: len(self.asked) >= count, what=f"question number {count}")

    # Serving

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            sock.settimeout(PATIENCE)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._context is not None:
                try:
                    sock = self._context.wrap_socket(sock, server_side=True, do_handshake_on_connect=False)
                except OSError:
                    # Who connected has left.
                    sock.close()
                    continue
            self._open.add(sock)
            threading.Thread(target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, sock: socket.socket) -> None:
        try:
            if isinstance(sock, ssl.SSLSocket):
                try:
                    sock.do_handshake()
                except OSError:
                    self.refused += 1
                    return
            with suppress(OSError):
                head = _head(sock)
                if head:
                    sock.sendall(self._answer(head, sock))
                if isinstance(sock, ssl.SSLSocket):
                    sock.unwrap()
        finally:
            sock.close()
            self._open.discard(sock)

    def _answer(self, head: str, sock: socket.socket) -> bytes:
        try:
            asked = _understood(head, sock)
        except ValueError as error:
            self.violations.append(str(error))
            return _response(400, _error("E_INVALIDARG"))
        with self._counting:
            self.asked.append(asked)
            self.unanswered += 1
            self.most = max(self.most, self.unanswered)
        self._answers.wait(PATIENCE)
        with self._counting:
            self.unanswered -= 1
        if self._scripted is not None:
            return self._scripted
        partitions = self._services.get(asked.service)
        if partitions is None:
            return _response(404, _error("FABRIC_E_SERVICE_DOES_NOT_EXIST"))
        for partition in partitions:
            if partition.holds(asked.key_type, asked.key):
                return _response(200, resolved(asked.service, partition.replicas, partition.version))
        return _response(400, _error("FABRIC_E_INVALID_PARTITION_KEY"))


def resolved(service: str, replicas: tuple[Replica, ...], version: str) -> bytes:
    """A ResolvedServicePartition."""
    return json.dumps(
        {
            "Name": service,
            "PartitionInformation": {"ServicePartitionKind": "Singleton", "Id": "partition"},
            "Endpoints": [replica.entry() for replica in replicas],
            "Version": version,
        }
    ).encode()


def _error(code: str) -> bytes:
    return json.dumps({"Error": {"Code": code, "Message": "..."}}).encode()


def _response(status: int, body: bytes) -> bytes:
    head = f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def _head(sock: socket.socket) -> str:
    """The head of one request; empty where the connection ends before it."""
    received = b""
    while b"\r\n\r\n" not in received:
        piece = sock.recv(65536)
        if not piece:
            return ""
        received += piece
    return received.decode("ascii")


def _understood(head: str, sock: socket.socket) -> Asked:
    """The question in a head. ValueError where it is no question of the REST API."""
    line, *fields = head.removesuffix("\r\n\r\n").split("\r\n")
    found = re.fullmatch(r"GET (/Services/([^/?]+)/\$/ResolvePartition\?(\S+)) HTTP/1\.1", line)
    if found is None:
        raise ValueError(f"request line {line!r}")
    names = [field.partition(":")[0].lower() for field in fields]
    if names.count("host") != 1 or "connection: close" not in [field.lower() for field in fields]:
        raise ValueError(f"fields {fields!r}")
    query = parse_qsl(found[3], keep_blank_values=True, strict_parsing=True)
    values = dict(query)
    if len(values) != len(query) or values.pop("api-version", None) != "6.0":
        raise ValueError(f"query {found[3]!r}")
    asked = Asked(
        "fabric:/" + unquote(found[2], errors="strict").replace("~", "/"),
        values.pop("PartitionKeyType", "1"),
        values.pop("PartitionKeyValue", None),
        values.pop("PreviousRspVersion", None),
        found[1],
        common_name(sock),
        isinstance(sock, ssl.SSLSocket) and bool(sock.session_reused),
    )
    if values:
        raise ValueError(f"query {found[3]!r}")
    return asked
