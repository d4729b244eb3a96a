"""OCSP (RFC 6960): the question about one certificate, and what an answer proves.

An answer counts where it is about that certificate, signed by its issuer or by a responder that the issuer
has named, fresh, and not that to another question.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import SignatureAlgorithmOID

from fastgw.tls import der as asn1
from fastgw.tls.certs import UNREADABLE
from fastgw.tls.names import canonical_name
from fastgw.tls.signatures import digest_weakness, key_weakness, signature_holds
from fastgw.tls.trust.crl import CLOCK_SKEW, RevocationError, Revoked
from fastgw.tls.trust.facts import Facts, UnreadableCertificate, read_facts

NONCE_SIZE: Final = 32
"""Octets (RFC 9654 2.1)."""
CONTENT_TYPE: Final = "application/ocsp-request"
MAX_RESPONSE_SIZE: Final = 128 * 1024
"""Bytes of an answer; with certificates it has a few thousand."""
MAX_AGE: Final = timedelta(hours=1)
"""How old an answer may be that says neither how long it holds nor the question that it is to."""

_OCSP_SIGNING: Final = "1.3.6.1.5.5.7.3.9"
_MAX_RESPONDERS: Final = 4
_MAX_ANSWERS: Final = 32
_EDWARDS: Final = frozenset((SignatureAlgorithmOID.ED25519, SignatureAlgorithmOID.ED448))


class Answer(NamedTuple):
    """What a responder says: `revoked` is None where the certificate is good, `until` how long that holds."""

    revoked: Revoked | None
    until: datetime


def make_request(subject: Facts, issuer: Facts, nonce: bytes) -> bytes:
    """The question about a certificate, DER. Its names are SHA-1, as every responder understands them."""
    builder = ocsp.OCSPRequestBuilder().add_certificate(
        x509.load_der_x509_certificate(subject.der),
        x509.load_der_x509_certificate(issuer.der),
        hashes.SHA1(),  # noqa: S303 (a name of the issuer, RFC 6960 4.3; the signature proves the answer)
    )
    return builder.add_extension(x509.OCSPNonce(nonce), False).build().public_bytes(Encoding.DER)


def read_answer(data: bytes, subject: Facts, issuer: Facts, nonce: bytes, now: datetime) -> Answer:
    """What an answer (DER) to the question with that nonce proves. Raises RevocationError.

    An answer without a nonce, as responders have it that make theirs in advance, counts by its dates.
    """
    try:
        return _read_answer(data, subject, issuer, nonce, now)
    except RevocationError:
        raise
    except (*UNREADABLE, UnsupportedAlgorithm, TypeError, OverflowError, LookupError):
        raise RevocationError("cannot be read") from None


def _read_answer(data: bytes, subject: Facts, issuer: Facts, nonce: bytes, now: datetime) -> Answer:
    if len(data) > MAX_RESPONSE_SIZE:
        raise RevocationError("is too large")
    response = ocsp.load_der_ocsp_response(data)
    if response.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
        raise RevocationError(f"is a refusal: {response.response_status.name.lower().replace('_', ' ')}")
    same_question = _check_extensions(response, nonce)
    _check_signature(response, issuer, now)
    single = _about(response, subject, issuer)
    if single.certificate_status is ocsp.OCSPCertStatus.UNKNOWN:
        raise RevocationError("says that the responder does not know the certificate")
    this_update, next_update = single.this_update_utc, single.next_update_utc
    if now < this_update - CLOCK_SKEW:
        raise RevocationError(f"is not valid before {this_update:%Y-%m-%d %H:%M} UTC")
    if next_update is None:
        if not same_question and now > this_update + MAX_AGE:
            raise RevocationError("is old, and does not say how long it holds (nextUpdate)")
        # RFC 6960 4.2.2.1: newer information is there all the time.
        next_update = now
    elif now > next_update + CLOCK_SKEW:
        raise RevocationError(f"is out of date since {next_update:%Y-%m-%d %H:%M} UTC")
    if single.certificate_status is ocsp.OCSPCertStatus.GOOD:
        return Answer(None, next_update)
    at = single.revocation_time_utc or this_update
    reason = single.revocation_reason
    return Answer(Revoked(at.astimezone(UTC), reason.value if reason is not None else ""), next_update)


def _check_extensions(response: ocsp.OCSPResponse, nonce: bytes) -> bool:
    """Whether the answer has the nonce of the question. Raises RevocationError where it has another one."""
    found = False
    for extension in response.extensions:
        if isinstance(extension.value, x509.OCSPNonce):
            if extension.value.nonce != nonce:
                raise RevocationError("is one to another question (nonce)")
            found = True
        elif extension.critical:
            oid = extension.oid.dotted_string
            raise RevocationError(f"has a critical extension that is not understood: {oid}")
    return found


def _about(response: ocsp.OCSPResponse, subject: Facts, issuer: Facts) -> ocsp.OCSPSingleResponse:
    """The part about that very certificate (certID). Raises RevocationError where there is none."""
    for number, single in enumerate(response.responses):
        if number >= _MAX_ANSWERS:
            break
        if single.serial_number != subject.serial:
            continue
        digest = single.hash_algorithm.name
        name = hashlib.new(digest, _subject_der(issuer)).digest()
        key = hashlib.new(digest, _key_bits(issuer.spki)).digest()
        if (single.issuer_name_hash, single.issuer_key_hash) == (name, key):
            return single
    raise RevocationError("is about another certificate")


def _check_signature(response: ocsp.OCSPResponse, issuer: Facts, now: datetime) -> None:
    digest = None
    if response.signature_algorithm_oid not in _EDWARDS:
        digest = response.signature_hash_algorithm
    weak = digest_weakness(digest)
    if weak is not None:
        raise RevocationError(weak)
    why = "names a responder whose certificate is not there"
    for responder in _responders(response, issuer):
        if responder is not issuer:
            doubt = _doubt(responder, issuer, now)
            if doubt is not None:
                why = f"is signed by a responder that {doubt}"
                continue
        if signature_holds(responder.key, response.signature, response.tbs_response_bytes, digest):
            return
        why = "has a signature that is not its responder's"
    raise RevocationError(why)


def _responders(response: ocsp.OCSPResponse, issuer: Facts) -> Iterator[Facts]:
    """The issuer, and the certificates that came along, as far as the answer names them as its signer."""
    name = response.responder_name
    wanted = None if name is None else canonical_name(name)
    key_hash = response.responder_key_hash

    def is_named(facts: Facts) -> bool:
        if wanted is not None:
            return facts.subject == wanted
        digest = hashlib.sha1(_key_bits(facts.spki), usedforsecurity=False).digest()
        return digest == key_hash

    if is_named(issuer):
        yield issuer
    for certificate in response.certificates[:_MAX_RESPONDERS]:
        try:
            facts = read_facts(certificate.public_bytes(Encoding.DER))
        except UnreadableCertificate:
            continue
        if is_named(facts):
            yield facts


def _doubt(responder: Facts, issuer: Facts, now: datetime) -> str | None:
    """Why the issuer has not put that responder in its place (RFC 6960 4.2.2.2); None where it has."""
    if responder.issuer != issuer.subject:
        return "another CA has issued"
    if _OCSP_SIGNING not in (responder.extended_usages or ()):
        return "lacks the usage OCSPSigning"
    if responder.key_usage is not None and not responder.key_usage.digital_signature:
        return "lacks the usage digitalSignature"
    if responder.unknown_critical or key_weakness(responder.key) or digest_weakness(responder.digest):
        return "has a certificate that proves nothing"
    if not responder.not_before - CLOCK_SKEW <= now <= responder.not_after + CLOCK_SKEW:
        return "has a certificate that is not valid at this time"
    return None if responder.signed_by(issuer) else "the CA has not signed"


def _subject_der(facts: Facts) -> bytes:
    """The subject as it stands in the certificate: the element before the key."""
    elements = list(asn1.children(facts.body, asn1.outermost(facts.body)))
    place = 5 if elements[0].tag == 0xA0 else 4
    return facts.body[elements[place].start : elements[place].end]


def _key_bits(spki: bytes) -> bytes:
    """The key without algorithm, tag, length and the octet of unused bits (RFC 6960 4.1.1)."""
    _, bits = asn1.children(spki, asn1.outermost(spki))
    return spki[bits.content + 1 : bits.end]
