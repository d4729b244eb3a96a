"""A connection from a caller, sending half: the request goes out on a connection to the backend.

Writes head and body, keeps of the body what may have to be sent again, and withholds it where the backend is
to ask for it first. Which backend that is, and whether the request is sent again, is decided in `calling`.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from libc.string cimport memcmp

from fastgw._core cimport run
from fastgw._exchange cimport Exchange, Target
from fastgw._http cimport Buffer, Field, Head, Kind, buffer_put, buffer_put_hex, buffer_put_number
from fastgw.gateway.answer cimport COPY_LIMIT, Framing
from fastgw.gateway.caller cimport Caller
from fastgw.gateway.certificate_fields cimport put_certificate_fields
from fastgw.gateway.deadlines cimport Timed
from fastgw.gateway.outgoing cimport put_request_head
from fastgw.gateway.pool cimport Pool
from fastgw.gateway.services cimport Services
from fastgw.gateway.upstream cimport Upstream

# What speaks of a body that a redirect takes away (RFC 9110 section 15.4).
cdef tuple CONTENT_FIELDS = (
    b"content-type", b"content-encoding", b"content-language", b"content-location", b"content-disposition",
    b"content-md5", b"content-range", b"digest", b"content-digest", b"repr-digest", b"last-modified", b"expires",
)
# What proves who asks: no business of an origin that nobody has chosen (RFC 9110 section 15.4).
cdef tuple CREDENTIAL_FIELDS = (b"authorization", b"cookie", b"ocp-apim-subscription-key")


cdef class Hop:
    """Where a redirect has led."""

    def __init__(self, int number, Target target, bytes path, bytes query, bytes method, bint abroad):
        self.number = number
        self.target = target
        self.path = path
        self.query = query
        self.method = method
        self.abroad = abroad


cdef class ContinuePatience(Timed):
    """Sends the body to a backend that has not asked for it in time."""

    def __init__(self, Sending sending):
        self.sending = sending

    cdef void expired(self):
        self.sending.send_withheld()

    cdef void break_down(self):
        self.sending.break_down()


cdef class Sending(Caller):
    """The request on its way out."""

    def __init__(self, Services services):
        super().__init__(services)
        self.queued = []
        self.sent = []

    # -------------------------------------------------- the calling half, see Calling

    cdef void all_sent(self):
        """The end of a body has left that came while the call was under way."""

    # -------------------------------------------------- head and body

    cdef void send_request(self):
        """Write the head and what there is of the body, in one write."""
        cdef Exchange exchange = self.exchange
        cdef Head head = exchange.request
        cdef Target target = self.target
        cdef Buffer* out = &self.services.out
        cdef Upstream upstream = self.upstream
        cdef bytes piece
        cdef Field* field
        cdef const char* query = exchange.query
        cdef int query_length = exchange.query_length
        cdef const char* method = head.method
        cdef int method_length = head.method_length
        cdef int host_index = head.host_index
        cdef bint host_set = exchange.host_set
        cdef int i
        cdef bint changed = target.credentials is not None or self.affinity is not None or self.hop is not None
        cdef list pieces = self.queued
        if changed:
            # They are for this member's eyes alone: the next one may be another.
            head.save(&self.services.saved)
            self._dress(target)
        out.size = 0
        if self.hop is not None:
            put_request_head(out, exchange, target, <Pool>self.pool, PyBytes_AS_STRING(self.hop.path),
                             PyBytes_GET_SIZE(self.hop.path))
        elif exchange.path_length > 1:
            put_request_head(out, exchange, target, <Pool>self.pool, exchange.path, exchange.path_length)
        else:
            # Only a target without a path of its own needs the slash.
            put_request_head(out, exchange, target, <Pool>self.pool, "/",
                             1 if PyBytes_GET_SIZE(target.base_path) == 0 else 0)
        buffer_put(out, "X-Forwarded-For: ", 17)
        for i in range(head.count):
            field = head.fields + i
            if field.kind == Kind.X_FORWARDED_FOR and field.value_length:
                buffer_put(out, field.value, field.value_length)
                buffer_put(out, ", ", 2)
        buffer_put(out, PyBytes_AS_STRING(self.peer), PyBytes_GET_SIZE(self.peer))
        buffer_put(out, "\r\n", 2)
        if self.services.forwards is not None and exchange.caller_certificate is not None and not self.abroad():
            put_certificate_fields(out, head, self.services.forwards, exchange.caller_certificate)
        self._put_framing()
        if changed:
            head.restore(&self.services.saved)
            exchange.query = query
            exchange.query_length = query_length
            exchange.host_set = host_set
            head.method = method
            head.method_length = method_length
            head.host_index = host_index
        self.head_sent = True
        if self.withheld:
            upstream.write(PyBytes_FromStringAndSize(out.data, out.size))
            return
        self.queued = []
        self.queued_size = 0
        if self._drops_body():
            for piece in pieces:
                self._remember(piece)
            pieces = []
        if len(pieces) == 1 and PyBytes_GET_SIZE(<bytes>pieces[0]) <= COPY_LIMIT and not self.chunked_out:
            piece = <bytes>pieces[0]
            self._remember(piece)
            buffer_put(out, PyBytes_AS_STRING(piece), PyBytes_GET_SIZE(piece))
            pieces = []
        upstream.write(PyBytes_FromStringAndSize(out.data, out.size))
        for piece in pieces:
            self._write_piece(piece)
        if self.request_complete or self.own_body or self._drops_body():
            self.body_sent = self.own_body or self.request_framing != Framing.NO_BODY
            upstream.request_complete()
        if not self.request_complete and not upstream.write_paused:
            self.resume_reading()

    cdef void _put_framing(self):
        """Write how the body is framed, and the empty line that ends the head."""
        cdef Buffer* out = &self.services.out
        cdef Head head = self.exchange.request
        cdef bint chunked = False
        self.withheld = False
        if self._drops_body():
            buffer_put(out, "\r\n", 2)
            self.chunked_out = False
            return
        if self.continue_ms and self.has_body():
            self.hold_for_continue()
        if self.own_body:
            if self.queued_size or self.exchange.request_has_body:
                buffer_put(out, "Content-Length: ", 16)
                buffer_put_number(out, self.queued_size)
                buffer_put(out, "\r\n", 2)
            buffer_put(out, "\r\n", 2)
        elif self.request_framing != Framing.NO_BODY:
            if self.request_framing == Framing.BY_LENGTH:
                buffer_put(out, "Content-Length: ", 16)
                buffer_put_number(out, head.content_length)
                buffer_put(out, "\r\n\r\n", 4)
            elif self.request_complete:
                buffer_put(out, "Content-Length: ", 16)
                buffer_put_number(out, self.queued_size)
                buffer_put(out, "\r\n\r\n", 4)
            else:
                chunked = True
                buffer_put(out, "Transfer-Encoding: chunked\r\n\r\n", 30)
        elif head.content_length == 0:
            buffer_put(out, "Content-Length: 0\r\n\r\n", 21)
        else:
            buffer_put(out, "\r\n", 2)
        self.chunked_out = chunked

    cdef void _dress(self, Target target):
        """Give the request what the backend's entity adds, and take away what is the gateway's alone."""
        cdef Exchange exchange = self.exchange
        cdef int step = exchange.next_step
        if self.hop is not None:
            self._divert()
        if target.credentials is not None:
            exchange.next_step = 0
            run(target.credentials, exchange)
            exchange.next_step = step
        if self.affinity is not None:
            self.affinity.strip(exchange.request)

    cdef void _divert(self):
        """Make the request the one that a redirect asks for."""
        cdef Exchange exchange = self.exchange
        cdef Head head = exchange.request
        cdef Hop hop = self.hop
        cdef bytes name
        exchange.query = PyBytes_AS_STRING(hop.query)
        exchange.query_length = <int>PyBytes_GET_SIZE(hop.query)
        if hop.method is not None:
            head.method = PyBytes_AS_STRING(hop.method)
            head.method_length = <int>PyBytes_GET_SIZE(hop.method)
            for name in CONTENT_FIELDS:
                head.remove(PyBytes_AS_STRING(name), <int>PyBytes_GET_SIZE(name))
        if hop.abroad:
            exchange.host_set = False
            for name in CREDENTIAL_FIELDS:
                head.remove(PyBytes_AS_STRING(name), <int>PyBytes_GET_SIZE(name))

    cdef bint _drops_body(self) noexcept:
        """Whether a redirect has made the request a GET, without a body."""
        return self.hop is not None and self.hop.method is not None

    cdef bint abroad(self) noexcept:
        """Whether redirects have led away from the origin that the policies have chosen."""
        return self.hop is not None and self.hop.abroad

    cdef bint has_body(self) noexcept:
        """Whether the request to send has a body, or may still turn out to have one."""
        if self.own_body or self.request_complete:
            return self.queued_size > 0
        return self.request_framing != Framing.NO_BODY

    # -------------------------------------------------- the body, piece by piece

    cdef void send_piece(self, bytes piece):
        """A piece of the body that arrives while the call is under way."""
        if self._drops_body():
            # For a further forward-request, which begins anew.
            self._remember(piece)
            return
        self._write_piece(piece)
        if self.request_complete and self.upstream is not None:
            self._write_end()
            self.all_sent()

    cdef void _write_piece(self, bytes piece):
        cdef Py_ssize_t length = PyBytes_GET_SIZE(piece)
        cdef Buffer* out = &self.services.out
        if length == 0:
            return
        self._remember(piece)
        if self.chunked_out:
            out.size = 0
            buffer_put_hex(out, length)
            buffer_put(out, "\r\n", 2)
            self.upstream.write(PyBytes_FromStringAndSize(out.data, out.size))
            self.upstream.write(piece)
            self.upstream.write(b"\r\n")
        else:
            self.upstream.write(piece)

    cdef void _write_end(self):
        if self.chunked_out:
            self.upstream.write(b"0\r\n\r\n")
        self.body_sent = True
        self.upstream.request_complete()

    cdef void _remember(self, bytes piece):
        """Keep what was sent while it is little: a used connection may turn out to be dead."""
        self.body_sent = True
        if not self.replayable or self.own_body:
            return
        self.sent_size += PyBytes_GET_SIZE(piece)
        if self.sent_size > self.keeps:
            self.replayable = False
            self.sent = []
        else:
            self.sent.append(piece)

    cdef void take_own_body(self):
        """Make the body that policies have left the one to send."""
        cdef bytes body = b"" if self.exchange.request_consumed else self.exchange.request_body
        self.queued = [body] if body else []
        self.queued_size = PyBytes_GET_SIZE(body)
        self.sent = []
        self.sent_size = 0

    cdef void rewind(self):
        """Make the body that was sent the body to send."""
        if self.own_body:
            self.take_own_body()
        else:
            self.queued = self.sent + self.queued
            self.queued_size += self.sent_size
            self.sent = []
            self.sent_size = 0

    cdef bint idempotent(self) noexcept:
        """RFC 9110 section 9.2.2, of the method that the request began with, wherever redirects have led."""
        cdef Head head = self.exchange.request
        cdef const char* method = head.method
        cdef int length = head.method_length
        if length == 3:
            return memcmp(method, b"GET", 3) == 0 or memcmp(method, b"PUT", 3) == 0
        if length == 4 or length == 5:
            return memcmp(method, b"HEAD" if length == 4 else b"TRACE", length) == 0
        return (length == 6 and memcmp(method, b"DELETE", 6) == 0) or (
            length == 7 and memcmp(method, b"OPTIONS", 7) == 0)

    # -------------------------------------------------- a body that the backend is to ask for

    cdef void hold_for_continue(self):
        """Have the backend ask for the body before it leaves (RFC 9110 section 10.1.1)."""
        cdef Buffer* out = &self.services.out
        self.withheld = True
        buffer_put(out, "Expect: 100-continue\r\n", 22)
        if self.patience is None:
            self.patience = ContinuePatience(self)
        self.services.forward_deadlines(self.continue_ms).add(self.patience)

    cdef void may_continue(self):
        if self.withheld:
            self.send_withheld()

    cdef void send_withheld(self):
        """The backend asks for the body, or has not said in time that it does not want it."""
        cdef list pieces = self.queued
        cdef bytes piece
        self.keep_back()
        self.withheld = False
        self.queued = []
        self.queued_size = 0
        for piece in pieces:
            self._write_piece(piece)
        if self.request_complete or self.own_body:
            self._write_end()
            return
        if self.continue_due:
            self.continue_due = False
            self._write(b"HTTP/1.1 100 Continue\r\n\r\n")
            self.services.body.add(self)
        if not self.upstream.write_paused:
            self.resume_reading()

    cdef void keep_back(self):
        """The time for 100 Continue ends: what is withheld from now on is not wanted."""
        if self.patience is not None:
            self.patience.no_deadline()

    # -------------------------------------------------- pressure

    cdef void request_paused(self):
        self.pause_reading()

    cdef void request_resumed(self):
        if self.pending is None:
            self.resume_reading()

    cdef void forget_call(self):
        self.own_body = False
        self.buffering = False
        self.withheld = False
        self.continue_ms = 0
        self.hop = None
        self.pool = None
        self.target = None
        self.affinity = None
        self.queued_size = 0
        self.sent_size = 0
        if self.queued:
            self.queued = []
        if self.sent:
            self.sent = []
