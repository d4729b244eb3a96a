"""A backend: where requests may be sent, and how. A pool of backends is one, too.

The rules here are those between its parts; each part has a file of its own. Must never look up another
entity.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import Field, ValidationInfo, ValidatorFunctionWrapHandler, field_validator

from fastgw.model.balancing import (
    MOST_MEMBERS,
    BackendAddress,
    LoadBalancing,
    check_type,
    check_weights,
    distinct_urls,
)
from fastgw.model.breaker import CircuitBreaker
from fastgw.model.connection import Limits, Proxy
from fastgw.model.credentials import Credentials
from fastgw.model.health_check import HealthCheck
from fastgw.model.pool import Pool
from fastgw.model.record import Record, refusal
from fastgw.model.retry import Retry
from fastgw.model.service_fabric import check_service_name
from fastgw.model.service_fabric_cluster import BackendProperties
from fastgw.model.tls_checks import BackendTls
from fastgw.model.types import FreeId, check_backend_url

OF_MEMBERS: Final = (
    "protocol",
    "properties",
    "urls",
    "url",
    "health_check",
    "circuit_breaker",
    "credentials",
    "tls",
    "proxy",
    "limits",
)
"""What a pool does not have, only its members (spec/resilience.md section 3)."""


class Backend(Record):
    """A backend (spec/management-api.md section 14.12)."""

    id: FreeId
    """The backend-id of policies."""

    title: str | None = Field(default=None, min_length=1, max_length=300)
    """For people."""

    description: str | None = Field(default=None, min_length=1, max_length=2000)
    """For people."""

    type: Literal["Single", "Pool"] = "Single"
    """Single: it has addresses. Pool: it has members."""

    protocol: Literal["http", "soap"] = "http"
    """What the backend speaks; a SOAP backend is called as any other."""

    azure_region: str | None = Field(default=None, max_length=300)
    """For people."""

    resource_id: str | None = Field(default=None, min_length=1, max_length=2000)
    """The resource behind the backend, for people and tools."""

    properties: BackendProperties | None = None
    """Properties of special kinds of backends."""

    urls: tuple[BackendAddress, ...] = Field(default=(), max_length=MOST_MEMBERS)
    """Several addresses instead of one. Not an ARM name."""

    # The environment may have put a secret into it.
    url: Annotated[str, Field(min_length=1, max_length=2000)] | None = Field(
        default=None, validate_default=True, repr=False
    )
    """The address requests are sent to; http or https, or the name of a Service Fabric service."""

    pool: Pool | None = Field(default=None, validate_default=True)
    """The members of a pool."""

    load_balancing: LoadBalancing | None = None
    """How one of `urls` or of the members is chosen. Not an ARM name."""

    health_check: HealthCheck | None = None
    """How the addresses are watched. Not an ARM name."""

    retry: Retry | None = None
    """How requests are tried again. Not an ARM name."""

    circuit_breaker: CircuitBreaker | None = None
    """When requests are no longer sent."""

    credentials: Credentials = Credentials()
    """What the gateway shows the backend."""

    tls: BackendTls = BackendTls()
    """How the backend's certificate is judged."""

    proxy: Proxy | None = None
    """A forward proxy on the way to the backend."""

    limits: Limits = Limits()
    """Bounds of the connections to the backend."""

    # A member that was refused is absent from `info.data` below; it has its own message.

    # Before the next one, which then comes first: what does not belong here need not be distinct.
    @field_validator("urls", mode="wrap")
    @classmethod
    def _distinct(cls, value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
        return distinct_urls(value, handler)

    @field_validator(*OF_MEMBERS, mode="before")
    @classmethod
    def _of_members(cls, value: Any, info: ValidationInfo) -> Any:
        if info.data.get("type") != "Pool":
            return value
        name = str(info.field_name)
        default = cls.model_fields[name].default
        # An empty circuit breaker asks for one with default values.
        asks = name == "circuit_breaker" and value == {}
        if (isinstance(value, Record) and value == default) or (_says_nothing(value) and not asks):
            return default
        raise ValueError("does not go with type Pool; give it to the members of the pool")

    @field_validator("urls")
    @classmethod
    def _several(cls, value: tuple[BackendAddress, ...], info: ValidationInfo) -> tuple[BackendAddress, ...]:
        if value:
            _refuse_cluster(info)
        return check_weights(value)

    @field_validator("url")
    @classmethod
    def _one(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is None:
            if info.data.get("type") == "Single" and not info.data.get("urls", True):
                raise ValueError("is required, unless `urls` has several")
            return None
        found = ["and `urls` exclude each other; remove one of them"] if info.data.get("urls", True) else []
        try:
            _check_address(value, info)
        except ValueError as error:
            found.append(str(error))
        if found:
            raise refusal(*(((), said) for said in found))
        return value

    @field_validator("pool")
    @classmethod
    def _of_its_type(cls, value: Pool | None, info: ValidationInfo) -> Pool | None:
        kind = info.data.get("type")
        if value is None and kind == "Pool":
            raise ValueError("is required where the type is Pool")
        if value is not None and kind == "Single":
            raise ValueError("goes with type Pool only")
        return value

    @field_validator("load_balancing")
    @classmethod
    def _among_several(cls, value: LoadBalancing | None, info: ValidationInfo) -> LoadBalancing | None:
        if value is None:
            return None
        urls, pool = info.data.get("urls", ()), info.data.get("pool")
        if info.data.get("type") == "Single":
            _refuse_cluster(info)
            if "urls" in info.data and not urls:
                raise ValueError("needs `urls` or a pool: with one address there is nothing to balance")
        check_type(value, pool.weights() if pool else [[address.weight for address in urls]])
        return value

    @field_validator("health_check")
    @classmethod
    def _at_known_addresses(cls, value: HealthCheck | None, info: ValidationInfo) -> HealthCheck | None:
        if value is not None:
            _refuse_cluster(info)
        return value


def _says_nothing(value: Any) -> bool:
    """Whether it is null or empty to the bottom, as tools write what is not there."""
    if isinstance(value, Mapping):
        return all(_says_nothing(entry) for entry in value.values())
    return value is None or value in ("", (), [])


def _check_address(url: str, info: ValidationInfo) -> None:
    if not url.lower().startswith("fabric:"):
        check_backend_url(url)
    elif "properties" in info.data and not _is_cluster(info):
        raise ValueError("names a Service Fabric service, which needs `properties.serviceFabricCluster`")
    else:
        check_service_name(url)


def _is_cluster(info: ValidationInfo) -> bool:
    properties = info.data.get("properties")
    return properties is not None and properties.service_fabric_cluster is not None


def _refuse_cluster(info: ValidationInfo) -> None:
    if _is_cluster(info):
        raise ValueError(
            "does not go with `properties.serviceFabricCluster`: the cluster says where a service is"
        )
