"""The definitions that everything else names: object, primitives, interfaces, delegates.

Their members stand with the module that implements them (`extend`). Only definitions here.
"""

from __future__ import annotations

from decimal import Decimal

from fastgw.expr.library.declare import Declared, define, define_delegate
from fastgw.expr.runtime.errors import NetException
from fastgw.expr.runtime.values import (
    Byte,
    Char,
    Int16,
    Int64,
    SByte,
    Single,
    UInt16,
    UInt32,
    UInt64,
)
from fastgw.expr.types import Type

_GENERIC = "System.Collections.Generic"

OBJECT = define("System.Object", "class", keyword="object")
VALUE_TYPE = define("System.ValueType", "class")
ENUM = define(
    "System.Enum",
    "class",
    base="System.ValueType",
    interfaces=("IComparable", "IConvertible", "IFormattable"),
)
ARRAY = define("System.Array", "class", interfaces=("System.Collections.IList",))
DELEGATE = define("System.Delegate", "class")
TYPE = define("System.Type", "class", python=(Type,))
DISPOSABLE = define("System.IDisposable", "interface")
CONVERTIBLE = define("System.IConvertible", "interface")
FORMATTABLE = define("System.IFormattable", "interface")
FORMAT_PROVIDER = define("System.IFormatProvider", "interface")
COMPARABLE = define("System.IComparable", "interface")
COMPARABLE_TO = define("System.IComparable<in T>", "interface")
EQUATABLE = define("System.IEquatable<T>", "interface")

ENUMERABLE = define("System.Collections.IEnumerable", "interface")
COLLECTION = define(
    "System.Collections.ICollection", "interface", interfaces=("System.Collections.IEnumerable",)
)
LIST = define("System.Collections.IList", "interface", interfaces=("System.Collections.ICollection",))
ENUMERATOR = define("System.Collections.IEnumerator", "interface")
ENUMERABLE_OF = define(
    f"{_GENERIC}.IEnumerable<out T>", "interface", interfaces=("System.Collections.IEnumerable",)
)
ENUMERATOR_OF = define(
    f"{_GENERIC}.IEnumerator<out T>",
    "interface",
    interfaces=("System.Collections.IEnumerator", "IDisposable"),
)
READ_ONLY_COLLECTION_OF = define(
    f"{_GENERIC}.IReadOnlyCollection<out T>", "interface", interfaces=("IEnumerable<T>",)
)
READ_ONLY_LIST_OF = define(
    f"{_GENERIC}.IReadOnlyList<out T>", "interface", interfaces=("IReadOnlyCollection<T>",)
)
COLLECTION_OF = define(f"{_GENERIC}.ICollection<T>", "interface", interfaces=("IEnumerable<T>",))
LIST_OF = define(f"{_GENERIC}.IList<T>", "interface", interfaces=("ICollection<T>",))
SET_OF = define(f"{_GENERIC}.ISet<T>", "interface", interfaces=("ICollection<T>",))
KEY_VALUE_PAIR = define(f"{_GENERIC}.KeyValuePair<TKey, TValue>", "struct", base="System.ValueType")
DICTIONARY_OF = define(
    f"{_GENERIC}.IDictionary<TKey, TValue>",
    "interface",
    interfaces=("ICollection<KeyValuePair<TKey, TValue>>",),
)
READ_ONLY_DICTIONARY_OF = define(
    f"{_GENERIC}.IReadOnlyDictionary<TKey, TValue>",
    "interface",
    interfaces=("IReadOnlyCollection<KeyValuePair<TKey, TValue>>",),
)
COMPARER_OF = define(f"{_GENERIC}.IComparer<in T>", "interface")
EQUALITY_COMPARER_OF = define(f"{_GENERIC}.IEqualityComparer<in T>", "interface")

STRING = define(
    "System.String",
    "class",
    keyword="string",
    interfaces=(
        "IEnumerable<char>",
        "IComparable",
        "IComparable<string>",
        "IEquatable<string>",
        "IConvertible",
    ),
    python=(str,),
    exact=True,
)


def _primitive(name: str, keyword: str, python: type) -> Declared:
    # bool and char know no formats.
    formats = () if python in (bool, Char) else ("IFormattable",)
    return define(
        f"System.{name}",
        "struct",
        keyword=keyword,
        base="System.ValueType",
        interfaces=(
            "IComparable",
            f"IComparable<{keyword}>",
            f"IEquatable<{keyword}>",
            "IConvertible",
            *formats,
        ),
        python=(python,),
        exact=True,
    )


BOOLEAN = _primitive("Boolean", "bool", bool)
CHAR = _primitive("Char", "char", Char)
SBYTE = _primitive("SByte", "sbyte", SByte)
BYTE = _primitive("Byte", "byte", Byte)
INT16 = _primitive("Int16", "short", Int16)
UINT16 = _primitive("UInt16", "ushort", UInt16)
INT32 = _primitive("Int32", "int", int)
UINT32 = _primitive("UInt32", "uint", UInt32)
INT64 = _primitive("Int64", "long", Int64)
UINT64 = _primitive("UInt64", "ulong", UInt64)
SINGLE = _primitive("Single", "float", Single)
DOUBLE = _primitive("Double", "double", float)
DECIMAL = _primitive("Decimal", "decimal", Decimal)

define_delegate("System.Predicate<in T>", "bool (T obj)")
define_delegate("System.Comparison<in T>", "int (T x, T y)")
define_delegate("System.Converter<in TInput, out TOutput>", "TOutput (TInput input)")
define("System.Action", "delegate", base="System.Delegate").method("void Invoke()")(lambda: None)
for _count in range(1, 9):
    _names = [f"T{at + 1}" if _count > 1 else "T" for at in range(_count)]
    _arguments = ", ".join(f"{name} arg{at + 1}" for at, name in enumerate(_names))
    define_delegate(f"System.Action<{', '.join(f'in {name}' for name in _names)}>", f"void ({_arguments})")
for _count in range(9):
    _names = [f"T{at + 1}" if _count > 1 else "T" for at in range(_count)]
    _arguments = ", ".join(f"{name} arg{at + 1}" for at, name in enumerate(_names))
    _declared = ", ".join([*(f"in {name}" for name in _names), "out TResult"])
    define_delegate(f"System.Func<{_declared}>", f"TResult ({_arguments})")

EXCEPTION = define("System.Exception", "class", python=(NetException,))
