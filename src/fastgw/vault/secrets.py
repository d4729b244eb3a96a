"""The master's side: which secrets a configuration wants, which values are there, how readings went.

Values live here and in the configurations that are made of them, nowhere else. A value that the gateway
cannot be built with counts as garbage: the one before it stays.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

from fastgw.errors import ConfigurationError, Diagnostic
from fastgw.model import Certificate, Configuration, KeyVaultSecret, NamedValue
from fastgw.model.key_vault import TAKES_IDENTITY
from fastgw.tls.certs import read_certificate, to_pem
from fastgw.vault.records import Access, Key, Reading, Status, Wanted

GIVEN_UP: Final = "InvalidValue"
"""The code of a value that could be read, and that the gateway cannot be built with."""

LIBRARIES: Final = {
    "azure.keyvault.secrets": "azure-keyvault-secrets",
    "azure.identity": "azure-identity",
}


class Secrets:
    """What is known of the secrets of one gateway."""

    def __init__(self) -> None:
        self._values: dict[Key, bytes] = {}
        # Those of the configuration that serves: with them it could be built.
        self._good: dict[Key, bytes] = {}
        self._statuses: dict[Key, Status] = {}
        self._versions: dict[Key, str | None] = {}
        self._good_versions: dict[Key, str | None] = {}
        # The vault has another value than the one that serves, and it cannot be used.
        self._given_up: dict[Key, Status] = {}
        self._served: tuple[Key, ...] = ()

    def take(self, reading: Reading) -> bool:
        """Note what came of a reading; whether a configuration would be another one now."""
        key = reading.key
        changed = reading.value is not None and reading.value != self._values.get(key)
        if reading.value is not None:
            self._values[key] = reading.value
            self._given_up.pop(key, None)
        self._statuses[key] = reading.status
        if reading.status.ok and key in self._given_up:
            # That it could be read again does not make it good.
            self._statuses[key] = self._given_up[key]
        elif reading.status.ok:
            self._versions[key] = reading.version
        return changed

    def fill(self, configuration: Configuration) -> Configuration:
        """The configuration with every value that is there."""
        certificates = [self._filled(one) for one in configuration.certificates]
        values = [self._filled(one) for one in configuration.named_values]
        return replace(configuration, certificates=tuple(certificates), named_values=tuple(values))

    def _filled(self, entity: Any) -> Any:
        key = _key_of(entity)
        value = self._values.get(key) if key is not None else None
        if value is None:
            return entity
        if isinstance(entity, Certificate):
            return entity.model_copy(update={"data": value})
        return entity.model_copy(update={"value": value.decode()})

    def missing(self, configuration: Configuration) -> frozenset[Key]:
        """The secrets that the configuration needs and nobody has read."""
        return frozenset(key for _, _, key in _keys(configuration) if key not in self._values)

    def adopt(self, configuration: Configuration) -> None:
        """`configuration` serves now, with the values that are here; forget those of others."""
        self._served = tuple(key for _, _, key in _keys(configuration))
        kept = set(self._served)
        tables: tuple[dict[Key, Any], ...] = (self._values, self._statuses, self._versions, self._given_up)
        for table in tables:
            for key in [key for key in table if key not in kept]:
                del table[key]
        self._good, self._good_versions = dict(self._values), dict(self._versions)

    def serves(self, key: Key) -> bool:
        """Whether the configuration that serves has this secret."""
        return key in self._good

    def news(self) -> list[Key]:
        """The secrets of the configuration that serves whose values are others now."""
        return [key for key, good in self._good.items() if self._values.get(key, good) != good]

    def reject(self, why: str) -> tuple[str, ...]:
        """Go back to the values that serve; the entities whose new ones are given up. `why` is for status."""
        found = self.news()
        said = f"the gateway cannot be built with it, the value before it stays in use: {why}"
        for key in found:
            self._values[key] = self._good[key]
            self._versions[key] = self._good_versions.get(key)
            self._given_up[key] = self._statuses[key] = Status(GIVEN_UP, said, datetime.now(UTC))
        return tuple(key.entity for key in found)

    def complaints(self, configuration: Configuration, waited: float) -> ConfigurationError:
        """Why `configuration` cannot be served: each secret that is missing, with what the vault said."""
        missing = self.missing(configuration)
        found = []
        for section, index, key in _keys(configuration):
            if key not in missing:
                continue
            status = self._statuses.get(key)
            reason = "no answer" if status is None else f"{status.code}: {status.message}"
            said = f"the secret {key.secret_identifier} could not be read within {waited:g} s: {reason}"
            where = configuration.locate(section, index, "keyVault", "secretIdentifier")
            found.append(Diagnostic("error", said, where, key.entity))
        return ConfigurationError(tuple(found))

    def document(self) -> list[dict[str, Any]]:
        """What `GET /status` says of the secrets that are in use."""
        return [
            {
                "kind": key.kind,
                "id": key.id,
                "secretIdentifier": key.secret_identifier,
                "identityClientId": key.identity_client_id,
                "version": self._versions.get(key),
                "lastStatus": status.document() if (status := self._statuses.get(key)) else None,
            }
            for key in self._served
        ]


def wanted(configuration: Configuration) -> tuple[Wanted, ...]:
    """Every secret of a configuration, with all that reading it needs. Raises CertificateError."""
    found = []
    for _, _, key in _keys(configuration):
        settings = configuration.gateway.key_vault
        takes = settings.credential in TAKES_IDENTITY
        access = Access(
            credential=settings.credential,
            tenant_id=settings.tenant_id,
            client_id=settings.client_id,
            client_secret=settings.client_secret,
            client_certificate=_client_certificate(configuration, settings.client_certificate_id),
            authority_host=settings.authority_host,
            identity=key.identity_client_id if takes else None,
            request_timeout=settings.request_timeout,
        )
        password = next((one.password for one in configuration.certificates if _key_of(one) == key), None)
        verify = not settings.trusts_challenges_of(key.host)
        found.append(Wanted(key, access, settings.refresh_interval, verify, password))
    return tuple(found)


def require_libraries(configuration: Configuration) -> None:
    """Raise ConfigurationError where a library is missing that reading vaults needs."""
    missing = [package for module, package in LIBRARIES.items() if not _is_installed(module)]
    first = next(iter(_keys(configuration)), None)
    if not missing or first is None:
        return
    section, index, key = first
    said = (
        f"reading a key vault needs {' and '.join(missing)}, which this installation lacks; "
        "install them with: pip install 'fastgw[azure]'"
    )
    where = configuration.locate(section, index, "keyVault")
    raise ConfigurationError((Diagnostic("error", said, where, key.entity),))


def _is_installed(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        # The package that it is in.
        return False


def _client_certificate(configuration: Configuration, reference: str | None) -> bytes | None:
    if reference is None:
        return None
    id = reference.rstrip("/").rpartition("/")[2].casefold()
    entity = next(one for one in configuration.certificates if one.id.casefold() == id)
    password = entity.password.get_secret_value() if entity.password is not None else None
    certificate = read_certificate(entity.data, password)
    return to_pem(certificate.chain, certificate.require_private_key())


def _key_of(entity: Certificate | NamedValue) -> Key | None:
    reference: KeyVaultSecret | None = entity.key_vault
    if reference is None:
        return None
    return Key(
        "certificate" if isinstance(entity, Certificate) else "named value",
        entity.id,
        reference.secret_identifier,
        reference.user_assigned,
    )


def _keys(configuration: Configuration) -> Iterator[tuple[str, int, Key]]:
    """Section, index and key of each entity that lives in a key vault."""
    sections: tuple[tuple[str, Iterable[Certificate | NamedValue]], ...] = (
        ("certificates", configuration.certificates),
        ("namedValues", configuration.named_values),
    )
    for section, entities in sections:
        for index, entity in enumerate(entities):
            key = _key_of(entity)
            if key is not None:
                yield section, index, key
