"""The CA certificates that judgements may use: roots that end a chain, intermediates that complete one.

Reads each certificate once, when a chain first asks for its subject. A Root entry is an anchor only where it
is self-issued: so it is for OpenSSL, which judges backends with the same entries.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from fastgw.tls.contexts import TrustStore
from fastgw.tls.names import CanonicalName
from fastgw.tls.system_roots import system_roots
from fastgw.tls.trust.facts import Facts, UnreadableCertificate, read_facts

_NONE: Final[tuple[Facts, ...]] = ()


class Authorities:
    """An index of a trust store. The system's roots are read when a chain first asks for one."""

    __slots__ = ("_intermediates", "_roots", "_system", "store")

    def __init__(self, store: TrustStore) -> None:
        self.store = store
        self._roots: dict[CanonicalName, tuple[Facts, ...]] = {}
        self._intermediates: dict[CanonicalName, tuple[Facts, ...]] = {}
        self._system: dict[CanonicalName, tuple[Facts, ...]] = {}
        for facts in _readable(dict.fromkeys(store.roots)):
            index = self._roots if facts.self_issued else self._intermediates
            index[facts.subject] = (*index.get(facts.subject, _NONE), facts)
        for facts in _readable(dict.fromkeys(store.intermediates)):
            self._intermediates[facts.subject] = (*self._intermediates.get(facts.subject, _NONE), facts)

    def prepare(self) -> None:
        """Read the system's roots, where they count (10 to 50 ms, once in a process)."""
        if self.store.system_roots:
            system_roots()

    def roots(self, subject: CanonicalName) -> tuple[Facts, ...]:
        """The trusted roots of that name."""
        own = self._roots.get(subject, _NONE)
        return own + self._of_system(subject) if self.store.system_roots else own

    def intermediates(self, subject: CanonicalName) -> tuple[Facts, ...]:
        """The certificates of that name that give no trust."""
        return self._intermediates.get(subject, _NONE)

    def is_root(self, facts: Facts) -> bool:
        """Whether that very certificate ends a chain."""
        return facts.self_issued and any(root.der == facts.der for root in self.roots(facts.subject))

    def _of_system(self, subject: CanonicalName) -> tuple[Facts, ...]:
        known = self._system.get(subject)
        if known is None:
            ders = system_roots().get(subject)
            # Names that strangers ask for are not remembered.
            if ders is None:
                return _NONE
            known = self._system[subject] = tuple(_readable(ders))
        return known


def _readable(ders: tuple[bytes, ...] | dict[bytes, None]) -> Iterator[Facts]:
    for der in ders:
        try:
            yield read_facts(der)
        except UnreadableCertificate:
            continue  # it can end no chain; a configured one was refused when it was loaded
