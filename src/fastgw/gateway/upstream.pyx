"""One connection to a backend: a request out, its response in, as events to a Sink.

Owns the connection and nothing else: no retry, no time limit of a request, no
decision. What a backend sends is held to the same grammar as what callers send;
a connection is used again only when both messages ended as announced.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE
from libc.string cimport memset

from fastgw._chunks cimport ChunkedDecoder
from fastgw._exchange cimport Exchange
from fastgw._http cimport HEAD_COMPLETE, HEAD_INCOMPLETE, Buffer, Head, Limits, scan_head
from fastgw.gateway.deadlines cimport Timed, monotonic

# Answers may carry more than requests: policies such as CSP and many cookies.
cdef Limits RESPONSE_LIMITS = Limits(200, 32768, 65536)

cdef enum:
    INTERIM_LIMIT = 16

# Decoded chunks of the read at hand; nothing keeps a reference to it.
cdef Buffer decoded
memset(&decoded, 0, sizeof(Buffer))


cdef class Sink(Timed):
    """Who asked for a connection. Every method is called on the loop; `unavailable` also from within `acquire`."""

    cdef void connected(self, Upstream upstream):
        """Here is the connection; send the request on it."""

    cdef void unavailable(self, str reason, str message, int status):
        """No connection can be had; `reason` is a LastError reason, `status` what the caller gets."""

    cdef void response_started(self, const char* body, Py_ssize_t length, bint complete):
        """exchange.response holds the head; the first piece of the body came with it."""

    cdef void response_data(self, bytes data, const char* body, Py_ssize_t length, bint complete):
        """More of the body; `data` is set when all of it may be passed on as it is."""

    cdef void response_failed(self, str message, bint stale):
        """The connection broke. `stale`: it was a used one and not a byte of the answer had come."""

    cdef void may_continue(self):
        """The backend has said 100 Continue."""

    cdef void request_paused(self):
        """Send no more of the request for now."""

    cdef void request_resumed(self):
        """Go on sending."""


cdef class Owner:
    """The pool behind a connection."""

    cdef void proved(self, Upstream upstream):
        """The connection has carried its first whole answer."""

    cdef void returned(self, Upstream upstream):
        """The connection is free and may be used again."""

    cdef void lost(self, Upstream upstream):
        """The connection is closed; called once."""


cdef class Upstream(Timed):
    """An asyncio protocol; made by a pool, which it returns to."""

    def __init__(self, Owner owner):
        self.owner = owner
        self.state = UpstreamState.IDLE
        self.decoder = ChunkedDecoder()

    # -------------------------------------------------- asyncio protocol

    def connection_made(self, transport):
        """The connection is open, TLS included."""
        self.transport = transport
        self._write = transport.write
        self.opened = monotonic()
        transport.set_write_buffer_limits(high=65536)

    def connection_lost(self, error):
        """The connection is gone, by whoever's doing."""
        cdef str message
        if self.state != UpstreamState.CLOSED:
            if self.state in (UpstreamState.AWAITING_HEAD, UpstreamState.BODY_LENGTH, UpstreamState.BODY_CHUNKED):
                message = str(error) if error is not None else "The backend closed the connection."
                self._broken(message, self.state == UpstreamState.AWAITING_HEAD and self.requests > 1
                             and not self.heard)
            elif self.state == UpstreamState.BODY_UNTIL_CLOSE:
                self._until_close_ended(error)
            else:
                self._closed()

    def eof_received(self):
        """The backend will send no more; nobody half-closes in HTTP, so the transport may close."""
        return False

    def pause_writing(self):
        """The backend reads too slowly."""
        self.write_paused = True
        if self.sink is not None:
            self.sink.request_paused()

    def resume_writing(self):
        """The backend has caught up."""
        self.write_paused = False
        if self.sink is not None:
            self.sink.request_resumed()

    def data_received(self, bytes data):
        """Bytes of the answer."""
        cdef Sink sink = self.sink
        try:
            if self.state == UpstreamState.AWAITING_HEAD:
                self.heard = True
                self._head(data)
            elif self.state == UpstreamState.IDLE:
                # Nothing was asked: whatever this answers, it is not the next request.
                self.abort()
            elif self.state != UpstreamState.CLOSED:
                self._body(data)
        except Exception:
            # A fault of ours: the caller must not wait for an answer that nobody reads any more.
            if sink is not None and sink is not self.sink:
                # The connection was given back before, if not to somebody else; what the sink did next has failed.
                if self.sink is None:
                    self.abort()
                sink.break_down()
                return
            self.abort()
            if sink is not None:
                tell_failure(sink, "The answer could not be processed.", False)
            raise

    # -------------------------------------------------- for the sink and the pool

    cdef void start(self, Sink sink):
        """Begin an exchange; the sink writes next."""
        self.sink = sink
        self.state = UpstreamState.AWAITING_HEAD
        self.requests += 1
        self.reusable = True
        self.request_sent = False
        self.partial = None
        self.heard = False
        self.interim = 0
        memset(&self.scan, 0, sizeof(HeadScan))
        self.no_deadline()

    cdef void write(self, bytes data):
        if self.state != UpstreamState.CLOSED:
            self._write(data)

    cdef void request_complete(self):
        """All of the request is written: only then may the connection carry another one."""
        self.request_sent = True

    cdef void pause_answer(self):
        """Read no more for now: the caller is slower than the backend."""
        if not self.read_paused and self.state != UpstreamState.CLOSED:
            self.read_paused = True
            self.transport.pause_reading()

    cdef void resume_answer(self):
        if self.read_paused and self.state != UpstreamState.CLOSED:
            self.read_paused = False
            self.transport.resume_reading()

    cdef void abort(self):
        """Close at once and tell nobody but the pool; what is left of the exchange is dropped."""
        self.sink = None
        self._closed()

    def close(self):
        """Close an idle connection; for the pool's deadlines and its end."""
        self.abort()

    cdef void expired(self):
        self.abort()

    # -------------------------------------------------- the answer

    cdef void _head(self, bytes data):
        """Read the head and what of the body came with it."""
        cdef Head head
        cdef Sink sink = self.sink
        cdef int found
        cdef Py_ssize_t start = 0
        cdef Py_ssize_t length
        cdef const char* base
        if self.partial is not None:
            data = self.partial + data
            self.partial = None
        length = PyBytes_GET_SIZE(data)
        base = PyBytes_AS_STRING(data)
        head = sink.exchange.response
        while True:
            found = scan_head(base + start, length - start, &self.scan, RESPONSE_LIMITS)
            if found == HEAD_INCOMPLETE:
                self.partial = data[start:] if start else data
                return
            if found != HEAD_COMPLETE or head.parse_response(data, start, start + self.scan.position,
                                                             RESPONSE_LIMITS):
                self._broken("The backend's answer is not valid HTTP/1.1.", False)
                return
            start += self.scan.position
            memset(&self.scan, 0, sizeof(HeadScan))
            if head.status >= 200:
                break
            # Interim answers are the gateway's to swallow (design section 11); an upgrade was never asked for.
            self.interim += 1
            if head.status == 101 or self.interim > INTERIM_LIMIT:
                self._broken("The backend sent an interim answer that was not asked for.", False)
                return
            if head.status == 100:
                sink.may_continue()
        if head.close:
            self.reusable = False
        if sink.head_request or head.status == 204 or head.status == 304:
            self.state = UpstreamState.FINISHED
            if start < length:
                self.reusable = False
            sink.response_started(NULL, 0, True)
            self.done()
        elif head.chunked:
            self.state = UpstreamState.BODY_CHUNKED
            self.decoder.reset()
            self._chunked(base + start, length - start, True)
        elif head.content_length >= 0:
            self.remaining = head.content_length
            self.state = UpstreamState.BODY_LENGTH
            if length - start >= self.remaining:
                if length - start > self.remaining:
                    self.reusable = False
                length = start + self.remaining
                self.state = UpstreamState.FINISHED
            self.remaining -= length - start
            sink.response_started(base + start, length - start, self.remaining == 0)
            if self.state == UpstreamState.FINISHED:
                self.done()
        else:
            self.reusable = False
            self.state = UpstreamState.BODY_UNTIL_CLOSE
            sink.response_started(base + start, length - start, False)

    cdef void _body(self, bytes data):
        cdef Py_ssize_t length = PyBytes_GET_SIZE(data)
        if self.state == UpstreamState.BODY_CHUNKED:
            self._chunked(PyBytes_AS_STRING(data), length, False)
        elif self.state == UpstreamState.BODY_UNTIL_CLOSE:
            self.sink.response_data(data, PyBytes_AS_STRING(data), length, False)
        else:
            if length >= self.remaining:
                if length > self.remaining:
                    self.reusable = False
                    data = data[:self.remaining]
                    length = self.remaining
                self.state = UpstreamState.FINISHED
            self.remaining -= length
            self.sink.response_data(data, PyBytes_AS_STRING(data), length, self.remaining == 0)
            if self.state == UpstreamState.FINISHED:
                self.done()

    cdef void _chunked(self, const char* data, Py_ssize_t length, bint first):
        cdef Py_ssize_t used
        cdef bint complete
        decoded.size = 0
        used = self.decoder.feed(data, length, &decoded)
        if used < 0:
            if first:
                # The head is good: the caller gets it, and then the truncation that broken framing means.
                self.sink.response_started(NULL, 0, False)
            if self.state == UpstreamState.BODY_CHUNKED:
                self._broken("The backend's answer has broken chunks.", False)
            return
        complete = self.decoder.complete
        if complete:
            self.state = UpstreamState.FINISHED
            if used < length:
                self.reusable = False
        if first:
            self.sink.response_started(decoded.data, decoded.size, complete)
        elif decoded.size or complete:
            self.sink.response_data(None, decoded.data, decoded.size, complete)
        if complete and self.state == UpstreamState.FINISHED:
            self.done()

    def _until_close_ended(self, error):
        cdef Sink sink = self.sink
        self.sink = None
        self._closed()
        if sink is None:
            return
        if error is not None:
            tell_failure(sink, str(error), False)
            return
        try:
            sink.response_data(None, NULL, 0, True)
        except Exception:
            sink.break_down()

    cdef void done(self):
        """The answer is complete: back to the pool, or closed. A sink that goes on at once may say so itself."""
        if self.state != UpstreamState.FINISHED:
            return
        self.sink = None
        if self.requests == 1:
            self.owner.proved(self)
        if not self.reusable or not self.request_sent:
            self._closed()
            return
        self.state = UpstreamState.IDLE
        if self.read_paused:
            self.read_paused = False
            self.transport.resume_reading()
        self.owner.returned(self)

    cdef void _broken(self, str message, bint stale):
        """The exchange cannot go on: close, then say so."""
        cdef Sink sink = self.sink
        self.sink = None
        self._closed()
        if sink is not None:
            tell_failure(sink, message, stale)

    cdef void _closed(self):
        cdef bint midway = self.state != UpstreamState.IDLE and self.state != UpstreamState.FINISHED
        if self.state == UpstreamState.CLOSED:
            return
        self.state = UpstreamState.CLOSED
        self.no_deadline()
        self._write = None
        if self.transport is not None:
            # Closing waits until all is written; a backend that does not read would keep the connection.
            if midway or not self.request_sent or self.transport.get_write_buffer_size():
                self.transport.abort()
            else:
                self.transport.close()
        self.owner.lost(self)


cdef void tell_failure(Sink sink, str message, bint stale):
    """The connection broke; should the sink break at that, nobody else would end its request."""
    try:
        sink.response_failed(message, stale)
    except Exception:
        sink.break_down()
