"""The certificate of the management address: self-made, kept in the data directory, renewed in time."""

from __future__ import annotations

import ipaddress
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

from fastgw.data_dir import CERTIFICATE_FILE, keep, read_own
from fastgw.errors import FastgwError
from fastgw.telemetry import log
from fastgw.tls.certs import Certificate, read_certificate, to_pem
from fastgw.tls.names import a_label
from fastgw.tls.selfsigned import make_self_signed
from fastgw.tls.servers import make_server_context

# A certificate that is about to end is replaced at the next start.
_RENEW_BEFORE = timedelta(days=30)
_LOCAL_HOSTS = ("localhost", "127.0.0.1", "::1")


def tls_context(data_dir: Path | None, host: str) -> ssl.SSLContext:
    """A server context with the certificate kept in `data_dir`, made there when it is missing or ends soon.

    A file that others could have read or written is not used. Where there is no directory, or it cannot be
    used, the certificate lives in memory and changes with every start, and a warning says so.
    """
    now = datetime.now(UTC)
    if data_dir is None:
        _warn_of_memory(None, "the home folder is not known; name a folder with --data-dir")
        return make_server_context(make_self_signed(_hosts(host), now=now))
    path = data_dir / CERTIFICATE_FILE
    kept = _read_kept(path, host, now)
    if kept is None:
        kept = make_self_signed(_hosts(host), now=now)
        try:
            keep(path, to_pem(kept.chain, kept.private_key))
        except OSError as error:
            _warn_of_memory(str(path), error.strerror or str(error))
    return make_server_context(kept)


def _warn_of_memory(path: str | None, reason: str) -> None:
    log.warning("the management certificate is kept in memory only", path=path, reason=reason)


def _hosts(host: str) -> tuple[str, ...]:
    try:
        wildcard = ipaddress.ip_address(host).is_unspecified
    except ValueError:
        wildcard = False
    return _LOCAL_HOSTS if wildcard else tuple(dict.fromkeys((host, *_LOCAL_HOSTS)))


def _read_kept(path: Path, host: str, now: datetime) -> Certificate | None:
    """The kept certificate where it can be used; None for any reason to make another one."""
    try:
        certificate = read_certificate(read_own(path))
    except (OSError, FastgwError):
        return None
    if not certificate.has_private_key or certificate.not_after - now < _RENEW_BEFORE:
        return None
    # The first host is the common name of a self-made certificate; with another one it is made anew.
    wanted = _hosts(host)[0]
    try:
        wanted = a_label(wanted)
    except ValueError:
        return None
    return certificate if certificate.subject == f"CN={wanted}" else None
