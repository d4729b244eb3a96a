# Requests on a connection: heads, bodies, time limits.

from fastgw._exchange cimport Exchange
from fastgw._chunks cimport ChunkedDecoder
from fastgw._http cimport Head, HeadScan
from fastgw.gateway.answer cimport Answering


cdef bint is_head(Head head) noexcept


cdef class Caller(Answering):
    cdef object on_closed               # a future: set when the connection has ended; it is to end soon
    cdef int scheme
    cdef bytes peer                     # caller's address as text, for X-Forwarded-For
    cdef bint in_loop                   # `_read` is on the stack and will go on by itself
    cdef HeadScan scan
    cdef bint read_paused
    cdef ChunkedDecoder request_decoder
    cdef bint discarding                # the body goes nowhere
    cdef Py_ssize_t lingered

    # what the proxying half does
    cdef void dispatch(self, const char* query)
    cdef void body_piece(self, bytes piece)
    cdef void drop_call(self)
    cdef void forget_call(self)
    cdef void hold_answer(self)
    cdef void release_answer(self)

    # what it may ask for
    cdef void pause_reading(self)
    cdef void resume_reading(self)
    cdef void answered(self)
    cdef void refuse(self, int status)
    cdef void cut(self)

    cdef void _read(self, bytes data)
    cdef int _head(self, bytes data, Py_ssize_t start, Py_ssize_t end) except -1
    cdef int _target(self, Head head, const char** query) except -1
    cdef Py_ssize_t _body(self, bytes data, Py_ssize_t start) except -2
    cdef void _begin_linger(self)
    cdef void _forget(self)
    cdef void _close(self)
    cdef void _hold_pipelined(self)
    cdef bint _in_a_head(self)
