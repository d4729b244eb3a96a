"""A gateway for tests of the supervisor: the real master, with toy rooms behind its doors.

Run as a program with a JSON file as SOURCE. A toy worker answers each connection with one line,
`pid slot generation text`. The text of the configuration chooses how it misbehaves.
"""

from __future__ import annotations

import json
import os
import selectors
import signal
import socket
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from fastgw import supervisor
from fastgw.control_channel import ControlChannel
from fastgw.errors import Diagnostics, FastgwError, Position
from fastgw.management import run_management
from fastgw.settings import ServeSettings, read_settings
from fastgw.supervisor import Doors, Supervisor


@dataclass(frozen=True)
class Address:
    url: str


@dataclass(frozen=True)
class Gateway:
    listeners: tuple[Address, ...]
    workers: int | None
    management: Address | str
    watch_files: bool = False


@dataclass(frozen=True)
class Configuration:
    gateway: Gateway
    text: str
    crash_slots: tuple[int, ...]
    certificates: tuple[object, ...] = ()
    named_values: tuple[object, ...] = ()


@dataclass(frozen=True)
class Snapshot:
    configuration: Configuration
    generation: int
    diagnostics: Diagnostics
    states: tuple[object, ...] = ()


def load(source: Path, environ: Mapping[str, str]) -> tuple[Configuration, Diagnostics]:
    found = Diagnostics()
    data = json.loads(source.read_text())
    management = data.get("management", "off")
    gateway = Gateway(
        tuple(Address(url) for url in data["listeners"]),
        data.get("workers"),
        management if management == "off" else Address(management),
    )
    text = data.get("text", "")
    for number in range(data.get("errors", 0)):
        found.error(f"wrong {number}", Position(str(source), number + 1, 1), "api x")
    for number in range(data.get("warnings", 0)):
        found.warning(f"odd {number}", Position(str(source), number + 1, 1))
    return Configuration(gateway, text, tuple(data.get("crash_slots", ()))), found


def build(configuration: Configuration, previous: Snapshot | None, places: object) -> Snapshot:
    if configuration.text == "explodes":
        raise RuntimeError("the builder has a bug")
    if configuration.text == "endless":
        sys.stderr.write("building\n")
        sys.stderr.flush()
        while True:
            signal.pause()
    diagnostics = Diagnostics()
    diagnostics.warning("built with a warning") if configuration.text == "warned" else None
    return Snapshot(configuration, previous.generation + 1 if previous else 1, diagnostics)


def run_worker(
    slot: int,
    snapshot: Snapshot,
    listeners: Sequence[tuple[str, socket.socket]],
    control: socket.socket,
    settings: ServeSettings,
    segment: object,
) -> int:
    if slot in snapshot.configuration.crash_slots:
        raise FastgwError("this slot crashes")
    channel = ControlChannel(control)
    selector = selectors.DefaultSelector()
    for _, listening in listeners:
        selector.register(listening, selectors.EVENT_READ, "accept")
    selector.register(channel.fileno(), selectors.EVENT_READ, "control")
    held: list[socket.socket] = []
    draining = False
    channel.send(("ready", snapshot.generation))
    while not draining or held:
        for key, _ in selector.select():
            if key.data == "control":
                messages = channel.receive()
                if channel.closed:
                    return 0
                for message in messages:
                    if message[0] == "drain":
                        draining = True
                        for _, listening in listeners:
                            selector.unregister(listening)
                            listening.close()
                    elif message[2].text == "unappliable" and slot == 0:
                        channel.send(("failed", message[1], "no memory"))
                    elif message[2].text == "vanish":
                        os._exit(9)
                    else:
                        snapshot = Snapshot(message[2], message[1], Diagnostics())
                        channel.send(("applied", message[1]))
            elif key.data == "accept":
                connection, _ = key.fileobj.accept()  # type: ignore[union-attr]
                text = snapshot.configuration.text
                connection.sendall(f"{os.getpid()} {slot} {snapshot.generation} {text}\n".encode())
                if text == "hold":
                    held.append(connection)
                    selector.register(connection, selectors.EVENT_READ, "held")
                else:
                    connection.close()
            else:
                selector.unregister(key.fileobj)
                held.remove(key.fileobj)  # type: ignore[arg-type]
                key.fileobj.close()  # type: ignore[union-attr]
    return 0


def wait_forever(*_: object) -> int:
    while True:
        signal.pause()


def main() -> None:
    flags = json.loads(os.environ.get("FAKE_FLAGS", "{}"))
    settings = read_settings({"source": sys.argv[1], **flags}, os.environ)
    management = run_management
    if flags.get("deaf_management"):
        supervisor.MANAGEMENT_PATIENCE = 0.2
        management = wait_forever
    doors = Doors(load, build, run_worker, management, wait_forever)  # type: ignore[arg-type]
    sys.exit(Supervisor(settings, os.environ, doors).run())


if __name__ == "__main__":
    main()
