"""What a caller has presented: parsed once, when asked for; hostile content is no certificate."""

from __future__ import annotations

import random

import pytest

from fastgw.tls import presented as room
from fastgw.tls.certs import Certificate
from fastgw.tls.presented import MOST_CERTIFICATES, Presented
from tests.pki import make_ca, self_signed


def test_the_record_is_read_when_it_is_first_asked_for_and_once(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = self_signed("caller")
    read: list[bytes] = []
    real = room.make_certificate

    def counted(*args: object) -> Certificate:
        read.append(shown.der)
        return real(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(room, "make_certificate", counted)
    presented = Presented((shown.der,))
    assert read == []
    record = presented.certificate
    assert record is presented.certificate
    assert read == [shown.der]
    assert record is not None
    assert record.thumbprint == shown.thumbprint
    assert not record.has_private_key


def test_the_chain_is_the_one_that_was_sent_also_what_does_not_belong_to_it() -> None:
    shown, other = make_ca().intermediate("One").issue("caller"), make_ca("Else")
    presented = Presented((shown.der, other.der, *(other.der for _ in range(30))))
    assert len(presented.chain) == MOST_CERTIFICATES
    assert presented.certificate is not None
    assert presented.certificate.chain == presented.chain
    assert presented.certificate.leaf == shown.der


def test_what_is_made_of_it_is_made_once() -> None:
    made: list[Certificate] = []

    def make(record: Certificate) -> Certificate:
        made.append(record)
        return record

    presented = Presented((self_signed("caller").der,))
    assert presented.seen_as(make) is presented.seen_as(make)
    assert len(made) == 1
    assert Presented((b"\x30\x00",)).seen_as(make) is None


def test_header_lines_are_made_once_for_a_form() -> None:
    presented = Presented((self_signed("caller").der,))
    assert presented.forwarded("xfcc") is presented.forwarded("xfcc")
    assert presented.forwarded("clientCert").startswith(b"Client-Cert: ")
    assert presented.forwarded("xfcc").startswith(b"X-Forwarded-Client-Cert: ")


# cryptography says so of serial numbers below 1, which the damages make.
@pytest.mark.filterwarnings("ignore:Parsed a serial number")
def test_thousands_of_damaged_certificates_are_read_or_are_none() -> None:
    dice = random.Random(5)
    good = make_ca().issue("caller", "a.test", "b.test", "127.0.0.1").der
    outcomes = set()
    for _ in range(3000):
        damaged = bytearray(good)
        for _ in range(dice.choice((1, 1, 2, 8))):
            damaged[dice.randrange(len(damaged))] = dice.randrange(256)
        if dice.random() < 0.1:
            del damaged[dice.randrange(len(damaged)) :]
        presented = Presented((bytes(damaged),))
        outcomes.add(presented.certificate is None)
        for form in ("xfcc", "clientCert"):
            lines = presented.forwarded(form)  # type: ignore[arg-type]
            assert lines.endswith(b"\r\n")
            assert all(32 <= byte <= 126 for byte in lines.replace(b"\r\n", b""))
            assert lines.count(b"\r\n") == lines.count(b"\n") == lines.count(b"\r") == 1
    assert outcomes == {True, False}
