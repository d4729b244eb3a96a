"""The entities that `context` shows: API, operation, product, subscription, user, deployment, last error.

Plain values, made when the configuration is built or by a test's fixture (spec/expressions.md 6.2).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from fastgw.expr.library.declare import Declared, define, define_enum
from fastgw.expr.runtime.values import EnumValue, NetObject
from fastgw.expr.types import NamedType

PRODUCT_STATE = define_enum("ProductState", {"NotPublished": 0, "Published": 1})


def product_state(name: str) -> EnumValue:
    """ProductState by name."""
    return EnumValue(PRODUCT_STATE.definition, PRODUCT_STATE.definition.constants[name])


class Entity(NetObject):
    """Base of the records below; `declared` is the interface that C# sees."""

    __slots__ = ()
    declared: Declared

    def net_type(self) -> NamedType:
        """The interface."""
        return self.declared.type


@dataclass(slots=True, eq=False)
class ParameterNames(Entity):
    """ISubscriptionKeyParameterNames."""

    header: str
    query: str


@dataclass(slots=True, eq=False)
class ApiEntity(Entity):
    """IContextApi; `protocols` and `service_url` are values of expressions already."""

    id: str
    name: str
    path: str
    protocols: Any
    service_url: Any
    parameter_names: ParameterNames
    revision: str = "1"
    version: str | None = None
    is_current_revision: bool = True


@dataclass(slots=True, eq=False)
class OperationEntity(Entity):
    """IOperation."""

    id: str
    name: str
    method: str
    url_template: str


@dataclass(slots=True, eq=False)
class GroupEntity(Entity):
    """IGroup."""

    id: str
    name: str


@dataclass(slots=True, eq=False)
class IdentityEntity(Entity):
    """IUserIdentity."""

    id: str
    provider: str


@dataclass(slots=True, eq=False)
class ProductEntity(Entity):
    """IProduct; `apis` and `groups` are arrays."""

    id: str
    name: str
    state: EnumValue
    approval_required: bool
    subscription_required: bool
    subscription_limit: int | None
    groups: Any
    apis: Any


@dataclass(slots=True, eq=False)
class SubscriptionEntity(Entity):
    """ISubscription; times are DateTime or None."""

    id: str
    name: str | None
    key: str
    primary_key: str
    secondary_key: str
    created_date: Any
    start_date: Any = None
    end_date: Any = None


@dataclass(slots=True, eq=False)
class UserEntity(Entity):
    """IUser."""

    id: str
    email: str
    first_name: str
    last_name: str
    note: str
    registration_date: Any
    groups: Any
    identities: Any


@dataclass(slots=True, eq=False)
class GatewayEntity(Entity):
    """IGateway."""

    id: str
    instance_id: str
    is_managed: bool


@dataclass(slots=True, eq=False)
class DeploymentEntity(Entity):
    """IDeployment; `certificates` is a dictionary by certificate id."""

    region: str
    service_name: str
    service_id: str
    gateway_id: str
    gateway: GatewayEntity
    certificates: Any


@dataclass(slots=True, eq=False)
class ErrorEntity(Entity):
    """ILastError."""

    source: str
    reason: str | None
    message: str
    scope: str | None = None
    section: str | None = None
    path: str | None = None
    policy_id: str | None = None
    http_error_code: int = 500


@dataclass(slots=True, eq=False)
class BackendEntity(Entity):
    """IBackend."""

    id: str
    type: EnumValue
    azure_region: str | None = None


@dataclass(slots=True, eq=False)
class Authorization(Entity):
    """Authorization, of get-authorization-context."""

    access_token: str
    claims: Any = field(default=None)


BACKEND_TYPE = define_enum("BackendType", {"Single": 0, "Pool": 1})


def _interface(interface: str, python: type[Entity], /, *bases: str, **attributes: str) -> Declared:
    """Declare an interface whose properties are attributes: C# type and name -> attribute."""
    declared = define(interface, "interface", interfaces=bases, python=(python,))
    python.declared = declared
    for attribute, signatures in attributes.items():
        for signature in signatures.split(" | "):
            declared.attribute(signature, attribute)
    return declared


_interface("ISubscriptionKeyParameterNames", ParameterNames, header="string Header", query="string Query")
_interface(
    "IOperation",
    OperationEntity,
    id="string Id",
    name="string Name",
    method="string Method",
    url_template="string UrlTemplate",
)
_interface("IGroup", GroupEntity, id="string Id", name="string Name")
_interface("IUserIdentity", IdentityEntity, id="string Id", provider="string Provider")
API = define("IApi", "interface")
for _attribute, _signature in {
    "id": "string Id",
    "name": "string Name",
    "path": "string Path",
    "protocols": "IEnumerable<string> Protocols",
    "service_url": "IUrl ServiceUrl",
    "parameter_names": "ISubscriptionKeyParameterNames SubscriptionKeyParameterNames",
}.items():
    API.attribute(_signature, _attribute)
_interface(
    "IContextApi",
    ApiEntity,
    "IApi",
    is_current_revision="bool IsCurrentRevision",
    revision="string Revision",
    version="string Version",
)
_interface(
    "IProduct",
    ProductEntity,
    id="string Id",
    name="string Name",
    state="ProductState State",
    approval_required="bool ApprovalRequired",
    subscription_required="bool SubscriptionRequired",
    # Both spellings are documented.
    subscription_limit="int? SubscriptionLimit | int? SubscriptionsLimit",
    groups="IEnumerable<IGroup> Groups",
    apis="IEnumerable<IApi> Apis",
)
_interface(
    "ISubscription",
    SubscriptionEntity,
    id="string Id",
    name="string Name",
    key="string Key",
    primary_key="string PrimaryKey",
    secondary_key="string SecondaryKey",
    created_date="DateTime CreatedDate | DateTime CreatedTime",
    start_date="DateTime? StartDate",
    end_date="DateTime? EndDate",
)
_interface(
    "IUser",
    UserEntity,
    id="string Id",
    email="string Email",
    first_name="string FirstName",
    last_name="string LastName",
    note="string Note",
    registration_date="DateTime RegistrationDate",
    groups="IEnumerable<IGroup> Groups",
    identities="IEnumerable<IUserIdentity> Identities",
)
_interface(
    "IGateway", GatewayEntity, id="string Id", instance_id="string InstanceId", is_managed="bool IsManaged"
)
_interface(
    "IDeployment",
    DeploymentEntity,
    region="string Region",
    service_name="string ServiceName",
    service_id="string ServiceId",
    gateway_id="string GatewayId",
    gateway="IGateway Gateway",
    certificates="IReadOnlyDictionary<string, X509Certificate2> Certificates",
)
_interface(
    "ILastError",
    ErrorEntity,
    source="string Source",
    reason="string Reason",
    message="string Message",
    scope="string Scope",
    section="string Section",
    path="string Path",
    policy_id="string PolicyId",
    http_error_code="int HttpErrorCode",
)
_interface(
    "IBackend", BackendEntity, id="string Id", type="BackendType Type", azure_region="string AzureRegion"
)
_AUTHORIZATION = define("Authorization", "class", python=(Authorization,))
_AUTHORIZATION.attribute("string AccessToken", "access_token")
_AUTHORIZATION.attribute("IReadOnlyDictionary<string, object> Claims", "claims")
Authorization.declared = _AUTHORIZATION
