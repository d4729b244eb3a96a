"""authentication-certificate: credentials that are found when the statement runs."""

from __future__ import annotations

from typing import Any

import pytest

from tests.compiler.support import THUMBPRINT, Bench, Credential


def credential(attributes: str) -> Any:
    (step,) = Bench().inbound(f"<authentication-certificate {attributes} />")
    return step.operands[0]


def test_a_thumbprint_may_hold_what_certificate_dialogues_copy_along() -> None:
    spaced = " ".join(THUMBPRINT[at : at + 2].lower() for at in range(0, 40, 2))
    assert credential(f"thumbprint='\u200e{spaced}'") == Credential(THUMBPRINT)


def test_computed_selectors_are_looked_up_when_the_statement_runs() -> None:
    found = credential("certificate-id='@(id)'")
    assert found({"@(id)": "client"}) == Credential("client")
    with pytest.raises(LookupError, match="'other'"):
        found({"@(id)": "other"})
    found = credential("thumbprint='@(t)'")
    assert found({"@(t)": THUMBPRINT.lower()}) == Credential(THUMBPRINT)
    with pytest.raises(LookupError):
        found({"@(t)": "0" * 40})
    with pytest.raises(ValueError, match="40 hexadecimal"):
        found({"@(t)": "x"})


def test_a_computed_body_must_be_bytes_that_the_password_opens() -> None:
    found = credential("body='@(b)' password='@(p)'")
    assert found({"@(b)": b"12", "@(p)": "right"}) == Credential("pfx of 2 bytes")
    with pytest.raises(ValueError, match="must be bytes"):
        found({"@(b)": "12", "@(p)": "right"})
    with pytest.raises(ValueError):
        found({"@(b)": b"12", "@(p)": "wrong"})


def test_a_literal_body_with_a_computed_password_waits_for_it() -> None:
    found = credential("body='AAEC' password='@(p)'")
    assert found({"@(p)": "right"}) == Credential("pfx of 3 bytes")
