"""`fastgw status`: the table, the document, and what stands in the way of asking a gateway."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from fastgw.cli.status import lines
from fastgw.settings import read_client_settings
from tests.cli.management import TOKEN, call, configuration, data_dir, impostor, run, where
from tests.conftest import GatewayFactory
from tests.harness import ScriptedBackend

FAILURE = b"HTTP/1.1 500 Broken\r\nContent-Length: 0\r\n\r\n"


def breaker(**values: Any) -> dict[str, Any]:
    return {
        "rule": "default",
        "state": "closed",
        "retryAfter": 0.0,
        "requests": 0,
        "failures": 0,
        "slow": 0,
        "refused": 0,
        "trips": 0,
        "lastTrip": None,
        **values,
    }


def document(*breakers: dict[str, Any], **values: Any) -> dict[str, Any]:
    member = {"id": "a", "healthy": True, "inFlight": 3, "chosen": 9, "latency": 0.1, "breakers": breakers}
    return {"backends": [{"id": "orders", "members": [member | values]}]}


def cells(line: str) -> list[str]:
    return [cell for cell in line.split("  ") if cell]


# ---------------------------------------------------------------- the table


def test_a_breaker_has_a_line_with_state_counts_time_and_reason() -> None:
    trip = {"age": 12.1, "trigger": "count", "outcome": "Timeout", "failures": 3, "requests": 5}
    opened = breaker(state="open", retryAfter=28.2, lastTrip=trip, trips=1)
    counting = breaker(rule="other", requests=7, failures=2)
    head, first, second = lines(document(opened, counting))
    assert [cell.strip() for cell in cells(head)] == [
        *("BACKEND", "MEMBER", "HEALTH", "IN FLIGHT", "RULE", "STATE", "FAILURES", "RETRY IN", "LAST TRIP")
    ]
    assert [cell.strip() for cell in cells(first)] == [
        *("orders", "a", "healthy", "3", "default", "open", "0/0", "29 s"),
        "count: Timeout, 3 of 5 failed, 13 s ago",
    ]
    assert [cell.strip() for cell in cells(second)] == [
        *("orders", "a", "healthy", "3", "other", "closed", "2/7", "-", "-")
    ]


def test_a_member_without_a_breaker_has_a_line_too() -> None:
    _, line = lines(document(healthy=False))
    assert [cell.strip() for cell in cells(line)] == ["orders", "a", "unhealthy", "3", *"-----"]


def test_without_backends_the_table_says_which_would_be_in_it() -> None:
    (line,) = lines({"backends": []})
    assert "no backend has a circuit breaker" in line


def test_a_secret_of_a_key_vault_has_a_line_with_its_last_reading() -> None:
    read = {
        "kind": "certificate",
        "id": "edge",
        "secretIdentifier": "https://kv.test/secrets/edge",
        "identityClientId": None,
        "version": "0123",
        "lastStatus": {"code": "Forbidden", "message": "no\nrights", "timeStampUtc": "2026-01-02T03:04:05Z"},
    }
    unread = {**read, "kind": "named value", "id": "v", "version": None, "lastStatus": None}
    _, empty, head, first, second = lines({"backends": [], "secrets": [read, unread]})
    assert empty == ""
    assert [cell.strip() for cell in cells(head)] == [
        *("ENTITY", "SECRET", "VERSION", "STATUS", "READ AT", "MESSAGE")
    ]
    assert [cell.strip() for cell in cells(first)] == [
        *("certificate edge", "https://kv.test/secrets/edge", "0123", "Forbidden", "2026-01-02T03:04:05Z"),
        "no\\u000arights",
    ]
    assert [cell.strip() for cell in cells(second)] == [
        *("named value v", "https://kv.test/secrets/edge", "-", "-", "-", "-")
    ]


def test_an_id_cannot_break_a_line() -> None:
    assert len(list(lines(document(id="a\nb\x1b[2J")))) == 2
    assert "\x1b" not in "".join(lines(document(id="a\nb\x1b[2J")))


# ---------------------------------------------------------------- a running gateway


@pytest.mark.parametrize("scheme", ["https", "http"])
def test_it_shows_the_backends_of_a_running_gateway(gateway: GatewayFactory, scheme: str) -> None:
    with ScriptedBackend(FAILURE) as backend:
        running = gateway(configuration(backend.url, scheme))
        assert [call(running) for _ in range(3)] == [500, 500, 503]
        result = run("status", *where(running))
        assert (result.exit_code, result.stderr) == (0, "")
        head, opened, *twins = result.stdout.splitlines()
        assert head.startswith("BACKEND")
        assert "open" in opened.split()
        assert "count: 500, 2 of 2 failed" in opened
        assert [line.split()[0] for line in twins] == ["twins", "twins"]


def test_json_is_the_whole_document(gateway: GatewayFactory) -> None:
    with ScriptedBackend(FAILURE) as backend:
        running = gateway(configuration(backend.url))
        assert [call(running) for _ in range(3)] == [500, 500, 503]
        shown = json.loads(run("status", "--format", "json", *where(running)).stdout)
    assert [one["id"] for one in shown["backends"]] == ["orders", "twins"]
    (member,) = shown["backends"][0]["members"]
    (rule,) = member["breakers"]
    assert (member["id"], member["healthy"], member["chosen"]) == (backend.url, True, 2)
    assert (rule["rule"], rule["state"], rule["trips"], rule["refused"]) == ("fast", "open", 1, 1)
    assert 0 < rule["retryAfter"] <= 60
    assert rule["lastTrip"]["age"] >= 0
    assert rule["lastTrip"]["outcome"] == "500"


def test_the_environment_names_the_gateway_as_for_serve(gateway: GatewayFactory) -> None:
    running = gateway({"gateway": {"management": {"url": "https://127.0.0.1:0"}}})
    environ = {"FASTGW_MANAGEMENT": running.urls[-1], "FASTGW_DATA_DIR": str(running.folder / "data")}
    result = run("status", **environ)
    assert result.exit_code == 0
    assert "no backend has" in result.stdout


def test_a_reload_changes_what_is_shown_and_keeps_the_token(gateway: GatewayFactory) -> None:
    with ScriptedBackend(FAILURE) as backend:
        first = configuration(backend.url)
        running = gateway(first)
        assert [call(running) for _ in range(3)] == [500, 500, 503]
        running.reconfigure(
            {**first, "backends": [*first["backends"], {**first["backends"][1], "id": "new"}]}
        )
        running.wait_for_line("reloaded")
        shown = json.loads(run("status", "--format", "json", *where(running)).stdout)
    assert [one["id"] for one in shown["backends"]] == ["orders", "twins", "new"]
    assert shown["backends"][0]["members"][0]["breakers"][0]["state"] == "open"


def test_the_token_is_never_logged(gateway: GatewayFactory) -> None:
    running = gateway(
        {"gateway": {"management": {"url": "https://127.0.0.1:0"}}}, arguments=["--log-level", "debug"]
    )
    token = (running.folder / "data" / "management.token").read_text().strip()
    assert run("status", *where(running)).exit_code == 0
    running.stop()
    said = "\n".join(running.stderr_lines())
    assert "management.token" in said
    assert token not in said


# ---------------------------------------------------------------- what stands in the way


def test_another_certificate_than_the_kept_one_is_not_trusted(gateway: GatewayFactory) -> None:
    section = {"gateway": {"management": {"url": "https://127.0.0.1:0"}}}
    one, other = gateway(section), gateway(section)
    result = run("status", "--management", one.urls[-1], "--data-dir", str(other.folder / "data"))
    assert result.exit_code == 1
    assert "not trusted" in result.stderr
    assert "--data-dir" in result.stderr


@pytest.mark.parametrize("content", ["", "nothing", "caf\u00e9"])
def test_a_damaged_certificate_is_no_reason_to_trust_others(tmp_path: Path, content: str) -> None:
    (tmp_path / "management.pem").write_text(content)
    result = run("status", "--management", "https://127.0.0.1:1", "--data-dir", data_dir(tmp_path))
    assert result.exit_code == 1
    assert "management.pem" in result.stderr


def test_a_gateway_that_does_not_run_is_said(tmp_path: Path) -> None:
    with impostor(200, b"{}") as (url, _):
        pass
    result = run("status", "--management", url, "--data-dir", data_dir(tmp_path))
    assert result.exit_code == 1
    assert url in result.stderr
    assert "is it running" in result.stderr


def test_without_a_token_nobody_is_asked(tmp_path: Path) -> None:
    with impostor(200, b'{"backends": []}') as (url, seen):
        result = run("status", "--management", url, "--data-dir", str(tmp_path))
    assert result.exit_code == 1
    assert str(tmp_path / "management.token") in result.stderr
    assert seen == []


@pytest.mark.parametrize("kind", ["empty", "binary", "a folder", "two lines"])
def test_a_token_that_is_none_is_refused(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "management.token"
    if kind == "a folder":
        path.mkdir()
    else:
        path.write_bytes({"empty": b"", "binary": b"\xff\xfe", "two lines": b"a\r\nX: y"}[kind])
    result = run("status", "--management", "http://127.0.0.1:1", "--data-dir", str(tmp_path))
    assert result.exit_code == 1
    assert str(path) in result.stderr


def test_a_refused_token_names_the_data_dir_and_not_the_token(tmp_path: Path) -> None:
    with impostor(401, b'{"error": {"code": "Unauthorized", "message": "no"}}') as (url, _):
        result = run("status", "--management", url, "--data-dir", data_dir(tmp_path))
    assert result.exit_code == 1
    assert str(tmp_path) in result.stderr
    assert TOKEN not in result.stderr


@pytest.mark.parametrize(
    ("status", "body"),
    [(200, b"hello"), (200, b"[]"), (200, b'{"status": "ok"}'), (404, b"<html>"), (302, b""), (500, b"{}")],
)
def test_what_is_no_gateway_is_said(tmp_path: Path, status: int, body: bytes) -> None:
    with impostor(status, body) as (url, _):
        result = run("status", "--management", url, "--data-dir", data_dir(tmp_path))
    assert result.exit_code == 1
    assert "not the management of fastgw" in result.stderr


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["--management", "off"], "--management"),
        (["--management", "https://127.0.0.1:0"], "--management"),
        (["--management", "8081"], "--management"),
        (["--data-dir", "~no-such-user-at-all/x"], "--data-dir"),
        (["--format", "yaml"], "--format"),
        (["orders"], "orders"),
    ],
)
def test_a_wrong_command_line_exits_2(words: list[str], named: str) -> None:
    result = run("status", *words)
    assert result.exit_code == 2
    assert named in result.stderr


@pytest.mark.parametrize(
    ("address", "asked"),
    [
        ("https://0.0.0.0:8081", "https://127.0.0.1:8081"),
        ("https://[::]:8081", "https://[::1]:8081"),
        ("http://gateway.test:80", "http://gateway.test:80"),
        (None, "https://127.0.0.1:8081"),
    ],
)
def test_where_a_gateway_listens_on_all_addresses_loopback_is_asked(address: str | None, asked: str) -> None:
    assert read_client_settings(address, None, {}).management.url == asked


def test_flags_rule_over_the_environment() -> None:
    environ = {"FASTGW_MANAGEMENT": "http://a:1", "FASTGW_DATA_DIR": "/a", "XDG_STATE_HOME": "/state"}
    flags = read_client_settings("http://b:2", "/b", environ)
    assert (flags.management.url, flags.data_dir) == ("http://b:2", Path("/b"))
    variables = read_client_settings(None, None, environ)
    assert (variables.management.url, variables.data_dir) == ("http://a:1", Path("/a"))
    assert read_client_settings(None, None, {"XDG_STATE_HOME": "/state"}).data_dir == Path("/state/fastgw")


def test_a_wrong_variable_exits_2_and_is_named() -> None:
    result = run("status", FASTGW_MANAGEMENT="nowhere")
    assert result.exit_code == 2
    assert "FASTGW_MANAGEMENT: 'nowhere' is not the address of a gateway's management: " in result.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="only an administrator may read the files of others")
def test_an_administrator_reads_the_token_of_the_gateways_user(tmp_path: Path) -> None:
    with impostor(200, b'{"backends": []}') as (url, _):
        folder = data_dir(tmp_path)
        os.chown(tmp_path / "management.token", 65534, 65534)
        assert run("status", "--management", url, "--data-dir", folder).exit_code == 0
