"""Everything an author configured, as one value that can be sent to another process.

Must never hold anything but records and positions, and never show a secret in its repr.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from fastgw.errors import Position
from fastgw.model.api import Api
from fastgw.model.backend import Backend
from fastgw.model.certificate import CaCertificate, Certificate
from fastgw.model.gateway import Gateway
from fastgw.model.hostname import Hostname
from fastgw.model.named_value import NamedValue
from fastgw.model.policy import PolicySource
from fastgw.model.policy_fragment import PolicyFragment

Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Configuration:
    """A configuration whose entities are valid each for itself; references are not yet checked.

    ``source`` is the file it was read from. ``positions`` holds line and column of each value of
    that file by its path in the file's own names. ``files`` are those that certificates and ${file:...} were
    taken from, by path, with the SHA-256 of their content.
    """

    source: str
    gateway: Gateway = field(default_factory=Gateway)
    hostnames: tuple[Hostname, ...] = ()
    certificates: tuple[Certificate, ...] = ()
    ca_certificates: tuple[CaCertificate, ...] = ()
    named_values: tuple[NamedValue, ...] = ()
    backends: tuple[Backend, ...] = ()
    policy: PolicySource | None = None
    policy_fragments: tuple[PolicyFragment, ...] = ()
    apis: tuple[Api, ...] = ()
    files: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    positions: Mapping[Path, tuple[int, int]] = field(default_factory=dict, repr=False)

    def unread(self) -> Iterator[tuple[str, int, Certificate | NamedValue]]:
        """Section, index and record of each entity that lives in a key vault and was not read from it."""
        for index, certificate in enumerate(self.certificates):
            if certificate.is_unread:
                yield "certificates", index, certificate
        for index, value in enumerate(self.named_values):
            if value.is_unread:
                yield "namedValues", index, value

    def locate(self, *path: str | int) -> Position | None:
        """Where the value at `path` stands, or its nearest ancestor that the author wrote.

        The path uses the names and indices of the file: ``locate("backends", 0, "tls")``.
        None where nothing was read from a file.
        """
        for end in range(len(path), -1, -1):
            place = self.positions.get(path[:end])
            if place is not None:
                return Position(self.source, *place)
        return None
