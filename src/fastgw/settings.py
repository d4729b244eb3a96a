"""Settings of the process: what `serve` was told by flags, environment and file, read once.

Precedence: flag, environment, file, default. A wrong value is refused with the name of where it came
from. Nothing here opens a file or a socket, and nothing is read again later.
"""

from __future__ import annotations

import difflib
import ipaddress
import os
import pwd
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from fastgw.errors import ConfigurationError, Diagnostic, UsageError
from fastgw.model.gateway import MAX_WORKERS
from fastgw.model.types import check_listen_url, split_url

DEFAULT_MANAGEMENT = "https://127.0.0.1:8081"
DEFAULT_DRAIN_TIMEOUT = 30.0
_LOG_LEVELS: tuple[Literal["debug", "info", "warning", "error"], ...] = ("debug", "info", "warning", "error")
_DEFAULT_PORTS = {"http": 80, "https": 443}
_LOCALHOST = frozenset({"127.0.0.1", "::1"})
_WILDCARDS = {"0.0.0.0": 4, "::": 6}  # noqa: S104 nothing is bound here
_LOOPBACK = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 nor here
# One for each flag of `serve`.
_VARIABLES = tuple(
    f"FASTGW_{name}"
    for name in (
        "SOURCE",
        "WORKERS",
        "DATA_DIR",
        "STORE",
        "LISTEN",
        "MANAGEMENT",
        "LOG_FORMAT",
        "LOG_LEVEL",
        "DRAIN_TIMEOUT",
    )
)
# The demo has its own; the others are made by Kubernetes for a service that is called fastgw.
_FOREIGN = ("FASTGW_DEMO_", "FASTGW_SERVICE_", "FASTGW_PORT")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An address to listen on; port 0 asks for any free one. `host` has no brackets."""

    scheme: Literal["http", "https"]
    host: str
    port: int

    @property
    def authority(self) -> str:
        """``host:port``, with brackets around an IPv6 host (RFC 3986 section 3.2.2)."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"

    @property
    def url(self) -> str:
        """``scheme://host:port``."""
        return f"{self.scheme}://{self.authority}"

    def with_port(self, port: int) -> Endpoint:
        """The same address with the port that the system gave."""
        return Endpoint(self.scheme, self.host, port)


def parse_endpoint(text: str, origin: str, what: str = "an address to listen on") -> Endpoint:
    """Read a URL of scheme, host and port.

    The UsageError for a wrong one says where it came from, `origin`, and `what` it is not. The rule is the
    one of the file's listeners; a URL that may hold a password is not repeated.
    """
    text = text.strip()
    try:
        parts = split_url(check_listen_url(text))
    except ValueError as error:
        shown = "the value" if "@" in text else repr(text)
        raise UsageError(
            f"{origin}: {shown} is not {what}: it {error}; "
            "write it like http://127.0.0.1:8080 or https://[::1]:8443"
        ) from None
    scheme: Literal["http", "https"] = "https" if parts.scheme == "https" else "http"
    port = _DEFAULT_PORTS[scheme] if parts.port is None else parts.port
    return Endpoint(scheme, parts.hostname or "", port)


def clash(one: Endpoint, other: Endpoint) -> bool:
    """Whether the two cannot be bound together; two ports that the system picks never clash.

    Names are not looked up: a name but `localhost` clashes with itself and with a wildcard only.
    """
    if one.port != other.port or one.port == 0:
        return False
    return any(_covers(a, b) or _covers(b, a) for a in _addresses(one.host) for b in _addresses(other.host))


def _addresses(host: str) -> frozenset[str]:
    name = host.lower().rstrip(".")
    if name == "localhost":
        return _LOCALHOST
    try:
        return frozenset({str(ipaddress.ip_address(name))})
    except ValueError:
        return frozenset({name})


def _covers(wide: str, narrow: str) -> bool:
    if wide == narrow:
        return True
    version = _WILDCARDS.get(wide)
    if version is None:
        return False
    try:
        # An IPv6 wildcard takes IPv6 only, see `claims`.
        return ipaddress.ip_address(narrow).version == version
    except ValueError:
        return True


@dataclass(frozen=True, slots=True)
class Plan:
    """What the supervisor runs: fixed for its life, a reload that changes it is refused."""

    listeners: tuple[Endpoint, ...]
    workers: int
    management: Endpoint | None

    def differences(self, other: Plan) -> list[str]:
        """The names of what `other` has otherwise."""
        names = ("listeners", "workers", "management")
        return [name for name in names if getattr(self, name) != getattr(other, name)]


@dataclass(frozen=True, slots=True)
class ServeSettings:
    """What flags and environment say; None leaves the word to the file, then to the default.

    `data_dir` is where the process keeps what it made itself, None where no folder is known;
    `drain_timeout` is in seconds.
    """

    source: Path
    data_dir: Path | None
    listen: tuple[Endpoint, ...] | None = None
    workers: int | None = None
    management: Endpoint | Literal["off"] | None = None
    log_format: Literal["json", "text"] = "text"
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    drain_timeout: float = DEFAULT_DRAIN_TIMEOUT

    def plan(self, listeners: Sequence[str], workers: int | None, management: str | None) -> Plan:
        """Join these settings with the values of the file's `gateway` section.

        `listeners` are the file's URLs (none: ``http://127.0.0.1:8080``), `workers` None means the
        cores, `management` is a URL, ``off``, or None for the default. Raises UsageError.
        """
        if self.listen is not None:
            endpoints = self.listen
        elif listeners:
            endpoints = tuple(parse_endpoint(text, "gateway.listeners") for text in listeners)
        else:
            endpoints = (Endpoint("http", "127.0.0.1", 8080),)
        count = self.workers if self.workers is not None else workers
        if count is None:
            count = available_cores()
        elif not 1 <= count <= MAX_WORKERS:
            raise UsageError(f"gateway.workers: {count} is not between 1 and {MAX_WORKERS}")
        chosen = self.management
        if chosen is None:
            chosen = _management(management or DEFAULT_MANAGEMENT, "gateway.management.url")
        _refuse_clashes(endpoints, chosen if isinstance(chosen, Endpoint) else None)
        return Plan(endpoints, count, chosen if isinstance(chosen, Endpoint) else None)


def read_settings(flags: Mapping[str, object], environ: Mapping[str, str]) -> ServeSettings:
    """Make the settings of `serve` from its flags (None or empty: not given) and the environment.

    Flags: source, workers, data_dir, store, listen (a sequence), management, log_format,
    log_level, drain_timeout. Raises UsageError for a wrong value and ConfigurationError without a source.
    """

    def given(name: str) -> tuple[str, str] | None:
        """The text that rules for one setting, and where it came from."""
        flag = flags.get(name)
        if isinstance(flag, list | tuple):
            flag = ",".join(str(one) for one in flag)
        return _given(name, None if flag is None else str(flag), environ)

    store = given("store")
    if store is not None:
        raise UsageError(
            f"{store[1]}: a store is not supported by this version; serve a gateway.yaml or a folder that "
            "holds one, and leave this setting out"
        )
    listen, workers, management = given("listen"), given("workers"), given("management")
    form, level = given("log_format"), given("log_level")
    drain, data_dir = given("drain_timeout"), given("data_dir")
    return ServeSettings(
        source=_source(given("source")),
        data_dir=_folder(*data_dir) if data_dir else default_data_dir(environ),
        listen=_listen(*listen) if listen else None,
        workers=_workers(*workers) if workers else None,
        management=_management(*management) if management else None,
        log_format=_log_format(*form) if form else "text",
        log_level=_log_level(*level) if level else "info",
        drain_timeout=_seconds(*drain) if drain else DEFAULT_DRAIN_TIMEOUT,
    )


def source_of(flag: str | None, environ: Mapping[str, str]) -> Path:
    """The SOURCE of a command: its argument, else ``FASTGW_SOURCE``; ConfigurationError without one."""
    return _source((flag or environ.get("FASTGW_SOURCE", ""), "SOURCE"))


@dataclass(frozen=True, slots=True)
class ClientSettings:
    """Where commands that ask a running gateway find it: its management address and its data directory."""

    management: Endpoint
    data_dir: Path | None


def read_client_settings(
    management: str | None, data_dir: str | None, environ: Mapping[str, str]
) -> ClientSettings:
    """Make the settings of a client from its flags (None or empty: not given) and the environment.

    They are those of `serve`, with its defaults; where a gateway listens on all addresses, loopback is asked.
    Raises UsageError for a wrong value, and for an address that nobody can ask.
    """
    address = _given("management", management, environ) or (DEFAULT_MANAGEMENT, "the default")
    found = _management(*address, "the address of a gateway's management")
    if found == "off" or found.port == 0:
        raise UsageError(
            f"{address[1]}: {address[0]!r} cannot be asked; name the management address that the gateway's "
            "ready line shows"
        )
    folder = _given("data_dir", data_dir, environ)
    return ClientSettings(
        management=Endpoint(found.scheme, _LOOPBACK.get(found.host, found.host), found.port),
        data_dir=_folder(*folder) if folder else default_data_dir(environ),
    )


def _given(name: str, flag: str | None, environ: Mapping[str, str]) -> tuple[str, str] | None:
    """The text that rules for one setting, and where it came from; None where nobody gave one."""
    if flag:
        return flag, "SOURCE" if name == "source" else "--" + name.replace("_", "-")
    variable = f"FASTGW_{name.upper()}"
    value = environ.get(variable, "")
    return (value, variable) if value.strip() else None


def unknown_variables(environ: Mapping[str, str], referenced: Collection[str]) -> list[str]:
    """A sentence for each FASTGW_ variable that nobody reads; `referenced` are those that the file names."""
    said = []
    for name in sorted(environ):
        if not name.startswith("FASTGW_") or name.startswith(_FOREIGN):
            continue
        if name in _VARIABLES or name in referenced:
            continue
        near = difflib.get_close_matches(name, _VARIABLES, n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        said.append(f"the environment variable {ascii(name[:80])[1:-1]} is not known and not used{hint}")
    return said


def default_data_dir(environ: Mapping[str, str]) -> Path | None:
    """``$XDG_STATE_HOME/fastgw``, else ``~/.local/state/fastgw`` (XDG Base Directory: state files).

    None where the user has no home folder.
    """
    state = environ.get("XDG_STATE_HOME", "")
    # The XDG specification says that a relative path is to be ignored.
    if state and Path(state).is_absolute():
        return Path(state) / "fastgw"
    home = environ.get("HOME", "")
    if not home:
        try:
            home = pwd.getpwuid(os.getuid()).pw_dir
        except KeyError:
            # A container may run under a user id that no list of users has.
            return None
    return Path(home) / ".local" / "state" / "fastgw" if Path(home).is_absolute() else None


def available_cores() -> int:
    """How many cores this process may use, which is fewer than the machine has in many containers."""
    if hasattr(os, "sched_getaffinity"):
        return min(MAX_WORKERS, max(1, len(os.sched_getaffinity(0))))
    return min(MAX_WORKERS, os.cpu_count() or 1)


def _source(value: tuple[str, str] | None) -> Path:
    if value is None or not value[0].strip():
        message = (
            "no SOURCE was given and there is no store to serve from: name a gateway.yaml or a folder that "
            "holds one (or set FASTGW_SOURCE)"
        )
        raise ConfigurationError((Diagnostic("error", message),))
    return Path(value[0])


def _listen(text: str, origin: str) -> tuple[Endpoint, ...]:
    if "@" in text:
        # Before it is cut: a password may hold a comma.
        raise UsageError(f"{origin}: an address to listen on may not hold a user name or password")
    endpoints = tuple(parse_endpoint(one, origin) for one in text.split(",") if one.strip())
    if not endpoints:
        raise UsageError(f"{origin}: {text!r} names no address to listen on")
    return endpoints


def _refuse_clashes(endpoints: Sequence[Endpoint], management: Endpoint | None) -> None:
    for index, endpoint in enumerate(endpoints):
        for former in endpoints[:index]:
            if (endpoint.host.lower(), endpoint.port) == (former.host.lower(), former.port) and endpoint.port:
                raise UsageError(f"the listener address {endpoint.authority} is named twice; name it once")
            if clash(endpoint, former):
                raise UsageError(f"the listeners {former.url} and {endpoint.url} take the same address")
        if management is not None and clash(endpoint, management):
            raise UsageError(
                f"management {management.url} and the listener {endpoint.url} take the same address"
            )


def _folder(text: str, origin: str) -> Path:
    try:
        return Path(text).expanduser()
    except RuntimeError:
        raise UsageError(f"{origin}: {text!r} begins with ~ and that home folder is not known") from None


def _workers(text: str, origin: str) -> int:
    try:
        count = int(text)
    except ValueError:
        raise UsageError(f"{origin}: {text!r} is not a whole number of workers") from None
    if not 1 <= count <= MAX_WORKERS:
        raise UsageError(f"{origin}: {count} is not between 1 and {MAX_WORKERS}")
    return count


def _management(text: str, origin: str, *what: str) -> Endpoint | Literal["off"]:
    return "off" if text.strip().lower() == "off" else parse_endpoint(text, origin, *what)


def _log_format(text: str, origin: str) -> Literal["json", "text"]:
    if text == "json":
        return "json"
    if text == "text":
        return "text"
    raise UsageError(f"{origin}: {text!r} is neither json nor text")


def _log_level(text: str, origin: str) -> Literal["debug", "info", "warning", "error"]:
    for level in _LOG_LEVELS:
        if text == level:
            return level
    raise UsageError(f"{origin}: {text!r} is none of {', '.join(_LOG_LEVELS)}")


def _seconds(text: str, origin: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    # The comparison also refuses nan.
    if not 0 <= seconds <= 86400:
        raise UsageError(f"{origin}: {text!r} is not a number of seconds between 0 and 86400")
    return seconds
