"""Management answers: health, readiness, and nothing else; its certificate is kept and renewed."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from fastgw.management import CERTIFICATE_FILE, Health, tls_context
from fastgw.tls.certs import read_certificate, to_pem
from fastgw.tls.selfsigned import make_self_signed


def state(*serving: bool, generation: int = 1, draining: bool = False) -> dict[str, Any]:
    workers = [
        {"slot": slot, "pid": 1, "serving": one, "generation": generation} for slot, one in enumerate(serving)
    ]
    return {"draining": draining, "generation": generation, "workers": workers}


@pytest.mark.parametrize(
    ("known", "status"),
    [
        (state(True, True), 200),
        (state(False, True), 200),
        (state(False, False), 503),
        (state(), 503),
        (state(True, generation=0), 503),
        (state(True, draining=True), 503),
    ],
)
def test_ready_means_a_worker_serves_a_configuration_and_goes_on_to(
    known: dict[str, Any], status: int
) -> None:
    health = Health()
    health.update(known)
    assert health.answer("GET", "/readyz")[0] == status
    assert health.answer("HEAD", "/readyz")[0] == status
    assert health.answer("GET", "/healthz")[0] == 200


def test_before_the_master_spoke_nothing_is_ready() -> None:
    assert Health().answer("GET", "/readyz")[0] == 503


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/"), ("GET", "/healthz/"), ("POST", "/healthz"), ("GET", "/metrics")]
)
def test_everything_else_is_not_found(method: str, path: str) -> None:
    status, body = Health().answer(method, path)
    assert status == 404
    assert "error" in body


def test_the_certificate_is_the_same_at_the_next_start(tmp_path: Path) -> None:
    tls_context(tmp_path / "data", "127.0.0.1")
    first = (tmp_path / "data" / CERTIFICATE_FILE).read_bytes()
    tls_context(tmp_path / "data", "127.0.0.1")
    assert (tmp_path / "data" / CERTIFICATE_FILE).read_bytes() == first


@pytest.mark.parametrize("reason", ["ends soon", "other host", "damaged"])
def test_a_certificate_that_cannot_serve_is_made_anew(tmp_path: Path, reason: str) -> None:
    kept = tmp_path / CERTIFICATE_FILE
    host = "elsewhere.test" if reason == "other host" else "127.0.0.1"
    lifetime = timedelta(days=1 if reason == "ends soon" else 365)
    old = make_self_signed((host,), now=datetime.now(UTC), lifetime=lifetime)
    kept.write_bytes(b"x" if reason == "damaged" else to_pem(old.chain, old.private_key))
    tls_context(tmp_path, "127.0.0.1")
    new = read_certificate(kept.read_bytes())
    assert new.thumbprint != old.thumbprint
    assert new.subject == "CN=127.0.0.1"
    assert kept.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("reason", ["readable by others", "a pipe", "a link", "too large"])
def test_a_kept_file_that_others_may_have_touched_is_never_trusted(tmp_path: Path, reason: str) -> None:
    tls_context(tmp_path, "127.0.0.1")
    kept = tmp_path / CERTIFICATE_FILE
    former = kept.read_bytes()
    if reason == "readable by others":
        kept.chmod(0o644)
    elif reason == "a pipe":
        kept.unlink()
        os.mkfifo(kept, 0o600)
    elif reason == "a link":
        kept.rename(tmp_path / "elsewhere.pem")
        kept.symlink_to(tmp_path / "elsewhere.pem")
    else:
        kept.write_bytes(former + b"\n" * 70_000)
    tls_context(tmp_path, "127.0.0.1")
    assert kept.is_file()
    assert not kept.is_symlink()
    assert kept.stat().st_mode & 0o777 == 0o600
    assert kept.read_bytes() != former


def test_without_a_data_dir_the_certificate_lives_in_memory(capfd: pytest.CaptureFixture[str]) -> None:
    tls_context(None, "127.0.0.1")
    assert "kept in memory only" in capfd.readouterr().err
