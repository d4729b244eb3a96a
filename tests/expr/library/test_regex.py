"""System.Text.RegularExpressions: its members by their C# signatures, with the results of .NET."""

from __future__ import annotations

from typing import Any

import pytest

from fastgw.expr.library.regex import Regex
from fastgw.expr.library.regex_values import EMPTY, Match
from fastgw.expr.library.time_span import TimeSpan
from fastgw.expr.runtime.errors import (
    ArgumentException,
    ArgumentNullException,
    ArgumentOutOfRangeException,
    NotSupportedException,
    RegexMatchTimeoutException,
)
from fastgw.expr.runtime.meter import meter
from fastgw.expr.runtime.values import EnumValue
from tests.expr.library.members import definition, method

SPACE = "System.Text.RegularExpressions"
NAME = f"{SPACE}.Regex"
IGNORE_CASE = 1
RIGHT_TO_LEFT = 64
ECMASCRIPT = 256


@pytest.fixture(autouse=True)
def _fresh_meter() -> None:
    meter.restart()


def options(value: int) -> EnumValue:
    return EnumValue(definition(f"{SPACE}.RegexOptions"), value)


def made(pattern: str | None, value: int = 0) -> Regex:
    found: Regex = method(NAME, "new", "string", "RegexOptions")(pattern, options(value))
    return found


def call(this: Regex, member: str, *arguments: Any) -> Any:
    """An instance method, chosen by the types of the arguments."""
    names = {str: "string", int: "int"}
    types = [names.get(type(one), "MatchEvaluator") for one in arguments]
    (found,) = (
        one
        for one in definition(NAME).methods[member]
        if not one.is_static and [str(each.type) for each in one.parameters] == types
    )
    return found.function(this, *arguments)


def static(member: str, *arguments: Any, kinds: str = "string string") -> Any:
    types = kinds.split()
    (found,) = (
        one
        for one in definition(NAME).methods[member]
        if one.is_static and [str(each.type) for each in one.parameters] == types
    )
    return found.function(*arguments)


def part(value: Any, kind: str, name: str) -> Any:
    return definition(f"{SPACE}.{kind}").properties[name].getter(value)


def match(text: str, pattern: str, value: int = 0) -> Match:
    found: Match = call(made(pattern, value), "Match", text)
    return found


# ---------------------------------------------------------------- making


def test_patterns_are_checked_when_a_regex_is_made() -> None:
    with pytest.raises(ArgumentNullException, match="'pattern'"):
        made(None)
    with pytest.raises(ArgumentException, match=r"Invalid pattern '\[' at offset 1\. Unterminated \[\] set"):
        made("[")
    for value in (-1, 1024, ECMASCRIPT | RIGHT_TO_LEFT, ECMASCRIPT | 16):
        with pytest.raises(ArgumentOutOfRangeException, match="'options'"):
            made("a", value)
    assert made("a", ECMASCRIPT | IGNORE_CASE | 8).pattern == "a"


def test_a_timeout_is_positive_or_infinite() -> None:
    new = method(NAME, "new", "string", "RegexOptions", "TimeSpan")
    for ticks in (0, -5, 30 * 864_000_000_000):
        with pytest.raises(ArgumentOutOfRangeException, match="'matchTimeout'"):
            new("x", options(0), TimeSpan(ticks))
    assert new("x", options(0), TimeSpan(-10_000)).limit.ticks == -10_000
    with pytest.raises(RegexMatchTimeoutException):
        call(new("^(a|a|a)*$", options(0), TimeSpan(500_000)), "IsMatch", "a" * 40 + "b")


def test_what_the_service_refuses_is_not_declared() -> None:
    declared = definition(NAME)
    refused = {"Escape", "Options", "GetGroupNames", "GetGroupNumbers", "MatchTimeout", "RightToLeft"}
    assert not refused & (declared.methods.keys() | declared.properties.keys())


# ---------------------------------------------------------------- matching


def test_static_forms_take_the_pattern_second() -> None:
    assert static("IsMatch", "abc123", r"\d+") is True
    assert static("IsMatch", "abc", "^ABC$", options(1), kinds="string string RegexOptions") is True
    assert static("Match", "order 42 of 7", r"\d+").value() == "42"
    assert len(static("Matches", "a1b22", r"\d+")) == 2
    assert static("Replace", "a1b2", r"\d", "#", kinds="string string string") == "a#b#"
    assert static("Split", "a,b;c", "[,;]").items == ["a", "b", "c"]
    four = "string string string RegexOptions"
    assert static("Replace", "aA", "A", "b", options(1), kinds=four) == "bb"


def test_a_missing_pattern_is_found_before_a_missing_text() -> None:
    with pytest.raises(ArgumentNullException, match="'pattern'"):
        static("IsMatch", None, None)
    with pytest.raises(ArgumentNullException, match="'input'"):
        static("IsMatch", None, "a")


@pytest.mark.parametrize("start", [-1, 4])
def test_a_start_outside_of_the_text_is_refused(start: int) -> None:
    with pytest.raises(ArgumentOutOfRangeException, match="Start index cannot be less than 0"):
        call(made("a"), "Match", "abc", start)


def test_a_start_hides_nothing_that_stands_before() -> None:
    assert call(made("^b"), "Match", "ab", 1) is EMPTY
    assert call(made("(?<=a)b"), "Match", "ab", 1).index == 1
    assert len(call(made("a"), "Matches", "aaa", 1)) == 2


def test_a_part_of_the_text_is_all_there_is() -> None:
    assert call(made("^b"), "Match", "ab", 1, 1).index == 1
    assert call(made("b$"), "Match", "aba", 0, 2).index == 1
    assert call(made("(?<=a)b"), "Match", "ab", 1, 1) is EMPTY
    with pytest.raises(ArgumentOutOfRangeException, match="Length cannot be less than 0"):
        call(made("a"), "Match", "abc", 1, 5)


def test_a_failed_match_is_one_for_all() -> None:
    failed = match("abc", "x")
    assert failed is EMPTY
    assert definition(f"{SPACE}.Match").properties["Empty"].value is EMPTY
    assert not part(failed, "Group", "Success")
    assert (failed.index, failed.length, failed.value()) == (0, 0, "")
    assert len(failed.groups()) == 1
    assert failed.next() is failed


def test_groups_by_number_and_name() -> None:
    groups = match("key=val", r"(?<k>\w+)=(?<v>\w+)").groups()
    assert len(groups) == 3
    assert [group.value() for group in groups] == ["key=val", "key", "val"]
    assert [group.name for group in groups] == ["0", "k", "v"]
    assert groups.by_name("k").length == 3
    for missing in (groups.by_name("nope"), groups.by_number(9), groups.by_number(-1)):
        assert missing.value() == ""
        assert not missing.success
        assert not missing.spans()
    with pytest.raises(ArgumentNullException, match="'name'"):
        groups.by_name(None)


def test_a_group_that_took_no_part_has_failed() -> None:
    assert not part(match("x", "(?<a>y)?x").groups().by_name("a"), "Group", "Success")


def test_all_captures_are_kept_in_order() -> None:
    group = match("a1b2", r"(?:[a-z](\d))+").groups().by_number(1)
    captures = part(group, "Group", "Captures")
    assert [one.value() for one in captures] == ["1", "2"]
    assert captures.item(0).net_text() == "1"
    assert captures.item(1) is group
    for at in (-1, 2):
        with pytest.raises(ArgumentOutOfRangeException, match="'i'"):
            captures.item(at)


def test_matches_follow_each_other() -> None:
    one = match("a1b22", r"\d+")
    assert (one.value(), one.next().value(), one.next().next()) == ("1", "22", EMPTY)
    matches = call(made("[ab]"), "Matches", "abc")
    assert matches.item(1).index == 1
    assert [found.index for found in matches] == [0, 1]
    for at in (-1, 5):
        with pytest.raises(ArgumentOutOfRangeException, match="'i'"):
            matches.item(at)


def test_surrogates_are_two_characters() -> None:
    assert len(call(made("."), "Matches", "\ud83d\ude00")) == 2
    assert call(made("^..$"), "IsMatch", "\ud83d\ude00") is True


def test_collections_are_lists_for_linq() -> None:
    for kind, element in (("MatchCollection", "Match"), ("GroupCollection", "Group")):
        shown = [str(one) for one in definition(f"{SPACE}.{kind}").interfaces]
        assert f"IReadOnlyList<{element}>" in shown


# ---------------------------------------------------------------- replacing


@pytest.mark.parametrize(
    ("text", "pattern", "replacement", "expected"),
    [
        ("john smith", r"(\w+) (\w+)", "$2, $1", "smith, john"),
        ("abc", "b", "[$0]", "a[b]c"),
        ("abc", "b", "$1", "a$1c"),
        ("abc", "(b)", "${1}0", "ab0c"),
        ("abc", "b", "$`", "aac"),
        ("aaa", "a*", "x", "xx"),
        (
            "ac",
            "(a)(b)?",
            "[$2|$1|$3|${1}|${2}|$+|$_|$`|$'|$$|$&|$|${|${x}|$x]",
            "[|a|$3|a|||ac||c|$|a|$|${|${x}|$x]c",
        ),
        ("ac", "(?<n>a)", "${n}$n${1}${nn}${n", "a$na${nn}${nc"),
        ("ac", "(a)", "$10$01$001${01}", "$10aaac"),
        ("+1 (555) 010-9999", r"[^\d]", "", "15550109999"),
        ("tel: 123-4567", r"\d(?=\d{2})", "*", "tel: *23-**67"),
        ("none", "x", "y", "none"),
    ],
)
def test_replacement_patterns(text: str, pattern: str, replacement: str, expected: str) -> None:
    assert call(made(pattern), "Replace", text, replacement) == expected


def test_replacement_in_the_sense_of_ecmascript() -> None:
    assert call(made("(a)", ECMASCRIPT), "Replace", "ac", "$10$01") == "a0ac"


def test_a_replacement_pattern_is_read_even_if_nothing_matches() -> None:
    with pytest.raises(ArgumentException, match=r"at offset 11\. Capture group numbers must be less"):
        call(made("x"), "Replace", "a", "$99999999999")


def test_functions_replace() -> None:
    assert call(made("[-_]"), "Replace", "a-b_c", lambda m: "+" if m.value() == "-" else "=") == "a+b=c"
    assert call(made("a"), "Replace", "a", lambda m: None) == ""


def test_counts() -> None:
    replace = made("a", IGNORE_CASE)
    assert call(replace, "Replace", "AaA", "b", 2) == "bbA"
    assert call(replace, "Replace", "aaa", "b", 0) == "aaa"
    assert call(replace, "Replace", "aaa", "b", 2, 1) == "abb"
    assert call(made("a", RIGHT_TO_LEFT), "Replace", "1a2a3", "b", 1) == "1a2b3"
    with pytest.raises(ArgumentOutOfRangeException, match="Count cannot be less than -1"):
        call(replace, "Replace", "aaa", "b", -2)


def test_nothing_may_be_missing() -> None:
    text = method(NAME, "Replace", "string", "string")
    with pytest.raises(ArgumentNullException, match="'replacement'"):
        text(made("a"), "a", None)
    with pytest.raises(ArgumentNullException, match="'input'"):
        text(made("a"), None, "b")
    with pytest.raises(ArgumentNullException, match="'evaluator'"):
        method(NAME, "Replace", "string", "MatchEvaluator")(made("a"), "a", None)


def test_result_of_a_match() -> None:
    result = method(f"{SPACE}.Match", "Result", "string")
    assert result(match("2024-03-05", r"(\d+)-(\d+)-(\d+)"), "$3/$2/$1") == "05/03/2024"
    with pytest.raises(NotSupportedException, match="Result cannot be called on a failed Match"):
        result(EMPTY, "a")
    with pytest.raises(ArgumentNullException, match="'replacement'"):
        result(EMPTY, None)


def test_replacements_that_grow_cost_memory() -> None:
    from fastgw.expr.runtime.errors import Exhausted

    with pytest.raises(Exhausted, match="too large"):
        call(made("a"), "Replace", "a" * 20_000, "$_$_$_")


# ---------------------------------------------------------------- splitting, unescaping


@pytest.mark.parametrize(
    ("text", "pattern", "value", "arguments", "expected"),
    [
        ("a1b2c", r"(\d)", 0, (), ["a", "1", "b", "2", "c"]),
        ("bacad", "a", 0, (2,), ["b", "cad"]),
        ("bacad", "(a)", 0, (2,), ["b", "a", "cad"]),
        ("bacad", "a", 0, (1,), ["bacad"]),
        ("bacad", "a", 0, (0, 2), ["bac", "d"]),
        ("abc", "", 0, (), ["", "a", "b", "c", ""]),
        ("", "", 0, (), ["", ""]),
        ("abc", "x", 0, (), ["abc"]),
        ("1a2b3", "a|(b)", 0, (), ["1", "2", "b", "3"]),
        ("1ab2", "(?<x>a)(b)", 0, (), ["1", "b", "a", "2"]),
        ("1a2a3", "a", RIGHT_TO_LEFT, (), ["1", "2", "3"]),
        ("1a2a3", "a", RIGHT_TO_LEFT, (2,), ["1a2", "3"]),
    ],
)
def test_splitting(
    text: str, pattern: str, value: int, arguments: tuple[int, ...], expected: list[str]
) -> None:
    found = call(made(pattern, value), "Split", text, *arguments)
    assert found.items == expected
    assert str(found.element) == "string"


def test_splitting_refuses_a_negative_count() -> None:
    with pytest.raises(ArgumentOutOfRangeException, match="Count cannot be less than -1"):
        call(made("a"), "Split", "bab", -1)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (r"a\tb\.", "a\tb."),
        (r"\x41\u0042\103\ca\e\-\ b\\c", "ABC\x01\x1b- b\\c"),
        ("a\\", "a"),
        ("abc", "abc"),
        ("", ""),
    ],
)
def test_unescaping(text: str, expected: str) -> None:
    assert static("Unescape", text, kinds="string") == expected


def test_unescaping_refuses_what_is_no_character() -> None:
    with pytest.raises(ArgumentException, match=r"at offset 2\. Unrecognized escape sequence \\d"):
        static("Unescape", r"\d", kinds="string")
    with pytest.raises(ArgumentNullException, match="'str'"):
        static("Unescape", None, kinds="string")
