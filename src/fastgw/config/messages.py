"""What pydantic found, as a sentence about a member that never repeats the value.

Must never use pydantic's own message: some of them show the input.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from fastgw.config import later
from fastgw.config.nodes import speakable
from fastgw.model.types import PATTERN_RULES

Path = tuple[str | int, ...]

_SENTENCES: Final[Mapping[str, Callable[[dict[str, Any]], str]]] = {
    "missing": lambda _: "is required",
    "string_type": lambda _: "must be a string",
    "string_too_short": lambda limit: "may not be empty" if limit["min_length"] == 1 else "is too short",
    "string_too_long": lambda limit: f"may have at most {limit['max_length']} characters",
    "string_pattern_mismatch": lambda found: PATTERN_RULES.get(found["pattern"], "has the wrong form"),
    "bool_type": lambda _: "must be true or false, without quotes",
    "int_type": lambda _: "must be a whole number, without quotes",
    "int_from_float": lambda _: "must be a whole number",
    "greater_than_equal": lambda limit: f"must be at least {limit['ge']}",
    "less_than_equal": lambda limit: f"may be at most {limit['le']}",
    "literal_error": lambda found: f"must be {_without_quotes(found['expected'])}",
    "tuple_type": lambda _: "must be a list",
    "model_type": lambda _: "must be a mapping",
    "mapping_type": lambda _: "must be a mapping",
    "dict_type": lambda _: "must be a mapping",
    "too_long": lambda limit: f"may have at most {limit['max_length']} {_counted(limit)}",
    "too_short": lambda limit: (
        "may not be empty"
        if limit["min_length"] == 1
        else f"must have at least {limit['min_length']} {_counted(limit)}"
    ),
    "value_error": lambda found: str(found["error"]),
}


def _counted(limit: dict[str, Any]) -> str:
    """What is counted: pydantic says `too_short` of secrets as well as of lists."""
    return "characters" if limit["field_type"] == "Value" else "entries"


def _without_quotes(expected: str) -> str:
    return {"False": "false", "True": "true"}.get(expected, expected.replace("'", ""))


def member(path: Path) -> str:
    """`path` as an author says it: `operations[0].policy`."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        else:
            text += ("." if text else "") + speakable(step).strip("`")
    return text


def without_indices(path: Path) -> str:
    """`path` as the tables of `later` write it: `operations.policy`."""
    return ".".join(step for step in path if isinstance(step, str))


def explain(kind: str, path: Path, error: Mapping[str, Any]) -> str:
    """The message for one of pydantic's errors at `path` of an entity of `kind`."""
    plain = without_indices(path)
    found = error["type"]
    if found == "missing" and plain in later.MISSING.get(kind, {}):
        return f"`{plain}`: {later.MISSING[kind][plain]}"
    if found == "literal_error":
        value = error["input"]
        known = later.VALUES.get(kind, {}).get(plain, {})
        if isinstance(value, (str, bool)) and value in known:
            return f"`{member(path)}`: {known[value]}"
        if plain in later.NOT_ONE_OF.get(kind, {}):
            return f"`{member(path)}`: {later.NOT_ONE_OF[kind][plain]}"
    sentence = _SENTENCES.get(found)
    said = sentence(dict(error.get("ctx", {}))) if sentence else "is not valid"
    return f"`{member(path)}` {said}" if path else said
