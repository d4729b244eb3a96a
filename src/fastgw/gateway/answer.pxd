# Answers on a connection: heads, framing, bytes out.

from fastgw.gateway.services cimport Services
from fastgw.gateway.upstream cimport Sink


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


cdef enum:
    COPY_LIMIT = 8192               # larger pieces are written by themselves instead of being copied


cdef class Answering(Sink):
    cdef Services services
    cdef readonly object transport
    cdef object _write
    cdef int state
    cdef bint keep_alive
    cdef bint write_paused
    # what of the request decides about the answer's framing and about keeping the connection
    cdef bytes pending                  # bytes not looked at yet: part of a head, or pipelined requests
    cdef int request_framing
    cdef long long request_remaining
    cdef bint request_complete
    cdef bint continue_due              # the caller waits for 100 Continue
    cdef bint caller_head               # the caller's method is HEAD
    # the answer
    cdef bint answering                 # its head has left
    cdef int answer_framing
    cdef bint answer_bodyless

    cdef int put_answer_head(self, Py_ssize_t length, bint complete) except -1
    cdef void put_chunk(self, const char* body, Py_ssize_t length)
    cdef void write_answer(self, const char* body, Py_ssize_t length, bint complete)
    cdef void write_more(self, bytes data, const char* body, Py_ssize_t length, bint complete)
    cdef void flush(self)
    cdef bint _worth_draining(self)
