"""find-and-replace, redirect-content-urls and xsl-transform: what they make of a body."""

from __future__ import annotations

import encodings
import gzip

import pytest

from fastgw.errors import PolicyFailure
from tests.compiler.support import Bench, NamedValue
from tests.policies.transform.support import run

# ---------------------------------------------------------------- find-and-replace


def replaced(body: str | bytes, old: str, new: str, mime: str | None = "text/plain") -> bytes:
    return run(f'<find-and-replace from="{old}" to="{new}" />', body, mime).body


def test_every_occurrence_of_the_exact_text_is_replaced() -> None:
    assert replaced("a.b A.B a.b axb", "a.b", "c") == b"c A.B c axb"
    assert replaced("a-b-c", "-", "") == b"abc"
    assert replaced("", "a", "b") == b""


def test_both_texts_may_be_computed() -> None:
    assert run('<find-and-replace from="@("a" + "b")" to="@(null)" />', "xaby", "text/plain").body == b"xy"
    with pytest.raises(ValueError, match="looks for is empty"):
        run('<find-and-replace from="@("")" to="x" />', "text", "text/plain")


@pytest.mark.parametrize(
    ("charset", "old", "new"), [("utf-8", "é", "€"), ("iso-8859-1", "é", "ü"), ("utf-16-le", "é", "€")]
)
def test_the_charset_of_the_content_type_counts(charset: str, old: str, new: str) -> None:
    body = f"caf{old} {old}".encode(charset)
    assert replaced(body, old, new, f"text/plain; charset={charset}") == f"caf{new} {new}".encode(charset)


NO_CHARSETS = [
    "rot13",
    "hex",
    "base64",
    "idna",
    "punycode",
    "utf-7",
    "unicode_escape",
    "raw_unicode_escape",
    "undefined",
    "charmap",
    "mbcs",
    "utf-8-sig",
    "nonsense",
    "\xe9",
    "x" * 5000,
]


@pytest.mark.parametrize("charset", NO_CHARSETS)
def test_what_is_no_charset_is_taken_for_utf_8(charset: str) -> None:
    body = "caf\u00e9 \\u00e9 +AOk- xn--caf-dma".encode()
    found = replaced(body, "caf", "kaf", f"text/plain; charset={charset}")
    assert found == body.replace(b"caf", b"kaf")


@pytest.mark.parametrize(
    ("charset", "text"),
    [
        ("windows-1252", "caf\u20ac"),
        ("ISO-8859-15", "caf\u20ac"),
        ("Shift_JIS", "caf\u30c6"),
        ("gb18030", "caf\U0001f600"),
        ("koi8-u", "caf\u0457"),
        ("ibm037", "caf"),
        ("utf-32-le", "caf\U0001f600"),
        ("us-ascii", "caf"),
        ("iso-2022-jp", "caf\u30c6"),
    ],
)
def test_charsets_are_known_by_their_registered_names(charset: str, text: str) -> None:
    found = replaced(text.encode(charset), "caf", "kaf", f"text/plain; charset={charset}")
    assert found.decode(charset) == text.replace("caf", "kaf")


def test_names_of_charsets_are_not_kept() -> None:
    known = len(encodings._cache)  # type: ignore[attr-defined]
    for number in range(100):
        replaced("a", "a", "b", f"text/plain; charset=made-up-{number}")
        replaced("a", "a", "b", f"text/plain; charset=utf{'&' * number}8")
    assert len(encodings._cache) - known < 5  # type: ignore[attr-defined]


def test_bytes_that_are_no_text_stay_and_so_does_a_byte_order_mark() -> None:
    assert replaced(b"\xff\xfe-a\x80".replace(b"\xff\xfe", b"\xff\xfd"), "a", "é") == b"\xff\xfd-\xc3\xa9\x80"
    assert replaced(b"\xef\xbb\xbfa", "a", "b") == b"\xef\xbb\xbfb"
    assert replaced("\ufeffa".encode("utf-16-be"), "a", "é") == "\ufeffé".encode("utf-16-be")


def test_a_text_that_the_charset_cannot_hold_is_an_error() -> None:
    with pytest.raises(ValueError, match="codec can't encode"):
        replaced("a", "a", "€", "text/plain; charset=iso-8859-1")


def test_a_compressed_body_passes_as_it_is() -> None:
    body = gzip.compress(b"aaa")
    found = run('<find-and-replace from="a" to="b" />', body, headers={"Content-Encoding": ["gzip"]})
    assert found.body == body


def test_a_short_text_that_becomes_a_long_one_does_not_fill_the_memory() -> None:
    with pytest.raises(ValueError, match="too large"):
        replaced("a" * 10_000, "a", "b" * 10_000)


# ---------------------------------------------------------------- redirect-content-urls

MASK = "<redirect-content-urls />"


@pytest.mark.parametrize(
    ("url", "masked"),
    [
        ("https://backend.test/x", "http://gateway.test:8080/shop/x"),
        ("http://backend.test/x", "http://gateway.test:8080/shop/x"),
        ("HTTPS://Backend.Test:443/x", "http://gateway.test:8080/shop/x"),
        ("http://backend.test:80", "http://gateway.test:8080/shop"),
        ("https://backend.test.", "http://gateway.test:8080/shop."),
        ("https://backend.test?q=1", "http://gateway.test:8080/shop?q=1"),
    ],
)
def test_an_url_of_the_backend_becomes_one_of_the_gateway(url: str, masked: str) -> None:
    assert run(MASK, f'{{"u": "{url}"}}', section="outbound").text == f'{{"u": "{masked}"}}'


@pytest.mark.parametrize(
    "url",
    [
        "https://backend.test.example/x",
        "https://backend.tests/x",
        "https://backend.test:444/x",
        "https://backend.test@example.test/",
        "ftp://backend.test/x",
        "shttps://backend.test/x",
        "//backend.test/x",
        "backend.test",
    ],
)
def test_any_other_url_stays(url: str) -> None:
    assert run(MASK, url, "text/plain", section="outbound").text == url


def test_in_the_request_it_is_the_other_way_round() -> None:
    text = "http://gateway.test:8080/shop/a https://GATEWAY.test:8080/shop http://gateway.test:8080/shopping"
    expected = "https://backend.test/a https://backend.test http://gateway.test:8080/shopping"
    assert run(MASK, text, "text/plain").text == expected


def test_it_may_occur_once_in_a_section_whatever_is_around_it() -> None:
    twice = f'{MASK}<choose><when condition="true">{MASK}</when></choose>'
    bench = Bench()
    assert (
        bench.document(f"<policies><inbound>{twice}</inbound><outbound>{MASK}</outbound></policies>") is None
    )
    assert [one.partition(" ")[2] for one in bench.findings()] == [
        "error redirect-content-urls may occur only once in a section"
    ]


def test_that_a_fragment_brings_it_counts_too() -> None:
    bench = Bench(fragments={"f": f"<fragment>{MASK}</fragment>"})
    include = '<include-fragment fragment-id="f" />'
    assert bench.document(f"<policies><inbound>{MASK}{include}</inbound></policies>") is None
    assert "may occur only once in a section (in the policy fragment" in bench.findings()[0]
    alone = Bench(fragments={"f": f"<fragment>{MASK}</fragment>"})
    assert alone.document(f"<policies><inbound>{include}</inbound><outbound>{include}</outbound></policies>")


# ---------------------------------------------------------------- xsl-transform

SHEET = (
    '<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform">'
    '<xsl:param name="caller" /><xsl:template match="/">'
    '<r from="{$caller}"><xsl:value-of select="/a/b" /></r></xsl:template></xsl:stylesheet>'
)


def transformed(sheet: str, body: str, around: str = "") -> str:
    return run(f"<xsl-transform>{around}{sheet}</xsl-transform>", body, "text/xml").text


def test_the_stylesheet_is_applied_with_its_parameters() -> None:
    parameter = '<parameter name="caller">@(context.Request.Method + "\'\\"")</parameter>'
    found = transformed(SHEET, "<a><b>1</b></a>", parameter)
    assert found == '<?xml version="1.0"?>\n<r from="POST\'&quot;">1</r>\n'
    literal = transformed(SHEET, "<a><b>1</b></a>", '<parameter parameter-name="caller"> x </parameter>')
    assert 'from="x"' in literal


def test_the_content_type_stays_and_xsl_output_counts() -> None:
    sheet = SHEET.replace("<xsl:param", '<xsl:output method="text" /><xsl:param', 1)
    found = run(f"<xsl-transform>{sheet}</xsl-transform>", "<a><b>1</b></a>", "text/xml")
    assert (found.text, found.content_type) == ("1", "text/xml")


def test_another_prefix_and_a_comment_before_it_are_no_matter() -> None:
    sheet = SHEET.replace("xsl:", "t:").replace("xmlns:xsl", "xmlns:t").replace("stylesheet", "transform")
    assert "<r" in transformed(sheet, "<a/>", "<!-- <t:transform> -->")


def reading(what: str) -> str:
    return SHEET.replace('select="/a/b"', f'select="{what}"')


def test_a_stylesheet_reads_no_file() -> None:
    assert "root:" not in failing_or_text(reading("document('file:///etc/passwd')"))


def failing_or_text(sheet: str) -> str:
    try:
        return transformed(sheet, "<a/>")
    except PolicyFailure as failure:
        return failure.message


@pytest.mark.parametrize("body", ["<a>", "no xml", '<!DOCTYPE a [<!ENTITY e "x">]><a>&e;</a>'])
def test_a_body_that_is_no_plain_xml_is_an_error(body: str) -> None:
    with pytest.raises(PolicyFailure, match="The body is not valid XML"):
        transformed(SHEET, body)


def test_a_stylesheet_that_gives_up_is_an_error() -> None:
    stop = '<xsl:message terminate="yes">no</xsl:message>'
    with pytest.raises(PolicyFailure, match="could not be transformed"):
        transformed(SHEET.replace("<r ", f"{stop}<r ", 1), "<a/>")


def test_templates_that_call_each_other_for_ever_are_an_error() -> None:
    sheet = SHEET.replace("<r ", '<xsl:apply-templates select="/" /><r ', 1)
    with pytest.raises(PolicyFailure, match="could not be transformed"):
        transformed(sheet, "<a/>")


@pytest.mark.parametrize(
    ("inner", "message"),
    [
        ("", "xsl-transform needs one xsl:stylesheet"),
        (SHEET + SHEET, "xsl-transform needs one xsl:stylesheet"),
        ("text" + SHEET, "text is not allowed in xsl-transform"),
        ("<other />" + SHEET, "other is not allowed in xsl-transform"),
        ("<parameter>1</parameter>" + SHEET, "parameter needs a name"),
        ('<parameter name="a" /><parameter name="a" />' + SHEET, "the parameter 'a' is given twice"),
        ('<parameter name="profile_run" />' + SHEET, "'profile_run' cannot be the name of a parameter"),
        ('<parameter name="a" type="x" />' + SHEET, "unknown attribute type of parameter"),
        (SHEET.replace("1999/XSL", "2999/XSL"), "its namespace is not http://www.w3.org/1999/XSL/Transform"),
        (SHEET.replace('select="/a/b"', 'select="///"'), "the stylesheet is not right"),
    ],
)
def test_a_statement_that_cannot_work_is_refused(inner: str, message: str) -> None:
    bench = Bench()
    text = f"<policies><inbound><xsl-transform>{inner}</xsl-transform></inbound></policies>"
    assert bench.document(text) is None
    assert message in bench.findings()[0]


def test_what_is_wrong_with_a_stylesheet_does_not_tell_a_secret_in_it() -> None:
    bench = Bench(named_values={"s": NamedValue("]hunter2", secret=True)})
    sheet = SHEET.replace('select="/a/b"', 'select="{{s}}"')
    assert (
        bench.document(f"<policies><inbound><xsl-transform>{sheet}</xsl-transform></inbound></policies>")
        is None
    )
    assert "hunter2" not in " ".join(bench.findings())
