"""Management answers: health and readiness to everyone, status and reset to those who show the token.

What is kept in the data directory is read and written with care; the certificate is renewed.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer
from yarl import URL

from fastgw._core import Breaker, BreakerRule
from fastgw._shared import Segment
from fastgw.data_dir import CERTIFICATE_FILE, TOKEN_FILE, keep
from fastgw.management.application import application
from fastgw.management.certificate import tls_context
from fastgw.management.health import Health
from fastgw.management.secrets import SecretStatus
from fastgw.management.status import BackendStatus
from fastgw.management.token import ManagementToken, kept_token
from fastgw.snapshot.balancers import BackendState, MemberState
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


def make_certificate(folder: Path) -> Path:
    tls_context(folder, "127.0.0.1")
    return folder / CERTIFICATE_FILE


def make_token(folder: Path) -> Path:
    kept_token(folder)
    return folder / TOKEN_FILE


@pytest.mark.parametrize("make", [make_certificate, make_token], ids=["certificate", "token"])
@pytest.mark.parametrize("reason", ["readable by others", "a pipe", "a link", "too large"])
def test_a_kept_file_that_others_may_have_touched_is_never_trusted(
    tmp_path: Path, reason: str, make: Callable[[Path], Path]
) -> None:
    kept = make(tmp_path)
    former = kept.read_bytes()
    if reason == "readable by others":
        kept.chmod(0o644)
    elif reason == "a pipe":
        kept.unlink()
        os.mkfifo(kept, 0o600)
    elif reason == "a link":
        kept.rename(tmp_path / "elsewhere")
        kept.symlink_to(tmp_path / "elsewhere")
    else:
        kept.write_bytes(former + b"\n" * 70_000)
    make(tmp_path)
    assert kept.is_file()
    assert not kept.is_symlink()
    assert kept.stat().st_mode & 0o777 == 0o600
    assert kept.read_bytes() != former


def test_a_file_that_cannot_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "by").touch()
    with pytest.raises(OSError):
        keep(tmp_path / "taken", b"secret")
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]


def test_without_a_data_dir_the_certificate_lives_in_memory(capfd: pytest.CaptureFixture[str]) -> None:
    tls_context(None, "127.0.0.1")
    assert "kept in memory only" in capfd.readouterr().err


# ---------------------------------------------------------------- the token


def shown_token(folder: Path) -> str:
    return (folder / TOKEN_FILE).read_text().strip()


def test_the_token_is_the_same_at_the_next_start_and_for_its_owner_only(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    assert kept_token(folder).admits([f"Bearer {(first := make_token(folder).read_text().strip())}"])
    assert shown_token(folder) == first
    assert len(first) == 43
    assert folder.stat().st_mode & 0o777 == 0o700
    assert (folder / TOKEN_FILE).stat().st_mode & 0o777 == 0o600


def test_each_gateway_makes_a_token_of_its_own(tmp_path: Path) -> None:
    assert make_token(tmp_path / "a").read_bytes() != make_token(tmp_path / "b").read_bytes()


def test_the_start_that_makes_the_token_says_where_it_is_and_not_what(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    kept = make_token(tmp_path)
    said = capfd.readouterr().err
    assert said.count("\n") == 1
    assert str(kept) in said
    assert shown_token(tmp_path) not in said
    kept_token(tmp_path)
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("text", ["", "short", "x" * 44, "a b" * 14 + "c"])
def test_a_damaged_token_is_made_anew(tmp_path: Path, text: str) -> None:
    keep(tmp_path / TOKEN_FILE, text.encode())
    assert kept_token(tmp_path).admits([f"Bearer {shown_token(tmp_path)}"])
    assert shown_token(tmp_path) != text


def test_without_a_data_dir_a_warning_says_that_status_cannot_be_asked(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    kept_token(None)
    assert "status cannot be asked" in capfd.readouterr().err
    (tmp_path / "file").touch()
    kept_token(tmp_path / "file" / "data")
    assert "status cannot be asked" in capfd.readouterr().err


def test_a_token_never_shows_itself() -> None:
    assert "secret" not in repr(ManagementToken(b"secret")) + str(ManagementToken(b"secret"))


@pytest.mark.parametrize(
    ("fields", "admitted"),
    [
        (["Bearer secret"], True),
        (["bearer  secret "], True),
        ([], False),
        ([""], False),
        (["secret"], False),
        (["Bearer"], False),
        (["Bearer "], False),
        (["Basic secret"], False),
        (["Bearer Secret"], False),
        (["Bearer secret2"], False),
        (["Bearer secr\udce9t"], False),
        (["Bearer secret", "Bearer secret"], False),
    ],
)
def test_only_the_token_itself_admits(fields: list[str], admitted: bool) -> None:
    assert ManagementToken(b"secret").admits(fields) is admitted


# ---------------------------------------------------------------- the application

SHOWN = {"Authorization": "Bearer secret"}
RESET = "/status/backends/orders%20one/reset"


class Answers:
    """Asks an application over one backend `orders one`, whose only breaker is open."""

    def __init__(self) -> None:
        segment = Segment(seats=1)
        segment.begin_member(0)
        segment.begin_breaker(0)
        status = BackendStatus(segment)
        rule: dict[str, object] = {"name": "default", "count": 1}
        status.update((BackendState("orders one", (MemberState("https://a", 0, ((0, rule),)),)),))
        self.breaker = Breaker(segment, 0, BreakerRule(name="default", count=1))
        _, ticket = self.breaker.try_admit(0, 0.5, 1)
        self.breaker.try_report(ticket, 2**39, True, False, -1, 0.5)
        self._status = status

    @property
    def open(self) -> bool:
        return self.breaker.state(0)["state"] == "open"

    def __call__(self, method: str, path: str, **options: Any) -> tuple[int, dict[str, str], Any]:
        async def ask() -> tuple[int, dict[str, str], Any]:
            app = application(Health(), self._status, SecretStatus(), ManagementToken(b"secret"))
            async with TestClient(TestServer(app)) as client:
                answer = await client.request(method, URL(path, encoded=True), **options)
                body = await answer.json() if method != "HEAD" else None
                return answer.status, dict(answer.headers), body

        return asyncio.run(ask())


def test_status_is_shown_to_who_shows_the_token() -> None:
    status, headers, body = Answers()("GET", "/status", headers=SHOWN)
    assert status == 200
    assert headers["Cache-Control"] == "no-store"
    (backend,) = body["backends"]
    assert backend["id"] == "orders one"
    assert backend["members"][0]["breakers"][0]["state"] == "open"


@pytest.mark.parametrize(
    "headers", [{}, {"Authorization": "Bearer other"}, {"Authorization": "Basic secret"}]
)
@pytest.mark.parametrize(("method", "path"), [("GET", "/status"), ("POST", RESET), ("PUT", "/status")])
def test_without_the_token_nothing_is_shown_or_done(method: str, path: str, headers: dict[str, str]) -> None:
    answers = Answers()
    status, answered, body = answers(method, path, headers=headers)
    assert status == 401
    assert answered["WWW-Authenticate"].startswith("Bearer ")
    assert set(body) == {"error"}
    assert answers.open


@pytest.mark.parametrize("headers", [{}, SHOWN])
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"),
        ("GET", "/status/"),
        ("GET", "/status/backends"),
        ("POST", "/status/backends//reset"),
        ("POST", "/status/backends/orders%20one/reset/"),
        ("POST", "/healthz"),
    ],
)
def test_other_paths_are_not_found_for_anyone(method: str, path: str, headers: dict[str, str]) -> None:
    assert Answers()(method, path, headers=headers)[0] == 404


def test_health_needs_no_token() -> None:
    assert Answers()("GET", "/healthz")[0] == 200
    assert Answers()("GET", "/readyz")[0] == 503


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("POST", "/status", "GET, HEAD"),
        ("DELETE", "/status", "GET, HEAD"),
        ("GET", RESET, "POST"),
        ("OPTIONS", RESET, "POST"),
    ],
)
def test_other_methods_are_refused_with_those_that_are_known(method: str, path: str, allowed: str) -> None:
    answers = Answers()
    status, headers, _ = answers(method, path, headers=SHOWN)
    assert (status, headers["Allow"]) == (405, allowed)
    assert answers.open


@pytest.mark.parametrize(
    "path",
    [
        RESET,
        RESET.upper().replace("/STATUS/BACKENDS", "/status/backends").replace("/RESET", "/reset"),
        RESET + "?member=HTTPS://a",
        RESET + "?rule=default&member=https%3A%2F%2Fa",
    ],
)
def test_a_reset_closes_the_breakers_that_the_path_names_and_logs_it(
    path: str, capfd: pytest.CaptureFixture[str]
) -> None:
    answers = Answers()
    status, _, body = answers("POST", path, headers=SHOWN)
    assert (status, body) == (200, {"reset": 1})
    assert not answers.open
    assert "circuit breakers reset" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/status/backends/nowhere/reset", 404),
        (RESET + "?member=nobody", 404),
        (RESET + "?rule=none", 404),
        (RESET + "?rule=", 404),
        (RESET + "?members=https://a", 400),
        (RESET + "?rule=default&rule=default", 400),
    ],
)
def test_a_reset_of_what_there_is_not_changes_nothing(
    path: str, status: int, capfd: pytest.CaptureFixture[str]
) -> None:
    answers = Answers()
    assert answers("POST", path, headers=SHOWN)[0] == status
    assert answers.open
    assert capfd.readouterr().err == ""


def test_a_body_or_a_query_that_nobody_reads_is_refused() -> None:
    answers = Answers()
    assert answers("POST", RESET, headers=SHOWN, data=b"{}")[0] == 400
    assert answers("GET", "/status?backend=orders", headers=SHOWN)[0] == 400
    assert answers.open
