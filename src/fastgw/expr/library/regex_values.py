"""What matching gives: System.Text.RegularExpressions.Match, Group, Capture and their collections."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from fastgw.expr.library.declare import define, define_delegate
from fastgw.expr.library.regex_engine import Found, Spans
from fastgw.expr.library.regex_nodes import Groups
from fastgw.expr.library.regex_replacement import read as read_replacement
from fastgw.expr.runtime.errors import (
    ArgumentNullException,
    ArgumentOutOfRangeException,
    NotSupportedException,
)
from fastgw.expr.runtime.growth import finished
from fastgw.expr.runtime.meter import meter
from fastgw.expr.runtime.values import NetObject
from fastgw.expr.types import Type

# What a match takes up without its groups.
_MATCH_BYTES: Final = 256
_NAMESPACE: Final = "System.Text.RegularExpressions"


class Capture(NetObject):
    """A part of a text. The text itself is shared, its part is cut out when it is asked for."""

    __slots__ = ("index", "length", "text")

    def __init__(self, text: str, index: int, length: int) -> None:
        self.text = text
        self.index = index
        self.length = length

    def value(self) -> str:
        """The part."""
        return self.text[self.index : self.index + self.length]

    def net_type(self) -> Type:
        """System.Text.RegularExpressions.Capture."""
        return CAPTURE.type

    def net_text(self) -> str:
        """ToString(): the part."""
        return self.value()


class Group(Capture):
    """What a group of the pattern has matched: its last capture, and all of them."""

    __slots__ = ("found", "name", "place", "success")

    def __init__(self, text: str, found: Found | None, place: int, name: str) -> None:
        last = None if found is None else found.last(place)
        begin, end = last or (0, 0)
        super().__init__(text, begin, end - begin)
        self.found = found
        self.place = place
        self.name = name
        self.success = last is not None

    def spans(self) -> Spans:
        """Begin and end of all its captures. Raises Exhausted."""
        return [] if self.found is None else self.found.spans(self.place)

    def net_type(self) -> Type:
        """System.Text.RegularExpressions.Group."""
        return GROUP.type


class Sought:
    """The matches of a pattern in a text, found one after the other as they are asked for."""

    __slots__ = ("_matches", "_rest", "groups", "options", "shift", "text")

    def __init__(self, text: str, groups: Groups, options: int, matches: Iterator[Found]) -> None:
        self.text = text
        self.groups = groups
        self.options = options
        self._matches: list[Match] = []
        self._rest = matches

    def get(self, at: int) -> Match | None:
        """The match with this number, from 0, or None. Raises Exhausted and what matching raises."""
        while len(self._matches) <= at:
            found = next(self._rest, None)
            if found is None:
                return None
            # A match keeps the positions of its groups; what it costs is about this.
            meter.reserve(_MATCH_BYTES + 64 * len(found.places))
            self._matches.append(Match(self, found, len(self._matches)))
        return self._matches[at]

    def count(self) -> int:
        """How many there are."""
        while self.get(len(self._matches)) is not None:
            pass
        return len(self._matches)

    def __iter__(self) -> Iterator[Match]:
        at = 0
        while (match := self.get(at)) is not None:
            yield match
            at += 1


class Match(Group):
    """A match, or the one that failed: `found` is None then."""

    __slots__ = ("_groups", "at", "sought")

    def __init__(self, sought: Sought, found: Found | None, at: int) -> None:
        super().__init__(sought.text, found, 0, "0")
        self.sought = sought
        self.at = at
        self._groups: GroupCollection | None = None

    def groups(self) -> GroupCollection:
        """All groups, the match itself first."""
        if self._groups is None:
            self._groups = GroupCollection(self)
        return self._groups

    def next(self) -> Match:
        """The match after this one, or the one that failed."""
        return self if self.found is None else self.sought.get(self.at + 1) or EMPTY

    def net_type(self) -> Type:
        """System.Text.RegularExpressions.Match."""
        return MATCH.type


class GroupCollection(NetObject):
    """The groups of a match, in the order of their numbers."""

    __slots__ = ("_by_number", "_items", "_names")

    def __init__(self, match: Match) -> None:
        found = match.found
        known = match.sought.groups
        self._items: list[Group] = [match]
        if found:
            self._items += [
                Group(match.text, found, place, name) for place, name in enumerate(known.names[1:], start=1)
            ]
        self._by_number = dict(zip(known.numbers, self._items, strict=False))
        self._names = known.by_name

    def __iter__(self) -> Iterator[Group]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def by_number(self, number: int) -> Group:
        """The group, or one that failed."""
        return self._by_number.get(number, _FAILED)

    def by_name(self, name: str | None) -> Group:
        """The group, or one that failed. Raises ArgumentNullException."""
        if name is None:
            raise ArgumentNullException(parameter="name")
        return self.by_number(self._names.get(name, -1))

    def net_type(self) -> Type:
        """System.Text.RegularExpressions.GroupCollection."""
        return GROUP_COLLECTION.type


class CaptureCollection(NetObject):
    """All captures of a group, in the order in which they were made."""

    __slots__ = ("group",)

    def __init__(self, group: Group) -> None:
        self.group = group

    def __iter__(self) -> Iterator[Capture]:
        return (self._capture(at) for at in range(len(self)))

    def __len__(self) -> int:
        return len(self.group.spans())

    def _capture(self, at: int) -> Capture:
        group = self.group
        spans = group.spans()
        if at == len(spans) - 1:
            return group
        begin, end = spans[at]
        return Capture(group.text, begin, end - begin)

    def item(self, at: int) -> Capture:
        """A capture. Raises ArgumentOutOfRangeException."""
        if not 0 <= at < len(self):
            raise ArgumentOutOfRangeException(parameter="i")
        return self._capture(at)

    def net_type(self) -> Type:
        """System.Text.RegularExpressions.CaptureCollection."""
        return CAPTURE_COLLECTION.type


class MatchCollection(NetObject):
    """All matches of a pattern in a text."""

    __slots__ = ("sought",)

    def __init__(self, sought: Sought) -> None:
        self.sought = sought

    def __iter__(self) -> Iterator[Match]:
        return iter(self.sought)

    def __len__(self) -> int:
        return self.sought.count()

    def item(self, at: int) -> Match:
        """A match. Raises ArgumentOutOfRangeException."""
        match = self.sought.get(at) if at >= 0 else None
        if match is None:
            raise ArgumentOutOfRangeException(parameter="i")
        return match

    def net_type(self) -> Type:
        """System.Text.RegularExpressions.MatchCollection."""
        return MATCH_COLLECTION.type


_FAILED: Final = Group("", None, 0, "")
EMPTY: Final = Match(Sought("", Groups((0,), ("0",), {"0": 0}), 0, iter(())), None, 0)
"""The match that failed: there is one for all."""


# ---------------------------------------------------------------- declarations

CAPTURE = define(f"{_NAMESPACE}.Capture", "class", python=(Capture,))
GROUP = define(f"{_NAMESPACE}.Group", "class", base=f"{_NAMESPACE}.Capture", python=(Group,))
MATCH = define(f"{_NAMESPACE}.Match", "class", base=f"{_NAMESPACE}.Group", python=(Match,))
GROUP_COLLECTION = define(
    f"{_NAMESPACE}.GroupCollection",
    "class",
    interfaces=("IReadOnlyList<Group>", "System.Collections.ICollection"),
    python=(GroupCollection,),
)
CAPTURE_COLLECTION = define(
    f"{_NAMESPACE}.CaptureCollection",
    "class",
    interfaces=("IReadOnlyList<Capture>", "System.Collections.ICollection"),
    python=(CaptureCollection,),
)
MATCH_COLLECTION = define(
    f"{_NAMESPACE}.MatchCollection",
    "class",
    interfaces=("IReadOnlyList<Match>", "System.Collections.ICollection"),
    python=(MatchCollection,),
)
define_delegate(f"{_NAMESPACE}.MatchEvaluator", "string (Match match)")

CAPTURE.attribute("int Index", "index")
CAPTURE.attribute("int Length", "length")


@CAPTURE.property("string Value", never_null=True)
def _value(this: Capture) -> str:
    meter.reserve(this.length)
    return finished(this.value())


@CAPTURE.method("string ToString()")
def _to_string(this: Capture) -> str:
    return _value(this)


GROUP.attribute("string Name", "name", never_null=True)


GROUP.attribute("bool Success", "success")


@GROUP.property("CaptureCollection Captures", never_null=True)
def _captures(this: Group) -> CaptureCollection:
    return CaptureCollection(this)


MATCH.value("Match Empty", EMPTY)


@MATCH.property("GroupCollection Groups", never_null=True)
def _groups(this: Match) -> GroupCollection:
    return this.groups()


@MATCH.method("Match NextMatch()")
def _next_match(this: Match) -> Match:
    return this.next()


@MATCH.method("string Result(string replacement)")
def result(this: Match, replacement: str | None) -> str:
    """The replacement pattern filled in. Raises ArgumentNullException or NotSupportedException."""
    if replacement is None:
        raise ArgumentNullException(parameter="replacement")
    if this.found is None:
        raise NotSupportedException("Result cannot be called on a failed Match.")
    return filled(this, replacement)


def filled(match: Match, replacement: str) -> str:
    """The replacement pattern with the parts of a match that succeeded. Raises Exhausted."""
    if match.found is None:
        return ""
    pieces = []
    sought = match.sought
    for part in read_replacement(replacement, sought.groups, sought.options).parts(match.text, match.found):
        piece = part if isinstance(part, str) else match.text[part[0] : part[1]]
        meter.reserve(len(piece))
        pieces.append(piece)
    return finished("".join(pieces))


@GROUP_COLLECTION.property("int Count")
@CAPTURE_COLLECTION.property("int Count")
@MATCH_COLLECTION.property("int Count")
def _count(this: Any) -> int:
    return len(this)


@GROUP_COLLECTION.indexer("Group this[int groupnum]")
def _group_by_number(this: GroupCollection, number: int) -> Group:
    return this.by_number(number)


@GROUP_COLLECTION.indexer("Group this[string groupname]")
def _group_by_name(this: GroupCollection, name: str | None) -> Group:
    return this.by_name(name)


@CAPTURE_COLLECTION.indexer("Capture this[int i]")
def _capture_at(this: CaptureCollection, at: int) -> Capture:
    return this.item(at)


@MATCH_COLLECTION.indexer("Match this[int i]")
def _match_at(this: MatchCollection, at: int) -> Match:
    return this.item(at)
