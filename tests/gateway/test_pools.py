"""The pools of a worker: which are kept, and that requests cannot make them without end."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

from fastgw._exchange import Target
from fastgw.gateway.pools import _PASSING_POOLS, Pools
from fastgw.snapshot import ConnectionSettings

SETTINGS = ConnectionSettings()


def target(port: int) -> Target:
    return Target(
        scheme="http", host="127.0.0.1", port=port, host_header=b"x", base_path=b"", connection=SETTINGS
    )


def test_pools_of_addresses_that_only_requests_name_are_bounded() -> None:
    async def run() -> None:
        listed = target(1)
        snapshot = SimpleNamespace(targets=(listed,), client_contexts=())
        pools = Pools(asyncio.get_running_loop())
        pools.install(snapshot)  # type: ignore[arg-type]  # as much of a snapshot as pools look at
        kept = pools.of(listed, None, snapshot)  # type: ignore[arg-type]
        for port in range(2, 3 * _PASSING_POOLS):
            pools.of(target(port), None, snapshot)  # type: ignore[arg-type]
        assert len(list(pools)) <= _PASSING_POOLS + 1
        assert kept in list(pools)
        pools.close()

    asyncio.run(run())
