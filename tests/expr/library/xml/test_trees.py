"""How nodes are linked, copied and counted; what is not visible in results of .NET."""

from __future__ import annotations

import pytest

from fastgw.expr.library.xml.containers import XElement, depth_below
from fastgw.expr.library.xml.names import XName
from fastgw.expr.library.xml.nodes import XText
from fastgw.expr.library.xml.reading import parse_element
from fastgw.expr.library.xml.tree import add_after, add_before, deep_equals, deep_hash
from fastgw.expr.runtime.meter import meter


@pytest.fixture(autouse=True)
def _fresh_meter() -> None:
    meter.restart()


def _links(element: XElement) -> bool:
    """Whether going forward and backward meets the same nodes, all with the right parent."""
    forward = []
    at = element.first_child
    while at is not None:
        assert at.parent is element
        forward.append(at)
        at = at.next
    backward = []
    at = element.last_child
    while at is not None:
        backward.append(at)
        at = at.previous
    return forward == backward[::-1]


def test_links_hold_through_every_change() -> None:
    element = parse_element("<r><a/>x<b/><!--c--></r>")
    for step in (
        lambda: add_after(element.first(), XElement(XName("n"))),
        lambda: add_before(element.last(), "text"),
        lambda: element.first().remove(),
        lambda: element.last().remove(),
        lambda: element.add("more"),
        lambda: element.add(element.first()),
    ):
        step()
        assert _links(element)


def test_text_is_no_node_until_somebody_asks() -> None:
    element = parse_element("<a>x</a>")
    assert element.first_child is None
    assert isinstance(element.first(), XText)
    assert element.only_text is None


def test_levels_are_counted() -> None:
    assert depth_below(parse_element("<a><b/><c><d>x</d></c><e/></a>")) == 3


def test_nodes_that_are_deeply_equal_have_one_hash() -> None:
    left, right = parse_element("<a>x<b>y</b></a>"), parse_element("<a>x<b>y</b></a>")
    right.add(XText(""))
    assert deep_equals(left, right)
    assert deep_hash(left) == deep_hash(right)
