"""The entities as frozen records; the one place other rooms import them from.

The records are the ARM contracts. They must never do I/O or know where they came from.
"""

from __future__ import annotations

from fastgw.model.api import Api, Operation, TemplateParameter
from fastgw.model.backend import Backend
from fastgw.model.balancing import BackendAddress, LoadBalancing
from fastgw.model.breaker import BreakerRule, CircuitBreaker, FailureCondition, SlowCall
from fastgw.model.certificate import CaCertificate, Certificate
from fastgw.model.configuration import Configuration
from fastgw.model.connection import Limits, Proxy
from fastgw.model.credentials import Authorization, Credentials
from fastgw.model.failure import FailureResponse, StatusCodeRange
from fastgw.model.gateway import (
    ClientTimeouts,
    ExpressionLimits,
    Gateway,
    Listener,
    Management,
    Revocation,
    RevocationMode,
)
from fastgw.model.health_check import HealthCheck
from fastgw.model.hostname import Hostname
from fastgw.model.key_vault import KeyVault, KeyVaultSecret
from fastgw.model.named_value import NamedValue
from fastgw.model.policy import PolicySource
from fastgw.model.policy_fragment import PolicyFragment
from fastgw.model.pool import Pool, PoolService, SessionAffinity, SessionId
from fastgw.model.record import Record
from fastgw.model.responses import Example, OperationResponse, Parameter, Representation
from fastgw.model.retry import Retry
from fastgw.model.service_fabric_cluster import BackendProperties, ServiceFabricCluster
from fastgw.model.tls_checks import BackendTls, X509CertificateName

__all__ = [
    "Api",
    "Authorization",
    "Backend",
    "BackendAddress",
    "BackendProperties",
    "BackendTls",
    "BreakerRule",
    "CaCertificate",
    "Certificate",
    "CircuitBreaker",
    "ClientTimeouts",
    "Configuration",
    "Credentials",
    "Example",
    "ExpressionLimits",
    "FailureCondition",
    "FailureResponse",
    "Gateway",
    "HealthCheck",
    "Hostname",
    "KeyVault",
    "KeyVaultSecret",
    "Limits",
    "Listener",
    "LoadBalancing",
    "Management",
    "NamedValue",
    "Operation",
    "OperationResponse",
    "Parameter",
    "PolicyFragment",
    "PolicySource",
    "Pool",
    "PoolService",
    "Proxy",
    "Record",
    "Representation",
    "Retry",
    "Revocation",
    "RevocationMode",
    "ServiceFabricCluster",
    "SessionAffinity",
    "SessionId",
    "SlowCall",
    "StatusCodeRange",
    "TemplateParameter",
    "X509CertificateName",
]
