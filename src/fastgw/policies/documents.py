"""Bodies read as JSON or XML, within bounds: what conversions, templates and stylesheets work on.

XML has no document type, no entities and no network here. Depth is bounded by the parsers (64 levels of JSON,
256 of XML), time by the count of nodes, size by what policies may read of a body. What cannot be read is a
PolicyFailure.
"""

from __future__ import annotations

import codecs
import json
import re
from typing import Any, NoReturn

from lxml import etree

from fastgw._program import Message
from fastgw.errors import PolicyFailure
from fastgw.expr.library.context.body import decode
from fastgw.expr.library.json.containers import JArray
from fastgw.expr.library.json.objects import JObject, JProperty
from fastgw.expr.library.json.reading import parse_leniently, strict
from fastgw.expr.library.json.tokens import JValue
from fastgw.expr.runtime.errors import NetException
from fastgw.expr.runtime.meter import meter
from fastgw.expr.runtime.text import inward, outward
from fastgw.policies.bodies import body_of, charset_of, header_of

MOST_NODES = 250_000
"""Values of JSON, or elements and attributes of XML, that a body may have which is converted here."""
# The lenient reader is written in Python: longer texts are strict JSON or none.
_LONGEST_LENIENT = 256 * 1024
_DEEPEST = 64
# libxml2 ends its messages with the name of the source, which a body does not have.
_SOURCE = re.compile(r"\s*\(<string>.*\)$")


class Nodes:
    """Counts what a body is made of, so that converting it takes no longer than seconds."""

    __slots__ = ("_left",)

    def __init__(self) -> None:
        self._left = MOST_NODES

    def take(self, count: int = 1) -> None:
        """Count some. Raises PolicyFailure."""
        self._left -= count
        if self._left < 0:
            raise PolicyFailure(None, f"The body has more than {MOST_NODES} values.")


def refuse_compressed(message: Message, exchange: Any) -> None:
    """Raises PolicyFailure where the body is compressed: it is never decompressed here."""
    coding = header_of(message, exchange, b"content-encoding")
    if coding and coding.strip().lower() != "identity":
        raise PolicyFailure(None, f"The body has the content coding {coding}, in which it cannot be read.")


def json_of_body(message: Message, exchange: Any) -> Any:
    """The body as dict, list, str, int, float, bool or None. Raises PolicyFailure for what is no JSON.

    Read as Json.NET reads it: comments and single quotes are taken, the last of equal names counts.
    """
    refuse_compressed(message, exchange)
    data = body_of(message, exchange)
    read = decode(data, header_of(message, exchange, b"content-type"))
    text = inward(read)
    meter.restart()
    try:
        found = strict(text)
        if found is not None and text is read and "\\ud" not in text and "\\uD" not in text:
            return found
        if found is None and len(text) > _LONGEST_LENIENT:
            return _strictly(read)
        return plain(parse_leniently(text) if found is None else found)
    except NetException as error:
        raise PolicyFailure(None, f"The body is not valid JSON: {error.message}") from None


def _strictly(text: str) -> Any:
    """A long text of JSON, whole numbers of any length included. Raises PolicyFailure."""
    try:
        found = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise PolicyFailure(None, f"The body is not valid JSON: {error}") from None
    if _depth_of(found) > _DEEPEST:
        raise PolicyFailure(None, f"The body is not valid JSON: it is nested more than {_DEEPEST} deep.")
    return found


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no value of JSON")


def _depth_of(value: Any) -> int:
    """How deep containers are nested; it looks no deeper than is allowed."""
    level, depth = [value], 0
    while depth <= _DEEPEST:
        containers = [one for one in level if isinstance(one, (dict, list))]
        if not containers:
            break
        depth += 1
        level = [
            one
            for container in containers
            for one in (container.values() if isinstance(container, dict) else container)
        ]
    return depth


def plain(value: Any) -> Any:
    """A token of JSON, or what containers hold of one, as plain values; text as Python has it."""
    kind = type(value)
    if kind is str:
        return outward(value)
    if kind is dict:
        return {outward(name): plain(one) for name, one in value.items()}
    if kind is list:
        return [plain(one) for one in value]
    if isinstance(value, JObject):
        return {outward(name): plain(one) for name, one in value.members.items()}
    if isinstance(value, JArray):
        return [plain(one) for one in value.items]
    if isinstance(value, (JProperty, JValue)):
        return plain(value.value)
    if isinstance(value, int) and kind is not bool:
        return int(value)
    return value


def parser(encoding: str | None = None) -> etree.XMLParser:
    """A parser that reaches nothing; one for each document, as they keep what went wrong."""
    return etree.XMLParser(
        encoding=encoding,
        resolve_entities=False,
        load_dtd=False,
        dtd_validation=False,
        no_network=True,
        huge_tree=False,
        remove_comments=False,
    )


def xml_of_body(message: Message, exchange: Any) -> etree._Element:
    """The root of the body's XML. Raises PolicyFailure for what is no XML, and for a document type."""
    refuse_compressed(message, exchange)
    data = body_of(message, exchange)
    charset = charset_of(header_of(message, exchange, b"content-type"))
    # A byte order mark knows better than the header.
    if data.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        charset = None
    try:
        root = etree.fromstring(data, parser(charset))
    except LookupError:
        return _without_charset(data)
    except etree.XMLSyntaxError as error:
        raise _not_xml(error) from None
    return _checked(root)


def _without_charset(data: bytes) -> etree._Element:
    """The same where libxml2 does not know the charset."""
    try:
        return _checked(etree.fromstring(data, parser()))
    except etree.XMLSyntaxError as error:
        raise _not_xml(error) from None


def _not_xml(error: etree.XMLSyntaxError) -> PolicyFailure:
    return PolicyFailure(None, f"The body is not valid XML: {_SOURCE.sub('', error.msg or 'it is empty')}")


def _checked(root: etree._Element) -> etree._Element:
    # What the stubs do not know of the library.
    information: Any = root.getroottree().docinfo
    if information.doctype:
        raise PolicyFailure(None, "The body is not valid XML: a document type declaration is not allowed.")
    return root


def local_name(name: str) -> str:
    """The local part of a name as lxml writes it, `{namespace}local`."""
    return name.rpartition("}")[2]
