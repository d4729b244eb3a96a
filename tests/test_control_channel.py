"""The control channel: whole messages in order, whatever the socket does with the bytes."""

from __future__ import annotations

import asyncio
import select
import socket
import struct

import pytest

from fastgw.control_channel import ControlChannel, ControlChannelError, frame


def channels(limit: int = 1 << 26) -> tuple[ControlChannel, ControlChannel]:
    ours, theirs = socket.socketpair()
    return ControlChannel(ours, limit), ControlChannel(theirs, limit)


def test_messages_arrive_whole_and_in_order() -> None:
    one, other = channels()
    one.send(("ready", 1))
    one.send(("failed", 2, "why"))
    assert other.receive() == [("ready", 1), ("failed", 2, "why")]
    assert other.receive() == []


def test_a_frame_cut_anywhere_is_put_together_again() -> None:
    ours, theirs = socket.socketpair()
    channel = ControlChannel(theirs)
    encoded = frame(("applied", 7)) + frame(("drain",))
    got = []
    with ours:
        for byte in encoded:
            ours.send(bytes([byte]))
            got += channel.receive()
    assert got == [("applied", 7), ("drain",)]


def test_a_message_larger_than_the_socket_buffer_waits_without_blocking() -> None:
    one, other = channels()
    big = ("configure", 1, "x" * 5_000_000)
    one.send(big)
    assert one.wants_write
    got: list[object] = []
    while not got:
        one.flush()
        select.select([other], [], [], 10)
        got += other.receive()
    assert got == [big]
    assert not one.wants_write


def test_end_of_file_is_seen_and_what_came_before_is_delivered() -> None:
    one, other = channels()
    one.send(("failed", 1, "last words"))
    one.close()
    assert other.receive() == [("failed", 1, "last words")]
    assert other.closed


def test_half_a_message_at_the_end_is_dropped() -> None:
    ours, theirs = socket.socketpair()
    channel = ControlChannel(theirs)
    ours.send(frame(("applied", 1))[:-1])
    ours.close()
    assert channel.receive() == []
    assert channel.closed


def test_sending_to_a_peer_that_is_gone_is_no_error() -> None:
    one, other = channels()
    other.close()
    one.send(("drain",))
    one.send(("drain",))
    assert one.closed
    assert not one.wants_write


def test_a_message_beyond_the_limit_is_refused_on_both_sides() -> None:
    one, other = channels(limit=100)
    with pytest.raises(ControlChannelError):
        one.send(("configure", 1, "x" * 1000))
    ours, theirs = socket.socketpair()
    with ours:
        ours.send(struct.pack("!I", 101))
        with pytest.raises(ControlChannelError):
            ControlChannel(theirs, limit=100).receive()
    other.close()


def test_an_event_loop_reads_and_writes_an_attached_channel() -> None:
    async def run() -> list[object]:
        loop = asyncio.get_running_loop()
        one, other = channels()
        got: list[object] = []
        gone, both = asyncio.Event(), asyncio.Event()

        def take(message: object) -> None:
            got.append(message)
            if len(got) == 2:
                both.set()

        one.attach(loop, lambda message: None, lambda: None)
        other.attach(loop, take, gone.set)
        one.send(("configure", 1, "x" * 3_000_000))
        one.send(("drain",))
        await asyncio.wait_for(both.wait(), 10)
        one.close()
        await asyncio.wait_for(gone.wait(), 10)
        other.close()
        return got

    got = asyncio.run(run())
    assert [message[0] for message in got] == ["configure", "drain"]  # type: ignore[index]
