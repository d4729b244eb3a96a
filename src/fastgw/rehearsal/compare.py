"""What a case expected beside what came out, as lines for people."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from fastgw.expr.runtime.objects import to_text
from fastgw.expr.runtime.text import outward
from fastgw.rehearsal.backends import Call
from fastgw.rehearsal.cases import Expectation, ExpectedCall, Headers
from fastgw.rehearsal.run import Outcome

_SHOWN = 2000


def differences(expected: Expectation, outcome: Outcome) -> list[str]:
    """Everything that is not as expected; an empty list means that the case has passed."""
    if outcome.problem is not None:
        return [outcome.problem]
    return [
        *(f"no stub answers {url}" for url in dict.fromkeys(outcome.unanswered)),
        *_same("status", expected.status, outcome.status),
        *_same("reason", expected.reason, outcome.reason),
        *_headers("header", expected.headers, outcome.headers),
        *_body("body", expected.body, expected.content, outcome.body),
        *_contains(expected.body_contains, outcome.body),
        *_variables(expected.variables, outcome.variables),
        *_calls(expected.calls, outcome.calls),
        *_error(expected, outcome),
        *_trace(expected.trace, outcome.trace),
    ]


def _same(what: str, expected: Any, found: Any) -> Iterator[str]:
    if expected is not None and expected != found:
        yield f"{what}: expected {_shown(expected)}, got {_shown(found)}"


def _headers(what: str, expected: Headers, found: Iterable[tuple[str, str]]) -> Iterator[str]:
    values: dict[str, list[str]] = {}
    for name, value in found:
        values.setdefault(name.lower(), []).append(value)
    for name, wanted in expected.items():
        got = values.get(name.lower())
        if wanted is None:
            if got is not None:
                yield f"{what} {name}: expected none, got {_shown(got)}"
        elif got is None:
            yield f"{what} {name}: expected {_shown(wanted)}, got none"
        elif wanted != got and wanted != [", ".join(got)]:
            yield f"{what} {name}: expected {_shown(wanted)}, got {_shown(got)}"


def _body(what: str, text: str | None, content: Any, found: bytes) -> Iterator[str]:
    shown = found.decode("utf-8", "replace")
    if text is not None and text != shown:
        yield f"{what}: expected {_shown(text)}, got {_shown(shown)}"
    if content is None:
        return
    try:
        value = json.loads(found)
    except ValueError:
        yield f"{what}: expected JSON, got {_shown(shown)}"
        return
    yield from _subset(what, content, value)


def _subset(path: str, expected: Any, found: Any) -> Iterator[str]:
    """Members of objects that are told must be there; lists must be the same length."""
    if isinstance(expected, dict) and isinstance(found, dict):
        for name, value in expected.items():
            if name not in found:
                yield f"{path}.{name}: expected {_shown(value)}, got nothing"
            else:
                yield from _subset(f"{path}.{name}", value, found[name])
    elif isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        for at, (one, other) in enumerate(zip(expected, found, strict=True)):
            yield from _subset(f"{path}[{at}]", one, other)
    elif expected != found or isinstance(expected, bool) is not isinstance(found, bool):
        yield f"{path}: expected {_shown(expected)}, got {_shown(found)}"


def _contains(texts: list[str], body: bytes) -> Iterator[str]:
    shown = body.decode("utf-8", "replace")
    for text in texts:
        if text not in shown:
            yield f"body: expected {_shown(text)} in it, got {_shown(shown)}"


def _variables(expected: dict[str, Any], found: dict[str, Any]) -> Iterator[str]:
    for name, wanted in expected.items():
        if name not in found:
            if wanted is not None:
                yield f"variable {name}: expected {_shown(wanted)}, got none"
        else:
            yield from _subset(f"variable {name}", wanted, plain(found[name], wanted))


def plain(value: Any, like: Any) -> Any:
    """A value of expressions as YAML has it: natives as they are, JSON as data, anything else as text."""
    if value is None or type(value) in (bool, float, str):
        return outward(value) if type(value) is str else value
    if isinstance(value, int):
        return int(value)
    text = outward(to_text(value))
    if isinstance(like, (dict, list)):
        try:
            return json.loads(text)
        except ValueError:
            return text
    return text


def _calls(expected: list[ExpectedCall] | None, found: list[Call]) -> Iterator[str]:
    if expected is None:
        return
    if len(expected) != len(found):
        listed = ", ".join(f"{call.method} {call.url}" for call in found) or "none"
        yield f"calls: expected {len(expected)}, got {len(found)} ({listed})"
    for at, (wanted, call) in enumerate(zip(expected, found, strict=False)):
        what = f"calls[{at}]"
        yield from _same(f"{what}.method", wanted.method, call.method)
        yield from _same(f"{what}.url", wanted.url, call.url)
        yield from _headers(f"{what} header", wanted.headers, call.headers)
        yield from _body(f"{what}.body", wanted.body, wanted.content, call.body)


def _error(expected: Expectation, outcome: Outcome) -> Iterator[str]:
    if expected.error is None:
        return
    if outcome.error is None:
        yield "error: expected one, got none"
        return
    for name, wanted in expected.error.model_dump(exclude_none=True).items():
        yield from _same(f"error.{name}", wanted, outcome.error[name])


def _trace(expected: list[str], found: list[str]) -> Iterator[str]:
    rest = iter(found)
    for text in expected:
        if not any(text in line for line in rest):
            yield f"trace: expected {_shown(text)}, got {_shown(found)}"
            return


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "..."
