"""An answer counts only where it is to the question, signed by whom the issuer has named, and fresh."""

from __future__ import annotations

import random
from datetime import datetime
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ed448, ed25519
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from fastgw.tls.trust.crl import RevocationError
from fastgw.tls.trust.facts import read_facts
from fastgw.tls.trust.ocsp import MAX_RESPONSE_SIZE, Answer, make_request, read_answer
from tests.tls.trust.made import ANY, CLIENT, DAY, NOW, UNKNOWN_OID, Made, make

CA = make("Root", ca=True)
LEAF = make("leaf", CA)
OTHER = make("other", CA)
NONCE = b"n" * 32
SIGNING = ExtendedKeyUsageOID.OCSP_SIGNING
RESPONDER = make("Responder", CA, extended=[SIGNING])
STATUS = {
    "good": ocsp.OCSPCertStatus.GOOD,
    "revoked": ocsp.OCSPCertStatus.REVOKED,
    "unknown": ocsp.OCSPCertStatus.UNKNOWN,
}
Days = tuple[float, float | None]


def answered(
    status: str = "good",
    *,
    about: Made = LEAF,
    issuer: Made = CA,
    by: Made = CA,
    sent: tuple[Made, ...] = (),
    nonce: bytes | None = NONCE,
    days: Days = (-0.5, 1),
    digest: Any = None,
    by_hash: bool = False,
    reason: x509.ReasonFlags | None = x509.ReasonFlags.superseded,
    more: tuple[tuple[x509.ExtensionType, bool], ...] = (),
) -> bytes:
    revoked = status == "revoked"
    builder = ocsp.OCSPResponseBuilder().add_response(
        cert=about.certificate,
        issuer=issuer.certificate,
        algorithm=digest or hashes.SHA1(),
        cert_status=STATUS[status],
        this_update=NOW + days[0] * DAY,
        next_update=None if days[1] is None else NOW + days[1] * DAY,
        revocation_time=NOW - 3 * DAY if revoked else None,
        revocation_reason=reason if revoked else None,
    )
    encoding = ocsp.OCSPResponderEncoding.HASH if by_hash else ocsp.OCSPResponderEncoding.NAME
    builder = builder.responder_id(encoding, by.certificate)
    if sent:
        builder = builder.certificates([made.certificate for made in sent])
    if nonce is not None:
        builder = builder.add_extension(x509.OCSPNonce(nonce), False)
    for extension, critical in more:
        builder = builder.add_extension(extension, critical)
    edwards = isinstance(by.key, ed448.Ed448PrivateKey | ed25519.Ed25519PrivateKey)
    return builder.sign(by.key, None if edwards else hashes.SHA256()).public_bytes(Encoding.DER)


def read(data: bytes, now: datetime = NOW) -> Answer:
    return read_answer(data, read_facts(LEAF.der), read_facts(CA.der), NONCE, now)


def test_the_question_names_certificate_issuer_and_nonce() -> None:
    asked = ocsp.load_der_ocsp_request(make_request(read_facts(LEAF.der), read_facts(CA.der), NONCE))
    assert asked.serial_number == LEAF.certificate.serial_number
    nonce = asked.extensions.get_extension_for_class(x509.OCSPNonce).value
    assert nonce.nonce == NONCE


ACCEPTED: dict[str, dict[str, Any]] = {
    "by-the-issuer": {},
    "named-by-its-key": {"by_hash": True},
    "certid-of-sha256": {"digest": hashes.SHA256()},
    "delegated": {"by": RESPONDER, "sent": (RESPONDER,)},
    "delegated-by-its-key": {"by": RESPONDER, "sent": (RESPONDER,), "by_hash": True},
    "delegated-among-others": {"by": RESPONDER, "sent": (OTHER, RESPONDER)},
    "made-in-advance": {"nonce": None},
    "no-end-but-the-nonce": {"days": (-0.5, None)},
    "no-end-and-just-made": {"nonce": None, "days": (-0.01, None)},
    "unknown-extension": {"more": ((x509.UnrecognizedExtension(UNKNOWN_OID, b"\x05\x00"), False),)},
}


@pytest.mark.parametrize("options", ACCEPTED.values(), ids=ACCEPTED)
def test_answers_that_count(options: dict[str, Any]) -> None:
    good = read(answered(**options))
    assert good.revoked is None
    end = options.get("days", (-0.5, 1))[1]
    assert good.until == (NOW if end is None else NOW + end * DAY)
    revoked = read(answered("revoked", **options)).revoked
    assert revoked is not None
    assert (revoked.at, revoked.reason) == (NOW - 3 * DAY, "superseded")


@pytest.mark.parametrize("label", ["rsa2048", "p384", "ed25519", "ed448"])
def test_every_kind_of_key_may_answer(label: str) -> None:
    ca = make("Root", ca=True, label=label)
    leaf = make("leaf", ca)
    data = answered("revoked", about=leaf, issuer=ca, by=ca)
    revoked = read_answer(data, read_facts(leaf.der), read_facts(ca.der), NONCE, NOW).revoked
    assert revoked is not None
    other = read_facts(make("Root", ca=True, label=f"{label}:other").der)
    with pytest.raises(RevocationError):
        read_answer(data, read_facts(leaf.der), other, NONCE, NOW)


def test_a_reason_need_not_be_there() -> None:
    revoked = read(answered("revoked", reason=None)).revoked
    assert revoked is not None
    assert revoked.reason == ""


NOBODY = make("Root", ca=True, label="ec:nobody")
OTHER_KEY = make("Responder", CA, extended=[SIGNING], label="ec:another responder")
NO_USAGE = make("Responder", CA)
ANY_USAGE = make("Responder", CA, extended=[ANY])
CLIENT_USAGE = make("Responder", CA, extended=[CLIENT])
OTHER_CA = make("Responder", make("Other", ca=True), extended=[SIGNING])
NAMESAKE_CA = make("Responder", NOBODY, extended=[SIGNING])
EXPIRED = make("Responder", CA, extended=[SIGNING], days=(-9, -1))
NO_SIGNATURES = make("Responder", CA, extended=[SIGNING], usages=("key_agreement",))
CRITICAL = make(
    "Responder", CA, extended=[SIGNING], more=[(x509.UnrecognizedExtension(UNKNOWN_OID, b"\x05\x00"), True)]
)
SHORT = make("Responder", CA, extended=[SIGNING], label="rsa1024")

REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "about-another": ({"about": OTHER}, "another certificate"),
    "of-another-issuer": ({"issuer": NOBODY, "digest": hashes.SHA256()}, "another certificate"),
    "unknown": ({"status": "unknown"}, "does not know"),
    "another-nonce": ({"nonce": b"m" * 32}, "another question"),
    "another-key": ({"by": NOBODY}, "not its responder's"),
    "out-of-date": ({"days": (-3, -1)}, "out of date"),
    "from-the-future": ({"days": (1, 2)}, "not valid before"),
    "old-and-endless": ({"nonce": None, "days": (-0.5, None)}, "is old"),
    "responder-is-not-there": ({"by": RESPONDER}, "not there"),
    "responder-without-usage": ({"by": NO_USAGE, "sent": (NO_USAGE,)}, "OCSPSigning"),
    "responder-with-any-usage": ({"by": ANY_USAGE, "sent": (ANY_USAGE,)}, "OCSPSigning"),
    "responder-with-another-usage": ({"by": CLIENT_USAGE, "sent": (CLIENT_USAGE,)}, "OCSPSigning"),
    "responder-of-another-ca": ({"by": OTHER_CA, "sent": (OTHER_CA,)}, "another CA"),
    "responder-of-a-namesake": ({"by": NAMESAKE_CA, "sent": (NAMESAKE_CA,)}, "has not signed"),
    "responder-expired": ({"by": EXPIRED, "sent": (EXPIRED,)}, "not valid at this time"),
    "responder-may-not-sign": ({"by": NO_SIGNATURES, "sent": (NO_SIGNATURES,)}, "digitalSignature"),
    "responder-with-a-critical-extension": ({"by": CRITICAL, "sent": (CRITICAL,)}, "proves nothing"),
    "responder-with-a-short-key": ({"by": SHORT, "sent": (SHORT,)}, "proves nothing"),
    "signed-by-the-leaf-itself": ({"by": LEAF, "sent": (LEAF,)}, "OCSPSigning"),
    "responder-with-another-key": ({"by": OTHER_KEY, "sent": (RESPONDER,)}, "not its responder's"),
    "critical-extension": (
        {"more": ((x509.UnrecognizedExtension(UNKNOWN_OID, b"\x05\x00"), True),)},
        "critical extension",
    ),
}


@pytest.mark.parametrize(("options", "said"), REFUSED.values(), ids=REFUSED)
def test_answers_that_decide_nothing(options: dict[str, Any], said: str) -> None:
    with pytest.raises(RevocationError, match=said):
        read(answered(**options))


@pytest.mark.parametrize(
    "status", [one for one in ocsp.OCSPResponseStatus if one is not ocsp.OCSPResponseStatus.SUCCESSFUL]
)
def test_refusals_are_named(status: ocsp.OCSPResponseStatus) -> None:
    data = ocsp.OCSPResponseBuilder.build_unsuccessful(status).public_bytes(Encoding.DER)
    with pytest.raises(RevocationError, match=status.name.lower().replace("_", " ")):
        read(data)


@pytest.mark.parametrize("data", [b"", b"<html>", CA.der, b"0" * (MAX_RESPONSE_SIZE + 1)])
def test_what_is_no_answer(data: bytes) -> None:
    with pytest.raises(RevocationError):
        read(data)


def test_a_clock_may_be_a_little_off() -> None:
    minutes = DAY / 1440
    assert read(answered(), NOW + DAY + 4 * minutes)
    with pytest.raises(RevocationError, match="out of date"):
        read(answered(), NOW + DAY + 6 * minutes)


@pytest.mark.filterwarnings("ignore")
def test_mutated_answers_never_say_good() -> None:
    data = answered("revoked", by=RESPONDER, sent=(RESPONDER,))
    chance = random.Random(5)
    refused = 0
    for _ in range(5000):
        mutated = bytearray(data)
        mutated[chance.randrange(len(mutated))] ^= 1 << chance.randrange(8)
        try:
            answer = read(bytes(mutated))
        except RevocationError:
            refused += 1
        else:
            assert answer.revoked is not None
    assert refused > 4000
