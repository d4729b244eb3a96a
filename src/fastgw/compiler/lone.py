"""Judges one policy document or fragment on its own, without the entities that it names.

For `check-policy`: a backend, a certificate, a fragment or a named value may exist somewhere else. Whatever
does not depend on what they are is judged as ever. No program comes out of it.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import replace
from types import MappingProxyType

from fastgw.compiler.expressions import Compiled, ExpressionCompiler, ValueType
from fastgw.compiler.lower import Resolver, Services, check_fragment, lower_document
from fastgw.compiler.named_values import is_liquid
from fastgw.compiler.nodes import Document, EditedPlaces, Element, Expression, Places, Value
from fastgw.compiler.report import Report
from fastgw.compiler.schema import Registry
from fastgw.compiler.xml import MAX_DOCUMENT, MAX_FRAGMENT, read
from fastgw.errors import Diagnostics, Position
from fastgw.model.policy import PolicySource

_REFERENCE = re.compile(r"\{\{[A-Za-z0-9._-]{1,256}\}\}")
# What a named value may stand for in C#: a number, a truth value, a text, a name; "1" suits literals too.
_STAND_INS = ("1", "true", '"1"', "context")
_MOST_TRIES = 64
# Where a document is allowed that does not say which scope it is for.
ANY_SCOPE = "any"


def check_document(
    source: PolicySource,
    registry: Registry,
    resolver: Resolver,
    expressions: ExpressionCompiler,
    diagnostics: Diagnostics,
) -> None:
    """Report everything that is wrong with a `policies` document or a `fragment` in itself."""
    fragment = "<fragment" in source.text[:4096]
    tree = read(source, diagnostics, "", MAX_FRAGMENT if fragment else MAX_DOCUMENT)
    if tree is None:
        return
    report = Report(diagnostics, "", lenient=True)
    services = Services(registry, resolver, _Guessing(expressions), _AnyFragment())
    tree = replace(tree, root=_stand_in(tree.root))
    if tree.name == "fragment":
        check_fragment(tree, services, report)
    else:
        lower_document(tree, ANY_SCOPE, services, report)


class _AnyFragment:
    """Every fragment exists, and is empty."""

    _EMPTY = Document(
        Element(
            "fragment",
            Position("", 1, 1),
            MappingProxyType({}),
            (),
            None,
            Value("", Position("", 1, 1)),
        ),
        "xml",
    )

    def find(self, id: str) -> tuple[Document | None, bool]:
        return self._EMPTY, True

    def ids(self) -> tuple[str, ...]:
        return ()


def _stand_in(element: Element) -> Element:
    """``element`` with something in the place of each named value; its marks stay, for the report.

    What stands in a Liquid template is rather a value of its own than a named value.
    """
    attributes = MappingProxyType(
        {name: replace(one, value=_value(one.value)) for name, one in element.attributes.items()}
    )
    if is_liquid(element):
        text = replace(element.text, marks=()) if element.text else None
        return replace(element, attributes=attributes, text=text, inner=replace(element.inner, marks=()))
    return replace(
        element,
        attributes=attributes,
        children=tuple(_stand_in(child) for child in element.children),
        text=_value(element.text) if element.text else None,
        inner=_value(element.inner),
    )


def _value(value: Value) -> Value:
    # Those of an expression are tried one after the other when it is compiled.
    if not value.marks or isinstance(value.content, Expression):
        return value
    return replace(value, content=_REFERENCE.sub(_STAND_INS[0], value.content))


class _Guessing:
    """Compiles an expression with named values in it: right if it is for something they may stand for."""

    def __init__(self, expressions: ExpressionCompiler) -> None:
        self._expressions = expressions

    def compile(
        self,
        source: str,
        position: Position,
        wanted: ValueType,
        diagnostics: Diagnostics,
        places: Places | None = None,
    ) -> Compiled | None:
        first: Diagnostics | None = None
        for guess, edits in _guesses(source):
            found = Diagnostics()
            guessed = EditedPlaces(places, edits) if places and edits else places
            compiled = self._expressions.compile(guess, position, wanted, found, guessed)
            if compiled is not None:
                return compiled
            first = first or found
        for diagnostic in first or ():
            diagnostics.error(diagnostic.message, diagnostic.position)
        return None


def _guesses(source: str) -> Iterator[tuple[str, list[tuple[int, int, int]]]]:
    """Texts without named values, each with its edits; see EditedPlaces."""
    references = list(_REFERENCE.finditer(source))
    count = len(references)
    if count == 0:
        yield source, []
        return
    # First the same for all, then, where there are few, every combination.
    rows: Iterator[tuple[str, ...]] = ((one,) * count for one in _STAND_INS)
    if len(_STAND_INS) ** count <= _MOST_TRIES and count > 1:
        rows = itertools.chain(rows, itertools.product(_STAND_INS, repeat=count))
    for row in rows:
        edits = [
            (found.start(), len(found.group()), len(stand_in))
            for found, stand_in in zip(references, row, strict=True)
        ]
        yield _replaced(source, row), edits


def _replaced(source: str, row: tuple[str, ...]) -> str:
    stand_ins = iter(row)
    return _REFERENCE.sub(lambda _: next(stand_ins), source)
