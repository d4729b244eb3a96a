"""What may be asked of a Service Fabric cluster, and how a call becomes a question."""

from __future__ import annotations

from typing import Any

import pytest

from fastgw.model.service_fabric import (
    MAX_NAME,
    FabricCall,
    Question,
    check_listener_name,
    check_service_name,
    parse_partition_key,
)

SERVICE = "fabric:/shop/orders"


@pytest.mark.parametrize(
    "name", [SERVICE, "fabric:/a", "fabric:/a.b/c-d_e/f;g=h@i", "fabric:/größe", "fabric:/.../x"]
)
def test_a_service_name_is_fabric_and_segments(name: str) -> None:
    assert check_service_name(name) == name


BAD_NAMES = {
    "empty": "",
    "another-scheme": "http://a/b",
    "no-slash": "fabric:a",
    "upper-case-scheme": "FABRIC:/a",
    "nothing-after-the-slash": "fabric:/",
    "slash-at-the-end": "fabric:/a/",
    "empty-segment": "fabric:/a//b",
    "dot": "fabric:/a/./b",
    "only-dots": "fabric:/..",
    "dots-at-the-end": "fabric:/a/..",
    "tilde-is-the-slash-of-the-api": "fabric:/a~b",
    "escape": "fabric:/a%2Fb",
    "query": "fabric:/a?b",
    "fragment": "fabric:/a#b",
    "backslash": "fabric:/a\\b",
    "blank": "fabric:/a b",
    "blank-at-the-end": "fabric:/a ",
    "line-break": "fabric:/a\r\nb",
    "line-break-at-the-end": "fabric:/a\n",
    "unpaired-surrogate": "fabric:/a\udc80",
    "too-long": "fabric:/" + "hush" * MAX_NAME,
    "secret": "hush:/hush",
}


@pytest.mark.parametrize("name", BAD_NAMES.values(), ids=BAD_NAMES)
def test_what_could_name_something_else_in_a_url_is_no_service_name(name: str) -> None:
    with pytest.raises(ValueError, match=r"^(must|may)") as caught:
        check_service_name(name)
    assert "hush" not in str(caught.value)


KEYS = {
    "none": ("", None),
    "zero": ("0", 0),
    "signed": ("-17", -17),
    "plus": ("+17", 17),
    "leading-zeros": ("007", 7),
    "greatest": (str(2**63 - 1), 2**63 - 1),
    "least": (str(-(2**63)), -(2**63)),
    "name": ("partition1", "partition1"),
    "name-with-blanks": ("north west", "north west"),
    "fraction-is-a-name": ("1.5", "1.5"),
    "hexadecimal-is-a-name": ("0x1f", "0x1f"),
    "other-digits-are-a-name": ("٣", "٣"),
    "minus-alone-is-a-name": ("-", "-"),
}


@pytest.mark.parametrize(("text", "key"), KEYS.values(), ids=KEYS)
def test_a_partition_key_is_an_int64_or_else_a_name(text: str, key: Any) -> None:
    found = parse_partition_key(text)
    assert found == key
    assert type(found) is type(key)


@pytest.mark.parametrize("text", [str(2**63), str(-(2**63) - 1), "9" * 900])
def test_a_number_that_int64_does_not_hold_is_no_name(text: str) -> None:
    with pytest.raises(ValueError, match="Int64"):
        parse_partition_key(text)


@pytest.mark.parametrize("text", ["a\nb", "a\udc80", "x" * (MAX_NAME + 1), "9" * (MAX_NAME + 1)])
def test_what_cannot_be_sent_is_no_partition_key(text: str) -> None:
    with pytest.raises(ValueError, match="may not"):
        parse_partition_key(text)


def test_a_listener_name_has_an_end() -> None:
    assert check_listener_name("") == ""
    assert check_listener_name("x" * MAX_NAME)
    with pytest.raises(ValueError, match="longer"):
        check_listener_name("x" * (MAX_NAME + 1))


def test_a_call_without_attributes_asks_for_the_service_of_the_backend() -> None:
    call = FabricCall()
    assert call.question({}, SERVICE) == Question(SERVICE, None, None, "")
    assert call.resolves_again({}) is False


def test_constants_stand_in_the_question() -> None:
    call = FabricCall("fabric:/a/b", 0, "secondary", "api", True)
    assert call.question({}, SERVICE) == Question("fabric:/a/b", 0, "secondary", "api")
    assert call.resolves_again({}) is True


def test_what_is_computed_is_computed_with_each_request() -> None:
    call = FabricCall(
        lambda exchange: exchange["service"],
        lambda exchange: exchange["key"],
        lambda exchange: exchange["replica"],
        lambda exchange: exchange["listener"],
        lambda exchange: exchange["again"],
    )
    first = {"service": "fabric:/a", "key": "eu", "replica": None, "listener": "", "again": True}
    assert call.question(first, SERVICE) == Question("fabric:/a", "eu", None, "")
    assert call.resolves_again(first) is True
    second = {"service": "fabric:/b", "key": None, "replica": "primary", "listener": "x", "again": False}
    assert call.question(second, SERVICE) == Question("fabric:/b", None, "primary", "x")
    assert call.resolves_again(second) is False


def test_a_condition_that_gives_no_boolean_resolves_nothing_again() -> None:
    assert FabricCall(resolve_condition=lambda exchange: "yes").resolves_again({}) is False


def test_questions_with_a_number_and_with_its_digits_as_a_name_differ() -> None:
    assert Question(SERVICE, 5) != Question(SERVICE, "5")


def test_a_call_does_not_show_what_may_be_secret() -> None:
    shown = repr(FabricCall("fabric:/hush", "hush", "primary", "hush"))
    assert "hush" not in shown
