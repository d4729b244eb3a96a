"""What a secret may hold for a certificate and for a named value, and what is refused without being shown."""

from __future__ import annotations

import base64

import pytest

from fastgw.tls.certs import read_certificate
from fastgw.vault.content import PEM, PKCS12, usable
from fastgw.vault.records import SecretError
from tests.pki import Issued, make_ca


@pytest.fixture(scope="module")
def issued() -> Issued:
    return make_ca("Root").intermediate("Middle").issue("client", usage="client")


def pfx(issued: Issued, password: str | None = None) -> str:
    return base64.b64encode(issued.pfx(password)).decode()


def thumbprint(value: str, content_type: str | None, password: str | None = None) -> str:
    return read_certificate(usable("certificate", value, content_type, password), password).thumbprint


@pytest.mark.parametrize("content_type", [PKCS12, f"{PKCS12}; charset=utf-8", None, "", "text/plain"])
@pytest.mark.parametrize("password", [None, "secret-1"])
def test_a_pfx_in_base64(issued: Issued, content_type: str | None, password: str | None) -> None:
    assert thumbprint(pfx(issued, password), content_type, password) == issued.thumbprint


def test_a_pfx_in_lines_of_base64(issued: Issued) -> None:
    text = base64.encodebytes(issued.pfx()).decode()
    assert "\n" in text.strip()
    assert thumbprint(text, PKCS12) == issued.thumbprint


@pytest.mark.parametrize("content_type", [PEM, PEM.upper(), None])
@pytest.mark.parametrize("password", [None, "secret-1"])
def test_pem_with_chain_and_key(issued: Issued, content_type: str | None, password: str | None) -> None:
    assert thumbprint(issued.bundle(password).decode(), content_type, password) == issued.thumbprint


def test_a_public_certificate_alone(issued: Issued) -> None:
    assert thumbprint(issued.pem.decode(), PEM) == issued.thumbprint


REFUSED = {
    "empty": ("", PKCS12),
    "no-base64": ("not base64!", PKCS12),
    "no-pfx": (base64.b64encode(b"0" * 50).decode(), PKCS12),
    "pem-that-is-none": ("not PEM", PEM),
    "half-a-pem": ("-----BEGIN CERTIFICATE-----\nAAAA", PEM),
    "lone-surrogate": ("\ud800", PKCS12),
}


@pytest.mark.parametrize(("value", "content_type"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_certificate_is_refused(value: str, content_type: str) -> None:
    with pytest.raises(SecretError) as caught:
        usable("certificate", value, content_type, None)
    assert caught.value.code == "InvalidCertificate"


def test_a_pfx_cut_off_anywhere_is_refused(issued: Issued) -> None:
    whole = issued.pfx()
    for length in range(0, len(whole), 97):
        with pytest.raises(SecretError):
            usable("certificate", base64.b64encode(whole[:length]).decode(), PKCS12, None)


def test_a_wrong_password_is_said_and_not_shown(issued: Issued) -> None:
    with pytest.raises(SecretError, match="wrong password") as caught:
        usable("certificate", pfx(issued, "secret-1"), PKCS12, "secret-2")
    assert "secret-" not in caught.value.message


def test_a_key_of_another_certificate_is_refused(issued: Issued) -> None:
    other = make_ca("Other").issue("other")
    with pytest.raises(SecretError, match="belongs to no certificate"):
        usable("certificate", (issued.pem + other.key_pem()).decode(), PEM, None)


def test_a_text_is_taken_as_it_is() -> None:
    assert usable("named value", " @(1 + 1)\n", "anything", None) == b" @(1 + 1)\n"
    assert usable("named value", "\u20ac" * 4096, None, None) == "\u20ac".encode() * 4096


@pytest.mark.parametrize("value", ["", "  \n", "x" * 4097, "\ud800", "bad \ufffd bytes"])
def test_a_text_that_no_named_value_can_have_is_refused(value: str) -> None:
    with pytest.raises(SecretError) as caught:
        usable("named value", value, None, None)
    assert caught.value.code == "InvalidValue"
