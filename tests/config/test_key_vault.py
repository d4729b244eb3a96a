"""What a file says about key vaults: references, settings, warnings. Nobody asks a vault here."""

from __future__ import annotations

import pytest

from tests.config.conftest import Load

GUID = "0A4D9A40-17f4-4b0e-8d8e-2b1f7b5c0002"


def test_references_are_read_and_nothing_is_there_yet(load_text: Load) -> None:
    configuration, found = load_text(
        f"""
        gateway:
          keyVault: {{refreshInterval: PT30M, unverifiedHosts: [kv.internal.test, "*.vaults.test"]}}
        certificates:
          - {{id: edge, password: x, keyVault: {{secretIdentifier: "https://kv.test/secrets/edge/"}}}}
        namedValues:
          - id: word
            secret: false
            keyVault: {{secretIdentifier: "https://kv.test:444/secrets/word", identityClientId: {GUID}}}
          - {{id: plain, value: x}}
        """
    )
    assert list(found) == []
    (edge,) = configuration.certificates
    word, plain = configuration.named_values
    assert edge.key_vault is not None
    assert edge.key_vault.secret_identifier == "https://kv.test/secrets/edge"
    assert edge.key_vault.user_assigned is None
    assert word.key_vault is not None
    assert tuple(word.key_vault.place) == ("https://kv.test:444", "word", None)
    assert word.key_vault.user_assigned == GUID.lower()
    assert (edge.data, word.value, word.secret, plain.secret) == (b"", "", True, False)
    assert [(section, index) for section, index, _ in configuration.unread()] == [
        ("certificates", 0),
        ("namedValues", 0),
    ]
    settings = configuration.gateway.key_vault
    assert (settings.refresh_interval, settings.credential) == (1800.0, "auto")
    assert settings.trusts_challenges_of("KV.internal.test")
    assert settings.trusts_challenges_of("a.vaults.test")
    assert not settings.trusts_challenges_of("vaults.test")
    assert not settings.trusts_challenges_of("kv.test")


@pytest.mark.parametrize(
    "text",
    [
        "certificates:\n- {id: a, keyVault: {secretIdentifier: 'https://kv.test/secrets/a/0123'}}",
        "namedValues:\n- {id: a, keyVault: {secretIdentifier: 'https://kv.test/secrets/a/0123'}}",
    ],
)
def test_a_version_is_a_warning_at_its_place(load_text: Load, text: str) -> None:
    configuration, found = load_text(text)
    (warning,) = found
    assert warning.severity == "warning"
    assert "names a version, so the secret is not refreshed" in warning.message
    assert warning.position is not None
    assert warning.position.line == 2
    assert len(list(configuration.unread())) == 1


def test_a_client_secret_is_never_shown(load_text: Load) -> None:
    configuration, _ = load_text(
        "gateway: {keyVault: {credential: clientSecret, tenantId: t, clientId: c, clientSecret: '${env:S}'}}",
        {"S": "very-secret"},
    )
    settings = configuration.gateway.key_vault
    assert settings.client_secret is not None
    assert settings.client_secret.get_secret_value() == "very-secret"
    assert "very-secret" not in repr(configuration)
