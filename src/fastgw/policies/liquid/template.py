"""Templates: compiled once, with the tags and filters of the service alone; rendered within bounds.

There are no other templates to include, no files, and of Python objects only what `values` and `context`
give. Comparisons and loops are DotLiquid's. The library python-liquid does lexing, parsing and blocks.
"""

from __future__ import annotations

import inspect
import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping
from io import StringIO
from typing import Any, TextIO

from liquid import BoundTemplate, Environment, RenderContext
from liquid.ast import Node
from liquid.builtin import content, illegal
from liquid.builtin.expressions import FilteredExpression, LoopExpression, logical
from liquid.builtin.expressions.primitive import Blank, Empty
from liquid.builtin.output import Output, OutputNode
from liquid.builtin.tags import (
    assign_tag,
    capture_tag,
    case_tag,
    comment_tag,
    cycle_tag,
    decrement_tag,
    for_tag,
    if_tag,
    ifchanged_tag,
    increment_tag,
    unless_tag,
)
from liquid.exceptions import BreakLoop, ContinueLoop, LiquidError
from liquid.expression import Expression
from liquid.parser import get_parser
from liquid.tag import Tag
from liquid.token import TOKEN_TAG, Token
from liquid.undefined import Undefined
from liquid.utils import ReadOnlyChainMap

from fastgw.policies.liquid.budget import MOST_ROUNDS, Budget
from fastgw.policies.liquid.filters import FILTERS
from fastgw.policies.liquid.values import Pair, XmlElement, equal, less, text_of

# Code, and `raw` with what is in it, which is none.
_CODE = re.compile(r"\{%-?\s*raw\s*-?%\}.*?\{%-?\s*endraw\s*-?%\}|(?P<code>\{\{.*?\}\}|\{%.*?%\})", re.DOTALL)
# A property with a name that the library keeps for itself; DotLiquid keeps none.
_KEPT_NAME = re.compile(
    r"""(?P<quoted>"[^"]*"|'[^']*')|(?<!\.)\.(?P<name>true|false|nil|null|empty|blank|and|or|contains|not|in|"""
    r"""offset|limit|reversed|cols|continue|with|for|as|if|else|required)(?![\w?-])"""
)
_PLACES = {"first": 0, "First": 0, "last": -1, "Last": -1}
_JSON_FOR, _JSON_END = "JSONArrayFor", "endJSONArrayFor"


class TemplateError(ValueError):
    """A template is wrong, or cannot be rendered. ``offset`` is where in its text, or -1."""

    def __init__(self, message: str, offset: int = -1) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset


# ---------------------------------------------------------------- rendering


class _Buffer(StringIO):
    """Where a template writes; each character is paid for."""

    def __init__(self, budget: Budget) -> None:
        super().__init__(newline="")
        self._budget = budget

    def write(self, text: str) -> int:
        self._budget.characters(len(text))
        return super().write(text)


class _Context(RenderContext):
    """A rendering: its names, its budget, and what stands behind a point or bracket."""

    def __init__(self, template: BoundTemplate, **options: Any) -> None:
        super().__init__(template, **options)
        self.budget = Budget()
        # Without the library's own names, such as `now`.
        self.scope = ReadOnlyChainMap(self.locals, self.globals, self.counters)

    def get_buffer(self, buf: TextIO | None = None) -> StringIO:
        return _Buffer(self.budget)

    def get_item(self, obj: Any, key: Any) -> Any:
        """A member, an item, or `size`, `first`, `last`. Raises KeyError."""
        if isinstance(obj, Mapping):
            if isinstance(key, str) and key in obj:
                return obj[key]
            if key in ("size", "Size"):
                return len(obj)
            if key == 0 and isinstance(obj, XmlElement):
                return obj
        elif isinstance(obj, Pair):
            if key in (0, "Key"):
                return obj[0]
            if key in (1, "Value"):
                return obj[1]
        elif isinstance(obj, (list, range)):
            if key in ("size", "Size"):
                return len(obj)
            at = _PLACES.get(key, key) if isinstance(key, str) else key
            if isinstance(at, int) and not isinstance(at, bool) and -len(obj) <= at < len(obj):
                return obj[at]
        elif isinstance(obj, str) and key in ("size", "Size"):
            return len(obj)
        raise KeyError(key)


# ---------------------------------------------------------------- tags and expressions


class _Equal(logical.EqExpression):
    __slots__ = ()

    def evaluate(self, context: RenderContext) -> object:
        return _are_equal(self.left.evaluate(context), self.right.evaluate(context))


class _Unequal(logical.NeExpression):
    __slots__ = ()

    def evaluate(self, context: RenderContext) -> object:
        return not _are_equal(self.left.evaluate(context), self.right.evaluate(context))


class _Less(logical.LtExpression):
    __slots__ = ()

    def evaluate(self, context: RenderContext) -> object:
        return less(self.left.evaluate(context), self.right.evaluate(context))


class _Greater(logical.GtExpression):
    __slots__ = ()

    def evaluate(self, context: RenderContext) -> object:
        return less(self.right.evaluate(context), self.left.evaluate(context))


class _AtMost(logical.LeExpression):
    __slots__ = ()

    def evaluate(self, context: RenderContext) -> object:
        left, right = self.left.evaluate(context), self.right.evaluate(context)
        return less(left, right) or (left is not None and equal(left, right))


class _AtLeast(logical.GeExpression):
    __slots__ = ()

    def evaluate(self, context: RenderContext) -> object:
        left, right = self.left.evaluate(context), self.right.evaluate(context)
        return less(right, left) or (left is not None and equal(left, right))


class _AnyOf(case_tag._AnyExpression):
    __slots__ = ()

    def evaluate(self, context: RenderContext) -> list[bool]:
        left = self.left.evaluate(context)
        return [_are_equal(left, right.evaluate(context)) for right in self.expressions]


class _Loop(LoopExpression):
    __slots__ = ()

    def _to_iter(self, obj: object, context: RenderContext) -> tuple[Iterator[Any], int]:
        # An element of XML that is there once is no array, but is meant as one.
        if isinstance(obj, XmlElement):
            return iter([obj]), 1
        if isinstance(obj, Mapping):
            return iter([Pair(one) for one in obj.items()]), len(obj)
        if isinstance(obj, range) and len(obj) > MOST_ROUNDS:
            raise LiquidError("the template loops too often", token=None)
        return super()._to_iter(obj, context)


def _are_equal(left: Any, right: Any) -> bool:
    """`==`: `empty` and `blank` know themselves what is equal to them."""
    for one, other in ((left, right), (right, left)):
        if isinstance(one, (Blank, Empty)):
            return bool(one == ("" if isinstance(other, Undefined) or other is None else other))
    return equal(left, right)


# Classes that the parser makes, and those that take their place: same fields, other rules.
_INSTEAD: dict[type, type] = {
    logical.EqExpression: _Equal,
    logical.NeExpression: _Unequal,
    logical.LtExpression: _Less,
    logical.GtExpression: _Greater,
    logical.LeExpression: _AtMost,
    logical.GeExpression: _AtLeast,
    case_tag._AnyExpression: _AnyOf,
    LoopExpression: _Loop,
}


class _OutputNode(OutputNode):
    __slots__ = ()

    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        return buffer.write(text_of(self.expression.evaluate(context)))


class _Output(Output):
    node_class = _OutputNode


class _ForNode(for_tag.ForNode):
    """`for`, and what stands between two rounds."""

    __slots__ = ()
    between = ""

    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        items, length = self.expression.evaluate(context)
        if not length:
            return self.default.render(context, buffer) if self.default else 0
        name = self.expression.identifier
        loop = for_tag.ForLoop(f"{name}-{self.expression.iterable}", items, length, context.parentloop())
        names: dict[str, object] = {"forloop": loop, name: None}
        budget = _budget(context)
        with context.loop(names, loop):
            for item in loop:
                budget.rounds()
                names[name] = item
                if self.between and loop.index0:
                    buffer.write(self.between)
                try:
                    self.block.render(context, buffer)
                except ContinueLoop:
                    continue
                except BreakLoop:
                    break
        return length


class _JsonForNode(_ForNode):
    __slots__ = ()
    between = ","


class _For(for_tag.ForTag):
    node_class = _ForNode


class _JsonFor(for_tag.ForTag):
    """`JSONArrayFor`: a `for` with commas between the rounds."""

    name = _JSON_FOR
    end = _JSON_END
    node_class = _JsonForNode

    def parse(self, stream: Any) -> Node:
        token = stream.eat(TOKEN_TAG)
        expression = LoopExpression.parse(self.env, stream.into_inner(tag=token))
        block = get_parser(self.env).parse_block(stream, frozenset((_JSON_END,)))
        stream.expect(TOKEN_TAG, value=_JSON_END)
        return self.node_class(token, expression=expression, block=block)


_TAGS: tuple[type[Tag], ...] = (
    content.Literal,
    illegal.Illegal,
    _Output,
    _For,
    _JsonFor,
    assign_tag.AssignTag,
    capture_tag.CaptureTag,
    case_tag.CaseTag,
    comment_tag.CommentTag,
    cycle_tag.CycleTag,
    decrement_tag.DecrementTag,
    for_tag.BreakTag,
    for_tag.ContinueTag,
    if_tag.IfTag,
    ifchanged_tag.IfChangedTag,
    increment_tag.IncrementTag,
    unless_tag.UnlessTag,
)


def _budget(context: RenderContext) -> Budget:
    if not isinstance(context, _Context):
        raise TypeError("a template is rendered by Template alone")
    return context.budget


class _Filter:
    """A filter as the library calls it."""

    with_context = True

    def __init__(self, name: str, function: Callable[..., Any]) -> None:
        parameters = list(inspect.signature(function).parameters.values())
        self._name = name
        self._function = function
        self._pays = any(one.name == "budget" for one in parameters)
        arguments = [one for one in parameters if one.name != "budget"]
        self._most = len(arguments) - 1
        self._least = sum(one.default is inspect.Parameter.empty for one in arguments) - 1

    def __call__(self, value: Any, *arguments: Any, context: RenderContext) -> Any:
        budget = _budget(context)
        if not self._least <= len(arguments) <= self._most:
            raise LiquidError(f"{self._name} has the wrong number of arguments", token=None)
        value, *rest = (None if isinstance(one, Undefined) else one for one in (value, *arguments))
        if isinstance(value, range):
            budget.rounds(len(value))
        budget.rounds()
        result = self._function(value, *rest, **({"budget": budget} if self._pays else {}))
        if isinstance(result, str):
            budget.characters(len(result))
        return result


class _Template(BoundTemplate):
    context_class = _Context


class _Environment(Environment):
    template_class = _Template
    suppress_blank_control_flow_blocks = False
    block_nesting_limit = 40
    context_depth_limit = 60

    def setup_tags_and_filters(self, *, extra: bool = False) -> None:
        for tag in _TAGS:
            self.add_tag(tag)
        for name, function in FILTERS.items():
            self.add_filter(name, _Filter(name, function))


# A filter that does not exist changes nothing, as in DotLiquid; whoever compiles warns of it.
_ENVIRONMENT = _Environment(strict_filters=False)


# ---------------------------------------------------------------- the door


class Template:
    """A compiled template. ``unknown_filters`` are (name, offset) of filters that change nothing."""

    __slots__ = ("_template", "unknown_filters")

    def __init__(self, text: str) -> None:
        """Raises TemplateError."""
        text, moved = _spelled_out(text)

        def original(offset: int) -> int:
            return offset - _LONGER * bisect_left(moved, offset)

        try:
            self._template = _ENVIRONMENT.from_string(text)
        except LiquidError as error:
            found = _error(error)
            raise TemplateError(found.message, original(found.offset)) from None
        self.unknown_filters: list[tuple[str, int]] = []
        context = RenderContext(self._template)
        for node in _nodes(self._template.nodes, context):
            for expression in _expressions(node.expressions()):
                instead = _INSTEAD.get(type(expression))
                if instead is not None:
                    expression.__class__ = instead
                if isinstance(expression, FilteredExpression):
                    self.unknown_filters += [
                        (one.name, original(one.token.start_index))
                        for one in expression.filters or ()
                        if one.name not in FILTERS
                    ]

    def render(self, names: Mapping[str, object]) -> str:
        """The text, for the names that the template sees. Raises TemplateError, and what the names raise."""
        context = _Context(self._template, globals=names)
        buffer = _Buffer(context.budget)
        try:
            self._template.render_with_context(context, buffer)
        except LiquidError as error:
            raise _error(error) from None
        except (ArithmeticError, ValueError) as error:
            raise TemplateError(str(error)) from None
        except RecursionError:
            raise TemplateError("the template is nested too deep") from None
        return buffer.getvalue()


# `.name` is written as `["name"]`.
_LONGER = 3


def _spelled_out(text: str) -> tuple[str, list[int]]:
    """A template with the properties of kept names in brackets, and where the new text is longer for it."""
    moved: list[int] = []
    pieces: list[str] = []
    at = 0
    for code in _CODE.finditer(text):
        if not code["code"]:
            continue
        for found in _KEPT_NAME.finditer(code["code"]):
            if found["name"]:
                start = code.start() + found.start()
                pieces += (text[at:start], f'["{found["name"]}"]')
                at = code.start() + found.end()
                moved.append(at + _LONGER * len(moved))
    return "".join([*pieces, text[at:]]), moved


def _error(error: LiquidError) -> TemplateError:
    token: Token | None = error.token
    cause = error.__cause__
    message = str(error.message or cause or type(error).__name__)
    return TemplateError(message, token.start_index if token else -1)


def _nodes(nodes: Iterable[Node], context: RenderContext) -> Iterator[Node]:
    for node in nodes:
        yield node
        yield from _nodes(node.children(context), context)


def _expressions(expressions: Iterable[Expression]) -> Iterator[Expression]:
    for one in expressions:
        yield one
        yield from _expressions(one.children())
