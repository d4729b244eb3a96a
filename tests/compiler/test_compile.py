"""The public door: nothing that an author writes makes it raise, whatever becomes of the document."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fastgw.model.policy import PolicySource
from tests.compiler.support import Bench, NamedValue

SEED = """<policies><inbound><base /><choose><when condition="@(a)"><set-method>A</set-method></when>
<otherwise><set-header name="x-{{n}}" exists-action="append"><value>v</value></set-header></otherwise>
</choose>
<include-fragment fragment-id="f" /><rewrite-uri template="/a/{b}?c={d}" copy-unmatched-params="@(c)" />
<set-backend-service backend-id="orders" /><authentication-basic username="u" password="{{s}}" /></inbound>
<backend><forward-request timeout="5" /></backend><outbound><set-status code="201" reason="r" />
<return-response><set-body>b</set-body></return-response></outbound></policies>"""
PIECES = ["<base/>", "<choose>", "</when>", "@(", "{{n}}", "{{", "&#10;", "&lt;", "true", "é", "<value>"]
EDITS = st.lists(
    st.tuples(
        st.integers(0, len(SEED)),
        st.integers(0, 12),
        st.sampled_from([*"<>/\"'{}@()&; \n\x7f\x851a-", *PIECES]),
    ),
    max_size=5,
)


@settings(max_examples=400, deadline=2000)
@given(EDITS)
def test_no_mutation_of_a_document_makes_the_compiler_raise(edits: list[tuple[int, int, str]]) -> None:
    text = SEED
    for at, removed, inserted in edits:
        text = text[:at] + inserted + text[at + removed :]
    bench = Bench(
        {"n": NamedValue("name"), "s": NamedValue("secret", secret=True)},
        {"f": "<fragment><set-method>F</set-method></fragment>"},
    )
    document = bench.document(text, "operation")
    assert (document is None) == bool(bench.diagnostics.errors)
    if document:
        for program in bench.compiler.programs(None, None, document, frozenset({"b", "d"}), "operation x"):
            assert "secret" not in "\n".join(bench.lines(program)) or "secret" in text


@given(st.text(st.characters(codec="utf-8", exclude_characters="<>&'{}\"@"), max_size=12))
def test_what_the_compiler_accepts_as_header_and_method_the_core_accepts_too(text: str) -> None:
    for statement in (
        f"<set-header name='{text}'><value>a</value></set-header>",
        f"<set-header name='a'><value>{text}</value></set-header>",
        f"<set-method>{text}</set-method>",
        f"<rewrite-uri template='{text}' />",
    ):
        bench = Bench()
        document = bench.document(f"<policies><inbound>{statement}</inbound></policies>")
        if document:
            bench.compiler.programs(None, document, None, None, "api x")


def test_positions_and_entities_are_on_every_finding() -> None:
    bench = Bench()
    bench.document("<policies><inbound><quota/></inbound></policies>", "global", "policies/global.xml")
    (found,) = bench.diagnostics
    assert str(found) == "policies/global.xml:1:20: error: global x: policy quota is not supported yet"


IN_INBOUND = [
    "<s3cret/>",
    "<s3cret>",
    "</s3cret>",
    "<s3cret a='1'></other>",
    "<choose></s3cret>",
    "<base s3cret='1'/>",
    "<base s3cret/>",
    "<base s3cret=1/>",
    "<base s3cret='1' s3cret='2'/>",
    "<base s3cret='",
    "<base s3cret:a='1'/>",
    "<s3cret:base/>",
    "<s3cret s/>",
    "<set-header name='a'><s3cret/></set-header>",
    "<set-header name='a' exists-action='s3cret'/>",
    "<set-method>&s3cret;</set-method>",
    "<set-method>a s3cret</set-method>",
    "<set-method>{{s3cret}}</set-method>",
    "<set-backend-service backend-id='s3cret'/>",
    "<authentication-certificate certificate-id='s3cret'/>",
    "<include-fragment fragment-id='s3cret'/>",
    "<rewrite-uri template='/{s3cret}'/>",
    "<return-response><set-body><value s3cret='1'>x</value></set-body></return-response>",
    "<base id='s3cret' x='1'/>",
]


@pytest.mark.parametrize(
    "text",
    [
        *(f"<policies><inbound>{one}</inbound></policies>" for one in IN_INBOUND),
        "<s3cret/>",
        "<s3cret></s3cret><s3cret/>",
        "<policies s3cret='1'/>",
        "<policies><s3cret/></policies>",
        "<policies>s3cret</policies>",
    ],
)
def test_no_message_shows_any_part_of_a_text_that_an_expansion_made(text: str) -> None:
    bench = Bench(fragments={"s3cre": "<fragment/>"}, named_values={"s3cre": NamedValue("x")})
    document = bench.compiler.document(
        PolicySource(text, "p.xml", 1, 1, 0, expanded=True), "operation", "operation x"
    )
    if document is not None:
        bench.compiler.programs(None, None, document, frozenset({"s3cre"}), "operation x")
    assert bench.findings()
    assert "s3cre" not in " ".join(bench.findings())


def test_an_id_that_an_expansion_made_is_in_no_listing() -> None:
    text = "<policies><inbound><set-method id='s3cret'>GET</set-method></inbound></policies>"
    bench = Bench()
    document = bench.compiler.document(
        PolicySource(text, "p.xml", 1, 1, 0, expanded=True), "operation", "operation x"
    )
    assert document is not None
    program = bench.compiler.programs(None, None, document, None, "operation x").inbound
    assert program.steps[0].site.policy_id == "s3cret"
    [line] = bench.lines(program)
    assert "s3cret" not in line
    assert line.endswith("id=***")


def test_a_quoted_attribute_of_an_expanded_text_is_warned_of_without_its_name() -> None:
    text = """<policies><inbound><base s3cret="O="a, b", c" /></inbound></policies>"""
    bench = Bench()
    bench.compiler.document(PolicySource(text, "p.xml", 1, 1, 0, expanded=True), "operation", "operation x")
    assert bench.findings()[0].endswith("quotes inside attribute *** are better written &quot;")
    assert "s3cret" not in " ".join(bench.findings())
