"""Every policy that is built, listed once.

A new policy is its own file, one line here, its test and its cases. Nothing here may know XML text or
requests: schemas and lowerings stand with the policies.
"""

from __future__ import annotations

from fastgw.compiler.schema import PolicySchema, Registry
from fastgw.policies.access.authentication_basic import AUTHENTICATION_BASIC
from fastgw.policies.access.authentication_certificate import AUTHENTICATION_CERTIFICATE
from fastgw.policies.access.check_header import CHECK_HEADER
from fastgw.policies.access.ip_filter import IP_FILTER
from fastgw.policies.access.limit_concurrency import LIMIT_CONCURRENCY
from fastgw.policies.access.validate_client_certificate import VALIDATE_CLIENT_CERTIFICATE
from fastgw.policies.crossdomain.cors import CORS
from fastgw.policies.crossdomain.cross_domain import CROSS_DOMAIN
from fastgw.policies.crossdomain.jsonp import JSONP
from fastgw.policies.flow.base import BASE
from fastgw.policies.flow.choose import CHOOSE
from fastgw.policies.flow.include_fragment import INCLUDE_FRAGMENT
from fastgw.policies.flow.mock_response import MOCK_RESPONSE
from fastgw.policies.flow.retry import RETRY
from fastgw.policies.flow.return_response import RETURN_RESPONSE
from fastgw.policies.flow.wait import WAIT
from fastgw.policies.integration.send_one_way_request import SEND_ONE_WAY_REQUEST
from fastgw.policies.integration.send_request import SEND_REQUEST
from fastgw.policies.logging.emit_metric import EMIT_METRIC
from fastgw.policies.logging.trace import TRACE
from fastgw.policies.reference import REFERENCE
from fastgw.policies.routing.forward_request import FORWARD_REQUEST
from fastgw.policies.routing.proxy import PROXY
from fastgw.policies.routing.set_backend_service import SET_BACKEND_SERVICE
from fastgw.policies.transform.find_and_replace import FIND_AND_REPLACE
from fastgw.policies.transform.json_to_xml import JSON_TO_XML
from fastgw.policies.transform.redirect_content_urls import REDIRECT_CONTENT_URLS
from fastgw.policies.transform.rewrite_uri import REWRITE_URI
from fastgw.policies.transform.set_body import SET_BODY
from fastgw.policies.transform.set_header import SET_HEADER
from fastgw.policies.transform.set_method import SET_METHOD
from fastgw.policies.transform.set_query_parameter import SET_QUERY_PARAMETER
from fastgw.policies.transform.set_status import SET_STATUS
from fastgw.policies.transform.set_variable import SET_VARIABLE
from fastgw.policies.transform.xml_to_json import XML_TO_JSON
from fastgw.policies.transform.xsl_transform import XSL_TRANSFORM

POLICIES: tuple[PolicySchema, ...] = (
    AUTHENTICATION_BASIC,
    AUTHENTICATION_CERTIFICATE,
    BASE,
    CHECK_HEADER,
    CHOOSE,
    CORS,
    CROSS_DOMAIN,
    EMIT_METRIC,
    FIND_AND_REPLACE,
    FORWARD_REQUEST,
    INCLUDE_FRAGMENT,
    IP_FILTER,
    JSONP,
    JSON_TO_XML,
    LIMIT_CONCURRENCY,
    MOCK_RESPONSE,
    PROXY,
    REDIRECT_CONTENT_URLS,
    RETRY,
    RETURN_RESPONSE,
    REWRITE_URI,
    SEND_ONE_WAY_REQUEST,
    SEND_REQUEST,
    SET_BACKEND_SERVICE,
    SET_BODY,
    SET_HEADER,
    SET_METHOD,
    SET_QUERY_PARAMETER,
    SET_STATUS,
    SET_VARIABLE,
    TRACE,
    VALIDATE_CLIENT_CERTIFICATE,
    WAIT,
    XML_TO_JSON,
    XSL_TRANSFORM,
)

REGISTRY = Registry({policy.name: policy for policy in POLICIES}, REFERENCE)
"""What `PolicyCompiler` takes as its registry."""

__all__ = ["POLICIES", "REGISTRY"]
