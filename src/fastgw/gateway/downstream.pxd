# A connection from a caller, proxying half: the call to the backend.
#
#   Downstream       the exchange between caller and backend
#   ForwardDeadline  the time limit of the call

from fastgw.gateway.caller cimport Caller
from fastgw.gateway.deadlines cimport DeadlineQueue, Timed
from fastgw.gateway.upstream cimport Upstream


cdef class ForwardDeadline(Timed):
    cdef Downstream downstream


cdef class Downstream(Caller):
    cdef Upstream upstream
    cdef bint waiting                   # in the pool's queue
    cdef object pool
    cdef ForwardDeadline deadline
    cdef DeadlineQueue limit            # how long the call may take
    cdef bint buffering                 # buffer-request-body: send only when whole
    cdef list queued                    # body pieces not sent yet
    cdef Py_ssize_t queued_size
    cdef list sent                      # body pieces sent, while they may have to be sent again
    cdef Py_ssize_t sent_size
    cdef bint replayable
    cdef bint head_sent
    cdef bint body_sent                 # some of the body, or its end, has left
    cdef bint chunked_out               # the body leaves in chunks
    cdef int attempts

    cdef void _settle(self, int next)
    cdef void _forward(self)
    cdef void _too_large(self)
    cdef void _fail(self, str reason, str message, int status)
    cdef void _rewind(self)
    cdef void _acquire(self, bint fresh)
    cdef void _send_request(self)
    cdef void _send_piece(self, bytes piece)
    cdef void _write_piece(self, bytes piece)
    cdef void _remember(self, bytes piece)
    cdef void _answer_local(self)
    cdef bint _idempotent(self)
