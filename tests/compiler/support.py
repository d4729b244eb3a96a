"""What the tests of the compiler and of the policies share: a resolver, an expression compiler, a door."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from fastgw.compiler import CompiledDocument, PolicyCompiler, Programs, ValueType, listing
from fastgw.compiler.nodes import Places
from fastgw.errors import Diagnostics, Position
from fastgw.model.policy import PolicySource
from fastgw.model.service_fabric import FabricCall
from fastgw.policies import REGISTRY


@dataclass(frozen=True)
class NamedValue:
    value: str
    secret: bool = False
    unread: bool = False


@dataclass(frozen=True)
class Target:
    id: str


@dataclass(frozen=True)
class FabricTarget(Target):
    fabric: bool = True
    call: FabricCall | None = None


@dataclass(frozen=True)
class Credential:
    id: str


THUMBPRINT = "0123456789ABCDEF0123456789ABCDEF01234567"


class FakeResolver:
    """Knows two backends, of which `cluster` is on Service Fabric, a certificate, and any http URL.

    `entries` are further certificates that callers are recognised by.
    """

    def __init__(self, entries: dict[str, object] | None = None) -> None:
        self.entries = entries or {}

    def backend(self, id: str) -> Target | None:
        return {"orders": Target(id), "cluster": FabricTarget(id)}.get(id)

    def fabric_target(self, target: object, call: FabricCall) -> FabricTarget:
        assert isinstance(target, FabricTarget)
        return replace(target, call=call)

    def url(self, base_url: str) -> Target:
        if not base_url.startswith("http"):
            raise ValueError(f"'{base_url}' is no http or https URL")
        return Target(base_url)

    def certificate(self, id: str) -> Credential | None:
        return Credential(id) if id in self.certificate_ids() else None

    def thumbprint(self, hex: str) -> Credential | None:
        return Credential(hex) if hex == THUMBPRINT else None

    def recognised(self, id: str) -> object | None:
        return self.entries.get(id) or self.certificate(id)

    def pfx(self, data: bytes, password: str | None) -> Credential:
        if password != "right":
            raise ValueError(f"the password {password} does not open it")
        return Credential(f"pfx of {len(data)} bytes")

    def backend_ids(self) -> tuple[str, ...]:
        return ("orders", "cluster")

    def certificate_ids(self) -> tuple[str, ...]:
        return ("client",)


class FakeExpressions:
    """Expressions look their source up in the exchange, which in these tests is a dict."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Position, ValueType]] = []

    def compile(
        self,
        source: str,
        position: Position,
        wanted: ValueType,
        diagnostics: Diagnostics,
        places: Places | None = None,
    ) -> Callable[[Any], object] | None:
        if "bad" in source:
            diagnostics.error(f"cannot compile {source}", position)
            return None
        self.asked.append((source, position, wanted))
        return lambda exchange: exchange[source]


class Bench:
    """A compiler with everything faked around it, and what it found."""

    def __init__(
        self,
        named_values: Mapping[str, NamedValue] | None = None,
        fragments: Mapping[str, str] | None = None,
        expressions: Any = None,
        entries: dict[str, object] | None = None,
    ) -> None:
        self.diagnostics = Diagnostics()
        self.expressions = expressions or FakeExpressions()
        self.compiler = PolicyCompiler(
            named_values or {},
            {id: source(text, f"{id}.xml") for id, text in (fragments or {}).items()},
            FakeResolver(entries),
            self.expressions,
            REGISTRY,
            self.diagnostics,
        )

    def document(self, text: str, scope: str = "api", file: str = "p.xml") -> CompiledDocument | None:
        return self.compiler.document(source(text, file), scope, f"{scope} x")

    def programs(self, text: str, scope: str = "api") -> Programs:
        """The programs of one document of ``scope``; it must have no errors."""
        document = self.document(text, scope)
        assert document is not None, self.findings()
        places = {"global": (document, None, None), "api": (None, document, None)}
        return self.compiler.programs(*places.get(scope, (None, None, document)), None, f"{scope} x")

    def inbound(self, statements: str) -> list[Any]:
        """The steps of these inbound statements."""
        return list(self.programs(f"<policies><inbound>{statements}</inbound></policies>").inbound.steps)

    def lines(self, program: Any) -> list[str]:
        """The listing of a program, without its heading."""
        return listing(program, self.compiler.hidden).splitlines()[1:]

    def findings(self) -> list[str]:
        """All diagnostics as `line:column severity message`."""
        return [
            f"{found.position.line}:{found.position.column} {found.severity} {found.message}"
            if found.position
            else f"- {found.severity} {found.message}"
            for found in self.diagnostics
        ]


def source(text: str, file: str = "p.xml") -> PolicySource:
    return PolicySource(text, file, 1, 1, 0)
