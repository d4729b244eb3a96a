"""What an expression may read that takes time to have, so that the gateway has it before it runs."""

from __future__ import annotations

from collections.abc import Iterator

from fastgw._program import Message
from fastgw.expr import bound
from fastgw.expr.codegen.walk import Node, descendants

_MESSAGES = {"IRequest": Message.REQUEST, "IResponse": Message.RESPONSE}


def bodies_of(program: bound.Program) -> tuple[Message, ...]:
    """The messages whose `Body` the program mentions, lambdas and local functions included.

    A response that a policy fetched counts as the exchange's: which one it is, is known when it runs.
    """
    found = set()
    for node in _everything(program.body):
        if isinstance(node, bound.Get) and node.property.name == "Body":
            message = _MESSAGES.get(node.property.declaring.name)
            if message is not None:
                found.add(message)
    return tuple(sorted(found))


def asks_for_verdict(program: bound.Program) -> bool:
    """Whether the program mentions `X509Certificate2.Verify`, which counts what CAs have revoked."""
    return any(
        isinstance(node, bound.Call)
        and node.method.name == "Verify"
        and node.method.declaring is not None
        and node.method.declaring.name == "X509Certificate2"
        for node in _everything(program.body)
    )


def _everything(body: bound.Body) -> Iterator[Node]:
    pending = [body]
    while pending:
        block = pending.pop().statements
        if block is None:
            continue
        for node in descendants(block):
            yield node
            if isinstance(node, bound.Lambda):
                pending.append(node.body)
            elif isinstance(node, bound.Block):
                pending += [function.body for function in node.functions]
