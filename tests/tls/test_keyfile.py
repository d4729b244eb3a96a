"""Private keys reach OpenSSL without a file on a disk."""

from __future__ import annotations

import os
import ssl
import stat
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from fastgw.tls.certs import CertificateError, read_certificate
from fastgw.tls.keyfile import load_certificate
from tests.pki import Ca, make_ca

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="memory files exist on Linux only")


def context() -> ssl.SSLContext:
    return ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)


@linux_only
def test_no_file_is_made_and_no_descriptor_is_left(middle: Ca, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate = read_certificate(middle.issue("x").bundle())

    def refuse(*args: object, **options: object) -> None:
        raise AssertionError("a temporary file was asked for")

    for name in ("mkstemp", "mkdtemp", "NamedTemporaryFile", "TemporaryFile"):
        monkeypatch.setattr(tempfile, name, refuse)
    opened: list[Any] = []
    loading = True

    def audit(event: str, arguments: Sequence[Any]) -> None:
        if loading and event in ("open", "os.open", "os.mkdir", "os.rename", "os.link"):
            opened.append((event, arguments))

    sys.addaudithook(audit)
    before = sorted(os.listdir("/proc/self/fd"))
    opened.clear()
    for _ in range(3):
        load_certificate(context(), certificate, certificate.chain)
    assert opened == []
    loading = False
    assert sorted(os.listdir("/proc/self/fd")) == before


@linux_only
def test_a_system_that_gives_no_memory_file_is_an_error_not_a_file(
    middle: Ca, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = read_certificate(middle.issue("x").bundle())

    def refuse(*args: object) -> int:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "memfd_create", refuse)
    with pytest.raises(CertificateError, match="memfd_create"):
        load_certificate(context(), certificate, certificate.chain)


def test_without_memory_files_a_private_file_is_gone_at_once(
    middle: Ca, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    certificate = read_certificate(middle.issue("x").bundle())
    monkeypatch.delattr(os, "memfd_create", raising=False)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    modes: list[int] = []

    class Watching(ssl.SSLContext):
        def load_cert_chain(self, certfile: Any, keyfile: Any = None, password: Any = None) -> None:
            modes.append(stat.S_IMODE(os.stat(certfile).st_mode))
            super().load_cert_chain(certfile)

    load_certificate(Watching(ssl.PROTOCOL_TLS_SERVER), certificate, certificate.chain)
    assert modes == [0o600]
    assert list(tmp_path.iterdir()) == []


def test_a_certificate_without_a_key_cannot_be_presented(middle: Ca) -> None:
    certificate = read_certificate(middle.issue("x").der)
    with pytest.raises(CertificateError) as caught:
        load_certificate(context(), certificate, certificate.chain)
    assert caught.value.reason == "no-private-key"


def test_what_openssl_refuses_is_named(middle: Ca) -> None:
    certificate = read_certificate(make_ca().issue("x").bundle())
    strict = context()
    strict.set_ciphers("DEFAULT@SECLEVEL=5")
    with pytest.raises(CertificateError, match="too small") as caught:
        load_certificate(strict, certificate, certificate.chain)
    assert certificate.thumbprint in str(caught.value)
