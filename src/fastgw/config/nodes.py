"""YAML text as a tree of nodes that know their place.

Built from PyYAML's events, not from its composer or constructors: those recurse as deep as the
document says, resolve scalars by YAML 1.1 (where `no` is a boolean) and keep the last of two equal
keys. Here depth and size are bounded, scalars follow the core schema of YAML 1.2.2 (section 10.3)
and a key is never given twice. Messages never repeat text of the file except well-formed keys.
Must never know what a key means.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final, NoReturn

import yaml

from fastgw.errors import MOST_FINDINGS, Diagnostics, Position

Value = None | bool | int | float | str

LARGEST_DEPTH: Final = 40
LARGEST_COUNT: Final = 500_000

_LOADER: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_PREFIX: Final = "tag:yaml.org,2002:"
_INTEGER: Final = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT: Final = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_SPECIAL: Final = re.compile(r"([-+]?)\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_WORDS: Final[dict[str, Value]] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_TAG_TYPES: Final[dict[str, type]] = {"bool": bool, "int": int, "float": float, "null": type(None)}
# YAML 1.2.2 section 5.1; the byte order mark is allowed inside, as PyYAML does.
_NOT_PRINTABLE: Final = re.compile(
    "[^\x09\x0a\x0d\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
)
_SPEAKABLE: Final = re.compile(r"[A-Za-z_$][A-Za-z0-9_.$-]{0,63}")


@dataclass(frozen=True, slots=True)
class Node:
    """Something in the file; line and column are 1-based."""

    line: int
    column: int
    size: int
    depth: int


@dataclass(frozen=True, slots=True)
class Scalar(Node):
    """A scalar: `text` is what the author means, `value` what the core schema makes of it.

    `raw` is the text before expansion, the only one that messages may show. `failed` marks one whose
    expansion failed and was reported. `content` is where a literal block's first line begins, if any.
    """

    text: str
    value: Value
    raw: str
    style: str
    end_line: int
    content: tuple[int, int] | None = None
    failed: bool = False


@dataclass(frozen=True, slots=True)
class Sequence(Node):
    """A list."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """A key of a mapping with its place, and its value."""

    key: str
    line: int
    column: int
    value: Node


@dataclass(frozen=True, slots=True)
class Mapping(Node):
    """A mapping; keys are strings and differ."""

    entries: tuple[Entry, ...]

    def get(self, key: str) -> Node | None:
        """The value of `key`, or None where the author gave none."""
        return next((entry.value for entry in self.entries if entry.key == key), None)


def resolve(text: str) -> Value:
    """What a plain scalar is by the core schema of YAML 1.2: null, boolean, number or string."""
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text) and len(text) < 400:
        return int(text, 0) if text[:2] in ("0o", "0x") else int(text)
    if _FLOAT.fullmatch(text):
        return float(text)
    special = _SPECIAL.fullmatch(text)
    if special:
        return float("nan") if special[1] is None else float(special[1] + "inf")
    return text


def speakable(key: str) -> str:
    """`key` in quotes where it looks like a name; a malformed line may have made a secret into a key."""
    return f"`{key}`" if _SPEAKABLE.fullmatch(key) else "this key"


class _Stop(Exception):
    """The tree cannot be built any further; what was wrong is in the diagnostics."""


class _Open:
    """A list or mapping that has begun and not ended."""

    __slots__ = ("anchor", "column", "entries", "items", "key", "line", "mapping")

    def __init__(self, mapping: bool, anchor: str | None, line: int, column: int) -> None:
        self.mapping = mapping
        self.anchor = anchor
        self.line = line
        self.column = column
        self.items: list[Node] = []
        self.entries: dict[str, Entry] = {}
        self.key: Scalar | None = None


class _Builder:
    """Events in, one tree out."""

    def __init__(
        self, text: str, file: str, diagnostics: Diagnostics, expand: Callable[[Scalar], Scalar]
    ) -> None:
        self._text = text
        self._file = file
        self._diagnostics = diagnostics
        self._expand = expand
        self._open: list[_Open] = []
        self._anchors: dict[str, Node | None] = {}
        self._documents = 0
        self.root: Node | None = None

    def build(self) -> None:
        wrong = _NOT_PRINTABLE.search(self._text)
        if wrong:
            before = self._text[: wrong.start()]
            line, column = before.count("\n") + 1, wrong.start() - (before.rfind("\n") + 1) + 1
            self._stop(
                "the file holds a control character; write it as an escape in double quotes", line, column
            )
        try:
            for event in yaml.parse(self._text, Loader=_LOADER):
                self._take(event)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            context = f" {error.context}" if error.context else ""
            message = f"this is not valid YAML: {error.problem or 'malformed'}{context}"
            self._stop(message, mark.line + 1 if mark else 1, mark.column + 1 if mark else 1)
        except yaml.YAMLError:
            self._stop("this is not valid YAML", 1, 1)

    def _stop(self, message: str, line: int, column: int) -> NoReturn:
        self._error(message, line, column)
        raise _Stop

    def _error(self, message: str, line: int, column: int) -> None:
        self._diagnostics.error(message, Position(self._file, line, column))
        self._bound()

    def _bound(self) -> None:
        if len(self._diagnostics) >= MOST_FINDINGS:
            raise _Stop

    def _take(self, event: Any) -> None:
        mark = event.start_mark
        line, column = mark.line + 1, mark.column + 1
        if isinstance(event, yaml.DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                self._stop("the file holds a second document; write one only", line, column)
        elif isinstance(event, yaml.ScalarEvent):
            self._scalar(event, line, column)
        elif isinstance(event, yaml.AliasEvent):
            self._alias(event.anchor, line, column)
        elif isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
            self._begin(event, line, column)
        elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
            self._end()

    def _begin(self, event: Any, line: int, column: int) -> None:
        mapping = isinstance(event, yaml.MappingStartEvent)
        if event.tag not in (None, "!", _PREFIX + ("map" if mapping else "seq")):
            self._error("this tag is not known here; remove it", line, column)
        if len(self._open) >= LARGEST_DEPTH:
            self._stop(f"values are nested deeper than {LARGEST_DEPTH}", line, column)
        if event.anchor:
            self._anchors[event.anchor] = None
        self._open.append(_Open(mapping, event.anchor, line, column))

    def _end(self) -> None:
        done = self._open.pop()
        children = [entry.value for entry in done.entries.values()] if done.mapping else done.items
        size = 1 + sum(child.size for child in children)
        depth = 1 + max((child.depth for child in children), default=0)
        node: Node
        if done.mapping:
            node = Mapping(done.line, done.column, size, depth, tuple(done.entries.values()))
        else:
            node = Sequence(done.line, done.column, size, depth, tuple(done.items))
        if size > LARGEST_COUNT:
            self._stop(f"the file unfolds to more than {LARGEST_COUNT} values", done.line, done.column)
        if depth > LARGEST_DEPTH:
            self._stop(f"values are nested deeper than {LARGEST_DEPTH}", done.line, done.column)
        self._put(node, done.anchor, done.line, done.column)

    def _alias(self, anchor: str | None, line: int, column: int) -> None:
        # The name is not repeated: a password that begins with * reads as an alias.
        if anchor is None or anchor not in self._anchors:
            self._stop(
                "no anchor of this name stands before it; quote a text that begins with *", line, column
            )
        node = self._anchors[anchor]
        if node is None:
            self._stop("this alias refers to a value that contains it", line, column)
        else:
            self._put(node, None, line, column)

    def _scalar(self, event: Any, line: int, column: int) -> None:
        style = event.style or ""
        text: str = event.value
        plain = style == ""
        value: Value = resolve(text) if plain and event.tag is None else text
        tag = (event.tag or "").removeprefix(_PREFIX)
        if tag in _TAG_TYPES:
            value = resolve(text)
            if type(value) is not _TAG_TYPES[tag]:
                self._error(f"this is no value of the type {tag}", line, column)
        elif tag not in ("", "!", "str"):
            self._error("this tag is not known here; quote a text that begins with !", line, column)
        content = self._content(event) if style == "|" else None
        node = Scalar(line, column, 1, 0, text, value, text, style, event.end_mark.line + 1, content)
        holder = self._open[-1] if self._open else None
        if holder is None or not holder.mapping or holder.key is not None:
            # A key is a name, not a value, and never expanded.
            node = self._expand(node)
            self._bound()
        self._put(node, event.anchor, line, column)

    def _content(self, event: Any) -> tuple[int, int] | None:
        """Line and 1-based column where a literal block's text begins."""
        first = event.value.lstrip("\n")
        blank = len(event.value) - len(first)
        # The indicator's own line ends at the next break; the header may have a comment.
        start = self._text.find("\n", event.start_mark.index) + 1
        at = start
        for _ in range(blank):
            at = self._text.find("\n", at) + 1
        end = self._text.find("\n", at)
        line = self._text[at : end if end >= 0 else None].rstrip("\r")
        wanted = first.split("\n", 1)[0]
        if not start or not wanted or not line.endswith(wanted):
            return None
        return event.start_mark.line + 2, len(line) - len(wanted) + 1

    def _put(self, node: Node, anchor: str | None, line: int, column: int) -> None:
        holder = self._open[-1] if self._open else None
        if anchor:
            self._anchors[anchor] = node
        if holder is None:
            self.root = node
        elif not holder.mapping:
            holder.items.append(node)
        elif holder.key is None:
            holder.key = self._key(node, line, column)
        else:
            self._add(holder, holder.key, node)
            holder.key = None

    def _key(self, node: Node, line: int, column: int) -> Scalar:
        if not isinstance(node, Scalar):
            self._stop("a key must be a string, not a list or a mapping", line, column)
        if node.raw == "<<" and node.style == "":
            self._error("merge keys (<<) are not supported; write the keys out", line, column)
        elif not isinstance(node.value, str):
            self._error("a key must be a string; quote it", line, column)
        return replace(node, line=line, column=column)

    def _add(self, holder: _Open, key: Scalar, value: Node) -> None:
        before = holder.entries.get(key.raw)
        if before is not None:
            where = Position(self._file, before.line, before.column)
            self._error(f"{speakable(key.raw)} is given twice, first at {where}", key.line, key.column)
            return
        if key.raw != "<<" and isinstance(key.value, str):
            holder.entries[key.raw] = Entry(key.raw, key.line, key.column, value)


def read_nodes(
    text: str, file: str, diagnostics: Diagnostics, expand: Callable[[Scalar], Scalar]
) -> Node | None:
    """The tree of one YAML document, each value passed through `expand`; None where it is broken.

    Everything wrong is recorded in `diagnostics` with its position.
    """
    builder = _Builder(text, file, diagnostics, expand)
    try:
        builder.build()
    except _Stop:
        return None
    return builder.root
