"""Loops, with every jump that may stand in them."""

# ruff: noqa: E501 (one case stands on one line)

from __future__ import annotations

import pytest

from tests.expr.running import text


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("int i = 0; while (true) { if (++i > 4) break; } return i;", "int 5"),
        ("int i = 0; while (i < 5) i += 2; return i;", "int 6"),
        ("int i = 0; do i++; while (i < 0); return i;", "int 1"),
        ("int i = 0, n = 0; do { i++; if (i % 2 == 0) continue; n += i; } while (i < 5); return n;", "int 9"),
        ("int n = 0; for (int i = 0; i < 5; i++) { if (i == 2) continue; n += i; } return n;", "int 8"),
        ("int n = 0; for (int i = 0, j = 10; i < j; i++, j--) { n++; } return n;", "int 5"),
        ("int n = 0; for (;;) { if (n++ == 3) break; } return n;", "int 4"),
        ("int i = 0; for (; i < 3;) i++; return i;", "int 3"),
        (
            "int n = 0; foreach (var x in new[] {1, 2, 3}) { if (x == 2) continue; n += x; } return n;",
            "int 4",
        ),
        ('var r = ""; foreach (char c in "abc") r = c + r; return r;', "string cba"),
        ('var r = ""; foreach (var c in "ab") r += (int)c; return r;', "string 9798"),
        ('IEnumerable<char> s = "ab"; var n = 0; foreach (var c in s) n += c; return n;', "int 195"),
        ("int n = 0; foreach (var b in new byte[] {1, 2}) n += b; return n;", "int 3"),
        ("int n = 0; foreach (int x in new object[] {1, 2}) n += x; return n;", "int 3"),
        ("int n = 0; foreach (long x in new[] {1, 2}) n += (int)x; return n;", "int 3"),
        ("int n = 0; foreach (var (a, b) in new[] {(1, 2), (3, 4)}) n += a * b; return n;", "int 14"),
        ("int n = 0; foreach (var x in new int[2, 2] { {1, 2}, {3, 4} }) n += x; return n;", "int 10"),
        ("int n = 0; foreach (var x in new List<int> {1, 2}.Where(v => v > 1)) n += x; return n;", "int 2"),
        ("var a = new[] {1, 2}; var n = 0; foreach (var x in a) { a[1] = 5; n += x; } return n;", "int 6"),
        (
            "int n = 0; for (int i = 0; i < 3; i++) { for (int j = 0; j < 3; j++) { if (j == 1) continue; if (i == 2) break; n += 10 * i + j; } } return n;",
            "int 24",
        ),
        (
            "int n = 0; for (int i = 0; i < 4; i++) { try { if (i == 1) continue; if (i == 3) break; n += i; } finally { n += 100; } } return n;",
            "int 402",
        ),
        (
            'foreach (var x in new[] {1, 2}) { try { return x; } finally { context.Trace("f"); } } return 0;',
            "int 1",
        ),
        (
            "int i = 0; while (i < 10) { switch (i) { case 3: i = 20; continue; default: i++; break; } } return i;",
            "int 20",
        ),
        (
            "int i = 0; while (true) { switch (i++) { case 3: if (i > 0) break; return -1; case 5: return i; } }",
            "int 6",
        ),
        (
            "int n = 0; for (int i = 0; i < 5; i++) { switch (i) { case 1: if (n == 0) continue; break; case 2: if (n > 0) break; n = 100; break; } n += i; } return n;",
            "int 109",
        ),
    ],
)
def test_loops(source: str, found: str) -> None:
    assert text(source) == found


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("int i = 0; again: i++; if (i < 5) goto again; return i;", "int 5"),
        (
            "int i = 0; for (int a = 0; a < 5; a++) { for (int b = 0; b < 5; b++) { i++; if (b == 2) goto done; } } done: return i;",
            "int 3",
        ),
        ("int i = 0; while (true) { while (true) { if (++i == 3) goto out1; } } out1: return i;", "int 3"),
        ("goto end; end: return 1;", "int 1"),
        ("int i = 0; goto b; a: i += 1; goto c; b: i += 10; goto a; c: return i;", "int 11"),
        ("int i = 0; try { goto x; } finally { i = 5; } x: return i;", "int 5"),
        ("int i = 0; { top: i++; { if (i < 3) goto top; } } return i;", "int 3"),
        (
            "int i = 0; foreach (var x in new[] {1, 2, 3}) { if (x == 2) goto next; i += x; next: ; } return i;",
            "int 4",
        ),
        (
            "int n = 0, i = 0; outer: while (i < 3) { i++; foreach (var x in new[] {1, 2}) { if (x == 2) goto outer; n++; } } return n;",
            "int 3",
        ),
    ],
)
def test_goto(source: str, found: str) -> None:
    assert text(source) == found
