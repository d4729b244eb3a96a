"""The process log: one line an event, harmless values, a budget, and no failure for the caller."""

from __future__ import annotations

import json
import logging
import os
import re
from collections.abc import Iterator
from typing import Any

import pytest

from fastgw.telemetry import bridge, log
from fastgw.telemetry.log import LINES_A_SECOND, Logger


class Pipe:
    def __init__(self) -> None:
        self.reading, self.writing = os.pipe()
        os.set_blocking(self.reading, False)

    def lines(self) -> list[str]:
        try:
            return os.read(self.reading, 1 << 20).decode().split("\n")[:-1]
        except BlockingIOError:
            return []


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    made = Pipe()
    yield made
    os.close(made.reading)
    os.close(made.writing)


def one(pipe: Pipe, form: log.Format = "json", **fields: Any) -> str:
    Logger(pipe.writing, form).emit("warning", "something happened", fields)
    (line,) = pipe.lines()
    return line


def test_a_json_line_has_time_level_event_and_fields(pipe: Pipe) -> None:
    found = json.loads(one(pipe, backend="orders", count=3, share=0.5, ok=True, nothing=None))
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", found.pop("time"))
    assert found == {
        "level": "warning",
        "event": "something happened",
        "backend": "orders",
        "count": 3,
        "share": 0.5,
        "ok": True,
        "nothing": None,
    }


def test_a_text_line_is_readable_and_quotes_what_has_spaces(pipe: Pipe) -> None:
    line = one(pipe, "text", backend="orders", reason='connection "refused" by peer', count=3)
    assert line.endswith(
        'warning something happened backend=orders reason="connection \\"refused\\" by peer" count=3'
    )


@pytest.mark.parametrize("form", ["json", "text"])
@pytest.mark.parametrize(
    "value", ["a\nb", "a\r\nb", "\x1b[2Jx", "\x9b2Jx", "a\u2028b", "\x00", "\x7f", "\u202eabc", "\ud800x"]
)
def test_a_value_cannot_start_a_line_or_drive_a_terminal(pipe: Pipe, form: log.Format, value: str) -> None:
    line = one(pipe, form, value=value)
    assert not re.search(r"[\x00-\x1f\x7f-\x9f\u2028\u202e\ud800]", line)
    if form == "json" and value != "\ud800x":
        assert json.loads(line)["value"] == value


def test_odd_values_are_written_as_text(pipe: Pipe) -> None:
    found = json.loads(one(pipe, raw=b"a\xff", big=2**80, path=os, listed=[1, "a"]))
    assert found["raw"] == "a\\xff"
    assert found["big"] == str(2**80)
    assert found["listed"] == "[1, 'a']"


def test_a_long_value_is_cut(pipe: Pipe) -> None:
    assert len(one(pipe, value="x" * 1_000_000)) < 4096


def test_a_value_that_fails_to_print_costs_its_line_only(pipe: Pipe) -> None:
    class Bad:
        def __str__(self) -> str:
            raise RuntimeError

    Logger(pipe.writing).emit("error", "event", {"value": Bad()})
    assert pipe.lines() == []


def test_a_closed_descriptor_is_no_error() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    os.close(writing)
    Logger(writing).emit("error", "event", {})


def test_a_reader_that_sleeps_never_blocks_the_writer(pipe: Pipe) -> None:
    logger = Logger(pipe.writing)
    for number in range(2000):
        logger.emit("info", "event", {"value": "x" * 1000, "number": number}, limited=False)
    assert pipe.lines()


def test_reserved_names_do_not_replace_the_lines_own(pipe: Pipe) -> None:
    found = json.loads(one(pipe, level="x", event="y", time="z"))
    assert (found["level"], found["event"], found["level_"]) == ("warning", "something happened", "x")


def test_an_event_has_a_budget_a_second_and_the_suppressed_are_counted(pipe: Pipe) -> None:
    logger = Logger(pipe.writing, "json")
    for _ in range(LINES_A_SECOND + 37):
        logger.emit("info", "noisy", {}, now=100.0)
    logger.emit("info", "quiet", {}, now=100.5)
    assert len(pipe.lines()) == LINES_A_SECOND + 1
    logger.emit("info", "noisy", {}, now=101.0)
    logger.emit("info", "noisy", {}, now=101.1)
    first, second = (json.loads(line) for line in pipe.lines())
    assert first["suppressed"] == 37
    assert "suppressed" not in second


def test_lists_that_must_be_whole_have_no_budget(pipe: Pipe) -> None:
    logger = Logger(pipe.writing)
    for _ in range(LINES_A_SECOND * 3):
        logger.emit("info", "diagnostic", {}, limited=False)
    assert len(pipe.lines()) == LINES_A_SECOND * 3


def test_levels_below_the_threshold_are_not_written(pipe: Pipe) -> None:
    logger = Logger(pipe.writing)
    logger.emit("debug", "event", {})
    logger.configure(level="debug", worker=3)
    logger.emit("debug", "event", {})
    (line,) = pipe.lines()
    assert line.endswith("worker=3")


def test_what_libraries_log_becomes_an_event(pipe: Pipe, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "_process", Logger(pipe.writing, "json"))
    record = logging.LogRecord("aiohttp.server", logging.ERROR, "", 1, "bad %s", ("thing",), None)
    bridge.Bridge().emit(record)
    found = json.loads(pipe.lines()[0])
    assert (found["level"], found["event"], found["message"]) == ("error", "aiohttp.server", "bad thing")
