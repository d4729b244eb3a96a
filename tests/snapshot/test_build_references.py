"""References between entities and policies are checked when the configuration is built, all in one run."""

from __future__ import annotations

import base64
import textwrap
from pathlib import Path

import pytest

from fastgw.config import load
from fastgw.errors import ConfigurationError, Diagnostic
from fastgw.snapshot import Snapshot
from fastgw.snapshot.build import NOT_AS_ASKED, build
from fastgw.tls import asking
from tests.pki import Issued, make_ca

SECRET = "hunter2-is-my-secret"


@pytest.fixture(scope="module")
def client() -> Issued:
    return make_ca("Reference Root").issue("client", usage="client")


def make(
    folder: Path, text: str, *, environ: dict[str, str] | None = None, previous: Snapshot | None = None
) -> Snapshot:
    (folder / "gateway.yaml").write_text(textwrap.dedent(text))
    configuration, _ = load(folder, environ or {})
    return build(configuration, previous)


def errors(folder: Path, text: str, **environ: str) -> list[Diagnostic]:
    with pytest.raises(ConfigurationError) as caught:
        make(folder, text, environ=environ)
    return [found for found in caught.value.diagnostics if found.severity == "error"]


def api_with(inbound: str, *, template: str = "/items/{id}", scope: str = "api") -> str:
    """One API whose document stands in `policy.xml`, for the scope given."""
    return f"""\
{"policy: policy.xml" if scope == "global" else ""}
namedValues:
  - {{id: secret-1, value: "{SECRET}", secret: true}}
backends:
  - {{id: orders, url: "http://orders.example.test"}}
apis:
  - id: orders
    path: orders
    protocols: [http]
    subscriptionRequired: false
    serviceUrl: http://plain.example.test
    {"policy: policy.xml" if scope == "api" else ""}
    operations:
      - id: get
        method: GET
        urlTemplate: "{template}"
        {"policy: policy.xml" if scope == "operation" else ""}
"""


def policy(folder: Path, inbound: str) -> None:
    (folder / "policy.xml").write_text(f"<policies>\n  <inbound>\n    {inbound}\n  </inbound>\n</policies>\n")


def policy_error(folder: Path, inbound: str, scope: str = "api") -> Diagnostic:
    policy(folder, inbound)
    found = errors(folder, api_with(inbound, scope=scope))
    assert len(found) == 1, [str(one) for one in found]
    return found[0]


def place(found: Diagnostic) -> tuple[str, int, int]:
    assert found.position is not None, str(found)
    return Path(found.position.file).name, found.position.line, found.position.column


ENTITIES = {"global": "policy global", "api": "api orders", "operation": "operation orders/get"}


@pytest.mark.parametrize("scope", list(ENTITIES))
def test_an_unknown_backend_in_a_policy_is_an_error_in_the_authors_text(tmp_path: Path, scope: str) -> None:
    found = policy_error(tmp_path, '<base /><set-backend-service backend-id="ordres" />', scope)
    assert place(found) == ("policy.xml", 3, 46)
    assert found.entity == ENTITIES[scope]
    assert "'ordres' does not exist" in found.message
    assert "did you mean 'orders'" in found.message


@pytest.mark.parametrize("reference", ["orders", "ORDERS", "/subscriptions/s/backends/orders"])
def test_a_policy_names_a_backend_by_id_or_arm_id(tmp_path: Path, reference: str) -> None:
    policy(tmp_path, f'<set-backend-service backend-id="{reference}" />')
    snapshot = make(tmp_path, api_with(""))
    assert list(snapshot.diagnostics) == []


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("ftp://x.example.test", "http:// or https://"),
        ("x.example.test/api", "http:// or https://"),
        ("http://", "must name a host"),
        ("http://x.example.test/?a=b", "query"),
        ("http://user:pass@x.example.test", "user name or password"),
        ("http://x.example.test:99999", "malformed"),
        ("http://x.example.test:0", "port 0"),
        ("http://x.example.test/#f", "fragment"),
    ],
)
def test_a_base_url_that_is_none_is_an_error_that_does_not_repeat_it(
    tmp_path: Path, url: str, reason: str
) -> None:
    found = policy_error(tmp_path, f'<set-backend-service base-url="{url}" />')
    assert place(found) == ("policy.xml", 3, 36)
    assert found.entity == "api orders"
    assert reason in found.message
    assert "user:pass" not in found.message


@pytest.mark.parametrize(
    ("attributes", "column", "reason"),
    [
        ('certificate-id="missing"', 49, "'missing' does not exist"),
        (f'thumbprint="{"A" * 40}"', 45, "no certificate has the thumbprint"),
        ('thumbprint="12 34"', 45, "40 hexadecimal digits"),
        ('body="%%%"', 39, "Base64"),
        (f'body="{base64.b64encode(b"garbage").decode()}"', 39, "neither a PFX"),
    ],
)
def test_an_unknown_or_unreadable_certificate_in_a_policy_is_an_error(
    tmp_path: Path, attributes: str, column: int, reason: str
) -> None:
    found = policy_error(tmp_path, f"<authentication-certificate {attributes} />")
    assert place(found) == ("policy.xml", 3, column)
    assert reason in found.message


def test_the_wrong_password_of_a_literal_pfx_is_an_error_that_shows_no_password(
    tmp_path: Path, client: Issued
) -> None:
    body = base64.b64encode(client.pfx("right-password")).decode()
    found = policy_error(
        tmp_path, f'<authentication-certificate body="{body}" password="{{{{secret-1}}}}" />'
    )
    assert "wrong password" in found.message
    assert SECRET not in str(found)
    assert "right-password" not in str(found)
    assert body[:40] not in str(found)


def test_a_secret_named_value_is_never_in_a_message(tmp_path: Path) -> None:
    for inbound in (
        '<set-backend-service backend-id="{{secret-1}}" />',
        '<set-backend-service base-url="{{secret-1}}" />',
        '<authentication-certificate certificate-id="{{secret-1}}" />',
        '<authentication-certificate thumbprint="{{secret-1}}" />',
        '<set-header name="a {{secret-1}}"><value>x</value></set-header>',
        "<set-method>bad {{secret-1}}</set-method>",
        '<rewrite-uri template="/{{{secret-1}}" />',
        '<include-fragment fragment-id="{{secret-1}}" />',
        '<set-header name="x" exists-action="{{secret-1}}"><value>x</value></set-header>',
        '<choose><when condition="{{secret-1}}" /></choose>',
        "<{{secret-1}} />",
    ):
        policy(tmp_path, inbound)
        found = errors(tmp_path, api_with(inbound))
        assert found, inbound
        for one in found:
            assert SECRET not in str(one), inbound
            assert one.position is not None


def test_a_missing_named_value_is_an_error_at_the_reference(tmp_path: Path) -> None:
    found = policy_error(tmp_path, '<set-header name="a"><value>x {{secret-2}}</value></set-header>')
    assert place(found) == ("policy.xml", 3, 35)
    assert "secret-2" in found.message


def test_a_missing_fragment_is_an_error_at_the_reference(tmp_path: Path) -> None:
    found = policy_error(tmp_path, '<include-fragment fragment-id="none" />')
    assert place(found) == ("policy.xml", 3, 36)
    assert "'none' does not exist" in found.message


def test_an_unknown_template_parameter_is_an_error_of_the_operation(tmp_path: Path) -> None:
    found = policy_error(tmp_path, '<rewrite-uri template="/v2/{key}" />', "operation")
    assert found.entity == "operation orders/get"
    assert place(found)[:2] == ("policy.xml", 3)
    assert "{key}" in found.message


def test_a_template_parameter_that_no_operation_of_the_api_has_is_an_error(tmp_path: Path) -> None:
    """Each request would fail with it (spec/policies/transformation.md, rewrite-uri: a save error)."""
    found = policy_error(tmp_path, '<rewrite-uri template="/v2/{key}" />', "api")
    assert place(found)[:2] == ("policy.xml", 3)
    assert "{key}" in found.message


def test_a_fragment_that_nobody_includes_is_checked_as_well(tmp_path: Path) -> None:
    (tmp_path / "broken.xml").write_text("<policies/>")
    [found] = errors(tmp_path, "policyFragments: [{id: unused, file: broken.xml}]\n")
    assert found.entity == "policy fragment unused"
    assert place(found)[0] == "broken.xml"


def test_two_apis_with_paths_that_differ_in_case_only_are_refused_at_the_second(tmp_path: Path) -> None:
    [found] = errors(
        tmp_path,
        """\
        apis:
          - {id: a, path: orders/v1, subscriptionRequired: false}
          - id: b
            path: Orders/V1
            subscriptionRequired: false
        """,
    )
    assert place(found) == ("gateway.yaml", 4, 11)
    assert found.entity == "api b"
    assert "path" in found.message


def test_two_apis_with_paths_that_are_equal_once_decoded_are_refused_at_the_second(tmp_path: Path) -> None:
    [found] = errors(
        tmp_path,
        """\
        apis:
          - {id: a, path: caf-é, subscriptionRequired: false}
          - id: b
            path: caf%2D%C3%A9
            subscriptionRequired: false
        """,
    )
    assert place(found) == ("gateway.yaml", 4, 11)
    assert found.entity == "api b"
    assert "another API has the path" in found.message


def test_two_operations_that_no_request_could_tell_apart_are_refused_at_the_second(tmp_path: Path) -> None:
    [found] = errors(
        tmp_path,
        """\
        apis:
          - id: a
            path: a
            subscriptionRequired: false
            operations:
              - {id: one, method: GET, urlTemplate: "/items/{id}"}
              - id: two
                method: GET
                urlTemplate: "/Items/{key}"
        """,
    )
    assert place(found) == ("gateway.yaml", 9, 22)
    assert found.entity == "operation a/two"
    assert "already exists" in found.message


def test_all_findings_of_one_configuration_are_reported_together(tmp_path: Path) -> None:
    (tmp_path / "bad.xml").write_text(
        '<policies><inbound><no-such /><set-backend-service backend-id="x" /></inbound></policies>'
    )
    found = errors(
        tmp_path,
        """\
        certificates: [{id: c, data: QUJD}]
        caCertificates: [{id: ca, data: QUJD, storeName: Root}]
        hostnames: [{hostName: h.example.test, certificateId: none}]
        backends: [{id: b, url: "https://b.example.test", credentials: {certificateIds: [none]}}]
        policyFragments: [{id: f, value: "<policies/>"}]
        policy: bad.xml
        apis:
          - {id: a, path: a, subscriptionRequired: false, policy: bad.xml}
        """,
    )
    assert {one.entity for one in found} == {
        "certificate c",
        "CA certificate ca",
        "hostname h.example.test",
        "backend b",
        "policy fragment f",
        "policy global",
        "api a",
    }
    assert all(one.position is not None for one in found)
    assert len([one for one in found if one.entity == "api a"]) == 2


def test_a_document_that_many_operations_share_reports_each_finding_once(tmp_path: Path) -> None:
    (tmp_path / "bad.xml").write_text("<policies><inbound><no-such /></inbound></policies>")
    operations = "\n".join(f'      - {{id: o{n}, method: GET, urlTemplate: "/{n}"}}' for n in range(20))
    found = errors(
        tmp_path,
        "apis:\n  - id: a\n    path: a\n    subscriptionRequired: false\n    policy: bad.xml\n"
        f"    operations:\n{operations}\n",
    )
    assert len(found) == 1


def test_a_policy_in_a_folded_text_that_expands_nothing_has_nothing_to_hide(tmp_path: Path) -> None:
    """Only its positions are vague: `${env:NAME}` and the like might bring secrets, line breaks do not."""
    found = errors(
        tmp_path,
        """\
        apis:
          - id: a
            path: a
            subscriptionRequired: false
            policy: "<policies><inbound>
              <set-backend-service backend-id='first' />
              <set-backend-service backend-id='second' />
              </inbound></policies>"
        """,
    )
    assert [one.message for one in found] == [
        "backend 'first' does not exist",
        "backend 'second' does not exist",
    ]


def test_an_https_listener_without_hostnames_is_a_warning_and_gets_a_certificate(tmp_path: Path) -> None:
    text = 'gateway:\n  listeners:\n    - url: "https://127.0.0.1:0"\n'
    snapshot = make(tmp_path, text)
    [found] = snapshot.diagnostics
    assert found.severity == "warning"
    assert "self-made" in found.message
    assert place(found)[0] == "gateway.yaml"
    assert snapshot.listener_tls is not None
    assert make(tmp_path, text, previous=snapshot).hostnames is snapshot.hostnames


def test_a_configuration_built_again_keeps_its_contexts_and_with_them_the_sessions(
    tmp_path: Path, client: Issued
) -> None:
    (tmp_path / "c.pfx").write_bytes(client.pfx())
    text = """\
        gateway: {listeners: [{url: "https://127.0.0.1:0"}]}
        certificates: [{id: c, file: c.pfx}]
        hostnames: [{hostName: h.example.test, certificateId: c}]
        backends: [{id: b, url: "https://b.example.test", credentials: {certificateIds: [c]}}]
        """
    first = make(tmp_path, text)
    second = make(tmp_path, text, previous=first)
    assert list(second.client_contexts) == list(first.client_contexts)
    assert second.listener_tls is first.listener_tls
    assert first.hostnames is not None
    assert second.hostnames is not None
    assert second.hostnames.select("h.example.test") is first.hostnames.select("h.example.test")


def test_a_changed_certificate_makes_new_contexts(tmp_path: Path, client: Issued) -> None:
    text = """\
        certificates: [{id: c, file: c.pfx}]
        backends: [{id: b, url: "https://b.example.test", credentials: {certificateIds: [c]}}]
        """
    (tmp_path / "c.pfx").write_bytes(client.pfx())
    first = make(tmp_path, text)
    other = make_ca("Another Root").issue("client", usage="client")
    (tmp_path / "c.pfx").write_bytes(other.pfx())
    second = make(tmp_path, text, previous=first)
    assert [context.key.thumbprint for context in second.client_contexts] == [other.thumbprint]


def test_operations_that_forward_nowhere_are_one_warning_of_their_api(tmp_path: Path) -> None:
    (tmp_path / "reply.xml").write_text("<policies><inbound><return-response/></inbound></policies>")
    snapshot = make(
        tmp_path,
        """\
        apis:
          - id: shop
            path: shop
            protocols: [http]
            subscriptionRequired: false
            operations:
              - {id: local, method: GET, urlTemplate: /local, policy: reply.xml}
              - {id: one, method: GET, urlTemplate: /one}
              - {id: two, method: GET, urlTemplate: /two}
          - id: single
            path: single
            protocols: [http]
            subscriptionRequired: false
            operations: [{id: only, method: GET, urlTemplate: /}]
        """,
    )
    found = list(snapshot.diagnostics)
    assert [(one.severity, one.entity, place(one)[1]) for one in found] == [
        ("warning", "api shop", 8),
        ("warning", "api single", 14),
    ]
    assert found[0].message.startswith("2 operations forward, but have no backend (the first is one)")
    assert found[1].message.startswith("operation only forwards, but has no backend")


@pytest.mark.parametrize("difference", [None, "it is another"])
def test_a_python_that_cannot_ask_for_certificates_is_a_warning_that_says_what_differs(
    tmp_path: Path, client: Issued, monkeypatch: pytest.MonkeyPatch, difference: str | None
) -> None:
    monkeypatch.setattr(asking, "obstacle", lambda: difference)
    (tmp_path / "edge.pfx").write_bytes(client.pfx())
    text = """\
        gateway: {listeners: [{url: "https://127.0.0.1:0"}]}
        hostnames:
          - {hostName: silent.example.test, certificateId: edge}
          - {hostName: api.example.test, certificateId: edge, negotiateClientCertificate: true}
        certificates: [{id: edge, file: edge.pfx}]
        """
    found = list(make(tmp_path, text).diagnostics)
    assert [(one.severity, one.entity, place(one)[1]) for one in found] == (
        [("warning", "hostname api.example.test", 4)] if difference else []
    )
    for one in found:
        assert one.message.startswith(NOT_AS_ASKED)
        assert ": it is another; use a CPython" in one.message


def test_hostnames_without_an_https_listener_are_a_warning(tmp_path: Path, client: Issued) -> None:
    text = """\
        gateway: {listeners: [{url: "http://127.0.0.1:0"}]}
        hostnames: [{hostName: api.example.test, certificateId: edge}]
        certificates: [{id: edge, file: edge.pfx}]
        """
    (tmp_path / "edge.pfx").write_bytes(client.pfx())
    [found] = make(tmp_path, text).diagnostics
    assert found.severity == "warning"
    assert place(found)[1] == 2
    assert "no listener speaks https" in found.message


def test_contexts_are_made_for_each_certificate_of_policies_and_each_pair_of_checks(
    tmp_path: Path, client: Issued
) -> None:
    policy(tmp_path, '<authentication-certificate certificate-id="client"/>')
    backends = "".join(
        f"  - {{id: b{number}, url: 'https://b{number}.example.test', "
        f"tls: {{validateCertificateName: {str(number % 2 == 0).lower()}}}}}\n"
        for number in range(6)
    )
    (tmp_path / "client.pfx").write_bytes(client.pfx())
    certificates = "certificates: [{id: client, file: client.pfx}]\n"
    snapshot = make(tmp_path, f"{certificates}policy: policy.xml\nbackends:\n{backends}")
    made = [(context.certificate is not None, context.validate_name) for context in snapshot.client_contexts]
    assert sorted(made) == [(False, False), (False, True), (True, False), (True, True)]
