# HTTP/1.1 messages as data: heads and header fields. No I/O.
#
#   Buffer         growable output; one per worker, reused for every head written
#   Field, Head    a parsed or built head; fields point into bytes that the head keeps alive
#   HeadScan       finds the end of a head in bytes that arrive piecemeal

from libc.stdint cimport uint8_t


ctypedef struct Buffer:
    char* data
    Py_ssize_t size
    Py_ssize_t capacity


cdef int buffer_reserve(Buffer* buffer, Py_ssize_t extra) except -1
cdef int buffer_put(Buffer* buffer, const char* data, Py_ssize_t length) except -1
cdef int buffer_put_number(Buffer* buffer, long long number) except -1
cdef int buffer_put_hex(Buffer* buffer, long long number) except -1


# Header fields that the gateway itself looks at. Everything from CONNECTION to UPGRADE is hop-by-hop.
cdef enum Kind:
    REMOVED = -1
    OTHER = 0
    CONNECTION = 1
    KEEP_ALIVE = 2
    PROXY_CONNECTION = 3
    PROXY_AUTHENTICATE = 4
    PROXY_AUTHORIZATION = 5
    TE = 6
    TRAILER = 7
    TRANSFER_ENCODING = 8
    UPGRADE = 9
    HOST = 10
    CONTENT_LENGTH = 11
    EXPECT = 12
    X_FORWARDED_FOR = 13
    DATE = 14
    SERVER = 15


ctypedef struct Field:
    const char* name
    const char* value
    int name_length
    int value_length
    int kind


cdef int header_kind(const char* name, int length) noexcept
cdef bint same_name(const char* left, const char* right, int length) noexcept
cdef bint is_token(const char* data, Py_ssize_t length) noexcept
cdef bint is_field_value(const char* data, Py_ssize_t length) noexcept
cdef const char* standard_reason(int status) noexcept


cdef class Limits:
    cdef readonly int fields
    cdef readonly int line
    cdef readonly int head


ctypedef struct HeadScan:
    Py_ssize_t position      # first byte not looked at yet
    Py_ssize_t line_start
    int lines


# What scan_head returns besides an HTTP status to refuse with.
cdef enum:
    HEAD_INCOMPLETE = 0
    HEAD_COMPLETE = 1

cdef int scan_head(const char* data, Py_ssize_t length, HeadScan* scan, Limits limits) noexcept


cdef class Head:
    cdef Field* fields
    cdef int count
    cdef int capacity
    cdef list kept              # objects whose memory fields, target or reason point into
    # request line
    cdef const char* method
    cdef int method_length
    cdef const char* target
    cdef int target_length
    # status line
    cdef int status
    cdef const char* reason     # NULL: the standard phrase
    cdef int reason_length
    # what the framing fields say
    cdef int minor              # HTTP/1.minor
    cdef long long content_length   # -1: none given
    cdef bint chunked
    cdef bint close             # Connection: close, or HTTP/1.0 without keep-alive
    cdef bint expect_continue
    cdef int host_index         # of the Host field, -1: none

    cdef void clear(self) noexcept
    cdef int parse_request(self, bytes data, Py_ssize_t start, Py_ssize_t end, Limits limits) except -1
    cdef int parse_response(self, bytes data, Py_ssize_t start, Py_ssize_t end, Limits limits) except -1
    cdef int _parse_fields(self, const char* cursor, const char* end, Limits limits, bint request) except -1
    cdef int _read_connection(self, const char* value, int length, bint* keep_alive, bint* nominates) except -1

    cdef int find(self, const char* name, int length, int start) noexcept
    cdef Field* append(self, const char* name, int name_length, const char* value, int value_length,
                       int kind) except NULL
    cdef void keep(self, object memory)
    cdef int remove(self, const char* name, int length) noexcept
    cdef void remove_nominated(self) noexcept
    cdef int save(self, Buffer* into) except -1
    cdef void restore(self, const Buffer* saved) noexcept
    cdef void set_status(self, int status, bytes reason)

    cdef int put_fields(self, Buffer* buffer, bint request) except -1
    cdef int put_status_line(self, Buffer* buffer) except -1
