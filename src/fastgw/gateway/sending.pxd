# A connection from a caller, sending half: the request goes out.
#
#   Hop              where a redirect has led
#   ContinuePatience the time that the backend has to say 100 Continue
#   Sending          head and body on a connection to the backend, once or again

from fastgw._affinity cimport Affinity
from fastgw._exchange cimport Target
from fastgw.gateway.caller cimport Caller
from fastgw.gateway.deadlines cimport Timed
from fastgw.gateway.upstream cimport Upstream


cdef class Hop:
    cdef readonly int number            # from 1 on
    cdef readonly Target target         # without a path of its own
    cdef readonly bytes path
    cdef readonly bytes query
    cdef readonly bytes method          # in place of the request's own, and without its body; None: that one
    cdef readonly bint abroad           # the origin that the policies have chosen was left once


cdef class ContinuePatience(Timed):
    cdef Sending sending


cdef class Sending(Caller):
    cdef Target target                  # of the member at hand
    cdef Affinity affinity              # of the backend; None: there is none
    cdef Hop hop                        # None: no redirect was followed
    cdef Upstream upstream
    cdef object pool
    cdef bint buffering                 # buffer-request-body: send only when whole
    cdef list queued                    # body pieces not sent yet
    cdef Py_ssize_t queued_size
    cdef list sent                      # body pieces sent, while they may have to be sent again
    cdef Py_ssize_t sent_size
    cdef Py_ssize_t keeps               # how many bytes of them at most
    cdef bint replayable
    cdef bint head_sent
    cdef bint body_sent                 # some of the body, or its end, has left
    cdef bint chunked_out               # the body leaves in chunks
    cdef bint own_body                  # policies have read or set the body: it is whole, and theirs
    cdef long long continue_ms          # how long the backend may take to ask for the body; 0: it is not asked
    cdef ContinuePatience patience
    cdef bint withheld                  # the body does not leave yet: the backend has not asked for it

    # what the calling half does
    cdef void all_sent(self)

    # what it may ask for
    cdef void send_request(self)
    cdef void send_piece(self, bytes piece)
    cdef void send_withheld(self)
    cdef void hold_for_continue(self)
    cdef void keep_back(self)
    cdef void take_own_body(self)
    cdef void rewind(self)
    cdef bint idempotent(self) noexcept
    cdef bint has_body(self) noexcept
    cdef bint abroad(self) noexcept

    cdef bint _drops_body(self) noexcept
    cdef void _dress(self, Target target)
    cdef void _divert(self)
    cdef void _put_framing(self)
    cdef void _write_piece(self, bytes piece)
    cdef void _write_end(self)
    cdef void _remember(self, bytes piece)
