"""Members of the dictionaries of `context`, and what the gateway adds to dictionaries in general."""

from __future__ import annotations

from typing import Any

from fastgw.expr.library.collections_protocol import MISSING, key_null
from fastgw.expr.library.context.dictionaries import (
    CERTIFICATES,
    FIELDS,
    PARAMETERS,
    VARIABLES,
    Headers,
    NamedValues,
    Parameters,
    TextLists,
    Variables,
)
from fastgw.expr.library.declare import define
from fastgw.expr.runtime.casts import cast
from fastgw.expr.runtime.defaults import default_of
from fastgw.expr.types import Type

# Extension methods of the gateway itself (spec/expressions.md section 7); a name that no policy writes.
HELPERS = define("GatewayExtensions", "static")


@FIELDS.method("string GetValueOrDefault(string key, string defaultValue = null)")
def field_or_default(this: Headers | TextLists, key: str | None, default: str | None) -> str | None:
    """All values joined by a comma, or the default (spec/expressions.md section 6.4)."""
    if key is None:
        raise key_null()
    return this.joined(key, default)


@PARAMETERS.method("string GetValueOrDefault(string key, string defaultValue = null)")
def parameter_or_default(this: Parameters, key: str | None, default: str | None) -> str | None:
    """The value, or the default."""
    found: str | None = this.net_get(key, default)
    return found


@VARIABLES.method("T GetValueOrDefault<T>(string name)", wants_types=True)
def variable_as(types: tuple[Type, ...], this: Variables, name: str | None) -> Any:
    """The variable cast to T; the default of T where there is none. Raises InvalidCastException."""
    value = this.net_get(name, MISSING)
    return default_of(types[-1]) if value is MISSING else _cast(value, types[-1])


@VARIABLES.method("T GetValueOrDefault<T>(string name, T defaultValue)", wants_types=True)
def variable_or(types: tuple[Type, ...], this: Variables, name: str | None, default: Any) -> Any:
    """The variable cast to T, or the default where there is none. Raises InvalidCastException."""
    value = this.net_get(name, MISSING)
    return default if value is MISSING else _cast(value, types[-1])


def _cast(value: Any, type: Type) -> Any:
    # A stored null is returned as it is, whatever T.
    return None if value is None else cast(value, type)


@VARIABLES.method("object GetValueOrDefault(string name)")
def variable_or_null(this: Variables, name: str | None) -> Any:
    """The variable, or null."""
    return this.net_item(name)


@VARIABLES.indexer("object this[string key]")
@FIELDS.indexer("string[] this[string key]")
@PARAMETERS.indexer("string this[string key]")
@CERTIFICATES.indexer("X509Certificate2 this[string key]")
def item(this: NamedValues, key: str | None) -> Any:
    """The value. Raises KeyNotFoundException, but for a variable: that is null."""
    return this.net_item(key)


@VARIABLES.method("bool ContainsKey(string key)")
@FIELDS.method("bool ContainsKey(string key)")
@PARAMETERS.method("bool ContainsKey(string key)")
@CERTIFICATES.method("bool ContainsKey(string key)")
def contains_key(this: NamedValues, key: str | None) -> bool:
    """Whether the key is there. Raises ArgumentNullException."""
    return this.net_get(key, MISSING) is not MISSING


@HELPERS.method(
    "string GetValueOrDefault(this IReadOnlyDictionary<string, string[]> source, string key,"
    " string defaultValue = null)"
)
def joined_or_default(source: Any, key: str | None, default: str | None) -> str | None:
    """All texts of a key joined by a comma, or the default."""
    if key is None:
        raise key_null()
    if isinstance(source, (Headers, TextLists)):
        return source.joined(key, default)
    found = source.net_get(key, MISSING)
    return default if found is MISSING else ",".join(found)


@HELPERS.method(
    "TValue GetValueOrDefault<TKey, TValue>(this IReadOnlyDictionary<TKey, TValue> source, TKey key)",
    wants_types=True,
)
def value_or_default(types: tuple[Type, ...], source: Any, key: Any) -> Any:
    """The value of a key, or the default of its type."""
    value = source.net_get(key, MISSING)
    return default_of(types[-1]) if value is MISSING else value


@HELPERS.method(
    "TValue GetValueOrDefault<TKey, TValue>(this IReadOnlyDictionary<TKey, TValue> source, TKey key,"
    " TValue defaultValue)"
)
def value_or(source: Any, key: Any, default: Any) -> Any:
    """The value of a key, or the default."""
    return source.net_get(key, default)


@HELPERS.method(
    "string GetValueOrDefault(this IDictionary<string, string> source, string key,"
    " string defaultValue = null)"
)
def text_or_default(source: Any, key: str | None, default: str | None) -> str | None:
    """The value of a key, or the default; production policies call it on deserialised dictionaries."""
    found: str | None = source.net_get(key, default)
    return found
