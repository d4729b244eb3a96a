"""System.Exception and its descendants."""

from __future__ import annotations

import pytest

from fastgw.expr.engine import load_library
from fastgw.expr.library.declare import find
from fastgw.expr.library.exceptions import DECLARED, get_base_exception, hresult, stack_trace
from fastgw.expr.runtime import errors
from fastgw.expr.runtime.objects import to_text, type_of
from fastgw.expr.runtime.text import type_name
from tests.expr.library.members import definition, method


@pytest.mark.parametrize(
    ("name", "parameters", "arguments", "message"),
    [
        ("System.Exception", (), (), "Exception of type 'System.Exception' was thrown."),
        ("System.Exception", ("string",), ("m",), "m"),
        ("System.Exception", ("string",), ("",), ""),
        ("System.ArgumentException", ("string", "string"), ("bad", "p"), "bad (Parameter 'p')"),
        ("System.ArgumentNullException", ("string",), ("user",), "Value cannot be null. (Parameter 'user')"),
        (
            "System.ArgumentOutOfRangeException",
            ("string", "object", "string"),
            ("p", 5, "too much"),
            "too much (Parameter 'p')\nActual value was 5.",
        ),
        (
            "System.InvalidOperationException",
            (),
            (),
            "Operation is not valid due to the current state of the object.",
        ),
        (
            "System.ObjectDisposedException",
            ("string",),
            ("S",),
            "Cannot access a disposed object.\nObject name: 'S'.",
        ),
        ("System.TimeoutException", (), (), "The operation has timed out."),
        ("Newtonsoft.Json.JsonException", ("string",), ("j",), "j"),
        (
            "System.Xml.XmlException",
            ("string", "Exception", "int", "int"),
            ("x", None, 2, 3),
            "x Line 2, position 3.",
        ),
    ],
)
def test_messages(name, parameters, arguments, message):
    made = method(name, "new", *parameters)(*arguments)
    assert made.message == message
    assert type_name(type_of(made)) == name


def test_every_class_stands_below_the_one_of_net():
    load_library()
    for made, declared in DECLARED.items():
        base = declared.definition.base
        if made is errors.NetException:
            assert str(base) == "object"
        else:
            assert base.definition.python[0] in made.__mro__
            assert find(made.net_name) is declared.definition
    assert definition("System.UriFormatException").base.definition.name == "FormatException"
    assert definition("Newtonsoft.Json.JsonReaderException").base.definition.name == "JsonException"
    assert definition("System.Xml.XmlException").base.definition.name == "SystemException"


def test_the_innermost_exception_is_the_base():
    inner = errors.FormatException("f")
    outer = errors.NetException("o", errors.ArgumentException("a", inner))
    assert get_base_exception(outer) is inner
    assert to_text(outer) == (
        "System.Exception: o\n ---> System.ArgumentException: a\n ---> System.FormatException: f\n"
        "   --- End of inner exception stack trace ---\n   --- End of inner exception stack trace ---"
    )


def test_an_exception_has_a_stack_trace_once_it_is_thrown():
    made = errors.NetException("m")
    assert stack_trace(made) is None
    with pytest.raises(errors.NetException):
        raise made
    assert stack_trace(made) == ""


def test_an_aggregate_tells_all_messages():
    source = errors.AggregateException(None, None, (errors.NetException("a"), errors.NetException("b")))
    assert source.message == "One or more errors occurred. (a) (b)"
    assert source.inner.message == "a"
    nested = errors.AggregateException(None, None, (source, errors.NetException("c")))
    flatten = method("System.AggregateException", "Flatten")
    assert [one.message for one in flatten(nested).inners] == ["a", "b", "c"]


def test_codes_are_negative_numbers():
    assert hresult(errors.NetException("m")) == -2146233088
    assert hresult(errors.NullReferenceException()) == -2147467261
