"""A named value, which policies use as {{name}}.

Must never show its value in its repr.
"""

from __future__ import annotations

from typing import Annotated, Any, Final

from pydantic import Field, field_validator, model_validator

from fastgw.model.key_vault import KeyVaultSecret
from fastgw.model.record import Record, named_after_id, refusal
from fastgw.model.types import NAMED_VALUE_PATTERN, Flag, LongId

LONGEST_VALUE: Final = 4096
"""Characters that a value may have, wherever it comes from (spec/management-api.md section 14.11)."""


class NamedValue(Record):
    """A named value (spec/management-api.md section 14.11)."""

    id: LongId
    """The name of the entity."""

    display_name: Annotated[str, Field(min_length=1, max_length=256, pattern=NAMED_VALUE_PATTERN)] = ""
    """The name in {{...}}; the id where it is absent."""

    value: Annotated[str, Field(min_length=1, max_length=LONGEST_VALUE)] = Field(default="", repr=False)
    """The text that replaces {{...}}; it may hold policy expressions. Required without `keyVault`."""

    secret: Flag = False
    """Whether the value is never shown."""

    tags: tuple[str, ...] = Field(default=(), max_length=32)
    """Words to find it by."""

    key_vault: KeyVaultSecret | None = None
    """The secret of a key vault that holds the value, which is never shown then."""

    @property
    def is_unread(self) -> bool:
        """Whether it lives in a key vault that nobody has asked yet."""
        return self.key_vault is not None and not self.value

    @model_validator(mode="before")
    @classmethod
    def _fill(cls, data: Any) -> Any:
        if isinstance(data, dict):
            held = data.get("keyVault", data.get("key_vault")) is not None
            if held and "value" in data:
                raise refusal((("keyVault",), "and `value` exclude each other; remove one of them"))
            if not held and "value" not in data:
                raise refusal((("value",), "is required, or `keyVault`"))
            if held:
                # Section 14.11: it implies secret.
                data = {**data, "secret": True}
        return named_after_id(data)

    @field_validator("value")
    @classmethod
    def _not_blank(cls, value: str) -> str:
        if not value.strip():
            raise ValueError("may not be blank")
        return value
