"""Patterns of .NET to trees. One method per construct; recursion follows the groups.

A pattern is read twice, as .NET does: first to know the numbers of its groups, since a reference may stand
before its group, then for its meaning. Source of the rules: "Regular expression language" of the .NET
documentation, and what .NET answers where that is silent.
"""

from __future__ import annotations

import contextlib
from typing import Final

from fastgw.expr.library.regex_classes import CharClass
from fastgw.expr.library.regex_nodes import (
    Alternation,
    Anchor,
    AnchorKind,
    Atomic,
    Capture,
    Character,
    Class,
    Conditional,
    Dot,
    Empty,
    Groups,
    Look,
    Node,
    Pattern,
    Reference,
    Repeat,
    Sequence,
)
from fastgw.expr.library.regex_scanner import (
    ECMASCRIPT,
    EXPLICIT_CAPTURE,
    IGNORE_CASE,
    IGNORE_PATTERN_WHITESPACE,
    MULTILINE,
    RIGHT_TO_LEFT,
    SINGLELINE,
    PatternError,
    Scanner,
    is_word,
)
from fastgw.expr.runtime.errors import ArgumentException, Exhausted

DEEPEST: Final = 60
"""Groups within groups. The library that matches reads them recursively, so there must be a limit."""

_UNRECOGNIZED = "Unrecognized grouping construct."
_INVALID_NAME = "Invalid group name: Group names must begin with a word character."
_INLINE: Final = {
    "i": IGNORE_CASE,
    "m": MULTILINE,
    "n": EXPLICIT_CAPTURE,
    "s": SINGLELINE,
    "x": IGNORE_PATTERN_WHITESPACE,
}
_PLACES: Final[dict[str, AnchorKind]] = {
    "A": "begin",
    "G": "search",
    "Z": "before final line feed",
    "z": "end",
    "b": "edge",
    "B": "no edge",
}
_NUMBERS_AT_MOST: Final = 1000
"""Groups of one pattern."""


def parse(pattern: str, options: int) -> Pattern:
    """Read a pattern. Raises PatternError, ArgumentException for what is not supported, or Exhausted."""
    counting = _Counter(pattern, options)
    # The second reading finds the same fault, or another one before it.
    with contextlib.suppress(PatternError):
        counting.whole()
    groups = counting.groups()
    if len(groups.numbers) > _NUMBERS_AT_MOST:
        raise Exhausted("The pattern has too many groups.")
    body = _Parser(pattern, options, groups, counting.begins).whole()
    return Pattern(body, groups, bool(options & RIGHT_TO_LEFT))


class _Parser(Scanner):
    """Reads with the groups known."""

    def __init__(self, pattern: str, options: int, groups: Groups, begins: dict[int, int]) -> None:
        super().__init__(pattern, options)
        self._groups = groups
        self._begins = begins
        self._next_number = 1
        self._depth = 0
        # The first parenthesis of a condition does not capture. As in .NET this waits for the next plain
        # parenthesis, even if that is another one.
        self._ignore_next = False

    # ------------------------------------------------------------ what groups there are

    def _is_number(self, number: int) -> bool:
        return number in self._begins

    def _number_of(self, name: str) -> int | None:
        return self._groups.number_of(name)

    def _unnamed(self) -> int:
        number = self._next_number
        self._next_number += 1
        return number

    def _named(self, name: str) -> int:
        number = self._number_of(name)
        return -1 if number is None else number

    def _numbered(self, number: int) -> int:
        return number if self._is_number(number) else -1

    # ------------------------------------------------------------ structure

    def whole(self) -> Node:
        """The pattern. Raises PatternError."""
        body = self._alternation()
        if self.left:
            self.at += 1
            raise self.error("Too many )'s.")
        return body

    def _alternation(self) -> Node:
        """Branches, up to the end or to the parenthesis that closes."""
        branches = self._branches()
        return branches[0] if len(branches) == 1 else Alternation(tuple(branches))

    def _branches(self) -> list[Node]:
        branches = [self._sequence()]
        while self.peek() == "|":
            self.at += 1
            branches.append(self._sequence())
        return branches

    def _sequence(self) -> Node:
        parts: list[Node] = []
        after_quantifier = False
        while True:
            self.skip_blank()
            here = self.peek()
            if here in ("", "|", ")"):
                break
            if self.is_quantifier_next():
                self.at += 1
                if after_quantifier:
                    raise self.error(f"Nested quantifier '{here}'.")
                raise self.error("Quantifier {x,y} following nothing.")
            part = self._atom()
            after_quantifier = False
            if part is None:
                continue
            self.skip_blank()
            if self.is_quantifier_next():
                part = self._quantified(part)
                after_quantifier = True
            parts.append(part)
        if not parts:
            return Empty()
        return parts[0] if len(parts) == 1 else Sequence(tuple(parts))

    def _quantified(self, part: Node) -> Node:
        sign = self.take()
        least, most = {"*": (0, None), "+": (1, None), "?": (0, 1)}.get(sign, (0, None))
        if sign == "{":
            least = most = self.number()
            if self.peek() == ",":
                self.at += 1
                most = None if self.peek() == "}" else self.number()
            self.at += 1
        self.skip_blank()
        lazy = self.peek() == "?"
        if lazy:
            self.at += 1
        if most is not None and least > most:
            raise self.error("Illegal {x,y} with x > y.")
        return Repeat(part, least, most, lazy)

    def _atom(self) -> Node | None:
        """One unit, or None for what only sets options."""
        here = self.take()
        if here == "[":
            return Class(self.char_class().source())
        if here == "(":
            return self._group()
        if here == "\\":
            return self._escape()
        if here == "^":
            return Anchor("line begin" if self.has(MULTILINE) else "begin")
        if here == "$":
            return Anchor("line end" if self.has(MULTILINE) else "before final line feed")
        if here == ".":
            return Dot(self.has(SINGLELINE))
        return self._character(here)

    def _character(self, character: str) -> Node:
        return Character(character, self.has(IGNORE_CASE))

    # ------------------------------------------------------------ escapes

    def _escape(self) -> Node:
        if not self.left:
            raise self.error("Illegal \\ at end of pattern.")
        letter = self.peek()
        if letter in _PLACES:
            self.at += 1
            return Anchor(_PLACES[letter], self.has(ECMASCRIPT))
        if letter in "dDsSwWpP":
            self.at += 1
            found = CharClass(self.has(IGNORE_CASE))
            self.shorthand(letter, found)
            return Class(found.source())
        return self._reference() or self._character(self.character_escape())

    def _reference(self) -> Node | None:
        """A reference to a group, or None (and nothing taken) where there is none."""
        begin = self.at
        close = ""
        if self.peek() == "k":
            if self.left >= 2:
                self.at += 1
                close = {"<": ">", "'": "'"}.get(self.take(), "")
            if not close or not self.left:
                raise self.error("Malformed \\k<...> named back reference.")
        elif self.peek() in ("<", "'") and self.left > 1:
            close = ">" if self.take() == "<" else "'"
        number = self._referred(close)
        if number is None:
            self.at = begin
            return None
        return Reference(number, self.has(IGNORE_CASE), self.has(ECMASCRIPT))

    def _referred(self, close: str) -> int | None:
        first = self.peek()
        if not close:
            if first not in tuple("123456789"):
                return None
            return self._referred_by_longest() if self.has(ECMASCRIPT) else self._referred_by_digits()
        if first in tuple("0123456789"):
            number = self.number()
            if self.left and self.take() == close:
                if not self._is_number(number):
                    raise self.error(f"Reference to undefined group number {number}.")
                return number
        elif first and is_word(first):
            name = self.name()
            if self.left and self.take() == close:
                known = self._number_of(name)
                if known is None:
                    raise self.error(f"Reference to undefined group name '{name}'.")
                return known
        return None

    def _referred_by_digits(self) -> int | None:
        number = self.number()
        if self._is_number(number):
            return number
        if number <= 9:
            raise self.error(f"Reference to undefined group number {number}.")
        return None

    def _referred_by_longest(self) -> int | None:
        """The largest number that is a group that has begun: ECMAScript's rule."""
        begin = self.at
        best: int | None = None
        number = 0
        while self.peek() in tuple("0123456789"):
            number = number * 10 + int(self.peek())
            if number > self._groups.numbers[-1]:
                break
            if self._begins.get(number, len(self.pattern)) < begin - 1:
                best = number
            self.at += 1
        return best

    # ------------------------------------------------------------ groups

    def _group(self, in_condition: bool = False) -> Node | None:
        """The group whose parenthesis was taken, or None for what only sets options."""
        self._depth += 1
        if self._depth > DEEPEST:
            raise Exhausted("The pattern has too many groups within groups.")
        begin = self.at - 1
        options = self.options
        try:
            if self.peek() != "?" or self.peek(1) == ")":
                return self._plain(begin)
            self.at += 1
            return self._special(begin, options, in_condition)
        finally:
            self._depth -= 1

    def _close(self, options: int) -> None:
        """Take the parenthesis that ends a group; options are again what they were before it."""
        if not self.left:
            raise self.error("Not enough )'s.")
        self.at += 1
        self.options = options

    def _inside(self, options: int) -> Node:
        body = self._alternation()
        self._close(options)
        return body

    def _plain(self, begin: int) -> Node:
        if self.has(EXPLICIT_CAPTURE) or self._ignore_next:
            self._ignore_next = False
            return self._inside(self.options)
        number = self._unnamed_at(begin)
        return Capture(number, self._inside(self.options))

    def _unnamed_at(self, begin: int) -> int:
        return self._unnamed()

    def _special(self, begin: int, options: int, in_condition: bool) -> Node | None:
        """What follows `(?`."""
        sign = self.take() if self.left else ""
        if sign == ":":
            return self._inside(options)
        if sign in ("=", "!"):
            return Look(self._inside(options), False, sign == "!")
        if sign == ">":
            return Atomic(self._inside(options))
        if sign == "<" and self.peek() in ("=", "!"):
            negated = self.take() == "!"
            return Look(self._inside(options), True, negated)
        if sign in ("<", "'"):
            if not self.left:
                raise self.error(_UNRECOGNIZED)
            return self._with_name(begin, options, ">" if sign == "<" else "'")
        if sign == "(":
            return self._conditional(options)
        if sign:
            self.at -= 1
            return self._with_options(options, in_condition)
        raise self.error(_UNRECOGNIZED)

    def _with_options(self, options: int, in_condition: bool) -> Node | None:
        if not in_condition:
            on = True
            while self.left:
                letter = self.peek()
                if letter in "+-":
                    on = letter == "+"
                elif letter.lower() in _INLINE:
                    option = _INLINE[letter.lower()]
                    self.options = self.options | option if on else self.options & ~option
                else:
                    break
                self.at += 1
        sign = self.take() if self.left else ""
        if sign == ")":
            return None
        if sign == ":":
            return self._inside(options)
        raise self.error(_UNRECOGNIZED)

    def _with_name(self, begin: int, options: int, close: str) -> Node:
        number = -1
        first = self.peek()
        if first in tuple("0123456789"):
            value = self.number()
            number = self._numbered_at(value, begin)
            self._expect_name_end(close)
            if value == 0:
                raise self.error("Capture number cannot be zero.")
        elif is_word(first):
            number = self._named_at(self.name(), begin)
            self._expect_name_end(close)
        elif first != "-":
            raise self.error(_INVALID_NAME)
        if (number != -1 or first == "-") and self.peek() == "-" and self.left > 1:
            self._refuse_balancing(close)
        if number != -1 and self.peek() == close:
            self.at += 1
            return Capture(number, self._inside(options))
        if self.peek() == "-":
            self.at += 1
        raise self.error(_UNRECOGNIZED)

    def _numbered_at(self, number: int, begin: int) -> int:
        return self._numbered(number)

    def _named_at(self, name: str, begin: int) -> int:
        return self._named(name)

    def _expect_name_end(self, close: str) -> None:
        if self.left and self.peek() not in (close, "-"):
            raise self.error(_INVALID_NAME)

    def _refuse_balancing(self, close: str) -> None:
        """`(?<name-other>`: a capture that takes one of another group away. Raises ArgumentException."""
        self.at += 1
        first = self.peek()
        if first in tuple("0123456789"):
            number = self.number()
            if not self._is_number(number):
                raise self.error(f"Reference to undefined group number {number}.")
        elif is_word(first):
            name = self.name()
            if self._number_of(name) is None:
                raise self.error(f"Reference to undefined group name '{name}'.")
        else:
            raise self.error(_INVALID_NAME)
        if self.left and self.peek() != close:
            raise self.error(_INVALID_NAME)
        raise ArgumentException(
            f"The pattern '{self.pattern}' has a balancing group at offset {self.at}, which is not supported."
        )

    # ------------------------------------------------------------ conditions

    def _conditional(self, options: int) -> Node:
        """What follows `(?(`."""
        begin = self.at
        test: int | Node | None = None
        if self.peek() in tuple("0123456789"):
            test = self._numbered_test()
        elif self.left and is_word(self.peek()):
            known = self._number_of(self.name())
            if known is not None and self.left and self.take() == ")":
                test = known
            else:
                self.at = begin
        if test is None:
            test = self._tested_pattern(begin)
        branches = self._branches()
        self._close(options)
        if len(branches) > 2:
            raise self.error("Too many | in (?()|).")
        return Conditional(test, branches[0], branches[1] if len(branches) == 2 else Empty())

    def _numbered_test(self) -> int:
        number = self.number()
        if self.left and self.take() == ")":
            if not self._is_number(number):
                raise self.error(f"(?({number}) ) reference to undefined group.")
            return number
        raise self.error(f"(?({number}) ) malformed.")

    def _tested_pattern(self, begin: int) -> Node:
        self.at = begin - 1
        self._ignore_next = True
        if self.peek(1) == "?":
            if self.peek(2) == "#":
                raise self.error("Alternation conditions cannot be comments.")
            if self.peek(2) == "'" or (self.peek(2) == "<" and self.peek(3) not in ("!", "=")):
                raise self.error("Alternation conditions do not capture and cannot be named.")
        if not self.left:
            raise self.error(_UNRECOGNIZED)
        self.at += 1
        found = self._group(in_condition=True)
        return found if found is not None else Empty()


class _Counter(_Parser):
    """Reads to find the groups: every reference is taken for one that exists."""

    def __init__(self, pattern: str, options: int) -> None:
        super().__init__(pattern, options, Groups((0,), ("0",), {}), {0: 0})
        self.begins = self._begins
        self._names: dict[str, int] = {}

    def groups(self) -> Groups:
        """Unnamed groups have the first numbers, named ones those that are left, in their order."""
        number = self._next_number
        by_name: dict[str, int] = {}
        for name, begin in self._names.items():
            while number in self.begins:
                number += 1
            self.begins[number] = begin
            by_name[name] = number
        numbers = tuple(sorted(self.begins))
        named = {number: name for name, number in by_name.items()}
        names = tuple(named.get(one, str(one)) for one in numbers)
        return Groups(numbers, names, {**{str(one): one for one in numbers if one not in named}, **by_name})

    def _is_number(self, number: int) -> bool:
        return True

    def _number_of(self, name: str) -> int | None:
        return 0

    def _group(self, in_condition: bool = False) -> Node | None:
        ignored, self._ignore_next = self._ignore_next, False
        if ignored and (self.peek() != "?" or self.peek(1) == ")"):
            # Here only the parenthesis right after is one of a condition.
            self._ignore_next = True
        return super()._group(in_condition)

    def _unnamed_at(self, begin: int) -> int:
        number = self._unnamed()
        self.begins.setdefault(number, begin)
        return number

    def _numbered_at(self, number: int, begin: int) -> int:
        self.begins.setdefault(number, begin)
        return number

    def _named_at(self, name: str, begin: int) -> int:
        self._names.setdefault(name, begin)
        return 0

    def _refuse_balancing(self, close: str) -> None:
        """A balancing group is refused when its meaning is read; its name counts."""
        end = self.pattern.find(close, self.at)
        self.at = len(self.pattern) if end < 0 else end
