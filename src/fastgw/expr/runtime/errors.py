"""Exceptions of .NET, as Python exceptions of the same shape; and what no policy can catch.

Only these leave an expression: generated code and the library raise nothing else on purpose. A subclass
stands where .NET has one, so that `catch (ArgumentException)` is Python's `except`. Their members are
declared in `library/exceptions.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastgw.expr.runtime.values import NetObject

if TYPE_CHECKING:
    from fastgw.expr.types import Type


def _reserve(characters: int) -> None:
    from fastgw.expr.runtime.meter import meter

    meter.reserve(characters)


class NetException(NetObject, Exception):
    """System.Exception. `message` is what .NET says; `inner` the InnerException.

    `default_message` stands where no message is given; None means .NET's general one, which names the type.
    `was_thrown`: a `catch` has had it.
    """

    net_name = "System.Exception"
    default_message: str | None = None
    hresult = 0x80131500
    was_thrown = False

    def __init__(self, message: str | None = None, inner: NetException | None = None) -> None:
        if message is None:
            message = self.default_message
            if message is None:
                message = f"Exception of type '{self.net_name}' was thrown."
        super().__init__(message)
        self.message = message
        self.inner = inner

    def net_type(self) -> Type:
        """The definition that has this class, without type arguments."""
        from fastgw.expr.library.declare import find_python
        from fastgw.expr.types import NamedType

        definition = find_python(type(self))
        if definition is None:
            raise TypeError(f"{type(self).__name__} is not declared")
        return NamedType(definition)

    def net_text(self) -> str:
        """ToString() as .NET gives it for an exception without stack trace."""
        text = self.net_name
        if self.message:
            text += f": {self.message}"
        if self.inner is not None:
            # Exceptions inside exceptions may tell the same text twice, again and again.
            _reserve(len(text))
            text += f"\n ---> {self.inner.net_text()}\n   --- End of inner exception stack trace ---"
        return text


class SystemException(NetException):
    """System.SystemException."""

    net_name = "System.SystemException"
    default_message = "System error."
    hresult = 0x80131501


class ApplicationException(NetException):
    """System.ApplicationException."""

    net_name = "System.ApplicationException"
    default_message = "Error in the application."
    hresult = 0x80131600


class AggregateException(NetException):
    """System.AggregateException; the messages of the inner exceptions become part of its own."""

    net_name = "System.AggregateException"
    default_message = "One or more errors occurred."

    def __init__(
        self,
        message: str | None = None,
        inner: NetException | None = None,
        inners: tuple[NetException, ...] | None = None,
    ) -> None:
        if inners is None:
            inners = (inner,) if inner is not None else ()
        if message is None:
            message = self.default_message
        _reserve(sum(len(one.message) + 3 for one in inners))
        said = "".join(f" ({one.message})" for one in inners)
        super().__init__(f"{message}{said}", inners[0] if inners else None)
        self.inners = inners

    def net_text(self) -> str:
        """ToString(): that of any exception, then each inner exception with its place."""
        shown = (
            f"\n ---> (Inner Exception #{at}) {one.net_text()}<---\n" for at, one in enumerate(self.inners)
        )
        return super().net_text() + "".join(shown)


class InvalidOperationException(SystemException):
    """System.InvalidOperationException."""

    net_name = "System.InvalidOperationException"
    default_message = "Operation is not valid due to the current state of the object."
    hresult = 0x80131509


class ObjectDisposedException(InvalidOperationException):
    """System.ObjectDisposedException; the object's name becomes part of the message."""

    net_name = "System.ObjectDisposedException"
    default_message = "Cannot access a disposed object."
    hresult = 0x80131622

    def __init__(
        self, message: str | None = None, inner: NetException | None = None, name: str | None = None
    ) -> None:
        if message is None:
            message = self.default_message
        super().__init__(f"{message}\nObject name: '{name}'." if name else message, inner)
        self.name = name or ""


class ArgumentException(SystemException):
    """System.ArgumentException; the parameter's name becomes part of the message."""

    net_name = "System.ArgumentException"
    default_message = "Value does not fall within the expected range."
    hresult = 0x80070057

    def __init__(
        self,
        message: str | None = None,
        inner: NetException | None = None,
        parameter: str | None = None,
    ) -> None:
        if message is None:
            message = self.default_message
        super().__init__(f"{message} (Parameter '{parameter}')" if parameter else message, inner)
        self.parameter = parameter


class ArgumentNullException(ArgumentException):
    """System.ArgumentNullException."""

    net_name = "System.ArgumentNullException"
    default_message = "Value cannot be null."
    hresult = 0x80004003


class ArgumentOutOfRangeException(ArgumentException):
    """System.ArgumentOutOfRangeException; `actual` is the ActualValue, a line of the message where given."""

    net_name = "System.ArgumentOutOfRangeException"
    default_message = "Specified argument was out of the range of valid values."
    hresult = 0x80131502

    def __init__(
        self,
        message: str | None = None,
        inner: NetException | None = None,
        parameter: str | None = None,
        actual: object = None,
    ) -> None:
        super().__init__(message, inner, parameter)
        self.actual = actual
        if actual is not None:
            from fastgw.expr.runtime.objects import to_text

            self.message += f"\nActual value was {to_text(actual)}."


class InvalidEnumArgumentException(ArgumentException):
    """System.ComponentModel.InvalidEnumArgumentException."""

    net_name = "System.ComponentModel.InvalidEnumArgumentException"


class EncoderFallbackException(ArgumentException):
    """System.Text.EncoderFallbackException."""

    net_name = "System.Text.EncoderFallbackException"


class DecoderFallbackException(ArgumentException):
    """System.Text.DecoderFallbackException."""

    net_name = "System.Text.DecoderFallbackException"


class NullReferenceException(SystemException):
    """System.NullReferenceException."""

    net_name = "System.NullReferenceException"
    default_message = "Object reference not set to an instance of an object."
    hresult = 0x80004003


class InvalidCastException(SystemException):
    """System.InvalidCastException."""

    net_name = "System.InvalidCastException"
    default_message = "Specified cast is not valid."
    hresult = 0x80004002


class FormatException(SystemException):
    """System.FormatException."""

    net_name = "System.FormatException"
    default_message = "One of the identified items was in an invalid format."
    hresult = 0x80131537


class UriFormatException(FormatException):
    """System.UriFormatException."""

    net_name = "System.UriFormatException"


class IndexOutOfRangeException(SystemException):
    """System.IndexOutOfRangeException."""

    net_name = "System.IndexOutOfRangeException"
    default_message = "Index was outside the bounds of the array."
    hresult = 0x80131508


class RankException(SystemException):
    """System.RankException."""

    net_name = "System.RankException"
    default_message = "Attempted to operate on an array with the incorrect number of dimensions."
    hresult = 0x80131517


class ArrayTypeMismatchException(SystemException):
    """System.ArrayTypeMismatchException."""

    net_name = "System.ArrayTypeMismatchException"
    default_message = "Attempted to access an element as a type incompatible with the array."
    hresult = 0x80131503


class KeyNotFoundException(SystemException):
    """System.Collections.Generic.KeyNotFoundException."""

    net_name = "System.Collections.Generic.KeyNotFoundException"
    default_message = "The given key was not present in the dictionary."
    hresult = 0x80131577


class NotSupportedException(SystemException):
    """System.NotSupportedException."""

    net_name = "System.NotSupportedException"
    default_message = "Specified method is not supported."
    hresult = 0x80131515


class NotImplementedException(SystemException):
    """System.NotImplementedException."""

    net_name = "System.NotImplementedException"
    default_message = "The method or operation is not implemented."
    hresult = 0x80004001


class ArithmeticException(SystemException):
    """System.ArithmeticException."""

    net_name = "System.ArithmeticException"
    default_message = "Overflow or underflow in the arithmetic operation."
    hresult = 0x80070216


class OverflowException(ArithmeticException):
    """System.OverflowException."""

    net_name = "System.OverflowException"
    default_message = "Arithmetic operation resulted in an overflow."
    hresult = 0x80131516


class DivideByZeroException(ArithmeticException):
    """System.DivideByZeroException."""

    net_name = "System.DivideByZeroException"
    default_message = "Attempted to divide by zero."
    hresult = 0x80020012


class NotFiniteNumberException(ArithmeticException):
    """System.NotFiniteNumberException."""

    net_name = "System.NotFiniteNumberException"
    default_message = "Number encountered was not a finite quantity."
    hresult = 0x80131528


class TimeoutException(SystemException):
    """System.TimeoutException."""

    net_name = "System.TimeoutException"
    default_message = "The operation has timed out."
    hresult = 0x80131505


class RegexMatchTimeoutException(TimeoutException):
    """System.Text.RegularExpressions.RegexMatchTimeoutException."""

    net_name = "System.Text.RegularExpressions.RegexMatchTimeoutException"


class OperationCanceledException(SystemException):
    """System.OperationCanceledException."""

    net_name = "System.OperationCanceledException"
    default_message = "The operation was canceled."
    hresult = 0x8013153B


class UnauthorizedAccessException(SystemException):
    """System.UnauthorizedAccessException."""

    net_name = "System.UnauthorizedAccessException"
    default_message = "Attempted to perform an unauthorized operation."
    hresult = 0x80070005


class SecurityException(SystemException):
    """System.Security.SecurityException."""

    net_name = "System.Security.SecurityException"
    default_message = "Security error."
    hresult = 0x8013150A


class OutOfMemoryException(SystemException):
    """System.OutOfMemoryException; a policy may throw it, the engine raises Exhausted instead."""

    net_name = "System.OutOfMemoryException"
    default_message = "Insufficient memory to continue the execution of the program."
    hresult = 0x8007000E


class StackOverflowException(SystemException):
    """System.StackOverflowException; a policy may throw it, the engine raises Exhausted instead."""

    net_name = "System.StackOverflowException"
    default_message = "Operation caused a stack overflow."
    hresult = 0x800703E9


class IOException(SystemException):
    """System.IO.IOException."""

    net_name = "System.IO.IOException"
    default_message = "I/O error occurred."
    hresult = 0x80131620


class EndOfStreamException(IOException):
    """System.IO.EndOfStreamException."""

    net_name = "System.IO.EndOfStreamException"
    default_message = "Attempted to read past the end of the stream."
    hresult = 0x80070026


class InvalidDataException(SystemException):
    """System.IO.InvalidDataException."""

    net_name = "System.IO.InvalidDataException"
    default_message = "Found invalid data while decoding."


class CryptographicException(SystemException):
    """System.Security.Cryptography.CryptographicException."""

    net_name = "System.Security.Cryptography.CryptographicException"
    default_message = "Error occurred during a cryptographic operation."
    hresult = 0x80131430


class TimeZoneNotFoundException(NetException):
    """System.TimeZoneNotFoundException."""

    net_name = "System.TimeZoneNotFoundException"


class InvalidTimeZoneException(NetException):
    """System.InvalidTimeZoneException."""

    net_name = "System.InvalidTimeZoneException"


class _PositionedException(NetException):
    """What the exceptions of readers have in common; not itself an exception of .NET."""

    def __init__(
        self,
        message: str | None = None,
        inner: NetException | None = None,
        line: int = 0,
        position: int = 0,
        path: str | None = None,
    ) -> None:
        super().__init__(message, inner)
        self.line = line
        self.position = position
        self.path = path


class XmlException(_PositionedException, SystemException):
    """System.Xml.XmlException."""

    net_name = "System.Xml.XmlException"
    default_message = "An XML error has occurred."
    hresult = 0x80131940


class XPathException(SystemException):
    """System.Xml.XPath.XPathException."""

    net_name = "System.Xml.XPath.XPathException"
    default_message = ""
    hresult = 0x80131942


class JsonException(NetException):
    """Newtonsoft.Json.JsonException."""

    net_name = "Newtonsoft.Json.JsonException"


class JsonReaderException(_PositionedException, JsonException):
    """Newtonsoft.Json.JsonReaderException."""

    net_name = "Newtonsoft.Json.JsonReaderException"


class JsonWriterException(_PositionedException, JsonException):
    """Newtonsoft.Json.JsonWriterException."""

    net_name = "Newtonsoft.Json.JsonWriterException"


class JsonSerializationException(_PositionedException, JsonException):
    """Newtonsoft.Json.JsonSerializationException."""

    net_name = "Newtonsoft.Json.JsonSerializationException"


class Exhausted(Exception):
    """An expression has used up its steps, time or memory. No policy can catch it."""
