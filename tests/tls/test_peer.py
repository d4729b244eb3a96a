"""The check of the name that OpenSSL leaves to us, on certificates that are odd."""

from __future__ import annotations

import ssl
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from fastgw.errors import FastgwError
from fastgw.tls.peer import PeerCertificateError, check_name, describe
from tests.pki import NOW, make_key, name, self_signed


def test_a_certificate_that_cannot_be_read_fails_the_check() -> None:
    with pytest.raises(PeerCertificateError) as caught:
        check_name(b"nothing", "a.test")
    assert caught.value.peer_reason == "unreadable"


def test_names_that_cannot_be_decoded_fail_the_check() -> None:
    key = make_key()
    broken = x509.UnrecognizedExtension(x509.SubjectAlternativeName.oid, b"\x30\x03\x82\x01\xff")
    der = (
        x509.CertificateBuilder()
        .subject_name(name("odd"))
        .issuer_name(name("odd"))
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(NOW)
        .not_valid_after(NOW + timedelta(days=1))
        .add_extension(broken, critical=False)
        .sign(key, hashes.SHA256())
        .public_bytes(Encoding.DER)
    )
    with pytest.raises(PeerCertificateError) as caught:
        check_name(der, "a.test")
    assert caught.value.peer_reason == "unreadable"


def test_a_certificate_of_an_unknown_version_fails_the_check_and_is_described_all_the_same() -> None:
    der = self_signed("x", "a.test").der.replace(b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01\x07", 1)
    with pytest.raises(PeerCertificateError) as caught:
        check_name(der, "a.test")
    assert caught.value.peer_reason == "unreadable"
    assert describe(der).startswith("subject unreadable, thumbprint ")


def test_an_address_written_as_a_name_does_not_match() -> None:
    issued = self_signed("x", "localhost")
    with pytest.raises(PeerCertificateError, match=r"not for 127\.0\.0\.1"):
        check_name(issued.der, "127.0.0.1")


def test_the_error_is_one_of_ours_and_one_of_ssl() -> None:
    error = PeerCertificateError("name", "the certificate is not for a.test")
    assert isinstance(error, FastgwError)
    assert isinstance(error, ssl.SSLError)
    assert str(error) == "the certificate is not for a.test"


def test_a_certificate_is_described_by_subject_and_thumbprint() -> None:
    issued = self_signed("x", "a.test")
    assert describe(issued.der) == f"CN=x, O=Example, C=NL, thumbprint {issued.thumbprint}"
    assert describe(b"nothing").startswith("subject unreadable, thumbprint ")
