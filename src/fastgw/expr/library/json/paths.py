"""JSONPath as Json.NET has it: the steps of a path, and what they select (JsonPath of Json.NET 13).

A path is a tuple of steps; each takes tokens and gives tokens. Parsing is in path_parsing.py, what stands in
`[?( )]` in path_queries.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastgw.expr.library.json.containers import JArray, JConstructor, JContainer
from fastgw.expr.library.json.objects import JObject, JProperty
from fastgw.expr.library.json.tokens import JToken
from fastgw.expr.runtime.errors import JsonException
from fastgw.expr.runtime.meter import meter

if TYPE_CHECKING:
    from fastgw.expr.library.json.path_queries import Query


class Step:
    """One step. `strict` is errorWhenNoMatch: then JsonException is raised where a step finds nothing."""

    __slots__ = ()

    def select(self, root: JToken, current: Iterable[JToken], strict: bool) -> Iterator[JToken]:
        """What the step finds in each of the tokens. Raises JsonException."""
        for token in current:
            meter.spend()
            yield from self.of(root, token, strict)

    def of(self, root: JToken, token: JToken, strict: bool) -> Iterable[JToken]:
        """What the step finds in one token."""
        raise TypeError("a step says what it selects")


Path = tuple[Step, ...]


def evaluate(path: Path, root: JToken, token: JToken, strict: bool = False) -> Iterator[JToken]:
    """The tokens that a path leads to, lazily. Raises JsonException."""
    current: Iterator[JToken] = iter((token,))
    for step in path:
        current = step.select(root, current, strict)
    return current


def select_one(path: Path, token: JToken, strict: bool) -> JToken | None:
    """SelectToken: the one token that a path leads to, or None. Raises JsonException for several."""
    found = None
    for one in evaluate(path, token, token, strict):
        if found is not None:
            raise JsonException("Path returned multiple tokens.")
        found = one
    return found


@dataclass(frozen=True, slots=True)
class Root(Step):
    """`$` inside a query."""

    def of(self, root: JToken, token: JToken, strict: bool) -> Iterable[JToken]:
        """The root."""
        return (root,)


@dataclass(frozen=True, slots=True)
class Field(Step):
    """`.name`, or `.*` (None)."""

    name: str | None

    def of(self, root: JToken, token: JToken, strict: bool) -> Iterable[JToken]:
        """The value of a property, or all values of an object."""
        if not isinstance(token, JObject):
            if strict:
                raise JsonException(f"Property '{self.name or '*'}' not valid on {token.simple_name}.")
            return ()
        if self.name is None:
            return (one.value for one in token if isinstance(one, JProperty))
        found = token.value_of(self.name)
        if found is None:
            if strict:
                raise JsonException(f"Property '{self.name}' does not exist on JObject.")
            return ()
        return (found,)


@dataclass(frozen=True, slots=True)
class Fields(Step):
    """`['a', 'b']`."""

    names: tuple[str, ...]

    def of(self, root: JToken, token: JToken, strict: bool) -> Iterable[JToken]:
        """The values of the properties that are there; strict, only the first one is asked for."""
        if not isinstance(token, JObject):
            if strict:
                shown = ", ".join(f"'{name}'" for name in self.names)
                raise JsonException(f"Properties {shown} not valid on {token.simple_name}.")
            return
        for name in self.names:
            found = token.value_of(name)
            if found is not None:
                yield found
            if strict:
                raise JsonException(f"Property '{name}' does not exist on JObject.")


def _at(token: JToken, index: int, strict: bool) -> Iterable[JToken]:
    if isinstance(token, (JArray, JConstructor)):
        if index < len(token):
            return (token.get(index),)
        if strict:
            raise JsonException(f"Index {index} outside the bounds of {token.simple_name}.")
    elif strict:
        raise JsonException(f"Index {index} not valid on {token.simple_name}.")
    return ()


@dataclass(frozen=True, slots=True)
class Index(Step):
    """`[0]`, or `[*]` (None). A negative index raises ArgumentOutOfRangeException, as in Json.NET."""

    index: int | None

    def of(self, root: JToken, token: JToken, strict: bool) -> Iterable[JToken]:
        """An item of an array, or all of them."""
        if self.index is not None:
            return _at(token, self.index, strict)
        if isinstance(token, (JArray, JConstructor)):
            return token
        if strict:
            raise JsonException(f"Index * not valid on {token.simple_name}.")
        return ()


@dataclass(frozen=True, slots=True)
class Indexes(Step):
    """`[0, 2]`."""

    indexes: tuple[int, ...]

    def of(self, root: JToken, token: JToken, strict: bool) -> Iterable[JToken]:
        """Some items of an array."""
        for index in self.indexes:
            yield from _at(token, index, strict)


@dataclass(frozen=True, slots=True)
class Slice(Step):
    """`[start:end:step]`; each may be missing."""

    start: int | None
    end: int | None
    step: int | None

    def of(self, root: JToken, token: JToken, strict: bool) -> Iterable[JToken]:
        """The items of an array in a range."""
        if self.step == 0:
            raise JsonException("Step cannot be zero.")
        if not isinstance(token, JArray):
            if strict:
                raise JsonException(f"Array slice is not valid on {token.simple_name}.")
            return
        places = self._places(len(token))
        if not places and strict:
            start = "*" if self.start is None else self.start
            end = "*" if self.end is None else self.end
            raise JsonException(f"Array slice of {start} to {end} returned no results.")
        for at in places:
            meter.spend()
            yield token.get(at)

    def _places(self, count: int) -> range:
        step = 1 if self.step is None else self.step
        forward = step > 0
        start = self.start if self.start is not None else 0 if forward else count - 1
        end = self.end if self.end is not None else count if forward else -1
        if self.start is not None and self.start < 0:
            start += count
        if self.end is not None and self.end < 0:
            end += count
        start = min(max(start, 0), count) if forward else min(start, count - 1)
        return range(start, min(max(end, -1), count), step)


def _below(token: JToken) -> Iterator[JToken]:
    return token.descendants(False) if isinstance(token, JContainer) else iter(())


@dataclass(frozen=True, slots=True)
class Scan(Step):
    """`..name`, or `..*` (None)."""

    name: str | None

    def of(self, root: JToken, token: JToken, strict: bool) -> Iterable[JToken]:
        """The values of all properties of that name below a token; or everything, itself first."""
        if self.name is None:
            yield token
        for one in _below(token):
            if not isinstance(one, JProperty):
                if self.name is None:
                    yield one
            elif one.name == self.name:
                yield one.value


@dataclass(frozen=True, slots=True)
class ScanFields(Step):
    """`..['a', 'b']`."""

    names: tuple[str, ...]

    def of(self, root: JToken, token: JToken, strict: bool) -> Iterable[JToken]:
        """The values of all properties of these names below a token."""
        for one in _below(token):
            if isinstance(one, JProperty):
                for name in self.names:
                    if one.name == name:
                        yield one.value


@dataclass(frozen=True, slots=True)
class Filter(Step):
    """`[?( )]`: of the children, those for which the query holds."""

    query: Query

    def of(self, root: JToken, token: JToken, strict: bool) -> Iterable[JToken]:
        """The children that match; those of an object are its properties."""
        return (one for one in token if self.query.matches(root, one))


@dataclass(frozen=True, slots=True)
class ScanFilter(Step):
    """`..[?( )]`: of a token and all below it, those for which the query holds."""

    query: Query

    def of(self, root: JToken, token: JToken, strict: bool) -> Iterable[JToken]:
        """The tokens that match."""
        every = token.descendants(True) if isinstance(token, JContainer) else (token,)
        return (one for one in every if self.query.matches(root, one))
