"""The read-only dictionaries of `context`: headers, query, claims, parameters, certificates, variables.

Each class knows how to look a name up. What C# sees are interfaces of their own, derived from
IReadOnlyDictionary, so that a look-up is one call (spec/expressions.md section 6.4).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fastgw.expr.library.collections_protocol import ReadOnlyDictionary, key_null
from fastgw.expr.library.context.messages import FieldsView, VariablesView
from fastgw.expr.library.declare import Declared, define, type_of_text
from fastgw.expr.library.key_value_pair import KeyValuePair
from fastgw.expr.runtime.values import Array
from fastgw.expr.types import NamedType, Type

STRING = type_of_text("string")
STRINGS = type_of_text("string[]")

FIELDS = define("IFields", "interface", interfaces=("IReadOnlyDictionary<string, string[]>",))
PARAMETERS = define("IParameters", "interface", interfaces=("IReadOnlyDictionary<string, string>",))
CERTIFICATES = define(
    "ICertificates", "interface", interfaces=("IReadOnlyDictionary<string, X509Certificate2>",)
)
VARIABLES = define("IVariables", "interface", interfaces=("IReadOnlyDictionary<string, object>",))


class NamedValues(ReadOnlyDictionary):
    """A dictionary by text; subclasses give `look_up`, `names` and what they are for C#."""

    __slots__ = ()
    declared: Declared

    def look_up(self, key: str, default: Any) -> Any:
        """The value of a key, or `default`."""
        raise TypeError(f"{type(self).__name__} leaves this to its subclasses")

    def names(self) -> list[str]:
        """The keys, in order."""
        raise TypeError(f"{type(self).__name__} leaves this to its subclasses")

    def net_get(self, key: str | None, default: Any) -> Any:
        """The value of a key, or `default`. Raises ArgumentNullException."""
        if key is None:
            raise key_null()
        return self.look_up(key, default)

    def net_type(self) -> NamedType:
        """The interface."""
        return self.declared.type

    def net_pair_types(self) -> tuple[Type, Type]:
        """The arguments of the IReadOnlyDictionary."""
        base = self.declared.definition.interfaces[0]
        if not isinstance(base, NamedType):
            raise TypeError(f"{base} is no dictionary")
        key, value = base.arguments
        return key, value

    def __len__(self) -> int:
        return len(self.names())

    def __iter__(self) -> Iterator[Any]:
        types = self.net_pair_types()
        return iter([KeyValuePair(name, self.look_up(name, None), types) for name in self.names()])


class TextLists(NamedValues):
    """Names with one text or several, such as claims. `lists` is by exact name."""

    __slots__ = ("lists",)
    declared = FIELDS

    def __init__(self, lists: dict[str, list[str]]) -> None:
        self.lists = lists

    def look_up(self, key: str, default: Any) -> Any:
        """The texts as a string[]."""
        found = self.lists.get(key)
        return default if found is None else Array(STRING, list(found))

    def joined(self, key: str, default: str | None) -> str | None:
        """The texts joined by a comma, or the default."""
        found = self.lists.get(key)
        return default if found is None else ",".join(found)

    def names(self) -> list[str]:
        """The names."""
        return list(self.lists)


class QueryValues(TextLists):
    """Query parameters: names in any case (spec/expressions.md section 16)."""

    __slots__ = ()

    def _exact(self, key: str) -> str:
        if key in self.lists:
            return key
        folded = key.lower()
        return next((name for name in self.lists if name.lower() == folded), key)

    def look_up(self, key: str, default: Any) -> Any:
        """The texts as a string[]."""
        return super().look_up(self._exact(key), default)

    def joined(self, key: str, default: str | None) -> str | None:
        """The texts joined by a comma, or the default."""
        return super().joined(self._exact(key), default)


class Headers(FieldsView, NamedValues):
    """The header fields of a message: names in any case."""

    __slots__ = ()
    declared = FIELDS

    def look_up(self, key: str, default: Any) -> Any:
        """The values as a string[]."""
        found = self.values(key)
        return default if found is None else Array(STRING, found)


class Parameters(NamedValues):
    """MatchedParameters: one text for each name."""

    __slots__ = ("texts",)
    declared = PARAMETERS

    def __init__(self, texts: dict[str, str]) -> None:
        self.texts = texts

    def look_up(self, key: str, default: Any) -> Any:
        """The text."""
        return self.texts.get(key, default)

    def names(self) -> list[str]:
        """The names."""
        return list(self.texts)


class Certificates(NamedValues):
    """Certificates by id."""

    __slots__ = ("certificates",)
    declared = CERTIFICATES

    def __init__(self, certificates: dict[str, Any]) -> None:
        self.certificates = certificates

    def look_up(self, key: str, default: Any) -> Any:
        """The X509Certificate2."""
        return self.certificates.get(key, default)

    def names(self) -> list[str]:
        """The ids."""
        return list(self.certificates)


class Variables(VariablesView, NamedValues):
    """The context's variables. The indexer gives null for a missing one (spec/expressions.md section 16)."""

    __slots__ = ()
    declared = VARIABLES

    def look_up(self, key: str, default: Any) -> Any:
        """The value."""
        known = self.exchange.variables
        return default if known is None else known.get(key, default)

    def net_item(self, key: str | None) -> Any:
        """The value, or null. Raises ArgumentNullException."""
        if key is None:
            raise key_null()
        return self.get(key)

    def names(self) -> list[str]:
        """The names."""
        return list(self.exchange.variables or ())


class Objects(NamedValues):
    """Values of any type by exact name, such as the claims of an Authorization."""

    __slots__ = ("objects",)
    declared = VARIABLES

    def __init__(self, objects: dict[str, Any]) -> None:
        self.objects = objects

    def look_up(self, key: str, default: Any) -> Any:
        """The value."""
        return self.objects.get(key, default)

    def names(self) -> list[str]:
        """The names."""
        return list(self.objects)
