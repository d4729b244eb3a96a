"""XNamespace and XName, and which text is a name of XML."""

from __future__ import annotations

import re
from typing import Any

from fastgw.expr.runtime.errors import ArgumentException, ArgumentNullException, XmlException
from fastgw.expr.runtime.values import NetObject

XML_URI = "http://www.w3.org/XML/1998/namespace"
XMLNS_URI = "http://www.w3.org/2000/xmlns/"

NAME_START = (
    "A-Za-z_\xc0-\xd6\xd8-\xf6\xf8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c\u200d\u2070-\u218f\u2c00-\u2fef"
    "\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd"
)
NAME_REST = rf"{NAME_START}\-.0-9\xb7\u0300-\u036f\u203f\u2040"
NC_NAME = f"[{NAME_START}][{NAME_REST}]*+"
"""What a name without colon looks like, as a pattern."""

_NC_NAME = re.compile(NC_NAME)
_NAME = re.compile(f"[:{NAME_START}][:{NAME_REST}]*+")
_START = re.compile(f"[{NAME_START}]")
INVALID_CHARACTER = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]"
)
"""A code unit that no XML document has."""


def shown(character: str) -> str:
    """A character as messages show it, with its number."""
    return f"'{'.' if character == chr(0) else character}', hexadecimal value 0x{ord(character):02X}"


def name_fault(text: str, at: int, is_first: bool) -> str:
    """What to say of the character at a place that no name has there."""
    character = text[at]
    said = f"'{character}' character, hexadecimal value 0x{ord(character):02X}"
    return f"Name cannot begin with the {said}." if is_first else f"The {said}, cannot be included in a name."


def check_nc_name(text: str | None, parameter: str = "name") -> str:
    """A name without colon. Raises ArgumentNullException, ArgumentException and XmlException."""
    if text is None:
        raise ArgumentNullException(parameter=parameter)
    if not text:
        raise ArgumentException("The empty string '' is not a valid name.", parameter=parameter)
    found = _NC_NAME.match(text)
    if found is None or found.end() != len(text):
        at = 0 if found is None else found.end()
        raise XmlException(name_fault(text, at, _is_bad_start(text, at)), None, 0, at + 1)
    return text


def check_name(text: str | None) -> str:
    """A name, perhaps with colons. Raises ArgumentNullException, ArgumentException and XmlException."""
    if text is None or not text:
        return check_nc_name(text)
    found = _NAME.match(text)
    if found is None or found.end() != len(text):
        at = 0 if found is None else found.end()
        raise XmlException(name_fault(text, at, at == 0), None, 0, at + 1)
    return text


def _is_bad_start(text: str, at: int) -> bool:
    return at == 0 and _START.match(text) is None


class XNamespace(NetObject):
    """System.Xml.Linq.XNamespace: a URI, compared by it."""

    __slots__ = ("uri",)

    def __init__(self, uri: str) -> None:
        self.uri = uri

    def __eq__(self, other: object) -> bool:
        return isinstance(other, XNamespace) and other.uri == self.uri

    def __hash__(self) -> int:
        return hash(self.uri)

    def net_text(self) -> str:
        """The URI."""
        return self.uri


class XName(NetObject):
    """System.Xml.Linq.XName: a local name in the namespace of a URI; empty for no namespace."""

    __slots__ = ("local", "uri")

    def __init__(self, local: str, uri: str = "") -> None:
        self.local = local
        self.uri = uri

    def __eq__(self, other: object) -> bool:
        return isinstance(other, XName) and other.local == self.local and other.uri == self.uri

    def __hash__(self) -> int:
        return hash((self.local, self.uri))

    def net_text(self) -> str:
        """`{uri}local`, or the local name alone."""
        return f"{{{self.uri}}}{self.local}" if self.uri else self.local


NO_NAMESPACE = XNamespace("")
XML_NAMESPACE = XNamespace(XML_URI)
XMLNS_NAMESPACE = XNamespace(XMLNS_URI)


def make_name(local: str | None, uri: str | None) -> XName:
    """A name in a namespace. Raises ArgumentNullException, ArgumentException and XmlException."""
    if local is None:
        raise ArgumentNullException(parameter="localName")
    if uri is None:
        raise ArgumentNullException(parameter="namespaceName")
    return XName(check_nc_name(local, "localName"), uri)


def expanded_name(text: str | None) -> XName:
    """A name of `{uri}local` or `local`. Raises ArgumentNullException, ArgumentException, XmlException."""
    if text is None:
        raise ArgumentNullException(parameter="expandedName")
    if not text:
        raise ArgumentException("'' is an invalid expanded name.")
    if text[0] != "{":
        return XName(check_nc_name(text))
    end = text.rfind("}")
    if end <= 1 or end == len(text) - 1:
        raise ArgumentException(f"'{text}' is an invalid expanded name.")
    return XName(check_nc_name(text[end + 1 :]), text[1:end])


def required(name: Any, parameter: str = "name") -> Any:
    """An argument that may not be null. Raises ArgumentNullException."""
    if name is None:
        raise ArgumentNullException(parameter=parameter)
    return name
