"""The parts of aiohttp that gateway/listener.py relies on and that aiohttp promises to nobody.

A failure here says which aiohttp is installed and what of it is not as the listener needs it. Then read
`src/fastgw/gateway/listener.py` beside the new aiohttp, mend it, and move the bound in pyproject.toml.
"""

from __future__ import annotations

import asyncio
import inspect
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.base_protocol import BaseProtocol
from aiohttp.web_protocol import RequestHandler

from fastgw.gateway.listener import Connection, Server
from tests.oracle.wire import Gateway, Wire

ROOT = Path(__file__).parents[2]

# What `Connection` makes slots of in place of methods.
REPLACED = ("data_received", "eof_received", "pause_writing", "resume_writing")
# Private attributes that the listener reads, or that are set and read for it by the methods it calls.
HANDLER_SLOTS = {"_manager", "_task_handler", "_keepalive_handle", "_current_request", "_payload_parser"}
BASE_SLOTS = {"_loop", "_parser", "transport"}
# What decides whether the `connection_lost` that is called can do its work without a handler task.
IDLE = {"_task_handler": None, "_keepalive_handle": None, "_current_request": None, "_payload_parser": None}


def need(holds: object, what: str) -> None:
    assert holds, (
        f"aiohttp {aiohttp.__version__} is not the one that gateway/listener.py was written for: {what}"
    )


def parameters(function: Any) -> list[str]:
    return list(inspect.signature(function).parameters)


async def _nothing(request: Any) -> web.StreamResponse:
    raise AssertionError("no request enters aiohttp's pipeline")


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    loop = asyncio.new_event_loop()
    yield loop
    loop.close()


@pytest.fixture
def server(loop: asyncio.AbstractEventLoop) -> Server:
    return Server(Gateway().services, loop)


def test_the_installed_version_is_within_the_bounds_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    (bound,) = [line for line in project["dependencies"] if line.startswith("aiohttp")]
    found = re.fullmatch(r"aiohttp>=(\d+)\.(\d+)\.(\d+),<(\d+)\.(\d+)", bound)
    assert found, f"a lower and an upper bound are wanted: {bound}"
    numbers = [int(number) for number in found.groups()]
    installed = [int(number) for number in aiohttp.__version__.split(".")[:3]]
    need(numbers[:3] <= installed and installed[:2] < numbers[3:], f"it is not {bound}")


# ---------------------------------------------------------------- what can be seen without a connection


def test_connections_have_slots_and_no_dict() -> None:
    for kind in (BaseProtocol, RequestHandler):
        need("__slots__" in vars(kind), f"{kind.__name__} has no __slots__")
    need(
        issubclass(RequestHandler, BaseProtocol) and web.RequestHandler is RequestHandler,
        "web.RequestHandler is no BaseProtocol",
    )
    need(
        not hasattr(RequestHandler, "__dict__") or "__dict__" not in RequestHandler.__slots__,
        "it has a __dict__",
    )


@pytest.mark.parametrize(
    ("kind", "names"), [(RequestHandler, HANDLER_SLOTS), (BaseProtocol, BASE_SLOTS)], ids=["handler", "base"]
)
def test_the_attributes_that_are_used_are_there(kind: type, names: set[str]) -> None:
    missing = names - set(vars(kind)["__slots__"])
    need(not missing, f"{kind.__name__} has no slot {', '.join(sorted(missing))}")


@pytest.mark.parametrize("name", REPLACED)
def test_what_is_replaced_is_a_method_that_a_slot_of_a_subclass_can_hide(name: str) -> None:
    need(
        any(inspect.isfunction(vars(kind).get(name)) for kind in RequestHandler.__mro__),
        f"{name} is no plain method",
    )
    taken = {slot for kind in RequestHandler.__mro__ for slot in vars(kind).get("__slots__", ())}
    need(name not in taken, f"{name} is a slot already")
    assert inspect.ismemberdescriptor(vars(Connection)[name])


def test_no_further_protocol_callback_stays_aiohttps_own() -> None:
    """What the loop calls on a protocol is either replaced, or overridden, or harmless."""
    callbacks = {
        name
        for name in dir(asyncio.Protocol)
        if not name.startswith("__") and callable(getattr(asyncio.Protocol, name))
    }
    assert callbacks == {*REPLACED, "connection_made", "connection_lost"}
    need(not issubclass(RequestHandler, asyncio.BufferedProtocol), "its connections are buffered protocols")
    for name in ("connection_made", "connection_lost", "close", "shutdown"):
        assert name in vars(Connection)


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (BaseProtocol.connection_made, ["self", "transport"]),
        (RequestHandler.connection_made, ["self", "transport"]),
        (RequestHandler.connection_lost, ["self", "exc"]),
        (RequestHandler.close, ["self"]),
        (RequestHandler.shutdown, ["self", "timeout"]),
        (RequestHandler.force_close, ["self"]),
        (web.Server.__call__, ["self"]),
        (web.Server.connection_made, ["self", "handler", "transport"]),
        (web.Server.connection_lost, ["self", "handler", "exc"]),
        (web.Server.shutdown, ["self", "timeout"]),
        (web.Server.pre_shutdown, ["self"]),
    ],
    ids=lambda value: getattr(value, "__qualname__", ""),
)
def test_signatures(function: Any, expected: list[str]) -> None:
    found = parameters(function)
    need(found == expected, f"{function.__qualname__} takes {found} instead of {expected}")


@pytest.mark.parametrize(
    ("kind", "names"),
    [(RequestHandler, {"loop", "access_log", "manager"}), (web.Server, {"handler", "loop"})],
    ids=["RequestHandler", "Server"],
)
def test_constructors_take_what_they_are_given(kind: type, names: set[str]) -> None:
    missing = names - set(parameters(kind))
    need(not missing, f"{kind.__name__}() does not take {', '.join(sorted(missing))}")


def test_shutdown_is_asynchronous_and_close_is_not() -> None:
    need(
        inspect.iscoroutinefunction(RequestHandler.shutdown),
        "RequestHandler.shutdown is no coroutine function",
    )
    need(inspect.iscoroutinefunction(web.Server.shutdown), "Server.shutdown is no coroutine function")
    need(
        not inspect.iscoroutinefunction(RequestHandler.close), "RequestHandler.close is a coroutine function"
    )
    need(
        not inspect.iscoroutinefunction(web.Server.pre_shutdown),
        "Server.pre_shutdown is a coroutine function",
    )


def test_only_the_listener_touches_aiohttp() -> None:
    """One file to look at when a version differs."""
    source = ROOT / "src" / "fastgw"
    users = {
        str(path.relative_to(source))
        for path in source.rglob("*.p*")
        if path.suffix in {".py", ".pyx", ".pxd", ".pyi"}
        and re.search(r"^\s*(from|import|cimport) aiohttp\b", path.read_text(), re.MULTILINE)
    }
    assert users - {"gateway/listener.py"} <= {
        *("demo/echo.py", "management/application.py", "management/process.py"),
        # The public client only, off the way of requests.
        *("gateway/fetching.py", "vault/session.py"),
    }


# ---------------------------------------------------------------- what its methods do


def test_the_base_protocol_only_takes_the_transport_and_sets_options(
    loop: asyncio.AbstractEventLoop,
) -> None:
    """`Connection.connection_made` takes the transport itself; the options are those of listening sockets."""
    base, wire = BaseProtocol(loop), Wire()
    before = {name: getattr(base, name, None) for name in BaseProtocol.__slots__}
    BaseProtocol.connection_made(base, wire)  # type: ignore[arg-type]
    after = {name: getattr(base, name, None) for name in BaseProtocol.__slots__}
    changed = {name for name in after if after[name] is not before[name]}
    need(changed == {"transport"}, f"BaseProtocol.connection_made sets {changed}")
    kept: object = base.transport
    need(kept is wire, "BaseProtocol.connection_made does not keep the transport")
    need(not asyncio.all_tasks(loop), "BaseProtocol.connection_made starts a task")


def test_a_new_handler_is_idle(loop: asyncio.AbstractEventLoop) -> None:
    """`RequestHandler.connection_lost` is called on a handler that never served: there is nothing to end."""
    handler = RequestHandler(web.Server(_nothing, loop=loop), loop=loop, access_log=None)  # type: ignore[arg-type]
    for name, expected in IDLE.items():
        need(getattr(handler, name) is expected, f"a new handler has {name} = {getattr(handler, name)!r}")
    need(not asyncio.all_tasks(loop), "a new handler has started a task")


def test_the_server_makes_our_connections_and_lists_them_while_they_live(server: Server) -> None:
    connection, wire = server(), Wire()
    assert type(connection) is Connection
    assert server.connections == []
    connection.connection_made(wire)  # type: ignore[arg-type]
    need(server.connections == [connection], "Server.connection_made does not list the connection")
    connection.connection_lost(None)
    need(server.connections == [], "a connection that is lost stays in the server's list")
    need(connection._manager is None, "RequestHandler.connection_lost does not let go of the server")


def test_no_task_and_no_timer_belongs_to_a_connection(
    server: Server, loop: asyncio.AbstractEventLoop
) -> None:
    connection = server()
    connection.connection_made(Wire())  # type: ignore[arg-type]
    for name, expected in IDLE.items():
        need(
            getattr(connection, name) is expected, f"a connection has {name} = {getattr(connection, name)!r}"
        )
    need(not asyncio.all_tasks(loop), "a connection has started a task")
    connection.connection_lost(None)


def test_bytes_go_to_the_compiled_connection_and_not_to_aiohttps_parser(server: Server) -> None:
    connection, wire = server(), Wire()
    connection.connection_made(wire)  # type: ignore[arg-type]
    connection.data_received(b"GET /status-0123456789abcdef HTTP/1.1\r\nHost: a\r\n\r\n")
    assert wire.sent.startswith(b"HTTP/1.1 200 OK\r\n")
    need(not connection._messages, "aiohttp has queued a request")
    assert not wire.closed
    connection.connection_lost(None)


def test_closing_twice_and_losing_twice_is_harmless(server: Server) -> None:
    connection, wire = server(), Wire()
    connection.connection_made(wire)  # type: ignore[arg-type]
    connection.close()
    assert wire.closed
    connection.close()
    connection.connection_lost(ConnectionResetError())
    connection.connection_lost(None)


@pytest.mark.parametrize("call", ["pre_shutdown", "shutdown"])
def test_the_servers_shutdown_closes_idle_connections(
    server: Server, loop: asyncio.AbstractEventLoop, call: str
) -> None:
    connection, wire = server(), Wire()
    connection.connection_made(wire)  # type: ignore[arg-type]
    if call == "pre_shutdown":
        server.pre_shutdown()
    else:
        loop.run_until_complete(server.shutdown(1.0))
    need(wire.closed, f"Server.{call} does not close a connection through Connection")


def test_the_server_hands_its_time_limit_on(server: Server, loop: asyncio.AbstractEventLoop) -> None:
    given: list[float | None] = []

    class Waiting(Connection):
        __slots__ = ()

        async def shutdown(self, timeout: float | None = 15.0) -> None:  # noqa: ASYNC109
            given.append(timeout)

    connection = Waiting(server, loop, server().core)
    connection.connection_made(Wire())  # type: ignore[arg-type]
    loop.run_until_complete(server.shutdown(2.5))
    need(given == [2.5], f"Server.shutdown(2.5) calls shutdown({given}) on the connection")
