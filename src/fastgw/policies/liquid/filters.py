"""The filters of templates, as in DotLiquid with C# naming (spec/policies/transformation.md).

Each takes the value, then its arguments, with null for what is undefined, and the budget as `budget` where
its result can be larger than what it was given. They raise ValueError or ArithmeticError.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from functools import cmp_to_key
from typing import Any
from urllib.parse import quote_plus, unquote_plus

from fastgw.expr.library.date_time import DateTime, utc_now
from fastgw.expr.library.date_time_members import parse as parse_date_time
from fastgw.expr.library.number_formats import format_number
from fastgw.expr.runtime.errors import NetException
from fastgw.policies.liquid.budget import Budget
from fastgw.policies.liquid.values import Number, checked, less, number_of, text_of

# What is left out with everything up to its end; other tags end with the next `>`.
_BLOCKS = (("<script", "</script>"), ("<!--", "-->"), ("<style", "</style>"))
_LINE_END = re.compile(r"\r?\n")
_WORD = re.compile(r"\S+")
# Decimals of .NET have 28 digits or 29.
_DIGITS = 28
_MOST_PLACES = 28
_SAFE = "-_.!*()"


def _items(value: Any) -> list[Any]:
    """A value as an array: null is empty, an object its members' values, anything else one item."""
    if value is None:
        return []
    if isinstance(value, list):
        return value
    if isinstance(value, (range, tuple)):
        return list(value)
    return [value]


def _whole(value: Any) -> int:
    """Raises ValueError for what is no whole number."""
    number = number_of(value)
    if number is None:
        raise ValueError("Input string was not in a correct format.")
    return int(number)


# ---------------------------------------------------------------- numbers


def _counted(operation: Callable[[Any, Any], Number], left: Any, right: Any) -> Number | None:
    """The result on two numbers; null where one is null. Raises ValueError where one is no number."""
    if left is None or right is None:
        return None
    first, second = number_of(left), number_of(right)
    if first is None or second is None:
        raise ValueError("The filter needs numbers.")
    if isinstance(first, float) or isinstance(second, float):
        first, second = float(first), float(second)
    with localcontext() as context:
        context.prec = _DIGITS
        return checked(operation(first, second))


def absolute(value: Any) -> Any:
    """Abs; what is no number is 0."""
    number = number_of(value)
    return 0 if number is None else abs(number)


def at_least(value: Any, least: Any) -> Any:
    """AtLeast."""
    return _bounded(value, least, lambda number, bound: number < bound)


def at_most(value: Any, most: Any) -> Any:
    """AtMost."""
    return _bounded(value, most, lambda number, bound: number > bound)


def _bounded(value: Any, bound: Any, beyond: Callable[[Any, Any], bool]) -> Any:
    number, limit = number_of(value), number_of(bound)
    if number is None or limit is None:
        return value
    return limit if beyond(number, limit) else number


def divided_by(value: Any, by: Any) -> Any:
    """DividedBy; between whole numbers the fraction is dropped. Raises ZeroDivisionError."""
    return _counted(_quotient, value, by)


def _quotient(left: Any, right: Any) -> Number:
    if right == 0:
        raise ZeroDivisionError("Attempted to divide by zero.")
    if isinstance(left, int) and isinstance(right, int):
        result = abs(left) // abs(right)
        return result if (left < 0) == (right < 0) else -result
    quotient: Number = left / right
    return quotient


def minus(value: Any, by: Any) -> Any:
    """Minus."""
    return _counted(lambda left, right: left - right, value, by)


def modulo(value: Any, by: Any) -> Any:
    """Modulo; the sign is that of the value. Raises ZeroDivisionError."""
    return _counted(_remainder, value, by)


def _remainder(left: Any, right: Any) -> Number:
    if right == 0:
        raise ZeroDivisionError("Attempted to divide by zero.")
    if isinstance(left, int) and isinstance(right, int):
        result = abs(left) % abs(right)
        return -result if left < 0 else result
    rest: Number = left % right
    return rest


def plus(value: Any, by: Any, budget: Budget) -> Any:
    """Plus; text that is no number is joined."""
    if isinstance(value, str) and by is not None and (number_of(value) is None or number_of(by) is None):
        return append(value, by, budget)
    return _counted(lambda left, right: left + right, value, by)


def rounded(value: Any, places: Any = 0) -> Any:
    """Round: half to even; null for what is no number."""
    number, digits = number_of(value), number_of(places)
    if number is None or digits is None or not 0 <= digits <= _MOST_PLACES:
        return None
    if isinstance(number, int):
        return number
    if isinstance(number, float):
        return float(round(number))
    with localcontext() as context:
        context.prec = _DIGITS * 3
        found = number.quantize(Decimal(1).scaleb(-int(digits)), ROUND_HALF_EVEN)
    # Math.Round adds no zeros.
    return number if found == number else found


def times(value: Any, by: Any) -> Any:
    """Times."""
    return _counted(lambda left, right: left * right, value, by)


def currency(value: Any, language: Any = None) -> Any:
    """Currency: the amount in the invariant culture, or as a language tag such as `en-US` writes it."""
    number = number_of(value)
    if number is None:
        return value
    if not language:
        return format_number(number, "C")
    # Imported here because few templates need it, and it takes long to load.
    from babel import Locale, UnknownLocaleError
    from babel.numbers import format_currency, get_territory_currencies

    try:
        locale = Locale.parse(text_of(language), sep="-")
        codes = get_territory_currencies(locale.territory) if locale.territory else []
    except (ValueError, UnknownLocaleError):
        codes = []
    if not codes:
        raise ValueError("Culture is not supported.")
    return format_currency(number, codes[0], locale=locale)


# ---------------------------------------------------------------- text


def append(value: Any, text: Any, budget: Budget) -> Any:
    """Append."""
    left, right = text_of(value), text_of(text)
    budget.characters(len(left) + len(right))
    return left + right


def prepend(value: Any, text: Any, budget: Budget) -> Any:
    """Prepend."""
    return append(text, value, budget)


def capitalize(value: Any) -> Any:
    """Capitalize: the first character that is no blank becomes upper case."""
    text = text_of(value)
    at = len(text) - len(text.lstrip())
    return text[:at] + upcase(text[at : at + 1]) + text[at + 1 :]


def downcase(value: Any) -> str:
    """Downcase."""
    return "".join(_single(one, one.lower()) for one in text_of(value))


def upcase(value: Any) -> str:
    """Upcase."""
    return "".join(_single(one, one.upper()) for one in text_of(value))


def _single(character: str, other: str) -> str:
    """.NET changes a character to one character, or not at all."""
    return other if len(other) == 1 else character


def escape(value: Any, budget: Budget) -> Any:
    """Escape and H: as HTML."""
    if value is None:
        return None
    text = text_of(value)
    budget.characters(len(text))
    escaped = html.escape(text, quote=False).replace('"', "&quot;").replace("'", "&#39;")
    budget.characters(len(escaped))
    return escaped


def lstrip(value: Any) -> str:
    """Lstrip."""
    return text_of(value).lstrip()


def rstrip(value: Any) -> str:
    """Rstrip."""
    return text_of(value).rstrip()


def strip(value: Any) -> str:
    """Strip."""
    return text_of(value).strip()


def strip_html(value: Any) -> str:
    """StripHtml: without tags, comments, scripts and styles."""
    text = text_of(value)
    pieces: list[str] = []
    missing: set[str] = set()
    at = 0
    while True:
        opened = text.find("<", at)
        if opened < 0:
            return "".join([*pieces, text[at:]])
        pieces.append(text[at:opened])
        ends = [end for start, end in _BLOCKS if end not in missing and text.startswith(start, opened)]
        closed = -1
        for end in (*ends, ">"):
            # An end that is nowhere is looked for once: a text of many beginnings costs no square.
            found = text.find(end, opened) if end not in missing else -1
            if found >= 0:
                closed = found + len(end)
                break
            missing.add(end)
        if closed < 0:
            return "".join([*pieces, text[opened:]])
        at = closed


def strip_newlines(value: Any) -> str:
    """StripNewlines."""
    return _LINE_END.sub("", text_of(value))


def newline_to_br(value: Any, budget: Budget) -> str:
    """NewlineToBr."""
    text = text_of(value)
    budget.characters(len(text) + 6 * text.count("\n"))
    return _LINE_END.sub(lambda found: f"<br />{found.group()}", text)


def remove(value: Any, text: Any) -> str:
    """Remove: every occurrence."""
    gone = text_of(text)
    return text_of(value).replace(gone, "") if gone else text_of(value)


def remove_first(value: Any, text: Any) -> str:
    """RemoveFirst."""
    return text_of(value).replace(text_of(text), "", 1)


def replace(value: Any, old: Any, new: Any = "", *, budget: Budget) -> str:
    """Replace: every occurrence of a text, which is no regular expression."""
    return _replaced(text_of(value), text_of(old), text_of(new), -1, budget)


def replace_first(value: Any, old: Any, new: Any = "", *, budget: Budget) -> str:
    """ReplaceFirst."""
    return _replaced(text_of(value), text_of(old), text_of(new), 1, budget)


def _replaced(text: str, old: str, new: str, count: int, budget: Budget) -> str:
    if not old:
        return text
    found = text.count(old) if count < 0 else 1
    budget.characters(len(text) + found * len(new))
    return text.replace(old, new, count)


def split(value: Any, separator: Any, budget: Budget) -> list[str]:
    """Split: without empty parts; by nothing, the whole is one part."""
    text, at = text_of(value), text_of(separator)
    if not at or not text.strip():
        return [text]
    budget.characters(len(text))
    parts = [part for part in text.split(at) if part]
    budget.rounds(len(parts))
    return parts


def truncate(value: Any, length: Any = 50, ending: Any = "...") -> Any:
    """Truncate: with its ending as long as the length."""
    text, most, end = text_of(value), _whole(length), text_of(ending)
    if not text or len(text) <= most:
        return text
    return text[: max(0, most - len(end))] + end


def truncate_words(value: Any, words: Any = 15, ending: Any = "...") -> Any:
    """TruncateWords."""
    text, most = text_of(value), max(1, _whole(words))
    found: list[str] = []
    for word in _WORD.finditer(text):
        if len(found) == most:
            return " ".join(found) + text_of(ending)
        found.append(word.group())
    return text


def url_decode(value: Any) -> Any:
    """UrlDecode."""
    return None if value is None else unquote_plus(text_of(value))


def url_encode(value: Any, budget: Budget) -> Any:
    """UrlEncode: a blank is `+`."""
    if value is None:
        return None
    text = text_of(value)
    budget.characters(3 * len(text.encode("utf-8", "replace")))
    # `~` is the only character that Python leaves and .NET does not.
    return quote_plus(text, safe=_SAFE, errors="replace").replace("~", "%7E")


# ---------------------------------------------------------------- arrays and either


def compact(value: Any) -> list[Any]:
    """Compact: without nulls."""
    return [one for one in _items(value) if one is not None]


def first(value: Any) -> Any:
    """First: of an array; null where there is none."""
    items = _items(value)
    return items[0] if items else None


def last(value: Any) -> Any:
    """Last."""
    items = _items(value)
    return items[-1] if items else None


def join(value: Any, between: Any = " ", *, budget: Budget) -> Any:
    """Join."""
    if not isinstance(value, (list, range, tuple)):
        return value
    budget.rounds(len(value))
    separator = text_of(between)
    budget.characters(len(value) * len(separator))
    pieces = [text_of(one) for one in value]
    budget.characters(sum(map(len, pieces)))
    return separator.join(pieces)


def map_property(value: Any, name: Any) -> list[Any]:
    """Map: a property of each item; null where an item has none."""
    return [one.get(text_of(name)) if isinstance(one, Mapping) else None for one in _items(value)]


def size(value: Any) -> int:
    """Size: of a text or an array; else 0."""
    return len(value) if isinstance(value, (str, list, range, tuple, dict)) else 0


def slice_of(value: Any, start: Any, length: Any = 1) -> Any:
    """Slice: of a text or an array; a negative start counts from the end."""
    at, count = _whole(start), _whole(length)
    whole: Any = value if isinstance(value, list) else text_of(value)
    if at < 0:
        at += len(whole)
        if at < 0:
            count += at
            at = 0
    return whole[at : at + max(0, count)]


def sort(value: Any, name: Any = None, *, budget: Budget) -> Any:
    """Sort: by value or by a property; nulls first."""
    items = _items(value)
    key = None if name is None else text_of(name)

    def by(one: Any) -> Any:
        return one.get(key) if key is not None and isinstance(one, Mapping) else one

    def order(left: Any, right: Any) -> int:
        budget.rounds()
        one, other = by(left), by(right)
        if one is None or other is None:
            return (other is None) - (one is None)
        return less(other, one) - less(one, other)

    return sorted(items, key=cmp_to_key(order))


def uniq(value: Any, budget: Budget) -> list[Any]:
    """Uniq: each value once, where it stands first."""
    found: list[Any] = []
    known: set[str] = set()
    for one in _items(value):
        budget.rounds()
        key = f"{type(one).__name__}:{text_of(one)}"
        if key not in known:
            known.add(key)
            found.append(one)
    return found


def default(value: Any, instead: Any) -> Any:
    """Default: for null, false, and text or arrays that are empty."""
    if value is None or value is False or (isinstance(value, str) and not value.strip()):
        return instead
    return instead if isinstance(value, (list, dict)) and not value else value


def date(value: Any, format: Any = None) -> Any:
    """Date: in a .NET format string; `now` and `today` are dates; what is none stays."""
    moment = _moment(value)
    pattern = text_of(format)
    if moment is None or not pattern:
        return value if moment is None else moment
    return moment.net_format(pattern)


def _moment(value: Any) -> DateTime | None:
    if isinstance(value, DateTime):
        return value
    text = text_of(value)
    if text.lower() in ("now", "today"):
        now = utc_now()
        return now if text.lower() == "now" else DateTime(now.ticks - now.ticks % 864_000_000_000, now.kind)
    try:
        return parse_date_time(text) if text and len(text) <= 100 else None
    except NetException:
        return None


FILTERS: dict[str, Callable[..., Any]] = {
    "Abs": absolute,
    "Append": append,
    "AtLeast": at_least,
    "AtMost": at_most,
    "Capitalize": capitalize,
    "Compact": compact,
    "Currency": currency,
    "Date": date,
    "Default": default,
    "DividedBy": divided_by,
    "Downcase": downcase,
    "Escape": escape,
    "First": first,
    "H": escape,
    "Join": join,
    "Last": last,
    "Lstrip": lstrip,
    "Map": map_property,
    "Minus": minus,
    "Modulo": modulo,
    "NewlineToBr": newline_to_br,
    "Plus": plus,
    "Prepend": prepend,
    "Remove": remove,
    "RemoveFirst": remove_first,
    "Replace": replace,
    "ReplaceFirst": replace_first,
    "Round": rounded,
    "Rstrip": rstrip,
    "Size": size,
    "Slice": slice_of,
    "Sort": sort,
    "Split": split,
    "Strip": strip,
    "StripHtml": strip_html,
    "StripNewlines": strip_newlines,
    "Times": times,
    "Truncate": truncate,
    "TruncateWords": truncate_words,
    "Uniq": uniq,
    "Upcase": upcase,
    "UrlDecode": url_decode,
    "UrlEncode": url_encode,
}
"""Every filter of the reference, by name; names are exact, as in C#."""
