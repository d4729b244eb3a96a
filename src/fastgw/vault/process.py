"""The life of the process that reads vaults: follows the master, ends when told to drain or orphaned."""

from __future__ import annotations

import asyncio
import signal
import socket

from fastgw.control_channel import ControlChannel, Message


def run_vault(control: socket.socket) -> int:
    """Read what the master wants until it says drain or is gone; return the exit code."""
    # A service manager may signal the whole group; values are read until the workers have drained.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    asyncio.run(_serve(ControlChannel(control)))
    return 0


async def _serve(channel: ControlChannel) -> None:
    # Here, in the child: the libraries take their time and memory, and nobody else needs them.
    from fastgw.vault.client import AzureVaults
    from fastgw.vault.reading import Reader

    ending = asyncio.Event()
    async with AzureVaults() as vaults:
        reader = Reader(vaults, lambda reading: channel.send(("secret", reading)))

        def take(message: Message) -> None:
            if message[0] == "watch":
                vaults.keep(message[1])
                reader.watch(message[1])
            elif message[0] == "refresh":
                reader.refresh(message[1])
            elif message[0] == "drain":
                ending.set()

        channel.attach(asyncio.get_running_loop(), take, ending.set)
        channel.send(("ready", 0))
        await ending.wait()
        reader.close()
    channel.close()
