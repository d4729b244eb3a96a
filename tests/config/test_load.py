"""A good file becomes records; what a file says by other means than a value is resolved."""

from __future__ import annotations

import base64
import pickle
from pathlib import Path

import pytest

from fastgw.config import load
from fastgw.errors import ConfigurationError, Position

FULL = """\
gateway:
  listeners:
    - url: http://127.0.0.1:0
    - url: https://[::1]:8443
  workers: 2
  management: {url: "https://127.0.0.1:0"}
  backendCertificates: policy
  trustedProxies: [10.0.0.0/8, "::1"]
hostnames:
  - hostName: api.example.test
    certificateId: edge
    negotiateClientCertificate: false
    default: true
  - {hostName: "*.example.test", certificateId: edge}
certificates:
  - {id: edge, file: edge.pfx, password: "${env:EDGE_PASSWORD}"}
  - {id: inline, data: "AQID\\n BA=="}
caCertificates:
  - {id: corp-root, file: root.pem, storeName: Root}
namedValues:
  - {id: api-version, value: "2024-01-01", tags: [a, b]}
  - {id: secret-1, displayName: other, value: "${env:SECRET_1}", secret: true}
backends:
  - id: orders
    title: Orders
    description: All orders
    url: https://orders.internal:9443/api
    protocol: http
    type: Single
    resourceId: https://management.example.test/x
    credentials:
      certificateIds: [edge]
      header: {x-caller: [fastgw, two], x-one: only}
      query: {code: ["1"]}
      authorization: {scheme: Basic, parameter: dXNlcjpwYXNz}
    tls: {validateCertificateChain: true, validateCertificateName: false}
    proxy: {url: "http://proxy.internal:3128", username: u, password: p}
    limits: {connections: 10, pending: 0, connectTimeout: PT2.5S, idleTimeout: 30, lifetime: PT1H}
    circuitBreaker: {rules: []}
    pool: null
policy: global.xml
policyFragments:
  - {id: forward-headers, file: fragment.xml}
  - id: inline
    value: |
      <fragment/>
apis:
  - id: orders
    displayName: Orders
    path: orders/v1
    protocols: [https, http]
    serviceUrl: https://orders.internal:9443/api
    subscriptionRequired: false
    type: http
    apiRevision: "1"
    isCurrent: true
    operations:
      - id: get-order
        method: get
        urlTemplate: "/items/{id}?kind={kind}"
        templateParameters: [{name: kind, type: string}, {name: id, type: integer, required: true}]
        policy: |
            <policies>
              <inbound/>
            </policies>
      - {id: rest, method: PROPFIND, urlTemplate: "/{*rest}"}
    policy: <policies/>
  - {id: root, path: "", subscriptionRequired: false}
products: []
subscriptions: []
"""

FILES = {
    "edge__pfx": b"\x00PFX",
    "root__pem": b"PEM",
    "global__xml": "\ufeff<policies>\n</policies>",
    "fragment__xml": "<fragment>x</fragment>",
}
ENVIRON = {"EDGE_PASSWORD": "pass-1", "SECRET_1": "s-1"}


@pytest.fixture
def full(load_text):
    configuration, diagnostics = load_text(FULL, ENVIRON, **FILES)
    assert list(diagnostics) == []
    return configuration


def test_a_full_file_becomes_records(full):
    gateway = full.gateway
    assert [(x.scheme, x.host, x.port) for x in gateway.listeners] == [
        ("http", "127.0.0.1", 0),
        ("https", "::1", 8443),
    ]
    assert (gateway.workers, gateway.management.url) == (2, "https://127.0.0.1:0")
    assert gateway.backend_certificates == "policy"
    assert [str(network) for network in gateway.trusted_proxies] == ["10.0.0.0/8", "::1/128"]
    assert [(h.host_name, h.certificate_id, h.default) for h in full.hostnames] == [
        ("api.example.test", "edge", True),
        ("*.example.test", "edge", False),
    ]
    edge, inline = full.certificates
    assert (edge.data, edge.file) == (b"\x00PFX", "edge.pfx")
    assert edge.password is not None
    assert edge.password.get_secret_value() == "pass-1"
    assert (inline.data, inline.file, inline.password) == (b"\x01\x02\x03\x04", None, None)
    assert (full.ca_certificates[0].data, full.ca_certificates[0].store_name) == (b"PEM", "Root")
    assert [(v.display_name, v.value, v.secret) for v in full.named_values] == [
        ("api-version", "2024-01-01", False),
        ("other", "s-1", True),
    ]
    assert [fragment.value.text for fragment in full.policy_fragments] == [
        "<fragment>x</fragment>",
        "<fragment/>\n",
    ]


def test_a_backend_has_its_credentials_and_limits(full):
    (backend,) = full.backends
    credentials = backend.credentials
    assert credentials.certificate_ids == ("edge",)
    assert credentials.header == {"x-caller": ("fastgw", "two"), "x-one": ("only",)}
    assert credentials.query == {"code": ("1",)}
    assert credentials.authorization.parameter.get_secret_value() == "dXNlcjpwYXNz"
    assert (backend.tls.validate_certificate_chain, backend.tls.validate_certificate_name) == (True, False)
    assert backend.proxy.password.get_secret_value() == "p"
    limits = backend.limits
    assert (limits.connections, limits.pending) == (10, 0)
    assert (limits.connect_timeout, limits.idle_timeout, limits.lifetime) == (2.5, 30.0, 3600.0)


def test_an_api_has_its_operations_and_policies(full, tmp_path: Path):
    orders, root = full.apis
    assert (orders.path, orders.protocols, orders.policy.text) == (
        "orders/v1",
        ("https", "http"),
        "<policies/>",
    )
    assert (root.display_name, root.path, root.protocols) == ("root", "", ("https",))
    assert [(o.id, o.method, o.url_template) for o in orders.operations] == [
        ("get-order", "GET", "/items/{id}?kind={kind}"),
        ("rest", "PROPFIND", "/{*rest}"),
    ]
    assert full.policy.text == "<policies>\n</policies>"
    assert full.policy.position(2, 3) == Position(str(tmp_path / "global.xml"), 2, 3)


def test_positions_of_a_block_are_those_of_the_authors_file(full, tmp_path: Path):
    policy = full.apis[0].operations[0].policy
    lines = FULL.splitlines()
    for line, text in enumerate(policy.text.splitlines(), 1):
        for column, character in enumerate(text, 1):
            place = policy.position(line, column)
            assert place.file == str(tmp_path / "gateway.yaml")
            assert lines[place.line - 1][place.column - 1] == character


def test_values_are_located_by_the_files_own_names(full, tmp_path: Path):
    file = str(tmp_path / "gateway.yaml")
    lines = FULL.splitlines()
    place = full.locate("backends", 0, "credentials", "certificateIds", 0)
    assert place is not None
    assert lines[place.line - 1][place.column - 1 :].startswith("edge]")
    missing = full.locate("backends", 0, "tls", "serverX509Names", 3)
    assert missing == full.locate("backends", 0, "tls")
    assert full.locate("nowhere") == full.locate() == Position(file, 1, 1)


def test_a_configuration_survives_pickling(full):
    assert pickle.loads(pickle.dumps(full)) == full


def test_what_is_left_out_has_its_default(load_text):
    configuration, _ = load_text("apis: []\n")
    gateway = configuration.gateway
    assert [listener.url for listener in gateway.listeners] == ["http://127.0.0.1:8080"]
    assert gateway.management.url == "https://127.0.0.1:8081"
    assert gateway.workers is None
    configuration, _ = load_text("backends: [{id: b, url: 'http://b'}]\ngateway: {management: off}\n")
    limits = configuration.backends[0].limits
    assert (limits.connections, limits.pending) == (1024, 1024)
    assert (limits.connect_timeout, limits.idle_timeout, limits.lifetime) == (10.0, 60.0, 3600.0)
    assert configuration.gateway.management == "off"
    revocation = configuration.gateway.revocation_settings
    assert (revocation.mode, revocation.timeout, revocation.max_list_size) == ("hard-fail", 2.0, 20 << 20)


def test_revocation_is_a_mode_or_a_mapping(load_text):
    configuration, _ = load_text("gateway: {revocation: off}\n")
    assert configuration.gateway.revocation_settings.mode == "off"
    configuration, _ = load_text(
        "gateway: {revocation: {mode: soft-fail, timeout: PT0.5S, maxListSize: 4096}}\n"
    )
    revocation = configuration.gateway.revocation_settings
    assert (revocation.mode, revocation.timeout, revocation.max_list_size) == ("soft-fail", 0.5, 4096)


def test_the_file_itself_may_be_named(load_text, tmp_path: Path):
    load_text("apis: []\n")
    assert load(tmp_path / "gateway.yaml", {})[0].source == str(tmp_path / "gateway.yaml")


@pytest.mark.parametrize(
    "written", ["1.10", "yes", "no", "007", "0x1F", "true", "1e3", "'null'", "2024-01-01"]
)
def test_a_string_member_takes_the_text_as_written(load_text, written: str):
    configuration, _ = load_text(f"namedValues: [{{id: v, value: {written}}}]\n")
    assert configuration.named_values[0].value == written.strip("'")


def test_json_is_yaml(load_text):
    text = '{"policy": "<policies>\\n</policies>", "apis": null}'
    configuration, _ = load_text(text)
    assert configuration.policy.text == "<policies>\n</policies>"
    # Its lines are not lines of the file, so positions fall back to the scalar's.
    assert configuration.policy.position(2, 3).column == 12


def test_a_thumbprint_beside_certificate_ids_is_warned_of(load_text):
    thumbprint = "ab:" * 19 + "ab"
    configuration, diagnostics = load_text(
        "backends: [{id: b, url: 'http://b', "
        f"credentials: {{certificateIds: [x], certificate: ['{thumbprint}']}}}}]"
    )
    assert configuration.backends[0].credentials.certificate == ("AB" * 20,)
    (warning,) = diagnostics
    assert (warning.severity, warning.entity) == ("warning", "backend b")


def test_a_missing_source_is_refused(tmp_path: Path):
    with pytest.raises(ConfigurationError, match="there is no such file or folder"):
        load(tmp_path / "nowhere", {})


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("apis/x", "this is an APIOps folder; reading one is not supported yet"),
        ("named values/x", "this is an APIOps folder; reading one is not supported yet"),
        ("unrelated/x", "the folder holds no gateway.yaml"),
        ("gateway.yml", "the folder holds gateway.yml; name it gateway.yaml"),
    ],
)
def test_a_folder_without_gateway_yaml_is_refused(tmp_path: Path, name: str, message: str):
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text("x")
    with pytest.raises(ConfigurationError) as caught:
        load(tmp_path, {})
    (found,) = caught.value.diagnostics
    assert message in found.message
    assert found.position == Position(str(tmp_path), 1, 1)


@pytest.mark.parametrize(
    "text",
    [
        '{"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#"}',
        '{"contentVersion": "1.0.0.0", "resources": []}',
    ],
)
def test_an_arm_template_is_refused(findings, text: str):
    ((_, _, _, message),) = findings(text)
    assert message.startswith("this is an ARM template; reading one is not supported yet")


def test_base64_may_be_broken_into_lines(load_text):
    data = base64.encodebytes(bytes(range(200))).decode().replace("\n", "\n      ")
    configuration, _ = load_text(f"certificates:\n  - id: c\n    data: |\n      {data}\n".encode())
    assert configuration.certificates[0].data == bytes(range(200))
