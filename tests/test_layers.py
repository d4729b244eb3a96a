"""Who may import whom: the table of the architecture, held against every import of the source.

Read are .py and .pyi files with `ast`, .pyx and .pxd files line by line. Imports within functions count.
Imports under `if TYPE_CHECKING:` count as well: a room that names another room's type knows that room, and
what it knows must not depend on when it is read. Rooms of the wiring (layer 6) may import anything.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

SOURCE = Path(__file__).parents[1] / "src" / "fastgw"

LAYER_0 = frozenset({"errors", "settings", "model", "telemetry"})
LAYER_1 = frozenset(
    {
        *("_program", "_core", "_steps", "_balance", "_member", "_schedule", "_affinity", "_shared"),
        *("_route", "_trie", "_http", "_chunks", "_exchange", "_condition", "_regions", "outbound"),
    }
)

# Which rooms each room may import, itself aside. None: any.
ALLOWED: dict[str, frozenset[str] | None] = {
    **dict.fromkeys(LAYER_0, LAYER_0),
    **dict.fromkeys(LAYER_1, LAYER_1 | {"errors"}),
    "config": LAYER_0,
    # Certificates are one thing, whoever looks at them.
    "expr": LAYER_0 | LAYER_1 | {"tls"},
    "compiler": LAYER_0 | LAYER_1 | {"expr"},
    "policies": LAYER_0 | LAYER_1 | {"compiler", "expr", "tls"},
    "tls": LAYER_0 | LAYER_1,
    "file_watch": frozenset(),
    # A process of its own, and what the master knows of it.
    "vault": LAYER_0 | {"tls", "control_channel"},
    "snapshot": LAYER_0 | LAYER_1 | {"compiler", "policies", "tls", "expr"},
    "gateway": LAYER_0 | LAYER_1 | {"snapshot", "tls"},
    **dict.fromkeys(
        (
            *(
                "worker",
                "supervisor",
                "processes",
                "claims",
                "signals",
                "control_channel",
                "posts",
                "shared_state",
            ),
            *("management", "data_dir", "server", "cli", "demo", "rehearsal", "__init__", "__main__"),
        )
    ),
}

# Rooms that requests pass through, and the libraries of configuration, which must not.
DATA_PLANE = LAYER_1 | {"gateway"}
CONFIGURATION_LIBRARIES = frozenset({"lxml", "yaml", "pydantic", "click"})
# The compiled core takes values and gives values: no I/O, no waiting, no thread.
WAITING_LIBRARIES = frozenset(
    {"asyncio", "socket", "ssl", "select", "selectors", "threading", "subprocess", "uvloop", "aiohttp"}
)


class Import(NamedTuple):
    """`module` is imported in `line`; `name` is what is taken of it, or None for the module itself."""

    line: int
    module: str
    name: str | None


# ---------------------------------------------------------------- reading imports


def python_imports(text: str) -> Iterator[Import]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(node.lineno, alias.name, None)
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                yield Import(node.lineno, "." * node.level + (node.module or ""), alias.name)


FROM = re.compile(r"from\s+([.\w]+)\s+c?import\s+(.*)", re.DOTALL)
PLAIN = re.compile(r"c?import\s+(.*)", re.DOTALL)
EXTERN = re.compile(r"cdef\s+extern\s+from\b")
INCLUDE = re.compile(r"include\s+'")
QUOTED = re.compile(
    r"""
    \"{3} (?: \\. | [^\\] )*? \"{3}  |  '{3} (?: \\. | [^\\] )*? '{3}
    |  " (?: \\. | [^"\\\n] )* "     |  ' (?: \\. | [^'\\\n] )* '
    |  \# [^\n]*
    """,
    re.DOTALL | re.VERBOSE,
)


def cython_imports(text: str) -> Iterator[Import]:
    """Imports and cimports of a .pyx or .pxd file, over several lines where brackets are open."""
    for number, line in statements(text):
        assert not INCLUDE.match(line), f"line {number}: a textual include hides what it imports"
        if EXTERN.match(line):
            continue
        if found := FROM.match(line):
            for name in found[2].strip().strip("()").split(","):
                if name.strip():
                    yield Import(number, found[1], name.split()[0])
        elif found := PLAIN.match(line):
            for name in found[1].split(","):
                yield Import(number, name.split()[0], None)


def statements(text: str) -> Iterator[tuple[int, str]]:
    """Statements with their line numbers, as far as finding imports needs: no docstrings, no comments."""
    # Text in quotes is blanked but keeps its lines; what imports is never in quotes.
    blank = QUOTED.sub(lambda found: "'" + "\n" * found[0].count("\n") + "'", text)
    begun, held = 0, ""
    for number, line in enumerate(blank.split("\n"), 1):
        begun = begun if held else number
        held = f"{held} {line.strip()}".strip()
        if held.endswith("\\"):
            held = held[:-1]
        elif held.count("(") <= held.count(")"):
            for statement in held.split(";"):
                if statement.strip():
                    yield begun, statement.strip()
            held = ""


# ---------------------------------------------------------------- judging them


def room_of(path: Path) -> str:
    """The room of a file, given by its path under src/fastgw."""
    return path.parts[0] if len(path.parts) > 1 else path.parts[0].split(".")[0]


def imported_rooms(path: Path, found: Import, rooms: frozenset[str]) -> set[str]:
    """The rooms of fastgw that an import reaches."""
    module = found.module
    if module.startswith("."):
        levels = len(module) - len(module.lstrip("."))
        package = ["fastgw", *path.parts[:-1]]
        kept = package[: len(package) - levels + 1]
        module = ".".join([*kept, module.lstrip(".")]).strip(".")
    parts = module.split(".")
    if parts[0] != "fastgw":
        return set()
    if len(parts) > 1:
        return {parts[1]}
    # `from fastgw import x`: a room, or something of the package itself.
    return {found.name} if found.name in rooms else set()


def violations(files: dict[Path, str]) -> list[str]:
    """What the table does not allow in these files, which are given by path under src/fastgw."""
    rooms = frozenset(ALLOWED)
    wrong: list[str] = []
    for path, text in sorted(files.items()):
        room = room_of(path)
        if room not in ALLOWED:
            wrong.append(f"{path}: '{room}' is in no layer; say in tests/test_layers.py what it may import")
            continue
        read = cython_imports if path.suffix in {".pyx", ".pxd"} else python_imports
        for found in read(text):
            library = found.module.split(".")[0]
            place = f"{path}:{found.line}"
            allowed = ALLOWED[room]
            for other in imported_rooms(path, found, rooms) - {room}:
                if allowed is not None and other not in allowed:
                    wrong.append(f"{place}: {room} may not import {other}")
            if room in DATA_PLANE and library in CONFIGURATION_LIBRARIES:
                wrong.append(f"{place}: the data plane may not import {library}")
            if room in LAYER_1 and library in WAITING_LIBRARIES:
                wrong.append(f"{place}: the core does no I/O and may not import {library}")
    return list(dict.fromkeys(wrong))


def source_files() -> dict[Path, str]:
    return {
        path.relative_to(SOURCE): path.read_text()
        for path in SOURCE.rglob("*")
        if path.suffix in {".py", ".pyi", ".pyx", ".pxd"}
    }


# ---------------------------------------------------------------- the source


def test_no_room_imports_what_the_table_does_not_allow() -> None:
    assert violations(source_files()) == []


def test_all_of_the_source_was_read() -> None:
    """A reader that finds nothing would allow everything."""
    files = source_files()
    assert len(files) > 100
    for name in ("gateway/downstream.pyx", "gateway/downstream.pxd", "_core.pyx", "gateway/pools.py"):
        path = Path(name)
        read = cython_imports if path.suffix in {".pyx", ".pxd"} else python_imports
        reached = set()
        for found in read(files[path]):
            reached |= imported_rooms(path, found, frozenset(ALLOWED))
        written = set(re.findall(r"^(?:from|c?import) fastgw\.(\w+)", files[path], re.MULTILINE))
        assert written
        assert written <= reached


def test_layers_have_no_cycle() -> None:
    """But within layers 0 and 1, which are one level each."""
    order = ["errors", "_http", "config", "tls", "compiler", "policies", "snapshot", "gateway"]
    for at, room in enumerate(order):
        allowed = ALLOWED[room]
        assert allowed is not None
        assert not allowed & set(order[at + 1 :])


# ---------------------------------------------------------------- the checker itself

CAUGHT = {
    "import": ("gateway/x.py", "import fastgw.compiler.lower", "gateway may not import compiler"),
    "import-from": ("gateway/x.py", "from fastgw.config import load", "gateway may not import config"),
    "import-of-a-room": ("gateway/x.py", "from fastgw import policies", "gateway may not import policies"),
    "import-as": ("tls/x.py", "import fastgw.snapshot as s", "tls may not import snapshot"),
    "several-in-a-line": ("tls/x.py", "import os, fastgw.cli.main", "tls may not import cli"),
    "several-rooms": (
        "model/x.py",
        "from fastgw import (\n    errors,\n    tls,\n)",
        "model may not import tls",
    ),
    "relative": ("gateway/x.py", "from ..compiler import lower", "gateway may not import compiler"),
    "relative-room": ("tls/x.py", "from .. import gateway", "tls may not import gateway"),
    "within-a-function": ("tls/x.py", "def f():\n    from fastgw import worker", "tls may not import worker"),
    "for-types-only": (
        "compiler/x.py",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from fastgw.policies import REGISTRY",
        "compiler may not import policies",
    ),
    "stub": ("gateway/pool.pyi", "from fastgw.compiler import Step", "gateway may not import compiler"),
    "cimport": ("_core.pyx", "from fastgw.gateway.pool cimport Pool", "_core may not import gateway"),
    "cimport-of-a-room": ("_core.pxd", "from fastgw cimport gateway", "_core may not import gateway"),
    "plain-cimport": ("_http.pxd", "cimport fastgw.gateway.pool", "_http may not import gateway"),
    "cimport-over-lines": (
        "gateway/x.pyx",
        "from fastgw.compiler.lower cimport (\n    One,  # (\n    Two,\n)",
        "gateway may not import compiler",
    ),
    "cimport-with-a-backslash": (
        "_core.pyx",
        "from fastgw.gateway.pool \\\n    cimport Pool",
        "_core may not import gateway",
    ),
    "cython-import-within-a-function": (
        "_route.pyx",
        "def f():\n    import fastgw.snapshot",
        "_route may not import snapshot",
    ),
    "cython-after-a-semicolon": ("_route.pyx", "x = 1; import fastgw.tls", "_route may not import tls"),
    "core-knows-errors-only": (
        "_program.pyi",
        "from fastgw.model import Api",
        "_program may not import model",
    ),
    "snapshot-without-config": ("snapshot/x.py", "import fastgw.config", "snapshot may not import config"),
    "lowest-layer": ("errors.py", "from fastgw.tls import certs", "errors may not import tls"),
    "lxml": ("gateway/x.py", "from lxml import etree", "the data plane may not import lxml"),
    "yaml": ("_exchange.pyx", "import yaml", "the data plane may not import yaml"),
    "pydantic": (
        "gateway/x.pyx",
        "from pydantic.fields import Field",
        "the data plane may not import pydantic",
    ),
    "core-that-waits": ("_core.pyx", "import asyncio", "the core does no I/O and may not import asyncio"),
    "unknown-room": ("plugins/x.py", "", "'plugins' is in no layer"),
    "unknown-file": ("helpers.py", "", "'helpers' is in no layer"),
}

LEFT_ALONE = {
    "own-room": ("gateway/x.py", "from fastgw.gateway.pool import Pool\nfrom . import y\nfrom .y import z"),
    "lower-layers": ("gateway/x.pyx", "from fastgw._http cimport Head\nfrom fastgw.telemetry import log"),
    "sibling-cimport": ("_core.pyx", "from fastgw._exchange cimport Exchange\nfrom fastgw cimport _http"),
    "version-of-the-package": ("model/x.py", "from fastgw import __version__"),
    "wiring": ("worker.py", "from fastgw.gateway import listener\nimport fastgw.config"),
    "configuration-libraries-elsewhere": ("config/x.py", "import yaml\nfrom lxml import etree"),
    "other-packages": ("gateway/x.py", "import fastgwx.compiler\nfrom aiohttp import web"),
    "docstring": ("_core.pyx", '"""Text.\nimport asyncio\nfrom fastgw.gateway cimport pool\n"""'),
    "string": ("_core.pyx", "x = \"import asyncio\"\ny = '''\nimport asyncio\n'''"),
    "comment": ("_core.pyx", "# import asyncio\nx = 1  # from fastgw import gateway"),
    "c-header": ("_core.pyx", 'cdef extern from "asyncio.h":\n    int important(int)'),
    "names-that-begin-like-it": ("_core.pyx", "importance = 1\ncdef int cimported = 2"),
}


@pytest.mark.parametrize(("path", "text", "message"), CAUGHT.values(), ids=CAUGHT)
def test_the_checker_catches(path: str, text: str, message: str) -> None:
    found = violations({Path(path): text})
    assert len(found) == 1
    assert message in found[0]


@pytest.mark.parametrize(("path", "text"), LEFT_ALONE.values(), ids=LEFT_ALONE)
def test_the_checker_leaves_alone(path: str, text: str) -> None:
    assert violations({Path(path): text}) == []


def test_the_checker_names_the_line() -> None:
    text = '"""Doc\nstring."""\n\nimport os\nfrom fastgw.cli import (\n    main,\n)\n'
    for name in ("gateway/x.py", "gateway/x.pyx"):
        assert violations({Path(name): text}) == [f"{name}:5: gateway may not import cli"]


def test_a_textual_include_is_refused() -> None:
    with pytest.raises(AssertionError, match="include"):
        violations({Path("_core.pyx"): 'include "other.pxi"'})
