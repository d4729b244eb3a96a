"""Lambda expressions, anonymous methods, and the parameters that local functions have as well."""

from __future__ import annotations

from fastgw.expr.nodes import Block, Expr, Lambda, Parameter
from fastgw.expr.parser.names import NameParser
from fastgw.expr.tokens import NAME


class LambdaParser(NameParser):
    """Reads lambdas and parameters."""

    def begins_lambda(self) -> bool:
        """Whether a lambda is next; the next token is a name or an open parenthesis."""
        if self.token.kind == "(":
            return self._is_parameter_list(self.index)
        following = self.following().kind
        if following == "=>":
            return True
        if self.token.text == "async" and (
            following == "delegate"
            or (following == NAME and self.following(2).kind == "=>")
            or (following == "(" and self._is_parameter_list(self.index + 1))
        ):
            self.fail("Asynchronous functions are not supported within expressions")
        return False

    def lambda_(self) -> Lambda:
        """`x => e`, `(x, y) => e`, `(T x) => { … }`; `begins_lambda` has seen it."""
        token = self.token
        if token.kind == "(":
            parameters = self.parameters(of_function=False)
        else:
            name = self.declare(self.identifier())
            parameters = (Parameter(token.start, token.end, None, name),)
        self.expect("=>")
        body: Expr | Block
        if self.token.kind == "{":
            body = self.block()
        elif self.token.kind == "throw":
            body = self.throw()
        else:
            body = self.expression()
        return Lambda(token.start, body.end, parameters, body)

    def anonymous_method(self) -> Lambda:
        """`delegate (T x) { … }`, `delegate { … }`."""
        # On the stack it comes on top of the level of the expression.
        self.enter()
        start = self.advance().start
        parameters = self.parameters(of_function=False) if self.token.kind == "(" else None
        if parameters and parameters[0].type is None:
            self.fail("Identifier expected", "CS1001")
        body = self.block()
        self.leave()
        return Lambda(start, body.end, parameters, body)

    def parameters(self, of_function: bool) -> tuple[Parameter, ...]:
        """Parameters in parentheses; those of a local function must have types and may have defaults."""
        self.expect("(")
        found = []
        if not self.accept(")"):
            while True:
                found.append(self._parameter(of_function))
                if not self.accept(","):
                    break
            self.expect(")")
        if any((one.type is None) != (found[0].type is None) for one in found):
            self.fail(
                "Inconsistent lambda parameter usage; parameter types must be all explicit or all implicit",
                "CS0748",
            )
        return tuple(found)

    def _parameter(self, of_function: bool) -> Parameter:
        token = self.token
        if not of_function and self.following().kind in (",", ")"):
            name = self.declare(self.identifier())
            return Parameter(token.start, token.end, None, name)
        modifier = ""
        if token.kind in ("ref", "out") or (of_function and token.kind == "params"):
            modifier = self.advance().kind
        elif token.kind == "in":
            self.fail_newer("readonly references", "7.2")
        type_ = self.type()
        name = self.declare(self.identifier())
        default = None
        if of_function and self.accept("="):
            default = self.expression()
        return Parameter(token.start, self.end, type_, name, modifier, default)

    def _is_parameter_list(self, index: int) -> bool:
        closer = self.closers.get(index)
        return closer is not None and self.tokens[closer + 1].kind == "=>"
