"""The master's side: which secrets a configuration wants, and which value serves after what was read."""

from __future__ import annotations

import pickle
from datetime import UTC, datetime

import pytest
from pydantic import SecretStr

from fastgw.errors import ConfigurationError, Diagnostic
from fastgw.model import Certificate, Configuration, Gateway, NamedValue
from fastgw.tls.certs import read_certificate
from fastgw.vault.desk import LOADING, VaultDesk
from fastgw.vault.records import Key, Reading, Status
from fastgw.vault.secrets import wanted
from tests.pki import make_ca

IDENTITY = "0a4d9a40-17f4-4b0e-8d8e-2b1f7b5c0002"


def configuration(*names: str, **settings: object) -> Configuration:
    values = [
        {"id": name, "keyVault": {"secretIdentifier": f"https://kv.test/secrets/{name}"}} for name in names
    ]
    return Configuration(
        "gateway.yaml",
        gateway=Gateway.model_validate({"keyVault": settings}),
        named_values=tuple(NamedValue.model_validate(one) for one in values),
    )


def reading(name: str, value: str | None, code: str = "Success", version: str | None = "1") -> Reading:
    key = Key("named value", name, f"https://kv.test/secrets/{name}", None)
    data = value.encode() if value is not None else None
    return Reading(key, Status(code, None if code == "Success" else "why", datetime.now(UTC)), data, version)


def values(desk: VaultDesk, of: Configuration) -> list[str]:
    return [one.value for one in desk.fill(of).named_values]


def statuses(desk: VaultDesk) -> dict[str, tuple[str, str]]:
    return {one["id"]: (one["lastStatus"]["code"], one["version"]) for one in desk.document()}


def failing() -> ConfigurationError:
    return ConfigurationError(
        (Diagnostic("warning", "never mind"), Diagnostic("error", "code must be a number"))
    )


def serving(*names: str) -> tuple[VaultDesk, Configuration]:
    desk, both = VaultDesk(), configuration(*names)
    for name in names:
        desk.take(reading(name, "good"))
    desk.adopt(both)
    return desk, both


def test_a_configuration_is_filled_with_what_was_read() -> None:
    desk, one = VaultDesk(), configuration("a", "b")
    assert desk.missing(one)
    desk.take(reading("a", "x"))
    assert desk.missing(one)
    assert values(desk, one) == ["x", ""]
    desk.take(reading("b", "y"))
    assert not desk.missing(one)
    assert values(desk, one) == ["x", "y"]
    assert [value.secret for value in desk.fill(one).named_values] == [True, True]


def test_waiting_ends_with_the_last_secret_or_with_the_time() -> None:
    desk, one = VaultDesk(), configuration("a", "b", startTimeout=5)
    assert not desk.waited(0.0)
    desk.wait(one, 90.0)
    assert desk.deadline == 90.0 + LOADING + 5.0
    desk.at_work(100.0)
    # A reader that was replaced does not make it longer.
    desk.at_work(103.0)
    assert desk.deadline == 105.0
    desk.take(reading("a", "x"))
    desk.take(reading("b", None, "Forbidden"))
    assert not desk.waited(104.9)
    assert desk.waited(105.0)
    with pytest.raises(
        ConfigurationError, match=r"named value b: the secret .*/b could not be read .*: Forbidden: why"
    ):
        desk.require(one)
    assert not desk.waited(200.0)
    desk.wait(one, 200.0)
    desk.take(reading("b", "y"))
    assert desk.waited(200.0)
    desk.require(one)


def test_a_change_is_told_once_and_only_for_what_serves() -> None:
    desk, _ = serving("a")
    assert not desk.take(reading("a", "good"))
    assert desk.take(reading("a", "new"))
    assert not desk.take(reading("a", None))
    assert not desk.take(reading("other", "x"))


def test_a_failure_keeps_value_and_version() -> None:
    desk, one = serving("a")
    assert not desk.take(reading("a", None, "Forbidden", None))
    assert values(desk, one) == ["good"]
    assert statuses(desk) == {"a": ("Forbidden", "1")}


def test_a_value_that_is_given_up_makes_room_for_the_one_before() -> None:
    desk, one = serving("a", "b")
    desk.take(reading("a", "bad", version="2"))
    assert desk.has_news()
    assert desk.give_up(failing()) == ("named value a",)
    assert not desk.has_news()
    assert values(desk, one) == ["good", "good"]
    assert statuses(desk)["a"] == ("InvalidValue", "1")
    (first, _) = desk.document()
    assert "code must be a number" in first["lastStatus"]["message"]
    # The vault is asked again and still has it.
    assert not desk.take(reading("a", None, version="2"))
    desk.take(reading("a", None, "NetworkError", None))
    assert statuses(desk)["a"][0] == "NetworkError"
    desk.take(reading("a", None, version="2"))
    assert statuses(desk)["a"] == ("InvalidValue", "1")
    # A refresh tells it anew, and it may be right by now.
    assert desk.take(reading("a", "bad", version="2"))
    desk.adopt(one)
    assert statuses(desk)["a"] == ("Success", "2")
    assert values(desk, one) == ["bad", "good"]


def test_values_of_what_serves_no_more_are_forgotten() -> None:
    desk, _ = serving("a", "b")
    desk.adopt(configuration("b"))
    assert desk.missing(configuration("a"))
    assert [one["id"] for one in desk.document()] == ["b"]


def test_another_secret_of_the_same_entity_is_another_secret() -> None:
    desk, one = serving("a")
    moved = Configuration(
        "gateway.yaml",
        named_values=(
            NamedValue.model_validate(
                {"id": "a", "keyVault": {"secretIdentifier": "https://elsewhere.test/secrets/a"}}
            ),
        ),
    )
    assert desk.missing(moved)
    assert not desk.missing(one)


def test_what_is_wanted_says_how_to_read_it() -> None:
    settings = {
        "credential": "managedIdentity",
        "refreshInterval": "PT30M",
        "unverifiedHosts": ["*.internal.test"],
    }
    certificate = Certificate.model_validate(
        {
            "id": "c",
            "data": b"",
            "password": "pfx-secret",
            "keyVault": {
                "secretIdentifier": "https://a.internal.test/secrets/c",
                "identityClientId": IDENTITY,
            },
        }
    )
    plain = Configuration(
        "gateway.yaml", gateway=Gateway.model_validate({"keyVault": settings}), certificates=(certificate,)
    )
    (one,) = wanted(plain)
    assert one.access.identity == IDENTITY
    assert (one.interval, one.verify_challenge) == (1800.0, False)
    assert one.password == SecretStr("pfx-secret")
    assert pickle.loads(pickle.dumps(one)) == one
    assert "pfx-secret" not in repr(one)


def test_a_certificate_that_opens_the_vault_goes_with_it_and_is_not_shown() -> None:
    issued = make_ca().issue("gateway", usage="client", kind="rsa")
    settings = {
        "credential": "clientCertificate",
        "tenantId": "t",
        "clientId": "c",
        "clientCertificateId": "opener",
    }
    plain = Configuration(
        "gateway.yaml",
        gateway=Gateway.model_validate({"keyVault": settings}),
        certificates=(Certificate.model_validate({"id": "Opener", "data": issued.pfx()}),),
        named_values=configuration("a").named_values,
    )
    (one,) = wanted(plain)
    shown = read_certificate(one.access.client_certificate or b"")
    assert (shown.thumbprint, shown.has_private_key) == (issued.thumbprint, True)
    assert "PRIVATE KEY" not in repr(one)
