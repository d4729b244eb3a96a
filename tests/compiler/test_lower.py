"""Refusals that hold for every policy: structure, names, sections, attributes, children, text."""

from __future__ import annotations

import pytest

from fastgw.policies import POLICIES, REGISTRY
from tests.compiler.support import Bench


def test_all_faults_of_a_document_are_reported_also_those_inside_a_faulty_wrapper() -> None:
    bench = Bench()
    text = """<policies>
      <inbound>
        <choose x="1"><when condition="maybe"><rate-limit /></when>
          <otherwise><set-method>a b</set-method></otherwise></choose>
        <quota />
      </inbound>
      <outbound><set-header /></outbound>
    </policies>"""
    assert bench.document(text) is None
    assert [line.split(" ", 2)[2].split(";")[0] for line in bench.findings()] == [
        "unknown attribute x of choose",
        "attribute condition of when must be true or false, not 'maybe'",
        "policy rate-limit is not supported yet",
        "'a b' is no HTTP method",
        "policy quota is not supported yet",
        "set-header needs the attribute name",
    ]


def test_errors_of_one_document_are_bounded() -> None:
    bench = Bench()
    faults = "".join(f"<nothing{number} />" for number in range(12000))
    assert bench.document(f"<policies><inbound>{faults}</inbound></policies>") is None
    assert len(bench.diagnostics) == 201
    assert bench.findings()[-1].endswith("there are more than 200 errors; the others are not shown")


@pytest.mark.parametrize("name", sorted(REGISTRY.reference - set(REGISTRY.policies)))
def test_a_policy_that_is_not_built_is_refused_by_name(name: str) -> None:
    bench = Bench()
    for section in ("inbound", "backend", "outbound", "on-error"):
        assert bench.document(f"<policies><{section}><{name}/></{section}></policies>") is None
    assert {line.split(" ", 2)[2] for line in bench.findings()} == {f"policy {name} is not supported yet"}


def test_every_policy_is_listed_once_is_in_the_reference_and_accepts_an_id() -> None:
    assert len(POLICIES) == len(REGISTRY.policies)
    assert set(REGISTRY.policies) <= REGISTRY.reference
    for policy in POLICIES:
        assert policy.element.is_policy
        assert "id" in {attribute.name for attribute in policy.element.attributes}


def test_an_id_reaches_the_site_and_may_be_used_twice() -> None:
    steps = Bench().inbound("<set-method id='m'>A</set-method><set-method id='m'>B</set-method>")
    assert [(step.site.policy, step.site.policy_id, step.site.path) for step in steps] == [
        ("set-method", "m", "set-method[1]"),
        ("set-method", "m", "set-method[2]"),
    ]


def test_paths_count_siblings_of_the_same_name_in_the_authors_document() -> None:
    statements = """<set-method>A</set-method><base/><choose id="c"><when condition="@(a)"/>
    <when condition="@(b)"><set-method>B</set-method></when>
    <otherwise><set-method>C</set-method></otherwise></choose>"""
    steps = Bench().inbound(statements)
    assert [(step.op.name, step.site.policy, step.site.policy_id, step.site.path) for step in steps] == [
        ("SET_METHOD", "set-method", None, "set-method[1]"),
        ("JUMP_UNLESS", "choose", "c", "choose[1]/when[1]"),
        ("JUMP", "choose", "c", "choose[1]/when[1]"),
        ("JUMP_UNLESS", "choose", "c", "choose[1]/when[2]"),
        ("SET_METHOD", "set-method", None, "choose[1]/when[2]/set-method[1]"),
        ("JUMP", "choose", "c", "choose[1]/when[2]"),
        ("SET_METHOD", "set-method", None, "choose[1]/otherwise[1]/set-method[1]"),
    ]
