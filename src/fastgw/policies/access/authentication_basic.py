"""authentication-basic: Basic credentials for the backend (spec/policies/authentication.md)."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from typing import Any

from fastgw._program import ExistsAction, Message, Op
from fastgw.compiler.lower import Lowering, Statement
from fastgw.compiler.schema import INBOUND, AttributeSchema, PolicySchema, policy_element
from fastgw.policies.values import as_text

ELEMENT = policy_element(
    "authentication-basic",
    (
        AttributeSchema("username", required=True, expression=True),
        AttributeSchema("password", required=True, expression=True),
    ),
)


def lower(statement: Statement, lowering: Lowering) -> None:
    """One SET_HEADER of Authorization, made here when both values are literals."""
    username = lowering.string(statement.required("username"))
    password = lowering.string(statement.required("password"))
    if username is None or password is None:
        return
    value: bytes | Callable[[Any], object]
    if isinstance(username, str) and isinstance(password, str):
        value = basic(username, password)
        # Whatever the password is, it is for no listing.
        lowering.services.hidden.add(value)
    else:
        value = _at_run_time(username, password)
    operands = (Message.REQUEST, b"Authorization", ExistsAction.OVERRIDE, (value,))
    lowering.emit(Op.SET_HEADER, operands, statement)


def basic(username: str, password: str) -> bytes:
    """The value of the header (RFC 7617), in UTF-8."""
    return b"Basic " + b64encode(f"{username}:{password}".encode("utf-8", "surrogateescape"))


def _at_run_time(
    username: str | Callable[[Any], object], password: str | Callable[[Any], object]
) -> Callable[[Any], bytes]:
    def value(exchange: Any) -> bytes:
        name = username if isinstance(username, str) else as_text(username(exchange))
        secret = password if isinstance(password, str) else as_text(password(exchange))
        return basic(name, secret)

    return value


AUTHENTICATION_BASIC = PolicySchema(ELEMENT, lower, sections=frozenset({INBOUND}))
