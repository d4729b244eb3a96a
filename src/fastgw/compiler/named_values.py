"""Puts named values into a document: plain text, once, before expressions are looked at.

The rules are those of spec/policies/document.md section 8. A value is never scanned again, and a secret
one leaves a trace in `Value.secrets`, so that nothing downstream prints it. Liquid templates write their
own `{{ }}`: in them only the exact display name of a named value is a reference.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Protocol

from fastgw.compiler.nodes import HIDDEN, Document, EditedPlaces, Element, Expression, Value
from fastgw.compiler.report import Report, suggestion
from fastgw.compiler.xml import is_whole_expression

_REFERENCE = re.compile(r"\{\{([A-Za-z0-9._-]{1,256})\}\}")


class NamedValue(Protocol):
    """What the compiler needs to know of a named value."""

    @property
    def value(self) -> str:
        """The text that takes the place of the reference."""

    @property
    def secret(self) -> bool:
        """Whether the value must never be shown."""

    @property
    def unread(self) -> bool:
        """Whether `value` only stands for one that lives in a key vault and was not read."""


class NamedValues:
    """Named values by display name: the exact name first, else the same name in another case."""

    __slots__ = ("_exact", "_folded", "_unread")

    def __init__(self, values: Mapping[str, NamedValue]) -> None:
        self._exact = dict(values)
        self._folded: dict[str, NamedValue] = {}
        for name, value in values.items():
            self._folded.setdefault(name.lower(), value)
        self._unread = any(value.unread for value in values.values())

    def find(self, name: str) -> NamedValue | None:
        """The named value with this display name, or None."""
        return self._exact.get(name) or self._folded.get(name.lower())

    def find_exact(self, name: str) -> NamedValue | None:
        """The named value with exactly this display name, or None."""
        return self._exact.get(name)

    def has_unread(self, text: str) -> bool:
        """Whether a text refers to a value that was not read."""
        if not self._unread:
            return False
        found = (self.find(match[1]) for match in _REFERENCE.finditer(text))
        return any(value is not None and value.unread for value in found)

    def names(self) -> tuple[str, ...]:
        """All display names."""
        return tuple(self._exact)


def substitute_text(text: str, named_values: NamedValues) -> str:
    """``text`` with every ``{{name}}`` replaced, for what is no policy document (a backend's credentials).

    Raises LookupError with the name of the first one that is missing.
    """

    def replaced(found: re.Match[str]) -> str:
        value = named_values.find(found[1])
        if value is None:
            raise LookupError(found[1])
        return value.value

    return _REFERENCE.sub(replaced, text)


def substitute(document: Document, named_values: NamedValues, report: Report) -> Document:
    """``document`` with every ``{{name}}`` replaced; a missing name is an error at its place."""
    return replace(document, root=_Substitution(named_values, report).element(document.root))


def is_liquid(element: Element) -> bool:
    """Whether the content of an element is a Liquid template; named values in attributes are replaced."""
    template = element.value("template") if element.name == "set-body" else None
    return template is not None and template.literal.strip() == "liquid"


class _Substitution:
    def __init__(self, named_values: NamedValues, report: Report) -> None:
        self._named_values = named_values
        self._report = report

    def element(self, element: Element, liquid: bool = False) -> Element:
        # `inner` repeats what the attributes and texts inside it hold, so an element without a mark in
        # it or in its attributes has nothing to replace further down either.
        attributes = element.attributes
        if any(attribute.value.marks for attribute in attributes.values()):
            attributes = MappingProxyType(
                {
                    name: replace(attribute, value=self._value(attribute.value, liquid))
                    for name, attribute in attributes.items()
                }
            )
            element = replace(element, attributes=attributes)
        if not element.inner.marks:
            return element
        liquid = liquid or is_liquid(element)
        return replace(
            element,
            children=tuple(self.element(child, liquid) for child in element.children),
            text=self._value(element.text, liquid) if element.text else None,
            inner=self._value(element.inner, liquid, silent=True),
        )

    def _value(self, value: Value, liquid: bool, silent: bool = False) -> Value:
        if not value.marks:
            return value
        secrets: list[str] = []
        edits: list[tuple[int, int, int]] = []
        marks = iter(value.marks)

        def replacement(match: re.Match[str]) -> str:
            position = next(marks, value.position)
            find = self._named_values.find_exact if liquid else self._named_values.find
            found = find(match.group(1))
            if found is None:
                if not silent and not liquid:
                    # Secrets are there already only where an expansion may have made the whole text.
                    close = "" if value.secrets else suggestion(match.group(1), self._named_values.names())
                    shown = HIDDEN if value.secrets else match.group(1)
                    self._report.error(f"named value '{shown}' does not exist{close}", position)
                return match.group()
            if found.secret:
                secrets.append(found.value)
            edits.append((match.start(), len(match.group()), len(found.value)))
            return found.value

        content = value.content
        source = content.source if isinstance(content, Expression) else content
        replaced = _REFERENCE.sub(replacement, source)
        new: str | Expression = replaced
        if isinstance(content, Expression):
            places = EditedPlaces(content.places, edits) if content.places else None
            new = replace(content, source=replaced, places=places)
        elif not silent and not liquid and is_whole_expression(replaced):
            new = Expression(replaced.strip(), value.position)
        return replace(value, content=new, marks=(), secrets=(*value.secrets, *secrets))
