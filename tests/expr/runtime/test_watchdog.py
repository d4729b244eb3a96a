"""The net below the meter: it ends what stays in one evaluation for too long, and nothing else."""

from __future__ import annotations

import gc
import signal
from collections.abc import Iterator
from time import thread_time
from typing import Any

import pytest

from fastgw.expr.engine import ExpressionFailed
from fastgw.expr.runtime.meter import meter
from fastgw.expr.runtime.values import NetObject
from fastgw.expr.runtime.watchdog import watching
from tests.expr.running import compiled, context

_SECONDS = 0.1
# Of the processor: some ticks, and much more than they take.
_SOON = 5.0


class Endless(NetObject):
    """A value whose text is never done, and which spends no steps."""

    __slots__ = ()

    def net_text(self) -> str:
        while True:
            pass


class Slow(NetObject):
    """A value whose text takes a while, but less than an evaluation may."""

    __slots__ = ()

    def net_text(self) -> str:
        compute(_SECONDS / 4)
        return "x"


def compute(seconds: float) -> None:
    """Use up processor time."""
    until = thread_time() + seconds
    while thread_time() < until:
        pass


@pytest.fixture(autouse=True)
def watched() -> Iterator[None]:
    before = meter.most_steps, meter.most_bytes, meter.match_seconds, meter.most_seconds
    meter.set_limits(*before[:3], _SECONDS)
    try:
        with watching():
            yield
    finally:
        meter.set_limits(*before)


def ended(source: str, value: Any) -> ExpressionFailed:
    """How an expression fails that gets `value` as the variable x; soon."""
    run = compiled(source)
    began = thread_time()
    with pytest.raises(ExpressionFailed) as caught:
        run(context(x=value))
    assert thread_time() - began < _SOON
    return caught.value


@pytest.mark.parametrize(
    "source",
    [
        'return context.Variables["x"].ToString();',
        'try { return context.Variables["x"].ToString(); } catch { return 1; }',
        'try { return context.Variables["x"].ToString(); } catch (Exception) when (true) { return 1; }',
        'try { context.Variables["x"].ToString(); } finally { context.Variables["x"].ToString(); } return 1;',
        'return new[] {1}.Select(one => context.Variables["x"].ToString()).First();',
        'return $"{context.Variables["x"]}";',
    ],
)
def test_what_spends_no_steps_is_ended(source: str) -> None:
    failed = ended(source, Endless())
    assert failed.exception == "System.TimeoutException"
    assert failed.details == "The expression has run for too long."
    assert not failed.internal


def test_it_ends_each_evaluation_that_hangs() -> None:
    for _ in range(2):
        assert ended('context.Variables["x"].ToString()', Endless()).exception == "System.TimeoutException"


def test_short_evaluations_go_on_however_many_they_are() -> None:
    run, value = compiled('context.Variables["x"].ToString()'), context(x=Slow())
    until = thread_time() + 1.0
    while thread_time() < until:
        assert run(value) == "x"


def test_it_leaves_alone_what_is_no_expression() -> None:
    began = thread_time()
    compute(1.0)
    assert thread_time() - began >= 1.0
    assert compiled("1 + 1")(context()) == 2


def test_it_keeps_nothing_of_a_request_alive() -> None:
    """A frame that is kept keeps the context, and with it the request."""
    released: list[int] = []

    class Noting(Slow):
        __slots__ = ()

        def net_text(self) -> str:
            compute(0.6)
            return "x"

        def __del__(self) -> None:
            released.append(1)

    meter.set_limits(meter.most_steps, meter.most_bytes, meter.match_seconds, 60.0)
    run = compiled('context.Variables["x"].ToString()')
    given = context(x=Noting())
    assert run(given) == "x"
    del given
    # The context of a test refers to itself.
    gc.collect()
    assert released == [1]


def test_it_leaves_the_signal_as_it_was() -> None:
    def handler(*_: object) -> None: ...

    with watching():
        inner = signal.getsignal(signal.SIGVTALRM)
    outer = signal.getsignal(signal.SIGVTALRM)
    assert outer is inner
    assert signal.getitimer(signal.ITIMER_VIRTUAL)[1] > 0
    before = signal.signal(signal.SIGVTALRM, handler)
    timer = signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    try:
        with watching():
            assert signal.getitimer(signal.ITIMER_VIRTUAL)[1] > 0
        assert signal.getsignal(signal.SIGVTALRM) is handler
        assert signal.getitimer(signal.ITIMER_VIRTUAL) == (0.0, 0.0)
    finally:
        signal.signal(signal.SIGVTALRM, before)
        signal.setitimer(signal.ITIMER_VIRTUAL, *timer)
