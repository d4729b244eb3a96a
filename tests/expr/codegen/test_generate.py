"""Code generation by itself: bound trees made by hand into functions."""

from __future__ import annotations

import ast
import types
from decimal import Decimal
from typing import Any

import pytest

from fastgw.expr import bound
from fastgw.expr.codegen import NotSupported, Origin, generate
from fastgw.expr.codegen.analysis import Analysis
from fastgw.expr.codegen.tree import Place, locate
from fastgw.expr.engine import load_library
from fastgw.expr.library.declare import type_of_text
from fastgw.expr.runtime.values import Int64
from fastgw.expr.types import NamedType, Type, TypeParameter

load_library()

INT, LONG, STRING, BOOL, DECIMAL, LIST = map(
    type_of_text, ("int", "long", "string", "bool", "decimal", "List<int>")
)


def literal(value: Any, type: Type = INT) -> bound.Constant:
    return bound.Constant(type, 0, 1, value)


def program(*statements: bound.Stmt, result: Type = INT, body: bound.Body | None = None) -> bound.Program:
    body = body or bound.Body([], result, None)
    body.statements = bound.Block(0, 1, statements)
    return bound.Program(body, result)


def give(value: bound.Expr) -> bound.Return:
    return bound.Return(0, 1, value)


def run(made: bound.Program) -> Any:
    return generate(made, "x", Origin())(None)


@pytest.mark.parametrize(
    ("value", "type"),
    [(5, INT), (Int64(5), LONG), ("x", STRING), (None, STRING), (True, BOOL), (Decimal("1.50"), DECIMAL)],
)
def test_constants(value: Any, type: Type) -> None:
    found = run(program(give(literal(value, type)), result=type))
    assert found == value
    assert found.__class__ is value.__class__


def test_a_sum_that_overflows_wraps() -> None:
    sum_ = bound.Binary(INT, 0, 1, "+", literal(2**31 - 1), literal(1), INT)
    assert run(program(give(sum_))) == -(2**31)


def test_variables_of_one_name_are_two() -> None:
    body = bound.Body([], INT, None)
    first, second = bound.Variable("x", INT, body), bound.Variable("x", INT, body)
    made = program(
        bound.Declare(0, 1, first, literal(1)),
        bound.Declare(0, 1, second, literal(2)),
        give(
            bound.Binary(INT, 0, 1, "-", bound.Local(INT, 0, 1, first), bound.Local(INT, 0, 1, second), INT)
        ),
        body=body,
    )
    assert run(made) == -1


def test_a_lambda_that_takes_nothing_is_made_once() -> None:
    inner = bound.Body([], INT, None)
    inner.statements = bound.Block(0, 1, (give(literal(7)),))
    delegate = type_of_text("Func<int>")
    function = generate(program(give(bound.Lambda(delegate, 0, 1, inner)), result=delegate), "x", Origin())
    assert function(None) is function(None)
    assert function(None)() == 7


def test_a_lambda_that_takes_a_variable_is_made_each_time() -> None:
    body = bound.Body([], INT, None)
    variable = bound.Variable("n", INT, body)
    inner = bound.Body([], INT, body)
    inner.statements = bound.Block(0, 1, (give(bound.Local(INT, 0, 1, variable)),))
    delegate = type_of_text("Func<int>")
    made = program(
        bound.Declare(0, 1, variable, literal(1)),
        give(bound.Lambda(delegate, 0, 1, inner)),
        result=delegate,
        body=body,
    )
    function = generate(made, "x", Origin())
    assert function(None) is not function(None)


def test_a_type_that_is_known_at_run_time_only_is_not_supported() -> None:
    assert isinstance(LIST, NamedType)
    open_type = NamedType(LIST.definition, (TypeParameter("T"),))
    with pytest.raises(NotSupported, match="List<T>"):
        run(program(give(bound.TypeOf(type_of_text("System.Type"), 3, 4, open_type))))


def test_a_node_without_a_form_is_not_supported() -> None:
    with pytest.raises(NotSupported) as caught:
        run(program(give(bound.Expr(INT, 5, 6))))
    assert caught.value.offset == 5


def test_generated_code_reaches_no_builtins() -> None:
    function = generate(program(give(literal(1))), "x", Origin())
    assert isinstance(function, types.FunctionType)
    assert function.__globals__["__builtins__"] == {}


def test_the_same_tree_gives_the_same_code() -> None:
    def made() -> types.CodeType:
        text = bound.Concat(STRING, 0, 1, (literal("a", STRING), bound.Context(STRING, 0, 1)))
        function = generate(program(give(text), result=STRING), "x", Origin())
        assert isinstance(function, types.FunctionType)
        return function.__code__

    assert made().co_code == made().co_code
    assert made().co_names == made().co_names


def test_every_result_goes_through_finish() -> None:
    def finish(_writer: object, value: ast.expr, _node: bound.Expr) -> ast.expr:
        return ast.Tuple([value], ast.Load())

    assert generate(program(give(literal(1))), "x", Origin(), finish)(None) == (1,)


def test_any_failure_goes_through_failed() -> None:
    made = program(give(bound.Get(INT, 0, 1, _property(), bound.Context(INT, 0, 1))))
    with pytest.raises(LookupError) as caught:
        generate(made, "x", Origin(), failed=lambda error: LookupError(str(error)))(None)
    assert isinstance(caught.value.__cause__, ZeroDivisionError)


def _property() -> Any:
    assert isinstance(STRING, NamedType)
    length = STRING.definition.properties["Length"]
    return type(length)("Broken", length.declaring, INT, lambda _: 1 // 0)


# ---------------------------------------------------------------- analysis and places


def test_only_programs_that_spend_restart_the_meter() -> None:
    assert not Analysis(program(give(literal(1)))).spends
    loop = bound.Loop(0, 1, None, bound.Break(0, 1))
    assert Analysis(program(loop, give(literal(1)))).spends


def test_a_variable_of_a_loop_is_boxed_only_where_a_closure_takes_it() -> None:
    for taken in (False, True):
        body = bound.Body([], INT, None)
        variable = bound.Variable("n", INT, body)
        inner = bound.Body([], INT, body)
        inner.statements = bound.Block(0, 1, (give(bound.Local(INT, 0, 1, variable)),) if taken else ())
        block = bound.Block(
            0,
            1,
            (
                bound.Declare(0, 1, variable, literal(1)),
                bound.Evaluate(0, 1, bound.Lambda(INT, 0, 1, inner)),
            ),
        )
        analysis = Analysis(program(bound.Loop(0, 1, None, block), body=body))
        assert (variable in analysis.boxed) is taken
        assert analysis.boxes_of(block) == [variable] * taken
        assert analysis.stands_alone(inner) is not taken


def test_places_go_to_what_has_none() -> None:
    tree = ast.BinOp(ast.Name("a", ast.Load()), ast.Add(), ast.Name("b", ast.Load()))
    locate(tree.left, Place(1, 2, 3, 4))
    locate(tree, Place(5, 6, 7, 8))
    assert (tree.left.lineno, tree.left.col_offset, tree.left.end_lineno, tree.left.end_col_offset) == (
        1,
        2,
        3,
        4,
    )
    assert tree.lineno == tree.right.lineno == 5
