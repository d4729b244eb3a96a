"""Where a certificate says that its revocation can be asked for: responders and distribution points."""

from __future__ import annotations

from typing import Final, NamedTuple
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.x509.oid import AuthorityInformationAccessOID

from fastgw.tls.trust.facts import Facts

MAX_RESPONDERS: Final = 2
MAX_LISTS: Final = 3
MAX_NAMES: Final = 2
"""URLs of one distribution point."""
_LONGEST_URL: Final = 2048


class Sources(NamedTuple):
    """URLs of one certificate."""

    responders: tuple[str, ...]
    lists: tuple[tuple[str, ...], ...]
    """Distribution points by their URLs."""
    unusable: tuple[str, ...]
    """Why further ones are not asked, as clauses."""

    def __bool__(self) -> bool:
        return bool(self.responders or self.lists or self.unusable)


def sources_of(facts: Facts) -> Sources:
    """The http URLs that a certificate names, at most the first few of them.

    Other schemes are not followed: https needs a judgement of its own that may depend on this one, and ldap
    is not spoken. Neither are points of other issuers (indirect) and of some reasons only.
    """
    responders: list[str] = []
    unusable: list[str] = []
    for extension in facts.extensions:
        if isinstance(extension.value, x509.AuthorityInformationAccess):
            for description in extension.value:
                if description.access_method == AuthorityInformationAccessOID.OCSP:
                    found = _http(description.access_location)
                    if found is None:
                        unusable.append("a responder has no http address")
                    else:
                        responders.append(found)
    lists: list[tuple[str, ...]] = []
    for extension in facts.extensions:
        if isinstance(extension.value, x509.CRLDistributionPoints):
            for point in extension.value:
                urls = tuple(url for name in point.full_name or () if (url := _http(name)) is not None)[
                    :MAX_NAMES
                ]
                if point.crl_issuer is not None:
                    unusable.append("a list is that of another issuer, which is not followed")
                elif point.reasons is not None:
                    unusable.append("a list is for some reasons only, which is not followed")
                elif not urls:
                    unusable.append("a list has no http address")
                else:
                    lists.append(urls)
    distinct = tuple(dict.fromkeys(responders))[:MAX_RESPONDERS]
    return Sources(distinct, tuple(dict.fromkeys(lists))[:MAX_LISTS], tuple(dict.fromkeys(unusable)))


def _http(name: x509.GeneralName) -> str | None:
    if not isinstance(name, x509.UniformResourceIdentifier):
        return None
    url = name.value
    try:
        parts = urlsplit(url)
        fits = parts.scheme == "http" and parts.hostname and parts.port != 0 and parts.username is None
    except ValueError:
        return None
    plain = url.isascii() and url.isprintable() and " " not in url
    return url if fits and plain and len(url) <= _LONGEST_URL else None
