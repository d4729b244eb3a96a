"""How the certificate of a server is judged that the gateway calls.

Must never judge one: these are the author's wishes, `tls` carries them out.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from fastgw.model.record import Record
from fastgw.model.thumbprint import Thumbprint
from fastgw.model.types import FieldText, Flag


class X509CertificateName(Record):
    """A certificate by its common name, and by who has issued it (spec/management-api.md section 14.12)."""

    name: Annotated[FieldText, Field(min_length=1, max_length=300)]
    """The common name of the server's certificate."""

    issuer_certificate_thumbprint: Thumbprint | None = None
    """The SHA-1 thumbprint of its issuer."""


class BackendTls(Record):
    """How the backend's certificate is judged. The two flags are independent of each other."""

    validate_certificate_chain: Flag = True
    """Whether the chain must lead to an authority that is trusted."""

    validate_certificate_name: Flag = True
    """Whether the certificate must name the host of the URL."""

    server_certificate_thumbprints: tuple[Thumbprint, ...] = ()
    """Certificates that the server may show, by SHA-1 thumbprint."""

    server_x509_names: tuple[X509CertificateName, ...] = ()
    """Certificates that the server may show, by name and issuer."""
