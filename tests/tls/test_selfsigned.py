"""Certificates that the program makes itself."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_der_private_key

from fastgw.tls.certs import read_certificate
from fastgw.tls.contexts import ClientContexts, TrustStore
from fastgw.tls.peer import check_name
from fastgw.tls.selfsigned import make_authority, make_self_signed, pfx_bytes
from fastgw.tls.servers import Hostname, HostnameTable, ServerContexts
from tests.pki import DAY, NOW, Ca, Issued
from tests.tls.wire import call, nginx, run, tls_server


def test_a_self_made_certificate_serves_its_hosts_to_who_trusts_it() -> None:
    certificate = make_self_signed(("localhost", "127.0.0.1", "::1"), now=NOW)
    assert certificate.subject == certificate.issuer == "CN=localhost"
    table = HostnameTable([Hostname("localhost", certificate)])
    client = ClientContexts(TrustStore((certificate.leaf,), system_roots=False)).get(None)

    async def main() -> None:
        async with tls_server(ServerContexts(table.select).listener()) as port:
            for host in ("localhost", "127.0.0.1", "[::1]"):
                assert (await call(port, client, host)).peer == certificate.leaf

    run(main)


def test_lifetimes_count_from_the_given_time_with_slack_for_slow_clocks() -> None:
    certificate = make_self_signed(("localhost",), now=NOW, lifetime=timedelta(days=2))
    assert certificate.validity(NOW - timedelta(minutes=30)) == "valid"
    assert certificate.validity(NOW - DAY) == "not-yet-valid"
    assert certificate.validity(NOW + 3 * DAY) == "expired"


@pytest.mark.parametrize("hosts", [(), ("a b",)])
def test_a_certificate_needs_hosts_that_are_hosts(hosts: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="host"):
        make_self_signed(hosts, now=NOW)


def test_long_host_names_do_not_break_the_common_name() -> None:
    host = ".".join(["a" * 40] * 3) + ".test"
    check_name(make_self_signed((host,), now=NOW).leaf, host)


def test_an_authority_issues_both_sides_of_mutual_tls(tmp_path: Path) -> None:
    authority = make_authority("Demo", now=NOW)
    server = authority.issue_server(("demo.test",), now=NOW)
    caller = read_certificate(pfx_bytes(authority.issue_client("caller", now=NOW), "secret"), "secret")
    assert caller.subject == "CN=caller"
    key = load_der_private_key(bytes(server.require_private_key()), None)
    ca = Ca(x509.load_der_x509_certificate(authority.certificate.leaf), key)  # type: ignore[arg-type]
    context = ClientContexts(TrustStore((authority.certificate.leaf,), system_roots=False)).get(caller)

    async def main() -> None:
        reply = await call(port, context, "demo.test")
        assert reply.headers["x-verify"] == "SUCCESS"
        assert reply.headers["x-dn"] == "CN=caller"

    with nginx(tmp_path, Issued(server.load(), key), ca, "TLSv1.3") as port:  # type: ignore[arg-type]
        run(main)


def test_a_pfx_is_written_with_and_without_a_password() -> None:
    certificate = make_self_signed(("localhost",), now=NOW)
    assert read_certificate(pfx_bytes(certificate, None)) == certificate
    assert read_certificate(pfx_bytes(certificate, "secret"), "secret") == certificate


def test_keys_of_an_authority_do_not_show() -> None:
    assert "key" not in repr(make_authority("Demo", now=NOW)).lower()
