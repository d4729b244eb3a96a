"""What literals are worth: types of numbers, ranges, escapes."""

from __future__ import annotations

from decimal import Decimal

import pytest

from fastgw.expr import literals
from fastgw.expr.errors import CompileError

NUMBERS = {
    "0": ("int", 0),
    "2147483647": ("int", 2147483647),
    "2147483648": ("uint", 2147483648),
    "4294967295": ("uint", 4294967295),
    "4294967296": ("long", 4294967296),
    "9223372036854775807": ("long", 9223372036854775807),
    "9223372036854775808": ("ulong", 9223372036854775808),
    "18446744073709551615": ("ulong", 18446744073709551615),
    "1u": ("uint", 1),
    "4294967296U": ("ulong", 4294967296),
    "1l": ("long", 1),
    "9223372036854775808L": ("ulong", 9223372036854775808),
    "1ul": ("ulong", 1),
    "1LU": ("ulong", 1),
    "1Lu": ("ulong", 1),
    "0xFF": ("int", 255),
    "0XffUL": ("ulong", 255),
    "0x80000000": ("uint", 2147483648),
    "0b1011_0010": ("int", 178),
    "0B1": ("int", 1),
    "0b" + "1" * 64: ("ulong", 2**64 - 1),
    "1_000__000": ("int", 1000000),
    "000000000000000000000000001": ("int", 1),
    "1.5": ("double", 1.5),
    ".5": ("double", 0.5),
    "1e3": ("double", 1000.0),
    "1E-3": ("double", 0.001),
    "1_0.2_5e1_0": ("double", 10.25e10),
    "1d": ("double", 1.0),
    "1.5F": ("float", 1.5),
    "0.1f": ("float", 0.10000000149011612),
    "3f": ("float", 3.0),
    "1e-400": ("double", 0.0),
}

DECIMALS = {
    "1m": "1",
    "1.50m": "1.50",
    "0.00M": "0.00",
    "1e3m": "1000",
    "1.5e1m": "15",
    "1.25e-2m": "0.0125",
    "79228162514264337593543950335m": "79228162514264337593543950335",
    # 28 digits behind the point are kept, and what does not fit 96 bits is rounded to even.
    "0.12345678901234567890123456785m": "0.1234567890123456789012345678",
    "0.12345678901234567890123456775m": "0.1234567890123456789012345678",
    "7922816251426433759354395033.45m": "7922816251426433759354395033.4",
    "7922816251426433759354395033.55m": "7922816251426433759354395034",
    "1e-99m": "0.0000000000000000000000000000",
}

TOO_LARGE = {
    "18446744073709551616": "CS1021",
    "99999999999999999999": "CS1021",
    "9" * 100_000: "CS1021",
    "0x1" + "0" * 16: "CS1021",
    "0b1" + "0" * 64: "CS1021",
    "1e400": "CS0594",
    "1e39f": "CS0594",
    "79228162514264337593543950336m": "CS0594",
    "1e29m": "CS0594",
    "1e999999999999999999999m": "CS0594",
}


@pytest.mark.parametrize(("text", "expected"), NUMBERS.items(), ids=lambda text: str(text)[:20])
def test_a_number_has_the_first_type_that_holds_it(text: str, expected: tuple[str, object]) -> None:
    kind, value = literals.number(text, 0)
    assert (kind, value) == expected
    assert type(value) is type(expected[1])


@pytest.mark.parametrize(("text", "expected"), DECIMALS.items())
def test_a_decimal_keeps_its_scale_and_is_rounded_to_what_fits(text: str, expected: str) -> None:
    kind, value = literals.number(text, 0)
    assert kind == "decimal"
    assert isinstance(value, Decimal)
    assert f"{value:f}" == expected


@pytest.mark.parametrize(("text", "code"), TOO_LARGE.items(), ids=lambda text: text[:20])
def test_a_number_beyond_its_type_is_an_error(text: str, code: str) -> None:
    with pytest.raises(CompileError) as caught:
        literals.number(text, 3)
    assert (caught.value.code, caught.value.offset) == (code, 3)


@pytest.mark.parametrize(
    "text", ["0x", "0b", "0xul", "1_", "0x_1", "0b1_", "1_.5", "1_e3", "1.5_f", "1.5L", "1e3u"]
)
def test_digits_are_needed_and_separators_stand_between_them(text: str) -> None:
    with pytest.raises(CompileError, match="Invalid number"):
        literals.number(text, 0)


def test_escapes_stand_for_their_characters() -> None:
    assert literals.unescape(r"\'\"\\\0\a\b\f\n\r\t\v", 0) == "'\"\\\0\a\b\f\n\r\t\v"
    assert literals.unescape(r"\u0041\U00000042", 0) == "AB"


def test_a_hexadecimal_escape_takes_up_to_four_digits() -> None:
    assert literals.unescape(r"\x41g\x0041\x00411a\x20b", 0) == "Ag" + "A" + "A1a" + "\u020b"


def test_characters_above_the_first_plane_are_two_code_units() -> None:
    assert literals.unescape("\U0001f600", 0) == "\ud83d\ude00"
    assert literals.unescape(r"\U0001F600", 0) == "\ud83d\ude00"
    assert literals.unescape("\\n\U0001f600\\n", 0) == "\n\ud83d\ude00\n"
    assert literals.code_units("é\U0010ffff") == "é\udbff\udfff"


@pytest.mark.parametrize(
    ("text", "at"), [(r"ab\q", 2), (r"\u12", 0), (r"\xg", 0), (r"\U00110000", 0), (r"\U1", 0)]
)
def test_an_unknown_escape_is_told_where_it_stands(text: str, at: int) -> None:
    with pytest.raises(CompileError) as caught:
        literals.unescape(text, 10)
    assert (caught.value.code, caught.value.offset) == ("CS1009", 10 + at)


def test_braces_are_doubled_in_interpolated_strings_alone() -> None:
    assert literals.unescape("{{x}}", 0) == "{{x}}"
    assert literals.unescape("{{x}}", 0, braces=True) == "{x}"
    assert literals.unescape(r"{{\n}}", 0, braces=True) == "{\n}"
    with pytest.raises(CompileError) as caught:
        literals.unescape(r"a\u007b", 5, braces=True)
    assert (caught.value.code, caught.value.offset) == ("CS8054", 6)
