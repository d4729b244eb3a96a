"""What the contracts have and this version refuses, and what the author should do instead.

A member listed here is refused by its own name, so that nobody takes it for a typing error. When a
capability is built, its row goes. Must never list something that is accepted.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_REMOVE: Final = "remove it"

MEMBERS: Final[Mapping[str, Mapping[str, str]]] = {
    "": {
        "products": _REMOVE,
        "subscriptions": _REMOVE,
    },
    "hostname": dict.fromkeys(
        (
            "keyVaultId",
            "identityClientId",
            "encodedCertificate",
            "certificatePassword",
            "tls10Enabled",
            "tls11Enabled",
            "http2Enabled",
        ),
        "name an entry of `certificates` with certificateId and remove it",
    ),
    "CA certificate": {"keyVault": "use `file` or `data`"},
    "backend": {
        "credentials.managedIdentity": _REMOVE,
        "credentials.oauth2": _REMOVE,
    },
    "policy fragment": {"format": "the document is read as it is written"},
    "api": {
        **dict.fromkeys(
            (
                "apiVersion",
                "apiVersionDescription",
                "apiVersionSet",
                "apiVersionSetId",
                "apiRevisionDescription",
                "sourceApiId",
                "isOnline",
                "authenticationSettings",
                "contact",
                "license",
                "termsOfServiceUrl",
                "mcpProperties",
                "mcpTools",
                "backendId",
                "wsdlSelector",
                "translateRequiredQueryParameters",
            ),
            _REMOVE,
        ),
        "subscriptionKeyParameterNames": _REMOVE,
        "openapi": "list the operations",
        "format": "list the operations",
        "value": "list the operations",
        "apiType": "use `type`",
    },
    "operation": {
        **dict.fromkeys(
            (
                "request",
                "responses.headers.schemaId",
                "responses.headers.typeName",
                "responses.representations.schemaId",
                "responses.representations.typeName",
                "responses.representations.formParameters.schemaId",
                "responses.representations.formParameters.typeName",
                "templateParameters.schemaId",
                "templateParameters.typeName",
                "templateParameters.examples",
            ),
            _REMOVE,
        ),
        "policies": "use `policy`",
    },
}
"""Kind -> member by its path without indices -> what to do."""

VALUES: Final[Mapping[str, Mapping[str, Mapping[str | bool, str]]]] = {
    "api": {
        "protocols": dict.fromkeys(("ws", "wss"), "WebSocket APIs are not supported yet; use http or https"),
        "type": dict.fromkeys(
            ("soap", "websocket", "graphql", "odata", "grpc", "mcp", "a2a"),
            "this type of API is not supported yet; use http",
        ),
        "isCurrent": {False: "revisions are not supported yet; remove it"},
        "subscriptionRequired": {
            True: "subscription keys are not supported yet, write `subscriptionRequired: false`"
        },
    },
}
"""Kind -> member by its path without indices -> value -> the whole message."""

MISSING: Final[Mapping[str, Mapping[str, str]]] = {
    "api": {
        # ARM's default is true, which is what cannot be served; silence must not open an API.
        "subscriptionRequired": "it is true where it is absent and subscription keys are not supported yet, "
        "write `subscriptionRequired: false`"
    }
}
"""Kind -> required member -> why its absence is refused, where the absence has a meaning in ARM."""

NOT_ONE_OF: Final[Mapping[str, Mapping[str, str]]] = {
    "api": {"apiRevision": 'revisions are not supported yet; write "1" or remove it'},
    "gateway": {"management": "must be a mapping with a `url`, or the word off"},
}
"""Kind -> member -> the message for any value but the one that is accepted."""
