"""Certificates and named values that live in a key vault: a real gateway, the real libraries, nginx."""

from __future__ import annotations

import base64
import json
import os
import re
import signal
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.management import run, where
from tests.conftest import GatewayFactory
from tests.harness import GatewayFailed, GatewayProcess, RawConnection, Response, wait_until
from tests.harness.nginx import Site, nginx
from tests.harness.vault import PASSWORD, TOKEN, VaultDouble, problem, trusting
from tests.pki import Ca, Issued, make_ca

INTERVAL = 1.0


@pytest.fixture(scope="module")
def authority() -> Ca:
    return make_ca("Servers")


@pytest.fixture(scope="module")
def clients() -> Ca:
    return make_ca("Clients")


@pytest.fixture
def vault(authority: Ca) -> Iterator[VaultDouble]:
    with VaultDouble(authority.issue("vault", "127.0.0.1", "localhost")) as made:
        yield made


Serve = Callable[..., GatewayProcess]


@pytest.fixture
def serve(gateway: GatewayFactory, vault: VaultDouble, authority: Ca, tmp_path: Path) -> Serve:
    """Starts a gateway that trusts the vault's authority and reads it as the tests' application."""

    def start(
        configuration: dict[str, Any], *, environ: dict[str, str] | None = None, **rest: Any
    ) -> GatewayProcess:
        file = tmp_path / "authority.pem"
        file.write_bytes(authority.pem)
        trusted = {"SSL_CERT_FILE": str(file), **(environ or {})}
        return gateway(configuration, environ=trusted, **rest)

    return start


def pfx(issued: Issued, password: str | None = None) -> str:
    return base64.b64encode(issued.pfx(password)).decode()


def named(vault: VaultDouble, name: str, **more: Any) -> dict[str, Any]:
    return {"id": name, "keyVault": {"secretIdentifier": vault.identifier(name), **more}}


def answering(vault: VaultDouble, *names: str, policy: str = "", **settings: Any) -> dict[str, Any]:
    """An API whose answer is made of named values, which live in the vault."""
    body = "|".join(f"{{{{{name}}}}}" for name in names)
    reply = policy or f"<return-response><set-body>{body}</set-body></return-response>"
    return {
        "gateway": {"keyVault": vault.settings(**{"refreshInterval": INTERVAL, **settings})},
        "namedValues": [named(vault, name) for name in names],
        "apis": [
            {
                "id": "a",
                "path": "a",
                "protocols": ["http"],
                "subscriptionRequired": False,
                "operations": [{"id": "get", "method": "GET", "urlTemplate": "/*"}],
                "policy": f"<policies><inbound>{reply}</inbound></policies>",
            }
        ],
    }


def ask(server: GatewayProcess) -> Response:
    with RawConnection(server.url) as connection:
        return connection.ask(b"GET /a/x HTTP/1.1\r\nHost: a\r\n\r\n")


def says(server: GatewayProcess, text: str) -> Callable[[], bool]:
    return lambda: ask(server).body == text.encode()


def statuses(server: GatewayProcess) -> dict[str, dict[str, Any]]:
    done = run("status", "--format", "json", *where(server))
    assert done.exit_code == 0, done.output
    return {f"{one['kind']} {one['id']}": one for one in json.loads(done.stdout)["secrets"]}


def code(server: GatewayProcess, entity: str) -> str | None:
    last = statuses(server)[entity]["lastStatus"]
    return last and str(last["code"])


# ---------------------------------------------------------------- rotation


class Load:
    """Keep-alive connections that ask without a pause; what they got, with the time."""

    def __init__(self, url: str, connections: int) -> None:
        self.answers: list[tuple[float, int, str | None, str | None]] = []
        self.failures: list[str] = []
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._run, args=(url,)) for _ in range(connections)]
        for thread in self._threads:
            thread.start()

    def _run(self, url: str) -> None:
        try:
            with RawConnection(url) as connection:
                while not self._stop.is_set():
                    begun = time.monotonic()
                    got = connection.ask(b"GET /a/x HTTP/1.1\r\nHost: a\r\n\r\n")
                    self.answers.append((begun, got.status, got.get("x-thumbprint"), got.get("x-verify")))
        except Exception as error:
            self.failures.append(f"{type(error).__name__}: {error}")

    def seen(self, thumbprint: str) -> bool:
        return any(shown and shown.upper() == thumbprint for _, _, shown, _ in reversed(self.answers[-50:]))

    def end(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(20.0)


def test_a_rotated_certificate_is_presented_within_the_interval_and_no_request_fails(
    serve: Serve, vault: VaultDouble, authority: Ca, clients: Ca, tmp_path: Path
) -> None:
    old, new = clients.issue("old", usage="client"), clients.issue("new", usage="client")
    vault.put("client", pfx(old), "application/x-pkcs12")
    site = Site("peer", authority.issue("peer", "127.0.0.1"), more="keepalive_requests 200;")
    folder = tmp_path / "nginx"
    folder.mkdir()
    with nginx(folder, clients, [site]) as ports:
        configuration = answering(vault, policy="<set-backend-service backend-id='b' />", refreshInterval=2.0)
        configuration["gateway"]["workers"] = 2
        configuration["certificates"] = [named(vault, "client")]
        configuration["backends"] = [
            {
                "id": "b",
                "url": f"https://127.0.0.1:{ports['peer']}",
                "credentials": {"certificateIds": ["client"]},
            }
        ]
        server = serve(configuration)
        load = Load(server.url, 8)
        try:
            wait_until(lambda: load.seen(old.thumbprint))
            rotated = time.monotonic()
            vault.put("client", pfx(new), "application/x-pkcs12")
            wait_until(lambda: load.seen(new.thumbprint) or bool(load.failures))
            count = len(load.answers)
            wait_until(lambda: len(load.answers) > count + 500 or bool(load.failures))
        finally:
            load.end()
    assert load.failures == []
    assert {(status, verified) for _, status, _, verified in load.answers} == {(200, "SUCCESS")}
    by_old = [begun for begun, _, shown, _ in load.answers if shown and shown.upper() == old.thumbprint]
    by_new = [begun for begun, _, shown, _ in load.answers if shown and shown.upper() == new.thumbprint]
    assert len(by_old) + len(by_new) == len(load.answers)
    assert min(by_new) - rotated < 2.0 + 1.0
    # Both workers have it: nobody shows the old one for long after the first new one.
    assert max(by_old) - min(by_new) < 1.0


def test_a_named_value_follows_the_vault_and_is_never_shown(serve: Serve, vault: VaultDouble) -> None:
    vault.put("word", "first-value-of-the-vault")
    configuration = answering(vault, "word")
    configuration["gateway"]["management"] = {"url": "https://127.0.0.1:0"}
    server = serve(configuration)
    assert says(server, "first-value-of-the-vault")()
    vault.put("word", "second-value-of-the-vault")
    wait_until(says(server, "second-value-of-the-vault"))
    one = statuses(server)["named value word"]
    assert one["version"] == f"{2:032x}"
    assert one["lastStatus"]["code"] == "Success"
    assert one["lastStatus"]["message"] is None
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", one["lastStatus"]["timeStampUtc"])
    table = run("status", *where(server)).stdout
    assert "named value word" in table
    everything = "\n".join(server.stderr_lines()) + json.dumps(one) + table
    kept = [
        path.read_bytes() for path in server.folder.rglob("*") if path.is_file() and path != server.source
    ]
    for secret in ("first-value-of-the-vault", "second-value-of-the-vault", TOKEN, PASSWORD):
        assert secret not in everything
        assert not any(secret.encode() in content for content in kept)


def test_only_the_reader_talks_to_the_vault_and_it_serves_nobody(serve: Serve, vault: VaultDouble) -> None:
    vault.put("word", "x")
    server = serve(answering(vault, "word"))
    assert len(server.worker_pids()) == 2
    (reader,) = [pid for pid in server.worker_pids() if peers(pid, vault.port)]
    assert [pid for pid in server.worker_pids() if listens(pid, server.port)] != [reader]
    assert not listens(reader, server.port)


def test_the_certificate_of_a_host_name_rotates_under_an_open_connection(
    serve: Serve, vault: VaultDouble, authority: Ca
) -> None:
    old, new = authority.issue("old", "a.test"), authority.issue("new", "a.test")
    vault.put("edge", pfx(old, "pfx-1"), "application/x-pkcs12")
    configuration = answering(vault, policy="<return-response />", refreshInterval=0.3)
    configuration["gateway"]["listeners"] = [{"url": "https://127.0.0.1:0"}]
    configuration["certificates"] = [{**named(vault, "edge"), "password": "pfx-1"}]
    configuration["hostnames"] = [{"hostName": "a.test", "certificateId": "edge"}]
    configuration["apis"][0]["protocols"] = ["https"]
    server = serve(configuration)

    def connect() -> ssl.SSLSocket:
        raw = socket.create_connection(server.address, timeout=20.0)
        return trusting(authority.pem).wrap_socket(raw, server_hostname="a.test")

    def shown() -> bytes | None:
        with connect() as secure:
            return secure.getpeercert(binary_form=True)

    with connect() as kept:
        assert kept.getpeercert(binary_form=True) == old.der
        vault.put("edge", new.bundle("pfx-1").decode(), "application/x-pem-file")
        wait_until(lambda: shown() == new.der)
        kept.sendall(b"GET /a/x HTTP/1.1\r\nHost: a.test\r\n\r\n")
        assert kept.recv(100).startswith(b"HTTP/1.1 200")


def test_sighup_reads_the_vault_again(serve: Serve, vault: VaultDouble) -> None:
    vault.put("word", "one")
    server = serve(answering(vault, "word", refreshInterval="PT4H"))
    vault.put("word", "two")
    server.reload()
    wait_until(says(server, "two"))


def test_a_pinned_version_stays_and_is_asked_for_once(serve: Serve, vault: VaultDouble) -> None:
    first = vault.put("word", "one")
    vault.put("free", "x")
    configuration = answering(vault, "word", "free", refreshInterval=0.2)
    configuration["namedValues"][0]["keyVault"]["secretIdentifier"] = vault.identifier("word", first)
    server = serve(configuration)
    assert any("names a version" in line for line in server.stderr_lines())
    vault.put("word", "two")
    vault.wait_for("free", 4)
    assert says(server, "one|x")()
    assert len(vault.times("word")) == 1


# ---------------------------------------------------------------- the vault on bad days


def test_the_last_good_value_stays_while_the_vault_is_away(serve: Serve, vault: VaultDouble) -> None:
    vault.put("word", "one")
    configuration = answering(vault, "word", refreshInterval=0.3)
    configuration["gateway"]["management"] = {"url": "https://127.0.0.1:0"}
    server = serve(configuration)
    vault.away()
    vault.put("word", "two")
    wait_until(lambda: code(server, "named value word") == "ServiceUnavailable")
    assert says(server, "one")()
    vault.back()
    wait_until(says(server, "two"))
    wait_until(lambda: code(server, "named value word") == "Success")


def test_a_certificate_that_cannot_be_read_does_not_take_the_place_of_one_that_can(
    serve: Serve, vault: VaultDouble, clients: Ca
) -> None:
    vault.put("cert", pfx(clients.issue("c", usage="client")))
    configuration = answering(vault, refreshInterval=0.3)
    configuration["gateway"]["management"] = {"url": "https://127.0.0.1:0"}
    configuration["certificates"] = [named(vault, "cert")]
    server = serve(configuration)
    vault.put("cert", base64.b64encode(b"no PFX at all").decode(), "application/x-pkcs12")
    wait_until(lambda: code(server, "certificate cert") == "InvalidCertificate")
    assert statuses(server)["certificate cert"]["version"] == f"{1:032x}"
    assert server.wait_for_line("code=InvalidCertificate")
    server.reload()
    # Whatever else changes: the good one is there.
    assert server.wait_for_line("reloaded")


def test_a_value_that_the_gateway_cannot_be_built_with_is_given_up(serve: Serve, vault: VaultDouble) -> None:
    vault.put("status", "201")
    vault.put("word", "one")
    policy = (
        "<return-response><set-status code='{{status}}' reason='r' />"
        "<set-body>{{word}}</set-body></return-response>"
    )
    configuration = answering(vault, "status", "word", policy=policy, refreshInterval=0.3)
    configuration["gateway"]["management"] = {"url": "https://127.0.0.1:0"}
    server = serve(configuration, may_complain=True)
    vault.put("status", "many")
    server.wait_for_line("key vault secret given up")
    assert code(server, "named value status") == "InvalidValue"
    assert "many" not in "\n".join(line for line in server.stderr_lines() if "fastgw ready" not in line)
    assert ask(server).status == 201
    # What is wrong with one secret does not keep another from its place, nor a reload from being made.
    vault.put("word", "two")
    wait_until(says(server, "two"))
    assert code(server, "named value status") == "InvalidValue"
    vault.put("status", "202")
    wait_until(lambda: ask(server).status == 202)
    wait_until(lambda: code(server, "named value status") == "Success")


def test_a_vault_that_asks_for_peace_is_left_alone_with_all_of_its_secrets(
    serve: Serve, vault: VaultDouble
) -> None:
    for name in ("one", "two"):
        vault.put(name, name)
    server = serve(answering(vault, "one", "two", refreshInterval=0.2))
    vault.script = lambda path: problem(429, "Throttled", "slow down", Retry_After="2")
    begun = len(vault.asked)
    wait_until(lambda: len(vault.asked) > begun)
    vault.back()
    first = vault.asked[begun][0]
    seen = {name: len(vault.times(name)) for name in ("one", "two")}
    for name, count in seen.items():
        vault.wait_for(name, count + 1)
    # The other one may have been under way.
    later = [moment for moment, _ in vault.asked[begun:] if moment - first > 0.2]
    assert min(later) - first >= 1.95
    assert server.running


def test_the_reader_of_vaults_is_replaced_when_it_dies(serve: Serve, vault: VaultDouble) -> None:
    vault.put("word", "one")
    server = serve(answering(vault, "word", refreshInterval=0.3), may_complain=True)
    asked = vault.times("word")
    reader = next(pid for pid in server.worker_pids() if peers(pid, vault.port))
    os.kill(reader, signal.SIGKILL)
    server.wait_for_line("key vault ended, it is replaced")
    vault.wait_for("word", len(asked) + 1)
    vault.put("word", "two")
    wait_until(says(server, "two"))


def peers(pid: int, port: int) -> bool:
    """Whether a process has a connection to a port of this machine."""
    return _holds(pid, lambda row: int(row[2].rpartition(":")[2], 16) == port)


def listens(pid: int, port: int) -> bool:
    """Whether a process holds a socket that listens on a port."""
    return _holds(pid, lambda row: row[3] == "0A" and int(row[1].rpartition(":")[2], 16) == port)


def _holds(pid: int, wanted: Callable[[list[str]], bool]) -> bool:
    """Whether a process holds a socket whose row of /proc/net/tcp is wanted (proc(5))."""
    rows = [row.split() for row in Path(f"/proc/{pid}/net/tcp").read_text().splitlines()[1:]]
    names = {f"socket:[{row[9]}]" for row in rows if wanted(row)}
    return any(os.readlink(one) in names for one in Path(f"/proc/{pid}/fd").iterdir() if one.is_symlink())


# ---------------------------------------------------------------- start


def test_the_start_waits_for_a_vault_that_comes_back(serve: Serve, vault: VaultDouble) -> None:
    vault.put("word", "one")
    vault.away()
    threading.Thread(target=lambda: (vault.wait_for("word", 2), vault.back())).start()
    server = serve(answering(vault, "word"))
    assert says(server, "one")()


def refusal(serve: Serve, configuration: dict[str, Any], **rest: Any) -> str:
    with pytest.raises(GatewayFailed) as caught:
        serve(configuration, **rest)
    return str(caught.value)


def test_the_start_fails_with_entity_vault_and_code(serve: Serve, vault: VaultDouble) -> None:
    vault.put("word", "one")
    configuration = answering(vault, "word", "other", startTimeout=1.5)
    said = refusal(serve, configuration)
    assert "exited with 1" in said
    secret = f"named value other: the secret {vault.identifier('other')} could not be read within 1.5 s: "
    assert f"{secret}SecretNotFound" in said
    assert "named value word" not in said
    assert re.search(r"gateway\.yaml:\d+:\d+: error: named value other", said)


def test_other_errors_are_said_before_the_vault_is_asked(serve: Serve, vault: VaultDouble) -> None:
    configuration = answering(vault, "word")
    configuration["apis"][0]["policy"] = "<policies><inbound><no-such-policy /></inbound></policies>"
    assert "no-such-policy" in refusal(serve, configuration)
    assert vault.asked == []


def test_a_signal_ends_a_start_that_waits(serve: Serve, vault: VaultDouble) -> None:
    vault.away()
    found: list[int] = []

    def end() -> None:
        vault.wait_for("word", 1)
        for path in Path("/proc").glob("[0-9]*"):
            try:
                words = (path / "cmdline").read_bytes()
                parent = (path / "stat").read_text().rsplit(")", 1)[1].split()[1]
            except OSError:
                continue
            if b"fastgw" in words and parent == str(os.getpid()):
                found.append(int(path.name))
                os.kill(int(path.name), signal.SIGTERM)

    thread = threading.Thread(target=end)
    thread.start()
    said = refusal(serve, answering(vault, "word"))
    thread.join()
    assert "exited with 0" in said
    assert len(found) == 1


def test_without_the_libraries_the_error_names_the_extra(
    serve: Serve, vault: VaultDouble, tmp_path: Path
) -> None:
    hiding = tmp_path / "hiding" / "azure"
    hiding.mkdir(parents=True)
    (hiding / "__init__.py").touch()
    path = f"{hiding.parent}:{os.environ.get('PYTHONPATH', '')}"
    said = refusal(serve, answering(vault, "word"), environ={"PYTHONPATH": path})
    assert "pip install 'fastgw[azure]'" in said
    assert "named value word" in said


def test_check_asks_no_vault(serve: Serve, vault: VaultDouble, tmp_path: Path) -> None:
    configuration = answering(vault, "word")
    configuration["certificates"] = [named(vault, "edge")]
    configuration["gateway"]["listeners"] = [{"url": "https://127.0.0.1:0"}]
    configuration["hostnames"] = [{"hostName": "a.test", "certificateId": "edge"}]
    configuration["apis"][0]["protocols"] = ["https"]
    source = tmp_path / "gateway.yaml"
    source.write_text(json.dumps(configuration))
    done = run("check", str(source))
    assert done.exit_code == 0
    said = "it lives in a key vault that is not asked here, so what depends on it is not checked"
    assert [line.partition("warning: ")[2] for line in done.stdout.splitlines()] == [
        f"certificate edge: {said}",
        f"named value word: {said}",
    ]
    assert vault.asked == []


# ---------------------------------------------------------------- reload


def test_a_reload_waits_for_new_secrets_and_gives_up_in_time(serve: Serve, vault: VaultDouble) -> None:
    vault.put("word", "one")
    server = serve(answering(vault, "word", refreshInterval=0.3), may_complain=True)
    server.write(answering(vault, "word", "late", refreshInterval=0.3, startTimeout=1.0))
    server.reload()
    server.wait_for_line("configuration not changed")
    assert any("late" in line and "SecretNotFound" in line for line in server.stderr_lines())
    assert says(server, "one")()
    # What serves is still followed.
    vault.put("word", "two")
    wait_until(says(server, "two"))
    server.reload()
    server.wait_for_line("waiting for key vaults", after=len(server.stderr_lines()))
    vault.put("late", "three")
    wait_until(says(server, "two|three"))


def test_secrets_that_appear_with_a_reload_are_read(serve: Serve, vault: VaultDouble) -> None:
    vault.put("word", "one")
    plain = answering(vault, "word", refreshInterval=0.3)
    plain["namedValues"] = [{"id": "word", "value": "plain"}]
    server = serve(plain)
    assert says(server, "plain")()
    assert vault.asked == []
    server.write(answering(vault, "word", refreshInterval=0.3))
    server.reload()
    wait_until(says(server, "one"))


def test_a_source_that_became_wrong_does_not_keep_a_secret_from_rotating(
    serve: Serve, vault: VaultDouble
) -> None:
    vault.put("word", "one")
    server = serve(answering(vault, "word", refreshInterval=0.3))
    server.source.write_text("{")
    vault.put("word", "two")
    wait_until(says(server, "two"))
