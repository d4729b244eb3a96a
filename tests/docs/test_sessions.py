"""The shell sessions of the documentation, run from their first to their last line."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.blocks import Block, blocks, documents
from tests.docs.session import Command, Shell, commands, end, matches, need_curl, read_until

RUN, RUN_DEMO, DEMO, GATEWAY = "test: run", "test: run demo", "test: demo", "test: gateway"
# Run by test_testing.py, with the files of an example.
EXAMPLE = "test: example"
KNOWN = {RUN, RUN_DEMO, DEMO, EXAMPLE}


def marked(document: str, mark: str) -> list[Block]:
    return [block for block in blocks(document) if mark in block.marks]


def assert_shown(block: Block, command: Command, output: str) -> None:
    assert matches(command.shown, output), (
        f"{block}: $ {command.text}\nis said to print\n{command.shown}\nand prints\n{output}"
    )


def test_every_session_is_run() -> None:
    sessions = [block for name in documents() for block in blocks(name) if block.language == "console"]
    assert [str(block) for block in sessions if len(KNOWN & set(block.marks)) != 1] == []


@pytest.mark.parametrize("document", [name for name in documents() if marked(name, RUN)])
def test_the_session_prints_what_is_shown(document: str, tmp_path: Path) -> None:
    need_curl()
    shell = Shell(tmp_path)
    try:
        for block in blocks(document):
            if GATEWAY in block.marks:
                (shell.folder / "gateway.yaml").write_text(shell.real(block.text))
            if RUN not in block.marks:
                continue
            for command in commands(block.text):
                shown = Command(command.text, shell.real(command.shown))
                assert_shown(block, shown, shell.run(command))
    finally:
        shell.close()


@pytest.fixture(scope="module")
def demo() -> Iterator[str]:
    """What the quick start prints, while it runs."""
    process = subprocess.Popen(
        [sys.executable, "-m", "fastgw", "demo"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield read_until(process, process.stdout, "Ctrl-C")
    finally:
        end(process, signal.SIGINT)


def demo_ports(printed: str) -> dict[str, str]:
    """The printed ports and those that the quick start took."""
    ready = next(line for line in printed.splitlines() if line.startswith("fastgw ready:"))
    return dict(zip(("8080", "8443", "8081"), re.findall(r":(\d+)", ready), strict=True))


def test_the_quick_start_prints_what_the_readme_shows(demo: str) -> None:
    (block,) = marked("README.md", DEMO)
    (command,) = commands(block.text)
    assert command.text == "make run"
    printed = demo
    for usual, real in demo_ports(demo).items():
        printed = printed.replace(f":{real}", f":{usual}")
    assert_shown(block, command, printed)


@pytest.mark.parametrize(
    "block", [block for name in documents() for block in marked(name, RUN_DEMO)], ids=str
)
def test_the_quick_start_answers_as_shown(block: Block, demo: str, tmp_path: Path) -> None:
    need_curl()
    shell = Shell(tmp_path, demo_ports(demo))
    for command in commands(block.text):
        assert_shown(block, command, shell.run(Command(as_printed(command.text, demo), command.shown)))


def as_printed(text: str, printed: str) -> str:
    """A command with the program and the folder that the quick start has printed in place of the dots."""
    for name in ("fastgw", "state"):
        found = re.search(rf"\S*/{name}(?= )", printed)
        assert found
        text = text.replace(f".../{name}", found[0])
    return text
