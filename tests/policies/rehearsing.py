"""Runs one request through a policy and the whole data plane, in memory (fastgw.rehearsal)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from fastgw import config
from fastgw.rehearsal.cases import Case
from fastgw.rehearsal.run import Outcome, run_case
from fastgw.snapshot import Snapshot
from fastgw.snapshot.build import build

URL = "http://shop.test/base"


def snapshot_of(folder: Path, settings: dict[str, Any] | None = None, **sections: str) -> Snapshot:
    """The snapshot of an API `shop` with GET, HEAD and POST at every path (`{rest}`), and one policy.

    `settings` go into `gateway`, `sections` are those of the policy.
    """
    inner = "".join(f"<{name}>{text}</{name}>" for name, text in sections.items())
    (folder / "policy.xml").write_text(f"<policies>{inner.replace('on_error>', 'on-error>')}</policies>")
    document = {
        "gateway": {"management": "off", **(settings or {})},
        "apis": [
            {
                "id": "shop",
                "path": "shop",
                "protocols": ["http", "https"],
                "subscriptionRequired": False,
                "serviceUrl": URL,
                "policy": "policy.xml",
                "operations": [
                    {"id": method, "method": method, "urlTemplate": "/{*rest}"}
                    for method in ("GET", "HEAD", "POST")
                ],
            }
        ],
    }
    (folder / "gateway.yaml").write_text(yaml.safe_dump(document))
    configuration, diagnostics = config.load(folder / "gateway.yaml", {})
    diagnostics.raise_errors()
    return build(configuration)


def case_of(answer: dict[str, Any] | None = None, path: str = "/x", **request: Any) -> Case:
    """A case: a request, and what the backend answers, 200 without a body by default."""
    return Case.model_validate(
        {
            "name": "case",
            "request": {"url": f"http://gateway.test/shop{path}", **request},
            "stubs": {"http://shop.test/*": answer or {}},
            "expect": {},
        }
    )


def rehearse(
    folder: Path,
    *,
    answer: dict[str, Any] | None = None,
    path: str = "/x",
    request: Any = None,
    **sections: str,
) -> Outcome:
    """What becomes of a request under a policy of these sections (`on_error` for on-error)."""
    outcome = run_case(case_of(answer, path, **(request or {})), snapshot_of(folder, **sections))
    assert outcome.problem is None, outcome.problem
    return outcome


def header(outcome: Outcome, name: str) -> list[str]:
    """The values of a field of the answer."""
    return [value for field, value in outcome.headers if field.lower() == name]
