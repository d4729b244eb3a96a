"""Text into the parts of a System.Uri: which text is absolute, and what is wrong with it.

The rules and messages are those of .NET Core on Linux, where a path that begins with `/` is an absolute Uri
of the scheme file.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from fastgw.expr.library.host_names import BASIC, UNKNOWN, Host, host_of
from fastgw.expr.library.percent_text import MOST_CHARACTERS, TOO_LONG, canonical
from fastgw.expr.runtime.errors import UriFormatException
from fastgw.expr.runtime.meter import meter
from fastgw.expr.runtime.text import inward, outward

RELATIVE_OR_ABSOLUTE, ABSOLUTE, RELATIVE = range(3)
"""The values of System.UriKind."""

EMPTY = "Invalid URI: The URI is empty."
_FORMAT = "Invalid URI: The format of the URI could not be determined."
_SCHEME_TEXT = "Invalid URI: The URI scheme is not valid."
_NO_AUTHORITY = "Invalid URI: The Authority/Host could not be parsed."
_HOST = "Invalid URI: The hostname could not be parsed."
_PORT = "Invalid URI: Invalid port specified."
_DOS = "Invalid URI: A Dos path must be rooted, for example, 'c:\\\\'."
_NOT_RELATIVE = (
    "A relative URI cannot be created because the 'uriString' parameter represents an absolute URI."
)
_BLANK = " \t\r\n"
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*")
_DRIVE = re.compile(r"[A-Za-z][:|]")

PORTS = {
    "http": 80,
    "https": 443,
    "ws": 80,
    "wss": 443,
    "ftp": 21,
    "gopher": 70,
    "nntp": 119,
    "telnet": 23,
    "ldap": 389,
    "mailto": 25,
    "net.tcp": 808,
}
"""The default ports of schemes."""

_NEEDS_HOST = frozenset(
    {"http", "https", "ws", "wss", "ftp", "gopher", "nntp", "telnet", "net.tcp", "net.pipe"}
)
_WITH_BACKSLASHES = frozenset({"http", "https", "ws", "wss", "ftp", "file", "net.tcp", "net.pipe"})
"""Schemes whose paths may be written with them."""
_NO_HOST = Host("", "", UNKNOWN)
_LOCAL_HOST = Host("", "", BASIC)


class Parts(NamedTuple):
    """An absolute Uri in canonical form (see `percent_text.canonical`); `port` -1: the scheme has none.

    `slashes` stands between the scheme and the host. `query` has its `?` and `fragment` its `#`.
    """

    scheme: str
    slashes: str
    user: str
    host: Host
    port: int
    path: str
    query: str
    fragment: str

    @property
    def authority(self) -> str:
        """Host, and the port where it is not the default one."""
        if self.port < 0 or self.port == PORTS.get(self.scheme, -1):
            return self.host.text
        return f"{self.host.text}:{self.port}"

    @property
    def start(self) -> str:
        """All before the path."""
        user = f"{self.user}@" if self.user else ""
        return f"{self.scheme}:{self.slashes}{user}{self.authority}"


class NoUri(NamedTuple):
    """Why text is no absolute Uri; `may_be_relative`: it may still be a relative one."""

    message: str
    may_be_relative: bool


def parse(text: str, kind: int) -> Parts | None:
    """The parts of an absolute Uri, None for a relative one. Raises UriFormatException."""
    if len(text) >= MOST_CHARACTERS:
        raise UriFormatException(TOO_LONG)
    meter.reserve(len(text))
    found = _parse_absolute(text, kind)
    if isinstance(found, Parts):
        if kind == RELATIVE:
            raise UriFormatException(_NOT_RELATIVE)
        return found
    if kind == ABSOLUTE or not found.may_be_relative:
        raise UriFormatException(found.message)
    return None


def _parse_absolute(text: str, kind: int) -> Parts | NoUri:
    text = outward(text.strip(_BLANK))
    if not text:
        return NoUri(EMPTY, True)
    if text[0] == "/" and kind == ABSOLUTE:
        return _unix_path(text)
    if text.startswith("\\\\"):
        return _file(text)
    if _DRIVE.match(text) and len(text) > 2:
        if text[2:3] not in ("/", "\\"):
            return NoUri(_DOS, False)
        return _file(f"///{text}")
    before, colon, rest = text.partition(":")
    if not colon or not before or len(text) == 2:
        return NoUri(_FORMAT, True)
    if any(one in before for one in "/?#\\"):
        return NoUri(_FORMAT if before[0] in "/?#\\" else _SCHEME_TEXT, True)
    if _SCHEME.fullmatch(before) is None:
        return NoUri(_SCHEME_TEXT, True)
    scheme = before.lower()
    if scheme == "mailto":
        return _mail(rest)
    if rest.startswith("//"):
        return _file(rest) if scheme == "file" else _with_authority(scheme, rest[2:])
    if scheme in _NEEDS_HOST or scheme == "file":
        return NoUri(_HOST if rest.startswith("\\\\") else _NO_AUTHORITY, not rest)
    path, query, fragment = _split(rest)
    return _parts(scheme, "", "", _NO_HOST, -1, path, query, fragment)


def _parts(
    scheme: str, slashes: str, user: str, host: Host, port: int, path: str, query: str, fragment: str
) -> Parts:
    """The parts in canonical form; dot segments are removed behind an authority."""
    path = canonical(inward(path))
    if slashes:
        if scheme in _WITH_BACKSLASHES:
            path = path.replace("\\", "/")
        path = without_dots(path if path.startswith("/") else f"/{path}")
    return Parts(
        scheme,
        slashes,
        canonical(inward(user)),
        Host(inward(host.text), inward(host.safe), host.kind),
        port,
        path,
        canonical(inward(query)),
        canonical(inward(fragment)),
    )


def _split(text: str) -> tuple[str, str, str]:
    """Path, `?query` and `#fragment`."""
    before, mark, fragment = text.partition("#")
    path, question, query = before.partition("?")
    return path, question + query, mark + fragment


def _with_authority(scheme: str, rest: str) -> Parts | NoUri:
    end = len(rest)
    for mark in "/?#":
        place = rest.find(mark)
        end = place if 0 <= place < end else end
    authority = rest[:end]
    if not authority and scheme not in _NEEDS_HOST:
        # Schemes that .NET does not know may leave the host out.
        return _parts(scheme, "//", "", _LOCAL_HOST, -1, *_split(rest))
    found = _authority(scheme, authority)
    if isinstance(found, NoUri):
        return found
    user, host, port, behind = found
    path, query, fragment = _split(f"{behind}{rest[end:]}")
    return _parts(scheme, "//", user, host, port, path, query, fragment)


def _authority(scheme: str, text: str) -> tuple[str, Host, int, str] | NoUri:
    """User, host, port, and what belongs to the path already."""
    user, at, place = text.partition("@")
    if not at:
        user, place = "", text
    behind = ""
    bracket = place.find("]") + 1 if place.startswith("[") else 0
    if bracket:
        host_text, port_text = place[:bracket], place[bracket:]
        if port_text[:1] == ":":
            port_text = port_text[1:]
        else:
            port_text, behind = "", port_text
    else:
        host_text, _, port_text = place.partition(":")
    host = host_of(host_text)
    if host is None:
        return NoUri(_HOST, False)
    port = PORTS.get(scheme, -1)
    if port_text:
        if not (port_text.isascii() and port_text.isdigit()) or int(port_text[:9]) > 65535:
            return NoUri(_PORT, False)
        port = int(port_text)
    return user, host, port, behind


def _mail(rest: str) -> Parts | NoUri:
    address, query, fragment = _split(rest)
    place, slash, path = address.partition("/")
    if not place:
        return _parts("mailto", "", "", _NO_HOST, PORTS["mailto"], address, query, fragment)
    found = _authority("mailto", place)
    if isinstance(found, NoUri):
        return found
    user, host, port, behind = found
    return _parts("mailto", "", user, host, port, f"{behind}{slash}{path}", query, fragment)


def _unix_path(text: str) -> Parts:
    """A path of a file of this machine: nothing in it has a meaning but its slashes."""
    for character in "%\\?#":
        text = text.replace(character, f"%{ord(character):02X}")
    return _parts("file", "//", "", _LOCAL_HOST, -1, text, "", "")


def _file(rest: str) -> Parts | NoUri:
    """What stands behind `file:`; without host it is a file of this machine."""
    rest = rest.replace("\\", "/")
    if not rest.startswith("//"):
        rest = f"//{rest if rest.startswith('/') else f'/{rest}'}"
    name, slash, path = rest[2:].partition("/")
    host: Host | None = _LOCAL_HOST
    if name:
        host = host_of(name)
        if host is None:
            return NoUri(_HOST, False)
    path, query, fragment = _split(f"{slash or '/'}{path}")
    if _DRIVE.match(path[1:]):
        path = f"{path[:2]}:{path[3:]}"
    return _parts("file", "//", "", host or _LOCAL_HOST, -1, path, query, fragment)


def without_dots(path: str) -> str:
    """A path that begins with `/`, without `.` and `..` segments."""
    if "/." not in path:
        return path
    kept: list[str] = []
    segments = path.split("/")[1:]
    meter.spend(len(segments))
    for at, one in enumerate(segments):
        is_last = at == len(segments) - 1
        if one == "..":
            if kept:
                kept.pop()
        elif one != ".":
            kept.append(one)
            continue
        if is_last:
            kept.append("")
    return "/" + "/".join(kept)
