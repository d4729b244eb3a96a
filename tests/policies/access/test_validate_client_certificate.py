"""validate-client-certificate: which check refuses which certificate, and what is said of it."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from fastgw.tls.certs import read_certificate
from fastgw.tls.contexts import TrustStore
from fastgw.tls.trust.authorities import Authorities
from fastgw.tls.trust.paths import judge
from fastgw.tls.trust.verdict import Problem, Verdict
from tests.pki import DAY, NOW, Ca, Issued, make_ca
from tests.policies.running import Ran, Snapshot

MISSING = ("ClientCertificateNotFound", 401, "Client certificate missing")


def invalid(reason: str) -> tuple[str, int, str]:
    return f"ClientCertificate{reason}", 401, "Invalid client certificate"


class Trust:
    """Judges with one root, and says of `revoked` that it is."""

    def __init__(self, root: Ca) -> None:
        self._authorities = Authorities(TrustStore((root.der,), system_roots=False))
        self._known: dict[Any, Verdict] = {}
        self.revoked: set[bytes] = set()

    def verify_now(self, chain: tuple[bytes, ...], revocation: bool) -> Verdict:
        key = chain, revocation
        if key not in self._known:
            found = judge(chain, self._authorities, "client", datetime.now(UTC))
            if revocation and chain[0] in self.revoked:
                problem = Problem("revoked", 0, "CN=x", "0" * 40, "is revoked", "get another one")
                found = Verdict(found.path, found.anchored, (*found.problems, problem))
            self._known[key] = found
        return self._known[key]


@pytest.fixture(scope="module")
def root() -> Ca:
    return make_ca("Callers Root")


@pytest.fixture(scope="module")
def middle(root: Ca) -> Ca:
    return root.intermediate("Callers Middle")


@pytest.fixture(scope="module")
def caller(middle: Ca) -> Issued:
    return middle.issue("caller", "caller.example.test", usage="client")


def check(
    root: Ca,
    issued: Issued | None,
    attributes: str = "",
    identities: str = "",
    *,
    revoked: bool = False,
    chain: tuple[bytes, ...] | None = None,
    entries: dict[str, object] | None = None,
) -> Ran:
    """The policy run for a caller who presents a certificate with its intermediates."""
    trust = Trust(root)
    snapshot = Snapshot()
    snapshot.caller_trust = trust
    presented = None
    if issued is not None:
        sent = chain or (issued.der, *(read_certificate(issued.pem + issued.issuers_pem).chain[1:]))
        presented = SimpleNamespace(chain=sent)
        trust.revoked = {issued.der} if revoked else set()
    inner = f"<identities>{identities}</identities>" if identities else ""
    statement = f"<validate-client-certificate {attributes}>{inner}</validate-client-certificate>"
    return Ran(statement, snapshot=snapshot, presented=presented, entries=entries)


# ---------------------------------------------------------------- the four switches


def test_a_trusted_certificate_passes(root: Ca, caller: Issued) -> None:
    ran = check(root, caller)
    assert ran.passed
    assert ran.exchange.error is None


def test_no_certificate_is_refused_whatever_is_switched_off(root: Ca) -> None:
    off = " ".join(f'validate-{name}="false"' for name in ("trust", "revocation", "not-before", "not-after"))
    assert check(root, None).failure == MISSING
    assert check(root, None, off).failure == MISSING


@pytest.mark.parametrize(
    ("kind", "switch", "reason"),
    [
        ("expired", "validate-not-after", "Expired"),
        ("early", "validate-not-before", "NotYetValid"),
        ("stranger", "validate-trust", "NotTrusted"),
        ("self-signed", "validate-trust", "NotTrusted"),
        ("server", "validate-trust", "NotTrusted"),
        ("revoked", "validate-revocation", "Revoked"),
    ],
)
def test_each_switch_is_for_its_own_fault(
    root: Ca, middle: Ca, caller: Issued, kind: str, switch: str, reason: str
) -> None:
    issued = {
        "expired": lambda: middle.issue("old", usage="client", not_before=NOW - 9 * DAY, not_after=NOW - DAY),
        "early": lambda: middle.issue("early", usage="client", not_before=NOW + DAY),
        "stranger": lambda: make_ca("Stranger").issue("caller", usage="client"),
        "self-signed": lambda: make_ca("Alone"),
        "server": lambda: middle.issue("server"),
        "revoked": lambda: caller,
    }[kind]()
    revoked = kind == "revoked"
    ran = check(root, issued, revoked=revoked)
    assert ran.failure == invalid(reason)
    assert ran.exchange.error is not None
    assert ran.exchange.error.source == "validate-client-certificate"
    assert ran.exchange.error.path == "validate-client-certificate[1]"
    assert ran.exchange.error.section == "inbound"
    assert check(root, issued, f'{switch}="false"', revoked=revoked).passed
    others = {"validate-trust", "validate-not-before", "validate-not-after", "validate-revocation"} - {switch}
    off = " ".join(f'{name}="false"' for name in others)
    assert check(root, issued, off, revoked=revoked).failure == invalid(reason)


def test_a_certificate_that_cannot_be_read_passes_no_combination(root: Ca, caller: Issued) -> None:
    off = " ".join(f'validate-{name}="false"' for name in ("trust", "revocation", "not-before", "not-after"))
    damaged = (caller.der[:-20],)
    assert check(root, caller, off, chain=damaged).failure == invalid("NotTrusted")


def test_the_message_names_the_certificate_and_the_check(root: Ca) -> None:
    stranger = make_ca("Stranger").issue("caller", usage="client")
    error = check(root, stranger).exchange.error
    assert error is not None
    assert "CN=Stranger" in error.message or stranger.thumbprint in error.message


# ---------------------------------------------------------------- ignore-error


def test_an_ignored_failure_is_found_in_last_error(root: Ca, middle: Ca) -> None:
    statement = (
        '<set-variable name="seen" value="@(context.LastError.Reason + context.LastError.Source'
        ' + context.LastError.Scope + context.LastError.Section)" />'
    )
    snapshot = Snapshot()
    snapshot.caller_trust = Trust(root)
    ran = Ran(f'<validate-client-certificate ignore-error="true" />{statement}', snapshot=snapshot)
    assert ran.passed
    assert ran.variable("seen") == "ClientCertificateNotFoundvalidate-client-certificateapiinbound"


# ---------------------------------------------------------------- identities


def test_one_identity_that_fits_is_enough(root: Ca, caller: Issued) -> None:
    right = f'<identity thumbprint="{caller.thumbprint.lower()}" />'
    wrong = f'<identity thumbprint="{"0" * 40}" />'
    assert check(root, caller, identities=wrong + right).passed
    ran = check(root, caller, identities=wrong)
    assert ran.failure == invalid("IdentityNotMatched")
    assert ran.exchange.error is not None
    assert caller.thumbprint in ran.exchange.error.message


@pytest.mark.parametrize(
    ("attributes", "passes"),
    [
        ('common-name="CALLER"', True),
        ('common-name="call"', False),
        ('dns-name="Caller.Example.Test"', True),
        ('dns-name="other.example.test"', False),
        ('subject="CN=caller, O=Example, C=NL"', True),
        ('subject="C=NL,O=Example,CN=caller"', True),
        ('subject="CN=caller"', False),
        ('issuer-subject="CN=Callers Middle, O=Example, C=NL"', True),
        ('issuer-subject="CN=Callers Root, O=Example, C=NL"', False),
        ('common-name="caller" dns-name="caller.example.test"', True),
        ('common-name="caller" dns-name="other.example.test"', False),
    ],
)
def test_names_fit_or_do_not(root: Ca, caller: Issued, attributes: str, passes: bool) -> None:
    ran = check(root, caller, identities=f"<identity {attributes} />")
    assert ran.passed is passes


def test_serial_numbers_and_issuers_fit_or_do_not(root: Ca, middle: Ca, caller: Issued) -> None:
    serial = f"{caller.certificate.serial_number:x}"
    for attributes, passes in (
        (f'serial-number="{serial}"', True),
        (f'serial-number="{serial}0"', False),
        (f'issuer-thumbprint="{middle.thumbprint}"', True),
        (f'issuer-thumbprint="{root.thumbprint}"', False),
    ):
        assert check(root, caller, identities=f"<identity {attributes} />").passed is passes


def test_an_issuer_is_named_by_the_id_of_an_entry(root: Ca, middle: Ca, caller: Issued) -> None:
    entries: dict[str, object] = {
        "middle": read_certificate(middle.pem),
        "root": read_certificate(root.pem),
        "twin": read_certificate(make_ca("other").intermediate("Callers Middle").pem),
    }
    for id, passes in (("middle", True), ("root", False), ("twin", False)):
        ran = check(root, caller, identities=f'<identity issuer-certificate-id="{id}" />', entries=entries)
        assert ran.passed is passes


def test_an_issuer_that_is_only_claimed_does_not_count(root: Ca, middle: Ca) -> None:
    """A stranger sends the true intermediate behind a certificate that it has not signed."""
    twin = make_ca("other").intermediate("Callers Middle").issue("caller", usage="client")
    identities = f'<identity issuer-thumbprint="{middle.thumbprint}" />'
    ran = check(root, twin, 'validate-trust="false"', identities, chain=(twin.der, middle.der))
    assert ran.failure == invalid("IdentityNotMatched")
