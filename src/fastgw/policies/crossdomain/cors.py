"""cors: answers pre-flight requests and adds the headers of cross-origin answers (cross-domain.md).

The names of the protocol are those of the Fetch standard: a pre-flight asks before the request itself, an
origin is scheme, host and port.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from fastgw._program import Message, Op
from fastgw._steps import begin_reply, write_field
from fastgw.compiler.expressions import Compiled, ValueType
from fastgw.compiler.lower import Lowering, Statement
from fastgw.compiler.nodes import Element
from fastgw.compiler.schema import (
    INBOUND,
    AttributeSchema,
    ChildSchema,
    ElementSchema,
    PolicySchema,
    TextSchema,
    policy_element,
)
from fastgw.model.http_text import is_token
from fastgw.policies.bodies import header_of
from fastgw.policies.values import now, text_now

_TEXT = TextSchema(required=True, expression=True)
_HEADER = ElementSchema("header", text=_TEXT)
ELEMENT = policy_element(
    "cors",
    (
        AttributeSchema("allow-credentials", expression=True, type=ValueType.BOOLEAN),
        AttributeSchema("terminate-unmatched-request", expression=True, type=ValueType.BOOLEAN),
    ),
    (
        ChildSchema(
            ElementSchema("allowed-origins", children=(ChildSchema(ElementSchema("origin", text=_TEXT), 1),)),
            1,
            1,
        ),
        ChildSchema(
            ElementSchema(
                "allowed-methods",
                (
                    AttributeSchema(
                        "preflight-result-max-age", expression=True, type=ValueType.INTEGER, minimum=0
                    ),
                ),
                (ChildSchema(ElementSchema("method", text=_TEXT), 1),),
            ),
            most=1,
        ),
        ChildSchema(ElementSchema("allowed-headers", children=(ChildSchema(_HEADER, 1),)), 1, 1),
        ChildSchema(ElementSchema("expose-headers", children=(ChildSchema(_HEADER, 1),)), most=1),
    ),
)
_ANY = "*"
_DEFAULT_METHODS = ("GET", "POST")
_DEFAULT_PORTS = {"http": 80, "https": 443}
# What a policy decides; a backend that decides otherwise is not heard.
_OWN = (
    b"Access-Control-Allow-Origin",
    b"Access-Control-Allow-Credentials",
    b"Access-Control-Expose-Headers",
    b"Access-Control-Allow-Methods",
    b"Access-Control-Allow-Headers",
    b"Access-Control-Max-Age",
)

Texts = tuple[str | Compiled, ...]


@dataclass(frozen=True, slots=True)
class Cors:
    """The rules of one statement."""

    origins: Texts
    methods: Texts
    headers: Texts
    exposed: Texts
    credentials: bool | Compiled
    terminates: bool | Compiled
    max_age: int | Compiled

    def __call__(self, exchange: Any) -> bool | None:
        """An actual request: mark its answer, or end it where its origin may not ask."""
        origin = header_of(Message.REQUEST, exchange, b"origin")
        # The first cors policy that allows the origin is the one that counts.
        if origin is None or exchange.answer_fields is not None:
            return None
        if self._allows(origin, exchange):
            fields: list[tuple[bytes, bytes | None]] = [(name, None) for name in _OWN]
            fields += self._common(origin, exchange)
            exposed = _names("header", self.exposed, exchange)
            if exposed:
                fields.append((b"Access-Control-Expose-Headers", ", ".join(exposed).encode("latin-1")))
            exchange.answer_fields = fields
            return None
        if now(self.terminates, exchange) is not True:
            return None
        begin_reply(exchange, 200)
        return True

    def preflight(self, exchange: Any) -> bool:
        """Answer a pre-flight in exchange.reply; False leaves it to the next cors policy."""
        origin = header_of(Message.REQUEST, exchange, b"origin") or ""
        method = header_of(Message.REQUEST, exchange, b"access-control-request-method") or ""
        asked = header_of(Message.REQUEST, exchange, b"access-control-request-headers") or ""
        wanted = [one.strip() for one in asked.split(",") if one.strip()]
        methods = _names("method", self.methods, exchange)
        headers = _names("header", self.headers, exchange)
        if not (
            self._allows(origin, exchange)
            and (_ANY in methods or method.upper() in (one.upper() for one in methods))
            and (_ANY in headers or {one.lower() for one in wanted} <= {one.lower() for one in headers})
        ):
            if now(self.terminates, exchange) is not True:
                return False
            begin_reply(exchange, 200)
            return True
        begin_reply(exchange, 200)
        fields = self._common(origin, exchange)
        fields.append(
            (
                b"Access-Control-Allow-Methods",
                (method if _ANY in methods else ", ".join(methods)).encode("latin-1"),
            )
        )
        allowed = ", ".join(wanted if _ANY in headers else headers)
        if allowed:
            fields.append((b"Access-Control-Allow-Headers", allowed.encode("latin-1")))
        age = now(self.max_age, exchange)
        if age > 0:
            fields.append((b"Access-Control-Max-Age", str(age).encode()))
        for name, value in fields:
            if value is not None:
                write_field(exchange.reply, name, value)
        return True

    def _allows(self, origin: str, exchange: Any) -> bool:
        asked = normal_origin(origin)
        for one in self.origins:
            text = text_now(one, exchange).strip()
            if text == _ANY or (asked is not None and normal_origin(text) == asked):
                return True
        return False

    def _common(self, origin: str, exchange: Any) -> list[tuple[bytes, bytes | None]]:
        """What pre-flights and actual requests are answered with."""
        credentials = now(self.credentials, exchange) is True
        anyone = any(text_now(one, exchange).strip() == _ANY for one in self.origins)
        # With credentials the wildcard is refused by browsers (Fetch standard, CORS protocol).
        allowed = _ANY if anyone and not credentials else origin
        fields: list[tuple[bytes, bytes | None]] = [
            (b"Access-Control-Allow-Origin", allowed.encode("latin-1"))
        ]
        if credentials:
            fields.append((b"Access-Control-Allow-Credentials", b"true"))
        fields.append((b"Vary", b"Origin"))
        return fields


def _names(element: str, texts: Texts, exchange: Any) -> list[str]:
    """Headers or methods, which the answer repeats. Raises ValueError for what is no token and no star.

    That holds for what expressions give, lists with commas or nothing: literals are judged when the
    configuration is built.
    """
    found: list[str] = []
    for one in texts:
        if not callable(one):
            found.append(one)
            continue
        for part in text_now(one, exchange).split(","):
            text = part.strip()
            if text and not is_token(text):
                raise ValueError(f"A {element} of cors is no token.")
            if text:
                found.append(text)
    return found


def normal_origin(text: str) -> tuple[str, str, int] | None:
    """Scheme, host and port of an origin, a trailing slash allowed; None for what is none."""
    try:
        parts = urlsplit(text.strip())
        port = parts.port
    except ValueError:
        return None
    if not parts.scheme or not parts.hostname or "@" in parts.netloc:
        return None
    if parts.path not in ("", "/") or parts.query or parts.fragment:
        return None
    scheme = parts.scheme.lower()
    return scheme, parts.hostname, port if port is not None else _DEFAULT_PORTS.get(scheme, 0)


def lower(statement: Statement, lowering: Lowering) -> None:
    """One DO; the gateway finds it in the program for pre-flights."""
    lists: dict[str, Texts | None] = {}
    max_age: int | Compiled | None = 0
    for child in statement.child_statements():
        name = child.element.name
        lists[name] = _texts(child.element, lowering)
        age = child.value("preflight-result-max-age")
        if name == "allowed-methods" and age is not None:
            max_age = lowering.integer(age)
    credentials = lowering.boolean(statement.value("allow-credentials"), default=False)
    terminates = lowering.boolean(statement.value("terminate-unmatched-request"), default=True)
    origins = lists["allowed-origins"]
    methods = lists.get("allowed-methods", _DEFAULT_METHODS)
    headers = lists["allowed-headers"]
    exposed = lists.get("expose-headers", ())
    if origins is None or methods is None or headers is None or exposed is None:
        return
    if credentials is None or terminates is None or max_age is None:
        return
    if not _judge_origins(statement, origins, lowering):
        return
    operand = Cors(origins, methods, headers, exposed, credentials, terminates, max_age)
    lowering.emit(Op.DO, (operand,), statement)


def _texts(element: Element, lowering: Lowering) -> Texts | None:
    found = [_text(child, lowering) for child in element.children]
    good = tuple(one for one in found if one is not None)
    return good if len(good) == len(found) else None


def _text(element: Element, lowering: Lowering) -> str | Compiled | None:
    value = element.text
    if value is None:
        return None
    found = lowering.string(value)
    if not isinstance(found, str):
        return found
    text = found.strip()
    # The star is a token, too.
    if element.name != "origin" and not is_token(text):
        what = f"{value.shown()} is no {element.name}: only letters, digits and !#$%&'*+-.^_`|~ are allowed"
        lowering.error(what, value.position, value)
        return None
    return text


def _judge_origins(statement: Statement, origins: Texts, lowering: Lowering) -> bool:
    """Report literal origins that no browser sends; whether there was none."""
    good = True
    element = next(one for one in statement.element.children if one.name == "allowed-origins")
    for child, origin in zip(element.children, origins, strict=True):
        if not isinstance(origin, str) or child.text is None:
            continue
        if origin == _ANY and len(origins) > 1:
            lowering.error("the origin * must stand alone", child.position)
            good = False
        elif origin != _ANY and normal_origin(origin) is None:
            what = f"{child.text.shown()} is no origin; write scheme://host or scheme://host:port"
            lowering.error(what, child.text.position, child.text)
            good = False
    return good


CORS = PolicySchema(ELEMENT, lower, sections=frozenset({INBOUND}), once=True)
