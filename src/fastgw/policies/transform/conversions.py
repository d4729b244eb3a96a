"""What json-to-xml and xml-to-json have in common: when they convert (spec/policies/transformation.md)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from fastgw._program import Message
from fastgw.compiler.expressions import Compiled
from fastgw.policies.bodies import body_of, caller_asks_for, header_of, is_bodiless
from fastgw.policies.values import now, text_now


@dataclass(frozen=True, slots=True)
class When:
    """Whether a statement converts: an empty body never, others as `apply` and the Accept header say."""

    message: Message
    apply: str | Compiled
    choices: tuple[str, str]
    """`always`, and the value of `apply` that asks for the Content-Type of what is converted."""
    consider_accept: bool | Compiled
    is_source: Callable[[str | None], bool]
    is_result: Callable[[str | None], bool]

    def __call__(self, exchange: Any) -> bool:
        """Raises ValueError where an expression gives another `apply`."""
        always, by_type = self.choices
        apply = text_now(self.apply, exchange).strip()
        if apply not in self.choices:
            raise ValueError(f"apply must be {always} or {by_type}, not '{apply[:80]}'.")
        content_type = header_of(self.message, exchange, b"content-type")
        if apply == by_type and not self.is_source(content_type):
            return False
        if now(self.consider_accept, exchange) and not caller_asks_for(exchange, self.is_result):
            return False
        # Asked only where GET would get another body: else the length that is there is right.
        return not is_bodiless(self.message, exchange) and bool(body_of(self.message, exchange))
