"""One gateway process for the tests of a module, given a new configuration by a reload for each test.

A reload takes milliseconds and leaves nothing of the former backend behind, which is itself worth relying on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.conftest import GatewayFactory
from tests.harness import GatewayProcess, ScriptedBackend
from tests.harness.config import one_api
from tests.integration.signposts import Signpost

Serve = Callable[..., GatewayProcess]


@pytest.fixture(scope="module")
def process(module_gateway: GatewayFactory) -> GatewayProcess:
    """The module's gateway; use `serve` to give it a configuration."""
    return module_gateway(one_api(None))


@pytest.fixture
def posts() -> Iterator[Callable[..., Signpost]]:
    """`posts(signs)` starts a Signpost; what they get must be strict HTTP/1.1."""
    made: list[Signpost] = []
    with ExitStack() as stack:

        def make(signs: dict[str, bytes] | None = None) -> Signpost:
            made.append(stack.enter_context(Signpost(signs)))
            return made[-1]

        yield make
        assert [post.violations for post in made] == [[] for _ in made]


@pytest.fixture
def serve(process: GatewayProcess) -> Serve:
    """`serve(backend, **options)` makes the module's gateway forward to it; options as for `one_api`."""

    def serve(backend: ScriptedBackend | str, **options: Any) -> GatewayProcess:
        url = backend if isinstance(backend, str) else backend.url
        return process.reconfigure(one_api(url, **options))

    return serve
