"""Runs the demo: certificates, echo backend and the gateway in front of it, all gone at the end.

The gateway is the one that `serve` runs, through the same supervisor; this file must not configure
anything that the example's files do not show, the addresses aside.
"""

from __future__ import annotations

import os
import shlex
import signal
import socket
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from types import FrameType
from typing import NoReturn

from fastgw.claims import is_free
from fastgw.demo.certificates import DemoCertificates, make_certificates
from fastgw.demo.echo import run_echo, server_context
from fastgw.processes import fork_child
from fastgw.settings import Endpoint, ServeSettings, available_cores
from fastgw.supervisor import Doors, Running, Supervisor

QUICKSTART = Path(__file__).parent / "quickstart"
_LOOPBACK = "127.0.0.1"
_STATE = "state"
"""The gateway's data directory within the folder of the demo."""


def run_demo(doors: Doors, environ: Mapping[str, str], say: Callable[[str], None]) -> int:
    """Run until SIGINT or SIGTERM and return the exit code; `say` prints what to try.

    Main thread only. Leaves no process, file or address behind.
    """
    former = signal.signal(signal.SIGTERM, _leave)
    try:
        with tempfile.TemporaryDirectory(prefix="fastgw-demo-") as name:
            try:
                return _run_in(Path(name), doors, environ, say)
            finally:
                # The folder is about to be removed; nothing may interrupt that.
                signal.signal(signal.SIGTERM, signal.SIG_IGN)
                signal.signal(signal.SIGINT, signal.SIG_IGN)
    except KeyboardInterrupt:
        return 0
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGTERM, former)


def _leave(_number: int, _frame: FrameType | None) -> NoReturn:
    """End through the `finally` clauses; the supervisor has its own handler while it runs."""
    sys.exit(0)


def _run_in(folder: Path, doors: Doors, environ: Mapping[str, str], say: Callable[[str], None]) -> int:
    made = make_certificates(folder)
    pid, port = _start_echo(made)
    try:
        settings = ServeSettings(
            source=QUICKSTART,
            data_dir=folder / _STATE,
            listen=(_free("http", 8080), _free("https", 8443)),
            management=_free("https", 8081),
            workers=min(2, available_cores()),
            drain_timeout=5.0,
        )
        values = {
            **environ,
            "FASTGW_DEMO_CERTS": str(folder),
            "FASTGW_DEMO_PFX_PASSWORD": made.pfx_password,
            "FASTGW_DEMO_BACKEND": f"https://{_LOOPBACK}:{port}",
        }
        return Supervisor(
            settings, values, doors, on_ready=lambda running: say(_guide(running, folder))
        ).run()
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def _free(scheme: str, port: int) -> Endpoint:
    """The usual port where nobody has it, else any."""
    endpoint = Endpoint("https" if scheme == "https" else "http", _LOOPBACK, port)
    return endpoint if is_free(endpoint) else endpoint.with_port(0)


def _start_echo(made: DemoCertificates) -> tuple[int, int]:
    """Fork the backend; its socket listens before, so that the first request finds it."""
    context = server_context(made.backend, made.authority)
    with socket.create_server((_LOOPBACK, 0)) as listening:
        port = int(listening.getsockname()[1])
        return fork_child(lambda: run_echo(listening, context), lambda: None), port


def _program() -> str:
    """How another terminal calls fastgw: `make run` puts it on nobody's PATH."""
    script = Path(sys.executable).with_name("fastgw")
    return shlex.quote(str(script)) if script.exists() else f"{shlex.quote(sys.executable)} -m fastgw"


def _guide(running: Running, folder: Path) -> str:
    plain = next(endpoint.url for endpoint in running.listeners if endpoint.scheme == "http")
    secure = next(endpoint.url for endpoint in running.listeners if endpoint.scheme == "https")
    authority = shlex.quote(str(folder / "ca.pem"))
    fastgw = _program()
    management = "" if running.management is None else f" --management {running.management.url}"
    gateway = f"--data-dir {shlex.quote(str(folder / _STATE))}{management}"
    return "\n".join(
        (
            "",
            "The backend demands a client certificate; you need none, the gateway has it. Try:",
            "",
            "  # through the gateway; see the headers that the policies set",
            f"  curl -s {plain}/v1/echo",
            "",
            "  # rewritten to /inventory/items/42, and the certificate that reached the backend",
            f"  curl -s '{plain}/v1/items/42?color=red' | grep -A 3 -e path -e clientCertificate",
            "",
            "  # TLS on both sides",
            f"  curl -s --cacert {authority} {secure}/v1/echo",
            "",
            "  # a body passes through",
            f"  curl -s -d '{{\"sku\": 7}}' {plain}/v1/orders",
            "",
            "  # answered by a policy, the backend is not asked",
            f"  curl -si {plain}/v1/about",
            "",
            "  # five failures open the circuit breaker; the sixth request does not reach the backend",
            "  for i in 1 2 3 4 5 6; do "
            f"curl -so /dev/null -w '%{{http_code}}\\n' {plain}/v1/status/500; done",
            "",
            "  # answered by the gateway, though the backend would answer 200; see Retry-After",
            f"  curl -si {plain}/v1/status/200",
            "",
            "  # why the circuit breaker is open, and for how long",
            f"  {fastgw} status {gateway}",
            "",
            "  # waits as Retry-After says; then one request tries the backend and closes the breaker",
            f"  curl -sf --retry 5 {plain}/v1/status/200",
            "",
            "  # closes it by hand, whatever its state",
            f"  {fastgw} reset inventory {gateway}",
            "",
            f"The configuration: {QUICKSTART}",
            "Stop with Ctrl-C; nothing stays behind.",
            "",
        )
    )
