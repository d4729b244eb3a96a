# What Python sees of the compiled module of this name; the rest is in its .pxd, for compiled siblings.

from collections.abc import Callable
from typing import Any

from fastgw._http import Head
from fastgw._program import ForwardOptions, Program, Site

class Target:
    # Set by gateway.pools: the pool that serves this target with this certificate.
    pool: Any
    pool_certificate: Any
    # A fastgw._balance.Balancer, which knows this class in its turn.
    balancer: Any
    fabric: Any
    def __init__(
        self,
        *,
        scheme: str,
        host: str,
        port: int,
        host_header: bytes,
        base_path: bytes,
        backend_id: str | None = None,
        credentials: Program | None = None,
        certificate: Any = None,
        connection: Any = None,
    ) -> None: ...
    @property
    def backend_id(self) -> str | None: ...
    @property
    def scheme(self) -> str: ...
    @property
    def host(self) -> str: ...
    @property
    def port(self) -> int: ...
    @property
    def host_header(self) -> bytes: ...
    @property
    def base_path(self) -> bytes: ...
    @property
    def credentials(self) -> Program | None: ...
    @property
    def certificate(self) -> Any: ...
    @property
    def connection(self) -> Any: ...

class Route:
    def __init__(
        self,
        api_id: str,
        operation_id: str | None,
        inbound: Program,
        backend: Program,
        outbound: Program,
        on_error: Program,
        target: Target | None,
        parameters: tuple[bytes, ...] = (),
        query_parameters: tuple[tuple[bytes, bytes], ...] = (),
        facts: dict[str, Any] | None = None,
    ) -> None: ...
    @property
    def facts(self) -> dict[str, Any]: ...
    @property
    def api_id(self) -> str: ...
    @property
    def operation_id(self) -> str | None: ...
    @property
    def inbound(self) -> Program: ...
    @property
    def backend(self) -> Program: ...
    @property
    def outbound(self) -> Program: ...
    @property
    def on_error(self) -> Program: ...
    @property
    def target(self) -> Target | None: ...
    @property
    def parameters(self) -> tuple[bytes, ...]: ...
    @property
    def computes(self) -> bool: ...
    # Operands of cors policies: objects with a method `preflight(exchange) -> bool`.
    @property
    def preflight(self) -> tuple[Any, ...]: ...
    @property
    def query_parameters(self) -> tuple[tuple[bytes, bytes], ...]: ...

class LastError:
    source: str
    reason: str | None
    message: str
    log_message: str | None
    scope: str | None
    section: str | None
    path: str | None
    policy_id: str | None
    def __init__(
        self,
        source: str,
        reason: str | None,
        message: str,
        scope: str | None = None,
        section: str | None = None,
        path: str | None = None,
        policy_id: str | None = None,
    ) -> None: ...

class Exchange:
    snapshot: Any
    route: Route | None
    target: Target | None
    certificate: Any
    # fastgw.outbound.OutboundProxy, which knows nothing of this class.
    proxy: Any
    variables: dict[str, Any] | None
    answer_fields: list[tuple[bytes, bytes | None]] | None
    body: bytes | None
    forward: ForwardOptions | None
    error: LastError | None
    received_method: bytes | None
    received_host: bytes | None
    peer: bytes | None
    caller_certificate: Any  # tls.presented.Presented or None
    arrived_at: int
    facts: dict[str, Any] | None
    traces: list[str | None] | None
    witness: Callable[[Exchange], object] | None
    steps_run: list[tuple[int, Site]] | None
    # A fastgw.expr.library.context.views.Context, which knows this class in its turn.
    context: Any
    request_body: bytes | None
    request_has_body: bool
    request_consumed: bool
    response_consumed: bool
    error_status: int
    error_message: str
    reply_body: bytes | None
    failing: bool
    # A fastgw.policies._api.Waits while a step waits.
    waiting_for: Any
    @property
    def replied(self) -> bool: ...
    @property
    def needed(self) -> int: ...
    @property
    def delay(self) -> float: ...
    @property
    def section(self) -> int: ...
    @property
    def turn(self) -> int: ...
    @property
    def id(self) -> str: ...
    def set_body(self, message: int, body: bytes | None) -> None: ...
    def read_request(self, head: bytes, scheme: str = "http") -> None: ...
    def read_response(self, head: bytes) -> None: ...
    def aim(self, target: Target | None, url: bytes) -> None: ...
    @property
    def request(self) -> Head: ...
    @property
    def response(self) -> Head: ...
    @property
    def reply(self) -> Head: ...
