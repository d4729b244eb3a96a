"""A connection from a caller, answering half: requests are routed and run, answers passed on.

This is where bytes meet the pipeline. A request is forwarded straight from `data_received`,
without a task; what the backend answers comes back as events. Whatever framing arrives, what
leaves is framed anew.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE
from libc.string cimport memcmp

from fastgw._exchange cimport Exchange, Route
from fastgw._http cimport Head
from fastgw._route cimport Found
from fastgw.gateway.calling cimport Calling
from fastgw.gateway.pipeline cimport Next, begin, not_found, response_arrived
from fastgw.gateway.services cimport Services


cdef class Downstream(Calling):
    """One connection from a caller, with the call to the backend that its request makes."""

    # -------------------------------------------------- requests

    cdef void dispatch(self, const char* query):
        """Route the request at hand and start its pipeline."""
        cdef Services services = self.services
        cdef Exchange exchange = self.exchange
        cdef Head head = exchange.request
        cdef int found, path_length
        cdef Route route
        if head.target[0] == 42:
            self.settle(not_found(exchange))
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
            self.settle(not_found(exchange))
            return
        route = <Route>services.routes[exchange.match.operation]
        exchange.route = route
        exchange.target = route.target
        exchange.path = head.target + exchange.match.path_start
        exchange.path_length = path_length - exchange.match.path_start
        self.settle(begin(exchange))

    cdef void settle(self, int next):
        """Do what the pipeline says: call the backend or answer."""
        if next == Next.FORWARD:
            self.forward()
        else:
            self._answer_local()

    # -------------------------------------------------- the answer

    cdef void response_started(self, const char* body, Py_ssize_t length, bint complete):
        cdef int next
        if complete:
            self.upstream = None
        if self.attempt.member is not None or self.fabric is not None:
            if self.judge_answer():
                return
            if self.affinity is not None and self.attempt.index != self.preferred:
                self.affinity.issue(self.exchange.response, self.attempt.index, self.scheme == 2)
        self.deadline.no_deadline()
        next = response_arrived(self.exchange)
        if next == Next.FORWARD:
            self.forward()
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
