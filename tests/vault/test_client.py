"""The real Azure libraries against a vault over HTTPS: credentials, the challenge, and every bad answer."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from fastgw.vault.client import AzureVaults
from fastgw.vault.reading import Secret
from fastgw.vault.records import Access, Key, SecretError, Wanted
from tests.harness.vault import (
    CLIENT,
    IDENTITY_HEADER,
    PASSWORD,
    TENANT,
    TOKEN,
    Reply,
    VaultDouble,
    problem,
    trusting,
)
from tests.pki import Ca, make_ca


@pytest.fixture(scope="module")
def ca() -> Ca:
    return make_ca("Vault Root")


@pytest.fixture
def vault(ca: Ca) -> Iterator[VaultDouble]:
    with VaultDouble(ca.issue("vault", "127.0.0.1", "localhost")) as made:
        yield made


def access(vault: VaultDouble, **values: Any) -> Access:
    plain = Access(
        credential="clientSecret",
        tenant_id=TENANT,
        client_id=CLIENT,
        client_secret=SecretStr(PASSWORD),
        client_certificate=None,
        authority_host=vault.url,
        identity=None,
        request_timeout=5.0,
    )
    return dataclasses.replace(plain, **values)


def wanted(vault: VaultDouble, name: str = "one", version: str | None = None, **values: Any) -> Wanted:
    verify = values.pop("verify", False)
    key = Key("named value", "v", vault.identifier(name, version), None)
    return Wanted(key, access(vault, **values), 10.0, verify)


def read(ca: Ca, *many: Wanted) -> list[Secret]:
    async def all_of_them() -> list[Secret]:
        async with AzureVaults(trusting(ca.pem)) as vaults:
            return [await vaults.read(one) for one in many]

    return asyncio.run(all_of_them())


def failure(ca: Ca, one: Wanted) -> SecretError:
    with pytest.raises(SecretError) as caught:
        read(ca, one)
    return caught.value


# ---------------------------------------------------------------- what is read


def test_the_newest_version_is_read_with_a_client_secret(vault: VaultDouble, ca: Ca) -> None:
    vault.put("one", "old")
    newest = vault.put("one", "new", "text/plain", expires=2_000_000_000)
    (secret,) = read(ca, wanted(vault))
    assert (secret.value, secret.content_type, secret.version) == ("new", "text/plain", newest)
    assert secret.expires is not None
    assert secret.expires.year == 2033
    assert vault.forms[0]["scope"] == "https://vault.azure.net/.default"


def test_a_version_is_read_where_one_is_named(vault: VaultDouble, ca: Ca) -> None:
    first = vault.put("one", "old")
    vault.put("one", "new")
    assert read(ca, wanted(vault, version=first))[0].value == "old"


def test_one_token_serves_many_secrets(vault: VaultDouble, ca: Ca) -> None:
    for name in ("one", "two", "three"):
        vault.put(name, name)
    assert [one.value for one in read(ca, *(wanted(vault, name) for name in vault.secrets))] == list(
        vault.secrets
    )
    assert len(vault.forms) == 1


def test_a_credential_that_is_not_used_any_more_is_forgotten_with_its_token(
    vault: VaultDouble, ca: Ca
) -> None:
    vault.put("one", "x")
    one, other = wanted(vault), wanted(vault, request_timeout=4.0)

    async def test() -> list[int]:
        counts = []
        async with AzureVaults(trusting(ca.pem)) as vaults:
            for kept in ([one, other], [one, other], [other], [one, other]):
                vaults.keep(kept)
                for each in kept:
                    await vaults.read(each)
                counts.append(len(vault.forms))
        return counts

    assert asyncio.run(test()) == [2, 2, 2, 3]


def test_a_client_certificate_opens_the_vault(vault: VaultDouble, ca: Ca) -> None:
    vault.put("one", "x")
    pem = ca.issue("gateway", usage="client", kind="rsa").bundle()
    one = wanted(vault, credential="clientCertificate", client_secret=None, client_certificate=pem)
    assert read(ca, one)[0].value == "x"
    assert vault.forms[0]["client_assertion_type"].endswith("jwt-bearer")


@pytest.mark.parametrize(
    ("credential", "who"), [("managedIdentity", CLIENT), ("managedIdentity", None), ("auto", CLIENT)]
)
def test_a_managed_identity_is_the_one_that_the_reference_names(
    vault: VaultDouble, ca: Ca, credential: str, who: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    vault.put("one", "x")
    monkeypatch.setenv("IDENTITY_ENDPOINT", f"{vault.url}/identity")
    monkeypatch.setenv("IDENTITY_HEADER", IDENTITY_HEADER)
    plain = {"tenant_id": None, "client_id": None, "client_secret": None, "authority_host": None}
    assert read(ca, wanted(vault, credential=credential, identity=who, **plain))[0].value == "x"
    assert vault.identities[0].get("client_id") == who
    assert vault.identities[0]["resource"] == "https://vault.azure.net"


@pytest.mark.parametrize("credential", ["environment", "auto"])
def test_the_environment_may_name_the_application(
    vault: VaultDouble, ca: Ca, credential: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    vault.put("one", "x")
    for name, value in {"TENANT_ID": TENANT, "CLIENT_ID": CLIENT, "CLIENT_SECRET": PASSWORD}.items():
        monkeypatch.setenv(f"AZURE_{name}", value)
    plain = {"tenant_id": None, "client_id": None, "client_secret": None}
    assert read(ca, wanted(vault, credential=credential, **plain))[0].value == "x"


def test_a_workload_shows_the_token_of_its_file(
    vault: VaultDouble, ca: Ca, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vault.put("one", "x")
    file = tmp_path / "token"
    file.write_text("federated")
    monkeypatch.setenv("AZURE_FEDERATED_TOKEN_FILE", str(file))
    assert read(ca, wanted(vault, credential="workloadIdentity", client_secret=None))[0].value == "x"
    assert vault.forms[0]["client_assertion"] == "federated"


def test_the_command_line_tool_gives_the_token(
    vault: VaultDouble, ca: Ca, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vault.put("one", "x")
    tool = tmp_path / "az"
    token = {"accessToken": TOKEN, "expiresOn": "2099-01-01 00:00:00.000000", "expires_on": 4070908800}
    tool.write_text(f"#!/bin/sh\necho '{json.dumps(token)}'\n")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    plain = {"client_id": None, "client_secret": None, "authority_host": None}
    assert read(ca, wanted(vault, credential="cli", **plain))[0].value == "x"


# ---------------------------------------------------------------- what goes wrong


def test_a_secret_that_is_not_there_has_the_code_of_the_vault(vault: VaultDouble, ca: Ca) -> None:
    error = failure(ca, wanted(vault))
    assert error.code == "SecretNotFound"
    assert "was not found in this key vault" in error.message


def test_a_disabled_secret_is_forbidden(vault: VaultDouble, ca: Ca) -> None:
    vault.put("one", "x", enabled=False)
    error = failure(ca, wanted(vault))
    assert (error.code, error.message) == ("Forbidden", "Operation get is not allowed on a disabled secret.")


def test_what_the_vault_forbids_is_forbidden(vault: VaultDouble, ca: Ca) -> None:
    vault.script = lambda path: problem(403, "Forbidden", "The user does not have secrets get permission")
    assert failure(ca, wanted(vault)).code == "Forbidden"


def test_a_vault_that_is_busy_says_for_how_long_and_is_not_asked_again(vault: VaultDouble, ca: Ca) -> None:
    vault.script = lambda path: problem(429, "Throttled", "slow down", Retry_After="7")
    error = failure(ca, wanted(vault))
    assert (error.code, error.retry_after) == ("Throttled", 7.0)
    assert len(vault.times("one")) == 1


def test_a_wrong_client_secret_is_unauthorized_and_not_repeated(vault: VaultDouble, ca: Ca) -> None:
    echo = {"error": "invalid_client", "error_description": "AADSTS7000215: no such secret: not-the-one"}
    vault.tokens = lambda form: Reply(401, str(echo).replace("'", '"').encode())
    error = failure(ca, wanted(vault, client_secret=SecretStr("not-the-one")))
    assert error.code == "Unauthorized"
    assert "AADSTS7000215" in error.message
    assert "not-the-one" not in error.message


def test_a_credential_that_is_not_there_is_unauthorized(
    vault: VaultDouble, ca: Ca, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("TENANT_ID", "CLIENT_ID", "CLIENT_SECRET"):
        monkeypatch.delenv(f"AZURE_{name}", raising=False)
    error = failure(ca, wanted(vault, credential="environment", client_secret=None))
    assert error.code == "Unauthorized"


def test_a_challenge_for_another_domain_is_refused(vault: VaultDouble, ca: Ca) -> None:
    vault.put("one", "x")
    error = failure(ca, wanted(vault, verify=True))
    assert error.code == "Unauthorized"
    assert "unverifiedHosts" in error.message
    assert vault.forms == []


def test_a_challenge_for_the_vaults_own_domain_is_answered(ca: Ca) -> None:
    with VaultDouble(ca.issue("vault", "127.0.0.1")) as vault:
        # The host is 127.0.0.1, so this is the domain above it.
        vault.resource = f"https://0.0.1:{vault.port}"
        vault.put("one", "x")
        assert read(ca, wanted(vault, verify=True))[0].value == "x"


def test_a_vault_that_is_not_trusted_gets_no_token(vault: VaultDouble) -> None:
    vault.put("one", "x")
    error = failure(make_ca("Another Root"), wanted(vault))
    assert error.code == "NetworkError"
    assert vault.forms == []


def test_a_vault_that_nobody_serves_is_a_network_error(vault: VaultDouble, ca: Ca) -> None:
    one = wanted(vault)
    closed = dataclasses.replace(
        one, key=one.key._replace(secret_identifier="https://127.0.0.1:1/secrets/one")
    )
    assert failure(ca, closed).code == "NetworkError"


def test_a_slow_vault_is_given_up_in_time(vault: VaultDouble, ca: Ca) -> None:
    vault.script = lambda path: Reply(200, b"{}", delay=3.0)
    begun = time.monotonic()
    assert failure(ca, wanted(vault, request_timeout=0.5)).code == "NetworkError"
    assert time.monotonic() - begun < 2.0


GARBAGE = {
    "no-json": b"<html>a proxy</html>",
    "empty": b"",
    "a-list": b"[1, 2]",
    "no-value": b'{"id": "x"}',
    "null": b'{"value": null, "id": "https://h/secrets/one/1"}',
    "deep": b'{"value": ' + b"[" * 100_000,
}


@pytest.mark.parametrize("body", GARBAGE.values(), ids=GARBAGE)
def test_garbage_is_an_invalid_response(vault: VaultDouble, ca: Ca, body: bytes) -> None:
    vault.script = lambda path: Reply(200, body)
    error = failure(ca, wanted(vault))
    assert error.code == "InvalidResponse"
    assert len(error.message) < 600


def test_an_answer_without_end_is_not_read(vault: VaultDouble, ca: Ca) -> None:
    vault.script = lambda path: Reply(200, b'{"value": "' + b"x" * 5_000_000)
    error = failure(ca, wanted(vault))
    assert error.code == "NetworkError"
    assert "larger than 256 KiB" in error.message


def test_a_token_without_end_is_not_read(vault: VaultDouble, ca: Ca) -> None:
    vault.tokens = lambda form: Reply(200, b'{"access_token": "' + b"x" * 5_000_000)
    assert failure(ca, wanted(vault)).code in {"NetworkError", "Unauthorized"}


def test_a_compressed_answer_is_not_unpacked(vault: VaultDouble, ca: Ca) -> None:
    vault.script = lambda path: Reply(200, b"\x1f\x8b", {"Content-Encoding": "gzip"})
    assert "compressed" in failure(ca, wanted(vault)).message


def test_a_redirect_is_not_followed(vault: VaultDouble, ca: Ca) -> None:
    vault.script = lambda path: Reply(307, b"", {"Location": f"{vault.url}/secrets/other"})
    vault.put("other", "x")
    assert failure(ca, wanted(vault)).code == "VaultError"
    assert vault.times("other") == []
