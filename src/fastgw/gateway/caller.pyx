"""Requests on a connection: read, framed, bounded in size and time.

One request at a time: pipelined ones wait until their predecessor is answered. A connection
whose request could not be understood is answered once and closed. What happens to a request is
decided elsewhere (`downstream`).
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from libc.string cimport memchr, memcmp, memset

from fastgw._chunks cimport ChunkedDecoder
from fastgw._exchange cimport Exchange
from fastgw._http cimport (
    HEAD_COMPLETE, HEAD_INCOMPLETE, Buffer, Field, Head, HeadScan, same_name, scan_head,
    standard_reason,
)
from fastgw.gateway.answer cimport Answering, ClientState, Framing
from fastgw.gateway.pipeline cimport error_response
from fastgw.gateway.services cimport Services

import struct
import traceback
from socket import SO_LINGER, SOL_SOCKET

from fastgw.telemetry import log

cdef bytes RESET_ON_CLOSE = struct.pack("ii", 1, 0)

cdef enum:
    LINGER_LIMIT = 1048576          # bytes still read and dropped after the last answer
    PIPELINE_LIMIT = 16384          # bytes of further requests held while one is under way

# Chunks of the read at hand, decoded.
cdef Buffer decoded
memset(&decoded, 0, sizeof(Buffer))


cdef class Caller(Answering):
    """The reading side of a caller's connection; an asyncio protocol in all but name."""

    def __init__(self, Services services):
        self.services = services
        self.exchange = Exchange()
        self.request_decoder = ChunkedDecoder()
        self.state = ClientState.GONE
        self.request_complete = True

    # -------------------------------------------------- the proxying half, see Downstream

    cdef void dispatch(self, const char* query):
        """A whole head has arrived; route it and start its pipeline. `query` begins at the question mark."""

    cdef void body_piece(self, bytes piece):
        """A piece of the request's body; `request_complete` says whether it is the last."""

    cdef void drop_call(self):
        """End the call to the backend, whatever state it is in."""

    cdef void forget_call(self):
        """The exchange has ended: let go of what belonged to it."""

    cdef void hold_answer(self):
        """The caller reads too slowly: take no more from the backend."""

    cdef void release_answer(self):
        """The caller has caught up."""

    # -------------------------------------------------- asyncio protocol

    def connection_made(self, transport):
        """A caller has connected, TLS included."""
        peer = transport.get_extra_info("peername")
        self.transport = transport
        self._write = transport.write
        self.peer = self.exchange.peer = str(peer[0]).encode() if isinstance(peer, tuple) else b"unknown"
        self.scheme = 2 if transport.get_extra_info("sslcontext") is not None else 1
        self.state = ClientState.READING_HEAD
        transport.set_write_buffer_limits(high=65536)
        self.services.first_byte.add(self)

    def connection_lost(self, error):
        """The caller is gone, or we closed."""
        cdef bint busy = self.state == ClientState.BUSY
        self.state = ClientState.GONE
        self._write = None
        self.no_deadline()
        self.pending = None
        # It knows the exchange in its turn; nothing else keeps the two alive.
        self.exchange.context = None
        if busy:
            # ClientConnectionFailure: nobody is there to answer, so no policy runs (document.md section 4.4).
            log.debug("caller left", peer=self.peer, reason="ClientConnectionFailure")
            self.drop_call()
            self._forget()
        if self.on_closed is not None and not self.on_closed.done():
            self.on_closed.set_result(None)

    def data_received(self, bytes data):
        """Bytes from the caller."""
        cdef Py_ssize_t used
        if self.state == ClientState.READING_HEAD:
            if not self.request_complete:
                # The rest of a body that nobody wanted, so that the connection can be used again.
                used = self._body(data, 0)
                if used < 0 or used == PyBytes_GET_SIZE(data):
                    return
                data = data[used:]
            if self.pending is not None:
                data = self.pending + data
                self.pending = None
            self._read(data)
        elif self.state == ClientState.BUSY:
            if self.pending is not None:
                self.pending = self.pending + data
            elif self.request_complete:
                self.pending = data
            else:
                used = self._body(data, 0)
                if used < 0 or used == PyBytes_GET_SIZE(data):
                    return
                if self.state == ClientState.READING_HEAD:
                    self._read(data[used:])
                    return
                self.pending = data[used:]
            self._hold_pipelined()
        elif self.state == ClientState.LINGERING:
            self.lingered += PyBytes_GET_SIZE(data)
            if self.lingered > LINGER_LIMIT:
                self.cut()

    def eof_received(self):
        """The caller has closed, as far as it can be seen: its call ends with it (spec/resilience.md section 4).

        One that only closed its sending side looks the same, and gets what was written already.
        """
        return False

    def pause_writing(self):
        """The caller reads too slowly."""
        self.write_paused = True
        self.services.write.add(self)
        self.hold_answer()

    def resume_writing(self):
        """The caller has caught up."""
        cdef bytes data
        self.write_paused = False
        self.no_deadline()
        if self.state == ClientState.LINGERING:
            self.services.linger.add(self)
        elif self.state == ClientState.READING_HEAD:
            (self.services.idle if self.request_complete else self.services.body).add(self)
            if self.pending is not None and self.request_complete:
                data = self.pending
                self.pending = None
                self._read(data)
            if self.pending is None or self.state == ClientState.READING_HEAD:
                self.resume_reading()
        elif not self.request_complete and not self.read_paused:
            self.services.body.add(self)
        self.release_answer()

    # -------------------------------------------------- requests

    cdef void _read(self, bytes data):
        """Serve the requests in `data`, as many as can be answered without waiting."""
        cdef Py_ssize_t start = 0
        cdef Py_ssize_t length = PyBytes_GET_SIZE(data)
        cdef Py_ssize_t used
        cdef const char* query
        cdef int found
        self.in_loop = True
        while self.state == ClientState.READING_HEAD and start < length and not self.write_paused:
            found = scan_head(PyBytes_AS_STRING(data) + start, length - start, &self.scan, self.services.limits)
            if found == HEAD_INCOMPLETE:
                self.pending = data[start:] if start else data
                # The whole head has one deadline, whatever trickles in; an empty line is no head yet.
                if self._in_a_head() and self._queue is not self.services.head:
                    self.services.head.add(self)
                break
            if found != HEAD_COMPLETE:
                self.refuse(found)
                break
            used = start + self.scan.position
            memset(&self.scan, 0, sizeof(HeadScan))
            found = self._head(data, start, used)
            if found:
                self.refuse(found)
                break
            start = used
            if not self.request_complete:
                # Before the request is dispatched, so that head and body leave together.
                used = self._body(data, start)
                if used < 0:
                    break
                self.continue_due = self.continue_due and used == start
                start = used
            query = NULL
            found = self._target(self.exchange.request, &query)
            if found:
                self.refuse(found)
                break
            self.dispatch(query)
        if start < length and self.pending is None and (
                self.state == ClientState.BUSY or (self.state == ClientState.READING_HEAD and self.write_paused)):
            # Who does not read answers gets no further ones made.
            self.pending = data[start:]
            self._hold_pipelined()
        self.in_loop = False
        if self.state == ClientState.READING_HEAD and not self.write_paused:
            self.resume_reading()

    cdef void _hold_pipelined(self):
        """One request at a time. Reading goes on for a little, because a caller that leaves is noticed by
        reading; then the rest waits in the kernel, and so does its sender."""
        if PyBytes_GET_SIZE(self.pending) > PIPELINE_LIMIT:
            self.pause_reading()

    cdef int _head(self, bytes data, Py_ssize_t start, Py_ssize_t end) except -1:
        """Take in a complete head: grammar and framing; 0, or the status to refuse with."""
        cdef Exchange exchange = self.exchange
        cdef Head head = exchange.request
        cdef int status
        self.no_deadline()
        exchange.begin()
        status = head.parse_request(data, start, end, self.services.limits)
        if status:
            return status
        self.state = ClientState.BUSY
        self.keep_alive = not head.close
        self.request_framing = Framing.NO_BODY
        self.request_complete = True
        self.discarding = False
        self.answering = False
        self.continue_due = False
        self.caller_head = is_head(head)
        if head.chunked:
            self.request_framing = Framing.BY_CHUNKS
            self.request_decoder.reset()
            self.request_complete = False
        elif head.content_length > 0:
            self.request_framing = Framing.BY_LENGTH
            self.request_remaining = head.content_length
            self.request_complete = False
        if head.expect_continue and not self.request_complete:
            self.continue_due = True
        return 0

    cdef int _target(self, Head head, const char** query) except -1:
        """Find path and query in the request target (RFC 9112 section 3.2); 0, or the status to refuse with."""
        cdef const char* target = head.target
        cdef int length = head.target_length
        cdef const char* found
        cdef const char* host
        cdef int host_length
        cdef Field* field
        if target[0] != 47:
            if length == 1 and target[0] == 42:
                # Asterisk-form is for OPTIONS alone (section 3.2.4); no API can have that path.
                return 0 if head.method_length == 7 and memcmp(head.method, b"OPTIONS", 7) == 0 else 400
            if length > 7 and same_name(target, "http://", 7):
                host = target + 7
            elif length > 8 and same_name(target, "https://", 8):
                host = target + 8
            else:
                return 400
            length -= <int>(host - target)
            found = <const char*>memchr(host, 47, length)
            host_length = <int>(found - host) if found is not NULL else length
            if head.host_index < 0:
                return 400
            field = head.fields + head.host_index
            if field.value_length != host_length or not same_name(field.value, host, host_length):
                return 400
            if found is NULL:
                target = b"/"
                length = 1
            else:
                target = found
                length -= host_length
            head.target = target
            head.target_length = length
        if memchr(target, 35, length) is not NULL:
            return 400
        found = <const char*>memchr(target, 63, length)
        if found is NULL:
            query[0] = target + length
        else:
            query[0] = found
        return 0

    # -------------------------------------------------- the request's body

    cdef Py_ssize_t _body(self, bytes data, Py_ssize_t start) except -2:
        """Take body bytes from data[start:]; returns where they end, or -1 when the connection is done for."""
        cdef Py_ssize_t length = PyBytes_GET_SIZE(data)
        cdef Py_ssize_t end, used
        cdef bytes piece
        if self.request_complete:
            return start
        if self.request_framing == Framing.BY_LENGTH:
            end = length
            if length - start >= self.request_remaining:
                end = start + self.request_remaining
                self.request_complete = True
            self.request_remaining -= end - start
            piece = data if start == 0 and end == length else data[start:end]
        else:
            decoded.size = 0
            used = self.request_decoder.feed(PyBytes_AS_STRING(data) + start, length - start, &decoded)
            if used < 0:
                self._bad_body()
                return -1
            end = start + used
            self.request_complete = self.request_decoder.complete
            piece = PyBytes_FromStringAndSize(decoded.data, decoded.size)
        if self.request_complete:
            if not self.write_paused:
                self.no_deadline()
        elif not self.write_paused:
            self.services.body.add(self)
        if self.discarding:
            if self.request_complete and self.state == ClientState.READING_HEAD and not self.write_paused:
                self.services.idle.add(self)
            return end
        self.body_piece(piece)
        return end

    def _bad_body(self):
        """Broken chunks: refuse where nothing has left yet, else cut."""
        self.drop_call()
        if self.answering:
            self.cut()
        else:
            self.refuse(400)

    cdef void pause_reading(self):
        if not self.read_paused and self.state != ClientState.GONE:
            self.read_paused = True
            self.transport.pause_reading()
            if self.state == ClientState.BUSY and not self.write_paused:
                # We are the slow ones now.
                self.no_deadline()

    cdef void resume_reading(self):
        if self.read_paused and self.state != ClientState.GONE:
            self.read_paused = False
            self.transport.resume_reading()
            if self.state == ClientState.BUSY and not self.request_complete and not self.write_paused:
                self.services.body.add(self)

    # -------------------------------------------------- the end of an exchange

    cdef void answered(self):
        """The answer is complete: make ready for the next request, or close."""
        cdef bytes data
        self.drop_call()
        self._forget()
        if self.state == ClientState.GONE:
            return
        if not self.keep_alive or self.on_closed is not None:
            if self.request_complete and self.pending is None:
                self._close()
            else:
                self._begin_linger()
            return
        self.state = ClientState.READING_HEAD
        self.discarding = not self.request_complete
        if not self.write_paused:
            if self.request_complete:
                self.services.idle.add(self)
            else:
                self.services.body.add(self)
        if self.in_loop:
            return
        if self.pending is not None and self.request_complete:
            data = self.pending
            self.pending = None
            self._read(data)
        if self.pending is None or (self.state == ClientState.READING_HEAD and not self.write_paused):
            self.resume_reading()

    cdef void refuse(self, int status):
        """Answer what cannot be served and close: what follows on this connection cannot be trusted."""
        cdef Exchange exchange = self.exchange
        self.drop_call()
        self.state = ClientState.BUSY
        self.keep_alive = False
        # Nothing is known of the method where not even the request line was understood.
        self.caller_head = is_head(exchange.request)
        self.request_complete = True
        self.pending = None
        exchange.request.minor = 1
        error_response(exchange, status, (<bytes>standard_reason(status)).decode())
        log.debug("request refused", status=status, peer=self.peer)
        self.write_answer(PyBytes_AS_STRING(exchange.body), PyBytes_GET_SIZE(exchange.body), True)
        self._forget()
        self._begin_linger()

    cdef void break_down(self):
        """End what an error of ours has left without an end: 500 where the answer has not begun, and the close.

        For callbacks of the loop, which would tell nobody but the log. Called while the error is handled.
        """
        log.error("request failed for an error of the gateway", peer=self.peer, requestId=self.exchange.request_id(),
                  traceback=traceback.format_exc())
        try:
            if self.state == ClientState.BUSY and not self.answering:
                self.refuse(500)
            else:
                self.cut()
        except Exception:
            # Not even that: at least the caller is told that nothing comes.
            self.transport.abort()
            raise

    cdef void _begin_linger(self):
        """Read on for a moment: closing with unread bytes would reset the connection and take the
        answer away from its reader (RFC 9112 section 9.6)."""
        self.pending = None
        if self.scheme == 2:
            # Closing TLS reads on by itself until the caller has closed too.
            self._close()
            return
        self.state = ClientState.LINGERING
        self.lingered = 0
        self.transport.write_eof()
        self.resume_reading()
        if not self.write_paused:
            self.services.linger.add(self)

    cdef void _forget(self):
        self.exchange.finish()
        self.forget_call()

    cdef void _close(self):
        """Close when all is written; a caller that does not read it has the time of any other."""
        self.state = ClientState.LINGERING
        self.lingered = 0
        self.services.write.add(self)
        self.transport.close()

    cdef bint _in_a_head(self):
        """Whether part of a head is there; the empty line that may precede a request is none."""
        return self.pending is not None and (
            PyBytes_GET_SIZE(self.pending) > 2 or PyBytes_AS_STRING(self.pending)[0] != 13)

    cdef void cut(self):
        """Close so that the caller cannot take what it has for the whole."""
        self.drop_call()
        self._forget()
        if self.state != ClientState.GONE:
            self.state = ClientState.LINGERING
            if self.answering and self.answer_framing == Framing.UNTIL_CLOSE:
                # An ordinary close is how such an answer ends: only a reset says that it did not.
                self.transport.get_extra_info("socket").setsockopt(SOL_SOCKET, SO_LINGER, RESET_ON_CLOSE)
            self.transport.abort()

    cdef void expired(self):
        """A time limit of the caller's side has passed."""
        if self.write_paused or self.state == ClientState.LINGERING:
            self.cut()
        elif self.state == ClientState.READING_HEAD:
            if self._in_a_head():
                self.refuse(408)
            elif not self.request_complete:
                self.cut()
            else:
                self._close()
        elif self.state == ClientState.BUSY:
            if self.answering:
                self.cut()
            else:
                self.refuse(408)

    # -------------------------------------------------- for the server

    def close_when_idle(self):
        """End the connection once the answer under way has left; returns a future for that, None when it is gone."""
        if self.state == ClientState.GONE:
            return None
        if self.state == ClientState.READING_HEAD and not self.transport.get_write_buffer_size():
            # Nothing to lose: not worth waiting for a caller's part in closing TLS.
            self._close()
            return None
        if self.on_closed is None:
            self.on_closed = self.services.loop.create_future()
        if self.state == ClientState.READING_HEAD:
            self._close()
        elif self.state == ClientState.BUSY and not self.answering:
            self.keep_alive = False
        return self.on_closed

    def abort(self):
        """Close at once."""
        if self.state != ClientState.GONE and self.transport is not None:
            self.cut()


cdef bint is_head(Head head) noexcept:
    """Whether the method is HEAD."""
    return head.method_length == 4 and memcmp(head.method, b"HEAD", 4) == 0
