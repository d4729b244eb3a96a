"""How library types and their members are declared: a C# signature beside the Python function that runs.

    STRING = define("System.String", "class", keyword="string", python=(str,), exact=True)

    @STRING.method("string Substring(int startIndex)")
    def substring(this: str, start_index: int) -> str: ...

A signature is read when `complete()` is called, after every module of the library is loaded, so that
modules may name each other's types. What is declared here is all that an expression can reach.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from fastgw.expr.types import (
    VOID,
    ArrayType,
    Indexer,
    Kind,
    Method,
    NamedType,
    NullableType,
    ParameterInfo,
    Property,
    TupleType,
    Type,
    TypeDefinition,
    TypeParameter,
    is_value_type,
)

_Function = TypeVar("_Function", bound=Callable[..., Any])
_PythonClass = type
_BOOLEANS = {"true": True, "false": False}
_TOKEN = re.compile(r'\s*(?:([A-Za-z_][A-Za-z0-9_.]*)|(-?[0-9]+(?:\.[0-9]+)?)|("[^"]*"|\'[^\']*\')|(.))')


class DeclarationError(Exception):
    """A declaration of the library is wrong; never raised for what a policy says."""


class Declared:
    """A definition that members can be declared on."""

    __slots__ = ("definition",)

    def __init__(self, definition: TypeDefinition) -> None:
        self.definition = definition

    @property
    def type(self) -> NamedType:
        """The type, with its own type parameters as arguments where it has any."""
        return NamedType(self.definition, self.definition.parameters)

    def represent(self, *python: _PythonClass) -> None:
        """Say which Python classes values have, where the type is defined before they are."""
        self.definition.python = python
        for one in python:
            _by_python.setdefault(one, self.definition)

    def method(self, signature: str, **options: Any) -> Callable[[_Function], _Function]:
        """`[static] R Name<T>(parameters)`; `this` on the first parameter makes an extension method.

        Options: `wants_types`, `null_receiver`, `attribute` and `pure` of `types.Method`.
        """

        def declare(function: _Function) -> _Function:
            _pending.append(lambda: _add_method(self.definition, signature, function, options))
            return function

        return declare

    def property(self, signature: str, **options: Any) -> Callable[[_Function], _Function]:
        """`[static] T Name`; the function is the getter.

        Options: `setter` (a function), `never_null`, `attribute` of `types.Property`.
        """

        def declare(function: _Function) -> _Function:
            _pending.append(lambda: _add_property(self.definition, signature, function, options))
            return function

        return declare

    def attribute(self, signature: str, attribute: str, *, never_null: bool = False) -> None:
        """A property that generated code reads as a Python attribute of the receiver."""
        getter = _Reader(attribute)
        options = {"attribute": attribute, "never_null": never_null}
        _pending.append(lambda: _add_property(self.definition, signature, getter, options))

    def value(self, signature: str, value: Any, *, constant: bool = False) -> None:
        """A static field: `string Empty`; `constant` for what C# declares const (`int MaxValue`)."""
        options = {"is_static": True, "constant": constant, "value": value, "never_null": value is not None}
        _pending.append(lambda: _add_property(self.definition, signature, lambda: value, options))

    def indexer(
        self, signature: str, *, setter: Callable[..., Any] | None = None
    ) -> Callable[[_Function], _Function]:
        """`T this[parameters]`; the function is the getter."""

        def declare(function: _Function) -> _Function:
            _pending.append(lambda: _add_indexer(self.definition, signature, function, setter))
            return function

        return declare

    def constructor(self, parameters: str, *, wants_types: bool = False) -> Callable[[_Function], _Function]:
        """`(parameters)`; the function gives the new value."""

        def declare(function: _Function) -> _Function:
            _pending.append(lambda: _add_constructor(self.definition, parameters, function, wants_types))
            return function

        return declare

    def operator(self, signature: str) -> Callable[[_Function], _Function]:
        """`R operator +(A a, B b)`, `implicit operator R(A a)`, `explicit operator R(A a)`."""

        def declare(function: _Function) -> _Function:
            _pending.append(lambda: _add_operator(self.definition, signature, function))
            return function

        return declare


class _Reader:
    """Reads one attribute, chosen by the library."""

    __slots__ = ("_attribute",)

    def __init__(self, attribute: str) -> None:
        self._attribute = attribute

    def __call__(self, receiver: Any) -> Any:
        return getattr(receiver, self._attribute)


_definitions: dict[tuple[str, int], TypeDefinition] = {}
_by_name: dict[tuple[str, int], list[TypeDefinition]] = {}
_by_python: dict[type, TypeDefinition] = {}
_keywords: dict[str, TypeDefinition] = {}
_extensions: dict[str, list[Method]] = {}
_pending: list[Callable[[], None]] = []
_generation = [0]


def define(
    name: str,
    kind: Kind,
    *,
    keyword: str | None = None,
    base: str | None = "System.Object",
    interfaces: tuple[str, ...] = (),
    python: tuple[type, ...] = (),
    exact: bool = False,
) -> Declared:
    """A new type: `define("System.Collections.Generic.Dictionary<TKey, TValue>", "class", ...)`.

    `base` and `interfaces` are type texts; `in`/`out` before a type parameter make it variant.
    """
    full, parameters, variance = _split_generic(name)
    namespace, _, simple = full.rpartition(".")
    definition = TypeDefinition(
        namespace, simple, kind, parameters, keyword, python=python, exact=exact, variance=variance
    )
    key = (full, len(parameters))
    if key in _definitions:
        raise DeclarationError(f"{name} is defined twice")
    _definitions[key] = definition
    _by_name.setdefault((simple, len(parameters)), []).append(definition)
    if keyword:
        _keywords[keyword] = definition
    for one in python:
        _by_python.setdefault(one, definition)

    def place() -> None:
        scope = {one.name: one for one in parameters}
        if base is not None and key != ("System.Object", 0) and kind not in ("interface", "static"):
            definition.base = parse_type(base, scope)
        definition.interfaces = tuple(parse_type(one, scope) for one in interfaces)

    _pending.append(place)
    return Declared(definition)


def define_enum(
    name: str, constants: Mapping[str, int], *, flags: bool = False, underlying: str = "int"
) -> Declared:
    """An enum; its members are constants, values of it are `runtime.values.EnumValue`."""
    declared = define(name, "enum", base="System.Enum")
    declared.definition.constants = dict(constants)
    declared.definition.flags = flags

    def place() -> None:
        declared.definition.underlying = parse_type(underlying, {})

    _pending.append(place)
    return declared


def define_delegate(name: str, signature: str) -> Declared:
    """A delegate type: `define_delegate("System.Predicate<in T>", "bool (T obj)")`."""
    declared = define(name, "delegate", base="System.Delegate")
    returns, _, parameters = signature.partition(" (")
    text = f"{returns} Invoke({parameters}"

    def place() -> None:
        _add_method(declared.definition, text, _not_called, {})

    _pending.append(place)
    return declared


def _not_called(*_arguments: Any) -> Any:
    raise DeclarationError("delegates are called by generated code")


def extend(name: str, arity: int = 0) -> Declared:
    """A type that another module defines, to declare more members on it."""
    return Declared(_definitions[name, arity])


def complete() -> None:
    """Read every signature that is pending. Called once, when all modules are loaded; may be called again."""
    if _pending:
        _generation[0] += 1
    while _pending:
        pending, _pending[:] = list(_pending), []
        for one in pending:
            one()


def generation() -> int:
    """Changes whenever `complete` has read new signatures: what was looked up before may be outdated."""
    return _generation[0]


def find(full_name: str, arity: int = 0) -> TypeDefinition | None:
    """The definition with this namespace and name, or None."""
    return _definitions.get((full_name, arity))


def find_keyword(keyword: str) -> TypeDefinition | None:
    """The definition of `string`, `int`, ..., or None."""
    return _keywords.get(keyword)


def find_simple(name: str, arity: int = 0) -> list[TypeDefinition]:
    """All definitions with this simple name, whatever their namespace."""
    return _by_name.get((name, arity), [])


def find_python(kind: type) -> TypeDefinition | None:
    """The definition whose values are instances of this Python class or of a base of it, or None."""
    for one in kind.__mro__:
        found = _by_python.get(one)
        if found is not None:
            return found
    return None


def extensions(name: str) -> list[Method]:
    """All extension methods of this name."""
    return _extensions.get(name, [])


def namespaces() -> frozenset[str]:
    """Every namespace and every prefix of one, for qualified names."""
    found: set[str] = set()
    for definition in _definitions.values():
        parts = definition.namespace.split(".")
        found.update(".".join(parts[: at + 1]) for at in range(len(parts)))
    return frozenset(found)


def definitions() -> tuple[TypeDefinition, ...]:
    """Every definition."""
    return tuple(_definitions.values())


def type_of_text(text: str) -> Type:
    """The type that a text such as `IEnumerable<string>` names; for the library's own use."""
    return parse_type(text, {})


# ---------------------------------------------------------------- signatures


def _split_generic(name: str) -> tuple[str, tuple[TypeParameter, ...], tuple[str, ...]]:
    full, _, rest = name.partition("<")
    parameters = []
    variance = []
    for one in rest.rstrip(">").split(",") if rest else ():
        words = one.split()
        parameters.append(TypeParameter(words[-1]))
        variance.append(words[0] if len(words) == 2 else "")
    return full, tuple(parameters), tuple(variance)


@dataclass
class _Reading:
    """A signature being read: tokens, and the type parameters in scope."""

    text: str
    scope: dict[str, TypeParameter]
    at: int = 0

    def __post_init__(self) -> None:
        self.tokens = [match.group().strip() for match in _TOKEN.finditer(self.text) if match.group().strip()]

    def peek(self, ahead: int = 0) -> str:
        return self.tokens[self.at + ahead] if self.at + ahead < len(self.tokens) else ""

    def next(self) -> str:
        token = self.peek()
        if not token:
            raise DeclarationError(f"{self.text!r} ends too early")
        self.at += 1
        return token

    def expect(self, token: str) -> None:
        found = self.next()
        if found != token:
            raise DeclarationError(f"{self.text!r} has {found!r} where {token!r} is expected")

    def type(self) -> Type:
        if self.peek() == "(":
            found: Type = self._tuple()
        else:
            found = self._named()
        while True:
            if self.peek() == "?":
                self.next()
                found = NullableType(found)
            elif self.peek() == "[":
                self.next()
                rank = 1
                while self.peek() == ",":
                    self.next()
                    rank += 1
                self.expect("]")
                found = ArrayType(found, rank)
            else:
                return found

    def _tuple(self) -> Type:
        self.expect("(")
        elements = []
        names: list[str | None] = []
        while True:
            elements.append(self.type())
            names.append(self.next() if self.peek() not in (",", ")") else None)
            if self.next() == ")":
                return TupleType(tuple(elements), tuple(names))

    def _named(self) -> Type:
        name = self.next()
        arguments: list[Type] = []
        if self.peek() == "<":
            self.next()
            arguments.append(self.type())
            while self.peek() == ",":
                self.next()
                arguments.append(self.type())
            self.expect(">")
        if not arguments:
            if name in self.scope:
                return self.scope[name]
            if name == "void":
                return VOID
            keyword = _keywords.get(name)
            if keyword:
                return NamedType(keyword)
        definition = _definitions.get((name, len(arguments)))
        if definition is None:
            close = _by_name.get((name, len(arguments)), [])
            if len(close) != 1:
                raise DeclarationError(
                    f"{self.text!r} names {name}/{len(arguments)}: {len(close)} such types"
                )
            definition = close[0]
        return NamedType(definition, tuple(arguments))

    def type_parameters(self) -> tuple[TypeParameter, ...]:
        if self.peek() != "<":
            return ()
        self.next()
        found = [TypeParameter(self.next())]
        while self.next() == ",":
            found.append(TypeParameter(self.next()))
        return tuple(found)

    def parameters(self, opening: str, closing: str) -> tuple[ParameterInfo, ...]:
        self.expect(opening)
        found: list[ParameterInfo] = []
        while self.peek() != closing:
            if found:
                self.expect(",")
            modifier = self.next() if self.peek() in ("this", "out", "ref", "params") else ""
            type = self.type()
            name = self.next()
            if self.peek() == "=":
                self.next()
                found.append(ParameterInfo(name, type, modifier, True, self._default(type)))
            else:
                found.append(ParameterInfo(name, type, modifier))
        self.expect(closing)
        return tuple(found)

    def _default(self, type: Type) -> Any:
        token = self.next()
        if token in ("null", "default"):
            return None
        if token in _BOOLEANS:
            return _BOOLEANS[token]
        if token[0] in "\"'":
            return token[1:-1]
        if token[0] == "-" or token[0].isdigit():
            return float(token) if "." in token else int(token)
        if isinstance(type, NamedType) and type.definition.kind == "enum":
            from fastgw.expr.runtime.values import EnumValue

            return EnumValue(type.definition, type.definition.constants[token.rpartition(".")[2]])
        raise DeclarationError(f"{self.text!r} has the default {token!r}")


def parse_type(text: str, scope: Mapping[str, TypeParameter]) -> Type:
    """The type that `text` names, with the type parameters of `scope`."""
    reading = _Reading(text, dict(scope))
    found = reading.type()
    if reading.peek():
        raise DeclarationError(f"{text!r} has {reading.peek()!r} after its end")
    return found


def _begin(definition: TypeDefinition, signature: str) -> tuple[_Reading, bool]:
    reading = _Reading(signature, {one.name: one for one in definition.parameters})
    is_static = reading.peek() == "static"
    if is_static:
        reading.next()
    return reading, is_static


def _parameters_at(signature: str) -> int:
    """Where the parenthesis of the parameters opens: the one that the last closing one belongs to."""
    depth = 0
    for at in range(len(signature) - 1, -1, -1):
        depth += {")": 1, "(": -1}.get(signature[at], 0)
        if depth == 0 and signature[at] == "(":
            return at
    raise DeclarationError(f"{signature!r} has no parameters")


def _add_method(
    definition: TypeDefinition, signature: str, function: Callable[..., Any], options: Mapping[str, Any]
) -> None:
    # The type parameters of a method stand after its name, but its result may name them already.
    named = re.search(r"<([^<>()]*)>\s*$", signature[: _parameters_at(signature)])
    reading, is_static = _begin(definition, signature)
    parameters: tuple[TypeParameter, ...] = ()
    if named:
        parameters = tuple(TypeParameter(one.strip()) for one in named.group(1).split(","))
        reading.scope.update({one.name: one for one in parameters})
    returns = reading.type()
    name = reading.next()
    reading.type_parameters()
    arguments = reading.parameters("(", ")")
    is_extension = bool(arguments) and arguments[0].modifier == "this"
    method = Method(
        name,
        definition,
        arguments,
        returns,
        function,
        parameters,
        is_static or is_extension,
        is_extension,
        **options,
    )
    definition.methods.setdefault(name, []).append(method)
    if is_extension:
        _extensions.setdefault(name, []).append(method)


def _add_property(
    definition: TypeDefinition, signature: str, getter: Callable[..., Any], options: Mapping[str, Any]
) -> None:
    reading, is_static = _begin(definition, signature)
    type = reading.type()
    name = reading.next()
    known = dict(options)
    known.setdefault("is_static", is_static)
    if is_value_type(type) and not isinstance(type, NullableType):
        known["never_null"] = True
    definition.properties[name] = Property(name, definition, type, getter, **known)


def _add_indexer(
    definition: TypeDefinition,
    signature: str,
    getter: Callable[..., Any],
    setter: Callable[..., Any] | None,
) -> None:
    reading, _ = _begin(definition, signature)
    type = reading.type()
    reading.expect("this")
    definition.indexers.append(Indexer(definition, reading.parameters("[", "]"), type, getter, setter))


def _add_constructor(
    definition: TypeDefinition, parameters: str, function: Callable[..., Any], wants_types: bool
) -> None:
    reading, _ = _begin(definition, parameters)
    returns = NamedType(definition, definition.parameters)
    definition.constructors.append(
        Method(
            definition.name,
            definition,
            reading.parameters("(", ")"),
            returns,
            function,
            is_static=True,
            wants_types=wants_types,
        )
    )


def _add_operator(definition: TypeDefinition, signature: str, function: Callable[..., Any]) -> None:
    reading, _ = _begin(definition, signature)
    if reading.peek() in ("implicit", "explicit"):
        name = reading.next()
        reading.expect("operator")
        returns = reading.type()
    else:
        returns = reading.type()
        reading.expect("operator")
        name = reading.next()
        while reading.peek() not in ("(", ""):
            name += reading.next()
    arguments = reading.parameters("(", ")")
    definition.operators.setdefault(name, []).append(
        Method(name, definition, arguments, returns, function, is_static=True)
    )
