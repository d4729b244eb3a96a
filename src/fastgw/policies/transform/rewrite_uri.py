"""rewrite-uri: the path and query that the backend sees (spec/policies/transformation.md).

The template is cut into pieces when the configuration is built; filling them in is the core's work.
"""

from __future__ import annotations

import re
from urllib.parse import unquote

from fastgw._program import Op
from fastgw.compiler.expressions import ValueType
from fastgw.compiler.lower import Lowering, Statement
from fastgw.compiler.nodes import Value
from fastgw.compiler.schema import INBOUND, AttributeSchema, PolicySchema, policy_element
from fastgw.compiler.scopes import Label, ParameterUse
from fastgw.model.http_text import has_controls

ELEMENT = policy_element(
    "rewrite-uri",
    (
        AttributeSchema("template", required=True, expression=True),
        AttributeSchema("copy-unmatched-params", expression=True, type=ValueType.BOOLEAN),
    ),
)

_PARAMETER = re.compile(r"\{\*?([^{}*/?&=#\s]+)\}")
_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:|//")


def lower(statement: Statement, lowering: Lowering) -> None:
    """One REWRITE_URI, or two where an expression decides about copying."""
    value = statement.required("template")
    copy = lowering.boolean(statement.value("copy-unmatched-params"), default=True)
    given = lowering.string(value)
    template = _pieces(given.strip(), value, lowering) if isinstance(given, str) else given
    if template is None or copy is None:
        return
    if isinstance(copy, bool):
        lowering.emit(Op.REWRITE_URI, (template, copy), statement)
        return
    # The core knows rewriting with and without copying; which of the two is decided by a jump.
    otherwise, end = Label(), Label()
    site = lowering.site(statement)
    lowering.jump(otherwise, site, unless=copy)
    lowering.emit(Op.REWRITE_URI, (template, True), statement)
    lowering.jump(end, site)
    lowering.mark(otherwise)
    lowering.emit(Op.REWRITE_URI, (template, False), statement)
    lowering.mark(end)


def _pieces(template: str, value: Value, lowering: Lowering) -> tuple[bytes | str, ...] | None:
    """Literal bytes and names of parameters, in turn; None after an error."""
    if problem := _problem(template):
        lowering.error(f"template of rewrite-uri {problem}", value.position, value)
        return None
    pieces: list[bytes | str] = []
    last = 0
    for match in _PARAMETER.finditer(template):
        if match.start() > last:
            pieces.append(_literal(template[last : match.start()]))
        pieces.append(match.group(1))
        lowering.parameters.append(ParameterUse(match.group(1), value.position, bool(value.secrets)))
        last = match.end()
    if last < len(template):
        pieces.append(_literal(template[last:]))
    if value.secrets:
        lowering.services.hidden.update(pieces)
    return tuple(pieces)


def _problem(template: str) -> str | None:
    if not template:
        return "must not be empty; / is the root of the backend"
    rest = _PARAMETER.sub("", template)
    if "{" in rest or "}" in rest:
        return "has a brace that encloses no parameter name; write { as %7B and } as %7D"
    if "#" in rest:
        return "must not hold a fragment (#)"
    if has_controls(template) or "\\" in rest:
        return "must not hold backslashes, line breaks or control characters"
    path = _PARAMETER.sub("x", template).partition("?")[0]
    if any(unquote(segment).partition(";")[0] in (".", "..") for segment in path.split("/")):
        return "must not hold dot segments"
    if _ABSOLUTE.match(template):
        return "must be relative; set-backend-service changes the scheme and host"
    return None


def _literal(text: str) -> bytes:
    """The text as it may stand in a request target: blanks and what is not ASCII are percent-encoded."""
    return b"".join(
        bytes((byte,)) if 0x20 < byte < 0x7F and byte not in b'"<>' else b"%%%02X" % byte
        for byte in text.encode()
    )


REWRITE_URI = PolicySchema(ELEMENT, lower, sections=frozenset({INBOUND}))
