"""`try`, `catch`, `when`, `finally`, `using`, `throw`."""

# ruff: noqa: E501 (one case stands on one line)

from __future__ import annotations

import pytest

from tests.expr.running import compiled, context, failure, text


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('try { return int.Parse("x"); } catch { return -1; }', "int -1"),
        (
            'try { return int.Parse("x"); } catch (FormatException) { return -2; } catch (Exception) { return -3; }',
            "int -2",
        ),
        (
            "try { return int.Parse(null); } catch (FormatException) { return -2; } catch (ArgumentException) { return -3; }",
            "int -3",
        ),
        (
            'try { throw new InvalidOperationException("boom"); } catch (Exception e) { return e.Message; }',
            "string boom",
        ),
        (
            'try { throw new Exception("a"); } catch (Exception e) when (e.Message == "b") { return 1; } catch (Exception) { return 2; }',
            "int 2",
        ),
        (
            'try { throw new Exception("a"); } catch (Exception e) when (e.Message == "a") { return 1; } catch (Exception) { return 2; }',
            "int 1",
        ),
        (
            'try { throw new Exception("a"); } catch (Exception e) when (int.Parse(e.Message) == 1) { return 1; } catch { return 2; }',
            "int 2",
        ),
        (
            "try { throw new FormatException(); } catch (ArgumentException) when (true) { return 1; } catch (SystemException e) when (e != null) { return 2; }",
            "int 2",
        ),
        (
            'var log = ""; try { try { throw new Exception("x"); } finally { log += "f"; } } catch (Exception) { log += "c"; } return log;',
            "string fc",
        ),
        (
            'try { try { throw new Exception("in"); } catch (Exception e) { throw new Exception("out", e); } } catch (Exception e) { return e.Message + e.InnerException.Message; }',
            "string outin",
        ),
        (
            'try { try { throw new Exception("a"); } catch { throw; } } catch (Exception e) { return e.Message; }',
            "string a",
        ),
        (
            'try { try { throw new Exception("a"); } catch { try { throw new Exception("b"); } catch { } throw; } } catch (Exception e) { return e.Message; }',
            "string a",
        ),
        ("int n = 1; try { n = 2; return n; } finally { n = 3; }", "int 2"),
        ("string s = null; try { return s.Length; } catch (NullReferenceException) { return -1; }", "int -1"),
        ('try { return (int)(object)"x"; } catch (InvalidCastException) { return -1; }', "int -1"),
        ('string s = null; return s ?? throw new Exception("none");', "Exception"),
        ('return true ? throw new FormatException("f") : 1;', "FormatException"),
    ],
)
def test_exceptions(source: str, found: str) -> None:
    if found.endswith("Exception"):
        assert failure(source) == found
    else:
        assert text(source) == found


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('try { throw new Exception("a"); } catch (FormatException) { return 1; }', "Exception"),
        ('try { throw new Exception("a"); } catch (Exception) when (false) { return 1; }', "Exception"),
        ('try { throw new Exception("a"); } catch (Exception) { throw; }', "Exception"),
        ("try { return 1; } finally { throw new FormatException(); }", "FormatException"),
        ("Exception e = null; throw e;", "NullReferenceException"),
    ],
)
def test_what_is_not_caught(source: str, found: str) -> None:
    assert failure(source) == found


def test_using_disposes_in_reverse_and_always() -> None:
    found = context()
    source = (
        'try { using (var a = new StringReader("x")) using (var b = SHA256.Create()) { throw new Exception(a.ReadLine()); } }'
        " catch (Exception e) { return e.Message; }"
    )
    assert compiled(source)(found) == "x"
    assert text("StringReader r = null; using (r) { } return 1;") == "int 1"
    assert (
        failure('var r = new StringReader("x"); using (r) { } return r.ReadLine();')
        == "ObjectDisposedException"
    )
