"""Enumerable: ToArray, ToList, ToHashSet and ToDictionary."""

from __future__ import annotations

from typing import Any

from fastgw.expr.library.arrays import AnyArray, new_array
from fastgw.expr.library.collections_dictionary import Dictionary
from fastgw.expr.library.collections_elements import collect, elements
from fastgw.expr.library.collections_hash_set import HashSet, new_set_of_by
from fastgw.expr.library.collections_list import List
from fastgw.expr.library.enumerable import ENUMERABLE, Function, Types, missing


@ENUMERABLE.method("TSource[] ToArray<TSource>(this IEnumerable<TSource> source)", wants_types=True)
def to_array(types: Types, source: Any) -> AnyArray:
    """A new array."""
    if source is None:
        raise missing(source=source)
    return new_array(types[0], collect(source))


@ENUMERABLE.method("List<TSource> ToList<TSource>(this IEnumerable<TSource> source)", wants_types=True)
def to_list(types: Types, source: Any) -> List:
    """A new list."""
    if source is None:
        raise missing(source=source)
    return List(types[0], collect(source))


def to_hash_set(types: Types, source: Any, comparer: Any = None) -> HashSet:
    """A new set."""
    if source is None:
        raise missing(source=source)
    return new_set_of_by(types, source, comparer)


def to_dictionary(
    types: Types, source: Any, key_selector: Function | None, comparer: Any = None
) -> Dictionary:
    """The elements by their keys. Raises ArgumentException for a key that comes twice."""
    if source is None or key_selector is None:
        raise missing(source=source, key_selector=key_selector)
    made = Dictionary((types[1], types[0]), comparer)
    for item in elements(source):
        made.net_add_item(key_selector(item), item)
    return made


def to_dictionary_of(
    types: Types,
    source: Any,
    key_selector: Function | None,
    element_selector: Function | None,
    comparer: Any = None,
) -> Dictionary:
    """The same of what is made of the elements."""
    if source is None or key_selector is None or element_selector is None:
        raise missing(source=source, key_selector=key_selector, element_selector=element_selector)
    made = Dictionary((types[1], types[2]), comparer)
    for item in elements(source):
        made.net_add_item(key_selector(item), element_selector(item))
    return made


for _head, _key, _function in (
    ("HashSet<TSource> ToHashSet<TSource>(this IEnumerable<TSource> source", "TSource", to_hash_set),
    (
        "Dictionary<TKey, TSource> ToDictionary<TSource, TKey>("
        "this IEnumerable<TSource> source, Func<TSource, TKey> keySelector",
        "TKey",
        to_dictionary,
    ),
    (
        "Dictionary<TKey, TElement> ToDictionary<TSource, TKey, TElement>(this IEnumerable<TSource> source, "
        "Func<TSource, TKey> keySelector, Func<TSource, TElement> elementSelector",
        "TKey",
        to_dictionary_of,
    ),
):
    ENUMERABLE.method(f"{_head})", wants_types=True)(_function)
    ENUMERABLE.method(f"{_head}, IEqualityComparer<{_key}> comparer)", wants_types=True)(_function)
