"""What expressions see of the configuration: the entities behind context.Api, Operation and Deployment.

Made once for each route; see fastgw.expr.library.context.entities for what they are.
"""

from __future__ import annotations

from typing import Any

from fastgw.expr.engine import load_library
from fastgw.model import Api, Configuration
from fastgw.model.api import Operation
from fastgw.policies.flow.mock_response import FACT, mocks_of
from fastgw.snapshot.certificates import Certificates

# What an instance is called that nobody has named (spec/expressions.md section 6.2).
_NAME = "fastgw"


class Facts:
    """The entities of one configuration as values of expressions; made when a program has some."""

    def __init__(self, configuration: Configuration, certificates: Certificates) -> None:
        load_library()
        from fastgw.expr.library.context import entities
        from fastgw.expr.library.context.dictionaries import STRING
        from fastgw.expr.library.context.dictionaries import Certificates as CertificateValues
        from fastgw.expr.library.context.urls import url_of_text
        from fastgw.expr.runtime.values import Array

        self._entities = entities
        self._array = Array
        self._string = STRING
        self._url = url_of_text
        self._deployment = entities.DeploymentEntity(
            region="",
            service_name=_NAME,
            service_id=_NAME,
            gateway_id=_NAME,
            gateway=entities.GatewayEntity(_NAME, _NAME, is_managed=False),
            certificates=CertificateValues(_certificates(configuration, certificates)),
        )

    def of_api(self, api: Api) -> dict[str, Any]:
        """What a request sees that matched an API and no operation of it."""
        names = self._entities.ParameterNames("Ocp-Apim-Subscription-Key", "subscription-key")
        entity = self._entities.ApiEntity(
            api.id,
            api.display_name,
            api.path,
            self._array(self._string, list(api.protocols)),
            self._url(api.service_url) if api.service_url is not None else None,
            names,
            api.api_revision,
            None,
            api.is_current,
        )
        return {"api": entity, "deployment": self._deployment}

    def of_operation(self, api: dict[str, Any], operation: Operation) -> dict[str, Any]:
        """What a request of an operation sees; `api` is what `of_api` gave."""
        entity = self._entities.OperationEntity(
            operation.id, operation.display_name, operation.method, operation.url_template
        )
        mocks = mocks_of(operation.responses)
        return {**api, "operation": entity, **({FACT: mocks} if mocks else {})}


def _certificates(configuration: Configuration, certificates: Certificates) -> dict[str, Any]:
    """The certificates by id, their private keys included: policies sign with them."""
    from fastgw.expr.library.crypto.x509 import X509Certificate2

    found = {}
    for entity in configuration.certificates:
        certificate = certificates.find(entity.id)
        if certificate is not None:
            found[entity.id] = X509Certificate2(certificate)
    return found
