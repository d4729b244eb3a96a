"""Fills the configuration templates of `peers/`: parts by scenario, and `@NAME@` values.

A part of a template that belongs to some scenarios stands between `#: only plain tls_in` and `#: end`; parts
do not nest. A value that is missing or a part that is not closed is an error, never an odd configuration.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_PART = re.compile(r"^\s*#: (only (?P<names>[a-z_ ]+)|end)\s*$")
_VALUE = re.compile(r"@([A-Z_]+)@")


def render(text: str, scenario: str, values: Mapping[str, str | int]) -> str:
    """The template for one scenario. Raises ValueError for an unknown value or an unbalanced part."""
    kept: list[str] = []
    names: list[str] | None = None
    for number, line in enumerate(text.splitlines(), 1):
        match = _PART.match(line)
        if match is None:
            if names is None or scenario in names:
                kept.append(line)
        elif match["names"]:
            if names is not None:
                raise ValueError(f"line {number}: a part begins inside another part")
            names = match["names"].split()
        elif names is None:
            raise ValueError(f"line {number}: '#: end' without a beginning")
        else:
            names = None
    if names is not None:
        raise ValueError("the last part has no '#: end'")

    def fill(match: re.Match[str]) -> str:
        if match[1] not in values:
            raise ValueError(f"the template wants @{match[1]}@, which this run does not have")
        return str(values[match[1]])

    return _VALUE.sub(fill, "\n".join(kept) + "\n")
