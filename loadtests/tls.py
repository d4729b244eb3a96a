"""What a TLS handshake costs the server: fastgw beside nginx, with and without certificates of callers.

`python -m loadtests.tls`: one worker of each on a core of its own, callers on another, rounds interleaved. A
unit is a new connection with one request, which the gateway answers itself. Both present the same certificate
(ECDSA P-256 or RSA-2048) by SNI, and ask for one of any issuer where a case has a client certificate, of the
same kind. The figure is CPU time of the whole process tree per connection; what carries over to other
machines are the ratios of one run.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import yaml

from loadtests import handshakes, pki
from loadtests.origin import find_nginx
from loadtests.processes import (
    BenchError,
    Child,
    Fleet,
    cpu_seconds,
    free_ports,
    pinned,
    wait_for_line,
    wait_for_port,
)

KINDS = ("ecdsa", "rsa")
MODES = tuple(mode for mode in handshakes.MODES if mode != "plain")
_SERVER_CORE, _CALLER_CORE = 1, 0
_GRACE_SECONDS = 30.0

_NGINX = """
worker_processes 1; daemon off; pid @DIR@/nginx.pid; error_log stderr error;
events { worker_connections 4096; }
http {
  access_log off; keepalive_timeout 75s;
  client_body_temp_path @DIR@/b; proxy_temp_path @DIR@/p; fastcgi_temp_path @DIR@/f;
  uwsgi_temp_path @DIR@/u; scgi_temp_path @DIR@/s;
  ssl_protocols TLSv1.2 TLSv1.3; ssl_prefer_server_ciphers on;
@SERVERS@
}
"""
_NGINX_SERVER = """
  server {
    listen 127.0.0.1:@PORT@ ssl; server_name @NAME@;
    ssl_certificate @PEM@; ssl_certificate_key @PEM@; ssl_verify_client @ASKS@;
    location / { return 200 "ok"; }
  }
"""
_POLICY = "<policies><inbound><return-response><set-body>ok</set-body></return-response></inbound></policies>"


class Case(NamedTuple):
    """What is measured: the kind of key, a mode of handshakes.MODES, whether callers show a certificate."""

    kind: str
    mode: str
    client: bool

    @property
    def name(self) -> str:
        """The host name that the case asks for."""
        return f"{self.kind}-asks" if self.client else self.kind


class Server(NamedTuple):
    """A server that runs."""

    name: str
    child: Child
    port: int


def hosts(folder: Path) -> dict[str, Path]:
    """Host names and the PEM files of their certificates; those that ask end in `-asks`."""
    return {
        name: pki.make_self_signed(folder, name, kind)
        for kind in KINDS
        for name in (kind, f"{kind}-asks")  # type: ignore[arg-type]
    }


def start_nginx(fleet: Fleet, folder: Path, names: dict[str, Path]) -> Server:
    """nginx with a server for each host name."""
    (port,) = free_ports(1)
    servers = "".join(
        _NGINX_SERVER.replace("@PORT@", str(port))
        .replace("@NAME@", name)
        .replace("@PEM@", str(pem))
        .replace("@ASKS@", "optional_no_ca" if name.endswith("-asks") else "off")
        for name, pem in names.items()
    )
    home = folder / "nginx"
    home.mkdir()
    path = home / "nginx.conf"
    path.write_text(_NGINX.replace("@DIR@", str(home)).replace("@SERVERS@", servers))
    words = [find_nginx(), "-p", str(home), "-e", "stderr", "-c", str(path)]
    child = fleet.start("nginx", words, core=_SERVER_CORE, log=home / "log")
    wait_for_port(child, port)
    return Server("nginx", child, port)


def start_fastgw(fleet: Fleet, folder: Path, names: dict[str, Path]) -> Server:
    """fastgw with the same host names."""
    (port,) = free_ports(1)
    home = folder / "fastgw"
    home.mkdir()
    document = {
        "gateway": {
            "listeners": [{"url": f"https://127.0.0.1:{port}"}],
            "management": "off",
            "workers": 1,
        },
        "hostnames": [
            {"hostName": name, "certificateId": name, "negotiateClientCertificate": name.endswith("-asks")}
            for name in names
        ],
        "certificates": [{"id": name, "file": str(pem)} for name, pem in names.items()],
        "apis": [
            {
                "id": "all",
                "path": "",
                "protocols": ["https"],
                "subscriptionRequired": False,
                "policy": _POLICY,
                "operations": [{"id": "get", "method": "GET", "urlTemplate": "/*"}],
            }
        ],
    }
    (home / "gateway.yaml").write_text(yaml.safe_dump(document))
    words = [sys.executable, "-m", "fastgw", "serve", str(home), "--data-dir", str(home / "data")]
    child = fleet.start("fastgw", words, core=_SERVER_CORE, log=home / "log")
    wait_for_line(child, "fastgw ready:")
    return Server("fastgw", child, port)


def one_round(server: Server, case: Case, seconds: float, certificates: dict[str, Path]) -> float:
    """CPU time per connection in microseconds. Raises BenchError where a connection has failed."""
    words = [sys.executable, "-m", "loadtests.handshakes", "--port", str(server.port), "--mode", case.mode]
    words += ["--name", case.name, "--seconds", str(seconds)]
    if case.client:
        words += ["--certificate", str(certificates[case.kind])]
    process = subprocess.Popen(
        [*pinned(_CALLER_CORE), *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        first = process.stdout.readline()
        before = cpu_seconds(server.child.pid)
        output = process.communicate("go\n", timeout=seconds + _GRACE_SECONDS)[0]
        used = cpu_seconds(server.child.pid) - before
    except subprocess.TimeoutExpired as error:
        raise BenchError(f"{server.name}: the callers did not end") from error
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
    facts = json.loads(output if first.strip() == "ready" else first)
    if facts["failures"] or not facts["connections"]:
        raise BenchError(f"{server.name}, {case}: {facts['reasons']}\n{server.child.log_tail()}")
    return float(1e6 * used / facts["connections"])


def measure(cases: Sequence[Case], rounds: int, seconds: float) -> dict[Case, dict[str, list[float]]]:
    """The rounds of every case, the two servers in turn."""
    found: dict[Case, dict[str, list[float]]] = {}
    with tempfile.TemporaryDirectory() as scratch, Fleet() as fleet:
        folder = Path(scratch)
        names = hosts(folder)
        clients = {kind: pki.make_self_signed(folder, f"client-{kind}", kind) for kind in KINDS}  # type: ignore[arg-type]
        servers = [start_nginx(fleet, folder, names), start_fastgw(fleet, folder, names)]
        for case in cases:
            taken = found[case] = {server.name: [] for server in servers}
            for number in range(rounds + 1):
                for server in servers if number % 2 else reversed(servers):
                    cost = one_round(server, case, seconds if number else seconds / 4, clients)
                    # The first one warms up.
                    if number:
                        taken[server.name].append(cost)
            print(line_of(case, taken), file=sys.stderr, flush=True)
    return found


def line_of(case: Case, taken: dict[str, list[float]]) -> str:
    """A row of the table: medians, their ratio, the lowest and highest ratio of two rounds side by side."""
    nginx, fastgw = (statistics.median(taken[name]) for name in ("nginx", "fastgw"))
    ratios = [ours / theirs for ours, theirs in zip(taken["fastgw"], taken["nginx"], strict=True)]
    what = f"{case.kind} {case.mode.replace('_', ' ')}{' + client certificate' if case.client else ''}"
    spread = f"{min(ratios):.2f}-{max(ratios):.2f}"
    return f"| {what} | {nginx:.0f} | {fastgw:.0f} | {fastgw / nginx:.2f} | {spread} |"


def main() -> None:
    """Command line; the table goes to stdout, progress to stderr."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=KINDS)
    given = parser.parse_args()
    cases = [Case(kind, mode, client) for kind in given.kinds for client in (False, True) for mode in MODES]
    try:
        found = measure(cases, given.rounds, given.seconds)
    except BenchError as error:
        raise SystemExit(f"bench: {error}") from None
    print("| CPU per connection, us | nginx | fastgw | ratio | of rounds |\n|---|---|---|---|---|")
    for case, taken in found.items():
        print(line_of(case, taken))


if __name__ == "__main__":
    main()
