"""Messages between the master process and its children over a socket pair.

A frame is a 4-byte big-endian length and a pickled tuple. Both ends are our own processes of one
program version (a fork apart), which is why pickle is safe here and a wire format is not needed.
This file must never wait: sending keeps what the socket did not take, receiving returns what is there.

| direction         | message                                  | meaning |
|-------------------|------------------------------------------|---------|
| worker -> master  | ``("ready", generation)``                | accepting connections |
| worker -> master  | ``("applied", generation)``              | new requests use this configuration |
| worker -> master  | ``("failed", generation, text)``         | kept the old configuration, and why |
| master -> worker  | ``("configure", generation, configuration, slots)`` | build, swap; slots of `_shared` |
| master -> worker  | ``("drain",)``                           | stop accepting, finish, exit 0 |
| master -> management | ``("state", serial, mapping)``        | what health answers say |
| master -> management | ``("backends", states)``              | where the state of backends lives |
| master -> management | ``("secrets", list)``                 | how secrets of key vaults were read |
| management -> master | ``("ready", 0)``, ``("applied", serial)`` | serving; the state is in use |
| master -> key vault | ``("watch", wanted)``                  | the secrets to read from now on |
| master -> key vault | ``("refresh", entity)``                | read that one now, or all (None) |
| key vault -> master | ``("ready", 0)``, ``("secret", reading)`` | at work; what came of a reading |
"""

from __future__ import annotations

import asyncio
import pickle
import socket
import struct
from collections.abc import Callable
from typing import Any

Message = tuple[Any, ...]

# A configuration with ten thousand operations pickles to a few MiB; beyond this a length is garbage.
MAX_MESSAGE_BYTES = 256 * 1024 * 1024
_READ_BYTES = 256 * 1024
_LENGTH = struct.Struct("!I")


class ControlChannelError(Exception):
    """The peer broke the framing, or a message is larger than the channel carries."""


def frame(message: Message, limit: int = MAX_MESSAGE_BYTES) -> bytes:
    """Encode a message once, for `ControlChannel.send_frame` to any number of peers.

    Raises ControlChannelError when the message is larger than `limit` bytes.
    """
    body = pickle.dumps(message, protocol=pickle.HIGHEST_PROTOCOL)
    if len(body) > limit:
        raise ControlChannelError(f"a control message of {len(body)} bytes exceeds the limit of {limit}")
    return _LENGTH.pack(len(body)) + body


class ControlChannel:
    """One end of a control socket pair; owns the socket and never blocks.

    In a selector loop: register `fileno()` for reading, and for writing while `wants_write`; call
    `receive()` and `flush()`. In asyncio (or uvloop): `attach()` does both.
    """

    __slots__ = ("_closed", "_incoming", "_limit", "_loop", "_outgoing", "_socket", "_writing")

    def __init__(self, sock: socket.socket, limit: int = MAX_MESSAGE_BYTES) -> None:
        sock.setblocking(False)
        self._socket = sock
        self._limit = limit
        self._incoming = bytearray()
        self._outgoing = bytearray()
        self._closed = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._writing = False

    @classmethod
    def pair(cls) -> tuple[ControlChannel, socket.socket]:
        """Make a connected pair: the channel for this process, the plain socket for the child."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        return cls(ours), theirs

    def fileno(self) -> int:
        """The descriptor to watch, or -1 after `close`."""
        return self._socket.fileno()

    @property
    def closed(self) -> bool:
        """Whether the peer is gone (end of file, a broken pipe) or this end was closed."""
        return self._closed

    @property
    def wants_write(self) -> bool:
        """Whether sent bytes still wait for the socket to take them."""
        return bool(self._outgoing) and not self._closed

    def send(self, message: Message) -> None:
        """Send a message; what the socket does not take at once leaves with later `flush` calls.

        Does nothing when the peer is gone. Raises ControlChannelError for a message beyond the limit.
        """
        self.send_frame(frame(message, self._limit))

    def send_frame(self, encoded: bytes) -> None:
        """Send what `frame` returned, with the rules of `send`."""
        if self._closed:
            return
        self._outgoing += encoded
        self.flush()

    def flush(self) -> None:
        """Write as much of the waiting bytes as the socket takes now."""
        while self._outgoing and not self._closed:
            try:
                sent = self._socket.send(self._outgoing)
            except (BlockingIOError, InterruptedError):
                break
            except OSError:
                # The peer is gone; the reading side learns it as end of file as well.
                self._closed = True
                self._outgoing.clear()
                break
            del self._outgoing[:sent]
        self._watch_writing()

    def receive(self) -> list[Message]:
        """Return every whole message that has arrived, oldest first; sets `closed` at end of file.

        A partial message at end of file is dropped. Raises ControlChannelError for a length
        beyond the limit.
        """
        while not self._closed:
            try:
                chunk = self._socket.recv(_READ_BYTES)
            except (BlockingIOError, InterruptedError):
                break
            except OSError:
                self._closed = True
                break
            if not chunk:
                self._closed = True
                break
            self._incoming += chunk
        return self._take_messages()

    def _take_messages(self) -> list[Message]:
        messages: list[Message] = []
        start = 0
        while len(self._incoming) - start >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(self._incoming, start)
            if length > self._limit:
                raise ControlChannelError(f"the peer announced a control message of {length} bytes")
            end = start + _LENGTH.size + length
            if len(self._incoming) < end:
                break
            content = self._incoming[start + _LENGTH.size : end]
            messages.append(pickle.loads(content))  # noqa: S301 from our own process, a fork apart
            start = end
        del self._incoming[:start]
        return messages

    def attach(
        self,
        loop: asyncio.AbstractEventLoop,
        on_message: Callable[[Message], None],
        on_closed: Callable[[], None],
    ) -> None:
        """Let an event loop read and write this channel until `close`.

        `on_message` is called for each message, `on_closed` once when the peer is gone.
        """
        self._loop = loop

        def readable() -> None:
            try:
                messages = self.receive()
            except ControlChannelError:
                messages, self._closed = [], True
            for message in messages:
                on_message(message)
            if self._closed and self._loop is not None:
                self._detach()
                on_closed()

        loop.add_reader(self._socket.fileno(), readable)
        self._watch_writing()

    def _watch_writing(self) -> None:
        if self._loop is None or self.wants_write == self._writing:
            return
        self._writing = self.wants_write
        if self._writing:
            self._loop.add_writer(self._socket.fileno(), self.flush)
        else:
            self._loop.remove_writer(self._socket.fileno())

    def _detach(self) -> None:
        if self._loop is None:
            return
        self._loop.remove_reader(self._socket.fileno())
        if self._writing:
            self._loop.remove_writer(self._socket.fileno())
            self._writing = False
        self._loop = None

    def close(self) -> None:
        """Close this end; the peer sees end of file. Harmless when called twice."""
        self._detach()
        self._closed = True
        self._outgoing.clear()
        self._socket.close()
