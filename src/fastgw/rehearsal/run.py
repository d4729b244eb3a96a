"""Runs one case: the snapshot's own programs, a caller and backends in memory, time that skips."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from fastgw._chunks import decode_chunked
from fastgw._exchange import Exchange
from fastgw._http import read_head
from fastgw.expr.engine import set_limits
from fastgw.expr.runtime.verifier import verify_by
from fastgw.gateway.deadlines import stop_clock, time_of_day
from fastgw.gateway.doors import Doors
from fastgw.gateway.downstream import Downstream
from fastgw.gateway.fabric_calls import FabricCalls
from fastgw.gateway.services import Services
from fastgw.rehearsal.backends import LIMITS, Call, StubPools, Stubs, body_of, field_lines
from fastgw.rehearsal.cases import Case, CaseError
from fastgw.rehearsal.loop import NothingHappens, RehearsalLoop
from fastgw.rehearsal.wires import Wire
from fastgw.snapshot import Snapshot
from fastgw.tls.presented import Presented

_SECTIONS = ("inbound", "backend", "outbound", "on-error")
_EPOCH_TICKS = 621_355_968_000_000_000
# A case whose program never ends is a case that fails.
_LONGEST = 3600.0


@dataclass(slots=True)
class Outcome:
    """What became of a case's request."""

    status: int = 0
    reason: str = ""
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""
    calls: list[Call] = field(default_factory=list)
    unanswered: list[str] = field(default_factory=list)
    variables: dict[str, Any] = field(default_factory=dict)
    error: dict[str, str | None] | None = None
    trace: list[str] = field(default_factory=list)
    steps: list[str] = field(default_factory=list)
    problem: str | None = None


def run_case(case: Case, snapshot: Snapshot) -> Outcome:
    """Run a case against a snapshot.

    Whatever goes wrong is the problem of this case alone, and nothing of it is left for the next one.
    """
    stubs = Stubs({pattern: list(answers) for pattern, answers in case.stubs.items()})
    outcome = Outcome()
    loop = RehearsalLoop()
    restore = _system_time
    set_limits(snapshot.expression_limits)
    verify_by(snapshot.caller_trust)
    try:
        restore = _set_time(case.time)
        loop.run_until_complete(asyncio.wait_for(_serve(case, snapshot, stubs, outcome, loop), _LONGEST))
    except NothingHappens:
        outcome.problem = "the request is never answered"
    except TimeoutError:
        outcome.problem = f"the request is not answered within {_LONGEST:g} s"
    except CaseError as error:
        outcome.problem = str(error)
    except Exception as error:
        outcome.problem = f"the case cannot be run: {type(error).__name__}: {error}"
    finally:
        _end_tasks(loop)
        restore()
        loop.close()
    outcome.calls = stubs.calls
    outcome.unanswered = stubs.unanswered
    outcome.problem = stubs.problem or outcome.problem
    return outcome


def _end_tasks(loop: RehearsalLoop) -> None:
    """End what is still under way, so that the connections of this case are closed like any other's."""
    tasks = asyncio.all_tasks(loop)
    if not tasks:
        return
    for task in tasks:
        task.cancel()
    with contextlib.suppress(NothingHappens):
        loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))


def _system_time() -> None:
    """Give the time of day back to the system."""
    stop_clock(0)


def _set_time(text: str | None) -> Callable[[], None]:
    """Set the clocks; what sets them back."""
    from fastgw.expr.library import clock

    if text is None:
        stop_clock(0)
        return _system_time
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise CaseError(f"time: '{text}' is no ISO 8601 time") from None
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    seconds = (aware - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds()
    stop_clock(_EPOCH_TICKS + round(seconds * 10_000_000))
    before = clock.replace(time_of_day)

    def restore() -> None:
        stop_clock(0)
        clock.replace(before)

    return restore


async def _serve(
    case: Case, snapshot: Snapshot, stubs: Stubs, outcome: Outcome, loop: asyncio.AbstractEventLoop
) -> None:
    pools = StubPools(loop, stubs)
    services = Services(loop, pools, FabricCalls(loop))
    doors = services.doors = Doors(services)
    services.install(snapshot)
    answered = loop.create_future()
    received = bytearray()

    def take(data: bytes) -> None:
        received.extend(data)
        if not answered.done() and _read_answer(bytes(received), case.request.method, outcome):
            answered.set_result(None)

    parts = urlsplit(case.request.url)
    connection = Downstream(services)
    connection.connection_made(Wire(case.request.client_address, take, tls=parts.scheme == "https"))
    if case.request.client_certificate:
        connection.present(Presented(case.request.client_certificate))
    connection.watch(lambda exchange: _note(exchange, outcome), _variables(case.variables))
    try:
        connection.data_received(_request_bytes(case))
        await answered
        await doors.close(_LONGEST)
    finally:
        connection.connection_lost(None)
        pools.close()


def _variables(values: dict[str, Any]) -> dict[str, Any]:
    """Variables as expressions see them: objects and lists are JSON."""
    from fastgw.expr.engine import load_library

    load_library()
    from fastgw.expr.library.json.reading import parse
    from fastgw.expr.runtime.text import inward

    found: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, (dict, list)):
            found[name] = parse(json.dumps(value))
        else:
            found[name] = inward(value) if isinstance(value, str) else value
    return found


def _request_bytes(case: Case) -> bytes:
    request = case.request
    parts = urlsplit(request.url)
    path = parts.path or "/"
    target = f"{path}?{parts.query}" if parts.query else path
    body = body_of(request.body, request.content)
    headers = dict(request.headers)
    if not any(name.lower() == "host" for name in headers):
        headers = {"Host": [parts.netloc or "gateway.test"], **headers}
    if not body and request.body is None and request.content is None:
        lines = "".join(f"{name}: {value}\r\n" for name, values in headers.items() for value in values or ())
    else:
        lines = field_lines(headers, body, request.content)
    head = f"{request.method} {target} HTTP/1.1\r\n{lines}\r\n"
    try:
        return head.encode("latin-1") + body
    except UnicodeEncodeError:
        raise CaseError("the request line and the headers must be Latin-1 text") from None


def _read_answer(data: bytes, method: str, outcome: Outcome) -> bool:
    """Whether the answer is whole; then it is in the outcome. 1xx answers are passed over.

    One that cannot be read is a problem, and nothing more is expected of it.
    """
    head = read_head(data, False, LIMITS)
    if head is None:
        return False
    if isinstance(head, int):
        outcome.problem = "the gateway sent an answer that cannot be read"
        return True
    if 100 <= head["status"] < 200:
        return _read_answer(data[head["size"] :], method, outcome)
    body = data[head["size"] :]
    bodiless = method == "HEAD" or head["status"] in (204, 304)
    if head["chunked"] and not bodiless:
        decoded = decode_chunked([body])
        if decoded is None or not decoded[1]:
            return False
        body = decoded[0]
    elif not bodiless and len(body) < max(head["content_length"], 0):
        return False
    outcome.status = head["status"]
    outcome.reason = (head["reason"] or b"").decode("latin-1")
    outcome.headers = [(n.decode("latin-1"), v.decode("latin-1")) for n, v in head["fields"]]
    outcome.body = body
    return True


def _note(exchange: Exchange, outcome: Outcome) -> None:
    """Take down what the exchange knows before it forgets."""
    outcome.variables = dict(exchange.variables or {})
    error = exchange.error
    if error is not None:
        outcome.error = {
            "source": error.source,
            "reason": error.reason,
            "message": error.message,
            "section": error.section,
            "path": error.path,
        }
    outcome.trace = [one or "" for one in exchange.traces or ()]
    shown: list[str] = []
    for section, site in exchange.steps_run or ():
        line = f"{_SECTIONS[section]}: {site.path} ({site.scope})"
        if not shown or shown[-1] != line:
            shown.append(line)
    outcome.steps = shown
    exchange.witness = None
