"""A document on its own: whatever it names may exist; whatever does not depend on that is judged as ever."""

from __future__ import annotations

import pytest

from fastgw.compiler.expressions import Compiled, ValueType
from fastgw.compiler.lone import check_document
from fastgw.compiler.nodes import Places
from fastgw.errors import Diagnostics, Position
from fastgw.policies import REGISTRY
from fastgw.snapshot.lone import _OpenResolver
from tests.compiler.support import source


class Recorder:
    """Compiles what is in `good`, or everything; remembers what it was asked."""

    def __init__(self, *good: str) -> None:
        self.good = good
        self.asked: list[str] = []

    def compile(
        self,
        source: str,
        position: Position,
        wanted: ValueType,
        diagnostics: Diagnostics,
        places: Places | None = None,
    ) -> Compiled | None:
        self.asked.append(source)
        if self.good and source not in self.good:
            diagnostics.error(f"wrong: {source}", places(2) if places else position)
            return None
        return lambda exchange: None


def judged(text: str, expressions: Recorder | None = None) -> list[str]:
    found = Diagnostics()
    check_document(source(text), REGISTRY, _OpenResolver(), expressions or Recorder(), found)
    return [f"{one.position.line}:{one.position.column} {one.message}" for one in found if one.position]


def inbound(text: str) -> str:
    return f"<policies><inbound>{text}</inbound></policies>"


@pytest.mark.parametrize(
    "statement",
    [
        '<set-backend-service backend-id="any" />',
        '<set-backend-service base-url="{{host}}/x" />',
        '<include-fragment fragment-id="any" />',
        '<authentication-certificate certificate-id="any" />',
        f'<authentication-certificate thumbprint="{"0" * 40}" />',
        '<authentication-basic username="{{user}}" password="{{password}}" />',
        '<set-header name="{{name}}" exists-action="{{action}}"><value>{{value}}</value></set-header>',
        '<retry condition="@(true)" count="{{count}}" interval="{{interval}}"><base /></retry>',
        "<return-response><set-status code='{{code}}' reason='{{reason}}' /></return-response>",
        '<set-body template="liquid">{{ body.name }} {% if a %}{{a}}{% endif %}</set-body>',
        "<base />",
    ],
)
def test_what_is_named_may_exist(statement: str) -> None:
    assert judged(inbound(statement)) == []


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ('<set-backend-service backend-id="any" wrong="{{a}}" />', "1:58 unknown attribute wrong"),
        ('<authentication-basic username="{{user}}" />', "1:20 authentication-basic needs"),
        ("<{{a}} />", "1:20 '<' starts no tag here"),
        ("<nothing />", "1:20 unknown policy nothing"),
        ("<inbound />", "1:20 the section inbound is not allowed here"),
        ("{{statement}}", "1:20 text is not allowed in inbound"),
    ],
)
def test_what_does_not_depend_on_it_is_judged(statement: str, message: str) -> None:
    (found,) = judged(inbound(statement))
    assert found.startswith(message.split(" ")[0])
    assert " ".join(message.split(" ")[1:3]) in found


def test_policies_that_are_not_built_have_their_expressions_judged() -> None:
    expressions = Recorder("@(good)")
    found = judged(inbound('<quota a="@(good)" b="@(bad)"><x>@(worse)</x></quota>'), expressions)
    assert [one.split(" ", 1)[1] for one in found] == [
        "policy quota is not supported yet",
        "wrong: @(bad)",
        "wrong: @(worse)",
    ]


def test_a_document_may_be_for_any_scope() -> None:
    cors = (
        "<cors><allowed-origins><origin>*</origin></allowed-origins>"
        "<allowed-headers><header>*</header></allowed-headers></cors>"
    )
    assert judged(f"<policies><inbound>{cors}</inbound></policies>") == []
    assert judged("<policies><backend><forward-request /></backend></policies>") == []


def test_a_fragment_is_judged_on_its_own() -> None:
    assert judged("<fragment><set-variable name='a' value='b' /></fragment>") == []
    (found,) = judged("<fragment><nothing /></fragment>")
    assert found == "1:11 unknown policy nothing"


def test_a_fragment_may_be_as_large_as_fragments_are() -> None:
    room = " " * (300 * 1024)
    assert judged(f"<fragment>{room}</fragment>") == []
    (found,) = judged(f"<policies>{room}</policies>")
    assert "262144 are allowed" in found


@pytest.mark.parametrize("root", ["inbound", "set-body", "nothing", "POLICIES"])
def test_any_other_root_is_an_error(root: str) -> None:
    (found,) = judged(f"<{root} />")
    assert found.startswith("1:1 the root element must be policies")


@pytest.mark.parametrize(
    ("written", "good"),
    [
        ("@(1 + {{a}})", "@(1 + 1)"),
        ("@({{a}} ? 1 : 2)", "@(true ? 1 : 2)"),
        ("@(F({{a}}))", '@(F("1"))'),
        ("@({{a}}.Request)", "@(context.Request)"),
        ('@("{{a}}")', '@("1")'),
        ('@({{a}} + "{{b}}")', '@("1" + "1")'),
        ("@({{a}} ? {{b}} : 0)", '@(true ? "1" : 0)'),
        ("@({{a}} ? {{b}}.F({{c}}) : 0)", '@(true ? context.F("1") : 0)'),
        ("@({{a}}+{{b}}+{{c}}+{{d}})", "@(context+context+context+context)"),
    ],
)
def test_a_named_value_in_an_expression_stands_for_whatever_fits(written: str, good: str) -> None:
    assert judged(inbound(f"<set-body>{written}</set-body>"), Recorder(good)) == []


def test_an_expression_that_nothing_fits_has_the_errors_of_the_first_try() -> None:
    expressions = Recorder("@(nothing)")
    assert judged(inbound("<set-body>@({{a}} {{b}})</set-body>"), expressions) == ["1:32 wrong: @(1 1)"]


def test_guesses_are_bounded() -> None:
    expressions = Recorder("@(nothing)")
    judged(inbound(f"<set-body>@({'{{a}}' * 50})</set-body>"), expressions)
    assert len(expressions.asked) == 4


def test_errors_behind_a_guess_stand_where_they_were_written() -> None:
    class Last(Recorder):
        def compile(
            self,
            source: str,
            position: Position,
            wanted: ValueType,
            diagnostics: Diagnostics,
            places: Places | None = None,
        ) -> Compiled | None:
            assert places is not None
            diagnostics.error("last", places(len(source) - 1))
            return None

    text = inbound("<set-body>@({{first}} + {{second}} + x)</set-body>")
    assert judged(text, Last()) == [f"1:{text.index(')<') + 1} last"]


def test_the_same_is_said_once() -> None:
    assert len(judged(inbound("<nothing />"))) == 1
