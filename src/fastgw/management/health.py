"""What `/healthz` and `/readyz` answer, from what the master told last. Values in, values out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_ROUTES = frozenset({"/healthz", "/readyz"})


class Health:
    """The last state that the master told, and the answers that follow from it."""

    def __init__(self) -> None:
        self._state: Mapping[str, Any] = {"draining": False, "generation": 0, "workers": []}

    def update(self, state: Mapping[str, Any]) -> None:
        """Take the state of a ``("state", serial, mapping)`` message."""
        self._state = state

    @property
    def ready(self) -> bool:
        """Whether a configuration is loaded, a worker serves it, and the gateway is not going away."""
        state = self._state
        loaded = state["generation"] > 0 and not state["draining"]
        return loaded and any(worker["serving"] for worker in state["workers"])

    def answer(self, method: str, path: str) -> tuple[int, dict[str, object]]:
        """The status and JSON body for a request; everything but GET and HEAD of the two paths is 404."""
        if path not in _ROUTES or method not in {"GET", "HEAD"}:
            return 404, {"error": {"code": "ResourceNotFound", "message": "There is nothing here."}}
        if path == "/healthz":
            status, word = 200, "ok"
        elif self.ready:
            status, word = 200, "ready"
        else:
            status, word = 503, "draining" if self._state["draining"] else "not ready"
        return status, {
            "status": word,
            "generation": self._state["generation"],
            "workers": self._state["workers"],
        }
