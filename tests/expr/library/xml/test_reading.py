"""What reading XML refuses and bounds."""

from __future__ import annotations

import pytest

from fastgw.expr.library.xml.reading import parse_document, parse_element
from fastgw.expr.library.xml.writing import write
from fastgw.expr.runtime.errors import Exhausted, XmlException
from fastgw.expr.runtime.meter import meter


@pytest.fixture(autouse=True)
def _fresh_meter() -> None:
    meter.restart()


@pytest.mark.parametrize(
    "text",
    [
        "<!DOCTYPE a><a/>",
        "<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>",
        "<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>",
        "<!DOCTYPE a [<!ENTITY x SYSTEM 'http://h.example/'>]><a>&x;</a>",
    ],
)
def test_a_document_type_is_refused_as_where_it_is_prohibited(text: str) -> None:
    with pytest.raises(XmlException, match="For security reasons DTD is prohibited in this XML document"):
        parse_document(text)


def test_a_fault_tells_its_place() -> None:
    with pytest.raises(XmlException) as caught:
        parse_element("<a>\r\n <b>\n</c></a>")
    assert (caught.value.line, caught.value.position) == (3, 3)


def test_a_thousand_levels_are_read_and_written() -> None:
    text = "<a>" * 999 + "<a />" + "</a>" * 999
    assert write(parse_element(text), False) == text


def test_more_levels_are_refused() -> None:
    with pytest.raises(Exhausted, match="nested too deeply"):
        parse_element("<a>" * 1001)


def test_a_document_is_paid_for_before_it_is_built() -> None:
    with pytest.raises(Exhausted):
        parse_element(f"<a>{' ' * 20_000_000}</a>")


@pytest.mark.parametrize(
    "text",
    [
        "<" * 100_000,
        "<a>" + "&" * 100_000,
        "<a>" + "<!--" * 100_000,
        "<a>" + "<![CDATA[" * 100_000,
        "<a>" + "<?p " * 100_000,
        "<a" + " " * 100_000,
        "<a " + "b='c' " * 50_000,
    ],
)
def test_broken_markup_is_refused_at_its_first_fault(text: str) -> None:
    with pytest.raises(XmlException):
        parse_element(text)


def test_only_the_root_element_is_kept_by_an_element() -> None:
    element = parse_element("<!-- x --><a/><?p q?>")
    assert element.parent is None
    assert element.next is None
    assert element.previous is None
