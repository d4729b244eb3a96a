"""Answers that have no body by their kind are left alone by every policy that works on bodies."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.policies.rehearsing import header, rehearse

SHEET = """<xsl-transform><xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform">
  <xsl:template match="/"><x/></xsl:template></xsl:stylesheet></xsl-transform>"""
POLICIES = {
    "jsonp": '<jsonp callback-parameter-name="cb" />',
    "find-and-replace": '<find-and-replace from="a" to="bcd" />',
    "redirect-content-urls": "<redirect-content-urls />",
    "json-to-xml": '<json-to-xml apply="always" consider-accept-header="false" />',
    "xml-to-json": '<xml-to-json kind="direct" apply="always" consider-accept-header="false" />',
    "xsl-transform": SHEET,
}
FIELDS = {"Content-Type": "application/json; charset=iso-8859-1"}


@pytest.mark.parametrize("policy", POLICIES.values(), ids=POLICIES)
@pytest.mark.parametrize(
    ("method", "answer"),
    [
        ("HEAD", {"headers": {**FIELDS, "Content-Length": 7}}),
        ("GET", {"status": 204, "headers": FIELDS}),
        ("GET", {"status": 304, "headers": {**FIELDS, "Content-Length": 7}}),
    ],
    ids=["HEAD", "204", "304"],
)
def test_an_answer_without_a_body_keeps_its_type_and_announces_no_length(
    tmp_path: Path, policy: str, method: str, answer: dict[str, Any]
) -> None:
    outcome = rehearse(
        tmp_path, answer=answer, path="/x?cb=f", request={"method": method}, outbound=f"<base />{policy}"
    )
    assert (outcome.status, outcome.body) == (answer.get("status", 200), b"")
    assert header(outcome, "content-type") == [FIELDS["Content-Type"]]
    # What GET would be answered with is not known.
    assert header(outcome, "content-length") == []


def test_without_such_a_policy_the_length_of_the_backend_stands(tmp_path: Path) -> None:
    answer = {"headers": {**FIELDS, "Content-Length": 7}}
    outcome = rehearse(tmp_path, answer=answer, request={"method": "HEAD"})
    assert header(outcome, "content-length") == ["7"]


BY_TYPE = {"Content-Type": "application/json", "Content-Length": 7}
COMPRESSED = {**BY_TYPE, "Content-Encoding": "gzip"}


@pytest.mark.parametrize(
    ("policy", "fields"),
    [
        (POLICIES["jsonp"], BY_TYPE),
        ('<xml-to-json kind="direct" apply="content-type-xml" consider-accept-header="false" />', BY_TYPE),
        ('<xml-to-json kind="direct" apply="always" />', BY_TYPE),
        ('<json-to-xml apply="content-type-json" />', BY_TYPE),
        (POLICIES["find-and-replace"], COMPRESSED),
        (POLICIES["redirect-content-urls"], COMPRESSED),
    ],
)
@pytest.mark.parametrize(("method", "status"), [("HEAD", 200), ("GET", 304)])
def test_what_a_policy_would_leave_alone_keeps_its_length(
    tmp_path: Path, policy: str, fields: dict[str, Any], method: str, status: int
) -> None:
    answer = {"status": status, "headers": fields}
    outcome = rehearse(tmp_path, answer=answer, request={"method": method}, outbound=f"<base />{policy}")
    assert header(outcome, "content-length") == ["7"]


def test_a_body_that_a_policy_gave_an_answer_to_head_is_worked_on(tmp_path: Path) -> None:
    outcome = rehearse(
        tmp_path,
        path="/x?cb=f",
        request={"method": "HEAD"},
        outbound='<base /><set-body>{"a":1}</set-body><jsonp callback-parameter-name="cb" />',
    )
    assert header(outcome, "content-type") == ["application/javascript; charset=utf-8"]
    assert header(outcome, "content-length") == [str(len('f({"a":1});'))]


def test_a_call_with_get_for_a_caller_with_head_has_a_body_to_work_on(tmp_path: Path) -> None:
    outcome = rehearse(
        tmp_path,
        answer={"json": {"a": 1}},
        path="/x?cb=f",
        request={"method": "HEAD"},
        inbound="<base /><set-method>GET</set-method>",
        outbound='<base /><jsonp callback-parameter-name="cb" />',
    )
    assert header(outcome, "content-length") == [str(len('f({"a": 1});'))]
