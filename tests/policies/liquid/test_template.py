# ruff: noqa: E501 - one case, one line
"""Templates by themselves: DotLiquid's filters and comparisons, the tags there are, and the bounds."""

from __future__ import annotations

import time
from typing import Any

import pytest

from fastgw.policies.liquid.filters import FILTERS
from fastgw.policies.liquid.template import Template, TemplateError
from fastgw.policies.liquid.values import of_json

BODY: dict[str, Any] = {
    "name": "ann lee",
    "items": [{"id": "b", "n": 2}, {"id": "a", "n": 1.5}, {"id": None}],
    "mixed": [3, None, "x", 3],
    "empty": [],
    "five": "5",
    "f": 0.1,
    "yes": True,
    "none": None,
    "when": "2012-03-21T05:40:11Z",
}

# The list of spec/policies/transformation.md.
REFERENCE = """Abs, Append, AtLeast, AtMost, Capitalize, Compact, Currency, Date, Default, DividedBy, Downcase,
Escape, First, H, Join, Last, Lstrip, Map, Minus, Modulo, NewlineToBr, Plus, Prepend, Remove, RemoveFirst,
Replace, ReplaceFirst, Round, Rstrip, Size, Slice, Sort, Split, Strip, StripHtml, StripNewlines, Times,
Truncate, TruncateWords, Uniq, Upcase, UrlDecode, UrlEncode"""


def rendered(template: str, **names: object) -> str:
    return Template(template).render({"body": of_json(BODY, True), **names})


def test_the_filters_are_those_of_the_reference() -> None:
    assert set(FILTERS) == set(REFERENCE.replace(",", "").split())


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("-3 | Abs", "3"), ('"-2.5" | Abs', "2.5"), ("'a' | Append: 'b'", "ab"), ("none | Append: 'b'", "b"),
        ("3 | AtLeast: 5", "5"), ("3 | AtMost: 2", "2"), ("'x' | AtMost: 2", "x"),
        ("body.name | Capitalize", "Ann lee"), ("body.mixed | Compact | Size", "3"),
        ("1234.5 | Currency", "¤1,234.50"), ("1234.5 | Currency: 'en-US'", "$1,234.50"), ("'x' | Currency", "x"),
        ("body.when | Date: 'yyyy/MM/dd HH:mm'", "2012/03/21 05:40"), ("'2020-01-02' | Date: 'dd.MM.yy'", "02.01.20"),
        ("'no date' | Date: 'yyyy'", "no date"), ("none | Date: 'yyyy'", ""),
        ("none | Default: 'd'", "d"), ("'' | Default: 'd'", "d"), ("body.empty | Default: 'd'", "d"),
        ("'x' | Default: 'd'", "x"), ("0 | Default: 'd'", "0"),
        ("7 | DividedBy: 2", "3"), ("-7 | DividedBy: 2", "-3"), ("7 | DividedBy: 2.0", "3.5"), ("'9' | DividedBy: 2", "4"),
        ("'AbÇ' | Downcase", "abç"), ("'straße' | Upcase", "STRAßE"), ("none | Upcase", ""),
        ("'<a b=\"c\">' | Escape", "&lt;a b=&quot;c&quot;&gt;"), ('"\'" | Escape', "&#39;"),
        ("'<&>' | H", "&lt;&amp;&gt;"), ("body.mixed | First", "3"), ("body.empty | First", ""), ("body.mixed | Last", "3"),
        ("body.items | Map: 'id' | Join", "b a "), ("body.mixed | Join: ','", "3,,x,3"),
        ("'  a ' | Lstrip", "a "), ("'  a ' | Rstrip", "  a"), ("'  a ' | Strip", "a"),
        ("10 | Minus: 3", "7"), ("0.3 | Minus: 0.1", "0.2"), ("7 | Modulo: 3", "1"), ("-7 | Modulo: 3", "-1"),
        ("1 | Plus: 2", "3"), ("body.f | Plus: 0.2", "0.3"), ("'1' | Plus: 2", "3"), ("'a' | Plus: 2", "a2"),
        ("none | Plus: 2", ""), ("'b' | Prepend: 'a'", "ab"),
        ("'a-b-c' | Remove: '-'", "abc"), ("'a-b-c' | RemoveFirst: '-'", "ab-c"),
        ("'a.b.c' | Replace: '.', '-'", "a-b-c"), ("'a.b.c' | ReplaceFirst: '.', '-'", "a-b.c"),
        ("2.5 | Round", "2"), ("3.5 | Round", "4"), ("2.678 | Round: 2", "2.68"), ("'x' | Round", ""),
        ("'abc' | Size", "3"), ("body.mixed | Size", "4"), ("none | Size", "0"),
        ("'abcdef' | Slice: 1", "b"), ("'abcdef' | Slice: 1, 3", "bcd"), ("'abcdef' | Slice: -2, 2", "ef"),
        ("'abc' | Slice: 9, 2", ""), ("body.mixed | Slice: 1, 2 | Size", "2"),
        ("body.items | Sort: 'n' | Map: 'id' | Join", " a b"), ("'c,a,b' | Split: ',' | Sort | Join", "a b c"),
        ("'a,b,,c' | Split: ',' | Join: '|'", "a|b|c"), ("'abc' | Split: '' | Size", "1"),
        ("'<b>x</b><!-- > -->y<script>z</script>' | StripHtml", "xy"), ("'a < b' | StripHtml", "a < b"),
        ("1.5 | Times: 4", "6.0"), ("3 | Times: 4", "12"),
        ("'hello world' | Truncate: 8", "hello..."), ("'hello' | Truncate: 5", "hello"), ("'hello' | Truncate: 3, ''", "hel"),
        ("'a b c d' | TruncateWords: 2", "a b..."), ("'a b' | TruncateWords: 2", "a b"),
        ("body.mixed | Uniq | Size", "3"), ("'a%20b+c' | UrlDecode", "a b c"), ("'a b~é/*' | UrlEncode", "a+b%7E%C3%A9%2F*"),
        ("body.name | upcase", "ann lee"),
    ],
)  # fmt: skip
def test_a_filter_does_what_it_does_in_the_service(expression: str, expected: str) -> None:
    assert rendered(f"{{{{ {expression} }}}}") == expected


def test_line_ends() -> None:
    assert rendered("{{ t | StripNewlines }}", t="a\r\nb\nc") == "abc"
    assert rendered("{{ t | NewlineToBr }}", t="a\r\nb") == "a<br />\r\nb"


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{{body.yes}} {{body.none}} {{body.no.such}} {{body.f}} {{body.mixed}}", "true   0.1 3x3"),
        ("{{body.items[0].id}} {{body.items.size}} {{body['name']}} {{body.items.first.id}} {{body.items[9].id}}",
         "b 3 ann lee b "),
        ("{% if body.five == 5 %}eq{% endif %} {% if body.five > 10 %}gt{% else %}le{% endif %}", "eq le"),
        ("{% if body.none > 1 %}x{% elsif body.name contains 'ann' %}y{% endif %}", "y"),
        ("{% if body.none %}x{% endif %}{% if 0 %}0{% endif %}{% if '' %}e{% endif %}", "0e"),
        ("{% if body.empty == empty %}e{% endif %}{% if body.none == nil %}n{% endif %}{% if body.no == null %}u{% endif %}",
         "enu"),
        ("{% if body.name != 'x' and body.yes == true %}y{% endif %}", "y"),
        ("{% unless body.yes %}x{% else %}y{% endunless %}", "y"),
        ("{% case body.five %}{% when 4, 5 %}a{% else %}b{% endcase %}", "a"),
        ("{% for i in body.items limit:2 %}{{forloop.index}}{{i.id}}{% if forloop.last %}.{% endif %}{% endfor %}", "1b2a."),
        ("{% for i in (1..3) reversed %}{{i}}{% endfor %}", "321"),
        ("{% for i in body.empty %}x{% else %}none{% endfor %}", "none"),
        ("{% for i in (1..9) %}{% if i == 2 %}{% continue %}{% endif %}{% if i == 4 %}{% break %}{% endif %}{{i}}{% endfor %}",
         "13"),
        ("{% for p in o limit:2 %}{{p[0]}}={{p.Value}};{% endfor %}", "a=1;b=2;"),
        ("{% assign x = 'a' | Upcase %}{% capture y %}{{x}}b{% endcapture %}{{y}}", "Ab"),
        ("{% for i in (1..3) %}{% cycle 'a', 'b' %}{% endfor %}", "aba"),
        ("{% raw %}{{x}}{% endraw %}{% comment %}{{ gone }}{% endcomment %}", "{{x}}"),
        ("{% increment n %}{% increment n %}", "01"),
        ("[{% JSONArrayFor i in body.items %}\"{{i.id}}\"{% endJSONArrayFor %}]", '["b","a",""]'),
        ("[{% JSONArrayFor i in body.empty %}x{% endJSONArrayFor %}]", "[]"),
        ("a {%- if true -%} b {%- endif -%} c", "abc"),
        ("{% if true %} {% endif %}|", " |"),
        ("{{now}}{{today}}", ""),
        ("{{o.limit}}{% if o.in == 4 and o.empty contains 'e' %}y{% endif %}{% raw %}.limit {{o.in}}{% endraw %}",
         "3y.limit {{o.in}}"),
        ("{{ 'a.limit' }}{{ '(1..limit)' }}", "a.limit(1..limit)"),
    ],
)  # fmt: skip
def test_a_template_is_rendered_as_in_the_service(template: str, expected: str) -> None:
    assert rendered(template, o={"a": 1, "b": 2, "limit": 3, "in": 4, "empty": "e"}) == expected


@pytest.mark.parametrize(
    "template",
    [
        "{% include 'x' %}", "{% render 'x' %}", "{% extends 'x' %}", "{% liquid assign x = 1 %}", "{% nothing %}",
        "{% if %}{% endif %}", "{% for x %}{% endfor %}", "{% if a %}", "{% endif %}", "{{ a | }}", "{{ 'a }}",
        "{% if a %}" * 60 + "{% endif %}" * 60,
    ],
)  # fmt: skip
def test_what_is_no_template_of_the_service_is_refused(template: str) -> None:
    with pytest.raises(TemplateError):
        Template(template)


def test_the_place_of_a_mistake_and_of_an_unknown_filter_is_known() -> None:
    with pytest.raises(TemplateError) as caught:
        Template("ok {% bad %}")
    assert caught.value.offset == 6
    assert Template("{{ a | up | Upcase }}").unknown_filters == [("up", 7)]
    assert Template("{{ a.limit }} {{ a.in | up }}").unknown_filters == [("up", 24)]


@pytest.mark.parametrize("member", ["__class__", "__dict__", "keys", "_members", "append", "copy", "render"])
def test_nothing_of_python_is_reached(member: str) -> None:
    for name in ("body", "body.items", "body.name", "body.when", "body.f"):
        assert rendered(f"{{{{ {name}.{member} }}}}") == ""
        assert rendered(f"{{{{ {name}['{member}'] }}}}") == ""


@pytest.mark.parametrize(
    "template",
    [
        "{% for i in (1..100000) %}{% for j in (1..100000) %}{% endfor %}{% endfor %}",
        "{% for i in (1..99999999999999999999) %}{% endfor %}",
        "{{ (1..2000000000) | Join }}",
        "{% assign s = 'xxxxxxxx' %}{% for i in (1..60) %}{% assign s = s | Append: s %}{% endfor %}",
        "{% capture s %}xxxxxxxx{% endcapture %}{% for i in (1..60) %}{% capture s %}{{s}}{{s}}{% endcapture %}{% endfor %}",
        "{% assign s = 'aaaaaaaa' %}{% for i in (1..60) %}{% assign s = s | Replace: 'a', 'aaaa' %}{% endfor %}",
        "{% assign n = 99 %}{% for i in (1..60) %}{% assign n = n | Times: n %}{% endfor %}",
        "{% for i in (1..900000) %}{{ big }}{% endfor %}",
    ],
)
def test_a_template_cannot_use_up_time_or_memory(template: str) -> None:
    compiled = Template(template)
    began = time.monotonic()
    with pytest.raises(TemplateError):
        compiled.render({"big": "x" * 1000})
    assert time.monotonic() - began < 10


@pytest.mark.parametrize("text", ["<" * 200_000, "<script" * 50_000, "<!--" * 50_000, "<style>" * 50_000])
def test_strip_html_takes_hostile_text_in_its_stride(text: str) -> None:
    began = time.monotonic()
    rendered("{{ t | StripHtml }}", t=text)
    assert time.monotonic() - began < 5
