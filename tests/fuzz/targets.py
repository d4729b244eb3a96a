"""What fuzzing calls: each target takes any text and fails only by an exception, or by taking too long."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from fastgw.errors import Diagnostics
from fastgw.expr.engine import Expression, ExpressionFailed, ExpressionRefused, Wanted, compile_expression
from fastgw.expr.library.context.fixture import context_from
from fastgw.expr.printing import shown
from fastgw.snapshot.lone import check_file

_RECORD: dict[str, Any] = {
    "request": {
        "method": "POST",
        "url": "http://a.example/items?id=7",
        "headers": {"Content-Type": ["application/json"], "X": ["a", "b"]},
        "body": {"text": '{"a": [1, "x", null]}'},
    },
    "variables": {"n": {"type": "System.Int32", "value": 5}, "s": {"type": "System.String", "value": "é"}},
}


def run_expression(text: str) -> None:
    """Compile a text as an expression and as a block, and run what compiles.

    Whatever is wrong with it is a refusal at an offset within it, or an exception of .NET; a fault of the
    library itself is raised as AssertionError.
    """
    for source in (f"@({text})", f"@{{{text}}}"):
        compiled = _compiled(source)
        if compiled is None:
            continue
        try:
            shown(compiled(context_from(_RECORD)))
        except ExpressionFailed as failed:
            if failed.internal:
                raise AssertionError(source) from failed


def _compiled(source: str) -> Expression | None:
    for wanted in (Wanted.BOOLEAN, Wanted.OBJECT):
        try:
            return compile_expression(source, wanted)
        except ExpressionRefused as error:
            refused = error
        assert refused.errors
        assert all(0 <= one.offset <= len(source) for one in refused.errors), source
    return None


def judge_document(data: bytes) -> None:
    """Judge bytes as a policy document: whatever is found stands within the document."""
    path = _file()
    path.write_bytes(data)
    found = Diagnostics()
    check_file(path, found)
    lines = data.count(b"\n") + 1
    for one in found:
        if one.position is not None:
            assert one.position.file == str(path)
            assert 1 <= one.position.line <= lines, str(one)
            assert 1 <= one.position.column <= len(data) + 1, str(one)


@cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory()


def _file() -> Path:
    return Path(_folder().name) / "p.xml"
