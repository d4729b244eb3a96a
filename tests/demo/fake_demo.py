"""The demo with the toy worker of `fake_gateway.py`; the certificates and the backend are the real ones."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from fake_gateway import Snapshot, run_worker, wait_forever  # type: ignore[import-not-found]  # noqa: I001
from fastgw.config import load
from fastgw.demo.run import run_demo
from fastgw.errors import Diagnostics
from fastgw.management import run_management
from fastgw.supervisor import Doors


@dataclass(frozen=True)
class Toy:
    text: str
    crash_slots: tuple[int, ...] = ()


def build(configuration: Any, _previous: object, _places: object) -> Any:
    (backend,) = configuration.backends
    return Snapshot(Toy(backend.url), 1, Diagnostics())


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(run_demo(Doors(load, build, run_worker, run_management, wait_forever), os.environ, say))
