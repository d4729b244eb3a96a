"""cors: origins, and several policies in one program (spec/policies/cross-domain.md)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fastgw.policies.crossdomain.cors import Cors, normal_origin
from fastgw.rehearsal.run import Outcome
from tests.policies.rehearsing import header as values
from tests.policies.rehearsing import rehearse
from tests.policies.running import Ran


def cors(origin: str, attributes: str = "") -> str:
    return f"""<choose><when condition="true"><cors {attributes}><allowed-origins><origin>{origin}</origin>
      </allowed-origins><allowed-headers><header>*</header></allowed-headers></cors></when></choose>"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://A.test", ("https", "a.test", 443)),
        ("http://a.test/", ("http", "a.test", 80)),
        ("HTTP://a.test:8080", ("http", "a.test", 8080)),
        ("https://[::1]:8443", ("https", "::1", 8443)),
        ("null", None),
        ("a.test", None),
        ("https://a.test/x", None),
        ("https://a.test?x", None),
        ("https://user@a.test", None),
        ("https://a.test:99999", None),
        ("https://", None),
        ("", None),
    ],
)
def test_an_origin_is_scheme_host_and_port(text: str, expected: object) -> None:
    assert normal_origin(text) == expected


def test_the_first_policy_that_allows_the_origin_counts() -> None:
    # As a broader scope's policy behind <base/> would stand.
    ran = Ran(cors("https://a.test", 'allow-credentials="true"'), fields="Origin: https://a.test\r\n")
    assert ran.passed
    first = ran.exchange.answer_fields
    assert first is not None
    policy = ran.exchange.route.inbound.steps[0].operands[0]  # type: ignore[union-attr]
    other = Ran(cors("https://b.test")).exchange.route.inbound.steps[0].operands[0]  # type: ignore[union-attr]
    assert other(ran.exchange) is None
    assert policy(ran.exchange) is None
    assert ran.exchange.answer_fields is first


# The answer repeats what expressions give: nothing of it may become a line of its own.

EVIL = """@("x\\r\\nX-Evil: 1")"""
ORIGIN = {"headers": {"Origin": "https://a.test"}}


def exposing(header: str, methods: str = "<method>GET</method>") -> str:
    return f"""<cors><allowed-origins><origin>*</origin></allowed-origins>
      <allowed-methods>{methods}</allowed-methods><allowed-headers><header>*</header></allowed-headers>
      <expose-headers><header>{header}</header></expose-headers></cors>"""


@pytest.mark.parametrize("header", [EVIL, '@("a b")', '@("a, b c")', '@("é")'])
def test_an_exposed_header_that_is_no_token_fails_the_request(tmp_path: Path, header: str) -> None:
    outcome = rehearse(tmp_path, request=ORIGIN, inbound=exposing(header))
    assert outcome.status == 500
    assert outcome.error is not None
    assert (outcome.error["source"], outcome.error["reason"]) == ("cors", "ExpressionValueEvaluationFailure")
    assert header_names(outcome).isdisjoint({"x-evil", "access-control-expose-headers"})


@pytest.mark.parametrize(
    ("header", "exposed"),
    [
        ('@("x-" + "left")', ["x-left"]),
        ('@("*")', ["*"]),
        ('@("A, B")', ["A, B"]),
        ('@(",A ,, B,")', ["A, B"]),
        ('@("")', []),
        ('@(" , ")', []),
        ("@((string)null)", []),
    ],
)
def test_an_exposed_header_may_be_computed(tmp_path: Path, header: str, exposed: list[str]) -> None:
    outcome = rehearse(tmp_path, request=ORIGIN, inbound=exposing(header))
    assert outcome.status == 200
    assert values(outcome, "access-control-expose-headers") == exposed


def test_computed_methods_and_headers_may_be_lists(tmp_path: Path) -> None:
    policy = exposing("x", '<method>@("GET, POST")</method>').replace(
        "<allowed-headers><header>*", '<allowed-headers><header>@("x-a,x-b")</header><header>@((string)null)'
    )
    fields = {
        "Origin": "https://a.test",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "X-B",
    }
    outcome = rehearse(
        tmp_path, request={"method": "OPTIONS", "headers": fields}, inbound=policy + "<base />"
    )
    assert outcome.status == 200
    assert values(outcome, "access-control-allow-methods") == ["GET, POST"]
    assert values(outcome, "access-control-allow-headers") == ["x-a, x-b"]


@pytest.mark.parametrize("text", [EVIL, '@("G T")', '@("é")'])
@pytest.mark.parametrize("asked", ["method", "header"])
def test_a_preflight_with_a_computed_text_that_is_no_token_fails(
    tmp_path: Path, text: str, asked: str
) -> None:
    given = f"<method>{text}</method>" if asked == "method" else "<method>*</method>"
    policy = exposing("x", given)
    if asked == "header":
        policy = policy.replace(
            "<allowed-headers><header>*", f"<allowed-headers><header>{text}</header><header>*"
        )
    fields = {"Origin": "https://a.test", "Access-Control-Request-Method": "GET"}
    outcome = rehearse(
        tmp_path, request={"method": "OPTIONS", "headers": fields}, inbound=policy + "<base />"
    )
    assert outcome.status == 500
    assert header_names(outcome).isdisjoint({"x-evil", "access-control-allow-methods"})


def test_a_value_that_no_policy_has_checked_never_reaches_the_wire(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def careless(self: Cors, exchange: Any) -> None:
        exchange.answer_fields = [(b"X-Good", b"1"), (b"X-Bad", b"1\r\nX-Evil: 1")]

    monkeypatch.setattr(Cors, "__call__", careless)
    names = header_names(rehearse(tmp_path, request=ORIGIN, inbound=exposing("x")))
    assert "x-good" in names
    assert names.isdisjoint({"x-bad", "x-evil"})


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (None, ["Origin"]),
        ("Accept", ["Accept,Origin"]),
        ("origin", ["origin"]),
        ("Accept , Origin", ["Accept , Origin"]),
        ("Origins", ["Origins,Origin"]),
        ("*", ["*"]),
        (["Accept", "Origin"], ["Accept", "Origin"]),
    ],
)
def test_vary_names_the_origin_once(tmp_path: Path, sent: Any, expected: list[str]) -> None:
    answer = {} if sent is None else {"headers": {"Vary": sent}}
    outcome = rehearse(tmp_path, request=ORIGIN, answer=answer, inbound=exposing("x"))
    assert values(outcome, "vary") == expected


def header_names(outcome: Outcome) -> set[str]:
    return {name.lower() for name, _ in outcome.headers}
