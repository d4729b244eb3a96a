"""Says in a sentence why an outbound handshake failed, on which certificate, and how to mend it.

Names subjects and thumbprints, which are public; never keys, passwords or content. It only explains: no
decision hangs on its words.
"""

from __future__ import annotations

import ssl
from typing import Final, NamedTuple

from fastgw.tls.certs import Certificate
from fastgw.tls.contexts import ClientContext
from fastgw.tls.peer import PeerCertificateError, PeerReason, describe
from fastgw.tls.pins import ServerPins


class Called(NamedTuple):
    """Who was called, in the words of the configuration: remedies name what its entity has."""

    kind: str
    url: str
    """Where its address stands."""
    name_remedy: str
    untrusted: str
    """What goes behind a remedy for a certificate that is not trusted, where no pins are."""
    invalid: str
    """The same for one that is not valid, whatever it is trusted for, and for the dates of a pinned one."""
    first_certificate: str
    other_certificate: str


BACKEND: Final = Called(
    kind="backend",
    url="the url",
    name_remedy=(
        "call it by a name that the certificate is for, or set validateCertificateName to false on the "
        "backend"
    ),
    untrusted=", or set validateCertificateChain to false on the backend",
    invalid=", or set validateCertificateChain to false on the backend",
    first_certificate="name a client certificate in the backend's credentials (certificateIds)",
    other_certificate="give the backend a certificate that the server accepts",
)
CLUSTER: Final = Called(
    kind="cluster",
    url="managementEndpoints",
    name_remedy=(
        "name it in managementEndpoints by a name that the certificate is for, or pin the certificate with "
        "serverCertificateThumbprints"
    ),
    untrusted=", or pin the certificate with serverCertificateThumbprints",
    # No setting lets those of a cluster in.
    invalid="",
    first_certificate="name a client certificate with clientCertificateId",
    other_certificate="name one that the cluster accepts with clientCertificateId",
)
"""The management of a Service Fabric cluster; its replicas are called as the backend's entity says."""

# In remedies, {} around a member of Called stands for its words.
_NAME_REMEDY: Final = "{name_remedy}"
_CHAIN_REMEDY: Final = "add the CA certificate under caCertificates (storeName Root)"
_INTERMEDIATE_REMEDY: Final = (
    "add the missing CA certificates under caCertificates (the root as Root, intermediates as "
    "CertificateAuthority), let the server send its whole chain"
)
_RENEW_REMEDY: Final = "renew the certificate on the server"
_USAGE_REMEDY: Final = "give the server a certificate with the usage serverAuth"
# What goes behind a remedy for an untrusted chain where pins are.
_PIN_ISSUERS: Final = (
    ", or give every entry of serverX509Names its issuerCertificateThumbprint, as one without it demands a "
    "trusted chain"
)

# X509_V_ERR_* of openssl/x509_vfy.h: what is wrong with the server's certificate, and the remedy.
_VERIFY: Final[dict[int, tuple[str, str]]] = {
    2: ("its issuer is not known", _INTERMEDIATE_REMEDY),
    9: ("it, or a CA of its chain, is not valid yet", "set the clocks right, " + _RENEW_REMEDY),
    10: ("it, or a CA of its chain, has expired", _RENEW_REMEDY),
    18: ("it is self-signed and not trusted", _CHAIN_REMEDY),
    19: ("its chain ends in a root that is not trusted", _CHAIN_REMEDY),
    20: ("its issuer is not known", _INTERMEDIATE_REMEDY),
    21: ("its issuer is not known", _INTERMEDIATE_REMEDY),
    24: ("a certificate of its chain is not that of a CA", _RENEW_REMEDY),
    26: ("it is not meant for servers", _USAGE_REMEDY),
    62: ("it is for another host name", _NAME_REMEDY),
    64: ("it is for another address", _NAME_REMEDY),
    66: ("its key is too short", _RENEW_REMEDY),
    67: ("the key of a CA of its chain is too short", _RENEW_REMEDY),
    68: ("a CA of its chain signs with a digest that is too weak", _RENEW_REMEDY),
}
_NAME_CODES: Final = frozenset((62, 64))
_USAGE_CODE: Final = 26
_UNTRUSTED_CODES: Final = frozenset((2, 18, 19, 20, 21))

# Which of our own checks failed, and the remedy.
_OWN_CHECKS: Final[dict[PeerReason, tuple[str, str]]] = {
    "missing": ("certificate", _RENEW_REMEDY),
    "unreadable": ("certificate", _RENEW_REMEDY),
    "name": ("name", _NAME_REMEDY),
    "unpinned": (
        "pins",
        "if that is the {kind}'s own, add its thumbprint to serverCertificateThumbprints, or its common "
        "name and issuer to serverX509Names; if you do not know it, something else answers in its place",
    ),
    "issuer": (
        "pins",
        "compare issuerCertificateThumbprint with the issuer that the server has, and let the server send "
        "that certificate, or add it under caCertificates (storeName CertificateAuthority)",
    ),
    "usage": ("pins", _USAGE_REMEDY),
    "dates": ("pins", _RENEW_REMEDY + "{invalid}"),
}

_OTHER_CERTIFICATE: Final = "{other_certificate}"
_VERSION: Final = (
    "the server offers no TLS version that fastgw accepts",
    "enable TLS 1.2 or 1.3 on the server",
)
_NOT_TLS: Final = (
    "the server does not speak TLS on this port",
    "use http:// in {url}, or the port that serves https",
)

# Alerts that are about the certificate that fastgw presented, by the names of OpenSSL.
_ABOUT_OURS: Final[dict[str, tuple[str, str]]] = {
    "SSLV3_ALERT_BAD_CERTIFICATE": ("the server rejects it", _OTHER_CERTIFICATE),
    "SSLV3_ALERT_CERTIFICATE_EXPIRED": ("the server says that it has expired", "renew it"),
    "SSLV3_ALERT_CERTIFICATE_REVOKED": ("the server says that it is revoked", _OTHER_CERTIFICATE),
    "SSLV3_ALERT_CERTIFICATE_UNKNOWN": ("the server does not accept it", _OTHER_CERTIFICATE),
    "SSLV3_ALERT_UNSUPPORTED_CERTIFICATE": ("the server does not accept its type", _OTHER_CERTIFICATE),
    "TLSV1_ALERT_ACCESS_DENIED": ("the server denies it access", _OTHER_CERTIFICATE),
    "TLSV1_ALERT_DECRYPT_ERROR": ("the server cannot verify its signature", _OTHER_CERTIFICATE),
    "TLSV1_ALERT_UNKNOWN_CA": (
        "the server does not know its issuer",
        "let the server trust that CA, and put missing intermediates into the PFX or under caCertificates "
        "(storeName CertificateAuthority)",
    ),
}
_PROTOCOL: Final[dict[str, tuple[str, str]]] = {
    "HTTP_REQUEST": _NOT_TLS,
    "NO_PROTOCOLS_AVAILABLE": _VERSION,
    "RECORD_LAYER_FAILURE": _NOT_TLS,
    "TLSV1_ALERT_PROTOCOL_VERSION": _VERSION,
    "TLSV1_UNRECOGNIZED_NAME": (
        "the server does not serve this host name",
        "check the host in {url}; it is sent as SNI",
    ),
    "UNSAFE_LEGACY_RENEGOTIATION_DISABLED": (
        "the server only knows insecure renegotiation",
        "update the server's TLS library",
    ),
    "UNSUPPORTED_PROTOCOL": _VERSION,
    "WRONG_VERSION_NUMBER": _NOT_TLS,
}


def explain(
    error: BaseException,
    *,
    host: str,
    port: int | None = None,
    context: ClientContext | None = None,
    called: Called = BACKEND,
) -> str:
    """One or two sentences about a failed TLS connection to a host: what failed, on what, how to mend it.

    `context` is the one that was used; with it the certificate that was presented can be named. Takes the
    errors of a handshake and those that end a TLS 1.3 connection right after it; others are only named.
    """
    where = f"TLS with {_address(host, port)} failed"
    if isinstance(error, PeerCertificateError):
        check, remedy = _OWN_CHECKS[error.peer_reason]
        der = error.peer_certificate
        shown = "" if der is None else f"; the server showed {describe(der)}"
        return f"{where}: check of the {check}: {error}{shown}; {_said(remedy, called)}"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"{where}: {_verification(error, None if context is None else context.pins, called)}"
    if isinstance(error, ssl.SSLError):
        return f"{where}: {_tls(error, None if context is None else context.certificate, called)}"
    if isinstance(error, TimeoutError):
        return f"{where}: the handshake took too long; check that the server speaks TLS on this port"
    if isinstance(error, ConnectionError):
        hint = "" if context is None or context.certificate else "; it may demand a client certificate"
        return f"{where}: the server closed the connection during the handshake{hint}"
    return f"{where}: {type(error).__name__}"


def _said(remedy: str, called: Called) -> str:
    return remedy.format_map(called._asdict())


def _verification(error: ssl.SSLCertVerificationError, pins: ServerPins | None, called: Called) -> str:
    code = error.verify_code
    check = "name" if code in _NAME_CODES else "chain"
    problem, remedy = _VERIFY.get(code, (error.verify_message or "it does not verify", _CHAIN_REMEDY))
    if pins is None and check == "chain" and code != _USAGE_CODE:
        remedy += called.untrusted if code in _UNTRUSTED_CODES else called.invalid
    elif pins is not None and code in _UNTRUSTED_CODES:
        remedy += _PIN_ISSUERS
    certificate = _in_brackets(getattr(error, "peer_certificate", None))
    return f"check of the {check}: the server's certificate{certificate}: {problem}; {_said(remedy, called)}"


def _tls(error: ssl.SSLError, ours: Certificate | None, called: Called) -> str:
    reason = error.reason or ""
    wants_one = called.first_certificate
    if reason in ("TLSV13_ALERT_CERTIFICATE_REQUIRED", "SSLV3_ALERT_NO_CERTIFICATE"):
        return f"the server requires a client certificate; {wants_one}"
    if reason in _ABOUT_OURS:
        if ours is None:
            return f"the server requires a client certificate ({_words(reason)}); {wants_one}"
        problem, remedy = _ABOUT_OURS[reason]
        mended = _said(remedy, called)
        return f"client certificate ({ours.subject}, thumbprint {ours.thumbprint}): {problem}; {mended}"
    if reason == "SSLV3_ALERT_HANDSHAKE_FAILURE":
        if ours is None:
            return (
                "the server refuses the handshake: it requires a client certificate, or shares no cipher "
                f"with fastgw; {wants_one}"
            )
        return (
            f"the server refuses the handshake, with client certificate ({ours.subject}, thumbprint "
            f"{ours.thumbprint}); {called.other_certificate}, or enable a cipher on the server that fastgw "
            "accepts"
        )
    if reason in _PROTOCOL:
        problem, remedy = _PROTOCOL[reason]
        return f"{problem}; {_said(remedy, called)}"
    return _words(reason) if reason else "the connection broke"


def _words(reason: str) -> str:
    return reason.lower().replace("_", " ")


def _in_brackets(der: bytes | None) -> str:
    return "" if der is None else f" ({describe(der)})"


def _address(host: str, port: int | None) -> str:
    shown = f"[{host}]" if ":" in host and not host.startswith("[") else host
    return shown if port is None else f"{shown}:{port}"
