"""Builds the chain from a leaf to a trusted root and judges it (RFC 5280 6.1), from values alone.

Must never raise for what a peer sent, and never take long: the checks of signatures and the steps of the
search are counted, and what is not decided then is refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from fastgw.tls.certs import thumbprint_of
from fastgw.tls.names import CanonicalName
from fastgw.tls.signatures import digest_weakness, key_weakness
from fastgw.tls.trust.authorities import Authorities
from fastgw.tls.trust.constraints import Budget, ComparisonsExceeded, violated_name
from fastgw.tls.trust.facts import Facts, UnreadableCertificate, read_facts
from fastgw.tls.trust.verdict import Check, Problem, Purpose, Verdict

MAX_SENT: Final = 20
"""Certificates of a peer that are looked at; those behind are not."""
MAX_PATH: Final = 20
"""Certificates of a path, leaf and root included."""
MAX_SIGNATURE_CHECKS: Final = 64
"""Signatures that one judgement checks: 3 ms with RSA 2048, 20 ms with the largest keys. Go has 100."""
MAX_STEPS: Final = 400
"""Certificates that the search sets foot on, some several times: cross-signed CAs make many paths."""
MAX_JUDGED: Final = 24
"""Paths that are judged before the best of them is taken."""

_CLIENT_AUTH: Final = "1.3.6.1.5.5.7.3.2"
_SERVER_AUTH: Final = "1.3.6.1.5.5.7.3.1"
_ANY_USAGE: Final = "2.5.29.37.0"

_ADD_ROOT: Final = "add that root under caCertificates (storeName Root)"
_ADD_MISSING: Final = (
    "add the missing CA certificates under caCertificates (the root as Root, intermediates as "
    "CertificateAuthority), or let the peer send its whole chain"
)
_REISSUE: Final = "have it issued anew"
_REISSUE_CA: Final = "have the CA certificate issued anew, or trust another chain"


def judge(
    chain: Sequence[bytes], authorities: Authorities, purpose: Purpose, now: datetime | None
) -> Verdict:
    """Judge what a peer sent (DER, leaf first, the rest in any order) for a purpose, at a time (aware).

    `now` None leaves all dates out. Revocation is not looked at. Never raises for what is in `chain`.
    """
    if not chain:
        problem = Problem("missing", 0, "", "", "there is no certificate", "let the peer send one")
        return Verdict((), False, (problem,))
    try:
        leaf = read_facts(chain[0])
    except UnreadableCertificate as error:
        problem = Problem("unreadable", 0, "", thumbprint_of(chain[0]), str(error), _REISSUE)
        return Verdict((chain[0],), False, (problem,))
    return _Search(leaf, chain[1:MAX_SENT], authorities, purpose, now).run()


class _Search:
    """One judgement: goes through the paths, depth first, until one has no problem but dates of the leaf."""

    def __init__(
        self,
        leaf: Facts,
        others: Sequence[bytes],
        authorities: Authorities,
        purpose: Purpose,
        now: datetime | None,
    ) -> None:
        self._leaf = leaf
        self._authorities = authorities
        self._purpose = purpose
        self._now = now
        self._checks_left = MAX_SIGNATURE_CHECKS
        self._steps_left = MAX_STEPS
        self._judged_left = MAX_JUDGED
        self._exhausted = False
        self._signed: dict[tuple[bytes, bytes], bool] = {}
        self._comparisons = Budget()
        self._best: tuple[tuple[int, ...], tuple[Facts, ...], bool, tuple[Problem, ...]] | None = None
        self._sent: list[Facts] = []
        for der in dict.fromkeys(others):
            try:
                self._sent.append(read_facts(der))
            except UnreadableCertificate:
                continue  # a peer may send what it likes; without it the chain is complete or it is not

    def run(self) -> Verdict:
        self._walk([self._leaf])
        assert self._best is not None  # noqa: S101 (every walk ends in a path that is judged)
        _, path, anchored, problems = self._best
        now = self._now
        if problems and self._exhausted:
            limit = Problem(
                "limit",
                0,
                self._leaf.subject_text,
                self._leaf.thumbprint,
                "has more possible chains than are tried",
                "let the peer send its own chain only, and remove CA certificates that stand for the same CA "
                "several times from caCertificates",
            )
            problems = (*problems, limit)
        dates = [date for facts in path for date in (facts.not_before, facts.not_after)]
        changes_at = min((date for date in dates if now is not None and date >= now), default=None)
        return Verdict(tuple(facts.der for facts in path), anchored, problems, changes_at=changes_at)

    # --- the search ----------------------------------------------------------------------------------

    def _walk(self, path: list[Facts]) -> bool:
        """Follow every path that begins so; True where one was found with which the search may end."""
        last = path[-1]
        if self._authorities.is_root(last):
            return self._judge(path, None)
        found = named = looped = False
        full = len(path) >= MAX_PATH
        if not last.self_issued or self._has_other_issuer(last):
            for issuer in self._issuers(last):
                if any(_same_entity(issuer, one) for one in path):
                    looped = True
                    continue
                named = True
                if full:
                    break
                if self._steps_left <= 0:
                    self._exhausted = True
                    break
                self._steps_left -= 1
                if self._signature_holds(issuer, last):
                    found = True
                    path.append(issuer)
                    ended = self._walk(path)
                    path.pop()
                    if ended:
                        return True
        if found:
            return False
        return self._judge(path, self._dead_end(path, named, looped, full))

    def _has_other_issuer(self, last: Facts) -> bool:
        """Whether a self-issued certificate was signed with another key of the same name, not its own."""
        return not self._signature_holds(last, last)

    def _issuers(self, subject: Facts) -> list[Facts]:
        """Certificates with the issuer's name, the most promising first; only the signature decides."""
        name = subject.issuer
        pool = {facts.der: facts for facts in self._named(name)}
        roots = {facts.der for facts in self._authorities.roots(name)}
        wanted = subject.authority_key_id
        now = self._now

        def order(issuer: Facts) -> tuple[bool, bool, bool, float]:
            other_key = None not in (wanted, issuer.subject_key_id) and wanted != issuer.subject_key_id
            in_force = now is None or issuer.not_before <= now <= issuer.not_after
            return other_key, not in_force, issuer.der not in roots, -issuer.not_after.timestamp()

        return sorted(pool.values(), key=order)

    def _named(self, name: CanonicalName) -> Iterator[Facts]:
        yield from self._authorities.roots(name)
        yield from self._authorities.intermediates(name)
        yield from (facts for facts in self._sent if facts.subject == name)

    def _signature_holds(self, issuer: Facts, subject: Facts) -> bool:
        # By key: certificates of one CA that were issued several times need one check.
        place = (subject.der, issuer.spki)
        known = self._signed.get(place)
        if known is None:
            if self._checks_left <= 0:
                self._exhausted = True
                return False
            self._checks_left -= 1
            known = self._signed[place] = subject.signed_by(issuer)
        return known

    # --- the end of a path ---------------------------------------------------------------------------

    def _dead_end(self, path: list[Facts], named: bool, looped: bool, full: bool) -> Problem:
        """Why a path goes no further and is not trusted."""
        depth, last = len(path) - 1, path[-1]
        if full and named:
            return _problem("limit", depth, last, f"is number {MAX_PATH} of its chain", "shorten the chain")
        if last.self_issued and self._signature_holds(last, last):
            if depth == 0:
                message = "is self-signed and not trusted"
                remedy = "add it under caCertificates (storeName Root), or use one that a trusted CA issued"
                return _problem("root", depth, last, message, remedy)
            return _problem("root", depth, last, "is the root of the chain and is not trusted", _ADD_ROOT)
        if not last.signature_known:
            return _problem("signature", depth, last, "is signed in a way that is not supported", _REISSUE)
        if named:
            message = f"was not signed by the CA that is known as {last.issuer_text}"
            remedy = (
                "compare the CA certificate under caCertificates with that of the issuer: it may have been "
                "renewed with another key"
            )
            return _problem("signature", depth, last, message, remedy)
        if looped:
            message = f"was issued by one that stands below it, {last.issuer_text}: the chain has no root"
            return _problem("issuer", depth, last, message, _ADD_MISSING)
        return _problem(
            "issuer", depth, last, f"has an issuer that is not known: {last.issuer_text}", _ADD_MISSING
        )

    def _judge(self, path: list[Facts], dead_end: Problem | None) -> bool:
        """Judge a path and keep it where it is the best; True where no other can be better."""
        problems = list(_problems(path, self._purpose, self._now, dead_end is None, self._comparisons))
        if dead_end is not None:
            problems.append(dead_end)
            problems.sort(key=lambda problem: problem.depth)
        # The dates of the leaf are the same on every path.
        counted = [problem for problem in problems if problem.family == "trust"]
        dates = sum(problem.check in ("not-before", "not-after") for problem in counted)
        # First what ends in a root, then what would be mended by clocks, then what says most.
        rank = (dead_end is not None, len(counted) - dates, dates, -len(path))
        if self._best is None or rank < self._best[0]:
            self._best = rank, tuple(path), dead_end is None, tuple(problems)
        self._judged_left -= 1
        if not counted:
            return True
        if self._judged_left <= 0:
            self._exhausted = True
            return True
        return False


def _same_entity(one: Facts, other: Facts) -> bool:
    """Whether two are the same CA with the same key: a path through both would be a loop (RFC 4158 2.4.2)."""
    return one.subject == other.subject and one.spki == other.spki


# --- the checks of a path ----------------------------------------------------------------------------


def _problem(check: Check, depth: int, facts: Facts, message: str, remedy: str) -> Problem:
    return Problem(check, depth, facts.subject_text, facts.thumbprint, message, remedy)


def _problems(
    path: Sequence[Facts], purpose: Purpose, now: datetime | None, anchored: bool, budget: Budget
) -> Iterator[Problem]:
    """What is wrong along a path whose signatures hold, from the leaf to the last."""
    below = 0  # CAs between the leaf and the one that is looked at, without self-issued ones
    for depth, facts in enumerate(path):
        yield from _of_one(depth, facts, now)
        is_anchor = anchored and depth == len(path) - 1
        # What a root says about itself is signed by nobody.
        weak = None if is_anchor else digest_weakness(facts.digest)
        if weak is not None:
            yield _problem("weak-signature", depth, facts, weak, "have it issued anew with SHA-256")
        if depth == 0:
            yield from _of_leaf(facts, purpose)
            continue
        yield from _of_ca(depth, facts, purpose, below, is_anchor)
        yield from _of_names(path[:depth], depth, facts, budget)
        below += not facts.self_issued


def _of_one(depth: int, facts: Facts, now: datetime | None) -> Iterator[Problem]:
    """The checks that every certificate of a path has to pass."""
    again = _REISSUE if depth == 0 else _REISSUE_CA
    if now is not None and now < facts.not_before:
        message = f"is not valid before {facts.not_before:%Y-%m-%d %H:%M} UTC"
        yield _problem("not-before", depth, facts, message, "wait until then, or set the clocks right")
    if now is not None and now > facts.not_after:
        message = f"has expired on {facts.not_after:%Y-%m-%d %H:%M} UTC"
        yield _problem("not-after", depth, facts, message, "renew it, or set the clocks right")
    if facts.unknown_critical:
        oids = ", ".join(facts.unknown_critical[:3])
        message = f"has a critical extension that is not understood: {oids}"
        yield _problem("critical-extension", depth, facts, message, again)
    if facts.demands_policy:
        message = "demands a certificate policy, which is not checked here"
        yield _problem("policy", depth, facts, message, "use a CA without requireExplicitPolicy")
    weak = key_weakness(facts.key)
    if weak is not None:
        yield _problem("weak-key", depth, facts, weak, again)


def _of_leaf(facts: Facts, purpose: Purpose) -> Iterator[Problem]:
    usage = facts.key_usage
    # Of these OpenSSL demands one as well; the second of a server is that of RSA without forward secrecy.
    if usage is not None and not (
        usage.digital_signature or usage.key_agreement or (purpose == "server" and usage.key_encipherment)
    ):
        message = "has key usages, but not digitalSignature"
        yield _problem("key-usage", 0, facts, message, "have it issued anew with digitalSignature")
    if not _fit_for(facts, purpose):
        word = "clientAuth" if purpose == "client" else "serverAuth"
        message = f"is not meant for {purpose}s: its extended key usages lack {word}"
        yield _problem("extended-key-usage", 0, facts, message, f"have it issued anew with {word}")


def _of_ca(depth: int, facts: Facts, purpose: Purpose, below: int, is_anchor: bool) -> Iterator[Problem]:
    # Roots of version 1 have no extensions; who names one as a root has said what it is.
    if not facts.is_ca and not (is_anchor and facts.version_1):
        message = "has issued another of the chain, but is not that of a CA (basicConstraints)"
        yield _problem("ca", depth, facts, message, "use a leaf that a CA issued")
    elif facts.path_length is not None and below > facts.path_length:
        message = f"allows {facts.path_length} CAs below it (pathLenConstraint), there are {below}"
        yield _problem("path-length", depth, facts, message, _REISSUE_CA)
    if facts.key_usage is not None and not facts.key_usage.key_cert_sign:
        message = "may not sign certificates: its key usages lack keyCertSign"
        yield _problem("key-usage", depth, facts, message, _REISSUE_CA)
    if not _fit_for(facts, purpose):
        word = "clientAuth" if purpose == "client" else "serverAuth"
        message = f"may not issue certificates for {purpose}s: its extended key usages lack {word}"
        yield _problem("extended-key-usage", depth, facts, message, _REISSUE_CA)


def _fit_for(facts: Facts, purpose: Purpose) -> bool:
    wanted = _CLIENT_AUTH if purpose == "client" else _SERVER_AUTH
    usages = facts.extended_usages
    return usages is None or wanted in usages or _ANY_USAGE in usages


def _of_names(below: Sequence[Facts], depth: int, facts: Facts, budget: Budget) -> Iterator[Problem]:
    """The names of everything below a CA against its constraints."""
    if facts.name_constraints is None:
        return
    for at, holder in enumerate(below):
        # RFC 5280 6.1.3 (b): a self-issued certificate within the path is the CA itself.
        if at > 0 and holder.self_issued:
            continue
        try:
            name = violated_name(facts.name_constraints, holder, at == 0, budget)
        except ComparisonsExceeded:
            message = "has more names, or is below more name constraints, than are compared"
            yield _problem("limit", at, holder, message, _REISSUE)
            return
        if name is not None:
            message = f"has a name that its CA {facts.subject_text} may not give: {name}"
            remedy = "have it issued by a CA that may give that name"
            yield _problem("name-constraints", at, holder, message, remedy)
