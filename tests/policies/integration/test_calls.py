"""send-request and send-one-way-request: the request that their children make, without a gateway."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from fastgw._exchange import Exchange
from fastgw._http import Head
from fastgw._program import Message, Op
from fastgw.compiler.engine import Expressions
from fastgw.errors import PolicyFailure
from fastgw.outbound import OutboundProxy, OutboundRequest, OutboundResponse
from fastgw.policies.integration.send_request import SendRequest
from tests.compiler.support import Bench

URL = "<set-url>http://x.test:81/a?b=1</set-url>"
GET = "<set-method>get</set-method>"


class FakeDoors:
    """Keeps what it is asked, and answers or fails at once."""

    def __init__(self, failure: Exception | None = None) -> None:
        self.asked: list[OutboundRequest] = []
        self.later: list[OutboundRequest] = []
        self._failure = failure

    async def call(self, request: OutboundRequest, exchange: Exchange) -> OutboundResponse:
        self.asked.append(request)
        if self._failure is not None:
            raise self._failure
        return OutboundResponse(Head(), b"body")

    def call_later(self, request: OutboundRequest, exchange: Exchange) -> None:
        self.later.append(request)


def exchange_of(head: bytes = b"GET /x?q=1 HTTP/1.1\r\nHost: gw.test\r\n") -> Exchange:
    exchange = Exchange()
    exchange.read_request(head + b"\r\n")
    return exchange


def steps(statements: str) -> list[Any]:
    return Bench(expressions=Expressions()).inbound(statements)


def asked(statements: str, exchange: Exchange | None = None) -> OutboundRequest:
    """The request of the only send-request."""
    doors = FakeDoors()
    operand = steps(statements)[-1].operands[0]
    asyncio.run(operand(exchange if exchange is not None else exchange_of(), doors))
    return doors.asked[0]


def test_a_request_of_constants_is_made_once_with_the_configuration() -> None:
    header = '<set-header name="A"><value>1</value><value>2</value></set-header>'
    query = '<set-query-parameter name="c" exists-action="append"><value>d e</value></set-query-parameter>'
    basic = '<authentication-basic username="me" password="pass" />'
    proxy = '<proxy url="http://p:1" username="u" />'
    certificate = '<authentication-certificate certificate-id="client" />'
    text = f"<send-request>{URL}{GET}{header}{query}<set-body>text</set-body>{certificate}{basic}{proxy}"
    (one,) = steps(text + "</send-request>")
    operand: SendRequest = one.operands[0]
    made = operand.plan.request(None)
    assert made is operand.plan.request(exchange_of())
    assert (made.method, made.url, made.body, made.timeout) == (
        b"GET",
        "http://x.test:81/a?b=1&c=d%20e",
        b"text",
        60,
    )
    assert made.fields == ((b"A", b"1,2"), (b"Authorization", b"Basic bWU6cGFzcw=="))
    assert made.proxy == OutboundProxy("p", 1, b"Basic dTo=")
    assert getattr(made.certificate, "id", None) == "client"
    assert "pass" not in repr(made)
    assert "dTo" not in repr(made)


def test_children_are_carried_out_in_their_order() -> None:
    fields = "".join(
        f'<set-header name="{name}" exists-action="{action}"><value>{value}</value></set-header>'
        for name, action, value in [
            ("A", "skip", "1"),
            ("A", "skip", "2"),
            ("A", "append", "3"),
            ("Set-Cookie", "append", "a=1"),
            ("Set-Cookie", "append", "b=2"),
            ("Host", "append", "never"),
            ("Host", "override", "other.test"),
        ]
    )
    made = asked(f"<send-request>{URL}{GET}{fields}</send-request>")
    assert made.fields == (
        (b"A", b"1,3"),
        (b"Set-Cookie", b"a=1"),
        (b"Set-Cookie", b"b=2"),
        (b"Host", b"other.test"),
    )


def test_what_belongs_to_the_connection_is_dropped_where_a_name_is_computed() -> None:
    field = '<set-header name="@("Transfer-" + "Encoding")"><value>chunked</value></set-header>'
    assert asked(f"<send-request>{URL}{GET}{field}</send-request>").fields == ()


@pytest.mark.parametrize(
    ("section", "attributes", "children", "gathers"),
    [
        ("inbound", 'mode="copy"', "", True),
        ("inbound", """mode="@("copy")" """, "", True),
        ("backend", 'mode="copy"', "", True),
        ("inbound", 'mode="copy"', "<set-body>own</set-body>", False),
        ("inbound", "", URL + GET, False),
        ("outbound", 'mode="copy"', "", False),
        ("on-error", 'mode="copy"', "", False),
    ],
)
def test_copy_gathers_the_body_where_it_brings_it(
    section: str, attributes: str, children: str, gathers: bool
) -> None:
    text = f"<policies><{section}><send-request {attributes}>{children}</send-request></{section}></policies>"
    programs = Bench(expressions=Expressions()).programs(text)
    found = getattr(programs, section.replace("-", "_")).steps
    assert [one.op for one in found] == ([Op.NEED_BODY, Op.WAIT] if gathers else [Op.WAIT])


def test_a_body_that_a_child_reads_is_gathered_before_the_call() -> None:
    text = f"<send-request>{URL}{GET}<set-body>@(context.Request.Body.As&lt;string&gt;(true))</set-body>"
    found = steps(text.replace("&lt;", "<").replace("&gt;", ">") + "</send-request>")
    assert [(one.op, one.operands[0]) for one in found[:-1]] == [(Op.NEED_BODY, Message.REQUEST)]
    exchange = exchange_of(b"POST / HTTP/1.1\r\nHost: a\r\n")
    exchange.set_body(Message.REQUEST, b"sent")
    doors = FakeDoors()
    asyncio.run(found[-1].operands[0](exchange, doors))
    assert doors.asked[0].body == b"sent"


def test_copy_takes_method_url_fields_and_body_from_the_request() -> None:
    exchange = exchange_of(b"PUT /x?q=1 HTTP/1.1\r\nHost: gw.test\r\nA: 1\r\nExpect: 100-continue\r\n")
    exchange.set_body(Message.REQUEST, b"sent")
    made = asked('<send-request mode="copy" />', exchange)
    assert (made.method, made.url, made.body) == (b"PUT", "http://gw.test:80/x?q=1", b"sent")
    assert made.fields == ((b"A", b"1"),)


@pytest.mark.parametrize(
    ("attributes", "children", "message"),
    [
        ("""mode="@("old")" """, "", "The mode of a request must be new or copy."),
        ("""mode="@("new")" """, "", "A request in the mode new needs set-url and set-method."),
        (
            """timeout="@(0)" """,
            URL + GET,
            "The timeout of a request must be a whole number",
        ),
        ("", URL + """<set-method>@("GET /")</set-method>""", "The method is not valid."),
    ],
)
def test_what_expressions_give_is_checked(attributes: str, children: str, message: str) -> None:
    ignoring = f'<send-request {attributes} ignore-error="true">{children}</send-request>'
    with pytest.raises(ValueError, match=message):
        asked(ignoring)


@pytest.mark.parametrize("failure", [PolicyFailure("Timeout", "too late"), ValueError("no URL")])
def test_ignored_errors_leave_null(failure: Exception) -> None:
    exchange = exchange_of()
    text = f'<send-request response-variable-name="a" ignore-error="IGNORE">{URL}{GET}</send-request>'
    (one,) = steps(text.replace("IGNORE", "true"))
    asyncio.run(one.operands[0](exchange, FakeDoors(failure)))
    assert exchange.variables == {"a": None}
    (one,) = steps(text.replace("IGNORE", "false"))
    with pytest.raises(type(failure)):
        asyncio.run(one.operands[0](exchange_of(), FakeDoors(failure)))


def test_an_answer_that_nobody_wants_is_in_no_variable() -> None:
    exchange = exchange_of()
    (one,) = steps(f"<send-request>{URL}{GET}</send-request>")
    asyncio.run(one.operands[0](exchange, FakeDoors()))
    assert exchange.variables is None


def test_a_one_way_request_is_evaluated_and_handed_over() -> None:
    doors = FakeDoors()
    (one,) = steps(
        f"<send-one-way-request>{URL}<set-method>POST</set-method>"
        "<set-body>@(context.Request.Method)</set-body></send-one-way-request>"
    )
    asyncio.run(one.operands[0](exchange_of(), doors))
    assert [(made.method, made.body) for made in doors.later] == [(b"POST", b"GET")]


def test_secrets_are_in_no_listing() -> None:
    from tests.compiler.support import NamedValue

    bench = Bench({"key": NamedValue("s3cret", secret=True)})
    text = (
        "<send-request><set-url>http://x/?k={{key}}</set-url><set-method>GET</set-method>"
        '<set-header name="A"><value>{{key}}</value></set-header></send-request>'
        '<proxy url="http://p:1" password="{{key}}" username="u" /><proxy url="http://{{key}}:1" />'
    )
    programs = bench.programs(f"<policies><inbound>{text}</inbound></policies>")
    shown = "\n".join(bench.lines(programs.inbound))
    assert "s3cret" not in shown
    assert shown.count("***") == 3


@pytest.mark.parametrize("given", ["post", """@("po" + "st")""", "@(context.Request.Method)"])
def test_the_method_may_be_computed(given: str) -> None:
    exchange = exchange_of(b"POST /x HTTP/1.1\r\nHost: gw.test\r\n")
    made = asked(f"<send-request>{URL}<set-method>{given}</set-method></send-request>", exchange)
    assert made.method == b"POST"


@pytest.mark.parametrize(("action", "expected"), [("append", (b"A", b"1,2")), ("skip", (b"A", b"1"))])
def test_the_action_of_a_header_and_a_query_parameter_may_be_computed(
    action: str, expected: tuple[bytes, bytes]
) -> None:
    header = f"""<set-header name="A"><value>1</value></set-header>
      <set-header name="A" exists-action="@("{action}")"><value>2</value></set-header>"""
    query = f"""<set-query-parameter name="b" exists-action="@("{action}")"><value>2</value>
      </set-query-parameter>"""
    made = asked(f"<send-request>{URL}{GET}{header}{query}</send-request>")
    assert made.fields == (expected,)
    assert made.url == ("http://x.test:81/a?b=1&b=2" if action == "append" else "http://x.test:81/a?b=1")
