# Path, method and query -> API and operation, by one hash table of edges. No I/O, no Python objects per request.

from libc.stdint cimport uint32_t

cdef enum:
    MAX_SEGMENTS = 256
    MAX_PARAMETERS = 32

# What a Match says besides an HTTP status to refuse with.
cdef enum Found:
    NO_API = 0
    NO_OPERATION = 1
    OPERATION = 2


ctypedef struct Segment:
    int start           # in the path as received
    int length
    int text            # in the decoded, lower-cased text
    int text_length


ctypedef struct Match:
    int api
    int operation
    int path_start      # where the operation's part of the path begins in the path as received
    int parameters
    int parameter_start[32]
    int parameter_length[32]


ctypedef struct Edge:
    int node
    uint32_t hash
    int text            # offset into Router.texts
    int text_length
    int child           # -1: free place


ctypedef struct Affix:
    int prefix
    int prefix_length
    int suffix
    int suffix_length
    int child
    int next            # index of the next affix of the node, -1: last


ctypedef struct Node:
    int api             # index of the API whose path ends here, -1: none
    int affix           # first parameter edge, -1: none
    int wildcard        # node that takes the rest of the path, -1: none
    int candidates      # first operation that ends here, -1: none


ctypedef struct Candidate:
    int operation
    int trailing_slash
    int wildcard_named
    int required        # first required query parameter, -1: none
    int required_count
    int next


ctypedef struct Required:
    int name
    int name_length
    int value           # -1: any value
    int value_length


cdef class Router:
    cdef list _apis
    cdef object _building
    cdef bytes _text_object
    cdef const char* texts
    cdef Edge* edges
    cdef uint32_t edge_mask
    cdef Node* nodes
    cdef int node_count
    cdef Affix* affixes
    cdef Candidate* candidates
    cdef Required* required
    cdef int* api_schemes
    cdef readonly int operation_count
    # scratch of the match at hand
    cdef char* text
    cdef int text_capacity
    cdef Segment segments[256]

    cdef int match(self, const char* path, int path_length, const char* query, int query_length,
                   const char* method, int method_length, int scheme, Match* match) except -1
    cdef void* _allocate(self, size_t size) except NULL
    cdef int _split(self, const char* path, int length) except -1
    cdef int _edge(self, int node, const char* text, int length) noexcept
    cdef int _descend(self, const char* path, int node, int at, int count, bint trailing, const char* query,
                      int query_length, Match* match) noexcept
    cdef int _candidate(self, int node, bint trailing, const char* query, int query_length,
                        Match* match, bint wildcard, int at, int count) noexcept
    cdef bint _has_query(self, Required* wanted, const char* query, int query_length) noexcept


cdef bint is_safe_path(const char* path, int length) noexcept
cdef bint same_decoded(const char* raw, int length, const char* text, int text_length) noexcept
