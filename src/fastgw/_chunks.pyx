"""Chunked bodies as data: takes the framing of RFC 9112 section 7.1 off, piece by piece.

Bytes in, bytes out; never any I/O. The grammar of extensions and trailers is that of fields in `_http`, for
both sides alike: what two readers could understand differently is refused, never repaired.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from cpython.mem cimport PyMem_Free
from libc.stdint cimport uint8_t, uint64_t
from libc.string cimport memset

from fastgw._http cimport Buffer, buffer_put, is_field_value, is_token

cdef enum:
    CHUNK_SIZE = 0
    CHUNK_EXTENSION = 1
    CHUNK_SIZE_LF = 2
    CHUNK_DATA = 3
    CHUNK_DATA_CR = 4
    CHUNK_DATA_LF = 5
    TRAILER_START = 6
    TRAILER_LINE = 7
    TRAILER_LF = 8
    TRAILER_END_LF = 9

# Extensions and trailers mean nothing to the gateway and are dropped, so little of them is put up with.
cdef enum:
    LINE_LIMIT = 4096
    OVERHEAD_LIMIT = 16384


cdef class ChunkedDecoder:
    """Takes the framing of RFC 9112 section 7.1 off; trailers are checked and dropped."""

    cdef void reset(self) noexcept:
        self.state = CHUNK_SIZE
        self.remaining = 0
        self.digits = 0
        self.line = 0
        self.overhead = 0
        self.complete = False

    cdef Py_ssize_t feed(self, const char* data, Py_ssize_t length, Buffer* out) except -2:
        """Decode into `out`; returns how many bytes were used, or -1 for bad framing.

        Fewer than `length` bytes are used only when the body is complete.
        """
        cdef Py_ssize_t at = 0
        cdef Py_ssize_t piece
        cdef uint8_t byte
        cdef int digit
        while at < length:
            if self.state == CHUNK_DATA:
                piece = length - at
                if <uint64_t>piece > self.remaining:
                    piece = <Py_ssize_t>self.remaining
                buffer_put(out, data + at, piece)
                at += piece
                self.remaining -= piece
                if self.remaining == 0:
                    self.state = CHUNK_DATA_CR
                continue
            byte = <uint8_t>data[at]
            at += 1
            if self.state == CHUNK_SIZE:
                digit = -1
                if 48 <= byte <= 57:
                    digit = byte - 48
                elif 97 <= (byte | 32) <= 102:
                    digit = (byte | 32) - 87
                if digit >= 0:
                    if self.digits == 15:
                        return -1
                    self.digits += 1
                    self.remaining = self.remaining * 16 + digit
                elif self.digits == 0:
                    return -1
                elif byte == 13:
                    self.state = CHUNK_SIZE_LF
                elif byte == 59:
                    self.state = CHUNK_EXTENSION
                    self.line = 0
                else:
                    return -1
            elif self.state == CHUNK_EXTENSION:
                if byte == 13:
                    self.state = CHUNK_SIZE_LF
                else:
                    self.line += 1
                    self.overhead += 1
                    if not is_field_value(data + at - 1, 1) or self.line > LINE_LIMIT or self.overhead > OVERHEAD_LIMIT:
                        return -1
            elif self.state == CHUNK_SIZE_LF:
                if byte != 10:
                    return -1
                self.digits = 0
                self.state = CHUNK_DATA if self.remaining else TRAILER_START
            elif self.state == CHUNK_DATA_CR:
                if byte != 13:
                    return -1
                self.state = CHUNK_DATA_LF
            elif self.state == CHUNK_DATA_LF:
                if byte != 10:
                    return -1
                self.state = CHUNK_SIZE
            elif self.state == TRAILER_START:
                if byte == 13:
                    self.state = TRAILER_END_LF
                else:
                    if not is_token(data + at - 1, 1):
                        return -1
                    self.line = 1
                    self.overhead += 1
                    self.digits = 0       # 1 once the colon of this line was seen
                    self.state = TRAILER_LINE
            elif self.state == TRAILER_LINE:
                if byte == 13:
                    if not self.digits:
                        return -1
                    self.state = TRAILER_LF
                else:
                    if not self.digits:
                        if byte == 58:
                            self.digits = 1
                        elif not is_token(data + at - 1, 1):
                            return -1
                    elif not is_field_value(data + at - 1, 1):
                        return -1
                    self.line += 1
                    self.overhead += 1
                    if self.line > LINE_LIMIT or self.overhead > OVERHEAD_LIMIT:
                        return -1
            elif self.state == TRAILER_LF:
                if byte != 10:
                    return -1
                self.state = TRAILER_START
            else:
                if byte != 10:
                    return -1
                self.complete = True
                return at
        return at


# ---------------------------------------------------------------- a door for Python: the oracle tests use it

def decode_chunked(pieces):
    """Decode a chunked body given in pieces: (body, complete, rest), or None for bad framing."""
    cdef ChunkedDecoder decoder = ChunkedDecoder()
    cdef Buffer out
    cdef bytes piece
    cdef Py_ssize_t used
    memset(&out, 0, sizeof(Buffer))
    decoder.reset()
    rest = b""
    try:
        for piece in pieces:
            if decoder.complete:
                rest += piece
                continue
            used = decoder.feed(PyBytes_AS_STRING(piece), PyBytes_GET_SIZE(piece), &out)
            if used < 0:
                return None
            rest += piece[used:]
        return PyBytes_FromStringAndSize(out.data, out.size), decoder.complete, rest
    finally:
        PyMem_Free(out.data)
