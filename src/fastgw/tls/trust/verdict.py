"""What a judgement says: values that nobody changes, with every check that failed, on which certificate.

Messages name subjects and thumbprints, which are public. They never show content or keys.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

Purpose = Literal["client", "server"]
"""What a leaf has to be fit for: to prove a caller (clientAuth) or a server (serverAuth)."""

Check = Literal[
    "missing",
    "unreadable",
    "limit",
    "issuer",
    "root",
    "signature",
    "weak-signature",
    "weak-key",
    "ca",
    "path-length",
    "key-usage",
    "extended-key-usage",
    "name-constraints",
    "critical-extension",
    "policy",
    "not-before",
    "not-after",
    "revoked",
    "revocation",
]
Family = Literal["trust", "not-before", "not-after", "revocation"]


@dataclass(frozen=True, slots=True)
class Problem:
    """One check that failed: on the certificate at `depth` (0 is the leaf), as clauses without a full stop.

    `message` follows "the certificate ..."; `remedy` is an imperative. Subject and thumbprint are empty where
    there is no certificate, and the subject as well where it cannot be read.
    """

    check: Check
    depth: int
    subject: str
    thumbprint: str
    message: str
    remedy: str

    @property
    def family(self) -> Family:
        """Which of the switches of validate-client-certificate it belongs to.

        The dates of the leaf have switches of their own. Those of a CA belong to trust: nobody trusts a chain
        through a CA whose time is over (spec/certificates.md 5.6).
        """
        if self.check in ("revoked", "revocation"):
            return "revocation"
        if self.depth == 0:
            if self.check == "not-before":
                return "not-before"
            if self.check == "not-after":
                return "not-after"
        return "trust"

    def __str__(self) -> str:
        if not self.thumbprint:
            return f"{self.message}; {self.remedy}"
        subject = self.subject or "no subject"
        return f"certificate {subject} (thumbprint {self.thumbprint}) {self.message}; {self.remedy}"


RevocationState = Literal["good", "revoked", "unknown", "not-offered"]


@dataclass(frozen=True, slots=True)
class RevocationResult:
    """What is known about the revocation of the certificate at `depth`.

    `not-offered`: it names no list and no responder, so that nobody could ask. `source` is the URL that
    answered; `reason` (RFC 5280 5.3.1, such as `keyCompromise`) and `revoked_at` are only there where it is
    revoked and its CA gave them; `why` says for `unknown` what went wrong.
    """

    depth: int
    state: RevocationState
    source: str = ""
    reason: str = ""
    revoked_at: datetime | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The judgement of one chain.

    `path` is DER, the leaf first: up to the trusted root where `anchored`, else as far as issuers were found.
    `problems` are those of that path, the nearest to the leaf first. `warnings` are for people: they refuse
    nothing. `revocation` has a result for each certificate but the root where revocation was looked at.
    `changes_at` is when the next date of the path is reached; None where dates were left out or all are past.
    """

    path: tuple[bytes, ...] = field(repr=False)
    anchored: bool
    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()
    revocation: tuple[RevocationResult, ...] = ()
    changes_at: datetime | None = None

    @property
    def trusted(self) -> bool:
        """Whether every check was passed."""
        return self.anchored and not self.problems

    def accepts(
        self, *, trust: bool = True, not_before: bool = True, not_after: bool = True, revocation: bool = True
    ) -> bool:
        """Whether the checks that are switched on were passed, as validate-client-certificate has them.

        A certificate that cannot be read is accepted by no combination.
        """
        found = self.first_problem(
            trust=trust, not_before=not_before, not_after=not_after, revocation=revocation
        )
        return found is None

    def first_problem(
        self, *, trust: bool = True, not_before: bool = True, not_after: bool = True, revocation: bool = True
    ) -> Problem | None:
        """The first problem of a check that is switched on; None where there is none."""
        wanted = {"trust": trust, "not-before": not_before, "not-after": not_after, "revocation": revocation}
        for problem in self.problems:
            if wanted[problem.family] or problem.check in ("missing", "unreadable"):
                return problem
        return None

    def explain(self) -> str:
        """Every problem as one text for logs and traces; empty where there is none."""
        return "; also: ".join(str(problem) for problem in self.problems)
