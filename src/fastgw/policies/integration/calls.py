"""The call that send-request and send-one-way-request make (spec/policies/integration.md).

Their children say what the request is to be. They are lowered as the policies of the same names and then
carried out on the request of the call, in the place of a message of the exchange.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from fastgw._http import Head
from fastgw._program import HeaderStep, Message, Op, QueryStep, Step
from fastgw._steps import copied_head, method_of, query_with, set_header_on
from fastgw.compiler.expressions import Compiled, ValueType
from fastgw.compiler.lower import Lowering, Statement
from fastgw.compiler.nodes import Value
from fastgw.compiler.schema import BACKEND, INBOUND, AttributeSchema, ChildSchema, ElementSchema, TextSchema
from fastgw.model.types import split_url
from fastgw.outbound import OutboundProxy, OutboundRequest
from fastgw.policies.access import authentication_basic, authentication_certificate
from fastgw.policies.routing import proxy
from fastgw.policies.transform import set_body, set_header, set_method, set_query_parameter
from fastgw.policies.values import LONGEST_WAIT, now, text_now

DEFAULT_TIMEOUT: Final = 60
MODES: Final = ("new", "copy")

ATTRIBUTES: Final = (
    AttributeSchema("mode", expression=True, choices=MODES),
    AttributeSchema("timeout", expression=True, type=ValueType.INTEGER, minimum=1, maximum=LONGEST_WAIT),
)

_MANAGED_IDENTITY: Final = ElementSchema(
    "authentication-managed-identity",
    tuple(
        AttributeSchema(name, supported=False)
        for name in ("resource", "client-id", "output-token-variable-name", "ignore-error")
    ),
)

CHILDREN: Final = (
    ChildSchema(ElementSchema("set-url", text=TextSchema(required=True, expression=True)), most=1),
    ChildSchema(set_method.ELEMENT, most=1),
    ChildSchema(set_header.ELEMENT),
    ChildSchema(set_query_parameter.ELEMENT),
    ChildSchema(set_body.ELEMENT, most=1),
    ChildSchema(authentication_certificate.ELEMENT, most=1),
    ChildSchema(_MANAGED_IDENTITY, most=1),
    ChildSchema(authentication_basic.ELEMENT, most=1),
    ChildSchema(proxy.ELEMENT, most=1),
)


@dataclass(frozen=True, slots=True)
class CallPlan:
    """What a call is made of: constants, and expressions that are evaluated when its statement runs.

    `steps` are the lowered children that change header fields and query, for listings; `changes` are the same
    ones ready for use. `constant` is the whole request where nothing has to be evaluated.
    """

    mode: str | Compiled
    url: str | Compiled | None
    method: bytes | Compiled | None
    timeout: int | Compiled
    steps: tuple[Step, ...] = ()
    changes: tuple[HeaderStep | QueryStep, ...] = ()
    body: Any = None
    certificate: Any = None
    proxy: OutboundProxy | proxy.ComputedProxy | None = None
    brings_body: bool = False
    constant: OutboundRequest | None = None

    @property
    def listed(self) -> tuple[tuple[str, object], ...]:
        """What a listing shows, in the author's words."""
        given = (("set-url", self.url), ("set-method", self.method), ("set-body", self.body))
        return (
            ("mode", self.mode),
            ("timeout", self.timeout),
            *((name, value) for name, value in given if value is not None),
        )

    @property
    def presented(self) -> object:
        """The certificate that every call presents; None where there is none, or an expression says which."""
        found = self.certificate if self.constant is None else self.constant.certificate
        return None if callable(found) else found

    def request(self, exchange: Any) -> OutboundRequest:
        """The request of one exchange: every expression is evaluated here.

        Raises ValueError for what cannot stand where an expression has put it.
        """
        if self.constant is not None:
            return self.constant
        mode = self.mode if isinstance(self.mode, str) else text_now(self.mode, exchange).strip()
        if mode not in MODES:
            raise ValueError("The mode of a request must be new or copy.")
        copy = mode == "copy"
        if not copy and (self.url is None or self.method is None):
            raise ValueError("A request in the mode new needs set-url and set-method.")
        url = _current_url(exchange) if self.url is None else text_now(self.url, exchange).strip()
        head = copied_head(exchange, with_host=self.url is None) if copy else Head()
        method = _current_method(exchange) if self.method is None else method_of(self.method, exchange)
        for change in self.changes:
            if isinstance(change, HeaderStep):
                set_header_on(head, change, exchange)
            else:
                url = _with_query(url, change, exchange)
        timeout = now(self.timeout, exchange)
        if not isinstance(timeout, int) or not 1 <= timeout <= LONGEST_WAIT:
            raise ValueError("The timeout of a request must be a whole number of seconds from 1 on.")
        return OutboundRequest(
            method,
            url,
            tuple(head.items()),
            self._body(exchange, copy),
            timeout,
            now(self.certificate, exchange),
            self.proxy(exchange) if isinstance(self.proxy, proxy.ComputedProxy) else self.proxy,
        )

    def _body(self, exchange: Any, copy: bool) -> bytes:
        if self.body is not None:
            body = now(self.body, exchange)
            return body if isinstance(body, bytes) else _as_bytes(body)
        if copy and self.brings_body and not exchange.request_consumed:
            return exchange.request_body or b""
        return b""


def _as_bytes(value: object) -> bytes:
    """What an expression gave, as set-body takes it."""
    return b"" if value is None else str(value).encode("utf-8", "surrogateescape")


def _current_url(exchange: Any) -> str:
    """The URL that forward-request would call."""
    from fastgw.expr.library.context.messages import backend_url

    scheme, host, port, path, query = backend_url(exchange)
    bracketed = f"[{host}]" if ":" in host else host
    return f"{scheme}://{bracketed}:{port}{path}" + (f"?{query}" if query else "")


def _current_method(exchange: Any) -> bytes:
    from fastgw.expr.library.context.views import context_of

    method = context_of(exchange).request.method  # type: ignore[attr-defined]
    return str(method).encode("latin-1")


def _with_query(url: str, step: QueryStep, exchange: Any) -> str:
    path, _, query = url.partition("?")
    changed = query_with(exchange, query.encode(), step).decode()
    return f"{path}?{changed}" if changed else path


def lower_call(statement: Statement, lowering: Lowering) -> CallPlan | None:
    """The plan of a statement's call; None after an error. Bodies that it reads are there before it runs."""
    mode_value, timeout_value = statement.value("mode"), statement.value("timeout")
    mode = "new" if mode_value is None else lowering.string(mode_value)
    timeout = DEFAULT_TIMEOUT if timeout_value is None else lowering.integer(timeout_value)
    parts = _Parts(lowering)
    for child in statement.child_statements():
        parts.add(child)
    if isinstance(mode, str):
        mode = mode.strip()
        names = {child.name for child in statement.element.children}
        for needed in ("set-url", "set-method"):
            if mode == "new" and needed not in names:
                what = f"{statement.element.name} must hold {needed} unless its mode is copy"
                lowering.error(what, statement.element.position)
                parts.good = False
    if mode is None or timeout is None or not parts.good:
        return None
    brings_body = lowering.section in (INBOUND, BACKEND) and mode != "new"
    if brings_body and parts.body is None:
        lowering.need_body(Message.REQUEST, statement)
    plan = CallPlan(
        mode,
        parts.url,
        parts.method,
        timeout,
        tuple(parts.steps),
        tuple(_ready(step) for step in parts.steps),
        parts.body,
        parts.certificate,
        parts.proxy,
        brings_body,
    )
    return _whole(plan)


def _ready(step: Step) -> HeaderStep | QueryStep:
    return HeaderStep(*step.operands) if step.op == Op.SET_HEADER else QueryStep(*step.operands)


def _whole(plan: CallPlan) -> CallPlan:
    """The plan with its request made already, where no expression has a part in it."""
    values = [plan.mode, plan.url, plan.method, plan.timeout, plan.body, plan.certificate, plan.proxy]
    for step in plan.steps:
        for operand in step.operands:
            values += operand if isinstance(operand, tuple) else (operand,)
    if plan.mode != "new" or any(callable(value) for value in values):
        return plan
    return CallPlan(
        plan.mode,
        plan.url,
        plan.method,
        plan.timeout,
        plan.steps,
        body=plan.body,
        constant=plan.request(None),
    )


class _Parts:
    """The children of one call, as they are found."""

    def __init__(self, lowering: Lowering) -> None:
        self.good = True
        self.url: str | Compiled | None = None
        self.method: bytes | Compiled | None = None
        self.steps: list[Step] = []
        self.body: Any = None
        self.certificate: Any = None
        self.proxy: OutboundProxy | proxy.ComputedProxy | None = None
        self._lowering = lowering

    def add(self, child: Statement) -> None:
        """Take in one child."""
        name = child.element.name
        text = child.element.text
        if name == "set-url" and text is not None:
            self.url = self._url(text)
        elif name == "set-method" and text is not None:
            self.method = set_method.lower_text(text, self._lowering)
            self.good = self.good and self.method is not None
        elif name == _MANAGED_IDENTITY.name:
            self._lowering.error(f"{name} is not supported yet", child.element.position)
            self.good = False
        elif name == "proxy":
            self.proxy = proxy.lower_proxy(child, self._lowering)
            self.good = self.good and self.proxy is not None
        else:
            self._policy(child)

    def _url(self, text: Value) -> str | Compiled | None:
        lowering = self._lowering
        url = lowering.string(text)
        if not isinstance(url, str):
            self.good = self.good and url is not None
            return url
        url = lowering.hide(text, url.strip())
        try:
            split_url(url)
        except ValueError as error:
            lowering.error(f"set-url {error}", text.position, text)
            self.good = False
        return url

    def _policy(self, child: Statement) -> None:
        """A child that is a policy elsewhere: lowered as there, its step taken out of the program."""
        lowering = self._lowering
        name = child.element.name
        before = lowering.report.failed
        with lowering.apart() as items:
            if name == "set-header":
                set_header.lower_on(Message.REQUEST, child, lowering)
            elif name == "set-query-parameter":
                set_query_parameter.lower(child, lowering)
            elif name == "set-body":
                # What a template reads is the section's own message.
                set_body.lower_on(lowering.message, child, lowering)
            elif name == "authentication-basic":
                authentication_basic.lower(child, lowering)
            else:
                authentication_certificate.lower(child, lowering)
        self.good = self.good and lowering.report.failed == before
        for item in items:
            if not isinstance(item, Step):
                raise TypeError(f"{name} is more than steps")
            if item.op in (Op.SET_HEADER, Op.SET_QUERY):
                self.steps.append(item)
            elif item.op == Op.SET_BODY:
                self.body = item.operands[1]
            elif item.op == Op.SET_CERTIFICATE:
                self.certificate = item.operands[0]
            else:
                # A body that an expression reads.
                lowering.items.append(item)
