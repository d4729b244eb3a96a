"""System.Text.Encoding: bytes to text and back, as .NET's encodings do it (expressions.md 14.6)."""

from __future__ import annotations

import codecs
from typing import Any

from fastgw.expr.library.declare import define
from fastgw.expr.runtime.errors import (
    ArgumentException,
    ArgumentNullException,
    ArgumentOutOfRangeException,
)
from fastgw.expr.runtime.iteration import characters
from fastgw.expr.runtime.meter import meter
from fastgw.expr.runtime.text import inward
from fastgw.expr.runtime.values import Array, ByteArray, NetObject
from fastgw.expr.types import NamedType

_SURROGATES = "surrogatepass"


class Encoding(NetObject):
    """An encoding; `codec` is Python's, `replacement` what stands for a bad byte."""

    __slots__ = ("body_name", "code_page", "codec", "display_name", "preamble", "replacement")

    def __init__(
        self,
        codec: str,
        body_name: str,
        display_name: str,
        code_page: int,
        preamble: bytes = b"",
        replacement: str = "\ufffd",
    ) -> None:
        self.codec = codec
        self.body_name = body_name
        self.display_name = display_name
        self.code_page = code_page
        self.preamble = preamble
        self.replacement = replacement

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Encoding) and other.codec == self.codec

    def __hash__(self) -> int:
        return hash(self.codec)

    def net_type(self) -> NamedType:
        """Encoding."""
        return ENCODING.type

    def encode(self, text: str) -> bytes:
        """The bytes of a text of UTF-16 code units; what has none becomes the replacement."""
        meter.reserve(2 * len(text))
        if text.isascii() and self.codec in ("utf-8", "ascii", "latin-1"):
            return text.encode("ascii")
        # Pairs of surrogates become characters, single ones U+FFFD.
        whole = text.encode("utf-16-le", _SURROGATES).decode("utf-16-le", "replace")
        return whole.encode(self.codec, "replace")

    def decode(self, data: bytes | bytearray) -> str:
        """The text of some bytes; what is none becomes the replacement, a mark at the start stays."""
        meter.reserve(2 * len(data))
        text = bytes(data).decode(self.codec, "replace")
        if self.replacement != "\ufffd":
            text = text.replace("\ufffd", self.replacement)
        return inward(text)


ENCODING = define("System.Text.Encoding", "class", python=(Encoding,))

UTF8 = Encoding("utf-8", "utf-8", "Unicode (UTF-8)", 65001, codecs.BOM_UTF8)
ASCII = Encoding("ascii", "us-ascii", "US-ASCII", 20127, replacement="?")
UNICODE = Encoding("utf-16-le", "utf-16", "Unicode", 1200, codecs.BOM_UTF16_LE)
BIG_ENDIAN = Encoding("utf-16-be", "utf-16BE", "Unicode (Big-Endian)", 1201, codecs.BOM_UTF16_BE)
UTF32 = Encoding("utf-32-le", "utf-32", "Unicode (UTF-32)", 12000, codecs.BOM_UTF32_LE)
UTF7 = Encoding("utf-7", "utf-7", "Unicode (UTF-7)", 65000)
LATIN1 = Encoding("latin-1", "iso-8859-1", "Western European (ISO)", 28591, replacement="?")

# What .NET Core knows without a registered provider, by name and by code page.
_BY_NAME = {
    **dict.fromkeys(("utf-8", "utf8", "unicode-1-1-utf-8", "unicode-2-0-utf-8"), UTF8),
    **dict.fromkeys(("us-ascii", "ascii", "ansi_x3.4-1968", "iso646-us", "us", "cp367"), ASCII),
    **dict.fromkeys(("utf-16", "utf-16le", "unicode", "ucs-2", "iso-10646-ucs-2"), UNICODE),
    **dict.fromkeys(("utf-16be", "unicodefffe"), BIG_ENDIAN),
    **dict.fromkeys(("utf-32", "utf-32le"), UTF32),
    "utf-7": UTF7,
    **dict.fromkeys(("iso-8859-1", "iso8859-1", "iso_8859-1", "latin1", "l1", "cp819", "ibm819"), LATIN1),
}
_BY_CODE_PAGE = {one.code_page: one for one in _BY_NAME.values()} | {0: UTF8}

for _signature, _encoding in {
    "UTF8": UTF8,
    "ASCII": ASCII,
    "Unicode": UNICODE,
    "BigEndianUnicode": BIG_ENDIAN,
    "UTF32": UTF32,
    "UTF7": UTF7,
    "Default": UTF8,
}.items():
    ENCODING.value(f"Encoding {_signature}", _encoding)
ENCODING.attribute("string WebName", "body_name", never_null=True)
ENCODING.attribute("string BodyName", "body_name", never_null=True)
ENCODING.attribute("string HeaderName", "body_name", never_null=True)
ENCODING.attribute("string EncodingName", "display_name", never_null=True)
ENCODING.attribute("int CodePage", "code_page")


@ENCODING.method("static Encoding GetEncoding(string name)")
def get_encoding(name: str | None) -> Encoding:
    """The encoding of a name. Raises ArgumentException for one that .NET does not know."""
    if name is None:
        raise ArgumentNullException(parameter="name")
    found = _BY_NAME.get(name.lower())
    if found is None:
        raise ArgumentException(
            f"'{name}' is not a supported encoding name. For information on defining a custom encoding, see "
            "the documentation for the Encoding.RegisterProvider method.",
            parameter="name",
        )
    return found


@ENCODING.method("static Encoding GetEncoding(int codepage)")
def get_encoding_by_code_page(code_page: int) -> Encoding:
    """The encoding of a code page. Raises NotSupportedException."""
    from fastgw.expr.runtime.errors import NotSupportedException

    found = _BY_CODE_PAGE.get(code_page)
    if found is None:
        raise NotSupportedException(f"No data is available for encoding {code_page}.")
    return found


def _known(value: Any, name: str) -> Any:
    if value is None:
        what = "Array" if name == "bytes" else "Value"
        raise ArgumentNullException(f"{what} cannot be null.", parameter=name)
    return value


def _part(data: ByteArray | None, index: int, count: int) -> bytearray:
    found: bytearray = _known(data, "bytes").data
    if index < 0 or count < 0:
        name = "index" if index < 0 else "count"
        raise ArgumentOutOfRangeException("Non-negative number required.", parameter=name)
    if len(found) - index < count:
        message = "Index and count must refer to a location within the buffer."
        raise ArgumentOutOfRangeException(message, parameter="bytes")
    return found[index : index + count]


@ENCODING.method("byte[] GetBytes(string s)")
def get_bytes(this: Encoding, s: str | None) -> ByteArray:
    """The bytes of a text."""
    return ByteArray(this.encode(_known(s, "s")))


@ENCODING.method("byte[] GetBytes(char[] chars)")
def get_bytes_of_characters(this: Encoding, chars: Array | None) -> ByteArray:
    """The bytes of characters."""
    return ByteArray(this.encode("".join(_known(chars, "chars"))))


@ENCODING.method("string GetString(byte[] bytes)")
def get_string(this: Encoding, data: ByteArray | None) -> str:
    """The text of some bytes."""
    return this.decode(_known(data, "bytes").data)


@ENCODING.method("string GetString(byte[] bytes, int index, int count)")
def get_string_part(this: Encoding, data: ByteArray | None, index: int, count: int) -> str:
    """The text of a part of some bytes."""
    return this.decode(_part(data, index, count))


@ENCODING.method("char[] GetChars(byte[] bytes)")
def get_characters(this: Encoding, data: ByteArray | None) -> Array:
    """The characters of some bytes."""
    from fastgw.expr.library.declare import type_of_text

    text = this.decode(_known(data, "bytes").data)
    meter.reserve(8 * len(text))
    return Array(type_of_text("char"), list(characters(text)))


@ENCODING.method("int GetByteCount(string s)")
def byte_count(this: Encoding, s: str | None) -> int:
    """How many bytes a text has."""
    return len(this.encode(_known(s, "s")))


@ENCODING.method("int GetCharCount(byte[] bytes)")
def character_count(this: Encoding, data: ByteArray | None) -> int:
    """How many characters some bytes have."""
    return len(this.decode(_known(data, "bytes").data))


@ENCODING.method("byte[] GetPreamble()")
def preamble(this: Encoding) -> ByteArray:
    """The byte order mark."""
    return ByteArray(this.preamble)
