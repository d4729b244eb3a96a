"""What the Azure libraries raise -> the code and message of lastStatus.

Codes are those of the vault where it names one, else of spec/certificates.md section 2.1.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from email.utils import parsedate_to_datetime
from typing import Final

from azure.core.exceptions import (
    AzureError,
    ClientAuthenticationError,
    DecodeError,
    HttpResponseError,
    IncompleteReadError,
)

from fastgw.vault.records import SecretError

LONGEST_MESSAGE: Final = 500

_CODES: Final = {401: "Unauthorized", 403: "Forbidden", 404: "SecretNotFound", 429: "Throttled"}
_CODE = re.compile(r"[A-Za-z]{1,60}")
_REFUSED = "challenge resource"


def explain(error: Exception, hidden: Iterable[str] = ()) -> SecretError:
    """What lastStatus says of `error`; no text of `hidden` is in it."""
    code, message, retry_after = _judge(error)
    return SecretError(code, _tidy(message, hidden), retry_after)


def unusable(credential: str, error: Exception, hidden: Iterable[str] = ()) -> SecretError:
    """What lastStatus says where a credential cannot even be made, such as one that lacks its variables."""
    return SecretError("Unauthorized", _tidy(f"the credential {credential} cannot be used: {error}", hidden))


def _judge(error: Exception) -> tuple[str, str, float | None]:
    if isinstance(error, TimeoutError):
        return "NetworkError", "the vault or the token service did not answer in time", None
    if isinstance(error, ValueError) and _REFUSED in str(error):
        said = (
            "the vault asks for a token of another domain than its own, which is refused; "
            "if that is right, list its host in gateway.keyVault.unverifiedHosts"
        )
        return "Unauthorized", said, None
    if isinstance(error, IncompleteReadError):
        return "NetworkError", str(error.message), None
    if isinstance(error, DecodeError):
        return "InvalidResponse", "the vault's answer cannot be read", None
    if isinstance(error, HttpResponseError):
        return _of_answer(error)
    if isinstance(error, AzureError):
        return "NetworkError", str(error.message), None
    # The libraries take an answer for what it should be; the error's text may hold anything of it.
    return "InvalidResponse", f"the vault's answer cannot be read ({type(error).__name__})", None


def _of_answer(error: HttpResponseError) -> tuple[str, str, float | None]:
    status = error.status_code
    named = error.error.code if error.error is not None else None
    code = _CODES.get(status or 0)
    if isinstance(error, ClientAuthenticationError):
        code = "Unauthorized"
    elif named and _CODE.fullmatch(named):
        code = named
    message = error.error.message if error.error is not None and error.error.message else error.message
    headers = getattr(error.response, "headers", None) or {}
    return code or "VaultError", str(message), _seconds(headers.get("Retry-After"), headers.get("Date"))


def _seconds(text: str | None, date: str | None) -> float | None:
    """Retry-After in seconds (RFC 9110 section 10.2.3); a time counts from the Date of the same answer."""
    if not text:
        return None
    if text.strip().isascii() and text.strip().isdigit():
        return float(text.strip()[:9])
    try:
        return max(0.0, (parsedate_to_datetime(text) - parsedate_to_datetime(date or "")).total_seconds())
    except (ValueError, TypeError, IndexError):
        return None


def _tidy(message: str, hidden: Iterable[str]) -> str:
    text = " ".join(message.split())
    for secret in hidden:
        text = text.replace(secret, "***")
    return text if len(text) <= LONGEST_MESSAGE else text[:LONGEST_MESSAGE] + "..."
