"""The types of Json.NET that expressions can name. Their members stand in the `*_members.py` files."""

from __future__ import annotations

from fastgw.expr.library.collections_elements import Sequence
from fastgw.expr.library.collections_protocol import EqualityComparer
from fastgw.expr.library.declare import define, define_enum
from fastgw.expr.library.json.containers import JArray, JConstructor, JContainer
from fastgw.expr.library.json.objects import JObject, JProperty
from fastgw.expr.library.json.tokens import JRaw, JToken, JValue
from fastgw.expr.types import Type

_LINQ = "Newtonsoft.Json.Linq"

FORMATTING = define_enum("Newtonsoft.Json.Formatting", {"None": 0, "Indented": 1})
JSON_CONVERT = define("Newtonsoft.Json.JsonConvert", "static")

ENUMERABLE = define(
    f"{_LINQ}.IJEnumerable<out T>", "interface", interfaces=("System.Collections.Generic.IEnumerable<T>",)
)
TOKEN = define(
    f"{_LINQ}.JToken",
    "class",
    interfaces=(f"{_LINQ}.IJEnumerable<{_LINQ}.JToken>",),
    python=(JToken,),
)
CONTAINER = define(
    f"{_LINQ}.JContainer",
    "class",
    base=f"{_LINQ}.JToken",
    interfaces=(f"System.Collections.Generic.IList<{_LINQ}.JToken>", "System.Collections.IList"),
    python=(JContainer,),
)
OBJECT = define(
    f"{_LINQ}.JObject",
    "class",
    base=f"{_LINQ}.JContainer",
    interfaces=(f"System.Collections.Generic.IDictionary<string, {_LINQ}.JToken>",),
    python=(JObject,),
)
ARRAY = define(
    f"{_LINQ}.JArray",
    "class",
    base=f"{_LINQ}.JContainer",
    interfaces=(f"System.Collections.Generic.IList<{_LINQ}.JToken>",),
    python=(JArray,),
)
PROPERTY = define(f"{_LINQ}.JProperty", "class", base=f"{_LINQ}.JContainer", python=(JProperty,))
CONSTRUCTOR = define(f"{_LINQ}.JConstructor", "class", base=f"{_LINQ}.JContainer", python=(JConstructor,))
VALUE = define(
    f"{_LINQ}.JValue",
    "class",
    base=f"{_LINQ}.JToken",
    interfaces=(
        f"IEquatable<{_LINQ}.JValue>",
        "IFormattable",
        "IComparable",
        f"IComparable<{_LINQ}.JValue>",
        "IConvertible",
    ),
    python=(JValue,),
)
RAW = define(f"{_LINQ}.JRaw", "class", base=f"{_LINQ}.JValue", python=(JRaw,))
EXTENSIONS = define(f"{_LINQ}.Extensions", "static")


class JEnumerable(Sequence):
    """Newtonsoft.Json.Linq.JEnumerable<T>: what Children() gives."""

    __slots__ = ()

    @classmethod
    def net_default(cls, arguments: tuple[Type, ...]) -> JEnumerable:
        """default(JEnumerable<T>): nothing."""
        return cls(arguments[0], lambda: iter(()))


class TokenComparer(EqualityComparer):
    """Newtonsoft.Json.Linq.JTokenEqualityComparer: tokens are equal where they say the same."""

    __slots__ = ()

    def equals(self, a: JToken | None, b: JToken | None) -> bool:
        """JToken.DeepEquals."""
        return a is b or (a is not None and b is not None and a.deep_equals(b))

    def hash(self, a: JToken | None) -> int:
        """The same for tokens that say the same: for values theirs, for others that of the kind."""
        return 0 if a is None else hash(a) if isinstance(a, JValue) else a.kind


COMPARER = define(
    f"{_LINQ}.JTokenEqualityComparer",
    "class",
    interfaces=(f"System.Collections.Generic.IEqualityComparer<{_LINQ}.JToken>",),
    python=(TokenComparer,),
)


ENUMERABLE_STRUCT = define(
    f"{_LINQ}.JEnumerable<T>",
    "struct",
    base="System.ValueType",
    interfaces=(f"{_LINQ}.IJEnumerable<T>",),
    python=(JEnumerable,),
)
JEnumerable.definition = ENUMERABLE_STRUCT.definition
