"""HTTP/1.1 messages as data: heads and header fields; chunked bodies are in `_chunks`.

Bytes in, values out; never any I/O. One strict grammar serves both sides: what
two readers could understand differently (bare LF, obs-fold, a second length,
spaces around a name, control characters) is refused, never repaired
(RFC 9112; design section 11). Any method token is accepted, which is why no
general parser with a fixed table of methods is used here.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE
from cpython.mem cimport PyMem_Free, PyMem_Malloc, PyMem_Realloc
from libc.string cimport memchr, memcpy, memset, strlen

cdef extern from "arpa/inet.h" nogil:
    int inet_pton(int family, const char* text, void* address)

cdef extern from "sys/socket.h" nogil:
    int AF_INET6

cdef enum:
    FIELDS_AT_FIRST = 24
    METHOD_LIMIT = 64
    # Options in Connection: each nominated one is looked for in all fields.
    CONNECTION_LIMIT = 64


# ---------------------------------------------------------------- output buffer

cdef int buffer_reserve(Buffer* buffer, Py_ssize_t extra) except -1:
    """Make room for `extra` more bytes."""
    cdef Py_ssize_t wanted = buffer.size + extra
    cdef Py_ssize_t capacity
    cdef char* data
    if wanted <= buffer.capacity:
        return 0
    capacity = buffer.capacity * 2 if buffer.capacity else 16384
    while capacity < wanted:
        capacity *= 2
    data = <char*>PyMem_Realloc(buffer.data, capacity)
    if data is NULL:
        raise MemoryError
    buffer.data = data
    buffer.capacity = capacity
    return 0


cdef int buffer_put(Buffer* buffer, const char* data, Py_ssize_t length) except -1:
    buffer_reserve(buffer, length)
    memcpy(buffer.data + buffer.size, data, length)
    buffer.size += length
    return 0


cdef int buffer_put_number(Buffer* buffer, long long number) except -1:
    """Decimal digits of a number that is not negative."""
    cdef char digits[24]
    cdef int at = 24
    while True:
        at -= 1
        digits[at] = <char>(48 + number % 10)
        number //= 10
        if number == 0:
            break
    return buffer_put(buffer, digits + at, 24 - at)


cdef int buffer_put_hex(Buffer* buffer, long long number) except -1:
    cdef char digits[24]
    cdef int at = 24
    while True:
        at -= 1
        digits[at] = b"0123456789abcdef"[number & 15]
        number >>= 4
        if number == 0:
            break
    return buffer_put(buffer, digits + at, 24 - at)


# ---------------------------------------------------------------- characters

cdef uint8_t TOKEN[256]      # RFC 9110 section 5.6.2
cdef uint8_t VALUE[256]      # field-vchar, SP and HTAB; obs-text included
cdef uint8_t TARGET[256]     # visible ASCII; what the path may hold is the router's business
cdef uint8_t HOSTNAME[256]   # reg-name without percent-encoding of anything odd
cdef uint8_t LOWER[256]


cdef void fill_tables():
    cdef int i
    for i in range(256):
        LOWER[i] = i + 32 if 65 <= i <= 90 else i
        VALUE[i] = i == 9 or 32 <= i <= 126 or i >= 128
        TARGET[i] = 33 <= i <= 126
        TOKEN[i] = 48 <= i <= 57 or 65 <= i <= 90 or 97 <= i <= 122
        HOSTNAME[i] = TOKEN[i]
    for i in b"!#$%&'*+-.^_`|~":
        TOKEN[i] = 1
    for i in b"-._~!$&'()*+,;=":
        HOSTNAME[i] = 1

fill_tables()


cdef bint same_name(const char* left, const char* right, int length) noexcept:
    """Whether two ASCII names of one length are equal but for case."""
    cdef int i
    for i in range(length):
        if LOWER[<uint8_t>left[i]] != LOWER[<uint8_t>right[i]]:
            return False
    return True


cdef bint is_token(const char* data, Py_ssize_t length) noexcept:
    cdef Py_ssize_t i
    for i in range(length):
        if not TOKEN[<uint8_t>data[i]]:
            return False
    return length > 0


cdef bint is_field_value(const char* data, Py_ssize_t length) noexcept:
    cdef Py_ssize_t i
    for i in range(length):
        if not VALUE[<uint8_t>data[i]]:
            return False
    return True


cdef int header_kind(const char* name, int length) noexcept:
    """The Kind of a field name."""
    if length == 4:
        if same_name(name, "host", 4):
            return Kind.HOST
        if same_name(name, "date", 4):
            return Kind.DATE
    elif length == 2:
        if same_name(name, "te", 2):
            return Kind.TE
    elif length == 6:
        if same_name(name, "expect", 6):
            return Kind.EXPECT
        if same_name(name, "server", 6):
            return Kind.SERVER
    elif length == 7:
        if same_name(name, "upgrade", 7):
            return Kind.UPGRADE
        if same_name(name, "trailer", 7):
            return Kind.TRAILER
    elif length == 10:
        if same_name(name, "connection", 10):
            return Kind.CONNECTION
        if same_name(name, "keep-alive", 10):
            return Kind.KEEP_ALIVE
    elif length == 14:
        if same_name(name, "content-length", 14):
            return Kind.CONTENT_LENGTH
    elif length == 15:
        if same_name(name, "x-forwarded-for", 15):
            return Kind.X_FORWARDED_FOR
    elif length == 16:
        if same_name(name, "proxy-connection", 16):
            return Kind.PROXY_CONNECTION
    elif length == 17:
        if same_name(name, "transfer-encoding", 17):
            return Kind.TRANSFER_ENCODING
    elif length == 18:
        if same_name(name, "proxy-authenticate", 18):
            return Kind.PROXY_AUTHENTICATE
    elif length == 19:
        if same_name(name, "proxy-authorization", 19):
            return Kind.PROXY_AUTHORIZATION
    return Kind.OTHER


# Status codes registered with IANA (RFC 9110 section 15 and its extensions).
cdef dict REASONS = {
    100: b"Continue", 101: b"Switching Protocols", 102: b"Processing", 103: b"Early Hints",
    200: b"OK", 201: b"Created", 202: b"Accepted", 203: b"Non-Authoritative Information",
    204: b"No Content", 205: b"Reset Content", 206: b"Partial Content", 207: b"Multi-Status",
    208: b"Already Reported", 226: b"IM Used",
    300: b"Multiple Choices", 301: b"Moved Permanently", 302: b"Found", 303: b"See Other",
    304: b"Not Modified", 305: b"Use Proxy", 307: b"Temporary Redirect", 308: b"Permanent Redirect",
    400: b"Bad Request", 401: b"Unauthorized", 402: b"Payment Required", 403: b"Forbidden",
    404: b"Not Found", 405: b"Method Not Allowed", 406: b"Not Acceptable",
    407: b"Proxy Authentication Required", 408: b"Request Timeout", 409: b"Conflict", 410: b"Gone",
    411: b"Length Required", 412: b"Precondition Failed", 413: b"Content Too Large",
    414: b"URI Too Long", 415: b"Unsupported Media Type", 416: b"Range Not Satisfiable",
    417: b"Expectation Failed", 421: b"Misdirected Request", 422: b"Unprocessable Content",
    423: b"Locked", 424: b"Failed Dependency", 425: b"Too Early", 426: b"Upgrade Required",
    428: b"Precondition Required", 429: b"Too Many Requests",
    431: b"Request Header Fields Too Large", 451: b"Unavailable For Legal Reasons",
    500: b"Internal Server Error", 501: b"Not Implemented", 502: b"Bad Gateway",
    503: b"Service Unavailable", 504: b"Gateway Timeout", 505: b"HTTP Version Not Supported",
    506: b"Variant Also Negotiates", 507: b"Insufficient Storage", 508: b"Loop Detected",
    510: b"Not Extended", 511: b"Network Authentication Required",
}
cdef const char* REASON_TABLE[600]


cdef void fill_reasons():
    cdef int code
    cdef bytes phrase
    for code in range(600):
        REASON_TABLE[code] = ""
    for code, phrase in REASONS.items():
        REASON_TABLE[code] = PyBytes_AS_STRING(phrase)

fill_reasons()


cdef const char* standard_reason(int status) noexcept:
    """The registered phrase of a status, or an empty string."""
    if 0 <= status < 600:
        return REASON_TABLE[status]
    return b""


# ---------------------------------------------------------------- finding the end of a head

cdef class Limits:
    """Bounds of a head: number of fields, bytes of a line, bytes in all."""

    def __init__(self, int fields=100, int line=8192, int head=32768):
        self.fields = fields
        self.line = line
        self.head = head


cdef int scan_head(const char* data, Py_ssize_t length, HeadScan* scan, Limits limits) noexcept:
    """Go on looking for the empty line that ends a head.

    Returns HEAD_INCOMPLETE, HEAD_COMPLETE (the head ends at scan.position) or the status to refuse
    with. A bare LF is refused here, so that a sender of bare LF is answered and not waited for.
    """
    cdef const char* found
    cdef Py_ssize_t end
    while True:
        found = <const char*>memchr(data + scan.position, 10, length - scan.position)
        if found is NULL:
            scan.position = length
            # A carriage return at the end may be the first half of this line's end.
            if length - scan.line_start > limits.line + (length > 0 and data[length - 1] == 13):
                return 414 if scan.lines == 0 else 431
            if length > limits.head:
                return 431
            return HEAD_INCOMPLETE
        end = found - data
        if end == 0 or data[end - 1] != 13:
            return 400
        if end - 1 - scan.line_start > limits.line:
            return 414 if scan.lines == 0 else 431
        scan.position = end + 1
        if end - 1 == scan.line_start:
            if scan.lines:
                return 431 if end >= limits.head else HEAD_COMPLETE
            # One empty line before a request line is to be ignored (RFC 9112 section 2.2); a second is not.
            if scan.line_start:
                return 400
        else:
            scan.lines += 1
            if scan.lines > limits.fields + 1 or end >= limits.head:
                return 431
        scan.line_start = end + 1


# ---------------------------------------------------------------- heads

cdef class Head:
    """A request or response head: its first line, its fields in order, what its framing says."""

    def __cinit__(self):
        self.capacity = FIELDS_AT_FIRST
        self.fields = <Field*>PyMem_Malloc(self.capacity * sizeof(Field))
        if self.fields is NULL:
            raise MemoryError
        self.kept = []
        self.clear()

    def __dealloc__(self):
        PyMem_Free(self.fields)

    cdef void clear(self) noexcept:
        self.count = 0
        if self.kept:
            self.kept.clear()
        self.method = NULL
        self.method_length = 0
        self.target = NULL
        self.target_length = 0
        self.status = 0
        self.reason = NULL
        self.reason_length = 0
        self.minor = 1
        self.content_length = -1
        self.chunked = False
        self.close = False
        self.expect_continue = False
        self.host_index = -1

    cdef void keep(self, object memory):
        self.kept.append(memory)

    cdef Field* append(self, const char* name, int name_length, const char* value, int value_length,
                       int kind) except NULL:
        cdef Field* field
        cdef Field* grown
        if self.count == self.capacity:
            grown = <Field*>PyMem_Realloc(self.fields, 2 * self.capacity * sizeof(Field))
            if grown is NULL:
                raise MemoryError
            self.fields = grown
            self.capacity *= 2
        field = self.fields + self.count
        self.count += 1
        field.name = name
        field.name_length = name_length
        field.value = value
        field.value_length = value_length
        field.kind = kind
        return field

    cdef int find(self, const char* name, int length, int start) noexcept:
        """Index of the first field of that name from `start` on, or -1."""
        cdef int i
        cdef Field* field
        for i in range(start, self.count):
            field = self.fields + i
            if field.name_length == length and field.kind != Kind.REMOVED and same_name(field.name, name, length):
                return i
        return -1

    cdef int remove(self, const char* name, int length) noexcept:
        """Remove every field of that name; returns how many there were."""
        cdef int removed = 0
        cdef int at = self.find(name, length, 0)
        while at >= 0:
            self.fields[at].kind = Kind.REMOVED
            removed += 1
            at = self.find(name, length, at + 1)
        return removed

    cdef int save(self, Buffer* into) except -1:
        """Copy the fields to `into`, from where `restore` takes them back."""
        into.size = 0
        return buffer_put(into, <const char*>self.fields, self.count * sizeof(Field))

    cdef void restore(self, const Buffer* saved) noexcept:
        """Make the fields what they were when they were saved; what came since is forgotten."""
        self.count = <int>(saved.size // sizeof(Field))
        memcpy(self.fields, saved.data, saved.size)

    cdef void set_status(self, int status, bytes reason):
        """Set the status; `reason` None stands for the standard phrase."""
        self.status = status
        if reason is None:
            self.reason = NULL
            self.reason_length = 0
        else:
            self.keep(reason)
            self.reason = PyBytes_AS_STRING(reason)
            self.reason_length = <int>PyBytes_GET_SIZE(reason)

    cdef void remove_nominated(self) noexcept:
        """Remove the fields that Connection names (RFC 9110 section 7.6.1), framing and Host aside."""
        cdef int i, end, start, at
        cdef Field* field
        cdef int fields = self.count
        for i in range(fields):
            field = self.fields + i
            if field.kind != Kind.CONNECTION:
                continue
            start = 0
            while start < field.value_length:
                end = start
                while end < field.value_length and field.value[end] != 44:
                    end += 1
                at = end
                while start < at and field.value[start] in (32, 9):
                    start += 1
                while at > start and field.value[at - 1] in (32, 9):
                    at -= 1
                if at > start and header_kind(field.value + start, at - start) in (
                        Kind.OTHER, Kind.X_FORWARDED_FOR, Kind.DATE, Kind.SERVER):
                    self.remove(field.value + start, at - start)
                start = end + 1

    # -------------------------------------------------- reading

    cdef int parse_request(self, bytes data, Py_ssize_t start, Py_ssize_t end, Limits limits) except -1:
        """Read a complete request head, data[start:end]; 0, or the status to refuse with.

        After it the caller owes nothing more to the grammar: one Host, one framing, known version.
        """
        cdef const char* base = PyBytes_AS_STRING(data)
        cdef const char* cursor = base + start
        cdef const char* stop = base + end
        cdef const char* line_end
        cdef const char* mark
        cdef int status
        self.clear()
        self.keep(data)
        if cursor[0] == 13:
            if cursor[1] != 10:
                return 400
            cursor += 2
        line_end = <const char*>memchr(cursor, 13, stop - cursor)
        mark = cursor
        while TOKEN[<uint8_t>cursor[0]]:
            cursor += 1
        if cursor == mark or cursor[0] != 32 or cursor - mark > METHOD_LIMIT:
            return 400
        self.method = mark
        self.method_length = <int>(cursor - mark)
        cursor += 1
        mark = cursor
        while TARGET[<uint8_t>cursor[0]]:
            cursor += 1
        if cursor == mark or cursor[0] != 32:
            return 400
        self.target = mark
        self.target_length = <int>(cursor - mark)
        cursor += 1
        if line_end - cursor != 8 or cursor[0] != 72 or cursor[1] != 84 or cursor[2] != 84 or cursor[3] != 80 \
                or cursor[4] != 47 or not 48 <= cursor[5] <= 57 or cursor[6] != 46 or not 48 <= cursor[7] <= 57:
            return 400
        if cursor[5] != 49 or not 48 <= cursor[7] <= 49:
            return 505
        self.minor = cursor[7] - 48
        if line_end[1] != 10:
            return 400
        status = self._parse_fields(line_end + 2, stop, limits, True)
        if status:
            return status
        if self.host_index < 0 and self.minor == 1:
            return 400
        if self.minor == 0 and self.chunked:
            return 400
        return 0

    cdef int parse_response(self, bytes data, Py_ssize_t start, Py_ssize_t end, Limits limits) except -1:
        """Read a complete response head, data[start:end]; 0, or 502 when it is not HTTP/1.x as RFC 9112 has it."""
        cdef const char* base = PyBytes_AS_STRING(data)
        cdef const char* cursor = base + start
        cdef const char* stop = base + end
        cdef const char* line_end
        self.clear()
        self.keep(data)
        line_end = <const char*>memchr(cursor, 13, stop - cursor)
        if line_end is NULL or line_end[1] != 10 or line_end - cursor < 12:
            return 502
        if cursor[0] != 72 or cursor[1] != 84 or cursor[2] != 84 or cursor[3] != 80 or cursor[4] != 47 \
                or cursor[5] != 49 or cursor[6] != 46 or not 48 <= cursor[7] <= 49 or cursor[8] != 32:
            return 502
        self.minor = cursor[7] - 48
        if not (49 <= cursor[9] <= 57 and 48 <= cursor[10] <= 57 and 48 <= cursor[11] <= 57):
            return 502
        self.status = (cursor[9] - 48) * 100 + (cursor[10] - 48) * 10 + cursor[11] - 48
        cursor += 12
        if cursor != line_end:
            if cursor[0] != 32:
                return 502
            cursor += 1
        if not is_field_value(cursor, line_end - cursor):
            return 502
        self.reason = cursor
        self.reason_length = <int>(line_end - cursor)
        if self._parse_fields(line_end + 2, stop, limits, False):
            return 502
        if self.minor == 0 and self.chunked:
            return 502
        return 0

    cdef int _parse_fields(self, const char* cursor, const char* end, Limits limits, bint request) except -1:
        cdef const char* mark
        cdef const char* value
        cdef const char* value_end
        cdef int name_length, kind, i
        cdef bint keep_alive = False
        cdef bint nominates = False      # Connection names fields besides close and keep-alive
        cdef bint encoded = False
        cdef int tokens = 0
        cdef Field* field
        cdef int status
        while cursor[0] != 13:
            mark = cursor
            while TOKEN[<uint8_t>cursor[0]]:
                cursor += 1
            # A space before the colon, or at the start of the line (obs-fold), ends up here.
            if cursor == mark or cursor[0] != 58:
                return 400
            name_length = <int>(cursor - mark)
            cursor += 1
            while cursor[0] == 32 or cursor[0] == 9:
                cursor += 1
            value = cursor
            while VALUE[<uint8_t>cursor[0]]:
                cursor += 1
            if cursor[0] != 13 or cursor[1] != 10:
                return 400
            value_end = cursor
            while value_end > value and ((value_end - 1)[0] == 32 or (value_end - 1)[0] == 9):
                value_end -= 1
            cursor += 2
            kind = header_kind(mark, name_length)
            field = self.append(mark, name_length, value, <int>(value_end - value), kind)
            if kind == Kind.OTHER:
                continue
            if kind == Kind.CONTENT_LENGTH:
                # A second one is refused even when equal: somebody upstream might take the other.
                if self.content_length >= 0 or not 0 < field.value_length <= 18:
                    return 400
                self.content_length = 0
                for i in range(field.value_length):
                    if not 48 <= value[i] <= 57:
                        return 400
                    self.content_length = self.content_length * 10 + (value[i] - 48)
            elif kind == Kind.TRANSFER_ENCODING:
                if encoded:
                    return 400
                encoded = True
                if field.value_length == 7 and same_name(value, "chunked", 7):
                    self.chunked = True
                else:
                    status = unknown_coding(value, field.value_length)
                    if status:
                        return status
            elif kind == Kind.HOST and request:
                if self.host_index >= 0 or not is_host(value, field.value_length):
                    return 400
                self.host_index = self.count - 1
            elif kind == Kind.CONNECTION:
                tokens += self._read_connection(value, field.value_length, &keep_alive, &nominates)
                if tokens > CONNECTION_LIMIT:
                    return 400
            elif kind == Kind.EXPECT and request:
                if field.value_length == 12 and same_name(value, "100-continue", 12):
                    self.expect_continue = self.minor == 1
                else:
                    return 417
        if cursor + 2 != end:
            return 400
        if encoded and self.content_length >= 0:
            return 400
        if self.minor == 0 and not keep_alive:
            self.close = True
        if nominates:
            # On arrival, so that nobody can take away what a policy sets later.
            self.remove_nominated()
        return 0

    cdef int _read_connection(self, const char* value, int length, bint* keep_alive, bint* nominates) except -1:
        cdef int start = 0
        cdef int tokens = 0
        cdef int end, stop
        while start < length:
            tokens += 1
            end = start
            while end < length and value[end] != 44:
                end += 1
            stop = end
            while start < stop and (value[start] == 32 or value[start] == 9):
                start += 1
            while stop > start and (value[stop - 1] == 32 or value[stop - 1] == 9):
                stop -= 1
            if stop - start == 5 and same_name(value + start, "close", 5):
                self.close = True
            elif stop - start == 10 and same_name(value + start, "keep-alive", 10):
                keep_alive[0] = True
            elif stop > start:
                nominates[0] = True
            start = end + 1
        return tokens

    # -------------------------------------------------- writing

    cdef int put_fields(self, Buffer* buffer, bint request) except -1:
        """Write the end-to-end fields, each on its line.

        Left out: hop-by-hop fields and the length, which the writer frames anew; in a request also
        Expect (answered here) and Host and X-Forwarded-For (written by the caller).
        """
        cdef int i, kind
        cdef Field* field
        cdef char* at
        for i in range(self.count):
            field = self.fields + i
            kind = field.kind
            if kind != Kind.OTHER:
                if kind <= Kind.UPGRADE or kind == Kind.CONTENT_LENGTH:
                    continue
                if request and kind < Kind.DATE:
                    continue
            buffer_reserve(buffer, field.name_length + field.value_length + 4)
            at = buffer.data + buffer.size
            memcpy(at, field.name, field.name_length)
            at += field.name_length
            at[0] = 58
            at[1] = 32
            at += 2
            memcpy(at, field.value, field.value_length)
            at += field.value_length
            at[0] = 13
            at[1] = 10
            buffer.size += field.name_length + field.value_length + 4
        return 0

    cdef int put_status_line(self, Buffer* buffer) except -1:
        cdef const char* reason
        buffer_put(buffer, "HTTP/1.1 ", 9)
        buffer_put_number(buffer, self.status)
        buffer_put(buffer, " ", 1)
        if self.reason is not NULL:
            buffer_put(buffer, self.reason, self.reason_length)
        else:
            reason = standard_reason(self.status)
            buffer_put(buffer, reason, strlen(reason))
        return buffer_put(buffer, "\r\n", 2)

    # -------------------------------------------------- for Python: tests, logs, expressions

    def items(self):
        """The fields in order as (name, value) pairs of bytes."""
        cdef int i
        return [
            (self.fields[i].name[:self.fields[i].name_length], self.fields[i].value[:self.fields[i].value_length])
            for i in range(self.count) if self.fields[i].kind != Kind.REMOVED
        ]


cdef int unknown_coding(const char* value, int length) noexcept:
    """501 for a list of tokens that names a coding we do not know, 400 for anything else."""
    cdef int i
    if length == 0:
        return 400
    for i in range(length):
        if not (TOKEN[<uint8_t>value[i]] or value[i] in (44, 32, 9, 59, 61, 34)):
            return 400
    # chunked applied twice, or not last, is an error of framing rather than an unknown coding.
    if length >= 7 and same_name(value, "chunked", 7) and (length == 7 or not TOKEN[<uint8_t>value[7]]):
        return 400
    return 501


cdef bint is_host(const char* value, int length) noexcept:
    """RFC 9110 section 7.2: a host and an optional port, nothing else."""
    cdef int i = 0
    cdef int port = 0
    cdef int digits = 0
    cdef char address[48]
    cdef char parsed[16]
    if length == 0 or length > 255:
        return False
    if value[0] == 91:
        while i < length and value[i] != 93:
            i += 1
        if i == length or i > 46:
            return False
        memcpy(address, value + 1, i - 1)
        address[i - 1] = 0
        if inet_pton(AF_INET6, address, parsed) != 1:
            return False
        i += 1
    else:
        while i < length and HOSTNAME[<uint8_t>value[i]]:
            i += 1
        if i == 0:
            return False
    if i == length:
        return True
    if value[i] != 58:
        return False
    i += 1
    while i < length:
        if not 48 <= value[i] <= 57 or digits == 5:
            return False
        port = port * 10 + value[i] - 48
        digits += 1
        i += 1
    return port <= 65535


# ---------------------------------------------------------------- a door for Python: the oracle tests use it

def read_head(bytes data, bint request=True, Limits limits=None):
    """Read the head at the start of `data`; for tests and tools, not for the request path.

    Returns None while it is incomplete, an int (the status to refuse with), or a dict of what it says.
    """
    cdef HeadScan scan
    cdef Head head = Head()
    cdef int status
    if limits is None:
        limits = Limits()
    memset(&scan, 0, sizeof(HeadScan))
    status = scan_head(PyBytes_AS_STRING(data), PyBytes_GET_SIZE(data), &scan, limits)
    if status == HEAD_INCOMPLETE:
        return None
    if status != HEAD_COMPLETE:
        return status
    if request:
        status = head.parse_request(data, 0, scan.position, limits)
    else:
        status = head.parse_response(data, 0, scan.position, limits)
    if status:
        return status
    return {
        "method": head.method[:head.method_length] if head.method is not NULL else None,
        "target": head.target[:head.target_length] if head.target is not NULL else None,
        "status": head.status,
        "reason": head.reason[:head.reason_length] if head.reason is not NULL else None,
        "minor": head.minor,
        "fields": head.items(),
        "content_length": head.content_length,
        "chunked": head.chunked,
        "close": head.close,
        "expect_continue": head.expect_continue,
        "size": scan.position,
    }
