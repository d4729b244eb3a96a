"""Walks the statements of one document, checks each one and has its policy turn it into steps.

What is the same for all policies is here: sections and scopes, fragments, paths, values. What one policy
means stands with the policy. A document is lowered once; joining documents is for `scopes`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar, runtime_checkable

from fastgw._program import Message, Op, Program, Section, Site, Step
from fastgw.compiler.callers import caller_verdict
from fastgw.compiler.expressions import Compiled, ExpressionCompiler, ValueType
from fastgw.compiler.nodes import Document, Element, Expression, Value
from fastgw.compiler.report import Report, suggestion, suggestion_for
from fastgw.compiler.schema import (
    ALL_SCOPES,
    BACKEND,
    INBOUND,
    SECTIONS,
    PolicySchema,
    Registry,
    check_element,
    parse_boolean,
)
from fastgw.compiler.scopes import (
    BASE,
    CompiledDocument,
    Enter,
    Item,
    Jump,
    Label,
    Leave,
    ParameterUse,
    Region,
    link_part,
)
from fastgw.errors import Diagnostics, Position
from fastgw.model.service_fabric import FabricCall

_Constant = TypeVar("_Constant", bytes, str)
_SECTION_CODES = dict(zip(SECTIONS, Section, strict=True))


class Resolver(Protocol):
    """Turns what a policy names into what the core carries; given by who knows the entities."""

    def backend(self, id: str) -> object | None:
        """The target for a backend's id, or None."""

    def url(self, base_url: str) -> object:
        """The target for a base URL. Raises ValueError with a message for a bad one."""

    def fabric_target(self, target: object, call: FabricCall) -> object:
        """The target for a call to `target`, one of a Service Fabric backend (its `fabric` is not None)."""

    def certificate(self, id: str) -> object | None:
        """The credential for a certificate's id, or None. Raises ValueError where it cannot be presented."""

    def thumbprint(self, hex: str) -> object | None:
        """The credential for a SHA-1 thumbprint of 40 upper-case hexadecimal digits, or None.

        Raises ValueError where it cannot be presented.
        """

    def recognised(self, id: str) -> object | None:
        """A certificate that callers are recognised by, for its id, or None; it may be without its key."""

    def pfx(self, data: bytes, password: str | None) -> object:
        """The credential in a PFX file. Raises ValueError with a message for a bad one."""


@runtime_checkable
class KnowsNames(Protocol):
    """What a resolver may offer besides, for suggestions where an id is unknown."""

    def backend_ids(self) -> tuple[str, ...]:
        """The ids of all backends."""

    def certificate_ids(self) -> tuple[str, ...]:
        """The ids of all certificates."""


class Fragments(Protocol):
    """Gives the tree of a policy fragment, read once."""

    def find(self, id: str) -> tuple[Document | None, bool]:
        """The fragment, if it could be read, and whether one with this id exists."""

    def ids(self) -> tuple[str, ...]:
        """The ids of all fragments."""


@dataclass(slots=True)
class Services:
    """What lowering any document needs; ``hidden`` collects the constants that hold secrets."""

    registry: Registry
    resolver: Resolver
    expressions: ExpressionCompiler
    fragments: Fragments
    hidden: set[bytes | str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Statement:
    """One policy in its place. ``path`` is what LastError.Path reports for it."""

    element: Element
    path: str
    included_at: Position | None = None

    def value(self, name: str) -> Value | None:
        """The value of an attribute, or None when it is absent."""
        return self.element.value(name)

    def required(self, name: str) -> Value:
        """The value of an attribute that the schema demands."""
        return self.element.attributes[name].value

    def child_statements(self) -> Iterator[Statement]:
        """The children with their paths, in order."""
        return numbered(self.element, self.path, self.included_at)


def numbered(parent: Element, path: str, included_at: Position | None) -> Iterator[Statement]:
    """Children with their paths: a 1-based index among siblings of the same name."""
    seen: dict[str, int] = {}
    for child in parent.children:
        seen[child.name] = seen.get(child.name, 0) + 1
        step = f"{child.name}[{seen[child.name]}]"
        yield Statement(child, f"{path}/{step}" if path else step, included_at)


class Lowering:
    """The steps of one section in the making; what policies use to emit and to read values.

    With ``placed`` false it judges a policy fragment on its own: there is no section and no scope then,
    and what depends on them is judged with each include.
    """

    def __init__(
        self, section: str, scope: str, services: Services, report: Report, placed: bool = True
    ) -> None:
        self.section = section
        self.scope = scope
        self.services = services
        self.report = report
        self._placement = report if placed else None
        self.items: list[Item] = []
        self.parameters: list[ParameterUse] = []
        self._base_seen = False
        self._only_once: set[str] = set()
        self._statement: Statement | None = None

    @property
    def placed(self) -> bool:
        """Whether there is a section; a fragment that is judged on its own has none, and never runs."""
        return self._placement is not None

    @property
    def message(self) -> Message:
        """The current message of the section: what set-header and the like work on."""
        return Message.REQUEST if self.section in (INBOUND, BACKEND) else Message.RESPONSE

    # Findings

    def error(self, message: str, position: Position, about: Value | None = None) -> None:
        """Report an error of the statement at hand; secrets in ``about`` are struck from the message."""
        self.report.error(message, position, about)

    def warning(self, message: str, position: Position, about: Value | None = None) -> None:
        """Report a warning; secrets in ``about`` are struck from the message."""
        self.report.warning(message, position, about)

    def warn_of_place(self, message: str, statement: Statement) -> None:
        """Report a warning that is true only in this section: at the include, where there is one."""
        if self._placement is not None:
            self._placement.warning(*_in_its_place(message, statement))

    def _misplaced(self, message: str, statement: Statement) -> None:
        if self._placement is not None:
            self._placement.error(*_in_its_place(message, statement))

    # Steps

    def site(self, statement: Statement, policy: Element | None = None) -> Site:
        """Where a step stands; ``policy`` is the policy where ``statement`` is one of its helper elements."""
        owner = policy or statement.element
        id = owner.value("id")
        if id is not None:
            self.hide(id, id.literal)
        return Site(owner.name, owner.id, statement.path, self.scope)

    def emit(self, op: Op, operands: tuple[Any, ...], statement: Statement) -> None:
        """Append a step."""
        self.items.append(Step(op, operands, self.site(statement)))

    def jump(self, label: Label, site: Site, unless: Compiled | None = None) -> None:
        """Append a jump to ``label``; with ``unless``, only when it gives false."""
        self.items.append(Jump(label, site, unless))

    @contextmanager
    def discarded(self) -> Iterator[None]:
        """Within it, statements are checked as ever, but leave no steps."""
        kept = self.items
        self.items = []
        yield
        self.items = kept

    @contextmanager
    def apart(self) -> Iterator[list[Item]]:
        """Within it, steps go into the list that it gives, for `part`, and not into the section."""
        kept = self.items
        self.items = []
        yield self.items
        self.items = kept

    def part(self, items: Iterable[Item]) -> Program:
        """A program of steps that stood apart; they may hold no `<base/>`."""
        return link_part(items, _SECTION_CODES[self.section])

    @contextmanager
    def region(self, begin: Callable[[Any], Region], statement: Statement) -> Iterator[None]:
        """Steps within it belong to a region that ``begin`` opens; what goes wrong in it ends at its end."""
        site = self.site(statement)
        start, end = Label(), Label()
        self.items.append(Enter(end, site, begin))
        self.mark(start)
        yield
        self.mark(end)
        self.items.append(Leave(start, site))

    def need_body(self, message: Message, statement: Statement) -> None:
        """Have all of a message's body before the steps that follow."""
        self.items.append(Step(Op.NEED_BODY, (message,), self.site(statement)))

    def need_verdict(self, statement: Statement) -> None:
        """Have the caller's certificate judged before the steps that follow, revocation included."""
        self.items.append(Step(Op.NEED, (caller_verdict,), self.site(statement)))

    def mark(self, label: Label) -> None:
        """Say that ``label`` is here."""
        self.items.append(label)

    def base(self, statement: Statement) -> None:
        """Append the place where the next broader scope comes in."""
        if self._base_seen:
            self.error("base may occur only once in a section", statement.element.position)
        self._base_seen = True
        if self.scope != "global":
            self.items.append(BASE)

    # Values. Each gives None after it reported an error, so a None needs no second message.

    def string(self, value: Value) -> str | Compiled | None:
        """A string: a constant (blanks kept), or a callable that gives str, bytes or None."""
        if isinstance(value.content, Expression):
            return self.expression(value, ValueType.STRING)
        return self.hide(value, value.content)

    def encoded(self, value: Value) -> bytes | Compiled | None:
        """A string as an operand of the core: a constant in UTF-8 (blanks kept), or a callable."""
        found = self.string(value)
        return self.hide(value, found.encode()) if isinstance(found, str) else found

    def boolean(self, value: Value | None, default: bool) -> bool | Compiled | None:
        """A boolean that the schema has checked; ``default`` where the attribute is absent."""
        if value is None:
            return default
        if isinstance(value.content, Expression):
            return self.expression(value, ValueType.BOOLEAN)
        return bool(parse_boolean(value.content))

    def integer(self, value: Value) -> int | Compiled | None:
        """An integer that the schema has checked, or a callable that gives one."""
        if isinstance(value.content, Expression):
            return self.expression(value, ValueType.INTEGER)
        return int(value.content)

    def expression(self, value: Value, wanted: ValueType) -> Compiled | None:
        """The compiled expression of ``value``; its errors are reported for this document's entity."""
        if not isinstance(value.content, Expression):
            raise TypeError("the value is a literal")
        found = Diagnostics()
        content = value.content
        compiled = self.services.expressions.compile(
            content.source, content.position, wanted, found, content.places
        )
        for diagnostic in found:
            say = self.report.error if diagnostic.severity == "error" else self.report.warning
            say(diagnostic.message, diagnostic.position or value.position, value)
        if compiled is not None and self._statement is not None:
            for message in getattr(compiled, "bodies", ()):
                self.need_body(message, self._statement)
            if getattr(compiled, "verdict", False):
                self.need_verdict(self._statement)
        return compiled

    def hide(self, value: Value, constant: _Constant) -> _Constant:
        """``constant``, kept out of listings when ``value`` holds a secret."""
        if value.secrets:
            self.services.hidden.add(constant)
        return constant

    # Statements

    def statements(self, parent: Element, path: str, included_at: Position | None) -> None:
        """Lower the children of ``parent``, all of which are policies."""
        if parent.text is not None:
            self.error(f"text is not allowed in {parent.name}", parent.text.position)
        for statement in numbered(parent, path, included_at):
            self.statement(statement)

    def statement(self, statement: Statement) -> None:
        """Check one policy and lower it."""
        if self.report.full:
            return
        schema = self._schema(statement)
        if schema is None:
            return
        if check_element(statement.element, schema.element, self.report):
            around, self._statement = self._statement, statement
            schema.lower(statement, self)
            self._statement = around
            return
        # What is wrong with a wrapper hides nothing that is wrong inside it.
        wrappers = {child.element.name for child in schema.element.children if child.element.statements}
        with self.discarded():
            for child in statement.child_statements():
                if schema.element.statements:
                    self.statement(child)
                elif child.element.name in wrappers:
                    for nested in child.child_statements():
                        self.statement(nested)

    def _schema(self, statement: Statement) -> PolicySchema | None:
        name = statement.element.name
        registry = self.services.registry
        position = statement.element.position
        schema = registry.policies.get(name)
        if schema is None:
            if name in registry.reference:
                self.error(f"policy {name} is not supported yet", position)
                self._judge_expressions(statement.element)
            elif name in SECTIONS:
                self.error(f"the section {name} is not allowed here", position)
            else:
                close = suggestion_for(statement.element, registry.names())
                self.error(f"unknown policy {statement.element.shown}{close}", position)
            return None
        in_fragment = statement.included_at is not None or self._placement is None
        if in_fragment and not schema.in_fragment:
            self.error(f"{name} is not allowed in a policy fragment", position)
            return None
        if schema.once:
            if name in self._only_once:
                message = f"{name} may occur only once in a section"
                if statement.included_at is None:
                    self.error(message, position)
                else:
                    self._misplaced(message, statement)
                return None
            self._only_once.add(name)
        if self._placement is None:
            return schema
        if self.section not in schema.sections:
            allowed = ", ".join(one for one in SECTIONS if one in schema.sections)
            self._misplaced(f"{name} is not allowed in {self.section}, only in {allowed}", statement)
            return None
        if self.scope not in schema.scopes and self.scope in ALL_SCOPES:
            self._misplaced(f"{name} is not allowed at {self.scope} scope", statement)
            return None
        return schema

    def _judge_expressions(self, element: Element) -> None:
        """Report what is wrong with expressions of a policy that is not built; that can be said."""
        for attribute in element.attributes.values():
            if attribute.value.is_expression:
                self.expression(attribute.value, ValueType.OBJECT)
        if element.text is not None and element.text.is_expression:
            self.expression(element.text, ValueType.OBJECT)
        for child in element.children:
            self._judge_expressions(child)

    def include(self, statement: Statement) -> None:
        """Lower the statements of a fragment in place of `include-fragment`.

        What is wrong with the fragment wherever it stands was said when it was judged on its own; here
        only its place is judged.
        """
        value = statement.required("fragment-id")
        id = value.literal.strip()
        fragment, exists = self.services.fragments.find(id)
        if not exists:
            close = "" if value.secrets else suggestion(id, self.services.fragments.ids())
            self.error(f"policy fragment {value.shown()} does not exist{close}", value.position)
            return
        good = False
        if fragment is not None:
            report = self.report
            self.report = Report(Diagnostics(), report.entity)
            self.statements(fragment.root, statement.path, statement.element.position)
            good = not self.report.failed
            self.report = report
        if not good:
            self.error(f"policy fragment {value.shown()} has errors", value.position)


def lower_document(document: Document, scope: str, services: Services, report: Report) -> CompiledDocument:
    """Lower every section of a `policies` document; ``report.failed`` tells whether it may be used."""
    root = document.root
    if root.name != "policies":
        hint = "; a fragment is used through include-fragment" if root.name == "fragment" else ""
        report.error(f"the root element must be policies, not {root.shown}{hint}", root.position)
        return CompiledDocument(scope, report.entity, {})
    _only_elements(root, report)
    sections: dict[Section, tuple[Item, ...]] = {}
    parameters: list[ParameterUse] = []
    seen: set[str] = set()
    for section in root.children:
        if section.name not in SECTIONS:
            if section.name in services.registry.names():
                message = f"policy {section.name} must stand in a section"
            else:
                close = suggestion_for(section, SECTIONS)
                message = f"unknown section {section.shown}{close}"
            report.error(message, section.position)
            continue
        if section.name in seen:
            report.error(f"the section {section.name} occurs twice", section.position)
        seen.add(section.name)
        _only_elements(section, report, text=False)
        lowering = Lowering(section.name, scope, services, report)
        lowering.statements(section, "", None)
        sections[_SECTION_CODES[section.name]] = tuple(lowering.items)
        parameters += lowering.parameters
    return CompiledDocument(scope, report.entity, sections, tuple(parameters))


def _in_its_place(message: str, statement: Statement) -> tuple[str, Position]:
    """A finding about the place of a statement: in a fragment, the place is that of the include."""
    position = statement.element.position
    if statement.included_at is None:
        return message, position
    return f"{message} (in the policy fragment, {position})", statement.included_at


def check_fragment(document: Document, services: Services, report: Report) -> bool:
    """Report what is wrong with a policy fragment wherever it stands; false where its root is wrong."""
    root = document.root
    if root.name != "fragment":
        report.error(
            f"the root element of a policy fragment must be fragment, not {root.shown}", root.position
        )
        return False
    _only_elements(root, report, text=False)
    good = not report.failed
    Lowering("", "", services, report, placed=False).statements(root, "", None)
    return good


def _only_elements(element: Element, report: Report, text: bool = True) -> None:
    for attribute in element.attributes.values():
        report.error(f"unknown attribute {attribute.shown} of {element.name}", attribute.position)
    if text and element.text is not None:
        report.error(f"text is not allowed in {element.name}", element.text.position)
