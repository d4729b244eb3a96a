"""rewrite-uri: parameters of the operation's template, and copying decided by an expression."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.compiler.support import Bench
from tests.policies.rehearsing import rehearse

TEMPLATE = "<policies><inbound>{}<rewrite-uri template='/a/{{id}}/{{*rest}}' /></inbound></policies>"


def findings(scope: str, parameters: frozenset[str] | None) -> list[str]:
    bench = Bench()
    document = bench.document(TEMPLATE.format(""), scope)
    assert document is not None
    documents = (None, document) if scope == "operation" else (document, None)
    for _ in range(2):
        bench.compiler.programs(None, *documents, parameters, "operation orders/get")
    assert all(found.entity == "operation orders/get" for found in bench.diagnostics)
    return bench.findings()


def test_a_parameter_that_the_operation_has_not_is_an_error() -> None:
    assert findings("operation", frozenset({"ids", "rest"})) == [
        "1:43 error the operation's URL template has no parameter {id}; did you mean 'ids'?"
    ]
    assert findings("operation", frozenset({"id", "rest"})) == []


def test_it_is_not_judged_where_the_parameters_are_not_known_or_the_document_is_broader() -> None:
    assert findings("operation", None) == []
    assert findings("api", frozenset()) == []


def test_copying_may_be_computed() -> None:
    steps = Bench().inbound("<rewrite-uri template='/a' copy-unmatched-params='@(c)' />")
    assert [step.op.name for step in steps] == ["JUMP_UNLESS", "REWRITE_URI", "JUMP", "REWRITE_URI"]
    assert steps[0].operands[0]({"@(c)": True}) is True
    assert (steps[1].operands, steps[3].operands) == (((b"/a",), True), ((b"/a",), False))


@pytest.mark.parametrize(
    ("template", "url"),
    [
        ('"/a/b?c=d"', "http://shop.test/base/a/b?c=d"),
        ('" a/b "', "http://shop.test/base/a/b"),
        ('"/a/{rest}"', "http://shop.test/base/a/x"),
        ('"/a/{*rest}"', "http://shop.test/base/a/x"),
        ('"/"', "http://shop.test/base"),
        ('"/é b?c=ü"', "http://shop.test/base/%C3%A9%20b?c=%C3%BC"),
        ('"/%C3%A9\\"<>"', "http://shop.test/base/%C3%A9%22%3C%3E"),
        ('"/\U0001f600"', "http://shop.test/base/%F0%9F%98%80"),
    ],
)
def test_a_template_may_be_computed(tmp_path: Path, template: str, url: str) -> None:
    outcome = rehearse(tmp_path, inbound=f"<base /><rewrite-uri template='@({template})' />")
    assert [call.url for call in outcome.calls] == [url]
    if "\\" not in template and "{" not in template:
        literal = rehearse(tmp_path, inbound=f"<base /><rewrite-uri template={template} />")
        assert [call.url for call in literal.calls] == [url]


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ('"http://evil.test/x"', "must be relative"),
        ('"//evil.test/x"', "must be relative"),
        ('" HTTPS:x"', "must be relative"),
        ('""', "is empty"),
        ('" "', "is empty"),
        ("(string)null", "is empty"),
        ('"/a?b=\\\\"', "a backslash"),
        ('"/a}b"', "an unopened brace"),
        ('"/a{b"', "an unclosed brace"),
        ('"/{none}"', "names 'none'"),
        ('"/a#b"', "characters that a URL cannot hold"),
        ('"/a/../b"', "dot segments"),
        ('"/a\\nb"', "characters that a URL cannot hold"),
        ('"/a\\u007fb"', "characters that a URL cannot hold"),
    ],
)
def test_a_computed_template_is_refused_for_what_a_literal_one_is(
    tmp_path: Path, template: str, message: str
) -> None:
    outcome = rehearse(tmp_path, inbound=f"<base /><rewrite-uri template='@({template})' />")
    assert (outcome.status, outcome.calls) == (500, [])
    assert outcome.error is not None
    assert outcome.error["source"] == "rewrite-uri"
    assert message in (outcome.error["message"] or "")
