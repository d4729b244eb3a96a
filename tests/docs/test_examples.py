"""Every configuration and every policy of the documentation can be built, without a warning."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

import pytest

from fastgw.config import load
from fastgw.snapshot.build import build
from tests.docs.blocks import Block, blocks, documents
from tests.pki import Ca, Issued, make_ca

PASSWORD = "docs"
GATEWAY = "test: gateway"
# Files of policy tests, see test_testing.py.
CASES = "test: cases"

# What the policies of the documentation refer to.
AROUND = """
certificates:
  - {id: orders-client, file: client.pfx, password: docs}
namedValues:
  - {id: api-version, value: "2024-01-01"}
  - {id: backend-key, value: hidden, secret: true}
  - {id: show-version, value: "true"}
backends:
  - {id: orders, url: "https://orders.internal:9443/api"}
policyFragments:
  - id: forward-headers
    value: <fragment><set-method>GET</set-method></fragment>
apis:
  - id: a
    path: a
    protocols: [http]
    serviceUrl: https://orders.internal:9443/api
    subscriptionRequired: false
    operations:
      - {id: o, method: GET, urlTemplate: "/items/{id}", policy: policy.xml}
"""


@pytest.fixture(scope="module")
def authority() -> Ca:
    return make_ca()


@pytest.fixture(scope="module")
def client(authority: Ca) -> Issued:
    return authority.issue("client", "api.example.test")


def of_language(language: str) -> list[Block]:
    found = [block for document in documents() for block in blocks(document) if block.language == language]
    return [block for block in found if CASES not in block.marks]


def file_of(block: Block) -> str | None:
    """The file that a block shows, where a mark says so."""
    return next((mark.removeprefix("file: ") for mark in block.marks if mark.startswith("file: ")), None)


def assert_built(folder: Path, environ: dict[str, str]) -> None:
    configuration, found = load(folder, environ)
    assert [str(one) for one in found] == []
    # Nobody can do anything about what lives in a vault.
    unread = {f"{entity.id}" for _, _, entity in configuration.unread()}
    said = [
        str(one)
        for one in build(configuration).diagnostics
        if "key vault that is not asked" not in one.message or (one.entity or "").split()[-1] not in unread
    ]
    assert said == []


def test_every_yaml_block_is_a_configuration_that_is_tested() -> None:
    assert [str(block) for block in of_language("yaml") if GATEWAY not in block.marks] == []


@pytest.mark.parametrize("block", of_language("yaml"), ids=str)
def test_the_configuration_is_built_without_a_warning(
    block: Block, tmp_path: Path, authority: Ca, client: Issued
) -> None:
    (tmp_path / "gateway.yaml").write_text(block.text)
    for other in blocks(block.document):
        name = file_of(other)
        if name is not None:
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(other.text)
    for name in re.findall(r"file:\s*([\w./-]+\.(?:pfx|pem|pass))", block.text):
        content = {
            ".pfx": client.pfx(PASSWORD),
            ".pem": authority.pem,
            ".pass": PASSWORD.encode() + b"\n",
        }[Path(name).suffix]
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)
    assert_built(tmp_path, dict.fromkeys(re.findall(r"\$\{env:(\w+)\}", block.text), PASSWORD))


@pytest.mark.parametrize("block", of_language("xml"), ids=str)
def test_the_policy_is_compiled_without_a_warning(block: Block, tmp_path: Path, client: Issued) -> None:
    text = block.text
    if text.startswith("<fragment>"):
        (tmp_path / "fragment.xml").write_text(text)
        text = '<policies><inbound><include-fragment fragment-id="shown" /></inbound></policies>'
    else:
        assert text.startswith("<policies>"), "a policy example is a whole document or a fragment"
        (tmp_path / "fragment.xml").write_text("<fragment />")
    around = AROUND.replace("policyFragments:", "policyFragments:\n  - {id: shown, file: fragment.xml}")
    (tmp_path / "gateway.yaml").write_text(textwrap.dedent(around))
    (tmp_path / "policy.xml").write_text(text)
    (tmp_path / "client.pfx").write_bytes(client.pfx(PASSWORD))
    assert_built(tmp_path, {})
