"""Path, method and query to an operation: every case runs against the compiled router and its twin."""

from __future__ import annotations

import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fastgw import _route
from loadtests.micro import bench_route
from tests.oracle import route as twin
from tests.oracle.route_cases import BAD_TEMPLATES, CASES, Meaning

HTTP, HTTPS = 1, 2
Make = Callable[[], Any]

both = pytest.mark.parametrize("make", [_route.Router, twin.Router], ids=["compiled", "twin"])


def one_api(make: Make, templates: Sequence[str], path: str = "") -> Any:
    """A router with GET operations of one API, numbered in order."""
    router = make()
    api = router.add_api(path, HTTP | HTTPS)
    for number, template in enumerate(templates):
        router.add_operation(api, "GET", template, number)
    router.freeze()
    return router


@both
@pytest.mark.parametrize(("templates", "request_", "expected"), CASES.values(), ids=CASES)
def test_match(make: Make, templates: list[str], request_: str, expected: Meaning) -> None:
    path, _, query = request_.partition("?")
    found = one_api(make, templates).find(path, "GET", query)
    if expected is None:
        assert found == ("no-operation", 0)
    elif isinstance(expected, int):
        assert found == ("refused", expected)
    else:
        assert found[0] == "operation"
        assert (templates[found[1]], found[4]) == expected
        assert found[3] == ("" if path == "/" else path)


# ---------------------------------------------------------------- APIs

APIS = ["", "orders", "orders/v2", "Shop/Items", "secure"]
API_CASES = {
    "root": ("/", 0, ""),
    "whatever-is-left-over": ("/a/b", 0, "/a/b"),
    "path-of-an-api": ("/orders", 1, ""),
    "path-of-an-api-and-a-slash": ("/orders/", 1, "/"),
    "path-of-an-api-in-another-case": ("/ORDERS/a", 1, "/a"),
    "path-of-an-api-encoded": ("/%6Frders/a", 1, "/a"),
    "longest-path": ("/orders/v2/a", 2, "/a"),
    "longest-path-of-whole-segments": ("/orders/v22/a", 1, "/v22/a"),
    "whole-segments-only": ("/ordersx", 0, "/ordersx"),
    "encoded-slash-does-not-split": ("/orders%2Fv2/a", 0, "/orders%2Fv2/a"),
    "first-segment-of-an-api-alone": ("/shop", 0, "/shop"),
    "api-path-in-upper-case": ("/shop/items/x", 3, "/x"),
    "empty-segment-before": ("//orders", 0, "//orders"),
    "empty-segment-behind": ("/orders//a", 1, "//a"),
    "operation-path-stays-as-received": ("/orders/A%20b/", 1, "/A%20b/"),
}


def many_apis(make: Make) -> Any:
    router = make()
    for path in APIS:
        router.add_api(path, HTTPS if path == "secure" else HTTP | HTTPS)
    for number in range(len(APIS)):
        router.add_operation(number, "GET", "/*", number)
        router.add_operation(number, "PURGE", "/only", 100 + number)
    router.freeze()
    return router


@both
@pytest.mark.parametrize(("path", "api", "rest"), API_CASES.values(), ids=API_CASES)
def test_api(make: Make, path: str, api: int, rest: str) -> None:
    assert many_apis(make).find(path, "GET") == ("operation", api, api, rest, [])


@both
def test_an_api_is_not_found_by_a_scheme_that_it_does_not_have(make: Make) -> None:
    """Nor does an API of a shorter path answer for it (spec/gateway.md section 1: not found)."""
    router = many_apis(make)
    assert router.find("/secure/a", "GET", scheme=HTTPS)[2] == 4
    assert router.find("/secure/a", "GET", scheme=HTTP) == ("no-api",)


@both
def test_the_longest_method_is_found(make: Make) -> None:
    router = make()
    router.add_operation(router.add_api("", HTTP), "M" * 64, "/*", 7)
    router.freeze()
    assert router.find("/a", "M" * 64)[1] == 7


@both
def test_no_api(make: Make) -> None:
    router = one_api(make, ["/*"], "orders")
    assert router.find("/", "GET") == ("no-api",)
    assert router.find("/order", "GET") == ("no-api",)
    assert router.find("/order/orders", "GET") == ("no-api",)


@both
def test_a_longer_api_without_the_operation_does_not_hand_over_to_a_shorter_one(make: Make) -> None:
    assert many_apis(make).find("/orders/v2/a", "POST") == ("no-operation", 2)


@both
@pytest.mark.parametrize(
    ("method", "found"),
    [
        ("PURGE", True),
        ("GET", False),
        ("purge", False),
        ("PURG", False),
        ("PURGES", False),
        ("HEAD", False),
        ("OPTIONS", False),
        ("M" * 64, False),
        ("M" * 65, False),
        ("M" * 400, False),
    ],
)
def test_method(make: Make, method: str, found: bool) -> None:
    router = make()
    router.add_operation(router.add_api("", HTTP), "PURGE", "/only", 0)
    router.freeze()
    assert (router.find("/only", method)[0] == "operation") == found


@both
def test_operations_of_methods_do_not_mix(make: Make) -> None:
    router = make()
    api = router.add_api("", HTTP)
    router.add_operation(api, "GET", "/a/{x}", 0)
    router.add_operation(api, "POST", "/{y}/b", 1)
    router.freeze()
    assert router.find("/a/b", "GET")[1] == 0
    assert router.find("/a/b", "POST")[1] == 1
    assert router.find("/c/b", "GET") == ("no-operation", api)


@both
def test_refused_paths_are_refused_before_an_api_is_looked_for(make: Make) -> None:
    router = one_api(make, ["/*"], "orders")
    for path in ("/../orders", "/x/%2e%2e", "/x\\y", "/x%00"):
        assert router.find(path, "GET") == ("refused", 400)


# ---------------------------------------------------------------- building


@pytest.mark.parametrize("template", BAD_TEMPLATES.values(), ids=BAD_TEMPLATES)
def test_templates_that_cannot_be_matched_are_refused(template: str) -> None:
    router = _route.Router()
    with pytest.raises(_route.TemplateError):
        router.add_operation(router.add_api("", HTTP), "GET", template, 0)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("/a", "/a"),
        ("/a", "/A"),
        ("/a", "/%61"),
        ("/{a}", "/{b}"),
        ("/x{a}y", "/X{b}Y"),
        ("/*", "/{*rest}"),
        ("/a?x={x}", "/a?x={y}"),
        ("/a?x={x}&y=1", "/a?y=1&x={x}"),
    ],
)
def test_an_operation_that_cannot_be_told_from_another_is_refused(first: str, second: str) -> None:
    router = _route.Router()
    api = router.add_api("", HTTP)
    router.add_operation(api, "GET", first, 0)
    with pytest.raises(_route.TemplateError, match="already exists"):
        router.add_operation(api, "GET", second, 1)
    router.add_operation(api, "POST", second, 1)
    router.add_operation(router.add_api("other", HTTP), "GET", second, 2)


@pytest.mark.parametrize(
    ("first", "second"), [("/a", "/a/"), ("/{a}", "/x{a}"), ("/a?x={x}", "/a?x=1"), ("/a", "/a?x={x}")]
)
def test_operations_that_can_be_told_apart_are_accepted(first: str, second: str) -> None:
    assert one_api(_route.Router, [first, second]).operation_count == 2


@pytest.mark.parametrize("path", ["orders", "ORDERS", "/orders/", "%6frders"])
def test_two_apis_may_not_have_one_path(path: str) -> None:
    router = _route.Router()
    router.add_api("orders", HTTP)
    with pytest.raises(_route.TemplateError, match="another API"):
        router.add_api(path, HTTP)


@pytest.mark.parametrize(
    ("template", "names", "query_names"),
    [
        ("/", [], []),
        ("/{a}/x/{b}", ["a", "b"], []),
        ("/{a}/{*rest}", ["a", "rest"], []),
        ("/{a}/*", ["a"], []),
        ("/{a}?date={d}&kind=x&flag", ["a"], [("d", "date")]),
    ],
)
def test_the_names_of_parameters_are_told(template: str, names: list[str], query_names: list[Any]) -> None:
    router = _route.Router()
    api = router.add_api("", HTTP)
    assert router.add_operation(api, "GET", template, 0) == (names, query_names)


@pytest.mark.parametrize("call", ["find('/', 'GET')", "add_api('', 1) or router.find('/a', 'GET')"])
def test_a_router_that_is_not_frozen_raises_rather_than_crashes(call: str) -> None:
    program = f"from fastgw._route import Router\nrouter = Router()\nrouter.{call}"
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, timeout=60, check=False)
    assert ended.returncode == 1, f"ended with {ended.returncode}"


def test_a_template_of_32_parameters_gives_all_of_them() -> None:
    template = "".join(f"/{{p{number}}}" for number in range(32))
    path = "".join(f"/v{number}" for number in range(32))
    assert one_api(_route.Router, [template]).find(path, "GET")[4] == path[1:].split("/")


# ---------------------------------------------------------------- what no table can list

TEXTS = ["a", "B", "ab", "aa", "%61", "x-y", ""]
TEMPLATE_SEGMENTS = st.sampled_from(["a", "b", "ab", "{}", "a{}", "{}b", "a{}b", "%61", "x-y"])
ENDS = st.sampled_from(["", "", "/", "/*", "/{*rest}"])
QUERIES = st.sampled_from(["", "", "", "?q={q}", "?q=1", "?q={q}&r=2", "?r={r}"])


@st.composite
def templates(draw: Any) -> str:
    parts = draw(st.lists(TEMPLATE_SEGMENTS, max_size=4))
    path = "".join("/" + part.replace("{}", f"{{p{at}}}") for at, part in enumerate(parts)) + draw(ENDS)
    return (path or "/") + str(draw(QUERIES))


@st.composite
def requests(draw: Any) -> tuple[str, str, str, int]:
    segment = st.sampled_from([*TEXTS, "aXb", "a%20b", "AB", "%2e", "..", "a%2Fb", "%4", "..;x", "c"])
    path = "/" + "/".join(draw(st.lists(segment, max_size=6)))
    query = draw(st.sampled_from(["", "q=1", "q", "r=2&q=3", "r=2", "%71=%31", "q=&r=2&q=1", "Q=1"]))
    method = draw(st.sampled_from(["GET", "GET", "GET", "POST", "get"]))
    return path, method, query, draw(st.sampled_from([HTTP, HTTPS]))


@st.composite
def routers(draw: Any) -> tuple[Any, Any]:
    compiled, plain = _route.Router(), twin.Router()
    number = 0
    for path in draw(st.lists(st.sampled_from(["", "a", "a/b", "B", "a/x-y"]), min_size=1, unique=True)):
        schemes = draw(st.sampled_from([HTTP, HTTPS, HTTP | HTTPS]))
        api = compiled.add_api(path, schemes)
        assert plain.add_api(path, schemes) == api
        for template in draw(st.lists(templates(), max_size=8)):
            method = draw(st.sampled_from(["GET", "GET", "POST"]))
            try:
                compiled.add_operation(api, method, template, number)
            except _route.TemplateError:
                continue  # it cannot be told from one before it
            plain.add_operation(api, method, template, number)
            number += 1
    compiled.freeze()
    return compiled, plain


@settings(max_examples=500, deadline=None)
@given(pair=routers(), asked=st.lists(requests(), min_size=1, max_size=12))
def test_twins_agree(pair: tuple[Any, Any], asked: list[tuple[str, str, str, int]]) -> None:
    compiled, plain = pair
    for path, method, query, scheme in asked:
        expected = plain.find(path, method, query, scheme)
        assert compiled.find(path, method, query, scheme) == expected, (path, method, query)


# ---------------------------------------------------------------- many operations


def test_thousands_of_operations_are_each_found() -> None:
    compiled = _route.Router()
    asked = []
    number = 0
    for api in range(50):
        index = compiled.add_api(f"api{api}/v1", HTTP)
        for kind in range(100):
            for method, template, path, values in (
                ("GET", f"/things{kind}/{{id}}/parts", f"/things{kind}/7/parts", ["7"]),
                ("PUT", f"/{{tenant}}/k{kind}/{{id}}", f"/t/K{kind}/9", ["t", "9"]),
            ):
                compiled.add_operation(index, method, template, number)
                asked.append((f"/api{api}/V1{path}", method, ("operation", number, index, path, values)))
                number += 1
    compiled.freeze()
    assert compiled.operation_count == number == 10_000
    random.Random(1).shuffle(asked)
    for path, method, expected in asked:
        assert compiled.find(path, method) == expected


def test_five_thousand_operations_cost_no_more_than_three_times_ten() -> None:
    few, many = bench_route.Workload(10), bench_route.Workload(5000)
    ratios = []
    for _ in range(15):
        # One after the other, so that whatever else the machine does falls on both.
        spent = []
        for workload in (few, many):
            began = time.process_time_ns()
            workload.run(5000)
            spent.append(time.process_time_ns() - began)
        ratios.append(spent[1] / spent[0])
    assert statistics.median(ratios) < 3
