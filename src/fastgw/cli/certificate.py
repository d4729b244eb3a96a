"""`fastgw certificate`: what certificates a configuration or a file holds, without a gateway."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click
import orjson

from fastgw.cli.tables import table
from fastgw.errors import ConfigurationError, FastgwError
from fastgw.settings import source_of
from fastgw.telemetry.log import one_line

if TYPE_CHECKING:
    from fastgw.tls.certs import CertificateError
    from fastgw.tls.inspection import Inspected, Inspection
    from fastgw.tls.trust.verdict import Verdict

_TITLES = ("ID", "STORE", "DAYS LEFT", "THUMBPRINT", "SUBJECT", "USED BY")
_NOTHING = "-"
# Larger ones hold no certificates.
_LARGEST_FILE = 4 * 1024 * 1024
_MOST_PASSWORD = 4096

_form = click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True
)
_password = click.option(
    "--password-file",
    type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path),
    help="A file whose first line is the password; - is standard input.",
)


@click.group("certificate", short_help="Show the certificates of a configuration or of a file.")
def command() -> None:
    """Show the certificates of a configuration or of a file; no gateway is asked."""


@command.command("list", short_help="List the certificates of SOURCE.")
@click.argument("source", required=False)
@_form
@click.pass_context
def list_command(ctx: click.Context, source: str | None, form: str) -> None:
    """List the certificates and CA certificates of SOURCE: a gateway.yaml or a folder that holds one.

    Ends with 1 when one of them cannot be read; the others are listed all the same.
    """
    entries, problems = _entries(source)
    if form == "json":
        click.echo(orjson.dumps(entries, option=orjson.OPT_INDENT_2))
    elif entries:
        for line in table(_TITLES, map(_row, entries)):
            click.echo(line)
    else:
        click.echo("there are no certificates")
    _tell(problems)
    ctx.exit(1 if any(entry["thumbprint"] is None and not _in_vault(entry) for entry in entries) else 0)


@command.command("show", short_help="Show one certificate of SOURCE.")
@click.argument("id")
@click.argument("source", required=False)
def show_command(id: str, source: str | None) -> None:
    """Show what is known of the certificate or CA certificate ID of SOURCE, as JSON."""
    entries, _ = _entries(source)
    found = [entry for entry in entries if entry["id"].casefold() == id.casefold()]
    if not found:
        raise FastgwError(f"there is no certificate '{id}'")
    for entry in found:
        click.echo(orjson.dumps(entry, option=orjson.OPT_INDENT_2))


@command.command("inspect", short_help="Explain what a PFX, PEM or CER file holds.")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@_password
@_form
@click.pass_context
def inspect_command(ctx: click.Context, file: Path, password_file: Path | None, form: str) -> None:
    """Explain FILE: its certificates in the order of their chain, its key, what is missing or not valid.

    What is wrong is a line that begins with `problem:`; it ends with 1 where there is one.
    """
    from fastgw.tls.certs import CertificateError
    from fastgw.tls.inspection import inspect_file

    try:
        found = inspect_file(_content(file), _read_password(password_file), datetime.now(UTC))
    except CertificateError as error:
        raise FastgwError(f"{file}: {error}{_hint(error)}") from None
    if form == "json":
        click.echo(orjson.dumps(_as_json(found), option=orjson.OPT_INDENT_2))
    else:
        for line in _explained(found):
            click.echo(one_line(line))
    ctx.exit(1 if found.problems else 0)


@command.command("verify", short_help="Say whether a certificate would be trusted, and why not.")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("source", required=False)
@click.option(
    "--purpose",
    type=click.Choice(["client", "server"]),
    default="client",
    show_default=True,
    help="What the certificate is to prove: who calls, or which server it is.",
)
@click.option(
    "--revocation", is_flag=True, help="Ask the addresses in the certificates whether they are revoked."
)
@_password
@click.pass_context
def verify_command(
    ctx: click.Context,
    file: Path,
    source: str | None,
    purpose: Literal["client", "server"],
    revocation: bool,
    password_file: Path | None,
) -> None:
    """Judge the chain in FILE as the gateway of SOURCE judges what it is shown.

    Without SOURCE the roots of the system alone are trusted. Each line is a certificate of the chain, or a
    problem with what to do. Ends with 1 where the chain is not trusted.
    """
    from fastgw.tls.certs import CertificateError, read_certificate

    try:
        shown = read_certificate(_content(file), _read_password(password_file))
    except CertificateError as error:
        raise FastgwError(f"{file}: {error}{_hint(error)}") from None
    verdict = asyncio.run(_judged(shown.chain, source, purpose, revocation))
    for line in _lines_of(verdict):
        click.echo(one_line(line))
    ctx.exit(0 if verdict.trusted else 1)


async def _judged(
    chain: tuple[bytes, ...], source: str | None, purpose: Literal["client", "server"], revocation: bool
) -> Verdict:
    from fastgw.cli.doors import load
    from fastgw.errors import Diagnostics
    from fastgw.gateway.fetching import Fetcher
    from fastgw.model import Revocation
    from fastgw.snapshot.certificates import trust_store
    from fastgw.tls.contexts import TrustStore
    from fastgw.tls.trust.callers import CallerTrust

    store, settings = TrustStore(), Revocation()
    if source is not None or os.environ.get("FASTGW_SOURCE"):
        configuration, diagnostics = load(source_of(source, os.environ), os.environ)
        diagnostics.raise_errors()
        found = Diagnostics()
        store = trust_store(configuration, found)
        found.raise_errors()
        settings = configuration.gateway.revocation_settings
    fetcher = Fetcher()
    trust = CallerTrust(store, settings=settings, purpose=purpose)
    trust.install(fetcher)
    try:
        return await trust.verify(chain, revocation)
    finally:
        trust.revocations.close()
        await fetcher.close()


def _lines_of(verdict: Verdict) -> Iterator[str]:
    from fastgw.tls.peer import describe

    yield "trusted" if verdict.trusted else "not trusted"
    for depth, der in enumerate(verdict.path):
        known = next((one for one in verdict.revocation if one.depth == depth), None)
        state = "" if known is None else f", revocation: {known.state.replace('-', ' ')}"
        yield f"{depth + 1}. {describe(der)}{state}"
    for problem in verdict.problems:
        yield f"problem: {problem}"
    for warning in verdict.warnings:
        yield f"warning: {warning}"


# ---------------------------------------------------------------- files


def _hint(error: CertificateError) -> str:
    return "; give it with --password-file" if error.reason == "missing-password" else ""


def _content(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            data = opened.read(_LARGEST_FILE + 1)
    except OSError as error:
        raise FastgwError(f"cannot read {file}: {error.strerror}") from None
    if len(data) > _LARGEST_FILE:
        raise FastgwError(
            f"{file} is larger than {_LARGEST_FILE // 1024 // 1024} MiB and no certificate file"
        )
    return data


def _read_password(file: Path | None) -> str | None:
    if file is None:
        return None
    with click.open_file(str(file), "r", encoding="utf-8") as opened:
        line: str = opened.readline(_MOST_PASSWORD)
    return line.rstrip("\r\n")


def _explained(found: Inspection) -> Iterator[str]:
    key = "no private key" if found.private_key is None else f"private key {found.private_key}"
    yield f"{found.form}, {key}"
    for one in found.certificates:
        yield f"{one.number}. {one.role}: {one.certificate.subject}"
        for name, value in _described(one):
            yield f"   {name}: {value}"
    for problem in found.problems:
        yield f"problem: {problem}"


def _described(one: Inspected) -> Iterator[tuple[str, str]]:
    certificate = one.certificate
    yield "thumbprint", certificate.thumbprint
    yield "issuer", certificate.issuer
    yield "serial number", certificate.serial
    yield "valid", f"{certificate.not_before:%Y-%m-%d %H:%M} to {certificate.not_after:%Y-%m-%d %H:%M} UTC"
    yield "key", one.key
    if one.names:
        yield "names", ", ".join(one.names)


def _as_json(found: Inspection) -> dict[str, Any]:
    return {
        "form": found.form,
        "privateKey": found.private_key,
        "certificates": [
            {
                "number": one.number,
                "role": one.role,
                **_facts(one.certificate),
                "key": one.key,
                "isCA": one.is_ca,
                "names": one.names,
            }
            for one in found.certificates
        ],
        "problems": found.problems,
    }


# ---------------------------------------------------------------- configurations


def _facts(certificate: Any) -> dict[str, Any]:
    left = certificate.not_after - datetime.now(UTC)
    return {
        "thumbprint": certificate.thumbprint,
        "subject": certificate.subject,
        "issuer": certificate.issuer,
        "serialNumber": certificate.serial,
        "notBefore": f"{certificate.not_before:%Y-%m-%dT%H:%M:%SZ}",
        "notAfter": f"{certificate.not_after:%Y-%m-%dT%H:%M:%SZ}",
        "daysLeft": left.days,
    }


def _entries(source: str | None) -> tuple[list[dict[str, Any]], list[str]]:
    """What is known of each entry, and what is wrong with them, a sentence each."""
    from fastgw.cli.doors import build, load
    from fastgw.errors import Diagnostics
    from fastgw.snapshot.certificate_users import users_of
    from fastgw.snapshot.certificates import Certificates, authorities
    from fastgw.tls.certs import read_certificate

    configuration, diagnostics = load(source_of(source, os.environ), os.environ)
    diagnostics.raise_errors()
    found = Diagnostics()
    certificates = Certificates(configuration, found)
    try:
        snapshot = build(configuration)
    except ConfigurationError:
        # `check` says what else is wrong; certificates are shown as far as they can be.
        snapshot = None
    users = users_of(configuration, certificates, snapshot)
    entries: list[dict[str, Any]] = []
    for entity in configuration.certificates:
        certificate = certificates.by_id(entity.id)
        vault = None if entity.key_vault is None else entity.key_vault.secret_identifier
        entry = {"id": entity.id, "store": None, "source": vault or entity.file or "data"}
        if certificate is None:
            entries.append({**entry, **dict.fromkeys(_UNKNOWN), "usedBy": ()})
            continue
        has = {"hasPrivateKey": certificate.has_private_key, "chainLength": len(certificate.chain)}
        used = users.get(certificate.thumbprint, ())
        entries.append({**entry, **_facts(certificate), **has, "usedBy": used})
    for authority, records in authorities(configuration, found):
        entry = {"id": authority.id, "store": authority.store_name, "source": authority.file or "data"}
        plain = {"hasPrivateKey": False, "chainLength": 1, "usedBy": ()}
        entries += [{**entry, **_facts(read_certificate(der)), **plain} for der in records]
        if not records:
            entries.append({**entry, **dict.fromkeys(_UNKNOWN), "usedBy": ()})
    problems = [str(one) for one in found]
    problems += _duplicates(entries)
    return entries, problems


_UNKNOWN = (
    *("thumbprint", "subject", "issuer", "serialNumber", "notBefore", "notAfter", "daysLeft"),
    *("hasPrivateKey", "chainLength"),
)


def _duplicates(entries: list[dict[str, Any]]) -> list[str]:
    by_thumbprint: dict[tuple[str, str | None], list[str]] = {}
    for entry in entries:
        if entry["thumbprint"] is not None:
            by_thumbprint.setdefault((entry["thumbprint"], entry["store"]), []).append(entry["id"])
    return [
        f"warning: {', '.join(ids)} are the same certificate ({thumbprint})"
        for (thumbprint, _), ids in by_thumbprint.items()
        if len(ids) > 1
    ]


def _row(entry: dict[str, Any]) -> tuple[str, ...]:
    return (
        entry["id"],
        entry["store"] or _NOTHING,
        _days(entry),
        entry["thumbprint"] or _NOTHING,
        entry["subject"] or _NOTHING,
        "; ".join(entry["usedBy"]) or _NOTHING,
    )


def _days(entry: dict[str, Any]) -> str:
    if entry["thumbprint"] is None:
        return "in a vault" if _in_vault(entry) else "unreadable"
    return str(entry["daysLeft"]) if entry["daysLeft"] >= 0 else "expired"


def _in_vault(entry: dict[str, Any]) -> bool:
    """Whether it lives in a key vault, which is not asked here."""
    return str(entry["source"]).startswith("https://")


def _tell(problems: list[str]) -> None:
    for problem in problems:
        click.echo(one_line(problem), err=True)
