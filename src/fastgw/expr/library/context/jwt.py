"""Jwt: a token taken apart, without a look at its signature (spec/expressions.md section 7)."""

from __future__ import annotations

import base64
import binascii
from typing import Any

import orjson

from fastgw.expr.library.clock import UNIX_EPOCH_TICKS
from fastgw.expr.library.context.dictionaries import STRING, TextLists
from fastgw.expr.library.context.members import HELPERS
from fastgw.expr.library.date_time import DateTime
from fastgw.expr.library.declare import define
from fastgw.expr.library.ticks import PER_SECOND
from fastgw.expr.runtime.text import inward
from fastgw.expr.runtime.values import Array, NetObject
from fastgw.expr.types import NamedType

_UTC = 1
# DateTime.MaxValue.
_LAST = 3_155_378_975_999_999_999
# A header holds at most 8 KiB a line; tokens in bodies may be longer.
_LONGEST = 1 << 20


class Jwt(NetObject):
    """A decoded token. Every claim is a list of texts."""

    __slots__ = ("algorithm", "claims", "type")

    def __init__(self, algorithm: str | None, type: str | None, claims: TextLists) -> None:
        self.algorithm = algorithm
        self.type = type
        self.claims = claims

    def net_type(self) -> NamedType:
        """Jwt."""
        return JWT.type

    def first(self, name: str) -> str | None:
        """The first text of a claim, or None."""
        found = self.claims.lists.get(name)
        return found[0] if found else None

    def time(self, name: str) -> DateTime | None:
        """A claim that holds seconds since 1970 (RFC 7519 section 2, NumericDate)."""
        text = self.first(name)
        try:
            ticks = UNIX_EPOCH_TICKS + int(float(text or "")) * PER_SECOND
        except (ValueError, OverflowError):
            return None
        return DateTime(ticks, _UTC) if 0 <= ticks <= _LAST else None


JWT = define("Jwt", "class", python=(Jwt,))


def as_jwt(text: str | None) -> Jwt | None:
    """The token in `text`, with `Bearer ` before it or without; None when it is not one."""
    if not text or len(text) > _LONGEST:
        return None
    text = text.strip()
    if text[:7].lower() == "bearer ":
        text = text[7:].strip()
    parts = text.split(".")
    if len(parts) != 3:
        return None
    header, payload = _decoded(parts[0]), _decoded(parts[1])
    if header is None or payload is None:
        return None
    claims = {inward(name): _texts(value) for name, value in payload.items()}
    return Jwt(_text(header.get("alg")), _text(header.get("typ")), TextLists(claims))


def _decoded(part: str) -> dict[str, Any] | None:
    try:
        raw = base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
        found = orjson.loads(raw)
    except (binascii.Error, ValueError):
        return None
    return found if isinstance(found, dict) else None


def _texts(value: Any) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return [_text(one) or "" for one in values]


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value if value is None else inward(value)
    return orjson.dumps(value).decode()


JWT.attribute("string Algorithm", "algorithm")
JWT.attribute("string Type", "type")
JWT.attribute("IReadOnlyDictionary<string, string[]> Claims", "claims", never_null=True)


@JWT.property("string Id")
def jwt_id(this: Jwt) -> str | None:
    """The claim jti."""
    return this.first("jti")


@JWT.property("string Issuer")
def issuer(this: Jwt) -> str | None:
    """The claim iss."""
    return this.first("iss")


@JWT.property("string Subject")
def subject(this: Jwt) -> str | None:
    """The claim sub."""
    return this.first("sub")


@JWT.property("IEnumerable<string> Audiences", never_null=True)
def audiences(this: Jwt) -> Any:
    """The claim aud, as a sequence; empty where it is absent."""
    return Array(STRING, list(this.claims.lists.get("aud", ())))


@JWT.property("DateTime? ExpirationTime")
def expiration_time(this: Jwt) -> DateTime | None:
    """The claim exp, in UTC."""
    return this.time("exp")


@JWT.property("DateTime? NotBefore")
def not_before(this: Jwt) -> DateTime | None:
    """The claim nbf, in UTC."""
    return this.time("nbf")


@JWT.property("DateTime? IssuedAt")
def issued_at(this: Jwt) -> DateTime | None:
    """The claim iat, in UTC."""
    return this.time("iat")


@HELPERS.method("Jwt AsJwt(this string value)")
def as_jwt_method(value: str | None) -> Jwt | None:
    """The token, or null when the text is not one."""
    return as_jwt(value)


@HELPERS.method("bool TryParseJwt(this string value, out Jwt result)")
def try_parse_jwt(value: str | None) -> tuple[bool, Jwt | None]:
    """Whether the text is a token, and the token."""
    found = as_jwt(value)
    return found is not None, found
