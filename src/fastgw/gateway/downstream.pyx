"""A connection from a caller, answering half: requests are routed and run, answers passed on.

This is where bytes meet the pipeline. A request is forwarded straight from `data_received`,
without a task; what the backend answers comes back as events. Whatever framing arrives, what
leaves is framed anew.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE
from libc.string cimport memcmp

from fastgw._exchange cimport Exchange, Route
from fastgw._http cimport Field, Head
from fastgw._route cimport Found
from fastgw._steps cimport set_field
from fastgw.gateway.answer cimport Framing
from fastgw.gateway.caller cimport Caller
from fastgw.gateway.certificate_fields cimport strip_certificate_fields
from fastgw.gateway.deadlines cimport ticks
from fastgw.gateway.pipeline cimport Next, begin, error_response, not_found, response_arrived
from fastgw.gateway.services cimport Services
from fastgw.gateway.waiting cimport Waiting


from fastgw._steps import begin_reply
from fastgw.telemetry import log
from fastgw.tls.presented import presented_on

cdef class Downstream(Waiting):
    """One connection from a caller, with the call to the backend that its request makes."""

    def watch(self, witness, dict variables):
        """Have `witness` called with the exchange when its request ends; for rehearsals.

        The steps that run are noted in exchange.steps_run, and `variables` are there from the beginning.
        """
        self.exchange.witness = witness
        self.exchange.steps_run = []
        self.exchange.traces = []
        self.exchange.variables = variables

    def present(self, presented):
        """Have the caller's certificate be this tls.presented.Presented, or None; for rehearsals."""
        self.exchange.caller_certificate = presented

    def connection_made(self, transport):
        """A caller has connected, TLS included; its certificate is the same for all requests."""
        Caller.connection_made(self, transport)
        if self.scheme == 2:
            self.exchange.caller_certificate = presented_on(transport.get_extra_info("ssl_object"))

    # -------------------------------------------------- requests

    cdef void dispatch(self, const char* query):
        """Route the request at hand and start its pipeline."""
        cdef Services services = self.services
        cdef Exchange exchange = self.exchange
        cdef Head head = exchange.request
        cdef int found, path_length
        cdef Route route
        if services.forwards is not None:
            strip_certificate_fields(head)
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
        exchange.request_has_body = self.request_framing != Framing.NO_BODY
        if is_status_path(head.target, path_length):
            exchange.response.status = 200
            exchange.body = b""
            self._answer_local()
            return
        if services.cross_domain is not None and is_cross_domain_request(head, path_length):
            exchange.response.status = 200
            set_field(exchange.response, b"Content-Type", b"text/x-cross-domain-policy")
            exchange.body = services.cross_domain
            self._answer_local()
            return
        found = services.router.match(head.target, path_length, exchange.query, exchange.query_length, head.method,
                                      head.method_length, self.scheme, &exchange.match)
        if found >= 400:
            self.refuse(found)
            return
        exchange.snapshot = services.snapshot
        if found != Found.OPERATION and self._preflight(path_length):
            self._answer_local()
            return
        if found != Found.OPERATION:
            exchange.route = None if found == Found.NO_API else services.api_routes[exchange.match.api]
            self.settle(not_found(exchange))
            return
        route = <Route>services.routes[exchange.match.operation]
        self._enter(route, path_length)
        self.settle(begin(exchange))

    cdef void _enter(self, Route route, int path_length):
        """Aim the exchange at its operation."""
        cdef Exchange exchange = self.exchange
        exchange.route = route
        if route.computes:
            exchange.arrived_at = ticks()
        exchange.target = route.target
        exchange.path = exchange.request.target + exchange.match.path_start
        exchange.path_length = path_length - exchange.match.path_start

    cdef bint _preflight(self, int path_length):
        """Whether the request is a CORS pre-flight of an operation with a cors policy; then it is answered.

        Nothing else of the operation runs (spec/policies/cross-domain.md).
        """
        cdef Exchange exchange = self.exchange
        cdef Head head = exchange.request
        cdef int at
        cdef int api = exchange.match.api
        cdef Field* field
        cdef Route route
        if head.method_length != 7 or memcmp(head.method, b"OPTIONS", 7) or head.find("origin", 6, 0) < 0:
            return False
        at = head.find("access-control-request-method", 29, 0)
        if at < 0:
            return False
        field = head.fields + at
        if self.services.router.match(head.target, path_length, exchange.query, exchange.query_length, field.value,
                                      field.value_length, self.scheme, &exchange.match) != Found.OPERATION:
            exchange.match.api = api
            return False
        route = <Route>self.services.routes[exchange.match.operation]
        if not route.preflight:
            exchange.match.api = api
            return False
        self._enter(route, path_length)
        begin_reply(exchange, 200)
        try:
            for policy in route.preflight:
                if policy.preflight(exchange):
                    break
            exchange.answer_with_reply()
        except Exception as error:
            log.warning("policy failed", api=route.api_id, operation=route.operation_id, policy="cors",
                        message=str(error), requestId=exchange.request_id())
            error_response(exchange, 500, "")
        return True

    cdef void settle(self, int next):
        """Do what the pipeline says, and what comes of that: call the backend, wait or answer.

        One round after the other: what happens at once, such as a call that is refused, must not pile up.
        """
        self.next = next
        if self.settling:
            return
        self.settling = True
        try:
            while self.next >= 0:
                next = self.next
                self.next = -1
                self._take(next)
        finally:
            self.settling = False

    cdef void _take(self, int next):
        if next == Next.FORWARD:
            self.forward()
        elif next == Next.SEND:
            if self.holding and self.exchange.body is None:
                self.pass_held()
            else:
                self._answer_local()
        elif next == Next.HAVE_BODY:
            self.have_body()
        elif next == Next.AWAIT:
            self.begin_waiting()
        else:
            self.pause()

    # -------------------------------------------------- the answer

    cdef void response_started(self, const char* body, Py_ssize_t length, bint complete):
        cdef int next
        if self.follows and self.follow(complete):
            return
        if self.withheld:
            self.keep_back()
        if complete:
            self.upstream = None
        if self.attempt.member is not None or self.fabric is not None:
            if self.judge_answer():
                return
            if self.affinity is not None and self.attempt.index != self.preferred:
                self.affinity.issue(self.exchange.response, self.attempt.index, self.scheme == 2)
        self.deadline.no_deadline()
        next = response_arrived(self.exchange)
        if next != Next.SEND:
            if next != Next.FORWARD:
                self.hold(body, length, complete)
            self.settle(next)
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
        if self.holding:
            Waiting.response_data(self, data, body, length, complete)
            return
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
        if self.upstream is not None and not self.holding:
            self.upstream.pause_answer()
            self.deadline.no_deadline()

    cdef void release_answer(self):
        if self.upstream is not None and not self.holding:
            if self.answering:
                self.services.stall.add(self.deadline)
            self.upstream.resume_answer()


cdef bint is_status_path(const char* path, int length) noexcept:
    """The health paths win over every API (spec/gateway.md section 8)."""
    return (length == 24 and memcmp(path, b"/status-0123456789abcdef", 24) == 0) or (
        length == 33 and memcmp(path, b"/internal-status-0123456789abcdef", 33) == 0)


cdef bint is_cross_domain_request(Head head, int path_length) noexcept:
    """Whether a cross-domain policy, where there is one, answers (spec/policies/cross-domain.md)."""
    if path_length != 16 or memcmp(head.target, b"/crossdomain.xml", 16):
        return False
    return (head.method_length == 3 and memcmp(head.method, b"GET", 3) == 0) or (
        head.method_length == 4 and memcmp(head.method, b"HEAD", 4) == 0)
