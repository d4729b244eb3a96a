"""Lambdas and local functions: captured variables, recursion, fresh variables of loops."""

# ruff: noqa: E501 (one case stands on one line)

from __future__ import annotations

import pytest

from fastgw.expr.engine import ExpressionRefused, Wanted, compile_expression
from tests.expr.running import failure, run, text

COLLECT = 'var fs = new List<Func<int>>(); {0} return string.Join(",", fs.Select(f => f()));'


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("Func<int, int, int> add = (a, b) => a + b; return add(2, 3);", "int 5"),
        ("Func<int, Func<int, int>> adder = a => b => a + b; return adder(3)(4);", "int 7"),
        ("Func<int, int> f = null; f = n => n <= 1 ? 1 : n * f(n - 1); return f(5);", "int 120"),
        ("int total = 0; new List<int> {1, 2, 3}.ForEach(x => total += x); return total;", "int 6"),
        ("int n = 1; Func<int> get = () => n; n = 7; return get();", "int 7"),
        ("int n = 1; Action inc = () => n++; inc(); inc(); return n;", "int 3"),
        (
            "Func<Func<int>> make = () => { int n = 0; return () => ++n; }; var a = make(); var b = make(); a(); a(); b(); return a() * 10 + b();",
            "int 32",
        ),
        ("int Fib(int k) => k < 2 ? k : Fib(k - 1) + Fib(k - 2); return Fib(10);", "int 55"),
        (
            "bool Even(int n) => n == 0 || Odd(n - 1); bool Odd(int n) => n != 0 && Even(n - 1); return Even(10);",
            "bool True",
        ),
        ("int n = 0; void Inc() { n++; } Inc(); Inc(); return n;", "int 2"),
        (
            "int Outer(int a) { int Inner(int b) => a + b; return Inner(1) + Inner(2); } return Outer(10);",
            "int 23",
        ),
        ('T First<T>(T[] a) => a[0]; return First(new[] {5}) + First(new[] {"x"}).Length;', "int 6"),
        (
            'Func<string, string> f = s => s == null ? "none" : s.Trim(); return f(null) + f(" x ");',
            "string nonex",
        ),
        ("return new[] {1, 2}.Select(x => new[] {3, 4}.Select(y => x * y).Sum()).Sum();", "int 21"),
        ("return context.Variables.Count + new[] {1}.Count(x => context.Variables.Count < x);", "int 1"),
        ("return F(2); int F(int x) => x * 3;", "int 6"),
        ("int x; void Set() { x = 5; } Set(); return x;", "int 5"),
        ("int x; Func<int> f = () => { x = 5; return x; }; return f();", "int 5"),
        ("int x; { void Set() { x = 7; } Set(); } return x;", "int 7"),
    ],
)
def test_functions(source: str, found: str) -> None:
    assert text(source) == found


@pytest.mark.parametrize(
    ("source", "found"),
    [
        (
            "T[] Two<T>(T a) => new[] {a, a}; return Two(1).GetType().Name + Two((byte)1).GetType().Name;",
            "Int32[]Byte[]",
        ),
        ('T At<T>(T[] a) => a[0]; return At(new byte[] {7}) + At(new[] {"x"});', "7x"),
        (
            'int Count<T>(IEnumerable<T> a) { var n = 0; foreach (var x in a) n++; return n; } return Count("ab") + "" + Count(new[] {1});',
            "21",
        ),
        (
            'List<T> Wrap<T>(T x) => new List<T> {x}; return Wrap(Wrap("a")).ToString();',
            "System.Collections.Generic.List`1[System.Collections.Generic.List`1[System.String]]",
        ),
        ('string D<T>() => "" + default(T); return D<int>() + D<string>() + D<bool>();', "0False"),
        (
            'string K<T>(object o) => o is T ? "y" : "n"; return K<int>(1) + K<string>(1) + K<object>(1);',
            "yny",
        ),
        ('T To<T>(object o) => (T)o; return To<int>(5) + To<string>("x");', "5x"),
        (
            'T Last<T>(T[] a, int n) => n == a.Length - 1 ? a[n] : Last(a, n + 1); return Last(new[] {1, 2}, 0) + Last(new[] {"x"}, 0);',
            "2x",
        ),
        (
            'string A<T>(T x) { string B<U>(U y) => typeof(T).Name + typeof(U).Name; return B(x) + B(1); } return A("s") + A(true);',
            "StringStringStringInt32BooleanBooleanBooleanInt32",
        ),
        (
            "string N<T>(T x) => typeof(T).Name; Func<int, string> f = N; Func<string, string> g = N; return f(1) + g(null);",
            "Int32String",
        ),
        (
            'var k = 3; string N<T>(T x) => typeof(T).Name + k++; var a = new[] {1}.Select(x => N(x)).First(); return a + N("") + k;',
            "Int323String45",
        ),
        (
            'var r = ""; foreach (var i in new[] {1, 2}) { string N<T>(T x) => typeof(T).Name; r += N(i); } return r;',
            "Int32Int32",
        ),
        (
            'void Set<T>(out T x, T v) { x = v; } int a; string b; Set(out a, 5); Set(out b, "x"); return a + b;',
            "5x",
        ),
    ],
)
def test_generic_functions(source: str, found: str) -> None:
    assert text(source) == f"string {found}"


@pytest.mark.parametrize(
    ("source", "found"),
    [
        (
            'var fs = new List<Func<string>>(); foreach (var i in new[] {1, 2}) { string N<T>(T x) => typeof(T).Name + i; fs.Add(() => N(1) + N("")); } return fs[0]() + fs[1]();',
            "Int321String1Int322String2",
        ),
        (
            'var fs = new List<Func<int>>(); for (var i = 0; i < 2; i++) { int j = i; int N<T>(T x) { j += 10; return j; } fs.Add(() => N("") + N(1)); } return $"{fs[0]()} {fs[0]()} {fs[1]()}";',
            "30 70 32",
        ),
    ],
)
def test_generic_functions_take_the_variables_of_their_round(source: str, found: str) -> None:
    assert text(source) == f"string {found}"


def test_a_type_that_grows_too_complex_is_refused_where_it_does() -> None:
    source = "int n = 0; void F<T>(T x) { if (n++ < 3) F((x, x, x, x, x, x)); }\nF(1); return n;"
    with pytest.raises(ExpressionRefused) as caught:
        compile_expression(f"@{{{source}}}", Wanted.OBJECT)
    (error,) = caught.value.errors
    assert str(error).startswith("A type is too complex")
    assert error.offset == len("@{") + source.index("F((")


def test_a_generic_function_that_makes_types_without_end_is_refused() -> None:
    with pytest.raises(ExpressionRefused, match="Not supported"):
        run("int F<T>(T x, int n) => n == 0 ? 0 : F(new List<T> {x}, n - 1); return F(1, 3);")


@pytest.mark.parametrize(
    ("loop", "found"),
    [
        ("for (int i = 0; i < 3; i++) { fs.Add(() => i); }", "3,3,3"),
        ("foreach (var (i, j) in new[] {(1, 2), (3, 4)}) { fs.Add(() => i * j); }", "2,12"),
        ("foreach (var i in new[] {1, 2}) { var (a, b) = (i, i * 10); fs.Add(() => a + b); }", "11,22"),
        ("foreach (var i in new[] {1, 2}) { int a; int b; (a, b) = (i, i); fs.Add(() => a + b); }", "2,4"),
        ("foreach (var i in new[] {1, 2}) { for (int j = 0; j < 1; j++) { fs.Add(() => j + i); } }", "2,3"),
        (
            'foreach (var i in new[] {1, 2}) { using (var r = new StringReader("")) { fs.Add(() => i); } }',
            "1,2",
        ),
        ("foreach (var i in new[] {1, 2}) { int x; void Set() { x = i; } Set(); fs.Add(() => x); }", "1,2"),
        ("foreach (var i in new[] {1, 2, 3}) { fs.Add(() => i); }", "1,2,3"),
        ("for (int i = 0; i < 3; i++) { int j = i; fs.Add(() => j); }", "0,1,2"),
        ("for (int i = 0; i < 3; i++) { int j = i; fs.Add(() => j); j += 10; }", "10,11,12"),
        ("for (int i = 0; i < 3; i++) { int j = i; fs.Add(() => j++ + i); fs.Add(() => j); }", "3,1,4,2,5,3"),
        ("int i = 0; while (i < 3) { int j = i++; Func<int> g = () => j; fs.Add(() => g()); }", "0,1,2"),
        ("int i = 0; do { int j = i; fs.Add(() => j); } while (++i < 3);", "0,1,2"),
        ("for (int i = 0; i < 3; i++) { int j = i; int G() => j * 2; fs.Add(() => G()); }", "0,2,4"),
        (
            "for (int i = 0; i < 3; i++) { int j = i; int G(int n) => n == 0 ? j : G(n - 1); fs.Add(() => G(2)); }",
            "0,1,2",
        ),
        (
            "foreach (var i in new[] {1, 2}) foreach (var j in new[] {10, 20}) fs.Add(() => i + j);",
            "11,21,12,22",
        ),
        ('foreach (object o in new object[] {1, "x", 3}) if (o is int n) fs.Add(() => n);', "1,3"),
        ('foreach (var s in new[] {"1", "2"}) if (int.TryParse(s, out var n)) fs.Add(() => n);', "1,2"),
        (
            'foreach (var s in new[] {"a", "b"}) { try { throw new Exception(s); } catch (Exception e) { fs.Add(() => e.Message[0]); } }',
            "97,98",
        ),
        (
            "foreach (object o in new object[] {1, 2}) { switch (o) { case int n: fs.Add(() => n); break; } }",
            "1,2",
        ),
        ("int k = 0; again: { int j = k; fs.Add(() => j); } if (++k < 3) goto again;", "0,1,2"),
        (
            "foreach (var i in new[] {1, 2}) { Func<Func<int>> make = () => () => i * 10; fs.Add(make()); }",
            "10,20",
        ),
        (
            "var q = new Queue<int>(new[] {1, 2}); while (q.Count > 0 && q.Dequeue() is int n) { fs.Add(() => n); }",
            "1,2",
        ),
    ],
)
def test_closures_keep_the_variables_of_their_round(loop: str, found: str) -> None:
    assert text(COLLECT.replace("{0}", loop)) == f"string {found}"


def test_exceptions_pass_through_lambdas() -> None:
    assert failure("return new[] {1}.Select(x => x / (x - 1)).First();") == "DivideByZeroException"
