"""Judges the certificates of callers for one configuration: trust and revocation, kept for a minute.

A caller's connection asks for every request, so what is known is answered by one look into a dictionary.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from fastgw.model import Revocation
from fastgw.telemetry import log
from fastgw.tls.contexts import TrustStore
from fastgw.tls.trust.authorities import Authorities
from fastgw.tls.trust.facts import UnreadableCertificate, read_facts
from fastgw.tls.trust.paths import MAX_SENT, judge
from fastgw.tls.trust.revocation import FAILURE_SECONDS, Fetch, Revocations
from fastgw.tls.trust.verdict import Problem, Purpose, RevocationResult, Verdict

KEPT_SECONDS: Final = 60.0
"""How long a verdict counts; less where a date of its path passes before."""
MAX_VERDICTS: Final = 1024
MAX_KEPT_CHAIN: Final = 32 * 1024
"""Bytes of a chain whose verdict is kept: with the number of them, a bound of the memory."""

_Kept = dict[tuple[bytes, ...], tuple[Verdict, float]]


class CallerTrust:
    """What one configuration trusts callers by.

    `revocations` outlives configurations, `settings` are `gateway.revocation`. `clock` gives the time
    (aware), `monotonic` seconds for what is kept.
    """

    __slots__ = (
        "_authorities",
        "_checked",
        "_clock",
        "_monotonic",
        "_plain",
        "purpose",
        "revocations",
        "settings",
    )

    def __init__(
        self,
        store: TrustStore,
        revocations: Revocations | None = None,
        settings: Revocation | None = None,
        *,
        purpose: Purpose = "client",
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.settings = settings or Revocation()
        self.revocations = revocations or Revocations(
            timeout=self.settings.timeout, max_list_size=self.settings.max_list_size
        )
        self.purpose: Purpose = purpose
        self._authorities = Authorities(store)
        self._clock = clock
        self._monotonic = monotonic
        self._plain: _Kept = {}
        self._checked: _Kept = {}

    def verify_now(self, chain: tuple[bytes, ...], revocation: bool = False) -> Verdict | None:
        """The verdict on what a caller sent (DER, leaf first); None where revocation has to be awaited.

        Never None without `revocation`, where `gateway.revocation` is off, and for chains that are not
        trusted anyway. Raises nothing for what is in `chain`.
        """
        kept = (self._checked if revocation else self._plain).get(chain)
        if kept is not None and self._monotonic() < kept[1]:
            return kept[0]
        if not revocation:
            verdict = judge(chain, self._authorities, self.purpose, self._clock())
            return self._keep(self._plain, chain, verdict, KEPT_SECONDS)
        plain = self.verify_now(chain)
        assert plain is not None  # noqa: S101 (only revocation has to be awaited)
        if self.settings.mode == "off":
            return self._keep(self._checked, chain, plain, KEPT_SECONDS)
        if _untrusted(plain):
            return self._keep(self._checked, chain, self._unasked(plain), KEPT_SECONDS)
        known = self.revocations.known(plain.path)
        return None if known is None else self._finish(chain, plain, known)

    async def verify(self, chain: tuple[bytes, ...], revocation: bool = False) -> Verdict:
        """As `verify_now`, but awaits what has to be looked up: twice the timeout of `settings` at most."""
        verdict = self.verify_now(chain, revocation)
        if verdict is not None:
            return verdict
        plain = self.verify_now(chain)
        assert plain is not None  # noqa: S101 (as above)
        return self._finish(chain, plain, await self.revocations.check(plain.path))

    def accepts(self, chain: tuple[bytes, ...], revocation: bool) -> bool:
        """Whether a chain is trusted, at once: a certificate that is no caller's is not waited for.

        Where its revocation is not known yet, `gateway.revocation` decides what that means, and it is looked
        up for the next time.
        """
        verdict = self.verify_now(chain, revocation)
        if verdict is not None:
            return verdict.trusted
        plain = self.verify_now(chain)
        with suppress(RuntimeError):  # there is no loop: nobody could look anything up
            self.revocations.look_up(plain.path if plain is not None else ())
        return self.settings.mode == "soft-fail" and plain is not None and plain.trusted

    def install(self, fetch: Fetch) -> None:
        """Look things up through `fetch` from now on, within the limits of this configuration."""
        self.revocations.fetch = fetch
        self.revocations.timeout = self.settings.timeout
        self.revocations.max_list_size = self.settings.max_list_size

    def prepare(self) -> None:
        """Read what the first judgement would read, so that no caller waits for it: the system's roots."""
        self._authorities.prepare()

    # --- putting together ----------------------------------------------------------------------------

    def _unasked(self, plain: Verdict) -> Verdict:
        """A chain that is not trusted: its URLs are a stranger's, and nobody is asked."""
        try:
            leaf = read_facts(plain.path[0])
        except (LookupError, UnreadableCertificate):
            return plain  # and accepted by no combination of checks
        problem = Problem(
            "revocation",
            0,
            leaf.subject_text,
            leaf.thumbprint,
            "is not looked up for revocation, because its chain is not trusted",
            "mend that first",
        )
        if self.settings.mode == "soft-fail":
            return replace(plain, warnings=(*plain.warnings, problem))
        return replace(plain, problems=(*plain.problems, problem))

    def _finish(
        self, chain: tuple[bytes, ...], plain: Verdict, results: Sequence[RevocationResult]
    ) -> Verdict:
        problems, warnings = list(plain.problems), list(plain.warnings)
        seconds = KEPT_SECONDS
        for result in results:
            if result.state == "revoked":
                problems.append(_problem(plain, result))
            elif result.state == "unknown":
                seconds = FAILURE_SECONDS
                problem = _problem(plain, result)
                if self.settings.mode == "soft-fail":
                    warnings.append(problem)
                    self._tell(problem)
                else:
                    problems.append(problem)
        verdict = replace(
            plain, problems=tuple(problems), warnings=tuple(warnings), revocation=tuple(results)
        )
        return self._keep(self._checked, chain, verdict, seconds)

    def _tell(self, problem: Problem) -> None:
        """Log what a request has been let through with; once for each verdict, so not for each request."""
        log.warning(
            "a certificate may be revoked and is accepted",
            subject=problem.subject,
            thumbprint=problem.thumbprint,
            reason=problem.message,
        )

    def _keep(self, kept: _Kept, chain: tuple[bytes, ...], verdict: Verdict, seconds: float) -> Verdict:
        if sum(map(len, chain)) <= MAX_KEPT_CHAIN and len(chain) <= MAX_SENT:
            kept.pop(chain, None)
            if len(kept) >= MAX_VERDICTS:
                del kept[next(iter(kept))]
            if verdict.changes_at is not None:
                seconds = min(seconds, (verdict.changes_at - self._clock()).total_seconds())
            until = self._monotonic() + seconds
            kept[chain] = verdict, until
        return verdict


def _untrusted(verdict: Verdict) -> bool:
    """Whether anything but the dates of the leaf is wrong."""
    return not verdict.anchored or any(problem.family == "trust" for problem in verdict.problems)


def _problem(verdict: Verdict, result: RevocationResult) -> Problem:
    facts = read_facts(verdict.path[result.depth])
    if result.state == "revoked":
        when = "" if result.revoked_at is None else f" since {result.revoked_at:%Y-%m-%d %H:%M} UTC"
        why = f" ({result.reason})" if result.reason else ""
        message = f"is revoked{when}{why}, says {result.source}"
        remedy = "use a certificate that is not revoked"
        return Problem("revoked", result.depth, facts.subject_text, facts.thumbprint, message, remedy)
    return Problem(
        "revocation",
        result.depth,
        facts.subject_text,
        facts.thumbprint,
        f"may be revoked, nobody can say: {result.why}",
        "see that the gateway reaches these addresses, or set gateway.revocation to soft-fail or off",
    )
