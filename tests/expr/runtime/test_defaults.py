"""default(T) of every kind of type."""

from __future__ import annotations

import pytest

from fastgw.expr.engine import load_library
from fastgw.expr.library.declare import definitions, type_of_text
from fastgw.expr.runtime.defaults import default_of
from fastgw.expr.runtime.objects import to_text, type_of
from fastgw.expr.types import NamedType

load_library()


@pytest.mark.parametrize(
    ("type", "text"),
    [
        ("int", "0"),
        ("byte", "0"),
        ("double", "0"),
        ("decimal", "0"),
        ("bool", "False"),
        ("char", "\0"),
        ("DayOfWeek", "Sunday"),
        ("DateTime", "01/01/0001 00:00:00"),
        ("TimeSpan", "00:00:00"),
        ("Guid", "00000000-0000-0000-0000-000000000000"),
        ("KeyValuePair<string, int>", "[, 0]"),
        ("(int, string)", "(0, )"),
    ],
)
def test_value_types(type: str, text: str) -> None:
    found = default_of(type_of_text(type))
    assert to_text(found) == text
    assert type_of(found) == type_of_text(type)


@pytest.mark.parametrize(
    "type", ["string", "object", "int?", "int[]", "List<int>", "IEnumerable<int>", "Func<int>"]
)
def test_everything_else_is_null(type: str) -> None:
    assert default_of(type_of_text(type)) is None


STRUCTS = [one for one in definitions() if one.kind == "struct" and not one.parameters]


@pytest.mark.parametrize("definition", STRUCTS, ids=[one.full_name for one in STRUCTS])
def test_every_struct_has_a_default(definition: object) -> None:
    assert default_of(NamedType(definition)) is not None  # type: ignore[arg-type]
