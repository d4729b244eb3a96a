"""validate-client-certificate: judges the certificate of the caller (spec/policies/authentication.md)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from fastgw._exchange import LastError
from fastgw._program import Op, Site
from fastgw.compiler.expressions import ValueType
from fastgw.compiler.lower import KnowsNames, Lowering, Statement
from fastgw.compiler.nodes import Value
from fastgw.compiler.report import suggestion
from fastgw.compiler.schema import (
    INBOUND,
    AttributeSchema,
    ChildSchema,
    ElementSchema,
    PolicySchema,
    parse_boolean,
    policy_element,
)
from fastgw.errors import PolicyFailure
from fastgw.model.thumbprint import normalize_thumbprint
from fastgw.tls.certs import Certificate
from fastgw.tls.identity import Identity, parse_name, parse_serial_number
from fastgw.tls.names import canonical_text
from fastgw.tls.trust.facts import Facts, UnreadableCertificate, read_facts
from fastgw.tls.trust.verdict import Problem, Verdict

_CHECKS: Final = ("validate-trust", "validate-not-before", "validate-not-after", "validate-revocation")
_ISSUERS: Final = ("issuer-subject", "issuer-thumbprint")

_IDENTITY: Final = ElementSchema(
    "identity",
    (
        *(
            AttributeSchema(name)
            for name in ("thumbprint", "serial-number", "common-name", "subject", "dns-name", *_ISSUERS)
        ),
        AttributeSchema("issuer-certificate-id"),
    ),
)

ELEMENT = policy_element(
    "validate-client-certificate",
    (
        *(AttributeSchema(name, type=ValueType.BOOLEAN) for name in _CHECKS),
        AttributeSchema("ignore-error", type=ValueType.BOOLEAN),
    ),
    (ChildSchema(ElementSchema("identities", children=(ChildSchema(_IDENTITY, least=1),)), most=1),),
)

# What a problem of each family is called (design, section 11).
_REASONS: Final = {
    "trust": "ClientCertificateNotTrusted",
    "not-before": "ClientCertificateNotYetValid",
    "not-after": "ClientCertificateExpired",
    "revocation": "ClientCertificateRevoked",
}
_MISSING: Final = "Client certificate missing"
_INVALID: Final = "Invalid client certificate"
# Outcomes for as many chains are kept; a worker rarely has more callers at once that present certificates.
_MOST_KEPT: Final = 1024

Read = TypeVar("Read")


@dataclass(frozen=True, slots=True)
class _Refusal:
    """Why a certificate does not pass, for LastError and for the caller."""

    reason: str
    message: str
    public: str


@dataclass(slots=True)
class ValidateClientCertificate:
    """The checks of one statement; without `identities` every certificate that passes them will do."""

    trust: bool
    not_before: bool
    not_after: bool
    revocation: bool
    ignore_error: bool
    identities: tuple[Identity, ...]
    site: Site = field(repr=False)
    # Chain -> the verdict that was looked at, and what came of it.
    _known: dict[tuple[bytes, ...], tuple[Verdict, _Refusal | None]] = field(default_factory=dict, repr=False)

    @property
    def listed(self) -> tuple[tuple[str, object], ...]:
        """What a listing shows."""
        on = (*zip(_CHECKS, (self.trust, self.not_before, self.not_after, self.revocation), strict=True),)
        return (*((name, int(value)) for name, value in on), ("identities", len(self.identities)))

    def __call__(self, exchange: Any) -> None:
        """Raises PolicyFailure for a caller whose certificate does not pass, unless errors are ignored."""
        refusal = self._refusal(exchange)
        if refusal is None:
            return
        if not self.ignore_error:
            raise PolicyFailure(refusal.reason, refusal.message, 401, refusal.public)
        site = self.site
        exchange.error = LastError(
            site.policy, refusal.reason, refusal.message, site.scope, INBOUND, site.path, site.policy_id
        )

    def _refusal(self, exchange: Any) -> _Refusal | None:
        presented = exchange.caller_certificate
        if presented is None:
            return _Refusal("ClientCertificateNotFound", "The caller has presented no certificate.", _MISSING)
        chain: tuple[bytes, ...] = presented.chain
        verdict: Verdict | None = exchange.snapshot.caller_trust.verify_now(chain, self.revocation)
        if verdict is None:
            return _UNKNOWN
        known = self._known.get(chain)
        # A verdict is made anew when its time is over, and the dates with it.
        if known is not None and known[0] is verdict:
            return known[1]
        refusal = self._judged(chain, verdict)
        if len(self._known) >= _MOST_KEPT:
            self._known.clear()
        self._known[chain] = verdict, refusal
        return refusal

    def _judged(self, chain: tuple[bytes, ...], verdict: Verdict) -> _Refusal | None:
        problem = verdict.first_problem(
            trust=self.trust,
            not_before=self.not_before,
            not_after=self.not_after,
            revocation=self.revocation,
        )
        if problem is not None:
            return _refused(problem)
        if not self.identities:
            return None
        leaf = read_facts(chain[0])
        issuers = _issuers(leaf, (*verdict.path[1:2], *chain[1:]))
        if any(identity.matches(leaf, issuers) for identity in self.identities):
            return None
        what = (
            f"certificate {leaf.subject_text} (thumbprint {leaf.thumbprint}) is none of the identities listed"
        )
        return _Refusal("ClientCertificateIdentityNotMatched", what, _INVALID)


# The step before has waited for the verdict; it may be gone again where very many callers come at once.
_UNKNOWN: Final = _Refusal(
    _REASONS["trust"],
    "whether the certificate is revoked could not be found out in time; ask again",
    _INVALID,
)


def _refused(problem: Problem) -> _Refusal:
    reason = _REASONS[problem.family]
    if problem.check == "revocation":
        # Nobody has revoked it: whether somebody has could not be found out.
        reason = _REASONS["trust"]
    return _Refusal(reason, str(problem), _INVALID)


def _issuers(leaf: Facts, candidates: tuple[bytes, ...]) -> tuple[Facts, ...]:
    """Those of the candidates whose keys have signed the leaf."""
    found = []
    for der in dict.fromkeys(candidates):
        try:
            facts = read_facts(der)
        except UnreadableCertificate:
            continue
        if facts.subject == leaf.issuer and leaf.signed_by(facts):
            found.append(facts)
    return tuple(found)


def lower(statement: Statement, lowering: Lowering) -> None:
    """One DO, before it a NEED where revocation counts."""
    flags = {name: _flag(statement, name, True) for name in _CHECKS}
    identities: list[Identity] = []
    good = True
    for child in statement.child_statements():
        for inner in child.child_statements():
            identity = _identity(inner, lowering)
            good = good and identity is not None
            identities += [] if identity is None else [identity]
    if not good:
        return
    if flags["validate-revocation"]:
        lowering.need_verdict(statement)
    check = ValidateClientCertificate(
        trust=flags["validate-trust"],
        not_before=flags["validate-not-before"],
        not_after=flags["validate-not-after"],
        revocation=flags["validate-revocation"],
        ignore_error=_flag(statement, "ignore-error", False),
        identities=tuple(identities),
        site=lowering.site(statement),
    )
    lowering.emit(Op.DO, (check,), statement)


def _flag(statement: Statement, name: str, default: bool) -> bool:
    value = statement.value(name)
    return default if value is None else bool(parse_boolean(value.literal))


def _identity(statement: Statement, lowering: Lowering) -> Identity | None:
    """What one identity demands; None after an error."""
    if not statement.element.attributes:
        lowering.error("identity needs at least one attribute", statement.element.position)
        return None
    given = [name for name in _ISSUERS if statement.value(name)]
    by_id = statement.value("issuer-certificate-id")
    if given and by_id is not None:
        where = statement.element.attributes["issuer-certificate-id"].position
        lowering.error(f"identity takes issuer-certificate-id or {given[0]}, not both", where)
        return None
    read: dict[str, tuple[str, Callable[[str], Any]]] = {
        "thumbprint": ("thumbprint", normalize_thumbprint),
        "serial-number": ("serial_number", parse_serial_number),
        "common-name": ("common_name", canonical_text),
        "subject": ("subject", parse_name),
        "dns-name": ("dns_name", lambda text: text.strip().lower()),
        "issuer-subject": ("issuer_subject", parse_name),
        "issuer-thumbprint": ("issuer_thumbprint", normalize_thumbprint),
    }
    members: dict[str, Any] = {}
    good = True
    for name, (member, parse) in read.items():
        value = statement.value(name)
        if value is not None:
            members[member] = _read(name, value, parse, lowering)
            good = good and members[member] is not None
    if by_id is not None:
        members["issuer"], known = _issuer(by_id, lowering)
        good = good and known
    return Identity(**members) if good else None


def _read(name: str, value: Value, parse: Callable[[str], Read], lowering: Lowering) -> Read | None:
    text = lowering.string(value)
    if not isinstance(text, str):
        return None
    if not text.strip():
        lowering.error(f"{name} of identity must not be empty", value.position)
        return None
    try:
        return parse(text)
    except ValueError as error:
        lowering.error(f"{name} of identity {value.shown()}: {error}", value.position, value)
        return None


def _issuer(value: Value, lowering: Lowering) -> tuple[Facts | None, bool]:
    """The issuer that an entry of `certificates` is, and whether there is one; None where nobody knows."""
    id = lowering.string(value)
    if not isinstance(id, str):
        return None, False
    resolver = lowering.services.resolver
    found = resolver.recognised(id.strip())
    if found is None:
        known = resolver.certificate_ids() if isinstance(resolver, KnowsNames) else ()
        close = "" if value.secrets else suggestion(id.strip(), known)
        lowering.error(f"certificate {value.shown()} does not exist{close}", value.position, value)
        return None, False
    if not isinstance(found, Certificate):
        return None, True
    try:
        return read_facts(found.leaf), True
    except UnreadableCertificate as error:
        lowering.error(f"certificate {value.shown()} {error}", value.position, value)
        return None, False


VALIDATE_CLIENT_CERTIFICATE = PolicySchema(ELEMENT, lower, sections=frozenset({INBOUND}))
