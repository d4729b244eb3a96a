"""Host names and distinguished names."""

from __future__ import annotations

import pytest
from cryptography import x509
from cryptography.x509.name import _ASN1Type
from cryptography.x509.oid import NameOID

from fastgw.tls.names import a_label, canonical_name, distinguished_name, matches


@pytest.mark.parametrize(
    ("host", "label"),
    [
        ("API.Example.Test", "api.example.test"),
        ("api.example.test.", "api.example.test"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("my_host", "my_host"),
        ("127.0.0.1", "127.0.0.1"),
        ("[2001:DB8::1]", "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1"),
    ],
)
def test_hosts_are_compared_as_lower_case_a_labels(host: str, label: str) -> None:
    assert a_label(host) == label


@pytest.mark.parametrize("host", ["", ".", "a..b", "a b", "a/b", "x" * 64, "a\x00b", "ü" * 80])
def test_text_that_is_no_host_is_refused(host: str) -> None:
    with pytest.raises(ValueError, match="not a host name"):
        a_label(host)


@pytest.mark.parametrize(
    ("pattern", "host", "expected"),
    [
        ("api.example.test", "api.example.test", True),
        ("API.example.TEST", "api.example.test", True),
        ("*.example.test", "api.example.test", True),
        ("*.example.test", "example.test", False),
        ("*.example.test", "a.b.example.test", False),
        ("a*.example.test", "api.example.test", False),
        ("api.*.test", "api.example.test", False),
        ("*.*.test", "api.example.test", False),
        ("*.test", "example.test", False),
        ("*", "localhost", False),
        ("other.example.test", "api.example.test", False),
    ],
)
def test_a_wildcard_stands_for_one_whole_leftmost_label(pattern: str, host: str, expected: bool) -> None:
    assert matches(pattern, host) is expected


def test_distinguished_names_are_printed_in_net_order() -> None:
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "US"),
            x509.NameAttribute(NameOID.STATE_OR_PROVINCE_NAME, "WA"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, 'Contoso, "Ltd"'),
            x509.NameAttribute(NameOID.COMMON_NAME, "client"),
            x509.NameAttribute(NameOID.EMAIL_ADDRESS, "a@b.test"),
        ]
    )
    assert distinguished_name(name) == 'E=a@b.test, CN=client, O="Contoso, ""Ltd""", S=WA, C=US'


def test_names_are_compared_without_case_and_spaces_of_ascii() -> None:
    def named(*pairs: tuple[x509.ObjectIdentifier, str]) -> x509.Name:
        return x509.Name([x509.NameAttribute(oid, value) for oid, value in pairs])

    one = named((NameOID.ORGANIZATION_NAME, "Example  Ltd"), (NameOID.COMMON_NAME, "a"))
    assert canonical_name(one) == canonical_name(
        named((NameOID.ORGANIZATION_NAME, " EXAMPLE ltd "), (NameOID.COMMON_NAME, "A"))
    )
    for other in (
        named((NameOID.COMMON_NAME, "a"), (NameOID.ORGANIZATION_NAME, "Example Ltd")),
        named((NameOID.ORGANIZATION_NAME, "Example Ltd")),
        named((NameOID.ORGANIZATION_NAME, "ExampleLtd"), (NameOID.COMMON_NAME, "a")),
        named((NameOID.ORGANIZATIONAL_UNIT_NAME, "Example Ltd"), (NameOID.COMMON_NAME, "a")),
    ):
        assert canonical_name(other) != canonical_name(one)
    kelvin = named((NameOID.COMMON_NAME, "\u212a"))
    assert canonical_name(kelvin) != canonical_name(named((NameOID.COMMON_NAME, "k")))


def test_the_type_of_a_string_does_not_count() -> None:
    def typed(kind: _ASN1Type) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Example", kind)])

    assert canonical_name(typed(_ASN1Type.UTF8String)) == canonical_name(typed(_ASN1Type.PrintableString))


def test_the_attributes_of_one_part_have_no_order() -> None:
    parts = [x509.NameAttribute(NameOID.COMMON_NAME, "a"), x509.NameAttribute(NameOID.USER_ID, "b")]
    there, back = (
        x509.Name([x509.RelativeDistinguishedName(order)]) for order in (parts, list(reversed(parts)))
    )
    assert canonical_name(there) == canonical_name(back)
