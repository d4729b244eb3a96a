"""The public door of the policy compiler: documents in, programs out.

Documents and fragments are read, checked and lowered once, whatever the number of operations that use
them; operations whose effective section is the same share one Program. Nothing here knows a policy: the
registry comes as an argument, as policies may import the compiler and not the other way round.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from fastgw._program import Program, Section
from fastgw.compiler.expressions import ExpressionCompiler
from fastgw.compiler.lone import check_document
from fastgw.compiler.lower import Resolver, Services, check_fragment, lower_document
from fastgw.compiler.named_values import NamedValue, NamedValues, substitute
from fastgw.compiler.nodes import HIDDEN, Document
from fastgw.compiler.report import Report, suggestion
from fastgw.compiler.schema import Registry
from fastgw.compiler.scopes import CompiledDocument, link, narrow
from fastgw.compiler.xml import MAX_DOCUMENT, MAX_FRAGMENT, read
from fastgw.errors import Diagnostics
from fastgw.model.policy import PolicySource

# What an instance without a global document runs (spec/policies/document.md section 1).
_DEFAULT_GLOBAL = "<policies><backend><forward-request /></backend></policies>"


class Programs(NamedTuple):
    """The effective programs of one operation."""

    inbound: Program
    backend: Program
    outbound: Program
    on_error: Program


class PolicyCompiler:
    """Compiles the policies of one configuration; every finding goes to ``diagnostics``.

    ``named_values`` are by display name, ``fragments`` by id.
    """

    def __init__(
        self,
        named_values: Mapping[str, NamedValue],
        fragments: Mapping[str, PolicySource],
        resolver: Resolver,
        expressions: ExpressionCompiler,
        registry: Registry,
        diagnostics: Diagnostics,
    ) -> None:
        self._diagnostics = diagnostics
        self._named_values = NamedValues(named_values)
        self._fragments = _Fragments(fragments, self._load_fragment)
        self._services = Services(registry, resolver, expressions, self._fragments)
        self._default: CompiledDocument | None = None
        self._programs: dict[tuple[Section, tuple[CompiledDocument, ...]], Program] = {}
        self._judged: set[tuple[CompiledDocument, frozenset[str], str]] = set()

    @property
    def hidden(self) -> frozenset[bytes | str]:
        """The constants that hold secrets, for `listing`."""
        return frozenset(self._services.hidden)

    def document(self, source: PolicySource, scope: str, entity: str) -> CompiledDocument | None:
        """Read, check and lower a `policies` document of ``scope`` (`global`, `api` or `operation`).

        None after at least one error was reported for ``entity``.
        """
        tree = read(source, self._diagnostics, entity, MAX_DOCUMENT)
        if tree is None:
            return None
        unread = self._has_unread(source)
        report = Report(Diagnostics() if unread else self._diagnostics, entity)
        compiled = lower_document(substitute(tree, self._named_values, report), scope, self._services, report)
        if report.failed and unread:
            self._judge_without_values(source, tree, entity)
        return None if report.failed else compiled

    def _has_unread(self, source: PolicySource) -> bool:
        """Whether a document uses a named value that was not read, by itself or through a fragment."""
        if self._named_values.has_unread(source.text):
            return True
        return "include-fragment" in source.text and any(
            self._named_values.has_unread(text) for text in self._fragments.texts()
        )

    def _judge_without_values(self, source: PolicySource, tree: Document, entity: str) -> None:
        """Report what is wrong with a document whatever its named values are, else that it was not judged."""
        found = Diagnostics()
        services = self._services
        check_document(source, services.registry, services.resolver, services.expressions, found)
        for diagnostic in found.errors:
            self._diagnostics.error(diagnostic.message, diagnostic.position, entity)
        if not found.has_errors:
            message = "is not judged in full, because it uses a named value of a key vault that was not read"
            self._diagnostics.warning(message, tree.root.position, entity)

    def check_fragments(self) -> None:
        """Read and check every fragment, so that one that nothing includes is judged as well."""
        for id in self._fragments.ids():
            self._fragments.find(id)

    def programs(
        self,
        global_document: CompiledDocument | None,
        api_document: CompiledDocument | None,
        operation_document: CompiledDocument | None,
        template_parameters: frozenset[str] | None,
        entity: str,
    ) -> Programs:
        """The effective programs of an operation, or of an API's operations without a document.

        ``template_parameters`` are the names in the operation's URL template, None where they are not
        known. A scope without a document is skipped; without a global document the default one applies.
        """
        if operation_document and template_parameters is not None:
            self.check_parameters(operation_document, template_parameters, entity)
        broadest = global_document or self._default_document()
        chain = [one for one in (operation_document, api_document, broadest) if one]
        return Programs(*(self._program(chain, section) for section in Section))

    def _program(self, chain: list[CompiledDocument], section: Section) -> Program:
        key = (section, narrow(chain, section))
        program = self._programs.get(key)
        if program is None:
            program = self._programs[key] = link(key[1], section)
        return program

    def check_parameters(
        self, document: CompiledDocument, template_parameters: frozenset[str], entity: str
    ) -> None:
        """Report each {parameter} of the document that is none of ``template_parameters``.

        For a document above operation scope these are the parameters of all operations it is for: one that
        only some of them have is judged with the request.
        """
        key = (document, template_parameters, entity)
        if key in self._judged:
            return
        self._judged.add(key)
        for use in document.parameters:
            if use.name not in template_parameters:
                close = "" if use.secret else suggestion(use.name, template_parameters)
                shown = HIDDEN if use.secret else use.name
                whose = "the" if document.scope == "operation" else "no"
                has = "has no" if document.scope == "operation" else "has a"
                message = f"{whose} operation's URL template {has} parameter {{{shown}}}{close}"
                self._diagnostics.error(message, use.position, entity)

    def _load_fragment(self, source: PolicySource, entity: str) -> Document | None:
        """Read and check a fragment; None where it is no fragment, as was reported for ``entity``."""
        tree = read(source, self._diagnostics, entity, MAX_FRAGMENT)
        if tree is None:
            return None
        unread = self._has_unread(source)
        report = Report(Diagnostics() if unread else self._diagnostics, entity)
        made = substitute(tree, self._named_values, report)
        # A missing named value leaves its reference in the text, which would be judged as a value.
        if report.failed or not check_fragment(made, self._services, report):
            if unread:
                self._judge_without_values(source, tree, entity)
            return None
        return made

    def _default_document(self) -> CompiledDocument:
        if self._default is None:
            compiled = self.document(
                PolicySource(_DEFAULT_GLOBAL, "<built-in>", 1, 1, 0), "global", "policy global"
            )
            self._default = compiled or CompiledDocument("global", "policy global", {})
        return self._default


class _Fragments:
    """Fragments by id, in any case; each is loaded on first use and kept, readable or not."""

    __slots__ = ("_ids", "_load", "_loaded", "_sources")

    def __init__(
        self,
        sources: Mapping[str, PolicySource],
        load: Callable[[PolicySource, str], Document | None],
    ) -> None:
        self._ids = tuple(sources)
        self._sources = {id.casefold(): (id, source) for id, source in sources.items()}
        self._load = load
        self._loaded: dict[str, Document | None] = {}

    def ids(self) -> tuple[str, ...]:
        return self._ids

    def texts(self) -> Iterator[str]:
        return (source.text for _, source in self._sources.values())

    def find(self, id: str) -> tuple[Document | None, bool]:
        key = id.casefold()
        if key not in self._sources:
            return None, False
        if key not in self._loaded:
            own_id, source = self._sources[key]
            self._loaded[key] = self._load(source, f"policy fragment {own_id}")
        return self._loaded[key], True
