"""System.Xml.Linq, XPath and XmlDocument give what .NET gives."""

from __future__ import annotations

import pytest

from tests.expr.library.net_cases import cases
from tests.expr.library.net_expressions import outcome

_FILES = ("making", "reading", "trees", "paths", "documents", "random")


@pytest.mark.parametrize("name", _FILES)
def test_expressions_give_what_net_gives(name: str) -> None:
    different = [
        (source, found, wanted)
        for source, wanted in cases(f"xml_{name}.json")
        if (found := outcome(source)) != wanted
    ]
    assert different == []
