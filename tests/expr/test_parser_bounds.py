"""Hostile text: nesting ends in an error long before Python's own limit, and time grows with the length."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

import pytest

from fastgw.expr import nodes
from fastgw.expr.errors import CompileError
from fastgw.expr.parser import parse_block, parse_expression
from fastgw.expr.parser.cursor import MAX_NESTING

MANY = 5_000
# Many levels whose words and signs together are few enough to be parsed at all.
DEEP = 500
# A server that compiles an expression is some calls deep already.
CALLERS = 100
# A text takes 10 to 200 ms; a machine that is busy with other things may be much slower.
SECONDS = 5.0

TOO_DEEP = {
    "parentheses": ("(", "1", ")"),
    "indexers": ("a[", "1", "]"),
    "calls": ("f(", "1", ")"),
    "named-arguments": ("f(a: ", "1", ")"),
    "out-arguments": ("f(out ", "a", ")"),
    "signs": ("- ", "1", ""),
    "negations": ("!", "a", ""),
    "casts": ("(int)", "a", ""),
    "casts-to-names": ("(a)", "b", ""),
    "coalescing": ("a ?? ", "b", ""),
    "conditional": ("a ? b : ", "c", ""),
    "conditional-inside": ("a ? ", "b", " : c"),
    "assignments": ("a = ", "b", ""),
    "null-conditional": ("a?.b(", "1", ")"),
    "null-conditional-chain": ("a?.", "b", ""),
    "lambdas": ("x => ", "1", ""),
    "lambdas-without-parameters": ("() => ", "1", ""),
    "lambdas-in-parentheses": ("(x => ", "1", ")"),
    "lambda-blocks": ("() => { return ", "1", "; }"),
    "lambda-blocks-in-locals": ("() => { var a = ", "1", "; }"),
    "lambda-blocks-in-cases": ("() => { switch (a) { case ", "1", ": break; } }"),
    "lambdas-that-throw": ("x => throw (", "1", ")"),
    "throws": ("a ?? throw (", "1", ")"),
    "anonymous-methods": ("delegate { return ", "1", "; }"),
    "anonymous-methods-in-locals": ("delegate { var a = ", "1", "; }"),
    "defaults": ("delegate { int F(int a = ", "1", ") => 1; }"),
    "interpolation": ('$"{', "1", '}"'),
    "tuples": ("(a, ", "b", ")"),
    "tuples-that-are-assigned": ("(a, ", "b", ") = c"),
    "new": ("new A(", "1", ")"),
    "new-arrays": ("new A[", "1", "]"),
    "array-initialisers": ("new[] { ", "1", " }"),
    "nested-array-initialisers": ("new[] { ", "{ 1 }", " }"),
    "object-initialisers": ("new A { B = ", "1", " }"),
    "index-initialisers": ("new A { [", "1", "] = 2 }"),
    "collection-initialisers": ("new A { { ", "1", " } }"),
    "anonymous-objects": ("new { a = ", "1", " }"),
    "nameof": ("nameof(", "a", ")"),
    "checked": ("checked(", "1", ")"),
    "patterns": ("a is (", "1", ")"),
    "patterns-of-patterns": ("a is (b is ", "1", ")"),
    "queries": ("from a in ", "b", " select a"),
    "queries-in-clauses": ("from a in b from c in ", "d", " select a"),
    "queries-in-joins": ("from a in b join c in d on a equals ", "e", " select a"),
    "queries-in-results": ("from a in b select ", "c", ""),
    "all-levels": ("a ?? b || c && d | e ^ f & g == h < i << j + k * -(", "1", ")"),
    "cast-and-call": ("(A<B>)f(", "1", ")"),
}

TOO_DEEP_BLOCKS = {
    "blocks": ("{ ", "", " }"),
    "if": ("if (a) ", "b();", ""),
    "else-if": ("if (a) b(); else ", "c();", ""),
    "while": ("while (a) ", "b();", ""),
    "do": ("do ", "a();", " while (b);"),
    "for": ("for (;;) ", "a();", ""),
    "foreach": ("foreach (var a in b) ", "a();", ""),
    "using": ("using (a) ", "b();", ""),
    "switch": ("switch (a) { case 1: ", "break;", " }"),
    "try": ("try { ", "a();", " } finally { }"),
    "catch": ("try { } catch { ", "a();", " }"),
    "labels": ("a: ", "b();", ""),
    "checked": ("checked { ", "a();", " }"),
    "local-functions": ("int F() { ", "return 1;", " }"),
    "lambdas": ("a(() => { ", "b();", " });"),
    "lambdas-in-usings": ("using (var a = f(() => { ", "b();", " })) { }"),
    "delegates-in-usings": ("using (var a = delegate { ", "b();", " }) { }"),
    "lambdas-in-arrays": ("int[] a = { () => { ", "b();", " } };"),
}

LEANING_LEFT = {
    "sums": " + ".join(["a"] * MANY),
    "strings": " + ".join(['"x"'] * MANY),
    "mixed-operators": "a" + " + b * c" * MANY,
    "comparisons": " < ".join(f"a{at}" for at in range(MANY)),
    "shifts": "a" + " >> b" * MANY,
    "greater-than": "a" + " > b" * MANY,
    "members": "a" + ".b" * MANY,
    "calls": "a" + ".b(1)" * (MANY // 2),
    "generic-calls": "a" + ".b<c>()" * (MANY // 2),
    "indexers": "a" + "[1]" * MANY,
    "increments": "a" + "++" * MANY,
    "type-tests": "a" + " is b" * MANY,
    "conversions": "a" + " as b == c" * MANY,
    "arguments": "f(" + ", ".join(["1"] * MANY) + ")",
    "compared-arguments": "f(" + ", ".join(f"a{at} < b{at}" for at in range(MANY)) + ")",
    "compared-arguments-with-an-end": "f(" + ", ".join(f"a{at} < b{at}" for at in range(MANY)) + " > (1))",
    "array": "new[] { " + "1, " * MANY + "}",
    "tuple": "(" + ", ".join(["a"] * MANY) + ")",
    "interpolation": '$"' + "{a}" * MANY + '"',
    "braces": '$"' + "{{" * MANY + '"',
    "escapes": '"' + "\\n" * MANY + '"',
    "dimensions": "typeof(int[" + "," * MANY + "])",
    "jagged": "typeof(int" + "[]" * MANY + ")",
    "clauses": "from x in a " + "where x " * MANY + "select x",
    "continuations": "from x in a select x " + "into x select x " * MANY,
    "comments": "/**/" * MANY + "1",
    "name": "a" * MANY * 20,
    "digits": "1." + "1" * MANY * 20,
}

LONG_BLOCKS = {
    "statements": "a();" * MANY,
    "locals": "".join(f"var a{at} = {at};" for at in range(MANY - 1)),
    "declarators": "int a" + ", a" * MANY + ";",
    "labels": "switch (a) { " + "case 1: " * MANY + "break; }",
    "sections": "switch (a) { " + "case 1: break; " * (MANY - 2) + "}",
    "catches": "try { } " + "catch (A a) { } " * (MANY // 2),
    "empty": ";" * MANY,
}

FAULTY = {
    "open-parentheses": "(" * MANY,
    "open-generics": "a<" * MANY,
    "open-generics-with-names": "a<b, " * MANY,
    "closed-generics": "a<" * MANY + "b" + ">" * MANY + "()",
    "casts-to-open-generics": "(a<" * MANY,
    "open-everything": "f(a[b{c<" * MANY,
    "closed-brackets": ")]}" * MANY,
    "tuple-types": "(int, " * MANY,
    "tuple-or-type": "(a<b, c>d, " * MANY,
    "nullable": "a is b? " * MANY,
    "question-marks": "a ? " * MANY,
    "query": "from a in " * MANY,
    "ranges": "from x in a " + "".join(f"let a{at} = x " for at in range(MANY)) + "select x",
    "string": '"' + "\\" * MANY * 2,
    "verbatim": '@"' + '"' * MANY * 2,
    "character": "'" * MANY,
    "comment": "/* " * MANY,
    "holes": '$"{' * MANY,
    "holes-with-brackets": '$"{(" ' * MANY,
    "digits": "1" * MANY * 20,
    "hexadecimal": "0x" + "f" * MANY * 20,
    "separators": "1" + "_" * MANY * 20,
    "no-letters": "é²" * MANY,
    "marks": "e" + "\u0301" * MANY * 20 + "²",
    "dots": "a" + "." * MANY,
}


def called_deeply(parse: Callable[[str], Any], text: str, callers: int = CALLERS) -> Any:
    """What `parse` makes of `text` when it is called by a stack of some depth."""
    return parse(text) if not callers else called_deeply(parse, text, callers - 1)


def is_too_deep(parse: Callable[[str], Any], text: str) -> bool:
    """Whether a text is refused for its nesting, and in time."""
    began = time.monotonic()
    found = None
    try:
        called_deeply(parse, text)
    except CompileError as error:
        found = error
    assert time.monotonic() - began < SECONDS
    if found is None:
        return False
    assert 0 <= found.offset <= len(text)
    return found.message == "the expression is nested too deeply"


@pytest.fixture(autouse=True)
def _ordinary_limit() -> Any:
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(1000)
    yield
    sys.setrecursionlimit(before)


@pytest.mark.parametrize(
    ("parse", "parts"),
    [(parse_expression, parts) for parts in TOO_DEEP.values()]
    + [(parse_block, parts) for parts in TOO_DEEP_BLOCKS.values()],
    ids=[*TOO_DEEP, *(f"{name}-block" for name in TOO_DEEP_BLOCKS)],
)
def test_nesting_is_bounded(parse: Callable[[str], Any], parts: tuple[str, str, str]) -> None:
    opening, middle, closing = parts
    assert is_too_deep(parse, opening * DEEP + middle + closing * DEEP)
    assert is_too_deep(parse, opening * DEEP)
    # Every depth up to the bound, and the first ones beyond it: whichever is deepest on the stack is there.
    for depth in (*range(10, MAX_NESTING + 10, 10), MAX_NESTING - 2, MAX_NESTING - 1, MAX_NESTING + 1):
        is_too_deep(parse, opening * depth + middle + closing * depth)


def test_nesting_of_types_and_names_is_bounded() -> None:
    for depth in (MAX_NESTING, DEEP):
        assert is_too_deep(parse_expression, "typeof(" + "A<" * depth + "b" + ">" * depth + ")")
        assert is_too_deep(parse_expression, "typeof(" + "(a, " * depth + "b" + ")" * depth + ")")
        assert is_too_deep(parse_block, "var " + "(a, " * depth + "b" + ")" * depth + " = c;")
        assert is_too_deep(parse_block, "foreach (var " + "(a, " * depth + "b" + ")" * depth + " in c) { }")


@pytest.mark.parametrize("depth", [1, 30, 60])
@pytest.mark.parametrize("parts", TOO_DEEP.values(), ids=TOO_DEEP)
def test_what_an_author_may_nest_is_far_from_the_bound(parts: tuple[str, str, str], depth: int) -> None:
    opening, middle, closing = parts
    levels = opening.count("(") + opening.count("?") + opening.count("=>") + opening.count("{") + 1
    count = min(depth, max(1, MAX_NESTING // (levels * 4)))
    assert not is_too_deep(parse_expression, opening * count + middle + closing * count)


@pytest.mark.parametrize("text", LEANING_LEFT.values(), ids=LEANING_LEFT)
def test_what_leans_to_the_left_is_as_long_as_it_likes(text: str) -> None:
    began = time.monotonic()
    assert isinstance(called_deeply(parse_expression, text), nodes.Expr)
    assert time.monotonic() - began < SECONDS


@pytest.mark.parametrize("text", LONG_BLOCKS.values(), ids=LONG_BLOCKS)
def test_blocks_are_as_long_as_they_like(text: str) -> None:
    began = time.monotonic()
    assert isinstance(called_deeply(parse_block, text), nodes.Block)
    assert time.monotonic() - began < SECONDS


@pytest.mark.parametrize("parse", [parse_expression, parse_block])
@pytest.mark.parametrize("text", FAULTY.values(), ids=FAULTY)
def test_faulty_text_is_refused_in_time(parse: Callable[[str], Any], text: str) -> None:
    began = time.monotonic()
    with pytest.raises(CompileError):
        called_deeply(parse, text)
    assert time.monotonic() - began < SECONDS


def test_the_bound_is_at_the_first_bracket_too_many() -> None:
    inside = MAX_NESTING - 1
    called_deeply(parse_expression, "(" * inside + "1" + ")" * inside)
    with pytest.raises(CompileError, match="the expression is nested too deeply") as caught:
        parse_expression("(" * (inside + 1) + "1" + ")" * (inside + 1))
    assert caught.value.offset == inside + 1
