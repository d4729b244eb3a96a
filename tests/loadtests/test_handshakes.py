"""The connecting client: it makes the handshake that its mode names, and reports a session not resumed."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path

import pytest

from loadtests import pki
from loadtests.handshakes import MODES, make_caller

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"


async def connect_thrice(
    mode: str, context: ssl.SSLContext | None
) -> tuple[list[str | None], list[str | None]]:
    """What the caller complained of, and which TLS version the server saw."""
    versions: list[str | None] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        secured = writer.get_extra_info("ssl_object")
        versions.append(secured.version() if secured else None)
        writer.write(ANSWER)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    async with server, asyncio.timeout(20):
        caller = make_caller(server.sockets[0].getsockname()[1], mode)
        complaints = [await asyncio.to_thread(caller.connect_once) for _ in range(3)]
    return complaints, versions


def server_context(folder: Path) -> ssl.SSLContext:
    certificates = pki.make(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates.folder / "server.both.pem")
    return context


@pytest.mark.parametrize("mode", MODES)
def test_each_mode_makes_its_kind_of_connection(mode: str, tmp_path: Path) -> None:
    context = None if mode == "plain" else server_context(tmp_path)
    complaints, versions = asyncio.run(connect_thrice(mode, context))
    assert complaints == [None, None, None]
    wanted = None if mode == "plain" else {"tls13": "TLSv1.3", "tls12": "TLSv1.2"}[mode[:5]]
    assert versions == [wanted] * 3


def test_a_session_that_is_not_resumed_is_a_complaint(tmp_path: Path) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(ANSWER)
        await writer.drain()
        writer.close()

    async def move_between_servers() -> list[str | None]:
        """The second server has ticket keys of its own, so it cannot know the first one's session."""
        one = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=server_context(tmp_path))
        other = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=server_context(tmp_path))
        async with one, other, asyncio.timeout(20):
            caller = make_caller(one.sockets[0].getsockname()[1], "tls13_resumed")
            first = await asyncio.to_thread(caller.connect_once)
            caller.port = other.sockets[0].getsockname()[1]
            return [first, await asyncio.to_thread(caller.connect_once)]

    assert asyncio.run(move_between_servers()) == [None, "the session was not resumed"]


def test_a_port_that_nobody_serves_is_a_complaint() -> None:
    async def port() -> int:
        server = await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0)
        async with server:
            return int(server.sockets[0].getsockname()[1])

    complaint = make_caller(asyncio.run(port()), "plain").connect_once()
    assert complaint is not None
    assert "ConnectionRefused" in complaint
