"""Expressions: precedence, primaries, creation, lambdas, tuples, patterns, and their errors."""

from __future__ import annotations

import pytest

from fastgw.expr import nodes
from fastgw.expr.errors import CompileError
from fastgw.expr.parser import parse_expression
from tests.expr.trees import expression

OPERATORS = {
    "a + b - c": "(- (+ a b) c)",
    "a + b * c % d": "(+ a (% (* b c) d))",
    "a << b + c >> d": "(>> (<< a (+ b c)) d)",
    "a < b >> c": "(< a (>> b c))",
    "a >= b == c <= d": "(== (>= a b) (<= c d))",
    "a | b ^ c & d == e": "(| a (^ b (& c (== d e))))",
    "a || b && c | d": "(|| a (&& b (| c d)))",
    "a ?? b || c": "(?? a (|| b c))",
    "a ?? b ?? c": "(?? a (?? b c))",
    "a * b + c * d": "(+ (* a b) (* c d))",
    "a == b != c": "(!= (== a b) c)",
    "(a + b) * c": "(* (paren (+ a b)) c)",
    "a > b": "(> a b)",
    "a > > b": None,
    "a >> b": "(>> a b)",
    "a > >b": None,
    "a ? b : c ? d : e": "(?: a b (?: c d e))",
    "a ? b ? c : d : e": "(?: a (?: b c d) e)",
    "a ?? b ? c : d": "(?: (?? a b) c d)",
    "a ? b = c : d = e": "(?: a (= b c) (= d e))",
    "a ? .5 : 1": "(?: a double:0.5 int:1)",
    "a = b += c": "(= a (+= b c))",
    "a -= b": "(-= a b)",
    "a *= b": "(*= a b)",
    "a /= b": "(/= a b)",
    "a %= b": "(%= a b)",
    "a &= b": "(&= a b)",
    "a |= b": "(|= a b)",
    "a ^= b": "(^= a b)",
    "a <<= b": "(<<= a b)",
    "a >>= b": "(>>= a b)",
    "a > >= b": None,
    "-a + !b": "(+ (- a) (! b))",
    "- -a": "(- (- a))",
    "~+a": "(~ (+ a))",
    "++a - --b": "(- (++ a) (-- b))",
    "a++ + ++b": "(+ (post++ a) (++ b))",
    "-a.b": "(- (. a b))",
    "!a is b": "(Is (! a) (ConstantPattern b))",
    "a as b == c": "(== (As a b) c)",
    "a + b as c": "(As (+ a b) c)",
}


@pytest.mark.parametrize(("text", "tree"), OPERATORS.items())
def test_operators_bind_by_their_precedence(text: str, tree: str | None) -> None:
    if tree is None:
        with pytest.raises(CompileError):
            expression(text)
    else:
        assert expression(text) == tree


PRIMARIES = {
    "true": "bool:True",
    "false": "bool:False",
    "null": "null:None",
    "1.50m": "decimal:1.50",
    "'a'": "char:a",
    '"a"': "string:a",
    "@class": "class",
    "a.b.c": "(. (. a b) c)",
    "a.b(c)[d].e": "(. (at (call (. a b) c) d) e)",
    "a[b, c]": "(at a b c)",
    "a()()": "(call (call a))",
    "string.Join": "(. string Join)",
    "int.Parse(a)": "(call (. int Parse) a)",
    "1.ToString()": "(call (. int:1 ToString))",
    "a?.b": "(?. a (. @ b))",
    "a?.b.c(d)": "(?. a (call (. (. @ b) c) d))",
    "a?[b]": "(?. a (at @ b))",
    "a?.b?.c": "(?. a (?. (. @ b) (. @ c)))",
    "a.b?[c]?.d ?? e": "(?? (?. (. a b) (?. (at @ c) (. @ d))) e)",
    "(a?.b).c": "(. (paren (?. a (. @ b))) c)",
    "a?.b++": "(post++ (?. a (. @ b)))",
    "a?.b(c?.d)": "(?. a (call (. @ b) (?. c (. @ d))))",
    "typeof(int)": "(TypeOf int)",
    "typeof(void)": "(TypeOf void)",
    "nameof(a.b)": "(NameOf (. a b))",
    "nameof": "nameof",
    "default(a[])": "(DefaultOf array1(a))",
    "sizeof(int)": "(SizeOf int)",
    "checked(a + b).c": "(. (Checked True (+ a b)) c)",
    "unchecked(a)": "(Checked False a)",
    "global::a.b": "(. a b)",
    "f(a, b: c, ref d, out e)": "(call f a b: c ref d out e)",
    "f(out var a, out int b, out c[] d)": (
        "(call f out (OutDeclaration var a) out (OutDeclaration int b) out (OutDeclaration array1(c) d))"
    ),
    "f(out _, out var _, out int _)": "(call f out _ out _! out (OutDeclaration int _))",
    "f(out a.b, out c[0])": "(call f out (. a b) out (at c int:0))",
    "f(a ? b : c)": "(call f (?: a b c))",
}


@pytest.mark.parametrize(("text", "tree"), PRIMARIES.items())
def test_primary_expressions(text: str, tree: str) -> None:
    assert expression(text) == tree


CREATION = {
    "new A()": "(New A [] -)",
    "new A.B<C>(d, e: f)": "(New A.B<C> [d e: f] -)",
    "new A { }": "(New A - (ObjectInitializer []))",
    "new A() { B = c, D = e, }": "(New A [] (ObjectInitializer [[B c] [D e]]))",
    "new A { [b] = c, [d, e] = f }": "(New A - (ObjectInitializer [[[b] c] [[d e] f]]))",
    "new A { B = { C = d }, E = { f } }": (
        "(New A - (ObjectInitializer [[B (ObjectInitializer [[C d]])] [E (CollectionInitializer [[f]])]]))"
    ),
    "new A { b, { c, d }, }": "(New A - (CollectionInitializer [[b] [c d]]))",
    "new A { b == c }": "(New A - (CollectionInitializer [[(== b c)]]))",
    "new int?(a)": "(New int? [a] -)",
    "new A().B": "(. (New A [] -) B)",
    "new int[a]": "(NewArray array1(int) 1 [a] -)",
    "new int[a, b]": "(NewArray array2(int) 2 [a b] -)",
    "new int[a][,]": "(NewArray array1(array2(int)) 1 [a] -)",
    "new int[][] { a }": "(NewArray array1(array1(int)) 1 [] (ArrayInitializer [a]))",
    "new int[,] { { a }, { b } }": (
        "(NewArray array2(int) 2 [] (ArrayInitializer [(ArrayInitializer [a]) (ArrayInitializer [b])]))"
    ),
    "new int[2] { a, b, }": "(NewArray array1(int) 1 [int:2] (ArrayInitializer [a b]))",
    "new int?[a]": "(NewArray array1(int?) 1 [a] -)",
    "new (int, A)[a]": "(NewArray array1((int,A)) 1 [a] -)",
    "new[] { a, b }": "(NewArray - 1 [] (ArrayInitializer [a b]))",
    "new[,] { { a } }": "(NewArray - 2 [] (ArrayInitializer [(ArrayInitializer [a])]))",
    "new[] { }.Length": "(. (NewArray - 1 [] (ArrayInitializer [])) Length)",
    "new { a, b = c, d.e, }": "(anonymous a b=c (. d e))",
    "new { }": "(anonymous)",
}


@pytest.mark.parametrize(("text", "tree"), CREATION.items())
def test_creation(text: str, tree: str) -> None:
    assert expression(text) == tree


FUNCTIONS = {
    "x => x + 1": "(Lambda [x] (+ x int:1))",
    "x => y => z": "(Lambda [x] (Lambda [y] z))",
    "() => a = b": "(Lambda [] (= a b))",
    "(x) => x": "(Lambda [x] x)",
    "(x, y) => { return x; }": "(Lambda [x y] {(Return x)})",
    "(int x, ref A<b> y, out c z) => x": "(Lambda [int x ref A<b> y out c z] x)",
    "x => throw a": "(Lambda [x] (ThrowExpr a))",
    "f(x => x, (y) => (z))": "(call f (Lambda [x] x) (Lambda [y] (paren z)))",
    "a ? x => x : y => y": "(?: a (Lambda [x] x) (Lambda [y] y))",
    "_ => _": "(Lambda [_] _)",
    "delegate { return; }": "(Lambda - {(Return -)})",
    "delegate () { }": "(Lambda [] {})",
    "delegate (int x) { }": "(Lambda [int x] {})",
    "async": "async",
    "async(a)": "(call async a)",
    "from => from.b": "(Lambda [from] (. from b))",
}


@pytest.mark.parametrize(("text", "tree"), FUNCTIONS.items())
def test_lambdas_and_anonymous_methods(text: str, tree: str) -> None:
    assert expression(text) == tree


TUPLES = {
    "(a, b)": "(tuple a b)",
    "(a: b, c)": "(tuple a=b c)",
    "((a, b), c)": "(tuple (tuple a b) c)",
    "(a < b, c > d)": "(tuple (< a b) (> c d))",
    "(a, b) = c": "(= (tuple a b) c)",
    "(a, _) = b": "(= (tuple a _) b)",
    "(a, (_, b)) = c": "(= (tuple a (tuple _ b)) c)",
    "(var a, int b) = c": "(= (tuple (OutDeclaration var a) (OutDeclaration int b)) c)",
    "(var a, var _) = b": "(= (tuple (OutDeclaration var a) _!) b)",
    "(A<b>[] c, d? e) = f": "(= (tuple (OutDeclaration array1(A<b>) c) (OutDeclaration d? e)) f)",
    "var (a, b) = c": "(= (DeconstructionDeclaration [a b]) c)",
    "var (a, _) = b": "(= (DeconstructionDeclaration [a -]) b)",
    "var (a, (b, _)) = c": "(= (tuple (OutDeclaration var a) (tuple (OutDeclaration var b) _!)) c)",
    "var(a, b)": "(call var a b)",
    "_ = a": "(= _ a)",
    "_ += a": "(+= _ a)",
    "_": "_",
}


@pytest.mark.parametrize(("text", "tree"), TUPLES.items())
def test_tuples_and_deconstruction(text: str, tree: str) -> None:
    assert expression(text) == tree


PATTERNS = {
    "a is null": "(Is a (ConstantPattern null:None))",
    "a is 5": "(Is a (ConstantPattern int:5))",
    "a is -5": "(Is a (ConstantPattern (- int:5)))",
    "a is (int)5": "(Is a (ConstantPattern (Cast int int:5)))",
    'a is "b" + "c" && d': "(&& (Is a (ConstantPattern (+ string:b string:c))) d)",
    "a is B": "(Is a (ConstantPattern B))",
    "a is B.C": "(Is a (ConstantPattern (. B C)))",
    "a is int.MaxValue": "(Is a (ConstantPattern (. int MaxValue)))",
    "a is int": "(Is a (TypePattern int))",
    "a is B[]": "(Is a (TypePattern array1(B)))",
    "a is B<c>": "(Is a (TypePattern B<c>))",
    "a is (int, b)": "(Is a (TypePattern (int,b)))",
    "a is int?": "(Is a (TypePattern int?))",
    "a is B c": "(Is a (DeclarationPattern B c))",
    "a is B.C<int[]> d": "(Is a (DeclarationPattern B.C<array1(int)> d))",
    "a is var b": "(Is a (DeclarationPattern var b))",
    "a is B _": "(Is a (DeclarationPattern B -))",
    "a is B c && c.d": "(&& (Is a (DeclarationPattern B c)) (. c d))",
    "a is B == c is D": "(== (Is a (ConstantPattern B)) (Is c (ConstantPattern D)))",
    "a < b is c": "(Is (< a b) (ConstantPattern c))",
}


@pytest.mark.parametrize(("text", "tree"), PATTERNS.items())
def test_patterns(text: str, tree: str) -> None:
    assert expression(text) == tree


THROWN = {
    "a ?? throw b": "(?? a (ThrowExpr b))",
    "a ?? b ?? throw c": "(?? a (?? b (ThrowExpr c)))",
    "a ?? throw b ?? c": "(?? a (ThrowExpr (?? b c)))",
    "a ? throw b : c": "(?: a (ThrowExpr b) c)",
    "a ? b : throw c": "(?: a b (ThrowExpr c))",
}


@pytest.mark.parametrize(("text", "tree"), THROWN.items())
def test_throw_may_stand_where_no_value_is_missed(text: str, tree: str) -> None:
    assert expression(text) == tree


@pytest.mark.parametrize(
    "text", ["throw a", "1 + throw a", "f(throw a)", "(throw a)", "a || throw b", "b = throw a"]
)
def test_throw_may_stand_nowhere_else(text: str) -> None:
    with pytest.raises(CompileError) as caught:
        parse_expression(text)
    assert (caught.value.code, caught.value.offset) == ("CS8115", text.index("throw"))


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("-2147483648", "int", -2147483648),
        ("- 2_147_483_648", "int", -2147483648),
        ("-9223372036854775808", "long", -9223372036854775808),
        ("-9223372036854775808L", "long", -9223372036854775808),
    ],
)
def test_the_smallest_integers_are_one_literal_with_their_sign(text: str, kind: str, value: int) -> None:
    assert parse_expression(text) == nodes.Literal(0, len(text), kind, value)


@pytest.mark.parametrize(
    "text",
    ["-2147483648u", "-0x80000000", "-(2147483648)", "-2147483648.A", "+2147483648", "-1", "-2147483649"],
)
def test_other_literals_have_no_sign(text: str) -> None:
    assert not isinstance(parse_expression(text), nodes.Literal)


def test_only_the_sign_next_to_a_literal_belongs_to_it() -> None:
    assert expression("- -2147483648") == "(- int:-2147483648)"
    assert expression("a -2147483648") == "(- a uint:2147483648)"


ERRORS = {
    "": (0, "CS1525", "Invalid expression term ')'"),
    "1 +": (3, "CS1525", "Invalid expression term ')'"),
    "1 2": (2, "CS1026", ") expected"),
    "1 + 2)": (6, "CS1002", "; expected"),
    "1; 2": (1, "CS1026", ") expected"),
    "()": (1, "CS1525", "Invalid expression term ')'"),
    "(a": (2, "CS1026", ") expected"),
    "(a]": (2, "CS1026", ") expected"),
    "a[]": (2, "CS1525", "Invalid expression term ']'"),
    "a[b": (3, "CS1003", "Syntax error, ']' expected"),
    "f(": (2, "CS1026", ") expected"),
    "f(;": (2, "CS1026", ") expected"),
    "f(a,)": (4, "CS1525", "Invalid expression term ')'"),
    "f(a b)": (4, "CS1003", "Syntax error, ',' expected"),
    "a.": (2, "CS1001", "Identifier expected"),
    "a.1": (1, "CS1026", ") expected"),
    "a.if": (2, "CS1041", "Identifier expected; 'if' is a keyword"),
    "a ? b": (5, "CS1003", "Syntax error, ':' expected"),
    "a ? : b": (4, "CS1525", "Invalid expression term ':'"),
    "string": (0, "CS1525", "Invalid expression term 'string'"),
    "return 1": (0, "CS1525", "Invalid expression term 'return'"),
    "out var x": (0, "CS1525", "Invalid expression term 'out'"),
    "base.a": (0, "CS1511", "Keyword 'base' is not available in a static method"),
    "this": (
        0,
        "CS0026",
        "Keyword 'this' is not valid in a static property, static method, or static field initializer",
    ),
    "new A": (5, "CS1526", "A new expression requires (), [], or {} after type"),
    "new A[]": (7, "CS1586", "Array creation must have array size or array initializer"),
    "new A[1][2]": (9, "CS0178", "Invalid rank specifier: expected ',' or ']'"),
    "new[1] {}": (4, "CS1003", "Syntax error, ']' expected"),
    "new[]": (5, "CS1514", "{ expected"),
    "new 5": (4, "CS1031", "Type expected"),
    "new A { b = 1, 2 }": (15, "CS1001", "Identifier expected"),
    "typeof(List<>)": (12, "CS7003", "Unexpected use of an unbound generic name"),
    "typeof(5)": (7, "CS1031", "Type expected"),
    "(a: b)": (5, "CS8124", "Tuple must contain at least two elements."),
    "(var a, var b)": (1, "CS8185", "A declaration is not allowed in this context."),
    "f((int a, b))": (3, "CS8185", "A declaration is not allowed in this context."),
    "(x, int y) => x": (
        11,
        "CS0748",
        "Inconsistent lambda parameter usage; parameter types must be all explicit or all implicit",
    ),
    "(x, y = 1) => x": (6, "CS1001", "Identifier expected"),
    "delegate (x) { }": (13, "CS1001", "Identifier expected"),
    "async () => 5": (0, "", "Asynchronous functions are not supported within expressions"),
    "async x => 5": (0, "", "Asynchronous functions are not supported within expressions"),
    "async delegate { }": (0, "", "Asynchronous functions are not supported within expressions"),
    "1 + 'ab' + (": (4, "CS1012", "Too many characters in character literal"),
    "(1 2 'ab'": (3, "CS1026", ") expected"),
}


@pytest.mark.parametrize(("text", "expected"), ERRORS.items())
def test_the_first_error_is_told_with_its_place(text: str, expected: tuple[int, str, str]) -> None:
    with pytest.raises(CompileError) as caught:
        parse_expression(text)
    assert (caught.value.offset, caught.value.code, caught.value.message) == expected


def test_await_is_refused_as_the_compiler_does() -> None:
    with pytest.raises(CompileError, match="can only be used within an async method") as caught:
        parse_expression("1 + await f()")
    assert (caught.value.offset, caught.value.code) == (4, "CS4032")


def test_nodes_know_their_places() -> None:
    text = "a.b(c) + (d)"
    tree = parse_expression(text)
    assert isinstance(tree, nodes.Binary)
    assert (tree.start, tree.end, tree.operator_start) == (0, 12, 7)
    assert (tree.left.start, tree.left.end) == (0, 6)
    assert isinstance(tree.left, nodes.Invocation)
    assert isinstance(tree.left.target, nodes.Member)
    assert tree.left.target.name_start == 2
    assert (tree.right.start, tree.right.end) == (9, 12)
