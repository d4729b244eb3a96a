"""A named value, which policies use as {{name}}.

Must never show its value in its repr.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, field_validator, model_validator

from fastgw.model.record import Record, named_after_id
from fastgw.model.types import NAMED_VALUE_PATTERN, Flag, LongId


class NamedValue(Record):
    """A named value (spec/management-api.md section 14.11)."""

    id: LongId
    """The name of the entity."""

    display_name: Annotated[str, Field(min_length=1, max_length=256, pattern=NAMED_VALUE_PATTERN)] = ""
    """The name in {{...}}; the id where it is absent."""

    value: Annotated[str, Field(min_length=1, max_length=4096)] = Field(repr=False)
    """The text that replaces {{...}}; it may hold policy expressions."""

    secret: Flag = False
    """Whether the value is never shown."""

    tags: tuple[str, ...] = Field(default=(), max_length=32)
    """Words to find it by."""

    @model_validator(mode="before")
    @classmethod
    def _fill(cls, data: Any) -> Any:
        return named_after_id(data)

    @field_validator("value")
    @classmethod
    def _not_blank(cls, value: str) -> str:
        if not value.strip():
            raise ValueError("may not be blank")
        return value
