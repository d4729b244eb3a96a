"""Runs statements of one section on a real exchange, without a gateway: their expressions are evaluated."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from fastgw._core import Verdict, run_part
from fastgw._exchange import Exchange, Route
from fastgw._shared import Segment
from fastgw.compiler.engine import Expressions
from fastgw.expr.library.context.views import context_of
from tests.compiler.support import Bench, NamedValue

SECTIONS = {"inbound": 0, "backend": 1, "outbound": 2, "on-error": 3}


class Snapshot(SimpleNamespace):
    """As much of a snapshot as policies ask for."""

    def __init__(self) -> None:
        super().__init__(segment=Segment(seats=1))

    def caller_address(self, peer: bytes, fields: object) -> str:
        return peer.decode()


class Ran:
    """What became of an exchange. Waits between retries are noted and not waited for."""

    def __init__(
        self,
        statements: str,
        *,
        section: str = "inbound",
        fields: str = "",
        peer: str = "192.0.2.1",
        facts: dict[str, Any] | None = None,
        snapshot: Snapshot | None = None,
        response: tuple[str, bytes] | None = None,
        query: str = "",
        traced: bool = False,
        secrets: dict[str, str] | None = None,
        entries: dict[str, object] | None = None,
        presented: object = None,
    ) -> None:
        self.bench = Bench(
            expressions=Expressions(),
            entries=entries,
            named_values={name: NamedValue(value, secret=True) for name, value in (secrets or {}).items()},
        )
        programs = self.bench.programs(f"<policies><{section}>{statements}</{section}></policies>")
        program = programs[SECTIONS[section]]
        self.exchange = Exchange()
        self.exchange.read_request(f"GET /x{query} HTTP/1.1\r\nHost: gw\r\n{fields}\r\n".encode())
        if response is not None:
            self.exchange.read_response(f"HTTP/1.1 {response[0]}\r\n\r\n".encode())
            self.exchange.body = response[1]
        self.exchange.peer = peer.encode()
        self.exchange.caller_certificate = presented
        self.exchange.snapshot = snapshot or Snapshot()
        self.exchange.route = Route("orders", "get-order", *programs, None, facts=facts)
        if traced:
            self.exchange.traces = []
        self.waits: list[float] = []
        at, regions = 0, None
        while True:
            self.verdict, at, regions = run_part(program, self.exchange, at, regions)
            if self.verdict == Verdict.SLEEP:
                self.waits.append(self.exchange.delay)
            elif self.verdict != Verdict.BODY_NEEDED:
                break
        self.regions = regions or []

    @property
    def passed(self) -> bool:
        """Whether the section ended without an answer and without an error."""
        return self.verdict == Verdict.DONE

    @property
    def failure(self) -> tuple[str | None, int, str]:
        """Reason, status and public message of the error."""
        assert self.verdict == Verdict.FAILED
        assert self.exchange.error is not None
        return self.exchange.error.reason, self.exchange.error_status, self.exchange.error_message

    def variable(self, name: str) -> Any:
        return (self.exchange.variables or {}).get(name)

    def answer(self) -> tuple[int, dict[bytes, bytes], bytes | None]:
        """Status, fields and body of the answer that was made."""
        assert self.verdict == Verdict.ANSWERED
        context: Any = context_of(self.exchange)
        status = context.response.status
        return status, dict(self.exchange.response.items()), self.exchange.body
