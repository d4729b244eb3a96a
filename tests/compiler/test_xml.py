"""The reader: raw and escaped documents, positions, refusals, and the published corpus."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fastgw.compiler.nodes import Document, Element, Expression
from fastgw.compiler.xml import MAX_DOCUMENT, read
from fastgw.errors import Diagnostics
from fastgw.model.policy import PolicySource
from tests.compiler.support import source

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpus"

# Damaged as published: closing tags that do not match, unquoted values, a raw < in a literal, and two
# expressions that a formatter or an author tore apart (the corpus' README lists them).
BROKEN = {
    "frag-llm-usage.xml",
    "Call_out_to_an_HTTP_endpoint_and_cache_the_response.xml",
    "cosmosdb-data-source-policy-02.xml",
    "proxy-policy-01.xml",
    "set-backend-service-policy-02.xml",
    "validate-jwt-policy-04.xml",
}


def tree(text: str) -> Document:
    diagnostics = Diagnostics()
    document = read(source(text), diagnostics, "api x")
    assert document is not None, list(diagnostics)
    return document


def element(text: str) -> Element:
    """The first child of the root."""
    return tree(f"<policies>{text}</policies>").root.children[0]


def refusal(text: str) -> str:
    """The one error of a document, as line:column message."""
    diagnostics = Diagnostics()
    assert read(source(text), diagnostics, "api x") is None
    (found,) = diagnostics.errors
    assert found.position is not None
    assert found.entity == "api x"
    return f"{found.position.line}:{found.position.column} {found.message}"


def expression(value: object) -> str:
    assert value is not None
    content = value.content  # type: ignore[attr-defined]
    assert isinstance(content, Expression), content
    return content.source


RAW = {
    "quotes": """@(context.Request.Headers.GetValueOrDefault("x","") == "y" && n < 3)""",
    "generic": """@(context.Variables.GetValueOrDefault<string>("k"))""",
    "verbatim": r"""@(Regex.Match(h, @"max-age=""(?<v>\d+)\").Groups["v"]?.Value)""",
    "char": """@(s.Split('"')[0] + ')' + '\\'')""",
    "interpolated": """@($"a{(b ? "}" : ")")}{{c}}" + $@"\\{d:yyyy}""\\" + @$"{e}")""",
    "comments": """@{ // it's )
 /* " ) */ return 1; }""",
    "block": """@{ return new List<string>{ "a" }.Count > 0 ? "<x/>" : "}"; }""",
    "xml in a string": """@("<?xml version=\\"1.0\\"?><a>&amp;</a>")""",
}


@pytest.mark.parametrize("text", [pytest.param(value, id=name) for name, value in RAW.items()])
def test_a_raw_expression_is_kept_verbatim_in_attribute_and_text(text: str) -> None:
    assert expression(element(f'<set-variable value="{text}" />').value("value")) == text
    assert expression(element(f"<value>\n {text}\n </value>").text) == text


def test_an_escaped_document_gives_the_same_expressions() -> None:
    attribute = "@(x[&quot;k&quot;] &lt; 3 &amp;&amp; y == '&#97;')"
    read_back = element(f'<a one="{attribute}"><b>@(As&lt;string&gt;("&amp;"))</b></a>')
    assert expression(read_back.value("one")) == "@(x[\"k\"] < 3 && y == 'a')"
    assert expression(read_back.children[0].text) == '@(As<string>("&"))'


def test_references_inside_string_literals_of_a_raw_document_stay() -> None:
    read_back = element("""<a one="@(x.Replace("&lt;", "<"))"><b>@(y.Replace("&amp;", "and"))</b></a>""")
    assert expression(read_back.value("one")) == '@(x.Replace("&lt;", "<"))'
    assert expression(read_back.children[0].text) == '@(y.Replace("&amp;", "and"))'


def test_line_breaks_of_an_attribute_expression_survive() -> None:
    text = "@{\r\n  var a = 1; // one\r\n  return a;\r\n}"
    assert expression(element(f"<a one='{text}'/>").value("one")) == text


def test_single_quotes_blanks_around_the_equals_sign_and_cdata() -> None:
    read_back = element("""<a one = '@(f("x"))' two='it "is"'><![CDATA[ @(a < b && c) ]]></a>""")
    assert expression(read_back.value("one")) == '@(f("x"))'
    assert read_back.attributes["two"].value.literal == 'it "is"'
    assert expression(read_back.text) == "@(a < b && c)"


def test_bare_ampersands_are_repaired_and_references_decoded() -> None:
    read_back = element(
        '<rewrite-uri template="/v2/{a}&{b}?City=x&State=y&amp;z=&#49;">a & b &lt;</rewrite-uri>'
    )
    assert read_back.attributes["template"].value.literal == "/v2/{a}&{b}?City=x&State=y&z=1"
    assert read_back.text is not None
    assert read_back.text.literal == "a & b <"


def test_comments_may_stand_anywhere_and_hold_anything() -> None:
    text = (
        "<?xml version='1.0' encoding='utf-16'?><!-- -- <a & @( --><policies><!--x--><inbound><!-- <!-- -->"
    )
    document = tree(f"\ufeff{text}</inbound></policies><!-- end -->")
    assert [section.name for section in document.sections] == ["inbound"]
    assert document.sections[0].text is None


def test_text_that_only_starts_like_an_expression_is_literal_with_a_warning() -> None:
    diagnostics = Diagnostics()
    document = read(source('<policies><a b="@(x)/y">me@(home)</a></policies>'), diagnostics, "api x")
    assert document is not None
    read_back = document.root.children[0]
    assert read_back.attributes["b"].value.literal == "@(x)/y"
    assert read_back.text is not None
    assert read_back.text.literal == "me@(home)"
    assert [(found.severity, str(found.position)) for found in diagnostics] == [("warning", "p.xml:1:17")]


def test_a_distinguished_name_with_raw_quotes_is_read_whole() -> None:
    read_back = element('<identity subject="C=US, O="Contoso, Inc.", CN=*.contoso.com" id="1" />')
    assert read_back.attributes["subject"].value.literal == 'C=US, O="Contoso, Inc.", CN=*.contoso.com'
    assert read_back.id == "1"


def test_positions_are_those_of_the_authors_text() -> None:
    start = '\ufeff<policies>\r\n  <inbound>\r\n\t<a x="1"\r\n'
    text = start + '      y=\'@("é<")\' z="2">\r\n  t</a>\r\n  </inbound></policies>'
    found = tree(text).sections[0].children[0]
    assert str(found.position) == "p.xml:3:2"
    assert str(found.attributes["x"].position) == "p.xml:3:5"
    assert str(found.attributes["x"].value.position) == "p.xml:3:8"
    assert str(found.attributes["y"].value.position) == "p.xml:4:10"
    assert str(found.attributes["z"].position) == "p.xml:4:19"
    assert found.text is not None
    assert str(found.text.position) == "p.xml:5:3"
    assert str(tree("\ufeff<policies/>").root.position) == "p.xml:1:1"


def test_positions_of_a_yaml_block_are_those_of_the_yaml_file() -> None:
    block = PolicySource("<policies>\n<inbound", "gateway.yaml", 7, 5, 4)
    diagnostics = Diagnostics()
    assert read(block, diagnostics, "api x") is None
    assert str(diagnostics.errors[0].position) == "gateway.yaml:8:12"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "1:1 the document is empty"),
        ("<!-- a -->", "1:1 the document is empty"),
        ("text", "1:1 text is not allowed outside"),
        ("<a/>\n<b/>", "2:1 a second root element <b>"),
        ("<a>\n <b>\n </a>", "3:2 </a> does not close <b>, opened one line above"),
        ("<a>\n <b>", "2:2 <b> is never closed"),
        ("</a>", "1:1 </a> closes nothing"),
        ("<a><b x></b></a>", "1:7 attribute x has no value"),
        ("<a b=c/>", "1:4 the value of attribute b must stand in quotes"),
        ("<a b='c/>", "1:6 the value of attribute b is never closed"),
        ("<a b='1' b='2'/>", "1:10 attribute b is given twice"),
        ("<a b='1'c='2'/>", "1:9 the document is not well-formed"),
        ("<a>\n  1 < 2</a>", "2:5 '<' starts no tag"),
        ("<a>&nbsp;</a>", "1:4 unknown entity &nbsp;"),
        ("<a>\n&#0;</a>", "2:"),
        ('<a b="@(x"/>', "1:7 the expression is not closed"),
        ('<a b="@(x]"/>', "1:7 the expression closes a bracket"),
        ("<a>@{ /* </a>", "1:4 the expression is not closed: a comment"),
        ("<a><!-- </a>", "1:4 the comment is never closed"),
        ("<a><![CDATA[ </a>", "1:4 the CDATA section is never closed"),
        ("<a><!ELEMENT x></a>", "1:4 '<!' starts neither"),
        ('<a b="<"/>', "1:7 the document is not well-formed: Unescaped '<'"),
        ("<a>\x01</a>", "1:4 the document is not well-formed"),
        ("<a>\ud800</a>", "1:4 the text is not valid Unicode"),
        ("<p:a/>", "1:"),
    ],
)
def test_a_malformed_document_is_one_error_at_its_place(text: str, expected: str) -> None:
    assert refusal(text).startswith(expected)


BOMB = """<!DOCTYPE policies [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>
<policies><inbound>&b;</inbound></policies>"""


@pytest.mark.parametrize(
    "text",
    [
        BOMB,
        '<!DOCTYPE policies SYSTEM "file:///etc/passwd"><policies/>',
        '<?xml version="1.0"?>\n<!doctype policies><policies/>',
        "<policies><!DOCTYPE a></policies>",
    ],
)
def test_a_document_type_is_refused_whatever_it_declares(text: str) -> None:
    assert "DOCTYPE" in refusal(text)


def test_size_and_depth_are_bounded() -> None:
    assert "are allowed" in refusal(f"<a>{'x' * MAX_DOCUMENT}</a>")
    assert "nested more than 100 deep" in refusal("<a>" * 150 + "</a>" * 150)
    assert tree("<a>" * 100 + "</a>" * 100)


@pytest.mark.parametrize(
    "unit", ['<x a="@(" b="@("', "@(", "<a b='@(\"", "&", "<a>", '@$"{', "'", "<a b='@(1)x'/>", '="x" ', "//"]
)
def test_reading_time_is_proportional_to_the_size_whatever_is_repeated(unit: str) -> None:
    start = time.perf_counter()
    for opening in ("<policies>", "<policies><a>@(", '<policies><a b="@(', '<policies><a b="'):
        text = opening + unit * ((MAX_DOCUMENT - 300) // len(unit)) + ")" * 200
        read(source(text), Diagnostics(), "api x")
    assert time.perf_counter() - start < 20


SEEDS = [
    """<policies><inbound><base /><a b="@(x("y") < 1 && 'c' != $"{d}")" c='{{n}}'>@{ return "<x/>"; }</a>"""
    """<!-- c --><![CDATA[ @(z) ]]></inbound></policies>""",
    """<fragment><b c="&quot;@(&lt;)" d="a&b">&#65; t</b><c d="@(&quot;x&quot;)"/></fragment>""",
]
ALPHABET = st.sampled_from([*"<>/\"'@(){}[]&;=!-?$\\ \n\ufeff\xa0#x:a1]", "<!--", "-->", "<![CDATA[", "]]>"])


@settings(max_examples=400, deadline=2000)
@given(
    st.sampled_from(SEEDS), st.lists(st.tuples(st.integers(0, 200), st.integers(0, 8), ALPHABET), max_size=6)
)
def test_no_mutation_of_a_document_raises(seed: str, edits: list[tuple[int, int, str]]) -> None:
    text = seed
    for at, removed, inserted in edits:
        text = text[:at] + inserted + text[at + removed :]
    diagnostics = Diagnostics()
    document = read(source(text), diagnostics, "api x")
    assert (document is None) == bool(diagnostics.errors)


@settings(max_examples=300, deadline=2000)
@given(st.lists(ALPHABET, max_size=60).map("".join))
def test_no_text_raises(text: str) -> None:
    diagnostics = Diagnostics()
    document = read(source(f"<a>{text}</a>"), diagnostics, "api x")
    assert (document is None) == bool(diagnostics.errors)


def test_every_published_document_is_read_but_the_damaged_ones() -> None:
    if not CORPUS.is_dir():
        pytest.skip(f"the corpus of published policies is not at {CORPUS}")
    entries = json.loads((CORPUS / "index.json").read_text())["documents"]
    failures: list[str] = []
    for entry in entries:
        text = (CORPUS / entry["path"]).read_bytes().decode()
        if entry["form"] == "snippet":
            # A part of a section, maybe of several elements.
            text = f"<policies>{text.removeprefix(chr(0xFEFF))}</policies>"
        diagnostics = Diagnostics()
        if read(source(text, entry["path"]), diagnostics, "api x") is None:
            failures += [str(found) for found in diagnostics]
    print(*failures, sep="\n")
    assert len(entries) - len(failures) >= 420
    assert {Path(line.split(".xml")[0] + ".xml").name for line in failures} <= BROKEN
