# One connection from a caller.
#
#   Downstream       protocol state, one exchange at a time
#   ForwardDeadline  the time limit of the call to the backend

from fastgw._exchange cimport Exchange
from fastgw._http cimport Buffer, ChunkedDecoder, Head, HeadScan
from fastgw.gateway.deadlines cimport Timed
from fastgw.gateway.services cimport Services
from fastgw.gateway.upstream cimport Sink, Upstream


# Where the connection stands with its caller.
cdef enum ClientState:
    READING_HEAD = 0    # between requests, or in the middle of a head
    BUSY = 1            # an exchange is under way; the request's body may still be arriving
    LINGERING = 2       # answered and about to close: what still arrives is read and dropped
    GONE = 3


# How the request's body is framed, and how the answer's is.
cdef enum Framing:
    NO_BODY = 0
    BY_LENGTH = 1
    BY_CHUNKS = 2
    UNTIL_CLOSE = 3


cdef class ForwardDeadline(Timed):
    cdef Downstream downstream


cdef class Downstream(Sink):
    cdef Services services
    cdef readonly object transport
    cdef object _write
    cdef object on_drained              # a future: set when the exchange under way has ended
    cdef int scheme
    cdef bytes peer                     # caller's address as text, for X-Forwarded-For
    cdef int state
    cdef bint in_loop                   # `_read` is on the stack and will go on by itself
    cdef bint keep_alive
    cdef bint half_closed               # the caller has sent its last byte
    cdef readonly long long requests
    # bytes not looked at yet: part of a head, or pipelined requests
    cdef bytes pending
    cdef HeadScan scan
    cdef bint read_paused
    # the request's body
    cdef int request_framing
    cdef long long request_remaining
    cdef ChunkedDecoder request_decoder
    cdef bint request_complete
    cdef bint continue_due              # the caller waits for 100 Continue
    cdef bint discarding                # the body goes nowhere
    cdef bint caller_head               # the caller's method is HEAD
    cdef bint chunked_out               # the body leaves in chunks
    cdef Py_ssize_t lingered
    cdef bint buffering                 # buffer-request-body: send only when whole
    # the call to the backend
    cdef Upstream upstream
    cdef bint waiting                   # in the pool's queue
    cdef object pool
    cdef ForwardDeadline deadline
    cdef list queued                    # body pieces not sent yet
    cdef Py_ssize_t queued_size
    cdef list sent                      # body pieces sent, while they may have to be sent again
    cdef Py_ssize_t sent_size
    cdef bint replayable
    cdef bint head_sent
    cdef bint body_sent                 # some of the body has left
    cdef int attempts
    # the answer
    cdef bint answering                 # its head has left
    cdef int answer_framing
    cdef bint answer_bodyless
    cdef bint write_paused

    cdef void _read(self, bytes data)
    cdef int _head(self, bytes data, Py_ssize_t start, Py_ssize_t end) except -1
    cdef int _target(self, Head head, const char** query) except -1
    cdef Py_ssize_t _body(self, bytes data, Py_ssize_t start) except -2
    cdef void _body_piece(self, bytes piece)
    cdef void _pause_reading(self)
    cdef void _resume_reading(self)
    cdef void _forward(self)
    cdef void _acquire(self, bint fresh)
    cdef void _send_request(self)
    cdef void _send_piece(self, bytes piece)
    cdef void _drop_upstream(self)
    cdef void _settle(self, int next)
    cdef void _answer_local(self)
    cdef void _dispatch(self)
    cdef void _write_piece(self, bytes piece)
    cdef void _remember(self, bytes piece)
    cdef void _put_chunk(self, const char* body, Py_ssize_t length)
    cdef int _put_answer_head(self, Py_ssize_t length, bint complete) except -1
    cdef bint _worth_draining(self)
    cdef void _flush(self)
    cdef void _answered(self)
    cdef void _refuse(self, int status)
    cdef void _begin_linger(self)
    cdef void _cut(self)
    cdef bint _idempotent(self)
