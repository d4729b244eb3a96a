from collections.abc import Callable, Sequence
from enum import IntEnum
from typing import Any, NamedTuple

class Op(IntEnum):
    END = 0
    JUMP = 1
    JUMP_UNLESS = 2
    SET_HEADER = 3
    SET_QUERY = 4
    SET_METHOD = 5
    SET_STATUS = 6
    SET_VARIABLE = 7
    REWRITE_URI = 8
    SET_TARGET = 9
    SET_CERTIFICATE = 10
    FORWARD = 11
    BEGIN_REPLY = 12
    SET_BODY = 13
    RETURN = 14
    NEED_BODY = 15
    DO = 16
    WAIT = 17
    ENTER = 18
    LEAVE = 19
    JUMP_UNLESS_HOLDS = 20
    NEED = 21

class Message(IntEnum):
    REQUEST = 0
    RESPONSE = 1
    REPLY = 2

class ExistsAction(IntEnum):
    OVERRIDE = 0
    SKIP = 1
    APPEND = 2
    DELETE = 3

class Section(IntEnum):
    INBOUND = 0
    BACKEND = 1
    OUTBOUND = 2
    ON_ERROR = 3

# A constant, or a compiled expression that the core calls with the exchange each time the step runs.
type_Value = bytes | Callable[[Any], object]

# An ExistsAction, or a compiled expression that gives the word for one.
type_Action = int | Callable[[Any], object]

class Site(NamedTuple):
    policy: str
    policy_id: str | None
    path: str
    scope: str

class ForwardOptions:
    def __init__(
        self,
        timeout_ms: int | Callable[[Any], object],
        buffer_request_body: bool = False,
        fail_on_error_status_code: bool = False,
        follow_redirects: bool | Callable[[Any], object] = False,
        continue_timeout_ms: int | Callable[[Any], object] = 0,
    ) -> None: ...
    @property
    def timeout_ms(self) -> int | Callable[[Any], object]: ...
    @property
    def buffer_request_body(self) -> bool: ...
    @property
    def fail_on_error_status_code(self) -> bool: ...
    @property
    def follow_redirects(self) -> bool | Callable[[Any], object]: ...
    @property
    def continue_timeout_ms(self) -> int | Callable[[Any], object]: ...

class Step(NamedTuple):
    op: int
    operands: tuple[Any, ...]
    site: Site

# Operands made ready for the core; of these Python makes and passes on only.
class HeaderStep:
    def __init__(
        self, message: int, name: type_Value, action: type_Action, values: tuple[type_Value, ...]
    ) -> None: ...

class QueryStep:
    def __init__(self, name: type_Value, action: type_Action, values: tuple[type_Value, ...]) -> None: ...

class Program:
    def __init__(self, section: int, steps: Sequence[Step]) -> None: ...
    @property
    def section(self) -> int: ...
    @property
    def computes(self) -> bool: ...
    @property
    def steps(self) -> tuple[Step, ...]: ...
    def __len__(self) -> int: ...
