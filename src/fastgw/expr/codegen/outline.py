"""Statements that Python's compiler would not take where they stand, moved to functions of their own.

Python nests twenty loops and `try` statements at most in one function, and writes a `finally` anew for every
way that leads through it: one within another is written four times, and so on. Policies rarely come near
either, so this looks at finished functions only where it is asked to.

A moved statement shares the variables of its function by `nonlocal`. Its function gives None where control
goes on behind it, a tuple of the value where it returns, True for a `break` and False for a `continue` of a
loop that stayed outside.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from fastgw.expr.codegen import tree

_Function = ast.FunctionDef
_Block = ast.While | ast.For | ast.Try

MOST_BLOCKS: Final = 15
"""Of Python's twenty; a `try` takes up to three of them, the one that every expression stands in included."""

SMALL_FINALLY: Final = 60
"""Nodes of a `finally` that may be written several times."""

_WEIGHT: Final[dict[type[ast.stmt], int]] = {ast.While: 1, ast.For: 1, ast.Try: 3}


def must_move(last: list[ast.stmt]) -> bool:
    """Whether the statements of a `finally` are too many to be written for each way through it."""
    nodes = list(islice(_nodes(last), SMALL_FINALLY + 1))
    return len(nodes) > SMALL_FINALLY or any(isinstance(one, ast.Try) for one in nodes)


def outline(function: _Function, fresh: Callable[[str], str]) -> None:
    """Move what must not stay in the function, or in those inside it; `fresh` makes names by their prefix."""
    _Outliner(function, fresh).statements(function.body, 0)


def _nodes(statements: list[ast.stmt]) -> Iterator[ast.AST]:
    """The nodes of statements, without those of the functions that they make."""
    pending: list[ast.AST] = [*statements]
    while pending:
        one = pending.pop()
        yield one
        if not isinstance(one, _Function):
            pending.extend(ast.iter_child_nodes(one))


@dataclass(slots=True)
class _Names:
    """How often names occur, and how often they are bound by the function itself, not by those inside it."""

    all: Counter[str] = field(default_factory=Counter)
    bound: Counter[str] = field(default_factory=Counter)

    def add(self, node: ast.AST, *, is_inside: bool = False) -> None:
        """Count a node and all below it; `is_inside`: it belongs to a function inside."""
        pending = [(node, is_inside)]
        while pending:
            one, inside = pending.pop()
            if isinstance(one, ast.Name):
                self._count(one.id, bound=isinstance(one.ctx, ast.Store) and not inside)
            elif isinstance(one, ast.ExceptHandler) and one.name is not None:
                self._count(one.name, bound=not inside)
            elif isinstance(one, ast.arg):
                self._count(one.arg, bound=not inside)
            elif isinstance(one, ast.Nonlocal):
                for each in one.names:
                    self._count(each, bound=not inside)
            below = inside
            if isinstance(one, _Function):
                self._count(one.name, bound=not inside)
                below = True
            pending.extend((each, below) for each in ast.iter_child_nodes(one))

    def _count(self, name: str, *, bound: bool) -> None:
        self.all[name] += 1
        self.bound[name] += bound


class _Outliner:
    """Goes through one function."""

    def __init__(self, function: _Function, fresh: Callable[[str], str]) -> None:
        self.function = function
        self.fresh = fresh

    def statements(self, found: list[ast.stmt], blocks: int) -> None:
        """Statements that so many blocks stand around; the list is changed."""
        at = 0
        while at < len(found):
            one = found[at]
            weight = _WEIGHT.get(type(one), 0)
            if isinstance(one, _Function):
                outline(one, self.fresh)
            elif weight and blocks + weight > MOST_BLOCKS:
                made = self._moved([one])
                found[at : at + 1] = made
                at += len(made) - 1
            else:
                last: list[ast.stmt] = []
                if isinstance(one, ast.Try) and must_move(one.finalbody):
                    last, one.finalbody = self._moved(one.finalbody), []
                for inner in _lists(one):
                    self.statements(inner, blocks + weight)
                if isinstance(one, ast.Try):
                    # What was moved has been gone through already.
                    one.finalbody = last or one.finalbody
            at += 1

    def _moved(self, part: list[ast.stmt]) -> list[ast.stmt]:
        """Statements to write in place of these, which get a function of their own."""
        names, own = _Names(), _Names()
        for one in (self.function.args, *self.function.body):
            names.add(one)
        for one in part:
            own.add(one)
        shared = sorted(one for one, count in own.bound.items() if count and names.all[one] > own.all[one])
        # A name that is bound by the moved part alone is none of this function's without a statement here.
        missing = [one for one in shared if names.bound[one] == own.bound[one]]
        jumps = _Jumps()
        body = jumps.replaced(part, in_loop=False)
        identifier, result = self.fresh("f"), self.fresh("t")
        inner = tree.function(identifier, [], [*([ast.Nonlocal(shared)] if shared else []), *body])
        called = tree.call(tree.name(identifier))
        made: list[ast.stmt] = []
        if missing:
            never = [tree.assign(one, tree.constant(None)) for one in missing]
            made.append(tree.when(tree.constant(False), [*never]))
        made.append(inner)
        if jumps.found:
            made.append(tree.assign(result, called))
            made.extend(jumps.tests(result))
        else:
            made.append(ast.Expr(called))
        first = part[0]
        place = tree.Place(
            first.lineno, first.col_offset, first.end_lineno or first.lineno, first.end_col_offset or 0
        )
        for one in made:
            tree.locate(one, place)
        outline(inner, self.fresh)
        return made


class _Jumps:
    """What leads out of a moved part: the kinds found, by what the function gives for them."""

    def __init__(self) -> None:
        self.found: set[type[ast.stmt]] = set()

    def replaced(self, part: list[ast.stmt], *, in_loop: bool) -> list[ast.stmt]:
        """The statements with returns in place of jumps; functions inside keep theirs."""
        made: list[ast.stmt] = []
        for one in part:
            if isinstance(one, ast.Return):
                made.append(self._return(one, tree.tuple_of(one.value or tree.constant(None))))
            elif isinstance(one, (ast.Break, ast.Continue)) and not in_loop:
                made.append(self._return(one, tree.constant(isinstance(one, ast.Break))))
            else:
                if not isinstance(one, _Function):
                    inside = in_loop or isinstance(one, (ast.While, ast.For))
                    for inner in _lists(one):
                        inner[:] = self.replaced(inner, in_loop=inside)
                made.append(one)
        return made

    def _return(self, jump: ast.stmt, value: ast.expr) -> ast.stmt:
        self.found.add(type(jump))
        made = ast.copy_location(ast.Return(value), jump)
        # The value stands where it stood; what is new around it stands where the jump does.
        place = tree.Place(
            jump.lineno, jump.col_offset, jump.end_lineno or jump.lineno, jump.end_col_offset or 0
        )
        tree.locate(value, place)
        return made

    def tests(self, result: str) -> Iterator[ast.stmt]:
        """What does behind the call what its result says."""
        for kind, value in ((ast.Break, True), (ast.Continue, False)):
            if kind in self.found:
                is_it = tree.compare(tree.name(result), ast.Is(), tree.constant(value))
                yield tree.when(is_it, [kind()])
        if ast.Return in self.found:
            value_of = tree.item(tree.name(result), 0)
            yield tree.when(tree.is_not_null(tree.name(result)), [ast.Return(value_of)])


def _lists(node: ast.stmt) -> Iterator[list[ast.stmt]]:
    """The lists of statements directly below."""
    if isinstance(node, (ast.If, ast.While, ast.For)):
        yield node.body
        yield node.orelse
    elif isinstance(node, ast.Try):
        yield node.body
        for handler in node.handlers:
            yield handler.body
        yield node.finalbody
