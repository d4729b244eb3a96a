"""ip-filter: lets callers in, or keeps them out, by their address (spec/policies/access.md)."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import Any, Final

from fastgw._program import Op
from fastgw.compiler.expressions import Compiled
from fastgw.compiler.lower import Lowering, Statement
from fastgw.compiler.nodes import Value
from fastgw.compiler.schema import (
    INBOUND,
    AttributeSchema,
    ChildSchema,
    ElementSchema,
    PolicySchema,
    TextSchema,
    policy_element,
)
from fastgw.errors import PolicyFailure
from fastgw.expr.library.context.views import caller_address
from fastgw.policies.values import text_now

ADDRESS = ElementSchema("address", text=TextSchema(required=True, expression=True))
ADDRESS_RANGE = ElementSchema(
    "address-range",
    (
        AttributeSchema("from", required=True, expression=True),
        AttributeSchema("to", required=True, expression=True),
    ),
)
ELEMENT = policy_element(
    "ip-filter",
    (AttributeSchema("action", required=True, expression=True, choices=("allow", "forbid")),),
    (ChildSchema(ADDRESS), ChildSchema(ADDRESS_RANGE)),
)

_FORBIDDEN = "Forbidden"
# What stands before an IPv4 address in its mapping.
_IPV4: Final = 0xFFFF
Bound = int | Compiled


@dataclass(frozen=True, slots=True)
class IpFilter:
    """The filter of one statement; a single address is a range of one. Bounds are IPv6 numbers."""

    action: str | Compiled
    ranges: tuple[tuple[Bound, Bound], ...]

    def __call__(self, exchange: Any) -> None:
        """Raises PolicyFailure for a caller who may not pass."""
        address = caller_address(exchange)
        try:
            number = number_of(address)
        except ValueError:
            what = "Failed to establish IP address for the caller. Access denied."
            raise PolicyFailure("FailedToParseCallerIP", what, 403, _FORBIDDEN) from None
        inside = any(_holds(low, high, number, exchange) for low, high in self.ranges)
        action = text_now(self.action, exchange).strip()
        if action not in ("allow", "forbid"):
            raise ValueError("The action of ip-filter must be allow or forbid.")
        if action == "allow" and not inside:
            what = f"Caller IP address {address} is not allowed. Access denied."
            raise PolicyFailure("CallerIpNotAllowed", what, 403, _FORBIDDEN)
        if action == "forbid" and inside:
            what = "Caller IP address is blocked. Access denied."
            raise PolicyFailure("CallerIpBlocked", what, 403, _FORBIDDEN)


def number_of(text: str) -> int:
    """An address as a number of 128 bits, an IPv4 one through its mapping (RFC 4291 section 2.5.5.2).

    Raises ValueError for what is no address.
    """
    address = ipaddress.ip_address(text.strip())
    if isinstance(address, ipaddress.IPv4Address):
        return _IPV4 << 32 | int(address)
    if address.scope_id is not None:
        raise ValueError("a zone is no part of an address here")
    return int(address)


def _is_ipv4(number: int) -> bool:
    return number >> 32 == _IPV4


def problem_of(low: int, high: int) -> str | None:
    """What is wrong with the bounds of a range, as the end of a sentence."""
    if _is_ipv4(low) is not _is_ipv4(high):
        return "goes from one family of addresses to the other"
    return "ends before it begins" if low > high else None


def _holds(low: Bound, high: Bound, number: int, exchange: Any) -> bool:
    """Whether a range holds an address. Raises ValueError for bounds that expressions got wrong."""
    if isinstance(low, int) and isinstance(high, int):
        first, last = low, high
    else:
        first, last = _bound(low, exchange), _bound(high, exchange)
        if problem := problem_of(first, last):
            raise ValueError(f"The address range {problem}.")
    # The mappings of IPv4 lie among the addresses of IPv6, but a range of those does not mean them.
    return first <= number <= last and _is_ipv4(number) is _is_ipv4(first)


def _bound(operand: Bound, exchange: Any) -> int:
    return number_of(text_now(operand, exchange)) if callable(operand) else operand


def lower(statement: Statement, lowering: Lowering) -> None:
    """One DO."""
    action = lowering.string(statement.required("action"))
    ranges: list[tuple[Bound, Bound]] = []
    good = action is not None
    for child in statement.child_statements():
        if child.element.name == "address":
            text = child.element.text
            low = high = _operand(text, lowering) if text else None
        else:
            low = _operand(child.required("from"), lowering)
            high = _operand(child.required("to"), lowering)
        if low is None or high is None:
            good = False
        elif isinstance(low, int) and isinstance(high, int) and (problem := problem_of(low, high)):
            lowering.error(f"the range {problem}", child.element.position)
            good = False
        else:
            ranges.append((low, high))
    if not statement.element.children:
        lowering.error("ip-filter needs at least one address or address-range", statement.element.position)
        return
    if good and action is not None:
        literal = action.strip() if isinstance(action, str) else action
        lowering.emit(Op.DO, (IpFilter(literal, tuple(ranges)),), statement)


def _operand(value: Value, lowering: Lowering) -> Bound | None:
    found = lowering.string(value)
    if not isinstance(found, str):
        return found
    try:
        return number_of(found)
    except ValueError:
        lowering.error(f"{value.shown()} is no IP address", value.position, value)
        return None


IP_FILTER = PolicySchema(ELEMENT, lower, sections=frozenset({INBOUND}))
