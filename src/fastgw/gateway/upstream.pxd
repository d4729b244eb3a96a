# One connection to a backend.
#
#   Sink        who asked for the connection: gets the answer as events
#   Owner       the pool that the connection belongs to
#   Upstream    the protocol: request out, response in

from fastgw._exchange cimport Exchange
from fastgw._chunks cimport ChunkedDecoder
from fastgw._http cimport Buffer, HeadScan, Limits
from fastgw.gateway.deadlines cimport Timed


cdef class Sink(Timed):
    cdef Exchange exchange
    cdef bint head_request              # the method sent is HEAD: the answer has no body

    cdef void connected(self, Upstream upstream)
    cdef void unavailable(self, str reason, str message, int status)
    cdef void response_started(self, const char* body, Py_ssize_t length, bint complete)
    cdef void response_data(self, bytes data, const char* body, Py_ssize_t length, bint complete)
    cdef void response_failed(self, str message, bint stale)
    cdef void may_continue(self)
    cdef void request_paused(self)
    cdef void request_resumed(self)


cdef class Owner:
    cdef void proved(self, Upstream upstream)
    cdef void returned(self, Upstream upstream)
    cdef void lost(self, Upstream upstream)


cdef enum UpstreamState:
    IDLE = 0
    AWAITING_HEAD = 1
    BODY_LENGTH = 2
    BODY_CHUNKED = 3
    BODY_UNTIL_CLOSE = 4
    FINISHED = 5        # answer complete
    CLOSED = 6


cdef class Upstream(Timed):
    cdef readonly object transport
    cdef object _write
    cdef Owner owner
    cdef Sink sink
    cdef int state
    cdef double opened
    cdef readonly int requests
    cdef bint reusable                  # both sides mean to keep the connection
    cdef bint request_sent
    cdef bint write_paused
    cdef bint read_paused
    cdef bytes partial                  # of a response head
    cdef bint heard                     # a byte of the answer has come
    cdef HeadScan scan
    cdef int interim                    # 1xx answers so far
    cdef long long remaining
    cdef ChunkedDecoder decoder

    cdef void start(self, Sink sink)
    cdef void write(self, bytes data)
    cdef void request_complete(self)
    cdef void pause_answer(self)
    cdef void resume_answer(self)
    cdef void abort(self)
    cdef void _head(self, bytes data)
    cdef void _body(self, bytes data)
    cdef void _chunked(self, const char* data, Py_ssize_t length, bint first)
    cdef void _closed(self)
    cdef void _broken(self, str message, bint stale)
    cdef void done(self)
