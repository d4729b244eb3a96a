"""Chains of every shape, judged here and by `openssl verify`, which agrees where it is asked the same."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import NameOID, ObjectIdentifier

from fastgw.tls.contexts import TrustStore
from fastgw.tls.trust.authorities import Authorities
from fastgw.tls.trust.paths import judge
from fastgw.tls.trust.verdict import Purpose
from tests.tls.trust.made import ANY, CLIENT, DAY, NOW, SERVER, UNKNOWN_OID, Made, dn, key, make, over
from tests.tls.trust.made import openssl_verdict as ask_openssl

DNS, MAIL, URI = x509.DNSName, x509.RFC822Name, x509.UniformResourceIdentifier


def IP(text: str) -> x509.IPAddress:
    return x509.IPAddress(ipaddress.ip_network(text) if "/" in text else ipaddress.ip_address(text))


def DIR(common_name: str, **more: str) -> x509.DirectoryName:
    return x509.DirectoryName(dn(common_name, **more))


UNDER_EXAMPLE = x509.DirectoryName(x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Example")]))
OTHER = x509.OtherName(ObjectIdentifier("1.3.6.1.4.1.311.20.2.3"), b"\x0c\x01a")


@dataclass(frozen=True)
class Case:
    """A chain and what is wrong with it: pairs of check and depth; nothing is wrong where it is trusted."""

    chain: tuple[Made, ...]
    roots: tuple[Made, ...]
    wrong: frozenset[tuple[str, int]] = frozenset()
    store: tuple[Made, ...] = ()
    purpose: Purpose = "client"
    now: datetime | None = NOW
    # Where OpenSSL says otherwise or is asked something else, and why.
    otherwise: str = ""


def ca(name: str, by: Made | None = None, **options: object) -> Made:
    return make(name, by, ca=True, **options)  # type: ignore[arg-type]


def case(
    chain: tuple[Made, ...], roots: tuple[Made, ...], *wrong: tuple[str, int], **options: object
) -> Case:
    return Case(chain, roots, frozenset(wrong), **options)  # type: ignore[arg-type]


R = ca("Root")
I = ca("Middle", R)  # noqa: E741
LEAF = make("leaf", I)


def leaf_of(by: Made, **options: object) -> Made:
    return make("leaf", by, **options)  # type: ignore[arg-type]


def through(made: Made, **options: object) -> tuple[Made, Made]:
    """A leaf below a CA, and that CA."""
    return leaf_of(made, **options), made


# --- shapes ------------------------------------------------------------------------------------------

SHAPES: dict[str, Case] = {
    "leaf-and-root": case((leaf_of(R),), (R,)),
    "with-an-intermediate": case((LEAF, I), (R,)),
    "root-is-sent-too": case((LEAF, I, R), (R,)),
    "in-any-order": case((LEAF, R, I), (R,)),
    "with-strangers": case((LEAF, ca("Stranger"), make("other", R), I), (R,)),
    "intermediate-from-the-store": case((LEAF,), (R,), store=(I,)),
    "intermediate-missing": case((LEAF,), (R,), ("issuer", 0)),
    "intermediate-gives-no-trust": case((LEAF, I), (), ("issuer", 1), store=(I,)),
    "root-in-the-wrong-store": case((LEAF, I), (), ("root", 2), store=(R,)),
    "unknown-root": case((LEAF, I, R), (ca("Other"),), ("root", 2)),
    "self-signed-root-entry": (lambda one: case((one,), (one,)))(make("alone", ca=None)),
    "self-signed-unknown": case((make("alone", ca=None),), (R,), ("root", 0)),
    "self-signed-other-key": case(
        (make("alone", label="a", ca=None),), (make("alone", label="b", ca=None),), ("root", 0)
    ),
    "intermediate-named-as-root": case((LEAF, I), (I,), ("issuer", 1)),
    "issuer-with-another-key": case((LEAF, ca("Middle", R, label="ec:another")), (R,), ("signature", 0)),
    "same-name-two-keys": case((LEAF, ca("Middle", R, label="ec:another"), I), (R,)),
    "root-of-same-name-other-key": case((leaf_of(R),), (ca("Root", label="ec:another root"), R)),
    "root-renewed-with-its-key": case((LEAF, I, R), (ca("Root", days=(-1, 2000)),)),
    "wrong-authority-key-identifier": case(
        (leaf_of(I, authority_key=b"nonsense"), I),
        (R,),
        otherwise="OpenSSL believes the identifier; it is a hint (RFC 5280 4.2.1.1), the signature proves it",
    ),
    "no-authority-key-identifier": case((leaf_of(I, authority_key=None), I), (R,)),
    "same-subject-as-issuer": case((make("Middle", I, label="ec:namesake"), I), (R,)),
    "self-issued-key-rollover": (lambda new: case((leaf_of(new), new, I), (R,)))(
        ca("Middle", I, label="ec:new middle")
    ),
    "name-in-other-case-and-spaces": case(
        (make("leaf", I, issuer=dn(" middle  ".upper(), o="EXAMPLE")), I), (R,)
    ),
    "forged-signature": case((make("leaf", I, signer=key("ec:nobody")), I), (R,), ("signature", 0)),
    "forged-intermediate": (lambda middle: case((make("leaf", middle), middle), (R,), ("signature", 1)))(
        ca("Middle", R, signer=key("ec:nobody"))
    ),
    "leaf-as-ca": (lambda one: case((leaf_of(one), one), (R,), ("ca", 1)))(make("not a ca", R)),
    "ca-without-basic-constraints": (lambda one: case((leaf_of(one), one), (R,), ("ca", 1)))(
        make("no ca", R, ca=None)
    ),
    "ca-that-is-the-leaf": case((I,), (R,)),
    "root-without-basic-constraints": (lambda root: case((leaf_of(root),), (root,), ("ca", 1)))(
        make("Plain Root", ca=None)
    ),
}

# --- cross-signing and loops -------------------------------------------------------------------------

OLD = ca("Old Root")
NEW = ca("New Root")
NEW_BY_OLD = ca("New Root", OLD)
NEW_BY_OLD_EXPIRED = ca("New Root", OLD, days=(-100, -1))
X = ca("X", ca("Y"))
Y = ca("Y", X)
NARROW_BY_OLD = ca("New Root", OLD, path=0)
BELOW_NEW = ca("Below New", NEW)

CROSSED: dict[str, Case] = {
    "cross-signed-to-the-old-root": case((leaf_of(NEW), NEW_BY_OLD), (OLD,)),
    "cross-signed-new-root-known": case((leaf_of(NEW), NEW_BY_OLD), (NEW,)),
    "cross-signed-both-known": case((leaf_of(NEW), NEW_BY_OLD), (OLD, NEW)),
    "cross-signed-both-sent": case(
        (leaf_of(NEW), NEW, NEW_BY_OLD),
        (OLD,),
        otherwise="OpenSSL stops at the self-signed one, which is not trusted",
    ),
    "cross-certificate-expired-root-known": case((leaf_of(NEW), NEW_BY_OLD_EXPIRED), (OLD, NEW)),
    "cross-certificate-expired": case((leaf_of(NEW), NEW_BY_OLD_EXPIRED), (OLD,), ("not-after", 1)),
    "cross-certificate-expired-another-good": case(
        (leaf_of(NEW), NEW_BY_OLD_EXPIRED), (OLD,), store=(NEW_BY_OLD,)
    ),
    "narrow-cross-certificate-first": case(
        (make("leaf", BELOW_NEW), BELOW_NEW, NARROW_BY_OLD),
        (OLD,),
        store=(NEW_BY_OLD,),
        otherwise="OpenSSL builds one chain and does not look for another when a check fails",
    ),
    "narrow-cross-certificate-only": case(
        (make("leaf", BELOW_NEW), BELOW_NEW, NARROW_BY_OLD), (OLD,), ("path-length", 2)
    ),
    "loop-of-two": case((leaf_of(X), X, Y), (R,), ("issuer", 2)),
    "loop-of-two-with-a-way-out": case(
        (leaf_of(X), X, Y, ca("Y", R)), (R,), otherwise="OpenSSL builds one chain and it is the wrong one"
    ),
}

# --- dates -------------------------------------------------------------------------------------------

EXPIRED = make("old", I, days=(-20, -1))
EARLY = make("early", I, days=(1, 20))
I_EXPIRED = ca("Middle", R, days=(-20, -1))
I_EARLY = ca("Middle", R, days=(1, 20))
R_EXPIRED = ca("Root", days=(-200, -1))

DATES: dict[str, Case] = {
    "leaf-expired": case((EXPIRED, I), (R,), ("not-after", 0)),
    "leaf-not-yet-valid": case((EARLY, I), (R,), ("not-before", 0)),
    "leaf-expired-dates-ignored": case((EXPIRED, I), (R,), now=None),
    "leaf-not-yet-valid-dates-ignored": case((EARLY, I), (R,), now=None),
    "intermediate-expired": case((LEAF, I_EXPIRED), (R,), ("not-after", 1)),
    "intermediate-not-yet-valid": case((LEAF, I_EARLY), (R,), ("not-before", 1)),
    "intermediate-expired-another-in-the-store": case((LEAF, I_EXPIRED), (R,), store=(I,)),
    "intermediate-expired-dates-ignored": case((LEAF, I_EXPIRED), (R,), now=None),
    "root-expired": case((LEAF, I), (R_EXPIRED,), ("not-after", 2)),
    "root-expired-another-known": case((LEAF, I), (R_EXPIRED, R)),
    "leaf-and-intermediate-expired": case((EXPIRED, I_EXPIRED), (R,), ("not-after", 0), ("not-after", 1)),
    "expired-and-unknown": case((EXPIRED, I), (OLD,), ("not-after", 0), ("issuer", 1)),
    "last-second": case(
        (LEAF, I),
        (R,),
        now=NOW + 300 * DAY,
        otherwise="for OpenSSL the last second is too late; RFC 5280 4.1.2.5 includes it",
    ),
    "first-second": case((LEAF, I), (R,), now=NOW - 10 * DAY),
    "a-second-late": case(
        (make("brief", I, days=(-1, 1)), I), (R,), ("not-after", 0), now=NOW + 1.00002 * DAY
    ),
}

# --- path length and usages --------------------------------------------------------------------------

R0 = ca("Root 0", path=0)
R1 = ca("Root 1", path=1)
I_R0 = ca("Middle R0", R0)
I_R1 = ca("Middle R1", R1)
I2_R1 = ca("Second R1", I_R1)
I_SELF = ca("Middle R1", I_R1, label="ec:rollover")

USAGES: dict[str, Case] = {
    "path-length-0-and-a-leaf": case((leaf_of(R0),), (R0,)),
    "path-length-0-and-a-ca": case((*through(I_R0),), (R0,), ("path-length", 2)),
    "path-length-0-and-a-ca-as-leaf": case((I_R0,), (R0,)),
    "path-length-1": case((*through(I_R1),), (R1,)),
    "path-length-1-exceeded": case((*through(I2_R1), I_R1), (R1,), ("path-length", 3)),
    "path-length-1-and-a-self-issued": case((*through(I_SELF), I_R1), (R1,)),
    "ca-may-not-sign": case(through(ca("Quiet", R, usages=("crl_sign",))), (R,), ("key-usage", 1)),
    "ca-may-sign": case(through(ca("Signer", R, usages=("key_cert_sign", "crl_sign"))), (R,)),
    "root-may-not-sign": (lambda root: case((leaf_of(root),), (root,), ("key-usage", 1)))(
        ca("Quiet Root", usages=("digital_signature",))
    ),
    "leaf-may-sign-data": case((leaf_of(I, usages=("digital_signature",)), I), (R,)),
    "leaf-may-only-encipher": case((leaf_of(I, usages=("key_encipherment",)), I), (R,), ("key-usage", 0)),
    "server-may-only-encipher": case((leaf_of(I, usages=("key_encipherment",)), I), (R,), purpose="server"),
    "server-may-only-sign-lists": case(
        (leaf_of(I, usages=("crl_sign",)), I), (R,), ("key-usage", 0), purpose="server"
    ),
    "client-usage": case((leaf_of(I, extended=[CLIENT]), I), (R,)),
    "server-usage-for-a-client": case((leaf_of(I, extended=[SERVER]), I), (R,), ("extended-key-usage", 0)),
    "client-usage-for-a-server": case(
        (leaf_of(I, extended=[CLIENT]), I), (R,), ("extended-key-usage", 0), purpose="server"
    ),
    "server-usage": case((leaf_of(I, extended=[SERVER]), I), (R,), purpose="server"),
    "both-usages": case((leaf_of(I, extended=[SERVER, CLIENT]), I), (R,)),
    "any-usage": case(
        (leaf_of(I, extended=[ANY]), I),
        (R,),
        otherwise="OpenSSL does not count anyExtendedKeyUsage; RFC 5280 4.2.1.12 allows to",
    ),
    "usage-of-the-intermediate": case(
        through(ca("Servers Only", R, extended=[SERVER])), (R,), ("extended-key-usage", 1)
    ),
    "usage-of-the-intermediate-fits": case(through(ca("Clients", R, extended=[CLIENT])), (R,)),
    "usage-of-the-root": (lambda root: case((leaf_of(root),), (root,), ("extended-key-usage", 1)))(
        ca("Servers Root", extended=[SERVER])
    ),
}

# --- extensions, keys and digests --------------------------------------------------------------------


def unknown(critical: bool) -> list[tuple[x509.ExtensionType, bool]]:
    return [(x509.UnrecognizedExtension(UNKNOWN_OID, b"\x05\x00"), critical)]


def policy(*, require: int | None, inhibit: int | None = None) -> list[tuple[x509.ExtensionType, bool]]:
    return [(x509.PolicyConstraints(require, inhibit), True)]


POLICIES: list[tuple[x509.ExtensionType, bool]] = [
    (x509.CertificatePolicies([x509.PolicyInformation(ObjectIdentifier("1.2.3.4"), None)]), True)
]
RSA_CA = ca("RSA CA", R, label="rsa2048:ca")
RSA_ROOT = ca("RSA Root", label="rsa2048:root")
SHA1_ROOT = over(RSA_ROOT, RSA_ROOT, "sha1")
SHA1_CA = over(ca("Middle", RSA_ROOT), RSA_ROOT, "sha1")
SHORT_CA = ca("Short CA", R, label="rsa1024:ca")

STRENGTH: dict[str, Case] = {
    "unknown-critical-extension": case((leaf_of(I, more=unknown(True)), I), (R,), ("critical-extension", 0)),
    "unknown-extension": case((leaf_of(I, more=unknown(False)), I), (R,)),
    "unknown-critical-extension-of-a-ca": case(
        through(ca("Odd", R, more=unknown(True))), (R,), ("critical-extension", 1)
    ),
    "unknown-critical-extension-of-the-root": (
        lambda root: case((leaf_of(root),), (root,), ("critical-extension", 1))
    )(ca("Odd Root", more=unknown(True))),
    "policies": case((leaf_of(I, more=POLICIES), I), (R,)),
    "policy-demanded": case(
        through(ca("Policed", R, more=policy(require=0))),
        (R,),
        ("policy", 1),
        otherwise="OpenSSL looks at policies only when told to",
    ),
    "policy-mapping-inhibited": case(through(ca("No Maps", R, more=policy(require=None, inhibit=0))), (R,)),
    "sha1-leaf": case((over(make("leaf", RSA_CA), RSA_CA, "sha1"), RSA_CA), (R,), ("weak-signature", 0)),
    "md5-leaf": case((over(make("leaf", RSA_CA), RSA_CA, "md5"), RSA_CA), (R,), ("weak-signature", 0)),
    "sha1-intermediate": case(through(SHA1_CA), (RSA_ROOT,), ("weak-signature", 1)),
    "sha1-root": case((leaf_of(SHA1_ROOT),), (SHA1_ROOT,)),
    "sha512-leaf": case((make("leaf", RSA_CA, digest=hashes.SHA512()), RSA_CA), (R,)),
    "pss-leaf": case((make("leaf", RSA_CA, pss=True), RSA_CA), (R,)),
    "rsa-1024-leaf": case((make("leaf", I, label="rsa1024"), I), (R,), ("weak-key", 0)),
    "rsa-1024-ca": case(through(SHORT_CA), (R,), ("weak-key", 1)),
    "p192-leaf": case((make("leaf", I, label="p192"), I), (R,), ("weak-key", 0)),
    "dsa-leaf": case(
        (make("leaf", I, label="dsa"), I), (R,), ("weak-key", 0), otherwise="OpenSSL still takes DSA"
    ),
    "p384-chain": case(through(ca("P384", R, label="p384")), (R,)),
    "ed25519-chain": case(through(ca("Ed25519", R, label="ed25519")), (R,)),
    "ed448-chain": case(through(ca("Ed448", R, label="ed448")), (R,)),
}

# --- name constraints --------------------------------------------------------------------------------


def limited(
    leaf: dict[str, object],
    *wrong: tuple[str, int],
    name: str | x509.Name = "leaf",
    otherwise: str = "",
    **limits: object,
) -> Case:
    limiting = ca("Limited", R, **limits)
    made = make(name, limiting, **leaf)  # type: ignore[arg-type]
    return case((made, limiting), (R,), *wrong, otherwise=otherwise)


BAD = ("name-constraints", 0)
IN_ORG = dn("leaf", o="Example")
DEEP_LIMIT = ca("Limited", R, allow=[DNS("example.test")])
DEEP_CA = ca("Deep", DEEP_LIMIT)
DEEP_SELF = ca("Limited", DEEP_LIMIT, label="ec:limited rollover")

ORG_LIMIT = ca("Limited", R, allow=[UNDER_EXAMPLE])
ELSEWHERE = make(dn("Elsewhere", o="Other"), ORG_LIMIT, ca=True)

NAMES: dict[str, Case] = {
    "dns-permitted": limited({"sans": [DNS("a.example.test")]}, allow=[DNS("example.test")]),
    "dns-permitted-itself": limited({"sans": [DNS("EXAMPLE.test")]}, allow=[DNS("example.test")]),
    "dns-not-permitted": limited({"sans": [DNS("a.example.org")]}, BAD, allow=[DNS("example.test")]),
    "dns-that-only-ends-so": limited({"sans": [DNS("bad-example.test")]}, BAD, allow=[DNS("example.test")]),
    "dns-with-a-dot-permits-subdomains": limited(
        {"sans": [DNS("a.example.test")]}, allow=[DNS(".example.test")]
    ),
    "dns-with-a-dot-not-itself": limited({"sans": [DNS("example.test")]}, BAD, allow=[DNS(".example.test")]),
    "dns-excluded": limited({"sans": [DNS("a.secret.test")]}, BAD, deny=[DNS("secret.test")]),
    "dns-not-excluded": limited({"sans": [DNS("a.example.test")]}, deny=[DNS("secret.test")]),
    "dns-excluded-within-permitted": limited(
        {"sans": [DNS("a.no.example.test")]}, BAD, allow=[DNS("example.test")], deny=[DNS("no.example.test")]
    ),
    "dns-one-of-many": limited(
        {"sans": [DNS("a.example.test"), DNS("b.example.org")]}, BAD, allow=[DNS("example.test")]
    ),
    "dns-wildcard-permitted": limited({"sans": [DNS("*.example.test")]}, allow=[DNS("example.test")]),
    "dns-wildcard-over-an-excluded-name": limited(
        {"sans": [DNS("*.example.test")]},
        BAD,
        deny=[DNS("no.example.test")],
        otherwise="OpenSSL compares the wildcard as text",
    ),
    "no-dns-name-to-constrain": limited({}, allow=[DNS("example.test")]),
    "common-name-like-a-host": limited({}, BAD, name="a.example.org", allow=[DNS("example.test")]),
    "common-name-like-a-permitted-host": limited({}, name="a.example.test", allow=[DNS("example.test")]),
    "mail-address": limited({"sans": [MAIL("a@example.test")]}, allow=[MAIL("a@example.test")]),
    "mail-other-address": limited({"sans": [MAIL("b@example.test")]}, BAD, allow=[MAIL("a@example.test")]),
    "mail-host": limited({"sans": [MAIL("a@example.test")]}, allow=[MAIL("example.test")]),
    "mail-other-host": limited({"sans": [MAIL("a@sub.example.test")]}, BAD, allow=[MAIL("example.test")]),
    "mail-domain": limited({"sans": [MAIL("a@sub.example.test")]}, allow=[MAIL(".example.test")]),
    "mail-excluded": limited({"sans": [MAIL("a@Example.test")]}, BAD, deny=[MAIL("example.test")]),
    "mail-in-the-subject": limited(
        {}, BAD, name=dn("leaf", email="a@example.org"), allow=[MAIL("example.test")]
    ),
    "mail-in-the-subject-permitted": limited(
        {}, name=dn("leaf", email="a@example.test"), allow=[MAIL("example.test")]
    ),
    "address-permitted": limited({"sans": [IP("10.1.2.3")]}, allow=[IP("10.0.0.0/8")]),
    "address-not-permitted": limited({"sans": [IP("11.1.2.3")]}, BAD, allow=[IP("10.0.0.0/8")]),
    "address-excluded": limited({"sans": [IP("10.1.2.3")]}, BAD, deny=[IP("10.1.0.0/16")]),
    "address-6-permitted": limited({"sans": [IP("fd00::1")]}, allow=[IP("fd00::/8")]),
    "address-4-where-6-is-permitted": limited({"sans": [IP("10.1.2.3")]}, BAD, allow=[IP("fd00::/8")]),
    "directory-permitted": limited({}, name=IN_ORG, allow=[UNDER_EXAMPLE]),
    "directory-not-permitted": limited({}, BAD, name=dn("leaf", o="Other"), allow=[UNDER_EXAMPLE]),
    "directory-in-other-case": limited({}, name=dn("leaf", o="EXAMPLE"), allow=[UNDER_EXAMPLE]),
    "directory-excluded": limited({}, BAD, name=IN_ORG, deny=[UNDER_EXAMPLE]),
    "directory-in-the-alternative-names": limited(
        {"sans": [DIR("x", o="Other")]}, BAD, name=IN_ORG, allow=[UNDER_EXAMPLE]
    ),
    "uri-host": limited({"sans": [URI("spiffe://example.test/a")]}, allow=[URI("example.test")]),
    "uri-other-host": limited({"sans": [URI("https://a.example.test/")]}, BAD, allow=[URI("example.test")]),
    "uri-domain": limited({"sans": [URI("https://a.example.test/x")]}, allow=[URI(".example.test")]),
    "uri-without-a-host": limited({"sans": [URI("urn:a:b")]}, BAD, allow=[URI("example.test")]),
    "uri-that-cannot-be-read": limited({"sans": [URI("http://[::1")]}, BAD, allow=[URI("example.test")]),
    "uri-that-cannot-be-read-excluded": limited(
        {"sans": [URI("http://[::1")]},
        BAD,
        deny=[URI("example.test")],
        otherwise="OpenSSL takes the bracket for a part of the host name",
    ),
    "uri-with-a-port": limited({"sans": [URI("https://a.example.test:8443/")]}, allow=[URI(".example.test")]),
    "uri-with-a-user": limited(
        {"sans": [URI("https://u:p@a.example.test/")]}, BAD, allow=[URI(".example.test")]
    ),
    "uri-with-an-address": limited(
        {"sans": [URI("https://10.0.0.1/")]},
        BAD,
        deny=[URI("example.test")],
        otherwise="OpenSSL compares the address as a name; RFC 5280 4.2.1.10 refuses it",
    ),
    "unknown-kind-constrained": limited({"sans": [OTHER]}, BAD, allow=[OTHER]),
    "unknown-kind-constrained-not-there": limited({}, allow=[OTHER]),
    "constraint-holds-for-all-below": case(
        (make("leaf", DEEP_CA, sans=[DNS("a.example.org")]), DEEP_CA, DEEP_LIMIT), (R,), BAD
    ),
    "constraint-holds-through-self-issued": case(
        (make("leaf", DEEP_SELF, sans=[DNS("a.example.org")]), DEEP_SELF, DEEP_LIMIT), (R,), BAD
    ),
    "constraint-of-the-root": (
        lambda root: case((leaf_of(root, sans=[DNS("a.example.org")]),), (root,), BAD)
    )(ca("Limited Root", allow=[DNS("example.test")])),
    "constraint-for-a-ca": case(
        (make(dn("leaf", o="Other"), ELSEWHERE), ELSEWHERE, ORG_LIMIT), (R,), BAD, ("name-constraints", 1)
    ),
}

ALL = {**SHAPES, **CROSSED, **DATES, **USAGES, **STRENGTH, **NAMES}


def store_of(one: Case) -> TrustStore:
    return TrustStore(
        tuple(made.der for made in one.roots), tuple(made.der for made in one.store), system_roots=False
    )


@pytest.mark.parametrize("one", ALL.values(), ids=ALL)
def test_what_is_wrong_with_a_chain(one: Case) -> None:
    chain = [made.der for made in one.chain]
    verdict = judge(chain, Authorities(store_of(one)), one.purpose, one.now)
    assert {(problem.check, problem.depth) for problem in verdict.problems} == one.wrong, verdict.explain()
    assert verdict.trusted == (not one.wrong)
    assert verdict.path[0] == chain[0]
    assert verdict.anchored == (verdict.path[-1] in {made.der for made in one.roots if made.self_issued})
    for issuer, subject in zip(verdict.path[1:], verdict.path, strict=False):
        assert issuer != subject


@pytest.mark.parametrize("one", ALL.values(), ids=ALL)
def test_openssl_says_the_same(one: Case, tmp_path: Path) -> None:
    trusted, said = ask_openssl(
        tmp_path,
        [made.der for made in one.chain],
        [made.der for made in one.roots],
        [made.der for made in one.store],
        one.purpose,
        one.now,
    )
    assert trusted == (not one.wrong) or one.otherwise, said
    assert trusted != (not one.wrong) or not one.otherwise, f"OpenSSL agrees by now: {said}"
