"""A configuration whose secrets were not read is checked as far as that goes; nothing that is wrong hides."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from fastgw.config import load
from fastgw.errors import ConfigurationError, Diagnostic
from fastgw.snapshot.build import build
from tests.pki import make_ca

SECRET = {"secretIdentifier": "https://kv.vault.azure.net/secrets/one"}
NOT_ASKED = "it lives in a key vault that is not asked here"


def findings(folder: Path, configuration: dict[str, Any], **files: bytes) -> list[Diagnostic]:
    (folder / "gateway.yaml").write_text(json.dumps(configuration))
    for name, content in files.items():
        (folder / name.replace("__", ".")).write_bytes(content)
    loaded, found = load(folder, {})
    assert list(found) == []
    try:
        return list(build(loaded).diagnostics)
    except ConfigurationError as error:
        return list(error.diagnostics)


def said(found: list[Diagnostic]) -> list[str]:
    return [f"{one.severity}: {one.entity}: {one.message}" for one in found if NOT_ASKED not in one.message]


def api(policy: str, **more: Any) -> dict[str, Any]:
    return {
        "namedValues": [{"id": "v", "keyVault": SECRET}],
        "apis": [
            {
                "id": "a",
                "path": "a",
                "subscriptionRequired": False,
                "protocols": ["http"],
                "operations": [{"id": "get", "method": "GET", "urlTemplate": "/"}],
                "policy": f"<policies><inbound>{policy}</inbound></policies>",
            }
        ],
        **more,
    }


USES = {
    "text": "<return-response><set-body>{{v}}</set-body></return-response>",
    "number": "<return-response><set-status code='{{v}}' /></return-response>",
    "expression": "<set-variable name='x' value='@({{v}} + 1)' /><return-response />",
    "boolean": "<choose><when condition='@({{v}})'><return-response /></when></choose><return-response />",
    "string-in-expression": "<set-variable name='x' value='@(\"{{v}}\".Length)' /><return-response />",
    "url": "<set-backend-service base-url='{{v}}' />",
    "backend-id": "<set-backend-service backend-id='{{v}}' />",
    "certificate-id": "<authentication-certificate certificate-id='{{v}}' /><return-response />",
    "fragment": "<include-fragment fragment-id='f' /><return-response />",
    "unread-certificate": "<authentication-certificate certificate-id='c' /><return-response />",
}


@pytest.mark.parametrize("policy", USES.values(), ids=USES)
def test_a_value_that_was_not_read_is_no_error_wherever_it_is_used(tmp_path: Path, policy: str) -> None:
    more = {
        "certificates": [{"id": "c", "keyVault": SECRET}],
        "policyFragments": [{"id": "f", "value": "<fragment><set-status code='{{v}}' /></fragment>"}],
    }
    found = findings(tmp_path, api(policy, **more))
    assert [one for one in found if one.severity == "error"] == []
    notes = [one.entity for one in found if NOT_ASKED in one.message]
    assert notes == ["certificate c", "named value v"]


WRONG = {
    "policy": ("{{v}}<no-such-policy />", "no-such-policy"),
    "expression": ("<set-variable name='x' value='@({{v}} + nothing)' />", "nothing"),
    "backend": (
        "<set-header name='{{v}}'><value>x</value></set-header><set-backend-service backend-id='no' />",
        "no",
    ),
}


@pytest.mark.parametrize(("policy", "part"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_whatever_the_value_is_stays_an_error(tmp_path: Path, policy: str, part: str) -> None:
    errors = [one for one in findings(tmp_path, api(policy)) if one.severity == "error"]
    assert errors
    assert all(one.entity == "api a" for one in errors)
    assert any(f"'{part}'" in one.message or part in one.message for one in errors)


def test_host_names_and_backends_of_certificates_that_were_not_read(tmp_path: Path) -> None:
    configuration = {
        "gateway": {"listeners": [{"url": "https://127.0.0.1:0"}]},
        "certificates": [{"id": "c", "keyVault": SECRET}],
        "hostnames": [{"hostName": "a.test", "certificateId": "c"}],
        "backends": [{"id": "b", "url": "https://b.test", "credentials": {"certificateIds": ["c"]}}],
    }
    assert said(findings(tmp_path, configuration)) == []


def opening(id: str, **more: Any) -> dict[str, Any]:
    settings = {
        "credential": "clientCertificate",
        "tenantId": "t",
        "clientId": "c",
        "clientCertificateId": id,
    }
    return {"gateway": {"keyVault": settings}, **more}


def test_the_certificate_that_opens_the_vault_must_be_there_with_its_key_and_outside_of_the_vault(
    tmp_path: Path,
) -> None:
    issued = make_ca().issue("opener")
    inside = {"certificates": [{"id": "o", "keyVault": SECRET}]}
    public = {"certificates": [{"id": "o", "file": "o.pem"}]}
    assert said(findings(tmp_path, opening("o"))) == ["error: gateway: there is no certificate 'o'"]
    (found,) = said(findings(tmp_path, opening("o", **inside)))
    assert "cannot live in one" in found
    (found,) = said(findings(tmp_path, opening("O", **public), o__pem=issued.pem))
    assert "has no private key" in found
    assert said(findings(tmp_path, opening("o", **public), o__pem=issued.bundle())) == []


def test_an_identity_that_nobody_asks_for_is_a_warning(tmp_path: Path) -> None:
    values = [{"id": "v", "keyVault": {**SECRET, "identityClientId": "system"}}]
    (found,) = said(
        findings(tmp_path, {"gateway": {"keyVault": {"credential": "cli"}}, "namedValues": values})
    )
    assert found.startswith("warning: named value v: gateway.keyVault.credential is cli")
    assert said(findings(tmp_path, {"namedValues": values})) == []
