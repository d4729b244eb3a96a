"""System.Guid: 16 bytes, of which the first three groups are stored little-endian."""

from __future__ import annotations

import re
import uuid
from typing import Any

from fastgw.expr.library.declare import define
from fastgw.expr.library.parsing import WHITE
from fastgw.expr.runtime.errors import (
    ArgumentException,
    ArgumentNullException,
    FormatException,
)
from fastgw.expr.runtime.values import ByteArray, NetObject
from fastgw.expr.types import NamedType, Type

_WHITE = re.compile(r"\s+")


class Guid(NetObject):
    """A Guid; `number` is its 128 bits in the order of the text."""

    __slots__ = ("number",)

    def __init__(self, number: int) -> None:
        self.number = number

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Guid) and other.number == self.number

    def __hash__(self) -> int:
        # Not the number itself: its hash is a remainder, which many have.
        return hash(self.number.to_bytes(16, "big"))

    def net_compare(self, other: Any) -> int:
        """By the groups as unsigned numbers. Raises ArgumentException for another type."""
        if not isinstance(other, Guid):
            raise ArgumentException("Object must be of type GUID.", parameter="value")
        return (self.number > other.number) - (self.number < other.number)

    def net_text(self) -> str:
        """`00000000-0000-0000-0000-000000000000`."""
        digits = f"{self.number:032x}"
        return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"

    def net_format(self, format: str | None) -> str:
        """N: digits alone, D: with dashes, B: in braces, P: in parentheses, X: in groups of 0x…

        Raises FormatException.
        """
        kind = (format or "D").upper()
        if kind == "D":
            return self.net_text()
        if kind == "N":
            return f"{self.number:032x}"
        if kind == "B":
            return f"{{{self.net_text()}}}"
        if kind == "P":
            return f"({self.net_text()})"
        if kind == "X":
            digits = f"{self.number:032x}"
            last = ",".join(f"0x{digits[at : at + 2]}" for at in range(16, 32, 2))
            return f"{{0x{digits[:8]},0x{digits[8:12]},0x{digits[12:16]},{{{last}}}}}"
        raise FormatException('Format string can be only "D", "d", "N", "n", "P", "p", "B", "b", "X" or "x".')

    def net_type(self) -> Type:
        """System.Guid."""
        return NamedType(GUID.definition)

    @classmethod
    def net_default(cls, arguments: tuple[Type, ...]) -> Guid:
        """Guid.Empty."""
        return EMPTY

    def bytes(self) -> bytes:
        """What ToByteArray gives."""
        return uuid.UUID(int=self.number).bytes_le


EMPTY = Guid(0)
GUID = define(
    "System.Guid",
    "struct",
    base="System.ValueType",
    interfaces=("IComparable", "IComparable<Guid>", "IEquatable<Guid>", "IFormattable"),
    python=(Guid,),
)
GUID.value("Guid Empty", EMPTY)


# ---------------------------------------------------------------- text

_FORMS = {
    "N": re.compile(r"[0-9a-fA-F]{32}"),
    "D": re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"),
}
_HEX = r"(?:0x|0X)0*([0-9a-fA-F]{%s})"
_GROUPED = re.compile(
    r"\{"
    + ",".join((_HEX % "1,8", _HEX % "1,4", _HEX % "1,4"))
    + r",\{"
    + ",".join([_HEX % "1,2"] * 8)
    + r"\}\}"
)
_GENERAL_MESSAGE = "Unrecognized Guid format."
_DASHES_MESSAGE = "Guid should contain 32 digits with 4 dashes (xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx)."


def read_guid(text: str, form: str | None = None) -> Guid | None:
    """The Guid in `text`, in one form (N, D, B, P, X) or, for None, in any; None where there is none."""
    text = text.strip(WHITE)
    if form is None:
        form = "X" if text.startswith("{0") and "," in text else "B" if text[:1] == "{" else ""
        form = form or ("P" if text[:1] == "(" else "D" if "-" in text else "N")
    if form == "X":
        found = _GROUPED.fullmatch(_WHITE.sub("", text))
        if found is None:
            return None
        widths = (8, 4, 4, 2, 2, 2, 2, 2, 2, 2, 2)
        return Guid(int("".join(map(str.zfill, found.groups(), widths)), 16))
    if form in "BP":
        opening, closing = "{}" if form == "B" else "()"
        if not (text.startswith(opening) and text.endswith(closing)):
            return None
        text = text[1:-1]
        form = "D"
    if _FORMS[form].fullmatch(text) is None:
        return None
    return Guid(int(text.replace("-", ""), 16))


def parse_guid(text: str | None, parameter: str = "input") -> Guid:
    """Guid.Parse and the constructor. Raises ArgumentNullException and FormatException."""
    if text is None:
        raise ArgumentNullException(parameter=parameter)
    found = read_guid(text)
    if found is None:
        raise FormatException(_DASHES_MESSAGE if text.strip() else _GENERAL_MESSAGE)
    return found


def _form_of(format: str | None) -> str:
    kind = (format or "").upper()
    if kind not in ("N", "D", "B", "P", "X"):
        raise FormatException('Format string can be only "D", "d", "N", "n", "P", "p", "B", "b", "X" or "x".')
    return kind


@GUID.method("static Guid Parse(string input)")
def parse(text: str | None) -> Guid:
    """A Guid in any of its forms. Raises ArgumentNullException and FormatException."""
    return parse_guid(text)


@GUID.method("static Guid ParseExact(string input, string format)")
def parse_exact(text: str | None, format: str | None) -> Guid:
    """A Guid in that form. Raises ArgumentNullException and FormatException."""
    for value, name in ((text, "input"), (format, "format")):
        if value is None:
            raise ArgumentNullException(parameter=name)
    kind = _form_of(format)
    found = read_guid(text or "", kind)
    if found is None:
        raise FormatException(_DASHES_MESSAGE if kind in "DBP" else _GENERAL_MESSAGE)
    return found


@GUID.method("static bool TryParse(string input, out Guid result)")
def try_parse(text: str | None) -> tuple[bool, Guid]:
    """Whether the text is a Guid, and which."""
    found = None if text is None else read_guid(text)
    return (False, EMPTY) if found is None else (True, found)


@GUID.method("static bool TryParseExact(string input, string format, out Guid result)")
def try_parse_exact(text: str | None, format: str | None) -> tuple[bool, Guid]:
    """Whether the text is a Guid in that form, and which. Raises FormatException for an unknown form."""
    if text is None:
        return False, EMPTY
    found = read_guid(text, _form_of(format))
    return (False, EMPTY) if found is None else (True, found)


# ---------------------------------------------------------------- constructors


@GUID.constructor("()")
def new_empty() -> Guid:
    """Guid.Empty."""
    return EMPTY


def _from_bytes(data: bytes) -> Guid:
    return Guid(uuid.UUID(bytes_le=data).int)


@GUID.constructor("(byte[] b)")
def new_of_bytes(data: ByteArray | None) -> Guid:
    """What ToByteArray gave. Raises ArgumentNullException and ArgumentException."""
    if data is None:
        raise ArgumentNullException(parameter="b")
    if len(data) != 16:
        raise ArgumentException("Byte array for GUID must be exactly 16 bytes long.", parameter="b")
    return _from_bytes(bytes(data.data))


def _of_groups(first: int, second: int, third: int, rest: bytes) -> Guid:
    head = (first & 0xFFFFFFFF) << 32 | (second & 0xFFFF) << 16 | third & 0xFFFF
    return Guid(head << 64 | int.from_bytes(rest, "big"))


@GUID.constructor("(int a, short b, short c, byte d, byte e, byte f, byte g, byte h, byte i, byte j, byte k)")
@GUID.constructor(
    "(uint a, ushort b, ushort c, byte d, byte e, byte f, byte g, byte h, byte i, byte j, byte k)"
)
def new_of_groups(first: int, second: int, third: int, *rest: int) -> Guid:
    """A Guid of its groups."""
    return _of_groups(first, second, third, bytes(rest))


@GUID.constructor("(int a, short b, short c, byte[] d)")
def new_of_groups_and_bytes(first: int, second: int, third: int, rest: ByteArray | None) -> Guid:
    """A Guid of its groups. Raises ArgumentNullException and ArgumentException."""
    if rest is None:
        raise ArgumentNullException(parameter="d")
    if len(rest) != 8:
        raise ArgumentException("Byte array for GUID must be exactly 8 bytes long.", parameter="d")
    return _of_groups(first, second, third, bytes(rest.data))


@GUID.constructor("(string g)")
def new_of_text(text: str | None) -> Guid:
    """A Guid in any of its forms. Raises ArgumentNullException and FormatException."""
    return parse_guid(text, "g")


@GUID.method("static Guid NewGuid()")
def new_guid() -> Guid:
    """A random one (version 4)."""
    return Guid(uuid.uuid4().int)


# ---------------------------------------------------------------- members

GUID.method("byte[] ToByteArray()")(lambda this: ByteArray(this.bytes()))
GUID.method("string ToString()")(Guid.net_text)
GUID.method("string ToString(string format)")(Guid.net_format)
GUID.method("int GetHashCode()")(lambda this: _hash(this))


def _hash(guid: Guid) -> int:
    """The four 32-bit words of the bytes, combined by exclusive or, as .NET does it."""
    data = guid.bytes()
    word = 0
    for at in range(0, 16, 4):
        word ^= int.from_bytes(data[at : at + 4], "little", signed=True)
    return word


@GUID.method("bool Equals(Guid g)")
def equals(this: Guid, other: Guid) -> bool:
    """Whether both are the same."""
    return this.number == other.number


@GUID.method("bool Equals(object o)")
def equals_object(this: Guid, other: Any) -> bool:
    """Whether the other is the same Guid."""
    return isinstance(other, Guid) and this.number == other.number


GUID.operator("bool operator ==(Guid a, Guid b)")(equals)
GUID.operator("bool operator !=(Guid a, Guid b)")(lambda left, right: left.number != right.number)


@GUID.method("int CompareTo(Guid value)")
def compare_to(this: Guid, other: Guid) -> int:
    """The order of the groups."""
    return this.net_compare(other)


@GUID.method("int CompareTo(object value)")
def compare_to_object(this: Guid, other: Any) -> int:
    """The order of the groups; null comes first. Raises ArgumentException for another type."""
    return 1 if other is None else this.net_compare(other)
