"""Where a redirect leads: its Location resolved, and the target of that address.

Says nothing of methods and bodies, and sends nothing. A place must be one that set-backend-service could
name; which credentials go there is not decided here, but a target of another origin has none.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import quote

from fastgw._exchange import Target
from fastgw.model.types import split_url
from fastgw.snapshot import ConnectionSettings, Snapshot
from fastgw.snapshot.targets import make_target

_MOST_TARGETS: Final = 1024
_PORTS: Final = {"http": 80, "https": 443}
# RFC 3986 appendix B: scheme, authority, path, query; the fragment stays with whoever asked.
_REFERENCE: Final = re.compile(r"(?:([^:/?#]+):)?(?://([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#.*)?")
_NOWHERE: Final = re.compile(rb"\??(?:#.*)?", re.DOTALL)
# Everything that split_url takes; the rest, such as UTF-8 that a backend sends as it is, is percent-encoded.
_SAFE: Final = "!#$%&'()*+,/:;=?@[]~"

Origin = tuple[str, str, int]
Place = tuple[str, str, str]
"""Authority with scheme, path, query."""


class NotFollowed(Exception):
    """A redirect that is not followed; the message says why."""


class Redirects:
    """The places that redirects have led to, of one worker."""

    def __init__(self) -> None:
        # By what the place shares with the target that led there: its own connection, or none.
        self._stays: dict[Target, Target] = {}
        self._elsewhere: dict[tuple[Origin, str, object], Target] = {}
        # Made when it is asked for; most configurations follow no redirects.
        self._backends: dict[Origin, list[Target]] | None = None
        self._snapshot: Snapshot | None = None

    def install(self, snapshot: Snapshot) -> None:
        """Take over a configuration; nothing is kept of the one before."""
        self._snapshot = snapshot
        self._stays.clear()
        self._elsewhere.clear()
        self._backends = None

    def _known(self, origin: Origin) -> list[Target]:
        """The backends of an origin."""
        found = self._backends
        if found is None:
            found = self._backends = {}
            for target in self._snapshot.targets if self._snapshot is not None else ():
                if target.backend_id is not None and target.host:
                    found.setdefault(_origin(target), []).append(target)
        return found.get(origin, [])

    def find(
        self, target: Target, path: bytes, query: bytes, location: bytes, snapshot: Snapshot
    ) -> tuple[Target, bytes, bytes, bool]:
        """Where `location` leads that `target` has given for a path and a query.

        The target, whose base path is empty; path and query; whether the origin stays the same. Raises
        NotFollowed for a place that no backend may have, for none, and for http in place of https.
        """
        if _NOWHERE.fullmatch(location):
            # It would lead to itself.
            raise NotFollowed("the Location is empty")
        base = (f"{target.scheme}://{target.host_header.decode()}", _text(path) or "/", _text(query))
        authority, to, asked = resolve(base, quote(location, safe=_SAFE))
        try:
            parts = split_url(authority + to)
            if parts.port == 0:
                raise ValueError("may not use port 0")
        except ValueError as error:
            raise NotFollowed(f"the Location {error}") from None
        if target.scheme == "https" and parts.scheme != "https":
            # As .NET: what was asked for in confidence is not asked for in the open.
            raise NotFollowed("it leads from https to http")
        if snapshot is not self._snapshot:
            # Requests that began before a reload are few, and keep nothing here.
            former = Redirects()
            former.install(snapshot)
            return former.find(target, path, query, location, snapshot)
        origin = (parts.scheme, (parts.hostname or "").lower(), parts.port or _PORTS[parts.scheme])
        stays = origin == _origin(target)
        found = self._same(target) if stays else self._other(origin, to, target)
        return found, to.encode(), asked.encode(), stays

    def _same(self, target: Target) -> Target:
        """The target without its path: all else belongs to the origin."""
        if not target.base_path:
            return target
        found = self._stays.get(target)
        if found is None:
            if len(self._stays) >= _MOST_TARGETS:
                self._stays.clear()
            found = self._stays[target] = make_target(
                (*_origin(target), ""),
                connection=target.connection,
                backend_id=target.backend_id,
                credentials=target.credentials,
                certificate=target.certificate,
            )
        return found

    def _other(self, origin: Origin, path: str, since: Target) -> Target:
        """The target of another origin: as its backend entity says, where it has one, without credentials."""
        backend = self._backend(origin, path)
        key = (origin, "" if backend is None else backend.base_path.decode(), since.connection.proxy)
        found = self._elsewhere.get(key)
        if found is None:
            if len(self._elsewhere) >= _MOST_TARGETS:
                self._elsewhere.clear()
            if backend is None:
                # The way out is the same as that of the backend that led there.
                settings = ConnectionSettings(proxy=since.connection.proxy)
                found = make_target((*origin, ""), connection=settings)
            else:
                found = make_target(
                    (*origin, ""), connection=backend.connection, backend_id=backend.backend_id
                )
                if backend.balancer is not None and len(backend.balancer.members) == 1:
                    found.balancer = backend.balancer
            self._elsewhere[key] = found
        return found

    def _backend(self, origin: Origin, path: str) -> Target | None:
        """The backend with the longest URL that the place begins with."""
        best: Target | None = None
        for target in self._known(origin):
            base = target.base_path.decode()
            if (path == base or path.startswith(f"{base}/")) and (
                best is None or len(base) > len(best.base_path)
            ):
                best = target
        return best


def resolve(base: Place, reference: str) -> Place:
    """What `reference` means at `base` (RFC 3986 section 5.2.2); without its fragment.

    The authority of a scheme that is none of ours is left as it stands.
    """
    match = _REFERENCE.fullmatch(reference)
    scheme, authority, path, query = match.groups() if match is not None else (None, None, "", None)
    if scheme is not None:
        start = scheme.lower() + ":" if authority is None else f"{scheme.lower()}://{authority}"
        return start, _without_dots(path) or "/", query or ""
    if authority is not None:
        return f"{base[0].partition(':')[0]}://{authority}", _without_dots(path) or "/", query or ""
    if not path:
        return base[0], base[1], base[2] if query is None else query
    if not path.startswith("/"):
        path = base[1].rpartition("/")[0] + "/" + path
    return base[0], _without_dots(path), query or ""


def _without_dots(path: str) -> str:
    """RFC 3986 section 5.2.4."""
    kept: list[str] = []
    pieces = path.split("/")
    for piece in pieces:
        if piece == "..":
            if len(kept) > 1:
                kept.pop()
        elif piece != ".":
            kept.append(piece)
    if pieces[-1] in (".", ".."):
        kept.append("")
    return "/".join(kept)


def _origin(target: Target) -> Origin:
    return target.scheme, target.host, target.port


def _text(data: bytes) -> str:
    return data.decode("latin-1")
