"""Static types of expressions, as the C# compiler would see them.

A type is an immutable value; two types are the same when they compare equal. Definitions (String, List,
IRequest, ...) are made by the library (`library/declare.py`) and looked up through `library.find`. Nothing
here knows a particular member.

What is said about all parts of a type (how many they are, whether a type parameter is among them, the hash)
is found once, when it is made: a type whose parts are few objects may have very many of them, such as
`((a, a), (a, a))`, and nothing may walk over those again and again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from fastgw.errors import FastgwError

MOST_PARTS: Final = 1_000
"""The types that one is made of, itself among them; those of the published policies are below 10."""

Kind = Literal["class", "struct", "interface", "enum", "delegate", "static"]


class TypeTooComplex(FastgwError):
    """A type of more than MOST_PARTS types."""

    def __init__(self) -> None:
        super().__init__(f"A type is too complex: it has more than {MOST_PARTS} parts")


class Type:
    """A type. Shown in messages as C# shows it (`string`, `List<int>`, `int?`).

    `size` counts the types it is made of, itself among them. `is_open`: a type parameter is one of them.
    Making one of more than MOST_PARTS raises TypeTooComplex.
    """

    __slots__ = ()

    size: int = 1
    is_open: bool = False

    def __str__(self) -> str:
        return type(self).__name__


def _complete(made: Type, parts: Iterable[Type], value: object) -> None:
    """Keep in a new type what is known of all its parts; `value` is what its equality goes by."""
    size, is_open = 1, False
    for one in parts:
        size += one.size
        is_open = is_open or one.is_open
    if size > MOST_PARTS:
        raise TypeTooComplex
    keep = object.__setattr__
    keep(made, "size", size)
    keep(made, "is_open", is_open)
    keep(made, "_hash", hash(value))


def _kept() -> Any:
    """A field that `_complete` fills."""
    return field(init=False, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class NamedType(Type):
    """A definition with its type arguments: `string`, `List<int>`."""

    definition: TypeDefinition
    arguments: tuple[Type, ...] = ()

    size: int = _kept()
    is_open: bool = _kept()
    _hash: int = _kept()

    def __post_init__(self) -> None:
        _complete(self, self.arguments, (self.definition, self.arguments))

    def __hash__(self) -> int:
        return self._hash

    def __str__(self) -> str:
        if self.arguments:
            return f"{self.definition.name}<{', '.join(map(str, self.arguments))}>"
        return self.definition.keyword or self.definition.name


@dataclass(frozen=True, slots=True)
class ArrayType(Type):
    """`T[]` (rank 1), `T[,]` (rank 2)."""

    element: Type
    rank: int = 1

    size: int = _kept()
    is_open: bool = _kept()
    _hash: int = _kept()

    def __post_init__(self) -> None:
        _complete(self, (self.element,), (self.element, self.rank))

    def __hash__(self) -> int:
        return self._hash

    def __str__(self) -> str:
        return f"{self.element}[{',' * (self.rank - 1)}]"


@dataclass(frozen=True, slots=True)
class NullableType(Type):
    """`T?`; `element` is a struct or enum type, never nullable itself."""

    element: Type

    size: int = _kept()
    is_open: bool = _kept()
    _hash: int = _kept()

    def __post_init__(self) -> None:
        _complete(self, (self.element,), ("?", self.element))

    def __hash__(self) -> int:
        return self._hash

    def __str__(self) -> str:
        return f"{self.element}?"


@dataclass(frozen=True, slots=True)
class TupleType(Type):
    """`(int a, string)`; names take no part in equality."""

    elements: tuple[Type, ...]
    names: tuple[str | None, ...] = field(default=(), compare=False)

    size: int = _kept()
    is_open: bool = _kept()
    _hash: int = _kept()

    def __post_init__(self) -> None:
        _complete(self, self.elements, self.elements)

    def __hash__(self) -> int:
        return self._hash

    def __str__(self) -> str:
        shown = []
        for at, element in enumerate(self.elements):
            name = self.names[at] if at < len(self.names) else None
            shown.append(f"{element} {name}" if name else str(element))
        return f"({', '.join(shown)})"


@dataclass(frozen=True, slots=True)
class AnonymousType(Type):
    """The type of `new { a = 1 }`: names and types in order. Equal shapes are one type, as in C#."""

    members: tuple[tuple[str, Type], ...]

    size: int = _kept()
    is_open: bool = _kept()
    _hash: int = _kept()

    def __post_init__(self) -> None:
        _complete(self, (one for _, one in self.members), self.members)

    def __hash__(self) -> int:
        return self._hash

    def __str__(self) -> str:
        return "<anonymous type>"


@dataclass(frozen=True, slots=True, eq=False)
class TypeParameter(Type):
    """`T` of a generic definition, method or local function; compared by identity."""

    name: str
    # No field: it is so for all of them.
    is_open = True

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class SpecialType(Type):
    """A type that no value has: the type of `null`, `void`, of a `throw` and of something faulty.

    `faulty` stands where an error was reported already; it converts to everything, so that one mistake
    gives one message.
    """

    name: str

    def __str__(self) -> str:
        return self.name


NULL = SpecialType("<null>")
VOID = SpecialType("void")
NEVER = SpecialType("<throw expression>")
FAULTY = SpecialType("<error>")


# ---------------------------------------------------------------- definitions and members


@dataclass(eq=False, slots=True)
class TypeDefinition:
    """A class, struct, interface, enum, delegate or static class that expressions may name.

    Filled by `library.declare`; compared by identity. `python` are the Python classes whose instances are
    values of the type (exact classes or bases: tested with isinstance unless `exact`), empty where there is
    no test. For an enum `constants` are its members and `underlying` its integer type. For a delegate
    `invoke` is the method that a call of it calls.
    """

    namespace: str
    name: str
    kind: Kind
    parameters: tuple[TypeParameter, ...] = ()
    keyword: str | None = None
    base: Type | None = None
    interfaces: tuple[Type, ...] = ()
    python: tuple[type, ...] = ()
    exact: bool = False
    methods: dict[str, list[Method]] = field(default_factory=dict)
    properties: dict[str, Property] = field(default_factory=dict)
    indexers: list[Indexer] = field(default_factory=list)
    constructors: list[Method] = field(default_factory=list)
    operators: dict[str, list[Method]] = field(default_factory=dict)
    constants: dict[str, int] = field(default_factory=dict)
    flags: bool = False
    underlying: Type | None = None
    nested: dict[str, TypeDefinition] = field(default_factory=dict)
    variance: tuple[str, ...] = ()

    @property
    def full_name(self) -> str:
        """The name with its namespace, without type parameters: `System.Collections.Generic.List`."""
        return f"{self.namespace}.{self.name}" if self.namespace else self.name

    @property
    def is_value_type(self) -> bool:
        """Whether values of it cannot be null."""
        return self.kind in ("struct", "enum")

    def __repr__(self) -> str:
        return f"<{self.full_name}>"


@dataclass(frozen=True, slots=True, eq=False)
class ParameterInfo:
    """A parameter of a member. `modifier` is "", "ref", "out", "params" or "this"."""

    name: str
    type: Type
    modifier: str = ""
    has_default: bool = False
    default: Any = None


@dataclass(frozen=True, slots=True, eq=False)
class Method:
    """A method, constructor, operator, conversion or local function.

    `function` is what runs: it takes the receiver (unless static), then the arguments in the order of the
    parameters. With `wants_types` its first argument is the tuple of type arguments (Types): those of the
    declaring type as seen from the receiver's static type, then the method's own. With `out` or `ref`
    parameters it returns a tuple: the result (absent for void) and the values for each of them in order.
    `null_receiver`: the receiver may be null, no check is made before the call (extension methods never
    get one). `attribute`: generated code calls this attribute of the receiver instead of `function`.
    """

    name: str
    declaring: TypeDefinition | None
    parameters: tuple[ParameterInfo, ...]
    returns: Type
    function: Callable[..., Any]
    type_parameters: tuple[TypeParameter, ...] = ()
    is_static: bool = False
    is_extension: bool = False
    wants_types: bool = False
    null_receiver: bool = False
    attribute: str | None = None
    pure: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Property:
    """A property, field or constant. `setter` None: it cannot be assigned.

    `never_null`: no null check is needed on what it gives. `constant`: a compile-time constant, then `value`
    is it. `attribute`: generated code reads this attribute of the receiver instead of calling `getter`.
    """

    name: str
    declaring: TypeDefinition
    type: Type
    getter: Callable[..., Any]
    setter: Callable[..., Any] | None = None
    is_static: bool = False
    never_null: bool = False
    constant: bool = False
    value: Any = None
    attribute: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Indexer:
    """`this[...]`; functions take the receiver, the indices and, to set, the value."""

    declaring: TypeDefinition
    parameters: tuple[ParameterInfo, ...]
    type: Type
    getter: Callable[..., Any]
    setter: Callable[..., Any] | None = None


def substitute(type: Type, mapping: dict[TypeParameter, Type]) -> Type:
    """`type` with type parameters replaced. Raises TypeTooComplex."""
    if not mapping or not type.is_open:
        return type
    match type:
        case TypeParameter():
            return mapping.get(type, type)
        case NamedType(definition, arguments) if arguments:
            return NamedType(definition, tuple(substitute(one, mapping) for one in arguments))
        case ArrayType(element, rank):
            return ArrayType(substitute(element, mapping), rank)
        case NullableType(element):
            inner = substitute(element, mapping)
            return inner if isinstance(inner, NullableType) else NullableType(inner)
        case TupleType(elements, names):
            return TupleType(tuple(substitute(one, mapping) for one in elements), names)
        case AnonymousType(members):
            return AnonymousType(tuple((name, substitute(one, mapping)) for name, one in members))
    return type


def is_value_type(type: Type) -> bool:
    """Whether values of the type cannot be null (nullable types count as value types: they are structs)."""
    if isinstance(type, NamedType):
        return type.definition.is_value_type
    return isinstance(type, (NullableType, TupleType))


def can_be_null(type: Type) -> bool:
    """Whether a value of the type may be null at run time."""
    return isinstance(type, NullableType) or not is_value_type(type)
