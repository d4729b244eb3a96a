"""Takes the cross-domain policy out of the global document: it is the gateway's, and no request runs it."""

from __future__ import annotations

from dataclasses import replace

from fastgw._program import Section, Step
from fastgw.compiler import CompiledDocument
from fastgw.policies.crossdomain.cross_domain import CrossDomain


def without_cross_domain(document: CompiledDocument | None) -> tuple[CompiledDocument | None, bytes | None]:
    """The document without that step, and what the step answers; the document itself where it has none."""
    items = () if document is None else document.sections.get(Section.INBOUND, ())
    found = [
        item.operands[0].crossdomain
        for item in items
        if isinstance(item, Step) and item.operands and isinstance(item.operands[0], CrossDomain)
    ]
    if document is None or not found:
        return document, None
    kept = [
        item
        for item in items
        if not (isinstance(item, Step) and item.operands and isinstance(item.operands[0], CrossDomain))
    ]
    return replace(document, sections={**document.sections, Section.INBOUND: kept}), found[0]
