"""The rules of an operation's URL template (spec/gateway.md section 1.1).

Says whether a template is well formed and which parameters it has; must never match a request,
which is the router's work.
"""

from __future__ import annotations

import re

_NAME = re.compile(r"\*?[^{}*/?&=#\s]+")
_BRACES = re.compile(r"\{([^{}]*)\}")


def placeholders(template: str) -> tuple[str, ...]:
    """Names of the parameters of `template`, path first, a wildcard's without its star.

    Raises ValueError, whose text goes on from the member's name, where the template is malformed.
    """
    if not template.startswith(("/", "?")):
        raise ValueError("must begin with / (or with ? where it has a query only)")
    if re.search(r"[\x00-\x20\x7f#\\]", template):
        raise ValueError("may not contain spaces, control characters, # or \\")
    path, _, query = template.partition("?")
    _check_path(path)
    names = [_name(found) for found in _parameters(path)]
    for found in _parameters(query):
        if found.startswith("*"):
            raise ValueError("may use a wildcard at the end of the path only")
        names.append(_name(found))
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"uses the parameter {name} twice")
    return tuple(names)


def _parameters(text: str) -> list[str]:
    if re.search(r"[{}]", _BRACES.sub("", text)):
        raise ValueError("has braces that do not match")
    return _BRACES.findall(text)


def _name(found: str) -> str:
    if not _NAME.fullmatch(found):
        raise ValueError("has a parameter whose name is missing or malformed")
    return found.lstrip("*")


def _check_path(path: str) -> None:
    *before, last = path.split("/")
    if any("*" in segment for segment in before):
        raise ValueError("may use a wildcard at the end of the path only")
    if "*" in last and last != "*" and not re.fullmatch(r"\{\*[^{}*]+\}", last):
        raise ValueError("must have a wildcard as a whole segment, /* or /{*name}")
    if any(segment in (".", "..") for segment in (*before, last)):
        raise ValueError("may not have dot segments, which no request can match")
