"""Which function binds which node: the one place that knows all of the binder."""

from __future__ import annotations

from fastgw.expr import nodes
from fastgw.expr.binder import (
    access,
    assignments,
    calls,
    creation,
    declarations,
    expressions,
    lambdas,
    loops,
    patterns,
    statements,
    switches,
)
from fastgw.expr.binder.session import ExpressionBinder, StatementBinder

EXPRESSIONS: dict[type, ExpressionBinder] = {
    nodes.Literal: expressions.bind_literal,
    nodes.Name: access.bind_name,
    nodes.PredefinedType: access.bind_predefined,
    nodes.Member: access.bind_member,
    nodes.Invocation: calls.invocation,
    nodes.ElementAccess: access.bind_element,
    nodes.NullConditional: access.bind_null_conditional,
    nodes.Receiver: access.bind_receiver,
    nodes.Unary: expressions.bind_unary,
    nodes.Postfix: assignments.bind_postfix,
    nodes.Binary: expressions.bind_binary,
    nodes.Is: patterns.bind_is,
    nodes.As: expressions.bind_as,
    nodes.Cast: expressions.bind_cast,
    nodes.Conditional: expressions.bind_conditional,
    nodes.Assignment: assignments.bind_assignment,
    nodes.New: creation.bind_new,
    nodes.NewArray: creation.bind_new_array,
    nodes.NewAnonymous: creation.bind_anonymous,
    nodes.Tuple: expressions.bind_tuple,
    nodes.Lambda: lambdas.bind_lambda,
    nodes.TypeOf: expressions.bind_typeof,
    nodes.NameOf: expressions.bind_nameof,
    nodes.DefaultOf: expressions.bind_default,
    nodes.SizeOf: expressions.bind_sizeof,
    nodes.Checked: expressions.bind_checked,
    nodes.Interpolated: expressions.bind_interpolated,
    nodes.ThrowExpr: expressions.bind_throw,
    nodes.Parenthesized: expressions.bind_parenthesized,
    # Where the parser lets these through, they stand in a place that has no use for them.
    nodes.ArrayInitializer: expressions.bind_misplaced,
    nodes.DeconstructionDeclaration: expressions.bind_misplaced,
    nodes.OutDeclaration: expressions.bind_misplaced,
    nodes.Discard: expressions.bind_misplaced,
}

STATEMENTS: dict[type, StatementBinder] = {
    nodes.Block: statements.bind_block,
    nodes.Empty: statements.bind_empty,
    nodes.Declaration: declarations.bind_declaration,
    nodes.ExpressionStatement: statements.bind_expression_statement,
    nodes.If: statements.bind_if,
    nodes.While: loops.bind_while,
    nodes.DoWhile: loops.bind_do,
    nodes.For: loops.bind_for,
    nodes.ForEach: loops.bind_foreach,
    nodes.Switch: switches.bind_switch,
    nodes.Break: statements.bind_break,
    nodes.Continue: statements.bind_continue,
    nodes.Return: statements.bind_return,
    nodes.Throw: statements.bind_throw,
    nodes.Try: statements.bind_try,
    nodes.Using: statements.bind_using,
    nodes.CheckedStmt: statements.bind_checked,
    nodes.Labeled: statements.bind_labeled,
    nodes.Goto: statements.bind_goto,
}
