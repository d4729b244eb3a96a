"""What backends refer to is checked when the configuration is built: members of pools, certificates.

Each finding stands at the reference itself and names the backend.
"""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from fastgw.config import load
from fastgw.errors import ConfigurationError, Diagnostic
from fastgw.snapshot import Snapshot
from fastgw.snapshot.build import build
from tests.pki import Issued, make_ca


@pytest.fixture(scope="module")
def client() -> Issued:
    return make_ca("Reference Root").issue("client", usage="client")


@pytest.fixture
def folder(tmp_path: Path, client: Issued) -> Path:
    (tmp_path / "client.pem").write_bytes(client.bundle())
    (tmp_path / "public.pem").write_bytes(client.pem)
    return tmp_path


HEAD = """\
certificates:
  - {id: client, file: client.pem}
  - {id: public, file: public.pem}
backends:
  - {id: one, url: "http://one.example.test"}
  - {id: Two, urls: [{url: "http://two.example.test"}, {url: "http://three.example.test"}]}
"""
HEAD_LINES = HEAD.count("\n")


def make(folder: Path, text: str) -> Snapshot:
    """Build the configuration whose further backends are in `text`."""
    (folder / "gateway.yaml").write_text(HEAD + textwrap.indent(textwrap.dedent(text), "  "))
    configuration, _ = load(folder, {})
    return build(configuration)


def errors(folder: Path, text: str) -> list[Diagnostic]:
    with pytest.raises(ConfigurationError) as caught:
        make(folder, text)
    return [found for found in caught.value.diagnostics if found.severity == "error"]


def place(found: Diagnostic) -> tuple[int, int]:
    """Line and column, both from 1, within the text that was given to `make`, as it is indented there."""
    assert found.position is not None
    return found.position.line - HEAD_LINES, found.position.column - 2


CLUSTER = "- {id: fabric, url: fabric:/a/b, properties: {serviceFabricCluster: {managementEndpoints: ['https://c']}}}\n"
POOL = "- {id: pool, type: Pool, pool: {services: [{id: one}, {id: REFERENCE}]}}\n"


def column(text: str, part: str) -> int:
    return text.splitlines()[0].index(part) + 1


@pytest.mark.parametrize(
    ("reference", "more", "message"),
    [
        ("three", "", "there is no backend 'three'"),
        ("/backends/three", "", "there is no backend '/backends/three'"),
        ("pool", "", "a pool cannot be a member of a pool; list its backends"),
        ("/subscriptions/s/backends/POOL", "", "a pool cannot be a member of a pool; list its backends"),
        (
            "later",
            "- {id: later, type: Pool, pool: {services: [{id: one}]}}\n",
            "a pool cannot be a member of a pool; list its backends",
        ),
        ("fabric", CLUSTER, "a Service Fabric service cannot be a member of a pool"),
    ],
)
def test_a_member_of_a_pool_is_a_backend_with_addresses(
    folder: Path, reference: str, more: str, message: str
) -> None:
    text = POOL.replace("REFERENCE", reference) + more
    (found,) = errors(folder, text)
    assert found.message == message
    assert found.entity == "backend pool"
    assert place(found) == (1, text.splitlines()[0].rindex(reference) + 1)


def test_every_wrong_member_is_reported(folder: Path) -> None:
    text = "- {id: pool, type: Pool, pool: {services: [{id: x}, {id: one}, {id: y}]}}\n"
    found = errors(folder, text)
    assert [one.message for one in found] == ["there is no backend 'x'", "there is no backend 'y'"]
    assert [place(one) for one in found] == [(1, column(text, "x}")), (1, column(text, "y}"))]


@pytest.mark.parametrize("inner", ["one", "x"])
def test_a_pool_that_stands_before_is_no_member_either(folder: Path, inner: str) -> None:
    text = (
        f"- {{id: pool, type: Pool, pool: {{services: [{{id: {inner}}}]}}}}\n"
        "- {id: outer, type: Pool, pool: {services: [{id: pool}]}}\n"
    )
    found = errors(folder, text)[-1]
    assert found.message == "a pool cannot be a member of a pool; list its backends"
    assert found.entity == "backend outer"


@pytest.mark.parametrize(
    "reference", ["TWO", "/subscriptions/s/resourceGroups/g/backends/two", "/backends/Two"]
)
def test_a_member_is_named_by_id_or_arm_id(folder: Path, reference: str) -> None:
    snapshot = make(folder, POOL.replace("REFERENCE", reference))
    assert list(snapshot.diagnostics) == []
    (pool,) = (state for state in snapshot.states if state.id == "pool")
    assert len(pool.members) == 3


def test_members_may_stand_after_the_pool(folder: Path) -> None:
    text = POOL.replace("REFERENCE", "later") + '- {id: later, url: "http://later.example.test"}\n'
    assert list(make(folder, text).diagnostics) == []


def in_cluster(members: str, endpoint: str = "https://c") -> str:
    return (
        "- id: fabric\n"
        "  url: fabric:/a/b\n"
        "  properties:\n"
        f"    serviceFabricCluster: {{managementEndpoints: ['{endpoint}'], {members}}}\n"
    )


@pytest.mark.parametrize(
    ("members", "at", "message"),
    [
        ("clientCertificateId: nobody", "nobody", "there is no certificate 'nobody'"),
        (
            "clientCertificateId: /certificates/nobody",
            "/cert",
            "there is no certificate '/certificates/nobody'",
        ),
        (f"clientCertificatethumbprint: {'AB' * 20}", "AB", f"there is no certificate '{'AB' * 20}'"),
        ("clientCertificateId: public", "public", "private key"),
    ],
)
def test_the_client_certificate_of_a_cluster_exists_and_can_be_presented(
    folder: Path, members: str, at: str, message: str
) -> None:
    text = in_cluster(members)
    (found,) = errors(folder, text)
    assert message in found.message
    assert found.entity == "backend fabric"
    assert place(found) == (4, text.splitlines()[3].index(at) + 1)


def test_a_thumbprint_of_a_certificate_without_a_key_is_refused_where_it_stands(
    folder: Path, client: Issued, tmp_path: Path
) -> None:
    (tmp_path / "client.pem").write_bytes(make_ca().issue("another", usage="client").bundle())
    (found,) = errors(folder, in_cluster(f"clientCertificatethumbprint: {client.thumbprint}"))
    assert "private key" in found.message
    assert place(found)[0] == 4


@pytest.mark.parametrize(
    "by", ["clientCertificateId: CLIENT", "clientCertificateId: /x/certificates/client", "thumbprint"]
)
def test_the_client_certificate_of_a_cluster_is_found_by_id_arm_id_or_thumbprint(
    folder: Path, client: Issued, by: str
) -> None:
    members = f"clientCertificatethumbprint: {client.thumbprint.lower()}" if by == "thumbprint" else by
    snapshot = make(folder, in_cluster(members))
    assert list(snapshot.diagnostics) == []
    (service,) = (target.fabric for target in snapshot.targets if target.fabric is not None)
    assert service.cluster_certificate.thumbprint == client.thumbprint


def test_an_id_wins_over_a_thumbprint_that_is_not_looked_up(folder: Path) -> None:
    members = f"clientCertificateId: client, clientCertificatethumbprint: {'AB' * 20}"
    assert list(make(folder, in_cluster(members)).diagnostics) == []


@pytest.mark.parametrize(
    "where", ["credentials: {certificateIds: [REF]}", "credentials: {certificate: [REF]}"]
)
@pytest.mark.parametrize(
    ("given", "message"),
    [("AB" * 20, f"there is no certificate '{'AB' * 20}'"), ("PUBLIC", "private key")],
)
def test_a_certificate_of_credentials_exists_and_can_be_presented(
    folder: Path, client: Issued, where: str, given: str, message: str
) -> None:
    (folder / "client.pem").write_bytes(make_ca().issue("another", usage="client").bundle())
    reference = client.thumbprint if given == "PUBLIC" else given
    text = f"- id: b\n  url: 'https://b.example.test'\n  {where.replace('REF', reference)}\n"
    (found,) = errors(folder, text)
    assert message in found.message
    assert found.entity == "backend b"
    assert place(found) == (3, text.splitlines()[2].index(reference) + 1)


def test_replicas_of_a_fabric_service_may_be_https_so_its_certificate_is_no_warning(folder: Path) -> None:
    text = (
        in_cluster("clientCertificateId: client").rstrip("\n")
        + "\n  credentials: {certificateIds: [client]}\n"
    )
    assert list(make(folder, text).diagnostics) == []


@pytest.mark.parametrize("key", ["url: 'http://b.example.test'", "urls: [{url: 'http://b.example.test'}]"])
def test_a_certificate_that_plain_http_never_presents_is_a_warning(folder: Path, key: str) -> None:
    text = f"- id: b\n  {key}\n  credentials: {{certificateIds: [client]}}\n"
    (found,) = make(folder, text).diagnostics
    assert found.severity == "warning"
    assert "never presented" in found.message
    assert found.entity == "backend b"
    assert place(found) == (2, 3 + len(key.split(": ")[0]) + 2)


def test_one_https_url_among_several_is_enough_to_present_a_certificate(folder: Path) -> None:
    text = (
        "- {id: b, urls: [{url: 'http://b.example.test'}, {url: 'https://c.example.test'}], "
        "credentials: {certificateIds: [client]}}\n"
    )
    assert list(make(folder, text).diagnostics) == []


def test_only_the_first_certificate_is_presented_which_is_a_warning(folder: Path) -> None:
    text = "- {id: b, url: 'https://b.example.test', credentials: {certificateIds: [client, CLIENT]}}\n"
    (found,) = make(folder, text).diagnostics
    assert (found.severity, found.entity) == ("warning", "backend b")
    assert found.message == "only the first certificate is presented"
    assert place(found) == (1, column(text, "CLIENT"))


URLS = "urls: [{url: 'http://a.test'}, {url: 'http://b.test'}]"
IN_POOL = "type: Pool, pool: {services: [{id: one}, {id: Two}, {id: /x/backends/B}]}"


@pytest.mark.parametrize(
    "text",
    [
        f"- {{id: s, {URLS}, loadBalancing: {{slowStart: 5}}}}",
        f"- {{id: s, {URLS}, loadBalancing: {{slowStart: 5}}, circuitBreaker: {{rules: []}}, retry: {{}}}}",
        f"- {{id: b, url: 'http://b.test'}}\n- {{id: s, {IN_POOL}, loadBalancing: {{slowStart: 5}}}}",
    ],
)
def test_a_slow_start_where_nothing_is_ever_out_is_a_warning(folder: Path, text: str) -> None:
    (found,) = make(folder, text).diagnostics
    assert (found.severity, found.entity) == ("warning", "backend s")
    assert found.message.startswith("`loadBalancing.slowStart` has no effect")
    *before, last = text.splitlines()
    assert place(found) == (len(before) + 1, column(last, "5"))


@pytest.mark.parametrize("watched", ["circuitBreaker: {}", "healthCheck: {path: /}"])
def test_a_slow_start_where_something_may_be_out_is_none(folder: Path, watched: str) -> None:
    slow = "loadBalancing: {slowStart: 5}"
    text = f"- {{id: b, {URLS}, {slow}, {watched}}}\n- {{id: s, {IN_POOL}, {slow}}}\n"
    assert list(make(folder, text).diagnostics) == []


def test_a_choice_without_a_slow_start_needs_nothing_that_takes_members_out(folder: Path) -> None:
    assert list(make(folder, f"- {{id: b, {URLS}, loadBalancing: {{type: p2c-ewma}}}}\n").diagnostics) == []
