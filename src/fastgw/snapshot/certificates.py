"""Reads the certificates of a configuration and finds them by id, ARM id or thumbprint."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime

from cryptography import x509

from fastgw.errors import Diagnostics
from fastgw.model import CaCertificate, Configuration
from fastgw.model.thumbprint import normalize_thumbprint
from fastgw.tls.certs import (
    Certificate,
    CertificateError,
    read_ca_certificates,
    read_certificate,
)
from fastgw.tls.contexts import TrustStore
from fastgw.tls.peer import describe
from fastgw.tls.servers import make_server_context


class Certificates:
    """The certificates of one configuration; what cannot be read is reported and left out."""

    def __init__(self, configuration: Configuration, diagnostics: Diagnostics) -> None:
        # None: there is such an entry, but it cannot be read, which was reported.
        self._by_id: dict[str, Certificate | None] = {}
        self._by_thumbprint: dict[str, Certificate] = {}
        now = datetime.fromtimestamp(time.time(), UTC)
        for index, entity in enumerate(configuration.certificates):
            name = f"certificate {entity.id}"
            if entity.is_unread:
                # Said in `vaults`.
                self._by_id[entity.id.casefold()] = None
                continue
            place = "file" if entity.key_vault is None else "keyVault"
            password = entity.password.get_secret_value() if entity.password is not None else None
            try:
                certificate = read_certificate(entity.data, password)
            except CertificateError as error:
                key = "password" if error.reason in ("wrong-password", "missing-password") else place
                diagnostics.error(str(error), configuration.locate("certificates", index, key), name)
                self._by_id[entity.id.casefold()] = None
                continue
            if certificate.has_private_key:
                try:
                    make_server_context(certificate)
                except CertificateError as error:
                    diagnostics.error(str(error), configuration.locate("certificates", index, place), name)
            validity = certificate.validity(now)
            if validity != "valid":
                word = "expired" if validity == "expired" else "is not valid yet"
                when = certificate.not_after if validity == "expired" else certificate.not_before
                diagnostics.warning(
                    f"{certificate.subject} ({certificate.thumbprint}) {word} ({when:%Y-%m-%d %H:%M} UTC); "
                    "it is presented all the same",
                    configuration.locate("certificates", index, place),
                    name,
                )
            self._by_id[entity.id.casefold()] = certificate
            same = self._by_thumbprint.get(certificate.thumbprint)
            if same is None or not same.has_private_key:
                self._by_thumbprint[certificate.thumbprint] = certificate

    def warn_of_incomplete(
        self, configuration: Configuration, trust: TrustStore, diagnostics: Diagnostics
    ) -> None:
        """Name each certificate that would be sent without an issuer that peers may lack."""
        for index, entity in enumerate(configuration.certificates):
            certificate = self._by_id.get(entity.id.casefold())
            if certificate is None or not certificate.has_private_key:
                continue
            issuer = trust.missing_issuer(certificate)
            if issuer is not None:
                diagnostics.warning(
                    f"{certificate.subject} ({certificate.thumbprint}) is sent without the issuer at the end "
                    f"of its chain, {issuer}, which is neither in the file nor under caCertificates: if that "
                    "is an intermediate, peers may refuse the certificate; add it to the file, or under "
                    "caCertificates with storeName CertificateAuthority (a root is enough in the file)",
                    configuration.locate("certificates", index, "file"),
                    f"certificate {entity.id}",
                )

    def ids(self) -> tuple[str, ...]:
        """The ids of all entries, case-folded."""
        return tuple(self._by_id)

    def by_id(self, reference: str) -> Certificate | None:
        """By id or by the ARM id that ends in it."""
        return self._by_id.get(_id_of(reference))

    def knows(self, reference: str) -> bool:
        """Whether there is an entry with that id, readable or not."""
        return _id_of(reference) in self._by_id

    def by_thumbprint(self, thumbprint: str) -> Certificate | None:
        """By SHA-1 thumbprint, however it is written; of several the first that has its key."""
        try:
            return self._by_thumbprint.get(normalize_thumbprint(thumbprint))
        except ValueError:
            return None

    def find(self, reference: str) -> Certificate | None:
        """By id, ARM id or thumbprint, in this order."""
        return self.by_id(reference) or self.by_thumbprint(reference)


def _id_of(reference: str) -> str:
    return reference.rstrip("/").rpartition("/")[2].casefold()


def authorities(
    configuration: Configuration, diagnostics: Diagnostics
) -> Iterator[tuple[CaCertificate, tuple[bytes, ...]]]:
    """The CA certificates of the configuration with what they hold (DER): nothing where that was reported."""
    for index, entity in enumerate(configuration.ca_certificates):
        try:
            yield entity, read_ca_certificates(entity.data)
        except CertificateError as error:
            where = configuration.locate("caCertificates", index, "file")
            diagnostics.error(str(error), where, f"CA certificate {entity.id}")
            yield entity, ()


def trust_store(configuration: Configuration, diagnostics: Diagnostics) -> TrustStore:
    """The CA certificates of the configuration, with the roots of the system."""
    roots: list[bytes] = []
    intermediates: list[bytes] = []
    for index, (entity, found) in enumerate(authorities(configuration, diagnostics)):
        (roots if entity.store_name == "Root" else intermediates).extend(found)
        if entity.store_name == "Root":
            _warn_of_no_root(configuration, index, entity.id, found, diagnostics)
    return TrustStore(roots=tuple(roots), intermediates=tuple(intermediates))


def _warn_of_no_root(
    configuration: Configuration, index: int, entity: str, found: tuple[bytes, ...], diagnostics: Diagnostics
) -> None:
    """Say where a Root entry holds a certificate that cannot be an anchor."""
    for der in found:
        certificate = x509.load_der_x509_certificate(der)
        if certificate.subject != certificate.issuer:
            diagnostics.warning(
                f"{describe(der)} is not self-signed, so no chain ends there: it only helps to build chains, "
                "as with storeName CertificateAuthority; add its root with storeName Root",
                configuration.locate("caCertificates", index, "file"),
                f"CA certificate {entity}",
            )
