"""Service Fabric clusters for the tests of their resolver."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from tests.gateway.fabric_support import CLIENTS, SERVER
from tests.harness.cluster import StubCluster


@pytest.fixture
def clusters() -> Iterator[Callable[[], StubCluster]]:
    """Starts clusters that must have been asked nothing but proper questions."""
    with ExitStack() as stack:
        started: list[StubCluster] = []

        def start() -> StubCluster:
            started.append(stack.enter_context(StubCluster(SERVER, CLIENTS)))
            return started[-1]

        yield start
    assert [cluster.violations for cluster in started] == [[] for _ in started]


@pytest.fixture
def cluster(clusters: Callable[[], StubCluster]) -> StubCluster:
    return clusters()


@pytest.fixture
def nobody() -> Iterator[str]:
    """A URL on a port that is taken, but where nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"https://127.0.0.1:{taken.getsockname()[1]}"
