"""cors: origins, and several policies in one program (spec/policies/cross-domain.md)."""

from __future__ import annotations

import pytest

from fastgw.policies.crossdomain.cors import normal_origin
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
