"""Which URL templates are well formed, and which parameters they have."""

from __future__ import annotations

import pytest

from fastgw.model.url_template import placeholders


@pytest.mark.parametrize(
    ("template", "names"),
    [
        ("/", ()),
        ("/items", ()),
        ("/items/{id}", ("id",)),
        ("/f-{id}.json", ("id",)),
        ("/a/{b}/?date={date}&kind=x", ("b", "date")),
        ("?date={date}", ("date",)),
        ("/*", ()),
        ("/files/*", ()),
        ("/{*rest}", ("rest",)),
        ("/a/{*path}?x={y}", ("path", "y")),
        ("/a?fields=*", ()),
        ("/{item-id}", ("item-id",)),
    ],
)
def test_names_of_the_parameters(template: str, names: tuple[str, ...]):
    assert placeholders(template) == names


@pytest.mark.parametrize(
    "template",
    [
        "",
        "a",
        "/{",
        "/}",
        "/{a",
        "/{}",
        "/{*}",
        "/{a}/{a}",
        "/*/a",
        "/{*a}/b",
        "/a*",
        "/x{*a}",
        "/a#b",
        "/a\\b",
        "/./a",
    ],
)
def test_what_is_malformed(template: str):
    with pytest.raises(ValueError):
        placeholders(template)
