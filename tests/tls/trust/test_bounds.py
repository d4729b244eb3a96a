"""Whatever a peer sends, a judgement ends soon, raises nothing and trusts nothing that it should not."""

from __future__ import annotations

import random
import time
from ipaddress import ip_address, ip_network
from unittest import mock

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from fastgw.tls import der as asn1
from fastgw.tls.contexts import TrustStore
from fastgw.tls.trust.authorities import Authorities
from fastgw.tls.trust.constraints import MAX_COMPARISONS
from fastgw.tls.trust.facts import MAX_CERTIFICATE_SIZE, Facts, UnreadableCertificate, read_facts
from fastgw.tls.trust.paths import MAX_PATH, MAX_SENT, MAX_SIGNATURE_CHECKS, judge
from fastgw.tls.trust.verdict import Verdict
from tests.tls.trust.made import CLIENT, NOW, Made, make

ROOT = make("Root", ca=True)
MIDDLE = make("Middle", ROOT, ca=True)


def authorities(*roots: Made, store: tuple[Made, ...] = ()) -> Authorities:
    ders = tuple(made.der for made in roots), tuple(made.der for made in store)
    return Authorities(TrustStore(*ders, system_roots=False))


def judged(chain: list[bytes], known: Authorities) -> tuple[Verdict, int]:
    """The verdict, and how many signatures were checked for it."""
    with mock.patch.object(Facts, "signed_by", autospec=True, side_effect=Facts.signed_by) as counted:
        return judge(chain, known, "client", NOW), counted.call_count


def row(length: int, root: Made = ROOT) -> list[Made]:
    """A chain of so many certificates below the root, the leaf first."""
    made = [root]
    for number in range(length - 1):
        made.append(make(f"CA {number}", made[-1], ca=True, label=f"ec:{number}"))
    return [make("leaf", made[-1]), *reversed(made[1:])]


@pytest.mark.parametrize("extra", [0, 1], ids=["allowed", "too-long"])
def test_a_path_has_a_greatest_length(extra: int) -> None:
    chain = row(MAX_PATH - 1 + extra)
    store = tuple(chain[10:])
    verdict, _ = judged([made.der for made in chain[:10]], authorities(ROOT, store=store))
    assert verdict.trusted == (not extra)
    assert len(verdict.path) == MAX_PATH
    assert [problem.check for problem in verdict.problems] == ["limit"] * extra


def test_certificates_beyond_the_bound_are_not_looked_at() -> None:
    strangers = [make(f"s{number}", label="ec:stranger").der for number in range(MAX_SENT - 2)]
    leaf = make("leaf", MIDDLE).der
    assert judged([leaf, *strangers, MIDDLE.der], authorities(ROOT))[0].trusted
    assert not judged([leaf, *strangers, strangers[0], MIDDLE.der], authorities(ROOT))[0].trusted


def test_namesakes_do_not_cost_more_than_the_bound() -> None:
    """Each level has so many CAs of one name, and no path leads to the root."""
    names = ["A", "B", "C", "D"]
    store = tuple(
        make(name, ca=True, label=f"ec:{name}{number}", issuer=make(above, label="ec:x").certificate.subject)
        for name, above in zip(names, [*names[1:], "Z"], strict=True)
        for number in range(40)
    )
    leaf = make("leaf", store[0], signer=store[-1].key)
    verdict, checks = judged([leaf.der], authorities(ROOT, store=store))
    assert not verdict.trusted
    assert checks <= MAX_SIGNATURE_CHECKS


def test_cross_signing_everything_does_not_multiply() -> None:
    """Two certificates for each of 15 CAs, with one key: 2**15 ways up, and none of them ends in a root."""
    above = [make("Top", make("Unknown", ca=True), ca=True)]
    chain: list[Made] = []
    for number in range(9):
        twins = [
            make(f"CA {number}", above[0], ca=True, label=f"ec:{number}", serial=1000 + twin)
            for twin in (0, 1)
        ]
        chain += twins
        above = twins
    leaf = make("leaf", above[0])
    began = time.process_time()
    verdict, checks = judged([leaf.der, *(made.der for made in chain), ROOT.der], authorities(ROOT))
    assert time.process_time() - began < 2
    assert not verdict.trusted
    assert checks <= MAX_SIGNATURE_CHECKS
    assert "limit" in {problem.check for problem in verdict.problems}


def test_a_root_is_found_among_many_dead_ends() -> None:
    others = [make("Middle", ROOT, ca=True, label=f"ec:not {number}") for number in range(MAX_SENT - 2)]
    leaf = make("leaf", MIDDLE)
    verdict, _ = judged([leaf.der, *(made.der for made in others), MIDDLE.der], authorities(ROOT))
    assert verdict.trusted


def test_a_key_of_absurd_size_is_never_used() -> None:
    huge = rsa.RSAPublicNumbers(65537, (1 << 16383) + 1).public_key()
    made = make("leaf", ROOT)
    builder = (
        x509.CertificateBuilder()
        .subject_name(make("Huge", label="ec:x").certificate.subject)
        .issuer_name(ROOT.certificate.subject)
        .public_key(huge)
        .serial_number(5)
        .not_valid_before(made.certificate.not_valid_before_utc)
        .not_valid_after(made.certificate.not_valid_after_utc)
        .add_extension(x509.BasicConstraints(True, None), True)
    )
    big = Made(builder.sign(ROOT.key, hashes.SHA256()), ROOT.key)
    leaf = make("leaf", big, authority_key=None)
    verdict, _ = judged([leaf.der, big.der], authorities(ROOT))
    assert not verdict.trusted
    verdict, _ = judged([big.der], authorities(ROOT))
    assert [problem.check for problem in verdict.problems] == ["weak-key"]
    assert "16384 bits" in verdict.explain()


def test_names_and_constraints_are_compared_up_to_a_bound() -> None:
    bases = [x509.DNSName(f"{number}.test") for number in range(400)]
    limited = make("Limited", ROOT, ca=True, allow=bases)
    names = [x509.DNSName(f"a.{number}.test") for number in range(MAX_COMPARISONS // 400 + 1)]
    few, many = make("leaf", limited, sans=names[:40]), make("leaf", limited, sans=names)
    assert judged([few.der, limited.der], authorities(ROOT))[0].trusted
    began = time.process_time()
    verdict, _ = judged([many.der, limited.der], authorities(ROOT))
    assert time.process_time() - began < 1
    assert [(problem.check, problem.depth) for problem in verdict.problems] == [("limit", 0)]


def test_long_distinguished_names_are_read_up_to_a_bound() -> None:
    """Ten CAs of one chain with a constraint of 1,000 parts each, and a leaf with such names."""
    unit = x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, "unit")
    long, longer = (x509.DirectoryName(x509.Name([unit] * count)) for count in (1000, 1001))
    row = [make("CA 0", ROOT, ca=True, deny=[longer], label="ec:long 0")]
    assert judged([make("leaf", row[0], sans=[long] * 3).der, row[0].der], authorities(ROOT))[0].trusted
    for number in range(1, 10):
        row.append(make(f"CA {number}", row[-1], ca=True, deny=[longer], label=f"ec:long {number}"))
    leaf = make("leaf", row[-1], sans=[long] * 3)
    began = time.process_time()
    verdict, _ = judged([leaf.der, *(made.der for made in row)], authorities(ROOT))
    assert time.process_time() - began < 1
    assert {problem.check for problem in verdict.problems} == {"limit"}


def test_a_huge_list_of_names_is_refused_by_its_size() -> None:
    huge = make("leaf", ROOT, sans=[x509.DNSName(f"name-{number}.example.test") for number in range(4000)])
    assert len(huge.der) > MAX_CERTIFICATE_SIZE
    verdict, checks = judged([huge.der], authorities(ROOT))
    assert [problem.check for problem in verdict.problems] == ["unreadable"]
    assert "larger than" in verdict.explain()
    assert checks == 0


def test_nothing_at_all_is_a_verdict_too() -> None:
    verdict, _ = judged([], authorities(ROOT))
    assert [problem.check for problem in verdict.problems] == ["missing"]
    assert not verdict.accepts(trust=False, not_before=False, not_after=False, revocation=False)


def mutations(der: bytes, count: int, chance: random.Random) -> list[bytes]:
    """Copies of a certificate with a few octets changed, taken out, put in, or cut off."""
    made = []
    for _ in range(count):
        mutated = bytearray(der)
        for _ in range(chance.choice((1, 1, 1, 2, 3))):
            at = chance.randrange(len(mutated))
            match chance.choice((0, 0, 0, 0, 1, 1, 1, 2, 3, 4)):
                case 0:
                    mutated[at] ^= 1 << chance.randrange(8)
                case 1:
                    mutated[at] = chance.randrange(256)
                case 2:
                    del mutated[at]
                case 3:
                    mutated.insert(at, chance.randrange(256))
                case _:
                    mutated[at:] = mutated[at : at + chance.randrange(40)]
            if not mutated:
                mutated = bytearray(b"0")
        made.append(bytes(mutated))
    return made


RICH = make(
    "leaf",
    MIDDLE,
    usages=("digital_signature",),
    extended=[CLIENT],
    sans=[
        x509.DNSName("a.test"),
        x509.RFC822Name("a@a.test"),
        x509.UniformResourceIdentifier("http://a.test/"),
    ],
    more=[
        (
            x509.CRLDistributionPoints(
                [
                    x509.DistributionPoint(
                        [x509.UniformResourceIdentifier("http://a.test/l")], None, None, None
                    )
                ]
            ),
            False,
        ),
        (x509.PolicyConstraints(None, 0), True),
    ],
)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("place", [0, 1], ids=["leaf", "intermediate"])
def test_mutated_certificates_are_refused_and_raise_nothing(place: int) -> None:
    """5,000 of each: nothing but the very certificate, or a part that is not signed, is trusted."""
    chance = random.Random(place)
    known = authorities(ROOT)
    good = [RICH.der, MIDDLE.der]
    assert judge(good, known, "client", NOW).trusted
    began = time.process_time()
    for mutated in mutations(good[place], 5000, chance):
        if mutated == good[place]:
            continue
        chain = [*good[:place], mutated, *good[place + 1 :]]
        verdict = judge(chain, known, "client", NOW)
        assert not verdict.trusted, mutated.hex()
        assert verdict.explain()
    assert time.process_time() - began < 60


@pytest.mark.filterwarnings("ignore")
def test_a_mutated_certificate_is_read_or_refused_with_the_documented_error() -> None:
    for mutated in mutations(RICH.der, 5000, random.Random(7)):
        try:
            facts = read_facts(mutated)
        except UnreadableCertificate:
            continue
        assert facts.thumbprint


def signed_anew(der: bytes, body: bytes, by: Made) -> bytes:
    """A certificate with another body, whose signature holds."""
    parts = asn1.signed_parts(der)
    algorithm = der[parts.algorithm.start : parts.algorithm.end]
    signature = by.key.sign(body, ec.ECDSA(hashes.SHA256()))
    return asn1.encode(asn1.SEQUENCE, body + algorithm + asn1.encode(asn1.BIT_STRING, b"\x00" + signature))


LIMITED = make(
    "Limited",
    ROOT,
    ca=True,
    path=1,
    usages=("key_cert_sign", "crl_sign"),
    allow=[x509.DNSName("a.test"), x509.RFC822Name("a.test"), x509.UniformResourceIdentifier("a.test")],
    deny=[x509.DirectoryName(ROOT.certificate.subject), x509.IPAddress(ip_network("10.0.0.0/8"))],
)
BELOW = make(
    "leaf",
    LIMITED,
    usages=("digital_signature",),
    extended=[CLIENT],
    sans=[
        x509.DNSName("b.a.test"),
        x509.RFC822Name("a@a.test"),
        x509.UniformResourceIdentifier("http://a.test/"),
        x509.IPAddress(ip_address("11.0.0.1")),
        x509.DirectoryName(LIMITED.certificate.subject),
    ],
)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("place", [0, 1], ids=["leaf", "intermediate"])
def test_what_a_careless_ca_signs_raises_nothing(place: int) -> None:
    """The signature holds, so that every check sees what is odd."""
    known = authorities(ROOT)
    good = [BELOW.der, LIMITED.der]
    assert judge(good, known, "client", NOW).trusted
    parts = asn1.signed_parts(good[place])
    body = good[place][parts.body.start : parts.body.end]
    seen = set()
    for mutated in mutations(body, 5000, random.Random(place + 50)):
        chain = list(good)
        chain[place] = signed_anew(good[place], mutated, (LIMITED, ROOT)[place])
        verdict = judge(chain, known, "client", NOW)
        assert verdict.trusted or verdict.explain()
        seen |= {problem.check for problem in verdict.problems}
    assert seen >= {"unreadable", "not-after"} if place == 0 else seen >= {"issuer", "signature"}


def test_every_prefix_of_a_certificate_is_unreadable() -> None:
    for end in range(len(RICH.der)):
        with pytest.raises(UnreadableCertificate):
            read_facts(RICH.der[:end])
