"""Writes docs/corpus.md: which documents of the corpus of public policies `check-policy` refuses, and why.

Run it with the corpus's folder, after a policy was added; a test fails while the document is another one.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from pathlib import Path

from fastgw.cli.check_policy import check
from fastgw.errors import Diagnostic

DOCUMENT = Path(__file__).with_name("corpus.md")

_NOT_BUILT = re.compile(r"policy ([\w-]+) is not supported yet$")
_SNIPPET = re.compile(r"the root element must be policies|a second root element|outside the root element")
# What a script of the sample puts a value into before it deploys the document.
_PLACEHOLDER = re.compile(r"'[^']*\{[\w-]+\}[^']*'")
# Those whose placeholder the finding does not show.
_WITH_PLACEHOLDERS = {
    "azure-samples__ai-gateway/ghcp-byok-foundry_entra-policy.xml",
    "azure__api-management-policy-snippets/Query_CosmosDB.xml",
}

_GROUPS = {
    "Broken at source": (
        "Tags or expressions that are not closed, C# with errors, or what the reference does not know."
    ),
    "Placeholders of a deployment script": (
        "The sample's own script replaces something like `{retry-count}` before the document is a policy."
    ),
    "Snippets without a `policies` root": (
        "Parts of documents, published to be copied into one; what they hold is not judged."
    ),
    "Policies that are not built yet": "All else in these documents is in order.",
}
_BROKEN, _REPLACED, _PARTS, _LATER = _GROUPS


def document(folder: Path) -> str:
    """The text of docs/corpus.md for the corpus in ``folder``."""
    files = sorted(folder.rglob("*.xml"))
    groups: dict[str, list[str]] = {name: [] for name in _GROUPS}
    missing: Counter[str] = Counter()
    for file in files:
        errors = [one for one in check(file) if one.severity == "error"]
        if not errors:
            continue
        name = file.relative_to(folder).as_posix()
        group, reason = _judge(name, errors)
        groups[group].append(f"| {name} | {reason} |")
        missing.update(_names(errors))
    refused = sum(map(len, groups.values()))
    return "\n".join([*_head(len(files), refused, groups), *_frequency(missing), *_tables(groups)]) + "\n"


def _judge(name: str, errors: list[Diagnostic]) -> tuple[str, str]:
    """The group of a document and the reason: what is wrong for good counts before what is built later."""
    wrong = [one for one in errors if not one.message.endswith("is not supported yet")]
    wrong = [one for one in wrong if "is not supported yet;" not in one.message]
    if not wrong:
        names = sorted(_names(errors))
        others = [_shown(one) for one in errors if not _NOT_BUILT.search(one.message)]
        return _LATER, ", ".join([*(f"`{one}`" for one in names), *others])
    first = wrong[0]
    if _PLACEHOLDER.search(first.message) or name in _WITH_PLACEHOLDERS:
        return _REPLACED, _shown(first)
    return (_PARTS if _SNIPPET.search(first.message) else _BROKEN), _shown(first)


def _names(errors: list[Diagnostic]) -> set[str]:
    return {found[1] for one in errors if (found := _NOT_BUILT.search(one.message))}


def _shown(error: Diagnostic) -> str:
    place = f"{error.position.line}:{error.position.column} " if error.position else ""
    text = error.message.replace("|", "\\|").replace("`", "'")
    return f"{place}`{text}`"


def _head(files: int, refused: int, groups: dict[str, list[str]]) -> list[str]:
    return [
        "# The corpus of public policies",
        "",
        "Policy documents of public repositories, samples and documentation, as",
        "[`fastgw check-policy`](cli.md#fastgw-check-policy) judges them. Made by `docs/list_corpus.py`.",
        "",
        "| documents | count |",
        "|---|---|",
        f"| all | {files} |",
        f"| without errors | {files - refused} |",
        *(f"| {name} | {len(rows)} |" for name, rows in groups.items()),
    ]


def _frequency(missing: Counter[str]) -> list[str]:
    if not missing:
        return []
    ordered = sorted(missing.items(), key=lambda one: (-one[1], one))
    rows = [f"| `{name}` | {count} |" for name, count in ordered]
    return ["", "## What is missing most", "", "| policy | documents |", "|---|---|", *rows]


def _tables(groups: dict[str, list[str]]) -> list[str]:
    lines = []
    for name, rows in groups.items():
        if rows:
            lines += ["", f"## {name}", "", _GROUPS[name], "", "| document | reason |", "|---|---|", *rows]
    return lines


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python docs/list_corpus.py FOLDER")
    DOCUMENT.write_text(document(Path(sys.argv[1])), encoding="utf-8")
