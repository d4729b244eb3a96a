"""Type inference of generic methods, in its two phases (C# 12.6.3)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import cast

from fastgw.expr.binder import conversions
from fastgw.expr.binder.members import invoke_of
from fastgw.expr.binder.operands import Argument, Function
from fastgw.expr.binder.predefined import LIST_OF, READ_ONLY_LIST_OF
from fastgw.expr.binder.relations import instantiations, interfaces_of, is_reference_type
from fastgw.expr.binder.tuples import TupleLiteral
from fastgw.expr.types import (
    VOID,
    AnonymousType,
    ArrayType,
    NamedType,
    NullableType,
    SpecialType,
    TupleType,
    Type,
    TypeParameter,
    substitute,
)


@dataclass(slots=True)
class _Bounds:
    exact: list[Type] = field(default_factory=list)
    lower: list[Type] = field(default_factory=list)
    upper: list[Type] = field(default_factory=list)

    def any(self) -> bool:
        return bool(self.exact or self.lower or self.upper)


def infer(
    parameters: tuple[TypeParameter, ...], pairs: list[tuple[Argument, Type]]
) -> tuple[Type, ...] | None:
    """The type arguments that the arguments call for, or None; `pairs` are arguments with parameter types."""
    return _Inference(parameters, pairs).run()


def mentions(type: Type, parameters: frozenset[TypeParameter] | set[TypeParameter]) -> bool:
    """Whether the type names any of the type parameters."""
    if not type.is_open:
        return False
    match type:
        case TypeParameter():
            return type in parameters
        case NamedType(_, arguments):
            return any(mentions(one, parameters) for one in arguments)
        case ArrayType(element, _) | NullableType(element):
            return mentions(element, parameters)
        case TupleType(elements):
            return any(mentions(one, parameters) for one in elements)
        case AnonymousType(members):
            return any(mentions(one, parameters) for _, one in members)
    return False


class _Inference:
    """One run. `fixed` are the type arguments found so far."""

    def __init__(self, parameters: tuple[TypeParameter, ...], pairs: list[tuple[Argument, Type]]) -> None:
        self.parameters = parameters
        self.pairs = pairs
        self.fixed: dict[TypeParameter, Type] = {}
        self.bounds = {one: _Bounds() for one in parameters}

    def run(self) -> tuple[Type, ...] | None:
        for argument, type in self.pairs:
            self._first_phase(argument, type)
        pending = [pair for pair in self.pairs if isinstance(pair[0].value, Function)]
        while len(self.fixed) < len(self.parameters):
            progress = False
            for pair in list(pending):
                if self._output(pair[0], pair[1]):
                    pending.remove(pair)
                    progress = True
            ready = [one for one in self._unfixed() if self.bounds[one].any()]
            free = [one for one in ready if not self._depends_on_unfixed(one)]
            chosen = free or [one for one in ready if self._is_depended_on(one)]
            for one in chosen:
                if not self._fix(one):
                    return None
                progress = True
            if not progress:
                return None
        return tuple(self.fixed[one] for one in self.parameters)

    def _unfixed(self) -> list[TypeParameter]:
        return [one for one in self.parameters if one not in self.fixed]

    # ---------------------------------------------------------------- phases

    def _first_phase(self, argument: Argument, type: Type) -> None:
        operand = argument.value
        if isinstance(operand, Function):
            explicit = operand.explicit_parameters()
            invoke = invoke_of(type)
            if explicit and invoke is not None and len(explicit) == len(invoke.parameters):
                for given, parameter in zip(explicit, invoke.parameters, strict=True):
                    self._exact(given, parameter.type)
        elif isinstance(operand, TupleLiteral):
            if isinstance(type, TupleType) and len(type.elements) == len(operand.parts):
                for part, inner in zip(operand.parts, type.elements, strict=True):
                    self._first_phase(Argument(part, "", None, part.start), inner)
            else:
                natural = operand.natural()
                if natural is not None:
                    self._lower(natural, type)
        elif isinstance(operand.type, SpecialType):
            # Null, `out var x` and what is at fault say nothing.
            return
        elif argument.mode:
            self._exact(operand.type, type)
        else:
            self._lower(operand.type, type)

    def _output(self, argument: Argument, type: Type) -> bool:
        """Infer from what a lambda or method group returns, once its parameter types are known."""
        invoke = invoke_of(type)
        if invoke is None:
            return True
        operand = cast("Function", argument.value)
        unfixed = set(self._unfixed())
        if not mentions(invoke.returns, unfixed):
            return True
        inputs = tuple(one.type for one in invoke.parameters)
        if operand.needs_parameters() and any(mentions(one, unfixed) for one in inputs):
            return False
        given = operand.explicit_parameters()
        types = given if given is not None else tuple(substitute(one, self.fixed) for one in inputs)
        returned = operand.returns(types)
        if returned is not None and returned is not VOID and not isinstance(returned, SpecialType):
            self._lower(returned, invoke.returns)
        return True

    def _dependencies(self) -> dict[TypeParameter, set[TypeParameter]]:
        """For each type parameter those that it depends on directly: inputs of a lambda that returns it."""
        found: dict[TypeParameter, set[TypeParameter]] = {one: set() for one in self.parameters}
        unfixed = self._unfixed()
        for argument, type in self.pairs:
            operand = argument.value
            invoke = invoke_of(type)
            if not isinstance(operand, Function) or invoke is None or not operand.needs_parameters():
                continue
            inputs = [one for one in unfixed if any(mentions(each.type, {one}) for each in invoke.parameters)]
            for one in unfixed:
                if mentions(invoke.returns, {one}):
                    found[one].update(inputs)
        return found

    def _depends_on_unfixed(self, parameter: TypeParameter) -> bool:
        direct = self._dependencies()
        reached: set[TypeParameter] = set()
        pending = list(direct[parameter])
        while pending:
            one = pending.pop()
            if one not in reached:
                reached.add(one)
                pending.extend(direct[one])
        return bool(reached)

    def _is_depended_on(self, parameter: TypeParameter) -> bool:
        return any(parameter in found for found in self._dependencies().values())

    # ---------------------------------------------------------------- bounds

    def _exact(self, source: Type, target: Type) -> None:
        if isinstance(target, TypeParameter) and target in self.bounds:
            if target not in self.fixed:
                self.bounds[target].exact.append(source)
            return
        match source, target:
            case ArrayType(one, rank), ArrayType(other, other_rank) if rank == other_rank:
                self._exact(one, other)
            case NullableType(one), NullableType(other):
                self._exact(one, other)
            case TupleType(ones), TupleType(others) if len(ones) == len(others):
                for first, second in zip(ones, others, strict=True):
                    self._exact(first, second)
            case NamedType(definition, ones), NamedType(other_definition, others):
                if definition is other_definition:
                    for first, second in zip(ones, others, strict=True):
                        self._exact(first, second)

    def _lower(self, source: Type, target: Type) -> None:
        if isinstance(target, TypeParameter) and target in self.bounds:
            if target not in self.fixed:
                self.bounds[target].lower.append(source)
            return
        match source, target:
            case NullableType(one), NullableType(other):
                self._lower(one, other)
            case TupleType(ones), TupleType(others) if len(ones) == len(others):
                for first, second in zip(ones, others, strict=True):
                    self._lower(first, second)
            case ArrayType(one, rank), ArrayType(other, other_rank):
                if rank == other_rank:
                    self._element(one, other)
            case ArrayType(one, 1), NamedType(definition, (other,)) if _takes_arrays(definition):
                self._element(one, other)
            case _, NamedType(definition, others) if others:
                found = instantiations(source, definition)
                if len(found) == 1:
                    self._arguments(found[0], target, towards_base=True)

    def _element(self, source: Type, target: Type) -> None:
        if is_reference_type(source):
            self._lower(source, target)
        else:
            self._exact(source, target)

    def _upper(self, source: Type, target: Type) -> None:
        if isinstance(target, TypeParameter) and target in self.bounds:
            if target not in self.fixed:
                self.bounds[target].upper.append(source)
            return
        match source, target:
            case NullableType(one), NullableType(other):
                self._upper(one, other)
            case ArrayType(one, rank), ArrayType(other, other_rank) if rank == other_rank:
                if is_reference_type(one):
                    self._upper(one, other)
                else:
                    self._exact(one, other)
            case NamedType(definition, arguments), _ if arguments:
                found = instantiations(target, definition)
                if len(found) == 1:
                    self._arguments(source, found[0], towards_base=False)

    def _arguments(self, source: NamedType, target: NamedType, *, towards_base: bool) -> None:
        variance = source.definition.variance
        for at, (one, other) in enumerate(zip(source.arguments, target.arguments, strict=True)):
            kind = variance[at] if at < len(variance) else ""
            if not kind or not is_reference_type(one):
                self._exact(one, other)
            elif (kind == "out") is towards_base:
                self._lower(one, other)
            else:
                self._upper(one, other)

    def _fix(self, parameter: TypeParameter) -> bool:
        bounds = self.bounds[parameter]
        candidates: list[Type] = []
        for one in (*bounds.exact, *bounds.lower, *bounds.upper):
            if one not in candidates:
                candidates.append(one)
        for bound in bounds.exact:
            candidates = [one for one in candidates if one == bound]
        for bound in bounds.lower:
            candidates = [one for one in candidates if conversions.exists(bound, one)]
        for bound in bounds.upper:
            candidates = [one for one in candidates if conversions.exists(one, bound)]
        best = [one for one in candidates if all(conversions.exists(each, one) for each in candidates)]
        if len(best) != 1:
            return False
        self.fixed[parameter] = best[0]
        return True


def _takes_arrays(definition: object) -> bool:
    """Whether one-dimensional arrays convert to the interface: IList<T>, its bases, IReadOnlyList<T>."""
    for root in (LIST_OF, READ_ONLY_LIST_OF):
        itself = NamedType(root, root.parameters)
        for one in (itself, *interfaces_of(itself)):
            if isinstance(one, NamedType) and one.definition is definition:
                return True
    return False
