"""Reading PFX, PEM and DER."""

from __future__ import annotations

import itertools
import pickle
import ssl
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import dsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from fastgw.errors import FastgwError
from fastgw.tls.certs import (
    Certificate,
    CertificateError,
    missing_issuer,
    read_ca_certificates,
    read_certificate,
)
from tests.pki import DAY, NOW, Ca, Issued, key_pem, make_ca, make_key, self_signed


@pytest.fixture(scope="module")
def leaf(middle: Ca) -> Issued:
    return middle.issue("client", "client.example.test", usage="client")


def reason_of(data: bytes, password: str | None = None) -> str:
    with pytest.raises(CertificateError) as caught:
        read_certificate(data, password)
    assert isinstance(caught.value, FastgwError)
    assert isinstance(caught.value, ValueError)
    assert "secret" not in str(caught.value)
    assert "BEGIN" not in str(caught.value)
    return caught.value.reason


def test_a_pfx_gives_leaf_chain_and_key(leaf: Issued, middle: Ca, root: Ca) -> None:
    certificate = read_certificate(leaf.pfx("secret"), "secret")
    assert certificate.thumbprint == leaf.thumbprint
    assert certificate.subject == "CN=client, O=Example, C=NL"
    assert certificate.issuer == "CN=Test Intermediate, O=Example, C=NL"
    assert int(certificate.serial, 16) == leaf.certificate.serial_number
    assert certificate.chain == (leaf.der, middle.der)
    assert certificate.leaf == leaf.der
    assert certificate.has_private_key
    assert certificate.load() == leaf.certificate


@pytest.mark.parametrize("encryption", ["aes", "3des"])
@pytest.mark.parametrize("kind", ["ec", "rsa"])
def test_pfx_encryptions_of_today_and_of_old_are_read(middle: Ca, kind: str, encryption: str) -> None:
    issued = middle.issue("client", kind=kind)  # type: ignore[arg-type]
    data = issued.pfx("secret", encryption=encryption)  # type: ignore[arg-type]
    assert read_certificate(data, "secret").thumbprint == issued.thumbprint


def test_a_pfx_with_rc2_as_old_windows_writes_it_is_read(leaf: Issued, tmp_path: Path) -> None:
    pem = tmp_path / "in.pem"
    pem.write_bytes(leaf.bundle())
    made = subprocess.run(
        ["openssl", "pkcs12", "-export", "-legacy", "-in", pem, "-passout", "pass:secret"],
        capture_output=True,
        check=True,
    )
    assert read_certificate(made.stdout, "secret").thumbprint == leaf.thumbprint


def test_a_password_may_hold_any_character(leaf: Issued) -> None:
    assert read_certificate(leaf.pfx("pä ss€"), "pä ss€").thumbprint == leaf.thumbprint


@pytest.mark.parametrize("password", [None, ""])
def test_an_empty_password_and_none_are_the_same(leaf: Issued, tmp_path: Path, password: str | None) -> None:
    assert read_certificate(leaf.pfx(None), password).has_private_key
    pem = tmp_path / "in.pem"
    pem.write_bytes(leaf.bundle())
    made = subprocess.run(
        ["openssl", "pkcs12", "-export", "-in", pem, "-passout", "pass:"], capture_output=True, check=True
    )
    assert read_certificate(made.stdout, password).has_private_key


def test_a_wrong_password_of_a_pfx_is_told_from_a_missing_one(leaf: Issued) -> None:
    data = leaf.pfx("secret")
    assert reason_of(data, "secret-not") == "wrong-password"
    assert reason_of(data) == "missing-password"
    assert reason_of(data, "") == "missing-password"
    assert reason_of(leaf.pfx(None), "secret") == "wrong-password"


def test_the_leaf_of_a_pfx_is_the_one_with_the_key(leaf: Issued, middle: Ca, root: Ca) -> None:
    stranger = self_signed("stranger", "stranger.test")
    data = leaf.pfx("secret", others=(root.certificate, stranger.certificate, middle.certificate))
    assert read_certificate(data, "secret").chain == (leaf.der, middle.der)


def test_a_pfx_without_a_key_is_a_public_entry(leaf: Issued) -> None:
    certificate = read_certificate(leaf.pfx("secret", with_key=False), "secret")
    assert certificate.thumbprint == leaf.thumbprint
    assert not certificate.has_private_key
    with pytest.raises(CertificateError, match="no private key") as caught:
        certificate.require_private_key()
    assert caught.value.reason == "no-private-key"


def test_pem_blocks_may_come_in_any_order(leaf: Issued, middle: Ca, root: Ca) -> None:
    for blocks in itertools.permutations([leaf.pem, middle.pem, root.pem, leaf.key_pem()]):
        certificate = read_certificate(b"notes of a human\n".join(blocks))
        assert certificate.chain == (leaf.der, middle.der)
        assert certificate.has_private_key


def test_a_certificate_in_the_file_twice_counts_once(leaf: Issued, middle: Ca) -> None:
    certificate = read_certificate(leaf.pem * 2 + middle.pem * 2 + leaf.key_pem())
    assert certificate.chain == (leaf.der, middle.der)


def test_public_pem_without_key_finds_the_leaf_by_itself(leaf: Issued, middle: Ca, root: Ca) -> None:
    certificate = read_certificate(root.pem + middle.pem + leaf.pem)
    assert certificate.chain == (leaf.der, middle.der)
    assert not certificate.has_private_key


def test_a_der_file_is_a_public_entry(leaf: Issued) -> None:
    certificate = read_certificate(leaf.der)
    assert certificate.chain == (leaf.der,)
    assert not certificate.has_private_key


def test_a_self_signed_leaf_is_kept_though_roots_are_dropped() -> None:
    issued = self_signed("alone", "alone.test")
    assert read_certificate(issued.bundle()).chain == (issued.der,)


def test_an_issuer_of_the_same_name_but_another_key_is_not_in_the_chain(
    leaf: Issued, middle: Ca, root: Ca
) -> None:
    impostor = root.intermediate("Test Intermediate")
    certificate = read_certificate(impostor.pem + middle.pem + leaf.bundle())
    assert certificate.chain == (leaf.der, middle.der)


@pytest.mark.parametrize("kind", ["ec", "rsa"])
@pytest.mark.parametrize("traditional", [False, True])
def test_encrypted_pem_keys_need_their_password(middle: Ca, kind: str, traditional: bool) -> None:
    issued = middle.issue("client", kind=kind)  # type: ignore[arg-type]
    data = issued.pem + issued.key_pem("secret", traditional=traditional)
    assert read_certificate(data, "secret").has_private_key
    assert reason_of(data) == "missing-password"
    assert reason_of(data, "secret-not") == "wrong-password"


def test_a_password_is_not_needed_for_a_plain_pem_key(leaf: Issued) -> None:
    assert read_certificate(leaf.bundle(), "secret").has_private_key


def test_ec_parameters_beside_the_key_are_allowed(leaf: Issued) -> None:
    parameters = b"-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n"
    assert read_certificate(leaf.pem + parameters + leaf.key_pem(traditional=True)).has_private_key


def test_the_leaf_is_the_certificate_that_one_of_several_keys_belongs_to(leaf: Issued, middle: Ca) -> None:
    data = key_pem(make_key()) + middle.pem + leaf.pem + leaf.key_pem()
    assert read_certificate(data).thumbprint == leaf.thumbprint


def test_a_key_of_another_certificate_is_refused(leaf: Issued) -> None:
    assert reason_of(leaf.pem + key_pem(make_key())) == "key-mismatch"


def test_files_that_are_something_else_are_refused(leaf: Issued) -> None:
    dsa_key = dsa.generate_private_key(2048).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    assert reason_of(b"") == "empty"
    assert reason_of(b" \r\n") == "empty"
    assert reason_of(b"secret") == "format"
    assert reason_of(leaf.der[:-10]) == "format"
    assert reason_of(leaf.pem[:-30]) == "format"
    assert reason_of(leaf.pem.replace(b"MII", b"!!!")) == "format"
    later = leaf.der.replace(b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01\x07", 1)  # an unknown version
    assert reason_of(later) == reason_of(ssl.DER_cert_to_PEM_cert(later).encode()) == "format"
    assert reason_of(leaf.pem + b"-----BEGIN PKCS7-----\nAAAA\n-----END PKCS7-----\n") == "format"
    assert reason_of(leaf.pem + leaf.key_pem()[:60] + b"\n-----END PRIVATE KEY-----\n") == "format"
    assert reason_of(leaf.key_pem()) == "no-certificate"
    assert reason_of(leaf.pem + dsa_key) == "unsupported-key"
    assert reason_of(leaf.pfx("secret")[:200], "secret") == "wrong-password"


def test_the_key_never_shows(leaf: Issued) -> None:
    certificate = read_certificate(leaf.bundle())
    key = certificate.require_private_key()
    assert repr(key) == str(key) == f"{key}" == "<private key>"
    assert "key" not in repr(certificate)
    assert len(repr(certificate)) < 600


def test_a_record_survives_pickling(leaf: Issued) -> None:
    certificate = read_certificate(leaf.bundle())
    again: Certificate = pickle.loads(pickle.dumps(certificate))
    assert again == certificate
    assert repr(again.private_key) == "<private key>"
    error = pickle.loads(pickle.dumps(CertificateError("empty", "the file is empty")))
    assert (error.reason, str(error)) == ("empty", "the file is empty")


def test_validity_is_a_question_about_a_given_time(middle: Ca) -> None:
    certificate = read_certificate(middle.issue("x", not_before=NOW, not_after=NOW + DAY).der)
    assert certificate.validity(NOW - DAY) == "not-yet-valid"
    assert certificate.validity(NOW) == "valid"
    assert certificate.validity(NOW + DAY) == "valid"
    assert certificate.validity(NOW + 2 * DAY) == "expired"


def test_an_expired_certificate_is_read_all_the_same(middle: Ca) -> None:
    assert read_certificate(middle.issue_expired("old").bundle()).validity(NOW) == "expired"


def test_ca_files_may_hold_several_certificates_and_keep_their_roots(middle: Ca, root: Ca) -> None:
    assert read_ca_certificates(root.pem + middle.pem) == (root.der, middle.der)
    assert read_ca_certificates(root.der) == (root.der,)
    with pytest.raises(CertificateError):
        read_ca_certificates(root.key_pem())


def test_roots_that_came_along_are_kept_but_not_sent(middle: Ca, root: Ca) -> None:
    issued = middle.issue("x")
    certificate = read_certificate(issued.bundle())
    assert certificate.chain == (issued.der, middle.der)
    assert certificate.roots == (root.der,)
    assert read_certificate(issued.pfx("p"), "p").roots == (root.der,)
    assert read_certificate(root.pem).roots == ()


def test_the_issuer_that_a_chain_lacks(middle: Ca, root: Ca) -> None:
    leaf = middle.issue("x").der
    assert missing_issuer((leaf,), (root.der,)) == middle.certificate.subject
    assert missing_issuer((leaf, middle.der), ()) == root.certificate.subject
    assert missing_issuer((leaf, middle.der), (middle.der, root.der)) is None
    assert missing_issuer((root.der,), ()) is None
    namesake = make_ca("Test Root")
    assert namesake.certificate.subject == root.certificate.subject
    assert missing_issuer((leaf, middle.der), (namesake.der,)) == root.certificate.subject
