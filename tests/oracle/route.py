"""The twin of `fastgw._route`: a linear scan over all operations, with the rules of precedence spelt out.

Written from spec/gateway.md sections 1 and 1.1 and design section 11, for readers and not for speed. It
must never be derived from the compiled module.
"""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

LONGEST_SEGMENT = 1024  # spec/gateway.md section 5
MOST_SEGMENTS = 256
LONGEST_METHOD = 64

# How close a template's segment is to a request's: the less the closer.
LITERAL, PARAMETER, WILDCARD = range(3)

# A dot segment; some servers cut parameters off a segment before they look at its dots.
DOTS = re.compile(rb"\.\.?(;.*)?", re.DOTALL)
SEGMENT = re.compile(r"(?P<prefix>[^{}]*)\{(?P<star>\*?)(?P<name>[^{}*]+)\}(?P<suffix>[^{}]*)")


class Segment(NamedTuple):
    """One segment of a template; prefix and suffix are decoded and in lower case."""

    kind: int
    prefix: bytes = b""
    suffix: bytes = b""
    named: bool = False

    @property
    def fixed(self) -> int:
        return len(self.prefix) + len(self.suffix)


class Operation(NamedTuple):
    api: int
    method: str
    number: int
    segments: tuple[Segment, ...]
    trailing_slash: bool
    required: tuple[tuple[bytes, bytes | None], ...]


def folded(text: str) -> bytes:
    """As segments are compared: percent-decoded, ASCII letters in lower case."""
    return unquote_to_bytes(text).lower()


def in_query(text: str) -> bytes:
    """A name or value of a query, decoded."""
    return unquote_to_bytes(text.replace("+", " "))


def parse(template: str) -> tuple[tuple[Segment, ...], bool, tuple[tuple[bytes, bytes | None], ...]]:
    """(segments, whether it ends in a slash, required query parameters) of a good template."""
    path, _, query = template.partition("?")
    texts = path.split("/")[1:]
    trailing = len(texts) > 1 and texts[-1] == ""
    if texts and texts[-1] == "":
        texts.pop()
    segments = []
    for text in texts:
        found = SEGMENT.fullmatch(text)
        if text == "*":
            segments.append(Segment(WILDCARD))
        elif found is None:
            segments.append(Segment(LITERAL, folded(text)))
        elif found["star"]:
            segments.append(Segment(WILDCARD, named=True))
        else:
            segments.append(Segment(PARAMETER, folded(found["prefix"]), folded(found["suffix"]), True))
    required: list[tuple[bytes, bytes | None]] = []
    for pair in query.split("&") if query else []:
        name, equals, value = pair.partition("=")
        anything = not equals or re.fullmatch(r"\{[^{}]+\}", value)
        required.append((in_query(name), None if anything else in_query(value)))
    return tuple(segments), trailing, tuple(required)


class Router:
    """As `fastgw._route.Router`, as far as `find` goes."""

    def __init__(self) -> None:
        self.apis: list[tuple[list[bytes], int]] = []
        self.operations: list[Operation] = []

    def add_api(self, path: str, schemes: int) -> int:
        path = path.strip("/")
        self.apis.append(([folded(text) for text in path.split("/")] if path else [], schemes))
        return len(self.apis) - 1

    def add_operation(self, api: int, method: str, template: str, number: int) -> None:
        self.operations.append(Operation(api, method, number, *parse(template)))

    def freeze(self) -> None:
        """Nothing to do."""

    def find(self, path: str, method: str, query: str = "", scheme: int = 1) -> tuple[object, ...]:
        refused = refusal(path)
        if refused:
            return ("refused", refused)
        texts = path.split("/")[1:] if path != "/" else []
        api = self._api(texts, scheme)
        if api is None:
            return ("no-api",)
        depth = len(self.apis[api][0])
        rest = texts[depth:]
        trailing = len(rest) > 1 and rest[-1] == ""
        below = rest[:-1] if rest and rest[-1] == "" else rest
        best = None
        for operation in self.operations:
            if operation.api != api or operation.method != method or len(method) > LONGEST_METHOD:
                continue
            values = matched(operation, below, trailing)
            if values is None or not all(has(query, *wanted) for wanted in operation.required):
                continue
            rank = self._rank(operation, trailing)
            if best is None or rank < best[0]:
                best = (rank, operation, values)
        if best is None:
            return ("no-operation", api)
        return ("operation", best[1].number, api, "".join("/" + text for text in rest), best[2])

    def _api(self, texts: list[str], scheme: int) -> int | None:
        """The longest path of whole segments; where the scheme may not call that API, there is none."""
        best = None
        for index, (path, _) in enumerate(self.apis):
            begins = [folded(text) for text in texts[: len(path)]] == path
            if begins and (best is None or len(path) > len(self.apis[best][0])):
                best = index
        return best if best is not None and self.apis[best][1] & scheme else None

    def _rank(self, operation: Operation, trailing: bool) -> tuple[object, ...]:
        """Segments left to right, then more required query parameters, then the slash, then declaration.

        Of parameters with fixed text around them the one with more of it is closer; where that is equal,
        the shape that was declared first.
        """
        places = []
        for at, segment in enumerate(operation.segments):
            first = 0
            if segment.kind == PARAMETER:
                first = next(
                    other.number
                    for other in self.operations
                    if (other.api, other.method) == (operation.api, operation.method)
                    and shapes(other)[: at + 1] == shapes(operation)[: at + 1]
                )
            places.append((segment.kind, -segment.fixed if segment.kind == PARAMETER else 0, first))
        if not operation.segments or operation.segments[-1].kind != WILDCARD:
            places.append((LITERAL, 0, 0))  # it ends where the path ends, which beats a wildcard for nothing
        return (places, -len(operation.required), operation.trailing_slash != trailing, operation.number)


def shapes(operation: Operation) -> list[tuple[int, bytes, bytes]]:
    """What a request's path can tell apart of a template."""
    return [(segment.kind, segment.prefix, segment.suffix) for segment in operation.segments]


def refusal(path: str) -> int:
    """400 for what a backend might read as another path (design section 11), 414 for too much; else 0."""
    if not path.startswith("/") or "\\" in path or "#" in path:
        return 400
    if re.search(r"%(?![0-9A-Fa-f]{2})", path):
        return 400
    texts = path.split("/")[1:] if path != "/" else []
    for at, text in enumerate(texts):
        # Statuses in the order in which a reader from left to right meets the reasons.
        decoded = unquote_to_bytes(text)
        if at >= MOST_SEGMENTS:
            return 414
        if b"\0" in decoded or b"\\" in decoded or any(map(DOTS.fullmatch, decoded.split(b"/"))):
            return 400
        if len(text) > LONGEST_SEGMENT:
            return 414
    return 0


def matched(operation: Operation, texts: list[str], trailing: bool) -> list[str] | None:
    """The values of the template's parameters as received, or None."""
    values: list[str] = []
    for at, segment in enumerate(operation.segments):
        if segment.kind == WILDCARD:
            rest = "/".join(texts[at:]) + ("/" if trailing and texts[at:] else "")
            return [*values, rest] if segment.named else values
        if at == len(texts):
            return None
        decoded = folded(texts[at])
        if segment.kind == LITERAL:
            if decoded != segment.prefix:
                return None
            continue
        if len(decoded) <= segment.fixed:
            return None
        if not decoded.startswith(segment.prefix) or not decoded.endswith(segment.suffix):
            return None
        # One character of what was received, plain or encoded, for each byte that was decoded.
        characters = re.findall(r"%..|.", texts[at], re.DOTALL)
        values.append("".join(characters[len(segment.prefix) : len(characters) - len(segment.suffix)]))
    return values if len(texts) == len(operation.segments) else None


def has(query: str, name: bytes, value: bytes | None) -> bool:
    """Whether the query holds a parameter of that name, and of that value where one is wanted."""
    for pair in query.split("&") if query else []:
        known, equals, text = pair.partition("=")
        if in_query(known) == name and (value is None or (equals and in_query(text) == value)):
            return True
    return False
