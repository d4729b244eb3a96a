"""A connection from a caller, calling half: the request is called to a member of its backend.

Chooses the member, gets a connection, has the request sent, and sent again where that is safe: on a fresh
connection when a used one proves dead, to another member where the backend's retry rule says so.
What becomes of the answer is decided in `downstream`.
"""

from cpython.bytes cimport PyBytes_GET_SIZE
from libc.math cimport fmin

from fastgw._balance cimport Attempt, Balancer
from fastgw._core cimport Breaker, News, Outcome
from fastgw._exchange cimport Exchange, LastError, Target
from fastgw._http cimport Field, Head
from fastgw._program cimport ForwardOptions
from fastgw._regions cimport fail_at, failed
from fastgw.gateway.answer cimport Framing
from fastgw.gateway.caller cimport is_head
from fastgw.gateway.deadlines cimport Timed, monotonic
from fastgw.gateway.pipeline cimport fail_forward
from fastgw.gateway.pool cimport Pool
from fastgw.gateway.sending cimport Sending
from fastgw.gateway.services cimport Services
from fastgw.gateway.upstream cimport Upstream

from fastgw.gateway.circuit_log import log_circuit
from fastgw.gateway.retry_after import parse_retry_after
from fastgw.telemetry import log

cdef enum:
    QUEUE_LIMIT = 65536             # body bytes held while no connection is there yet
    REPLAY_LIMIT = 65536            # body bytes kept in case they have to be sent again
    BUFFER_LIMIT = 2097152          # the same with buffer-request-body (spec/gateway.md section 5)
    BODY_PATIENCE = 10              # seconds that the trial of a breaker may wait for the caller's body


cdef class CallDeadline(Timed):
    """Ends the call to a backend that takes too long."""

    def __init__(self, Calling calling):
        self.calling = calling

    cdef void expired(self):
        self.calling.timed_out()

    cdef void break_down(self):
        self.calling.break_down()


cdef class Calling(Sending):
    """The call that a request makes to its backend."""

    def __init__(self, Services services):
        super().__init__(services)
        self.deadline = CallDeadline(self)
        self.attempt = Attempt()

    # -------------------------------------------------- the answering half, see Downstream

    cdef void settle(self, int next):
        """Do what the pipeline says: call the backend or answer."""

    # -------------------------------------------------- the request's body

    cdef void body_piece(self, bytes piece):
        """A piece of the body: on to the backend, or into the queue while there is no connection."""
        if self.own_body:
            return
        if self.upstream is not None and self.head_sent and not self.withheld:
            self.send_piece(piece)
            return
        if PyBytes_GET_SIZE(piece):
            self.queued.append(piece)
            self.queued_size += PyBytes_GET_SIZE(piece)
        if self.buffering:
            if self.queued_size > BUFFER_LIMIT:
                self._too_large()
            elif self.request_complete:
                self._call()
        elif self.queued_size > QUEUE_LIMIT and not self.request_complete:
            self.pause_reading()

    cdef void all_sent(self):
        if self.attempt.member is not None:
            # How long the caller took for its body says nothing of the backend.
            self.attempt.started = monotonic()

    cdef void _too_large(self):
        self.drop_call()
        self.fail("ClientConnectionFailure",
                  f"The request body is larger than the {BUFFER_LIMIT} bytes that can be buffered.", 413)

    # -------------------------------------------------- the call begins

    cdef void forward(self):
        """Begin the call that forward-request asks for."""
        cdef Exchange exchange = self.exchange
        cdef ForwardOptions options = exchange.forward
        cdef object timeout = options.timeout_ms
        cdef Balancer balancer
        self.own_body = exchange.request_body is not None or (exchange.request_consumed and not self.body_lost)
        if self.upstream is not None or self.connects:
            # A second forward-request in one run: the first answer is dropped, the body must still be there.
            if not self.replayable and not self.own_body:
                self.drop_call()
                self.fail("BackendConnectionFailure",
                          "The request body was sent already; set buffer-request-body to send it again.", 500)
                return
            self.drop_call()
            self.hop = None
            self.rewind()
            exchange.response.clear()
            exchange.body = None
        if self.own_body:
            self.take_own_body()
        if exchange.target is None:
            self.fail("BackendConnectionFailure",
                      "The API has no serviceUrl and no policy has set a backend.", 500)
            return
        self.follows = False
        self.continue_ms = 0
        if not options.plain:
            try:
                if callable(timeout):
                    timeout = int(timeout(exchange))
                self.follows = as_flag(options.follow_redirects, exchange)
                self.continue_ms = as_number(options.continue_timeout_ms, exchange)
            except Exception as error:
                self._unusable(error)
                return
        self.replayable = True
        self.timed = False
        self.limit = self.services.forward_deadlines(timeout)
        self.head_request = is_head(exchange.request)
        balancer = <Balancer>exchange.target.balancer
        self.attempt.begin(balancer)
        self.affinity = None
        self.fabric = None
        self.preferred = -1
        if balancer is not None:
            self.affinity = balancer.affinity
            if self.affinity is not None:
                self.preferred = self.affinity.find(exchange.request)
            if not (self.request_complete or self.own_body) and self.attempt.would_refuse(monotonic()):
                # Before the caller sends a body that nobody will take.
                self._refused()
                return
        self.buffering = options.buffer_request_body and not self.own_body
        # A body that may have to be sent to another place is kept like one that is gathered before it leaves.
        self.keeps = BUFFER_LIMIT if self.buffering or self.follows else REPLAY_LIMIT
        if self.continue_due:
            if self.continue_ms and not self.buffering:
                # The backend says whether the caller shall send; until then the caller is not late.
                self.no_deadline()
            else:
                self.continue_due = False
                self._write(b"HTTP/1.1 100 Continue\r\n\r\n")
        if self.buffering and self.queued_size > BUFFER_LIMIT:
            self._too_large()
        elif self.buffering and not self.request_complete:
            self.resume_reading()
        else:
            self._call()

    cdef void _unusable(self, object error):
        """What forward-request has computed cannot be used."""
        cdef LastError found
        failed(self.exchange, self.exchange.route.backend, self.exchange.next_step - 1, error)
        found = self.exchange.error
        self._log_failure(found.reason, found.message if found.log_message is None else found.log_message)
        self.settle(fail_forward(self.exchange, found.reason, found.message, 500))

    cdef void _call(self):
        """Choose a member and call it."""
        if self.attempt.balancer is None:
            self.target = self.exchange.target
        elif self.chosen(self.preferred):
            self.target = self.attempt.member.target
        else:
            return
        if self.exchange.target.fabric is None or self._find_replica():
            self.connect()

    cdef bint chosen(self, int preferred):
        """Whether a member admits the request; else it is refused."""
        # A trial must not wait for a slow caller as long as for a slow backend.
        cdef double patience = self.limit.seconds
        cdef bint found
        if not (self.request_complete or self.own_body):
            patience = fmin(patience, BODY_PATIENCE)
        found = self.attempt.choose(monotonic(), patience, preferred)
        if self.attempt.news is not None:
            self.tell_news()
        if not found:
            self._refused()
        return found

    cdef bint _find_replica(self):
        """Put a replica in the place of a Service Fabric service; False where it has to be waited for."""
        cdef Exchange exchange = self.exchange
        cdef object found
        try:
            if self.fabric is None:
                self.fabric = self.services.fabric_calls.begin(exchange.target.fabric, exchange)
            found = self.fabric.known()
        except Exception as error:
            self.drop_call()
            self.fail("ExpressionValueEvaluationFailure", str(error), 500)
            return False
        if found is None:
            self._start_time()
            self.fabric.find(self._replica_found)
            return False
        self.target = found
        return True

    def _replica_found(self, target, problem):
        """The cluster has answered, or cannot."""
        if target is None:
            if self.fabric.refused:
                # The question was wrong, not the backend: what callers ask must not open its breaker.
                self.attempt.release(0.0 if self.attempt.judged else monotonic())
            self._call_failed(problem, True)
        else:
            self.target = target
            self.connect()

    cdef void connect(self):
        """Get a connection to the target at hand."""
        cdef Exchange exchange = self.exchange
        cdef object certificate
        if exchange.proxy is not None:
            self.target = self.services.pools.through(self.target, exchange.proxy)
        certificate = (
            exchange.certificate if exchange.certificate_set and not self.abroad() else self.target.certificate)
        if self.target.pool is not None and self.target.pool_certificate is certificate and (
                not (<Pool>self.target.pool).retired):
            self.pool = self.target.pool
        else:
            try:
                self.pool = self.services.pools.of(self.target, certificate, exchange.snapshot)
            except Exception as error:
                self.drop_call()
                self.fail("ExpressionValueEvaluationFailure", str(error), 500)
                return
        self.connects = 0
        self._acquire(False)

    cdef void _start_time(self):
        """The time of the call runs from the first attempt on; a further one has what is left of it."""
        if not self.timed:
            self.timed = True
            # The clock was read a moment ago, to choose.
            self.limit.add_at(self.deadline, monotonic() if self.attempt.member is None else self.attempt.started)

    cdef void _refused(self):
        """No breaker lets the request through: answer at once, the backend is not touched."""
        cdef Attempt attempt = self.attempt
        cdef Exchange exchange = self.exchange
        cdef str backend = attempt.balancer.backend_id
        self.deadline.no_deadline()
        # Opening was logged; a line for each request would be what an overload does not need.
        log.debug("backend call refused", backend=backend, api=exchange.route.api_id,
                  operation=exchange.route.operation_id, reason="BackendCircuitOpen")
        self.settle(fail_forward(exchange, "BackendCircuitOpen", f"The circuit breaker of backend '{backend}' is open.",
                                 attempt.status, max(1, (attempt.remaining + 999) // 1000)))

    cdef void _acquire(self, bint fresh):
        cdef Upstream upstream
        self.head_sent = False
        self.body_sent = False
        self.connects += 1
        self.waiting = True
        self._start_time()
        upstream = (<Pool>self.pool).acquire(self, fresh)
        if upstream is not None:
            self.connected(upstream)

    cdef void connected(self, Upstream upstream):
        self.waiting = False
        self.upstream = upstream
        upstream.start(self)
        self.send_request()

    cdef void unavailable(self, str reason, str message, int status):
        self.waiting = False
        if status == 503:
            # The gateway's own limit: nothing is known of the member, and another one may have room.
            if self.attempt.member is not None and self.hop is None and self.attempt.pass_over(monotonic()):
                self._call()
            else:
                self.drop_call()
                self.fail(reason, message, status)
        else:
            self._call_failed(message, True)

    # -------------------------------------------------- the call ends, or begins again

    cdef bint judge_answer(self):
        """Tell the breakers that an answer's head is there; True when another attempt takes its place."""
        cdef Head response = self.exchange.response
        cdef double now = monotonic()
        cdef long long retry_after = -1
        cdef int status = response.status
        cdef int at
        cdef Field* field
        if status >= 400:
            at = response.find("retry-after", 11, 0)
            if at >= 0:
                field = response.fields + at
                retry_after = parse_retry_after(field.value[:field.value_length])
        self.attempt.judge(status, now, retry_after)
        if self.attempt.news is not None:
            self.tell_news()
        if self.fabric is not None and self._resolves_again():
            return True
        if self.replayable and self.idempotent() and not self.abroad() and (
                self.attempt.may_retry(status, now, retry_after)):
            self._again(f"status {status}")
            return True
        return False

    cdef bint _resolves_again(self):
        """Whether sf-resolve-condition has the last word: the request is sent again, or fails with it."""
        cdef Exchange exchange = self.exchange
        if not self.replayable:
            return False
        try:
            if not self.fabric.resolves_again(exchange):
                return False
        except Exception as error:
            self.drop_call()
            self.fail("ExpressionValueEvaluationFailure", str(error), 500)
            return True
        exchange.error = None
        self._again("sf-resolve-condition")
        return True

    cdef void response_failed(self, str message, bint stale):
        self.upstream = None
        if self.answering:
            self._log_failure("BackendConnectionFailure", message)
            self.cut()
        elif stale and self.connects == 1 and self.replayable and (
                self.idempotent() or self._drops_body() or (
                    self.request_framing != Framing.NO_BODY and not self.body_sent)):
            # The backend closed an idle connection just as it was used (design section 5). Only the last hop is
            # sent again, which may be a GET by now.
            self.keep_back()
            self.rewind()
            self._acquire(True)
        else:
            self._call_failed(message, False)

    cdef void _call_failed(self, str message, bint untouched):
        """No answer comes. `untouched`: nothing has left for the place at hand."""
        cdef double now = monotonic()
        if self.attempt.member is not None:
            self.attempt.judge(Outcome.CONNECTION_FAILURE, now, -1)
            if self.attempt.news is not None:
                self.tell_news()
        if self.fabric is not None:
            # What the condition may look at.
            fail_at(self.exchange, self.exchange.route.backend, self.exchange.next_step - 1,
                    "BackendConnectionFailure", message)
            if self._resolves_again():
                return
        if self.attempt.member is not None and not self.abroad():
            # Another attempt begins anew: what a redirect came from has seen the request.
            if self.replayable and (self.idempotent() or (untouched and self.hop is None)) and self.attempt.may_retry(
                    Outcome.CONNECTION_FAILURE, now, -1):
                self.exchange.error = None
                self._again(message)
                return
        self.drop_call()
        self.fail("BackendConnectionFailure", message, 500)

    cdef void _again(self, str reason):
        """Make another attempt in place of the one at hand."""
        cdef Upstream upstream = self.upstream
        # A replica that was not found has no address.
        member = f"{self.target.scheme}://{self.target.host}:{self.target.port}" if self.target.host else None
        log.info("backend call repeated", backend=self.exchange.target.backend_id, member=member, reason=reason,
                 requestId=self.exchange.request_id())
        if upstream is not None:
            self.upstream = None
            upstream.abort()
        self.attempt.release(0.0 if self.attempt.judged else monotonic())
        self.hop = None
        self.keep_back()
        self.rewind()
        self.exchange.response.clear()
        self._call()

    cdef void timed_out(self):
        """The call has taken too long: no answer yet, or one that has stalled."""
        # Who has waited for the gateway's own limit, or for the caller's body, knows nothing of the backend.
        if self.attempt.member is not None and not self.answering and not (
                self.waiting and (<Pool>self.pool).is_full()) and (
                self.request_complete or self.own_body or self.withheld or self.upstream is None
                or self.upstream.write_paused):
            self.attempt.judge(Outcome.TIMED_OUT, monotonic(), -1)
            if self.attempt.news is not None:
                self.tell_news()
        self.drop_call()
        if self.answering:
            self._log_failure("Timeout", "The backend's answer has stalled.")
            self.cut()
            return
        self.fail("Timeout", "Request to the backend service timed out", 500)

    cdef void drop_call(self):
        """End the call, whatever state it is in."""
        cdef Upstream upstream = self.upstream
        self.deadline.no_deadline()
        self.keep_back()
        if self.waiting:
            self.waiting = False
            (<Pool>self.pool).forget(self)
        if upstream is not None:
            self.upstream = None
            upstream.abort()
        if self.fabric is not None:
            self.fabric.cancel()
        if self.attempt.member is not None:
            self.attempt.release(0.0 if self.attempt.judged else monotonic())

    cdef void forget_call(self):
        self.connects = 0
        self.body_lost = False
        self.follows = False
        self.fabric = None
        Sending.forget_call(self)

    cdef void fail(self, str reason, str message, int status):
        """There is no answer: say why in the log, and let on-error and the default body say it to the caller."""
        self._log_failure(reason, message)
        self.settle(fail_forward(self.exchange, reason, message, status))

    def _log_failure(self, str reason, str message):
        cdef Exchange exchange = self.exchange
        cdef Target target = self.target if self.target is not None else exchange.target
        log.warning(
            "backend call failed",
            backend=(target.backend_id or f"{target.scheme}://{target.host}:{target.port}") if target else None,
            api=exchange.route.api_id, operation=exchange.route.operation_id, reason=reason, message=message,
            requestId=exchange.request_id(),
            caller=exchange.snapshot.caller_address(self.peer, exchange.request.items()))

    cdef void tell_news(self):
        """Log which breakers have opened and closed."""
        cdef Breaker breaker
        cdef object now = int(monotonic() * 1000)
        found, self.attempt.news = self.attempt.news, None
        for news, member, breaker in found:
            log_circuit(self.attempt.balancer.backend_id, member, breaker, now, opened=news == News.OPENED)


cdef bint as_flag(object value, Exchange exchange) except -1:
    """A boolean that may be computed."""
    return (value(exchange) if callable(value) else value) is True


cdef long long as_number(object value, Exchange exchange) except -1:
    """A whole number from 0 on that may be computed."""
    return value(exchange) if callable(value) else value
