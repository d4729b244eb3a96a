"""Patterns of .NET: what they mean and what is wrong with them, against what .NET answers."""

from __future__ import annotations

import pytest

from fastgw.expr.library.regex_engine import program
from fastgw.expr.library.regex_parser import DEEPEST, parse
from fastgw.expr.runtime.errors import ArgumentException, Exhausted
from fastgw.expr.runtime.meter import meter
from tests.expr.library.net_cases import cases

MOST_MATCHES = 12
"""So many of each case were computed."""


@pytest.fixture(autouse=True)
def _fresh_meter() -> None:
    meter.restart()


def found(pattern: str, options: int, text: str) -> str:
    """The names of the groups, and each match with all captures, as the cases have them."""
    try:
        compiled = program(pattern, options)
    except ArgumentException as error:
        return f"!{error.message}"
    shown = ",".join(compiled.groups.names) + " |"
    matches = compiled.matches(text, len(text) if compiled.from_right else 0, None)
    for _, match in zip(range(MOST_MATCHES), matches, strict=False):
        shown += f" M[{match.begin},{match.end - match.begin}]{{"
        for at, name in enumerate(compiled.groups.names):
            captures = "".join(f"({begin},{end - begin})" for begin, end in match.spans(at))
            shown += f" {name}:{captures or '-'}"
        shown += "}"
    return shown


@pytest.mark.parametrize(("pattern", "options", "text", "expected"), cases("regex_patterns.json"))
def test_constructs_and_faults_are_those_of_net(pattern: str, options: int, text: str, expected: str) -> None:
    assert found(pattern, options, text) == expected


@pytest.mark.parametrize(("pattern", "options", "text", "expected"), cases("regex_matches.json"))
def test_random_patterns_match_as_in_net(pattern: str, options: int, text: str, expected: str) -> None:
    assert found(pattern, options, text) == expected


@pytest.mark.parametrize("pattern", ["(?<a>x)(?<-a>y)", "(?<n-1>x)(a)", "(?<a>x)(?<b-a>y)"])
def test_balancing_groups_are_refused(pattern: str) -> None:
    with pytest.raises(ArgumentException, match=r"a balancing group at offset .* is not supported"):
        parse(pattern, 0)


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        (r"(a|b\1)+", "abaaba", "0,1 | M[0,6]{ 0:(0,6) 1:(0,1)(1,2)(3,1)(4,2)}"),
        (r"(a\1)", "aa", "0,1 |"),
        (r"(a(?(1)b|c))+", "acab", "0,1 | M[0,4]{ 0:(0,4) 1:(0,2)(2,2)}"),
    ],
)
def test_a_group_may_refer_to_what_it_matched_before(pattern: str, text: str, expected: str) -> None:
    assert found(pattern, 0, text) == expected


def test_groups_go_only_so_deep() -> None:
    assert parse("(" * DEEPEST + ")" * DEEPEST, 0).groups.numbers[-1] == DEEPEST
    for pattern in ("(" * 5000, "(?:" * 5000, "[a-" * 5000, "(?(?=" * 5000, "[a-[" * 5000 + "b" + "]" * 5001):
        with pytest.raises((Exhausted, ArgumentException)):
            program(pattern, 0)


@pytest.mark.parametrize(
    ("pattern", "numbers", "names"),
    [
        ("(?<a>.)(.)", (0, 1, 2), ("0", "1", "a")),
        ("(?<5>.)(.)", (0, 1, 5), ("0", "1", "5")),
        ("(?<2>.)(.)(?<x>.)(.)", (0, 1, 2, 3), ("0", "1", "2", "x")),
        ("(?n)(a)(?<b>c)", (0, 1), ("0", "b")),
        ("(?:a)(?=b)(?>c)", (0,), ("0",)),
    ],
)
def test_named_groups_are_numbered_after_the_others(
    pattern: str, numbers: tuple[int, ...], names: tuple[str, ...]
) -> None:
    groups = parse(pattern, 0).groups
    assert (groups.numbers, groups.names) == (numbers, names)
