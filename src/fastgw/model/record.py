"""The base of every entity record.

Must never hold behaviour of one kind, and never let a record be changed after it was built.
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


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


def named_after_id(data: Any) -> Any:
    """For a "before" validator: `displayName` is the id where the author gave none."""
    if not isinstance(data, dict) or "displayName" in data or "display_name" in data:
        return data
    if not isinstance(data.get("id"), str):
        return data
    return {**data, "displayName": data["id"]}
