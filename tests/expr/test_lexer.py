"""Text into tokens: kinds, places, brackets, interpolated strings, and errors that stay in their place."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from fastgw.expr.errors import CompileError
from fastgw.expr.lexer import tokenize
from fastgw.expr.tokens import (
    CHARACTER,
    END,
    ERROR,
    FORMAT,
    HOLE,
    HOLE_END,
    INTERPOLATED,
    INTERPOLATED_END,
    KEYWORDS,
    NAME,
    NUMBER,
    PART,
    TEXT,
)

CASES = json.loads((Path(__file__).parent / "conformance" / "expressions.json").read_text())


def lexed(text: str) -> list[tuple[str, object]]:
    """(kind, value or text) of each token before the end."""
    found = []
    for token in tokenize(text, ")").tokens:
        if token.kind == END:
            break
        found.append((token.kind, token.text if token.value is None else token.value))
    return found


def kinds(text: str) -> list[str]:
    return [kind for kind, _ in lexed(text)]


def error(text: str) -> CompileError:
    kind, value = lexed(text)[-1]
    assert kind == ERROR
    assert isinstance(value, CompileError)
    return value


# ---------------------------------------------------------------- the stream


def test_the_end_stands_thrice_and_is_called_like_the_bracket_there() -> None:
    tokens = tokenize("a ", "}").tokens
    assert [(token.kind, token.text, token.start, token.end) for token in tokens] == [
        (NAME, "a", 0, 1),
        *[(END, "}", 2, 2)] * 3,
    ]


def test_tokens_and_what_is_between_them_make_up_the_text() -> None:
    for text in (case["source"] for case in CASES):
        at = 0
        tokens = tokenize(text, ")").tokens
        for token in tokens:
            if token.kind == ERROR:
                break
            between = text[at : token.start]
            assert re.fullmatch(r"(?:\s|//[^\n]*|/\*.*?\*/)*", between, re.DOTALL), text
            assert token.kind == END or token.text == text[token.start : token.end]
            at = token.end
        assert at == len(text) or tokens[-4].kind == ERROR


def test_white_space_of_any_kind_separates() -> None:
    assert kinds("a\t\v\f \xa0\u2003\u3000\ufeff\r\n\x85\u2028\u2029b") == [NAME, NAME]


def test_comments_separate() -> None:
    assert kinds("a// b /* c\nd") == [NAME, NAME]
    assert kinds("a/* b \n // c **/d/**/e/***/f") == [NAME] * 4
    assert kinds("a / b // c") == [NAME, "/", NAME]


# ---------------------------------------------------------------- names


def test_keywords_are_their_own_kind() -> None:
    for keyword in KEYWORDS:
        assert lexed(keyword) == [(keyword, keyword)]
    assert len(KEYWORDS) == 77


def test_a_keyword_can_be_escaped() -> None:
    assert lexed("@class") == [(NAME, "class")]
    assert lexed("@x") == [(NAME, "x")]
    assert kinds("Class _if IF") == [NAME] * 3


@pytest.mark.parametrize(
    "name", ["é", "naïve", "変数", "_1", "x٣", "e\u0301", "a\u200db", "ǅ", "Ⅷ", "a\u203fb", "हिन्दी"]
)
def test_letters_of_all_scripts_make_names(name: str) -> None:
    assert lexed(name) == [(NAME, name)]


@pytest.mark.parametrize(
    ("text", "at"), [("x²", 1), ("½", 0), ("a\u0301\u00b2", 2), ("\U0001d49c", 0), ("€", 0)]
)
def test_what_only_looks_like_a_letter_makes_none(text: str, at: int) -> None:
    found = error(text)
    assert (found.offset, found.code) == (at, "CS1056")


# ---------------------------------------------------------------- numbers and operators


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1.5.ToString", [NUMBER, ".", NAME]),
        ("1.ToString", [NUMBER, ".", NAME]),
        ("1..2", [NUMBER, "..", NUMBER]),
        ("a.5", [NAME, NUMBER]),
        ("12abc", [NUMBER, NAME]),
        ("1e", [NUMBER, NAME]),
        ("1e+5-1", [NUMBER, "-", NUMBER]),
        ("0xFFul", [NUMBER]),
        ("a?.5:1", [NAME, "?", NUMBER, ":", NUMBER]),
    ],
)
def test_a_number_ends_where_it_can_no_longer_go_on(text: str, expected: list[str]) -> None:
    assert kinds(text) == expected


def test_the_longest_operator_is_taken() -> None:
    operators = (
        "<<= ??= => == && || ?? ++ -- << <= >= != += -= *= /= %= &= |= ^= -> :: .. "
        ". , ; < = > ? : + - * % ! & | ^ ~ /"
    )
    assert kinds(operators) == operators.split()


def test_greater_than_is_never_joined_with_another() -> None:
    assert kinds("a>>b>>=c>>>d") == [NAME, ">", ">", NAME, ">", ">=", NAME, ">", ">", ">", NAME]


def test_brackets_know_their_partners() -> None:
    tokens = tokenize("( [ { } ] ) ( ] {", ")")
    assert tokens.closers == {0: 5, 1: 4, 2: 3}


def test_a_bracket_left_open_does_not_reach_beyond_the_braces_around_it() -> None:
    tokens = tokenize("{ ( [ } )", ")")
    assert tokens.closers == {0: 3}


# ---------------------------------------------------------------- strings and characters


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('""', ""),
        (r'"a\"b"', 'a"b'),
        (r'"\\"', "\\"),
        ('"//"', "//"),
        ('@""', ""),
        ('@"a""b"', 'a"b'),
        ('@"""', None),
        ('@"\\"', "\\"),
        ('@"a\r\nb"', "a\r\nb"),
        ('"\U0001f600"', "\ud83d\ude00"),
        ('@"\U0001f600"', "\ud83d\ude00"),
        (r'"\uD83D\uDE00\ud800"', "\ud83d\ude00\ud800"),
    ],
)
def test_strings(text: str, value: str | None) -> None:
    if value is None:
        assert error(text).code == "CS1039"
    else:
        assert lexed(text) == [(TEXT, value)]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("'a'", "a"),
        (r"'\''", "'"),
        ("'\"'", '"'),
        (r"'\u0041'", "A"),
        (r"'\x41'", "A"),
        (r"'\0'", "\0"),
        ("'é'", "é"),
    ],
)
def test_characters(text: str, value: str) -> None:
    assert lexed(text) == [(CHARACTER, value)]


@pytest.mark.parametrize(
    ("text", "at", "code"),
    [
        ("a ''", 2, "CS1011"),
        ("'ab'", 0, "CS1012"),
        ("'\U0001f600'", 0, "CS1012"),
        ("'a", 0, "CS1010"),
        ("'\n'", 0, "CS1010"),
        ('"a', 0, "CS1010"),
        ('"a\nb"', 0, "CS1010"),
        ('"a\\', 0, "CS1010"),
        ('"\\\n"', 0, "CS1010"),
        ('"\u2028"', 0, "CS1010"),
        ('a + @"b', 4, "CS1039"),
        (r'"ab\q"', 3, "CS1009"),
        (r"'\q'", 1, "CS1009"),
        ("a /* b", 2, "CS1035"),
        ("a /*/", 2, "CS1035"),
        ("a # b", 2, ""),
        ("a ` b", 2, "CS1056"),
        ("a \\ b", 2, "CS1056"),
        ("$", 0, "CS1056"),
        ("@", 0, "CS1056"),
        ('@$"x"', 0, "CS8401"),
        ('"""x"""', 0, "CS8370"),
        ("a\0b", 1, "CS1056"),
        ('"\ud800"', 1, "CS1056"),
        ("99999999999999999999", 0, "CS1021"),
    ],
)
def test_a_lexical_error_is_told_where_it_stands(text: str, at: int, code: str) -> None:
    found = error(text)
    assert (found.offset, found.code) == (at, code)


def test_tokens_before_an_error_are_there() -> None:
    assert kinds("a + 'bc' + d") == [NAME, "+", ERROR]


# ---------------------------------------------------------------- interpolated strings


def test_an_interpolated_string_is_text_and_holes() -> None:
    assert lexed('$"a{b}c"') == [
        (INTERPOLATED, '$"'),
        (PART, "a"),
        (HOLE, "{"),
        (NAME, "b"),
        (HOLE_END, "}"),
        (PART, "c"),
        (INTERPOLATED_END, '"'),
    ]
    assert kinds('$""') == [INTERPOLATED, INTERPOLATED_END]


def test_doubled_braces_are_text() -> None:
    assert lexed('$"{{x}}{1}"')[1] == (PART, "{x}")
    assert kinds('$"{{{5}}}"') == [INTERPOLATED, PART, HOLE, NUMBER, HOLE_END, PART, INTERPOLATED_END]


def test_a_colon_at_the_level_of_the_hole_begins_the_format() -> None:
    assert lexed('$"{a,-3:F2}"')[2:] == [
        (NAME, "a"),
        (",", ","),
        ("-", "-"),
        (NUMBER, ("int", 3)),
        (FORMAT, "F2"),
        (HOLE_END, "}"),
        (INTERPOLATED_END, '"'),
    ]
    assert FORMAT not in kinds('$"{f(a: 1)[b ? c : d]}"')


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (r'$"{a:hh\\:mm}"', r"hh\:mm"),
        (r'$@"{a:hh\:mm}"', r"hh\:mm"),
        ('$"{a:x}}y}"', "x}y"),
        ('$"{a:{{}"', "{"),
        ('$@"{a:""x}"', '"x'),
        ('$"{a:a:b}"', "a:b"),
    ],
)
def test_escapes_in_formats(text: str, value: str) -> None:
    assert (FORMAT, value) in lexed(text)


def test_strings_may_stand_in_holes() -> None:
    assert (TEXT, "b}") in lexed('$"{a["b}"]}"')
    assert (TEXT, "b") in lexed('$@"{a[@"b"]}"')
    assert kinds('$"{$"{a}"}"').count(INTERPOLATED) == 2


def test_a_verbatim_interpolated_string_spans_lines() -> None:
    assert lexed('$@"a\n""\\{\nb\n}"')[1] == (PART, 'a\n"\\')


@pytest.mark.parametrize(
    ("text", "at", "code"),
    [
        ('$"{1"', 2, "CS8076"),
        ('$"{1', 2, "CS8076"),
        ('$"{a:b"', 2, "CS8076"),
        ('$"{a\n}"', 2, "CS8076"),
        ('$"{@"\n"}"', 2, "CS8076"),
        ('$"{"', 2, "CS8076"),
        ('$"a', 3, "CS1010"),
        ('$"a\n"', 3, "CS1010"),
        ('$@"a', 3, "CS1039"),
        ('$"a}"', 3, "CS8086"),
        ('$"{a:{b}}"', 5, "CS8087"),
        ('$"{a:}"', 4, "CS8089"),
        ('$"{a:x }"', 7, "CS8088"),
        (r'$"\u007b"', 2, "CS8054"),
        (r'$"\q"', 2, "CS1009"),
    ],
)
def test_a_broken_interpolated_string_is_told_where_it_breaks(text: str, at: int, code: str) -> None:
    found = error(text)
    assert (found.offset, found.code) == (at, code)
