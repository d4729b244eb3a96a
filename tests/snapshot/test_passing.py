"""What requests name, and no configuration: kept while it is used, and never more than a bounded number."""

from __future__ import annotations

import base64
import gc
from dataclasses import replace
from pathlib import Path
from time import thread_time

import pytest
import yaml

from fastgw import config
from fastgw._core import Verdict, run_part
from fastgw._exchange import Exchange, Target
from fastgw.snapshot import Snapshot
from fastgw.snapshot.build import build
from fastgw.tls.certs import Certificate, read_certificate
from tests.pki import Ca, make_ca

MOST = 1024


@pytest.fixture(scope="module")
def ca() -> Ca:
    return make_ca("Passing Root")


def built(folder: Path, inbound: str) -> Snapshot:
    """The snapshot of an API whose inbound section is this."""
    (folder / "policy.xml").write_text(f"<policies><inbound>{inbound}</inbound></policies>")
    api = {
        "id": "shop",
        "path": "shop",
        "protocols": ["http"],
        "serviceUrl": "https://shop.test",
        "subscriptionRequired": False,
        "policy": "policy.xml",
        "operations": [{"id": "any", "method": "GET", "urlTemplate": "/x"}],
    }
    text = yaml.safe_dump({"gateway": {"management": "off"}, "apis": [api]})
    (folder / "gateway.yaml").write_text(text)
    configuration, diagnostics = config.load(folder / "gateway.yaml", {})
    diagnostics.raise_errors()
    return build(configuration)


def asked(snapshot: Snapshot, header: str) -> Exchange:
    """An exchange after the inbound section of a request with `X-Value`."""
    exchange = Exchange()
    exchange.read_request(f"GET /shop/x HTTP/1.1\r\nHost: gw\r\nX-Value: {header}\r\n\r\n".encode())
    exchange.snapshot = snapshot
    exchange.route = snapshot.routes[0]
    verdict, _, _ = run_part(exchange.route.inbound, exchange, 0, None)
    assert verdict == Verdict.DONE, exchange.error and exchange.error.message
    return exchange


def test_targets_of_computed_urls_are_shared_and_bounded(tmp_path: Path) -> None:
    snapshot = built(tmp_path, '<set-backend-service base-url="@(context.Request.Headers["X-Value"][0])" />')
    first = asked(snapshot, "https://a.test/1").target
    assert first is not None
    assert first.base_path == b"/1"
    assert asked(snapshot, "https://a.test/1").target is first
    for at in range(3 * MOST):
        asked(snapshot, f"https://a.test/{at}")
    assert sum(type(one) is Target for one in gc.get_objects()) < 2 * MOST


def test_a_pfx_that_a_request_brings_is_read_once(tmp_path: Path, ca: Ca) -> None:
    snapshot = built(
        tmp_path,
        """<authentication-certificate password="secret"
          body="@(Convert.FromBase64String(context.Request.Headers["X-Value"][0]))" />""",
    )
    sent = base64.b64encode(ca.issue("caller", usage="client").pfx("secret")).decode()
    began = thread_time()
    first = asked(snapshot, sent).certificate
    reading = thread_time() - began
    assert isinstance(first, Certificate)
    began = thread_time()
    for _ in range(10):
        assert asked(snapshot, sent).certificate is first
    assert thread_time() - began < 5 * reading


def test_contexts_for_what_requests_bring_are_bounded(tmp_path: Path, ca: Ca) -> None:
    snapshot = built(tmp_path, '<set-header name="x"><value>y</value></set-header>')
    contexts = snapshot.client_contexts
    issued = read_certificate(ca.issue("caller", usage="client").bundle())
    own = contexts.get(None)
    settled = len(contexts)
    for at in range(600):
        # To issue as many certificates would take a minute.
        other = replace(issued, thumbprint=f"{at:040X}")
        made = contexts.get(other)
        assert contexts.get(other) is made
    assert len(contexts) <= settled + 256
    assert contexts.get(None) is own
