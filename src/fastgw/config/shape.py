"""Which members a record has and what each one holds, read from the record itself.

So that a member that is added to a model is read, suggested and refused without a second list.
Must never look at a value.
"""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from fastgw.model import Record


@cache
def members(model: type[Record]) -> dict[str, Any]:
    """Annotation of each member of `model`, by the name that authors write."""
    return {str(field.alias or name): field.annotation for name, field in model.model_fields.items()}


@cache
def nested(annotation: Any) -> type[Record] | None:
    """The record that `annotation` holds, itself or in a list; None where it holds none."""
    return next(
        (leaf for leaf in _leaves(annotation) if isinstance(leaf, type) and issubclass(leaf, Record)), None
    )


@cache
def is_named(annotation: Any) -> bool:
    """Whether the records that `annotation` holds stand in a mapping, each under a name of its own."""
    origin = get_origin(annotation)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return nested(annotation) is not None
    return any(is_named(argument) for argument in get_args(annotation) if not isinstance(argument, str))


@cache
def is_text(annotation: Any) -> bool:
    """Whether a scalar there is a string whatever it looks like: `value: 1.10` is the text `1.10`.

    The alternative, resolving it first, would turn a version into a number and a country (`no`)
    into a boolean without a word.
    """
    return not any(leaf in (bool, int, float) for leaf in _leaves(annotation))


def _leaves(annotation: Any) -> Iterator[Any]:
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from _leaves(get_args(annotation)[0])
    elif origin is Literal:
        yield from (type(value) for value in get_args(annotation))
    elif origin in (Union, types.UnionType) or get_args(annotation):
        for argument in get_args(annotation):
            yield from _leaves(argument)
    else:
        yield annotation
