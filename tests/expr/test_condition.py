"""Conditions that the core tests alone decide as the general code does, on any request."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fastgw._condition import Condition, Source
from fastgw._condition import Test as Question
from fastgw._exchange import Exchange, Target
from fastgw.expr.engine import Expression, ExpressionFailed, Wanted, compile_expression
from fastgw.expr.library.context.views import context_of
from fastgw.expr.runtime.values import Char, Int64

TEXTS = {
    "header": 'context.Request.Headers.GetValueOrDefault("X-One", "d,E")',
    "header or null": 'context.Request.Headers.GetValueOrDefault("x-one")',
    "response header": 'context.Response.Headers.GetValueOrDefault("X-One", "d")',
    "query": 'context.Request.Url.Query.GetValueOrDefault("one", "")',
    "query or null": 'context.Request.Url.Query.GetValueOrDefault("One")',
    "query without a name": 'context.Request.Url.Query.GetValueOrDefault("", "none")',
    "variable": '((string)context.Variables["one"])',
    "variable or default": 'context.Variables.GetValueOrDefault<string>("one", "d")',
    "variable or null": 'context.Variables.GetValueOrDefault<string>("one")',
    "method": "context.Request.Method",
    "path": "context.Request.OriginalUrl.Path",
}
TESTS = {
    "equals": '{0} == "{1}"',
    "the other way round": '"{1}" == {0}',
    "differs": '{0} != "{1}"',
    "is null": "{0} == null",
    "is not null": "{0} != null",
    "is empty": "string.IsNullOrEmpty({0})",
    "has text": "!string.IsNullOrEmpty({0})",
    "contains": '{0}.Contains("{1}")',
    "method equals": '{0}.Equals("{1}")',
    "ignoring case": '{0}.Equals("{1}", StringComparison.OrdinalIgnoreCase)',
    "ignoring case by culture": '{0}.Equals("{1}", StringComparison.InvariantCultureIgnoreCase)',
}
# A method or a path is never asked what a null cannot answer, and yet not recognised there.
MEMBERS = {"contains", "method equals", "ignoring case", "ignoring case by culture"}
WITHOUT_DEFAULT = {"header or null", "query or null", "variable", "variable or null", "method", "path"}
RECOGNISED = [
    pytest.param(source, test, id=f"{source}: {test}")
    for source in TEXTS
    for test in TESTS
    if not (test in MEMBERS and source in WITHOUT_DEFAULT)
]

# Few and alike, so that they meet.
WORDS = ["", "a", "A", "d", "d,E", "a,b", "á", "Á", "\u212a", "k", "GET", "get", "/a", "\u00ad", "😀"]
CONSTANTS = ["", "a", "A", "d,E", "á", "GET", "\u00ad", "😀"]
VALUES = st.sampled_from([*(one.encode() for one in WORDS), b"\xff", b"\xc3", b"a\tb", b"a"])
PARAMETERS = st.sampled_from(["one", "One", "o%6ee", "%4Fne", "two", "", "\u212aone", "on\u00e9"]).map(
    str.encode
)
QUERY_VALUES = st.sampled_from(
    [b"", b"a", b"A", b"%61", b"%41", b"a+b", b"a=b", b"%", b"%zz", b"%00", b"%C3%A1", b"%FF", b"d%2CE"]
)
PIECES = st.one_of(
    PARAMETERS,
    st.builds(lambda name, value: name + b"=" + value, PARAMETERS, QUERY_VALUES),
)
VARIABLES = st.sampled_from([*WORDS, None, 5, True, False, Int64(5), Char("a"), 0.5, object()])


@st.composite
def exchanges(draw: st.DrawFn) -> Exchange:
    exchange = Exchange()
    query = b"&".join(draw(st.lists(PIECES, max_size=4)))
    path = b"/" + draw(st.sampled_from([b"", b"a", b"A", b"%61", "á".encode(), b"a/b"]))
    method = draw(st.sampled_from([b"GET", b"get", b"POST"]))
    names = draw(st.lists(st.sampled_from([b"X-One", b"x-one", b"X-ONE", b"X-Two"]), max_size=3))
    fields = b"".join(name + b": " + draw(VALUES) + b"\r\n" for name in names)
    target = path + (b"?" + query if draw(st.booleans()) else b"")
    # Connections take ASCII alone; what a policy has made of the URL is not read again.
    received = bytes(one if one < 128 else 0x61 for one in target)
    exchange.read_request(method + b" " + received + b" HTTP/1.1\r\nHost: a\r\n" + fields + b"\r\n")
    if draw(st.booleans()):
        exchange.read_response(b"HTTP/1.1 200 OK\r\n" + fields + b"\r\n")
    if draw(st.booleans()):
        made = Target(scheme="http", host="b", port=80, host_header=b"b", base_path=b"/x")
        exchange.aim(made, target)
    exchange.variables = draw(st.none() | st.dictionaries(st.sampled_from(["one", "One"]), VARIABLES))
    return exchange


@cache
def compiled(text: str) -> Expression:
    return compile_expression(f"@({text})", Wanted.BOOLEAN)


def general(expression: Expression, exchange: Exchange) -> Any:
    """What the compiled expression says; the name of the exception where it raises one."""
    try:
        return expression(context_of(exchange))
    except ExpressionFailed as error:
        return error.exception


def agree(expression: Expression, exchange: Exchange) -> None:
    assert expression.condition is not None
    alone = expression.condition(exchange)
    if alone is not None:
        assert alone is general(expression, exchange)


@pytest.mark.parametrize(("source", "test"), RECOGNISED)
@settings(max_examples=40, deadline=None)
@given(exchange=exchanges(), constant=st.sampled_from(CONSTANTS))
def test_a_condition_decides_as_the_expression_does(
    source: str, test: str, exchange: Exchange, constant: str
) -> None:
    expression = compiled(TESTS[test].format(TEXTS[source], constant))
    if expression.condition is None:
        # Only what is not printable ASCII may be left to the general code.
        assert test.startswith("ignoring")
        assert not (constant.isascii() and constant.isprintable())
        return
    agree(expression, exchange)


TREES = st.recursive(
    st.builds(
        lambda source, test, constant: TESTS[test].format(TEXTS[source], constant),
        st.sampled_from(sorted(set(TEXTS) - WITHOUT_DEFAULT)),
        st.sampled_from(sorted(TESTS)),
        st.sampled_from(["a", "d", "GET"]),
    )
    | st.sampled_from(['(bool)context.Variables["one"]', "true", "false"]),
    lambda inner: st.one_of(
        st.builds("({} && {})".format, inner, inner),
        st.builds("({} || {})".format, inner, inner),
        inner.map("!({})".format),
    ),
    max_leaves=5,
)


@settings(max_examples=80, deadline=None)
@given(text=TREES, exchange=exchanges())
def test_trees_of_conditions_decide_as_the_expression_does(text: str, exchange: Exchange) -> None:
    expression = compiled(text)
    if expression.condition is not None:
        agree(expression, exchange)


def request(
    target: str = "/",
    *fields: str,
    response: bool = False,
    variables: dict[str, Any] | None = None,
    aimed: str = "",
) -> Exchange:
    exchange = Exchange()
    lines = "".join(f"{field}\r\n" for field in fields)
    exchange.read_request(f"GET {target} HTTP/1.1\r\nHost: a\r\n{lines}\r\n".encode())
    if response:
        exchange.read_response(f"HTTP/1.1 200 OK\r\n{lines}\r\n".encode())
    if aimed:
        made = Target(scheme="http", host="b", port=80, host_header=b"b", base_path=b"")
        exchange.aim(made, aimed.encode())
    exchange.variables = variables
    return exchange


NAMED = 'context.Variables.GetValueOrDefault<string>("n", "d") == "d"'
ONE = 'context.Request.Headers.GetValueOrDefault("x", "")'
QUERY = 'context.Request.Url.Query.GetValueOrDefault("q", "")'


@pytest.mark.parametrize(
    ("text", "exchange", "expected"),
    [
        (f'{ONE} == "a,b"', request("/", "X: a", "x: b"), True),
        (f'{ONE} == "a"', request("/", "X: a", "x: b"), False),
        (f'{ONE} == ""', request(), True),
        (f'{QUERY} == "a b,c"', request("/?q=a%20b&x=1&q=c"), True),
        (f'{QUERY} == "a+b"', request("/?q=a+b"), True),
        (f'{QUERY} == ""', request("/?q"), True),
        (f'{QUERY} == "1"', request("/?Q=1"), None),
        (f'{QUERY} == "1"', request("/?%71=1"), None),
        (f'{QUERY} == "1"', request("/", aimed="/?\u212a=1"), None),
        (NAMED, request(), True),
        (NAMED, request(variables={"n": "d"}), True),
        (NAMED, request(variables={"n": None}), None),
        (NAMED, request(variables={"n": 5}), None),
        (NAMED, request(variables={"n": "é"}), None),
        ('(bool)context.Variables["n"]', request(variables={"n": True}), True),
        ('(bool)context.Variables["n"]', request(variables={"n": 1}), None),
        ('(bool)context.Variables["n"]', request(), None),
        ('context.Response.Headers.ContainsKey("x")', request("/", "x: 1"), None),
        ('context.Response.Headers.ContainsKey("x")', request("/", "x: 1", response=True), True),
        ('context.Request.Headers.ContainsKey("x")', request("/", "X: 1"), True),
        ('context.Request.OriginalUrl.Path == "/a"', request("/a?b"), True),
        ('context.Request.Method == "GET"', request(), True),
        (f'{ONE}.Equals("ab", StringComparison.InvariantCultureIgnoreCase)', request("/", "x: A\tB"), None),
        ("true", request(), True),
        ("!true", request(), False),
    ],
)
def test_what_is_decided_and_what_is_left_to_the_general_code(
    text: str, exchange: Exchange, expected: bool | None
) -> None:
    condition = compiled(text).condition
    assert condition is not None
    assert condition(exchange) is expected


def test_what_stands_behind_an_undecided_side_is_not_asked() -> None:
    expression = compiled(f'(bool)context.Variables["n"] || {ONE} == ""')
    assert expression.condition is not None
    assert expression.condition(request()) is None
    assert general(expression, request()) == "System.NullReferenceException"


def test_a_constant_without_utf8_is_no_condition() -> None:
    with pytest.raises(ValueError, match="no UTF-8"):
        Condition(Question.EQUALS, source=Source.METHOD, value="\ud800")


def test_a_text_that_grew_is_forgotten_by_the_next_condition() -> None:
    long = f'{ONE} == "{"a" * 5000},b"'
    assert compiled(long).condition(request("/", f"x: {'a' * 5000}", "x: b")) is True  # type: ignore[misc]
    assert compiled(f'{ONE} == "c,d"').condition(request("/", "x: c", "x: d")) is True  # type: ignore[misc]
