"""Lambdas and local functions (C# 12.19, 13.6.4)."""

# ruff: noqa: E501 (one case stands on one line)

from __future__ import annotations

import pytest

from fastgw.expr import bound
from tests.expr.binder.binding import codes, message, program, result


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("Func<int, long> f = x => x + 1; return f(1);", "long"),
        ("Func<int> f = () => { throw new Exception(); }; return f();", "int"),
        ("Action a = () => { throw new Exception(); }; a(); return 1;", "int"),
        ("Action<int> a = x => x.ToString(); a(1); return 1;", "int"),
        ("Func<int, object> f = x => x; return f(1);", "object"),
        ("Func<int, int> f = Math.Abs; return f(1);", "int"),
        ("Func<int, int> f = delegate { return 5; }; return f(1);", "int"),
        ("Func<int, int> f = delegate(int x) { return x; }; return f(1);", "int"),
        ("new Func<int, int>(x => x * 2)(4)", "int"),
        ("new Func<int, int>(x => x * 2).Invoke(4)", "int"),
        ("((Func<int>)(() => 1))()", "int"),
        ("Func<int, Func<int, int>> f = a => b => a + b; return f(1)(2);", "int"),
        ("Func<bool> f = () => 1 == 1 ? true : throw new Exception(); return f();", "bool"),
        ("Func<int> f = () => throw new Exception(); return f();", "int"),
        ("Predicate<int> p = x => x > 1; return p(2);", "bool"),
        ('Comparison<string> c = string.CompareOrdinal; return c("a", "b");', "int"),
        ("Func<(int, string)> f = () => (1, null); return f().Item2;", "string"),
        ("Func<int?> f = () => null; return f();", "int?"),
        ("Func<int> f = null; return f?.Invoke();", "int?"),
        ("Func<string, string> f = s => s?.Trim(); return f(null);", "string"),
    ],
)
def test_a_lambda_takes_the_types_of_its_delegate(source: str, found: str) -> None:
    assert result(source) == found


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("x => x", "CS1660"),
        ("var f = x => x; return 1;", "CS0815"),
        ("var f = Math.Abs; return 1;", "CS0815"),
        ("object o = () => 1; return o;", "CS1660"),
        ("(() => 1)()", "CS0149"),
        ("Func<int, int> f = () => 1; return 1;", "CS1593"),
        ("Func<int, int> f = (x, y) => 1; return 1;", "CS1593"),
        ("Func<int, int> f = (string x) => 1; return 1;", "CS1661"),
        ('Func<int, int> f = x => "s"; return 1;', "CS0029"),
        ("Func<long, int> f = x => x; return 1;", "CS0266"),
        ("Func<int> f = () => { }; return 1;", "CS1643"),
        ("Func<int> f = () => { return; }; return 1;", "CS0126"),
        ("Action a = () => { return 1; }; return 1;", "CS8030"),
        ("Action a = () => 1; return 1;", "CS0201"),
        ("Func<int, object> f = Math.Abs; return 1;", "CS0123"),
        ('Func<string> f = "a".Length; return 1;', "CS0029"),
        ("new[] {1}.Select(x => { if (x > 1) return 1; })", "CS1643"),
        ("new List<int>().ForEach(x => x)", "CS0201"),
        ("Func<int> f = () => { break; return 1; }; return 1;", "CS0139"),
        ("try { } catch { Action a = () => { throw; }; } return 1;", "CS0156"),
        ("Func<int, int> f = x => x; f += x => x; return 1;", "CS0019"),
    ],
)
def test_lambdas_that_do_not_fit(source: str, code: str) -> None:
    assert codes(source) == [code]


def test_method_groups_are_no_values() -> None:
    expected = "Cannot convert method group 'ToUpper' to non-delegate type 'object'. Did you intend to invoke the method?"
    assert message('"abc".ToUpper') == expected


def variables(source: str) -> dict[str, bound.Variable]:
    """The variables that the top-level statements declare."""
    body = program(source).body.statements
    assert body is not None
    return {one.variable.name: one.variable for one in body.statements if isinstance(one, bound.Declare)}


def test_captured_variables_are_marked() -> None:
    found = variables("int a = 1, b = 2, c = 3; Func<int> f = () => { b = a; return b; }; return c + f();")
    assert [found[name].captured for name in "abcf"] == [True, True, False, False]
    assert [found[name].assigned_by_closure for name in "abc"] == [False, True, False]


def test_variables_of_a_loop_are_marked() -> None:
    source = "for (int i = 0; i < 3; i++) { int j = i; j++; } return 1;"
    block = program(source).body.statements
    assert block is not None
    outer = block.statements[0]
    assert isinstance(outer, bound.Block)
    declared, loop = outer.statements
    assert isinstance(declared, bound.Declare)
    assert isinstance(loop, bound.Loop)
    assert not declared.variable.in_loop
    assert isinstance(loop.body, bound.Block)
    inner = loop.body.statements[0]
    assert isinstance(inner, bound.Declare)
    assert inner.variable.in_loop


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("int F(int n) => n <= 1 ? 1 : n * F(n - 1); return F(5);", "int"),
        ("return F(5); int F(int n) => n;", "int"),
        (
            "bool Even(int n) => n == 0 || Odd(n - 1); bool Odd(int n) => n != 0 && Even(n - 1); return Even(4);",
            "bool",
        ),
        ("void F(out int a, ref int b) { a = b++; } int x, y = 1; F(out x, ref y); return x;", "int"),
        ("int F(int a, int b = 2, params int[] c) => a; return F(1) + F(1, 2, 3, 4);", "int"),
        (
            "string F(string s = null, int? n = null, DayOfWeek d = DayOfWeek.Monday) => s; return F();",
            "string",
        ),
        ("string F(DateTime d = default(DateTime)) => d.ToString(); return F();", "string"),
        ("T Def<T>() => default(T); return Def<int>();", "int"),
        ('bool Is<T>(object o) => o is T; return Is<string>("a");', "bool"),
        ("T Cast<T>(object o) => (T)o; return Cast<int>(5);", "int"),
        ("int Outer() { int Inner() => 5; return Inner(); } return Outer();", "int"),
        ("Func<int, int> f = Local; int Local(int x) => x + 1; return f(1);", "int"),
        ("var r = new[] {1}.Select(Local); int Local(int x) => x + 1; return r;", "IEnumerable<int>"),
    ],
)
def test_local_functions(source: str, found: str) -> None:
    assert result(source) == found


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("int F() { } return F();", "CS0161"),
        ("int F() { return; } return F();", "CS0126"),
        ("void F() { return 1; } F(); return 1;", "CS0127"),
        ("void F() => 5; return 1;", "CS0201"),
        ('int F() => "x"; return F();', "CS0029"),
        ('int F(int a = "x") => a; return 1;', "CS0029"),
        ('int F(int a = int.Parse("1")) => a; return 1;', "CS1736"),
        ("int F(int a = 5, int b) => a; return 1;", "CS1737"),
        ("int F(params int[] a, int b) => b; return 1;", "CS0231"),
        ("int F(params int a) => a; return 1;", "CS0225"),
        ("int F(int a) => a; int F(int b) => b; return 1;", "CS0128"),
        ("T Id<T>(T x) => x + 1; return 1;", "CS0019"),
        ("int F() { return later; } int later = 5; return F();", "CS0103"),
        ("void F(out int a) { } int x; F(out x); return x;", "CS0177"),
        ("void F(out int a) { if (context.Tracing) return; a = 1; } int x; F(out x); return x;", "CS0177"),
        ("int F(out int a) { int b = a; a = 1; return b; } int x; return F(out x);", "CS0269"),
    ],
)
def test_local_functions_that_are_wrong(source: str, code: str) -> None:
    assert codes(source) == [code]


def test_out_parameters_are_by_reference() -> None:
    block = program("void F(out int a, int b) { a = b; } int x; F(out x, 1); return x;").body.statements
    assert block is not None
    parameters = block.functions[0].body.parameters
    assert [one.by_reference for one in parameters] == [True, False]
