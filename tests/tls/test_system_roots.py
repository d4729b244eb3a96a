"""The system's roots are those that OpenSSL names, read from file and directory, wrong ones left out."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from fastgw.tls.names import canonical_name
from fastgw.tls.system_roots import system_roots
from tests.pki import make_ca


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A system that has no root yet: `roots.pem` and a directory."""
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "roots.pem"))
    (tmp_path / "hashed").mkdir()
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path / "hashed"))
    return tmp_path


def test_file_and_directory_are_read(folder: Path) -> None:
    one, two, three = make_ca("One"), make_ca("Two"), make_ca("Three")
    (folder / "roots.pem").write_bytes(b"# comment\n" + one.pem + b"junk\n" + two.pem)
    (folder / "hashed" / "0a1b2c3d.0").write_bytes(three.pem + one.pem)
    (folder / "hashed" / "readme.txt").write_bytes(make_ca("Four").pem)
    assert system_roots() == {canonical_name(ca.certificate.subject): (ca.der,) for ca in (one, two, three)}


def test_what_cannot_be_read_is_no_root(folder: Path) -> None:
    one = make_ca("One")
    damaged = b"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
    no_base64 = b"-----BEGIN CERTIFICATE-----\n!!!\n-----END CERTIFICATE-----\n"
    (folder / "roots.pem").write_bytes(damaged + no_base64 + one.pem)
    (folder / "hashed" / "0a1b2c3d.0").mkdir()
    assert list(system_roots().values()) == [(one.der,)]


def test_without_any_there_is_none(folder: Path) -> None:
    assert system_roots() == {}


def test_two_roots_of_one_name_are_both_there(folder: Path) -> None:
    one, two = make_ca("One"), make_ca("One")
    (folder / "roots.pem").write_bytes(one.pem + two.pem)
    assert list(system_roots().values()) == [(one.der, two.der)]


def test_the_real_ones_are_those_of_ssl() -> None:
    context = ssl.create_default_context()
    context.load_default_certs()
    known = {der for ders in system_roots().values() for der in ders}
    for der in context.get_ca_certs(binary_form=True):
        assert der in known
