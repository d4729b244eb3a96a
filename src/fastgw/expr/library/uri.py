"""System.Uri: the class, how it is made, and how two are combined. Its members are in uri_members.py."""

from __future__ import annotations

import re

from fastgw.expr.library.declare import define, define_enum
from fastgw.expr.library.percent_text import decoded, escaped
from fastgw.expr.library.uri_parsing import (
    ABSOLUTE,
    EMPTY,
    PORTS,
    RELATIVE,
    RELATIVE_OR_ABSOLUTE,
    Parts,
    parse,
)
from fastgw.expr.runtime.errors import (
    ArgumentNullException,
    ArgumentOutOfRangeException,
    InvalidOperationException,
    UriFormatException,
)
from fastgw.expr.runtime.values import NetObject
from fastgw.expr.types import Type

_NOT_ASCII = re.compile("%[89A-Fa-f][0-9A-Fa-f]")
URI_KIND = define_enum(
    "System.UriKind",
    {"RelativeOrAbsolute": RELATIVE_OR_ABSOLUTE, "Absolute": ABSOLUTE, "Relative": RELATIVE},
)
URI_PARTIAL = define_enum("System.UriPartial", {"Scheme": 0, "Authority": 1, "Path": 2, "Query": 3})
URI_HOST_NAME_TYPE = define_enum(
    "System.UriHostNameType", {"Unknown": 0, "Basic": 1, "Dns": 2, "IPv4": 3, "IPv6": 4}
)


class Uri(NetObject):
    """A System.Uri: `original` as it was given, `parts` of an absolute one.

    `is_escaped`: a relative one that is shown as it is, because it was made by MakeRelativeUri.
    """

    __slots__ = ("is_escaped", "original", "parts")

    def __init__(self, original: str, parts: Parts | None, *, is_escaped: bool = False) -> None:
        self.original = original
        self.parts = parts
        self.is_escaped = is_escaped

    def known(self) -> Parts:
        """The parts. Raises InvalidOperationException for a relative Uri."""
        if self.parts is None:
            raise InvalidOperationException("This operation is not supported for a relative URI.")
        return self.parts

    def _identity(self) -> tuple[object, ...]:
        """What counts when two are compared: neither the user nor the fragment, and no escaping."""
        if self.parts is None:
            return (self.original,)
        one = self.parts
        return one.scheme, one.host.text, one.port, one.path, one.query

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Uri) and self._identity() == other._identity()

    def __hash__(self) -> int:
        return hash(self._identity())

    def net_type(self) -> Type:
        """System.Uri."""
        return URI.type

    def net_text(self) -> str:
        """ToString(): what can be decoded is."""
        if self.parts is None:
            return self.original if self.is_escaped else _relative_text(self.original)
        one = self.parts
        return f"{one.start}{one.path}{one.query}{one.fragment}"

    def absolute_text(self) -> str:
        """AbsoluteUri. Raises InvalidOperationException for a relative Uri."""
        one = self.known()
        start = f"{one.scheme}:{one.slashes}{escaped(one.user)}{'@' if one.user else ''}{one.authority}"
        return start + escaped(f"{one.path}{one.query}{one.fragment}")


URI = define("System.Uri", "class", python=(Uri,))


def _relative_text(text: str) -> str:
    """A relative Uri as text: decoded only where something in it is not ASCII, escaped or not."""
    if text.isascii() and _NOT_ASCII.search(text) is None:
        return text
    return decoded(text)


def uri_of_text(text: str, kind: int = ABSOLUTE) -> Uri:
    """A Uri of its text. Raises UriFormatException."""
    return Uri(text, parse(text, kind))


def new_uri(text: str | None) -> Uri:
    """`new Uri(text)`: an absolute Uri. Raises ArgumentNullException and UriFormatException."""
    if text is None:
        raise ArgumentNullException(parameter="uriString")
    return uri_of_text(text)


def combined(base: Uri | None, relative: str | None) -> Uri:
    """A Uri of text, which may be relative to another one.

    Raises ArgumentNullException, ArgumentOutOfRangeException and UriFormatException.
    """
    if base is None:
        raise ArgumentNullException(parameter="baseUri")
    if base.parts is None:
        raise ArgumentOutOfRangeException(parameter="baseUri")
    text = (relative or "").strip(" \t\r\n")
    start = base.parts
    same_scheme = f"{start.scheme}:"
    if text[: len(same_scheme)].lower() == same_scheme and not text[len(same_scheme) :].startswith("//"):
        # Old usage that RFC 3986 leaves to parsers: the scheme of the base counts as not given.
        text = text[len(same_scheme) :]
    found = parse(text, RELATIVE_OR_ABSOLUTE)
    if found is not None:
        return Uri(text, found)
    return _joined(start, text)


def _joined(base: Parts, text: str) -> Uri:
    """Text without scheme, behind the part of the base that it does not replace (RFC 3986, 5.2)."""
    if not text:
        joined = f"{base.start}{base.path}{base.query}{base.fragment}"
    elif text.startswith(("//", "\\\\")):
        joined = f"{base.scheme}:{text}"
    elif text[0] in "/\\":
        joined = f"{base.start}/{text[1:]}"
    elif text[0] == "?":
        joined = f"{base.start}{base.path}{text}"
    elif text[0] == "#":
        joined = f"{base.start}{base.path}{base.query}{text}"
    else:
        joined = f"{base.start}{base.path[: base.path.rfind('/') + 1]}{text}"
    parts = parse(joined, ABSOLUTE)
    if parts is None:
        raise UriFormatException(EMPTY)
    return Uri(f"{parts.start}{parts.path}{parts.query}{parts.fragment}", parts)


def relative_between(base: Uri, target: Uri) -> Uri:
    """MakeRelativeUri: how `target` is written relative to `base`, or itself where it cannot be.

    Raises InvalidOperationException where one of them is relative.
    """
    start, end = base.known(), target.known()
    if (start.scheme, start.host.text, start.port) != (end.scheme, end.host.text, end.port):
        return target
    path = _path_between(escaped(start.path), escaped(end.path))
    if ":" in path.partition("/")[0] and not path.startswith("."):
        path = f"./{path}"
    return Uri(path + escaped(f"{end.query}{end.fragment}"), None, is_escaped=True)


def _path_between(start: str, end: str) -> str:
    same = 0
    slash = -1
    while same < len(start) and same < len(end) and start[same] == end[same]:
        if start[same] == "/":
            slash = same
        same += 1
    if same == 0:
        return end
    if same == len(start) == len(end):
        return ""
    up = "../" * start.count("/", same)
    if not up and len(end) - 1 == slash:
        return "./"
    return up + end[slash + 1 :]


def is_default_port(parts: Parts) -> bool:
    """Whether the port is the one of the scheme; schemes without one have none either."""
    return parts.port == PORTS.get(parts.scheme, -1)
