"""Certificates with their keys, and certificates of authorities, as bytes that nobody has parsed.

Must never show key material or a password in its repr.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field, SecretStr

from fastgw.model.key_vault import KeyVaultSecret
from fastgw.model.record import Record
from fastgw.model.types import Data, Id


class Certificate(Record):
    """A certificate, usually with its key (spec/management-api.md section 14.13)."""

    id: Id
    """The name that hostnames, backends and policies use."""

    data: Data = Field(repr=False)
    """The PFX or CER itself, base64 encoded."""

    password: SecretStr | None = None
    """What the PFX, or the key in a PEM, is encrypted with."""

    file: str | None = Field(default=None, min_length=1)
    """A PFX, PEM or CER file, relative to this file."""

    key_vault: KeyVaultSecret | None = None
    """The secret of a key vault that holds the PFX or PEM."""

    @property
    def is_unread(self) -> bool:
        """Whether it lives in a key vault that nobody has asked yet."""
        return self.key_vault is not None and not self.data


class CaCertificate(Record):
    """A certificate of an authority that the gateway trusts (section 14.1, `certificates[]`)."""

    id: Id
    """The name of the authority."""

    data: Data = Field(repr=False)
    """The certificate itself, base64 encoded."""

    store_name: Literal["Root", "CertificateAuthority"]
    """Root: an anchor of trust. CertificateAuthority: an intermediate, which helps to build chains."""

    file: str | None = Field(default=None, min_length=1)
    """A PEM or CER file, relative to this file."""
