# A connection from a caller, calling half: the call to the backend.
#
#   Calling          from a member's choice to the head of its answer
#   CallDeadline     the time limit of the call

from fastgw._affinity cimport Affinity
from fastgw._balance cimport Attempt
from fastgw._exchange cimport Target
from fastgw.gateway.caller cimport Caller
from fastgw.gateway.deadlines cimport DeadlineQueue, Timed
from fastgw.gateway.upstream cimport Upstream


cdef class CallDeadline(Timed):
    cdef Calling calling


cdef class Calling(Caller):
    cdef Target target                  # of the member at hand
    cdef Attempt attempt
    cdef Affinity affinity              # of the backend; None: there is none
    cdef object fabric                  # FabricRequest, where a replica has to be found; None
    cdef int preferred                  # the member that the caller's session is on, -1: none
    cdef Upstream upstream
    cdef bint waiting                   # in the pool's queue
    cdef object pool
    cdef CallDeadline deadline
    cdef DeadlineQueue limit            # how long the call may take, all attempts together
    cdef bint timed                     # the limit runs
    cdef bint buffering                 # buffer-request-body: send only when whole
    cdef list queued                    # body pieces not sent yet
    cdef Py_ssize_t queued_size
    cdef list sent                      # body pieces sent, while they may have to be sent again
    cdef Py_ssize_t sent_size
    cdef bint replayable
    cdef bint head_sent
    cdef bint body_sent                 # some of the body, or its end, has left
    cdef bint chunked_out               # the body leaves in chunks
    cdef int connects                   # connections used for the member at hand
    cdef bint body_lost                 # the caller's has left and is not kept: nothing can be sent again
    cdef bint own_body                  # policies have read or set the body: it is whole, and theirs

    # what the answering half does
    cdef void settle(self, int next)

    # what it may ask for
    cdef void forward(self)
    cdef void _take_own_body(self)
    cdef bint judge_answer(self)
    cdef void timed_out(self)
    cdef void fail(self, str reason, str message, int status)

    cdef void _call(self)
    cdef bint _find_replica(self)
    cdef bint _resolves_again(self)
    cdef void _connect(self)
    cdef void _start_time(self)
    cdef void _refused(self)
    cdef void _too_large(self)
    cdef void _acquire(self, bint fresh)
    cdef void _send_request(self)
    cdef void _dress(self, Target target)
    cdef void _send_piece(self, bytes piece)
    cdef void _write_piece(self, bytes piece)
    cdef void _remember(self, bytes piece)
    cdef void _call_failed(self, str message, bint untouched)
    cdef void _again(self, str reason)
    cdef void _rewind(self)
    cdef bint _idempotent(self) noexcept
