"""Notices that files have other content than what was read from them, by looking at them now and then.

There is no notification in the standard library; a look is one `stat` a file. Symbolic links are followed, so
that a file whose link is swapped (as Kubernetes does it for mounted secrets) counts as changed. Plain and
synchronous: times are arguments (monotonic seconds). Must never read more of a file than its bound, and
never wait for one.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Mapping
from typing import Final

PERIOD: Final = 2.0
"""Seconds between two looks."""
LARGEST: Final = 1024 * 1024
"""Bytes that are read of a file; a configuration takes no more from one."""
MOST_MOVES: Final = 5
"""Looks that a file may keep changing while others wait for it."""

_Signature = tuple[int, int, int, int, int]


class _File:
    __slots__ = ("digest", "moves", "signature")

    def __init__(self, known: bytes) -> None:
        self.digest = known
        # Unlike any file's: what was read may have been replaced before the first look.
        self.signature: _Signature | None = (0, 0, 0, 0, 0)
        self.moves = 0


class FileWatch:
    """Watches the files of one configuration."""

    def __init__(self) -> None:
        self._files: dict[str, _File] = {}
        self._changed: set[str] = set()
        self.due: float | None = None
        """When to look next; None while there is nothing to look at."""

    def follow(self, files: Mapping[str, bytes], now: float) -> None:
        """Watch these files, by path, against the digests (SHA-256) of what was read from them."""
        before, self._files = self._files, {}
        for path, known in files.items():
            file = before.get(path)
            self._files[path] = file if file is not None and file.digest == known else _File(known)
        self._changed.clear()
        self.due = now + PERIOD if self._files else None

    def look(self, now: float) -> tuple[str, ...]:
        """The files that have changed, once for each change; nothing before `due`.

        A file counts when it has kept still from one look to the next, and all wait for the others: what is
        renewed together, such as a certificate and its password, is read together. One that is not there
        has not changed: it may be about to be replaced.
        """
        if self.due is None or now < self.due:
            return ()
        self.due = now + PERIOD
        moving = False
        for path, file in self._files.items():
            signature = _signature(path)
            if signature != file.signature:
                file.signature = signature
                file.moves += 1
                moving |= file.moves <= MOST_MOVES
            elif file.moves:
                file.moves = 0
                if signature is not None and self._is_other(path, file):
                    self._changed.add(path)
        if moving or not self._changed:
            return ()
        changed = tuple(sorted(self._changed))
        self._changed.clear()
        return changed

    def _is_other(self, path: str, file: _File) -> bool:
        try:
            with open(path, "rb", opener=_without_waiting) as stream:
                found = hashlib.sha256(stream.read(LARGEST + 1)).digest()
        except OSError:
            return False
        other = found != file.digest
        file.digest = found
        return other


def _without_waiting(path: str, flags: int) -> int:
    # A pipe may have taken the place of the file since the look; nobody may ever write to it.
    return os.open(path, flags | os.O_NONBLOCK)


def _signature(path: str) -> _Signature | None:
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return None
    if not stat.S_ISREG(found.st_mode):
        return None
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns
