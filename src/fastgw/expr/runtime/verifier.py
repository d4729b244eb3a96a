"""Who decides for `X509Certificate2.Verify()`: whoever runs expressions says so for each configuration."""

from __future__ import annotations

from typing import Protocol


class Verifier(Protocol):
    """Decides whether a chain (DER, leaf first) is trusted, at once."""

    def accepts(self, chain: tuple[bytes, ...], revocation: bool) -> bool:
        """Whether it leads to a trusted root; with `revocation`, whether nothing in it is revoked as well."""


class _TrustsNobody:
    def accepts(self, chain: tuple[bytes, ...], revocation: bool) -> bool:
        return False


_current: list[Verifier] = [_TrustsNobody()]


def verify_by(verifier: Verifier) -> None:
    """Have a verifier decide from now on, in the whole process."""
    _current[0] = verifier


def is_trusted(chain: tuple[bytes, ...], revocation: bool) -> bool:
    """What the verifier says; False where there is none."""
    return _current[0].accepts(chain, revocation)
