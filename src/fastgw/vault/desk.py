"""Where the master asks what it needs to know about key vaults; see `secrets` for the values.

Plain values and times as arguments (monotonic seconds): the master forks, and waits for nobody here.
"""

from __future__ import annotations

from typing import Any, Final

from fastgw.errors import ConfigurationError
from fastgw.model import Configuration
from fastgw.vault.records import Key, Reading, Wanted
from fastgw.vault.secrets import Secrets, require_libraries, wanted

LOADING: Final = 30.0
"""Seconds that the reader may take to load its libraries, on a machine that is busy."""


class VaultDesk:
    """The secrets of one gateway: what is to be read, what was read, what is waited for."""

    def __init__(self) -> None:
        self._secrets = Secrets()
        self._watched: tuple[Wanted, ...] = ()
        self._awaited: frozenset[Key] = frozenset()
        self._patience = 0.0
        self._at_work = False
        self.deadline: float | None = None
        """When waiting for secrets ends; None while nobody waits."""

    # What is to be read

    @property
    def watched(self) -> tuple[Wanted, ...]:
        """The secrets that are to be read."""
        return self._watched

    def watch(self, *configurations: Configuration) -> bool:
        """Have the secrets of these configurations read; whether they are others than before.

        Where two have one secret, the later one says how it is read.
        """
        now = {one.key: one for configuration in configurations for one in wanted(configuration)}
        before, self._watched = self._watched, tuple(now.values())
        return before != self._watched

    # Waiting

    def require_libraries(self, configuration: Configuration) -> None:
        """Raise ConfigurationError where a library is missing that reading vaults needs."""
        require_libraries(configuration)

    def missing(self, configuration: Configuration) -> bool:
        """Whether secrets of the configuration are not there yet."""
        return bool(self._secrets.missing(configuration))

    def wait(self, configuration: Configuration, now: float) -> None:
        """Begin to wait for what the configuration lacks."""
        self._awaited = self._secrets.missing(configuration)
        self._patience = configuration.gateway.key_vault.start_timeout
        self.deadline = now + self._patience + (0.0 if self._at_work else LOADING)

    def at_work(self, now: float) -> None:
        """The reader of vaults has loaded its libraries: the time of those who wait begins."""
        if not self._at_work and self.deadline is not None:
            self.deadline = min(self.deadline, now + self._patience)
        self._at_work = True

    def waited(self, now: float) -> bool:
        """Whether somebody waits, and there is nothing more to wait for."""
        return self.deadline is not None and (not self._awaited or now >= self.deadline)

    def stop_waiting(self) -> None:
        """Nobody waits any more."""
        self.deadline = None
        self._awaited = frozenset()

    def require(self, configuration: Configuration) -> None:
        """Raise ConfigurationError with each secret that was waited for in vain."""
        self.stop_waiting()
        error = self._secrets.complaints(configuration, self._patience)
        if error.diagnostics:
            raise error

    # What was read

    def take(self, reading: Reading) -> bool:
        """Note a reading; whether what serves has another secret now."""
        changed = self._secrets.take(reading)
        if reading.value is not None:
            self._awaited -= {reading.key}
        return changed and self._secrets.serves(reading.key)

    def fill(self, configuration: Configuration) -> Configuration:
        """The configuration with every value that is there."""
        return self._secrets.fill(configuration)

    def adopt(self, configuration: Configuration) -> None:
        """The configuration serves now, with the values that are there."""
        self._secrets.adopt(configuration)

    def has_news(self) -> bool:
        """Whether a secret of what serves has another value than the one that serves."""
        return bool(self._secrets.news())

    def give_up(self, error: Exception) -> tuple[str, ...]:
        """Go back to the values that serve, for with the new ones there was `error`; whose they were."""
        if isinstance(error, ConfigurationError):
            first = next((one for one in error.diagnostics if one.severity == "error"), None)
            why = str(first) if first is not None else "the configuration is wrong"
        else:
            why = type(error).__name__
        return self._secrets.reject(why)

    def document(self) -> list[dict[str, Any]]:
        """What status says of the secrets."""
        return self._secrets.document()
