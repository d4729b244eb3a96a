"""What C# has since version 7.1 is refused, and the message says what it is."""

from __future__ import annotations

import pytest

from fastgw.expr.errors import CompileError
from fastgw.expr.parser import parse_block

NEWER = {
    "return default;": (7, "default literal", "7.1"),
    "f(in a);": (2, "readonly references", "7.2"),
    "a = (in int x) => x;": (5, "readonly references", "7.2"),
    "void F(in int x) { }": (7, "readonly references", "7.2"),
    "a ??= b;": (2, "coalescing assignment", "8.0"),
    "return a[1..2];": (10, "range operator", "8.0"),
    "return a[..2];": (9, "range operator", "8.0"),
    "return a[^1];": (9, "index operator", "8.0"),
    "return a!.b;": (8, "nullable reference types", "8.0"),
    "string[]? a = b;": (8, "nullable reference types", "8.0"),
    "using var a = b;": (0, "using declarations", "8.0"),
    "using System;": (0, "using declarations", "8.0"),
    "static int F() => 1;": (0, "static local functions", "8.0"),
    "static void F() { }": (0, "static local functions", "8.0"),
    "return a switch { 1 => 2 };": (9, "recursive patterns", "8.0"),
    "return a is { };": (12, "recursive patterns", "8.0"),
    "return a is B { C: 1 };": (12, "recursive patterns", "8.0"),
    "return a is var (b, c);": (12, "recursive patterns", "8.0"),
    "switch (a) { case { }: break; }": (18, "recursive patterns", "8.0"),
    "return a is not null;": (12, "not pattern", "9.0"),
    "return a is not B;": (12, "not pattern", "9.0"),
    "return a is > 5;": (12, "relational pattern", "9.0"),
    "switch (a) { case < 5: break; }": (18, "relational pattern", "9.0"),
    "return a is B or C;": (14, "or pattern", "9.0"),
    "return a is B and > 1;": (14, "and pattern", "9.0"),
    "A a = new();": (9, "target-typed object creation", "9.0"),
    "A a = new(b) { C = d };": (9, "target-typed object creation", "9.0"),
    "return a with { B = c };": (9, "records", "9.0"),
    "(a, var b) = c;": (0, "Mixed declarations and expressions in deconstruction", "10.0"),
    "return a is [1];": (12, "list pattern", "11.0"),
    'return """a""";': (7, "raw string literals", "11.0"),
    "int[] a = [1, 2];": (10, "collection expressions", "12.0"),
}


@pytest.mark.parametrize(("text", "expected"), NEWER.items())
def test_newer_syntax_is_refused_by_its_name(text: str, expected: tuple[int, str, str]) -> None:
    offset, feature, version = expected
    with pytest.raises(CompileError) as caught:
        parse_block(text)
    error = caught.value
    known, code = ("7.0", "CS8107") if version.startswith("7") else ("7.3", "CS8370")
    assert error.message == (
        f"Feature '{feature}' is not available in C# {known}. "
        f"Please use language version {version} or greater."
    )
    assert (error.offset, error.code) == (offset, code)


@pytest.mark.parametrize(
    "text", ["await foreach (var a in b) { }", "static x => x;", "a = static x => x;", 'a = "b"u8;']
)
def test_the_rest_of_it_is_refused_as_well(text: str) -> None:
    with pytest.raises(CompileError):
        parse_block(text)


def test_names_that_newer_versions_made_keywords_are_names() -> None:
    parse_block("var not = 1; var or = not; var with = or; var record = with; var init = a is not;")
