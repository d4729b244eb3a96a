"""The public door of the expression engine: text in, a callable of the context out.

Compiling reports everything that is wrong with an expression at once; evaluating raises one exception,
`ExpressionFailed`, whatever went wrong, so that no fault of an expression or of the library reaches further.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from importlib import import_module
from pkgutil import walk_packages
from typing import Any

from fastgw._condition import Condition
from fastgw._program import Message
from fastgw.errors import FastgwError, PolicyFailure, place_of
from fastgw.expr.bound import Program
from fastgw.expr.codegen import NotSupported, Origin, generate
from fastgw.expr.errors import CompileError, CompileErrors
from fastgw.expr.reads import asks_for_verdict, bodies_of
from fastgw.expr.results import Unfit, Wanted, check_result, finish_for, static_type
from fastgw.expr.runtime.errors import Exhausted, NetException
from fastgw.expr.runtime.meter import meter
from fastgw.expr.runtime.watchdog import spare
from fastgw.expr.simple_conditions import condition_of
from fastgw.expr.types import Type
from fastgw.model import ExpressionLimits

__all__ = [
    "Expression",
    "ExpressionFailed",
    "ExpressionRefused",
    "Origin",
    "Wanted",
    "compile_expression",
    "load_library",
]

_OPENERS = {"@(": ")", "@{": "}"}
_FAILED = "Expression evaluation failed."


class ExpressionRefused(FastgwError):
    """The text is no expression that may run; `errors` in order, their offsets counted in the whole text."""

    def __init__(self, errors: Iterable[CompileError]) -> None:
        self.errors = tuple(errors)
        super().__init__("; ".join(one.message for one in self.errors))


class ExpressionFailed(PolicyFailure):
    """An expression raised an exception.

    The message is the service's; `details` is that of the exception, `exception` its .NET type. `internal`:
    the fault is the library's, not the policy's. The Python exception is the cause.
    """

    def __init__(
        self, details: str, exception: str, internal: bool = False, log_message: str | None = None
    ) -> None:
        message = f"{_FAILED} {details}"
        super().__init__("ExpressionValueEvaluationFailure", message, log_message=log_message)
        self.details = details
        self.exception = exception
        self.internal = internal


class Expression:
    """A compiled expression: call it, or its `run`, which saves one call, with a context.

    `result` is its static type, `bodies` the messages whose bodies it may read, `verdict` whether it may ask
    for the judgement of a certificate, `condition` decides the same in the core (None: it cannot).
    """

    __slots__ = ("bodies", "condition", "result", "run", "source", "verdict")

    def __init__(
        self,
        source: str,
        result: Type,
        run: Callable[[Any], Any],
        bodies: tuple[Message, ...] = (),
        condition: Condition | None = None,
        verdict: bool = False,
    ) -> None:
        self.source = source
        self.result = result
        self.run = run
        self.bodies = bodies
        self.condition = condition
        self.verdict = verdict

    def __call__(self, context: Any) -> Any:
        """The value for a context. Raises ExpressionFailed."""
        return self.run(context)


def compile_expression(source: str, wanted: Wanted, origin: Origin | None = None) -> Expression:
    """Compile `@(…)` or `@{…}`, blanks around it allowed. Raises ExpressionRefused."""
    load_library()
    leading = len(source) - len(source.lstrip())
    text = source.strip()
    opener = text[:2]
    if _OPENERS.get(opener) != text[-1:] or len(text) < len(opener) + 1:
        raise ExpressionRefused([CompileError("An expression is written @(…) or @{…}", leading)])
    start = leading + len(opener)
    inner = text[len(opener) : -1]
    try:
        return _compile(source, inner, opener == "@{", wanted, _moved(origin or Origin(), source[:start]))
    except ExpressionRefused as error:
        raise ExpressionRefused(
            CompileError(one.message, one.offset + start, one.code) for one in error.errors
        ) from None
    except RecursionError:
        message = "An expression is too long or complex to compile"
        raise ExpressionRefused([CompileError(message, start, "CS8078")]) from None


def _compile(source: str, inner: str, is_block: bool, wanted: Wanted, origin: Origin) -> Expression:
    from fastgw.expr.binder import bind
    from fastgw.expr.library.context.fixture import context_type
    from fastgw.expr.parser import parse_block, parse_expression

    errors = CompileErrors()
    try:
        tree = parse_block(inner) if is_block else parse_expression(inner)
        program = bind(tree, context_type(), static_type(wanted), errors)
        check_result(wanted, program.result)
        run = generate(program, inner, origin, finish_for(wanted, program.result), failure)
    except CompileError as error:
        raise ExpressionRefused(errors if len(errors) else [error]) from None
    except NotSupported as error:
        raise ExpressionRefused([CompileError(f"Not supported: {error}", error.offset)]) from None
    condition = _condition(program) if wanted is Wanted.BOOLEAN else None
    return Expression(source, program.result, run, bodies_of(program), condition, asks_for_verdict(program))


def _condition(program: Program) -> Condition | None:
    try:
        return condition_of(program)
    except RecursionError:
        # A chain that is longer than Python calls are deep is none of the simple ones.
        return None


def _moved(origin: Origin, before: str) -> Origin:
    """The place behind `before`, which begins at `origin`."""
    lines = before.count("\n")
    column = len(before) - before.rfind("\n") - 1 if lines else origin.column - 1 + len(before)
    return Origin(origin.file, origin.line + lines, column + 1, origin.document)


def failure(error: BaseException) -> ExpressionFailed:
    """What is raised for an exception that leaves an expression."""
    if isinstance(error, Unfit):
        error = error.reason
    if isinstance(error, NetException):
        return ExpressionFailed(error.message, error.net_name)
    if isinstance(error, Exhausted):
        return ExpressionFailed(str(error), "System.TimeoutException")
    if isinstance(error, RecursionError):
        return ExpressionFailed("The expression calls itself too deeply.", "System.StackOverflowException")
    if isinstance(error, MemoryError):
        return ExpressionFailed("The expression needs too much memory.", "System.OutOfMemoryException")
    kind = type(error).__name__
    return ExpressionFailed(
        f"Internal error: {kind}.",
        "System.Exception",
        internal=True,
        log_message=f"Internal error: {kind} at {place_of(error)}.",
    )


spare(failure.__code__)


def set_limits(limits: ExpressionLimits) -> None:
    """What each evaluation may use up from the next one on, in the whole process."""
    meter.set_limits(limits.steps, limits.size, limits.match_time, limits.time)


@cache
def load_library() -> None:
    """Load every module of the library and read its declarations; once, the first time it is needed."""
    from fastgw.expr import library
    from fastgw.expr.library.declare import complete

    for module in walk_packages(library.__path__, f"{library.__name__}."):
        import_module(module.name)
    complete()
