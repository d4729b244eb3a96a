"""How the secrets of key vaults were read, as the master told it last. Holds no value of a secret."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


class SecretStatus:
    """The secrets of the configuration that is served; none before the master has told them."""

    def __init__(self) -> None:
        self._secrets: Sequence[dict[str, Any]] = ()

    def update(self, secrets: Sequence[dict[str, Any]]) -> None:
        """Take the list of a ``("secrets", list)`` message."""
        self._secrets = secrets

    def document(self) -> dict[str, Any]:
        """Their part of what `GET /status` answers."""
        return {"secrets": list(self._secrets)}
