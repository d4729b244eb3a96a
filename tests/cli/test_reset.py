"""`fastgw reset`: closes circuit breakers of a running gateway, in all its workers at once."""

from __future__ import annotations

from pathlib import Path

from tests.cli.management import call, configuration, data_dir, impostor, run, where
from tests.conftest import GatewayFactory
from tests.harness import ScriptedBackend

FAILURE = b"HTTP/1.1 500 Broken\r\nContent-Length: 0\r\n\r\n"
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


def test_after_a_reset_requests_reach_the_backend_again(gateway: GatewayFactory) -> None:
    with ScriptedBackend([FAILURE, FAILURE, ANSWER]) as backend:
        settings = configuration(backend.url)
        settings["gateway"]["workers"] = 2
        running = gateway(settings)
        assert [call(running) for _ in range(3)] == [500, 500, 503]
        result = run("reset", "orders", *where(running))
        assert (result.exit_code, result.stdout, result.stderr) == (0, "1 circuit breaker reset\n", "")
        # Connections are dealt out to both workers.
        assert [call(running) for _ in range(6)] == [200] * 6
        line = running.wait_for_line("circuit breakers reset")
    assert "backend=orders" in line
    assert "count=1" in line


def test_member_and_rule_choose_what_is_closed(gateway: GatewayFactory) -> None:
    with ScriptedBackend(FAILURE) as backend:
        running = gateway(configuration(backend.url))
        assert [call(running) for _ in range(3)] == [500, 500, 503]
        wrong = run("reset", "orders", "--rule", "slow", *where(running))
        assert (wrong.exit_code, wrong.stdout) == (1, "")
        assert "no circuit breaker rule 'slow'" in wrong.stderr
        assert call(running) == 503
        right = run("reset", "ORDERS", "--rule", "fast", "--member", backend.url, *where(running))
        assert (right.exit_code, right.stdout) == (0, "1 circuit breaker reset\n")
        assert call(running) == 500


def test_a_backend_that_there_is_not_is_named(gateway: GatewayFactory) -> None:
    with ScriptedBackend(FAILURE) as backend:
        running = gateway(configuration(backend.url))
        result = run("reset", "invoices", *where(running))
        assert result.exit_code == 1
        assert "there is no backend 'invoices' with a circuit breaker" in result.stderr


def test_where_there_is_no_breaker_it_says_that_nothing_was_reset(gateway: GatewayFactory) -> None:
    with ScriptedBackend(FAILURE) as backend:
        running = gateway(configuration(backend.url))
        result = run("reset", "twins", *where(running))
        said = "nothing was reset: backend 'twins' has no circuit breaker\n"
        assert (result.exit_code, result.stdout, result.stderr) == (0, said, "")
        result = run("reset", "twins", "--member", backend.url, *where(running))
        said = f"nothing was reset: member '{backend.url}' of backend 'twins' has no circuit breaker\n"
        assert (result.exit_code, result.stdout, result.stderr) == (0, said, "")


def test_names_are_sent_as_they_are(tmp_path: Path) -> None:
    with impostor(200, b'{"reset": 2}') as (url, seen):
        words = ["reset", "a b/c?d", "--member", "https://x#2&y", "--rule", "caf\u00e9"]
        result = run(*words, "--management", url, "--data-dir", data_dir(tmp_path))
    assert (result.exit_code, result.stdout) == (0, "2 circuit breakers reset\n")
    assert seen == [
        "POST /status/backends/a%20b%2Fc%3Fd/reset?member=https%3A%2F%2Fx%232%26y&rule=caf%C3%A9 HTTP/1.1"
    ]


def test_without_a_backend_it_exits_2() -> None:
    result = run("reset")
    assert result.exit_code == 2
    assert "BACKEND" in result.stderr
