"""System.Uri, System.Net.WebUtility and System.Net.IPAddress give what .NET gives."""

from __future__ import annotations

import time

import pytest

from fastgw.expr.library.percent_text import unescape_data
from fastgw.expr.library.uri import uri_of_text
from fastgw.expr.library.web_utility import html_decode, url_decode
from fastgw.expr.runtime.meter import meter
from tests.expr.library.net_cases import cases
from tests.expr.library.net_expressions import outcome
from tests.expr.running import failure, run


@pytest.mark.parametrize("name", ["uris.json", "web_text_and_addresses.json"])
def test_expressions_give_what_net_gives(name: str) -> None:
    different = [
        (source, found, wanted) for source, wanted in cases(name) if (found := outcome(source)) != wanted
    ]
    assert different == []


def test_a_url_of_text_is_absolute() -> None:
    assert uri_of_text("https://H.example:443/a b").absolute_text() == "https://h.example/a%20b"


def test_uris_that_name_the_same_are_equal_as_keys() -> None:
    source = 'new HashSet<Uri> { new Uri("http://h/%41#x"), new Uri("http://u@H:80/A") }.Count'
    assert run(source) == 1


def test_a_scope_must_be_a_number() -> None:
    # .NET asks the machine for interfaces of that name; an expression learns nothing of the machine.
    assert failure('System.Net.IPAddress.Parse("fe80::1%lo")') == "FormatException"


def test_an_ampersand_does_not_hide_the_next_entity() -> None:
    # As the .NET Framework, on which the service's results agree with the newer runtimes everywhere else.
    assert html_decode("&a&lt;") == "&a<"


@pytest.mark.parametrize("decode", [unescape_data, url_decode])
def test_bytes_that_are_no_text_are_decoded_in_linear_time(decode: object) -> None:
    meter.restart()
    start = time.perf_counter()
    assert callable(decode)
    decode("%C3" * 500_000)
    assert time.perf_counter() - start < 5
