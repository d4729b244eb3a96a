"""How documents of several scopes and fragments become one program."""

from __future__ import annotations

import pytest

from fastgw.compiler import NoExpressions
from tests.compiler.support import Bench, Programs


def names(program: object) -> list[str]:
    """The variables that a program sets, in order; other steps by their op."""
    return [
        step.operands[0] if step.op.name == "SET_VARIABLE" else step.op.name
        for step in program.steps  # type: ignore[attr-defined]
    ]


def var(*variables: str) -> str:
    return "".join(f"<set-variable name='{name}' value='' />" for name in variables)


def joined(
    bench: Bench, g: str | None = None, a: str | None = None, o: str | None = None, section: str = "inbound"
) -> Programs:
    def document(statements: str | None, scope: str) -> object:
        if statements is None:
            return None
        found = bench.document(f"<policies><{section}>{statements}</{section}></policies>", scope)
        assert found is not None, bench.findings()
        return found

    documents = [document(g, "global"), document(a, "api"), document(o, "operation")]
    return bench.compiler.programs(*documents, None, "operation x")  # type: ignore[arg-type]


def test_base_is_where_the_next_broader_scope_comes_in() -> None:
    programs = joined(Bench(), var("G"), f"{var('A1')}<base/>{var('A2')}", f"<base/>{var('O')}")
    assert names(programs.inbound) == ["A1", "G", "A2", "O"]


def test_without_base_nothing_broader_runs() -> None:
    assert names(joined(Bench(), var("G"), var("A"), f"{var('O')}<base/>").inbound) == ["O", "A"]
    assert names(joined(Bench(), var("G"), f"<base/>{var('A')}", var("O")).inbound) == ["O"]


def test_a_scope_without_a_document_is_skipped() -> None:
    assert names(joined(Bench(), var("G"), None, f"{var('O')}<base/>").inbound) == ["O", "G"]


def test_an_empty_section_inherits_nothing_and_an_absent_one_everything() -> None:
    bench = Bench()
    assert names(joined(bench, var("G"), "").inbound) == []
    programs = joined(bench, None, var("A"))
    assert names(programs.backend) == ["FORWARD"]
    assert names(joined(bench, None, "", section="backend").backend) == []


def test_the_default_global_document_forwards() -> None:
    programs = Bench().compiler.programs(None, None, None, None, "api x")
    assert [names(program) for program in programs] == [[], ["FORWARD"], [], []]
    assert programs.backend.steps[0].site.scope == "global"


def test_a_global_document_without_a_backend_section_forwards_nothing() -> None:
    assert names(joined(Bench(), var("G")).backend) == []


def test_base_at_global_scope_has_no_effect() -> None:
    assert names(joined(Bench(), f"<base/>{var('G')}", "<base/>").inbound) == ["G"]


def test_base_may_stand_inside_choose_and_jumps_still_meet_their_ends() -> None:
    inner = f"<choose><when condition='@(g)'>{var('G')}</when></choose>"
    outer = (
        f"<choose><when condition='@(a)'><base/></when><otherwise>{var('X')}</otherwise></choose>{var('Z')}"
    )
    bench = Bench()
    steps = joined(bench, inner, outer).inbound.steps
    seen = []
    for exchange in (
        {"@(a)": True, "@(g)": True},
        {"@(a)": True, "@(g)": False},
        {"@(a)": False, "@(g)": True},
    ):
        at, ran = 0, []
        while at < len(steps):
            op, operands, _ = steps[at]
            if op.name == "JUMP":
                at = operands[0]
            elif op.name == "JUMP_UNLESS" and not operands[0](exchange):
                at = operands[1]
            else:
                if op.name == "SET_VARIABLE":
                    ran.append(operands[0])
                at += 1
        seen.append(ran)
    assert seen == [["G", "Z"], ["Z"], ["X", "Z"]]


@pytest.mark.parametrize(
    "where", ["<base/><base/>", "<base/><choose><when condition='true'><base/></when></choose>"]
)
def test_two_bases_in_one_section_are_an_error(where: str) -> None:
    bench = Bench()
    assert bench.document(f"<policies><inbound>{where}</inbound></policies>") is None
    assert [line.split(" ", 1)[1] for line in bench.findings()] == [
        "error base may occur only once in a section"
    ]


def test_operations_that_add_nothing_share_the_very_same_programs() -> None:
    bench = Bench()
    api = bench.document(f"<policies><inbound><base/>{var('A')}</inbound></policies>")
    own = bench.document(
        f"<policies><inbound><base/></inbound><outbound><base/>{var('O')}</outbound></policies>", "operation"
    )
    plain = bench.compiler.programs(None, api, None, frozenset({"id"}), "operation 1")
    again = bench.compiler.programs(None, api, None, None, "operation 2")
    special = bench.compiler.programs(None, api, own, frozenset(), "operation 3")
    assert all(one is other for one, other in zip(plain, again, strict=True))
    assert special.inbound is plain.inbound
    assert special.backend is plain.backend
    assert names(special.outbound) == ["O"]


def test_a_fragment_is_put_in_place_and_its_path_goes_on_from_the_include() -> None:
    bench = Bench(
        fragments={
            "f": f"<fragment>{var('F1')}<choose><when condition='true'>{var('F2')}</when></choose></fragment>"
        }
    )
    include = "<include-fragment fragment-id='f' />"
    program = bench.programs(f"<policies><inbound>{var('A')}{include}{include}</inbound></policies>").inbound
    assert names(program) == ["A", "F1", "F2", "F1", "F2"]
    assert [(step.site.path, step.site.scope) for step in program.steps[1:4]] == [
        ("include-fragment[1]/set-variable[1]", "api"),
        ("include-fragment[1]/choose[1]/when[1]/set-variable[1]", "api"),
        ("include-fragment[2]/set-variable[1]", "api"),
    ]


FRAGMENT_FAULTS = {
    "<policies/>": "1:1 the root element of a policy fragment must be fragment, not policies",
    "<fragment><inbound/></fragment>": "1:11 the section inbound is not allowed here",
    "<fragment><base/></fragment>": "1:11 base is not allowed in a policy fragment",
    "<fragment><include-fragment fragment-id='f'/></fragment>": (
        "1:11 include-fragment is not allowed in a policy fragment"
    ),
    "<fragment><cache-lookup/></fragment>": "1:11 policy cache-lookup is not supported yet",
    "<fragment>text</fragment>": "1:11 text is not allowed in fragment",
    "<fragment a='1'/>": "1:11 unknown attribute a of fragment",
    "<fragment>": "1:1 <fragment> is never closed",
    "<fragment><set-method>{{x}}</set-method></fragment>": "1:23 named value 'x' does not exist",
}


@pytest.mark.parametrize(("text", "expected"), FRAGMENT_FAULTS.items())
def test_a_fault_of_a_fragment_is_reported_in_the_fragment(text: str, expected: str) -> None:
    bench = Bench(fragments={"f": text})
    assert (
        bench.document("<policies><inbound><include-fragment fragment-id='f'/></inbound></policies>") is None
    )
    assert f"f.xml:{expected}" in [f"{found.position} {found.message}" for found in bench.diagnostics]


def test_an_unknown_fragment_is_an_error_at_the_include() -> None:
    bench = Bench(fragments={"headers": "<fragment/>"})
    assert (
        bench.document("<policies><inbound><include-fragment fragment-id='header'/></inbound></policies>")
        is None
    )
    assert bench.findings() == ["1:51 error policy fragment 'header' does not exist; did you mean 'headers'?"]


def including(id: str, section: str = "inbound") -> str:
    return f"<policies><{section}><include-fragment fragment-id='{id}'/></{section}></policies>"


def test_a_fragment_that_nothing_includes_is_judged_when_asked() -> None:
    bench = Bench(
        fragments={
            "cut": "<fragment",
            "f": "<fragment><bogus-policy/><set-variable name='a' value='@(bad)'/></fragment>",
            "fine": "<fragment><forward-request/><set-status code='200'/></fragment>",
        }
    )
    bench.compiler.check_fragments()
    assert [f"{found.entity}: {found.message}" for found in bench.diagnostics][1:] == [
        "policy fragment f: unknown policy bogus-policy",
        "policy fragment f: cannot compile @(bad)",
    ]
    assert {found.entity for found in bench.diagnostics} == {"policy fragment cut", "policy fragment f"}


def test_what_is_wrong_with_a_fragment_is_said_once_however_many_include_it() -> None:
    bench = Bench(
        fragments={"f": "<fragment><set-method>a b</set-method><set-method x='1'>GET</set-method></fragment>"}
    )
    assert bench.document(including("f"), file="p.xml") is None
    assert bench.document(including("f"), file="q.xml") is None
    assert [f"{found.position} {found.message}" for found in bench.diagnostics] == [
        "f.xml:1:23 'a b' is no HTTP method",
        "f.xml:1:51 unknown attribute x of set-method",
        "p.xml:1:51 policy fragment 'f' has errors",
        "q.xml:1:51 policy fragment 'f' has errors",
    ]


def test_the_warnings_of_a_fragment_are_given_once() -> None:
    text = "<fragment><set-header name='Connection'><value>x</value></set-header></fragment>"
    bench = Bench(fragments={"f": text})
    bench.compiler.check_fragments()
    for _ in range(2):
        assert bench.document(including("f")) is not None
    assert [found.entity for found in bench.diagnostics] == ["policy fragment f"]


def test_a_fragment_in_a_section_that_it_is_not_for_is_an_error_at_the_include() -> None:
    bench = Bench(fragments={"f": "<fragment><forward-request/></fragment>"})
    assert bench.document(including("f")) is None
    assert bench.document(including("f", "backend")) is not None
    [found] = bench.diagnostics
    assert str(found.position) == "p.xml:1:20"
    assert found.entity == "api x"
    assert found.message == (
        "forward-request is not allowed in inbound, only in backend (in the policy fragment, f.xml:1:11)"
    )


def test_a_warning_about_the_section_is_given_at_the_include() -> None:
    bench = Bench(fragments={"f": "<fragment><set-method>GET</set-method></fragment>"})
    assert bench.document(including("f")) is not None
    assert bench.findings() == []
    assert bench.document(including("f", "outbound")) is not None
    assert bench.findings() == [
        "1:21 warning set-method in outbound has no effect: the request has been sent already"
        " (in the policy fragment, f.xml:1:11)"
    ]


def test_the_id_of_a_fragment_is_found_in_any_case() -> None:
    bench = Bench(fragments={"Common": f"<fragment>{var('F')}</fragment>"})
    assert names(bench.programs(including("cOMMON")).inbound) == ["F"]


def test_without_an_engine_every_expression_is_refused_at_its_place() -> None:
    bench = Bench(expressions=NoExpressions())
    text = """<policies><inbound>
 <set-variable name='v' value='@(1)' />
 <set-method>@{ return 1; }</set-method></inbound></policies>"""
    assert bench.document(text, "operation") is None
    assert bench.findings() == [
        "2:32 error policy expressions are not supported yet",
        "3:14 error policy expressions are not supported yet",
    ]
    assert {found.entity for found in bench.diagnostics} == {"operation x"}
