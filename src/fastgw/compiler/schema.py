"""What an element may look like, and the check of an element against it.

The schemas themselves stand with their policies; this file knows none of them. The check reports every
fault of one element and of the helper elements in it, but does not go into nested statements.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fastgw.compiler.expressions import ValueType
from fastgw.compiler.nodes import Attribute, Element, Value
from fastgw.compiler.report import Report, suggestion, suggestion_for

if TYPE_CHECKING:
    from fastgw.compiler.lower import Lowering, Statement

INBOUND, BACKEND, OUTBOUND, ON_ERROR = "inbound", "backend", "outbound", "on-error"
SECTIONS = (INBOUND, BACKEND, OUTBOUND, ON_ERROR)
EVERYWHERE = frozenset(SECTIONS)
# From broad to narrow; workspace and product come with their entities.
SCOPES = ("global", "api", "operation")
ALL_SCOPES = frozenset(SCOPES)

_INTEGER = re.compile(r"[+-]?[0-9]{1,18}")


@dataclass(frozen=True, slots=True)
class AttributeSchema:
    """One attribute. ``minimum`` and ``maximum`` bound an integer; ``supported`` false refuses it."""

    name: str
    required: bool = False
    expression: bool = False
    type: ValueType = ValueType.STRING
    choices: tuple[str, ...] = ()
    minimum: int | None = None
    maximum: int | None = None
    supported: bool = True


@dataclass(frozen=True, slots=True)
class ChildSchema:
    """How often a child element may occur; ``most`` None means any number."""

    element: ElementSchema
    least: int = 0
    most: int | None = None


@dataclass(frozen=True, slots=True)
class TextSchema:
    """Text content; ``required`` demands some, ``markup`` lets elements be part of it."""

    required: bool = False
    expression: bool = False
    markup: bool = False


@dataclass(frozen=True, slots=True)
class ElementSchema:
    """A helper element of a policy, such as `value` or `when`.

    ``statements`` lets it hold policies of the section, which the lowering walks.
    """

    name: str
    attributes: tuple[AttributeSchema, ...] = ()
    children: tuple[ChildSchema, ...] = ()
    text: TextSchema | None = None
    statements: bool = False
    is_policy: bool = False


@dataclass(frozen=True, slots=True)
class PolicySchema:
    """A policy: its element, where it may stand, and how it becomes steps.

    ``lower`` is called only with statements that passed the check. It reports what the schema cannot say.
    ``once``: at most one in a section of a document, those in wrappers and fragments included (the policies
    marked `s` in spec/policies/README.md).
    """

    element: ElementSchema
    lower: Callable[[Statement, Lowering], None]
    sections: frozenset[str] = EVERYWHERE
    scopes: frozenset[str] = ALL_SCOPES
    in_fragment: bool = True
    once: bool = False

    @property
    def name(self) -> str:
        """The element's name."""
        return self.element.name


@dataclass(frozen=True, slots=True)
class Registry:
    """The policies that are built, and the names of all that the reference knows."""

    policies: Mapping[str, PolicySchema]
    reference: frozenset[str] = field(default_factory=frozenset)

    def names(self) -> frozenset[str]:
        """Every name of a policy, built or not."""
        return self.reference | frozenset(self.policies)


def policy_element(
    name: str,
    attributes: tuple[AttributeSchema, ...] = (),
    children: tuple[ChildSchema, ...] = (),
    text: TextSchema | None = None,
    *,
    statements: bool = False,
) -> ElementSchema:
    """The element of a policy: every one of them accepts `id` (document.md section 1)."""
    return ElementSchema(
        name, (*attributes, AttributeSchema("id")), children, text, statements, is_policy=True
    )


def check_element(element: Element, schema: ElementSchema, report: Report) -> bool:
    """Report every fault of ``element`` and its helper elements; true when there is none."""
    return _Check(report).element(element, schema)


class _Check:
    def __init__(self, report: Report) -> None:
        self._report = report
        self._good = True

    def _fault(self, message: str, value_or_element: Value | Element | Attribute) -> None:
        self._good = False
        about = value_or_element if isinstance(value_or_element, Value) else None
        self._report.error(message, value_or_element.position, about)

    def element(self, element: Element, schema: ElementSchema) -> bool:
        self._attributes(element, schema)
        if schema.text and schema.text.markup:
            return self._good
        self._text(element, schema)
        if not schema.statements:
            self._children(element, schema)
        return self._good

    def _attributes(self, element: Element, schema: ElementSchema) -> None:
        known = {attribute.name: attribute for attribute in schema.attributes}
        for name, attribute in element.attributes.items():
            if self._report.full:
                return
            found = known.get(name)
            if found is None:
                close = suggestion_for(attribute, known)
                self._fault(f"unknown attribute {attribute.shown} of {element.name}{close}", attribute)
            elif not found.supported:
                self._fault(f"attribute {name} of {element.name} is not supported yet", attribute)
            else:
                self._attribute_value(element, found, attribute.value)
        for name, expected in known.items():
            if expected.required and name not in element.attributes:
                self._fault(f"{element.name} needs the attribute {name}", element)

    def _attribute_value(self, element: Element, schema: AttributeSchema, value: Value) -> None:
        what = f"attribute {schema.name} of {element.name}"
        if value.is_expression:
            if not schema.expression:
                self._fault(f"{what} must be a literal; an expression is not allowed here", value)
            return
        literal = value.literal.strip()
        if schema.choices and literal not in schema.choices:
            close = suggestion(literal, schema.choices) if not value.secrets else ""
            expected = ", ".join(schema.choices)
            self._fault(f"{what} must be one of {expected}, not {value.shown()}{close}", value)
        elif schema.type is ValueType.BOOLEAN and parse_boolean(literal) is None:
            self._fault(f"{what} must be true or false, not {value.shown()}", value)
        elif schema.type is ValueType.INTEGER:
            self._integer(what, schema, literal, value)

    def _integer(self, what: str, schema: AttributeSchema, literal: str, value: Value) -> None:
        if not _INTEGER.fullmatch(literal):
            self._fault(f"{what} must be a whole number, not {value.shown()}", value)
            return
        number = int(literal)
        if schema.minimum is not None and number < schema.minimum:
            self._fault(f"{what} must be at least {schema.minimum}, not {value.shown()}", value)
        elif schema.maximum is not None and number > schema.maximum:
            self._fault(f"{what} must be at most {schema.maximum}, not {value.shown()}", value)

    def _text(self, element: Element, schema: ElementSchema) -> None:
        text = element.text
        if text is None:
            if schema.text and schema.text.required:
                self._fault(f"{element.name} needs text in it", element)
        elif schema.text is None:
            self._fault(f"text is not allowed in {element.name}", text)
        elif text.is_expression and not schema.text.expression:
            self._fault(f"the text of {element.name} must be a literal, not an expression", text)

    def _children(self, element: Element, schema: ElementSchema) -> None:
        known = {child.element.name: child for child in schema.children}
        counts = dict.fromkeys(known, 0)
        for child in element.children:
            if self._report.full:
                return
            found = known.get(child.name)
            if found is None:
                close = suggestion_for(child, known)
                self._fault(f"{child.shown} is not allowed in {element.name}{close}", child)
                continue
            counts[child.name] += 1
            if found.most is not None and counts[child.name] == found.most + 1:
                self._fault(f"{element.name} may hold {child.name} at most {_times(found.most)}", child)
            self.element(child, found.element)
        for name, child_schema in known.items():
            if counts[name] < child_schema.least:
                least = _times(child_schema.least)
                self._fault(f"{element.name} must hold {name} at least {least}", element)


def parse_boolean(literal: str) -> bool | None:
    """`true` or `false` in any case (document.md section 9); None for anything else."""
    return {"true": True, "false": False}.get(literal.strip().lower())


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"
