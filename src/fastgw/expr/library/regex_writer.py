"""Trees of .NET patterns in the syntax of the `regex` library, version 1.

Every character is escaped and every group is named after its number in .NET, so nothing of a policy's text
becomes syntax by accident. No flag is used but for references, because the tree says what each part means.
"""

from __future__ import annotations

from typing import Final

from fastgw.expr.library.regex_classes import ECMA_WORD, WORD_EDGE, CharClass, escaped, same_but_case
from fastgw.expr.library.regex_nodes import (
    Alternation,
    Anchor,
    Atomic,
    Capture,
    Character,
    Class,
    Conditional,
    Dot,
    Empty,
    Look,
    Node,
    Reference,
    Repeat,
    Sequence,
)

NEVER: Final = "(?!)"
_MANY_ROUNDS: Final = 1000
_ASCII_EDGE: Final = CharClass(ranges=list(ECMA_WORD)).source()
_PLACES: Final = {
    "begin": r"\A",
    "end": r"\Z",
    "before final line feed": "$",
    "line begin": "(?m:^)",
    "line end": "(?m:$)",
}


def weight(node: Node) -> int:
    """How large the pattern is when parts that must repeat are written out, which the library does."""
    match node:
        case Sequence(parts) | Alternation(parts):
            return sum(weight(part) for part in parts)
        case Capture(_, body) | Look(body) | Atomic(body):
            return 1 + weight(body)
        case Repeat(body, least):
            return max(1, least) * weight(body)
        case Conditional(test, yes, no):
            return weight(yes) + weight(no) + (1 if isinstance(test, int) else weight(test))
    return 1


def keeps_rounds(node: Node) -> bool:
    """Whether a part longer than a character repeats without limit: the library remembers each round."""
    match node:
        case Sequence(parts) | Alternation(parts):
            return any(map(keeps_rounds, parts))
        case Capture(_, body) | Look(body) | Atomic(body):
            return keeps_rounds(body)
        case Repeat(body, _, most):
            many = most is None or most > _MANY_ROUNDS
            return (many and not isinstance(body, (Character, Class, Dot))) or keeps_rounds(body)
        case Conditional(test, yes, no):
            return keeps_rounds(yes) or keeps_rounds(no) or (isinstance(test, Node) and keeps_rounds(test))
    return False


def group_name(number: int) -> str:
    """What a group is called in the written pattern."""
    return f"g{number}"


def write(node: Node, search_anchor: str = r"\G") -> str:
    """The pattern. `search_anchor` is what `\\G` becomes."""
    return _Writer(search_anchor).written(node)


class _Writer:
    """Writes one tree."""

    def __init__(self, search_anchor: str) -> None:
        self._search_anchor = search_anchor

    def written(self, node: Node) -> str:
        """A part that may stand next to others."""
        match node:
            case Empty():
                return ""
            case Character(value, ignore_case):
                return _character(value, ignore_case)
            case Class(source):
                return source
            case Dot(line_feed):
                return "(?s:.)" if line_feed else "."
            case Anchor():
                return self._anchor(node)
            case Sequence(parts):
                return "".join(self.written(part) for part in parts)
            case Alternation(branches):
                return f"(?:{'|'.join(self.written(branch) for branch in branches)})"
            case Capture(number, body):
                return f"(?P<{group_name(number)}>{self.written(body)})"
            case Look(body, behind, negated):
                return f"(?{'<' if behind else ''}{'!' if negated else '='}{self.written(body)})"
            case Atomic(body):
                return f"(?>{self.written(body)})"
            case Repeat():
                return self._repeat(node)
            case Reference(number, ignore_case, empty_if_unset):
                return _reference(group_name(number) if number else "", ignore_case, empty_if_unset)
            case Conditional(test, yes, no):
                return self._conditional(test, yes, no)
        raise TypeError(node)

    def _anchor(self, node: Anchor) -> str:
        if node.kind == "search":
            return self._search_anchor
        if node.kind in _PLACES:
            return _PLACES[node.kind]
        word = _ASCII_EDGE if node.ascii_words else WORD_EDGE
        if node.kind == "edge":
            return f"(?(?<={word})(?!{word})|(?={word}))"
        return f"(?(?<={word})(?={word})|(?!{word}))"

    def _repeat(self, node: Repeat) -> str:
        body = self.written(node.body)
        if not isinstance(node.body, (Character, Class, Dot, Capture, Atomic, Alternation)):
            body = f"(?:{body})"
        least, most = node.least, node.most
        if most is None:
            count = {0: "*", 1: "+"}.get(least, f"{{{least},}}")
        elif (least, most) == (0, 1):
            count = "?"
        else:
            count = f"{{{least}}}" if least == most else f"{{{least},{most}}}"
        return f"{body}{count}{'?' if node.lazy else ''}"

    def _conditional(self, test: int | Node, yes: Node, no: Node) -> str:
        if isinstance(test, int):
            # The whole match has not been matched while it is sought.
            shown = group_name(test) if test else f"?={NEVER}"
        else:
            shown = f"?={self.written(test)}"
        return f"(?({shown}){self.written(yes)}|{self.written(no)})"


def _character(value: str, ignore_case: bool) -> str:
    same = same_but_case(value) if ignore_case else value
    return escaped(value) if len(same) == 1 else f"[{''.join(map(escaped, same))}]"


def _reference(name: str, ignore_case: bool, empty_if_unset: bool) -> str:
    if not name:
        return "" if empty_if_unset else NEVER
    shown = f"(?P={name})"
    if ignore_case:
        shown = f"(?i-f:{shown})"
    return f"(?({name}){shown})" if empty_if_unset else shown
