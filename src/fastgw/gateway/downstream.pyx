"""A connection from a caller, proxying half: requests are routed, run and forwarded.

This is where bytes meet the pipeline. A request is forwarded straight from `data_received`,
without a task; what the backend answers comes back as events. Whatever framing arrives, what
leaves is framed anew.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from libc.string cimport memcmp

from fastgw._core cimport run
from fastgw._exchange cimport Exchange, Route, Target
from fastgw._http cimport Buffer, Field, Head, Kind, buffer_put, buffer_put_hex, buffer_put_number
from fastgw._route cimport Found
from fastgw.gateway.answer cimport COPY_LIMIT, ClientState, Framing
from fastgw.gateway.caller cimport Caller, is_head
from fastgw.gateway.deadlines cimport Timed
from fastgw.gateway.pipeline cimport Next, begin, fail_forward, not_found, response_arrived
from fastgw.gateway.pool cimport Pool
from fastgw.gateway.services cimport Services
from fastgw.gateway.upstream cimport Upstream

from fastgw.telemetry import log

cdef enum:
    QUEUE_LIMIT = 65536             # body bytes held while no connection is there yet
    REPLAY_LIMIT = 65536            # body bytes kept in case a used connection proves dead
    BUFFER_LIMIT = 2097152          # buffer-request-body (spec/gateway.md section 5)


cdef class ForwardDeadline(Timed):
    """Ends the call to a backend that takes too long."""

    def __init__(self, Downstream downstream):
        self.downstream = downstream

    cdef void expired(self):
        self.downstream.backend_timed_out()


cdef class Downstream(Caller):
    """One connection from a caller, with the call to the backend that its request makes."""

    def __init__(self, Services services):
        super().__init__(services)
        self.deadline = ForwardDeadline(self)
        self.queued = []
        self.sent = []

    # -------------------------------------------------- requests

    cdef void dispatch(self, const char* query):
        """Route the request at hand and start its pipeline."""
        cdef Services services = self.services
        cdef Exchange exchange = self.exchange
        cdef Head head = exchange.request
        cdef int found, path_length
        cdef Route route
        if head.target[0] == 42:
            self._settle(not_found(exchange))
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
            self.refuse(found)
            return
        exchange.snapshot = services.snapshot
        if found != Found.OPERATION:
            exchange.route = None if found == Found.NO_API else services.api_routes[exchange.match.api]
            self._settle(not_found(exchange))
            return
        route = <Route>services.routes[exchange.match.operation]
        exchange.route = route
        exchange.target = route.target
        exchange.path = head.target + exchange.match.path_start
        exchange.path_length = path_length - exchange.match.path_start
        self._settle(begin(exchange))

    cdef void _settle(self, int next):
        """Do what the pipeline says: call the backend or answer."""
        if next == Next.FORWARD:
            self._forward()
        else:
            self._answer_local()

    # -------------------------------------------------- the request's body

    cdef void body_piece(self, bytes piece):
        """A piece of the body: on to the backend, or into the queue while there is no connection."""
        if self.upstream is not None and self.head_sent:
            self._send_piece(piece)
            return
        if PyBytes_GET_SIZE(piece):
            self.queued.append(piece)
            self.queued_size += PyBytes_GET_SIZE(piece)
        if self.buffering:
            if self.queued_size > BUFFER_LIMIT:
                self._too_large()
            elif self.request_complete:
                self._acquire(False)
        elif self.queued_size > QUEUE_LIMIT and not self.request_complete:
            self.pause_reading()

    cdef void _too_large(self):
        self.drop_call()
        self._fail("ClientConnectionFailure",
                   f"The request body is larger than the {BUFFER_LIMIT} bytes that can be buffered.", 413)

    cdef void _send_piece(self, bytes piece):
        """A piece of the body that arrives while the call is under way."""
        self._write_piece(piece)
        if self.request_complete and self.upstream is not None:
            if self.chunked_out:
                self.upstream.write(b"0\r\n\r\n")
            self.body_sent = True
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
        self.pause_reading()

    cdef void request_resumed(self):
        if self.pending is None:
            self.resume_reading()

    # -------------------------------------------------- the call to the backend

    cdef void _forward(self):
        """Begin the call that forward-request asks for."""
        cdef Exchange exchange = self.exchange
        cdef object options = exchange.forward
        cdef object timeout = options.timeout_ms
        if self.upstream is not None or self.attempts:
            # A second forward-request in one run: the first answer is dropped, the body must still be there.
            if not self.replayable:
                self.drop_call()
                self._fail("BackendConnectionFailure",
                           "The request body was sent already; set buffer-request-body to send it again.", 500)
                return
            self.drop_call()
            self._rewind()
            exchange.response.clear()
        if exchange.target is None:
            self._fail("BackendConnectionFailure",
                       "The API has no serviceUrl and no policy has set a backend.", 500)
            return
        try:
            if callable(timeout):
                timeout = int(timeout(exchange))
            if exchange.target.credentials is not None:
                exchange.next_step, step = 0, exchange.next_step
                run(exchange.target.credentials, exchange)
                exchange.next_step = step
            certificate = exchange.certificate if exchange.certificate_set else exchange.target.certificate
            if exchange.target.pool is not None and exchange.target.pool_certificate is certificate:
                self.pool = exchange.target.pool
            else:
                self.pool = self.services.pools.of(exchange.target, certificate, exchange.snapshot)
        except Exception as error:
            self._fail("ExpressionValueEvaluationFailure", str(error), 500)
            return
        self.replayable = True
        self.attempts = 0
        self.limit = self.services.forward_deadlines(timeout)
        self.head_request = is_head(exchange.request)
        if self.continue_due:
            self.continue_due = False
            self._write(b"HTTP/1.1 100 Continue\r\n\r\n")
        if not self.request_complete:
            self.buffering = options.buffer_request_body
            if self.buffering:
                if self.queued_size > BUFFER_LIMIT:
                    self._too_large()
                else:
                    self.resume_reading()
                return
        self._acquire(False)

    cdef void _rewind(self):
        """Make the body that was sent the body to send."""
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
        if not fresh:
            # A second attempt has what is left of the first one's time.
            self.limit.add(self.deadline)
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
        self._fail(reason, message, status)

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
            self.body_sent = self.request_framing != Framing.NO_BODY
            upstream.request_complete()
        elif not upstream.write_paused:
            self.resume_reading()

    cdef void response_failed(self, str message, bint stale):
        self.upstream = None
        if self.answering:
            self._log_failure("BackendConnectionFailure", message)
            self.cut()
            return
        if stale and self.attempts == 1 and self.replayable and (
                self._idempotent() or (self.request_framing != Framing.NO_BODY and not self.body_sent)):
            # The backend closed an idle connection just as it was used (design section 5).
            self._rewind()
            self._acquire(True)
            return
        self.deadline.no_deadline()
        self._fail("BackendConnectionFailure", message, 500)

    def backend_timed_out(self):
        """The call has taken too long: no answer yet, or one that has stalled."""
        self.drop_call()
        if self.answering:
            self._log_failure("Timeout", "The backend's answer has stalled.")
            self.cut()
            return
        self._fail("Timeout", "Request to the backend service timed out", 500)

    cdef bint _idempotent(self):
        """RFC 9110 section 9.2.2."""
        cdef Head head = self.exchange.request
        return head.method[:head.method_length] in (b"GET", b"HEAD", b"PUT", b"DELETE", b"OPTIONS", b"TRACE")

    cdef void drop_call(self):
        """End the call, whatever state it is in."""
        cdef Upstream upstream = self.upstream
        self.deadline.no_deadline()
        if self.waiting:
            self.waiting = False
            (<Pool>self.pool).forget(self)
        if upstream is not None:
            self.upstream = None
            upstream.abort()

    cdef void forget_call(self):
        self.attempts = 0
        self.buffering = False
        self.pool = None
        self.queued_size = 0
        self.sent_size = 0
        if self.queued:
            self.queued = []
        if self.sent:
            self.sent = []

    cdef void _fail(self, str reason, str message, int status):
        """There is no answer: say why in the log, and let on-error and the default body say it to the caller."""
        self._log_failure(reason, message)
        self._settle(fail_forward(self.exchange, reason, message, status))

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
        cdef int next
        self.deadline.no_deadline()
        if complete:
            self.upstream = None
        next = response_arrived(self.exchange)
        if next == Next.FORWARD:
            self._forward()
            return
        if self.exchange.body is not None:
            self._answer_local()
            return
        self.write_answer(body, length, complete)
        if complete or self.answer_bodyless:
            self.answered()
        elif self.write_paused:
            self.upstream.pause_answer()
        else:
            self.services.stall.add(self.deadline)

    cdef void response_data(self, bytes data, const char* body, Py_ssize_t length, bint complete):
        if complete:
            self.upstream = None
            self.deadline.no_deadline()
        elif not self.write_paused:
            self.services.stall.add(self.deadline)
        self.write_more(data, body, length, complete)
        if complete:
            self.answered()

    cdef void _answer_local(self):
        """Send exchange.response with the body that was made here."""
        cdef bytes body = self.exchange.body
        if body is None:
            body = b""
        self.drop_call()
        self.write_answer(PyBytes_AS_STRING(body), PyBytes_GET_SIZE(body), True)
        self.answered()

    cdef void hold_answer(self):
        if self.upstream is not None:
            self.upstream.pause_answer()
            self.deadline.no_deadline()

    cdef void release_answer(self):
        if self.upstream is not None:
            if self.answering:
                self.services.stall.add(self.deadline)
            self.upstream.resume_answer()


cdef bint is_status_path(const char* path, int length) noexcept:
    """The health paths win over every API (spec/gateway.md section 8)."""
    return (length == 24 and memcmp(path, b"/status-0123456789abcdef", 24) == 0) or (
        length == 33 and memcmp(path, b"/internal-status-0123456789abcdef", 33) == 0)
