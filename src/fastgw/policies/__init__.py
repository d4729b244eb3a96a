"""Every policy that is built, listed once.

A new policy is its own file, one line here, its test and its cases. Nothing here may know XML text or
requests: schemas and lowerings stand with the policies.
"""

from __future__ import annotations

from fastgw.compiler.schema import PolicySchema, Registry
from fastgw.policies.access.authentication_basic import AUTHENTICATION_BASIC
from fastgw.policies.access.authentication_certificate import AUTHENTICATION_CERTIFICATE
from fastgw.policies.flow.base import BASE
from fastgw.policies.flow.choose import CHOOSE
from fastgw.policies.flow.include_fragment import INCLUDE_FRAGMENT
from fastgw.policies.flow.return_response import RETURN_RESPONSE
from fastgw.policies.reference import REFERENCE
from fastgw.policies.routing.forward_request import FORWARD_REQUEST
from fastgw.policies.routing.set_backend_service import SET_BACKEND_SERVICE
from fastgw.policies.transform.rewrite_uri import REWRITE_URI
from fastgw.policies.transform.set_header import SET_HEADER
from fastgw.policies.transform.set_method import SET_METHOD
from fastgw.policies.transform.set_query_parameter import SET_QUERY_PARAMETER
from fastgw.policies.transform.set_status import SET_STATUS
from fastgw.policies.transform.set_variable import SET_VARIABLE

POLICIES: tuple[PolicySchema, ...] = (
    AUTHENTICATION_BASIC,
    AUTHENTICATION_CERTIFICATE,
    BASE,
    CHOOSE,
    FORWARD_REQUEST,
    INCLUDE_FRAGMENT,
    RETURN_RESPONSE,
    REWRITE_URI,
    SET_BACKEND_SERVICE,
    SET_HEADER,
    SET_METHOD,
    SET_QUERY_PARAMETER,
    SET_STATUS,
    SET_VARIABLE,
)

REGISTRY = Registry({policy.name: policy for policy in POLICIES}, REFERENCE)
"""What `PolicyCompiler` takes as its registry."""

__all__ = ["POLICIES", "REGISTRY"]
