"""Overload resolution: which candidate a list of arguments calls (C# 12.6.4)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import cast

from fastgw.expr import bound
from fastgw.expr.binder import conversions, inference
from fastgw.expr.binder.betterness import better_conversion
from fastgw.expr.binder.members import Candidate, invoke_of
from fastgw.expr.binder.operands import LAMBDA, Argument, Function, OutVariable, is_faulty
from fastgw.expr.binder.relations import derives
from fastgw.expr.binder.session import Session
from fastgw.expr.types import (
    ArrayType,
    NamedType,
    NullableType,
    TupleType,
    Type,
    TypeParameter,
    substitute,
)


@dataclass(frozen=True, slots=True)
class Form:
    """A candidate that the arguments fit: with its type arguments, in normal or expanded form.

    `placed` is the parameter of each argument. `parameters` are the parameters' types after substitution.
    """

    candidate: Candidate
    types: tuple[Type, ...]
    parameters: tuple[Type, ...]
    returns: Type
    placed: tuple[int, ...]
    expanded: bool

    def type_for(self, argument: int) -> Type:
        """The type that an argument is converted to."""
        return _at(self.parameters, self.placed[argument], expanded=self.expanded)

    def declared_for(self, argument: int) -> Type:
        """The same before type arguments were put in."""
        declared = tuple(one.type for one in self.candidate.parameters)
        return _at(declared, self.placed[argument], expanded=self.expanded)


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a candidate does not fit. `rank`: how far it came, to tell the author of the nearest one.

    `argument` is the one at fault, if any, and `wanted` the type that it does not convert to; the message
    then is what to say of it. It is made when it is asked for: most failures are those of overloads beside
    one that fits, and are never shown.
    """

    candidate: Candidate
    rank: int
    code: str
    text: str | Callable[[], str]
    offset: int | None = None
    argument: int | None = None
    wanted: Type | None = None

    @property
    def message(self) -> str:
        """What to tell the author."""
        return self.text if isinstance(self.text, str) else self.text()


@dataclass(frozen=True, slots=True)
class Call:
    """What messages need to know of a call.

    `noun` is "method", "constructor", "delegate" or "indexer"; `skipped` counts arguments that the author did
    not write: the receiver of an extension method.
    """

    name: str
    noun: str
    start: int
    skipped: int = 0


def _at(parameters: tuple[Type, ...], at: int, *, expanded: bool) -> Type:
    type = parameters[at]
    if expanded and at == len(parameters) - 1:
        return cast("ArrayType", type).element
    return type


# ---------------------------------------------------------------- applicability


def fit(candidate: Candidate, arguments: list[Argument], types: tuple[Type, ...] = ()) -> Form | Failure:
    """The candidate in the form that the arguments fit, or why there is none (C# 12.6.4.2)."""
    if types and len(types) != len(candidate.type_parameters):
        return _wrong_arity(candidate)
    found = _fit(candidate, arguments, types, expanded=False)
    last = candidate.parameters[-1] if candidate.parameters else None
    if isinstance(found, Form) or last is None or last.modifier != "params":
        return found
    expanded = _fit(candidate, arguments, types, expanded=True)
    return expanded if isinstance(expanded, Form) or expanded.rank >= found.rank else found


def _wrong_arity(candidate: Candidate) -> Failure:
    wanted = len(candidate.type_parameters)
    if wanted:
        message = f"Using the generic method '{candidate}' requires {wanted} type arguments"
        return Failure(candidate, 0, "CS0305", message)
    message = f"The non-generic method '{candidate}' cannot be used with type arguments"
    return Failure(candidate, 0, "CS0308", message)


def _fit(
    candidate: Candidate, arguments: list[Argument], types: tuple[Type, ...], *, expanded: bool
) -> Form | Failure:
    placed = _place(candidate, arguments, expanded=expanded)
    if isinstance(placed, Failure):
        return placed
    declared = tuple(one.type for one in candidate.parameters)
    if candidate.type_parameters and not types:
        pairs = [
            (argument, _at(declared, at, expanded=expanded))
            for argument, at in zip(arguments, placed, strict=True)
        ]
        inferred = inference.infer(candidate.type_parameters, pairs)
        if inferred is None:
            return Failure(candidate, 2, "CS0411", partial(_not_inferred, candidate))
        types = inferred
    mapping = dict(zip(candidate.type_parameters, types, strict=True))
    parameters = tuple(substitute(one, mapping) for one in declared)
    form = Form(candidate, types, parameters, substitute(candidate.returns, mapping), placed, expanded)
    for at, argument in enumerate(arguments):
        failure = _check(form, at, argument)
        if failure is not None:
            return failure
    return form


def _place(candidate: Candidate, arguments: list[Argument], *, expanded: bool) -> tuple[int, ...] | Failure:
    """The parameter that each argument is for (C# 12.6.2.2)."""
    parameters = candidate.parameters
    placed: list[int] = []
    for at, argument in enumerate(arguments):
        if argument.name is None:
            place = min(at, len(parameters) - 1) if expanded else at
            if place >= len(parameters):
                return Failure(candidate, 0, "CS1501", "")
        else:
            names = [one.name for one in parameters]
            if argument.name not in names:
                message = (
                    f"The best overload for '{candidate.name}' does not have a parameter named "
                    f"'{argument.name}'"
                )
                return Failure(candidate, 1, "CS1739", message, argument.start)
            place = names.index(argument.name)
            if place in placed:
                message = (
                    f"Named argument '{argument.name}' specifies a parameter for which a positional "
                    "argument has already been given"
                )
                return Failure(candidate, 1, "CS1744", message, argument.start)
        placed.append(place)
    for place, parameter in enumerate(parameters):
        optional = parameter.has_default or (expanded and place == len(parameters) - 1)
        if place not in placed and not optional:
            return Failure(candidate, 0, "CS7036", partial(_missing, candidate, parameter.name))
    return tuple(placed)


def _check(form: Form, at: int, argument: Argument) -> Failure | None:
    """Whether an argument converts to its parameter."""
    modifier = form.candidate.parameters[form.placed[at]].modifier
    wanted = modifier if modifier in ("ref", "out") else ""
    type = form.type_for(at)
    operand = argument.value
    if argument.mode != wanted:
        if wanted:
            message = f"must be passed with the '{wanted}' keyword"
            return Failure(form.candidate, 3, "CS1620", message, argument.start, at)
        message = f"may not be passed with the '{argument.mode}' keyword"
        return Failure(form.candidate, 3, "CS1615", message, argument.start, at)
    if isinstance(operand, OutVariable):
        fits = not operand.is_typed or operand.type == type
    elif wanted:
        fits = operand.type == type or is_faulty(operand)
    else:
        fits = conversions.implicit(operand, type) is not None
    if fits:
        return None
    text = partial(_not_converted, operand, type, f"{wanted} " if wanted else "")
    return Failure(form.candidate, 3, "CS1503", text, argument.start, at, type)


def _not_inferred(candidate: Candidate) -> str:
    return (
        f"The type arguments for method '{candidate}' cannot be inferred from the usage. "
        "Try specifying the type arguments explicitly."
    )


def _missing(candidate: Candidate, parameter: str) -> str:
    return (
        "There is no argument given that corresponds to the required formal parameter "
        f"'{parameter}' of '{candidate}'"
    )


def _not_converted(operand: bound.Expr, type: Type, mode: str) -> str:
    return f"cannot convert from '{mode}{conversions.describe(operand)}' to '{mode}{type}'"


def fit_receiver(candidate: Candidate, receiver: bound.Expr) -> Form | None:
    """The candidate with a receiver alone, as if its other parameters were optional: would it take it?"""
    first = candidate.parameters[0]
    argument = Argument(receiver, "", None, receiver.start)
    alone = replace(candidate, parameters=(first,))
    if candidate.type_parameters:
        named = tuple(one for one in candidate.type_parameters if inference.mentions(first.type, {one}))
        alone = replace(alone, type_parameters=named)
    found = fit(alone, [argument])
    return found if isinstance(found, Form) else None


# ---------------------------------------------------------------- the best one


def choose(forms: list[Form], arguments: list[Argument]) -> Form | None:
    """The form that is better than all others, or None where none is (C# 12.6.4.3)."""
    if len(forms) > 1:
        forms = _without_bases(forms)
    best = forms[0]
    for other in forms[1:]:
        if _better(other, best, arguments) > 0:
            best = other
    if all(other is best or _better(best, other, arguments) > 0 for other in forms):
        return best
    return None


def _without_bases(forms: list[Form]) -> list[Form]:
    """Members of a base type do not count where one of a derived type fits (C# 12.8.9.2)."""
    owners = {form.candidate.owner for form in forms if not _is_extension(form)}

    def is_hidden(owner: Type | None) -> bool:
        return owner is not None and any(
            one is not None and one != owner and derives(one, owner) for one in owners
        )

    return [form for form in forms if _is_extension(form) or not is_hidden(form.candidate.owner)]


def _is_extension(form: Form) -> bool:
    parameters = form.candidate.parameters
    return bool(parameters) and parameters[0].modifier == "this"


def _better(one: Form, other: Form, arguments: list[Argument]) -> int:
    """1 where `one` is the better form, -1 where `other` is, else 0."""
    better = worse = same = 0
    for at, argument in enumerate(arguments):
        first, second = one.type_for(at), other.type_for(at)
        if first == second:
            same += 1
            continue
        found = better_conversion(argument.value, first, second)
        better += found > 0
        worse += found < 0
    if better or worse:
        return (better > 0 and not worse) - (worse > 0 and not better)
    return _tie(one, other, arguments) if same == len(arguments) else 0


def _tie(one: Form, other: Form, arguments: list[Argument]) -> int:
    """The tie-breakers between forms that convert every argument to the same type."""
    for first, second in (
        (bool(other.candidate.type_parameters), bool(one.candidate.type_parameters)),
        (other.expanded, one.expanded),
        (_uses_defaults(other, arguments), _uses_defaults(one, arguments)),
    ):
        if first != second:
            return 1 if first else -1
    if one.expanded and other.expanded:
        count = len(one.parameters) - len(other.parameters)
        if count:
            return 1 if count > 0 else -1
    return _more_specific(one, other, arguments)


def _uses_defaults(form: Form, arguments: list[Argument]) -> bool:
    return len(set(form.placed)) < len(form.parameters) - form.expanded


def _more_specific(one: Form, other: Form, arguments: list[Argument]) -> int:
    more = less = False
    for at in range(len(arguments)):
        found = _specificity(one.declared_for(at), other.declared_for(at))
        more = more or found > 0
        less = less or found < 0
    return more - less


def _specificity(one: Type, other: Type) -> int:
    """1 where a parameter type is more specific: something rather than a bare type parameter (12.6.4.4)."""
    if isinstance(one, TypeParameter) or isinstance(other, TypeParameter):
        return isinstance(other, TypeParameter) - isinstance(one, TypeParameter)
    found: list[int] = []
    match one, other:
        case NamedType(definition, ones), NamedType(other_definition, others) if (
            definition is other_definition
        ):
            found = [_specificity(*pair) for pair in zip(ones, others, strict=True)]
        case (ArrayType(first), ArrayType(second)) | (NullableType(first), NullableType(second)):
            found = [_specificity(first, second)]
        case TupleType(ones), TupleType(others) if len(ones) == len(others):
            found = [_specificity(*pair) for pair in zip(ones, others, strict=True)]
    more, less = any(each > 0 for each in found), any(each < 0 for each in found)
    return more - less


# ---------------------------------------------------------------- resolution with messages


def resolve(
    session: Session,
    candidates: list[Candidate],
    arguments: list[Argument],
    types: tuple[Type, ...],
    call: Call,
) -> Form | None:
    """The form that is called; None after an error was reported."""
    session.spend_more(len(candidates), call.start)
    fitting: list[Form] = []
    failures: list[Failure] = []
    for candidate in candidates:
        found = fit(candidate, arguments, types)
        if isinstance(found, Form):
            fitting.append(found)
        else:
            failures.append(found)
    if fitting:
        best = choose(fitting, arguments)
        if best is None:
            report_ambiguous(session, fitting, arguments, call)
        return best
    explain(session, failures, arguments, call)
    return None


def report_ambiguous(session: Session, forms: list[Form], arguments: list[Argument], call: Call) -> None:
    """Report that no form is the best; nothing where an argument is at fault."""
    if any(is_faulty(argument.value) for argument in arguments):
        return
    shown = _without_bases(forms)[:2]
    message = (
        "The call is ambiguous between the following methods or properties: "
        f"'{shown[0].candidate}' and '{shown[-1].candidate}'"
    )
    session.report("CS0121", message, call.start)


def explain(session: Session, failures: list[Failure], arguments: list[Argument], call: Call) -> None:
    """Report why no candidate fits, by the one that came nearest; nothing where an argument is at fault."""
    if any(is_faulty(argument.value) for argument in arguments):
        return
    nearest = max(failures, key=lambda one: one.rank)
    if nearest.rank >= 2 and _report_inside(session, arguments):
        return
    count = len(arguments) - call.skipped
    if nearest.rank == 0 and not (nearest.code == "CS7036" and len(failures) == 1):
        if nearest.code in ("CS0305", "CS0308"):
            session.report(nearest.code, nearest.message, call.start)
        elif call.noun == "constructor":
            message = f"'{call.name}' does not contain a constructor that takes {count} arguments"
            session.report("CS1729", message, call.start)
        elif call.noun == "delegate":
            message = f"Delegate '{call.name}' does not take {count} arguments"
            session.report("CS1593", message, call.start)
        else:
            message = f"No overload for method '{call.name}' takes {count} arguments"
            session.report("CS1501", message, call.start)
        return
    if nearest.argument is not None and nearest.wanted is not None:
        operand = arguments[nearest.argument].value
        if operand.type is LAMBDA and isinstance(operand, Function) and invoke_of(nearest.wanted):
            # What its body returns says more than that the lambda does not fit.
            operand.converted(nearest.wanted)
            return
    offset = call.start if nearest.offset is None else nearest.offset
    message = nearest.message
    if nearest.argument is not None:
        colon = ":" if nearest.code == "CS1503" else ""
        message = f"Argument {nearest.argument + 1 - call.skipped}{colon} {message}"
    session.report(nearest.code, message, offset)


def _report_inside(session: Session, arguments: list[Argument]) -> bool:
    """Report what is wrong inside of lambda arguments, if anything is."""
    found = False
    for argument in arguments:
        if isinstance(argument.value, Function):
            for error in argument.value.complaints():
                session.errors.add(error)
                found = True
    return found
