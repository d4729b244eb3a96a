"""Judging a document ends soon, in errors with positions within it, never in a traceback."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from fastgw.compiler.xml import MAX_DOCUMENT
from fastgw.errors import Diagnostic, Diagnostics
from fastgw.snapshot.lone import check_file

# Generous: machines that run tests have other work; a few milliseconds are usual.
SECONDS = 10.0

BLOCK = '''\
<policies>
  <inbound>
    <base />
    <set-variable name="first" value="@{
      var items = new List<string>();   // one "quote
      foreach (var c in "a)b}c") { items.Add($"{c}: {{x}}"); } /* } */
      return string.Join(@",""", items) + '"';
    }" />
  </inbound>
</policies>
'''
ESCAPED = """\
<policies><inbound>
  <choose>
    <when condition="@(context.Request.Method == &quot;GET&quot; &amp;&amp; 1 &lt; 2)">
      <set-header name="x" exists-action='override'><value>a &#38; b</value></set-header>
    </when>
    <otherwise><return-response><set-status code="404" reason="no"/></return-response></otherwise>
  </choose>
</inbound></policies>
"""
MIXED = """\
<?xml version="1.0"?><!-- (@{ --><fragment>
  <set-body><![CDATA[@(1 < 2 ? "{{name}}" : ']'.ToString())]]></set-body>
  <set-variable name="d" value='@(((string[])context.Variables["a"])[0] ?? "é😀")' />
</fragment>
"""


def check(path: Path, content: str | bytes) -> list[Diagnostic]:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    found = Diagnostics()
    begun = time.monotonic()
    check_file(path, found)
    assert time.monotonic() - begun < SECONDS
    return list(found)


def assert_refused(path: Path, content: str) -> list[Diagnostic]:
    """There are errors, all within the document."""
    found = assert_judged(path, content)
    assert any(one.severity == "error" for one in found)
    return found


def assert_judged(path: Path, content: str) -> list[Diagnostic]:
    """Whatever is found is within the document."""
    found = check(path, content)
    lines = content.split("\n")
    for one in found:
        if one.position is None:
            # What says how many more there are.
            assert one is found[-1]
            continue
        assert one.position.file == str(path)
        assert 1 <= one.position.line <= len(lines)
        assert 1 <= one.position.column <= len(lines[one.position.line - 1]) + 1, one
    return found


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "p.xml"


DOCUMENTS = [
    pytest.param(BLOCK, id="block"),
    pytest.param(ESCAPED, id="escaped"),
    pytest.param(MIXED, id="mixed"),
]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_whole_documents_have_no_errors(document: str, path: Path) -> None:
    assert [one for one in check(path, document) if one.severity == "error"] == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_documents_that_are_cut_off_anywhere(document: str, path: Path) -> None:
    for end in range(len(document.rstrip())):
        assert_refused(path, document[:end])


@pytest.mark.parametrize("document", DOCUMENTS)
def test_documents_that_lack_any_one_character(document: str, path: Path) -> None:
    for at in range(len(document)):
        content = document[:at] + document[at + 1 :]
        assert_judged(path, content)


def inbound(text: str) -> str:
    return f"<policies><inbound>{text}</inbound></policies>"


def variable(expression: str) -> str:
    return inbound(f'<set-variable name="a" value="{expression}" />')


@pytest.mark.parametrize("piece", ["x", "<", "@(", "<a ", '"', "&", "{{a}}", "<!--", "\n", "</", "é"])
@pytest.mark.parametrize("around", [inbound, variable, str])
def test_ten_megabytes_of_anything(piece: str, around: object, path: Path) -> None:
    assert callable(around)
    found = check(path, around(piece * (10 * 1024 * 1024 // len(piece))))
    assert any(one.severity == "error" for one in found)


@pytest.mark.parametrize(
    "piece",
    [
        "x",
        "<",
        "@(",
        "@{",
        "<a>",
        "<a ",
        "<a b='",
        '"',
        "&",
        "&amp;",
        "{{a}}",
        "<!--",
        "<?",
        "</",
        "(",
        "é",
        "<![CDATA[",
        '@("',
        "@(1) ",
        "<when>",
        '@(1)"',
        '<a b="@(1) x"/>',
        "\n",
        "\\",
        '$"{',
        "'",
    ],
)
@pytest.mark.parametrize("around", [inbound, variable, str])
def test_as_much_as_a_document_may_hold(piece: str, around: object, path: Path) -> None:
    assert callable(around)
    room = MAX_DOCUMENT - len(around(""))
    assert_judged(path, around(piece * (room // len(piece.encode()))))


@pytest.mark.parametrize("depth", [101, 10_000])
def test_elements_that_are_nested_deeply(depth: int, path: Path) -> None:
    (found,) = assert_refused(path, inbound("<choose>" * depth + "</choose>" * depth))
    assert "nested more than 100 deep" in found.message


@pytest.mark.parametrize(
    ("opening", "closing"),
    [
        ("(", ")"),
        ("{", "}"),
        ("[", "]"),
        ("-", ""),
        ("!", ""),
        ("(int)", ""),
        ("new[]{", "}"),
        ("f(", ")"),
        ("a[", "]"),
        ("a?.", ""),
        ("1+", ""),
        ("true?1:", ""),
        ("a=>", ""),
        ("a??", ""),
        ("List<", ">"),
        ("if(true)", ""),
        ("{;", "}"),
        ("try{", "}finally{}"),
        ("() => {", "}"),
        ('$"{', '}"'),
        ('$@"{', '}"'),
        (".a", ""),
        ("()", ""),
    ],
)
@pytest.mark.parametrize("form", ["@({})", "@{{{}}}", "@{{ return {}; }}"])
def test_expressions_that_are_nested_deeply(opening: str, closing: str, form: str, path: Path) -> None:
    depth = 10_000
    text = form.format(opening * depth + "1" + closing * depth)
    content = variable(text.replace("<", "&lt;").replace('"', "&quot;"))
    if check(path, content)[:1] == []:
        # A chain is not nested, and 10,000 additions are a number.
        assert opening in ("1+", "-", "!")
    else:
        assert_refused(path, content)


BOMB = "".join(f'<!ENTITY a{n + 1} "{f"&a{n};" * 10}">' for n in range(9))


@pytest.mark.parametrize(
    ("head", "body"),
    [
        (f'<!DOCTYPE policies [<!ENTITY a0 "a">{BOMB}]>', "&a9;"),
        ('<!DOCTYPE policies [<!ENTITY a SYSTEM "file:///etc/passwd">]>', "&a;"),
        ('<!DOCTYPE policies SYSTEM "http://127.0.0.1:9/a.dtd">', ""),
        ('<!DOCTYPE policies [<!ENTITY % a SYSTEM "file:///etc/passwd"> %a;]>', ""),
        ('<!doctype policies [<!ENTITY a "a">]>', "&a;"),
        ("", "&a;"),
        ("", '<!ENTITY a "a">'),
    ],
)
def test_document_types_and_entities_are_refused_unread(head: str, body: str, path: Path) -> None:
    content = f'<?xml version="1.0"?>{head}{inbound(f"<set-body>{body}</set-body>")}'
    (found,) = assert_refused(path, content)
    assert "root:" not in found.message
    assert "DOCTYPE" in found.message or "entity" in found.message or "'<!'" in found.message


def test_inclusions_are_not_followed(path: Path) -> None:
    include = '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="/etc/passwd" parse="text"/>'
    found = assert_refused(path, inbound(include))
    assert all("root:" not in one.message for one in found)


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("@(1", "is not closed"),
        ("@{ return 1;", "is not closed"),
        ('@("a)', "is not closed"),
        ('@(@"a)', "is not closed"),
        ('@($"{1)', "closes a bracket with one of another kind"),
        ("@(/* 1)", "a comment in it has no end"),
        ("@(1])", "closes a bracket with one of another kind"),
        ("@()", "Invalid expression term"),
        ("@{}", "not all code paths return a value"),
        ("@{ return; }", "An object of a type convertible to"),
        ("@(')", ""),
        ("@(#)", ""),
        ("@(1 2)", ""),
        ("@(1;)", ""),
        ("@{ goto; }", ""),
        ("@(\x7f)", ""),
        ("@(\u200b1)", ""),
        ("@(99999999999999999999)", "Integral constant is too large"),
        ("@(System.IO.File.ReadAllText(null))", ""),
        ("@(@@@)", ""),
    ],
)
def test_expressions_that_are_none(expression: str, message: str, path: Path) -> None:
    found = assert_refused(path, variable(expression))
    assert any(message in one.message for one in found), [one.message for one in found]


def test_thousands_of_errors_are_cut_off(path: Path) -> None:
    found = assert_refused(path, inbound("<x/>" * 5000))
    assert len(found) == 201
    assert "more than 200 errors" in found[-1].message


def test_thousands_of_faulty_expressions_are_cut_off(path: Path) -> None:
    found = assert_refused(path, inbound('<set-variable name="a" value="@(x)"/>' * 5000))
    assert len(found) == 201
