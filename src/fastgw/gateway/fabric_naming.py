"""What is said to the naming service of a Service Fabric cluster, and what its answers mean.

Values in, values out (spec/resilience.md section 5): nothing here opens a connection, remembers an answer,
or chooses one replica among several.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

import orjson

from fastgw.gateway.fabric_http import Answer
from fastgw.model.service_fabric import Question
from fastgw.model.types import check_backend_url

MAX_ENDPOINTS: Final = 1000
"""Replicas or instances in one answer."""

# As long as the url of a backend may be, and as what still fits into the line of a request.
_MAX_URL: Final = 2000
_MAX_VERSION: Final = 2000

# Service Fabric reads names in a query as they are: only what a query cannot hold, or what would end the
# value, is encoded. In the path, everything but the name itself is.
_QUERY_SAFE: Final = "!$'()*,:@/?"

_ERROR_CODE = re.compile(r"[A-Za-z0-9_]{1,100}")

# The kinds of endpoints (ServiceEndpointRole): as names, and as the numbers that older clusters write.
_STATELESS: Final = ("Stateless", "StatelessInstance", 1)
_STATEFUL: Final = {"primary": ("StatefulPrimary", 2), "secondary": ("StatefulSecondary", 3)}

# With an error code, these are what the naming service says of the question; from others, they and every
# other status only say something of the endpoint that was asked.
_ABOUT_THE_QUESTION: Final = (400, 404)


class BadAnswer(Exception):
    """The endpoint that was asked is of no use; another one may be."""


class Unresolvable(Exception):
    """The cluster has answered: there is no such partition, replica or listener."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a replica or an instance listens: an absolute http or https base URL."""

    url: str
    version: str
    """Of the answer that it stood in: what the naming service is told when the endpoint proves wrong."""


def request_target(question: Question, previous_version: str = "") -> str:
    """Path and query, encoded, of the question; `previous_version` is that of an answer that proved wrong."""
    service = question.service_name.removeprefix("fabric:/").replace("/", "~")
    key = question.partition_key
    kind = 1 if key is None else 2 if isinstance(key, int) else 3
    target = f"/Services/{quote(service, safe='')}/$/ResolvePartition?api-version=6.0&PartitionKeyType={kind}"
    if key is not None:
        target += f"&PartitionKeyValue={quote(str(key), safe=_QUERY_SAFE)}"
    if previous_version:
        target += f"&PreviousRspVersion={quote(previous_version, safe=_QUERY_SAFE)}"
    return target


def read_answer(answer: Answer, question: Question) -> tuple[Endpoint, ...]:
    """The endpoints that serve the question, at least one: of a stateless service every instance.

    Raises BadAnswer and Unresolvable.
    """
    if answer.status != 200:
        code = _error_code(answer.body)
        reason = f"status {answer.status} ({code})" if code else f"status {answer.status}"
        raise (Unresolvable if code and answer.status in _ABOUT_THE_QUESTION else BadAnswer)(reason)
    partition = _json(answer.body)
    entries, version = partition.get("Endpoints"), partition.get("Version")
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise BadAnswer("the answer is not a resolved partition: it has no list of Endpoints")
    if not isinstance(version, str) or len(version) > _MAX_VERSION:
        raise BadAnswer("the answer is not a resolved partition: it has no Version")
    if len(entries) > MAX_ENDPOINTS:
        raise Unresolvable(f"the partition has more than {MAX_ENDPOINTS} endpoints")
    found: list[Endpoint] = []
    problem = ""
    for address in _addresses(entries, question):
        try:
            found.append(Endpoint(_listener_url(address, question.listener_name), version))
        except ValueError as error:
            problem = str(error)
    if not found:
        raise Unresolvable(problem)
    return tuple(dict.fromkeys(found))


def _json(body: bytes) -> dict[str, Any]:
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        value = None
    if not isinstance(value, dict):
        raise BadAnswer("the answer is not a JSON object")
    return value


def _error_code(body: bytes) -> str:
    """The Code of a FabricError, or nothing."""
    try:
        error = _json(body).get("Error")
    except BadAnswer:
        return ""
    code = error.get("Code") if isinstance(error, dict) else None
    return code if isinstance(code, str) and _ERROR_CODE.fullmatch(code) else ""


def _addresses(entries: list[dict[str, Any]], question: Question) -> list[Any]:
    """The addresses of the replicas that may serve the question."""
    found = [entry.get("Address") for entry in entries if entry.get("Kind") in _STATELESS]
    if found:
        return found
    replica = question.replica_type or "primary"
    found = [entry.get("Address") for entry in entries if entry.get("Kind") in _STATEFUL[replica]]
    if not found:
        raise Unresolvable(f"the partition has no {replica} replica" if entries else "nothing serves it")
    return found


def _listener_url(address: Any, name: str) -> str:
    """The base URL of one listener. Raises ValueError, with the end of a sentence."""
    listeners = _listeners(address)
    if name:
        if name not in listeners:
            raise ValueError("no listener has the name that sf-listener-name gives")
        url = listeners[name]
    else:
        url = listeners[""] if "" in listeners else next(iter(listeners.values()))
    try:
        if not isinstance(url, str) or len(url) > _MAX_URL:
            raise ValueError("is not a text of 2000 characters at the most")
        return check_backend_url(url)
    except ValueError as error:
        hint = "" if name or len(listeners) == 1 else "; name another listener with sf-listener-name"
        raise ValueError(f"the address of the listener {error}{hint}") from None


def _listeners(address: Any) -> dict[str, Any]:
    """Listeners by name: what a JSON address says; a plain one is that of an unnamed listener."""
    if not isinstance(address, str) or not address:
        raise ValueError("a replica has no address")
    if not address.lstrip().startswith("{"):
        return {"": address}
    try:
        listeners = _json(address.encode()).get("Endpoints")
    except BadAnswer:
        listeners = None
    if not isinstance(listeners, dict) or not listeners:
        raise ValueError("a replica's address names no listeners")
    return listeners
