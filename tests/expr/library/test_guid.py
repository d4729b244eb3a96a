"""System.Guid: text, bytes, order."""

from __future__ import annotations

import pytest

from fastgw.expr.library import guid
from fastgw.expr.library.guid import EMPTY, Guid
from fastgw.expr.runtime.errors import ArgumentException, ArgumentNullException, FormatException
from fastgw.expr.runtime.objects import compare, equals
from fastgw.expr.runtime.values import ByteArray

TEXT = "6f9619ff-8b86-d011-b42d-00cf4fc964ff"
FORMS = {
    "N": "6f9619ff8b86d011b42d00cf4fc964ff",
    "D": TEXT,
    "B": f"{{{TEXT}}}",
    "P": f"({TEXT})",
    "X": "{0x6f9619ff,0x8b86,0xd011,{0xb4,0x2d,0x00,0xcf,0x4f,0xc9,0x64,0xff}}",
}


@pytest.mark.parametrize("form", FORMS)
def test_each_form_is_written_and_read(form):
    value = guid.parse(TEXT)
    assert value.net_format(form) == value.net_format(form.lower()) == FORMS[form]
    assert guid.parse(f" {FORMS[form].upper().replace('0X', '0x')} ") == value
    assert guid.parse_exact(FORMS[form], form) == value
    for other in FORMS:
        assert guid.try_parse_exact(FORMS[form], other) == (
            (True, value) if other == form else (False, EMPTY)
        )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("zzz", "Guid should contain 32 digits with 4 dashes (xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx)."),
        ("", "Unrecognized Guid format."),
    ],
)
def test_other_text_is_no_guid(text, message):
    with pytest.raises(FormatException) as raised:
        guid.parse(text)
    assert raised.value.message == message
    assert guid.try_parse(text) == (False, EMPTY)


@pytest.mark.parametrize(
    "text", [TEXT[:-1], TEXT + "0", TEXT.replace("-", "", 1), f"{{{TEXT}", f"({TEXT}}}", "{0x1}"]
)
def test_almost_a_guid_is_none(text):
    assert guid.read_guid(text) is None


def test_an_unknown_form_is_refused():
    for call in (lambda: EMPTY.net_format("Z"), lambda: guid.try_parse_exact(TEXT, "Z")):
        with pytest.raises(FormatException, match="Format string can be only"):
            call()
    with pytest.raises(ArgumentNullException):
        guid.parse(None)


def test_the_first_three_groups_of_the_bytes_are_little_endian():
    value = guid.new_of_bytes(ByteArray(bytes(range(1, 17))))
    assert value.net_text() == "04030201-0605-0807-090a-0b0c0d0e0f10"
    assert value.bytes() == bytes(range(1, 17))
    with pytest.raises(ArgumentException):
        guid.new_of_bytes(ByteArray(bytes(15)))


def test_groups():
    value = guid.new_of_groups(-1, -2, 3, *range(8))
    assert value.net_text() == "ffffffff-fffe-0003-0001-020304050607"
    assert guid.new_of_groups_and_bytes(-1, -2, 3, ByteArray(bytes(range(8)))) == value


def test_equality_and_order():
    assert equals(guid.parse(TEXT), guid.parse(TEXT))
    assert compare(guid.parse(TEXT), EMPTY) == 1
    assert guid.compare_to_object(EMPTY, None) == 1
    with pytest.raises(ArgumentException):
        guid.compare_to_object(EMPTY, "x")


def test_new_guids_are_random():
    first, second = guid.new_guid(), guid.new_guid()
    assert first != second
    assert first.net_text()[14] == "4"


def test_the_default_is_empty():
    assert Guid.net_default(()) == EMPTY
    assert EMPTY.net_text() == "00000000-0000-0000-0000-000000000000"
