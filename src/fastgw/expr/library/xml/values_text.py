"""Values as text in XML (System.Xml.XmlConvert), and text of elements and attributes as values."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any, NoReturn

from fastgw.expr.library import ticks as units
from fastgw.expr.library.date_formats import LOCAL, UTC
from fastgw.expr.library.date_time import DateTime
from fastgw.expr.library.date_time_members import parse as parse_date_time
from fastgw.expr.library.date_time_offset import DateTimeOffset
from fastgw.expr.library.date_time_offset import parse as parse_offset
from fastgw.expr.library.guid import Guid, parse_guid
from fastgw.expr.library.json.dates import iso_text
from fastgw.expr.library.parsing import malformed, parse_integer, read_double
from fastgw.expr.library.time_span import TimeSpan
from fastgw.expr.runtime import decimals
from fastgw.expr.runtime.arithmetic import to_single
from fastgw.expr.runtime.errors import ArgumentException, FormatException, OverflowException
from fastgw.expr.runtime.number_text import decimal_text
from fastgw.expr.runtime.objects import to_text
from fastgw.expr.runtime.values import NetObject, Single

_WHITE = " \t\r\n"
_DECIMAL = re.compile(r"[\t-\r ]*([+-]?(?=\.?[0-9])[0-9]*\.?[0-9]*)[\t-\r ]*\0*")
_DURATION = re.compile(
    r"(-?)P(?=[0-9T])(?:([0-9]+)Y)?(?:([0-9]+)M)?(?:([0-9]+)D)?"
    r"(?:T(?=[0-9])(?:([0-9]+)H)?(?:([0-9]+)M)?(?:([0-9]+)(?:\.([0-9]*))?S)?)?"
)
_XSD_DATE = re.compile(r"\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?", re.ASCII)
_ZONED = re.compile(r"(?:[Zz]|[+-]\d\d:\d\d)$")
_MOST_DIGITS = 12
_DAYS_IN_YEAR, _DAYS_IN_MONTH = 365, 30


def value_text(value: Any) -> str:
    """A value as content of an element. Raises ArgumentException for what XML has no text for."""
    kind = type(value)
    if kind is str:
        return value  # type: ignore[no-any-return]
    if kind is bool:
        return "true" if value else "false"
    if kind in (float, Single):
        return _double_text(value)
    if kind is Decimal:
        return decimal_text(value)
    if isinstance(value, (DateTime, DateTimeOffset)):
        text = iso_text(value)
        is_utc = isinstance(value, DateTimeOffset) and value.offset == 0
        return f"{text.removesuffix('+00:00')}Z" if is_utc else text
    if isinstance(value, TimeSpan):
        return duration_text(value.ticks)
    if isinstance(value, NetObject):
        # Not at the head: nodes are made of what is here.
        from fastgw.expr.library.xml.nodes import XObject

        if isinstance(value, XObject):
            raise ArgumentException("An XObject cannot be used as a value.")
    return to_text(value)


def _double_text(value: float) -> str:
    if math.isinf(value):
        return "INF" if value > 0 else "-INF"
    return to_text(value)


def duration_text(ticks: int) -> str:
    """`P1DT2H3M4.5S`; PT0S for nothing."""
    seconds, fraction = divmod(abs(ticks), units.PER_SECOND)
    minutes, second = divmod(seconds, 60)
    hours, minute = divmod(minutes, 60)
    day, hour = divmod(hours, 24)
    date = f"{day}D" if day else ""
    part = f"{second}.{fraction:07}".rstrip("0").rstrip(".") if fraction else str(second)
    clock = (
        f"{f'{hour}H' if hour else ''}{f'{minute}M' if minute else ''}"
        f"{f'{part}S' if second or fraction else ''}"
    )
    if not date and not clock:
        return "PT0S"
    return f"{'-' if ticks < 0 else ''}P{date}{f'T{clock}' if clock else ''}"


# ---------------------------------------------------------------- text to values


def to_boolean(text: str) -> bool:
    """`true`, `false`, `1`, `0`, in any case. Raises FormatException."""
    found = {"true": True, "1": True, "false": False, "0": False}.get(text.lower().strip(_WHITE))
    if found is None:
        raise FormatException(f"The string '{text.lower()}' is not a valid Boolean value.")
    return found


def to_decimal(text: str) -> Decimal:
    """A decimal without separators. Raises FormatException and OverflowException."""
    found = _DECIMAL.fullmatch(text)
    if found is None:
        raise malformed()
    return decimals.fit(Decimal(found.group(1)))


def to_double(text: str) -> float:
    """A double without separators, or INF, -INF, NaN. Raises FormatException."""
    trimmed = text.strip(_WHITE)
    if trimmed in ("INF", "-INF"):
        return float(trimmed)
    found = None if "," in trimmed else read_double(trimmed)
    if found is None:
        raise malformed()
    return -0.0 if found == 0 and trimmed[0] == "-" else found


def to_float(text: str) -> Single:
    """A float without separators. Raises FormatException."""
    return to_single(to_double(text))


def to_date_time(text: str) -> DateTime:
    """A date in any form that DateTime.Parse knows; its zone says the kind. Raises FormatException."""
    found = parse_date_time(text)
    trimmed = text.strip()
    if not _ZONED.search(trimmed):
        return found
    if trimmed[-1] in "Zz":
        return DateTime(parse_offset(text).instant, UTC)
    return DateTime(found.ticks, LOCAL)


def to_date_time_offset(text: str) -> DateTimeOffset:
    """A date and its offset; without one it is local. Raises FormatException."""
    found = _XSD_DATE.fullmatch(text.strip(_WHITE))
    try:
        return parse_offset(text) if found is not None else _not_a_date(text)
    except FormatException:
        return _not_a_date(text)


def _not_a_date(text: str) -> NoReturn:
    raise FormatException(f"The string '{text}' is not a valid AllXsd value.")


def to_time_span(text: str) -> TimeSpan:
    """`P1DT2H3M4.5S`. Raises FormatException and OverflowException."""
    found = _DURATION.fullmatch(text.strip(_WHITE))
    if found is None:
        raise FormatException(f"The string '{text}' is not a valid TimeSpan value.")
    sign, *numbers, fraction = found.groups()
    if any(one is not None and len(one) > _MOST_DIGITS for one in numbers):
        raise OverflowException(f"Value '{text}' was either too large or too small for TimeSpan.")
    year, month, day, hour, minute, second = (int(one or 0) for one in numbers)
    days = year * _DAYS_IN_YEAR + month * _DAYS_IN_MONTH + day
    ticks = (((days * 24 + hour) * 60 + minute) * 60 + second) * units.PER_SECOND
    ticks += int(((fraction or "") + "0000000")[:7])
    ticks = -ticks if sign else ticks
    if not units.INT64_LEAST <= ticks <= units.INT64_MOST:
        raise OverflowException(f"Value '{text}' was either too large or too small for TimeSpan.")
    return TimeSpan(ticks)


def _integer(keyword: str) -> Callable[[str], int]:
    return lambda text: parse_integer(text, keyword)


def _guid(text: str) -> Guid:
    return parse_guid(text)


CONVERSIONS: dict[str, Callable[[str], Any]] = {
    "bool": to_boolean,
    "int": _integer("int"),
    "uint": _integer("uint"),
    "long": _integer("long"),
    "ulong": _integer("ulong"),
    "float": to_float,
    "double": to_double,
    "decimal": to_decimal,
    "DateTime": to_date_time,
    "DateTimeOffset": to_date_time_offset,
    "TimeSpan": to_time_span,
    "Guid": _guid,
}
"""What elements and attributes convert to, by the names of the types in signatures."""
