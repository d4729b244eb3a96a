"""JSONPath: what it selects, and what is wrong with it."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastgw.expr.library.json.path_parsing import parse_path
from fastgw.expr.library.json.paths import evaluate, select_one
from fastgw.expr.library.json.reading import parse
from fastgw.expr.library.json.tokens import JToken
from fastgw.expr.runtime.errors import Exhausted, NetException
from fastgw.expr.runtime.meter import meter
from tests.expr.library.json.support import failure, json

STORE = """{"store":{"book":[
 {"category":"reference","author":"Rees","title":"Sayings","price":8.95,"n":1},
 {"category":"fiction","author":"Waugh","title":"Sword","price":12.99,"n":2,"tags":["a","b"]},
 {"category":"fiction","author":"Melville","title":"Moby Dick","isbn":"0-553","price":8.99,"n":3}],
 "bicycle":{"color":"red","price":19.95}},
 "limit":10,"a b":{"c.d":1},"x-y":"dash","when":"2024-03-05T10:20:30Z","$ref":"r","s":"5"}"""


def selected(path: str, token: JToken | None = None, strict: bool = False) -> list[str]:
    root = parse(STORE) if token is None else token
    return [json(one) for one in evaluate(parse_path(path), root, root, strict)]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("limit", ["10"]),
        ("$.limit", ["10"]),
        ("$['limit']", ["10"]),
        ("$ref", ['"r"']),
        ("limit  ", ["10"]),
        ("  limit", []),
        ("x-y", ['"dash"']),
        ("['a b']['c.d']", ["1"]),
        ("$.store.bicycle.color", ['"red"']),
        ("store.book[0].n", ["1"]),
        ("store.book(0).n", ["1"]),
        ("store.book[9].n", []),
        ("store.book[*].n", ["1", "2", "3"]),
        ("store.book[ * ].n", ["1", "2", "3"]),
        ("store.book[0,2].n", ["1", "3"]),
        ("store.book[0 , 9, 2].n", ["1", "3"]),
        ("store.book[0:2].n", ["1", "2"]),
        ("store.book[-1:].n", ["3"]),
        ("store.book[:-1].n", ["1", "2"]),
        ("store.book[::2].n", ["1", "3"]),
        ("store.book[::-1].n", ["3", "2", "1"]),
        ("store.book[2:0:-1].n", ["3", "2"]),
        ("store.book[5:].n", []),
        ("$..n", ["1", "2", "3"]),
        ("$..book[1].n", ["2"]),
        ("$..['n','color']", ["1", "2", "3", '"red"']),
        ("store..price", ["8.95", "12.99", "8.99", "19.95"]),
        ("store.bicycle.*", ['"red"', "19.95"]),
        ("store.bicycle['color','price','none']", ['"red"', "19.95"]),
        ("store.*.color", ['"red"']),
        ("$..tags.*", []),
        ("$..tags[*]", ['"a"', '"b"']),
        ("store.book[?(@.isbn)].n", ["3"]),
        ("store.book[?(@.price < 10)].n", ["1", "3"]),
        ("store.book[?(@.price<=8.95)].n", ["1"]),
        ("store.book[?(@.price > 8.99)].n", ["2"]),
        ("store.book[?(@.price >= 8.99)].n", ["2", "3"]),
        ("store.book[?(@.price < $.limit)].n", ["1", "3"]),
        ("store.book[?($.limit > @.price)].n", ["1", "3"]),
        ("store.book[?(@.n == 2)].n", ["2"]),
        ("store.book[?(@.n == 2.0)].n", ["2"]),
        ("store.book[?(@.n === 2)].n", ["2"]),
        ("store.book[?(@.n == '2')].n", []),
        ("store.book[?(@.n !== '2')].n", ["1", "2", "3"]),
        ("store.book[?(@.n != 2)].n", ["1", "3"]),
        ("store.book[?(@.n <> 2)].n", ["1", "3"]),
        ("store.book[?(2 == @.n)].n", ["2"]),
        ("store.book[?(@.author == 'Waugh')].n", ["2"]),
        ("store.book[?(@['author'] == 'Waugh')].n", ["2"]),
        ("store.book[?(@.category == 'fiction' && @.price < 10)].n", ["3"]),
        ("store.book[?(@.n == 1 || @.n == 3)].n", ["1", "3"]),
        ("store.book[?(@.n == 1 || @.n == 2 && @.price > 10)].n", ["1", "2"]),
        ("store.book[?(@.n == 1 && @.price > 100 || @.n == 3)].n", []),
        ("store.book[?(@.author =~ /^r/i)].n", ["1"]),
        ("store.book[?(@.author =~ /^r/)].n", []),
        ("store.book[?(@.isbn =~ /0-5/)].n", ["3"]),
        ("store.book[?(@.tags[0] == 'a')].n", ["2"]),
        ("store.book[?(@.tags[?(@ == 'b')])].n", ["2"]),
        ("store.book[?(@.tags != null)].n", ["2"]),
        ("store.book[?(@.tags)].n", ["2"]),
        ("$..[?(@.n > 2)].author", ['"Melville"']),
        ("$[?(@ == '2024-03-05T10:20:30Z')]", []),
        ("store.book[?(true)].n", ["1", "2", "3"]),
    ],
)
def test_paths_select_what_json_net_selects(path: str, expected: list[str]) -> None:
    assert selected(path) == expected


def test_an_empty_path_and_a_dollar_are_the_token_itself() -> None:
    token = parse("[1]")
    assert [*evaluate(parse_path(""), token, token)] == [token]
    assert [*evaluate(parse_path("$"), token, token)] == [token]
    assert selected("$", parse("[1]")) == ["[1]"]


def test_a_scan_of_everything_begins_with_the_token() -> None:
    assert selected("$..*", parse('{"a":[1]}')) == ['{"a":[1]}', "[1]", "1"]


def test_a_date_equals_its_text() -> None:
    token = parse('[{"d":"2024-03-05T10:20:30.0Z"}]')
    assert len(selected("[?(@.d == '2024-03-05T10:20:30Z')]", token)) == 1
    assert selected("[?(@.d == '2024-03-05T10:20:30.0Z')]", token) == []


def test_children_of_an_object_are_properties_to_a_query() -> None:
    assert selected("[?(@.a == 1)]", parse('{"x":{"a":1}}')) == []
    assert selected("*[?(@.a == 1)]", parse('{"x":[{"a":1}]}')) == ['{"a":1}']


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("a[", "Path ended with open indexer."),
        ("a[0", "Path ended with open indexer."),
        ("a[]", "Array index expected."),
        ("a[,1]", "Array index expected."),
        ("a[(0)]", "Unexpected character while parsing path indexer: ("),
        ("a[x]", "Unexpected character while parsing path indexer: x"),
        ("a[1 2]", "Unexpected character while parsing path indexer: 2"),
        ("a['b", "Path ended with an open string."),
        ("a['b'x]", "Unexpected character while parsing path indexer: x"),
        ("a[*x]", "Unexpected character while parsing path indexer: *"),
        ("a[?x]", "Unexpected character while parsing path indexer: x"),
        ("a[?(", "Path ended with open query."),
        ("a[?(@.b", "Path ended with open query."),
        ("a[?(@.b ~ 1)]", "Could not read query operator."),
        ("a[?(@.b == x)]", "Unexpected character while parsing path query: x"),
        ("a[?(@.b & @.c)]", "Unexpected character while parsing path query: &"),
        ("a[?(@.b == '\\q')]", "Unknown escape character: \\q"),
        ("a[?(@.b =~ /x", "Path ended with an open regex."),
        ("a[0]b", "Unexpected character following indexer: b"),
        ("a.", "Unexpected end while parsing path."),
        ("a b", "Unexpected character while parsing path:  "),
        ("a]", "Unexpected character while parsing path: ]"),
    ],
)
def test_wrong_paths_raise_with_the_message_of_json_net(path: str, message: str) -> None:
    assert failure(lambda: parse_path(path)) == ("JsonException", message)


def test_numbers_in_indexers_are_32_bit_integers() -> None:
    assert failure(lambda: parse_path("a[99999999999]"))[0] == "OverflowException"
    assert failure(lambda: parse_path(f"a[{'9' * 10_000}]"))[0] == "OverflowException"
    assert failure(lambda: parse_path(f"a[?(@ == {'9' * 10_000})]"))[0] == "JsonException"
    assert failure(lambda: parse_path("a[1-2]"))[0] == "FormatException"
    assert failure(lambda: selected("store.book[-1]"))[0] == "ArgumentOutOfRangeException"
    assert failure(lambda: parse_path(None)) == (
        "ArgumentNullException",
        "Value cannot be null. (Parameter 'expression')",
    )


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("none", "Property 'none' does not exist on JObject."),
        ("limit.x", "Property 'x' not valid on JValue."),
        ("limit.*", "Property '*' not valid on JValue."),
        ("store[0]", "Index 0 not valid on JObject."),
        ("store[*]", "Index * not valid on JObject."),
        ("store.book[9]", "Index 9 outside the bounds of JArray."),
        ("store[0:1]", "Array slice is not valid on JObject."),
        ("store.book[5:]", "Array slice of 5 to * returned no results."),
        ("limit['a','b']", "Properties 'a', 'b' not valid on JValue."),
        ("store.book[::0]", "Step cannot be zero."),
    ],
)
def test_a_step_without_result_raises_where_that_is_asked_for(path: str, message: str) -> None:
    assert failure(lambda: selected(path, strict=True)) == ("JsonException", message)


def test_select_token_wants_one() -> None:
    token = parse("[1,2]")
    assert failure(lambda: select_one(parse_path("[*]"), token, False)) == (
        "JsonException",
        "Path returned multiple tokens.",
    )
    assert select_one(parse_path("[5]"), token, False) is None


def test_comparing_raises_what_converting_raises() -> None:
    token = parse('[{"a":"x"}]')
    assert failure(lambda: selected("[?(@.a > 1)]", token))[0] == "FormatException"
    assert failure(lambda: selected("[?(@.a =~ 'x')]", token))[0] == "ArgumentOutOfRangeException"


def test_queries_within_queries_are_bounded() -> None:
    path = "a[?(@" * 500
    assert failure(lambda: parse_path(path))[0] == "JsonException"


def test_scans_of_scans_spend_steps() -> None:
    meter.most_steps, before = 10_000, meter.most_steps
    meter.restart()
    try:
        token = parse("[" * 60 + "1," * 100 + "1" + "]" * 60)
        with pytest.raises(Exhausted):
            list(evaluate(parse_path("..*..*..*..*"), token, token))
    finally:
        meter.most_steps = before
        meter.restart()


@given(st.text(st.sampled_from("$@.*[]()?'ab01:,-=<>!&|~/ "), max_size=20))
def test_any_path_selects_or_raises_an_exception_of_net(path: str) -> None:
    meter.restart()
    token = parse('{"a":[{"b":1},{"a":"b"}],"b":{"a":0}}')
    with suppress(NetException):
        list(evaluate(parse_path(path), token, token))
