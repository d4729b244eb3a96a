"""Answers on a connection: which head leaves, how the body is framed.

Whatever framing the backend chose, the answer's is ours (RFC 9112 section 6). No decision about
requests or backends is made here.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE

from fastgw._exchange cimport Exchange
from fastgw._http cimport Buffer, Head, Kind, buffer_put, buffer_put_hex, buffer_put_number
from fastgw._steps cimport set_answer_fields
from fastgw.gateway.upstream cimport Sink

cdef enum:
    DRAIN_LIMIT = 65536             # unread body that is worth reading to keep the connection


cdef class Answering(Sink):
    """The writing side of a caller's connection."""

    cdef int put_answer_head(self, Py_ssize_t length, bint complete) except -1:
        """Write the answer's head to the scratch buffer: its fields, and framing that is ours.

        `length` bytes of body are there, and `complete` says that they are all of it.
        """
        cdef Exchange exchange = self.exchange
        cdef Head head = exchange.response
        cdef Buffer* out = &self.services.out
        cdef bytes date
        cdef int i
        cdef bint dated = False
        cdef long long announced = -1
        out.size = 0
        head.put_status_line(out)
        head.put_fields(out, False)
        for i in range(head.count):
            if head.fields[i].kind == Kind.DATE:
                dated = True
                break
        if not dated:
            # RFC 9110 section 6.6.1
            date = self.services.date()
            buffer_put(out, "Date: ", 6)
            buffer_put(out, PyBytes_AS_STRING(date), PyBytes_GET_SIZE(date))
            buffer_put(out, "\r\n", 2)
        self.answer_framing = Framing.BY_LENGTH
        self.answer_bodyless = True
        if head.status == 204:
            pass
        elif self.caller_head or head.status == 304:
            # The length that the body would have (RFC 9110 section 8.6); a 304 made here has none to give.
            if exchange.body is None or exchange.response_gathered:
                announced = head.content_length
            elif self.caller_head:
                announced = length
        else:
            self.answer_bodyless = False
            if complete:
                announced = length
            elif head.content_length >= 0:
                announced = head.content_length
            elif exchange.request.minor == 1:
                self.answer_framing = Framing.BY_CHUNKS
                buffer_put(out, "Transfer-Encoding: chunked\r\n", 28)
            else:
                self.answer_framing = Framing.UNTIL_CLOSE
                self.keep_alive = False
        if announced >= 0:
            buffer_put(out, "Content-Length: ", 16)
            buffer_put_number(out, announced)
            buffer_put(out, "\r\n", 2)
        if self.services.draining or (not self.request_complete and not self._worth_draining()):
            self.keep_alive = False
        if not self.keep_alive:
            buffer_put(out, "Connection: close\r\n", 19)
        elif exchange.request.minor == 0:
            buffer_put(out, "Connection: keep-alive\r\n", 24)
        buffer_put(out, "\r\n", 2)
        return 0

    cdef void write_answer(self, const char* body, Py_ssize_t length, bint complete):
        """Write head and the first piece of the body in one write."""
        cdef Buffer* out = &self.services.out
        if self.exchange.answer_fields is not None:
            set_answer_fields(self.exchange)
        self.put_answer_head(length, complete)
        self.answering = True
        if not self.answer_bodyless and length:
            if self.answer_framing == Framing.BY_CHUNKS:
                self.put_chunk(body, length)
            else:
                buffer_put(out, body, length)
        self.flush()

    cdef void write_more(self, bytes data, const char* body, Py_ssize_t length, bint complete):
        """Write more of the body; `data` is set when all of it may be passed on as it is."""
        cdef Buffer* out = &self.services.out
        if self.answer_framing == Framing.BY_CHUNKS:
            out.size = 0
            if length > COPY_LIMIT:
                buffer_put_hex(out, length)
                buffer_put(out, "\r\n", 2)
                self.flush()
                self._write(data if data is not None else PyBytes_FromStringAndSize(body, length))
                out.size = 0
                buffer_put(out, "\r\n", 2)
            elif length:
                self.put_chunk(body, length)
            if complete:
                buffer_put(out, "0\r\n\r\n", 5)
            self.flush()
        elif length:
            self._write(data if data is not None else PyBytes_FromStringAndSize(body, length))

    cdef void put_chunk(self, const char* body, Py_ssize_t length):
        cdef Buffer* out = &self.services.out
        buffer_put_hex(out, length)
        buffer_put(out, "\r\n", 2)
        buffer_put(out, body, length)
        buffer_put(out, "\r\n", 2)

    cdef bint _worth_draining(self):
        """Whether the rest of the request is small and on its way already."""
        return self.request_framing == Framing.BY_LENGTH and self.request_remaining <= DRAIN_LIMIT \
            and not self.continue_due

    cdef void flush(self):
        cdef Buffer* out = &self.services.out
        if self.state != ClientState.GONE and out.size:
            self._write(PyBytes_FromStringAndSize(out.data, out.size))
