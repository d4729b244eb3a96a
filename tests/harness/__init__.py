"""Doors of the test harness: a real gateway process, backends that misbehave on cue, raw sockets.

Everything binds port 0 and waits on events with deadlines; nothing here sleeps for a fixed time.
"""

from tests.harness.backend import EchoBackend, Request, ScriptedBackend, Session
from tests.harness.gateway import GatewayFailed, GatewayProcess
from tests.harness.raw import ClosedEarly, RawConnection, Response, ask, wait_until
from tests.harness.steered import SteeredBackend

__all__ = [
    "ClosedEarly",
    "EchoBackend",
    "GatewayFailed",
    "GatewayProcess",
    "RawConnection",
    "Request",
    "Response",
    "ScriptedBackend",
    "Session",
    "SteeredBackend",
    "ask",
    "wait_until",
]
