"""Identities of callers: how names are written, what has to fit, and that an issuer is proved."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastgw.tls.identity import Identity, parse_name, parse_serial_number
from fastgw.tls.names import distinguished_name
from fastgw.tls.trust.facts import Facts, read_facts
from tests.pki import Ca, Issued, make_ca


@pytest.fixture(scope="module")
def middle(root: Ca) -> Ca:
    return root.intermediate("Contoso, Inc. CA")


@pytest.fixture(scope="module")
def issued(middle: Ca) -> Issued:
    return middle.issue("Caller One", "one.example.test", "*.wild.example.test", usage="client")


@pytest.fixture(scope="module")
def leaf(issued: Issued) -> Facts:
    return read_facts(issued.der)


@pytest.fixture(scope="module")
def issuer(middle: Ca) -> Facts:
    return read_facts(middle.der)


def fits(leaf: Facts, issuers: tuple[Facts, ...] = (), **wanted: object) -> bool:
    return replace(Identity(), **wanted).matches(leaf, issuers)  # type: ignore[arg-type]


# ---------------------------------------------------------------- names


@pytest.mark.parametrize(
    "text",
    [
        "CN=a, O=b c, C=NL",
        "cn=A,o=B C,c=nl",
        "  CN = a ; O =  b   c  ; C = NL  ",
        'CN="a", O="b c", C=NL',
        r"2.5.4.3=a, OID.2.5.4.10=b\ c, C=NL",
    ],
)
def test_a_name_is_read_however_it_is_written(text: str) -> None:
    assert parse_name(text) == parse_name("CN=a,O=b c,C=NL")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('O="Contoso, Inc."', b"contoso, inc."),
        (r"O=Contoso\, Inc.", b"contoso, inc."),
        (r"O=Contoso\2C Inc.", b"contoso, inc."),
        (r"O=M\C3\BCller", "müller".encode()),
        ('O="say ""yes"""', b'say "yes"'),
        ("ST=IL", b"il"),
        ("emailAddress=a@b.test", b"a@b.test"),
    ],
)
def test_values_may_be_quoted_and_escaped(text: str, value: bytes) -> None:
    ((_, found),) = parse_name(text)[0]
    assert found == value


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no NAME=VALUE at character 1"),
        ("Contoso", "no NAME=VALUE at character 1"),
        ("CN=a,", "no NAME=VALUE at character 6"),
        ("CN=a,,O=b", "no NAME=VALUE at character 6"),
        ('CN="a" b', "what stands at character 8"),
        ("COMMON=a", "'COMMON' is no known attribute"),
        (r"CN=\FF\FE", "not UTF-8"),
    ],
)
def test_what_is_no_name_is_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError, match="is no distinguished name") as caught:
        parse_name(text)
    assert message in str(caught.value)


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused_with_a_value_error(text: str) -> None:
    with suppress(ValueError):
        assert parse_name(text)


def test_the_name_that_dotnet_prints_is_read_back(leaf: Facts, issuer: Facts) -> None:
    assert fits(leaf, subject=parse_name(distinguished_name(leaf.subject_name)))
    assert distinguished_name(issuer.subject_name).startswith('CN="Contoso, Inc. CA"')
    assert fits(leaf, issuer_subject=parse_name(distinguished_name(issuer.subject_name)))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("CN=Caller One, O=Example, C=NL", True),
        ("C=NL, O=Example, CN=caller one", True),
        ("CN=Caller One, C=NL, O=Example", False),
        ("CN=Caller One, O=Example", False),
        ("CN=Caller One", False),
        ("CN=Caller One + O=Example, C=NL", False),
    ],
)
def test_a_subject_fits_as_a_whole_from_either_end(leaf: Facts, text: str, expected: bool) -> None:
    assert fits(leaf, subject=parse_name(text)) is expected


# ---------------------------------------------------------------- the rest


def test_serial_numbers_are_compared_as_numbers(leaf: Facts) -> None:
    digits = f"{leaf.serial:x}"
    for text in (digits, f"00{digits.upper()}", ":".join([digits[:2], digits[2:]])):
        assert fits(leaf, serial_number=parse_serial_number(text))
    assert not fits(leaf, serial_number=leaf.serial + 1)
    negative = replace(leaf, serial=-1)
    assert fits(negative, serial_number=parse_serial_number("FF"))
    for text in ("", "0x10", "12g", "1" * 81):
        with pytest.raises(ValueError, match="no serial number"):
            parse_serial_number(text)


def test_names_and_thumbprints_are_compared_whole(leaf: Facts, issued: Issued) -> None:
    assert fits(leaf, thumbprint=issued.thumbprint)
    assert not fits(leaf, thumbprint="0" * 40)
    assert fits(leaf, common_name=b"caller one")
    assert not fits(leaf, common_name=b"caller")
    assert fits(leaf, dns_name="one.example.test")
    assert fits(leaf, dns_name="*.wild.example.test")
    assert not fits(leaf, dns_name="a.wild.example.test")


def test_all_that_is_given_has_to_fit(leaf: Facts, issued: Issued) -> None:
    assert fits(leaf)
    assert fits(leaf, thumbprint=issued.thumbprint, dns_name="one.example.test")
    assert not fits(leaf, thumbprint=issued.thumbprint, dns_name="two.example.test")


def test_an_issuer_counts_by_what_it_has_signed(root: Ca, leaf: Facts, issuer: Facts) -> None:
    assert fits(leaf, (issuer,), issuer_thumbprint=issuer.thumbprint)
    assert not fits(leaf, (), issuer_thumbprint=issuer.thumbprint)
    assert fits(leaf, issuer=issuer)
    # The same name with another key, the issuer's issuer, and one that may not sign.
    assert not fits(leaf, issuer=read_facts(make_ca("other").intermediate("Contoso, Inc. CA").der))
    assert not fits(leaf, issuer=read_facts(root.der))
    assert not fits(leaf, issuer=replace(issuer, is_ca=False))
