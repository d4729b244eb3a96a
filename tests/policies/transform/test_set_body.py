"""set-body: literals, markup, the older form, expressions, and what a template binds to."""

from __future__ import annotations

from pathlib import Path

import pytest

from fastgw._program import Op
from fastgw.compiler.engine import Expressions
from fastgw.compiler.lone import check_document
from fastgw.errors import Diagnostics, PolicyFailure
from fastgw.policies import REGISTRY
from tests.compiler.support import Bench, FakeResolver, NamedValue, source
from tests.policies.rehearsing import rehearse
from tests.policies.transform.support import run

XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'


def made(content: str, body: str | None = "old", mime: str | None = "text/plain") -> bytes:
    return run(f"<set-body>{content}</set-body>", body, mime).body


def rendered(
    template: str, body: str | None = "{}", mime: str | None = "application/json", attributes: str = ""
) -> str:
    return run(f'<set-body template="liquid" {attributes}>{template}</set-body>', body, mime).text


# ---------------------------------------------------------------- without a template


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("new", "new"),
        ("", ""),
        ("\n  {\n    1 }\n  ", "  {\n    1 }"),
        ("  a  ", "  a  "),
        ("a &lt; b &amp; c", "a < b & c"),
        ("<![CDATA[<x>&amp;]]>", "<x>&amp;"),
        ("<value>new</value>", "new"),
        ("<value>@(1 + 1)</value>", "2"),
        ("<soap:a xmlns:soap='u'>&lt;<b/></soap:a>", "<soap:a xmlns:soap='u'>&lt;<b/></soap:a>"),
        ("<value>1</value><value>2</value>", "<value>1</value><value>2</value>"),
        ('@("é" + context.Request.Body.As<string>())', "éold"),
        ("@(null)", ""),
        ("@(true)", "True"),
        ("@{ return 1.50m; }", "1.50"),
        ("not @(an expression)", "not @(an expression)"),
    ],
)
def test_the_content_becomes_the_body(content: str, expected: str) -> None:
    assert made(content) == expected.encode()


def test_bytes_of_an_expression_stay_bytes() -> None:
    assert made('@(Convert.FromBase64String("/wCA"))') == b"\xff\x00\x80"
    assert (
        run("<set-body>@(context.Request.Body.As<byte[]>())</set-body>", b"\xff\x00", None).body
        == b"\xff\x00"
    )


def test_the_content_type_stays() -> None:
    assert run("<set-body>{}</set-body>", "x", "text/plain").content_type == "text/plain"
    assert run('<set-body template="liquid">{}</set-body>', "x", None).content_type is None


def test_reading_a_body_that_is_not_there_fails() -> None:
    with pytest.raises(Exception, match="Object reference not set"):
        made("@(context.Request.Body.As<string>())", None)


def test_what_goes_with_templates_alone_is_a_warning_elsewhere() -> None:
    bench = Bench()
    bench.inbound('<set-body xsi-nil="null" parse-date="false">x</set-body>')
    assert bench.findings() == [
        '1:39 warning xsi-nil has an effect only with template="liquid"',
        '1:57 warning parse-date has an effect only with template="liquid"',
    ]


# ---------------------------------------------------------------- named values in templates


def test_a_token_that_is_exactly_a_named_value_is_replaced_and_any_other_is_left_to_the_template() -> None:
    values = {"host": "example.test", "body.a": "named"}
    text = '<set-body template="liquid">{{host}} {{Host}} {{body.a}} {{body.b}} {{ host }}</set-body>'
    assert run(text, '{"b": 2}', named=values).text == "example.test  named 2 "


def test_a_missing_named_value_is_an_error_outside_of_templates_only() -> None:
    bench = Bench()
    text = '<set-body template="liquid"><a b="{{x}}">{{y}}</a></set-body><set-body>{{z}}</set-body>'
    assert bench.document(f"<policies><inbound>{text}</inbound></policies>") is None
    assert [one.partition(" ")[2] for one in bench.findings()] == ["error named value 'z' does not exist"]


def test_the_word_liquid_may_be_a_named_value_itself() -> None:
    assert (
        run('<set-body template="{{t}}">{{body.a}}</set-body>', '{"a":1}', named={"t": "liquid"}).text == "1"
    )


def test_what_is_wrong_with_a_template_does_not_tell_a_secret_in_it() -> None:
    bench = Bench(named_values={"s": NamedValue("{% hunter2 %}", secret=True)})
    text = '<policies><inbound><set-body template="liquid">{{s}}</set-body></inbound></policies>'
    assert bench.document(text) is None
    assert "hunter2" not in " ".join(bench.findings())


def test_a_document_that_is_judged_alone_keeps_what_is_code_of_the_template() -> None:
    text = '<set-body template="liquid">{% if {{x}} %}{{body.a}} {{nv}}</set-body>'
    good = '<set-body template="{{t}}">{{body.a}}</set-body><set-body template="liquid">{{a-b}}</set-body>'
    for statements, count in ((text, 1), (good, 0)):
        diagnostics = Diagnostics()
        document = f"<policies><inbound>{statements}</inbound></policies>"
        check_document(source(document), REGISTRY, FakeResolver(), Expressions(), diagnostics)
        assert len(diagnostics) == count


# ---------------------------------------------------------------- what a template sees


@pytest.mark.parametrize(
    ("mime", "bound"),
    [
        ("application/json", True),
        ("application/vnd.x+json; charset=utf-8", True),
        ("text/json", True),
        ("text/plain", False),
        (None, False),
    ],
)
def test_the_content_type_decides_whether_there_is_a_body(mime: str | None, bound: bool) -> None:
    assert rendered("[{{body.a}}]", '{"a": 1}', mime) == ("[1]" if bound else "[]")


@pytest.mark.parametrize("mime", ["application/xml", "text/xml", "application/soap+xml"])
def test_elements_and_attributes_of_xml_are_properties(mime: str) -> None:
    body = (
        '<s:order xmlns:s="u" id="7"><line n="1">a</line><line n="2">b</line>'
        "<to><name>x</name></to></s:order>"
    )
    template = (
        "{{body.order.id}} {{body.order.to.name}} {{body.order.line[1].n}} {{body.order.line | Join: '-'}}"
    )
    assert rendered(template, body, mime) == "7 x 2 a-b"


def test_a_loop_takes_an_element_that_is_there_once_for_an_array_of_one() -> None:
    loop = "{% JSONArrayFor i in body.r.i %}{{i.v}}{% endJSONArrayFor %}"
    for count, expected in ((1, "0"), (2, "0,1")):
        items = "".join(f"<i><v>{n}</v></i>" for n in range(count))
        assert rendered(loop, f"<r>{items}</r>", "text/xml") == expected


@pytest.mark.parametrize(
    ("attributes", "expected"), [("", "[|]"), ('xsi-nil="blank"', "[|]"), ('xsi-nil="null"', "[|nil]")]
)
def test_xsi_nil_is_blank_or_null(attributes: str, expected: str) -> None:
    body = f'<r {XSI}><a xsi:nil="true" /></r>'
    template = "[{{body.r.a}}|{% if body.r.a == nil %}nil{% endif %}]"
    assert rendered(template, body, "text/xml", attributes) == expected


def test_dates_are_parsed_unless_the_statement_forbids_it() -> None:
    body = '{"d": "2012-03-21T05:40:11Z", "m": "/Date(1198908717056)/"}'
    assert rendered("{{body.d}} {{body.m}}", body) == "03/21/2012 05:40:11 12/29/2007 06:11:57"
    assert rendered("{{body.d}}", body, attributes='parse-date="false"') == "2012-03-21T05:40:11Z"
    assert rendered('{{body.d | Date: "yyyy-MM-ddTHH:mm:ssZ"}}', body) == "2012-03-21T05:40:11Z"


def test_the_context_has_the_members_of_the_reference() -> None:
    template = (
        "{{context.Request.Method}} {{context.Request.Url}} {{context.Request.Url.Host}}"
        " {{context.Request.Url.Port}} {{context.Request.OriginalUrl.Path}}"
        "{{context.Request.Url.QueryString}}"
        " {{context.Request.Url.Query.q}} {{context.Request.Headers['x-a']}} {{context.Request.HasBody}}"
        " {{context.Variables['v']}} {{context.Variables.v}} {{context.Variables['none']}}"
        " {{context.Response.StatusCode}} {{context.Secret}}{{context.exchange}}{{context.__class__}}"
    )
    variables = {"v": {"type": "System.String", "value": "V"}}
    found = run(
        f'<set-body template="liquid">{template}</set-body>', "", headers={"X-A": ["1"]}, variables=variables
    )
    assert found.text == (
        "POST https://backend.test/base/x?q=1 backend.test 443 /shop/x?q=1 q1".replace("q1", "1")
        + " 1 true V V   "
    )
    answer = run(
        '<set-body template="liquid">{{context.Response.StatusCode}}</set-body>', "", section="outbound"
    )
    assert answer.text == "200"


def test_markup_is_part_of_a_template_and_code_in_it_is_decoded() -> None:
    template = '<soap:a xmlns:soap="u" n="{{body.n}}">{% if body.n &lt; 3 %}&lt;{% endif %}<b/></soap:a>'
    assert rendered(template, '{"n": 2}') == '<soap:a xmlns:soap="u" n="2">&lt;<b/></soap:a>'


@pytest.mark.parametrize(
    ("body", "mime", "message"),
    [
        ("{", "application/json", "The body is not valid JSON"),
        ("<a>", "text/xml", "The body is not valid XML"),
        ('<!DOCTYPE a [<!ENTITY e "x">]><a>&e;</a>', "text/xml", "a document type declaration"),
    ],
)
def test_a_body_that_is_not_what_its_content_type_says_is_an_error(
    body: str, mime: str, message: str
) -> None:
    with pytest.raises(PolicyFailure, match=message):
        rendered("{{body}}", body, mime)


def test_a_template_that_does_not_name_the_body_does_not_read_it() -> None:
    assert rendered("fixed", "{", "application/json") == "fixed"
    steps = Bench().inbound('<set-body template="liquid">fixed</set-body>')
    assert [step.op for step in steps] == [Op.SET_BODY]


def test_inside_return_response_the_body_is_empty() -> None:
    bench = Bench()
    steps = bench.inbound(
        '<return-response><set-body template="liquid">[{{body.a}}]</set-body></return-response>'
    )
    assert Op.NEED_BODY not in [step.op for step in steps]
    operand = next(step.operands[1] for step in steps if step.op == Op.SET_BODY)
    assert operand(None) == "[]"


def test_an_unknown_filter_is_a_warning_at_its_place() -> None:
    bench = Bench()
    bench.inbound('\n<set-body template="liquid">\n  {{ body.a | upcase }}</set-body>')
    assert bench.findings() == [
        "3:15 warning there is no Liquid filter upcase: it changes nothing; filters are named as in C#,"
        " such as Upcase"
    ]


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("{{ 1 | DividedBy: 0 }}", "Attempted to divide by zero"),
        ("{{ 'x' | Truncate: 'y' }}", "not in a correct format"),
        ("{{ 'x' | Append }}", "wrong number of arguments"),
    ],
)
def test_a_template_that_fails_is_an_error(template: str, message: str) -> None:
    with pytest.raises(PolicyFailure, match=f"The Liquid template failed: .*{message}"):
        rendered(template)


def test_a_template_sees_the_method_of_the_caller_beside_the_one_at_hand(tmp_path: Path) -> None:
    statements = """<base /><set-method>PUT</set-method><set-method>patch</set-method>
      <set-body template="liquid">{{context.Request.OriginalMethod}} {{context.Request.Method}}</set-body>"""
    outcome = rehearse(tmp_path, request={"method": "POST"}, inbound=statements)
    assert [(call.method, call.body) for call in outcome.calls] == [("PATCH", b"POST PATCH")]
    # What one request left is nothing to the next one.
    plain = '<base /><set-body template="liquid">{{context.Request.OriginalMethod}}</set-body>'
    assert rehearse(tmp_path, request={"method": "POST"}, inbound=plain).calls[0].body == b"POST"
