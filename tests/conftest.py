"""Fixtures that every test may use: gateways and backends that are ended whatever happens.

Nothing here knows what a test is about.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.harness import EchoBackend, GatewayProcess, ScriptedBackend

GatewayFactory = Callable[..., GatewayProcess]


def _factory(folder: Callable[[], Path]) -> Iterator[GatewayFactory]:
    started: list[GatewayProcess] = []
    tolerated: set[int] = set()

    def make(
        configuration: Mapping[str, Any] | str, *, may_complain: bool = False, **options: Any
    ) -> GatewayProcess:
        gateway = GatewayProcess(folder(), configuration, start=False, **options)
        if may_complain:
            tolerated.add(id(gateway))
        started.append(gateway)
        return gateway.start()

    failures: list[BaseException] = []
    try:
        yield make
    finally:
        for gateway in reversed(started):
            try:
                gateway.stop()
                if id(gateway) not in tolerated:
                    assert gateway.complaints() == []
            except BaseException as error:
                failures.append(error)
            finally:
                gateway.kill()
    if failures:
        raise failures[0]


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[GatewayFactory]:
    """`gateway(configuration, **options)` starts a GatewayProcess; each must stop with exit code 0.

    Nor may it have logged an error of its own, unless `may_complain=True`.
    """
    count = iter(range(1000))
    yield from _factory(lambda: tmp_path / f"gateway{next(count)}")


@pytest.fixture(scope="module")
def module_gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayFactory]:
    """As `gateway`, for processes that all tests of a module share."""
    yield from _factory(lambda: tmp_path_factory.mktemp("gateway"))


@pytest.fixture
def scripted() -> Iterator[Callable[..., ScriptedBackend]]:
    """`scripted(script)` starts a ScriptedBackend."""
    with ExitStack() as stack:
        yield lambda *args, **options: stack.enter_context(ScriptedBackend(*args, **options))


@pytest.fixture
def echo() -> Iterator[EchoBackend]:
    """An EchoBackend of this test alone; what it got must be strict HTTP/1.1."""
    with EchoBackend() as backend:
        yield backend
        assert backend.violations == []
