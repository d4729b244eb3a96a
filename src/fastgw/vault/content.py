"""What a vault holds -> what the configuration takes: bytes of a certificate file, or a text.

What cannot be used is refused here, so that the value before it stays in use. Must never repeat a value.
"""

from __future__ import annotations

import base64
import binascii

from fastgw.model.named_value import LONGEST_VALUE
from fastgw.tls.certs import CertificateError, read_certificate
from fastgw.tls.servers import make_server_context
from fastgw.vault.records import Kind, SecretError

# What Key Vault writes beside the secret of a certificate (REST API, "Get Secret": contentType).
PKCS12 = "application/x-pkcs12"
PEM = "application/x-pem-file"


def usable(kind: Kind, value: str, content_type: str | None, password: str | None) -> bytes:
    """The bytes that `value` stands for, proved to be of use. Raises SecretError."""
    return _text(value) if kind == "named value" else _certificate(value, content_type, password)


def _text(value: str) -> bytes:
    if not value.strip():
        raise SecretError("InvalidValue", "the secret is blank")
    if len(value) > LONGEST_VALUE:
        raise SecretError("InvalidValue", f"the secret is longer than {LONGEST_VALUE} characters")
    try:
        if "\ufffd" in value:
            # What the library makes of bytes that are no UTF-8.
            raise SecretError("InvalidValue", "the secret is not UTF-8 text")
        return value.encode()
    except UnicodeEncodeError:
        raise SecretError("InvalidValue", "the secret is not Unicode text") from None


def _certificate(value: str, content_type: str | None, password: str | None) -> bytes:
    named = (content_type or "").partition(";")[0].strip().lower()
    # Secrets that people make by hand often have no content type.
    pem = named == PEM or (named != PKCS12 and "-----BEGIN " in value)
    if pem:
        data = value.encode("utf-8", "replace")
    else:
        try:
            data = base64.b64decode("".join(value.split()), validate=True)
        except (binascii.Error, ValueError):
            said = "the secret is neither PEM text nor a PFX in base64"
            raise SecretError("InvalidCertificate", said) from None
    try:
        certificate = read_certificate(data, password)
        if certificate.has_private_key:
            # OpenSSL has the last word on keys and signatures.
            make_server_context(certificate)
    except CertificateError as error:
        raise SecretError("InvalidCertificate", str(error)) from None
    return data
