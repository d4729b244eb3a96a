"""XPath 1.0 expressions as trees (W3C recommendation of 1999; messages as System.Xml gives them)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from fastgw.expr.library.xml.names import NC_NAME
from fastgw.expr.runtime.errors import Exhausted, XPathException
from fastgw.expr.runtime.meter import meter

_MOST_CHARACTERS = 8192
_MOST_DEPTH = 50
_TOKEN = re.compile(
    rf"[ \t\r\n]*+(?:([0-9]+(?:\.[0-9]*)?|\.[0-9]+)|\"([^\"]*)\"|'([^']*)'"
    rf"|({NC_NAME}(?:(?::(?!:)){NC_NAME}|:\*)?+)|(::|//|\.\.|!=|<=|>=|[()\[\].@,/|+\-=<>*$:]))"
)
_TEXT, _NUMBER, _NAME, _MARK, _END = "text", "number", "name", "mark", "end"
_OPERATOR_NAMES = frozenset({"and", "or", "mod", "div"})
_NODE_TYPES = frozenset({"comment", "text", "processing-instruction", "node"})
AXES = frozenset(
    {
        "ancestor",
        "ancestor-or-self",
        "attribute",
        "child",
        "descendant",
        "descendant-or-self",
        "following",
        "following-sibling",
        "namespace",
        "parent",
        "preceding",
        "preceding-sibling",
        "self",
    }
)
_LEVELS = (("or",), ("and",), ("=", "!="), ("<", ">", "<=", ">="), ("+", "-"), ("*", "div", "mod"))


@dataclass(frozen=True, slots=True)
class Literal:
    """A string or number."""

    value: str | float


@dataclass(frozen=True, slots=True)
class Call:
    """A function with its arguments."""

    name: str
    arguments: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Chain:
    """Operators of one rank, from left to right: the first operand, then operator and operand."""

    first: Expression
    rest: tuple[tuple[str, Expression], ...]


@dataclass(frozen=True, slots=True)
class Negation:
    """A minus sign before an operand."""

    operand: Expression


@dataclass(frozen=True, slots=True)
class Step:
    """An axis, a test of nodes (kind: name, any, or a node type), and predicates."""

    axis: str
    kind: str
    name: str
    predicates: tuple[Expression, ...] = ()


@dataclass(frozen=True, slots=True)
class Path:
    """Steps from the root, from what an expression gives, or from the context node."""

    is_absolute: bool
    start: Expression | None
    filters: tuple[Expression, ...]
    steps: tuple[Step, ...]


Expression = Literal | Call | Chain | Negation | Path
_ANY_BELOW = Step("descendant-or-self", "node", "")


def parse_xpath(text: str | None) -> Expression:
    """The tree of an expression. Raises XPathException, and Exhausted for one that is too long or deep."""
    if not text:
        raise XPathException("'' is an invalid expression." if text is None else _NOT_NODES)
    if len(text) > _MOST_CHARACTERS:
        raise Exhausted("An XPath expression is too long.")
    meter.spend(len(text))
    parser = _Parser(text)
    found = parser.expression()
    parser.end()
    return found


_NOT_NODES = "Expression must evaluate to a node-set."


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = _tokens(text)
        self._at = 0
        self._depth = 0

    def _fail(self) -> XPathException:
        return XPathException(f"'{self._text}' has an invalid token.")

    def _peek(self, ahead: int = 0) -> tuple[str, str]:
        at = self._at + ahead
        return self._tokens[at] if at < len(self._tokens) else (_END, "")

    def _is(self, mark: str, ahead: int = 0) -> bool:
        return self._peek(ahead) == (_MARK, mark)

    def _take(self, mark: str) -> bool:
        if self._is(mark):
            self._at += 1
            return True
        return False

    def _expect(self, mark: str) -> None:
        if not self._take(mark):
            raise XPathException(_NOT_NODES) if self._peek()[0] == _END else self._fail()

    def end(self) -> None:
        """Nothing may follow. Raises XPathException."""
        if self._peek()[0] != _END:
            raise self._fail()

    def expression(self, level: int = 0) -> Expression:
        """An expression whose operators bind at least so tightly."""
        if level == 0:
            self._depth += 1
            if self._depth > _MOST_DEPTH:
                raise Exhausted("An XPath expression is nested too deeply.")
        if level == len(_LEVELS):
            return self._unary()
        first = self.expression(level + 1)
        rest = []
        while self._operator() in _LEVELS[level]:
            operator = self._operator()
            self._at += 1
            rest.append((operator, self.expression(level + 1)))
        if level == 0:
            self._depth -= 1
        return Chain(first, tuple(rest)) if rest else first

    def _operator(self) -> str:
        """The operator that stands here: names are some behind an operand."""
        kind, text = self._peek()
        return text if kind == _MARK or (kind == _NAME and text in _OPERATOR_NAMES) else ""

    def _unary(self) -> Expression:
        count = 0
        while self._take("-"):
            count += 1
        first = self._path()
        rest = []
        while self._take("|"):
            rest.append(("|", self._path()))
        found = Chain(first, tuple(rest)) if rest else first
        # Two signs are none, as in .NET: the value is not even made a number.
        return Negation(found) if count % 2 else found

    # ------------------------------------------------------------ paths

    def _path(self) -> Expression:
        kind, text = self._peek()
        is_call = kind == _NAME and self._is("(", 1) and text not in _NODE_TYPES
        if kind in (_TEXT, _NUMBER) or is_call or text in ("(", "$"):
            start = self._primary()
            filters = self._predicates()
            steps = self._steps() if self._is("/") or self._is("//") else ()
            return Path(False, start, filters, steps) if filters or steps else start
        if self._take("/"):
            return Path(True, None, (), self._relative() if self._begins_step() else ())
        if self._is("//"):
            return Path(True, None, (), self._steps())
        return Path(False, None, (), self._relative())

    def _primary(self) -> Expression:
        kind, text = self._peek()
        self._at += 1
        if kind == _TEXT:
            return Literal(text)
        if kind == _NUMBER:
            return Literal(float(text))
        if text == "(":
            found = self.expression()
            self._expect(")")
            return found
        if text == "$":
            raise XPathException(_NEEDS_MANAGER)
        self._expect("(")
        arguments: list[Expression] = []
        while not self._take(")"):
            if arguments:
                self._expect(",")
            arguments.append(self.expression())
        return Call(text, tuple(arguments))

    def _steps(self) -> tuple[Step, ...]:
        """Steps, each behind its slash."""
        found: list[Step] = []
        while True:
            if self._take("//"):
                found.append(_ANY_BELOW)
            elif not self._take("/"):
                return tuple(found)
            found.append(self._step())

    def _relative(self) -> tuple[Step, ...]:
        return (self._step(), *self._steps())

    def _begins_step(self) -> bool:
        kind, text = self._peek()
        return kind == _NAME or (kind == _MARK and text in ("*", "@", ".", ".."))

    def _step(self) -> Step:
        if self._take("."):
            return Step("self", "node", "")
        if self._take(".."):
            return Step("parent", "node", "")
        axis = "child"
        if self._take("@"):
            axis = "attribute"
        elif self._peek()[0] == _NAME and self._is("::", 1):
            axis = self._peek()[1]
            if axis not in AXES:
                raise self._fail()
            self._at += 2
        kind, text = self._peek()
        if kind == _MARK and text == "*":
            self._at += 1
            return Step(axis, "any", "", self._predicates())
        if kind != _NAME:
            raise XPathException(_NOT_NODES) if kind == _END else self._fail()
        self._at += 1
        if text in _NODE_TYPES and self._take("("):
            name = ""
            if self._peek()[0] == _TEXT and text == "processing-instruction":
                name = self._peek()[1]
                self._at += 1
            self._expect(")")
            return Step(axis, text, name, self._predicates())
        return Step(axis, "name", text, self._predicates())

    def _predicates(self) -> tuple[Expression, ...]:
        found = []
        while self._take("["):
            found.append(self.expression())
            self._expect("]")
        return tuple(found)


_NEEDS_MANAGER = (
    "Namespace Manager or XsltContext needed. This query has a prefix, variable, or user-defined function."
)


def needs_manager() -> XPathException:
    """What a prefix raises that nobody has given a meaning."""
    return XPathException(_NEEDS_MANAGER)


def _tokens(text: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    at = 0
    end = len(text.rstrip(" \t\r\n"))
    while at < end:
        match = _TOKEN.match(text, at)
        if match is None:
            raise XPathException(f"'{text}' has an invalid token.")
        number, double, single, name, mark = match.groups()
        if number is not None:
            found.append((_NUMBER, number))
        elif name is not None:
            found.append((_NAME, name))
        elif mark is not None:
            found.append((_MARK, mark))
        else:
            found.append((_TEXT, double if double is not None else single))
        at = match.end()
    return found
