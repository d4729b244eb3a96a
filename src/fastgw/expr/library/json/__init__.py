"""Json.NET as expressions see it. Importing the package declares its types and members."""

from fastgw.expr.library.json import (
    container_members,
    convert_members,
    definitions,
    extension_members,
    object_members,
    token_members,
)

__all__ = [
    "container_members",
    "convert_members",
    "definitions",
    "extension_members",
    "object_members",
    "token_members",
]
