"""A host name that the gateway serves, and the certificate it shows there.

Must never look the certificate up; that is the snapshot's work.
"""

from __future__ import annotations

from pydantic import Field

from fastgw.model.record import Record
from fastgw.model.types import Flag, HostName


class Hostname(Record):
    """A host name of the gateway (spec/management-api.md sections 14.1 and 14.16)."""

    host_name: HostName
    """The name, or a wildcard such as *.example.test."""

    certificate_id: str = Field(min_length=1, max_length=400)
    """The certificate shown to callers that ask for this name."""

    negotiate_client_certificate: Flag = False
    """Whether callers are asked for a certificate; one that none trusts is taken, policies judge it."""

    default: Flag = False
    """Whether this one is served when SNI names no other."""
