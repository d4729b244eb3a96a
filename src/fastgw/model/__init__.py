"""The entities as frozen records; the one place other rooms import them from.

The records are the ARM contracts. They must never do I/O or know where they came from.
"""

from __future__ import annotations

from fastgw.model.api import Api, Operation, TemplateParameter
from fastgw.model.backend import Authorization, Backend, BackendTls, Credentials, Limits, Proxy
from fastgw.model.certificate import CaCertificate, Certificate
from fastgw.model.configuration import Configuration
from fastgw.model.gateway import ClientTimeouts, Gateway, Listener, Management
from fastgw.model.hostname import Hostname
from fastgw.model.named_value import NamedValue
from fastgw.model.policy import PolicySource
from fastgw.model.policy_fragment import PolicyFragment
from fastgw.model.record import Record

__all__ = [
    "Api",
    "Authorization",
    "Backend",
    "BackendTls",
    "CaCertificate",
    "Certificate",
    "ClientTimeouts",
    "Configuration",
    "Credentials",
    "Gateway",
    "Hostname",
    "Limits",
    "Listener",
    "Management",
    "NamedValue",
    "Operation",
    "PolicyFragment",
    "PolicySource",
    "Proxy",
    "Record",
    "TemplateParameter",
]
