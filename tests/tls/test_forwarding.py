"""The header fields about a caller's certificate, whatever the certificate holds."""

from __future__ import annotations

import base64
import hashlib
import re
from urllib.parse import unquote

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from fastgw.tls.forwarding import MOST_CHAIN, header_lines
from tests.pki import DAY, NOW, make_ca, make_key, self_signed

# Envoy's documentation of x-forwarded-client-cert: pairs, semicolons, double quotes around what holds `,;=`.
XFCC = re.compile(r'(?:^|;)(Hash|Cert|Subject|URI|DNS)=("(?:\\.|[^"\\])*"|[^";,=]*(?:=[^";,]*)?)')


def certificate(common_name: str, *names: x509.GeneralName) -> bytes:
    key = make_key()
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    builder = x509.CertificateBuilder(subject, subject, key.public_key(), 7, NOW - DAY, NOW + DAY)
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)


def fields(lines: bytes) -> dict[str, str]:
    """The fields of lines that must be whole, in visible ASCII and blanks."""
    assert re.fullmatch(rb"(?:[A-Za-z-]+: [ -~]+\r\n)+", lines), lines
    return dict(line.split(": ", 1) for line in lines.decode().splitlines())


def pairs(lines: bytes) -> list[tuple[str, str]]:
    value = fields(lines)["X-Forwarded-Client-Cert"]
    found = list(XFCC.finditer(value))
    assert "".join(one[0] for one in found) == value
    return [(one[1], one[2]) for one in found]


def test_client_cert_is_a_byte_sequence_and_the_chain_a_list_of_them() -> None:
    shown = make_ca().intermediate("One").intermediate("Two").issue("caller")
    chain = shown.der, *(one.public_bytes(Encoding.DER) for one in shown.issuers)
    found = fields(header_lines(chain, "clientCert"))
    # RFC 9440 sections 2.2 and 2.3: the chain does without the caller's own.
    assert found == {
        "Client-Cert": f":{base64.b64encode(chain[0]).decode()}:",
        "Client-Cert-Chain": ", ".join(f":{base64.b64encode(der).decode()}:" for der in chain[1:]),
    }


def test_there_is_no_chain_field_without_a_chain_or_with_one_that_is_too_long() -> None:
    der = self_signed("caller").der
    assert list(fields(header_lines((der,), "clientCert"))) == ["Client-Cert"]
    many = (der,) * (2 + MOST_CHAIN // len(der))
    assert list(fields(header_lines(many, "clientCert"))) == ["Client-Cert"]


def test_xfcc_has_hash_certificate_subject_and_names() -> None:
    der = certificate(
        "caller",
        x509.UniformResourceIdentifier("spiffe://a/b?c=d"),
        x509.DNSName("a.test"),
        x509.DNSName("b.test"),
    )
    found = pairs(header_lines((der,), "xfcc"))
    assert [key for key, _ in found] == ["Hash", "Cert", "Subject", "URI", "DNS", "DNS"]
    assert found[0][1] == hashlib.sha256(der).hexdigest()
    assert (
        x509.load_pem_x509_certificate(unquote(found[1][1].strip('"')).encode()).public_bytes(Encoding.DER)
        == der
    )
    assert [value for _, value in found[2:]] == ['"CN=caller"', "spiffe://a/b?c%3Dd", "a.test", "b.test"]


@pytest.mark.parametrize(
    ("common_name", "subject"),
    [
        ('a"b', r'"CN=a\"b"'),
        ("a\\", r'"CN=a\\"'),
        ('\\"', r'"CN=\\\""'),
        ('";Hash=0,By=x;Subject="', r'"CN=\"\;Hash=0\,By=x\;Subject=\""'),
        ("a\r\nX-Admin: 1", r'"CN=a\0D\0AX-Admin: 1"'),
        ("Ünïcode \x7f\x00", r'"CN=\C3\9Cn\C3\AFcode \7F\00"'),
    ],
)
def test_no_subject_gets_out_of_its_quotes(common_name: str, subject: str) -> None:
    assert dict(pairs(header_lines((certificate(common_name),), "xfcc")))["Subject"] == subject


@pytest.mark.parametrize("tag", [0x82, 0x86])
@pytest.mark.parametrize("evil", ['x;Hash=0,By=y="\r\nX-Admin: 1\\', "a b\x00c", "%0d;,="])
def test_no_name_ends_its_pair(evil: str, tag: int) -> None:
    found = pairs(header_lines((certificate_with_name(tag, evil.encode()),), "xfcc"))
    assert [key for key, _ in found] == ["Hash", "Cert", "Subject", "DNS" if tag == 0x82 else "URI"]
    assert not set(found[-1][1]) & set(';,="\\\r\n\0 ')


def certificate_with_name(tag: int, text: bytes) -> bytes:
    """One with a name that the library would not make: its DER is put together by hand."""
    key = make_key()
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "x")])
    builder = x509.CertificateBuilder(subject, subject, key.public_key(), 7, NOW - DAY, NOW + DAY)
    names = x509.UnrecognizedExtension(
        x509.ObjectIdentifier("2.5.29.17"), bytes([0x30, len(text) + 2, tag, len(text)]) + text
    )
    builder = builder.add_extension(names, critical=False)
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)


def test_a_name_that_is_too_long_is_left_out() -> None:
    der = certificate("x", x509.DNSName("a" * 2000), x509.DNSName("b.test"))
    assert [value for key, value in pairs(header_lines((der,), "xfcc")) if key == "DNS"] == ["b.test"]


def test_a_huge_list_of_names_is_cut() -> None:
    names = [x509.DNSName(f"host{number}.example.test") for number in range(3000)]
    lines = header_lines((certificate("x" * 60, *names),), "xfcc")
    assert len([key for key, _ in pairs(lines)]) == 3 + 16


def test_what_cannot_be_read_is_still_told_by_its_bytes() -> None:
    assert [key for key, _ in pairs(header_lines((b"\x30\x03\x02\x01\x00",), "xfcc"))] == ["Hash", "Cert"]
