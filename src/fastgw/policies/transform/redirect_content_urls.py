"""redirect-content-urls: masks URLs of the backend in a body (spec/policies/transformation.md).

In the answer, links to the backend become links to the gateway; in the request, the other way round. Both
schemes count, and a default port that is written. Headers stay as they are.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from fastgw._program import Message, Op
from fastgw.compiler.lower import Lowering, Statement
from fastgw.compiler.schema import INBOUND, OUTBOUND, PolicySchema, policy_element
from fastgw.expr.library.context.messages import received_url
from fastgw.policies.bodies import edit_text

ELEMENT = policy_element("redirect-content-urls")
_DEFAULT_PORTS = {"http": 80, "https": 443}
# Where a longer name, port or path goes on, or a name is only the user of another host, it is another URL.
_END = r"(?![\w%@:~-]|\.\w)"
# A short URL that becomes a long one must not fill the memory.
_LARGEST = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class RedirectContentUrls:
    """The masking of one statement."""

    message: Message

    def __call__(self, exchange: Any) -> None:
        """Replace absolute URLs. Raises ValueError for a result that is too large."""
        target = exchange.target
        # A pool has no URL of its own, and which member answers is not known here.
        if target is None or not target.host:
            return
        scheme, host, port, _, _ = received_url(exchange)
        facts = exchange.route.facts if exchange.facts is None else exchange.facts
        api = facts["api"]
        gateway = (scheme, _in_url(host), port, f"/{api.path}" if api.path else "")
        backend = (target.scheme, _in_url(target.host), target.port, target.base_path.decode("latin-1"))
        old, new = (backend, gateway) if self.message is Message.RESPONSE else (gateway, backend)
        pattern, replacement = _pattern(*old), _written(*new)

        def replaced(text: str) -> str:
            # The pattern takes no less than a scheme and a host, so that this bounds what is found.
            most = text.lower().count("://" + old[1].lower())
            if len(text) + most * len(replacement) > _LARGEST:
                raise ValueError("The body would become too large.")
            return pattern.sub(lambda _: replacement, text)

        edit_text(self.message, exchange, replaced)


def _in_url(host: str) -> str:
    """A host as URLs have it: addresses of IPv6 in brackets."""
    return f"[{host}]" if ":" in host and not host.startswith("[") else host


@lru_cache(maxsize=256)
def _pattern(scheme: str, host: str, port: int, path: str) -> re.Pattern[str]:
    """The beginnings of URLs that mean a base URL: scheme and host in any case, the path as it is."""
    name = f"(?i:{re.escape(host)})"
    if port == _DEFAULT_PORTS.get(scheme):
        begin = f"(?i:http)://{name}(?::80)?|(?i:https)://{name}(?::443)?"
    else:
        begin = f"(?i:https?)://{name}:{port}"
    return re.compile(rf"(?<![\w+.-])(?:{begin}){re.escape(path)}{_END}")


def _written(scheme: str, host: str, port: int, path: str) -> str:
    """A base URL, without a default port."""
    return f"{scheme}://{host}{'' if port == _DEFAULT_PORTS.get(scheme) else f':{port}'}{path}"


def lower(statement: Statement, lowering: Lowering) -> None:
    """One DO, behind the body."""
    lowering.need_body(lowering.message, statement)
    lowering.emit(Op.DO, (RedirectContentUrls(lowering.message),), statement)


REDIRECT_CONTENT_URLS = PolicySchema(ELEMENT, lower, sections=frozenset({INBOUND, OUTBOUND}), once=True)
