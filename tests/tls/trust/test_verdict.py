"""What a verdict tells: problems on their certificates, with remedies, by the switches of the policy."""

from __future__ import annotations

import pickle
from datetime import timedelta
from pathlib import Path

import pytest

from fastgw.tls.contexts import TrustStore
from fastgw.tls.trust.authorities import Authorities
from fastgw.tls.trust.paths import judge
from fastgw.tls.trust.verdict import Verdict
from tests.tls.trust.made import NOW, Made, make

ROOT = make("Root", ca=True)
MIDDLE = make("Middle", ROOT, ca=True)
KNOWN = Authorities(TrustStore((ROOT.der,), system_roots=False))
UNKNOWN = Authorities(TrustStore(system_roots=False))


def judged(*chain: Made, known: Authorities = KNOWN) -> Verdict:
    return judge([made.der for made in chain], known, "client", NOW)


def test_a_problem_names_check_certificate_and_remedy() -> None:
    expired = make("old", MIDDLE, days=(-9, -2))
    verdict = judged(expired, MIDDLE)
    (problem,) = verdict.problems
    assert (problem.check, problem.depth) == ("not-after", 0)
    assert (problem.subject, problem.thumbprint) == ("CN=old, O=Example", expired.thumbprint)
    when = f"{NOW - timedelta(days=2):%Y-%m-%d %H:%M} UTC"
    assert str(problem) == (
        f"certificate CN=old, O=Example (thumbprint {expired.thumbprint}) has expired on {when}; "
        "renew it, or set the clocks right"
    )
    assert verdict.explain() == str(problem)


def test_a_trusted_chain_has_nothing_to_explain() -> None:
    verdict = judged(make("leaf", MIDDLE), MIDDLE)
    assert verdict.trusted
    assert verdict.accepts()
    assert verdict.explain() == ""
    assert verdict.first_problem() is None
    assert verdict.path == (*verdict.path[:1], MIDDLE.der, ROOT.der)


@pytest.mark.parametrize(("days", "switch"), [((-9, -2), "not_after"), ((2, 9), "not_before")])
def test_the_dates_of_the_leaf_have_switches_of_their_own(days: tuple[int, int], switch: str) -> None:
    verdict = judged(make("leaf", MIDDLE, days=days), MIDDLE)
    assert not verdict.accepts()
    assert verdict.accepts(**{switch: False})
    for other in {"trust", "not_before", "not_after", "revocation"} - {switch}:
        assert not verdict.accepts(**{other: False})


def test_the_dates_of_a_ca_belong_to_trust() -> None:
    verdict = judged(make("leaf", MIDDLE), make("Middle", ROOT, ca=True, days=(-9, -2)))
    assert not verdict.accepts(not_before=False, not_after=False)
    assert verdict.accepts(trust=False)


def test_an_untrusted_leaf_is_judged_by_its_dates_where_trust_is_off() -> None:
    good, expired = make("good", MIDDLE), make("old", MIDDLE, days=(-9, -2))
    assert not judged(good, MIDDLE, known=UNKNOWN).accepts()
    assert judged(good, MIDDLE, known=UNKNOWN).accepts(trust=False)
    assert not judged(expired, MIDDLE, known=UNKNOWN).accepts(trust=False)
    assert judged(expired, MIDDLE, known=UNKNOWN).accepts(trust=False, not_after=False)


def test_what_cannot_be_read_is_accepted_by_no_combination() -> None:
    verdict = judge([b"0\x03abc"], KNOWN, "client", NOW)
    assert not verdict.accepts(trust=False, not_before=False, not_after=False, revocation=False)
    assert "cannot be read" in verdict.explain()


def test_the_first_problem_is_the_nearest_to_the_leaf() -> None:
    verdict = judged(
        make("old", MIDDLE, days=(-9, -2)), make("Middle", ROOT, ca=True, days=(-9, -2)), known=UNKNOWN
    )
    assert [(problem.check, problem.depth) for problem in verdict.problems] == [
        ("not-after", 0),
        ("not-after", 1),
        ("issuer", 1),
    ]
    first = verdict.first_problem(not_after=False)
    assert first is not None
    assert (first.check, first.depth) == ("not-after", 1)
    assert verdict.explain().count("; also: ") == 2


def test_verdicts_are_values() -> None:
    verdict = judged(make("leaf", MIDDLE), MIDDLE, known=UNKNOWN)
    assert pickle.loads(pickle.dumps(verdict)) == verdict
    with pytest.raises(AttributeError):
        verdict.anchored = True  # type: ignore[misc]
    assert MIDDLE.der.hex() not in repr(verdict)


@pytest.mark.parametrize("trusted", [True, False])
def test_the_roots_of_the_system_count_where_the_store_says_so(
    trusted: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "roots.pem").write_bytes(ROOT.pem)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "roots.pem"))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path / "none"))
    known = Authorities(TrustStore(system_roots=trusted))
    assert judged(make("leaf", MIDDLE), MIDDLE, known=known).trusted is trusted


def test_a_root_entry_that_is_not_self_issued_completes_chains_only() -> None:
    known = Authorities(TrustStore((MIDDLE.der, ROOT.der), system_roots=False))
    assert judged(make("leaf", MIDDLE), known=known).trusted
    alone = Authorities(TrustStore((MIDDLE.der,), system_roots=False))
    assert [problem.check for problem in judged(make("leaf", MIDDLE), known=alone).problems] == ["issuer"]
