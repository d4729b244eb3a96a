"""One call that a policy makes: a request on a connection of the worker's pools, its whole answer as a value.

Owns the call and nothing else: which address, which certificate and which proxy is `doors` to say, and what
the answer means is the policy's. Breakers, balancers and the counts of requests in flight know nothing of it.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE

from fastgw._exchange cimport Exchange, Target
from fastgw._http cimport (
    Buffer, Field, Head, Kind, buffer_put, buffer_put_number, header_kind, is_field_value, is_token,
)
from fastgw.gateway.answer cimport COPY_LIMIT
from fastgw.gateway.outgoing cimport put_request_head
from fastgw.gateway.pool cimport Pool
from fastgw.gateway.services cimport Services
from fastgw.gateway.upstream cimport Sink, Upstream

from fastgw.errors import PolicyFailure

cdef enum:
    BODY_LIMIT = 16777216           # bytes of an answer's body, as of any body that policies read whole

# A request with one of these may be sent twice (RFC 9110 section 9.2.2), as may what has no effect at all.
cdef frozenset REPEATABLE = frozenset((b"GET", b"HEAD", b"OPTIONS", b"TRACE", b"PUT", b"DELETE"))
# These mean something with an empty body, which therefore is announced (RFC 9110 section 8.6).
cdef frozenset WITH_BODY = frozenset((b"POST", b"PUT", b"PATCH"))


cdef class OutCall(Sink):
    """One call, used once. `path` and `query` are as they go out; `fields` may hold a Host, and no framing.

    Raises ValueError for a method, path or field that cannot be sent.
    """

    def __init__(self, Services services, bytes method, bytes path, bytes query, tuple fields, bytes body):
        cdef Exchange exchange = Exchange()
        cdef Head head = exchange.request
        cdef bytes name, value
        cdef int kind
        if not is_token(PyBytes_AS_STRING(method), PyBytes_GET_SIZE(method)):
            raise ValueError("The method is not valid.")
        self.services = services
        self.exchange = exchange
        self.path = path
        self.body = body
        self.repeatable = method in REPEATABLE
        self.head_request = method == b"HEAD"
        self.pieces = []
        exchange.begin()
        head.keep((method, query, fields))
        head.method = PyBytes_AS_STRING(method)
        head.method_length = <int>PyBytes_GET_SIZE(method)
        exchange.query = PyBytes_AS_STRING(query)
        exchange.query_length = <int>PyBytes_GET_SIZE(query)
        for name, value in fields:
            if not is_token(PyBytes_AS_STRING(name), PyBytes_GET_SIZE(name)) or not is_field_value(
                    PyBytes_AS_STRING(value), PyBytes_GET_SIZE(value)):
                raise ValueError("A header field of the call is not valid.")
            kind = header_kind(PyBytes_AS_STRING(name), <int>PyBytes_GET_SIZE(name))
            if kind == Kind.HOST:
                head.host_index = head.count
                exchange.host_set = True
            head.append(PyBytes_AS_STRING(name), <int>PyBytes_GET_SIZE(name), PyBytes_AS_STRING(value),
                        <int>PyBytes_GET_SIZE(value), kind)

    def send(self, Target target, Pool pool, long long milliseconds):
        """Send the call on a connection of `pool`; gives a future of (head, body).

        The head of the answer must be there in that time. The future fails with a PolicyFailure, whose reason
        is BackendConnectionFailure or Timeout.
        """
        self.target = target
        self.pool = pool
        self.outcome = self.services.loop.create_future()
        self.services.forward_deadlines(milliseconds).add(self)
        self._acquire(False)
        return self.outcome

    def cancel(self):
        """End the call at once."""
        self._drop()

    # -------------------------------------------------- the request

    cdef bytes _head(self):
        cdef Exchange exchange = self.exchange
        cdef Head head = exchange.request
        cdef Buffer* out = &self.services.out
        cdef Field* field
        cdef int i
        cdef Py_ssize_t length = PyBytes_GET_SIZE(self.body)
        out.size = 0
        put_request_head(out, exchange, self.target, self.pool, PyBytes_AS_STRING(self.path),
                         PyBytes_GET_SIZE(self.path))
        for i in range(head.count):
            field = head.fields + i
            # Nobody but the policy speaks of a caller here.
            if field.kind == Kind.X_FORWARDED_FOR:
                buffer_put(out, field.name, field.name_length)
                buffer_put(out, ": ", 2)
                buffer_put(out, field.value, field.value_length)
                buffer_put(out, "\r\n", 2)
        if length or head.method[:head.method_length] in WITH_BODY:
            buffer_put(out, "Content-Length: ", 16)
            buffer_put_number(out, length)
            buffer_put(out, "\r\n", 2)
        buffer_put(out, "\r\n", 2)
        if 0 < length <= COPY_LIMIT:
            buffer_put(out, PyBytes_AS_STRING(self.body), length)
        return PyBytes_FromStringAndSize(out.data, out.size)

    cdef void _acquire(self, bint fresh):
        cdef Upstream upstream
        self.fresh = fresh
        self.waiting = True
        upstream = self.pool.acquire(self, fresh)
        if upstream is not None:
            self.connected(upstream)

    cdef void connected(self, Upstream upstream):
        self.waiting = False
        self.upstream = upstream
        upstream.start(self)
        upstream.write(self._head())
        if PyBytes_GET_SIZE(self.body) > COPY_LIMIT:
            upstream.write(self.body)
        upstream.request_complete()

    cdef void unavailable(self, str reason, str message, int status):
        self.waiting = False
        self._fail(reason, message)

    # -------------------------------------------------- the answer

    cdef void response_started(self, const char* body, Py_ssize_t length, bint complete):
        self.started = True
        if not self.head_request and self.exchange.response.content_length > BODY_LIMIT:
            self._too_large()
        else:
            self._read(None, body, length, complete)

    cdef void response_data(self, bytes data, const char* body, Py_ssize_t length, bint complete):
        self._read(data, body, length, complete)

    cdef void _read(self, bytes data, const char* body, Py_ssize_t length, bint complete):
        self.size += length
        if self.size > BODY_LIMIT:
            self._too_large()
            return
        if length:
            self.pieces.append(data if data is not None else PyBytes_FromStringAndSize(body, length))
        if not complete:
            self.services.stall.add(self)
            return
        self.upstream = None
        self.no_deadline()
        if not self.outcome.done():
            self.outcome.set_result((self.exchange.response, b"".join(self.pieces)))

    def _too_large(self):
        self._fail("BackendConnectionFailure", f"The answer is larger than the {BODY_LIMIT} bytes that policies can "
                   "read.")

    cdef void response_failed(self, str message, bint stale):
        self.upstream = None
        if stale and not self.fresh and self.repeatable:
            # The other side closed an idle connection just as it was used (design section 5).
            self._acquire(True)
        else:
            self._fail("BackendConnectionFailure", message)

    cdef void expired(self):
        self._fail("Timeout", "The backend's answer has stalled." if self.started
                   else "Request to the backend service timed out")

    # -------------------------------------------------- the end

    cdef void break_down(self):
        Sink.break_down(self)
        self._fail("BackendConnectionFailure", "The answer could not be processed.")

    cdef void _fail(self, str reason, str message):
        self._drop()
        if not self.outcome.done():
            self.outcome.set_exception(PolicyFailure(reason, message, 500))

    cdef void _drop(self):
        """Let go of deadline and connection."""
        cdef Upstream upstream = self.upstream
        self.no_deadline()
        if self.waiting:
            self.waiting = False
            self.pool.forget(self)
        if upstream is not None:
            self.upstream = None
            upstream.abort()
