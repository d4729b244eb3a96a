"""Interpolated strings: parts, holes, alignment and format."""

from __future__ import annotations

import pytest

from fastgw.expr import nodes
from fastgw.expr.errors import CompileError
from fastgw.expr.parser import parse_expression
from tests.expr.trees import expression

STRINGS = {
    '$""': "($)",
    '$"a"': "($ 'a')",
    '$"a{b}c{d}"': "($ 'a' {b,-:-} 'c' {d,-:-})",
    '$"{{{a}}}"': "($ '{' {a,-:-} '}')",
    '$"{a,5}"': "($ {a,int:5:-})",
    '$"{a,-b:F2}"': "($ {a,(- b):F2})",
    '$"{a:yyyy-MM-dd}"': "($ {a,-:yyyy-MM-dd})",
    '$"{(a ? b : c):N}"': "($ {(paren (?: a b c)),-:N})",
    '$"{a["b"]}"': "($ {(at a string:b),-:-})",
    '$"{f(x => { return $"<{x}>"; })}"': "($ {(call f (Lambda [x] {(Return ($ '<' {x,-:-} '>'))})),-:-})",
    '$"{a ?? b}"': "($ {(?? a b),-:-})",
    '$"{f(a: b)}"': "($ {(call f a: b),-:-})",
    '$"{global::a}"': "($ {a,-:-})",
    '$@"a\n{b}""\\"': "($ 'a\\n' {b,-:-} '\"\\\\')",
    '$@"{a +\n// b\nc}"': "($ {(+ a c),-:-})",
    '$"a" + $"{b}".c': "(+ ($ 'a') (. ($ {b,-:-}) c))",
    '$"{from x in a select x}"': "($ {(call (. a Select) (Lambda [x] x)),-:-})",
    '$"{f<a>}"': "($ {f<a>,-:-})",
}


@pytest.mark.parametrize(("text", "tree"), STRINGS.items())
def test_interpolated_strings(text: str, tree: str) -> None:
    assert expression(text) == tree


def test_a_hole_knows_its_place() -> None:
    tree = parse_expression('$"a{b,1:c}d"')
    assert isinstance(tree, nodes.Interpolated)
    hole = tree.parts[1]
    assert isinstance(hole, nodes.Hole)
    assert (tree.start, tree.end, hole.start, hole.end, hole.value.start) == (0, 12, 3, 10, 4)


@pytest.mark.parametrize(
    ("text", "offset", "code"),
    [
        ('$"{}"', 3, "CS1733"),
        ('$"{:x}"', 3, "CS1733"),
        ('$"{a b}"', 5, "CS1513"),
        ('$"{a,}"', 5, "CS1525"),
        ('$"{a ? b : c}"', 9, "CS8361"),
        ('$"{a', 2, "CS8076"),
        ('$"{(a}"', 5, "CS1026"),
        ('$"{a + }"', 7, "CS1525"),
        ('$"{if}"', 3, "CS1525"),
        ('$"{a}', 5, "CS1010"),
    ],
)
def test_errors_in_holes(text: str, offset: int, code: str) -> None:
    with pytest.raises(CompileError) as caught:
        parse_expression(text)
    assert (caught.value.offset, caught.value.code) == (offset, code)
