"""Runs the statements of a body policy on an exchange without a gateway: values in, values out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fastgw._program import Message, Op
from fastgw.compiler.engine import Expressions
from fastgw.expr.library.context.fixture import context_from
from tests.compiler.support import Bench, NamedValue


@dataclass(frozen=True)
class Outcome:
    body: bytes
    content_type: str | None

    @property
    def text(self) -> str:
        return self.body.decode()


def run(
    statements: str,
    body: bytes | str | None,
    content_type: str | None = "application/json",
    *,
    section: str = "inbound",
    headers: dict[str, list[str]] | None = None,
    named: dict[str, str] | None = None,
    variables: dict[str, Any] | None = None,
    target: str = "https://backend.test/base/x?q=1",
) -> Outcome:
    """What the statements of one section make of the body of its message."""
    values = {name: NamedValue(value) for name, value in (named or {}).items()}
    bench = Bench(named_values=values, expressions=Expressions())
    programs = bench.programs(f"<policies><{section}>{statements}</{section}></policies>")
    assert bench.findings() == []
    program = getattr(programs, section.replace("-", "_"))
    data = body.encode() if isinstance(body, str) else body
    message = Message.REQUEST if section in ("inbound", "backend") else Message.RESPONSE
    fields = {} if content_type is None else {"Content-Type": [content_type]}
    record: dict[str, Any] = {
        "request": {
            "method": "POST",
            "url": target,
            "originalUrl": "http://gateway.test:8080/shop/x?q=1",
            "headers": {**(headers or {}), **(fields if message is Message.REQUEST else {})},
        },
        "variables": variables or {},
        "api": {"id": "shop", "name": "shop", "path": "shop", "revision": "1", "protocols": ["http"]},
    }
    exchange = _exchange(record, message, fields, data)
    for step in program.steps:
        if step.op == Op.SET_BODY:
            value = step.operands[1]
            made = value(exchange) if callable(value) else value
            exchange.set_body(step.operands[0], made.encode() if isinstance(made, str) else made)
        elif step.op == Op.DO:
            assert step.operands[0](exchange) is None
        else:
            assert step.op == Op.NEED_BODY
    head = exchange.request if message is Message.REQUEST else exchange.response
    found = exchange.request_body if message is Message.REQUEST else exchange.body
    kinds = [value.decode() for name, value in head.items() if name.lower() == b"content-type"]
    assert len(kinds) < 2
    return Outcome(found or b"", kinds[0] if kinds else None)


def _exchange(record: dict[str, Any], message: Message, fields: dict[str, Any], data: bytes | None) -> Any:
    if message is Message.RESPONSE:
        record["response"] = {"statusCode": 200, "headers": fields}
    exchange = context_from(record).exchange
    if message is Message.REQUEST:
        exchange.request_body = data
        exchange.request_has_body = data is not None
    else:
        exchange.body = data
    return exchange
