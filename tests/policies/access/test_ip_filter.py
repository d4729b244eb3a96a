"""ip-filter: who is inside, and what the others are told (spec/policies/access.md)."""

from __future__ import annotations

import pytest

from fastgw.policies.access.ip_filter import number_of
from tests.policies.running import Ran

RANGES = """<address>203.0.113.7</address><address> 2001:db8::1 </address>
  <address-range from="198.51.100.10" to="198.51.100.20" />
  <address-range from="2001:db8:1::" to="2001:db8:1::ff" />"""
INSIDE = [
    "203.0.113.7",
    "::ffff:203.0.113.7",
    "2001:db8::1",
    "2001:0DB8:0::0001",
    "198.51.100.10",
    "198.51.100.15",
    "198.51.100.20",
    "2001:db8:1::80",
]
OUTSIDE = ["203.0.113.8", "198.51.100.9", "198.51.100.21", "2001:db8::2", "2001:db8:1::100", "::1"]


def ask(action: str, peer: str, children: str = RANGES) -> Ran:
    return Ran(f"<ip-filter action='{action}'>{children}</ip-filter>", peer=peer)


@pytest.mark.parametrize("peer", INSIDE)
def test_a_caller_inside(peer: str) -> None:
    assert ask("allow", peer).passed
    assert ask("forbid", peer).failure == ("CallerIpBlocked", 403, "Forbidden")


@pytest.mark.parametrize("peer", OUTSIDE)
def test_a_caller_outside(peer: str) -> None:
    assert ask("forbid", peer).passed
    ran = ask("allow", peer)
    assert ran.failure == ("CallerIpNotAllowed", 403, "Forbidden")
    assert ran.exchange.error is not None
    assert ran.exchange.error.message == f"Caller IP address {peer} is not allowed. Access denied."


@pytest.mark.parametrize("action", ["allow", "forbid"])
@pytest.mark.parametrize("peer", ["", "unknown", "203.0.113.7:80", "fe80::1%eth0"])
def test_a_caller_without_an_address_never_passes(action: str, peer: str) -> None:
    assert ask(action, peer).failure[0] == "FailedToParseCallerIP"


def test_everything_may_be_computed() -> None:
    children = """<address>@("203.0.113." + 7)</address>
      <address-range from="@("10.0.0.0")" to="10.0.0.9" />"""
    assert ask('@("al" + "low")', "10.0.0.5", children).passed
    assert ask('@("al" + "low")', "10.0.0.10", children).failure[0] == "CallerIpNotAllowed"


@pytest.mark.parametrize(
    ("action", "children"),
    [
        ("allow", '<address>@("nonsense")</address>'),
        ('@("deny")', "<address>192.0.2.1</address>"),
        ("allow", """<address-range from="192.0.2.0" to='@("2001:db8::1")' />"""),
        ("allow", """<address-range from='@("2001:db8::1")' to="192.0.2.9" />"""),
        ("forbid", """<address-range from='@("192.0.2.9")' to="192.0.2.1" />"""),
    ],
)
def test_what_an_expression_gives_in_vain_lets_nobody_in(action: str, children: str) -> None:
    assert ask(action, "192.0.2.1", children).failure[0] == "ExpressionValueEvaluationFailure"


def test_several_filters_all_apply() -> None:
    both = """<ip-filter action="allow"><address-range from="10.0.0.0" to="10.0.0.9" /></ip-filter>
      <ip-filter action="forbid"><address>10.0.0.5</address></ip-filter>"""
    assert Ran(both, peer="10.0.0.4").passed
    assert Ran(both, peer="10.0.0.5").failure[0] == "CallerIpBlocked"
    assert Ran(both, peer="10.0.1.0").failure[0] == "CallerIpNotAllowed"


def test_an_ipv4_address_is_its_mapping() -> None:
    assert number_of("1.2.3.4") == number_of("::ffff:1.2.3.4")
    with pytest.raises(ValueError, match="zone"):
        number_of("fe80::1%1")


def test_a_range_may_mix_an_ipv4_address_and_a_mapping() -> None:
    assert ask("allow", "192.0.2.5", '<address-range from="192.0.2.1" to="::ffff:192.0.2.9" />').passed
    computed = """<address-range from='@("::ffff:192.0.2.1")' to="192.0.2.9" />"""
    assert ask("allow", "192.0.2.5", computed).passed


@pytest.mark.parametrize("low", ["::", '@("::")'])
@pytest.mark.parametrize(
    ("peer", "inside"),
    [
        ("10.0.0.1", False),
        ("::ffff:10.0.0.1", False),
        ("0.0.0.0", False),
        ("::ff:0:0", True),
        ("::1:0:0:0", True),
        ("2001:db8::1", True),
    ],
)
def test_a_range_of_ipv6_addresses_says_nothing_of_ipv4(low: str, peer: str, inside: bool) -> None:
    everything = f"<address-range from='{low}' to='ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff' />"
    assert ask("allow", peer, everything).passed is inside
    assert ask("forbid", peer, everything).passed is not inside


def test_what_is_wrong_with_a_computed_range_is_said() -> None:
    ran = ask("allow", "192.0.2.5", """<address-range from='@("192.0.2.9")' to="192.0.2.1" />""")
    assert ran.exchange.error is not None
    assert ran.exchange.error.message.endswith("The address range ends before it begins.")
