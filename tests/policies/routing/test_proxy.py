"""proxy: what it sets on the exchange."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from fastgw.outbound import OutboundProxy
from fastgw.policies.routing.proxy import ComputedProxy, make_proxy
from tests.compiler.support import Bench


def test_a_literal_is_made_once_with_the_configuration() -> None:
    (step,) = Bench().inbound('<proxy url=" http://p:3128/ " username="px" password="s3cret" />')
    first, second = SimpleNamespace(), SimpleNamespace()
    assert step.operands[0](first) is None
    step.operands[0](second)
    assert first.proxy == OutboundProxy("p", 3128, b"Basic cHg6czNjcmV0")
    assert first.proxy is second.proxy
    assert "cHg6" not in repr(first.proxy)


def test_expressions_are_evaluated_with_each_request() -> None:
    proxy = ComputedProxy(lambda exchange: f"http://{exchange}", lambda exchange: exchange, None)
    assert proxy("a") == OutboundProxy("a", 80, b"Basic YTo=")
    assert proxy("b").host == "b"
    with pytest.raises(ValueError, match="The url of proxy has a malformed host"):
        proxy("a:b")


@pytest.mark.parametrize("url", ["https://p", "http://p/x", "http://p:0", "p:3128", "http://u:p@p", ""])
def test_a_proxy_is_scheme_host_and_port(url: str) -> None:
    with pytest.raises(ValueError, match=r"^(must|may|has)"):
        make_proxy(url, None, None)
