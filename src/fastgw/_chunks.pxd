# Chunked bodies as data. No I/O.
#
#   ChunkedDecoder takes chunked framing off a body

from libc.stdint cimport uint64_t

from fastgw._http cimport Buffer


cdef class ChunkedDecoder:
    cdef int state
    cdef uint64_t remaining     # bytes left of the chunk at hand
    cdef int digits
    cdef int line               # bytes of the size line or trailer line so far
    cdef int overhead           # extension and trailer bytes so far, in the whole message
    cdef readonly bint complete

    cdef void reset(self) noexcept
    cdef Py_ssize_t feed(self, const char* data, Py_ssize_t length, Buffer* out) except -2
