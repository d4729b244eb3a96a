"""Reads the certificates of a configuration and finds them by id, ARM id or thumbprint."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime

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
            password = entity.password.get_secret_value() if entity.password is not None else None
            try:
                certificate = read_certificate(entity.data, password)
            except CertificateError as error:
                key = "password" if error.reason in ("wrong-password", "missing-password") else "file"
                diagnostics.error(str(error), configuration.locate("certificates", index, key), name)
                self._by_id[entity.id.casefold()] = None
                continue
            if certificate.has_private_key:
                try:
                    make_server_context(certificate)
                except CertificateError as error:
                    diagnostics.error(str(error), configuration.locate("certificates", index, "file"), name)
            validity = certificate.validity(now)
            if validity != "valid":
                word = "expired" if validity == "expired" else "is not valid yet"
                when = certificate.not_after if validity == "expired" else certificate.not_before
                diagnostics.warning(
                    f"{certificate.subject} ({certificate.thumbprint}) {word} ({when:%Y-%m-%d %H:%M} UTC); "
                    "it is presented all the same",
                    configuration.locate("certificates", index, "file"),
                    name,
                )
            self._by_id[entity.id.casefold()] = certificate
            same = self._by_thumbprint.get(certificate.thumbprint)
            if same is None or not same.has_private_key:
                self._by_thumbprint[certificate.thumbprint] = certificate

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
    for entity, found in authorities(configuration, diagnostics):
        (roots if entity.store_name == "Root" else intermediates).extend(found)
    return TrustStore(roots=tuple(roots), intermediates=tuple(intermediates))
