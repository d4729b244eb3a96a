"""Generated expressions and documents: no traceback, nothing without end. Runs for seconds, in CI too."""

from __future__ import annotations

import json
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz.targets import judge_document, run_expression

CASES = Path(__file__).parents[1] / "expr" / "conformance" / "expressions.json"
SOURCES: list[str] = [case["source"] for case in json.loads(CASES.read_text(encoding="utf-8"))]
BOUNDED = settings(
    max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)

TOKENS = st.sampled_from(
    [
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        ",",
        ";",
        ".",
        "?.",
        "?",
        ":",
        "::",
        "=>",
        "=",
        "==",
        "!=",
        "<",
        ">",
        "<=",
        ">=",
        "+",
        "-",
        "*",
        "/",
        "%",
        "&",
        "|",
        "^",
        "!",
        "~",
        "&&",
        "||",
        "??",
        "++",
        "--",
        "<<",
        ">>",
        "+=",
        "$",
        "@",
        "#",
        "'",
        '"',
        "\\",
        "//",
        "/*",
        "*/",
        "0",
        "1",
        "2147483648",
        "0x",
        "1.5m",
        "1e400",
        ".5",
        "'a'",
        '"a"',
        '$"{1}"',
        '@"b"',
        "null",
        "true",
        "int",
        "string",
        "var",
        "new",
        "typeof",
        "default",
        "checked",
        "throw",
        "is",
        "as",
        "out",
        "ref",
        "return",
        "if",
        "else",
        "for",
        "foreach",
        "in",
        "while",
        "do",
        "switch",
        "case",
        "break",
        "continue",
        "try",
        "catch",
        "finally",
        "when",
        "using",
        "goto",
        "from",
        "where",
        "select",
        "group",
        "by",
        "orderby",
        "into",
        "let",
        "join",
        "delegate",
        "context",
        "context.Request.Body.As<string>()",
        'context.Variables["n"]',
        "JObject",
        "List<int>",
        "Enumerable.Range(0,3)",
        "Regex",
        "DateTime.UtcNow",
        "Math",
        "x",
        "x.y()",
        "é",
        "😀",
        "{{a}}",
    ]
)
PUT_TOGETHER = st.lists(TOKENS, max_size=25).map(" ".join)


@st.composite
def changed(draw: st.DrawFn, texts: list[str]) -> str:
    """A known text of which pieces are left out, doubled, or replaced by those of another."""
    text = draw(st.sampled_from(texts))
    for _ in range(draw(st.integers(1, 3))):
        begin = draw(st.integers(0, len(text)))
        end = draw(st.integers(begin, min(len(text), begin + 12)))
        piece = draw(st.one_of(st.just(""), TOKENS, st.just(text[begin:end] * 2), st.sampled_from(texts)))
        text = text[:begin] + piece + text[end:]
    return text


@BOUNDED
@given(st.one_of(st.text(max_size=60), PUT_TOGETHER))
def test_expressions_of_anything(text: str) -> None:
    run_expression(text)


@BOUNDED
@given(changed(SOURCES))
def test_expressions_that_are_almost_right(text: str) -> None:
    run_expression(text)


MARKUP = st.sampled_from(
    [
        "<policies>",
        "</policies>",
        "<inbound>",
        "</inbound>",
        "<base/>",
        "<choose>",
        "</choose>",
        "<when",
        'condition="@(true)">',
        "</when>",
        "<set-body>",
        "</set-body>",
        "@(",
        ")",
        "@{",
        "}",
        '"',
        "'",
        "<",
        ">",
        "&",
        "&amp;",
        "&#0;",
        "&#x1F600;",
        "<![CDATA[",
        "]]>",
        "<!--",
        "-->",
        "<?",
        "?>",
        "<!DOCTYPE",
        "a>",
        "<fragment>",
        "</fragment>",
        "<set-variable",
        'name="a"',
        'value="@(1)"/>',
        "<a",
        "b='c'",
        "{{n}}",
        "=",
        "/",
        "\n",
        "\t",
        "\x00",
        "é",
        "😀",
        "\ufeff",
    ]
)
DOCUMENT = """<policies><inbound><base/><choose><when condition="@(1 < 2 && "a" != "b")">
<set-variable name="n" value="@{ return $"{1}"; }"/></when></choose></inbound></policies>"""


@BOUNDED
@given(
    st.one_of(st.binary(max_size=80), st.lists(MARKUP, max_size=30).map(lambda one: "".join(one).encode()))
)
def test_documents_of_anything(data: bytes) -> None:
    judge_document(data)


@BOUNDED
@given(changed([DOCUMENT]))
def test_documents_that_are_almost_right(text: str) -> None:
    judge_document(text.encode("utf-8", "replace"))
