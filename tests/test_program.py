"""What a program refuses when it is built, and what constant operands are made into."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, quote, unquote_to_bytes

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fastgw._program import ExistsAction, ForwardOptions, Message, Op, Program, Section, Site, Step
from tests.oracle.wire import Gateway

SITE = Site("set-header", "my-id", "set-header[1]", "api")


def step(op: int, *operands: Any) -> Step:
    return Step(op, operands, SITE)


def program(*steps: Step) -> Program:
    return Program(Section.INBOUND, steps)


def header(
    name: Any, *values: Any, action: int = ExistsAction.OVERRIDE, message: int = Message.REQUEST
) -> Step:
    return step(Op.SET_HEADER, message, name, action, values)


def query(name: Any, *values: Any, action: int = ExistsAction.OVERRIDE) -> Step:
    return step(Op.SET_QUERY, name, action, values)


def of_an_expression(value: Any) -> Any:
    """A compiled expression that gives `value`."""
    return lambda exchange: value


# ---------------------------------------------------------------- a program as a value


def test_a_program_keeps_its_steps_and_its_section() -> None:
    steps = (header(b"A", b"1"), step(Op.RETURN))
    built = Program(Section.OUTBOUND, list(steps))
    assert built.steps == steps
    assert built.section == Section.OUTBOUND
    assert len(built) == 2


def test_a_program_may_be_empty() -> None:
    assert len(program()) == 0


@pytest.mark.parametrize(
    "one",
    [
        header(b"A", b"1"),
        query(b"a", b"1"),
        step(Op.SET_METHOD, b"PUT"),
        step(Op.SET_STATUS, Message.RESPONSE, 204, None),
        step(Op.SET_VARIABLE, "name", "value"),
        step(Op.REWRITE_URI, (b"/a/", "id"), True),
        step(Op.SET_TARGET, None, False),
        step(Op.SET_CERTIFICATE, None),
        step(Op.FORWARD, ForwardOptions(1000, False, False)),
        step(Op.BEGIN_REPLY),
        step(Op.SET_BODY, Message.REPLY, b"text"),
        step(Op.RETURN),
        step(Op.NEED_BODY, Message.REQUEST),
        step(Op.DO, of_an_expression(None)),
        step(Op.WAIT, of_an_expression(None)),
        step(Op.NEED, of_an_expression(None)),
        step(Op.JUMP, 1),
        step(Op.JUMP_UNLESS, of_an_expression(True), 1),
    ],
    ids=lambda one: Op(one.op).name,
)
def test_every_op_of_the_vocabulary_is_accepted(one: Step) -> None:
    assert len(program(one)) == 1


def test_the_cases_above_are_all_ops() -> None:
    # JUMP_UNLESS_HOLDS is what a program makes of a JUMP_UNLESS by itself; regions have tests of their own.
    assert {op.name for op in Op} - {"JUMP_UNLESS_HOLDS", "ENTER", "LEAVE"} == {
        *("NEED_BODY", "DO", "WAIT", "NEED"),
        *(
            "END",
            "JUMP",
            "JUMP_UNLESS",
            "SET_HEADER",
            "SET_QUERY",
            "SET_METHOD",
            "SET_STATUS",
            "SET_VARIABLE",
        ),
        *("REWRITE_URI", "SET_TARGET", "SET_CERTIFICATE", "FORWARD", "BEGIN_REPLY", "SET_BODY", "RETURN"),
    }


def test_a_region_needs_its_end_and_its_beginning() -> None:
    entered, left = step(Op.ENTER, of_an_expression(None), 1), step(Op.LEAVE, 1)
    assert len(program(entered, left)) == 2
    for steps in ((entered,), (left,), (entered, step(Op.RETURN)), (step(Op.RETURN), left)):
        with pytest.raises(ValueError, match="region without"):
            program(*steps)


def test_a_program_says_whether_something_in_it_is_computed() -> None:
    assert not program(header(b"A", b"1"), step(Op.RETURN)).computes
    assert program(header(b"A", of_an_expression("x"))).computes


@pytest.mark.parametrize("op", [-1, 99, Op.END, Op.JUMP_UNLESS_HOLDS])
def test_an_unknown_op_is_refused(op: int) -> None:
    with pytest.raises(ValueError, match=f"unknown op {int(op)}"):
        program(step(op))


@pytest.mark.parametrize(
    "operands",
    [(), (Message.REQUEST,), (Message.REQUEST, b"A", ExistsAction.SKIP), (Message.REQUEST, b"A", 0, (), ())],
)
def test_a_wrong_number_of_operands_is_refused(operands: tuple[Any, ...]) -> None:
    with pytest.raises(TypeError):
        program(Step(Op.SET_HEADER, operands, SITE))


# ---------------------------------------------------------------- jumps


@pytest.mark.parametrize(("at", "to"), [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)])
@pytest.mark.parametrize("op", [Op.JUMP, Op.JUMP_UNLESS])
def test_jumps_go_forwards_up_to_the_end(op: int, at: int, to: int) -> None:
    operands = (to,) if op == Op.JUMP else (of_an_expression(True), to)
    steps = [step(Op.BEGIN_REPLY)] * 3
    steps[at] = Step(op, operands, SITE)
    assert len(program(*steps)) == 3


@pytest.mark.parametrize(
    ("at", "to"), [(0, 0), (1, 1), (1, 0), (2, 0), (2, 1), (0, 4), (2, 4), (0, -1), (0, 1000)]
)
@pytest.mark.parametrize("op", [Op.JUMP, Op.JUMP_UNLESS])
def test_jumps_backwards_in_place_or_past_the_end_are_refused(op: int, at: int, to: int) -> None:
    """That they only go forwards is what bounds a run."""
    operands = (to,) if op == Op.JUMP else (of_an_expression(True), to)
    steps = [step(Op.BEGIN_REPLY)] * 3
    steps[at] = Step(op, operands, SITE)
    with pytest.raises(ValueError, match=f"step {at} jumps to {to}"):
        program(*steps)


# ---------------------------------------------------------------- header names and values


@pytest.mark.parametrize("name", [b"A", b"x-y", b"X_Y", b"!#$%&'*+-.^_`|~09", b"Content-Length", b"Host"])
def test_a_token_is_a_header_name(name: bytes) -> None:
    assert len(program(header(name, b"1"))) == 1


@pytest.mark.parametrize(
    "name",
    [
        b"",
        b" ",
        b"A B",
        b"A:",
        b":A",
        b"A\r\nB",
        b"A\n",
        b"A\x00",
        b"\xc3\xa9",
        b'A"',
        b"A/B",
        b"(A)",
        b"A\t",
    ],
)
@pytest.mark.parametrize("action", list(ExistsAction))
def test_what_is_no_token_is_no_header_name(name: bytes, action: int) -> None:
    with pytest.raises(ValueError, match="header name"):
        program(header(name, b"1", action=action))


@pytest.mark.parametrize("value", [b"", b"1", b"a b\tc", b'"x", y; z=1', b"\x80\xff", "é".encode()])
def test_text_is_a_header_value(value: bytes) -> None:
    assert len(program(header(b"A", value))) == 1


BAD_VALUES = [b"a\r\nB: c", b"a\n", b"\r", b"a\x00b", b"\x0b", b"\x1b[0m", b"\x7f"]


@pytest.mark.parametrize("value", BAD_VALUES)
@pytest.mark.parametrize("values", [0, 1, 2])
def test_control_characters_are_refused_in_any_of_the_values(value: bytes, values: int) -> None:
    with pytest.raises(ValueError, match="header value"):
        program(header(b"A", *[b"good"] * values, value))


@pytest.mark.parametrize("value", BAD_VALUES)
def test_a_constant_value_is_checked_beside_an_expression(value: bytes) -> None:
    """Constants are checked when the program is built (_core: only what expressions gave can fail)."""
    with pytest.raises(ValueError, match="header value"):
        program(header(b"A", value, of_an_expression("x")))


@pytest.mark.parametrize("value", BAD_VALUES)
def test_a_constant_value_is_checked_under_a_name_from_an_expression(value: bytes) -> None:
    with pytest.raises(ValueError, match="header value"):
        program(header(of_an_expression("A"), value))


def test_messages_do_not_repeat_a_value() -> None:
    with pytest.raises(ValueError, match="header value") as found:
        program(header(b"Authorization", b"Bearer s3cret\n"))
    assert "s3cret" not in str(found.value)


# ---------------------------------------------------------------- what constants are made into

GET = b"GET /a HTTP/1.1\r\nHost: a\r\nX: one\r\nX: two\r\n\r\n"


def headers_sent(*steps: Step, name: bytes = b"X") -> list[bytes]:
    _, fields = Gateway(inbound=steps).forwarded(GET)
    return [value for known, value in fields if known.lower() == name.lower()]


@pytest.mark.parametrize(
    ("action", "values", "expected"),
    [
        (ExistsAction.OVERRIDE, [b"1"], [b"1"]),
        (ExistsAction.OVERRIDE, [b"1", b"2"], [b"1,2"]),
        (ExistsAction.OVERRIDE, [], []),
        (ExistsAction.SKIP, [b"1"], [b"one", b"two"]),
        (ExistsAction.APPEND, [b"1"], [b"one", b"two,1"]),
        (ExistsAction.APPEND, [b"1", b"2"], [b"one", b"two,1,2"]),
        (ExistsAction.DELETE, [], []),
    ],
)
@pytest.mark.parametrize("constant", [True, False], ids=["constants", "expressions"])
def test_set_header(action: int, values: list[bytes], expected: list[bytes], constant: bool) -> None:
    operands = values if constant else [of_an_expression(value) for value in values]
    assert headers_sent(header(b"x", *operands, action=action)) == expected


@pytest.mark.parametrize("name", [b"Cookie", b"WARNING", b"If-Modified-Since"])
@pytest.mark.parametrize("constant", [True, False], ids=["constants", "expressions"])
def test_some_headers_go_on_lines_of_their_own(name: bytes, constant: bool) -> None:
    values = [b"1", b"2"]
    operands = values if constant else [of_an_expression(value) for value in values]
    assert headers_sent(header(name, *operands), name=name) == values


@pytest.mark.parametrize(
    "name", [b"Connection", b"Transfer-Encoding", b"Content-Length", b"Keep-Alive", b"TE"]
)
def test_framing_and_connection_cannot_be_set(name: bytes) -> None:
    assert headers_sent(header(name, b"1"), name=name) == []


def query_sent(steps: tuple[Step, ...], before: bytes = b"") -> bytes:
    request = b"GET /a%b HTTP/1.1\r\nHost: a\r\n\r\n" % (before and b"?" + before)
    line, _ = Gateway(inbound=steps).forwarded(request)
    return line.split(b" ")[1].partition(b"?")[2]


@pytest.mark.parametrize(
    ("text", "encoded"),
    [
        (b"abcXYZ019-._~", b"abcXYZ019-._~"),
        (b"a b", b"a%20b"),
        (b"a+b", b"a%2Bb"),
        (b"a&b=c", b"a%26b%3Dc"),
        (b"a%20b", b"a%2520b"),
        (b"#?/", b"%23%3F%2F"),
        (b"\r\n\x00", b"%0D%0A%00"),
        ("é".encode(), b"%C3%A9"),
        (b"\xff", b"%FF"),
        (b"", b""),
    ],
)
@pytest.mark.parametrize("constant", [True, False], ids=["constants", "expressions"])
def test_query_values_are_encoded(text: bytes, encoded: bytes, constant: bool) -> None:
    assert query_sent((query(b"q", text if constant else of_an_expression(text)),)) == b"q=" + encoded


@pytest.mark.parametrize("constant", [True, False], ids=["constants", "expressions"])
def test_query_names_are_encoded(constant: bool) -> None:
    name = b"a b&=[]"
    operand = name if constant else of_an_expression(name)
    assert query_sent((query(operand, b"1"),)) == b"a%20b%26%3D%5B%5D=1"


@settings(max_examples=150, deadline=None)
@given(name=st.binary(min_size=1, max_size=8), values=st.lists(st.binary(max_size=8), min_size=1, max_size=3))
def test_query_encoding_is_that_of_rfc_3986(name: bytes, values: list[bytes]) -> None:
    expected = "&".join(quote(name, safe="") + "=" + quote(value, safe="") for value in values)
    assert query_sent((query(name, *values),)) == expected.encode()


@pytest.mark.parametrize(
    ("action", "values", "before", "after"),
    [
        (ExistsAction.OVERRIDE, [b"1"], b"", b"q=1"),
        (ExistsAction.OVERRIDE, [b"1", b"2"], b"a=0&q=9&b", b"a=0&b&q=1&q=2"),
        (ExistsAction.OVERRIDE, [b"1"], b"q=8&q=9", b"q=1"),
        (ExistsAction.OVERRIDE, [b"1"], b"%71=9", b"q=1"),
        (ExistsAction.SKIP, [b"1"], b"a=0", b"a=0&q=1"),
        (ExistsAction.SKIP, [b"1"], b"q=9", b"q=9"),
        (ExistsAction.SKIP, [b"1"], b"q", b"q"),
        (ExistsAction.APPEND, [b"1"], b"q=9&a", b"q=9&a&q=1"),
        (ExistsAction.DELETE, [], b"q=9&a=0&q", b"a=0"),
        (ExistsAction.DELETE, [], b"q=9", b""),
        (ExistsAction.DELETE, [], b"qq=9&Q=1", b"qq=9&Q=1"),
        (ExistsAction.OVERRIDE, [b"1"], b"a=%41+%zz&&c", b"a=%41+%zz&&c&q=1"),
    ],
)
def test_set_query_parameter(action: int, values: list[bytes], before: bytes, after: bytes) -> None:
    assert query_sent((query(b"q", *values, action=action),), before) == after


def test_a_jump_skips_the_steps_up_to_its_place() -> None:
    steps = (
        step(Op.JUMP_UNLESS, of_an_expression(False), 2),
        header(b"X", b"skipped"),
        step(Op.JUMP_UNLESS, of_an_expression(True), 4),
        step(Op.JUMP, 5),
        header(b"X", b"skipped too"),
        header(b"Y", b"run"),
    )
    assert headers_sent(*steps) == [b"one", b"two"]
    assert headers_sent(*steps, name=b"Y") == [b"run"]


def test_a_jump_to_the_end_ends_the_section() -> None:
    assert headers_sent(step(Op.JUMP, 2), header(b"X", b"skipped")) == [b"one", b"two"]


def test_a_return_ends_the_pipeline_with_its_reply() -> None:
    steps = (
        step(Op.BEGIN_REPLY),
        step(Op.SET_STATUS, Message.REPLY, 418, b"Short and stout"),
        header(b"X-Made", b"here", message=Message.REPLY),
        step(Op.SET_BODY, Message.REPLY, b"tea"),
        step(Op.RETURN),
        header(b"X", b"never"),
    )
    sent, answered = Gateway(inbound=steps).exchange(GET)
    assert sent == b""
    head, _, body = answered.partition(b"\r\n\r\n")
    assert head.split(b"\r\n")[0] == b"HTTP/1.1 418 Short and stout"
    assert b"\r\nX-Made: here" in head
    assert body == b"tea"


@pytest.mark.parametrize(
    "broken",
    [
        header(b"X", of_an_expression("a\r\nB: c")),
        header(of_an_expression("A B"), b"1"),
        query(of_an_expression(""), b"1"),
        step(Op.SET_METHOD, of_an_expression("GET / HTTP/1.1\r\n")),
        step(Op.SET_STATUS, Message.RESPONSE, of_an_expression(99), None),
        step(Op.SET_STATUS, Message.RESPONSE, 200, of_an_expression("a\nb")),
        step(Op.REWRITE_URI, of_an_expression("/a\r\nHost: b"), True),
        step(Op.REWRITE_URI, of_an_expression("/a/../b"), True),
        step(Op.REWRITE_URI, of_an_expression("/a\\b"), True),
        step(Op.REWRITE_URI, of_an_expression("/a#b"), True),
        step(Op.REWRITE_URI, of_an_expression("/{unknown}"), True),
        step(Op.SET_VARIABLE, "a", lambda exchange: 1 / 0),
    ],
    ids=lambda one: Op(one.op).name,
)
def test_what_an_expression_gives_is_checked_when_it_runs(broken: Step) -> None:
    sent, answered = Gateway(inbound=(broken,)).exchange(GET)
    assert sent == b""
    assert answered.startswith(b"HTTP/1.1 500 ")
    assert b'"message": "Internal server error", "activityId": "' in answered


# ---------------------------------------------------------------- rewrite-uri: values stay values


def rewritten(template: tuple[bytes | str, ...], operation: str, target: bytes) -> bytes:
    """The target that the backend gets; empty where the gateway refuses."""
    gateway = Gateway(inbound=(step(Op.REWRITE_URI, template, False),), operations=(("GET", operation),))
    sent, _ = gateway.exchange(b"GET %b HTTP/1.1\r\nHost: a\r\n\r\n" % target)
    return sent.split(b" ")[1] if sent else b""


@pytest.mark.parametrize(
    ("template", "operation", "target", "expected"),
    [
        ((b"/v2/", "id"), "/a/{id}", b"/a/1", b"/base/v2/1"),
        ((b"/v2/", "id"), "/a/{id}", b"/a/A%20b", b"/base/v2/A%20b"),
        ((b"/v2/", "rest"), "/a/{*rest}", b"/a/b/c/", b"/base/v2/b/c/"),
        ((b"/v2?n=", "id"), "/a/{id}", b"/a/1", b"/base/v2?n=1"),
        ((b"/v2?n=", "x", b"&m=1"), "/a?x={x}", b"/a?x=%20", b"/base/v2?n=%20&m=1"),
        ((b"/v2/", "x"), "/a?x={x}", b"/a?x=1", b"/base/v2/1"),
        ((b"/v2/", "x"), "/a?x={x}", b"/a?x=1+2%2F3", b"/base/v2/1%202%2F3"),
        ((b"/v2/", "x"), "/a?a%5B%5D={x}", b"/a?a[]=1", b"/base/v2/1"),
        ((b"/v2/", "x"), "/a?a%5B%5D={x}", b"/a?a%5b%5d=1", b"/base/v2/1"),
        ((b"v2",), "/a", b"/a", b"/base/v2"),
        ((), "/a", b"/a", b"/base"),
    ],
)
def test_rewrite(template: tuple[bytes | str, ...], operation: str, target: bytes, expected: bytes) -> None:
    assert rewritten(template, operation, target) == expected


@pytest.mark.parametrize("value", [b"..", b"../../admin", b"a/../../admin", b"%2e%2e/admin", b"..%2fadmin"])
def test_a_query_value_brings_no_dot_segments_into_the_path(value: bytes) -> None:
    """Design section 11: dot segments are refused, by whatever way they come into the path."""
    target = rewritten((b"/v2/", "x"), "/a?x={x}", b"/a?x=" + value)
    path = unquote_to_bytes(target.partition(b"?")[0])
    assert not {b".", b".."} & set(path.split(b"/")), f"the backend got {target!r}"


def test_a_query_value_in_the_path_begins_no_query() -> None:
    target = rewritten((b"/v2/", "x"), "/a?x={x}", b"/a?x=1?admin=1")
    assert b"?" not in target, f"the backend got {target!r}"


@pytest.mark.parametrize(
    ("path", "value"),
    [(b"/a/1&admin=1", b"1&admin=1"), (b"/a/1%26b", b"1&b"), (b"/a/1+2", b"1+2"), (b"/a/x=y", b"x=y")],
)
def test_a_path_value_in_the_query_is_one_value(path: bytes, value: bytes) -> None:
    """In a path & and + are characters; in a query the one adds a parameter, the other is a space."""
    target = rewritten((b"/v2?id=", "id", b"&role=user"), "/a/{id}", path)
    found = parse_qsl(target.partition(b"?")[2], keep_blank_values=True)
    assert found == [(b"id", value), (b"role", b"user")], f"the backend got {target!r}"
