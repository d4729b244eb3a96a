"""Method groups: the methods that a name stands for, called or converted to a delegate (C# 12.2, 10.8)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from fastgw.expr import bound
from fastgw.expr.binder import overloads
from fastgw.expr.binder.members import Candidate, extensions_of, invoke_of, type_arguments
from fastgw.expr.binder.operands import Argument, Function, faulty
from fastgw.expr.binder.overloads import Form
from fastgw.expr.binder.relations import covariant
from fastgw.expr.binder.session import Session
from fastgw.expr.types import VOID, Method, Type


@dataclass(frozen=True, slots=True, eq=False)
class MethodGroup(Function):
    """`a.F`, `T.F` or a local function's name.

    `receiver` is the value before the dot, None for a type or a local function. `types` are explicit type
    arguments. `is_either`: the name before the dot is a value and its type, static and instance both fit.
    """

    session: Session
    name: str
    candidates: tuple[Candidate, ...]
    receiver: bound.Expr | None
    types: tuple[Type, ...] = ()
    is_either: bool = False
    name_start: int = 0

    def usable(self) -> tuple[Candidate, ...]:
        """The candidates that fit a receiver or the lack of one."""
        if self.is_either:
            return self.candidates
        static = self.receiver is None
        return tuple(one for one in self.candidates if one.is_static is static)

    def extensions(self) -> list[Candidate]:
        """The extension methods of the name, if there is a value that could be their receiver."""
        return extensions_of(self.name) if self.receiver is not None else []

    def returns(self, parameters: tuple[Type, ...]) -> Type | None:
        """What the method returns that arguments of these types choose."""
        found = self.chosen(parameters)
        return found.returns if found is not None else None

    def converts(self, target: Type) -> bool:
        """Whether some method of the group fits the delegate."""
        return self._for(target) is not None

    def converted(self, target: Type) -> bound.Expr:
        """The chosen method as a delegate, or an error."""
        session = self.session
        form = self._for(target)
        if form is None:
            if invoke_of(target) is None:
                message = (
                    f"Cannot convert method group '{self.name}' to non-delegate type '{target}'. "
                    "Did you intend to invoke the method?"
                )
                session.report("CS0428", message, self.name_start)
            else:
                message = f"No overload for '{self.name}' matches delegate '{target}'"
                session.report("CS0123", message, self.name_start)
            return faulty(self.start, self.end)
        member = cast("Method | bound.LocalFunction", form.candidate.member)
        receiver = self.receiver
        if isinstance(member, Method) and member.is_static and not member.is_extension:
            receiver = None
        types = type_arguments(form.candidate.declared, form.types)
        wants = isinstance(member, bound.LocalFunction) or member.wants_types
        return bound.MethodGroup(target, self.start, self.end, member, receiver, types if wants else ())

    def chosen(self, parameters: tuple[Type, ...]) -> Form | None:
        """The form that arguments of these types choose; without defaults and expanded params."""
        arguments = [_argument(type, self.start) for type in parameters]
        found = _best(self.usable(), arguments, self.types)
        if found is None and self.receiver is not None:
            extended = [Argument(self.receiver, "", None, self.start), *arguments]
            found = _best(tuple(self.extensions()), extended, self.types)
        return found

    def _for(self, target: Type) -> Form | None:
        invoke = invoke_of(target)
        if invoke is None:
            return None
        given = tuple(one.type for one in invoke.parameters)
        form = self.chosen(given)
        if form is None:
            return None
        taken = form.parameters[len(form.parameters) - len(given) :]
        fits = all(covariant(one, other) for one, other in zip(given, taken, strict=True))
        if invoke.returns is VOID:
            fits = fits and form.returns is VOID
        else:
            fits = fits and form.returns is not VOID and covariant(form.returns, invoke.returns)
        return form if fits else None


def _argument(type: Type, start: int) -> Argument:
    # Only the type of it matters: a delegate's parameter is no constant.
    return Argument(bound.Expr(type, start, start), "", None, start)


def _best(
    candidates: tuple[Candidate, ...], arguments: list[Argument], types: tuple[Type, ...]
) -> Form | None:
    forms = []
    for one in candidates:
        found = overloads.fit(one, arguments, types)
        complete = isinstance(found, Form) and not found.expanded
        if isinstance(found, Form) and complete and len(found.placed) == len(found.parameters):
            forms.append(found)
    return overloads.choose(forms, arguments) if forms else None
