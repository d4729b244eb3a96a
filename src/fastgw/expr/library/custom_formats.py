"""Custom numeric formats: `0.00`, `#,##0.##`, `0;(0);zero`, `0.0%`, `0.###E+0`, with quoted and escaped text.

A format has up to three sections (positive, negative, zero). Placeholders `0` and `#` take digits; the first
of them takes all that are left over. A comma between placeholders groups digits by threes; commas right
before the decimal point divide by a thousand each. Everything unknown is literal text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from fastgw.expr.runtime.meter import meter


@dataclass(frozen=True, slots=True)
class Digits:
    """A number as decimal digits: 0.`digits` times ten to the `scale`. No leading zeros; "" is zero."""

    is_negative: bool
    digits: str
    scale: int
    is_floating: bool

    def rounded(self, count: int) -> Digits:
        """The number with at most `count` digits, half away from zero, without trailing zeros.

        Digits of a floating-point number that a standard format asked for have no more than that already.
        """
        digits, scale = self.digits, self.scale
        if count < 0:
            digits = ""
        elif count < len(digits):
            kept = digits[:count]
            if digits[count] >= "5":
                kept = kept.rstrip("9")
                if kept:
                    kept = kept[:-1] + chr(ord(kept[-1]) + 1)
                else:
                    kept, scale = "1", scale + 1
            digits = kept
        digits = digits.rstrip("0")
        if not digits:
            # Only floating-point numbers have a negative zero that shows.
            return Digits(self.is_negative and self.is_floating, "", 0, self.is_floating)
        return Digits(self.is_negative, digits, scale, self.is_floating)

    def parts(self) -> tuple[str, str]:
        """The digits before and behind the decimal point, either may be empty."""
        if self.scale <= 0:
            return "", "0" * -self.scale + self.digits if self.digits else ""
        return self.digits[: self.scale].ljust(self.scale, "0"), self.digits[self.scale :]


@dataclass(slots=True)
class _Section:
    """One section, read: its tokens and what they ask for.

    Tokens are (kind, text): "digit" with `0` or `#`, "point", "exponent" and "text".
    """

    tokens: list[tuple[str, str]] = field(default_factory=list)
    placeholders: int = 0
    point: int = -1
    first_zero: int = -1
    last_zero: int = -1
    is_grouped: bool = False
    scale_by: int = 0
    has_exponent: bool = False


# What a character of a format takes up when it is read and written.
_PART_BYTES = 64
_EXPONENT = re.compile(r"[Ee][+-]?0+")


def format_custom(number: Digits, format: str) -> str:
    """`number` in a custom format. Raises Exhausted."""
    meter.spend(len(format) // 8)
    meter.reserve(_PART_BYTES * len(format))
    at = _find_section(format, 1 if number.is_negative and number.digits else 0 if number.digits else 2)
    section = _read_section(format, at)
    if number.digits:
        scaled = Digits(
            number.is_negative, number.digits, number.scale + section.scale_by, number.is_floating
        )
        number = scaled.rounded(
            section.placeholders
            if section.has_exponent
            else scaled.scale + section.placeholders - section.point
        )
        if not number.digits:
            zero_at = _find_section(format, 2)
            if zero_at != at:
                at, section = zero_at, _read_section(format, zero_at)
                number = Digits(number.is_negative, "", 0, number.is_floating)
    else:
        number = Digits(number.is_negative and number.is_floating, "", 0, number.is_floating)
    text = _render(number, section)
    if number.is_negative and at == 0 and (number.scale != 0 or text):
        return "-" + text
    return text


def _find_section(format: str, wanted: int) -> int:
    """Where the section `wanted` begins; 0 (the first) where it is missing or empty."""
    if wanted == 0:
        return 0
    at = 0
    while at < len(format):
        character = format[at]
        at += 1
        if character in "'\"":
            end = format.find(character, at)
            at = len(format) if end < 0 else end + 1
        elif character == "\\":
            at += 1
        elif character == ";":
            wanted -= 1
            if wanted == 0:
                return at if at < len(format) and format[at] != ";" else 0
    return 0


def _read_section(format: str, at: int) -> _Section:
    section = _Section()
    # Where the last run of commas stands, in placeholders, and how long it is.
    comma_at, commas = -1, 0
    while at < len(format) and format[at] != ";":
        character = format[at]
        at += 1
        if character in "0#":
            if character == "0":
                section.last_zero = section.placeholders
                if section.first_zero < 0:
                    section.first_zero = section.placeholders
            section.placeholders += 1
            section.tokens.append(("digit", character))
        elif character == ".":
            if section.point < 0:
                section.point = section.placeholders
                section.tokens.append(("point", "."))
        elif character == ",":
            if section.placeholders and section.point < 0:
                if comma_at == section.placeholders:
                    commas += 1
                else:
                    section.is_grouped = section.is_grouped or comma_at >= 0
                    comma_at, commas = section.placeholders, 1
        elif character in "%\u2030":
            section.scale_by += 2 if character == "%" else 3
            section.tokens.append(("text", character))
        elif character in "'\"":
            end = format.find(character, at)
            end = len(format) if end < 0 else end
            section.tokens.append(("text", format[at:end]))
            at = end + 1
        elif character == "\\":
            section.tokens.append(("text", format[at : at + 1]))
            at += 1
        else:
            exponent = _EXPONENT.match(format, at - 1)
            if exponent:
                section.has_exponent = True
                section.tokens.append(("exponent", exponent.group()))
                at = exponent.end()
            else:
                section.tokens.append(("text", character))
    if section.point < 0:
        section.point = section.placeholders
    if comma_at == section.point:
        section.scale_by -= 3 * commas
    elif comma_at >= 0:
        section.is_grouped = True
    return section


def _render(number: Digits, section: _Section) -> str:
    whole, fraction = _shares(number, section)
    out: list[str] = []
    exponent: int | None = 0
    if number.digits:
        exponent = number.scale - section.point
    place = 0
    for kind, text in section.tokens:
        if kind == "digit":
            out.append(whole[place] if place < section.point else fraction[place - section.point])
            place += 1
        elif kind == "point":
            if section.point == 0:
                # No placeholder stands before the point: it takes the whole part itself.
                out.append(whole[0])
            if section.last_zero >= section.point or any(fraction):
                out.append(".")
        elif kind == "exponent" and exponent is not None:
            out.append(_exponent_text(text, exponent))
            exponent = None
        else:
            out.append(text)
    return "".join(out)


def _shares(number: Digits, section: _Section) -> tuple[list[str], list[str]]:
    """What each placeholder before and behind the decimal point shows."""
    point = section.point
    places = section.placeholders - point
    required = section.last_zero - point + 1
    if section.has_exponent:
        digits = number.digits.ljust(max(section.last_zero + 1, point), "0")
        whole_digits, fraction_digits = digits[:point], digits[point:]
        minimum = point
    else:
        whole_digits, fraction_digits = number.parts()
        minimum = point - section.first_zero if 0 <= section.first_zero < point else 0
    whole_digits = whole_digits.rjust(minimum, "0")
    shown = [_grouped(digit, len(whole_digits) - at, section) for at, digit in enumerate(whole_digits)]
    spare = len(shown) - point
    if point == 0:
        whole = ["".join(shown)]
    elif spare >= 0:
        whole = ["".join(shown[: spare + 1]), *shown[spare + 1 :]]
    else:
        whole = [""] * -spare + shown
    fraction_digits = fraction_digits.ljust(required, "0") if required > 0 else fraction_digits
    fraction = [fraction_digits[at : at + 1] for at in range(places)]
    return whole, fraction


def _grouped(digit: str, place: int, section: _Section) -> str:
    """A digit of the whole part, `place` counted from the decimal point, with the separator behind it."""
    return digit + "," if section.is_grouped and place > 1 and place % 3 == 1 else digit


def _exponent_text(token: str, exponent: int) -> str:
    zeros = min(token.count("0"), 10)
    sign = "-" if exponent < 0 else "+" if token[1] == "+" else ""
    return f"{token[0]}{sign}{abs(exponent):0{zeros}d}"
