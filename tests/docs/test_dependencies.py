"""docs/dependencies.md gives a reason for exactly the libraries of pyproject.toml."""

from __future__ import annotations

import re
import tomllib
from importlib import metadata

import pytest

from tests.docs.blocks import quoted, read, rows, sections

PROJECT = tomllib.loads(read("pyproject.toml"))
TEXTS = sections("docs/dependencies.md")
DECLARED = {
    "To run": PROJECT["project"]["dependencies"],
    "To build": PROJECT["build-system"]["requires"],
    **{f"`fastgw[{extra}]`": names for extra, names in PROJECT["project"]["optional-dependencies"].items()},
}


def name_of(requirement: str) -> str:
    found = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert found
    return found[0]


def described(heading: str) -> dict[str, list[str]]:
    return {quoted(cells[0])[0]: cells for cells in rows(TEXTS.get(heading, ""), "library")}


@pytest.mark.parametrize("heading", sorted(DECLARED))
def test_every_library_is_described_where_it_is_declared(heading: str) -> None:
    assert set(described(heading)) == {name_of(one) for one in DECLARED[heading]}


@pytest.mark.parametrize("heading", sorted(DECLARED))
def test_every_library_has_a_licence_and_a_reason(heading: str) -> None:
    for name, cells in described(heading).items():
        assert all(cells[1:]), name


@pytest.mark.parametrize("heading", sorted(DECLARED))
def test_the_licence_is_the_one_that_the_installed_package_declares(heading: str) -> None:
    for name, cells in described(heading).items():
        try:
            declared = metadata.metadata(name).get("License-Expression")
        except metadata.PackageNotFoundError:
            continue
        if declared:
            assert cells[1] == declared, name


def test_no_group_is_described_that_is_not_declared() -> None:
    assert set(TEXTS) - {"Dependencies"} == set(DECLARED)
