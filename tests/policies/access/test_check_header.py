"""check-header: which requests pass, and what the others are told (spec/policies/access.md)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.policies.rehearsing import rehearse
from tests.policies.running import Ran

NOT_FOUND = ("HeaderNotFound", 412, "wrong")
NOT_ALLOWED = ("HeaderValueNotAllowed", 412, "wrong")


def check(fields: str, values: str = "", ignore_case: str = "true", name: str = "X-Env") -> Ran:
    return Ran(
        f"""<check-header name='{name}' failed-check-httpcode="412" failed-check-error-message="wrong"
          ignore-case='{ignore_case}'>{values}</check-header>""",
        fields=fields,
    )


BLUE = "<value>blue</value><value> Green </value>"


@pytest.mark.parametrize("fields", ["X-Env: a\r\n", "x-env:\r\n", "X-ENV: anything at all\r\n"])
def test_without_values_presence_is_enough(fields: str) -> None:
    assert check(fields).passed


@pytest.mark.parametrize("fields", ["", "X-Envy: a\r\n", "X-Env: blue\r\nx-env: blue\r\n"])
@pytest.mark.parametrize("values", ["", BLUE])
def test_an_absent_header_and_one_that_is_there_twice_are_not_found(fields: str, values: str) -> None:
    assert check(fields, values).failure == NOT_FOUND


@pytest.mark.parametrize(
    ("value", "ignore_case", "passes"),
    [
        ("blue", "true", True),
        ("BLUE", "true", True),
        ("Green", "false", True),
        ("BLUE", "false", False),
        ("green", "false", False),
        ("blu", "true", False),
        ("blue, Green", "true", False),
        ("", "true", False),
        ("GREEN", "@(1 == 1)", True),
    ],
)
def test_one_of_the_values_is_demanded(value: str, ignore_case: str, passes: bool) -> None:
    ran = check(f"X-Env: {value}\r\n", BLUE, ignore_case)
    assert ran.passed if passes else ran.failure == NOT_ALLOWED


def test_everything_may_be_computed() -> None:
    ran = Ran(
        """<check-header name="@("X-" + "Env")" failed-check-httpcode="@(400 + 3)"
          failed-check-error-message="@("no " + context.Request.Method)" ignore-case="@(false)">
          <value>@("a" + "b")</value></check-header>""",
        fields="X-Env: AB\r\n",
    )
    assert ran.failure == ("HeaderValueNotAllowed", 403, "no GET")
    assert ran.exchange.error is not None
    assert ran.exchange.error.message == "Header X-Env value of AB is not allowed. Access denied."


def test_a_computed_status_has_the_bounds_of_a_written_one() -> None:
    ran = Ran(
        """<check-header name="x" failed-check-httpcode="@(99)" failed-check-error-message="m"
          ignore-case="true" />"""
    )
    assert ran.failure[0] == "ExpressionValueEvaluationFailure"


def test_a_message_that_is_no_unicode_can_be_sent_all_the_same() -> None:
    ran = Ran(
        r"""<check-header name="x" failed-check-httpcode="400" failed-check-error-message="@("\uD800!")"
          ignore-case="true" />"""
    )
    reason, status, message = ran.failure
    assert (reason, status) == ("HeaderNotFound", 400)
    assert message.encode().endswith(b"!")


def test_a_value_that_is_refused_stands_in_the_error_and_not_in_the_log(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    check = """<check-header name="X-Key" failed-check-httpcode="401" failed-check-error-message="no"
      ignore-case="false"><value>right</value></check-header>"""
    outcome = rehearse(tmp_path, request={"headers": {"X-Key": "s3cret"}}, inbound=check)
    assert outcome.error is not None
    assert outcome.error["message"] == "Header X-Key value of s3cret is not allowed. Access denied."
    logged = capfd.readouterr().err
    assert "reason=HeaderValueNotAllowed" in logged
    assert "Header X-Key has a value that is not allowed. Access denied." in logged
    assert "s3cret" not in logged
