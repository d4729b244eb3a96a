# What Python sees of the compiled module of this name; the rest is in its .pxd, for compiled siblings.

from enum import IntEnum

from fastgw._exchange import Exchange

class Source(IntEnum):
    HEADER = 0
    RESPONSE_HEADER = 1
    QUERY = 2
    VARIABLE = 3
    METHOD = 4
    PATH = 5

class Test(IntEnum):
    ALWAYS = 0
    NEVER = 1
    EQUALS = 2
    EQUALS_IGNORING_CASE = 3
    CONTAINS = 4
    EXISTS = 5
    HAS_TEXT = 6
    AND = 7
    OR = 8
    NOT = 9
    IS_TRUE = 10

class Condition:
    def __init__(
        self,
        test: int,
        *,
        source: int = 0,
        name: str | None = None,
        value: str | None = None,
        default: str | None = None,
        left: Condition | None = None,
        right: Condition | None = None,
    ) -> None: ...
    # The compiled expression that it stands for.
    general: object
    @property
    def test(self) -> int: ...
    @property
    def source(self) -> int: ...
    def __call__(self, exchange: Exchange) -> bool | None: ...
