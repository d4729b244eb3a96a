"""Asks the management address of a running gateway, for commands that do.

The token goes to nobody but the address that the user named, and never into an error. Where the data
directory holds the certificate that the gateway made itself, this one alone is trusted.
"""

from __future__ import annotations

import http.client
import ssl
from collections.abc import Callable
from typing import Any, TypeVar

import click
import orjson

from fastgw.data_dir import CERTIFICATE_FILE, TOKEN_FILE, read_told
from fastgw.errors import FastgwError
from fastgw.settings import ClientSettings
from fastgw.telemetry.log import one_line

_TIMEOUT = 10.0
# The status of ten thousand backends takes a few MiB.
_LARGEST_ANSWER = 64 * 1024 * 1024

_Command = TypeVar("_Command", bound=Callable[..., object])


class ManagementError(FastgwError):
    """The gateway cannot be reached, or refuses; the message says what to do."""


def client_options(command: _Command) -> _Command:
    """The options of every command that asks a running gateway: `management` and `data_dir`."""
    for option in (
        click.option(
            "--data-dir", metavar="DIR", help="The gateway's data directory, which holds the token."
        ),
        click.option("--management", metavar="URL", help="The gateway's management address."),
    ):
        command = option(command)
    return command


def ask(settings: ClientSettings, method: str, target: str, member: str) -> dict[str, Any]:
    """Send one request with the token, and return the JSON object of the answer, which has `member`.

    Raises ManagementError where there is no token, no gateway, or an answer that is not 200.
    """
    endpoint = settings.management
    authorization = f"Bearer {_token(settings)}"
    connection = (
        http.client.HTTPSConnection(endpoint.host, endpoint.port, timeout=_TIMEOUT, context=_trust(settings))
        if endpoint.scheme == "https"
        else http.client.HTTPConnection(endpoint.host, endpoint.port, timeout=_TIMEOUT)
    )
    try:
        connection.request(method, target, headers={"Authorization": authorization})
        response = connection.getresponse()
        body = response.read(_LARGEST_ANSWER + 1)
    except ssl.SSLCertVerificationError as error:
        raise ManagementError(
            f"the certificate that {endpoint.url} shows is not trusted ({error.verify_message}); name the "
            "data directory of the gateway that serves there with --data-dir or FASTGW_DATA_DIR"
        ) from None
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise ManagementError(
            f"the gateway does not answer at {endpoint.url} ({one_line(reason)}); is it running, and is this "
            "its management address? Name another one with --management or FASTGW_MANAGEMENT"
        ) from None
    finally:
        connection.close()
    return _document(settings, response.status, body, member)


def _document(settings: ClientSettings, status: int, body: bytes, member: str) -> dict[str, Any]:
    url = settings.management.url
    if status == 401:
        raise ManagementError(
            f"{url} refuses the token of {settings.data_dir}; name the data directory of the gateway that "
            "serves there with --data-dir or FASTGW_DATA_DIR"
        )
    try:
        if len(body) > _LARGEST_ANSWER:
            raise ValueError
        document: dict[str, Any] = orjson.loads(body)
        if status == 200 and document[member] is not None:
            return document
        message = str(document["error"]["message"])
    except (ValueError, LookupError, TypeError):
        raise ManagementError(
            f"what answers at {url} (with {status}) is not the management of fastgw"
        ) from None
    raise ManagementError(one_line(message))


def _token(settings: ClientSettings) -> str:
    if settings.data_dir is None:
        raise ManagementError(
            "the home folder is not known; name the gateway's data directory with --data-dir"
        )
    path = settings.data_dir / TOKEN_FILE
    try:
        token = read_told(path).decode("ascii").strip()
    except FileNotFoundError:
        raise ManagementError(
            f"there is no token at {path}; a gateway makes it when it starts, name its data directory with "
            "--data-dir or FASTGW_DATA_DIR"
        ) from None
    except OSError as error:
        raise ManagementError(f"the token at {path} cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError:
        token = ""
    if not token or not token.isprintable():
        raise ManagementError(f"{path} holds no token; restart the gateway, which makes a new one")
    return token


def _trust(settings: ClientSettings) -> ssl.SSLContext:
    """Trust in the certificate that the gateway made itself; without one, in those of the system."""
    path = None if settings.data_dir is None else settings.data_dir / CERTIFICATE_FILE
    try:
        kept = None if path is None else read_told(path).decode("ascii")
    except FileNotFoundError:
        kept = None
    except (OSError, UnicodeDecodeError) as error:
        raise ManagementError(f"the certificate at {path} cannot be read: {error}") from None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if kept is None:
        context.load_default_certs()
        return context
    try:
        context.load_verify_locations(cadata=kept)
    except (ssl.SSLError, ValueError):
        raise ManagementError(
            f"{path} holds no certificate; restart the gateway, which makes a new one"
        ) from None
    # Self-made, it is the end of its chain without being an authority.
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    return context
