"""The token that callers of the management address show: made at the first start, kept in the data directory.

It is a password: it never goes into a log, an error or a repr. Only where it is kept is ever said.
"""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import final

from fastgw.data_dir import TOKEN_FILE, keep, read_own
from fastgw.telemetry import log

_RANDOM_BYTES = 32
# What 32 bytes become in base64 for URLs, without padding.
_TOKEN = re.compile(rb"[A-Za-z0-9_-]{43}")


@final
class ManagementToken:
    """One token, to be compared with what callers show."""

    __slots__ = ("_value",)

    def __init__(self, value: bytes) -> None:
        self._value = value

    def __repr__(self) -> str:
        return "ManagementToken(...)"

    def admits(self, authorization: Sequence[str]) -> bool:
        """Whether the values of the Authorization fields of a request are one, and it shows this token.

        The scheme is Bearer (RFC 6750 section 2.1), in any case; the comparison takes the same time for every
        wrong token.
        """
        if len(authorization) != 1:
            return False
        scheme, _, shown = authorization[0].partition(" ")
        given = shown.strip(" ").encode("utf-8", "surrogateescape")
        return hmac.compare_digest(given, self._value) and scheme.lower() == "bearer"


def kept_token(data_dir: Path | None) -> ManagementToken:
    """The token kept in `data_dir`; made there where there is none that only this user can know.

    The start that makes it says on stderr where it is. Where there is no directory, or it cannot be written,
    the token is known to nobody, and a warning says so.
    """
    if data_dir is None:
        _warn_of_memory(None, "the home folder is not known; name a folder with --data-dir")
        return ManagementToken(_make())
    path = data_dir / TOKEN_FILE
    kept = _read_kept(path)
    if kept is not None:
        return ManagementToken(kept)
    made = _make()
    try:
        keep(path, made + b"\n")
    except OSError as error:
        _warn_of_memory(str(path), error.strerror or str(error))
    else:
        log.plain(f"fastgw: a token for the management address was made, it is kept in {path}")
    return ManagementToken(made)


def _make() -> bytes:
    return secrets.token_urlsafe(_RANDOM_BYTES).encode()


def _read_kept(path: Path) -> bytes | None:
    """The token in the file; None for any reason to make another one."""
    try:
        text = read_own(path).strip()
    except OSError:
        return None
    return text if _TOKEN.fullmatch(text) else None


def _warn_of_memory(path: str | None, reason: str) -> None:
    log.warning("the management token is kept nowhere, status cannot be asked", path=path, reason=reason)
