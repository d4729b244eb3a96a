"""What the author may have meant by a name that does not exist."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from difflib import get_close_matches

from fastgw.expr.binder.session import Session

_CLOSE = 0.75


def close(session: Session, name: str, known: Callable[[], Iterable[str]]) -> str:
    """`; did you mean 'x'?` with the nearest known name, or nothing where none is near.

    Nothing, too, when the session has looked often enough: comparing names takes far longer than binding one.
    """
    if not session.hints_left:
        return ""
    session.hints_left -= 1
    names = sorted(set(known()) - {name})
    same = [one for one in names if one.lower() == name.lower()]
    found = same or get_close_matches(name, names, 1, _CLOSE)
    return f"; did you mean '{found[0]}'?" if found else ""
