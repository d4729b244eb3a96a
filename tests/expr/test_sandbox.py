"""Hostile expressions: they end soon, stay small, reach nothing, and never take the process with them."""

# ruff: noqa: E501 (one case stands on one line)

from __future__ import annotations

import time

import pytest

from fastgw.expr.engine import ExpressionFailed, ExpressionRefused, Wanted, compile_expression
from fastgw.expr.runtime.meter import meter
from tests.expr.running import context, run

# Far above what any of them needs, far below what an endless one takes.
_MOST_SECONDS = 20.0

ENDLESS = [
    "while (true) { }",
    "for (;;) ;",
    "do { } while (true);",
    "again: goto again;",
    "int i = 0; switch (1) { case 1: i++; goto case 1; } return i;",
    "while (true) { try { while (true) { } } finally { while (true) { } } }",
    "while (true) { try { while (true) { } } catch { } }",
    "while (true) { try { while (true) { } } catch (Exception) when (true) { } }",
    "int i = 0; while (true) { switch (i) { case 0: continue; } }",
    "Func<int> f = null; f = () => f(); return f();",
    "int F(int n) => F(n + 1); return F(0);",
    "Func<int, int> f = null; f = n => new[] {n}.Select(x => f(x + 1)).First(); return f(0);",
    "Func<int, int> f = null; f = n => new[] {n, 1}.OrderBy(x => f(x + 1)).First(); return f(0);",
    "var l = new List<object>(); l.Add(l); return JsonConvert.SerializeObject(l);",
    "int F(int n) { try { return F(n + 1); } finally { F(n + 1); } } return F(0);",
    "int F(int n) { try { return F(n + 1); } catch { return F(n + 1); } } return F(0);",
    "int Fib(int n) => n < 2 ? n : Fib(n - 1) + Fib(n - 2); return Fib(60);",
    "IEnumerable<int> q = new[] {1}; for (int i = 0; i < 200; i++) { var p = q; q = p.Concat(p); } return q.Count();",
    "return Enumerable.Range(0, int.MaxValue).Count(x => x < 0);",
    "return Enumerable.Repeat(1, int.MaxValue).Where(x => x == 2).Any();",
    "return Enumerable.Range(0, 100000).SelectMany(x => Enumerable.Range(0, 100000)).Sum(x => 1L);",
    'return Enumerable.Range(0, 30000).Aggregate("", (a, b) => a + b + a);',
    "foreach (var x in Enumerable.Range(0, int.MaxValue)) { } return 1;",
    "return new List<int>(Enumerable.Range(0, int.MaxValue)).Count;",
]

LARGE = [
    'var s = "xxxxxxxx"; while (true) { s += s; }',
    'var s = "xxxxxxxx"; while (true) { s = $"{s}{s}"; }',
    'var s = "xxxxxxxx"; while (true) { s = string.Concat(s, s); }',
    'var s = "xxxxxxxx"; while (true) { s = s.Replace("x", "xx"); }',
    'var s = "xxxxxxxx"; while (true) { s = string.Join(s, s, s); }',
    'var s = "xxxxxxxx"; while (true) { s = string.Format("{0}{0}", s); }',
    'var s = "xxxxxxxx"; while (true) { s = s.Insert(0, s); }',
    'var s = "xxxxxxxx"; while (true) { s = s.PadLeft(s.Length * 2); }',
    "return new string('x', int.MaxValue);",
    'return "".PadLeft(int.MaxValue).Length;',
    'return "".PadRight(2000000000).Length;',
    "return new int[int.MaxValue].Length;",
    "return new byte[int.MaxValue].Length;",
    "return new int[50000, 50000].Length;",
    'return Enumerable.Repeat("x", int.MaxValue).ToArray();',
    "return Enumerable.Range(0, int.MaxValue).ToList();",
    "return string.Concat(Enumerable.Repeat(new string('x', 100000), 100000));",
    "var l = new List<string>(); while (true) { l.Add(new string('x', 1000)); }",
    "var l = new List<object>(); while (true) { l.Add(new int[1000]); }",
    "var l = new List<int> {1}; while (true) { l.AddRange(l); }",
    "var l = new List<object>(); while (true) { l.Add(new Dictionary<string, string>()); }",
    "var l = new List<object>(); while (true) { l.Add(new { a = 1 }); }",
    "var l = new List<object>(); while (true) { l.Add((1, 2)); }",
    "var l = new List<string>(); var s = new string('x', 100000); while (true) { l.Add(s + l.Count); }",
    "object o = null; while (true) { o = (o, o); }",
    "return Enumerable.Range(0, int.MaxValue).Select(x => new { x }).ToList();",
    'var b = new StringBuilder("x"); while (true) { b.Append(b.ToString()); }',
    "var a = new JArray(); while (true) { a.Add(new JArray(a)); }",
    'return $"{1,2000000000}".Length;',
    'var q = new Queue<string>(); while (true) { q.Enqueue("x" + q.Count); }',
    'var d = new Dictionary<string, object>(); for (int i = 0; ; i++) { d["k" + i] = new int[100]; }',
    "Func<object, object> f = null; f = o => f(new { o }); return f(1);",
    "return Convert.ToBase64String(new byte[60000000]) + Convert.ToBase64String(new byte[60000000]);",
    'var s = "xxxxxxxx"; ' + "s += s; " * 40 + "return s.Length;",
    'var s = "xxxxxxxx"; ' + "s = s + s + s + s; " * 40 + "return s.Length;",
]


@pytest.mark.parametrize("source", ENDLESS + LARGE)
def test_it_ends_soon_with_a_failure(source: str) -> None:
    expression = compile_expression(
        f"@{{ {source}{'' if 'return' in source else ' return 1;'} }}", Wanted.OBJECT
    )
    began = time.perf_counter()
    with pytest.raises(ExpressionFailed) as caught:
        expression(context())
    assert time.perf_counter() - began < _MOST_SECONDS
    assert not caught.value.internal, caught.value.__cause__


@pytest.mark.parametrize("source", ENDLESS[:6])
def test_the_next_expression_begins_afresh(source: str) -> None:
    expression = compile_expression(
        f"@{{ {source} {'' if 'return' in source else 'return 1;'} }}", Wanted.OBJECT
    )
    with pytest.raises(ExpressionFailed):
        expression(context())
    assert run("int n = 0; for (int i = 0; i < 1000; i++) n += i; return n;") == 499500
    assert meter.steps_left + meter.steps_later > meter.most_steps // 2


@pytest.mark.parametrize(
    "source",
    [
        "context.__class__",
        "context.exchange",
        "context.Request._exchange",
        '"x".__class__.__mro__',
        '"x".format("{0.__class__}")',
        '__import__("os")',
        "__builtins__",
        'eval("1")',
        'open("/etc/passwd")',
        "g_1",
        "typeof(string).Assembly",
        "typeof(string).GetMethods()",
        '"x".GetType().Module',
        'Type.GetType("System.String")',
        "Activator.CreateInstance(typeof(string))",
        'System.Reflection.Assembly.Load("x")',
        'System.IO.File.ReadAllText("/etc/passwd")',
        'System.Diagnostics.Process.Start("sh")',
        'System.Environment.GetEnvironmentVariable("PATH")',
        "Environment.MachineName",
        "new System.Net.WebClient()",
        "new System.Net.Http.HttpClient()",
        "System.Threading.Thread.Sleep(1)",
        "System.AppDomain.CurrentDomain",
        "GC.Collect()",
        "new { __class__ = 1 }.__mro__",
        'context.Variables.GetValueOrDefault<dynamic>("x").foo',
    ],
)
def test_nothing_but_declared_members_is_reachable(source: str) -> None:
    with pytest.raises(ExpressionRefused):
        compile_expression(f"@({source})", Wanted.OBJECT)


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("int __class__ = 5; return __class__;", 5),
        ("int g_1 = 1, t_1 = 2, v_x_1 = 3, f_1 = 4; return g_1 + t_1 + v_x_1 + f_1;", 10),
        (
            "int None = 1, self = 2, lambda = 3, def = 4, context1 = 5; return None + self + lambda + def + context1;",
            15,
        ),
        ("int expression = 1; int x(int expression1) => expression1 + expression; return x(2);", 3),
        ("var @class = new { @if = 1, __dict__ = 2 }; return @class.@if + @class.__dict__;", 3),
        ("int é = 1; int ﬁ = 2; int fi = 3; return é * 100 + ﬁ * 10 + fi;", 123),
        ('return "{context.__class__}" + $"{"{0.__class__}"}";', "{context.__class__}{0.__class__}"),
        ('return string.Format("{0}", "{0.__class__}");', "{0.__class__}"),
        ('return "%s %d" + 1;', "%s %d1"),
    ],
)
def test_names_and_texts_of_python_mean_nothing(source: str, found: object) -> None:
    assert run(source) == found


def test_what_ends_an_expression_cannot_be_caught() -> None:
    source = (
        "@{ int n = 0; while (n < 10) { try { while (true) { } } catch (Exception) { n++; } } return n; }"
    )
    with pytest.raises(ExpressionFailed) as caught:
        compile_expression(source, Wanted.OBJECT)(context())
    assert caught.value.exception == "System.TimeoutException"


def test_a_regular_expression_does_not_run_away() -> None:
    began = time.perf_counter()
    assert run('return Regex.IsMatch(new string(\'a\', 40) + "!", "^(a+)+$");') is False
    assert time.perf_counter() - began < _MOST_SECONDS


def test_recursion_ends_at_python_s_own_limit() -> None:
    source = "@{ int F(int n) => 1 + F(n + 1); try { return F(0); } catch (Exception) { return -1; } }"
    with pytest.raises(ExpressionFailed) as caught:
        compile_expression(source, Wanted.OBJECT)(context())
    assert caught.value.exception == "System.StackOverflowException"


def test_a_body_of_some_hundred_kilobytes_can_be_built_line_by_line() -> None:
    source = 'var s = ""; for (int i = 0; i < 3000; i++) { s += i + ";0123456789,0123456789,0123456789\\n"; } return s.Length;'
    assert run(source) == sum(len(f"{i};0123456789,0123456789,0123456789\n") for i in range(3000))


def test_recursion_as_deep_as_policies_need_works() -> None:
    assert run("int Sum(int n) => n == 0 ? 0 : n + Sum(n - 1); return Sum(300);") == 45150
