"""The errors of an expression: each once, few, in the order of the text."""

from __future__ import annotations

from fastgw.errors import FastgwError
from fastgw.expr.errors import MOST_ERRORS, CompileError, CompileErrors


def test_an_error_says_what_where_and_which() -> None:
    error = CompileError("; expected", 7, "CS1002")
    assert (str(error), error.message, error.offset, error.code) == ("; expected", "; expected", 7, "CS1002")
    assert isinstance(error, FastgwError)
    assert CompileError("the expression is nested too deeply", 0).code == ""


def test_errors_are_given_in_textual_order() -> None:
    errors = CompileErrors()
    assert not errors
    errors.report("second", 9)
    errors.report("third", 9)
    errors.add(CompileError("first", 2, "CS0103"))
    assert [(error.message, error.offset, error.code) for error in errors] == [
        ("first", 2, "CS0103"),
        ("second", 9, ""),
        ("third", 9, ""),
    ]


def test_the_same_error_is_kept_once() -> None:
    errors = CompileErrors()
    errors.report("here", 1)
    errors.report("here", 1)
    errors.report("here", 2)
    assert len(errors) == 2


def test_no_more_errors_are_kept_than_anybody_reads() -> None:
    errors = CompileErrors()
    for offset in range(MOST_ERRORS + 5):
        assert errors.is_full == (offset >= MOST_ERRORS)
        errors.report("wrong", offset)
    assert len(errors) == MOST_ERRORS
    assert [error.offset for error in errors] == list(range(MOST_ERRORS))
