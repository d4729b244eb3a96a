"""Which bodies an expression may read is known before it runs."""

from __future__ import annotations

import pytest

from fastgw._program import Message
from fastgw.expr.engine import Wanted, compile_expression

REQUEST, RESPONSE = (Message.REQUEST,), (Message.RESPONSE,)


@pytest.mark.parametrize(
    ("text", "bodies"),
    [
        ("@(context.Request.Method)", ()),
        ("@(context.Request.Body.As<string>())", REQUEST),
        ("@(context.Response.Body.As<string>(true))", RESPONSE),
        ("@(context.Request.Body != null)", REQUEST),
        ("@(context.Response?.Body?.As<string>())", RESPONSE),
        ("@(context.Request.Body.As<string>() + context.Response.Body.As<string>())", REQUEST + RESPONSE),
        ('@(((IResponse)context.Variables["r"]).Body.As<string>())', RESPONSE),
        ('@(context.Variables.GetValueOrDefault<IResponse>("r").Body.As<string>())', RESPONSE),
        ("@{ var body = context.Request.Body; return body.As<string>(); }", REQUEST),
        ("@{ var request = context.Request; return request.Body.As<string>(); }", REQUEST),
        ("@{ if (false) { return context.Request.Body.As<string>(); } return null; }", REQUEST),
        ("@{ Func<string> read = () => context.Request.Body.As<string>(); return read(); }", REQUEST),
        ("@{ string Read() { return context.Request.Body.As<string>(); } return Read(); }", REQUEST),
        ("@{ string Read() => context.Request.Body.As<string>(); return Read(); }", REQUEST),
        (
            "@{ string Outer() { Func<string> inner = () => context.Response.Body.As<string>();"
            " return inner(); } return Outer(); }",
            RESPONSE,
        ),
        ("@(new[] { 1 }.Select(n => context.Request.Body.As<string>()).First())", REQUEST),
        ('@($"{context.Request.Body.As<string>()}")', REQUEST),
        ("@{ try { return 1; } finally { context.Request.Body.As<string>(); } }", REQUEST),
        ("@{ foreach (var c in context.Request.Body.As<string>()) { return c; } return ' '; }", REQUEST),
        ('@(new { Body = "no message" }.Body)', ()),
        ('@("context.Request.Body")', ()),
    ],
)
def test_bodies(text: str, bodies: tuple[Message, ...]) -> None:
    assert compile_expression(text, Wanted.OBJECT).bodies == bodies
