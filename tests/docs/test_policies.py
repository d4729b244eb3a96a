"""docs/policies.md describes exactly the policies that are built: attributes, sections, what is refused."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from fastgw.compiler.schema import SECTIONS, AttributeSchema, ElementSchema, PolicySchema
from fastgw.policies import POLICIES
from fastgw.policies.reference import REFERENCE
from tests.docs.blocks import quoted, rows, sections

TEXTS = sections("docs/policies.md")
BUILT = {policy.name: policy for policy in POLICIES}
LATER = "Policies that are not built"


def text_of(name: str) -> str:
    return TEXTS.get(f"`{name}`", "")


def attributes(element: ElementSchema) -> Iterator[tuple[str, AttributeSchema]]:
    """The attributes of a policy and of its helper elements, but not those of policies within it."""
    for one in (element, *_helpers(element)):
        suffix = "" if one is element else f" of `{one.name}`"
        for attribute in one.attributes:
            if attribute.name != "id":
                yield f"`{attribute.name}`{suffix}", attribute


def _helpers(element: ElementSchema) -> Iterator[ElementSchema]:
    for child in element.children:
        if child.element.name not in BUILT:
            yield child.element
            yield from _helpers(child.element)


def computed_texts(element: ElementSchema) -> Iterator[str]:
    """The elements whose texts may be expressions, but not those of policies within it."""
    if element.text is not None and element.text.expression:
        yield element.name
    for child in element.children:
        if child.element.name not in BUILT:
            yield from computed_texts(child.element)


def refused(text: str) -> set[str]:
    found = re.search(r"^Refused for now: (.+?)\.$", text, re.MULTILINE | re.DOTALL)
    return {entry.strip() for entry in found[1].split(",")} if found else set()


def test_every_policy_that_is_built_has_a_section_and_no_other_has() -> None:
    described = {quoted(heading)[0] for heading in TEXTS if heading.startswith("`")}
    assert described == set(BUILT)


@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: policy.name)
def test_every_attribute_is_described_with_whether_it_is_required(policy: PolicySchema) -> None:
    described = {cells[0]: cells[1] for cells in rows(text_of(policy.name), "attribute")}
    expected = {
        name: "yes" if attribute.required else "no"
        for name, attribute in attributes(policy.element)
        if attribute.supported
    }
    assert described == expected


@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: policy.name)
def test_of_every_attribute_it_is_said_whether_it_may_be_an_expression(policy: PolicySchema) -> None:
    described = {
        cells[0]: "may be an expression" in cells[2].lower()
        for cells in rows(text_of(policy.name), "attribute")
    }
    expected = {
        name: attribute.expression for name, attribute in attributes(policy.element) if attribute.supported
    }
    assert described == expected


@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: policy.name)
def test_every_text_that_may_be_an_expression_is_named_and_no_other(policy: PolicySchema) -> None:
    found = re.search(r"^Texts that may be expressions: (.+?)\.", text_of(policy.name), re.MULTILINE)
    assert set(quoted(found[1]) if found else ()) == set(computed_texts(policy.element))


@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: policy.name)
def test_every_attribute_that_is_refused_is_named(policy: PolicySchema) -> None:
    expected = {name for name, attribute in attributes(policy.element) if not attribute.supported}
    assert refused(text_of(policy.name)) == expected


@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: policy.name)
def test_the_sections_are_the_real_ones(policy: PolicySchema) -> None:
    found = re.search(
        r"^Sections: ([a-z, -]+)\.( Not allowed in a policy fragment\.)?$", text_of(policy.name), re.M
    )
    assert found
    assert found[1].split(", ") == [section for section in SECTIONS if section in policy.sections]
    assert bool(found[2]) == (not policy.in_fragment)


def test_every_policy_of_the_reference_that_is_not_built_is_listed() -> None:
    names = TEXTS[LATER].partition(":\n")[2].partition(".\n")[0]
    assert set(quoted(names)) == REFERENCE - set(BUILT)


def test_the_readme_lists_the_policies() -> None:
    listed = sections("README.md")["What is built, and what is not"]
    found = re.search(r"These policies: (.+?);", listed, re.DOTALL)
    assert found
    assert set(quoted(found[1])) == set(BUILT)
