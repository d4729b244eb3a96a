"""Children of the master: back-off times, and what a fork starts with."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable

from fastgw.processes import CRASHED, Backoff, describe_end, fork_child


def outcome(body: Callable[[], int]) -> dict[str, object]:
    pid = fork_child(body, lambda: None)
    return describe_end(os.waitpid(pid, 0)[1])


def test_the_first_death_is_replaced_at_once_and_later_ones_wait_longer() -> None:
    backoff = Backoff()
    assert [backoff.delay(1.0) for _ in range(6)] == [0.0, 0.1, 0.2, 0.4, 0.8, 1.6]


def test_the_wait_never_exceeds_the_longest() -> None:
    backoff = Backoff()
    assert max(backoff.delay(0.0) for _ in range(2000)) == 10.0


def test_a_healthy_life_starts_the_count_anew() -> None:
    backoff = Backoff()
    for _ in range(5):
        backoff.delay(0.0)
    assert backoff.delay(60.0) == 0.0
    assert backoff.delay(59.9) == 0.1


def test_the_exit_code_of_the_body_is_that_of_the_process() -> None:
    assert outcome(lambda: 7) == {"exit": 7}


def test_an_exception_ends_the_child_and_never_returns_into_the_caller() -> None:
    def body() -> int:
        raise ValueError("no")

    assert outcome(body) == {"exit": CRASHED}


def test_a_child_ignores_what_a_terminal_sends_to_the_group() -> None:
    def body() -> int:
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGHUP)
        return 5

    assert outcome(body) == {"exit": 5}


def test_a_child_can_be_terminated() -> None:
    def body() -> int:
        signal.pause()
        return 0

    pid = fork_child(body, lambda: None)
    os.kill(pid, signal.SIGTERM)
    assert describe_end(os.waitpid(pid, 0)[1]) == {"signal": "SIGTERM"}


def test_no_signal_is_left_blocked_in_parent_or_child() -> None:
    assert outcome(lambda: len(signal.pthread_sigmask(signal.SIG_BLOCK, ()))) == {"exit": 0}
    assert not signal.pthread_sigmask(signal.SIG_BLOCK, ())
