"""What code generation has to know before it writes a line: captured variables, jumps, use of the meter.

A variable that a lambda or local function uses, and that is declared inside a loop, needs a box: each round
makes a new one, and closures keep the one they were made with (C# 12.19.6, 13.6.2). All other captured
variables are cells of Python functions.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from fastgw.expr import bound
from fastgw.expr.codegen.walk import Node, children

Loop = bound.Loop | bound.ForEach
Breakable = bound.Loop | bound.ForEach | bound.Switch


@dataclass(slots=True)
class BodyFacts:
    """What a body takes from around it: variables, those it assigns, local functions.

    `uses_context`: also the context, or a value that is kept around it.
    """

    parent: bound.Body | None
    free: set[bound.Variable] = field(default_factory=set)
    assigned: set[bound.Variable] = field(default_factory=set)
    functions: set[bound.LocalFunction] = field(default_factory=set)
    uses_context: bool = False


class _Around(NamedTuple):
    """What stands around a node: its body, the node whose entry makes its variables, loops and switches."""

    body: bound.Body
    scope: object
    repeated: bool
    loop: Loop | None
    breakable: Breakable | None


class Analysis:
    """The facts of one program."""

    def __init__(self, program: bound.Program) -> None:
        self.bodies: dict[bound.Body, BodyFacts] = {}
        self.captured: set[bound.Variable] = set()
        self.boxed: set[bound.Variable] = set()
        self.boxed_functions: set[bound.LocalFunction] = set()
        self.goto_targets: set[object] = set()
        self.continued: set[Loop] = set()
        self.breaks: dict[Breakable, list[bound.Break]] = {}
        # Whether steps or bytes may be spent, so that the meter has to be restarted first.
        self.spends = False
        self._repeated: dict[bound.Variable, object] = {}
        self._declared: set[bound.Variable] = set()
        self._sites: dict[bound.LocalFunction, tuple[bound.Body, bool]] = {}
        self._boxes: dict[int, list[bound.Variable]] = {}
        self._keys: dict[object, bound.Body] = {}
        self._find_goto_targets(program.body)
        self._visit_body(program.body, None)
        self._choose_boxes()

    def boxes_of(self, scope: object) -> list[bound.Variable]:
        """The boxed variables whose boxes are made where `scope` is entered."""
        return self._boxes.get(id(scope), [])

    def boxes_in(self, body: bound.Body) -> list[bound.Variable | bound.LocalFunction]:
        """The boxes from outside that a body uses: it keeps those of the moment it is made.

        A generic function has one for each instance, and which are used is known when the body is written.
        """
        facts = self.bodies[body]
        found: list[bound.Variable | bound.LocalFunction] = [one for one in facts.free if one in self.boxed]
        found += [
            one for one in facts.functions if one in self.boxed_functions and not one.method.type_parameters
        ]
        return sorted(found, key=lambda one: one.name)

    def _keeps_boxes(self, body: bound.Body) -> bool:
        facts = self.bodies[body]
        return not self.boxed.isdisjoint(facts.free) or not self.boxed_functions.isdisjoint(facts.functions)

    def stands_alone(self, body: bound.Body) -> bool:
        """Whether a lambda takes nothing from around it, so that one object serves all evaluations."""
        facts = self.bodies[body]
        return not (facts.free or facts.functions or facts.uses_context)

    # ------------------------------------------------------------ the walk

    def _find_goto_targets(self, body: bound.Body) -> None:
        """Labels make their block a loop, so they have to be known before the blocks are visited."""
        pending: list[Node] = [body.statements] if body.statements else []
        while pending:
            node = pending.pop()
            if isinstance(node, bound.Goto):
                self.goto_targets.add(node.target)
            elif isinstance(node, bound.Lambda) and node.body.statements:
                pending.append(node.body.statements)
            elif isinstance(node, bound.Block):
                pending.extend(one.body.statements for one in node.functions if one.body.statements)
            pending.extend(children(node))

    def _visit_body(self, body: bound.Body, parent: bound.Body | None) -> None:
        self.bodies[body] = BodyFacts(parent)
        self._declared.update(body.parameters)
        if body.statements is not None:
            self._visit(body.statements, _Around(body, body, False, None, None))

    def _visit(self, node: Node, around: _Around) -> None:
        """A node and all below it; chains may be nested deeper than Python calls."""
        pending = [node]
        while pending:
            one = pending.pop()
            if not self._enter(one, around):
                self._note(one, around)
                pending.extend(reversed(list(children(one))))

    def _enter(self, node: Node, around: _Around) -> bool:
        """Visit a node that other things stand around than around it; false for any other."""
        match node:
            case bound.Block(statements=statements, functions=functions):
                inner = around
                # A section's block shares the scope of its switch (C# 13.8.3: one declaration space).
                if not isinstance(around.scope, bound.Switch):
                    inner = around._replace(scope=node)
                if self.has_labels(node):
                    inner = inner._replace(repeated=True)
                for one in functions:
                    self._sites[one] = (around.body, inner.repeated)
                for statement in statements:
                    self._visit(statement, inner)
                for one in functions:
                    self._visit_body(one.body, around.body)
                self.spends |= bool(functions)
                return True
            case bound.Loop(body=body):
                self.spends = True
                inner = around._replace(scope=node, repeated=True, loop=node, breakable=node)
                self._visit_all(inner, *([node.condition] if node.condition else []), *node.updates)
                self._visit(body, inner)
                return True
            case bound.ForEach():
                self.spends = True
                self._keys[node.key] = around.body
                self._visit(node.source, around)
                inner = around._replace(scope=node, repeated=True, loop=node, breakable=node)
                self._declare(node.variable, inner)
                self._visit_all(
                    inner, node.element, *([node.deconstruct] if node.deconstruct else []), node.body
                )
                return True
            case bound.Switch(value=value, sections=sections):
                self._keys[node.key] = around.body
                self._visit(value, around)
                inner = around._replace(scope=node, breakable=node)
                if any(one.label in self.goto_targets for one in sections):
                    inner = inner._replace(repeated=True)
                for section in sections:
                    self._visit_all(inner, *section.cases, section.body)
                return True
            case bound.Catch():
                inner = around._replace(scope=node)
                self._declare(node.variable, inner)
                self._visit_all(inner, *children(node))
                return True
            case bound.Using(variables=variables, body=body):
                inner = around._replace(scope=node)
                for variable, value in variables:
                    self._visit(value, inner)
                    self._declare(variable, inner)
                self._visit(body, inner)
                return True
            case bound.Break():
                if around.breakable is not None:
                    self.breaks.setdefault(around.breakable, []).append(node)
                return True
            case bound.Continue():
                if around.loop is not None:
                    self.continued.add(around.loop)
                return True
            case bound.Lambda(body=body):
                self.spends = True
                self._visit_body(body, around.body)
                return True
        return False

    def _visit_all(self, around: _Around, *nodes: Node) -> None:
        for one in nodes:
            self._visit(one, around)

    def _note(self, node: Node, around: _Around) -> None:
        """Uses, declarations and assignments that a node makes itself."""
        match node:
            case bound.Context():
                self._use_context(around.body, None)
            case bound.Placeholder(key=key):
                self._use_context(around.body, self._keys.get(key))
            case bound.NullConditional(key=key):
                self._keys[key] = around.body
            case bound.Local(variable=variable):
                self._use(variable, around)
            case bound.Declare(variable=variable):
                self._declare(variable, around)
            case bound.IsType() | bound.IsVar() | bound.OutTarget():
                self._declare(node.variable, around)
            case bound.New(target=variable):
                self._declare(variable, around)
                self.spends = True
            case bound.Assign(target=bound.Local(variable=variable)):
                self._use(variable, around, assigned=True)
            case bound.Update(target=target, key=key):
                self._keys[key] = around.body
                self._assign_all((target,), around)
            case bound.Deconstruct(targets=targets, key=key):
                self._keys[key] = around.body
                self._assign_all(targets, around)
            case bound.Call(method=method, arguments=arguments):
                self.spends |= method.attribute is None and not method.pure
                self._assign_all(arguments, around)
            case bound.CallLocal(function=function, arguments=arguments):
                self._use_function(function, around)
                self._assign_all(arguments, around)
            case bound.MethodGroup(method=bound.LocalFunction() as function):
                self._use_function(function, around)
            case (
                bound.MethodGroup()
                | bound.NewArray()
                | bound.Concat()
                | bound.Interpolated()
                | bound.Invoke()
            ):
                self.spends = True
            case bound.Binary(operator="+") | bound.Label() | bound.GetIndex():
                self.spends = True
            case bound.Get(property=property):
                self.spends |= property.attribute is None and not property.is_static

    def _use_context(self, body: bound.Body, home: bound.Body | None) -> None:
        """Something is used that is no variable: the context, or a value that is kept in the body `home`."""
        at: bound.Body | None = body
        while at is not None and at is not home:
            self.bodies[at].uses_context = True
            at = self.bodies[at].parent

    def _assign_all(self, targets: tuple[bound.Expr | None, ...], around: _Around) -> None:
        """Locals that are assigned through `out`, `ref` or deconstruction; other arguments do no harm.

        A deconstruction declares variables too.
        """
        for one in targets:
            if isinstance(one, bound.Local):
                self._declare(one.variable, around)

    def _declare(self, variable: bound.Variable | None, around: _Around) -> None:
        if variable is None:
            return
        if variable not in self._declared:
            self._declared.add(variable)
            if around.repeated and variable.owner is around.body:
                self._repeated[variable] = around.scope
        self._use(variable, around, assigned=True)

    def _use(self, variable: bound.Variable, around: _Around, assigned: bool = False) -> None:
        at: bound.Body | None = around.body
        while at is not None and at is not variable.owner:
            facts = self.bodies[at]
            facts.free.add(variable)
            if assigned and at is around.body:
                facts.assigned.add(variable)
            at = facts.parent

    def _use_function(self, function: bound.LocalFunction, around: _Around) -> None:
        self.spends = True
        home = self._sites[function][0] if function in self._sites else None
        at: bound.Body | None = around.body
        while at is not None and at is not home:
            self.bodies[at].functions.add(function)
            at = self.bodies[at].parent

    def _choose_boxes(self) -> None:
        for facts in self.bodies.values():
            self.captured |= facts.free
        for variable, scope in self._repeated.items():
            if variable in self.captured:
                self.boxed.add(variable)
                self._boxes.setdefault(id(scope), []).append(variable)
        # A function that keeps boxes, or a function that does, is made anew with them each round.
        changed = True
        while changed:
            changed = False
            for function, (_, repeated) in self._sites.items():
                if repeated and function not in self.boxed_functions and self._keeps_boxes(function.body):
                    self.boxed_functions.add(function)
                    changed = True

    def has_labels(self, block: bound.Block) -> bool:
        """Whether some goto jumps to a label of the block."""
        return any(
            isinstance(one, bound.Label) and one.label in self.goto_targets for one in block.statements
        )
