"""`fastgw certificate`: lists the certificates of a source, and explains what a file holds."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from fastgw.cli import cli
from tests.pki import DAY, NOW, Ca, Issued, make_ca
from tests.tls.trust.lists import make_list, named_at
from tests.tls.trust.made import CLIENT, make
from tests.tls.trust.responder import file_server

API = {
    "id": "orders",
    "path": "orders",
    "subscriptionRequired": False,
    "policy": "policy.xml",
    "operations": [{"id": "get", "method": "GET", "urlTemplate": "/"}],
}
POLICY = """<policies><inbound>
  <send-request response-variable-name="r" mode="new"><set-url>https://other.test/</set-url>
    <set-method>GET</set-method><authentication-certificate certificate-id="caller" /></send-request>
  <return-response />
</inbound></policies>"""


@pytest.fixture(scope="module")
def root() -> Ca:
    return make_ca("Listing Root")


@pytest.fixture(scope="module")
def middle(root: Ca) -> Ca:
    return root.intermediate("Listing Middle")


@pytest.fixture(scope="module")
def caller(middle: Ca) -> Issued:
    return middle.issue("caller", "caller.example.test", usage="client")


def run(*words: str | Path, given: str | None = None) -> Result:
    return CliRunner().invoke(
        cli, ["certificate", *map(str, words)], input=given, env={"FASTGW_SOURCE": None}
    )


def write(folder: Path, document: dict[str, Any], **files: bytes) -> Path:
    for name, content in files.items():
        (folder / name.replace("__", ".")).write_bytes(content)
    (folder / "gateway.yaml").write_text(yaml.safe_dump({"gateway": {"management": "off"}, **document}))
    return folder


def listed(folder: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(run("list", folder, "--format", "json").stdout)
    return found


# ---------------------------------------------------------------- list and show


@pytest.fixture
def source(tmp_path: Path, root: Ca, middle: Ca, caller: Issued) -> Path:
    document = {
        "certificates": [
            {"id": "caller", "file": "caller.pfx", "password": "secret"},
            {"id": "allowed", "file": "allowed.pem"},
        ],
        "caCertificates": [{"id": "root", "file": "root.pem", "storeName": "Root"}],
        "backends": [
            {"id": "b", "url": "https://b.test", "credentials": {"certificate": [caller.thumbprint]}}
        ],
        "apis": [API],
    }
    allowed = middle.issue("allowed", usage="client").pem
    return write(
        tmp_path,
        document,
        caller__pfx=caller.pfx("secret"),
        allowed__pem=allowed,
        root__pem=root.pem,
        policy__xml=POLICY.encode(),
    )


def test_the_list_shows_each_entry_with_its_users(source: Path, caller: Issued) -> None:
    result = run("list", source)
    assert result.exit_code == 0, result.output
    titles, first, second, third = result.stdout.splitlines()
    assert titles.split()[:3] == ["ID", "STORE", "DAYS"]
    assert first.split()[:4] == ["caller", "-", "364", caller.thumbprint]
    assert first.endswith("backend b; policy of api orders")
    assert second.startswith("allowed")
    assert third.split()[:2] == ["root", "Root"]
    assert "secret" not in result.output


def test_the_list_as_json_has_what_is_public(source: Path, caller: Issued) -> None:
    first, second, third = listed(source)
    assert first["id"] == "caller"
    assert first["source"] == "caller.pfx"
    assert first["thumbprint"] == caller.thumbprint
    assert first["subject"] == "CN=caller, O=Example, C=NL"
    assert first["issuer"] == "CN=Listing Middle, O=Example, C=NL"
    assert first["notAfter"] == f"{caller.certificate.not_valid_after_utc:%Y-%m-%dT%H:%M:%SZ}"
    assert (first["hasPrivateKey"], first["chainLength"]) == (True, 2)
    assert (second["hasPrivateKey"], second["usedBy"]) == (False, [])
    assert (third["store"], third["daysLeft"] > 3000) == ("Root", True)


def test_one_is_shown_by_its_id_in_any_case(source: Path, caller: Issued) -> None:
    shown = json.loads(run("show", "CALLER", source).stdout)
    assert shown["thumbprint"] == caller.thumbprint
    assert shown["usedBy"] == ["backend b", "policy of api orders"]
    missing = run("show", "nobody", source)
    assert (missing.exit_code, missing.stdout) == (1, "")
    assert "there is no certificate 'nobody'" in missing.stderr


def test_what_cannot_be_read_is_listed_beside_the_others(tmp_path: Path, caller: Issued, middle: Ca) -> None:
    expired = middle.issue_expired("old")
    folder = write(
        tmp_path,
        {
            "certificates": [
                {"id": "wrong", "file": "caller.pfx", "password": "other"},
                {"id": "one", "file": "caller.pem"},
                {"id": "two", "file": "caller.pem"},
                {"id": "old", "file": "old.pem"},
            ],
            "caCertificates": [{"id": "none", "file": "none.pem", "storeName": "CertificateAuthority"}],
        },
        caller__pfx=caller.pfx("secret"),
        caller__pem=caller.bundle(),
        old__pem=expired.bundle(),
        none__pem=b"nothing",
    )
    result = run("list", folder)
    assert result.exit_code == 1
    rows = {line.split()[0]: line for line in result.stdout.splitlines()[1:]}
    assert rows["wrong"].split()[2:] == ["unreadable", "-", "-", "-"]
    assert rows["none"].split()[1:] == ["CertificateAuthority", "unreadable", "-", "-", "-"]
    assert rows["old"].split()[2] == "expired"
    assert f"one, two are the same certificate ({caller.thumbprint})" in result.stderr
    assert "certificate wrong: wrong password for the PFX" in result.stderr
    assert "other" not in result.stdout


def test_a_certificate_in_a_key_vault_is_listed_without_asking_the_vault(tmp_path: Path) -> None:
    vault = "https://vault.test/secrets/edge"
    entry = {"id": "edge", "keyVault": {"secretIdentifier": vault}}
    folder = write(tmp_path, {"certificates": [entry]})
    result = run("list", folder)
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines()[1].split() == ["edge", "-", "in", "a", "vault", "-", "-", "-"]
    assert listed(folder)[0]["source"] == vault


def test_a_policy_with_a_mistake_does_not_hide_the_certificates(tmp_path: Path, caller: Issued) -> None:
    folder = write(
        tmp_path,
        {"certificates": [{"id": "caller", "file": "caller.pem"}], "apis": [API]},
        caller__pem=caller.bundle(),
        policy__xml=b"<policies><inbound><nonsense /></inbound></policies>",
    )
    result = run("list", folder)
    assert result.exit_code == 0
    assert caller.thumbprint in result.stdout


def test_a_source_without_certificates_says_so(tmp_path: Path) -> None:
    assert run("list", write(tmp_path, {})).stdout == "there are no certificates\n"


# ---------------------------------------------------------------- inspect


def inspect(tmp_path: Path, content: bytes, *words: str, given: str | None = None) -> Result:
    (tmp_path / "file").write_bytes(content)
    return run("inspect", tmp_path / "file", *words, given=given)


def explained(tmp_path: Path, content: bytes, *words: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(inspect(tmp_path, content, "--format", "json", *words).stdout)
    return found


def test_a_whole_pfx_has_no_problem(tmp_path: Path, caller: Issued) -> None:
    result = inspect(tmp_path, caller.pfx("secret"), "--password-file", "-", given="secret\n")
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert lines[0] == "PFX, private key ECDSA secp256r1"
    assert [line for line in lines if line[0].isdigit()] == [
        "1. leaf: CN=caller, O=Example, C=NL",
        "2. intermediate: CN=Listing Middle, O=Example, C=NL",
        "3. root: CN=Listing Root, O=Example, C=NL",
    ]
    assert "   names: caller.example.test" in lines
    assert f"   thumbprint: {caller.thumbprint}" in lines
    assert "secret" not in result.output


def test_the_order_of_the_chain_is_that_of_the_signatures(
    tmp_path: Path, root: Ca, middle: Ca, caller: Issued
) -> None:
    found = explained(tmp_path, root.pem + middle.pem + caller.pem)
    assert [(one["role"], one["number"]) for one in found["certificates"]] == [
        ("leaf", 3),
        ("intermediate", 2),
        ("root", 1),
    ]
    assert [one["isCA"] for one in found["certificates"]] == [False, True, True]
    assert (found["privateKey"], found["problems"]) == (None, [])


def test_a_missing_intermediate_is_named(tmp_path: Path, caller: Issued) -> None:
    result = inspect(tmp_path, caller.pem + caller.key_pem())
    assert result.exit_code == 1
    assert "problem: the issuer of CN=caller, O=Example, C=NL is not here: CN=Listing Middle" in result.stdout


def test_a_key_of_another_certificate_is_a_problem(tmp_path: Path, middle: Ca, caller: Issued) -> None:
    content = caller.pem + caller.issuers_pem + middle.issue("other").key_pem()
    assert [one.partition(";")[0] for one in explained(tmp_path, content)["problems"]] == [
        "the private key belongs to none of the certificates"
    ]


def test_what_has_no_part_in_the_chain_is_a_problem(tmp_path: Path, middle: Ca, caller: Issued) -> None:
    stranger = make_ca("Stranger")
    found = explained(tmp_path, caller.bundle() + stranger.pem)
    assert found["certificates"][-1]["role"] == "unrelated"
    assert found["problems"] == [
        f"CN=Stranger, O=Example, C=NL ({stranger.thumbprint}) has no part in the chain; remove it"
    ]


def test_dates_are_judged(tmp_path: Path, middle: Ca) -> None:
    soon = middle.issue("soon", not_after=NOW + timedelta(days=10))
    early = middle.issue("early", not_before=NOW + DAY)
    for issued, words in (
        (middle.issue_expired("old"), "expired on"),
        (early, "is not valid before"),
        (soon, "within 30 days"),
    ):
        (problem,) = explained(tmp_path, issued.pem + issued.issuers_pem)["problems"]
        assert words in problem
        assert issued.thumbprint in problem


@pytest.mark.parametrize(
    ("words", "message"),
    [((), "the PFX needs a password"), (("--password-file", "-"), "wrong password for the PFX")],
)
def test_a_pfx_that_cannot_be_opened_says_what_to_give(
    tmp_path: Path, caller: Issued, words: tuple[str, ...], message: str
) -> None:
    result = inspect(tmp_path, caller.pfx("secret"), *words, given="not this\n")
    assert result.exit_code == 1
    assert result.stderr.startswith(f"fastgw: error: {tmp_path / 'file'}: {message}")
    assert ("--password-file" in result.stderr) is (not words)
    assert "not this" not in result.output


def test_a_key_alone_and_garbage_are_told_apart(tmp_path: Path, caller: Issued) -> None:
    assert explained(tmp_path, caller.key_pem())["problems"] == ["there is a private key, but no certificate"]
    assert "neither a PFX" in inspect(tmp_path, b"garbage").stderr
    assert "larger than 4 MiB" in inspect(tmp_path, b"x" * (5 << 20)).stderr


# ---------------------------------------------------------------- verify


def verify(folder: Path, content: bytes, *words: str) -> Result:
    (folder / "shown").write_bytes(content)
    return run("verify", folder / "shown", *words)


def test_a_chain_is_judged_by_the_store_of_the_source(
    tmp_path: Path, root: Ca, middle: Ca, caller: Issued
) -> None:
    stores = [
        {"id": "root", "file": "root.pem", "storeName": "Root"},
        {"id": "middle", "file": "middle.pem", "storeName": "CertificateAuthority"},
    ]
    write(tmp_path, {"caCertificates": stores}, root__pem=root.pem, middle__pem=middle.pem)
    result = verify(tmp_path, caller.pem, str(tmp_path))
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines() == [
        "trusted",
        f"1. CN=caller, O=Example, C=NL, thumbprint {caller.thumbprint}",
        f"2. CN=Listing Middle, O=Example, C=NL, thumbprint {middle.thumbprint}",
        f"3. CN=Listing Root, O=Example, C=NL, thumbprint {root.thumbprint}",
    ]
    refused = verify(tmp_path, caller.pem, str(tmp_path), "--purpose", "server")
    assert refused.exit_code == 1
    assert "problem: certificate CN=caller" in refused.stdout
    assert "lack serverAuth" in refused.stdout


def test_without_a_source_only_the_system_is_trusted(tmp_path: Path, caller: Issued) -> None:
    result = verify(tmp_path, caller.bundle())
    assert result.exit_code == 1
    assert result.stdout.startswith("not trusted\n")
    assert "problem: certificate CN=Listing Middle" in result.stdout
    assert "has an issuer that is not known: CN=Listing Root" in result.stdout


def test_revocation_is_asked_for_where_that_is_wanted(tmp_path: Path) -> None:
    ca = make("Verifying Root", ca=True, usages=("key_cert_sign", "crl_sign"))
    with file_server() as files:
        files.answers["/list"] = make_list(ca, [(77, None)])
        shown = make("caller", ca, extended=[CLIENT], serial=77, more=named_at(files.url("/list")))
        store = {"caCertificates": [{"id": "root", "file": "root.pem", "storeName": "Root"}]}
        write(tmp_path, store, root__pem=ca.pem)
        assert verify(tmp_path, shown.pem, str(tmp_path)).exit_code == 0
        assert files.asked == []
        result = verify(tmp_path, shown.pem, str(tmp_path), "--revocation")
    assert result.exit_code == 1
    assert "1. O=Example, CN=caller" in result.stdout or "1. CN=caller, O=Example" in result.stdout
    assert "revocation: revoked" in result.stdout
    assert "is revoked since" in result.stdout
