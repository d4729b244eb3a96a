"""set-header: what the listings and refusals do not show."""

from __future__ import annotations

import pytest

from fastgw._program import Message
from tests.compiler.support import Bench
from tests.policies.running import Ran


@pytest.mark.parametrize("name", ["Connection", "content-length", "KEEP-ALIVE", "Transfer-Encoding"])
@pytest.mark.parametrize("action", ["override", "append", "delete"])
def test_framing_headers_are_accepted_with_a_warning_and_leave_no_step(name: str, action: str) -> None:
    bench = Bench()
    assert (
        bench.inbound(f"<set-header name='{name}' exists-action='{action}'><value>x</value></set-header>")
        == []
    )
    assert bench.findings() == [
        f"1:38 warning set-header has no effect on {name}: the gateway alone writes it"
    ]


def test_adding_nothing_is_a_warning() -> None:
    bench = Bench()
    assert bench.inbound("<set-header name='a' exists-action='append' />") == []
    assert bench.findings()[0].startswith("1:20 warning set-header without a value")


@pytest.mark.parametrize(
    ("section", "message"),
    [("inbound", Message.REQUEST), ("backend", Message.REQUEST), ("outbound", Message.RESPONSE),
     ("on-error", Message.RESPONSE)],
)  # fmt: skip
def test_the_section_decides_which_message_is_changed(section: str, message: Message) -> None:
    text = f"<policies><{section}><set-header name='a'><value>b</value></set-header></{section}></policies>"
    program = getattr(Bench().programs(text), section.replace("-", "_"))
    assert program.steps[0].operands[:2] == (message, b"a")


def test_names_and_values_may_be_computed() -> None:
    (step,) = Bench().inbound("<set-header name='@(n)'><value> @(v) </value><value>é</value></set-header>")
    _, name, _, values = step.operands
    exchange = {"@(n)": "X", "@(v)": None}
    assert name(exchange) == "X"
    assert values[0](exchange) is None
    assert values[1] == "é".encode()


# exists-action as an expression

HEAD = "X-Old: 1\r\n"


def chosen(action: str, value: str = "<value>@(&quot;2&quot;)</value>", name: str = "X-Old") -> Ran:
    return Ran(
        f"""<set-variable name="a" value='{action}' />
        <set-header name="{name}" exists-action="@((string)context.Variables["a"])">{value}</set-header>""",
        fields=HEAD,
    )


def fields_of(ran: Ran, name: bytes) -> list[bytes]:
    return [value for field, value in ran.exchange.request.items() if field.lower() == name]


@pytest.mark.parametrize("value", ["<value>2</value>", """<value>@("2")</value>"""])
@pytest.mark.parametrize(
    ("action", "there", "absent"),
    [
        ("override", [b"2"], [b"2"]),
        (" skip ", [b"1"], [b"2"]),
        ("append", [b"1,2"], [b"2"]),
        ("delete", [], []),
    ],
)
def test_an_expression_may_choose_the_action(
    action: str, there: list[bytes], absent: list[bytes], value: str
) -> None:
    assert fields_of(chosen(action, value), b"x-old") == there
    assert fields_of(chosen(action, value, "X-New"), b"x-new") == absent


@pytest.mark.parametrize(
    ("action", "expected"), [("override", []), ("delete", []), ("skip", [b"1"]), ("append", [b"1"])]
)
def test_a_chosen_action_without_a_value(action: str, expected: list[bytes]) -> None:
    assert fields_of(chosen(action, ""), b"x-old") == expected


@pytest.mark.parametrize("action", ["Override", "replace", ""])
def test_another_word_is_an_error_of_the_policy(action: str) -> None:
    ran = chosen(action)
    assert ran.failure == ("ExpressionValueEvaluationFailure", 500, "")
    assert ran.exchange.error is not None
    assert ran.exchange.error.message.endswith("must be override, skip, append or delete.")
    assert fields_of(ran, b"x-old") == [b"1"]


def test_values_under_a_chosen_delete_are_not_evaluated() -> None:
    assert chosen("delete", """<value>@(int.Parse("x").ToString())</value>""").passed


@pytest.mark.parametrize(
    ("action", "query"),
    [
        ("override", b"b=1&a=3"),
        ("skip", b"a=1&a=2&b=1"),
        ("append", b"a=1&a=2&b=1&a=3"),
        ("delete", b"b=1"),
    ],
)
@pytest.mark.parametrize("value", ["3", "@(3)"])
def test_set_query_parameter_has_the_same_choice(action: str, query: bytes, value: str) -> None:
    statement = f"""<set-query-parameter name="a" exists-action="@("{action}")"><value>{value}</value>
      </set-query-parameter>"""
    ran = Ran(statement, query="?a=1&a=2&b=1")
    assert ran.passed
    assert (
        Ran(
            f"""{statement}<set-variable name="q" value="@(context.Request.Url.QueryString)" />""",
            query="?a=1&a=2&b=1",
        ).variable("q")
        == "?" + query.decode()
    )


def test_set_query_parameter_refuses_another_word() -> None:
    ran = Ran(
        """<set-query-parameter name="a" exists-action="@("x")"><value>1</value></set-query-parameter>"""
    )
    assert ran.failure[0] == "ExpressionValueEvaluationFailure"
