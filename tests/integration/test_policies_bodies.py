"""Policies that change bodies, end to end: requests and answers in any framing, and what goes wrong.

One gateway serves every case as an API of its own; each policy stands right above the test it belongs to.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator

import pytest

from tests.conftest import GatewayFactory
from tests.harness import EchoBackend, GatewayProcess, RawConnection, Response, ScriptedBackend, Session
from tests.harness.policies import PolicyCases

CASES = PolicyCases()
ON_ERROR = """<on-error><set-header name="x-error"><value>@(string.Join("|", context.LastError.Source,
    context.LastError.Reason ?? "-", context.LastError.Path, context.LastError.Message))</value></set-header>
    </on-error></policies>"""
LARGE = 16 * 1024 * 1024 + 1


def api(name: str, inbound: str = "", outbound: str = "", service: str = "ECHO") -> str:
    """A case whose answer says in a header what went wrong."""
    CASES.api(name, inbound, outbound=outbound, service=service)
    CASES.documents[f"{name}.xml"] = CASES.documents[f"{name}.xml"].replace("</policies>", ON_ERROR)
    return name


def answers(session: Session) -> None:
    """Answers with what the request asks for: its body, in the framing and with the fields that it names."""
    while True:
        request = session.request(timeout=600.0)
        kind = request.get("x-answer") or "length"
        asked = [(name, request.get(f"x-{name}")) for name in ("content-type", "content-encoding")]
        fields = "".join(f"\r\n{name}: {value}" for name, value in asked if value)
        if kind == "chunked":
            half = len(request.body) // 2
            pieces = [one for one in (request.body[:half], request.body[half:]) if one]
            chunks = b"".join(b"%x\r\n%b\r\n" % (len(one), one) for one in pieces)
            head = f"HTTP/1.1 200 OK{fields}\r\nTransfer-Encoding: chunked\r\n\r\n"
            session.send(head.encode() + chunks + b"0\r\n\r\n")
        elif kind == "none":
            session.send(f"HTTP/1.1 204 No Content{fields}\r\n\r\n".encode())
        elif kind == "large":
            session.answer(b" " * LARGE, f"HTTP/1.1 200 OK{fields}")
        else:
            session.answer(request.body, f"HTTP/1.1 200 OK{fields}")


@pytest.fixture(scope="module")
def server(module_gateway: GatewayFactory) -> Iterator[GatewayProcess]:
    with EchoBackend() as echo, ScriptedBackend(answers) as backend:
        text = json.dumps([CASES.apis, CASES.documents])
        for word, url in {"ECHO": echo.url, "ANSWERS": f"{backend.url}/base"}.items():
            text = text.replace(word, url)
        apis, documents = json.loads(text)
        yield module_gateway({"apis": apis, "namedValues": [{"id": "nv", "value": "named"}]}, files=documents)
        assert echo.violations == []


def ask(
    server: GatewayProcess, target: str, body: bytes = b"", *fields: str, framing: str = "length"
) -> Response:
    with RawConnection(server.url) as connection:
        lines = [f"POST /{target}/x HTTP/1.1", "Host: gateway.test", *fields]
        if framing == "chunked":
            lines.append("Transfer-Encoding: chunked")
            half = len(body) // 2 or 1
            pieces = [one for one in (body[:half], body[half:]) if one]
            body = b"".join(b"%x\r\n%b\r\n" % (len(one), one) for one in pieces) + b"0\r\n\r\n"
        else:
            lines.append(f"Content-Length: {len(body)}")
        return connection.ask("\r\n".join(lines).encode() + b"\r\n\r\n" + body)


def sent(answer: Response) -> tuple[str, str | None]:
    """The body and the Content-Type that the backend got."""
    assert answer.status == 200, answer
    request = json.loads(answer.body)
    fields = {name.lower(): value for name, value in request["headers"]}
    assert request["framing"] == "length"
    return request["body"], fields.get("content-type")


def assert_failed(answer: Response, source: str, message: str) -> None:
    assert answer.status == 500, answer
    body = json.loads(answer.body)
    assert body["message"] == "Internal server error"
    error = answer.get("x-error") or ""
    assert error.startswith(f"{source}|-|{source}[1]|{message}"), error


JSON = "Content-Type: application/json"
XML = "Content-Type: text/xml"

# --- json-to-xml and xml-to-json ---------------------------------------------------------------------

TO_XML = api("to-xml", '<json-to-xml apply="content-type-json" consider-accept-header="false" />')


@pytest.mark.parametrize("framing", ["length", "chunked"])
def test_a_request_in_json_reaches_the_backend_in_xml(server: GatewayProcess, framing: str) -> None:
    answer = ask(server, TO_XML, b'{"order": {"id": 7, "note": "caf\xc3\xa9"}}', JSON, framing=framing)
    body, content_type = sent(answer)
    # The echo shows bytes as Latin-1.
    assert body.encode("latin-1").decode() == "<order><id>7</id><note>café</note></order>"
    assert content_type == "application/xml; charset=utf-8"


def test_another_content_type_and_an_empty_body_pass_as_they_are(server: GatewayProcess) -> None:
    assert sent(ask(server, TO_XML, b'{"a": 1}', "Content-Type: text/plain")) == ('{"a": 1}', "text/plain")
    assert sent(ask(server, TO_XML, b"", JSON)) == ("", "application/json")


def test_invalid_json_is_a_500_and_last_error_says_why(server: GatewayProcess) -> None:
    assert_failed(ask(server, TO_XML, b"{bad", JSON), "json-to-xml", "The body is not valid JSON: ")
    deep = b"[" * 100 + b"]" * 100
    assert_failed(
        ask(server, TO_XML, deep, JSON), "json-to-xml", "The body is not valid JSON: The reader's MaxDepth"
    )


def test_a_compressed_body_is_not_taken_for_json(server: GatewayProcess) -> None:
    answer = ask(server, TO_XML, gzip.compress(b"{}"), JSON, "Content-Encoding: gzip")
    assert_failed(answer, "json-to-xml", "The body has the content coding gzip")


def test_a_body_that_is_too_large_for_policies_is_a_413(server: GatewayProcess) -> None:
    # The gateway answers when it knows the length; what is sent then may meet a closed connection.
    head = f"POST /{TO_XML}/x HTTP/1.1\r\nHost: gateway.test\r\n{JSON}\r\nContent-Length: {LARGE}\r\n\r\n"
    with RawConnection(server.url) as connection:
        assert connection.ask(head.encode()).status == 413


TO_JSON = api("to-json", outbound='<xml-to-json kind="direct" apply="content-type-xml" />', service="ANSWERS")


@pytest.mark.parametrize("framing", ["length", "chunked"])
def test_an_answer_in_xml_reaches_a_caller_who_wants_json_in_json(
    server: GatewayProcess, framing: str
) -> None:
    fields = ("x-content-type: text/xml", f"x-answer: {framing}")
    answer = ask(server, TO_JSON, b'<a x="1"><b>2</b></a>', *fields, "Accept: application/json")
    assert (answer.status, answer.body) == (200, b'{"a":{"@x":"1","b":"2"}}')
    assert (answer.get("content-type"), answer.framing) == ("application/json", "length")
    answer = ask(server, TO_JSON, b"<a/>", *fields, "Accept: text/xml")
    assert (answer.body, answer.get("content-type")) == (b"<a/>", "text/xml")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"<a>", "The body is not valid XML: "),
        (b'<!DOCTYPE a [<!ENTITY e "x">]><a>&e;</a>', "The body is not valid XML: a document type"),
    ],
)
def test_an_answer_that_is_no_plain_xml_is_a_500(server: GatewayProcess, body: bytes, message: str) -> None:
    answer = ask(server, TO_JSON, body, "x-content-type: text/xml", "Accept: application/json")
    assert_failed(answer, "xml-to-json", message)


def test_an_answer_without_a_body_passes(server: GatewayProcess) -> None:
    answer = ask(
        server, TO_JSON, b"", "x-content-type: text/xml", "x-answer: none", "Accept: application/json"
    )
    assert (answer.status, answer.body) == (204, b"")


def test_an_answer_that_is_too_large_for_policies_is_an_error(server: GatewayProcess) -> None:
    answer = ask(
        server, TO_JSON, b"", "x-content-type: text/xml", "x-answer: large", "Accept: application/json"
    )
    assert answer.status >= 500


# --- texts -------------------------------------------------------------------------------------------

REPLACES = api(
    "replaces",
    '<find-and-replace from="red" to="@("gr" + "een")" />',
    '<find-and-replace from="green" to="blue" />',
    "ANSWERS",
)


@pytest.mark.parametrize("framing", ["length", "chunked"])
def test_a_text_is_replaced_in_the_request_and_in_the_answer(server: GatewayProcess, framing: str) -> None:
    answer = ask(server, REPLACES, b"red Red \xff red", f"x-answer: {framing}", framing=framing)
    assert (answer.status, answer.body) == (200, b"blue Red \xff blue")


def test_a_compressed_body_passes_as_bytes(server: GatewayProcess) -> None:
    body = gzip.compress(b"red green " * 100)
    fields = ("Content-Encoding: gzip", "x-content-encoding: gzip")
    answer = ask(server, REPLACES, body, *fields)
    assert (answer.body, answer.get("content-encoding")) == (body, "gzip")


MASKS = api("masks", "<redirect-content-urls />", "<redirect-content-urls />", "ANSWERS")


def test_urls_of_the_backend_are_masked_both_ways(server: GatewayProcess) -> None:
    answer = ask(server, MASKS, b"http://gateway.test/masks/x http://gateway.test/maskss http://other.test/")
    # What came back had gone out as a URL of the backend: both directions undo each other.
    assert answer.body == b"http://gateway.test/masks/x http://gateway.test/maskss http://other.test/"


HALF_MASKED = api("half-masked", "<redirect-content-urls />", service="ANSWERS")


def test_the_backend_sees_urls_of_its_own(server: GatewayProcess) -> None:
    answer = ask(server, HALF_MASKED, b'"http://gateway.test/half-masked/x"')
    assert answer.body.startswith(b'"http://127.0.0.1:')
    assert answer.body.endswith(b'/base/x"')


SHEET = """<xsl-transform><parameter name="m">@(context.Request.Method)</parameter>
  <xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform">
    <xsl:output omit-xml-declaration="yes" /><xsl:param name="m" />
    <xsl:template match="/"><r by="{$m}"><xsl:copy-of select="*" /></r></xsl:template>
  </xsl:stylesheet></xsl-transform>"""
TRANSFORMS = api("transforms", SHEET)


def test_a_stylesheet_is_applied_to_the_body(server: GatewayProcess) -> None:
    assert sent(ask(server, TRANSFORMS, b"<a/>", XML)) == ('<r by="POST"><a/></r>\n', "text/xml")
    assert_failed(ask(server, TRANSFORMS, b"<a>", XML), "xsl-transform", "The body is not valid XML: ")


# --- set-body ----------------------------------------------------------------------------------------

TEMPLATE = api(
    "template",
    """<set-body template="liquid">
      { "ids": [ {% JSONArrayFor o in body.orders %} "{{ o.id | Upcase }}" {% endJSONArrayFor %} ],
        "on": "{{body.on}}", "by": "{{context.Request.Method}} {{context.Request.OriginalUrl.Path}}" }
    </set-body>""",
)


@pytest.mark.parametrize("framing", ["length", "chunked"])
def test_a_template_makes_the_body_of_the_old_one(server: GatewayProcess, framing: str) -> None:
    body = b'{"orders": [{"id": "a"}, {"id": "b"}], "on": "2012-03-21T05:40:11Z"}'
    text, content_type = sent(ask(server, TEMPLATE, body, JSON, framing=framing))
    assert json.loads(text) == {
        "ids": ["A", "B"],
        "on": "03/21/2012 05:40:11",
        "by": "POST /template/x",
    }
    assert content_type == "application/json"


def test_a_template_for_a_body_that_cannot_be_bound_sees_none(server: GatewayProcess) -> None:
    for body, field in ((b"", JSON), (b"{}", "Content-Type: text/plain")):
        assert json.loads(sent(ask(server, TEMPLATE, body, field))[0])["ids"] == []
    assert_failed(ask(server, TEMPLATE, b"{", JSON), "set-body", "The body is not valid JSON: ")


SOAP = api(
    "soap",
    """<set-body template="liquid">
      <soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/">
        <soap:Body><Id of="{{nv}}">{{body.id}}</Id>{% if body.n &gt; 1 %}<Many/>{% endif %}</soap:Body>
      </soap:Envelope>
    </set-body>""",
    """<set-body template="liquid">
         {"got": "{{body.r.id}}", "status": {{context.Response.StatusCode}}}
       </set-body>""",
    "ANSWERS",
)


ANSWERED = api(
    "answered",
    outbound="""<set-body template="liquid">{{body.r.id}} {{body.r.i | Join: "+"}}</set-body>""",
    service="ANSWERS",
)


def test_a_template_sees_an_answer_in_xml(server: GatewayProcess) -> None:
    answer = ask(server, ANSWERED, b'<r id="7"><i>1</i><i>2</i></r>', "x-content-type: application/xml")
    assert (answer.body, answer.get("content-type")) == (b"7 1+2", "application/xml")


def test_a_template_of_markup_meets_named_values(server: GatewayProcess) -> None:
    answer = ask(server, SOAP, b'{"id": 7, "n": 2}', JSON, "x-content-type: text/plain")
    assert json.loads(answer.body) == {"got": "", "status": 200}
    plain = api_body(server, b'{"id": 7, "n": 2}')
    assert '<Id of="named">7</Id><Many/></soap:Body>' in plain


SOAP_REQUEST = api("soap-request", CASES.documents["soap.xml"].split("<base/>")[1].split("</inbound>")[0])


def api_body(server: GatewayProcess, body: bytes) -> str:
    return sent(ask(server, SOAP_REQUEST, body, JSON))[0]


ENDLESS = api(
    "endless",
    """<set-body template="liquid">
         {% for i in (1..99999) %}{% for j in (1..99999) %}{% endfor %}{% endfor %}
       </set-body>""",
)


def test_a_template_that_would_not_end_is_a_500(server: GatewayProcess) -> None:
    assert_failed(ask(server, ENDLESS, b"", JSON), "set-body", "The Liquid template failed: ")
    assert sent(ask(server, TO_XML, b'{"a": 1}', JSON))[0] == "<a>1</a>"


BYTES = api(
    "bytes",
    outbound="<set-body>@(context.Response.Body.As<byte[]>())</set-body>",
    service="ANSWERS",
)
REPLY = api(
    "reply",
    """<return-response>
         <set-status code="418" /><set-body template="liquid">[{{body.a}}]</set-body>
       </return-response>""",
)


def test_bytes_of_an_expression_stay_as_they_are(server: GatewayProcess) -> None:
    body = bytes(range(256))
    assert ask(server, BYTES, body, "x-content-type: application/octet-stream").body == body


def test_a_template_in_return_response_sees_an_empty_body(server: GatewayProcess) -> None:
    answer = ask(server, REPLY, b'{"a": 1}', JSON)
    assert (answer.status, answer.body) == (418, b"[]")
