"""Paths of JSON documents as Json.NET 13 writes them, and the place in messages (JsonPosition)."""

from __future__ import annotations

from collections.abc import Iterable

from fastgw.expr.library.ticks import WHITE

_SPECIAL = frozenset("./\"'[]() \t\n\r\f\b\\\x85\u2028\u2029")
_ESCAPED = str.maketrans(
    {
        "\t": "\\t",
        "\n": "\\n",
        "\r": "\\r",
        "\f": "\\f",
        "\b": "\\b",
        "\\": "\\\\",
        "'": "\\'",
        "\x85": "\\u0085",
        "\u2028": "\\u2028",
        "\u2029": "\\u2029",
        **{chr(code): f"\\u{code:04x}" for code in range(32) if chr(code) not in "\t\n\r\f\b"},
    }
)


class Position:
    """A place in a container: "Object" with the name last read, "Array" or "Constructor" with an index.

    `container` None: outside of everything.
    """

    __slots__ = ("container", "index", "name")

    def __init__(self, container: str | None, name: str | None = None, index: int = -1) -> None:
        self.container = container
        self.name = name
        self.index = index

    def count(self) -> None:
        """One more child begins."""
        self.index += 1


def path_of(positions: Iterable[Position]) -> str:
    """`a.b[0]['c d']`."""
    path = ""
    for one in positions:
        if one.container == "Object":
            path += name_step(one.name or "", not path)
        elif one.container is not None:
            path += f"[{one.index}]"
    return path


def name_step(name: str, is_first: bool) -> str:
    """How a path goes into a property: `a`, `.a` or `['a b']`."""
    if not _SPECIAL.isdisjoint(name):
        return f"['{name.translate(_ESCAPED)}']"
    return name if is_first else f".{name}"


def message_with_place(message: str, path: str, line: int | None = None, position: int | None = None) -> str:
    """A message of Json.NET: ends with a full stop, then says where."""
    if not message.endswith("\n"):
        message = message.strip(WHITE)
        message = f"{message} " if message.endswith(".") else f"{message}. "
    where = "" if line is None else f", line {line}, position {position}"
    return f"{message}Path '{path}'{where}."
