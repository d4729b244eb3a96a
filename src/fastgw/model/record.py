"""The base of every entity record.

Must never hold behaviour of one kind, and never let a record be changed after it was built.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError, ValidatorFunctionWrapHandler
from pydantic.alias_generators import to_camel
from pydantic_core import InitErrorDetails


class Record(BaseModel):
    """A frozen record whose aliases are the member names of the ARM contracts.

    Unknown members are refused. Errors of pydantic never repeat the input, because the input
    may be a secret.
    """

    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
        use_attribute_docstrings=True,
    )


def refusal(
    *found: tuple[tuple[str | int, ...], str], also: ValidationError | None = None
) -> ValidationError:
    """What a validator raises to say each of its findings at its own place, and those of `also`.

    A finding is a path below the validated member, in the names of the contracts, and a sentence about
    the member there that never repeats its value.
    """
    lines = [
        InitErrorDetails(type="value_error", loc=path, input=None, ctx={"error": ValueError(said)})
        for path, said in found
    ]
    for other in also.errors(include_url=False) if also else ():
        lines.append(
            InitErrorDetails(
                type=other["type"], loc=other["loc"], input=other["input"], ctx=other.get("ctx", {})
            )
        )
    return ValidationError.from_exception_data("findings", lines, hide_input=True)


def distinct(
    value: Any,
    handler: ValidatorFunctionWrapHandler,
    member: str,
    key: Callable[[Any], Hashable | None],
    said: str,
) -> Any:
    """What `handler` makes of a list in which no two entries have the same key; for "wrap" validators.

    `key` is given `member` of an entry as it was written, None where it is absent; None from it is the key
    of nobody. Repeats are refused together with whatever else is wrong with the entries: each stands at
    `member` of its entry, and in `said`, {} becomes the index of the earlier one.
    """
    first: dict[Hashable, int] = {}
    repeats = []
    for index, entry in enumerate(value if isinstance(value, (list, tuple)) else ()):
        found = key(entry.get(member) if isinstance(entry, Mapping) else getattr(entry, member, None))
        earlier = index if found is None else first.setdefault(found, index)
        if earlier != index:
            repeats.append(((index, member), said.format(earlier)))
    try:
        made = handler(value)
    except ValidationError as error:
        raise refusal(*repeats, also=error) from None
    if repeats:
        raise refusal(*repeats)
    return made


def named_after_id(data: Any) -> Any:
    """For a "before" validator: `displayName` is the id where the author gave none."""
    if not isinstance(data, dict) or "displayName" in data or "display_name" in data:
        return data
    if not isinstance(data.get("id"), str):
        return data
    return {**data, "displayName": data["id"]}
