"""JSON values as XML text, as json-to-xml maps them (spec/policies/transformation.md).

Names that XML cannot have are written as XmlConvert.EncodeLocalName writes them. What is written is well
formed, and bounded.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from fastgw.errors import PolicyFailure
from fastgw.expr.library.json.dates import iso_text, parse_date
from fastgw.expr.library.xml.names import NAME_REST, NAME_START, NC_NAME
from fastgw.expr.runtime.errors import NetException
from fastgw.expr.runtime.number_text import double_text
from fastgw.policies.documents import Nodes

MOST_CHARACTERS: Final = 64 * 1024 * 1024
_ROOT: Final = "Document"
_TEXT: Final = "#text"
_NIL: Final = ' xsi:nil="true" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
_NC_NAME = re.compile(NC_NAME)
# Also what would read as such a sequence.
_NOT_IN_NAME = re.compile(rf"[^{NAME_REST}]|_(?=x[0-9A-Fa-f]{{4}}_)")
_START = re.compile(f"[{NAME_START}]")
_INVALID = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#xD;"})
_IN_ATTRIBUTE = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\r": "&#xD;", "\n": "&#xA;", "\t": "&#x9;"}
)


@dataclass(frozen=True, slots=True)
class Naming:
    """What names of properties say. ``prefix`` and ``attributes`` are empty where nothing is meant so.

    ``separator`` stands for the colon of XML, ``prefix`` begins declarations of namespaces, ``attributes``
    is the property whose members are attributes. With ``dates``, strings that are dates are written anew.
    """

    separator: str
    prefix: str
    attributes: str
    dates: bool


def document(value: Any, naming: Naming) -> str:
    """The document of a JSON value. Raises PolicyFailure where XML cannot hold it, or it is too large."""
    writer = _Writer(naming)
    if isinstance(value, dict) and len(value) == 1:
        (name, inner), *_ = value.items()
        alone = not isinstance(inner, list) or len(inner) <= 1
        if alone and name != _TEXT and not writer.is_special(name, inner):
            writer.property(name, inner, {})
            return writer.text()
    writer.element(_ROOT, value, {})
    return writer.text()


class _Writer:
    """Writes elements one after the other; `scope` are the prefixes declared around one."""

    def __init__(self, naming: Naming) -> None:
        self._naming = naming
        self._pieces: list[str] = []
        self._left = MOST_CHARACTERS
        self._nodes = Nodes()

    def text(self) -> str:
        return "".join(self._pieces)

    def is_special(self, name: str, value: Any) -> bool:
        """Whether a property is no element: a declaration, or the block of attributes."""
        return self._declared(name) is not None or self._is_block(name, value)

    def property(self, name: str, value: Any, scope: Mapping[str, str]) -> None:
        """A property: an element, or one for each item; an empty array is one that is empty."""
        if isinstance(value, list):
            for one in value or ("",):
                self.element(name, one, scope)
        else:
            self.element(name, value, scope)

    def element(self, name: str, value: Any, scope: Mapping[str, str]) -> None:
        self._nodes.take()
        if isinstance(value, dict):
            self._object(name, value, scope)
            return
        tag = self._name(name, scope)
        if isinstance(value, list):
            # As Json.NET writes an array in an array: the items have the name, too.
            self._write(f"<{tag}>")
            for one in value:
                self.element(name, one, scope)
            self._write(f"</{tag}>")
        elif value is None:
            self._write(f"<{tag}{_NIL} />")
        else:
            text = self._scalar(value)
            self._write(f"<{tag}>{_checked(text).translate(_ESCAPES)}</{tag}>" if text else f"<{tag} />")

    def _object(self, name: str, members: dict[str, Any], scope: Mapping[str, str]) -> None:
        block: dict[str, Any] = {}
        inner: list[tuple[str, Any]] = []
        declared: dict[str, str] = {}
        for key, value in members.items():
            prefix = self._declared(key)
            if prefix is not None and not isinstance(value, (dict, list)):
                declared[prefix] = self._scalar(value)
            elif self._is_block(key, value):
                block.update(value)
            else:
                inner.append((key, value))
        self._nodes.take(len(block))
        for key in list(block):
            prefix = self._declared(key)
            if prefix is not None:
                declared[prefix] = self._scalar(block.pop(key))
        if declared:
            scope = {**scope, **declared}
        tag = self._name(name, scope)
        attributes = {f"xmlns:{one}" if one else "xmlns": uri for one, uri in declared.items()}
        for key, value in block.items():
            attributes[self._name(key, scope)] = self._scalar(value)
        written = "".join(
            f' {one}="{_checked(value).translate(_IN_ATTRIBUTE)}"' for one, value in attributes.items()
        )
        if not inner:
            self._write(f"<{tag}{written} />")
            return
        self._write(f"<{tag}{written}>")
        for key, value in inner:
            if key == _TEXT and not isinstance(value, (dict, list)):
                self._write(_checked(self._scalar(value)).translate(_ESCAPES))
            else:
                self.property(key, value, scope)
        self._write(f"</{tag}>")

    def _declared(self, name: str) -> str | None:
        """The prefix that a property declares, "" for the namespace of names without one; None for none."""
        prefix = self._naming.prefix
        if not prefix or not name.startswith(prefix):
            return None
        if name == prefix:
            return ""
        separator = self._naming.separator or ":"
        declared = name[len(prefix) + len(separator) :]
        if not name.startswith(separator, len(prefix)) or not _NC_NAME.fullmatch(declared):
            return None
        return None if declared.lower().startswith("xml") else declared

    def _is_block(self, name: str, value: Any) -> bool:
        return bool(self._naming.attributes) and name == self._naming.attributes and isinstance(value, dict)

    def _name(self, name: str, scope: Mapping[str, str]) -> str:
        """The name in XML; the separator is a colon only behind a prefix that is declared."""
        separator = self._naming.separator
        prefix, found, local = name.partition(separator) if separator else ("", "", "")
        if found and local and (scope.get(prefix) if prefix != "xml" else True) and prefix:
            return f"{prefix}:{_encoded(local)}"
        return _encoded(name)

    def _scalar(self, value: Any) -> str:
        if isinstance(value, bool):
            return "True" if value else "False"
        if isinstance(value, str):
            return self._dated(value) if self._naming.dates else value
        if value is None:
            return ""
        if isinstance(value, float):
            return double_text(value)
        if isinstance(value, (dict, list)):
            raise _cannot("an attribute must be a simple value")
        return str(value)

    def _dated(self, text: str) -> str:
        try:
            date = parse_date(text)
        except NetException:
            return text
        return text if date is None else iso_text(date)

    def _write(self, piece: str) -> None:
        self._left -= len(piece)
        if self._left < 0:
            raise PolicyFailure(None, "The body would become too large.")
        self._pieces.append(piece)


def _cannot(reason: str) -> PolicyFailure:
    return PolicyFailure(None, f"The body cannot be converted to XML: {reason}.")


def _checked(text: str) -> str:
    found = _INVALID.search(text)
    if found:
        code = ord(found.group())
        raise _cannot(f"hexadecimal value 0x{code:02X} is an invalid character")
    return text


def _encoded(name: str) -> str:
    """XmlConvert.EncodeLocalName. Raises PolicyFailure for an empty name."""
    if _NC_NAME.fullmatch(name) and "_x" not in name:
        return name
    if not name:
        raise _cannot("a property has an empty name")
    encoded = _NOT_IN_NAME.sub(lambda found: _sequence(found.group()), name)
    if not _START.match(name) and encoded[0] == name[0]:
        encoded = _sequence(name[0]) + encoded[1:]
    return encoded


def _sequence(character: str) -> str:
    code = ord(character)
    return f"_x{code:04X}_" if code < 0x10000 else f"_x{code:08X}_"
