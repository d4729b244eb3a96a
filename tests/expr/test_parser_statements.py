"""Statements, declarations and local functions."""

from __future__ import annotations

import pytest

from fastgw.expr import nodes
from fastgw.expr.errors import CompileError
from fastgw.expr.parser import parse_block
from tests.expr.trees import block

DECLARATIONS = {
    "var x = a;": "(Declaration var [x=a] False)",
    "int x, y = 1, z;": "(Declaration int [x=- y=int:1 z=-] False)",
    "const int x = 1;": "(Declaration int [x=int:1] True)",
    "int[] x = { a, { b }, };": (
        "(Declaration array1(int) [x=(ArrayInitializer [a (ArrayInitializer [b])])] False)"
    ),
    "A x;": "(Declaration A [x=-] False)",
    "A.B<C>[] x;": "(Declaration array1(A.B<C>) [x=-] False)",
    "a < b > c;": "(Declaration a<b> [c=-] False)",
    "A? x = null;": "(Declaration A? [x=null:None] False)",
    "int? x;": "(Declaration int? [x=-] False)",
    "(int a, A b) x = c;": "(Declaration (int a,A b) [x=c] False)",
    "(A, B) x;": "(Declaration (A,B) [x=-] False)",
    "dynamic x = a;": "(Declaration dynamic [x=a] False)",
    "var (a, b) = c;": "(= (DeconstructionDeclaration [a b]) c);",
    "(a, b) = (b, a);": "(= (tuple a b) (tuple b a));",
    "(var a, A b) = c;": "(= (tuple (OutDeclaration var a) (OutDeclaration A b)) c);",
}

EXPRESSIONS = {
    "a();": "(call a);",
    "a.b<c>(d);": "(call (. a b<c>) d);",
    "a = b;": "(= a b);",
    "a[b] = c;": "(= (at a b) c);",
    "a?.b();": "(?. a (call (. @ b)));",
    "a++;": "(post++ a);",
    "new A();": "(New A [] -);",
    "int.Parse(a);": "(call (. int Parse) a);",
    "(a).b();": "(call (. (paren a) b));",
    "a < b;": "(< a b);",
    "a * b;": "(* a b);",
    "a ? b : c;": "(?: a b c);",
    "a ? b() : c;": None,
    "default(A).b();": "(call (. (DefaultOf A) b));",
    "checked(a);": "(Checked True a);",
    "_ = a;": "(= _ a);",
    "yield = async + await;": "(= yield (+ async await));",
    "a => b;": "(Lambda [a] b);",
}

SIMPLE = {
    "": "",
    ";": "(Empty)",
    "{ a(); { } }": "{(call a); {}}",
    "x: a();": "(Labeled x (call a);)",
    "x: y: int z = 1;": "(Labeled x (Labeled y (Declaration int [z=int:1] False)))",
    "return;": "(Return -)",
    "return a;": "(Return a)",
    "throw;": "(Throw -)",
    "throw a;": "(Throw a)",
    "break; continue;": "(Break) (Continue)",
    "goto x;": "(Goto x -)",
    "goto case a + 1;": "(Goto - (+ a int:1))",
    "goto default;": "(Goto - -)",
    "checked { a(); }": "(CheckedStmt True {(call a);})",
    "unchecked { }": "(CheckedStmt False {})",
}

COMPOUND = {
    "if (a) b();": "(If a (call b); -)",
    "if (a) b(); else c();": "(If a (call b); (call c);)",
    "if (a) if (b) c(); else d();": "(If a (If b (call c); (call d);) -)",
    "if (a) { } else if (b) { } else { }": "(If a {} (If b {} {}))",
    "if (a);": "(If a (Empty) -)",
    "while (a) b();": "(While a (call b);)",
    "do a(); while (b);": "(DoWhile (call a); b)",
    "do { } while (a);": "(DoWhile {} a)",
    "for (;;) a();": "(For [] - [] (call a);)",
    "for (int i = 0, j = 1; i < j; i++, j--) { }": (
        "(For [(Declaration int [i=int:0 j=int:1] False)] (< i j) [(post++ i) (post-- j)] {})"
    ),
    "for (i = 0, j = 1; ; ) { }": "(For [(= i int:0); (= j int:1);] - [] {})",
    "for (var i = a; ;) { }": "(For [(Declaration var [i=a] False)] - [] {})",
    "foreach (var a in b) c();": "(ForEach var a b (call c);)",
    "foreach (A<b>[] c in d) { }": "(ForEach array1(A<b>) c d {})",
    "foreach (int? a in b) { }": "(ForEach int? a b {})",
    "foreach (var (a, _) in b) { }": "(ForEach var (DeconstructionDeclaration [a -]) b {})",
    "foreach (var (a, (b, c)) in d) { }": (
        "(ForEach var (tuple (OutDeclaration var a) (tuple (OutDeclaration var b) (OutDeclaration var c)))"
        " d {})"
    ),
    "foreach ((int a, var b) in c) { }": (
        "(ForEach var (tuple (OutDeclaration int a) (OutDeclaration var b)) c {})"
    ),
    "foreach ((int a, _) in c) { }": "(ForEach var (tuple (OutDeclaration int a) _!) c {})",
    "foreach ((int, A) a in b) { }": "(ForEach (int,A) a b {})",
    "using (var a = b) c();": "(Using (Declaration var [a=b] False) (call c);)",
    "using (A a = b, c = d) { }": "(Using (Declaration A [a=b c=d] False) {})",
    "using (a) using (b.c()) { }": "(Using a (Using (call (. b c)) {}))",
    "using (a ? b : c) { }": "(Using (?: a b c) {})",
    "try { } finally { }": "(Try {} [] {})",
    "try { } catch { }": "(Try {} [(CatchClause - - - {})] -)",
    "try { } catch (A) { } catch (B.C d) { }": (
        "(Try {} [(CatchClause A - - {}) (CatchClause B.C d - {})] -)"
    ),
    "try { } catch (A b) when (b.c) { } catch when (d) { } catch { } finally { }": (
        "(Try {} [(CatchClause A b (. b c) {}) (CatchClause - - d {}) (CatchClause - - - {})] {})"
    ),
    "switch (a) { }": "(Switch a [])",
    "switch (a) { case 1: case 2: b(); break; default: c(); return; }": (
        "(Switch a [(SwitchSection [(CaseLabel (ConstantPattern int:1) -)"
        " (CaseLabel (ConstantPattern int:2) -)] [(call b); (Break)])"
        " (SwitchSection [(CaseLabel - -)] [(call c); (Return -)])])"
    ),
    'switch (a) { case A b when b.c: case null: case A.B: case -1: case "x" + y: break; }': (
        "(Switch a [(SwitchSection [(CaseLabel (DeclarationPattern A b) (. b c))"
        " (CaseLabel (ConstantPattern null:None) -) (CaseLabel (ConstantPattern (. A B)) -)"
        " (CaseLabel (ConstantPattern (- int:1)) -) (CaseLabel (ConstantPattern (+ string:x y)) -)]"
        " [(Break)])])"
    ),
    "switch (a) { case A when b: case (A) when b: case (A)b: case var c: case int _: x: break; }": (
        "(Switch a [(SwitchSection [(CaseLabel (ConstantPattern A) b)"
        " (CaseLabel (ConstantPattern (paren A)) b) (CaseLabel (ConstantPattern (Cast A b)) -)"
        " (CaseLabel (DeclarationPattern var c) -) (CaseLabel (DeclarationPattern int -) -)]"
        " [(Labeled x (Break))])])"
    ),
    "switch (a) { case b ? c : d: break; default: default(A).c(); break; }": (
        "(Switch a [(SwitchSection [(CaseLabel (ConstantPattern (?: b c d)) -)] [(Break)])"
        " (SwitchSection [(CaseLabel - -)] [(call (. (DefaultOf A) c)); (Break)])])"
    ),
}

FUNCTIONS = {
    "void F() { }": "(LocalFunction void F [] [] {})",
    "int F(int a) => a;": "(LocalFunction int F [] [int a] a)",
    "int F() => throw a;": "(LocalFunction int F [] [] (ThrowExpr a))",
    "A<b>[] F<T, U>(T a, ref U b, out int c, params int[] d) { return a; }": (
        "(LocalFunction array1(A<b>) F [T U] [T a ref U b out int c params array1(int) d] {(Return a)})"
    ),
    "(int, A) F(int a = 1, string b = null) { }": (
        "(LocalFunction (int,A) F [] [int a=int:1 string b=null:None] {})"
    ),
    "int? F() { }": "(LocalFunction int? F [] [] {})",
}

ALL = DECLARATIONS | EXPRESSIONS | SIMPLE | COMPOUND | FUNCTIONS


@pytest.mark.parametrize(("text", "tree"), ALL.items())
def test_statements(text: str, tree: str | None) -> None:
    if tree is None:
        with pytest.raises(CompileError):
            block(text)
    else:
        assert block(text) == tree


def test_statements_follow_each_other_without_more_ado() -> None:
    for text, tree in ALL.items():
        if tree:
            assert block(f"{{ {text} }} {text}") == f"{{{tree}}} {tree}"


def test_a_lambda_may_hold_any_statement() -> None:
    for text, tree in ALL.items():
        if tree is not None:
            assert block(f"a = () => {{ {text} }};") == f"(= a (Lambda [] {{{tree}}}));"


def test_the_block_of_a_text_is_all_of_it() -> None:
    text = " a(); "
    tree = parse_block(text)
    assert (tree.start, tree.end) == (0, len(text))
    (statement,) = tree.statements
    assert (statement.start, statement.end) == (1, 5)
    assert isinstance(statement, nodes.ExpressionStatement)
    assert (statement.value.start, statement.value.end) == (1, 4)


ERRORS = {
    "return 1": (8, "CS1002", "; expected"),
    "return 1 return 2;": (9, "CS1002", "; expected"),
    "a b c;": (4, "CS1002", "; expected"),
    "{ a();": (6, "CS1513", "} expected"),
    "a(); }": (5, "CS1022", "Type or namespace definition, or end-of-file expected"),
    "int;": (3, "CS1001", "Identifier expected"),
    "int class = 1;": (4, "CS1041", "Identifier expected; 'class' is a keyword"),
    "int x[] = a;": (
        5,
        "CS0650",
        "Bad array declarator: To declare a managed array the rank specifier precedes the variable's "
        "identifier.",
    ),
    "var x = ;": (8, "CS1525", "Invalid expression term ';'"),
    "if a { }": (3, "CS1003", "Syntax error, '(' expected"),
    "if (a) int b = 1;": (7, "CS1023", "Embedded statement cannot be a declaration or labeled statement"),
    "while (a) b: c();": (10, "CS1023", "Embedded statement cannot be a declaration or labeled statement"),
    "if (a) void F() { }": (7, "CS1023", "Embedded statement cannot be a declaration or labeled statement"),
    "else { }": (0, "CS1525", "Invalid expression term 'else'"),
    "case 1: ;": (0, "CS1525", "Invalid expression term 'case'"),
    "catch { }": (0, "CS1525", "Invalid expression term 'catch'"),
    "do { } while (a)": (16, "CS1002", "; expected"),
    "for (a; b) { }": (9, "CS1002", "; expected"),
    "foreach (a in b) { }": (9, "CS0230", "Type and identifier are both required in a foreach statement"),
    "foreach ((a, b) in c) { }": (9, "CS8186", "A foreach loop must declare its iteration variables."),
    "foreach (var a of b) { }": (15, "CS1515", "'in' expected"),
    "try { }": (6, "CS1524", "Expected catch or finally"),
    "try { } catch { } catch { }": (
        18,
        "CS1017",
        "Catch clauses cannot follow the general catch clause of a try statement",
    ),
    "try a(); catch { }": (4, "CS1514", "{ expected"),
    "switch (a) { b(); }": (13, "CS1513", "} expected"),
    "switch (a) { case: b(); }": (17, "CS1525", "Invalid expression term ':'"),
    "switch (a) { case int: break; }": (18, "CS1525", "Invalid expression term 'int'"),
    "switch a { }": (7, "CS1003", "Syntax error, '(' expected"),
    "x: }": (3, "CS1525", "Invalid expression term '}'"),
    "goto;": (4, "CS1001", "Identifier expected"),
    "void x = 1;": (7, "CS1003", "Syntax error, '(' expected"),
    "int F(a) { }": (7, "CS1001", "Identifier expected"),
    "int F()": (7, "CS1514", "{ expected"),
    "int F() => a": (12, "CS1002", "; expected"),
    "const x = 1;": (8, "CS1001", "Identifier expected"),
    "using (a;) { }": (8, "CS1026", ") expected"),
    "public int x = 1;": (0, "CS0106", "The modifier 'public' is not valid for this item"),
    "static int x = 1;": (0, "CS0106", "The modifier 'static' is not valid for this item"),
    "readonly int x = 1;": (0, "CS0106", "The modifier 'readonly' is not valid for this item"),
    "yield return 1;": (0, "", "Iterators are not supported within expressions"),
    "yield break;": (0, "", "Iterators are not supported within expressions"),
    "async void F() { }": (0, "", "Asynchronous functions are not supported within expressions"),
    "async Task<int> F() { }": (0, "", "Asynchronous functions are not supported within expressions"),
    "class A { }": (0, "", "Types cannot be declared within expressions"),
    "namespace A { }": (0, "", "Types cannot be declared within expressions"),
    "lock (a) { }": (0, "", "The 'lock' statement is not supported within expressions"),
    "unsafe { }": (0, "", "The 'unsafe' statement is not supported within expressions"),
    "ref int x = ref a;": (0, "", "Reference locals are not supported within expressions"),
    "var x = ref a;": (8, "", "Reference locals are not supported within expressions"),
    "return ref a;": (7, "", "Returning by reference is not supported within expressions"),
    "int F<T>() where T : A { }": (
        11,
        "",
        "Constraints on type parameters are not supported within expressions",
    ),
}


@pytest.mark.parametrize(("text", "expected"), ERRORS.items())
def test_the_first_error_is_told_with_its_place(text: str, expected: tuple[int, str, str]) -> None:
    with pytest.raises(CompileError) as caught:
        parse_block(text)
    assert (caught.value.offset, caught.value.code, caught.value.message) == expected


def test_await_is_refused_as_the_compiler_does() -> None:
    with pytest.raises(CompileError) as caught:
        parse_block("a(); await b();")
    assert (caught.value.offset, caught.value.code) == (5, "CS4032")
