# What Python sees of the compiled module of this name; the rest is in its .pxd, for compiled siblings.

from collections.abc import Callable

from fastgw._exchange import Target
from fastgw.gateway.pool import Pool
from fastgw.gateway.services import Services
from fastgw.gateway.upstream import Sink
from fastgw.model import HealthCheck

class HealthProbe(Sink):
    def __init__(
        self,
        services: Services,
        check: HealthCheck,
        judge: Callable[[bool, str], object],
        end: Callable[[], object],
    ) -> None: ...
    def begin(self, target: Target, pool: Pool) -> None: ...
    def cancel(self) -> None: ...
