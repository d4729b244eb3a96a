"""No expression builds or walks more XML than its budget allows."""

from __future__ import annotations

import pytest

from tests.expr.running import failure


@pytest.mark.parametrize(
    "source",
    [
        'var x = new XElement("a"); while (true) { x = new XElement("a", x); }',
        'var x = new XElement("a"); while (true) { x.Add(new XElement("b")); }',
        'var x = new XElement("a"); while (true) { x = new XElement("a", x, x); }',
        'var x = new XElement("a"); for (int i = 0; ; i++) { x.SetAttributeValue("b" + i, i); }',
        'var x = new XElement("a"); foreach (var e in x.DescendantsAndSelf()) { e.Add(new XElement("b")); } '
        "return x;",
        'var c = new object[1]; c[0] = c; return new XElement("a", c);',
        'var x = new XElement("a"); for (int i = 0; i < 500; i++) { x.Add(new XElement("b")); } '
        'return x.XPathEvaluate("count(//*[//*[//*]])");',
        'return new XElement("a").XPathEvaluate(new string((char)40, 2000));',
        'return new XElement("a").XPathEvaluate(new string((char)32, 10000));',
    ],
)
def test_it_ends(source: str) -> None:
    assert failure(source) == "TimeoutException"
