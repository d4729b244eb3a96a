"""One connection from a caller: requests in, answers out, one exchange at a time.

This is where bytes meet the pipeline. A request is read, routed, run and
forwarded straight from `data_received`, without a task. Pipelined requests wait
until their predecessor is answered. Whatever framing arrives, what leaves is
framed anew. A connection whose request could not be understood is answered
once and closed.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from libc.string cimport memchr, memcmp, memset

from fastgw cimport _core
from fastgw._exchange cimport Exchange, Route, Target
from fastgw._http cimport (
    HEAD_COMPLETE, HEAD_INCOMPLETE, Buffer, ChunkedDecoder, Field, Head, Kind, buffer_put, buffer_put_hex,
    buffer_put_number, same_name, scan_head, standard_reason,
)
from fastgw._route cimport Found, Match
from fastgw.gateway cimport pipeline
from fastgw.gateway.deadlines cimport Timed
from fastgw.gateway.pipeline cimport Next
from fastgw.gateway.pool cimport Pool
from fastgw.gateway.services cimport Services
from fastgw.gateway.upstream cimport Sink, Upstream

from fastgw.telemetry import log

cdef enum:
    QUEUE_LIMIT = 65536             # body bytes held while no connection is there yet
    REPLAY_LIMIT = 65536            # body bytes kept in case a used connection proves dead
    BUFFER_LIMIT = 2097152          # buffer-request-body (spec/gateway.md section 5)
    DRAIN_LIMIT = 65536             # unread body that is worth reading to keep the connection
    LINGER_LIMIT = 1048576          # bytes still read and dropped after the last answer
    COPY_LIMIT = 8192               # larger pieces are written by themselves instead of being copied

# Chunks of the read at hand, decoded.
cdef Buffer decoded
memset(&decoded, 0, sizeof(Buffer))


cdef class ForwardDeadline(Timed):
    """Ends the call to a backend that takes too long."""

    def __init__(self, Downstream downstream):
        self.downstream = downstream

    cdef void expired(self):
        self.downstream.backend_timed_out()


cdef class Downstream(Sink):
    """An asyncio protocol in all but name: the aiohttp connection hands its callbacks to it."""

    def __init__(self, Services services):
        self.services = services
        self.exchange = Exchange()
        self.request_decoder = ChunkedDecoder()
        self.deadline = ForwardDeadline(self)
        self.queued = []
        self.sent = []
        self.state = ClientState.GONE
        self.request_complete = True

    # -------------------------------------------------- asyncio protocol

    def connection_made(self, transport):
        """A caller has connected, TLS included."""
        peer = transport.get_extra_info("peername")
        self.transport = transport
        self._write = transport.write
        self.peer = str(peer[0]).encode() if isinstance(peer, tuple) else b"unknown"
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
        if busy:
            # ClientConnectionFailure: nobody is there to answer, so no policy runs (document.md section 4.4).
            log.debug("caller left", peer=self.peer, reason="ClientConnectionFailure")
            self._drop_upstream()
            self._forget()
        if self.on_drained is not None and not self.on_drained.done():
            self.on_drained.set_result(None)

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
            # One request at a time: the rest waits in the kernel, and so does its sender.
            self._pause_reading()
        elif self.state == ClientState.LINGERING:
            self.lingered += PyBytes_GET_SIZE(data)
            if self.lingered > LINGER_LIMIT:
                self._cut()

    def eof_received(self):
        """The caller has sent its last byte; True keeps the transport for the answer."""
        self.half_closed = True
        # TLS cannot be closed by halves here.
        return self.state == ClientState.BUSY and self.request_complete and self.scheme == 1

    def pause_writing(self):
        """The caller reads too slowly."""
        self.write_paused = True
        self.services.write.add(self)
        if self.upstream is not None:
            self.upstream.pause_answer()
            self.deadline.no_deadline()

    def resume_writing(self):
        """The caller has caught up."""
        cdef bytes data
        self.write_paused = False
        self.no_deadline()
        if self.state == ClientState.LINGERING:
            self.services.linger.add(self)
        elif self.state == ClientState.READING_HEAD:
            self.services.idle.add(self)
            if self.pending is not None and self.request_complete:
                data = self.pending
                self.pending = None
                self._read(data)
            if self.pending is None or self.state == ClientState.READING_HEAD:
                self._resume_reading()
        elif not self.request_complete and not self.read_paused:
            self.services.body.add(self)
        if self.upstream is not None:
            if self.answering:
                self.services.stall.add(self.deadline)
            self.upstream.resume_answer()

    # -------------------------------------------------- requests

    cdef void _read(self, bytes data):
        """Serve the requests in `data`, as many as can be answered without waiting."""
        cdef Py_ssize_t start = 0
        cdef Py_ssize_t length = PyBytes_GET_SIZE(data)
        cdef Py_ssize_t used
        cdef int found
        self.in_loop = True
        while self.state == ClientState.READING_HEAD and start < length and not self.write_paused:
            found = scan_head(PyBytes_AS_STRING(data) + start, length - start, &self.scan, self.services.limits)
            if found == HEAD_INCOMPLETE:
                self.pending = data[start:] if start else data
                # The whole head has one deadline, whatever trickles in.
                if self._queue is not self.services.head:
                    self.services.head.add(self)
                break
            if found != HEAD_COMPLETE:
                self._refuse(found)
                break
            used = start + self.scan.position
            memset(&self.scan, 0, sizeof(HeadScan))
            found = self._head(data, start, used)
            if found:
                self._refuse(found)
                break
            start = used
            if not self.request_complete:
                # Before the request is dispatched, so that head and body leave together.
                used = self._body(data, start)
                if used < 0:
                    break
                self.continue_due = self.continue_due and used == start
                start = used
            self._dispatch()
        if start < length and self.pending is None and (
                self.state == ClientState.BUSY or (self.state == ClientState.READING_HEAD and self.write_paused)):
            # Who does not read answers gets no further ones made.
            self.pending = data[start:]
            self._pause_reading()
        self.in_loop = False
        if self.state == ClientState.READING_HEAD and self.half_closed and not self.write_paused:
            self.state = ClientState.LINGERING
            self.transport.close()

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
        self.requests += 1
        self.state = ClientState.BUSY
        self.keep_alive = not head.close
        self.request_framing = Framing.NO_BODY
        self.request_complete = True
        self.discarding = False
        self.buffering = False
        self.answering = False
        self.continue_due = False
        self.caller_head = head.method_length == 4 and memcmp(head.method, b"HEAD", 4) == 0
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
                return 404 if head.method_length == 7 and memcmp(head.method, b"OPTIONS", 7) == 0 else 400
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

    cdef void _dispatch(self):
        """Route the request at hand and start its pipeline."""
        cdef Services services = self.services
        cdef Exchange exchange = self.exchange
        cdef Head head = exchange.request
        cdef const char* query = NULL
        cdef int status, found
        cdef int path_length
        cdef Route route
        status = self._target(head, &query)
        if status == 404:
            self._settle(pipeline.not_found(exchange))
            return
        if status:
            self._refuse(status)
            return
        path_length = <int>(query - head.target)
        exchange.query = query
        exchange.query_length = head.target_length - path_length
        if exchange.query_length:
            exchange.query += 1
            exchange.query_length -= 1
        exchange.scheme = self.scheme
        if is_status_path(head.target, path_length):
            exchange.response.status = 200
            exchange.body = b""
            self._answer_local()
            return
        found = services.router.match(head.target, path_length, exchange.query, exchange.query_length, head.method,
                                      head.method_length, self.scheme, &exchange.match)
        if found >= 400:
            self._refuse(found)
            return
        exchange.snapshot = services.snapshot
        if found != Found.OPERATION:
            exchange.route = None if found == Found.NO_API else services.api_routes[exchange.match.api]
            self._settle(pipeline.not_found(exchange))
            return
        route = <Route>services.routes[exchange.match.operation]
        exchange.route = route
        exchange.target = route.target
        exchange.path = head.target + exchange.match.path_start
        exchange.path_length = path_length - exchange.match.path_start
        self._settle(pipeline.begin(exchange))

    cdef void _settle(self, int next):
        """Do what the pipeline says: call the backend or answer."""
        if next == Next.FORWARD:
            self._forward()
        else:
            self._answer_local()

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
        self._body_piece(piece)
        return end

    cdef void _body_piece(self, bytes piece):
        """A piece of the body: on to the backend, or into the queue while there is no connection."""
        if self.upstream is not None and self.head_sent:
            self._send_piece(piece)
            return
        if PyBytes_GET_SIZE(piece):
            self.queued.append(piece)
            self.queued_size += PyBytes_GET_SIZE(piece)
        if self.buffering:
            if self.queued_size > BUFFER_LIMIT:
                self._drop_upstream()
                self._too_large()
            elif self.request_complete:
                self._acquire(False)
        elif self.queued_size > QUEUE_LIMIT:
            self._pause_reading()

    def _too_large(self):
        self._settle(pipeline.fail_forward(
            self.exchange, "ClientConnectionFailure",
            f"The request body is larger than the {BUFFER_LIMIT} bytes that can be buffered.", 413))

    def _bad_body(self):
        """Broken chunks: refuse where nothing has left yet, else cut."""
        self._drop_upstream()
        if self.answering:
            self._cut()
        else:
            self._refuse(400)

    cdef void _pause_reading(self):
        if not self.read_paused and self.state != ClientState.GONE:
            self.read_paused = True
            self.transport.pause_reading()
            if self._queue is self.services.body:
                # We are the slow ones now.
                self.no_deadline()

    cdef void _resume_reading(self):
        if self.read_paused and self.state != ClientState.GONE:
            self.read_paused = False
            self.transport.resume_reading()

    # -------------------------------------------------- the call to the backend

    cdef void _forward(self):
        """Begin the call that forward-request asks for."""
        cdef Exchange exchange = self.exchange
        cdef object options = exchange.forward
        cdef object timeout = options.timeout_ms
        if self.upstream is not None or self.attempts:
            # A second forward-request in one run: the first answer is dropped, the body must still be there.
            if not self.replayable:
                self._drop_upstream()
                self._settle(pipeline.fail_forward(
                    exchange, "BackendConnectionFailure",
                    "The request body was sent already; set buffer-request-body to send it again.", 500))
                return
            self._rewind()
            exchange.response.clear()
        if exchange.target is None:
            self._settle(pipeline.fail_forward(
                exchange, "BackendConnectionFailure",
                "The API has no serviceUrl and no policy has set a backend.", 500))
            return
        try:
            if callable(timeout):
                timeout = int(timeout(exchange))
            if exchange.target.credentials is not None:
                exchange.next_step, step = 0, exchange.next_step
                _core.run(exchange.target.credentials, exchange)
                exchange.next_step = step
            certificate = exchange.certificate if exchange.certificate_set else exchange.target.certificate
            if exchange.target.pool is not None and exchange.target.pool_certificate is certificate:
                self.pool = exchange.target.pool
            else:
                self.pool = self.services.pools.of(exchange.target, certificate, exchange.snapshot)
        except Exception as error:
            self._settle(pipeline.fail_forward(exchange, "ExpressionValueEvaluationFailure", str(error), 500))
            return
        self.replayable = True
        self.attempts = 0
        self.services.forward_deadlines(timeout).add(self.deadline)
        self.head_request = exchange.request.method_length == 4 and memcmp(exchange.request.method, b"HEAD", 4) == 0
        if self.continue_due:
            self.continue_due = False
            self._write(b"HTTP/1.1 100 Continue\r\n\r\n")
        if not self.request_complete:
            self.buffering = options.buffer_request_body
            if self.buffering:
                return
        self._acquire(False)

    def _rewind(self):
        """Make the body that was sent the body to send."""
        self._drop_upstream()
        self.queued = self.sent + self.queued
        self.queued_size += self.sent_size
        self.sent = []
        self.sent_size = 0

    cdef void _acquire(self, bint fresh):
        cdef Upstream upstream
        self.head_sent = False
        self.body_sent = False
        self.attempts += 1
        self.waiting = True
        upstream = (<Pool>self.pool).acquire(self, fresh)
        if upstream is not None:
            self.connected(upstream)

    cdef void connected(self, Upstream upstream):
        self.waiting = False
        self.upstream = upstream
        upstream.start(self)
        self._send_request()

    cdef void unavailable(self, str reason, str message, int status):
        self.waiting = False
        self.deadline.no_deadline()
        self._log_failure(reason, message)
        self._settle(pipeline.fail_forward(self.exchange, reason, message, status))

    cdef void _send_request(self):
        """Write the head and what there is of the body, in one write."""
        cdef Exchange exchange = self.exchange
        cdef Head head = exchange.request
        cdef Target target = exchange.target
        cdef Buffer* out = &self.services.out
        cdef Upstream upstream = self.upstream
        cdef bytes piece
        cdef Field* field
        cdef int i
        cdef bint listed = False
        cdef list pieces = self.queued
        out.size = 0
        buffer_put(out, head.method, head.method_length)
        buffer_put(out, " ", 1)
        piece = (<Pool>self.pool).dialer.absolute_prefix
        if piece is not None:
            buffer_put(out, PyBytes_AS_STRING(piece), PyBytes_GET_SIZE(piece))
        buffer_put(out, PyBytes_AS_STRING(target.base_path), PyBytes_GET_SIZE(target.base_path))
        if exchange.path_length > 1:
            buffer_put(out, exchange.path, exchange.path_length)
        elif PyBytes_GET_SIZE(target.base_path) == 0:
            buffer_put(out, "/", 1)
        if exchange.query_length:
            buffer_put(out, "?", 1)
            buffer_put(out, exchange.query, exchange.query_length)
        buffer_put(out, " HTTP/1.1\r\nHost: ", 17)
        if exchange.host_set and head.host_index >= 0:
            field = head.fields + head.host_index
            buffer_put(out, field.value, field.value_length)
        else:
            buffer_put(out, PyBytes_AS_STRING(target.host_header), PyBytes_GET_SIZE(target.host_header))
        buffer_put(out, "\r\n", 2)
        piece = (<Pool>self.pool).dialer.proxy_authorization
        if piece is not None:
            buffer_put(out, PyBytes_AS_STRING(piece), PyBytes_GET_SIZE(piece))
        head.put_fields(out, True)
        buffer_put(out, "X-Forwarded-For: ", 17)
        for i in range(head.count):
            field = head.fields + i
            if field.kind == Kind.X_FORWARDED_FOR and field.value_length:
                buffer_put(out, field.value, field.value_length)
                buffer_put(out, ", ", 2)
        buffer_put(out, PyBytes_AS_STRING(self.peer), PyBytes_GET_SIZE(self.peer))
        buffer_put(out, "\r\n", 2)
        if self.request_framing != Framing.NO_BODY:
            if self.request_framing == Framing.BY_LENGTH:
                buffer_put(out, "Content-Length: ", 16)
                buffer_put_number(out, head.content_length)
                buffer_put(out, "\r\n\r\n", 4)
            elif self.request_complete:
                buffer_put(out, "Content-Length: ", 16)
                buffer_put_number(out, self.queued_size)
                buffer_put(out, "\r\n\r\n", 4)
            else:
                buffer_put(out, "Transfer-Encoding: chunked\r\n\r\n", 30)
        elif head.content_length == 0:
            buffer_put(out, "Content-Length: 0\r\n\r\n", 21)
        else:
            buffer_put(out, "\r\n", 2)
        self.head_sent = True
        self.chunked_out = self.request_framing == Framing.BY_CHUNKS and not self.request_complete
        self.queued = []
        self.queued_size = 0
        if len(pieces) == 1 and PyBytes_GET_SIZE(<bytes>pieces[0]) <= COPY_LIMIT and not self.chunked_out:
            piece = <bytes>pieces[0]
            self._remember(piece)
            buffer_put(out, PyBytes_AS_STRING(piece), PyBytes_GET_SIZE(piece))
            pieces = []
        upstream.write(PyBytes_FromStringAndSize(out.data, out.size))
        for piece in pieces:
            self._write_piece(piece)
        if self.request_complete:
            upstream.request_complete()
        elif not upstream.write_paused:
            self._resume_reading()

    cdef void _send_piece(self, bytes piece):
        """A piece of the body that arrives while the call is under way."""
        self._write_piece(piece)
        if self.request_complete and self.upstream is not None:
            if self.chunked_out:
                self.upstream.write(b"0\r\n\r\n")
            self.upstream.request_complete()

    cdef void _write_piece(self, bytes piece):
        cdef Py_ssize_t length = PyBytes_GET_SIZE(piece)
        cdef Buffer* out = &self.services.out
        if length == 0:
            return
        self._remember(piece)
        if self.chunked_out:
            out.size = 0
            buffer_put_hex(out, length)
            buffer_put(out, "\r\n", 2)
            self.upstream.write(PyBytes_FromStringAndSize(out.data, out.size))
            self.upstream.write(piece)
            self.upstream.write(b"\r\n")
        else:
            self.upstream.write(piece)

    cdef void _remember(self, bytes piece):
        """Keep what was sent while it is little: a used connection may turn out to be dead."""
        self.body_sent = True
        if not self.replayable:
            return
        self.sent_size += PyBytes_GET_SIZE(piece)
        if self.sent_size > (BUFFER_LIMIT if self.buffering else REPLAY_LIMIT):
            self.replayable = False
            self.sent = []
        else:
            self.sent.append(piece)

    cdef void request_paused(self):
        self._pause_reading()

    cdef void request_resumed(self):
        if self.pending is None:
            self._resume_reading()
            if self.state == ClientState.BUSY and not self.request_complete and not self.write_paused:
                self.services.body.add(self)

    cdef void response_failed(self, str message, bint stale):
        self.upstream = None
        if self.answering:
            self._log_failure("BackendConnectionFailure", message)
            self._cut()
            return
        if stale and self.attempts == 1 and self.replayable and (
                self._idempotent() or (self.request_framing != Framing.NO_BODY and not self.body_sent)):
            # The backend closed an idle connection just as it was used (design section 5).
            self._rewind()
            self._acquire(True)
            return
        self.deadline.no_deadline()
        self._log_failure("BackendConnectionFailure", message)
        self._settle(pipeline.fail_forward(self.exchange, "BackendConnectionFailure", message, 500))

    def backend_timed_out(self):
        """The call has taken too long: no answer yet, or one that has stalled."""
        self._drop_upstream()
        if self.answering:
            self._log_failure("Timeout", "The backend's answer has stalled.")
            self._cut()
            return
        self._log_failure("Timeout", "Request to the backend service timed out")
        self._settle(pipeline.fail_forward(self.exchange, "Timeout", "Request to the backend service timed out", 500))

    cdef bint _idempotent(self):
        """RFC 9110 section 9.2.2."""
        cdef Head head = self.exchange.request
        return head.method[:head.method_length] in (b"GET", b"HEAD", b"PUT", b"DELETE", b"OPTIONS", b"TRACE")

    cdef void _drop_upstream(self):
        """End the call, whatever state it is in."""
        cdef Upstream upstream = self.upstream
        self.deadline.no_deadline()
        if self.waiting:
            self.waiting = False
            (<Pool>self.pool).forget(self)
        if upstream is not None:
            self.upstream = None
            upstream.abort()

    def _log_failure(self, str reason, str message):
        cdef Exchange exchange = self.exchange
        cdef Target target = exchange.target
        log.warning(
            "backend call failed",
            backend=(target.backend_id or f"{target.scheme}://{target.host}:{target.port}") if target else None,
            api=exchange.route.api_id, operation=exchange.route.operation_id, reason=reason, message=message,
            requestId=exchange.request_id(),
            caller=exchange.snapshot.caller_address(self.peer, exchange.request.items()))

    # -------------------------------------------------- the answer

    cdef void response_started(self, const char* body, Py_ssize_t length, bint complete):
        cdef Exchange exchange = self.exchange
        cdef int next
        self.deadline.no_deadline()
        if complete:
            self.upstream = None
        next = pipeline.response_arrived(exchange)
        if next == Next.FORWARD:
            self._forward()
            return
        if exchange.body is not None:
            self._drop_upstream()
            self._answer_local()
            return
        self._put_answer_head(length, complete)
        self.answering = True
        if self.answer_bodyless:
            self._flush()
            self._drop_upstream()
            self._answered()
            return
        if self.answer_framing == Framing.BY_CHUNKS:
            if length:
                self._put_chunk(body, length)
        elif length:
            buffer_put(&self.services.out, body, length)
        self._flush()
        if complete:
            self._answered()
        elif not self.write_paused:
            self.services.stall.add(self.deadline)
        elif self.upstream is not None:
            self.upstream.pause_answer()

    cdef void response_data(self, bytes data, const char* body, Py_ssize_t length, bint complete):
        cdef Buffer* out = &self.services.out
        if complete:
            self.upstream = None
            self.deadline.no_deadline()
        elif not self.write_paused:
            self.services.stall.add(self.deadline)
        if self.answer_framing == Framing.BY_CHUNKS:
            out.size = 0
            if length > COPY_LIMIT:
                buffer_put_hex(out, length)
                buffer_put(out, "\r\n", 2)
                self._flush()
                self._write(data if data is not None else PyBytes_FromStringAndSize(body, length))
                out.size = 0
                buffer_put(out, "\r\n", 2)
            elif length:
                self._put_chunk(body, length)
            if complete:
                buffer_put(out, "0\r\n\r\n", 5)
            self._flush()
        elif length:
            self._write(data if data is not None else PyBytes_FromStringAndSize(body, length))
        if complete:
            self._answered()

    cdef void _put_chunk(self, const char* body, Py_ssize_t length):
        cdef Buffer* out = &self.services.out
        buffer_put_hex(out, length)
        buffer_put(out, "\r\n", 2)
        buffer_put(out, body, length)
        buffer_put(out, "\r\n", 2)

    cdef void _answer_local(self):
        """Send exchange.response with the body that was made here."""
        cdef bytes body = self.exchange.body
        cdef Py_ssize_t length = PyBytes_GET_SIZE(body)
        self._drop_upstream()
        self._put_answer_head(length, True)
        self.answering = True
        if not self.answer_bodyless:
            buffer_put(&self.services.out, PyBytes_AS_STRING(body), length)
        self._flush()
        self._answered()

    cdef int _put_answer_head(self, Py_ssize_t length, bint complete) except -1:
        """Write the answer's head to the scratch buffer: its fields, and framing that is ours.

        `length` bytes of body are there, and `complete` says that they are all of it.
        """
        cdef Exchange exchange = self.exchange
        cdef Head head = exchange.response
        cdef Buffer* out = &self.services.out
        cdef bytes date
        cdef int i
        cdef bint dated = False
        cdef long long announced = -1
        out.size = 0
        head.put_status_line(out)
        head.put_fields(out, False)
        for i in range(head.count):
            if head.fields[i].kind == Kind.DATE:
                dated = True
                break
        if not dated:
            # RFC 9110 section 6.6.1
            date = self.services.date()
            buffer_put(out, "Date: ", 6)
            buffer_put(out, PyBytes_AS_STRING(date), PyBytes_GET_SIZE(date))
            buffer_put(out, "\r\n", 2)
        self.answer_framing = Framing.BY_LENGTH
        self.answer_bodyless = True
        if head.status == 204:
            pass
        elif self.caller_head or head.status == 304:
            # The length that the body would have (RFC 9110 section 8.6); a 304 made here has none to give.
            if exchange.body is None:
                announced = head.content_length
            elif self.caller_head:
                announced = length
        else:
            self.answer_bodyless = False
            if complete:
                announced = length
            elif head.content_length >= 0:
                announced = head.content_length
            elif exchange.request.minor == 1:
                self.answer_framing = Framing.BY_CHUNKS
                buffer_put(out, "Transfer-Encoding: chunked\r\n", 28)
            else:
                self.answer_framing = Framing.UNTIL_CLOSE
                self.keep_alive = False
        if announced >= 0:
            buffer_put(out, "Content-Length: ", 16)
            buffer_put_number(out, announced)
            buffer_put(out, "\r\n", 2)
        if self.services.draining or (self.half_closed and self.pending is None) or (
                not self.request_complete and not self._worth_draining()):
            self.keep_alive = False
        if not self.keep_alive:
            buffer_put(out, "Connection: close\r\n", 19)
        elif exchange.request.minor == 0:
            buffer_put(out, "Connection: keep-alive\r\n", 24)
        buffer_put(out, "\r\n", 2)
        return 0

    cdef bint _worth_draining(self):
        """Whether the rest of the request is small and on its way already."""
        return self.request_framing == Framing.BY_LENGTH and self.request_remaining <= DRAIN_LIMIT \
            and not self.continue_due

    cdef void _flush(self):
        cdef Buffer* out = &self.services.out
        if self.state != ClientState.GONE and out.size:
            self._write(PyBytes_FromStringAndSize(out.data, out.size))

    cdef void _answered(self):
        """The answer is complete: make ready for the next request, or close."""
        cdef bytes data
        self._drop_upstream()
        self._forget()
        if self.on_drained is not None and not self.on_drained.done():
            self.on_drained.set_result(None)
        if self.state == ClientState.GONE:
            return
        if not self.keep_alive:
            if self.request_complete and self.pending is None:
                self.state = ClientState.LINGERING
                self.transport.close()
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
        elif self.half_closed and not self.write_paused:
            self.state = ClientState.LINGERING
            self.transport.close()
        if self.pending is None or (self.state == ClientState.READING_HEAD and not self.write_paused):
            self._resume_reading()

    def _forget(self):
        """Let go of the exchange that has ended."""
        self.exchange.finish()
        self.attempts = 0
        self.pool = None
        self.queued_size = 0
        self.sent_size = 0
        if self.queued:
            self.queued = []
        if self.sent:
            self.sent = []

    cdef void _refuse(self, int status):
        """Answer what cannot be served and close: what follows on this connection cannot be trusted."""
        cdef Exchange exchange = self.exchange
        self._drop_upstream()
        self.state = ClientState.BUSY
        self.keep_alive = False
        self.caller_head = False
        self.request_complete = True
        self.pending = None
        exchange.request.minor = 1
        pipeline.error_response(exchange, status, (<bytes>standard_reason(status)).decode())
        log.debug("request refused", status=status, peer=self.peer)
        self._put_answer_head(PyBytes_GET_SIZE(exchange.body), True)
        buffer_put(&self.services.out, PyBytes_AS_STRING(exchange.body), PyBytes_GET_SIZE(exchange.body))
        self._flush()
        self._forget()
        self._begin_linger()

    cdef void _begin_linger(self):
        """Read on for a moment: closing with unread bytes would reset the connection and take the
        answer away from its reader (RFC 9112 section 9.6)."""
        if self.half_closed:
            self.state = ClientState.LINGERING
            self.transport.close()
            return
        self.state = ClientState.LINGERING
        self.lingered = 0
        self.pending = None
        if self.scheme == 1:
            self.transport.write_eof()
        self._resume_reading()
        if not self.write_paused:
            self.services.linger.add(self)

    cdef void _cut(self):
        """Close so that the caller cannot take what it has for the whole."""
        self._drop_upstream()
        self._forget()
        if self.on_drained is not None and not self.on_drained.done():
            self.on_drained.set_result(None)
        if self.state != ClientState.GONE:
            self.state = ClientState.LINGERING
            self.transport.abort()

    cdef void expired(self):
        """A time limit of the caller's side has passed."""
        if self.write_paused or self.state == ClientState.LINGERING:
            self._cut()
        elif self.state == ClientState.READING_HEAD:
            if self.pending is not None:
                self._refuse(408)
            elif not self.request_complete:
                self._cut()
            else:
                self.state = ClientState.LINGERING
                self.transport.close()
        elif self.state == ClientState.BUSY:
            if self.answering:
                self._cut()
            else:
                self._refuse(408)

    # -------------------------------------------------- for the server

    @property
    def busy(self):
        """Whether an exchange is under way."""
        return self.state == ClientState.BUSY

    def close_when_idle(self):
        """End the connection after the answer under way; returns a future for that, or None when it is closed now."""
        if self.state == ClientState.BUSY:
            self.keep_alive = self.keep_alive and self.answering
            if self.on_drained is None:
                self.on_drained = self.services.loop.create_future()
            return self.on_drained
        if self.state != ClientState.GONE and self.transport is not None:
            self.transport.close()
        return None

    def abort(self):
        """Close at once."""
        if self.state != ClientState.GONE and self.transport is not None:
            self._cut()


cdef bint is_status_path(const char* path, int length) noexcept:
    """The health paths win over every API (spec/gateway.md section 8)."""
    return (length == 24 and memcmp(path, b"/status-0123456789abcdef", 24) == 0) or (
        length == 33 and memcmp(path, b"/internal-status-0123456789abcdef", 33) == 0)
