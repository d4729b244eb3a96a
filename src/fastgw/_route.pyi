# What Python sees of the compiled module of this name; the rest is in its .pxd, for compiled siblings.

from typing import Literal

# ("literal", text), ("parameter", prefix, name, suffix) or ("wildcard", name or None)
_Segment = (
    tuple[Literal["literal"], str]
    | tuple[Literal["parameter"], str, str, str]
    | tuple[Literal["wildcard"], str | None]
)
# What a match found: operation, API, the operation's part of the path, parameter values as received.
_Found = (
    tuple[Literal["operation"], int, int, str, list[str]]
    | tuple[Literal["no-operation"], int]
    | tuple[Literal["no-api"]]
    | tuple[Literal["refused"], int]
)

class TemplateError(ValueError): ...

def split_template(
    template: str,
) -> tuple[list[_Segment], bool, list[tuple[str, str | None]], list[str], list[tuple[str, str]]]: ...

class Router:
    def add_api(self, path: str, schemes: int) -> int: ...
    def add_operation(
        self, api: int, method: str, template: str, operation: int
    ) -> tuple[list[str], list[tuple[str, str]]]: ...
    def freeze(self) -> None: ...
    def find(self, path: str, method: str, query: str = "", scheme: int = 1) -> _Found: ...
    @property
    def operation_count(self) -> int: ...
