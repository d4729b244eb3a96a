"""Reads secrets with azure-keyvault-secrets and azure-identity.

Only the process that reads vaults imports this. Retries are made by `reading`, which knows the whole; so the
libraries' own are off, and every attempt has one time limit. Redirects are not followed.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Self

from azure.core.pipeline.transport import AioHttpTransport
from azure.identity import aio as identity
from azure.keyvault.secrets.aio import SecretClient

from fastgw.model.key_vault import parse_secret_identifier
from fastgw.vault.failures import explain, unusable
from fastgw.vault.reading import Secret
from fastgw.vault.records import Access, SecretError, Wanted
from fastgw.vault.session import make_session

if TYPE_CHECKING:
    from azure.core.credentials_async import AsyncTokenCredential

# The chain "auto" is environment, workload identity, managed identity, Azure CLI.
_NOT_IN_AUTO = (
    "developer_cli",
    "powershell",
    "visual_studio_code",
    "shared_token_cache",
    "interactive_browser",
    "broker",
)


class AzureVaults:
    """The vaults that secrets live in; a context manager that closes its connections.

    `tls` is a context of other authorities than those of the system.
    """

    def __init__(self, tls: ssl.SSLContext | bool = True) -> None:
        self._tls = tls

    async def __aenter__(self) -> Self:
        # What goes wrong is logged with the entity that it concerns.
        logging.getLogger("azure").setLevel(logging.CRITICAL)
        self._session = make_session(self._tls)
        self._credentials: dict[Access, AsyncTokenCredential] = {}
        self._clients: dict[tuple[Access, str, bool], SecretClient] = {}
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()

    def keep(self, wanted: Iterable[Wanted]) -> None:
        """Forget the credentials, their tokens and the clients of what is not read any more."""
        kept = {one.access for one in wanted}
        self._credentials = {access: one for access, one in self._credentials.items() if access in kept}
        self._clients = {key: one for key, one in self._clients.items() if key[0] in kept}

    async def read(self, wanted: Wanted) -> Secret:
        """The secret as it is now. Raises SecretError."""
        place = parse_secret_identifier(wanted.key.secret_identifier)
        access = wanted.access
        hidden = () if access.client_secret is None else (access.client_secret.get_secret_value(),)
        try:
            client = self._client(access, place.vault, wanted.verify_challenge)
        except Exception as error:
            raise unusable(access.credential, error, hidden) from None
        try:
            async with asyncio.timeout(access.request_timeout):
                found = await client.get_secret(place.name, place.version)
        except Exception as error:
            raise explain(error, hidden) from None
        properties = found.properties
        if not isinstance(found.value, str):
            raise SecretError("InvalidResponse", "the vault's answer holds no value")
        return Secret(
            found.value,
            properties.content_type,
            properties.version,
            properties.not_before,
            properties.expires_on,
        )

    def _client(self, access: Access, vault: str, verify: bool) -> SecretClient:
        key = (access, vault, verify)
        client = self._clients.get(key)
        if client is None:
            credential = self._credentials.get(access)
            if credential is None:
                credential = self._credentials[access] = self._credential(access)
            client = self._clients[key] = SecretClient(
                vault, credential, verify_challenge_resource=verify, **self._plain()
            )
        return client

    def _plain(self) -> dict[str, Any]:
        """What every client of the libraries is given."""
        transport = AioHttpTransport(session=self._session, session_owner=False)
        return {"transport": transport, "retry_total": 0, "permit_redirects": False}

    def _credential(self, access: Access) -> AsyncTokenCredential:
        plain = self._plain()
        if access.authority_host is not None:
            plain["authority"] = access.authority_host
        tenant, client = access.tenant_id or "", access.client_id or ""
        if access.credential == "clientSecret":
            secret = access.client_secret.get_secret_value() if access.client_secret else ""
            return identity.ClientSecretCredential(tenant, client, secret, **plain)
        if access.credential == "clientCertificate":
            data = access.client_certificate
            return identity.CertificateCredential(tenant, client, certificate_data=data, **plain)
        if access.credential == "environment":
            return identity.EnvironmentCredential(**plain)
        if access.credential == "managedIdentity":
            return identity.ManagedIdentityCredential(client_id=access.identity, **plain)
        if access.credential == "cli":
            # The tool has a limit of its own, and the attempt one beside it.
            limit = max(1, int(access.request_timeout))
            return identity.AzureCliCredential(tenant_id=tenant, process_timeout=limit)
        if access.credential == "workloadIdentity":
            named = {"tenant_id": access.tenant_id, "client_id": access.identity or access.client_id}
            given = {name: value for name, value in named.items() if value is not None}
            return identity.WorkloadIdentityCredential(**given, **plain)
        return identity.DefaultAzureCredential(
            managed_identity_client_id=access.identity,
            process_timeout=max(1, int(access.request_timeout)),
            **{f"exclude_{name}_credential": True for name in _NOT_IN_AUTO},
            **({"workload_identity_client_id": access.identity} if access.identity else {}),
            **plain,
        )
