"""BasicAuthCredentials: user name and password of an Authorization header (RFC 7617)."""

from __future__ import annotations

import base64
import binascii

from fastgw.expr.library.context.members import HELPERS
from fastgw.expr.library.declare import define
from fastgw.expr.runtime.text import inward
from fastgw.expr.runtime.values import NetObject
from fastgw.expr.types import NamedType


class BasicAuthCredentials(NetObject):
    """A user name and a password."""

    __slots__ = ("password", "user_id")

    def __init__(self, user_id: str, password: str) -> None:
        self.user_id = user_id
        self.password = password

    def net_type(self) -> NamedType:
        """BasicAuthCredentials."""
        return BASIC.type


BASIC = define("BasicAuthCredentials", "class", python=(BasicAuthCredentials,))
BASIC.attribute("string UserId", "user_id", never_null=True)
# The vendor's toolkit has this name for it.
BASIC.attribute("string Username", "user_id", never_null=True)
BASIC.attribute("string Password", "password", never_null=True)


def as_basic(text: str | None) -> BasicAuthCredentials | None:
    """The credentials of an Authorization header's value, or None.

    The first colon ends the user name (RFC 7617 section 2). Bytes that are no UTF-8 are ISO-8859-1.
    """
    if not text:
        return None
    scheme, _, encoded = text.strip().partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        raw = base64.b64decode(encoded.strip(), validate=True)
    except (binascii.Error, ValueError):
        return None
    try:
        plain = raw.decode()
    except UnicodeDecodeError:
        plain = raw.decode("latin-1")
    user_id, colon, password = inward(plain).partition(":")
    return BasicAuthCredentials(user_id, password) if colon else None


@HELPERS.method("BasicAuthCredentials AsBasic(this string value)")
def as_basic_method(value: str | None) -> BasicAuthCredentials | None:
    """The credentials, or null when the text holds none."""
    return as_basic(value)


@HELPERS.method("bool TryParseBasic(this string value, out BasicAuthCredentials result)")
def try_parse_basic(value: str | None) -> tuple[bool, BasicAuthCredentials | None]:
    """Whether the text holds credentials, and the credentials."""
    found = as_basic(value)
    return found is not None, found
