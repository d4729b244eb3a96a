# Session affinity: a cookie that names a member of a backend.

from fastgw._http cimport Head

# One name=value pair of a Cookie field (RFC 6265 section 4.2.1), as it stands between two semicolons.
ctypedef struct Pair:
    const char* text
    int length                  # of the whole pair
    int name_length             # -1: it has no name
    const char* value
    int value_length


cdef class Affinity:
    cdef readonly bytes name            # of the cookie
    cdef readonly tuple tokens          # its value for each member, by the member's index

    cdef bint _is_named(self, const Pair* pair) noexcept
    cdef int _member_of(self, const Pair* pair)
    cdef int find(self, Head request)
    cdef int strip(self, Head request) except -1
    cdef int issue(self, Head response, int member, bint secure) except -1
