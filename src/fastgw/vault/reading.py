"""Reads secrets over and over and tells what came of it; one task for each secret.

The caller says which secrets (`watch`), and gets a Reading for every attempt. A value is told when it is
another one than before. Must never hold more requests open than `AT_ONCE`, and never ask a vault that has
asked to be left alone.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final, NamedTuple, Protocol

from fastgw.model.key_vault import parse_secret_identifier
from fastgw.telemetry import log
from fastgw.vault.content import usable
from fastgw.vault.pauses import after_failure, after_success
from fastgw.vault.records import SUCCESS, Key, Reading, SecretError, Status, Wanted

AT_ONCE: Final = 8


class Secret(NamedTuple):
    """What a vault answered; times are UTC, None where the vault names none."""

    value: str
    content_type: str | None
    version: str | None
    not_before: datetime | None = None
    expires: datetime | None = None

    def __repr__(self) -> str:
        return f"<secret {self.version}>"


class Vaults(Protocol):
    """Whoever asks vaults."""

    async def read(self, wanted: Wanted) -> Secret:
        """The secret as it is now. Raises SecretError."""


@dataclass(slots=True)
class _Followed:
    wanted: Wanted
    task: asyncio.Task[None] | None = None
    again: asyncio.Event = field(default_factory=asyncio.Event)
    told: bytes | None = field(default=None, repr=False)
    warned: str | None = None


class Reader:
    """Follows secrets in vaults; `tell` is called with every Reading."""

    def __init__(self, vaults: Vaults, tell: Callable[[Reading], None]) -> None:
        self._vaults = vaults
        self._tell = tell
        self._followed: dict[Key, _Followed] = {}
        self._turns = asyncio.Semaphore(AT_ONCE)
        # Vault -> when it may be asked again (time of the loop).
        self._left_alone: dict[str, float] = {}
        self._loop = asyncio.get_running_loop()
        self._chance = random.Random().random  # noqa: S311 it spreads, and hides nothing

    def watch(self, wanted: Iterable[Wanted]) -> None:
        """Follow these secrets from now on and no others; one that was followed the same way goes on."""
        now = {one.key: one for one in wanted}
        for key, followed in list(self._followed.items()):
            if now.get(key) != followed.wanted:
                self._stop(self._followed.pop(key))
        for key, one in now.items():
            if key not in self._followed:
                made = self._followed[key] = _Followed(one)
                made.task = self._loop.create_task(self._follow(made))

    def refresh(self, entity: str | None = None) -> None:
        """Read the secret of an entity (`certificate orders`) now, or all; values are told even if known."""
        for key, followed in self._followed.items():
            if entity is None or entity == key.entity:
                followed.told = None
                followed.again.set()

    def close(self) -> None:
        """Follow nothing any more."""
        self.watch(())

    def _stop(self, followed: _Followed) -> None:
        if followed.task is not None:
            followed.task.cancel()

    async def _follow(self, followed: _Followed) -> None:
        failures = 0
        wanted = followed.wanted
        key = wanted.key
        pinned = parse_secret_identifier(key.secret_identifier).version is not None
        while True:
            await self._peace(key.vault)
            followed.again.clear()
            try:
                reading = await self._read(followed)
            except Exception as found:
                # Whatever fails, the secret is followed on.
                error = found if isinstance(found, SecretError) else _unforeseen(found)
                failures += 1
                if error.retry_after is not None:
                    until = self._loop.time() + after_failure(1, error.retry_after, wanted.interval, 1.0)
                    self._left_alone[key.vault] = max(until, self._left_alone.get(key.vault, 0.0))
                pause: float | None = after_failure(
                    failures,
                    error.retry_after,
                    wanted.interval,
                    self._chance(),
                )
                reading = Reading(key, Status(error.code, error.message, _now()))
                log.warning(
                    "key vault secret not read",
                    entity=key.entity,
                    vault=key.vault,
                    code=error.code,
                    message=error.message,
                    again_in_seconds=round(pause or 0.0, 1),
                )
            else:
                failures = 0
                pause = None if pinned else after_success(wanted.interval, self._chance())
            self._tell(reading)
            try:
                async with asyncio.timeout(pause):
                    await followed.again.wait()
            except TimeoutError:
                continue

    async def _peace(self, vault: str) -> None:
        """Wait until the vault may be asked."""
        # Another secret may have been told to wait longer in the meantime.
        while (left := self._left_alone.get(vault, 0.0) - self._loop.time()) > 0:  # noqa: ASYNC110
            await asyncio.sleep(left)

    async def _read(self, followed: _Followed) -> Reading:
        wanted = followed.wanted
        async with self._turns:
            secret = await self._vaults.read(wanted)
        password = wanted.password.get_secret_value() if wanted.password is not None else None
        # A PFX may take its time, and the other secrets are not to wait for it.
        value = await asyncio.to_thread(usable, wanted.key.kind, secret.value, secret.content_type, password)
        self._warn(followed, secret)
        changed = value != followed.told
        if changed:
            followed.told = value
        status = Status(SUCCESS, None, _now())
        return Reading(wanted.key, status, value if changed else None, secret.version)

    def _warn(self, followed: _Followed, secret: Secret) -> None:
        """Say once for a version that its time is over or has not come; the vault gives it all the same."""
        now = _now()
        said = None
        if secret.expires is not None and secret.expires <= now:
            said = f"the secret expired at {secret.expires:%Y-%m-%d %H:%M} UTC; it is used all the same"
        elif secret.not_before is not None and secret.not_before > now:
            said = f"the secret is for {secret.not_before:%Y-%m-%d %H:%M} UTC on; it is used all the same"
        if said is not None and followed.warned != f"{secret.version}":
            followed.warned = f"{secret.version}"
            log.warning("key vault secret out of its time", entity=followed.wanted.key.entity, message=said)


def _unforeseen(error: Exception) -> SecretError:
    return SecretError("Failed", f"the secret could not be used ({type(error).__name__})")


def _now() -> datetime:
    return datetime.now(UTC)
