# What Python sees of the compiled module of this name; the rest is in its .pxd, for compiled siblings.

from typing import TypedDict

# What read_head says of a head that is whole and good.
class _HeadDict(TypedDict):
    method: bytes | None
    target: bytes | None
    status: int
    reason: bytes | None
    minor: int
    fields: list[tuple[bytes, bytes]]
    content_length: int
    chunked: bool
    close: bool
    expect_continue: bool
    size: int

class Limits:
    def __init__(self, fields: int = 100, line: int = 8192, head: int = 32768) -> None: ...
    @property
    def fields(self) -> int: ...
    @property
    def line(self) -> int: ...
    @property
    def head(self) -> int: ...

class Head:
    def items(self) -> list[tuple[bytes, bytes]]: ...

def read_head(data: bytes, request: bool = True, limits: Limits | None = None) -> _HeadDict | int | None: ...
