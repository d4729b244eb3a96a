"""`new`: objects, arrays, anonymous types, and their initialisers (C# specification, section 12.8.16)."""

from __future__ import annotations

from abc import abstractmethod

from fastgw.expr.nodes import (
    Argument,
    ArrayInitializer,
    CollectionInitializer,
    Expr,
    New,
    NewAnonymous,
    NewArray,
    ObjectInitializer,
    TypeNode,
)
from fastgw.expr.parser.names import NameParser
from fastgw.expr.parser.types import NO_TYPE
from fastgw.expr.tokens import NAME


class CreationParser(NameParser):
    """Reads `new` and initialisers."""

    @abstractmethod
    def arguments(self, closing: str) -> tuple[Argument, ...]:
        """Arguments in parentheses or brackets, whose opening one is next."""

    def new(self) -> Expr:
        """`new` and what it makes. Raises CompileError."""
        # A level of its own: on the stack it comes on top of that of the expression.
        self.enter()
        start = self.advance().start
        found: Expr
        if self.token.kind == "{":
            found = self._anonymous(start)
        elif self.token.kind == "[":
            found = self._implicit_array(start)
        else:
            if self.token.kind == "(" and self.scan_type(self.index) == NO_TYPE:
                self.fail_newer("target-typed object creation", "9.0")
            wanted = self.type_of_new()
            read = self._array if self.token.kind == "[" else self._object
            found = read(start, wanted)
        self.leave()
        return found

    def _object(self, start: int, wanted: TypeNode) -> New:
        """`new T(arguments) { … }`, with at least one of the two."""
        arguments = self.arguments(")") if self.token.kind == "(" else None
        initializer = self._initializer() if self.token.kind == "{" else None
        if arguments is None and initializer is None:
            self.fail("A new expression requires (), [], or {} after type", "CS1526")
        return New(start, self.end, wanted, arguments, initializer)

    # ---------------------------------------------------------------- objects and collections

    def _initializer(self) -> ObjectInitializer | CollectionInitializer:
        """`{ A = 1 }`, `{ ["k"] = v }` or `{ a, {k, v} }`; the brace is next."""
        following = self.following()
        if following.kind in ("}", "[") or (following.kind == NAME and self.following(2).kind == "="):
            return self._object_initializer()
        return self._collection_initializer()

    def _object_initializer(self) -> ObjectInitializer:
        self.enter()
        start = self.expect("{").start
        entries: list[
            tuple[str | tuple[Argument, ...], Expr | ObjectInitializer | CollectionInitializer]
        ] = []
        while self.token.kind != "}":
            target = self.arguments("]") if self.token.kind == "[" else self.identifier().value
            self.expect("=")
            if self.token.kind == "{":
                entries.append((target, self._initializer()))
            else:
                entries.append((target, self.expression()))
            if not self.accept(","):
                break
        self.expect("}")
        self.leave()
        return ObjectInitializer(start, self.end, tuple(entries))

    def _collection_initializer(self) -> CollectionInitializer:
        self.enter()
        start = self.expect("{").start
        elements: list[tuple[Expr, ...]] = []
        while self.token.kind != "}":
            if self.accept("{"):
                values = [self.expression()]
                while self.accept(","):
                    values.append(self.expression())
                self.expect("}")
                elements.append(tuple(values))
            else:
                elements.append((self.expression(),))
            if not self.accept(","):
                break
        self.expect("}")
        self.leave()
        return CollectionInitializer(start, self.end, tuple(elements))

    def _anonymous(self, start: int) -> NewAnonymous:
        self.expect("{")
        members: list[tuple[str | None, Expr]] = []
        while self.token.kind != "}":
            name = None
            if self.token.kind == NAME and self.following().kind == "=":
                name = self.identifier().value
                self.advance()
            members.append((name, self.expression()))
            if not self.accept(","):
                break
        self.expect("}")
        return NewAnonymous(start, self.end, tuple(members))

    # ---------------------------------------------------------------- arrays

    def _array(self, start: int, element: TypeNode) -> NewArray:
        """`[n, m][] { … }` behind the type of the elements."""
        sizes: list[Expr] = []
        ranks = self.ranks()
        if not ranks:
            self.expect("[")
            sizes.append(self.expression())
            while self.accept(","):
                sizes.append(self.expression())
            self.expect("]")
            ranks = [len(sizes), *self.ranks()]
            if self.token.kind == "[":
                self.fail("Invalid rank specifier: expected ',' or ']'", "CS0178", self.following())
        array = self.array_of(element, ranks)
        initializer = self.array_initializer() if self.token.kind == "{" else None
        if not sizes and initializer is None:
            self.fail("Array creation must have array size or array initializer", "CS1586")
        return NewArray(start, self.end, array, ranks[0], tuple(sizes), initializer)

    def _implicit_array(self, start: int) -> NewArray:
        """`new[] { … }`, `new[,] { … }`."""
        ranks = self.ranks()
        if not ranks:
            self.advance()
            self.fail_expected("]")
        if len(ranks) > 1:
            self.fail_expected("{")
        initializer = self.array_initializer()
        return NewArray(start, self.end, None, ranks[0], (), initializer)

    def array_initializer(self) -> ArrayInitializer:
        """`{ a, { b } }`. Raises CompileError."""
        self.enter()
        start = self.expect("{").start
        elements: list[Expr] = []
        while self.token.kind != "}":
            elements.append(self.array_initializer() if self.token.kind == "{" else self.expression())
            if not self.accept(","):
                break
        self.expect("}")
        self.leave()
        return ArrayInitializer(start, self.end, tuple(elements))
