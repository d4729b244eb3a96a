"""Where a Location leads: the examples of RFC 3986 section 5.4, and what is bounded."""

from __future__ import annotations

import gc
import weakref
from types import SimpleNamespace
from typing import Any

import pytest

from fastgw._exchange import Target
from fastgw.gateway.redirects import NotFollowed, Redirects, resolve
from fastgw.snapshot import ConnectionSettings
from fastgw.snapshot.targets import make_target
from tests.oracle.wire import Gateway

BASE = ("http://a", "/b/c/d;p", "q")


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("g:h", ("g:", "h", "")),
        ("g", ("http://a", "/b/c/g", "")),
        ("./g", ("http://a", "/b/c/g", "")),
        ("g/", ("http://a", "/b/c/g/", "")),
        ("/g", ("http://a", "/g", "")),
        ("//g", ("http://g", "/", "")),
        ("?y", ("http://a", "/b/c/d;p", "y")),
        ("g?y", ("http://a", "/b/c/g", "y")),
        ("#s", ("http://a", "/b/c/d;p", "q")),
        ("g#s", ("http://a", "/b/c/g", "")),
        ("g?y#s", ("http://a", "/b/c/g", "y")),
        (";x", ("http://a", "/b/c/;x", "")),
        ("g;x?y#s", ("http://a", "/b/c/g;x", "y")),
        ("", ("http://a", "/b/c/d;p", "q")),
        (".", ("http://a", "/b/c/", "")),
        ("./", ("http://a", "/b/c/", "")),
        ("..", ("http://a", "/b/", "")),
        ("../", ("http://a", "/b/", "")),
        ("../g", ("http://a", "/b/g", "")),
        ("../..", ("http://a", "/", "")),
        ("../../", ("http://a", "/", "")),
        ("../../g", ("http://a", "/g", "")),
        ("../../../g", ("http://a", "/g", "")),
        ("/./g", ("http://a", "/g", "")),
        ("/../g", ("http://a", "/g", "")),
        ("g.", ("http://a", "/b/c/g.", "")),
        (".g", ("http://a", "/b/c/.g", "")),
        ("g..", ("http://a", "/b/c/g..", "")),
        ("..g", ("http://a", "/b/c/..g", "")),
        ("./../g", ("http://a", "/b/g", "")),
        ("./g/.", ("http://a", "/b/c/g/", "")),
        ("g/./h", ("http://a", "/b/c/g/h", "")),
        ("g/../h", ("http://a", "/b/c/h", "")),
        ("g;x=1/./y", ("http://a", "/b/c/g;x=1/y", "")),
        ("g;x=1/../y", ("http://a", "/b/c/y", "")),
        ("g?y/./x", ("http://a", "/b/c/g", "y/./x")),
        ("g#s/../x", ("http://a", "/b/c/g", "")),
        ("HTTPS://Other:8/x/../y", ("https://Other:8", "/y", "")),
    ],
)
def test_references_are_resolved_as_the_standard_says(reference: str, expected: tuple[str, str, str]) -> None:
    assert resolve(BASE, reference) == expected


def target(url: str = "http://a.test", path: str = "", **more: Any) -> Target:
    scheme, _, host = url.partition("://")
    port = 443 if scheme == "https" else 80
    return make_target((scheme, host, port, path), connection=ConnectionSettings(), **more)


def found(redirects: Redirects, since: Target, location: bytes, *known: Target) -> Any:
    snapshot: Any = SimpleNamespace(targets=known)
    return redirects.find(since, b"/p", b"", location, snapshot)


def test_a_default_port_and_another_spelling_are_the_same_origin() -> None:
    since = target()
    for location in (b"http://A.test/x", b"http://a.test:80/x", b"//a.test/x"):
        at, path, _, stays = found(Redirects(), since, location)
        assert (at, path, stays) == (since, b"/x", True)
    for location in (b"https://a.test/x", b"http://a.test:81/x", b"http://b.test/x"):
        assert found(Redirects(), since, location)[3] is False


def test_the_longest_url_of_a_backend_says_how_its_place_is_reached() -> None:
    short = target("http://b.test", "/api", backend_id="short")
    long = target("http://b.test", "/api/v1", backend_id="long")
    redirects, since = Redirects(), target()
    snapshot: Any = SimpleNamespace(targets=(long, short, target("http://b.test")))

    def backend(location: bytes) -> str | None:
        return redirects.find(since, b"/", b"", location, snapshot)[0].backend_id

    assert backend(b"http://b.test/api/x") == "short"
    assert backend(b"http://b.test/api/v1") == "long"
    assert backend(b"http://b.test/api/v1/x") == "long"
    assert backend(b"http://b.test/api/v10") == "short"
    assert backend(b"http://b.test/other") is None


def test_places_are_remembered_within_bounds() -> None:
    redirects, since = Redirects(), target()
    snapshot: Any = SimpleNamespace(targets=())
    redirects.install(snapshot)

    def at(host: int) -> Target:
        return redirects.find(since, b"/", b"", b"http://h%d.test/" % host, snapshot)[0]

    first = at(0)
    assert at(0) is first
    for host in range(1, 1100):
        at(host)
    assert at(0) is not first


class Configuration(SimpleNamespace):
    """A snapshot that may be watched."""


def test_nothing_is_kept_of_a_configuration_that_has_been_replaced() -> None:
    gateway = Gateway()
    settings = vars(gateway.snapshot)
    backend = target("http://b.test", "/api", backend_id="mine")
    first = Configuration(**settings, targets=(backend,))
    gateway.services.install(first)
    redirects = gateway.services.redirects
    assert redirects.find(target(), b"/", b"", b"http://b.test/api", first)[0].backend_id == "mine"
    gone = weakref.ref(first)
    later = Configuration(**settings, targets=())
    gateway.services.install(later)
    assert redirects.find(target(), b"/", b"", b"http://b.test/api", later)[0].backend_id is None
    # A request that began before the reload goes where its own configuration says, and changes nothing.
    assert redirects.find(target(), b"/", b"", b"http://b.test/api", first)[0].backend_id == "mine"
    del first
    gc.collect()
    assert gone() is None


def test_https_does_not_lead_to_http() -> None:
    with pytest.raises(NotFollowed, match="from https to http"):
        found(Redirects(), target("https://a.test"), b"http://a.test/")
