"""What the master and the process that reads vaults tell each other: plain values, a fork apart.

Must never show a value, a password or a credential in a repr.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal, NamedTuple
from urllib.parse import urlsplit

from pydantic import SecretStr

from fastgw.model.key_vault import Credential, parse_secret_identifier

Kind = Literal["certificate", "named value"]
SUCCESS: Final = "Success"


class Key(NamedTuple):
    """One secret as one entity uses it; what it held before belongs to another key."""

    kind: Kind
    id: str
    secret_identifier: str
    identity_client_id: str | None

    @property
    def entity(self) -> str:
        """The entity as messages call it."""
        return f"{self.kind} {self.id}"

    @property
    def vault(self) -> str:
        """`https://` and the host of the vault, with its port where one is named."""
        return parse_secret_identifier(self.secret_identifier).vault

    @property
    def host(self) -> str:
        """The host of the vault, without its port."""
        return urlsplit(self.vault).hostname or ""


@dataclass(frozen=True, slots=True)
class Access:
    """Who the gateway is for vaults (model.KeyVault), with everything that this needs. Times in seconds.

    `client_certificate` is PEM text with its key; `identity` the client id of a user-assigned identity.
    """

    credential: Credential
    tenant_id: str | None
    client_id: str | None
    client_secret: SecretStr | None
    client_certificate: bytes | None = field(repr=False)
    authority_host: str | None
    identity: str | None
    request_timeout: float


@dataclass(frozen=True, slots=True)
class Wanted:
    """A secret to read, again and again where its identifier names no version."""

    key: Key
    access: Access
    interval: float
    verify_challenge: bool
    password: SecretStr | None = None


@dataclass(frozen=True, slots=True)
class Status:
    """How the last reading of a secret went (spec/certificates.md section 2.1, lastStatus)."""

    code: str
    message: str | None
    time: datetime

    @property
    def ok(self) -> bool:
        """Whether the value was read and is in use."""
        return self.code == SUCCESS

    def document(self) -> dict[str, str | None]:
        """As the contracts have it."""
        stamp = self.time.strftime("%Y-%m-%dT%H:%M:%SZ")
        return {"code": self.code, "message": self.message, "timeStampUtc": stamp}


@dataclass(frozen=True, slots=True)
class Reading:
    """What one reading of a secret gave; `value` is None where it failed or gave what was told before.

    A value is the bytes of a PFX or PEM file, or a text as UTF-8. `version` is what the vault calls it.
    """

    key: Key
    status: Status
    value: bytes | None = field(default=None, repr=False)
    version: str | None = None


class SecretError(Exception):
    """A secret could not be read or used: `code` is what lastStatus says, `retry_after` is in seconds.

    The message never holds a value.
    """

    def __init__(self, code: str, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.retry_after = retry_after
