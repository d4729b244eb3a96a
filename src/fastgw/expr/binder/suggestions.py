"""What the author may have meant by a name that does not exist."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

_CLOSE = 0.75


def close(name: str, known: Iterable[str]) -> str:
    """`; did you mean 'x'?` with the nearest known name, or nothing where none is near."""
    names = sorted(set(known) - {name})
    same = [one for one in names if one.lower() == name.lower()]
    found = same or get_close_matches(name, names, 1, _CLOSE)
    return f"; did you mean '{found[0]}'?" if found else ""
