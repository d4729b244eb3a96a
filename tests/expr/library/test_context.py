"""What expressions see of a request and a response: fields, URLs, bodies, tokens, entities."""

from __future__ import annotations

import base64
import json
import time
from typing import Any

import pytest

from fastgw.expr.engine import ExpressionFailed
from fastgw.expr.library.context.body import decode
from fastgw.expr.library.context.fixture import FixtureError, context_from
from tests.expr.running import compiled

REQUEST: dict[str, Any] = {
    "method": "POST",
    "url": "https://backend.test:8443/v2/items?id=7&id=8&Name=%C3%A9+%2B&flag&=x",
    "originalUrl": "http://gateway.test/shop/items?id=7",
    "headers": {"X-Role": ["a", "b"], "Accept": ["*/*"], "X-Emoji": ["😀"], "X-Empty": [""]},
    "matchedParameters": {"id": "a/b"},
    "ipAddress": "10.1.2.3",
}


def evaluate(source: str, record: dict[str, Any] | None = None, **request: Any) -> Any:
    return compiled(source)(context_from({**(record or {}), "request": {**REQUEST, **request}}))


def raised(source: str, record: dict[str, Any] | None = None, **request: Any) -> str:
    with pytest.raises(ExpressionFailed) as failed:
        evaluate(source, record, **request)
    assert not failed.value.internal
    return failed.value.exception.rpartition(".")[2]


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ('Headers.GetValueOrDefault("x-ROLE")', "a,b"),
        ('Headers.GetValueOrDefault("X-Missing")', None),
        ('Headers.GetValueOrDefault("X-Missing", "d")', "d"),
        ('Headers.GetValueOrDefault("X-Empty", "d")', ""),
        ('Headers["x-role"].Length', 2),
        ('Headers["x-role"].Last()', "b"),
        ('Headers.ContainsKey("ACCEPT")', True),
        ('Headers.ContainsKey("")', False),
        ('Headers.ContainsKey("é\\ud800")', False),
        ('Headers.Keys.Contains("X-Role")', True),
        ("Headers.Count", 5),
        ('Headers["X-Emoji"][0].Length', 2),
        ('Headers.Where(h => h.Key == "X-Role").Single().Value[1]', "b"),
        ("Method", "POST"),
        ("Url.Scheme", "https"),
        ("Url.Host", "backend.test"),
        ("Url.Port", 8443),
        ("Url.Path", "/v2/items"),
        ("Url.QueryString", "?id=7&id=8&Name=%C3%A9+%2B&flag&=x"),
        ('Url.Query["id"].Length', 2),
        ('Url.Query.GetValueOrDefault("ID")', "7,8"),
        ('Url.Query.GetValueOrDefault("name")', "é++"),
        ('Url.Query.GetValueOrDefault("flag", "d")', ""),
        ('Url.Query.GetValueOrDefault("missing", "d")', "d"),
        ('Url.Query.ContainsKey("NAME")', True),
        ("Url.ToString()", "https://backend.test:8443/v2/items?id=7&id=8&Name=%C3%A9+%2B&flag&=x"),
        ("Url.ToUri().Authority", "backend.test:8443"),
        ("OriginalUrl.ToString()", "http://gateway.test/shop/items?id=7"),
        ("OriginalUrl.Port", 80),
        ('MatchedParameters["id"]', "a/b"),
        ('MatchedParameters.GetValueOrDefault("x", "d")', "d"),
        ("IpAddress", "10.1.2.3"),
        ("Certificate", None),
        ("Body", None),
    ],
)
def test_members_of_a_request(source: str, value: object) -> None:
    assert evaluate(f"context.Request.{source}") == value


@pytest.mark.parametrize(
    ("source", "exception"),
    [
        ('context.Request.Headers["X-Missing"]', "KeyNotFoundException"),
        ('context.Request.Url.Query["missing"]', "KeyNotFoundException"),
        ('context.Request.MatchedParameters["missing"]', "KeyNotFoundException"),
        ("context.Request.Headers.GetValueOrDefault(null)", "ArgumentNullException"),
        ("context.Request.Headers.ContainsKey(null)", "ArgumentNullException"),
        ("context.Variables[null]", "ArgumentNullException"),
        ("context.Response.StatusCode", "NullReferenceException"),
        ("context.Request.Body.As<string>()", "NullReferenceException"),
    ],
)
def test_what_is_missing_is_the_exception_of_dotnet(source: str, exception: str) -> None:
    assert raised(source) == exception


def body(data: bytes, type: str | None = None) -> dict[str, Any]:
    headers = {} if type is None else {"Content-Type": [type]}
    return {"body": {"base64": base64.b64encode(data).decode()}, "headers": headers}


@pytest.mark.parametrize(
    ("data", "type", "text"),
    [
        (b"abc", None, "abc"),
        ("é".encode(), "text/plain", "é"),
        ("é".encode("latin-1"), "text/plain; charset=ISO-8859-1", "é"),
        ("é".encode("cp1252"), 'text/plain; Charset="windows-1252"', "é"),
        ("é".encode("utf-16-le"), "text/plain; charset=utf-16le", "é"),
        ("é".encode("utf-8-sig"), "text/plain; charset=iso-8859-1", "é"),
        ("é".encode("utf-16"), None, "é"),
        (b"\xfe\xff\x00a", None, "a"),
        (b"\xff", "text/plain", "\ufffd"),
        (b"abc", "text/plain; charset=nothing", "abc"),
        (b"6161", "text/plain; charset=hex", "6161"),
        (b"a-b", "text/plain; charset=punycode", "a-b"),
        (b"\\x41", "text/plain; charset=unicode_escape", "\\x41"),
        (b"abc", "text/plain; charset=", "abc"),
        (b"", None, ""),
    ],
)
def test_the_charset_of_a_body(data: bytes, type: str | None, text: str) -> None:
    assert evaluate("context.Request.Body.As<string>()", **body(data, type)) == text


def test_a_charset_that_nobody_knows_is_not_kept() -> None:
    import encodings

    known = len(encodings._cache)  # type: ignore[attr-defined]
    for number in range(50):
        decode(b"a", f"text/plain; charset=x-{number}")
    assert len(encodings._cache) == known  # type: ignore[attr-defined]


def test_a_form_of_millions_of_fields_is_bounded() -> None:
    begun = time.process_time()
    assert raised("context.Request.Body.AsFormUrlEncodedContent().Count", **body(b"&" * 8_000_000)) in (
        "TimeoutException"
    )
    assert time.process_time() - begun < 5.0


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ('As<JObject>()["a"][1].ToString()', "x"),
        ('As<JToken>()["a"].Count()', 2),
        ("As<byte[]>().Length", 15),
        ("As<string>().Length", 15),
        ("As<string>(true).Length", 15),
        ("As<string>(preserveContent: true).Length", 15),
    ],
)
def test_bodies_of_several_types(source: str, value: object) -> None:
    assert evaluate(f"context.Request.Body.{source}", **body(b'{"a": [1, "x"]}')) == value


@pytest.mark.parametrize(
    ("source", "data", "exception"),
    [
        ("As<JObject>()", b"[1]", "JsonReaderException"),
        ("As<JArray>()", b"{", "JsonReaderException"),
        ("As<JObject>()", b"", "JsonReaderException"),
        ("As<XElement>()", b"<a>", "XmlException"),
        ("As<XElement>()", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "XmlException"),
        ("As<int>()", b"1", "InvalidOperationException"),
    ],
)
def test_bodies_that_are_not_what_is_wanted(source: str, data: bytes, exception: str) -> None:
    assert raised(f"context.Request.Body.{source}", **body(data)) == exception


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("As<string>()", None),
        ("As<string>(true)", "abc"),
        ("As<byte[]>()", None),
        ("AsFormUrlEncodedContent()", None),
    ],
)
def test_a_body_that_was_taken_is_null(first: str, second: str | None) -> None:
    source = f"context.Request.Body.{first}; return context.Request.Body.As<string>();"
    assert evaluate(source, **body(b"abc")) == second


def test_a_response_has_a_body_of_its_own() -> None:
    record = {"response": {"statusCode": 201, "headers": {}, "body": {"text": "x"}}}
    source = "context.Request.Body.As<string>(); return context.Response.Body.As<string>();"
    assert evaluate(source, record, **body(b"abc")) == "x"
    assert evaluate("context.Response.StatusReason", record) == "Created"


def test_a_response_of_a_variable_keeps_its_body_for_itself() -> None:
    held = {"type": "IResponse", "value": {"statusCode": 404, "headers": {"A": ["b"]}, "body": {"text": "x"}}}
    source = """
        var r = (IResponse)context.Variables["r"];
        return r.StatusCode + r.StatusReason + r.Headers["a"][0] + r.Body.As<string>() + r.Body.As<string>();
    """
    assert evaluate(source, {"variables": {"r": held}}) == "404Not Foundbx"


def test_the_fields_of_a_form() -> None:
    source = """
        var form = context.Request.Body.AsFormUrlEncodedContent(true);
        return form.Count + form["a b"][1] + form["c"][0] + form["d"][0] + form.ToFormUrlEncodedContent();
    """
    assert evaluate(source, **body(b"a+b=1&a%20b=%C3%A9&&c&d=e=f")) == "3ée=fa+b=1&a+b=%C3%A9&c=&d=e%3Df"


def token(payload: object, header: object = None) -> str:
    parts = [header or {"alg": "RS256", "typ": "JWT"}, payload]
    texts = [base64.urlsafe_b64encode(json.dumps(one).encode()).decode().rstrip("=") for one in parts]
    return ".".join([*texts, "c2ln"])


CLAIMS = {
    "iss": "me",
    "sub": "é😀",
    "aud": ["a", "b"],
    "exp": 1709647629,
    "n": 1.5,
    "o": {"a": 1},
    "t": True,
    "x": None,
}


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("Algorithm", "RS256"),
        ("Type", "JWT"),
        ("Issuer", "me"),
        ("Subject.Length", 3),
        ("Id", None),
        ('string.Join(",", j.Audiences)', "a,b"),
        ('ExpirationTime.Value.ToString("s")', "2024-03-05T14:07:09"),
        ("NotBefore", None),
        ('Claims["aud"].Length', 2),
        ('Claims.GetValueOrDefault("n")', "1.5"),
        ('Claims.GetValueOrDefault("o")', '{"a":1}'),
        ('Claims.GetValueOrDefault("t")', "true"),
        ('Claims.GetValueOrDefault("ISS", "exact names")', "exact names"),
    ],
)
def test_tokens(source: str, value: object) -> None:
    source = source if source.startswith("string") else f"j.{source}"
    held = {"variables": {"t": {"type": "System.String", "value": "Bearer " + token(CLAIMS)}}}
    assert evaluate(f'var j = ((string)context.Variables["t"]).AsJwt(); return {source};', held) == value


@pytest.mark.parametrize(
    "text",
    ["", "a", "a.b", "a.b.c", "a.b.c.d", "..", token([1]), token({}) + ".x", token({}).replace(".", "!.")],
)
def test_what_is_no_token(text: str) -> None:
    held = {"variables": {"t": {"type": "System.String", "value": text}}}
    source = 'Jwt j; return ((string)context.Variables["t"]).TryParseJwt(out j) + " " + (j == null);'
    assert evaluate(source, held) == "False True"


@pytest.mark.parametrize("seconds", [1e30, -1e30, "soon", "nan", "1e400", None, [], 253402300800])
def test_times_of_tokens_that_are_none(seconds: object) -> None:
    held = {"variables": {"t": {"type": "System.String", "value": token({"exp": seconds})}}}
    assert evaluate('((string)context.Variables["t"]).AsJwt().ExpirationTime', held) is None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Basic dXNlcjpwYXNz", "user|pass"),
        ("basic  dXNlcjpwOmE= ", "user|p:a"),
        ("Basic OnA=", "|p"),
        ("Basic 6Tph", "é|a"),
        ("Basic w6k6YQ==", "é|a"),
        ("Basic dXNlcg==", None),
        ("Basic !", None),
        ("Basic", None),
        ("Bearer dXNlcjpwYXNz", None),
        ("", None),
    ],
)
def test_credentials(text: str, value: str | None) -> None:
    source = f'var b = "{text}".AsBasic(); return b == null ? null : b.UserId + "|" + b.Password;'
    assert evaluate(source) == value


def test_entities() -> None:
    record = {
        "api": {
            "id": "a",
            "name": "A",
            "path": "p",
            "protocols": ["https"],
            "serviceUrl": "http://b.test/x?y=z",
        },
        "operation": {"id": "o", "name": "O", "method": "GET", "urlTemplate": "/{id}"},
        "product": {
            "id": "g",
            "name": "G",
            "state": "Published",
            "approvalRequired": True,
            "subscriptionRequired": False,
            "groups": [{"id": "d", "name": "D"}],
        },
        "lastError": {"source": "s", "reason": "r", "message": "m", "section": "inbound"},
        "requestId": "3f2504e0-4f89-11d3-9a0c-0305e82c3301",
        "timestamp": "2024-03-05T14:07:09Z",
        "elapsedMs": 37,
    }
    source = """string.Join("|", context.Api.Id, context.Api.Path, context.Api.Protocols.Single(),
        context.Api.ServiceUrl.Query["y"][0], context.Operation.UrlTemplate, context.Product.State,
        context.Product.Groups.First().Name, context.LastError.Reason, context.LastError.Section,
        context.RequestId, context.Timestamp.ToString("s"), context.Elapsed.TotalMilliseconds,
        context.User == null, context.Subscription == null, context.Tracing)"""
    assert evaluate(source, record) == (
        "a|p|https|z|/{id}|Published|D|r|inbound|3f2504e0-4f89-11d3-9a0c-0305e82c3301|2024-03-05T14:07:09|37|"
        "True|True|True"
    )


@pytest.mark.parametrize(
    "record",
    [
        {},
        {"request": {}},
        {"request": {"method": "GET"}},
        {"request": {"method": "G T", "url": "http://a/"}},
        {"request": {"method": "GET", "url": "http://a/", "headers": {"a b": ["c"]}}},
        {"request": {"method": "GET", "url": "http://a/"}, "response": {}},
        {"request": {"method": "GET", "url": "http://a/"}, "variables": {"a": {"type": "X", "value": 1}}},
        {"request": {"method": "GET", "url": "http://a/"}, "variables": {"a": 1}},
        {"request": {"method": "GET", "url": "http://a/", "body": {}}},
        {"request": {"method": "GET", "url": "http://a/"}, "timestamp": "soon"},
        {"request": {"method": "GET", "url": "http://a/"}, "api": {}},
    ],
)
def test_a_record_that_is_no_context_says_so(record: dict[str, Any]) -> None:
    with pytest.raises(FixtureError):
        context_from(record)
