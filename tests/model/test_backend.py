"""A backend's parts say what is wrong at its own place, to whoever builds the record."""

from __future__ import annotations

import pickle
from typing import Any

import pytest
from pydantic import ValidationError

from fastgw.model import Backend, BreakerRule, CircuitBreaker, PoolService
from fastgw.model.failure import REASONS, is_known_reason
from fastgw.model.types import parse_address

SINGLE = {"id": "b", "url": "http://b"}
POOL = {"id": "p", "type": "Pool", "pool": {"services": [{"id": "b"}]}}


def findings(data: dict[str, Any]) -> list[tuple[str | int, ...]]:
    """Where pydantic says that something is wrong."""
    with pytest.raises(ValidationError) as caught:
        Backend.model_validate(data)
    return [error["loc"] for error in caught.value.errors()]


@pytest.mark.parametrize(
    ("data", "places"),
    [
        ({"id": "b"}, [("url",)]),
        ({**POOL, "pool": None}, [("pool",)]),
        ({**SINGLE, "url": "fabric:/a/b"}, [("url",)]),
        ({"id": "b", "urls": [{"url": "http://a"}, {"url": "http://a/"}]}, [("urls", 1, "url")]),
        (
            {**POOL, "pool": {"services": [{"id": "a"}, {"id": "A"}, {"id": "a"}]}},
            [("pool", "services", 1, "id"), ("pool", "services", 2, "id")],
        ),
        ({**SINGLE, "circuitBreaker": {"rules": [{}, {}]}}, [("circuitBreaker", "rules", 1, "name")]),
        ({**POOL, "limits": {"pending": 1}, "tls": {"x": 1}}, [("tls",), ("limits",)]),
    ],
)
def test_a_finding_has_the_place_of_the_member_in_the_contract(data, places):
    assert findings(data) == places


def test_no_finding_shows_an_address():
    with pytest.raises(ValidationError) as caught:
        Backend.model_validate({"id": "b", "urls": [{"url": "http://s3cret"}] * 2})
    assert "s3cret" not in str(caught.value)


def test_a_backend_of_many_parts_is_frozen_hashable_and_can_be_sent():
    backend = Backend.model_validate(
        {
            "id": "b",
            "urls": [{"url": "http://a"}, {"url": "http://c", "weight": 0}],
            "loadBalancing": {"type": "weighted"},
            "healthCheck": {"path": "/"},
            "retry": {},
            "circuitBreaker": {},
        }
    )
    assert pickle.loads(pickle.dumps(backend)) == backend
    assert hash(backend) == hash(pickle.loads(pickle.dumps(backend)))
    with pytest.raises(ValidationError):
        backend.circuit_breaker.rules[0].name = "other"


def test_what_was_dumped_is_the_same_backend_again():
    for data in (SINGLE, POOL, {**SINGLE, "circuitBreaker": {}}):
        backend = Backend.model_validate(data)
        assert Backend.model_validate(backend.model_dump(by_alias=True, exclude_defaults=True)) == backend


def test_a_pool_may_be_built_with_the_parts_that_are_absent():
    pool = Backend.model_validate(POOL)
    same = Backend(id="p", type="Pool", pool=pool.pool, tls=pool.tls, credentials=pool.credentials)
    assert same == pool


def test_rules_that_are_null_are_no_rules():
    assert CircuitBreaker.model_validate({"rules": None}).rules == ()
    assert CircuitBreaker.model_validate({}).rules == (BreakerRule(),)


@pytest.mark.parametrize(
    ("reference", "id"),
    [
        ("orders", "orders"),
        ("backends/orders", "orders"),
        ("/backends/orders", "orders"),
        ("/subscriptions/s/resourceGroups/g/providers/x/service/n/Backends/Orders", "Orders"),
    ],
)
def test_a_member_of_a_pool_is_named_by_id_or_arm_id(reference: str, id: str):
    assert PoolService(id=reference).backend_id == id


@pytest.mark.parametrize("reference", ["", "/", "a/", "a/b", "/backends/", "/backends/a/", "/certificates/a"])
def test_what_names_no_member_is_refused(reference: str):
    with pytest.raises(ValidationError):
        PoolService(id=reference)


def test_the_reasons_are_known_in_any_case():
    assert all(is_known_reason(reason) and is_known_reason(reason.upper()) for reason in REASONS)
    assert not is_known_reason("Server error")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("http://A", "HTTP://a:80/"),
        ("https://a/x/", "https://a:443/x"),
        ("http://[::1]", "http://[::1]:80"),
    ],
)
def test_urls_of_one_address_are_equal(one: str, other: str):
    assert parse_address(one) == parse_address(other)


@pytest.mark.parametrize("other", ["https://a", "http://a:81", "http://a/x", "http://b"])
def test_urls_of_other_addresses_are_not_equal(other: str):
    assert parse_address("http://a") != parse_address(other)
