"""Types as written, and where looking ahead decides: casts, type arguments, nullable types."""

from __future__ import annotations

import pytest

from fastgw.expr.errors import CompileError
from fastgw.expr.parser import parse_expression
from tests.expr.trees import expression

TYPES = {
    "int": "int",
    "A": "A",
    "A.B.C": "A.B.C",
    "global::A.B": "A.B",
    "A<B>": "A<B>",
    "A<B, C<D>>.E<F>": "A<B,C<D>>.E<F>",
    "A<B<C<D>>>": "A<B<C<D>>>",
    "int[]": "array1(int)",
    "int[,,]": "array3(int)",
    "int[][,]": "array1(array2(int))",
    "int?": "int?",
    "int?[]": "array1(int?)",
    "(int, A)": "(int,A)",
    "(int a, (A b, C))[]": "array1((int a,(A b,C)))",
}


@pytest.mark.parametrize(("text", "shown"), TYPES.items())
def test_types(text: str, shown: str) -> None:
    assert expression(f"typeof({text})") == f"(TypeOf {shown})"


CASTS = {
    # A type that is one beyond doubt.
    "(int)a": "(Cast int a)",
    "(int)-a": "(Cast int (- a))",
    "(int)+a": "(Cast int (+ a))",
    "(A?)-a": "(Cast A? (- a))",
    "(A[])-a": "(Cast array1(A) (- a))",
    # A name, before what can only begin an operand.
    "(A)b": "(Cast A b)",
    "(A.B)c.d": "(Cast A.B (. c d))",
    "(A<B>)c": "(Cast A<B> c)",
    "((A, B))c": "(Cast (A,B) c)",
    '(A)"b"': "(Cast A string:b)",
    "(A)5": "(Cast A int:5)",
    "(A)'b'": "(Cast A char:b)",
    '(A)$"b"': "(Cast A ($ 'b'))",
    "(A)!b": "(Cast A (! b))",
    "(A)~b": "(Cast A (~ b))",
    "(A)(b)": "(Cast A (paren b))",
    "(A)(b)c": "(Cast A (Cast b c))",
    "(A)new B()": "(Cast A (New B [] -))",
    "(A)null": "(Cast A null:None)",
    "(A)typeof(B)": "(Cast A (TypeOf B))",
    "(A)int.B": "(Cast A (. int B))",
    "(A)delegate { }": "(Cast A (Lambda - {}))",
    "(A)(() => b)": "(Cast A (paren (Lambda [] b)))",
    "(int)(A)b": "(Cast int (Cast A b))",
    "!(bool)a": "(! (Cast bool a))",
    "(int)a + b": "(+ (Cast int a) b)",
    "(A)b[c]": "(Cast A (at b c))",
    # Parentheses.
    "(a) - b": "(- (paren a) b)",
    "(a) + b": "(+ (paren a) b)",
    "(a)++": "(post++ (paren a))",
    "(a) * b": "(* (paren a) b)",
    "(a) & b": "(& (paren a) b)",
    "(a)[b]": "(at (paren a) b)",
    "(a).b": "(. (paren a) b)",
    "(a) ? b : c": "(?: (paren a) b c)",
    "(a) is b": "(Is (paren a) (ConstantPattern b))",
    "(a) as b": "(As (paren a) b)",
    "(a) ?? b": "(?? (paren a) b)",
    "(a<b>) - c": "(- (paren a<b>) c)",
    "(a < b) - c": "(- (paren (< a b)) c)",
    "(a ? b : c)": "(paren (?: a b c))",
    "(a[b])": "(paren (at a b))",
    "a ? (b) : c": "(?: a (paren b) c)",
}


@pytest.mark.parametrize(("text", "tree"), CASTS.items())
def test_casts_are_told_from_parentheses(text: str, tree: str) -> None:
    assert expression(text) == tree


TYPE_ARGUMENTS = {
    "f<A>()": "(call f<A>)",
    "f<A, B[]>(c)": "(call f<A,array1(B)> c)",
    "a.f<A>().b": "(. (call (. a f<A>)) b)",
    "a?.f<int?>(b)": "(?. a (call (. @ f<int?>) b))",
    "a.f<A<B>>()": "(call (. a f<A<B>>))",
    "A<B>.c": "(. A<B> c)",
    "f(a<b, c>(d))": "(call f (call a<b,c> d))",
    "f(a<b, c>d)": "(call f (< a b) (> c d))",
    "f(a<b>, c)": "(call f a<b> c)",
    "a<b> == c": "(== a<b> c)",
    "a < b": "(< a b)",
    "a < b > c": "(> (< a b) c)",
    "a < b >> c": "(< a (>> b c))",
    "a < b && c > d": "(&& (< a b) (> c d))",
    "a < b ? c : d": "(?: (< a b) c d)",
    "a < b.c": "(< a (. b c))",
    "a < 5 > (b)": "(> (< a int:5) (paren b))",
    "a < (b)": "(< a (paren b))",
    "a < b[c]": "(< a (at b c))",
    "a<b<c>>(d)": "(call a<b<c>> d)",
}


@pytest.mark.parametrize(("text", "tree"), TYPE_ARGUMENTS.items())
def test_type_arguments_are_told_from_comparisons(text: str, tree: str) -> None:
    assert expression(text) == tree


NULLABLE = {
    "a is int ? b : c": "(?: (Is a (TypePattern int)) b c)",
    "a is int? ? b : c": "(?: (Is a (TypePattern int?)) b c)",
    "a is B ? -b : c": "(?: (Is a (ConstantPattern B)) (- b) c)",
    "a is B c ? c : d": "(?: (Is a (DeclarationPattern B c)) c d)",
    "a is int? b": None,
    "a as int? ?? b": "(?? (As a int?) b)",
    "(a as int?)": "(paren (As a int?))",
    "f(a as int?, b)": "(call f (As a int?) b)",
    "a as B ? c : d": "(?: (As a B) c d)",
    "a as B ? (c) : d": "(?: (As a B) (paren c) d)",
    "a as B[] ? c : d": "(?: (As a array1(B)) c d)",
    "a as int? == b": "(== (As a int?) b)",
    "a ? b as int? : c": "(?: a (As b int?) c)",
}


@pytest.mark.parametrize(("text", "tree"), NULLABLE.items())
def test_nullable_types_are_told_from_conditional_operators(text: str, tree: str | None) -> None:
    if tree is None:
        with pytest.raises(CompileError, match="':' expected"):
            expression(text)
    else:
        assert expression(text) == tree


@pytest.mark.parametrize(
    ("text", "offset", "code"),
    [
        ("typeof(A<)", 9, "CS1031"),
        ("typeof(A<B)", 10, "CS1003"),
        ("typeof(A<B,>)", 11, "CS1031"),
        ("typeof((int))", 11, "CS8124"),
        ("typeof(int", 10, "CS1026"),
        ("typeof(int[)", 10, "CS1026"),
        ("typeof(int[5])", 10, "CS1026"),
        ("default(var(", 11, "CS1026"),
    ],
)
def test_what_is_no_type_is_told_where_it_stands(text: str, offset: int, code: str) -> None:
    with pytest.raises(CompileError) as caught:
        parse_expression(text)
    assert (caught.value.offset, caught.value.code) == (offset, code)
