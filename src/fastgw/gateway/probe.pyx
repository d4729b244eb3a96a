"""One health check of one backend member: a GET on a connection of the pool that requests use.

Sends the request, looks at the status of the answer and drops its body. Must never decide what a good or a
bad answer means for the member, nor when the next check is due: that is `probes`. Breakers and the counts of
requests in flight know nothing of checks.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from libc.string cimport memchr

from fastgw._core cimport run
from fastgw._exchange cimport Exchange, Target
from fastgw._http cimport Buffer, Head, Kind, buffer_put
from fastgw.gateway.outgoing cimport put_request_head
from fastgw.gateway.pool cimport Pool
from fastgw.gateway.services cimport Services
from fastgw.gateway.upstream cimport Sink, Upstream

cdef enum:
    # Bytes of an answer's body that are read so that its connection can be used again.
    BODY_LIMIT = 65536

cdef const char* AGENT = "fastgw-health-check"
cdef int AGENT_LENGTH = 19


cdef class HealthProbe(Sink):
    """One check, used once. `check` is a model.HealthCheck.

    `judge(good, reason)` is called when the outcome is known: when the head of the answer is there, or when
    none can come. It is not called where the gateway itself had no connection to give. `end()` is called
    last, when the check uses no connection any more; also from within `begin`.
    """

    def __init__(self, Services services, check, judge, end):
        self.services = services
        self.check = check
        self.judge = judge
        self.end = end
        self.exchange = Exchange()

    def begin(self, Target target, Pool pool):
        """Send the check to `target` on a connection of `pool`; its time runs from here."""
        self.pool = pool
        self.request = self._compose(target)
        self.services.forward_deadlines(max(1, round(self.check.timeout * 1000))).add(self)
        self._acquire(False)

    def cancel(self):
        """End the check at once; nothing is called any more."""
        self._drop()

    # -------------------------------------------------- the request

    cdef bytes _compose(self, Target target):
        """The request head: the backend's credentials are put on as they are put on a caller's request."""
        cdef Exchange exchange = self.exchange
        cdef Head head = exchange.request
        cdef Buffer* out = &self.services.out
        cdef bytes path = self.check.path.encode()
        cdef const char* text = PyBytes_AS_STRING(path)
        cdef Py_ssize_t length = PyBytes_GET_SIZE(path)
        cdef const char* mark = <const char*>memchr(text, 63, length)
        exchange.begin()
        head.keep(path)
        head.method = "GET"
        head.method_length = 3
        head.append("User-Agent", 10, AGENT, AGENT_LENGTH, Kind.OTHER)
        if mark is not NULL:
            exchange.query = mark + 1
            exchange.query_length = <int>(length - (mark + 1 - text))
            length = mark - text
        if target.credentials is not None:
            run(target.credentials, exchange)
        out.size = 0
        put_request_head(out, exchange, target, self.pool, text, length)
        buffer_put(out, "\r\n", 2)
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
        upstream.write(self.request)
        upstream.request_complete()

    cdef void unavailable(self, str reason, str message, int status):
        self.waiting = False
        # 503 is the gateway's own limit: nothing is known of the member.
        if status != 503:
            self._judge(False, message)
        self._end()

    # -------------------------------------------------- the answer

    cdef void response_started(self, const char* body, Py_ssize_t length, bint complete):
        cdef int status = self.exchange.response.status
        cdef bint good = False
        for one in self.check.status_code_ranges:
            if one.min <= status <= one.max:
                good = True
        self._judge(good, f"status {status}")
        self._read(length, complete)

    cdef void response_data(self, bytes data, const char* body, Py_ssize_t length, bint complete):
        self._read(length, complete)

    cdef void _read(self, Py_ssize_t length, bint complete):
        """Count what came of the body; nobody looks at it."""
        self.received += length
        if complete:
            self.upstream = None
            self._end()
        elif self.received > BODY_LIMIT:
            self._end()

    cdef void response_failed(self, str message, bint stale):
        self.upstream = None
        if stale and not self.fresh:
            # The member closed an idle connection just as it was used (design section 5).
            self._acquire(True)
            return
        self._judge(False, message)
        self._end()

    cdef void expired(self):
        """The time is over; a member whose answer's head has come in time has been judged by it."""
        # Who has waited for the gateway's own limit knows nothing of the member.
        if not (self.waiting and (<Pool>self.pool).is_full()):
            self._judge(False, f"no answer within {self.check.timeout:g} s")
        self._end()

    # -------------------------------------------------- the outcome

    cdef void break_down(self):
        """The member is checked again in its time, whatever this check has come to."""
        Sink.break_down(self)
        if not self.ended:
            self._end()

    cdef void _judge(self, bint good, str reason):
        if not self.judged:
            self.judged = True
            self.judge(good, reason)

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

    cdef void _end(self):
        self.ended = True
        self._drop()
        self.end()
