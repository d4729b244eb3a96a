"""Walks DER without building objects: for parts that the certificate library does not hand out.

Only what RFC 5280 needs: definite lengths, tags of one octet. Input is whatever a stranger sent, so every
length is checked against the bytes that are there.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

SEQUENCE: Final = 0x30
INTEGER: Final = 0x02
BIT_STRING: Final = 0x03


class Element(NamedTuple):
    """One element by its places in the data: where it begins, where its content does, and where it ends."""

    tag: int
    start: int
    content: int
    end: int


def read_element(data: bytes | memoryview, start: int, limit: int) -> Element:
    """The element that begins at `start` and ends by `limit`. Raises ValueError where there is none."""
    if start + 2 > limit or data[start] & 0x1F == 0x1F:
        raise ValueError("not DER")
    length = data[start + 1]
    content = start + 2
    if length >= 0x80:
        octets = length - 0x80
        content += octets
        # Four octets are 4 GiB, more than anything here may have.
        if not 0 < octets <= 4 or content > limit:
            raise ValueError("not DER")
        length = int.from_bytes(data[start + 2 : content], "big")
    if content + length > limit:
        raise ValueError("not DER")
    return Element(data[start], start, content, content + length)


def children(data: bytes | memoryview, parent: Element) -> Iterator[Element]:
    """The elements of a constructed one, in their order. Raises ValueError where it holds anything else."""
    at = parent.content
    while at < parent.end:
        element = read_element(data, at, parent.end)
        yield element
        at = element.end


def outermost(data: bytes | memoryview) -> Element:
    """The one element that the data is. Raises ValueError for anything before or behind it."""
    element = read_element(data, 0, len(data))
    if element.end != len(data):
        raise ValueError("bytes behind the end")
    return element


class Signed(NamedTuple):
    """The three parts of SIGNED{} (RFC 5280 4.1.1, 5.1.1): what is signed, how, and the signature."""

    body: Element
    algorithm: Element
    signature: Element


def signed_parts(data: bytes | memoryview) -> Signed:
    """The parts of a certificate or a list. Raises ValueError where it is not made of those three."""
    whole = outermost(data)
    parts = list(children(data, whole))
    if [part.tag for part in (whole, *parts)] != [SEQUENCE, SEQUENCE, SEQUENCE, BIT_STRING]:
        raise ValueError("not signed in the way of RFC 5280")
    signed = Signed(*parts)
    # Unused bits are covered by no signature either, and signatures are whole octets.
    if signed.signature.content == signed.signature.end or data[signed.signature.content] != 0:
        raise ValueError("not a signature of whole octets")
    return signed


def algorithms_agree(data: bytes | memoryview, parts: Signed) -> bool:
    """Whether the algorithm that is signed is the one that stands outside (RFC 5280 4.1.1.2, 5.1.1.2).

    The outer one is covered by no signature: without this, one certificate could be written in several ways.
    """
    outer = bytes(data[parts.algorithm.start : parts.algorithm.end])
    # The first SEQUENCE of the body: only the version and a serial number stand before it.
    for element in children(data, parts.body):
        if element.tag == SEQUENCE:
            return bytes(data[element.start : element.end]) == outer
    return False


def encode(tag: int, content: bytes) -> bytes:
    """An element of that tag and content."""
    length = len(content)
    if length < 0x80:
        return bytes((tag, length)) + content
    octets = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 + len(octets))) + octets + content
