"""Members of IComparable, IEquatable and IFormattable, for values whose static type is the interface.

IConvertible and IFormatProvider have no members here: nothing that expressions can name takes their place.
"""

from __future__ import annotations

from typing import Any

from fastgw.expr.library.collections_enumerators import Enumerator
from fastgw.expr.library.core import CHAR, COMPARABLE, COMPARABLE_TO, EQUATABLE, FORMATTABLE, STRING
from fastgw.expr.library.formatting import format_value
from fastgw.expr.runtime.objects import compare, equals


@COMPARABLE.method("int CompareTo(object obj)")
@COMPARABLE_TO.method("int CompareTo(T other)")
def compare_to(this: Any, other: Any) -> int:
    """The order of both; null comes first. Raises ArgumentException for another type."""
    return 1 if other is None else compare(this, other)


EQUATABLE.method("bool Equals(T other)")(equals)


@FORMATTABLE.method("string ToString(string format, IFormatProvider formatProvider)")
def to_string(this: Any, format: str | None, _provider: Any) -> str:
    """ToString(format) in the invariant culture. Raises FormatException."""
    return format_value(this, format)


@STRING.method("IEnumerator<char> GetEnumerator()")
def get_enumerator(this: str) -> Enumerator:
    """An enumerator of the characters."""
    return Enumerator(CHAR.type, this)
