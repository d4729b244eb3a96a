"""What tools and a few patterns can say about the source: lint, layout, types, length, nothing unfinished.

A tool that is not installed is a skip on a developer's machine and a failure where CI is set.
"""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "fastgw"
CHECKED = ["src", "tests", "loadtests", "setup.py"]

LONGEST_FILE = 600
# Files that are longer, each with its reason.
LONGER = {
    "_http.pyx": "one grammar for both sides and both directions: a second file would need its tables too",
}
UNFINISHED = re.compile(r"NotImplementedError|\b(?:TODO|FIXME|XXX)\b")


def files(*suffixes: str) -> list[Path]:
    return sorted(path for path in SOURCE.rglob("*") if path.suffix in suffixes)


def run(module: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a tool of this Python's environment."""
    if importlib.util.find_spec(module) is None:
        message = f"{module} is not installed: pip install -e '.[lint]'"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    return subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


def test_ruff_finds_nothing() -> None:
    done = run("ruff", "check", "--no-cache", "--output-format", "concise", *CHECKED)
    assert done.returncode == 0, done.stdout + done.stderr


def test_ruff_would_format_nothing_otherwise() -> None:
    done = run("ruff", "format", "--check", "--no-cache", *CHECKED)
    assert done.returncode == 0, done.stdout + done.stderr


def test_types_are_sound(tmp_path: Path) -> None:
    """mypy, strict as pyproject.toml has it."""
    done = run("mypy", "-p", "fastgw", "--cache-dir", str(tmp_path))
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_compiled_module_that_python_imports_has_a_stub() -> None:
    """Without one, mypy would take everything from it for Any."""
    compiled = {".".join(path.relative_to(SOURCE).with_suffix("").parts): path for path in files(".pyx")}
    imported = set()
    for path in files(".py", ".pyi"):
        imported |= set(re.findall(r"^\s*from fastgw\.([\w.]+) import", path.read_text(), re.MULTILINE))
    missing = [
        name for name, path in compiled.items() if name in imported and not path.with_suffix(".pyi").exists()
    ]
    assert missing == []


@pytest.mark.parametrize(
    "path", files(".py", ".pyi", ".pyx", ".pxd"), ids=lambda path: str(path.relative_to(SOURCE))
)
def test_nothing_is_left_unfinished(path: Path) -> None:
    found = [
        f"{number}: {line.strip()}"
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if UNFINISHED.search(line)
    ]
    assert found == []


def test_no_file_has_grown_past_its_concern() -> None:
    lengths = {
        str(path.relative_to(SOURCE)): len(path.read_text().splitlines()) for path in files(".py", ".pyx")
    }
    over = {name: length for name, length in lengths.items() if length > LONGEST_FILE and name not in LONGER}
    assert over == {}, f"longer than {LONGEST_FILE} lines; look for the second concern"


def test_exceptions_to_the_length_are_still_needed() -> None:
    short = [name for name in LONGER if len((SOURCE / name).read_text().splitlines()) <= LONGEST_FILE]
    assert short == [], "take them out of the list"


@pytest.mark.parametrize("path", files(".py", ".pyx"), ids=lambda path: str(path.relative_to(SOURCE)))
def test_every_file_says_what_it_is_for(path: Path) -> None:
    text = path.read_text().lstrip()
    assert not text or text.startswith(('"""', 'r"""', "#!"))


def test_the_patterns_find_what_they_are_for() -> None:
    for line in ("raise NotImplementedError", "# TODO: later", "x = 1  # FIXME", "# XXX"):
        assert UNFINISHED.search(line)
    for line in ("TODOS = 1", "prefix_TODO_x = 1", "an implementation"):
        assert not UNFINISHED.search(line)
