"""Where a value lives in Azure Key Vault, and how the gateway reads vaults.

Must never ask a vault, and never repeat a value of the author in a message.
"""

from __future__ import annotations

import re
from typing import Annotated, Final, Literal, NamedTuple

from pydantic import AfterValidator, Field, SecretStr, model_validator

from fastgw.model.record import Record, refusal
from fastgw.model.types import Duration, HostName, split_url
from fastgw.model.types import Reference as EntityReference

# Names of secrets and versions (Key Vault REST API, "Get Secret": ^[0-9a-zA-Z-]+$, at most 127 characters).
_PATH: Final = re.compile(r"/(secrets|certificates|keys)/([0-9A-Za-z-]{1,127})(?:/([0-9A-Za-z-]{1,127}))?/?")
_GUID: Final = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
SYSTEM: Final = "system"
"""How an author may write the system-assigned identity, which is what is meant where nothing is written."""


class SecretPlace(NamedTuple):
    """A secret identifier in its parts; `version` is None where the newest is meant."""

    vault: str
    name: str
    version: str | None


def parse_secret_identifier(value: str) -> SecretPlace:
    """The parts of ``https://{vault}/secrets/{name}[/{version}]`` (spec/certificates.md section 2.1).

    Raises ValueError with the reason.
    """
    if value[:8].lower() != "https://":
        raise ValueError("must begin with https://")
    parts = split_url(value)
    found = _PATH.fullmatch(parts.path)
    if found is None or "?" in value:
        raise ValueError("must be https://VAULT/secrets/NAME, perhaps with /VERSION")
    if found[1] != "secrets":
        raise ValueError(f"names one of the {found[1]}; name its secret: https://VAULT/secrets/NAME")
    return SecretPlace(f"https://{parts.netloc}", found[2], found[3])


def check_secret_identifier(value: str) -> str:
    """`value` without a slash at its end when it is a secret identifier; ValueError otherwise."""
    parse_secret_identifier(value)
    return value.rstrip("/")


def check_identity(value: str) -> str:
    """`value` when it is a client id, or `system`; ValueError otherwise."""
    if value.lower() != SYSTEM and not _GUID.fullmatch(value):
        raise ValueError("must be the client id of a user-assigned identity (a GUID), or system")
    return value.lower()


def check_authority(value: str) -> str:
    """`value` when it is an https URL without a path; ValueError otherwise."""
    parts = split_url(value)
    if parts.scheme != "https" or parts.path not in ("", "/") or "?" in value:
        raise ValueError("must be https:// and a host, such as https://login.microsoftonline.us")
    return value.rstrip("/")


class KeyVaultSecret(Record):
    """A secret that a certificate or a named value is taken from (spec/certificates.md section 2.1)."""

    secret_identifier: Annotated[
        str, Field(min_length=1, max_length=2000), AfterValidator(check_secret_identifier)
    ]
    """`https://VAULT/secrets/NAME`; with `/VERSION` behind it, it does not rotate."""

    identity_client_id: Annotated[str, Field(min_length=1), AfterValidator(check_identity)] | None = None
    """The client id of a user-assigned managed identity; the system-assigned one where it is absent."""

    @property
    def place(self) -> SecretPlace:
        """The identifier in its parts."""
        return parse_secret_identifier(self.secret_identifier)

    @property
    def user_assigned(self) -> str | None:
        """The client id of the user-assigned identity, None for the system-assigned one."""
        return None if self.identity_client_id in (None, SYSTEM) else self.identity_client_id


Credential = Literal[
    "auto", "managedIdentity", "environment", "workloadIdentity", "cli", "clientSecret", "clientCertificate"
]
# Credential -> what it needs, and what it may have beside that.
_NEEDED: Final[dict[str, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    "auto": ((), ("authorityHost",)),
    "managedIdentity": ((), ()),
    "environment": ((), ("authorityHost",)),
    "workloadIdentity": ((), ("tenantId", "clientId", "authorityHost")),
    "cli": ((), ("tenantId",)),
    "clientSecret": (("tenantId", "clientId", "clientSecret"), ("authorityHost",)),
    "clientCertificate": (("tenantId", "clientId", "clientCertificateId"), ("authorityHost",)),
}
TAKES_IDENTITY: Final = frozenset({"auto", "managedIdentity", "workloadIdentity"})
"""The credentials that ask for the identity that a reference names."""


class KeyVault(Record):
    """How vaults are read (not in ARM). Times are in seconds."""

    refresh_interval: Duration = 14400.0
    """How long a secret without a version may be older than the vault's."""

    credential: Credential = "auto"
    """Who the gateway is for the vault; auto tries environment, workload identity, managed identity and the
    Azure CLI, in this order."""

    tenant_id: Annotated[str, Field(min_length=1, max_length=253, pattern=r"^[0-9A-Za-z.-]+$")] | None = None
    """The tenant, for the credentials workloadIdentity, cli, clientSecret and clientCertificate."""

    client_id: Annotated[str, Field(min_length=1, max_length=253)] | None = None
    """The application, for the credentials workloadIdentity, clientSecret and clientCertificate."""

    client_secret: Annotated[SecretStr, Field(min_length=1, max_length=4096)] | None = None
    """The secret of the application, for the credential clientSecret."""

    client_certificate_id: EntityReference | None = None
    """The entry of `certificates` that the application shows, for the credential clientCertificate."""

    authority_host: (
        Annotated[str, Field(min_length=1, max_length=300), AfterValidator(check_authority)] | None
    ) = None
    """Who gives tokens where it is not https://login.microsoftonline.com, as in sovereign clouds."""

    unverified_hosts: tuple[HostName, ...] = ()
    """Vaults whose challenge may name a resource of another domain than their own."""

    request_timeout: Duration = 10.0
    """For one answer of a vault, its token included."""

    start_timeout: Duration = 60.0
    """How long values are waited for that are needed and not there, at the start and in a reload."""

    def trusts_challenges_of(self, host: str) -> bool:
        """Whether the vault on `host` may ask for a token of any resource."""
        host = host.lower()
        return any(
            host.endswith(one[1:].lower()) if one.startswith("*.") else host == one.lower()
            for one in self.unverified_hosts
        )

    @model_validator(mode="after")
    def _fits_credential(self) -> KeyVault:
        needed, allowed = _NEEDED[self.credential]
        given = self.model_fields_set
        found: list[tuple[tuple[str, ...], str]] = []
        for name in ("tenant_id", "client_id", "client_secret", "client_certificate_id", "authority_host"):
            written = str(type(self).model_fields[name].alias)
            has = name in given and getattr(self, name) is not None
            if written in needed and not has:
                found.append(((written,), f"is required with the credential {self.credential}"))
            elif has and written not in (*needed, *allowed):
                found.append(((written,), f"is not used with the credential {self.credential}; remove it"))
        if found:
            raise refusal(*found)
        return self
