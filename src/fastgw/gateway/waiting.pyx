"""A connection from a caller, waiting half: a policy reads a body, calls out, or pauses.

A request whose program needs nothing of this passes by without a cost. One that does stands still with its
exchange until the body is whole, the task has ended or the time is over, and then goes on in the same
pipeline. Bodies that nobody reads are never gathered here.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE

from fastgw._exchange cimport Exchange
from fastgw._program cimport Message
from fastgw.gateway.pipeline cimport Next, advance, fail_waiting
from fastgw.gateway.redirecting cimport Redirecting
from fastgw.gateway.services cimport Services
from fastgw.gateway.upstream cimport Upstream

from fastgw.errors import PolicyFailure

cdef enum:
    GATHER_LIMIT = 16777216         # bytes of a body that policies may read whole


cdef class Waiting(Redirecting):
    """What a connection does while policies are not done with its request or its answer."""

    def __init__(self, Services services):
        super().__init__(services)
        self.held = []

    # -------------------------------------------------- bodies that a policy reads

    cdef void have_body(self):
        """Gather the body that the next step uses, then go on."""
        if self.exchange.needed == Message.REQUEST:
            if self.body_refused:
                # Said once; to policies that ask again there is none.
                self.exchange.request_consumed = True
                self.settle(advance(self.exchange))
                return
            if self.exchange.request.content_length > GATHER_LIMIT and not self.connects:
                self._refuse_body()
                return
            self.collecting_request = True
            if self.continue_due:
                self.continue_due = False
                self._write(b"HTTP/1.1 100 Continue\r\n\r\n")
            if self.connects:
                # It has left for the backend; what is still kept of it is what there is.
                self.rewind()
                if not self.replayable or not self.request_complete:
                    self.exchange.request_consumed = True
                    self.body_lost = True
            if self.request_complete or self.exchange.request_consumed:
                self._gather_request()
            else:
                self.resume_reading()
        else:
            self.collecting_response = True
            if self.held_complete or self.held_error is not None:
                self._gather_response()
            elif self.upstream is not None:
                self.services.stall.add(self.deadline)
                self.upstream.resume_answer()
            else:
                # There is a status, which a policy has set, and no answer that a body could come with.
                self.collecting_response = False
                self.exchange.body = b""
                self.settle(advance(self.exchange))

    cdef void body_piece(self, bytes piece):
        """A piece of the request's body: gathered where a policy reads it."""
        if not self.collecting_request:
            Redirecting.body_piece(self, piece)
            return
        if PyBytes_GET_SIZE(piece):
            self.queued.append(piece)
            self.queued_size += PyBytes_GET_SIZE(piece)
        if self.queued_size > GATHER_LIMIT:
            self._refuse_body()
        elif self.request_complete:
            self._gather_request()

    cdef void _refuse_body(self):
        """The body is larger than what policies may read: 413."""
        self.collecting_request = False
        self.body_refused = True
        self.queued = []
        self.queued_size = 0
        self.settle(fail_waiting(self.exchange, PolicyFailure(
            "ClientConnectionFailure", f"The request body is larger than the {GATHER_LIMIT} bytes that policies can "
            "read.", 413, "Content Too Large")))

    cdef void _gather_request(self):
        cdef Exchange exchange = self.exchange
        self.collecting_request = False
        if not exchange.request_consumed:
            exchange.request_body = b"".join(self.queued)
        self.settle(advance(exchange))

    cdef void _gather_response(self):
        cdef Exchange exchange = self.exchange
        cdef Upstream upstream
        self.collecting_response = False
        self.deadline.no_deadline()
        if self.held_size > GATHER_LIMIT and self.held_error is None:
            self.held_error = f"The response body is larger than the {GATHER_LIMIT} bytes that policies can read."
        if self.held_error is not None:
            error = PolicyFailure("BackendConnectionFailure", self.held_error)
            upstream = self.upstream
            if upstream is not None:
                # Whatever else it sends, nobody wants it.
                self.upstream = None
                upstream.abort()
            self._drop_held()
            self.settle(fail_waiting(exchange, error))
            return
        exchange.body = b"".join(self.held)
        exchange.response_gathered = True
        self._drop_held()
        self.settle(advance(exchange))

    # -------------------------------------------------- an answer that policies are not done with

    cdef void hold(self, const char* body, Py_ssize_t length, bint complete):
        """Keep what has come of the answer's body, and take no more of it yet."""
        self.holding = True
        self.held_complete = complete
        if length:
            self.held.append(PyBytes_FromStringAndSize(body, length))
            self.held_size = length
        if not complete:
            self.upstream.pause_answer()

    cdef void response_data(self, bytes data, const char* body, Py_ssize_t length, bint complete):
        if complete:
            self.upstream = None
        if length:
            self.held.append(PyBytes_FromStringAndSize(body, length))
            self.held_size += length
        self.held_complete = complete
        if not self.collecting_response:
            return
        if not complete and self.held_size <= GATHER_LIMIT:
            self.services.stall.add(self.deadline)
            return
        self._gather_response()

    cdef void response_failed(self, str message, bint stale):
        if not self.holding:
            Redirecting.response_failed(self, message, stale)
            return
        self.upstream = None
        self.held_error = message
        if self.collecting_response:
            self._gather_response()

    cdef void timed_out(self):
        if self.collecting_response:
            self.held_error = "The backend's answer has stalled."
            self._gather_response()
        else:
            Redirecting.timed_out(self)

    cdef void pass_held(self):
        """The policies are done, and nobody wanted the body: pass it on, what is held first."""
        cdef bytes body
        cdef bint complete = self.held_complete
        if self.held_error is not None:
            self._log_failure("BackendConnectionFailure", self.held_error)
            self.cut()
            return
        body = b"".join(self.held)
        self._drop_held()
        self.write_answer(PyBytes_AS_STRING(body), PyBytes_GET_SIZE(body), complete)
        if complete or self.answer_bodyless:
            self.answered()
        elif not self.write_paused:
            self.services.stall.add(self.deadline)
            self.upstream.resume_answer()

    cdef void _drop_held(self):
        self.holding = False
        self.held_complete = False
        self.held_error = None
        self.held_size = 0
        if self.held:
            self.held = []

    # -------------------------------------------------- what a policy waits for

    cdef void begin_waiting(self):
        """Start what the policy at hand waits for, as a task."""
        cdef Exchange exchange = self.exchange
        waiting_for = exchange.waiting_for
        exchange.waiting_for = None
        self.task = self.services.loop.create_task(waiting_for(exchange, self.services.doors))
        self.task.add_done_callback(self._waited)

    def _waited(self, task):
        if task is not self.task:
            # The caller has left; what became of the task is looked at, so that nobody misses it.
            if not task.cancelled():
                task.exception()
            return
        self.task = None
        if task.cancelled():
            # Not by this connection: the worker ends.
            self.cut()
        else:
            self.go_on(task.exception())

    cdef void go_on(self, error):
        """What was waited for is there, or has failed."""
        try:
            if error is not None:
                self.settle(fail_waiting(self.exchange, error))
            elif self.exchange.replied:
                self.settle(Next.SEND)
            else:
                self.settle(advance(self.exchange))
        except Exception:
            self.break_down()

    cdef void pause(self):
        """Go on after the time that the program asks for."""
        self.timer = self.services.loop.call_later(self.exchange.delay, self._woken)

    def _woken(self):
        self.timer = None
        self.go_on(None)

    cdef void stop_waiting(self):
        """Whatever was waited for, it is of no use any more."""
        task, self.task = self.task, None
        if task is not None:
            task.cancel()
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None
        self.collecting_request = False
        self.collecting_response = False

    cdef void forget_call(self):
        self.body_refused = False
        Redirecting.forget_call(self)

    cdef void drop_call(self):
        """End the call and everything that is waited for."""
        self.stop_waiting()
        if self.holding:
            self._drop_held()
        Redirecting.drop_call(self)
