"""What is wrong with certificates is found when a configuration is built, at its place, no secret shown."""

from __future__ import annotations

import textwrap
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from fastgw.config import load
from fastgw.errors import ConfigurationError, Diagnostic
from fastgw.snapshot import Snapshot
from fastgw.snapshot.build import build
from tests.pki import DAY, NOW, Ca, Issued, make_ca

PASSWORD = "correct-horse-battery"
WRONG = "wrong-donkey-staple"


@pytest.fixture(scope="module")
def root() -> Ca:
    return make_ca("Build Root")


@pytest.fixture(scope="module")
def client(root: Ca) -> Issued:
    return root.issue("client", usage="client")


@pytest.fixture(scope="module")
def server(root: Ca) -> Issued:
    return root.issue("server", "api.example.test")


def make(folder: Path, text: str, **files: bytes) -> Snapshot:
    (folder / "gateway.yaml").write_text(textwrap.dedent(text))
    for name, content in files.items():
        (folder / name.replace("__", ".")).write_bytes(content)
    configuration, _ = load(folder, {})
    return build(configuration)


def findings(folder: Path, text: str, **files: bytes) -> list[Diagnostic]:
    """Every finding of a configuration that must be refused."""
    with pytest.raises(ConfigurationError) as caught:
        make(folder, text, **files)
    return list(caught.value.diagnostics)


def one_error(folder: Path, text: str, **files: bytes) -> Diagnostic:
    found = [finding for finding in findings(folder, text, **files) if finding.severity == "error"]
    assert len(found) == 1, [str(finding) for finding in found]
    return found[0]


def place(finding: Diagnostic) -> tuple[str, int, int]:
    assert finding.position is not None, str(finding)
    return Path(finding.position.file).name, finding.position.line, finding.position.column


def test_a_wrong_password_is_reported_at_the_password_and_neither_password_is_shown(
    tmp_path: Path, client: Issued
) -> None:
    found = one_error(
        tmp_path,
        f"""\
        certificates:
          - id: orders
            file: orders.pfx
            password: {WRONG}
        """,
        orders__pfx=client.pfx(PASSWORD),
    )
    assert place(found) == ("gateway.yaml", 4, 15)
    assert found.entity == "certificate orders"
    assert "password" in found.message
    assert WRONG not in str(found)
    assert PASSWORD not in str(found)


def test_a_missing_password_is_reported_at_the_certificate(tmp_path: Path, client: Issued) -> None:
    found = one_error(
        tmp_path,
        """\
        certificates:
          - {id: fine, file: fine.pfx}
          - {id: orders, file: orders.pfx}
        """,
        fine__pfx=client.pfx(),
        orders__pfx=client.pfx(PASSWORD),
    )
    assert place(found)[:2] == ("gateway.yaml", 3)
    assert found.entity == "certificate orders"
    assert "needs a password" in found.message


@pytest.mark.parametrize(
    "content",
    [
        b"this is no certificate",
        b"\x30\x82\x00\x10\x02\x01\x03 broken",
        b"-----BEGIN CERTIFICATE-----\nQUJD\n",
    ],
    ids=["text", "damaged-pfx", "cut-pem"],
)
def test_garbage_is_reported_at_the_file_and_not_repeated(tmp_path: Path, content: bytes) -> None:
    found = one_error(
        tmp_path,
        """\
        certificates:
          - id: orders
            file: orders.pfx
        """,
        orders__pfx=content,
    )
    assert place(found)[1] in (2, 3)
    assert found.entity == "certificate orders"
    assert "broken" not in found.message
    assert "QUJD" not in found.message


def test_a_certificate_given_as_data_is_judged_like_a_file(tmp_path: Path) -> None:
    found = one_error(
        tmp_path,
        """\
        certificates:
          - id: orders
            data: bm90IGEgY2VydGlmaWNhdGU=
        """,
    )
    assert place(found)[:2] == ("gateway.yaml", 2)
    assert found.entity == "certificate orders"
    assert "bm90" not in str(found)


def test_every_bad_certificate_is_reported_in_one_run(tmp_path: Path, client: Issued) -> None:
    found = findings(
        tmp_path,
        """\
        certificates:
          - {id: a, file: a.pfx}
          - {id: b, file: b.pfx, password: no}
          - {id: c, file: c.pfx}
        caCertificates:
          - {id: ca, file: a.pfx, storeName: Root}
        """,
        a__pfx=b"garbage",
        b__pfx=client.pfx(PASSWORD),
        c__pfx=client.pfx(PASSWORD),
    )
    assert [finding.entity for finding in found] == [
        "certificate a",
        "certificate b",
        "certificate c",
        "CA certificate ca",
    ]
    assert all(finding.position is not None for finding in found)


def test_a_bad_ca_certificate_is_reported_at_its_file(tmp_path: Path) -> None:
    found = one_error(
        tmp_path,
        """\
        caCertificates:
          - id: corp
            file: root.pem
            storeName: Root
        """,
        root__pem=b"nothing of the kind",
    )
    assert place(found) == ("gateway.yaml", 3, 11)
    assert found.entity == "CA certificate corp"


def test_an_expired_certificate_is_a_warning_that_names_it_and_is_served(tmp_path: Path, root: Ca) -> None:
    expired = root.issue_expired("late", "late.example.test")
    snapshot = make(
        tmp_path,
        """\
        gateway: {listeners: [{url: "https://127.0.0.1:0"}]}
        hostnames: [{hostName: late.example.test, certificateId: late}]
        certificates:
          - id: late
            file: late.pfx
        """,
        late__pfx=expired.pfx(),
    )
    [found] = snapshot.diagnostics
    assert found.severity == "warning"
    assert found.entity == "certificate late"
    assert place(found) == ("gateway.yaml", 5, 11)
    assert expired.thumbprint in found.message
    assert "expired" in found.message
    assert snapshot.hostnames is not None


def test_a_certificate_of_the_future_is_a_warning(tmp_path: Path, root: Ca) -> None:
    early = root.issue("early", usage="client", not_before=NOW + 5 * DAY, not_after=NOW + 9 * DAY)
    snapshot = make(tmp_path, "certificates: [{id: early, file: early.pfx}]\n", early__pfx=early.pfx())
    [found] = snapshot.diagnostics
    assert (found.severity, found.entity) == ("warning", "certificate early")
    assert "not valid yet" in found.message


def test_a_certificate_in_force_brings_no_warning(tmp_path: Path, root: Ca) -> None:
    soon = root.issue("soon", usage="client", not_after=NOW + timedelta(hours=1))
    snapshot = make(tmp_path, "certificates: [{id: soon, file: soon.pfx}]\n", soon__pfx=soon.pfx())
    assert list(snapshot.diagnostics) == []


# --- who refers to certificates ----------------------------------------------------------------------


def test_a_hostname_with_an_unknown_certificate_is_an_error_at_the_reference(
    tmp_path: Path, server: Issued
) -> None:
    found = one_error(
        tmp_path,
        """\
        gateway: {listeners: [{url: "https://127.0.0.1:0"}]}
        hostnames:
          - hostName: api.example.test
            certificateId: egde
        certificates: [{id: edge, file: edge.pfx}]
        """,
        edge__pfx=server.pfx(),
    )
    assert place(found) == ("gateway.yaml", 4, 20)
    assert found.entity == "hostname api.example.test"
    assert "'egde'" in found.message


def test_a_hostname_needs_a_private_key(tmp_path: Path, server: Issued) -> None:
    found = one_error(
        tmp_path,
        """\
        gateway: {listeners: [{url: "https://127.0.0.1:0"}]}
        hostnames:
          - hostName: api.example.test
            certificateId: edge
        certificates: [{id: edge, file: edge.pfx}]
        """,
        edge__pfx=server.pfx(with_key=False),
    )
    assert place(found) == ("gateway.yaml", 4, 20)
    assert found.entity == "hostname api.example.test"
    assert "no private key" in found.message


@pytest.mark.parametrize("key", ["certificateIds", "certificate"])
def test_a_backend_with_an_unknown_certificate_is_an_error_at_the_reference(tmp_path: Path, key: str) -> None:
    reference = "a" * 40
    found = one_error(
        tmp_path,
        f"""\
        backends:
          - id: orders
            url: https://orders.example.test
            credentials:
              {key}:
                - {reference}
        """,
    )
    assert place(found) == ("gateway.yaml", 6, 11)
    assert found.entity == "backend orders"
    assert reference in found.message.lower()


def test_a_backend_certificate_without_a_key_is_an_error_at_the_reference(
    tmp_path: Path, client: Issued
) -> None:
    found = one_error(
        tmp_path,
        """\
        backends:
          - id: orders
            url: https://orders.example.test
            credentials: {certificateIds: [public]}
        certificates: [{id: public, file: public.cer}]
        """,
        public__cer=client.der,
    )
    assert place(found) == ("gateway.yaml", 4, 36)
    assert found.entity == "backend orders"
    assert client.thumbprint in found.message


def test_a_public_certificate_that_nobody_presents_is_no_error(tmp_path: Path, client: Issued) -> None:
    snapshot = make(tmp_path, "certificates: [{id: public, file: public.cer}]\n", public__cer=client.der)
    assert list(snapshot.diagnostics) == []


@pytest.mark.parametrize("form", ["id", "other-case", "arm-id", "thumbprint", "spaced-thumbprint"])
def test_a_backend_names_its_certificate_by_id_arm_id_or_thumbprint(
    tmp_path: Path, client: Issued, form: str
) -> None:
    digits = client.thumbprint.lower()
    reference = {
        "id": "orders-client",
        "other-case": "Orders-Client",
        "arm-id": "/subscriptions/s/resourceGroups/g/providers/Microsoft.ApiManagement/service/n"
        "/certificates/orders-client",
        "thumbprint": digits,
        "spaced-thumbprint": " ".join(digits[at : at + 2] for at in range(0, 40, 2)),
    }[form]
    snapshot = make(
        tmp_path,
        f"""\
        backends:
          - id: orders
            url: https://orders.example.test
            credentials: {{certificateIds: ["{reference}"]}}
        certificates: [{{id: orders-client, file: c.pfx}}]
        """,
        c__pfx=client.pfx(),
    )
    assert [context.key.thumbprint for context in snapshot.client_contexts] == [client.thumbprint]
    assert list(snapshot.diagnostics) == []


def test_more_than_one_certificate_is_a_warning_at_the_second(
    tmp_path: Path, root: Ca, client: Issued
) -> None:
    snapshot = make(
        tmp_path,
        """\
        backends:
          - id: orders
            url: https://orders.example.test
            credentials:
              certificateIds:
                - one
                - two
        certificates: [{id: one, file: one.pfx}, {id: two, file: two.pfx}]
        """,
        one__pfx=client.pfx(),
        two__pfx=root.issue("other", usage="client").pfx(),
    )
    [found] = snapshot.diagnostics
    assert (found.severity, found.entity) == ("warning", "backend orders")
    assert place(found) == ("gateway.yaml", 7, 11)


def test_a_certificate_on_a_plain_http_backend_is_a_warning(tmp_path: Path, client: Issued) -> None:
    snapshot = make(
        tmp_path,
        """\
        backends:
          - id: orders
            url: http://orders.example.test
            credentials: {certificateIds: [c]}
        certificates: [{id: c, file: c.pfx}]
        """,
        c__pfx=client.pfx(),
    )
    [found] = snapshot.diagnostics
    assert (found.severity, found.entity) == ("warning", "backend orders")
    assert place(found) == ("gateway.yaml", 3, 10)
    assert "never presented" in found.message


def test_the_policy_mode_warns_at_a_certificate_that_is_not_presented_by_itself(
    tmp_path: Path, client: Issued
) -> None:
    snapshot = make(
        tmp_path,
        """\
        gateway: {backendCertificates: policy}
        backends:
          - id: orders
            url: https://orders.example.test
            credentials: {certificateIds: [c]}
        certificates: [{id: c, file: c.pfx}]
        """,
        c__pfx=client.pfx(),
    )
    [found] = snapshot.diagnostics
    assert (found.severity, found.entity) == ("warning", "backend orders")
    assert place(found)[:2] == ("gateway.yaml", 5)
    assert "<authentication-certificate>" in found.message


# --- what OpenSSL itself refuses ---------------------------------------------------------------------


@pytest.fixture(scope="module")
def weak(root: Ca) -> Issued:
    """OpenSSL's security level 2, the default of Debian, refuses keys that are this short."""
    return root.issue("weak", "weak.example.test", key=rsa.generate_private_key(65537, 1024))


def test_a_key_that_openssl_refuses_is_an_error_with_a_place_for_a_backend(
    tmp_path: Path, weak: Issued
) -> None:
    found = one_error(
        tmp_path,
        """\
        backends:
          - id: orders
            url: https://orders.example.test
            credentials: {certificateIds: [weak]}
        certificates: [{id: weak, file: weak.pfx}]
        """,
        weak__pfx=weak.pfx(),
    )
    assert found.entity == "certificate weak"
    assert weak.thumbprint in found.message
    assert place(found)[0] == "gateway.yaml"


def test_a_key_that_openssl_refuses_is_an_error_with_a_place_for_a_policy(
    tmp_path: Path, weak: Issued
) -> None:
    found = one_error(
        tmp_path,
        """\
        certificates: [{id: weak, file: weak.pfx}]
        apis:
          - id: orders
            path: orders
            subscriptionRequired: false
            serviceUrl: https://orders.example.test
            operations: [{id: get, method: GET, urlTemplate: /}]
            policy: |
              <policies>
                <inbound>
                  <authentication-certificate certificate-id="weak" />
                </inbound>
              </policies>
        """,
        weak__pfx=weak.pfx(),
    )
    assert found.entity is not None
    assert "None" not in found.entity
    assert weak.thumbprint in found.message
    assert place(found)[0] == "gateway.yaml"


def test_a_key_that_openssl_refuses_is_an_error_with_a_place_for_a_hostname(
    tmp_path: Path, weak: Issued
) -> None:
    found = one_error(
        tmp_path,
        """\
        gateway: {listeners: [{url: "https://127.0.0.1:0"}]}
        hostnames: [{hostName: weak.example.test, certificateId: weak}]
        certificates: [{id: weak, file: weak.pfx}]
        """,
        weak__pfx=weak.pfx(),
    )
    assert weak.thumbprint in found.message
    assert place(found)[:2] == ("gateway.yaml", 3)


@pytest.mark.parametrize("order", [("public", "full"), ("full", "public")], ids="-first".join)
def test_of_one_certificate_given_twice_the_thumbprint_finds_the_one_with_its_key(
    tmp_path: Path, client: Issued, order: tuple[str, str]
) -> None:
    entries = ", ".join(f"{{id: {id}, file: {id}.pfx}}" for id in order)
    snapshot = make(
        tmp_path,
        f"""\
        backends:
          - id: orders
            url: https://orders.example.test
            credentials: {{certificateIds: [{client.thumbprint}]}}
        certificates: [{entries}]
        """,
        public__pfx=client.der,
        full__pfx=client.pfx(),
    )
    assert [context.certificate is not None for context in snapshot.client_contexts] == [True]


def test_one_certificate_with_two_chains_has_a_context_for_each_where_policies_present_it(
    tmp_path: Path, root: Ca
) -> None:
    middle = root.intermediate("Build Middle")
    caller = middle.issue("caller", usage="client")
    policy = "".join(f'<authentication-certificate certificate-id="{id}"/>' for id in ("short", "long"))
    snapshot = make(
        tmp_path,
        """\
        certificates: [{id: short, file: short.pem}, {id: long, file: long.pem}]
        backends: [{id: orders, url: "https://orders.example.test"}]
        policy: policy.xml
        """,
        policy__xml=f"<policies><inbound>{policy}</inbound></policies>".encode(),
        short__pem=caller.pem + caller.key_pem(),
        long__pem=caller.pem + middle.pem + caller.key_pem(),
    )
    presented = [context.certificate for context in snapshot.client_contexts if context.certificate]
    assert sorted(len(certificate.chain) for certificate in presented) == [1, 2]
