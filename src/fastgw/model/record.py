"""The base of every entity record.

Must never hold behaviour of one kind, and never let a record be changed after it was built.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError
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


def refusal(*found: tuple[tuple[str | int, ...], str]) -> ValidationError:
    """What a validator raises to say each of its findings at its own place.

    A finding is a path below the validated member, in the names of the contracts, and a sentence about
    the member there that never repeats its value.
    """
    lines = [
        InitErrorDetails(type="value_error", loc=path, input=None, ctx={"error": ValueError(said)})
        for path, said in found
    ]
    return ValidationError.from_exception_data("findings", lines, hide_input=True)


def refuse_repeats(keys: Iterable[Hashable], member: str, said: str) -> None:
    """Refuse every entry of a list whose key an earlier entry has; for validators of the list.

    Each finding stands at `member` of its entry; in `said`, {} becomes the index of the earlier one.
    """
    first: dict[Hashable, int] = {}
    found = []
    for index, key in enumerate(keys):
        earlier = first.setdefault(key, index)
        if earlier != index:
            found.append(((index, member), said.format(earlier)))
    if found:
        raise refusal(*found)


def named_after_id(data: Any) -> Any:
    """For a "before" validator: `displayName` is the id where the author gave none."""
    if not isinstance(data, dict) or "displayName" in data or "display_name" in data:
        return data
    if not isinstance(data.get("id"), str):
        return data
    return {**data, "displayName": data["id"]}
