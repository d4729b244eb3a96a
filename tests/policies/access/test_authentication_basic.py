"""authentication-basic: the header it makes."""

from __future__ import annotations

from tests.compiler.support import Bench


def value(attributes: str) -> object:
    (step,) = Bench().inbound(f"<authentication-basic {attributes} />")
    return step.operands[3][0]


def test_literals_are_encoded_once_in_utf8() -> None:
    assert value("username='user' password='pässword'") == b"Basic dXNlcjpww6Rzc3dvcmQ="


def test_computed_parts_are_encoded_when_the_statement_runs() -> None:
    found = value("username='@(u)' password='@(p)'")
    assert callable(found)
    assert found({"@(u)": "user", "@(p)": b"pass"}) == b"Basic dXNlcjpwYXNz"
    assert found({"@(u)": "user", "@(p)": None}) == b"Basic dXNlcjo="
