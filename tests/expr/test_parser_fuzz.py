"""Whatever the text is: a tree or a CompileError with a place in the text, in bounded time."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from fastgw.expr import nodes
from fastgw.expr.errors import CompileError
from fastgw.expr.parser import parse_block, parse_expression
from fastgw.expr.tokens import KEYWORDS, QUERY_KEYWORDS

CASES = json.loads((Path(__file__).parent / "conformance" / "expressions.json").read_text())
# Pieces of valid text: words, strings, blanks, single characters.
PIECES = [re.findall(r'\w+|\s+|"[^"]*"|.', case["source"], re.DOTALL) for case in CASES]

PUNCTUATION = (
    *("(", ")", "[", "]", "{", "}", "<", ">", ">>", "?", "??", "?.", "?[", ":", "::", ";", ",", ".", ".."),
    *("=", "=>", "==", "+", "-", "++", "!", "~", "^", "&&", "|", "??=", "+=", "->", "@", "$", "#", "\\"),
    *('"', "'", '@"', '$"', '$@"', "//", "/*", "*/", "{{", "}}", "\n", "\r", "\t", " "),
)
ODD = (
    "\0",
    "\ud800",
    "\udfff",
    "😀",
    "é",
    "²",
    "\u0301",
    "\u2028",
    "\xa0",
    "1_",
    "0x",
    "1e",
    "99999999999999999999",
)
TOKENS = st.sampled_from(
    [*sorted(KEYWORDS | QUERY_KEYWORDS), *PUNCTUATION, *ODD, "a", "b", "_", "var", "when", "not", "1", "1.5m"]
)

SECONDS = 2.0


def check(text: str) -> None:
    for parse in (parse_expression, parse_block):
        began = time.monotonic()
        found: nodes.Node | CompileError
        try:
            found = parse(text)
        except CompileError as error:
            found = error
        if isinstance(found, CompileError):
            assert 0 <= found.offset <= len(text)
            assert found.message
        assert time.monotonic() - began < SECONDS


@settings(max_examples=500, deadline=None)
@given(st.text(st.characters(codec=None), max_size=80))
@example("\ud800")
@example("a\0")
def test_no_text_raises_anything_else(text: str) -> None:
    check(text)


@settings(max_examples=1000, deadline=None)
@given(st.lists(TOKENS, max_size=40), st.sampled_from(("", " ")))
def test_no_tokens_raise_anything_else(tokens: list[str], between: str) -> None:
    check(between.join(tokens))


@settings(max_examples=1500, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from(PIECES),
    st.lists(
        st.tuples(
            st.integers(0, 400),
            st.integers(0, 3),
            st.one_of(st.just(""), TOKENS, st.sampled_from(PIECES).map(lambda pieces: "".join(pieces[:8]))),
        ),
        max_size=6,
    ),
)
def test_no_mutation_of_a_valid_text_raises_anything_else(
    pieces: list[str], edits: list[tuple[int, int, str]]
) -> None:
    mutated = list(pieces)
    for at, removed, inserted in edits:
        at %= len(mutated) + 1
        mutated[at : at + removed] = [inserted]
    check("".join(mutated))


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(CASES), st.integers(0, 400))
def test_no_text_that_is_cut_off_raises_anything_else(case: dict[str, str], at: int) -> None:
    check(case["source"][:at])


@settings(max_examples=200, deadline=None)
@given(st.lists(TOKENS, min_size=1, max_size=4), st.integers(1, 400))
def test_no_repetition_raises_anything_else(tokens: list[str], times: int) -> None:
    check(" ".join(tokens) * times)
