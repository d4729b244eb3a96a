"""The origin that all gateways forward to: nginx on the load generator's core, over HTTP and mutual TLS.

It also answers `/-/echo` with what it received, so that equal work can be proved before it is measured.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from loadtests.pki import Pki
from loadtests.processes import BenchError, Child, Fleet, free_ports, wait_for_port
from loadtests.templates import render

TEMPLATES = Path(__file__).parent / "peers"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the origin listens on 127.0.0.1: plain HTTP, and TLS that demands a client certificate.

    `second_port` answers as `port` does: the other member where a gateway balances.
    """

    child: Child
    port: int
    second_port: int
    tls_port: int


def find_nginx() -> str:
    """Path of the nginx program. Raises BenchError that names the package."""
    found = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
    if found is None:
        raise BenchError(
            "nginx is missing; it is the origin of every run (Debian package nginx-light or nginx)"
        )
    return found


def nginx_facts(program: str) -> tuple[str, Path]:
    """Version of nginx, and the folder of its loadable modules."""
    text = subprocess.run([program, "-V"], capture_output=True, text=True, timeout=20, check=False).stderr
    version = re.search(r"nginx version: \S*?/(\S+)", text)
    modules = re.search(r"--modules-path=(\S+)", text)
    return (version[1] if version else "unknown"), Path(modules[1] if modules else "/usr/lib/nginx/modules")


def nginx_user() -> str:
    """The `user` directive for a run as root, where workers would else be unable to read the folder."""
    return "user root;" if os.geteuid() == 0 else ""


def start_origin(fleet: Fleet, folder: Path, pki: Pki, core: int) -> Origin:
    """Starts the origin and returns when it answers."""
    program = find_nginx()
    port, second_port, tls_port = free_ports(3)
    home = folder / "origin"
    home.mkdir()
    values = {
        "DIR": home,
        "TLS": pki.folder,
        "PORT": port,
        "SECOND_PORT": second_port,
        "TLS_PORT": tls_port,
        "USER": nginx_user(),
    }
    template = (TEMPLATES / "origin.nginx.conf").read_text()
    config = home / "nginx.conf"
    config.write_text(render(template, "", {name: str(value) for name, value in values.items()}))
    child = fleet.start(
        "origin", [program, "-p", str(home), "-c", str(config)], core=core, log=home / "output.log"
    )
    for one in (port, second_port, tls_port):
        wait_for_port(child, one)
    return Origin(child, port, second_port, tls_port)
