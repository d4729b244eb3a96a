# What Python sees of the compiled module of this name; the rest is in its .pxd, for compiled siblings.

from typing import Any

from fastgw._http import Head
from fastgw._program import ForwardOptions, Program

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
    ) -> None: ...
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
    def query_parameters(self) -> tuple[tuple[bytes, bytes], ...]: ...

class LastError:
    source: str
    reason: str | None
    message: str
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
    variables: dict[str, Any] | None
    body: bytes | None
    forward: ForwardOptions | None
    error: LastError | None
    @property
    def request(self) -> Head: ...
    @property
    def response(self) -> Head: ...
    @property
    def reply(self) -> Head: ...
