"""Chains that are sent are complete, what is missing is named, callers are judged by the CA certificates."""

from __future__ import annotations

import asyncio
import subprocess
import textwrap
from pathlib import Path

import pytest

from fastgw.config import load
from fastgw.snapshot import Snapshot
from fastgw.snapshot.build import build
from tests.pki import Ca, Issued, make_ca
from tests.tls.wire import openssl_server

ROOT = make_ca("Chain Root")
MIDDLE = ROOT.intermediate("Chain Middle")
LOWER = MIDDLE.intermediate("Chain Lower")
SERVER = LOWER.issue("server", "api.example.test")
LONELY = SERVER.pem + SERVER.key_pem()

HOST = "api.example.test"
TEXT = """\
gateway: {{listeners: [{{url: "https://127.0.0.1:0"}}]}}
hostnames: [{{hostName: api.example.test, certificateId: edge}}]
certificates: [{{id: edge, file: edge.pem}}]
caCertificates: [{entries}]
"""


def made(
    folder: Path, edge: bytes, previous: Snapshot | None = None, gateway: str = "", **authorities: bytes
) -> Snapshot:
    """A gateway with a host name; `authorities` are files by the name of their store and a number."""
    entries = []
    for name, content in authorities.items():
        (folder / f"{name}.pem").write_bytes(content)
        entries.append(f"{{id: {name}, file: {name}.pem, storeName: {name.partition('_')[0]}}}")
    (folder / "edge.pem").write_bytes(edge)
    text = TEXT.format(entries=", ".join(entries))
    if gateway:
        text = text.replace("gateway: {", f"gateway: {{{gateway}, ")
    (folder / "gateway.yaml").write_text(textwrap.dedent(text))
    configuration, _ = load(folder, {})
    return build(configuration, previous)


def warnings(snapshot: Snapshot) -> list[str]:
    return [str(finding) for finding in snapshot.diagnostics if "issuer at the end" in str(finding)]


def sent(snapshot: Snapshot) -> list[str]:
    """The subjects that a real client is shown, the leaf first."""
    assert snapshot.listener_tls is not None
    with openssl_server(snapshot.listener_tls.context) as port:
        done = subprocess.run(
            ["openssl", "s_client", "-showcerts", "-connect", f"127.0.0.1:{port}", "-servername", HOST],
            input="",
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
    lines = [
        line for line in done.stdout.splitlines() if line.strip()[:4] in ("0 s:", "1 s:", "2 s:", "3 s:")
    ]
    return [line.rpartition("CN = ")[2].rpartition("CN=")[2] for line in lines]


def test_callers_are_sent_the_chain_from_the_store(tmp_path: Path) -> None:
    complete = made(tmp_path, LONELY, CertificateAuthority_1=MIDDLE.pem, CertificateAuthority_2=LOWER.pem)
    assert sent(complete) == ["server", "Chain Lower", "Chain Middle"]
    alone = made(tmp_path, LONELY)
    assert sent(alone) == ["server"]


def test_a_chain_in_the_file_is_continued_from_the_store(tmp_path: Path) -> None:
    snapshot = made(tmp_path, LONELY + LOWER.pem, CertificateAuthority_1=MIDDLE.pem, Root_1=ROOT.pem)
    assert sent(snapshot) == ["server", "Chain Lower", "Chain Middle"]
    assert warnings(snapshot) == []


@pytest.mark.parametrize(
    ("edge", "authorities", "missing"),
    [
        (LONELY, {}, "CN=Chain Lower"),
        (LONELY, {"CertificateAuthority_1": LOWER.pem}, "CN=Chain Middle"),
        (LONELY + LOWER.pem, {}, "CN=Chain Middle"),
        (LONELY + MIDDLE.pem + ROOT.pem, {}, "CN=Chain Lower"),
        (LONELY + LOWER.pem + MIDDLE.pem, {}, "CN=Chain Root"),
        (LONELY + LOWER.pem + MIDDLE.pem, {"Root_1": make_ca("Chain Root").pem}, "CN=Chain Root"),
    ],
    ids=["none", "one-of-two", "one-in-the-file", "a-gap", "only-the-root", "a-namesake-of-the-root"],
)
def test_a_missing_issuer_is_named(
    tmp_path: Path, edge: bytes, authorities: dict[str, bytes], missing: str
) -> None:
    (said,) = warnings(made(tmp_path, edge, **authorities))
    assert f"its chain, {missing}, O=Example, C=NL, which is neither" in said
    assert SERVER.thumbprint in said
    assert "gateway.yaml:3:33: warning" in said


@pytest.mark.parametrize(
    ("edge", "authorities"),
    [
        (SERVER.bundle(), {}),
        (LONELY + LOWER.pem + MIDDLE.pem, {"Root_1": ROOT.pem}),
        (LONELY + LOWER.pem + MIDDLE.pem, {"CertificateAuthority_1": ROOT.pem}),
        (LONELY, {"CertificateAuthority_1": LOWER.pem + MIDDLE.pem + ROOT.pem}),
    ],
    ids=["all-in-the-file", "root-in-its-store", "root-in-the-other-store", "all-in-the-store"],
)
def test_a_complete_chain_is_no_news(tmp_path: Path, edge: bytes, authorities: dict[str, bytes]) -> None:
    assert warnings(made(tmp_path, edge, **authorities)) == []


def test_a_root_of_the_system_completes_a_chain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "system.pem").write_bytes(ROOT.pem)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "system.pem"))
    assert warnings(made(tmp_path, LONELY + LOWER.pem + MIDDLE.pem)) == []


def test_a_certificate_without_a_key_is_never_sent(tmp_path: Path) -> None:
    (tmp_path / "known.pem").write_bytes(SERVER.pem)
    (tmp_path / "gateway.yaml").write_text("certificates: [{id: known, file: known.pem}]\n")
    configuration, _ = load(tmp_path, {})
    assert warnings(build(configuration)) == []


def test_a_root_entry_that_ends_no_chain_is_a_warning(tmp_path: Path) -> None:
    snapshot = made(tmp_path, SERVER.bundle(), Root_1=MIDDLE.pem + ROOT.pem)
    (said,) = [str(finding) for finding in snapshot.diagnostics if "not self-signed" in str(finding)]
    assert MIDDLE.thumbprint in said
    assert "CA certificate Root_1" in said


# --- callers -----------------------------------------------------------------------------------------


def caller(ca: Ca) -> Issued:
    return ca.issue("caller", usage="client")


def trusted(snapshot: Snapshot, issued: Issued) -> bool:
    verdict = snapshot.caller_trust.verify_now((issued.der,))
    assert verdict is not None
    return verdict.trusted


def test_callers_are_judged_by_the_ca_certificates(tmp_path: Path) -> None:
    snapshot = made(
        tmp_path,
        SERVER.bundle(),
        Root_1=ROOT.pem,
        CertificateAuthority_1=MIDDLE.pem,
        CertificateAuthority_2=LOWER.pem,
    )
    assert trusted(snapshot, caller(LOWER))
    assert not trusted(snapshot, caller(make_ca("Stranger")))
    assert not trusted(made(tmp_path, SERVER.bundle(), Root_1=ROOT.pem), caller(LOWER))
    only_helper = made(tmp_path, SERVER.bundle(), CertificateAuthority_1=ROOT.pem)
    assert not trusted(only_helper, caller(ROOT))


def test_a_reload_keeps_what_is_known_about_revocation_and_takes_the_new_settings(tmp_path: Path) -> None:
    async def fetch(url: str, *, body: bytes | None, content_type: str, limit: int) -> bytes:
        raise OSError(url)

    first = made(tmp_path, SERVER.bundle(), gateway="revocation: off")
    assert first.caller_trust.settings.mode == "off"
    second = made(tmp_path, SERVER.bundle(), first, "revocation: {timeout: 7, maxListSize: 2000}")
    shared = second.caller_trust.revocations
    assert shared is first.caller_trust.revocations
    assert second.caller_trust.settings.mode == "hard-fail"
    # What was built does not serve yet: a build may fail after all.
    assert (shared.timeout, shared.fetch) == (2.0, None)
    second.caller_trust.install(fetch)
    assert (shared.timeout, shared.max_list_size, shared.fetch) == (7.0, 2000, fetch)


def test_what_names_no_source_passes_by_default(tmp_path: Path) -> None:
    snapshot = made(tmp_path, SERVER.bundle(), Root_1=ROOT.pem)
    verdict = asyncio.run(snapshot.caller_trust.verify((caller(ROOT).der,), True))
    assert verdict.trusted
    assert verdict.revocation[0].state == "not-offered"
