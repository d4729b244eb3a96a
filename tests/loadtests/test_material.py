"""What a run is made of: templates without gaps, and certificates that every gateway can read."""

from __future__ import annotations

import ssl
import stat
from pathlib import Path

import pytest
import yaml
from cryptography import x509
from cryptography.hazmat.primitives.serialization import pkcs12

from loadtests import pki
from loadtests.instructions import STEPS
from loadtests.origin import TEMPLATES
from loadtests.scenarios import SCENARIOS
from loadtests.templates import render

PORTS = (
    "PORT",
    "TLS_PORT",
    "PLAIN_PORT",
    "SECOND_PORT",
    "ORIGIN_PORT",
    "SECOND_ORIGIN_PORT",
    "ORIGIN_TLS_PORT",
)
NAMES = ("DIR", "TLS", *PORTS, "USER", "MODULES")
VALUES = dict.fromkeys(NAMES, "1234")


def test_parts_of_other_scenarios_are_left_out() -> None:
    text = "a\n  #: only plain tls_in\nb @PORT@\n  #: end\nc"
    assert render(text, "plain", {"PORT": 7}) == "a\nb 7\nc\n"
    assert render(text, "mtls_out", {}) == "a\nc\n"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("#: only plain\na", "no '#: end'"),
        ("a\n#: end", "without a beginning"),
        ("#: only plain\n#: only tls_in\n#: end", "inside another"),
        ("@NOBODY@", "@NOBODY@"),
    ],
)
def test_a_broken_template_is_refused(text: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        render(text, "plain", {})


@pytest.mark.parametrize("scenario", SCENARIOS)
@pytest.mark.parametrize("template", ["envoy.yaml", "fastgw.yaml"])
def test_yaml_templates_are_yaml_in_every_scenario(template: str, scenario: str) -> None:
    document = yaml.safe_load(render((TEMPLATES / template).read_text(), scenario, VALUES))
    assert isinstance(document, dict)


@pytest.mark.parametrize(
    "template", sorted(path.name for path in TEMPLATES.glob("*.[cy]*") if "py" not in path.suffix)
)
def test_parts_name_only_scenarios_that_exist(template: str) -> None:
    for line in (TEMPLATES / template).read_text().splitlines():
        if line.strip().startswith("#: only "):
            assert set(line.split()[2:]) <= {*SCENARIOS, *(step.name for step in STEPS)}, line


def test_server_and_client_are_signed_by_the_authority(tmp_path: Path) -> None:
    made = pki.make(tmp_path)
    authority = x509.load_pem_x509_certificate(made.ca.read_bytes())
    for stem in ("server", "client"):
        certificate = x509.load_pem_x509_certificate((tmp_path / f"{stem}.pem").read_bytes())
        certificate.verify_directly_issued_by(authority)
        password = (tmp_path / f"{stem}.pass").read_bytes()
        bundle = pkcs12.load_pkcs12((tmp_path / f"{stem}.pfx").read_bytes(), password)
        assert bundle.cert is not None
        assert bundle.cert.certificate == certificate
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(tmp_path / f"{stem}.both.pem")


def test_only_the_owner_reads_keys(tmp_path: Path) -> None:
    pki.make(tmp_path)
    for path in [
        *tmp_path.glob("*.key"),
        *tmp_path.glob("*.pfx"),
        *tmp_path.glob("*.both.pem"),
        *tmp_path.glob("*.pass"),
    ]:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path.name
