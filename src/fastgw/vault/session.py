"""The HTTP session that the Azure libraries use: answers are bounded, nothing is unpacked.

Certificates of servers are checked (SSL_CERT_FILE and SSL_CERT_DIR are honoured). Proxies of the environment
are used.
"""

from __future__ import annotations

import ssl
from typing import Final

import aiohttp

LARGEST_ANSWER: Final = 256 * 1024
"""Bytes of an answer: a secret has at most 25 KB, and a token a few."""


class _Bounded(aiohttp.ClientResponse):
    """An answer that is read up to `LARGEST_ANSWER`, and as it came."""

    async def read(self) -> bytes:
        """The body. Raises aiohttp.ClientPayloadError where it is too large or compressed."""
        if self._body is None:
            if self.headers.get("Content-Encoding", "identity").strip().lower() != "identity":
                self.close()
                raise aiohttp.ClientPayloadError("the answer is compressed, which was not asked for")
            body = bytearray()
            async for chunk in self.content.iter_any():
                body += chunk
                if len(body) > LARGEST_ANSWER:
                    self.close()
                    raise aiohttp.ClientPayloadError(f"the answer is larger than {LARGEST_ANSWER >> 10} KiB")
            self._body = bytes(body)
        return self._body


def make_session(tls: ssl.SSLContext | bool) -> aiohttp.ClientSession:
    """A session for all vaults and token services; the caller closes it. `tls` is whom it trusts."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(ssl=tls),
        response_class=_Bounded,
        headers={"Accept-Encoding": "identity"},
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        trust_env=True,
    )
