"""authentication-certificate: a client certificate for the backend (spec/policies/authentication.md)."""

from __future__ import annotations

import binascii
from base64 import b64decode
from collections.abc import Callable
from typing import Any

from fastgw._program import Op
from fastgw.compiler.expressions import Compiled, ValueType
from fastgw.compiler.lower import KnowsNames, Lowering, Resolver, Statement
from fastgw.compiler.nodes import Value
from fastgw.compiler.report import suggestion
from fastgw.compiler.schema import INBOUND, AttributeSchema, PolicySchema, policy_element
from fastgw.model.thumbprint import normalize_thumbprint
from fastgw.policies.values import as_text

ELEMENT = policy_element(
    "authentication-certificate",
    (
        AttributeSchema("thumbprint", expression=True),
        AttributeSchema("certificate-id", expression=True),
        AttributeSchema("body", expression=True),
        AttributeSchema("password", expression=True),
    ),
)

_SELECTORS = ("thumbprint", "certificate-id", "body")


def lower(statement: Statement, lowering: Lowering) -> None:
    """One SET_CERTIFICATE."""
    given = [name for name in _SELECTORS if statement.value(name)]
    if len(given) != 1:
        what = "authentication-certificate takes exactly one of thumbprint, certificate-id and body"
        lowering.error(what, statement.element.position)
        return
    selector = given[0]
    password = statement.value("password")
    if password and selector != "body":
        where = statement.element.attributes["password"].position
        lowering.error("password of authentication-certificate goes with body only", where)
        return
    value = statement.required(selector)
    if selector == "thumbprint":
        credential = _by_thumbprint(value, lowering)
    elif selector == "certificate-id":
        credential = _by_id(value, lowering)
    else:
        credential = _by_body(value, password, lowering)
    if credential is not None:
        lowering.emit(Op.SET_CERTIFICATE, (credential,), statement)


def _by_thumbprint(value: Value, lowering: Lowering) -> object | None:
    resolver = lowering.services.resolver
    text = lowering.string(value)
    if text is None:
        return None
    if not isinstance(text, str):
        return _thumbprint_at_run_time(text, resolver)
    try:
        digits = normalize_thumbprint(text)
    except ValueError:
        what = f"thumbprint must have 40 hexadecimal digits (SHA-1), not {value.shown()}"
        lowering.error(what, value.position, value)
        return None
    try:
        credential = resolver.thumbprint(digits)
    except ValueError as error:
        lowering.error(f"thumbprint of authentication-certificate: {error}", value.position, value)
        return None
    if credential is None:
        lowering.error(f"no certificate has the thumbprint {value.shown()}", value.position, value)
    return credential


def _by_id(value: Value, lowering: Lowering) -> object | None:
    resolver = lowering.services.resolver
    id = lowering.string(value)
    if id is None:
        return None
    if not isinstance(id, str):
        return _certificate_at_run_time(id, resolver)
    try:
        credential = resolver.certificate(id.strip())
    except ValueError as error:
        lowering.error(f"certificate-id of authentication-certificate: {error}", value.position, value)
        return None
    if credential is None:
        known = resolver.certificate_ids() if isinstance(resolver, KnowsNames) else ()
        close = "" if value.secrets else suggestion(id.strip(), known)
        lowering.error(f"certificate {value.shown()} does not exist{close}", value.position, value)
    return credential


def _by_body(value: Value, password: Value | None, lowering: Lowering) -> object | None:
    body = _pfx_bytes(value, lowering)
    secret = lowering.string(password) if password else ""
    if body is None or secret is None:
        return None
    given = secret if password else None
    resolver = lowering.services.resolver
    if not isinstance(body, bytes) or callable(given):
        return _pfx_at_run_time(body, given, resolver)
    try:
        return resolver.pfx(body, given)
    except ValueError as error:
        what = f"body of authentication-certificate: {error}"
        # The reason may repeat the password as well as the body.
        secrets = (*value.secrets, *((given,) if given else ()))
        about = Value(value.content, value.position, secrets=secrets)
        lowering.error(what, value.position, about)
        return None


def _pfx_bytes(value: Value, lowering: Lowering) -> bytes | Compiled | None:
    if value.is_expression:
        return lowering.expression(value, ValueType.BYTES)
    try:
        data = b64decode("".join(value.literal.split()), validate=True)
    except (binascii.Error, ValueError):
        data = b""
    if not data:
        lowering.error("body of authentication-certificate must be a PFX file in Base64", value.position)
        return None
    return data


def _thumbprint_at_run_time(text: Compiled, resolver: Resolver) -> Callable[[Any], object]:
    def credential(exchange: Any) -> object:
        digits = normalize_thumbprint(as_text(text(exchange)))
        found = resolver.thumbprint(digits)
        if found is None:
            raise LookupError(f"Certificate with thumbprint '{digits}' could not be found.")
        return found

    return credential


def _certificate_at_run_time(id: Compiled, resolver: Resolver) -> Callable[[Any], object]:
    def credential(exchange: Any) -> object:
        name = as_text(id(exchange)).strip()
        found = resolver.certificate(name)
        if found is None:
            raise LookupError(f"Certificate with id '{name}' could not be found.")
        return found

    return credential


def _pfx_at_run_time(
    body: bytes | Compiled, password: str | Compiled | None, resolver: Resolver
) -> Callable[[Any], object]:
    def credential(exchange: Any) -> object:
        data = body(exchange) if callable(body) else body
        if not isinstance(data, bytes):
            raise ValueError("The body of authentication-certificate must be bytes.")
        secret = as_text(password(exchange)) if callable(password) else password
        return resolver.pfx(data, secret)

    return credential


AUTHENTICATION_CERTIFICATE = PolicySchema(ELEMENT, lower, sections=frozenset({INBOUND}))
