"""cross-domain: what it may hold, and where it goes (spec/policies/cross-domain.md)."""

from __future__ import annotations

import pytest

from fastgw._program import Section
from fastgw.snapshot.cross_domain import without_cross_domain
from tests.compiler.support import Bench

FILE = (
    '<cross-domain-policy>\n <allow-access-from domain="*.example.com" to-ports="*" /> </cross-domain-policy>'
)


def document(
    inbound: str, scope: str = "global", fragments: dict[str, str] | None = None
) -> tuple[Bench, object]:
    bench = Bench(fragments=fragments)
    return bench, bench.document(f"<policies><inbound>{inbound}</inbound></policies>", scope)


@pytest.mark.parametrize(
    ("content", "expected"),
    [(FILE, FILE), ("", "<cross-domain-policy />"), (f" <!-- for old clients --> {FILE}\n", None)],
)
def test_the_file_is_kept_as_it_is_written(content: str, expected: str | None) -> None:
    _, found = document(f"<cross-domain>{content}</cross-domain>")
    _, file = without_cross_domain(found)  # type: ignore[arg-type]
    assert file == (content.strip() if expected is None else expected).encode()


def test_no_request_runs_it() -> None:
    _, found = document(
        f"<set-method>GET</set-method><cross-domain>{FILE}</cross-domain><set-method>PUT</set-method>"
    )
    kept, _ = without_cross_domain(found)  # type: ignore[arg-type]
    assert kept is not None
    assert [step.op.name for step in kept.sections[Section.INBOUND]] == ["SET_METHOD", "SET_METHOD"]  # type: ignore[union-attr]
    assert without_cross_domain(kept) == (kept, None)
    assert without_cross_domain(None) == (None, None)


def test_it_may_come_from_a_fragment() -> None:
    _, found = document(
        '<include-fragment fragment-id="f" />',
        fragments={"f": f"<fragment><cross-domain>{FILE}</cross-domain></fragment>"},
    )
    assert without_cross_domain(found)[1] == FILE.encode()  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("inbound", "message"),
    [
        ("<cross-domain>text</cross-domain>", "text is not allowed in cross-domain"),
        ("<cross-domain><policy /></cross-domain>", "policy is not allowed in cross-domain"),
        (
            "<cross-domain><cross-domain-policy /><cross-domain-policy /></cross-domain>",
            "cross-domain may hold cross-domain-policy at most once",
        ),
        ("<cross-domain /><cross-domain />", "cross-domain may occur only once in a section"),
        (
            '<choose><when condition="true"><cross-domain /></when></choose>',
            "cross-domain must stand directly in its section",
        ),
    ],
)
def test_what_is_refused(inbound: str, message: str) -> None:
    bench, found = document(inbound)
    assert found is None
    assert [one.message for one in bench.diagnostics] == [message]


@pytest.mark.parametrize("scope", ["api", "operation"])
def test_it_stands_in_the_global_document_only(scope: str) -> None:
    bench, found = document("<cross-domain />", scope)
    assert found is None
    assert [one.message for one in bench.diagnostics] == [f"cross-domain is not allowed at {scope} scope"]
