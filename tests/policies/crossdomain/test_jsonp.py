"""jsonp: when a body is wrapped, and which callbacks are refused (spec/policies/cross-domain.md)."""

from __future__ import annotations

import pytest

from tests.policies.running import Ran

OK = "200 OK\r\nContent-Type: application/json"


def jsonp(query: str, response: tuple[str, bytes] = (OK, b'{"a":1}'), name: str = "cb") -> Ran:
    return Ran(
        f"<jsonp callback-parameter-name='{name}' />", section="outbound", query=query, response=response
    )


@pytest.mark.parametrize("callback", ["f", "_f", "$", "a.b.c", "F9", "a$1"])
def test_a_body_is_wrapped_in_the_callback(callback: str) -> None:
    ran = jsonp(f"?x=1&cb={callback}")
    assert ran.passed
    assert ran.exchange.body == callback.encode() + b'({"a":1});'
    assert dict(ran.exchange.response.items())[b"Content-Type"] == b"application/javascript; charset=utf-8"


@pytest.mark.parametrize("query", ["", "?x=1", "?CBX=f"])
def test_without_the_parameter_nothing_changes(query: str) -> None:
    ran = jsonp(query)
    assert ran.passed
    assert ran.exchange.body == b'{"a":1}'


@pytest.mark.parametrize(
    "callback", ["", "1a", "a-b", "a;b", "alert(1)", "a..b", ".a", "a%0Ab", "a" * 257, "a%C3%A9"]
)
def test_a_callback_that_is_no_name_is_refused(callback: str) -> None:
    what = "Value of callback parameter cb is not a valid JavaScript identifier."
    assert jsonp(f"?cb={callback}").failure == ("CallbackParameterInvalid", 400, what)


def test_the_name_of_the_parameter_may_be_computed() -> None:
    assert jsonp("?callback=f", name='@("call" + "back")').exchange.body == b'f({"a":1});'


def test_a_compressed_body_is_not_wrapped() -> None:
    ran = jsonp("?cb=f", (f"{OK}\r\nContent-Encoding: gzip", b"\x1f\x8b"))
    assert ran.failure[:2] == (None, 500)


@pytest.mark.parametrize(
    ("content_type", "body", "expected", "charset"),
    [
        ("application/json; charset=iso-8859-1", b'"\xe9"', b'f("\xe9");', "iso-8859-1"),
        ("application/json; charset=utf-8", b'"\xc3\xa9"', b'f("\xc3\xa9");', "utf-8"),
        ("application/json", b'"\xff"', b'f("\xff");', "utf-8"),
        ("application/json; charset=nonsense", b"1", b"f(1);", "utf-8"),
        ("application/json; charset=rot13", b"1", b"f(1);", "utf-8"),
        ("application/json; charset=idna", b"1", b"f(1);", "utf-8"),
        (
            "application/json; charset=utf-16-le",
            "1".encode("utf-16-le"),
            "f(1);".encode("utf-16-le"),
            "utf-16-le",
        ),
        ("application/json", "1".encode("utf-16"), "f(1);".encode("utf-16"), "utf-16"),
        ("application/json", b"", b"f();", "utf-8"),
    ],
)
def test_the_charset_of_the_body_stays(content_type: str, body: bytes, expected: bytes, charset: str) -> None:
    ran = jsonp("?cb=f", (f"200 OK\r\nContent-Type: {content_type}", body))
    assert ran.exchange.body == expected
    fields = dict(ran.exchange.response.items())
    assert fields[b"Content-Type"] == f"application/javascript; charset={charset}".encode()
