"""What a configuration says about key vaults, held against its entities; nobody asks a vault here."""

from __future__ import annotations

from fastgw.errors import Diagnostics
from fastgw.model import Certificate, Configuration, NamedValue
from fastgw.model.key_vault import TAKES_IDENTITY
from fastgw.snapshot.certificates import Certificates


def check_vaults(configuration: Configuration, certificates: Certificates, diagnostics: Diagnostics) -> None:
    """Report references that lead nowhere, identities nobody asks for, and secrets that were not read."""
    settings = configuration.gateway.key_vault
    if settings.client_certificate_id is not None:
        _check_client_certificate(settings.client_certificate_id, configuration, certificates, diagnostics)
    for section, index, entity in configuration.unread():
        kind = "certificate" if section == "certificates" else "named value"
        diagnostics.warning(
            "it lives in a key vault that is not asked here, so what depends on it is not checked",
            configuration.locate(section, index, "keyVault"),
            f"{kind} {entity.id}",
        )
    if settings.credential in TAKES_IDENTITY:
        return
    sections: tuple[tuple[str, tuple[Certificate | NamedValue, ...]], ...] = (
        ("certificates", configuration.certificates),
        ("namedValues", configuration.named_values),
    )
    for section, entities in sections:
        for index, entity in enumerate(entities):
            if entity.key_vault is not None and entity.key_vault.identity_client_id is not None:
                kind = "certificate" if section == "certificates" else "named value"
                diagnostics.warning(
                    f"gateway.keyVault.credential is {settings.credential}, which asks as itself; "
                    "identityClientId has no effect",
                    configuration.locate(section, index, "keyVault", "identityClientId"),
                    f"{kind} {entity.id}",
                )


def _check_client_certificate(
    reference: str, configuration: Configuration, certificates: Certificates, diagnostics: Diagnostics
) -> None:
    where = configuration.locate("gateway", "keyVault", "clientCertificateId")
    id = reference.rstrip("/").rpartition("/")[2].casefold()
    entity = next((one for one in configuration.certificates if one.id.casefold() == id), None)
    if entity is None:
        diagnostics.error(f"there is no certificate '{reference}'", where, "gateway")
        return
    if entity.key_vault is not None:
        said = "the certificate that opens a key vault cannot live in one; give it `file` or `data`"
        diagnostics.error(said, where, "gateway")
        return
    certificate = certificates.by_id(reference)
    if certificate is not None and not certificate.has_private_key:
        said = "the certificate has no private key; give a PFX, or a PEM file that holds the key as well"
        diagnostics.error(said, where, "gateway")
