"""Statements: loops, jumps, exceptions, using (C# 13)."""

# ruff: noqa: E501 (one case stands on one line)

from __future__ import annotations

import pytest

from fastgw.expr import bound
from tests.expr.binder.binding import codes, program, result


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("5; return 1;", "CS0201"),
        ('"a".Length; return 1;', "CS0201"),
        ("int x; (x = 5); return 1;", "CS0201"),
        ("int x = 1; -x; return x;", "CS0201"),
        ("x => x; return 1;", "CS0201"),
        ("context.User?.Email; return 1;", "CS0201"),
        ("for (;; 5) { return 1; }", "CS0201"),
        ("break; return 1;", "CS0139"),
        ("continue; return 1;", "CS0139"),
        ("while (true) { Action a = () => { break; }; } ", "CS0139"),
        ("while (true) { try { } finally { break; } } return 1;", "CS0157"),
        ("while (true) { try { } finally { continue; } } return 1;", "CS0157"),
        ("try { } finally { return 1; }", "CS0157"),
        ("a: try { } finally { goto a; } return 1;", "CS0157"),
        ("goto nowhere; return 1;", "CS0159"),
        ("{ a: ; } goto a; return 1;", "CS0159"),
        ("goto a; { a: return 1; }", "CS0159"),
        ("a: ; a: ; return 1;", "CS0140"),
        ("throw; return 1;", "CS0156"),
        ('throw "x";', "CS0155"),
        ("throw context;", "CS0155"),
        ("try { } catch (int) { } return 1;", "CS0155"),
        ("try { } catch (Nope) { } return 1;", "CS0246"),
        ("try { } catch (Exception) { } catch (FormatException) { } return 1;", "CS0160"),
        ("try { } catch (ArgumentException) { } catch (ArgumentNullException) { } return 1;", "CS0160"),
        ("try { } catch { } catch (Exception) { } return 1;", "CS1017"),
        ("try { } catch (Exception) when (5) { } return 1;", "CS0029"),
        ("using (var s = 5) { } return 1;", "CS1674"),
        ("using (5) { } return 1;", "CS1674"),
        ("foreach (var x in 5) { } return 1;", "CS1579"),
        ("foreach (var x in null) { } return 1;", "CS0186"),
        ('foreach (int x in new[] {"a"}) { } return 1;', "CS0030"),
        ("var a = 1, b = 2; return a;", "CS0819"),
        ("var x; return x;", "CS0818"),
        ("var x = null; return x;", "CS0815"),
        ('var x = context.Trace("a"); return x;', "CS0815"),
        ("void F() { } var x = F(); return x;", "CS0815"),
    ],
)
def test_statements_that_are_wrong(source: str, code: str) -> None:
    assert codes(source) == [code]


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("foreach (var x in new[] {1}) { return x; } return 0;", "int"),
        ("foreach (var c in \"abc\") { return c; } return 'x';", "char"),
        ('foreach (int c in "abc") { return c; } return 0;', "int"),
        ("foreach (var x in new int[2, 2]) { return x; } return 0;", "int"),
        ("foreach (var x in new Dictionary<string, int>()) { return x.Key; } return null;", "string"),
        ('foreach (var x in JObject.Parse("{}")) { return x.Key; } return null;', "string"),
        ('foreach (var x in JArray.Parse("[]")) { return x.Type.ToString(); } return null;', "string"),
        (
            'foreach (JProperty x in JObject.Parse("{}").Properties()) { return x.Name; } return null;',
            "string",
        ),
        ("IEnumerable<int> e = new List<int>(); foreach (long x in e) { return x; } return 0L;", "long"),
        ("foreach (string s in new object[] {1}) { return s; } return null;", "string"),
        ("for (int i = 0, j = 1; i < 3; i++, j--) { } return 1;", "int"),
        ("for (;;) { return 1; }", "int"),
        ("int i = 0; for (i = 1; i < 3; ) { i++; } return i;", "int"),
        ('using (new StringReader("x")) { return 1; }', "int"),
        ("using (null) { return 1; }", "int"),
        (
            'using (StringReader a = new StringReader("x"), b = new StringReader("y")) { return a.ReadToEnd(); }',
            "string",
        ),
        ('try { } catch (Exception e) when (e.Message == "a") { return 1; } return 2;', "int"),
        ("try { } catch (Exception) when (true) { } catch (Exception) { } return 1;", "int"),
        ("try { } catch { throw; } return 1;", "int"),
        ("throw null;", "object"),
        ("checked { int x = 1; return x + 1; }", "int"),
        ("start: var c = 1; if (c < 0) goto start; return c;", "int"),
        ("{ ; ; } return 1;", "int"),
        ("int x = 1; { int y = 2; x += y; } { int y = 3; x += y; } return x;", "int"),
    ],
)
def test_statements_that_are_right(source: str, found: str) -> None:
    assert result(source) == found


def test_an_explicit_type_casts_each_element() -> None:
    body = program("foreach (string s in new object[] {1}) { } return 1;").body.statements
    assert body is not None
    loop = body.statements[0]
    assert isinstance(loop, bound.ForEach)
    assert isinstance(loop.element, bound.Convert)
    assert loop.element.kind == "cast"
    assert isinstance(loop.element.operand, bound.Placeholder)
    assert loop.element.operand.key is loop.key


def test_labels_that_no_goto_names_leave_nothing() -> None:
    body = program("unused: var c = 1; used: c++; if (c < 5) goto used; return c;").body.statements
    assert body is not None
    labels = [one for one in body.statements if isinstance(one, bound.Label)]
    assert len(labels) == 1


def test_a_checked_block_checks_what_is_in_it() -> None:
    body = program("int x = 1; checked { x = x + 1; } return x + 1;").body.statements
    assert body is not None
    inner = body.statements[1]
    assert isinstance(inner, bound.Block)
    inside = inner.statements[0]
    assert isinstance(inside, bound.Evaluate)
    assert isinstance(inside.value, bound.Assign)
    assert isinstance(inside.value.value, bound.Binary)
    assert inside.value.value.checked
