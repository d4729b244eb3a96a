"""System.Version: two to four whole numbers. It is outside the documented table, and harmless."""

from __future__ import annotations

from functools import total_ordering
from typing import Any

from fastgw.expr.library.declare import define
from fastgw.expr.library.parsing import malformed, read_integer, too_large
from fastgw.expr.runtime.errors import (
    ArgumentException,
    ArgumentNullException,
    ArgumentOutOfRangeException,
    FormatException,
    OverflowException,
)
from fastgw.expr.runtime.values import NetObject
from fastgw.expr.types import NamedType, Type

_NAMES = ("major", "minor", "build", "revision")
_LARGEST = 2**31 - 1


@total_ordering
class Version(NetObject):
    """A Version: `parts` are its numbers, those that are missing count as -1."""

    __slots__ = ("parts",)

    def __init__(self, *parts: int) -> None:
        self.parts = parts

    def whole(self) -> tuple[int, ...]:
        """All four numbers."""
        return (*self.parts, -1, -1)[:4]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Version) and other.whole() == self.whole()

    def __lt__(self, other: Version) -> bool:
        return self.whole() < other.whole()

    def __hash__(self) -> int:
        return hash(self.whole())

    def net_text(self) -> str:
        """The numbers with points between them."""
        return ".".join(map(str, self.parts))

    def net_type(self) -> Type:
        """System.Version."""
        return NamedType(VERSION.definition)


VERSION = define(
    "System.Version",
    "class",
    interfaces=("IComparable", "IComparable<Version>", "IEquatable<Version>"),
    python=(Version,),
)


@VERSION.constructor("()")
def new_empty() -> Version:
    """0.0."""
    return Version(0, 0)


@VERSION.constructor("(int major, int minor)")
@VERSION.constructor("(int major, int minor, int build)")
@VERSION.constructor("(int major, int minor, int build, int revision)")
def new(*parts: int) -> Version:
    """A version of its numbers. Raises ArgumentOutOfRangeException."""
    for part, name in zip(parts, _NAMES, strict=False):
        if part < 0:
            raise ArgumentOutOfRangeException(
                "Version's parameters must be greater than or equal to zero.", parameter=name
            )
    return Version(*parts)


@VERSION.constructor("(string version)")
def new_of_text(text: str | None) -> Version:
    """As `parse`."""
    return _read(text, "version")


@VERSION.method("static Version Parse(string input)")
def parse(text: str | None) -> Version:
    """Two to four numbers with points between them.

    Raises ArgumentNullException, ArgumentException, ArgumentOutOfRangeException, FormatException and
    OverflowException.
    """
    return _read(text, "input")


def _read(text: str | None, parameter: str) -> Version:
    if text is None:
        raise ArgumentNullException(parameter=parameter)
    pieces = text.split(".", 4)
    if not 2 <= len(pieces) <= 4:
        raise ArgumentException("Version string portion was too short or too long.", parameter=parameter)
    parts = []
    for piece in pieces:
        number = read_integer(piece)
        if number is None:
            raise malformed()
        if number < 0:
            raise ArgumentOutOfRangeException(
                "Version's parameters must be greater than or equal to zero.", parameter=parameter
            )
        if number > _LARGEST:
            raise too_large("int")
        parts.append(number)
    return Version(*parts)


@VERSION.method("static bool TryParse(string input, out Version result)")
def try_parse(text: str | None) -> tuple[bool, Version | None]:
    """Whether the text is a version, and which."""
    try:
        return True, _read(text, "input")
    except (ArgumentException, FormatException, OverflowException):
        return False, None


for _at, _name in enumerate(("Major", "Minor", "Build", "Revision")):
    VERSION.property(f"int {_name}")(lambda this, at=_at: this.whole()[at])


@VERSION.method("string ToString()")
def to_string(this: Version) -> str:
    """The numbers with points between them."""
    return this.net_text()


@VERSION.method("string ToString(int fieldCount)")
def to_string_of(this: Version, count: int) -> str:
    """The first numbers. Raises ArgumentException."""
    if not 0 <= count <= len(this.parts):
        raise ArgumentException(f"Argument must be between 0 and {len(this.parts)}.", parameter="fieldCount")
    return ".".join(map(str, this.parts[:count]))


@VERSION.method("int CompareTo(Version value)")
@VERSION.method("int CompareTo(object version)")
def compare_to(this: Version, other: Any) -> int:
    """The order of the numbers; null comes first. Raises ArgumentException for another type."""
    if other is None:
        return 1
    if not isinstance(other, Version):
        raise ArgumentException("Object must be of type Version.")
    return (this > other) - (this < other)


@VERSION.method("bool Equals(Version obj)")
@VERSION.method("bool Equals(object obj)")
def equals(this: Version, other: Any) -> bool:
    """Whether both have the same numbers."""
    return isinstance(other, Version) and this.whole() == other.whole()


@VERSION.operator("bool operator ==(Version v1, Version v2)")
def equal(left: Version | None, right: Version | None) -> bool:
    """Whether both have the same numbers, or both are null."""
    return left == right


@VERSION.operator("bool operator !=(Version v1, Version v2)")
def unequal(left: Version | None, right: Version | None) -> bool:
    """Whether `equal` is false."""
    return left != right


def _order(left: Version | None, right: Version | None) -> int:
    if left is None:
        return 0 if right is None else -1
    return compare_to(left, right)


@VERSION.operator("bool operator <(Version v1, Version v2)")
def less(left: Version | None, right: Version | None) -> bool:
    """The order of the numbers; null comes first."""
    return _order(left, right) < 0


@VERSION.operator("bool operator >(Version v1, Version v2)")
def greater(left: Version | None, right: Version | None) -> bool:
    """The order of the numbers; null comes first."""
    return _order(left, right) > 0


@VERSION.operator("bool operator <=(Version v1, Version v2)")
def at_most(left: Version | None, right: Version | None) -> bool:
    """The order of the numbers; null comes first."""
    return _order(left, right) <= 0


@VERSION.operator("bool operator >=(Version v1, Version v2)")
def at_least(left: Version | None, right: Version | None) -> bool:
    """The order of the numbers; null comes first."""
    return _order(left, right) >= 0
