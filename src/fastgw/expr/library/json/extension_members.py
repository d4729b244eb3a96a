"""Newtonsoft.Json.Linq.Extensions: LINQ over tokens.

Where .NET has a type parameter for the elements, constrained to a class, that class stands here: the
interface is covariant, and without constraints a call would be ambiguous with System.Xml.Linq's extensions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from fastgw.expr.library.collections_elements import Sequence, elements
from fastgw.expr.library.json.containers import JContainer
from fastgw.expr.library.json.definitions import EXTENSIONS, PROPERTY, JEnumerable
from fastgw.expr.library.json.generic_values import value_as
from fastgw.expr.library.json.token_members import tokens_of
from fastgw.expr.library.json.tokens import JToken, JValue, known
from fastgw.expr.runtime.errors import ArgumentException
from fastgw.expr.runtime.type_tests import tester
from fastgw.expr.types import Type


def _each(source: Any, of_one: Callable[[Any], Iterable[JToken]]) -> JEnumerable:
    """What is found in each of the tokens, one after the other. Raises ArgumentNullException."""
    known(source, "source")

    def start() -> Iterator[JToken]:
        for one in elements(source):
            yield from of_one(one)

    return tokens_of(start)


def _inner(token: JToken) -> Iterable[JToken]:
    """A JValue itself, of everything else the children."""
    return (token,) if isinstance(token, JValue) else token


@EXTENSIONS.method("static IJEnumerable<JToken> Ancestors(this IEnumerable<JToken> source)")
def ancestors(source: Any) -> JEnumerable:
    """The containers that each is in."""
    return _each(source, lambda one: one.ancestors())


@EXTENSIONS.method("static IJEnumerable<JToken> AncestorsAndSelf(this IEnumerable<JToken> source)")
def ancestors_and_self(source: Any) -> JEnumerable:
    """Each, and the containers that it is in."""
    return _each(source, lambda one: (one, *one.ancestors()))


@EXTENSIONS.method("static IJEnumerable<JToken> Descendants(this IEnumerable<JContainer> source)")
def descendants(source: Any) -> JEnumerable:
    """All tokens below each."""
    return _each(source, lambda one: one.descendants(False))


@EXTENSIONS.method("static IJEnumerable<JToken> DescendantsAndSelf(this IEnumerable<JContainer> source)")
def descendants_and_self(source: Any) -> JEnumerable:
    """Each, and all tokens below it."""
    return _each(source, lambda one: one.descendants(True))


@EXTENSIONS.method("static IJEnumerable<JProperty> Properties(this IEnumerable<JObject> source)")
def properties(source: Any) -> JEnumerable:
    """The properties of each object."""
    found = _each(source, lambda one: one.properties())
    return JEnumerable(PROPERTY.type, found.start)


@EXTENSIONS.method("static IJEnumerable<JToken> Values(this IEnumerable<JToken> source, object key)")
def values_under(source: Any, key: Any) -> JEnumerable:
    """What each has under a key; with no key its children."""
    if key is None:
        return inner_values(source)

    def of_one(token: JToken) -> Iterable[JToken]:
        found = token.get_item(key)
        return () if found is None else (found,)

    return _each(source, of_one)


@EXTENSIONS.method("static IJEnumerable<JToken> Values(this IEnumerable<JToken> source)")
def inner_values(source: Any) -> JEnumerable:
    """The children of each; values stand for themselves."""
    return _each(source, _inner)


def _converted(found: JEnumerable, type: Type) -> Sequence:
    return Sequence(type, lambda: (value_as(one, type) for one in found))


@EXTENSIONS.method(
    "static IEnumerable<U> Values<U>(this IEnumerable<JToken> source, object key)", wants_types=True
)
def converted_values_under(types: tuple[Type, ...], source: Any, key: Any) -> Sequence:
    """What each has under a key, as U."""
    return _converted(values_under(source, key), types[-1])


@EXTENSIONS.method("static IEnumerable<U> Values<U>(this IEnumerable<JToken> source)", wants_types=True)
def converted_values(types: tuple[Type, ...], source: Any) -> Sequence:
    """The children of each as U; values stand for themselves."""
    return _converted(inner_values(source), types[-1])


@EXTENSIONS.method("static U Value<U>(this IEnumerable<JToken> value)", wants_types=True)
@EXTENSIONS.method("static U Value<T, U>(this IEnumerable<T> value)", wants_types=True)
def value(types: tuple[Type, ...], token: Any) -> Any:
    """The value of a token, as U. Raises ArgumentException for what is no token, and what converting does."""
    known(token, "value")
    if not isinstance(token, JToken):
        raise ArgumentException("Source value must be a JToken.")
    return value_as(token, types[-1])


@EXTENSIONS.method("static IJEnumerable<JToken> Children(this IEnumerable<JToken> source)")
def children(source: Any) -> JEnumerable:
    """The children of each."""
    return _each(source, lambda one: one if isinstance(one, JContainer) else ())


@EXTENSIONS.method("static IEnumerable<U> Children<T, U>(this IEnumerable<T> source)", wants_types=True)
def converted_children(types: tuple[Type, ...], source: Any) -> Sequence:
    """The children of each, as U."""
    return _converted(children(source), types[-1])


@EXTENSIONS.method("static IJEnumerable<JToken> AsJEnumerable(this IEnumerable<JToken> source)")
def as_tokens(source: Any) -> Any:
    """The same tokens. Raises ArgumentNullException."""
    known(source, "source")
    return source if isinstance(source, (JToken, JEnumerable)) else tokens_of(lambda: elements(source))


@EXTENSIONS.method("static IJEnumerable<T> AsJEnumerable<T>(this IEnumerable<T> source)", wants_types=True)
def as_tokens_of(types: tuple[Type, ...], source: Any) -> Any:
    """The same tokens. Raises ArgumentNullException."""
    known(source, "source")
    if isinstance(source, (JToken, JEnumerable)):
        return source
    test = tester(types[-1])
    return JEnumerable(types[-1], lambda: (one for one in elements(source) if test(one)))
