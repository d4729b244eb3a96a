"""DER is walked without trusting a length, and only what is signed in the way of RFC 5280 has three parts."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from fastgw.tls.der import algorithms_agree, children, outermost, read_element, signed_parts
from tests.pki import make_ca

CERTIFICATE = make_ca("Root").certificate


@pytest.mark.parametrize(
    ("data", "content", "end"),
    [
        (b"\x02\x01\x05", 2, 3),
        (b"\x30\x00", 2, 2),
        (b"\x04\x81\x80" + b"a" * 128, 3, 131),
        (b"\x04\x82\x01\x00" + b"a" * 256, 4, 260),
    ],
)
def test_an_element_is_found_by_its_length(data: bytes, content: int, end: int) -> None:
    assert outermost(data) == (data[0], 0, content, end)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x30",
        b"\x30\x05\x00",
        b"\x30\x80\x00\x00",
        b"\x30\x84\xff\xff\xff\xff",
        b"\x30\x85\x00\x00\x00\x00\x01\x00",
        b"\x30\x82\x01",
        b"\x1f\x81\x01\x00",
    ],
    ids=["empty", "no-length", "short", "indefinite", "4-gib", "five-octets", "half-a-length", "high-tag"],
)
def test_what_is_no_element_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError):
        outermost(data)


def test_nothing_may_stand_behind_the_outermost() -> None:
    with pytest.raises(ValueError, match="behind"):
        outermost(b"\x30\x00\x00")


def test_children_stay_within_their_parent() -> None:
    data = b"\x30\x03\x02\x05\x01\x00\x00\x00\x00"
    with pytest.raises(ValueError):
        list(children(data, read_element(data, 0, len(data))))


def test_the_parts_of_a_certificate() -> None:
    der = CERTIFICATE.public_bytes(Encoding.DER)
    parts = signed_parts(der)
    assert der[parts.body.start : parts.body.end] == CERTIFICATE.tbs_certificate_bytes
    assert der[parts.signature.content + 1 : parts.signature.end] == CERTIFICATE.signature
    assert algorithms_agree(der, parts)


def test_two_algorithms_do_not_agree() -> None:
    """The outer one is changed from SHA-256 to SHA-384; no signature covers it."""
    der = CERTIFICATE.public_bytes(Encoding.DER)
    inside, outside, rest = der.partition(bytes.fromhex("2a8648ce3d040302"))
    changed = inside + outside + rest.replace(outside, bytes.fromhex("2a8648ce3d040303"))
    assert changed != der
    assert not algorithms_agree(changed, signed_parts(changed))


@pytest.mark.parametrize(
    "data", [b"\x30\x00", b"\x31\x08\x30\x00\x30\x00\x03\x02\x00\x01", b"\x30\x06\x30\x00\x30\x00\x30\x00"]
)
def test_other_things_are_not_signed(data: bytes) -> None:
    with pytest.raises(ValueError, match="not signed"):
        signed_parts(data)


@pytest.mark.parametrize("bits", [b"\x03\x00", b"\x03\x02\x01\x80"], ids=["none", "unused-bits"])
def test_a_signature_has_whole_octets(bits: bytes) -> None:
    data = b"\x30\x00\x30\x00" + bits
    with pytest.raises(ValueError, match="whole octets"):
        signed_parts(bytes((0x30, len(data))) + data)
