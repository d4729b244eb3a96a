# A connection from a caller, calling half: the call to the backend.
#
#   Calling          from a member's choice to the head of its answer
#   CallDeadline     the time limit of the call

from fastgw._balance cimport Attempt
from fastgw.gateway.deadlines cimport DeadlineQueue, Timed
from fastgw.gateway.sending cimport Sending


cdef class CallDeadline(Timed):
    cdef Calling calling


cdef class Calling(Sending):
    cdef Attempt attempt
    cdef object fabric                  # FabricRequest, where a replica has to be found; None
    cdef int preferred                  # the member that the caller's session is on, -1: none
    cdef bint waiting                   # in the pool's queue
    cdef CallDeadline deadline
    cdef DeadlineQueue limit            # how long the call may take, all attempts together
    cdef bint timed                     # the limit runs
    cdef bint follows                   # redirects are followed
    cdef int connects                   # connections used for the member at hand
    cdef bint body_lost                 # the caller's has left and is not kept: nothing can be sent again

    # what the answering half does
    cdef void settle(self, int next)

    # what it may ask for
    cdef void forward(self)
    cdef void connect(self)
    cdef bint chosen(self, int preferred)
    cdef void tell_news(self)
    cdef bint judge_answer(self)
    cdef void timed_out(self)
    cdef void fail(self, str reason, str message, int status)

    cdef void _call(self)
    cdef void _unusable(self, object error)
    cdef bint _find_replica(self)
    cdef bint _resolves_again(self)
    cdef void _start_time(self)
    cdef void _refused(self)
    cdef void _too_large(self)
    cdef void _acquire(self, bint fresh)
    cdef void _call_failed(self, str message, bint untouched)
    cdef void _again(self, str reason)
