"""What pins accept, on certificates as bytes: which proofs count and which do not."""

from __future__ import annotations

import subprocess
from datetime import datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding

from fastgw.tls.pins import PinRefusal, ServerPins, judge
from tests.pki import DAY, NOW, Ca, Issued, make_ca, make_key, name, self_signed

NAME = "orders.example.test"


def thumbprint(issued: Issued) -> ServerPins:
    return ServerPins(thumbprints=frozenset((issued.thumbprint,)))


def named(issuer: Issued | None, common_name: str = NAME) -> ServerPins:
    return ServerPins(names=((common_name, None if issuer is None else issuer.thumbprint),))


def verdict(
    pins: ServerPins,
    leaf: bytes,
    *issuers: Issued,
    trusted: bool = False,
    proved: bool = False,
    now: datetime | None = NOW,
) -> str:
    """`accepted`, or the reason of the refusal."""
    candidates = tuple(issuer.der for issuer in issuers)
    refusal = judge(pins, leaf, candidates, chain_trusted=trusted, issuer_proved=proved, now=now)
    return "accepted" if refusal is None else refusal.reason


def built(subject: x509.Name, ca: Ca, *extensions: x509.ExtensionType) -> bytes:
    """A leaf of the authority with a subject and extensions that `tests.pki` has no name for."""
    builder = x509.CertificateBuilder(
        issuer_name=ca.certificate.subject,
        subject_name=subject,
        public_key=make_key().public_key(),
        serial_number=7,
        not_valid_before=NOW - DAY,
        not_valid_after=NOW + DAY,
    )
    for extension in extensions:
        builder = builder.add_extension(extension, critical=False)
    return builder.sign(ca.key, hashes.SHA256()).public_bytes(Encoding.DER)


def test_a_pinned_thumbprint_needs_no_issuer_and_no_name() -> None:
    issued = self_signed("whoever", "whatever.test")
    assert verdict(thumbprint(issued), issued.der) == "accepted"


def test_another_certificate_with_the_same_name_and_key_is_not_the_pinned_one(root: Ca) -> None:
    old = root.issue(NAME, NAME)
    new = root.issue(NAME, NAME, key=old.key)
    assert verdict(thumbprint(old), new.der, root, trusted=True) == "unpinned"


def test_the_thumbprint_of_an_issuer_is_no_pin_for_what_it_issued(root: Ca) -> None:
    assert verdict(thumbprint(root), root.issue(NAME, NAME).der, root, trusted=True) == "unpinned"


def test_a_name_and_its_issuer_match_where_the_signature_proves_it(root: Ca, middle: Ca) -> None:
    issued = middle.issue(NAME, "another-host.test")
    assert verdict(named(middle), issued.der, issued, middle, root) == "accepted"


def test_each_kind_of_key_can_prove_an_issue(root: Ca) -> None:
    issuer = root.intermediate("RSA", kind="rsa")
    assert verdict(named(issuer), issuer.issue(NAME, kind="rsa").der, issuer) == "accepted"


def test_an_issuer_that_nobody_shows_proves_nothing(middle: Ca, root: Ca) -> None:
    assert verdict(named(middle), middle.issue(NAME).der, root) == "issuer"


def test_a_copy_of_the_pinned_issuer_does_not_make_a_forged_leaf_its_own(root: Ca, middle: Ca) -> None:
    # The impostor bears the same name and sends the true certificate of the true issuer along.
    impostor = make_ca(middle.certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)[0].value)
    assert impostor.certificate.subject == middle.certificate.subject
    assert verdict(named(middle), impostor.issue(NAME).der, middle, impostor, root) == "issuer"


def test_only_the_direct_issuer_counts(root: Ca, middle: Ca) -> None:
    assert verdict(named(root), middle.issue(NAME).der, middle, root) == "issuer"


def test_who_is_no_authority_cannot_issue(root: Ca) -> None:
    leaf = root.issue("a leaf")
    pretender = Ca(leaf.certificate, leaf.key, leaf.issuers)
    assert verdict(named(pretender), pretender.issue(NAME).der, pretender) == "issuer"
    mute = root.intermediate("mute", may_sign=False)
    assert verdict(named(mute), mute.issue(NAME).der, mute) == "issuer"


def test_a_self_signed_leaf_is_pinned_by_its_thumbprint_and_not_as_its_own_issuer() -> None:
    issued = self_signed(NAME, NAME)
    assert verdict(named(issued), issued.der, issued) == "issuer"
    assert verdict(thumbprint(issued), issued.der, issued) == "accepted"


def test_a_short_key_of_the_issuer_proves_nothing(root: Ca) -> None:
    weak = root.intermediate("weak", key=rsa.generate_private_key(65537, 1024))
    assert verdict(named(weak), weak.issue(NAME).der, weak) == "issuer"


def test_a_signature_over_sha_1_proves_nothing(tmp_path: Path) -> None:
    # `cryptography` no longer signs like that.
    ca = make_ca("Old", kind="rsa")
    (tmp_path / "ca.pem").write_bytes(ca.pem)
    (tmp_path / "ca.key").write_bytes(ca.key_pem())
    for digest, expected in (("sha256", "accepted"), ("sha1", "issuer")):
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
             "-subj", f"/CN={NAME}", f"-{digest}", "-CA", "ca.pem", "-CAkey", "ca.key", "-keyout", "leaf.key",
             "-outform", "DER", "-out", "leaf.der"],
            cwd=tmp_path, check=True, capture_output=True,
        )  # fmt: skip
        leaf = (tmp_path / "leaf.der").read_bytes()
        assert verdict(named(ca), leaf, ca, now=NOW + DAY) == expected


def test_a_certificate_for_clients_is_not_taken_for_a_server_by_its_name(middle: Ca) -> None:
    issued = middle.issue(NAME, usage="client")
    assert verdict(named(middle), issued.der, middle) == "usage"
    assert verdict(thumbprint(issued), issued.der) == "accepted"
    assert verdict(named(middle), built(name(NAME), middle), middle) == "accepted"  # no usages at all


def test_a_name_alone_needs_a_trusted_chain(middle: Ca) -> None:
    issued = middle.issue(NAME, "another-host.test")
    assert verdict(named(None), issued.der, middle) == "issuer"
    assert verdict(named(None), issued.der, middle, trusted=True) == "accepted"
    assert verdict(named(None), middle.issue("other", NAME).der, middle, trusted=True) == "unpinned"


def test_a_trusted_chain_is_no_proof_of_the_pinned_issuer(root: Ca, middle: Ca) -> None:
    assert verdict(named(middle), root.issue(NAME).der, root, trusted=True) == "issuer"


@pytest.mark.parametrize(
    ("pinned", "shown", "expected"),
    [
        ("Orders.Example.Test", "orders.example.TEST", "accepted"),
        ("*.example.test", "*.example.test", "accepted"),
        ("orders.example.test", "*.example.test", "unpinned"),
        ("*.example.test", "orders.example.test", "unpinned"),
        ("orders.example.test", "orders.example.test.", "unpinned"),
        ("orders.example.test", " orders.example.test", "unpinned"),
        ("orders.example.test", "orders.example.test\0.evil.test", "unpinned"),
        ("k.example.test", "\u212a.example.test", "unpinned"),
        ("bücher", "bücher", "accepted"),
    ],
)
def test_common_names_are_compared_as_they_are_but_for_the_case_of_ascii(
    middle: Ca, pinned: str, shown: str, expected: str
) -> None:
    assert verdict(named(middle, pinned), middle.issue(shown).der, middle) == expected


def test_a_subject_without_one_clear_common_name_matches_none(middle: Ca) -> None:
    def subject(*names: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, value) for value in names])

    assert verdict(named(middle), built(subject(NAME), middle), middle) == "accepted"
    assert verdict(named(middle), built(subject(), middle), middle) == "unpinned"
    assert verdict(named(middle), built(subject(NAME, "b"), middle), middle) == "unpinned"
    assert verdict(named(middle), built(subject("b", NAME), middle), middle) == "unpinned"


def test_alternative_names_do_not_stand_in_for_the_common_name(middle: Ca) -> None:
    assert verdict(named(middle), middle.issue("other", NAME).der, middle) == "unpinned"


def test_any_one_of_the_pins_is_enough(root: Ca, middle: Ca) -> None:
    pins = ServerPins(
        frozenset((root.thumbprint,)), ((NAME, root.thumbprint), (NAME, middle.thumbprint), ("b", None))
    )
    assert verdict(pins, middle.issue(NAME).der, middle) == "accepted"
    assert verdict(pins, root.der) == "accepted"
    assert verdict(pins, middle.issue("c").der, middle, trusted=True) == "unpinned"


@pytest.mark.parametrize("span", [(NOW - 9 * DAY, NOW - DAY), (NOW + DAY, NOW + 9 * DAY)])
def test_dates_count_whatever_is_pinned_unless_they_are_left_out(
    middle: Ca, span: tuple[datetime, datetime]
) -> None:
    issued = middle.issue(NAME, not_before=span[0], not_after=span[1])
    for pins in (thumbprint(issued), named(middle)):
        assert verdict(pins, issued.der, middle) == "dates"
        assert verdict(pins, issued.der, middle, now=None) == "accepted"


def test_an_issuer_that_has_expired_proves_nothing_unless_dates_are_left_out(root: Ca) -> None:
    expired = root.intermediate("expired", not_after=NOW - DAY)
    issued = expired.issue(NAME)
    assert verdict(named(expired), issued.der, expired) == "issuer"
    assert verdict(named(expired), issued.der, expired, now=None) == "accepted"


def test_a_resumed_session_needs_no_chain_but_a_pinned_certificate_that_is_in_force(middle: Ca) -> None:
    issued = middle.issue(NAME)
    assert verdict(named(middle), issued.der, proved=True) == "accepted"
    assert verdict(named(middle), issued.der, proved=True, now=NOW + 400 * DAY) == "dates"
    assert verdict(named(middle, "other"), issued.der, proved=True) == "unpinned"
    assert verdict(thumbprint(middle), issued.der, proved=True) == "unpinned"


def test_what_cannot_be_read_is_refused(middle: Ca) -> None:
    unknown_version = middle.issue(NAME).der.replace(b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01\x07", 1)
    for der in (b"nothing", unknown_version):
        assert verdict(named(middle), der, middle) == "unreadable"
        assert verdict(named(None), der, middle, trusted=True) == "unreadable"


def test_a_refusal_names_the_issuers_that_were_asked_for(root: Ca, middle: Ca) -> None:
    pins = ServerPins(names=((NAME, root.thumbprint), (NAME, middle.thumbprint)))
    refusal = judge(
        pins, middle.issue(NAME).der, (root.der,), chain_trusted=False, issuer_proved=False, now=NOW
    )
    assert isinstance(refusal, PinRefusal)
    assert f"was not issued by {root.thumbprint}" in refusal.message
    assert f"without the certificate of its issuer {middle.thumbprint}" in refusal.message


def test_equal_pins_are_one_key() -> None:
    first, second = "A" * 40, "B" * 40
    one = ServerPins(frozenset((first, second)), (("a", None),))
    assert hash(one) == hash(ServerPins(frozenset((second, first)), (("a", None),)))
    assert one == ServerPins(frozenset((second, first)), (("a", None),))
    assert one != ServerPins(frozenset((first,)), (("a", None),))
    assert one != ServerPins(frozenset((first, second)), (("a", first),))


@pytest.mark.parametrize(
    ("thumbprints", "names"),
    [
        ((), ()),
        (("a" * 40,), ()),
        (("A" * 39,), ()),
        (("A" * 64,), ()),
        (("A" * 40 + "\n",), ()),
        ((), (("a", "AA:BB"),)),
        ((), (("a", ""),)),
        ((), (("", None),)),
    ],
)
def test_pins_that_could_match_nothing_are_refused(
    thumbprints: tuple[str, ...], names: tuple[tuple[str, str | None], ...]
) -> None:
    with pytest.raises(ValueError):
        ServerPins(frozenset(thumbprints), names)


def test_a_name_without_an_issuer_asks_for_a_trusted_chain(root: Ca) -> None:
    assert named(None).need_trusted_chain
    assert not named(root).need_trusted_chain
    assert not thumbprint(root).need_trusted_chain
    assert ServerPins(frozenset((root.thumbprint,)), ((NAME, None),)).need_trusted_chain


def test_many_pins_are_counted_in_words() -> None:
    pins = ServerPins(frozenset(f"{digit}" * 40 for digit in "123"), (("a", None), ("b", "A" * 40)))
    assert str(pins) == ", ".join(f"thumbprint {digit * 40}" for digit in "123") + " and 2 more"
    assert str(ServerPins(names=pins.names)) == (
        f"common name a with a trusted chain, common name b issued by {'A' * 40}"
    )
