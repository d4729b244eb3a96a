"""Policy documents and the APIs that serve them, for tests in which one gateway serves every case.

Nothing here starts a process; the tests do, with what was collected.
"""

from __future__ import annotations

from typing import Any


def mark(text: str, name: str) -> str:
    """A statement that leaves a trace in a header."""
    return f'<set-header name="{name}" exists-action="append"><value>{text}</value></set-header>'


def policies(**sections: str) -> str:
    """A document with the sections given; the others are absent."""
    inner = "".join(
        f"<{name.replace('_', '-')}>{content}</{name.replace('_', '-')}>"
        for name, content in sections.items()
    )
    return f"<policies>{inner}</policies>"


class PolicyCases:
    """APIs, each with a policy of its own, and their documents by file name."""

    def __init__(self) -> None:
        self.apis: list[dict[str, Any]] = []
        self.documents: dict[str, str] = {}

    def api(
        self,
        name: str,
        inbound: str = "",
        *,
        outbound: str = "",
        templates: tuple[str, ...] = ("/*",),
        service: str = "ECHO",
        at_operation: bool = False,
    ) -> str:
        """Add an API and its policy; returns its name, which is its path."""
        document = (
            f"<policies><inbound><base/>{inbound}</inbound><outbound><base/>{outbound}</outbound></policies>"
        )
        policy = {"policy": f"{name}.xml"} if inbound or outbound else {}
        self.documents[f"{name}.xml"] = document
        self.apis.append(
            {
                "id": name,
                "path": name,
                "protocols": ["http"],
                "subscriptionRequired": False,
                "serviceUrl": service,
                "operations": [
                    {
                        "id": f"{method}-{number}",
                        "method": method,
                        "urlTemplate": template,
                        **(policy if at_operation else {}),
                    }
                    for number, template in enumerate(templates)
                    for method in ("GET", "POST")
                ],
                **({} if at_operation else policy),
            }
        )
        return name
