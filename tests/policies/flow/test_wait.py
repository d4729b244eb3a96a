"""wait: how its children share an exchange, without a gateway and without backends."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fastgw._core import PartFailed, Verdict, run_part
from fastgw._exchange import Exchange
from fastgw._program import Op, Program, Section, Site, Step
from fastgw.errors import PolicyFailure
from fastgw.policies.flow.wait import Wait
from tests.compiler.support import Bench
from tests.policies.rehearsing import rehearse

SITE = Site("send-request", None, "wait[1]/send-request[1]", "api")


class Region:
    """Runs its steps again as often as it was told."""

    def __init__(self, times: int = 0) -> None:
        self.times = times
        self.released = 0

    def again(self, exchange: Exchange) -> float | None:
        self.times -= 1
        return None if self.times < 0 else 0.0

    def release(self) -> None:
        self.released += 1


def part(*steps: tuple[int, Any], site: Site = SITE) -> Program:
    return Program(
        Section.INBOUND,
        [Step(op, operands if isinstance(operands, tuple) else (operands,), site) for op, operands in steps],
    )


def waiting(action: Callable[[Exchange], Any]) -> Any:
    async def wait(exchange: Exchange, doors: object) -> None:
        await asyncio.sleep(0)
        found = action(exchange)
        if asyncio.iscoroutine(found):
            await found

    return wait


def fail(exchange: Exchange) -> None:
    raise PolicyFailure("Timeout", "too late", 504, "public")


def run(mode: str, *parts: Program) -> Exchange:
    exchange = Exchange()
    exchange.read_request(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    asyncio.run(Wait(mode, parts)(exchange, None))  # type: ignore[arg-type]  # no step asks for a door
    return exchange


def test_all_children_end_before_it_does() -> None:
    barrier = asyncio.Barrier(2)

    async def meet(exchange: Exchange, name: str) -> None:
        await barrier.wait()

    parts = [
        part(
            (Op.WAIT, waiting(lambda exchange, name=name: meet(exchange, name))),  # type: ignore[misc]
            (Op.SET_VARIABLE, (name, name)),
        )
        for name in ("a", "b")
    ]
    assert run("all", *parts).variables == {"a": "a", "b": "b"}


def test_any_cancels_the_others_and_releases_what_they_hold() -> None:
    region = Region()

    async def ever(exchange: Exchange) -> None:
        await asyncio.Event().wait()

    endless = part(
        (Op.ENTER, (lambda exchange: region, 2)),
        (Op.WAIT, waiting(ever)),
        (Op.LEAVE, 1),
        (Op.SET_VARIABLE, ("b", "b")),
    )
    quick = part((Op.WAIT, waiting(lambda exchange: None)), (Op.SET_VARIABLE, ("a", "a")))
    assert run("any", endless, quick).variables == {"a": "a"}
    assert region.released == 1


def test_the_error_of_a_child_keeps_its_place_and_its_answer() -> None:
    with pytest.raises(PartFailed) as raised:
        run("all", part((Op.WAIT, waiting(fail))), part((Op.SET_VARIABLE, ("a", "a"))))
    error = raised.value.error
    assert (error.source, error.path, error.reason, error.message) == (
        "send-request",
        "wait[1]/send-request[1]",
        "Timeout",
        "too late",
    )
    assert raised.value.answer == (504, "public", ())


def test_a_region_of_a_child_takes_its_errors() -> None:
    region = Region(times=1)
    calls: list[int] = []

    def second(exchange: Exchange) -> None:
        calls.append(1)
        if len(calls) == 1:
            fail(exchange)

    program = part((Op.ENTER, (lambda exchange: region, 2)), (Op.WAIT, waiting(second)), (Op.LEAVE, 1))
    exchange = run("all", program)
    assert (len(calls), region.released, exchange.failing, exchange.error) == (2, 1, False, None)


def test_an_answer_made_by_a_child_ends_the_others() -> None:
    async def ever(exchange: Exchange) -> None:
        await asyncio.Event().wait()

    answering = part((Op.WAIT, waiting(lambda exchange: None)), (Op.BEGIN_REPLY, ()), (Op.RETURN, ()))
    exchange = run("all", part((Op.WAIT, waiting(ever))), answering)
    assert exchange.replied


def test_a_part_leaves_the_place_of_the_section_alone() -> None:
    exchange = Exchange()
    exchange.read_request(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    region = Region()
    program = part((Op.ENTER, (lambda exchange: region, 2)), (Op.WAIT, waiting(fail)), (Op.LEAVE, 1))
    verdict, at, regions = run_part(program, exchange, 0, None)
    assert (verdict, at, exchange.next_step if hasattr(exchange, "next_step") else 0) == (
        Verdict.WAIT_NOW,
        2,
        0,
    )
    assert regions == [(region, 2)]
    verdict, _, regions = run_part(program, exchange, at, regions, ValueError("no"))
    assert (verdict, regions, exchange.failing) == (Verdict.FAILED, [], False)
    assert exchange.error is not None
    assert exchange.error.reason == "ExpressionValueEvaluationFailure"


def test_bodies_of_all_children_are_gathered_before_the_first_begins() -> None:
    from fastgw.compiler.engine import Expressions

    branch = """<choose><when condition="@(context.Request.Body.As<string>(true) == "x")">
        <send-request mode="copy" /></when></choose>"""
    steps = Bench(expressions=Expressions()).inbound(f"<wait>{branch}{branch}</wait>")
    assert [(step.op, step.site.path) for step in steps] == [(Op.NEED_BODY, "wait[1]"), (Op.WAIT, "wait[1]")]


def test_a_fragment_may_hold_one() -> None:
    fragment = '<fragment><wait><send-request mode="copy" /></wait></fragment>'
    bench = Bench(fragments={"f": fragment})
    programs = bench.programs('<policies><inbound><include-fragment fragment-id="f" /></inbound></policies>')
    assert [step.op for step in programs.inbound.steps] == [Op.NEED_BODY, Op.WAIT]
    forwarding = fragment.replace(
        "<send-request", '<choose><when condition="@(a)"><forward-request /></when></choose><send-request'
    )
    bench = Bench(fragments={"f": forwarding})
    text = '<policies><backend><include-fragment fragment-id="f" /></backend></policies>'
    assert bench.document(text) is None
    assert any("forward-request is not allowed inside wait" in found for found in bench.findings())


def test_it_runs_in_on_error(tmp_path: Path) -> None:
    call = """<send-request response-variable-name="{0}"><set-url>http://shop.test/{0}</set-url>
      <set-method>GET</set-method></send-request>"""
    outcome = rehearse(
        tmp_path,
        answer={"body": "told"},
        inbound='<set-variable name="x" value="@(int.Parse(&quot;x&quot;))" />',
        on_error=f"""<wait>{call.format("one")}{call.format("two")}</wait>
          <set-body>@(((IResponse)context.Variables["two"]).Body.As<string>())</set-body>""",
    )
    assert (outcome.status, outcome.body) == (500, b"told")
    assert {found.url for found in outcome.calls} == {"http://shop.test/one", "http://shop.test/two"}
