"""A real nginx that says in headers what it saw of the client's certificate."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.pki import Ca, Issued


@dataclass(frozen=True)
class Site:
    """One server of nginx: its certificate and how it treats clients."""

    name: str
    certificate: Issued
    verify: str = "on"
    more: str = ""
    chain: bool = True


@contextlib.contextmanager
def nginx(folder: Path, clients: Ca, sites: list[Site]) -> Iterator[dict[str, int]]:
    """nginx that knows only the root `clients`; gives the port of each site."""
    (folder / "clients.pem").write_bytes(clients.pem)
    with contextlib.ExitStack() as stack:
        # nginx takes over listening sockets by their numbers, as when it replaces its own binary.
        sockets = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in sites]
        ports = {site.name: one.getsockname()[1] for site, one in zip(sites, sockets, strict=True)}
        servers = []
        for site in sites:
            chain = site.certificate.issuers_pem if site.chain else b""
            (folder / f"{site.name}.pem").write_bytes(site.certificate.pem + chain)
            (folder / f"{site.name}.key").write_bytes(site.certificate.key_pem())
            servers.append(
                f"""server {{
                listen 127.0.0.1:{ports[site.name]} ssl;
                ssl_certificate {site.name}.pem; ssl_certificate_key {site.name}.key;
                ssl_client_certificate clients.pem; ssl_verify_client {site.verify}; ssl_verify_depth 3;
                ssl_session_cache shared:{site.name}:1m; {site.more}
                add_header x-site {site.name} always;
                add_header x-thumbprint $ssl_client_fingerprint always;
                add_header x-serial $ssl_client_serial always;
                add_header x-dn $ssl_client_s_dn always;
                add_header x-verify $ssl_client_verify always;
                add_header x-connection $connection always;
                add_header x-reused $ssl_session_reused always;
                add_header x-protocol $ssl_protocol always;
                add_header x-sni $ssl_server_name always;
                location / {{ return 200 "ok"; }}
                }}"""
            )
        (folder / "nginx.conf").write_text(
            "daemon off; worker_processes 1; pid nginx.pid; error_log stderr;\n"
            "events { worker_connections 512; }\n"
            "http { access_log off; client_body_temp_path t1; proxy_temp_path t2; fastcgi_temp_path t3;\n"
            "uwsgi_temp_path t4; scgi_temp_path t5; ssl_protocols TLSv1.2 TLSv1.3;\n"
            + "\n".join(servers)
            + "\n}\n"
        )
        for one in sockets:
            os.set_inheritable(one.fileno(), True)
        process = subprocess.Popen(
            [
                shutil.which("nginx") or "/usr/sbin/nginx",
                "-p",
                str(folder),
                "-c",
                "nginx.conf",
                "-e",
                "stderr",
            ],
            env={**os.environ, "NGINX": "".join(f"{one.fileno()};" for one in sockets)},
            pass_fds=[one.fileno() for one in sockets],
            stderr=subprocess.DEVNULL,
        )
        stack.callback(process.wait)
        stack.callback(process.terminate)
        yield ports
