"""System.StringComparer: the six kinds of StringComparison as comparers for collections and sorting."""

from __future__ import annotations

from typing import Any

from fastgw.expr.library.collections_protocol import Comparer, EqualityComparer
from fastgw.expr.library.declare import define
from fastgw.expr.library.string_search import (
    CULTURE,
    CULTURE_IGNORE_CASE,
    ORDINAL,
    ORDINAL_IGNORE_CASE,
    Rules,
    rules_of,
)
from fastgw.expr.library.strings import compare_by_rules
from fastgw.expr.runtime.errors import ArgumentNullException
from fastgw.expr.runtime.objects import compare, equals, hash_of
from fastgw.expr.runtime.values import EnumValue
from fastgw.expr.types import NamedType, Type


class StringComparer(Comparer, EqualityComparer):
    """A StringComparer; see collections_protocol.py for how collections use it."""

    __slots__ = ("rules",)

    def __init__(self, rules: Rules) -> None:
        self.rules = rules

    def compare(self, a: Any, b: Any) -> int:
        """Negative, 0 or positive; null comes first. Other values than strings have their own order."""
        if (a is None or type(a) is str) and (b is None or type(b) is str):
            return compare_by_rules(a, b, self.rules)
        return compare(a, b)

    def equals(self, a: Any, b: Any) -> bool:
        """Whether both are equal, or both null."""
        if type(a) is str and type(b) is str:
            return self.rules.equals(a, b)
        return equals(a, b)

    def hash(self, a: Any) -> int:
        """The same for equal strings. Raises ArgumentNullException."""
        if a is None:
            raise ArgumentNullException(parameter="obj")
        return hash_of(self.rules.key(a) if type(a) is str else a)

    def key(self, a: Any) -> Any:
        """A Python dict key that equal strings have in common; null gives None."""
        return None if a is None else self.rules.key(a)

    def net_type(self) -> Type:
        """System.StringComparer."""
        return NamedType(STRING_COMPARER.definition)


STRING_COMPARER = define(
    "System.StringComparer",
    "class",
    interfaces=("IComparer<string>", "IEqualityComparer<string>"),
    python=(StringComparer,),
)

_CULTURE, _CULTURE_IGNORE_CASE = StringComparer(CULTURE), StringComparer(CULTURE_IGNORE_CASE)
_ORDINAL, _ORDINAL_IGNORE_CASE = StringComparer(ORDINAL), StringComparer(ORDINAL_IGNORE_CASE)

STRING_COMPARER.value("StringComparer CurrentCulture", _CULTURE)
STRING_COMPARER.value("StringComparer CurrentCultureIgnoreCase", _CULTURE_IGNORE_CASE)
STRING_COMPARER.value("StringComparer InvariantCulture", _CULTURE)
STRING_COMPARER.value("StringComparer InvariantCultureIgnoreCase", _CULTURE_IGNORE_CASE)
STRING_COMPARER.value("StringComparer Ordinal", _ORDINAL)
STRING_COMPARER.value("StringComparer OrdinalIgnoreCase", _ORDINAL_IGNORE_CASE)

STRING_COMPARER.method("int Compare(object x, object y)")(StringComparer.compare)
STRING_COMPARER.method("int Compare(string x, string y)")(StringComparer.compare)
STRING_COMPARER.method("bool Equals(object x, object y)")(StringComparer.equals)
STRING_COMPARER.method("bool Equals(string x, string y)")(StringComparer.equals)
STRING_COMPARER.method("int GetHashCode(object obj)")(StringComparer.hash)
STRING_COMPARER.method("int GetHashCode(string obj)")(StringComparer.hash)


@STRING_COMPARER.method("static StringComparer FromComparison(StringComparison comparisonType)")
def from_comparison(comparison: EnumValue) -> StringComparer:
    """The comparer of a StringComparison. Raises ArgumentException."""
    return StringComparer(rules_of(comparison))
