"""Every case of the conformance data and every published policy: what the C# compiler reads is read."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from fastgw.compiler.nodes import Element, Expression, Value
from fastgw.compiler.xml import read
from fastgw.errors import Diagnostics
from fastgw.expr import nodes
from fastgw.expr.errors import CompileError
from fastgw.expr.parser import parse_block, parse_expression
from fastgw.expr.source import Source
from fastgw.model.policy import PolicySource

CASES = json.loads((Path(__file__).parent / "conformance" / "expressions.json").read_text())
CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpus"

# What the compiler refuses as syntax: the parser's part of the cases that are compile errors.
SYNTAX = {
    *("CS1002", "CS1003", "CS1009", "CS1011", "CS1012", "CS1013", "CS1021", "CS1026", "CS1039", "CS1511"),
    *("CS1524", "CS1525", "CS4032", "CS8076", "CS8370", "CS0106", "CS1624"),
}
# Refused by the parser as well, though the compiler's first error is another.
ALSO_REFUSED = {"compile-errors-074", "compile-errors-090", "compile-errors-114", "compile-errors-142"}
# The place of these is outside the case's own text, or beside the character that is wrong.
OTHER_PLACE = {"compile-errors-011", "compile-errors-017", "compile-errors-033", "compile-errors-058"}


def parsed(case: dict[str, Any]) -> nodes.Expr | nodes.Block:
    parse = parse_expression if case["kind"] == "expression" else parse_block
    return parse(case["source"])


def is_syntax_error(case: dict[str, Any]) -> bool:
    return case["expected"].get("code") in SYNTAX or case["id"] in ALSO_REFUSED


@pytest.mark.parametrize(
    "case", [case for case in CASES if not is_syntax_error(case)], ids=lambda case: case["id"]
)
def test_what_the_compiler_reads_is_read(case: dict[str, Any]) -> None:
    tree = parsed(case)
    assert tree.end <= len(case["source"])


@pytest.mark.parametrize(
    "case", [case for case in CASES if is_syntax_error(case)], ids=lambda case: case["id"]
)
def test_what_the_compiler_refuses_as_syntax_is_refused(case: dict[str, Any]) -> None:
    with pytest.raises(CompileError) as caught:
        parsed(case)
    expected = case["expected"]
    if case["id"] in ALSO_REFUSED or "message" not in expected:
        return
    assert (caught.value.code, caught.value.message) == (expected["code"], expected["message"])
    if expected["line"] and case["id"] not in OTHER_PLACE:
        assert Source(case["source"]).place(caught.value.offset) == (expected["line"], expected["column"])


def test_syntax_errors_are_a_part_of_the_compile_errors() -> None:
    refused = [case for case in CASES if is_syntax_error(case)]
    assert {case["feature"] for case in refused} == {"compile-errors"}
    assert len(refused) > 30


def parts(node: Any) -> Iterator[nodes.Node]:
    """The nodes right below a node."""
    if isinstance(node, tuple):
        for one in node:
            yield from [one] if isinstance(one, nodes.Node) else parts(one)
    elif isinstance(node, nodes.Node):
        for one in fields(node):
            value = getattr(node, one.name)
            yield from [value] if isinstance(value, nodes.Node) else parts(value)


def test_a_node_encloses_its_parts() -> None:
    for case in CASES:
        # The parts of the calls that a query stands for are where the author wrote them.
        if is_syntax_error(case) or re.search(r"from \w+ in", case["source"]):
            continue
        waiting: list[nodes.Node] = [parsed(case)]
        while waiting:
            node = waiting.pop()
            assert 0 <= node.start <= node.end <= len(case["source"]), case["id"]
            for part in parts(node):
                # Declared with one `var` for all names.
                if not isinstance(node, nodes.OutDeclaration):
                    assert node.start <= part.start, case["id"]
                assert part.end <= node.end, case["id"]
                waiting.append(part)


# ---------------------------------------------------------------- published policies

# Not C#, as published: named values that stand for code, a made-up operator, strings in single quotes,
# strings torn apart by a formatter, a missing semicolon, a placeholder.
BROKEN = {
    "load-balancing_aca-backend-pool-load-balancing-with-retry-tracked.xml": 3,
    "Pre-authorize_requests_based_on_HTTP_method_with_validate-jwt.xml": 2,
    "http-data-source-policy-03.xml": 1,
    "set-body-policy-03.xml": 1,
    "validate-graphql-request-policy-02.xml": 1,
}


def values(element: Element) -> Iterator[Value]:
    for attribute in element.attributes.values():
        yield attribute.value
    if element.text:
        yield element.text
    for child in element.children:
        yield from values(child)


def published() -> Iterator[tuple[str, str]]:
    """(name of the document, expression with `@` and brackets) of each in the corpus."""
    for entry in json.loads((CORPUS / "index.json").read_text())["documents"]:
        path = CORPUS / entry["path"]
        text = path.read_bytes().decode()
        if entry["form"] == "snippet":
            text = f"<policies>{text.removeprefix(chr(0xFEFF))}</policies>"
        document = read(PolicySource(text, path.name, 1, 1, 0), Diagnostics(), "api x")
        for value in values(document.root) if document else ():
            if isinstance(value.content, Expression):
                yield path.name, value.content.source


def test_every_published_expression_is_read_but_the_broken_ones() -> None:
    if not CORPUS.is_dir():
        pytest.skip(f"the corpus of published policies is not at {CORPUS}")
    read_well, refused = 0, dict.fromkeys(BROKEN, 0)
    failures = []
    for name, source in dict.fromkeys(published()):
        # Named values are replaced before anything is compiled; a number fits wherever code stands.
        while "{{" in source:
            before, _, rest = source.partition("{{")
            inner, closed, after = rest.partition("}}")
            if not closed or not inner.replace("-", "").replace("_", "").replace(".", "").isalnum():
                break
            source = f"{before}1{after}"
        parse = parse_expression if source.startswith("@(") else parse_block
        try:
            parse(source[2:-1])
        except CompileError as error:
            failures.append(f"{name}: {error.message} at {source[2:][error.offset :][:40]!r}")
            refused[name] = refused.get(name, 0) + 1
        else:
            read_well += 1
    print(*failures, sep="\n")
    assert refused == BROKEN
    assert read_well > 900
