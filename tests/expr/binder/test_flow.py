"""Definite assignment and reachability (C# 9.4, 13.2)."""

from __future__ import annotations

import pytest

from tests.expr.binder.binding import codes

C = "context.Tracing"


@pytest.mark.parametrize(
    "source",
    [
        f"int x; if ({C}) x = 1; else throw new Exception(); return x;",
        f"int x; if ({C}) x = 1; else return 0; return x;",
        "int x; while (true) { x = 1; break; } return x;",
        "int x; do { x = 1; } while (x < 0); return x;",
        "int x; for (;;) { x = 5; if (x > 3) break; } return x;",
        "int x; try { x = 1; } catch { x = 2; } return x;",
        "int x; try { } finally { x = 1; } return x;",
        'int x; try { x = int.Parse("1"); } catch { return 0; } return x;',
        f"int x; switch ({C}) {{ case true: x = 1; break; default: x = 2; break; }} return x;",
        f"int x; switch ({C}) {{ case true: x = 1; break; case false: x = 2; break; }} return x;",
        f"int x; return {C} && (x = 5) > 3 ? x : 0;",
        f"int x; return {C} || (x = 5) > 3 ? 0 : x;",
        f'int x; if ({C} && int.TryParse("1", out x)) return x; return 0;',
        f'int x; if (!({C} && int.TryParse("1", out x))) return 0; return x;',
        "object o = 1; if (o is int n && n > 3) return n; return 0;",
        "object o = 1; if (!(o is int n)) return 0; return n;",
        "object o = 1; return o is int n ? n : 0;",
        "int x = 1; Func<int> f = () => x; return f();",
        "int x; Func<int> f = () => { x = 1; return x; }; return f();",
        "int x; int F() { return x; } x = 1; return F();",
        "int x; void F() { x = 1; } F(); return x;",
        "int F() { return G(); } int G() { return F(); } return F();",
        "void F(out int a) { a = 1; } int x; F(out x); return x;",
        "int i = 0; again: i++; if (i < 5) goto again; return i;",
        "int i; goto set; use: return i; set: i = 5; goto use;",
        "int x; if (true) x = 1; return x;",
        "int x; if (false) { } else x = 1; return x;",
        "int x; if (false) { return x; } return 1;",
        "return 1; int x; return x;",
        "int a, b; a = b = 5; return a + b;",
        "int x; var t = (x = 1, x + 1); return t.Item2;",
        "int x; return new[] {x = 1, x}[1];",
        "int x; switch (1) { case 1: x = 1; break; case 2: break; } return x;",
        f"int x; bool ok = {C}; if (ok == true && (x = 1) > 0) {{ return x; }} return 0;",
        "string s = null; return s ?? throw new Exception();",
        "int x; while (true) { try { x = 1; break; } finally { } } return x;",
        'int x; using (var s = new StringReader("a")) { x = 1; } return x;',
        "int x; (x, _) = (1, 2); return x;",
        "const int x = 1; return x;",
    ],
)
def test_a_variable_is_assigned_before_it_is_read(source: str) -> None:
    assert codes(source) == []


@pytest.mark.parametrize(
    "source",
    [
        "int x; return x;",
        f"int x; if ({C}) x = 1; return x;",
        f"int x; while ({C}) {{ x = 1; }} return x;",
        f"int x; for (; {C}; ) {{ x = 1; }} return x;",
        "int x; foreach (var y in new[] {1}) { x = y; } return x;",
        "int x; try { x = 1; } catch { } return x;",
        "int x; try { x = 1; } finally { x++; } return 1;",
        f"int x; switch ({C}) {{ case true: x = 1; break; }} return x;",
        f"int x; return {C} || (x = 5) > 3 ? x : 0;",
        f"int x; return {C} ? x = 1 : x;",
        f'int x; bool b = {C} && int.TryParse("1", out x); return x;',
        f"int x; bool b = {C} & (x = 1) > 0; int y; return y;",
        "object o = 1; if (o is int n || n > 3) return 1; return 0;",
        "object o = 1; if (o is int n) { } return n;",
        "int x; Func<int> f = () => x; return f();",
        "int x; Func<int> f = () => { x = 1; return x; }; return x;",
        "int x; int F() { return x; } return F();",
        "int x; int F() { return G(); } int G() { return x; } return F();",
        "int x; Func<int> f = F; int F() { return x; } return f();",
        f"int x; void F() {{ if ({C}) x = 1; }} F(); return x;",
        "void F(ref int a) { a++; } int x; F(ref x); return x;",
        "int x; x++; return 1;",
        "int x; x += 1; return 1;",
        "int[] a; a[0] = 1; return 1;",
        "string s; return s?.Length;",
        'string s; return s ?? "x";',
        "string s = null; int x; return (s ?? (x = 5).ToString()) + x;",
        "string s = null; int x; return s?.Substring(x = 1) + x;",
        "goto end; int x = 1; end: return x;",
        "int i; goto use; use: return i;",
        "int x = x + 1; return x;",
        "Func<int, int> f = n => f(n); return 1;",
        "int x; return new[] {x, x = 1};",
        "int x; { int y; x = y; } return x;",
        "for (int i = 0; i < 3; i++) { int x; if (i > 0) return x; x = i; } return 1;",
        f"int x; do {{ if ({C}) continue; x = 1; }} while (x > 0); return 1;",
    ],
)
def test_reading_an_unassigned_variable_is_refused(source: str) -> None:
    assert codes(source) == ["CS0165"]


@pytest.mark.parametrize(
    "source",
    [
        "while (true) { }",
        "for (;;) { }",
        "do { } while (true);",
        f"if ({C}) return 1; else return 2;",
        "if (true) return 1;",
        f"switch ({C}) {{ case true: return 1; default: return 2; }}",
        "try { return 1; } finally { }",
        "try { throw new Exception(); } catch (Exception) { throw; }",
        "try { return 1; } catch { return 2; }",
        "do { return 1; } while (true);",
        'using (var s = new StringReader("x")) { return 1; }',
        "throw new Exception();",
        "{ return 1; }",
        f"a: if ({C}) goto a; return 1;",
        f"while (true) {{ if ({C}) return 1; }}",
        f"while (true) {{ switch ({C}) {{ case true: break; }} return 1; }}",
        f"while (true) {{ while ({C}) {{ break; }} }}",
        f"while ({C} || true) {{ }}",
        f"if (!({C} && false)) return 1;",
        f"return 1; switch ({C}) {{ case true: int k = 1; case false: break; }}",
    ],
)
def test_every_path_returns(source: str) -> None:
    assert codes(source) == []


@pytest.mark.parametrize(
    "source",
    [
        "",
        ";",
        "int y = 5;",
        f"if ({C}) return 1;",
        f"while ({C}) {{ return 1; }}",
        f"while (true) {{ if ({C}) break; }}",
        "for (int i = 0; i < 3; i++) { return 1; }",
        "foreach (var x in new[] {1}) { return x; }",
        f"switch ({C}) {{ case true: return 1; }}",
        f"switch ({C}) {{ case true: return 1; default: break; }}",
        "try { return 1; } catch { }",
        "try { } finally { }",
        f"do {{ if ({C}) continue; return 1; }} while ({C});",
        f"end: if ({C}) return 1;",
        "goto end; return 1; end: ;",
    ],
)
def test_a_path_without_return_is_refused(source: str) -> None:
    assert codes(f"{{ {source} }}") == ["CS0161"]
