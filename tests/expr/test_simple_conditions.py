"""Which expressions the core can decide alone, and which must stay general code."""

from __future__ import annotations

import pytest

from fastgw._condition import Source
from fastgw._condition import Test as Question
from fastgw.expr.engine import Wanted, compile_expression

HEADER = 'context.Request.Headers.GetValueOrDefault("x", "")'


def condition(text: str, wanted: Wanted = Wanted.BOOLEAN) -> object:
    source = f"@{{{text}}}" if text.endswith(";") else f"@({text})"
    return compile_expression(source, wanted).condition


@pytest.mark.parametrize(
    ("text", "test", "source"),
    [
        (f'{HEADER} == "a"', Question.EQUALS, Source.HEADER),
        (f'"a" == {HEADER}', Question.EQUALS, Source.HEADER),
        (f'({HEADER}) == ("a")', Question.EQUALS, Source.HEADER),
        (f'return {HEADER} == "a";', Question.EQUALS, Source.HEADER),
        (f'{HEADER} == "a" + "b"', Question.EQUALS, Source.HEADER),
        ('context.Request.Headers.ContainsKey("x")', Question.EXISTS, Source.HEADER),
        ('context.Response.Headers.ContainsKey("x")', Question.EXISTS, Source.RESPONSE_HEADER),
        ('context.Request.Url.Query.ContainsKey("x")', Question.EXISTS, Source.QUERY),
        (f'{HEADER}.Contains("a")', Question.CONTAINS, Source.HEADER),
        (f'{HEADER}.Equals("a")', Question.EQUALS, Source.HEADER),
        (
            f'{HEADER}.Equals("a", StringComparison.OrdinalIgnoreCase)',
            Question.EQUALS_IGNORING_CASE,
            Source.HEADER,
        ),
        ('context.Request.Method == "GET"', Question.EQUALS, Source.METHOD),
        ('context.Request.OriginalUrl.Path == "/a"', Question.EQUALS, Source.PATH),
        ('(string)context.Variables["x"] == "a"', Question.EQUALS, Source.VARIABLE),
        ('context.Variables.GetValueOrDefault<string>("x") == "a"', Question.EQUALS, Source.VARIABLE),
    ],
)
def test_one_test_of_one_text(text: str, test: int, source: int) -> None:
    found = condition(text)
    assert found is not None
    assert (found.test, found.source) == (test, source)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("text", "test"),
    [
        ("true", Question.ALWAYS),
        ("1 == 2", Question.NEVER),
        (f'!({HEADER} == "a")', Question.NOT),
        (f'{HEADER} != "a"', Question.NOT),
        (f"{HEADER} == null", Question.NOT),
        (f"string.IsNullOrEmpty({HEADER})", Question.NOT),
        (f'{HEADER} == "a" && context.Request.Method == "GET"', Question.AND),
        (f'{HEADER} == "a" || context.Request.Method == "GET"', Question.OR),
        ('(bool)context.Variables["x"]', Question.IS_TRUE),
    ],
)
def test_what_is_built_of_tests(text: str, test: int) -> None:
    found = condition(text)
    assert found is not None
    assert found.test == test  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "text",
    [
        # Compared with something that is no constant.
        f"{HEADER} == context.Request.Method",
        'context.Request.Headers.GetValueOrDefault("x", context.Request.Method) == "a"',
        'context.Request.Headers.GetValueOrDefault(context.Request.Method, "") == "a"',
        f'{HEADER}.Contains((string)context.Variables["a"])',
        # A null that is asked for something raises an exception.
        'context.Request.Headers.GetValueOrDefault("x").Contains("a")',
        '((string)context.Variables["x"]).Equals("a")',
        # Comparisons of objects, and of texts by other rules.
        '(object)context.Variables["x"] == (object)"a"',
        f'{HEADER}.Equals("a", StringComparison.CurrentCulture)',
        f'{HEADER}.Equals("é", StringComparison.OrdinalIgnoreCase)',
        f'{HEADER}.Equals("a\\t", StringComparison.InvariantCultureIgnoreCase)',
        f'string.Equals({HEADER}, "a")',
        f'{HEADER} == "\\ud800"',
        f"string.IsNullOrWhiteSpace({HEADER})",
        f'{HEADER}.StartsWith("a")',
        # Only the context's own messages are the exchange's.
        '((IResponse)context.Variables["r"]).Headers.ContainsKey("x")',
        'context.Response?.Headers.GetValueOrDefault("x", "") == "a"',
        'context.Request.OriginalUrl.Query.ContainsKey("x")',
        'context.Api.ServiceUrl.Query.ContainsKey("x")',
        'context.Request.Url.Path == "/"',
        'context.Request.MatchedParameters.ContainsKey("x")',
        'context.Variables.ContainsKey("x")',
        # Anything that is not one returned value.
        'if (context.Request.Method == "GET") { return true; } return false;',
        'var m = context.Request.Method; return m == "GET";',
        'context.Trace("x"); return true;',
        f'{HEADER} == "a" ? true : false',
        f'{HEADER} == "a" & {HEADER} == "b"',
        f'{HEADER} == "a" ^ true',
        f'({HEADER} == "a") == true',
        f'{HEADER} == "a" && context.Response.StatusCode == 200',
        '(bool?)context.Variables["x"] ?? false',
        'context.Variables.GetValueOrDefault<bool>("x")',
    ],
)
def test_everything_else_stays_general_code(text: str) -> None:
    assert condition(text) is None


def test_only_conditions_are_looked_for() -> None:
    assert condition("true", Wanted.STRING) is None


def test_a_chain_that_is_too_deep_stays_general_code() -> None:
    text = " || ".join([f'{HEADER} == "a"'] * 150)
    assert compile_expression(f"@({text})", Wanted.BOOLEAN) is not None
