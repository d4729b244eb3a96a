"""Query syntax, written as calls of query methods while it is read (C# specification, section 12.20.3).

A query goes through its clauses with one thing in hand: the call so far, and what its elements are called.
They have one name at first. A second range variable makes them objects of an anonymous type with a member
for each (the specification's transparent identifiers); such a name begins with `<>`, which no name of an
author does.
"""

from __future__ import annotations

from dataclasses import dataclass

from fastgw.expr.nodes import (
    Argument,
    Expr,
    Invocation,
    Lambda,
    Member,
    Name,
    NewAnonymous,
    Parameter,
    TypeNode,
)
from fastgw.expr.parser.names import NameParser
from fastgw.expr.tokens import NAME, PREDEFINED_TYPES, Token


@dataclass(frozen=True, slots=True)
class _Variable:
    """A range variable where it is declared."""

    name: str
    start: int
    end: int


@dataclass(slots=True)
class _Query:
    """The state of a query between two clauses.

    `source` is the call so far and `element` the name of its elements; `paths` leads from there to each
    range variable (`x: (x,)` while there is one only). `bare` as long as no clause has made a call.
    """

    start: int
    source: Expr
    element: _Variable
    paths: dict[str, tuple[str, ...]]
    bare: bool = True

    def call(self, method: str, keyword: Token, end: int, *arguments: Expr) -> Invocation:
        """`source.method(arguments)` for the clause that begins at `keyword`."""
        target = Member(self.start, keyword.end, self.source, method, (), keyword.start)
        return Invocation(
            self.start, end, target, tuple(Argument(one.start, one.end, None, "", one) for one in arguments)
        )


def _lambda(body: Expr, *variables: _Variable) -> Lambda:
    parameters = tuple(Parameter(one.start, one.end, None, one.name) for one in variables)
    return Lambda(body.start, body.end, parameters, body)


class QueryParser(NameParser):
    """Reads queries."""

    # How many names of transparent identifiers this text has used up.
    _objects = 0

    def begins_query(self) -> bool:
        """Whether the `from` that is next begins a query (C# specification, section 12.20.1)."""
        kind = self.following().kind
        return (kind == NAME or kind in PREDEFINED_TYPES) and self.following(2).kind not in (";", "=", ",")

    def query(self) -> Expr:
        """A query; `begins_query` has seen it. Raises CompileError."""
        outside = self.ranges
        depth = self.depth
        # On the stack it comes on top of the level of the expression.
        self.enter()
        self.in_query += 1
        start = self.advance().start
        variable, source = self._from({})
        query = _Query(start, source, variable, {variable.name: (variable.name,)})
        done: Expr | None = None
        while done is None:
            self._show(query, outside)
            done = self._clause(query, outside)
            if done is not None and self.accept_word("into"):
                self.ranges = outside
                variable = self._variable({})
                query = _Query(start, done, variable, {variable.name: (variable.name,)})
                done = None
        self.in_query -= 1
        self.ranges = outside
        self.depth = depth
        return done

    def _clause(self, query: _Query, outside: dict[str, tuple[str, ...]]) -> Expr | None:
        """Read a clause into `query`, or the last one: then the call for the whole query."""
        word = self.token.text if self.token.kind == NAME else ""
        if word == "where":
            keyword = self.advance()
            condition = self.expression()
            self._put(query, query.call("Where", keyword, self.end, _lambda(condition, query.element)))
        elif word == "let":
            self._let(query)
        elif word == "from":
            return self._from_again(query)
        elif word == "join":
            return self._join(query, outside)
        elif word == "orderby":
            self._order_by(query)
        elif word == "select":
            return self._select(query)
        elif word == "group":
            return self._group(query)
        else:
            self.fail("A query body must end with a select clause or a group clause", "CS0742")
        return None

    # ---------------------------------------------------------------- range variables

    def _show(self, query: _Query, outside: dict[str, tuple[str, ...]]) -> None:
        """Let names mean the range variables of `query`, and those around it."""
        self.ranges = outside | {name: path for name, path in query.paths.items() if len(path) > 1}

    def _put(self, query: _Query, source: Expr) -> None:
        query.source = source
        query.bare = False

    def _variable(self, taken: dict[str, tuple[str, ...]]) -> _Variable:
        """The name of a new range variable. Raises CompileError if it is `taken`, or by a query around it."""
        token = self.identifier()
        if token.value in taken or token.value in self.ranges:
            self.fail(f"The range variable '{token.value}' has already been declared", "CS1930", token)
        return _Variable(token.value, token.start, token.end)

    def _from(self, taken: dict[str, tuple[str, ...]]) -> tuple[_Variable, Expr]:
        """`[T] x in e` behind `from` or `join`; a type becomes a call of Cast."""
        wanted: TypeNode | None = None
        if self.token.kind != NAME or self.following().kind != "in":
            wanted = self.type()
        variable = self._variable(taken)
        self.expect("in")
        source = self.expression()
        if wanted:
            target = Member(source.start, source.end, source, "Cast", (wanted,), wanted.start)
            source = Invocation(source.start, source.end, target, ())
        return variable, source

    def _extended(
        self, query: _Query, added: _Variable, value: Expr
    ) -> tuple[NewAnonymous, _Variable, dict[str, tuple[str, ...]]]:
        """The object of the elements so far and one more variable; the object's own name; all the paths."""
        # Each makes the paths to the variables before it longer.
        self.enter()
        element = query.element
        self._objects += 1
        name = f"<>t{self._objects}"
        old = Name(element.start, element.end, element.name)
        made = NewAnonymous(added.start, value.end, ((element.name, old), (added.name, value)))
        paths = {variable: (name, *path) for variable, path in query.paths.items()}
        paths[added.name] = (name, added.name)
        return made, _Variable(name, added.start, added.end), paths

    # ---------------------------------------------------------------- clauses

    def _let(self, query: _Query) -> None:
        """`let y = e`: Select of an object that holds both."""
        keyword = self.advance()
        added = self._variable(query.paths)
        self.expect("=")
        value = self.expression()
        made, element, paths = self._extended(query, added, value)
        self._put(query, query.call("Select", keyword, self.end, _lambda(made, query.element)))
        query.element, query.paths = element, paths

    def _from_again(self, query: _Query) -> Expr | None:
        """A second `from`: SelectMany."""
        keyword = self.advance()
        added, source = self._from(query.paths)
        return self._combine(query, keyword, "SelectMany", added, _lambda(source, query.element))

    def _join(self, query: _Query, outside: dict[str, tuple[str, ...]]) -> Expr | None:
        """`join y in e on k equals l [into g]`: Join or GroupJoin."""
        keyword = self.advance()
        # The other sequence is the same for all elements: their names mean nothing in it, nor in its keys.
        self.ranges = outside
        inner, source = self._from(query.paths)
        self._expect_word("on", "CS0744")
        self._show(query, outside)
        outer_key = _lambda(self.expression(), query.element)
        self._expect_word("equals", "CS0745")
        self.ranges = outside
        inner_key = _lambda(self.expression(), inner)
        self._show(query, outside)
        method, added = "Join", inner
        if self.accept_word("into"):
            method, added = "GroupJoin", self._variable(query.paths)
        return self._combine(query, keyword, method, added, source, outer_key, inner_key)

    def _combine(
        self, query: _Query, keyword: Token, method: str, added: _Variable, *arguments: Expr
    ) -> Expr | None:
        """The call that adds a range variable; the whole query's, if `select` says at once what to make."""
        if self.token.kind == NAME and self.token.text == "select":
            self.advance()
            result = _lambda(self.expression(), query.element, added)
            return query.call(method, keyword, self.end, *arguments, result)
        end = self.end
        made, element, paths = self._extended(query, added, Name(added.start, added.end, added.name))
        self._put(query, query.call(method, keyword, end, *arguments, _lambda(made, query.element, added)))
        query.element, query.paths = element, paths
        return None

    def _order_by(self, query: _Query) -> None:
        """`orderby k [descending], …`: OrderBy and ThenBy."""
        keyword = self.advance()
        method = "OrderBy"
        while True:
            key = self.expression()
            suffix = ""
            if self.accept_word("descending"):
                suffix = "Descending"
            else:
                self.accept_word("ascending")
            self._put(query, query.call(method + suffix, keyword, self.end, _lambda(key, query.element)))
            method = "ThenBy"
            if not self.accept(","):
                break

    def _select(self, query: _Query) -> Expr:
        """`select e`: Select, which a query that makes a call already needs not for its own element."""
        keyword = self.advance()
        value = self.expression()
        if not query.bare and _is_name(value, query.element.name):
            return query.source
        return query.call("Select", keyword, self.end, _lambda(value, query.element))

    def _group(self, query: _Query) -> Expr:
        """`group e by k`: GroupBy."""
        keyword = self.advance()
        value = self.expression()
        self._expect_word("by", "CS0743")
        key = _lambda(self.expression(), query.element)
        if _is_name(value, query.element.name):
            return query.call("GroupBy", keyword, self.end, key)
        return query.call("GroupBy", keyword, self.end, key, _lambda(value, query.element))

    def _expect_word(self, word: str, code: str) -> None:
        if not self.accept_word(word):
            self.fail(f"Expected contextual keyword '{word}'", code)


def _is_name(value: Expr, name: str) -> bool:
    return isinstance(value, Name) and value.name == name and not value.type_arguments
