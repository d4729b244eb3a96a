"""What is said to the naming service, and what its answers mean; nothing is sent."""

from __future__ import annotations

import json
from typing import Any

import pytest

from fastgw.gateway.fabric_http import Answer
from fastgw.gateway.fabric_naming import (
    MAX_ENDPOINTS,
    BadAnswer,
    Endpoint,
    Unresolvable,
    read_answer,
    request_target,
)
from fastgw.model.service_fabric import Question

QUESTION = Question("fabric:/shop/orders")

TARGETS = {
    "single-partition": (QUESTION, "", "PartitionKeyType=1"),
    "int64": (Question("fabric:/shop/orders", -5), "", "PartitionKeyType=2&PartitionKeyValue=-5"),
    "zero-is-a-key": (Question("fabric:/shop/orders", 0), "", "PartitionKeyType=2&PartitionKeyValue=0"),
    "named": (Question("fabric:/shop/orders", "eu"), "", "PartitionKeyType=3&PartitionKeyValue=eu"),
    "digits-as-a-name": (Question("fabric:/shop/orders", "5"), "", "PartitionKeyType=3&PartitionKeyValue=5"),
    "a-name-cannot-add-parameters": (
        Question("fabric:/shop/orders", "a&b=c+d#e%20;f g"),
        "",
        "PartitionKeyType=3&PartitionKeyValue=a%26b%3Dc%2Bd%23e%2520%3Bf%20g",
    ),
    "names-stay-as-they-are-where-a-query-can-hold-them": (
        Question("fabric:/shop/orders", "a/b:c@d?e"),
        "",
        "PartitionKeyType=3&PartitionKeyValue=a/b:c@d?e",
    ),
    "beyond-ascii": (Question("fabric:/shop/orders", "ü"), "", "PartitionKeyType=3&PartitionKeyValue=%C3%BC"),
    "previous-version": (QUESTION, "7:1&x", "PartitionKeyType=1&PreviousRspVersion=7:1%26x"),
}


@pytest.mark.parametrize(("question", "previous", "query"), TARGETS.values(), ids=TARGETS)
def test_the_query_holds_key_and_version(question: Question, previous: str, query: str) -> None:
    expected = f"/Services/shop~orders/$/ResolvePartition?api-version=6.0&{query}"
    assert request_target(question, previous) == expected


def test_the_path_holds_the_service_and_nothing_else() -> None:
    target = request_target(Question("fabric:/a;b=c&d/ü\ufeff'{}/x:@+$"))
    assert target.startswith(
        "/Services/a%3Bb%3Dc%26d~%C3%BC%EF%BB%BF%27%7B%7D~x%3A%40%2B%24/$/ResolvePartition?"
    )


def test_replica_and_listener_are_chosen_here_and_not_by_the_cluster() -> None:
    assert request_target(QUESTION._replace(replica_type="secondary", listener_name="x")) == (
        request_target(QUESTION)
    )


def answer(*endpoints: Any, version: Any = "v1") -> Answer:
    return Answer(200, json.dumps({"Endpoints": endpoints, "Version": version}).encode())


def entry(kind: Any, address: Any) -> dict[str, Any]:
    return {
        "Kind": kind,
        "Address": json.dumps({"Endpoints": address}) if isinstance(address, dict) else address,
    }


def urls(answer: Answer, question: Question = QUESTION) -> list[str]:
    return [endpoint.url for endpoint in read_answer(answer, question)]


# ---------------------------------------------------------------- which replicas


@pytest.mark.parametrize("kind", ["Stateless", "StatelessInstance", 1])
def test_all_instances_of_a_stateless_service_serve_it(kind: Any) -> None:
    found = read_answer(answer(entry(kind, {"": "http://a"}), entry(kind, {"": "https://b:1/x"})), QUESTION)
    assert found == (Endpoint("http://a", "v1"), Endpoint("https://b:1/x", "v1"))


@pytest.mark.parametrize("replica", [None, "primary", "secondary"])
def test_a_stateless_service_has_no_replica_types(replica: Any) -> None:
    question = QUESTION._replace(replica_type=replica)
    assert urls(answer(entry("Stateless", {"": "http://a"})), question) == ["http://a"]


STATEFUL = answer(
    entry("StatefulSecondary", {"": "http://s1"}),
    entry("StatefulPrimary", {"": "http://p"}),
    entry("StatefulSecondary", {"": "http://s2"}),
    entry("StatefulAuxiliary", {"": "http://x"}),
    entry("Invalid", {"": "http://y"}),
)
NUMBERED = answer(
    entry(3, {"": "http://s1"}),
    entry(2, {"": "http://p"}),
    entry(3, {"": "http://s2"}),
    entry(0, {"": "http://y"}),
)


@pytest.mark.parametrize("given", [STATEFUL, NUMBERED], ids=["names", "numbers"])
def test_a_stateful_service_is_served_by_the_replica_asked_for_and_by_the_primary_unless_told(
    given: Answer,
) -> None:
    assert urls(given) == ["http://p"]
    assert urls(given, QUESTION._replace(replica_type="primary")) == ["http://p"]
    assert urls(given, QUESTION._replace(replica_type="secondary")) == ["http://s1", "http://s2"]


def test_a_partition_without_such_a_replica_is_an_error() -> None:
    given = answer(entry("StatefulSecondary", {"": "http://s1"}))
    with pytest.raises(Unresolvable, match="no primary replica"):
        read_answer(given, QUESTION)
    with pytest.raises(Unresolvable, match="nothing serves it"):
        read_answer(answer(), QUESTION)


# ---------------------------------------------------------------- which listener

LISTENERS = {"api": "http://a/api", "": "http://a/unnamed", "admin": "http://a/admin"}


@pytest.mark.parametrize(("name", "url"), [("", "http://a/unnamed"), ("admin", "http://a/admin")])
def test_the_listener_is_the_one_named_or_the_unnamed_one(name: str, url: str) -> None:
    assert urls(answer(entry("Stateless", LISTENERS)), QUESTION._replace(listener_name=name)) == [url]


def test_without_an_unnamed_listener_the_first_one_is_taken() -> None:
    listeners = {"second-letter": "http://a/1", "a": "http://a/2"}
    assert urls(answer(entry("Stateless", listeners))) == ["http://a/1"]


def test_a_plain_address_is_an_unnamed_listener() -> None:
    given = answer(entry("Stateless", "http://a:8080/x"))
    assert urls(given) == ["http://a:8080/x"]
    with pytest.raises(Unresolvable, match="sf-listener-name"):
        read_answer(given, QUESTION._replace(listener_name="api"))


def test_a_listener_name_that_no_replica_has_is_an_error_that_does_not_repeat_it() -> None:
    with pytest.raises(Unresolvable, match="no listener has the name") as caught:
        read_answer(answer(entry("Stateless", LISTENERS)), QUESTION._replace(listener_name="hush"))
    assert "hush" not in str(caught.value)


# ---------------------------------------------------------------- addresses

BAD_ADDRESSES = {
    "none": None,
    "empty": "",
    "a-number": 5,
    "remoting": {"": "net.tcp://a:1/x"},
    "wildcard-host": {"": "http://+:80/x"},
    "relative": {"": "/x"},
    "query": {"": "http://a/?x=1"},
    "user-information": {"": "http://u:p@a/"},
    "port-0": {"": "http://a:0/"},
    "not-a-text": {"": 1},
    "too-long": {"": "http://a/" + "x" * 2000},
    "no-listeners": {},
    "broken-json": '{"Endpoints": ',
    "json-without-endpoints": "{}",
    "line-break": {"": "http://a/\r\nX: y"},
}


@pytest.mark.parametrize("address", BAD_ADDRESSES.values(), ids=BAD_ADDRESSES)
def test_an_address_that_is_no_http_url_is_an_error(address: Any) -> None:
    with pytest.raises(Unresolvable, match="address"):
        read_answer(answer(entry("Stateless", address)), QUESTION)


def test_an_instance_without_an_address_is_passed_over_where_others_have_one() -> None:
    given = answer(entry("Stateless", ""), entry("Stateless", {"": "http://a"}))
    assert urls(given) == ["http://a"]


def test_the_remedy_is_named_where_another_listener_may_do() -> None:
    listeners = {"remoting": "10.0.0.4:3000+1", "api": "http://a"}
    with pytest.raises(Unresolvable, match="name another listener with sf-listener-name"):
        read_answer(answer(entry("Stateless", listeners)), QUESTION)


# ---------------------------------------------------------------- answers that are none

NO_PARTITIONS = {
    "no-json": b"<html>",
    "list": b"[]",
    "no-endpoints": b'{"Version": "1"}',
    "endpoints-is-no-list": b'{"Endpoints": {}, "Version": "1"}',
    "an-endpoint-is-no-object": b'{"Endpoints": ["http://a"], "Version": "1"}',
    "no-version": b'{"Endpoints": []}',
    "version-is-no-text": b'{"Endpoints": [], "Version": 1}',
    "version-without-end": b'{"Endpoints": [], "Version": "' + b"1" * 3000 + b'"}',
    "not-utf-8": b'{"Endpoints": [], "Version": "\xff"}',
    "nested-without-end": b'{"Endpoints": ' + b"[" * 100_000,
}


@pytest.mark.parametrize("body", NO_PARTITIONS.values(), ids=NO_PARTITIONS)
def test_what_is_no_resolved_partition_says_nothing_about_the_question(body: bytes) -> None:
    with pytest.raises(BadAnswer, match="the answer is not"):
        read_answer(Answer(200, body), QUESTION)


def test_endpoints_without_end_are_refused() -> None:
    many = [entry("Stateless", "http://a")] * (MAX_ENDPOINTS + 1)
    with pytest.raises(Unresolvable, match="more than 1000"):
        read_answer(answer(*many), QUESTION)
    assert urls(answer(*many[1:])) == ["http://a"]


def error(code: Any) -> bytes:
    return json.dumps({"Error": {"Code": code, "Message": "x"}}).encode()


STATUSES = {
    "about-the-question": (404, error("FABRIC_E_X"), Unresolvable, "status 404 (FABRIC_E_X)"),
    "bad-request": (400, error("E_INVALIDARG"), Unresolvable, "status 400 (E_INVALIDARG)"),
    "of-another-server": (404, b"<html>", BadAnswer, "status 404"),
    "of-the-endpoint": (503, error("FABRIC_E_TIMEOUT"), BadAnswer, "status 503 (FABRIC_E_TIMEOUT)"),
    "refused": (403, b"", BadAnswer, "status 403"),
    "code-that-is-none": (400, error("<script>"), BadAnswer, "status 400"),
    "code-that-is-no-text": (400, error(5), BadAnswer, "status 400"),
    "error-that-is-no-object": (400, b'{"Error": 5}', BadAnswer, "status 400"),
    "success-without-content": (204, b"", BadAnswer, "status 204"),
}


@pytest.mark.parametrize(("status", "body", "kind", "reason"), STATUSES.values(), ids=STATUSES)
def test_a_status_other_than_200_is_told_with_the_code_of_the_cluster(
    status: int, body: bytes, kind: type[Exception], reason: str
) -> None:
    with pytest.raises(kind) as caught:
        read_answer(Answer(status, body), QUESTION)
    assert str(caught.value) == reason
