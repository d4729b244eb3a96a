"""set-header: what the listings and refusals do not show."""

from __future__ import annotations

import pytest

from fastgw._program import Message
from tests.compiler.support import Bench


@pytest.mark.parametrize("name", ["Connection", "content-length", "KEEP-ALIVE", "Transfer-Encoding"])
@pytest.mark.parametrize("action", ["override", "append", "delete"])
def test_framing_headers_are_accepted_with_a_warning_and_leave_no_step(name: str, action: str) -> None:
    bench = Bench()
    assert (
        bench.inbound(f"<set-header name='{name}' exists-action='{action}'><value>x</value></set-header>")
        == []
    )
    assert bench.findings() == [
        f"1:38 warning set-header has no effect on {name}: the gateway alone writes it"
    ]


def test_adding_nothing_is_a_warning() -> None:
    bench = Bench()
    assert bench.inbound("<set-header name='a' exists-action='append' />") == []
    assert bench.findings()[0].startswith("1:20 warning set-header without a value")


@pytest.mark.parametrize(
    ("section", "message"),
    [("inbound", Message.REQUEST), ("backend", Message.REQUEST), ("outbound", Message.RESPONSE),
     ("on-error", Message.RESPONSE)],
)  # fmt: skip
def test_the_section_decides_which_message_is_changed(section: str, message: Message) -> None:
    text = f"<policies><{section}><set-header name='a'><value>b</value></set-header></{section}></policies>"
    program = getattr(Bench().programs(text), section.replace("-", "_"))
    assert program.steps[0].operands[:2] == (message, b"a")


def test_names_and_values_may_be_computed() -> None:
    (step,) = Bench().inbound("<set-header name='@(n)'><value> @(v) </value><value>é</value></set-header>")
    _, name, _, values = step.operands
    exchange = {"@(n)": "X", "@(v)": None}
    assert name(exchange) == "X"
    assert values[0](exchange) is None
    assert values[1] == "é".encode()
