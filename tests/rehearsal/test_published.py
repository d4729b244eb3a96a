"""Published policies do not only load, they run: any request is answered, whatever the backend says."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from fastgw import config
from fastgw.errors import ConfigurationError
from fastgw.model import Configuration
from fastgw.rehearsal.cases import Case
from fastgw.rehearsal.run import run_case
from fastgw.snapshot.build import build

CORPUS = Path(__file__).parents[3] / "shared" / "corpus" / "policies"
# What the named values of a document may stand for; all of one document get the same.
GUESSES = ("1", "https://named.example.test", "0123456789012345678901234567890123456789", "name")
MOST_TRIES = 12

REQUESTS: tuple[dict[str, Any], ...] = (
    {
        "url": "http://gateway.test/a/items/5?code=x&api-version=1",
        "headers": {"Authorization": "Bearer e30.e30.c2ln", "X-Forwarded-For": "10.1.2.3"},
    },
    {
        "method": "POST",
        "url": "http://gateway.test/a",
        "json": {"model": "m", "messages": [{"role": "user"}]},
    },
    {
        "method": "POST",
        "url": "http://gateway.test/a/items?q=%zz",
        "headers": {"Content-Type": "application/json"},
        "body": "{not json",
    },
)
ANSWERS: tuple[dict[str, Any], ...] = (
    {"json": {"access_token": "t", "expires_in": 3599, "value": [{"id": 1}], "usage": {"total_tokens": 5}}},
    {"status": 429, "headers": {"Retry-After": "1"}},
)


def _documents() -> list[Path]:
    return sorted(CORPUS.rglob("*.xml")) if CORPUS.is_dir() else []


def _loaded(path: Path, folder: Path) -> Configuration | None:
    """A configuration with the document as the policy of its API; None where none can be made.

    Whatever backends and fragments the document names are made up, as far as errors name them.
    """
    text = path.read_text(encoding="utf-8", errors="replace")
    if "<policies" not in text:
        return None
    names = {re.sub(r"\W", "-", name): name for name in re.findall(r"\{\{([\w.-]+)\}\}", text)}
    backends: set[str] = set()
    fragments: set[str] = set()
    for attempt in range(MOST_TRIES):
        value = GUESSES[attempt % len(GUESSES)]
        gateway = {
            "gateway": {"management": "off"},
            "namedValues": [{"id": id, "displayName": name, "value": value} for id, name in names.items()],
            "backends": [{"id": id, "url": f"https://{id.lower()}.example.test"} for id in sorted(backends)],
            "policyFragments": [{"id": id, "value": "<fragment />"} for id in sorted(fragments)],
            "apis": [
                {
                    "id": "a",
                    "path": "a",
                    "protocols": ["http"],
                    "subscriptionRequired": False,
                    "serviceUrl": "http://backend.example.test/base",
                    "policy": str(path),
                    "operations": [
                        {"id": method.lower(), "method": method, "urlTemplate": "/*"}
                        for method in ("GET", "POST")
                    ],
                }
            ],
        }
        file = folder / "gateway.yaml"
        file.write_text(yaml.safe_dump(gateway))
        try:
            configuration, diagnostics = config.load(file, {})
            diagnostics.raise_errors()
            build(configuration)
        except ConfigurationError as error:
            message = str(error)
            missing = re.search(r"(backend|fragment) '([\w-]+)' does not exist", message)
            if missing:
                (backends if missing[1] == "backend" else fragments).add(missing[2])
            elif not names:
                return None
        else:
            return configuration
    return None


def test_published_policies_answer(tmp_path: Path) -> None:
    documents = _documents()
    if not documents:
        pytest.skip(f"the corpus of public policies is not at {CORPUS}")
    ran = 0
    wrong = []
    for path in documents:
        configuration = _loaded(path, tmp_path)
        if configuration is None:
            continue
        ran += 1
        for request in REQUESTS:
            for answer in ANSWERS:
                case = Case.model_validate(
                    {"name": "case", "request": request, "stubs": {"*": answer}, "expect": {}}
                )
                outcome = run_case(case, build(configuration))
                message = (outcome.error or {}).get("message") or ""
                if outcome.problem or outcome.status == 0 or "Internal error" in message:
                    wrong.append(f"{path.name}: {json.dumps(request)}: {outcome.problem or message}")
    assert wrong == []
    assert ran > 70
