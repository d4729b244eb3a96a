"""Client-side contexts: one per certificate, trust and pair of checks, shared by all that call out.

Contexts are built when a configuration is built, never in a request. What the two checks mean is fixed in
design.md 11; nothing here weakens one because the other is off. Where there are pins, they decide. A context
never changes once it is made.
"""

from __future__ import annotations

import functools
import hashlib
import os
import re
import ssl
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NamedTuple, NoReturn

from cryptography import x509

from fastgw.tls.asking import obstacle
from fastgw.tls.certs import UNREADABLE, Certificate, CertificateError, missing_issuer, order_chain
from fastgw.tls.keyfile import load_certificate
from fastgw.tls.names import a_label, canonical_name, distinguished_name
from fastgw.tls.peer import ClientSslObject
from fastgw.tls.pins import ServerPins
from fastgw.tls.sessions import Peer
from fastgw.tls.system_roots import system_roots

# Hosts whose sessions one context remembers; a policy may compute host names, so there must be an end.
MOST_PASSING: Final = 256
"""Contexts of one configuration for certificates that only requests have named."""

MAX_PEERS: Final = 1024


def _fingerprint(ders: Iterable[bytes]) -> str:
    digest = hashlib.sha256()
    for der in ders:
        digest.update(len(der).to_bytes(4, "big"))
        digest.update(der)
    return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class TrustStore:
    """The CA certificates of the instance (DER) and, unless told otherwise, those of the system.

    `roots` are trusted, `intermediates` (`CertificateAuthority`, spec/certificates.md 4) only help to build
    chains. Raises CertificateError for something that is not a certificate.
    """

    roots: tuple[bytes, ...] = ()
    intermediates: tuple[bytes, ...] = ()
    system_roots: bool = True
    fingerprint: str = field(init=False, repr=False)
    _helpers: tuple[bytes, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        for der in self.roots:
            _load(der)
        helpers = []
        for der in self.intermediates:
            certificate = _load(der)
            # OpenSSL knows one store: a self-issued certificate in it would be a root, whatever we call it.
            if certificate.subject != certificate.issuer:
                helpers.append(der)
        object.__setattr__(self, "_helpers", tuple(helpers))
        parts = _fingerprint(sorted(self.roots)), _fingerprint(sorted(self.intermediates))
        object.__setattr__(self, "fingerprint", f"{parts[0]}:{parts[1]}:{int(self.system_roots)}")

    def complete(self, certificate: Certificate) -> tuple[bytes, ...]:
        """The chain to send with a certificate (DER): what came with it, completed from `intermediates`."""
        if not self._helpers:
            return certificate.chain
        return order_chain(certificate.leaf, (*certificate.chain, *self._helpers))

    def missing_issuer(self, certificate: Certificate) -> str | None:
        """Whose certificate is missing behind that chain, as .NET prints names; None where none is.

        A root that came along, of this store or of the system ends a chain. An issuer that is not known may
        be a root that nobody has named, or an intermediate that peers need to judge the certificate.
        """
        chain = self.complete(certificate)
        issuer = missing_issuer(chain, (*certificate.roots, *self.roots, *self.intermediates))
        if issuer is None or (self.system_roots and canonical_name(issuer) in system_roots()):
            return None
        return distinguished_name(issuer)

    @property
    def helpers(self) -> tuple[bytes, ...]:
        """The intermediates that can stand in a chain without being its end."""
        return self._helpers

    def apply(self, context: ssl.SSLContext) -> None:
        """Make the context trust this store."""
        if self.system_roots:
            _trust_system(context)
        bundle = b"".join(dict.fromkeys((*self.roots, *self._helpers)))
        if bundle:
            context.load_verify_locations(cadata=bundle)


def _trust_system(context: ssl.SSLContext) -> None:
    """Trust the roots of the system, by its directory of hashed certificates where that has them all.

    OpenSSL reads such a directory when a chain asks for it. The one file with all of them, which it would
    take as well by default, costs each context 0.8 MiB and 26 ms (144 roots, OpenSSL 3.0).
    """
    paths = ssl.get_default_verify_paths()
    # Who sets SSL_CERT_FILE means that file, and perhaps nothing else.
    if paths.openssl_cafile_env not in os.environ and paths.capath and _complete(paths.capath, paths.cafile):
        context.load_verify_locations(capath=paths.capath)
    else:
        context.set_default_verify_paths()


@functools.lru_cache(maxsize=4)
def _complete(folder: str, file: str | None) -> bool:
    """Whether the folder holds at least as many hashed certificates as the file has."""
    try:
        hashed = sum(re.fullmatch(r"[0-9a-f]{8}\.\d+", entry) is not None for entry in os.listdir(folder))
        listed = Path(file).read_bytes().count(b"-----BEGIN CERTIFICATE-----") if file else 1
    except OSError:
        return False
    return hashed >= listed


def _load(der: bytes) -> x509.Certificate:
    try:
        return x509.load_der_x509_certificate(der)
    except UNREADABLE:
        raise CertificateError("format", "a CA certificate is not valid DER") from None


class ContextKey(NamedTuple):
    """What tells two contexts apart; empty strings where a part does not matter."""

    thumbprint: str
    presented: str  # fingerprint of the chain that is sent
    trust: str
    validate_chain: bool
    validate_name: bool
    pins: ServerPins | None


class ClientContext(ssl.SSLContext):
    """Presents one certificate or none, checks servers in one way, resumes sessions per host and port."""

    key: ContextKey
    certificate: Certificate | None
    authorities: tuple[bytes, ...]
    _peers: dict[tuple[str, int], Peer]

    @property
    def validate_chain(self) -> bool:
        """Whether the chain is checked; with pins, whether the dates of a pinned certificate are."""
        return self.key.validate_chain

    @property
    def validate_name(self) -> bool:
        """Whether the certificate has to name the host; with pins it has not."""
        return self.key.validate_name

    @property
    def pins(self) -> ServerPins | None:
        """The only certificates that are accepted, where there are any."""
        return self.key.pins

    def wrap_socket(self, *_args: Any, **_options: Any) -> NoReturn:
        """Raises TypeError: such sockets end their handshake without the checks of `ClientSslObject`."""
        raise TypeError("a client context serves event loops; wrap_socket would leave checks out")

    def peer(self, host: str, port: int) -> Peer:
        """What a connection to the host is opened with; the same object for the same host and port.

        Takes names (Unicode or not) and addresses (with or without brackets), and answers in the form that
        is sent and compared. Raises ValueError where the host can be neither.
        """
        known = self._peers.get((host, port))
        if known is not None:
            return known
        label = a_label(host)
        peer = self._peers.get((label, port))
        if peer is None:
            if len(self._peers) >= MAX_PEERS:
                del self._peers[next(iter(self._peers))]
            peer = self._peers[(label, port)] = Peer(self, label, port)
        return peer


def make_client_context(
    certificate: Certificate | None,
    trust: TrustStore,
    *,
    validate_chain: bool,
    validate_name: bool,
    pins: ServerPins | None = None,
) -> ClientContext:
    """One context for outbound connections: TLS 1.2 or newer, HTTP/1.1.

    Raises CertificateError where the certificate has no key or OpenSSL refuses it.
    """
    presented = _presented(certificate, trust)
    key = _key(certificate, presented, trust, validate_chain, validate_name, pins)
    return _make(key, certificate, presented, trust)


def _make(
    key: ContextKey, certificate: Certificate | None, presented: _Presented, trust: TrustStore
) -> ClientContext:
    # Found out while a configuration is built, for sessions that are kept later: not while a request waits.
    obstacle()
    context = ClientContext(ssl.PROTOCOL_TLS_CLIENT)
    context.sslobject_class = ClientSslObject
    context.key = key
    context.certificate = certificate
    context.authorities = (*trust.roots, *trust.intermediates)
    context._peers = {}
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION
    context.set_alpn_protocols(["http/1.1"])
    # Off together first: ssl refuses to turn the chain off while it still checks the name.
    context.check_hostname = False
    context.hostname_checks_common_name = False
    # Partial chains would make every intermediate of the store a root; strict mode refuses CAs that
    # companies have in use. Both differ between Python versions, so both are said here.
    context.verify_flags = (context.verify_flags | ssl.VerifyFlags.VERIFY_X509_TRUSTED_FIRST) & ~(
        ssl.VerifyFlags.VERIFY_X509_PARTIAL_CHAIN | ssl.VerifyFlags.VERIFY_X509_STRICT
    )
    # OpenSSL demands a trusted chain for all servers of a context or for none: one pin that needs it decides.
    if key.validate_chain if key.pins is None else key.pins.need_trusted_chain:
        context.verify_mode = ssl.CERT_REQUIRED
        context.check_hostname = key.validate_name and key.pins is None
        trust.apply(context)
    else:
        context.verify_mode = ssl.CERT_NONE  # the pins, or the name: see peer.py
    if certificate is not None:
        load_certificate(context, certificate, presented.chain)
    return context


class _Presented(NamedTuple):
    """The chain that is sent, and what tells it from others."""

    chain: tuple[bytes, ...]
    fingerprint: str


def _presented(certificate: Certificate | None, trust: TrustStore) -> _Presented:
    """The chain to send: what came with the certificate, completed from the intermediates of the instance."""
    if certificate is None:
        return _Presented((), "")
    chain = trust.complete(certificate)
    return _Presented(chain, _fingerprint(chain))


def _key(
    certificate: Certificate | None,
    presented: _Presented,
    trust: TrustStore,
    validate_chain: bool,
    validate_name: bool,
    pins: ServerPins | None,
) -> ContextKey:
    return ContextKey(
        thumbprint="" if certificate is None else certificate.thumbprint,
        presented=presented.fingerprint,
        # Pins look for issuers among the CA certificates of the instance, with either value of the flag.
        trust=trust.fingerprint if validate_chain or pins is not None else "",
        validate_chain=validate_chain,
        validate_name=validate_name,
        pins=pins,
    )


class ClientContexts:
    """The contexts of one configuration.

    A registry made with `previous` takes over each context that it is asked for and that has not changed,
    with its sessions; what it is not asked for goes away with the previous configuration. Once `settle` is
    called, certificates come from requests: of their contexts it keeps MOST_PASSING, the newest.
    """

    __slots__ = ("_contexts", "_presented", "_previous", "_settled", "trust")

    def __init__(self, trust: TrustStore, previous: ClientContexts | None = None) -> None:
        self.trust = trust
        self._contexts: dict[ContextKey, ClientContext] = {}
        # Ordering a chain parses it and every intermediate: once for each certificate (by what came with
        # it), not once for each pair of checks or each policy that presents it.
        self._presented: dict[tuple[bytes, ...], _Presented] = {}
        # A copy, so that no chain of registries stays alive; it lasts for one generation.
        self._previous = {} if previous is None else dict(previous._contexts)
        # How many contexts are the configuration's own; None while they are made.
        self._settled: int | None = None

    def settle(self) -> None:
        """Every context that the configuration needs has been asked for."""
        self._settled = len(self._contexts)

    def __len__(self) -> int:
        return len(self._contexts)

    def __iter__(self) -> Iterator[ClientContext]:
        return iter(tuple(self._contexts.values()))

    def get(
        self,
        certificate: Certificate | None,
        *,
        validate_chain: bool = True,
        validate_name: bool = True,
        pins: ServerPins | None = None,
    ) -> ClientContext:
        """The context for a certificate (None: present none), the two checks and pins, made where it is new.

        Raises CertificateError where the certificate has no key or OpenSSL refuses it.
        """
        own = () if certificate is None else certificate.chain
        presented = self._presented.get(own)
        if presented is None:
            presented = self._presented[own] = _presented(certificate, self.trust)
        key = _key(certificate, presented, self.trust, validate_chain, validate_name, pins)
        context = self._contexts.get(key)
        if context is None:
            context = self._previous.pop(key, None) or _make(key, certificate, presented, self.trust)
            self._contexts[key] = context
            if self._settled is not None and len(self._contexts) > self._settled + MOST_PASSING:
                self._forget_passing(self._settled)
        return context

    def _forget_passing(self, settled: int) -> None:
        """Let go of the older half of what requests have brought; connections keep theirs."""
        passing = list(self._contexts)[settled:]
        for key in passing[: MOST_PASSING // 2]:
            del self._contexts[key]
        own = {context.certificate.chain for context in self if context.certificate is not None}
        self._presented = {
            chain: found for chain, found in self._presented.items() if not chain or chain in own
        }
