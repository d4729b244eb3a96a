"""Statements other than loops, switches and declarations (C# 13)."""

from __future__ import annotations

from typing import cast

from fastgw.expr import bound, nodes
from fastgw.expr.binder import conversions, declarations, local_functions, type_names
from fastgw.expr.binder.expressions import bind_condition, thrown
from fastgw.expr.binder.lambdas import NOT_A_STATEMENT, is_statement_expression
from fastgw.expr.binder.operands import Function, Untyped, is_faulty
from fastgw.expr.binder.patterns import constant_key, pattern_constant
from fastgw.expr.binder.predefined import DISPOSABLE, EXCEPTION
from fastgw.expr.binder.relations import is_subtype
from fastgw.expr.binder.scopes import LabelSymbol
from fastgw.expr.binder.session import Return, Session
from fastgw.expr.types import FAULTY, NULL, Type


def bind_block(session: Session, node: nodes.Block) -> bound.Stmt:
    """`{ … }`, a scope of its own."""
    with session.scoped():
        return bind_list(session, node.statements, node.start, node.end)


def bind_list(session: Session, statements: tuple[nodes.Stmt, ...], start: int, end: int) -> bound.Block:
    """Statements in the scope at hand; labels and local functions are known from its beginning."""
    scope = session.scope
    for one in statements:
        _declare_labels(session, one)
    functions = [
        local_functions.declare(session, one) for one in statements if isinstance(one, nodes.LocalFunction)
    ]
    pending = iter(functions)
    found: list[bound.Stmt] = []
    for one in statements:
        if session.errors.is_full:
            # Nobody sees more of them, and a text that is wrong throughout has very many.
            break
        if isinstance(one, nodes.LocalFunction):
            local_functions.bind_body(session, next(pending), one)
            continue
        statement = session.statement(one)
        if isinstance(one, (nodes.Declaration, nodes.Labeled)) and isinstance(statement, bound.Block):
            found.extend(statement.statements)
        else:
            found.append(statement)
    used = {id(one) for one in scope.labels.values() if one.used}
    kept = tuple(one for one in found if not (isinstance(one, bound.Label) and id(one.label) not in used))
    return bound.Block(start, end, kept, tuple(functions))


def _declare_labels(session: Session, node: nodes.Stmt) -> None:
    while isinstance(node, nodes.Labeled):
        scope = session.scope
        if any(node.label in one.labels for one in scope.within_body()):
            session.report("CS0140", f"The label '{node.label}' is a duplicate", node.start)
        scope.labels[node.label] = LabelSymbol(node.label)
        # A jump back makes the rest of the block a loop.
        scope.in_loop = True
        node = node.statement


def embedded(session: Session, node: nodes.Stmt) -> bound.Stmt:
    """The statement of an `if` or loop: a scope of its own even without braces."""
    if isinstance(node, (nodes.Declaration, nodes.LocalFunction, nodes.Labeled)):
        message = "Embedded statement cannot be a declaration or labeled statement"
        session.report("CS1023", message, node.start)
        return bound.Block(node.start, node.end, ())
    with session.scoped():
        return session.statement(node)


def bind_empty(session: Session, node: nodes.Stmt) -> bound.Stmt:
    """`;`."""
    return bound.Block(node.start, node.end, ())


def bind_expression_statement(session: Session, node: nodes.ExpressionStatement) -> bound.Stmt:
    """An expression for its effect."""
    before = len(session.errors)
    operand = session.expression(node.value)
    refused = not is_statement_expression(node.value) or isinstance(operand, Untyped)
    if refused and len(session.errors) == before:
        session.report("CS0201", NOT_A_STATEMENT, node.start)
    return bound.Evaluate(node.start, node.end, operand)


def bind_if(session: Session, node: nodes.If) -> bound.Stmt:
    """`if`; chains of `else if` are walked, not recursed into."""
    chain: list[tuple[nodes.If, bound.Expr, bound.Stmt]] = []
    at: nodes.Stmt | None = node
    depth = 0
    outer = session.scope
    try:
        while isinstance(at, nodes.If):
            condition = bind_condition(session, at.condition)
            chain.append((at, condition, embedded(session, at.then)))
            at = at.otherwise
            # What an `else if` declares in its condition is its own, as in any embedded statement.
            session.scope = type(outer)(session.scope, outer.body)
            depth += 1
        otherwise = None if at is None else embedded(session, at)
    finally:
        session.scope = outer
    for one, condition, then in reversed(chain):
        otherwise = bound.If(one.start, one.end, condition, then, otherwise)
    return cast("bound.Stmt", otherwise)


def bind_return(session: Session, node: nodes.Return) -> bound.Stmt:
    """`return`; its value is converted when the function's return type is known."""
    _refuse_in_finally(session, node)
    statement = bound.Return(node.start, node.end, None)
    value: bound.Expr | None = None
    if node.value is not None:
        value = conversions.unless_literal(session, session.expression(node.value))
    session.function.returns.append(Return(statement, value))
    return statement


def _refuse_in_finally(session: Session, node: nodes.Stmt) -> None:
    if any(one.kind == "finally" for one in session.scope.within_body()):
        session.report("CS0157", "Control cannot leave the body of a finally clause", node.start)


def bind_throw(session: Session, node: nodes.Throw) -> bound.Stmt:
    """`throw e;`, `throw;`."""
    if node.value is not None:
        return bound.Throw(node.start, node.end, thrown(session, node.value))
    for one in session.scope.within_body():
        if one.kind == "catch":
            return bound.Throw(node.start, node.end, None)
        if one.kind == "finally":
            break
    message = "A throw statement with no arguments is not allowed outside of a catch clause"
    session.report("CS0156", message, node.start)
    return bound.Throw(node.start, node.end, None)


def bind_break(session: Session, node: nodes.Stmt) -> bound.Stmt:
    """`break`."""
    _leave(session, node, ("loop", "switch"))
    return bound.Break(node.start, node.end)


def bind_continue(session: Session, node: nodes.Stmt) -> bound.Stmt:
    """`continue`."""
    _leave(session, node, ("loop",))
    return bound.Continue(node.start, node.end)


def _leave(session: Session, node: nodes.Stmt, kinds: tuple[str, ...]) -> None:
    for one in session.scope.within_body():
        if one.kind in kinds:
            return
        if one.kind == "finally":
            session.report("CS0157", "Control cannot leave the body of a finally clause", node.start)
            return
    session.report("CS0139", "No enclosing loop out of which to break or continue", node.start)


def bind_goto(session: Session, node: nodes.Goto) -> bound.Stmt:
    """`goto label;`, `goto case e;`, `goto default;`."""
    target = _case(session, node) if node.label is None else _label(session, node.label, node)
    if target is not None:
        target.used = True
    return bound.Goto(node.start, node.end, target)


def _label(session: Session, label: str, node: nodes.Goto) -> LabelSymbol | None:
    for one in session.scope.within_body():
        found = one.labels.get(label)
        if found is not None:
            return found
        if one.kind == "finally":
            session.report("CS0157", "Control cannot leave the body of a finally clause", node.start)
            return None
    message = f"No such label '{label}' within the scope of the goto statement"
    session.report("CS0159", message, node.start)
    return None


def _case(session: Session, node: nodes.Goto) -> LabelSymbol | None:
    symbol = next((one.switch for one in session.scope.within_body() if one.switch is not None), None)
    if symbol is None:
        session.report("CS0153", "A goto case is only valid inside a switch statement", node.start)
        return None
    if node.case is None:
        if symbol.default is None:
            message = "No such label 'default:' within the scope of the goto statement"
            session.report("CS0159", message, node.start)
        return symbol.default
    constant = pattern_constant(session, symbol.value, node.case)
    if constant is None:
        return None
    found = symbol.targets.get(constant_key(constant))
    if found is None:
        shown = conversions.constant_text(constant)
        message = f"No such label 'case {shown}:' within the scope of the goto statement"
        session.report("CS0159", message, node.start)
    return found


def bind_labeled(session: Session, node: nodes.Labeled) -> bound.Stmt:
    """`label: statement`, in the scope of the block around."""
    label = bound.Label(node.start, node.end, session.scope.labels.get(node.label))
    if isinstance(node.statement, nodes.LocalFunction):
        function = local_functions.declare(session, node.statement)
        local_functions.bind_body(session, function, node.statement)
        return bound.Block(node.start, node.end, (label, bound.Block(node.start, node.end, (), (function,))))
    statement = session.statement(node.statement)
    inner: tuple[bound.Stmt, ...] = (statement,)
    if isinstance(node.statement, (nodes.Declaration, nodes.Labeled)) and isinstance(statement, bound.Block):
        inner = statement.statements
    return bound.Block(node.start, node.end, (label, *inner))


def bind_checked(session: Session, node: nodes.CheckedStmt) -> bound.Stmt:
    """`checked { … }`, `unchecked { … }`."""
    outer, session.overflow = session.overflow, node.checked
    statement = session.statement(node.body)
    session.overflow = outer
    return statement


def bind_try(session: Session, node: nodes.Try) -> bound.Stmt:
    """`try … catch … finally`."""
    body = session.block(node.body)
    caught: list[Type] = []
    catches = tuple(_bind_catch(session, one, caught) for one in node.catches)
    finally_body: bound.Block | None = None
    if node.finally_body is not None:
        with session.scoped("finally"):
            finally_body = session.block(node.finally_body)
    return bound.Try(node.start, node.end, body, catches, finally_body)


def _bind_catch(session: Session, node: nodes.CatchClause, caught: list[Type]) -> bound.Catch:
    """A catch clause; `caught` are the types that clauses before it catch without a filter."""
    with session.scoped("catch"):
        type: Type | None = None
        if node.type is not None:
            type = type_names.resolve(session, node.type)
            _check_caught(session, type, node.type, caught)
        elif FAULTY in caught:
            message = "Catch clauses cannot follow the general catch clause of a try statement"
            session.report("CS1017", message, node.start)
        variable = None
        if node.name is not None:
            variable = session.variable(node.name, type or EXCEPTION, node.start)
        condition = None if node.condition is None else bind_condition(session, node.condition)
        if condition is None:
            # FAULTY stands for the general clause: it catches whatever comes.
            caught.append(FAULTY if type is None else type)
        body = session.block(node.body)
    return bound.Catch(type, variable, condition, body)


def _check_caught(session: Session, type: Type, node: nodes.Node, caught: list[Type]) -> None:
    if type is FAULTY:
        return
    if not is_subtype(type, EXCEPTION):
        message = "The type caught or thrown must be derived from System.Exception"
        session.report("CS0155", message, node.start)
        return
    for one in caught:
        if one is FAULTY:
            message = "Catch clauses cannot follow the general catch clause of a try statement"
            session.report("CS1017", message, node.start)
            return
        if is_subtype(type, one):
            message = (
                f"A previous catch clause already catches all exceptions of this or of a super type ('{one}')"
            )
            session.report("CS0160", message, node.start)
            return


def bind_using(session: Session, node: nodes.Using) -> bound.Stmt:
    """`using (T x = e) body`, `using (e) body`."""
    with session.scoped():
        if isinstance(node.resource, nodes.Declaration):
            made = declarations.declare_all(session, node.resource, readonly="using variable")
            variables = [(one.variable, one.value) for one in made]
        else:
            operand = conversions.bind_value(session, node.resource)
            variables = [(session.hidden("using", operand.type), operand)]
        resources: list[tuple[bound.Variable, bound.Expr]] = []
        for variable, value in variables:
            if value is None:
                session.report(
                    "CS0210",
                    "You must provide an initializer in a fixed or using statement declaration",
                    node.start,
                )
                continue
            _check_disposable(session, value, node.resource)
            resources.append((variable, value))
        body = embedded(session, node.body)
    return bound.Using(node.start, node.end, tuple(resources), body)


def _check_disposable(session: Session, value: bound.Expr, node: nodes.Node) -> None:
    if is_faulty(value) or value.type is NULL:
        return
    if isinstance(value, Function) or not is_subtype(value.type, DISPOSABLE):
        message = (
            f"'{value.type}': type used in a using statement must be implicitly convertible to "
            "'System.IDisposable'"
        )
        session.report("CS1674", message, node.start)
