"""A list counts only where it is its issuer's, in force, and about the certificate that is looked up."""

from __future__ import annotations

import random
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from fastgw.tls import der as asn1
from fastgw.tls.trust import crl
from fastgw.tls.trust.crl import RevocationError, read_list
from fastgw.tls.trust.facts import read_facts
from tests.tls.trust.lists import make_list, named_at, point
from tests.tls.trust.made import DAY, NOW, UNKNOWN_OID, Made, key, make

URL = "http://lists.example.test/root.crl"
CA = make("Root", ca=True)
ISSUER = read_facts(CA.der)
GONE = make("gone", CA, serial=0x1234567890, more=named_at(URL))
GOOD = make("good", CA, serial=0x77, more=named_at(URL))
BELOW = make("Below", CA, ca=True, serial=0x88, more=named_at(URL))
COMPROMISED = (0x1234567890, x509.ReasonFlags.key_compromise)


@pytest.mark.parametrize("label", ["ec:Root", "rsa2048", "p384", "ed25519"])
def test_a_list_says_who_is_revoked_and_why(label: str) -> None:
    ca = make("Root", ca=True, label=label)
    found = read_list(make_list(ca, [COMPROMISED, (5, None)]), read_facts(ca.der), NOW)
    revoked = found.look_up(GONE.certificate.serial_number)
    assert revoked is not None
    assert (revoked.at, revoked.reason) == (NOW - 2 * DAY, "keyCompromise")
    without_reason = found.look_up(5)
    assert without_reason is not None
    assert without_reason.reason == ""
    assert found.look_up(GOOD.certificate.serial_number) is None
    assert (found.this_update, found.next_update) == (NOW - DAY, NOW + 7 * DAY)


@pytest.mark.parametrize("serial", [1, 127, 128, 255, 256, 2**63, 2**159 - 1])
def test_serial_numbers_of_every_length_are_found(serial: int) -> None:
    found = read_list(make_list(CA, [(serial, None)]), ISSUER, NOW)
    assert found.look_up(serial) is not None
    assert found.look_up(serial + 1) is None


def test_an_empty_list_revokes_nobody() -> None:
    assert read_list(make_list(CA), ISSUER, NOW).look_up(1) is None


def test_bytes_that_only_look_like_an_entry_are_none() -> None:
    """The reason of another entry holds the number that is looked up: 02 01 05 within an invalidity date."""
    entry = (
        x509.RevokedCertificateBuilder()
        .serial_number(9)
        .revocation_date(NOW - DAY)
        .add_extension(x509.UnrecognizedExtension(UNKNOWN_OID, b"\x02\x01\x05"), False)
        .build()
    )
    builder = x509.CertificateRevocationListBuilder().issuer_name(CA.certificate.subject)
    built = builder.last_update(NOW - DAY).next_update(NOW + DAY).add_revoked_certificate(entry)

    data = built.sign(CA.key, hashes.SHA256()).public_bytes(Encoding.DER)
    found = read_list(data, ISSUER, NOW)
    assert found.look_up(5) is None
    assert found.look_up(9) is not None


QUIET = make("Root", ca=True, label="ec:Root", usages=("key_cert_sign",))
SIGNER = make("Root", ca=True, label="ec:Root", usages=("crl_sign",))

REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "another-ca": (lambda: make_list(make("Other", ca=True)), "another CA"),
    "another-key": (lambda: make_list(CA, signer=key("ec:nobody")), "not its CA's"),
    "out-of-date": (lambda: make_list(CA, days=(-9, -1)), "out of date since"),
    "from-the-future": (lambda: make_list(CA, days=(1, 9)), "not valid before"),
    "delta": (lambda: make_list(CA, more=[(x509.DeltaCRLIndicator(1), True)]), "delta"),
    "indirect": (lambda: make_list(CA, more=[point(URL, indirect_crl=True)]), "indirect"),
    "attributes": (lambda: make_list(CA, more=[point(only_contains_attribute_certs=True)]), "attribute"),
    "some-reasons": (
        lambda: make_list(
            CA, more=[point(URL, only_some_reasons=frozenset([x509.ReasonFlags.key_compromise]))]
        ),
        "some reasons",
    ),
    "relative-name": (
        lambda: make_list(
            CA,
            more=[
                point(
                    relative_name=x509.RelativeDistinguishedName(
                        [x509.NameAttribute(x509.oid.NameOID.COMMON_NAME, "x")]
                    )
                )
            ],
        ),
        "not followed",
    ),
    "unknown-critical": (
        lambda: make_list(CA, more=[(x509.UnrecognizedExtension(UNKNOWN_OID, b"\x05\x00"), True)]),
        "critical extension",
    ),
    "empty": (lambda: b"", "cannot be read"),
    "not-der": (lambda: b"<html>", "cannot be read"),
    "a-certificate": (lambda: CA.der, "cannot be read"),
    "behind-the-end": (lambda: make_list(CA) + b"\x00", "cannot be read"),
}


@pytest.mark.parametrize(("made", "said"), REFUSED.values(), ids=REFUSED)
def test_what_decides_nothing_is_refused(made: Callable[[], bytes], said: str) -> None:
    with pytest.raises(RevocationError, match=said):
        read_list(made(), ISSUER, NOW)


def test_a_ca_that_may_not_sign_lists() -> None:
    with pytest.raises(RevocationError, match="cRLSign"):
        read_list(make_list(QUIET), read_facts(QUIET.der), NOW)
    assert read_list(make_list(SIGNER), read_facts(SIGNER.der), NOW)


def test_a_clock_may_be_a_little_off() -> None:
    minutes = DAY / 1440
    data = make_list(CA, days=(0, 1))
    assert read_list(data, ISSUER, NOW - 4 * minutes)
    assert read_list(data, ISSUER, NOW + DAY + 4 * minutes)
    for late in (NOW - 6 * minutes, NOW + DAY + 6 * minutes):
        with pytest.raises(RevocationError):
            read_list(data, ISSUER, late)


SCOPES: dict[str, tuple[dict[str, Any] | None, Made, str]] = {
    "no-scope": (None, GOOD, ""),
    "its-point": ({"url": URL}, GOOD, ""),
    "another-point": ({"url": "http://lists.example.test/2"}, GOOD, "another distribution point"),
    "users-for-a-leaf": ({"only_contains_user_certs": True}, GOOD, ""),
    "users-for-a-ca": ({"only_contains_user_certs": True}, BELOW, "end entities only"),
    "cas-for-a-ca": ({"only_contains_ca_certs": True}, BELOW, ""),
    "cas-for-a-leaf": ({"only_contains_ca_certs": True}, GOOD, "CAs only"),
}


@pytest.mark.parametrize(("scope", "made", "said"), SCOPES.values(), ids=SCOPES)
def test_a_list_is_for_what_it_says(scope: dict[str, Any] | None, made: Made, said: str) -> None:
    found = read_list(make_list(CA, more=[] if scope is None else [point(**scope)]), ISSUER, NOW)
    if said:
        with pytest.raises(RevocationError, match=said):
            found.covers(read_facts(made.der), [URL])
    else:
        found.covers(read_facts(made.der), [URL])


def test_openssl_takes_the_lists_for_what_they_are(tmp_path: Path) -> None:
    """So that the tests do not only agree with themselves."""
    (tmp_path / "root.pem").write_bytes(CA.pem)
    parsed = x509.load_der_x509_crl(make_list(CA, [COMPROMISED], more=[point(URL)]))
    (tmp_path / "list.pem").write_bytes(parsed.public_bytes(Encoding.PEM))
    for made, expected in ((GOOD, 0), (GONE, 2)):
        (tmp_path / "leaf.pem").write_bytes(made.pem)
        done = subprocess.run(
            ["openssl", "verify", "-CAfile", "root.pem", "-crl_check", "-CRLfile", "list.pem", "leaf.pem"],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        assert done.returncode == expected, done.stderr
        assert expected == 0 or "certificate revoked" in done.stderr


def test_a_list_of_many_entries_is_read_fast() -> None:
    """100,000 entries: their bytes are made here, as no library makes them in a reasonable time."""
    data = large_list(100_000)
    assert len(data) > 3_000_000
    began = time.process_time()
    found = read_list(data, ISSUER, NOW)
    assert found.look_up(GOOD.certificate.serial_number) is None
    assert time.process_time() - began < 0.5
    for number in (0, 1, 7_000, 7_001, 7_490, 50_000, 99_999):
        assert found.look_up(2**80 + number) is not None
    assert found.look_up(2**80 + 100_000) is None


def test_an_entry_is_found_wherever_it_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where the parts that are searched one after the other meet."""
    monkeypatch.setattr(crl, "_PART", 7)
    found = read_list(make_list(CA, [(2**80 + number, None) for number in range(20)]), ISSUER, NOW)
    for number in range(20):
        assert found.look_up(2**80 + number) is not None
    assert found.look_up(2**80 + 20) is None


def large_list(count: int) -> bytes:

    small = make_list(CA, [(2**80, None)])
    parts = asn1.signed_parts(small)
    entry_at = small.index(asn1.encode(0x02, (2**80).to_bytes(11, "big"))) - 2
    length = small[entry_at + 1] + 2
    one = small[entry_at : entry_at + length]
    entries = b"".join(
        one.replace((2**80).to_bytes(11, "big"), (2**80 + number).to_bytes(11, "big"))
        for number in range(count)
    )
    children = list(asn1.children(small, parts.body))
    rebuilt = [
        asn1.encode(0x30, entries)
        if child.tag == 0x30 and child.start < entry_at < child.end
        else small[child.start : child.end]
        for child in children
    ]
    body = asn1.encode(0x30, b"".join(rebuilt))
    signature = CA.key.sign(body, ec.ECDSA(hashes.SHA256()))
    algorithm = small[parts.algorithm.start : parts.algorithm.end]
    return asn1.encode(0x30, body + algorithm + asn1.encode(0x03, b"\x00" + signature))


@pytest.mark.filterwarnings("ignore")
def test_mutated_lists_are_refused_or_the_same() -> None:
    data = make_list(CA, [COMPROMISED], more=[point(URL)])
    chance = random.Random(3)
    for _ in range(5000):
        mutated = bytearray(data)
        at = chance.randrange(len(mutated))
        if chance.random() < 0.8:
            mutated[at] ^= 1 << chance.randrange(8)
        else:
            del mutated[at : at + chance.randrange(1, 9)]
        with pytest.raises(RevocationError):
            read_list(bytes(mutated), ISSUER, NOW)
