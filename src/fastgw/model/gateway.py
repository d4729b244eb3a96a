"""Settings of the gateway process: where it listens, how many workers, whom it trusts.

Must never open a socket or read the environment; it only says what was asked for.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import Discriminator, Field, SecretStr, StrictInt, Tag

from fastgw.model.key_vault import KeyVault
from fastgw.model.record import Record
from fastgw.model.types import Duration, Flag, ListenUrl, Network, split_url

MAX_WORKERS: Final = 512
"""Worker processes of one gateway, wherever their number comes from."""

RevocationMode = Literal["hard-fail", "soft-fail", "off"]

_DEFAULT_PORTS = {"http": 80, "https": 443}


class _Address(Record):
    """Something that is bound to a URL of scheme, host and port."""

    @property
    def _url(self) -> str:
        raise AttributeError("url")

    @property
    def scheme(self) -> Literal["http", "https"]:
        """`https` where the listener speaks TLS."""
        return "https" if split_url(self._url).scheme == "https" else "http"

    @property
    def host(self) -> str:
        """The host name or address to bind, an IPv6 address without its brackets."""
        return split_url(self._url).hostname or ""

    @property
    def port(self) -> int:
        """The TCP port; 0 asks the system for a free one."""
        parts = split_url(self._url)
        return _DEFAULT_PORTS[parts.scheme] if parts.port is None else parts.port


class Listener(_Address):
    """An address on which the APIs are served."""

    url: ListenUrl
    """Scheme, host and port, such as https://127.0.0.1:8443; port 0 takes a free one."""

    @property
    def _url(self) -> str:
        return self.url


class Management(_Address):
    """The address of /healthz and /readyz."""

    url: ListenUrl = "https://127.0.0.1:8081"
    """Scheme, host and port."""

    @property
    def _url(self) -> str:
        return self.url


class ClientTimeouts(Record):
    """How long callers are waited for (not in ARM). Times are in seconds."""

    first_byte: Duration = 30.0
    """From a new connection to the first byte of a request."""

    head: Duration = 10.0
    """For a whole request head, however it trickles in."""

    body: Duration = 60.0
    """A pause in a request body."""

    idle: Duration = 75.0
    """Between two requests of one connection."""

    write: Duration = 60.0
    """A caller that takes no bytes of its answer."""


class ExpressionLimits(Record):
    """What one evaluation of a policy expression may use up (not in ARM). Times are in seconds."""

    steps: Annotated[StrictInt, Field(ge=1000, le=1_000_000_000)] = 5_000_000
    """Rounds of loops, calls, elements and characters that the library goes through."""

    time: Duration = 3.0
    """Processor time of all steps together."""

    match_time: Duration = 1.0
    """For all matches of regular expressions together."""

    size: Annotated[StrictInt, Field(ge=1024 * 1024, le=1 << 32)] = 64 * 1024 * 1024
    """Bytes of the texts and objects that are made, freed or not."""


class Revocation(Record):
    """How the revocation of callers' certificates is checked (not in ARM). Times are in seconds."""

    mode: RevocationMode = "hard-fail"
    """What counts where nobody can say: a failure (hard-fail), a warning (soft-fail); off never asks."""

    timeout: Duration = 2.0
    """How long one list or responder is waited for."""

    max_list_size: Annotated[StrictInt, Field(ge=1024, le=64 * 1024 * 1024)] = 20 * 1024 * 1024
    """Bytes that a revocation list may have."""


def _revocation_shape(value: Any) -> str:
    return "settings" if isinstance(value, (dict, Revocation)) else "word"


def _management_shape(value: Any) -> str:
    return "address" if isinstance(value, (dict, Management)) else "off"


class Gateway(Record):
    """Settings of the gateway process."""

    listeners: tuple[Listener, ...] = Field(default=(Listener(url="http://127.0.0.1:8080"),), min_length=1)
    """Where the APIs are served."""

    workers: Annotated[StrictInt, Field(ge=1, le=MAX_WORKERS)] | None = None
    """Worker processes; the number of cores where it is absent."""

    management: Annotated[
        Annotated[Management, Tag("address")] | Annotated[Literal["off"], Tag("off")],
        Discriminator(_management_shape),
    ] = Management()
    """The address of management, or off."""

    backend_certificates: Literal["auto", "policy"] = "auto"
    """Whether a certificate on a backend's credentials is presented by itself (auto) or only where a
    policy asks for it (policy)."""

    forward_client_certificate: Literal["off", "xfcc", "clientCert"] = "off"
    """Whether backends are told of the certificate that a caller has presented: in X-Forwarded-Client-Cert
    (xfcc) or in Client-Cert and Client-Cert-Chain (clientCert). Not in ARM."""

    trusted_proxies: tuple[Network, ...] = ()
    """Networks whose X-Forwarded-For is believed."""

    client_timeouts: ClientTimeouts = ClientTimeouts()
    """How long callers are waited for."""

    expression_limits: ExpressionLimits = ExpressionLimits()
    """What one evaluation of a policy expression may use up."""

    revocation: Annotated[
        Annotated[Revocation, Tag("settings")] | Annotated[RevocationMode, Tag("word")],
        Discriminator(_revocation_shape),
    ] = Revocation()
    """How the revocation of callers' certificates is checked: the mode alone, or all settings."""

    session_affinity_key: Annotated[SecretStr, Field(min_length=16, max_length=1000)] | None = None
    """Makes the cookies of session affinity; without it each start has a key of its own (not in ARM)."""

    watch_files: Flag = True
    """Whether files of certificates and those of ${file:...} are read again when they change (not in ARM)."""

    key_vault: KeyVault = KeyVault()
    """How key vaults are read that certificates and named values live in (not in ARM)."""

    @property
    def revocation_settings(self) -> Revocation:
        """The settings of `revocation`, in whichever way it is written."""
        given = self.revocation
        return given if isinstance(given, Revocation) else Revocation(mode=given)
