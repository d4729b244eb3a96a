"""Tuple literals before they are converted: `(1, null)` has no type of its own, but becomes (int, string)."""

from __future__ import annotations

from dataclasses import dataclass

from fastgw.expr import bound
from fastgw.expr.binder import conversions
from fastgw.expr.binder.operands import Untyped, faulty
from fastgw.expr.binder.session import Session
from fastgw.expr.types import NullableType, SpecialType, TupleType, Type


@dataclass(frozen=True, slots=True, eq=False)
class TupleLiteral(Untyped):
    """`(a, b)`: its parts as operands, and the names that were given or follow from them."""

    session: Session
    parts: tuple[bound.Expr, ...]
    names: tuple[str | None, ...]

    def natural(self) -> Type | None:
        """The tuple type of the parts, None where one has no type."""
        types: list[Type] = []
        for part in self.parts:
            type = part.natural() if isinstance(part, Untyped) else part.type
            if type is None or isinstance(type, SpecialType):
                return None
            types.append(type)
        return TupleType(tuple(types), self.names)

    def converts(self, target: Type) -> bool:
        """Whether every part converts to its element of the target; or the tuple itself does."""
        elements = self._elements(target)
        if elements is not None:
            return all(
                conversions.implicit(part, type) is not None
                for part, type in zip(self.parts, elements, strict=True)
            )
        natural = self.natural()
        return natural is not None and conversions.exists(natural, target)

    def converted(self, target: Type) -> bound.Expr:
        """The tuple with each part converted on its own."""
        elements = self._elements(target)
        if elements is not None:
            values = tuple(
                conversions.convert(self.session, part, type)
                for part, type in zip(self.parts, elements, strict=True)
            )
            inner = target.element if isinstance(target, NullableType) else target
            made: bound.Expr = bound.NewTuple(inner, self.start, self.end, values)
            if inner is not target:
                made = bound.Convert(target, self.start, self.end, "none", made)
            return made
        natural = self.natural()
        if natural is None:
            message = f"Cannot implicitly convert type '{self.text()}' to '{target}'"
            self.session.report("CS0029", message, self.start)
            return faulty(self.start, self.end)
        return conversions.convert(self.session, self.converted(natural), target)

    def text(self) -> str:
        """The type as far as it has one: `(int, <null>)`."""
        return f"({', '.join(conversions.describe(part) for part in self.parts)})"

    def _elements(self, target: Type) -> tuple[Type, ...] | None:
        inner = target.element if isinstance(target, NullableType) else target
        if isinstance(inner, TupleType) and len(inner.elements) == len(self.parts):
            return inner.elements
        return None
