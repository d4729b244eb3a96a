"""The real rooms behind the supervisor and `check`, imported when a command needs them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from fastgw.errors import Diagnostics

if TYPE_CHECKING:
    from fastgw.model import Configuration
    from fastgw.snapshot import Snapshot
    from fastgw.snapshot.places import Places
    from fastgw.supervisor import Doors


def load(source: Path, environ: Mapping[str, str]) -> tuple[Configuration, Diagnostics]:
    """Read the configuration at `source`; raises ConfigurationError."""
    from fastgw import config

    return config.load(source, environ)


def build(
    configuration: Configuration, previous: Snapshot | None = None, places: Places | None = None
) -> Snapshot:
    """Build what serves from a configuration; raises ConfigurationError."""
    from fastgw.snapshot.build import build as build_snapshot

    return build_snapshot(configuration, previous, places)


def check_policy(path: Path, diagnostics: Diagnostics) -> None:
    """Judge one policy document or fragment on its own."""
    from fastgw.snapshot.lone import check_file

    check_file(path, diagnostics)


def supervisor_doors() -> Doors:
    """What `Supervisor` calls in a real gateway."""
    from fastgw.management import run_management
    from fastgw.supervisor import Doors
    from fastgw.vault.process import run_vault
    from fastgw.worker import run_worker

    return Doors(load, build, run_worker, run_management, run_vault)
