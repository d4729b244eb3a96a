"""System.Exception and the exception classes that policies can name, throw and catch.

Every public class of runtime/errors.py is one; its place among the others is that of the Python class.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastgw.expr.library.arrays import new_array
from fastgw.expr.library.collections_elements import collect
from fastgw.expr.library.collections_read_only import ReadOnlyList
from fastgw.expr.library.core import EXCEPTION
from fastgw.expr.library.declare import Declared, define
from fastgw.expr.runtime import errors
from fastgw.expr.runtime.errors import (
    AggregateException,
    ArgumentException,
    ArgumentNullException,
    ArgumentOutOfRangeException,
    CryptographicException,
    InvalidEnumArgumentException,
    IOException,
    JsonReaderException,
    JsonSerializationException,
    JsonWriterException,
    NetException,
    NotFiniteNumberException,
    ObjectDisposedException,
    XmlException,
)
from fastgw.expr.runtime.meter import meter
from fastgw.expr.runtime.objects import to_text

_STANDARD = ("()", "(string message)", "(string message, Exception innerException)")


def _named(made: type[NetException]) -> str:
    """The nearest base class that .NET has too."""
    return next(
        one.net_name
        for one in made.__mro__[1:]
        if issubclass(one, NetException) and not one.__name__.startswith("_")
    )


def _declare(made: type[NetException]) -> Declared:
    return define(made.net_name, "class", base=_named(made), python=(made,))


DECLARED: dict[type[NetException], Declared] = {NetException: EXCEPTION}
for _class in vars(errors).values():
    if (
        isinstance(_class, type)
        and issubclass(_class, NetException)
        and _class is not NetException
        and not _class.__name__.startswith("_")
    ):
        DECLARED[_class] = _declare(_class)


# ---------------------------------------------------------------- of every exception

EXCEPTION.attribute("string Message", "message")
EXCEPTION.attribute("Exception InnerException", "inner")


@EXCEPTION.property("string StackTrace")
def stack_trace(this: NetException) -> str | None:
    """Null before the exception is thrown, then empty: there is nothing to tell of the engine's own stack."""
    return "" if this.was_thrown or this.__traceback__ is not None else None


def _noted(name: str) -> tuple[Callable[[Any], Any], Callable[[Any, Any], None]]:
    """The getter and setter of a text that nobody but the policy writes."""

    def get(this: NetException) -> Any:
        return this.__dict__.get(name)

    def put(this: NetException, value: Any) -> None:
        this.__dict__[name] = value

    return get, put


for _property in ("Source", "HelpLink"):
    _get, _put = _noted(_property)
    EXCEPTION.property(f"string {_property}", setter=_put)(_get)


@EXCEPTION.property("int HResult")
def hresult(this: NetException) -> int:
    """The code of the class, a negative number."""
    return this.hresult - 2**32


@EXCEPTION.method("Exception GetBaseException()")
def get_base_exception(this: NetException) -> NetException:
    """The innermost exception."""
    found = this
    while found.inner is not None:
        found = found.inner
    return found


@EXCEPTION.method("string ToString()")
def exception_text(this: NetException) -> str:
    """The class, the message, and the inner exception."""
    return this.net_text()


# ---------------------------------------------------------------- constructors of most

_OWN_CONSTRUCTORS = {
    AggregateException,
    ArgumentNullException,
    ArgumentOutOfRangeException,
    ObjectDisposedException,
}
for _class, _declared in DECLARED.items():
    if _class not in _OWN_CONSTRUCTORS:
        for _parameters in _STANDARD:
            _declared.constructor(_parameters)(_class)


# ---------------------------------------------------------------- arguments

_ARGUMENT = DECLARED[ArgumentException]
_ARGUMENT.attribute("string ParamName", "parameter")


@_ARGUMENT.constructor("(string message, string paramName)")
def new_argument(message: str | None, parameter: str | None) -> ArgumentException:
    """`new ArgumentException(message, paramName)`."""
    return ArgumentException(message, None, parameter)


@_ARGUMENT.constructor("(string message, string paramName, Exception innerException)")
def new_argument_of(
    message: str | None, parameter: str | None, inner: NetException | None
) -> ArgumentException:
    """`new ArgumentException(message, paramName, inner)`."""
    return ArgumentException(message, inner, parameter)


def _declare_argument(made: type[ArgumentException]) -> None:
    """The constructors that begin with the parameter's name."""

    def new() -> ArgumentException:
        return made()

    def of_parameter(parameter: str | None) -> ArgumentException:
        return made(None, None, parameter)

    def of_both(parameter: str | None, message: str | None) -> ArgumentException:
        return made(message, None, parameter)

    def of_inner(message: str | None, inner: NetException | None) -> ArgumentException:
        return made(message, inner)

    declared = DECLARED[made]
    declared.constructor("()")(new)
    declared.constructor("(string paramName)")(of_parameter)
    declared.constructor("(string paramName, string message)")(of_both)
    declared.constructor("(string message, Exception innerException)")(of_inner)


_declare_argument(ArgumentNullException)
_declare_argument(ArgumentOutOfRangeException)
_OUT_OF_RANGE = DECLARED[ArgumentOutOfRangeException]
_OUT_OF_RANGE.attribute("object ActualValue", "actual")


@_OUT_OF_RANGE.constructor("(string paramName, object actualValue, string message)")
def new_out_of_range(parameter: str | None, actual: Any, message: str | None) -> ArgumentOutOfRangeException:
    """`new ArgumentOutOfRangeException(paramName, actualValue, message)`."""
    return ArgumentOutOfRangeException(message, None, parameter, actual)


@DECLARED[InvalidEnumArgumentException].constructor("(string argumentName, int invalidValue, Type enumClass)")
def new_invalid_enum(name: str | None, value: int, enum: Any) -> InvalidEnumArgumentException:
    """`new InvalidEnumArgumentException(argumentName, invalidValue, enumClass)`."""
    return InvalidEnumArgumentException(
        f"The value of argument '{name or ''}' ({value}) is invalid for Enum type "
        f"'{to_text(enum).rpartition('.')[2]}'.",
        None,
        name,
    )


# ---------------------------------------------------------------- several inside one

_AGGREGATE = DECLARED[AggregateException]
_INNERS = "Exception[] innerExceptions"


def _aggregate(message: str | None, inners: Any) -> AggregateException:
    if inners is None:
        raise ArgumentNullException(parameter="innerExceptions")
    held = tuple(collect(inners))
    if None in held:
        raise ArgumentException("An element of innerExceptions was null.")
    return AggregateException(message, None, held)


def _aggregate_of(inners: Any) -> AggregateException:
    return _aggregate(None, inners)


for _parameters in _STANDARD:
    _AGGREGATE.constructor(_parameters)(AggregateException)
for _inners in (f"params {_INNERS}", "IEnumerable<Exception> innerExceptions"):
    _AGGREGATE.constructor(f"({_inners})")(_aggregate_of)
    _AGGREGATE.constructor(f"(string message, {_inners})")(_aggregate)


@_AGGREGATE.property("ReadOnlyCollection<Exception> InnerExceptions")
def inner_exceptions(this: AggregateException) -> ReadOnlyList:
    """All inner exceptions."""
    return ReadOnlyList(EXCEPTION.type, new_array(EXCEPTION.type, this.inners))


@_AGGREGATE.method("AggregateException Flatten()")
def flatten(this: AggregateException) -> AggregateException:
    """One with all inner exceptions that are no AggregateExceptions, however deep."""
    found: list[NetException] = []
    waiting = list(reversed(this.inners))
    while waiting:
        meter.spend()
        one = waiting.pop()
        if isinstance(one, AggregateException):
            waiting += reversed(one.inners)
        else:
            found.append(one)
    return AggregateException(None, None, tuple(found))


# ---------------------------------------------------------------- others with something of their own

_DISPOSED = DECLARED[ObjectDisposedException]
_DISPOSED.attribute("string ObjectName", "name")


@_DISPOSED.constructor("(string objectName)")
def new_disposed(name: str | None) -> ObjectDisposedException:
    """`new ObjectDisposedException(objectName)`."""
    return ObjectDisposedException(None, None, name)


@_DISPOSED.constructor("(string objectName, string message)")
def new_disposed_with(name: str | None, message: str | None) -> ObjectDisposedException:
    """`new ObjectDisposedException(objectName, message)`."""
    return ObjectDisposedException(message, None, name)


@_DISPOSED.constructor("(string message, Exception innerException)")
def new_disposed_of(message: str | None, inner: NetException | None) -> ObjectDisposedException:
    """`new ObjectDisposedException(message, inner)`."""
    return ObjectDisposedException(message, inner)


@DECLARED[CryptographicException].constructor("(string format, string insert)")
def new_cryptographic(format: str | None, insert: str | None) -> CryptographicException:
    """`new CryptographicException(format, insert)`: `{0}` in the format is the insert."""
    return CryptographicException((format or "").replace("{0}", insert or ""))


@DECLARED[IOException].constructor("(string message, int hresult)")
def new_io(message: str | None, code: int) -> IOException:
    """`new IOException(message, hresult)`."""
    made = IOException(message)
    made.hresult = code % 2**32
    return made


@DECLARED[NotFiniteNumberException].constructor("(double offendingNumber)")
def new_not_finite(number: float) -> NotFiniteNumberException:
    """`new NotFiniteNumberException(number)`; the message does not say the number."""
    return NotFiniteNumberException()


DECLARED[XmlException].attribute("int LineNumber", "line")
DECLARED[XmlException].attribute("int LinePosition", "position")


@DECLARED[XmlException].constructor(
    "(string message, Exception innerException, int lineNumber, int linePosition)"
)
def new_xml(message: str | None, inner: NetException | None, line: int, position: int) -> XmlException:
    """`new XmlException(message, inner, lineNumber, linePosition)`; the place becomes part of the message."""
    if line:
        said = XmlException.default_message if message is None else message
        message = f"{said} Line {line}, position {position}."
    return XmlException(message, inner, line, position)


for _class in (JsonReaderException, JsonWriterException, JsonSerializationException):
    DECLARED[_class].attribute("string Path", "path")
    if _class is not JsonWriterException:
        DECLARED[_class].attribute("int LineNumber", "line")
        DECLARED[_class].attribute("int LinePosition", "position")
