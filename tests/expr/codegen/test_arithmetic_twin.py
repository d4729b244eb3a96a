"""Random integer expressions give what a plain interpreter of C#'s rules gives.

The twin knows nothing of trees, inlining or bounds: it computes each operator on exact integers and cuts the
result to its type.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from fastgw.expr.engine import ExpressionFailed
from fastgw.expr.runtime.values import Int64, UInt32
from tests.expr.running import compiled, context

BITS = {"int": (32, True), "long": (64, True), "uint": (32, False)}
CLASSES = {"int": int, "long": Int64, "uint": UInt32}
VARIABLES = {"int": ("a", "b"), "long": ("c", "d"), "uint": ("e", "f")}
EDGES = {
    "int": [0, 1, -1, 2, 7, 2**31 - 1, -(2**31), 46341],
    "long": [0, 1, -1, 2**31, 2**63 - 1, -(2**63), 10**12],
    "uint": [0, 1, 2, 2**31, 2**32 - 1],
}


class Fault(Exception):
    """Division by zero, or of the smallest value by -1, or overflow where it is checked."""


@dataclass(frozen=True)
class Term:
    """A text, its type, and a function of the variables' values."""

    text: str
    kind: str
    value: object

    def at(self, variables: dict[str, int], checked: bool) -> int:
        return self.value(variables, checked)  # type: ignore[operator,no-any-return]


def cut(kind: str, value: int, checked: bool) -> int:
    bits, signed = BITS[kind]
    low, high = (-(1 << bits - 1), (1 << bits - 1) - 1) if signed else (0, (1 << bits) - 1)
    if checked and not low <= value <= high:
        raise Fault
    value &= (1 << bits) - 1
    return value - (1 << bits) if signed and value >> bits - 1 else value


def divided(operator: str, kind: str, left: int, right: int) -> int:
    if right == 0 or (right == -1 and left == -(1 << BITS[kind][0] - 1) and BITS[kind][1]):
        raise Fault
    whole = abs(left) // abs(right) * (1 if (left < 0) is (right < 0) else -1)
    return whole if operator == "/" else left - whole * right


def binary(operator: str, left: Term, right: Term) -> Term:
    kind = left.kind

    def value(variables: dict[str, int], checked: bool) -> int:
        first, second = left.at(variables, checked), right.at(variables, checked)
        if operator in "/%":
            return divided(operator, kind, first, second)
        if operator in ("<<", ">>"):
            count = second & (BITS[kind][0] - 1)
            return cut(kind, first << count if operator == "<<" else first >> count, False)
        if operator in "&|^":
            return cut(kind, {"&": first & second, "|": first | second, "^": first ^ second}[operator], False)
        exact = {"+": first + second, "-": first - second, "*": first * second}[operator]
        return cut(kind, exact, checked)

    return Term(f"({left.text} {operator} {right.text})", kind, value)


def unary(operator: str, operand: Term) -> Term:
    def value(variables: dict[str, int], checked: bool) -> int:
        one = operand.at(variables, checked)
        return cut(operand.kind, ~one, False) if operator == "~" else cut(operand.kind, -one, checked)

    return Term(f"({operator}{operand.text})", operand.kind, value)


def cast(kind: str, operand: Term) -> Term:
    return Term(
        f"(({kind}){operand.text})",
        kind,
        lambda variables, checked: cut(kind, operand.at(variables, checked), checked),
    )


def variable(kind: str, name: str) -> Term:
    return Term(name, kind, lambda variables, checked: variables[name])


def literal(kind: str, value: int) -> Term:
    suffix = {"int": "", "long": "L", "uint": "u"}[kind]
    return Term(f"{value}{suffix}", kind, lambda variables, checked: value)


def choice(operator: str, left: Term, right: Term, then: Term, otherwise: Term) -> Term:
    def value(variables: dict[str, int], checked: bool) -> int:
        first, second = left.at(variables, checked), right.at(variables, checked)
        holds = {"<": first < second, ">=": first >= second, "==": first == second}[operator]
        return (then if holds else otherwise).at(variables, checked)

    text = f"({left.text} {operator} {right.text} ? {then.text} : {otherwise.text})"
    return Term(text, then.kind, value)


def terms(kind: str, depth: int) -> st.SearchStrategy[Term]:
    # Literals stand beside variables only: constant expressions are judged by the compiler.
    leaf = st.sampled_from([variable(kind, name) for name in VARIABLES[kind]])
    if not depth:
        return leaf
    inner = terms(kind, depth - 1)
    small = st.integers(0, 40).map(lambda one: literal(kind, one))
    counts = terms("int", 0) | st.integers(0, 70).map(lambda one: literal("int", one))
    forms = [
        leaf,
        st.builds(binary, st.sampled_from("+-*/%&|^"), inner, inner),
        st.builds(binary, st.sampled_from("+-*&|^"), inner, small),
        st.builds(
            binary, st.sampled_from("/%"), inner, st.integers(1, 40).map(lambda one: literal(kind, one))
        ),
        st.builds(binary, st.sampled_from(["<<", ">>"]), inner, counts),
        st.builds(cast, st.just(kind), terms(next(other for other in BITS if other != kind), depth - 1)),
        st.builds(choice, st.sampled_from(["<", ">=", "=="]), inner, inner, inner, inner),
    ]
    if kind != "uint":
        forms.append(st.builds(unary, st.sampled_from("-~"), inner))
    return st.one_of(forms)


def values() -> st.SearchStrategy[dict[str, int]]:
    found = {}
    for kind, names in VARIABLES.items():
        bits, signed = BITS[kind]
        whole = (
            st.integers(-(1 << bits - 1), (1 << bits - 1) - 1) if signed else st.integers(0, (1 << bits) - 1)
        )
        found.update({name: st.sampled_from(EDGES[kind]) | st.integers(0, 9) | whole for name in names})
    return st.fixed_dictionaries(found)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(list(BITS)).flatmap(lambda kind: terms(kind, 3)), values(), st.booleans())
def test_integers(term: Term, variables: dict[str, int], checked: bool) -> None:
    declared = " ".join(
        f'{kind} {name} = ({kind})context.Variables["{name}"];'
        for kind, names in VARIABLES.items()
        for name in names
    )
    source = f"{declared} {'checked' if checked else 'unchecked'} {{ return {term.text}; }}"
    given_ = {name: CLASSES[kind](variables[name]) for kind, names in VARIABLES.items() for name in names}
    found = outcome(lambda: compiled(source)(context(**given_)), ExpressionFailed)
    assert found == outcome(lambda: term.at(variables, checked), Fault), source
    assert found is None or type(found) is CLASSES[term.kind]


def outcome(compute: Callable[[], int], failure: type[Exception]) -> int | None:
    """The value, or None for the failure. A fault of the library is neither."""
    try:
        return compute()
    except failure as error:
        if getattr(error, "internal", False):
            raise
        return None
