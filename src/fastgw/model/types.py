"""Types shared by several kinds: identifiers, durations, URLs, texts that end up in HTTP.

Each rule is stated once, here, so that a file and the REST API refuse the same things. The
messages never repeat the value: a URL or a header value may carry a secret.
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
import math
import re
from collections.abc import Mapping
from typing import Annotated, Any, Final
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, StrictBool, StrictInt, WithJsonSchema

from fastgw.model.thumbprint import THUMBPRINT_PATTERN

# spec/management-api.md section 11. The slash is ours: an id is one segment of a resource URL.
ID_PATTERN: Final = r"^[^*#&+:<>?/\x00-\x1f\x7f]+$"
FREE_ID_PATTERN: Final = r"^[^/\x00-\x1f\x7f]+$"
FRAGMENT_ID_PATTERN: Final = r"^(?:\w+|\w[\w-]+\w)$"
NAMED_VALUE_PATTERN: Final = r"^[A-Za-z0-9._-]+$"
# RFC 9110 section 5.6.2.
HTTP_WORD_PATTERN: Final = r"^[!#$%&'*+.^_`|~0-9A-Za-z-]+$"
# Path and query (RFC 9112 section 3.2.1; RFC 3986 sections 3.3 and 3.4).
REQUEST_TARGET_PATTERN: Final = r"^/[A-Za-z0-9._~!$&'()*+,;=:@%/?-]*$"
HOST_NAME_PATTERN: Final = r"^(?:\*\.)?[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?(?:\.[A-Za-z0-9_-]+)*$"

PATTERN_RULES: Final[Mapping[str, str]] = {
    ID_PATTERN: "may not contain * # & + : < > ? / or control characters",
    FREE_ID_PATTERN: "may not contain / or control characters",
    FRAGMENT_ID_PATTERN: "may contain letters, digits, _ and, between them, -",
    NAMED_VALUE_PATTERN: "may contain ASCII letters, digits, . _ and - only",
    HTTP_WORD_PATTERN: "must be an HTTP token (letters, digits and !#$%&'*+.^_`|~-)",
    THUMBPRINT_PATTERN: "must be a SHA-1 thumbprint of 40 hexadecimal digits",
    REQUEST_TARGET_PATTERN: "must be a path that begins with /; percent-encode what a URL cannot hold",
    HOST_NAME_PATTERN: "must be a host name, such as api.example.test or *.example.test",
}
"""What each pattern asks for, as the end of a sentence that begins with the member's name."""

Id = Annotated[str, Field(min_length=1, max_length=80, pattern=ID_PATTERN)]
LongId = Annotated[str, Field(min_length=1, max_length=256, pattern=ID_PATTERN)]
FreeId = Annotated[str, Field(min_length=1, max_length=80, pattern=FREE_ID_PATTERN)]
FragmentId = Annotated[str, Field(min_length=1, max_length=80, pattern=FRAGMENT_ID_PATTERN)]
HostName = Annotated[str, Field(min_length=1, max_length=253, pattern=HOST_NAME_PATTERN)]
Flag = StrictBool
Count = Annotated[StrictInt, Field(ge=1, le=1_000_000)]
Percentage = Annotated[StrictInt, Field(ge=1, le=100)]
Weight = Annotated[StrictInt, Field(ge=0, le=100)]
Reference = Annotated[str, Field(min_length=1, max_length=400)]


_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_URL = re.compile(r"[!#-;=?-\[\]_a-z~]+")
_HOST = re.compile(r"[A-Za-z0-9._~-]+")
_NUMBER = r"(\d+(?:\.\d+)?)"
DURATION_PATTERN: Final = (
    r"^P(?=\d|T\d)(?:\d+(?:\.\d+)?D)?"
    r"(?:T(?=\d)(?:\d+(?:\.\d+)?H)?(?:\d+(?:\.\d+)?M)?(?:\d+(?:\.\d+)?S)?)?$"
)
_DURATION = re.compile(rf"P(?:{_NUMBER}D)?(?:T(?:{_NUMBER}H)?(?:{_NUMBER}M)?(?:{_NUMBER}S)?)?")
_UNITS = (86400.0, 3600.0, 60.0, 1.0)
_LONGEST_DURATION = 366 * 86400.0


def parse_duration(value: Any) -> float:
    """Seconds of an ISO 8601 duration of days to seconds (`PT10S`, `P1DT2H`) or of a number.

    Raises ValueError where it is neither, not above zero, or longer than a year.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise ValueError("must be a duration such as PT10S, or a number of seconds")
    if isinstance(value, str):
        found = _DURATION.fullmatch(value)
        if found is None or not re.match(DURATION_PATTERN, value):
            raise ValueError("must be a duration such as PT10S, or a number of seconds")
        parts = zip(found.groups(), _UNITS, strict=True)
        seconds = sum(float(number) * unit for number, unit in parts if number)
    else:
        seconds = float(value)
    if not math.isfinite(seconds) or not 0 < seconds <= _LONGEST_DURATION:
        raise ValueError("must be longer than zero and at most a year")
    return seconds


Duration = Annotated[
    float,
    BeforeValidator(parse_duration),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "pattern": DURATION_PATTERN},
                {"type": "number", "exclusiveMinimum": 0, "maximum": _LONGEST_DURATION},
            ]
        }
    ),
]


def split_url(value: str) -> SplitResult:
    """The parts of an absolute http or https URL without user information and fragment (RFC 3986).

    Raises ValueError with the reason; the reason never repeats the URL.
    """
    if not _URL.fullmatch(value):
        raise ValueError("must be an absolute URL of ASCII characters; percent-encode what a URL cannot hold")
    try:
        parts = urlsplit(value)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise ValueError("has a malformed host or port") from None
    if parts.scheme not in ("http", "https"):
        raise ValueError("must begin with http:// or https://")
    if not host:
        raise ValueError("must name a host")
    if parts.netloc.endswith(":"):
        raise ValueError("must name a port after the colon, or leave the colon out")
    if "@" in parts.netloc:
        raise ValueError("may not hold a user name or password; use credentials")
    if "#" in value:
        raise ValueError("may not hold a fragment")
    if parts.netloc.startswith("["):
        try:
            ipaddress.IPv6Address(host)
        except ValueError:
            raise ValueError("has a malformed IPv6 address") from None
    elif not _HOST.fullmatch(host):
        raise ValueError("has a malformed host or port")
    return parts


def check_backend_url(value: str) -> str:
    """`value` when it can be joined with the path and query of a request; ValueError otherwise."""
    parts = split_url(value)
    if "?" in value:
        raise ValueError("may not hold a query; a backend sends fixed parameters with credentials.query")
    if parts.port == 0:
        raise ValueError("may not use port 0")
    return value


BackendUrl = Annotated[str, Field(min_length=1, max_length=2000), AfterValidator(check_backend_url)]


def parse_address(url: str) -> tuple[str, str, int, str]:
    """(scheme, host, port, path without its last slash) of a base URL; equal where two mean the same place.

    Raises ValueError where it is none.
    """
    parts = split_url(check_backend_url(url))
    scheme = parts.scheme.lower()
    port = parts.port or (443 if scheme == "https" else 80)
    return scheme, (parts.hostname or "").lower(), port, parts.path.rstrip("/")


def check_listen_url(value: str) -> str:
    """`value` when it names a scheme, a host and perhaps a port, and nothing else; else ValueError."""
    parts = split_url(value)
    if parts.path not in ("", "/") or "?" in value:
        raise ValueError("must be scheme, host and port only, such as https://127.0.0.1:8443")
    # RFC 1035 section 2.3.4, less the dots and lengths that text does not show.
    if len(parts.hostname or "") > 253:
        raise ValueError("may not name a host of more than 253 characters")
    return value


ListenUrl = Annotated[str, Field(min_length=1, max_length=300), AfterValidator(check_listen_url)]


def check_field_text(value: str) -> str:
    """`value` when it can stand in an HTTP header field (RFC 9110 section 5.5); ValueError otherwise."""
    if _CONTROL.search(value):
        raise ValueError("may not contain line breaks or control characters")
    return value


FieldText = Annotated[str, AfterValidator(check_field_text)]


def decode_base64(value: Any) -> bytes:
    """The bytes that an ARM `data` member holds; bytes pass. ValueError where it is not base64."""
    if isinstance(value, bytes):
        return value
    if not isinstance(value, str):
        raise ValueError("must be base64 text")
    try:
        data = base64.b64decode("".join(value.split()), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("must be base64 text (PFX or CER); name a PEM with `file`") from None
    if not data:
        raise ValueError("may not be empty")
    return data


Data = Annotated[
    bytes,
    BeforeValidator(decode_base64),
    WithJsonSchema({"type": "string", "contentEncoding": "base64", "minLength": 1}),
]


def parse_network(value: Any) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    """A CIDR or a single address as a network; ValueError where it is neither."""
    if isinstance(value, (ipaddress.IPv4Network, ipaddress.IPv6Network)):
        return value
    if not isinstance(value, str):
        raise ValueError("must be a network such as 10.0.0.0/8")
    try:
        loose = ipaddress.ip_network(value, strict=False)
    except ValueError:
        raise ValueError("must be a network such as 10.0.0.0/8, or an address") from None
    try:
        return ipaddress.ip_network(value)
    except ValueError:
        # The author means either a host or a network; guessing would decide whom to believe.
        raise ValueError(
            f"has bits set behind the prefix; a prefix of {loose.prefixlen} needs zeros there"
        ) from None


Network = Annotated[
    ipaddress.IPv4Network | ipaddress.IPv6Network,
    BeforeValidator(parse_network),
    WithJsonSchema({"type": "string"}),
]
