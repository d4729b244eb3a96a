"""YAML is read by the rules of 1.2, within bounds, and every objection has a place."""

from __future__ import annotations

import pytest

from fastgw.config.nodes import Scalar, read_nodes, resolve
from fastgw.errors import Diagnostics


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true", True),
        ("False", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("12", 12),
        ("-3", -3),
        ("0o17", 15),
        ("0xff", 255),
        ("010", 10),
        ("1.5", 1.5),
        ("1e3", 1000.0),
        ("-.inf", float("-inf")),
        ("yes", "yes"),
        ("off", "off"),
        ("y", "y"),
        ("1_000", "1_000"),
        ("12:30:45", "12:30:45"),
        ("2024-01-01", "2024-01-01"),
        ("0b1", "0b1"),
        ("1.2.3", "1.2.3"),
    ],
)
def test_plain_scalars_follow_the_core_schema(text: str, value: object):
    assert resolve(text) == value
    assert type(resolve(text)) is type(value)


@pytest.mark.parametrize(
    ("text", "line", "column", "message"),
    [
        ("a: 1\nb: 2\na: 3\n", 3, 1, "`a` is given twice, first at f:1:1"),
        ("1: x\n", 1, 1, "a key must be a string; quote it"),
        ("true: x\n", 1, 1, "a key must be a string; quote it"),
        ("? [a]\n: x\n", 1, 3, "a key must be a string, not a list or a mapping"),
        ("a: !secret x\n", 1, 4, "this tag is not known here"),
        ("a: !!python/object:os.system x\n", 1, 4, "this tag is not known here"),
        ("a: !!int x\n", 1, 4, "this is no value of the type int"),
        ("a: !x {}\n", 1, 4, "this tag is not known here"),
        ("a: *b\n", 1, 4, "no anchor of this name stands before it"),
        ("a: &x [*x]\n", 1, 8, "this alias refers to a value that contains it"),
        ("a: &x {b: 1}\nc:\n  <<: *x\n", 3, 3, "merge keys (<<) are not supported"),
        ("a: 1\n---\nb: 1\n", 2, 1, "the file holds a second document"),
        ("a: [1\nb: 2\n", 2, 2, "this is not valid YAML"),
        ("a: b: c\n", 1, 5, "this is not valid YAML"),
        ("a:\n\t- b\n", 2, 1, "this is not valid YAML"),
        ("a: 'x\n", 2, 1, "this is not valid YAML"),
        ("a: \x00\n", 1, 4, "the file holds a control character"),
        ("a: [[" + "[" * 50, 1, 43, "values are nested deeper than 40"),
        ("[" * 100_000, 1, 41, "values are nested deeper than 40"),
    ],
)
def test_what_is_refused(text: str, line: int, column: int, message: str):
    diagnostics = Diagnostics()
    read_nodes(text, "f", diagnostics, lambda scalar: scalar)
    first = diagnostics.errors[0]
    assert message in first.message
    assert (first.position.line, first.position.column) == (line, column)


def test_aliases_are_bounded():
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 9)]
    diagnostics = Diagnostics()
    assert read_nodes("\n".join(lines), "f", diagnostics, lambda scalar: scalar) is None
    (error,) = diagnostics.errors
    assert "unfolds to more than" in error.message
    assert error.position.line == 6


def test_depth_is_counted_through_aliases():
    lines = ["a0: &a0 [x]"] + [f"a{i}: &a{i} [*a{i - 1}]" for i in range(1, 60)]
    diagnostics = Diagnostics()
    assert read_nodes("\n".join(lines), "f", diagnostics, lambda scalar: scalar) is None
    assert "nested deeper" in diagnostics.errors[0].message


def test_an_alias_is_the_value_of_its_anchor():
    diagnostics = Diagnostics()
    root = read_nodes("a: &x [1]\nb: *x\n", "f", diagnostics, lambda scalar: scalar)
    assert root.get("a") is root.get("b")
    assert not len(diagnostics)


def test_findings_are_bounded():
    diagnostics = Diagnostics()
    read_nodes("- !x y\n" * 5000, "f", diagnostics, lambda scalar: scalar)
    assert len(diagnostics) == 1000


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("a: |\n  <x>\n", (2, 3)),
        ("a: |\n\n\n    <x>\n", (2, 5)),
        ("a: |2\n     <x>\n", (2, 3)),
        ("a: |- # note\n  <x>", (2, 3)),
        ("é: 1\na: |\r\n   <x>\r\n", (3, 4)),
        ("a:\n- |\n <x>\n", (3, 2)),
        ("a: |\n\n", None),
        ("a: >\n  <x>\n", None),
        ("a: '<x>'\n", None),
    ],
)
def test_a_literal_block_knows_where_its_text_begins(text: str, place: tuple[int, int] | None):
    diagnostics = Diagnostics()
    root = read_nodes(text, "f", diagnostics, lambda scalar: scalar)
    node = root.get("a")
    scalar = node if isinstance(node, Scalar) else node.items[0]
    assert scalar.content == place


@pytest.mark.parametrize(
    ("data", "line", "column", "message"),
    [
        (b"", 1, 1, "the file is empty"),
        (b"# nothing\n", 1, 1, "the file is empty"),
        (b"null\n", 1, 1, "the file is empty"),
        (b"- a\n", 1, 1, "the file must be a mapping"),
        (b"a: b\nc: \xff\n", 2, 4, "the file is not UTF-8"),
        (b"#" * (16 * 1024 * 1024 + 1), 1, 1, "the file is larger than 16384 KiB"),
    ],
)
def test_a_file_that_is_no_configuration(findings, data: bytes, line: int, column: int, message: str):
    ((found_line, found_column, _, said),) = findings(data)
    assert message in said
    assert (found_line, found_column) == (line, column)


def test_a_byte_order_mark_is_no_column(findings):
    ((line, column, _, _),) = findings(b"\xef\xbb\xbfgatway: {}\n")
    assert (line, column) == (1, 1)
