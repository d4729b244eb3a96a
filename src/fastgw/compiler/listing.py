"""Programs as text, for people and for tests: the same program always gives the same lines.

A constant that holds a secret is never printed, nor is anything that the resolver made: of that only the
id is shown.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from fastgw._program import ExistsAction, ForwardOptions, Message, Op, Program, Section, Step

_SECRET = "***"  # noqa: S105 - what is printed in place of one
_EXPRESSION = "<expression>"


def listing(program: Program, hidden: Collection[bytes | str] = frozenset()) -> str:
    """One line per step: index, op, operands, and the place in the document after a semicolon.

    ``hidden`` are the constants that hold secrets (`PolicyCompiler.hidden`).
    """
    name = Section(program.section).name.lower().replace("_", "-")
    return "\n".join([f"{name}:", *_lines(program, hidden)])


def _lines(program: Program, hidden: Collection[bytes | str]) -> list[str]:
    """The steps; under one that holds steps or programs of its own these, set in."""
    lines = []
    for at, step in enumerate(program.steps):
        lines.append(_line(at, step, hidden))
        operand = step.operands[0] if step.operands else None
        for inner in getattr(operand, "steps", ()):
            lines.append(
                f"       {Op(inner.op).name} {' '.join(_operands(inner.op, inner.operands, hidden))}"
            )
        for number, part in enumerate(getattr(operand, "parts", ()), 1):
            lines.append(f"       part {number}:")
            lines += [f"       {line}" for line in _lines(part, hidden)]
    return lines


def _line(at: int, step: Step, hidden: Collection[bytes | str]) -> str:
    site = step.site
    operands = " ".join(_operands(Op(step.op), step.operands, hidden))
    identified = "" if site.policy_id is None else f" id={_piece(site.policy_id, hidden)}"
    return f"{at:4} {f'{Op(step.op).name} {operands}'.rstrip()} ; {site.scope} {site.path}{identified}"


def _operands(op: Op, operands: tuple[Any, ...], hidden: Collection[bytes | str]) -> list[str]:
    listed = getattr(operands[0], "listed", None) if operands else None
    if listed is not None:
        return [
            f"<{type(operands[0]).__name__}>",
            *(f"{name}={_value(value, hidden)}" for name, value in listed),
        ]
    if op is Op.JUMP:
        return [f"-> {operands[0]}"]
    if op is Op.NEED:
        return ["caller-verdict"]
    if op is Op.JUMP_UNLESS:
        return [_EXPRESSION, f"-> {operands[1]}"]
    if op is Op.SET_HEADER:
        message, name, action, values = operands
        return [
            _word(Message, message),
            _value(name, hidden),
            _word(ExistsAction, action),
            *_all(values, hidden),
        ]
    if op is Op.SET_QUERY:
        name, action, values = operands
        return [_value(name, hidden), _word(ExistsAction, action), *_all(values, hidden)]
    if op is Op.SET_STATUS:
        message, code, reason = operands
        shown = [] if reason is None else [_value(reason, hidden)]
        return [_word(Message, message), _value(code, hidden), *shown]
    if op is Op.SET_BODY:
        return [_word(Message, operands[0]), _value(operands[1], hidden)]
    if op is Op.REWRITE_URI:
        template, copy = operands
        pieces = (
            [_EXPRESSION]
            if callable(template)
            else [
                f"{{{_piece(piece, hidden)}}}" if isinstance(piece, str) else _value(piece, hidden)
                for piece in template
            ]
        )
        return [*pieces, "copy-unmatched" if copy else "no-copy"]
    if op is Op.SET_TARGET:
        return [_made(operands[0], hidden), "by-id" if operands[1] else "by-url"]
    if op is Op.SET_CERTIFICATE:
        return [_made(operands[0], hidden)]
    if op is Op.FORWARD:
        return _forward(operands[0])
    return _all(operands, hidden)


def _forward(options: ForwardOptions) -> list[str]:
    timeout = _EXPRESSION if callable(options.timeout_ms) else f"{options.timeout_ms}ms"
    patience = options.continue_timeout_ms
    flags = {
        "buffer-request-body": options.buffer_request_body,
        "fail-on-error-status-code": options.fail_on_error_status_code,
        f"continue-timeout={_EXPRESSION if callable(patience) else f'{patience}ms'}": patience,
        f"follow-redirects{f'={_EXPRESSION}' if callable(options.follow_redirects) else ''}": (
            options.follow_redirects
        ),
    }
    return [f"timeout={timeout}", *(name for name, on in flags.items() if on)]


def _all(values: tuple[Any, ...], hidden: Collection[bytes | str]) -> list[str]:
    return [_value(value, hidden) for value in values]


def _value(value: Any, hidden: Collection[bytes | str]) -> str:
    if callable(value):
        return _EXPRESSION
    if isinstance(value, int):
        return str(value)
    if value in hidden:
        return _SECRET
    text = value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else value
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r")
    return f'"{escaped}"'


def _piece(name: str, hidden: Collection[bytes | str]) -> str:
    return _SECRET if name in hidden else name


def _made(target: Any, hidden: Collection[bytes | str]) -> str:
    if callable(target):
        return _EXPRESSION
    id = getattr(target, "id", None)
    shown = f" {_SECRET if id in hidden else id}" if isinstance(id, str) else ""
    return f"<{type(target).__name__}{shown}>"


def _word(kind: type[Message] | type[ExistsAction], value: Any) -> str:
    return _EXPRESSION if callable(value) else kind(value).name.lower()
