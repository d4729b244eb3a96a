"""Fetches revocation lists and answers of responders over plain http, for one event loop.

Their URLs stand in certificates of trusted chains, so they are the word of a CA and not of a caller. All the
same: http only, no credentials and cookies, few redirects, no proxy of the environment, and no addresses that
only the machine itself is meant to reach (link-local, where clouds keep their metadata).
"""

from __future__ import annotations

import ipaddress
import os
import socket
from typing import Final

import aiohttp
from aiohttp.abc import ResolveResult
from yarl import URL

from fastgw.tls.trust.revocation import FetchError

MAX_REDIRECTS: Final = 3
MAX_CONNECTIONS: Final = 16
_CHUNK: Final = 64 * 1024
_REDIRECTS: Final = frozenset((301, 302, 303, 307, 308))


class Fetcher:
    """A `tls.trust.revocation.Fetch`. Opens nothing until it is first called; `close` ends it."""

    def __init__(self) -> None:
        self._session: aiohttp.ClientSession | None = None

    async def __call__(self, url: str, *, body: bytes | None, content_type: str, limit: int) -> bytes:
        """The body of a 200 answer to GET, or to POST where there is a body. Raises FetchError."""
        target = URL(url, encoded=True)
        try:
            for _ in range(MAX_REDIRECTS + 1):
                found = await self._once(target, body, content_type, limit)
                if isinstance(found, bytes):
                    return found
                target = found
        except (aiohttp.ClientError, OSError, ValueError) as error:
            if isinstance(error, FetchError | TimeoutError):
                raise
            raise FetchError(f"cannot be had: {_words(error)}") from None
        raise FetchError(f"is behind more than {MAX_REDIRECTS} redirects")

    async def close(self) -> None:
        """End the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _once(self, target: URL, body: bytes | None, content_type: str, limit: int) -> bytes | URL:
        """The body, or where else it is."""
        _check(target)
        headers = {"Accept-Encoding": "identity", "Connection": "close"}
        if body is not None:
            headers["Content-Type"] = content_type
        method = "GET" if body is None else "POST"
        async with self._open().request(
            method, target, data=body, headers=headers, allow_redirects=False
        ) as response:
            if response.status in _REDIRECTS and body is None:
                return target.join(URL(response.headers.get("Location", ""), encoded=True))
            if response.status != 200:
                raise FetchError(f"cannot be had: the server says {response.status}")
            if response.headers.get("Content-Encoding", "identity").lower() != "identity":
                raise FetchError("is compressed, which was not asked for")
            too_large = FetchError(f"is larger than {limit} bytes")
            if (response.content_length or 0) > limit:
                raise too_large
            parts = bytearray()
            async for chunk in response.content.iter_chunked(_CHUNK):
                parts += chunk
                if len(parts) > limit:
                    raise too_large
            return bytes(parts)

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            connector = aiohttp.TCPConnector(limit=MAX_CONNECTIONS, force_close=True, resolver=_Resolver())
            self._session = aiohttp.ClientSession(
                connector=connector,
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                trust_env=False,
                # Whoever calls bounds the time.
                timeout=aiohttp.ClientTimeout(total=None),
            )
        return self._session


def _check(target: URL) -> None:
    """Refuse what must not be called. Raises FetchError."""
    if target.scheme != "http" or not target.host or target.user is not None:
        raise FetchError("leads to an address that is not plain http")
    try:
        address = ipaddress.ip_address(target.host)
    except ValueError:
        return  # a name: the resolver looks at its addresses
    if not _callable(address):
        raise FetchError("leads to an address that is not called")


def _callable(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    one = mapped or address
    return not (one.is_link_local or one.is_multicast or one.is_unspecified or one.is_reserved)


class _Resolver(aiohttp.ThreadedResolver):
    """Leaves out addresses that are not called."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        found = await super().resolve(host, port, family)
        kept = [one for one in found if _callable(ipaddress.ip_address(one["host"].partition("%")[0]))]
        if found and not kept:
            raise OSError("its address is not called")
        return kept


def _words(error: BaseException) -> str:
    """What went wrong, without the addresses and objects that libraries put into their messages."""
    cause = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error
    if isinstance(cause, socket.gaierror):
        return "its host is not known"
    if isinstance(cause, OSError) and cause.errno is not None:
        return os.strerror(cause.errno)
    # Our own resolver, or a kind of error of the library, which says enough.
    return str(cause) if type(cause) is OSError else type(cause).__name__
