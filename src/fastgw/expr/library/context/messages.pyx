"""What expressions read of a request or response: its head, as text, straight from the exchange.

Compiled, because half of all expressions look a header up. The classes here know nothing of C#: `views`
gives them their .NET faces. Nothing is copied before somebody asks, and nothing is kept: a policy between
two expressions may have changed the message.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE
from cpython.unicode cimport PyUnicode_DecodeUTF8

from fastgw._exchange cimport Exchange, Target
from fastgw._http cimport Field, Head, Kind, standard_reason

from urllib.parse import unquote_to_bytes

cdef extern from "Python.h":
    Py_UCS4 PyUnicode_MAX_CHAR_VALUE(object text)


cdef str text_of(const char* data, Py_ssize_t length):
    """Bytes of a message as text of UTF-16 code units; bytes that are no UTF-8 survive as lone surrogates."""
    cdef str text = PyUnicode_DecodeUTF8(data, length, "surrogateescape")
    if PyUnicode_MAX_CHAR_VALUE(text) > 0xFFFF:
        return split(text)
    return text


cdef str split(str text):
    """Characters above U+FFFF as pairs of surrogates."""
    cdef list units = []
    cdef Py_UCS4 character
    cdef unsigned int above
    for character in text:
        if character > 0xFFFF:
            above = <unsigned int>character - 0x10000
            units.append(chr(0xD800 + (above >> 10)))
            units.append(chr(0xDC00 + (above & 0x3FF)))
        else:
            units.append(character)
    return "".join(units)


cdef str decoded(bytes raw):
    """A percent-encoded text, decoded; a plus sign stays one (spec/expressions.md section 16)."""
    cdef bytes plain = unquote_to_bytes(raw) if b"%" in raw else raw
    return text_of(PyBytes_AS_STRING(plain), PyBytes_GET_SIZE(plain))


cdef class HeadView:
    """The head of the exchange's request or response, or of a response of its own."""

    cdef Exchange exchange
    cdef Head own
    cdef bint is_request

    def __init__(self, Exchange exchange=None, Head own=None, bint is_request=False):
        self.exchange = exchange
        self.own = own
        self.is_request = is_request

    cdef inline Head head(self):
        if self.own is not None:
            return self.own
        return self.exchange.request if self.is_request else self.exchange.response


cdef class FieldsView(HeadView):
    """The header fields of a message, by name in any case; several of one name are joined by a comma."""

    cpdef str joined(self, str name, str default):
        """All values of the fields called `name`, or `default`."""
        cdef Head head = self.head()
        cdef bytes key = name.encode("utf-8", "surrogatepass")
        cdef const char* text = PyBytes_AS_STRING(key)
        cdef int length = <int>PyBytes_GET_SIZE(key)
        cdef int at = head.find(text, length, 0)
        cdef Field* field
        cdef str value
        if at < 0:
            return default
        field = head.fields + at
        value = text_of(field.value, field.value_length)
        at = head.find(text, length, at + 1)
        while at >= 0:
            field = head.fields + at
            value = value + "," + text_of(field.value, field.value_length)
            at = head.find(text, length, at + 1)
        return value

    cpdef list values(self, str name):
        """The values of the fields called `name`, in order; None where there is none."""
        cdef Head head = self.head()
        cdef bytes key = name.encode("utf-8", "surrogatepass")
        cdef const char* text = PyBytes_AS_STRING(key)
        cdef int length = <int>PyBytes_GET_SIZE(key)
        cdef int at = head.find(text, length, 0)
        cdef Field* field
        cdef list found
        if at < 0:
            return None
        found = []
        while at >= 0:
            field = head.fields + at
            found.append(text_of(field.value, field.value_length))
            at = head.find(text, length, at + 1)
        return found

    cpdef bint has(self, str name):
        """Whether there is a field called `name`."""
        cdef bytes key = name.encode("utf-8", "surrogatepass")
        return self.head().find(PyBytes_AS_STRING(key), <int>PyBytes_GET_SIZE(key), 0) >= 0

    cpdef list names(self):
        """The different names, as they came, in order."""
        cdef Head head = self.head()
        cdef dict seen = {}
        cdef Field* field
        cdef str name
        cdef int at
        for at in range(head.count):
            field = head.fields + at
            if field.kind != Kind.REMOVED:
                name = text_of(field.name, field.name_length)
                seen.setdefault(name.lower(), name)
        return list(seen.values())


cdef class RequestView(HeadView):
    """What is read of the request itself."""

    @property
    def method(self):
        """The method as it stands: set-method changes it."""
        cdef Head head = self.head()
        return text_of(head.method, head.method_length)

    cpdef list parameters(self):
        """The template's parameters with their decoded values: (name, value) pairs."""
        cdef Exchange exchange = self.exchange
        cdef list found = []
        cdef bytes name, query_name, raw
        cdef int at = 0
        if exchange.route is None:
            return found
        for name in exchange.route.parameters:
            if at < exchange.match.parameters:
                raw = (exchange.request.target
                       + exchange.match.parameter_start[at])[:exchange.match.parameter_length[at]]
                found.append((name.decode(), decoded(raw)))
            at += 1
        for name, query_name in exchange.route.query_parameters:
            for key, value in query_pairs(received_query(exchange)):
                if key == query_name.decode():
                    found.append((name.decode(), value))
                    break
        return found


cdef class ResponseView(HeadView):
    """What is read of a response itself."""

    @property
    def own_head(self):
        """The head of a response that a policy has fetched; None for the exchange's response."""
        return self.own

    @property
    def status(self):
        """The status code."""
        return self.head().status

    @property
    def reason(self):
        """The reason phrase; the standard one where the message gives none."""
        cdef Head head = self.head()
        cdef bytes phrase
        if head.reason is not NULL and head.reason_length:
            return text_of(head.reason, head.reason_length)
        phrase = standard_reason(head.status)
        return phrase.decode()


# ---------------------------------------------------------------- URLs

cpdef tuple received_url(Exchange exchange):
    """The URL as the caller called it: scheme, host, port, raw path, raw query."""
    cdef Head head = exchange.request
    cdef bytes target = head.target[:head.target_length]
    cdef bytes host = b"localhost"
    cdef Field* field
    if exchange.received_host is not None:
        host = exchange.received_host
    elif head.host_index >= 0:
        field = head.fields + head.host_index
        host = field.value[:field.value_length]
    path, _, query = target.partition(b"?")
    scheme = "https" if exchange.scheme == 2 else "http"
    name, port = split_host(host.decode("latin-1"), 443 if exchange.scheme == 2 else 80)
    return scheme, name, port, path.decode("latin-1"), query.decode("latin-1")


cpdef tuple backend_url(Exchange exchange):
    """The URL that the gateway will call, as policies have made it so far; see `received_url`."""
    cdef Target target = exchange.target
    cdef bytes path, query
    if target is None:
        scheme, host, port, received_path, _ = received_url(exchange)
        query = exchange.query[:exchange.query_length] if exchange.query_length else b""
        return scheme, host, port, received_path, query.decode("latin-1")
    path = target.base_path
    if exchange.path_length > 1 or not path:
        path = path + (exchange.path[:exchange.path_length] if exchange.path_length else b"/")
    query = exchange.query[:exchange.query_length] if exchange.query_length else b""
    return target.scheme, target.host, target.port, path.decode("latin-1"), query.decode("latin-1")


cdef str received_query(Exchange exchange):
    cdef bytes target = exchange.request.target[:exchange.request.target_length]
    return target.partition(b"?")[2].decode("latin-1")


cpdef list query_pairs(str query):
    """The decoded names and values of a raw query, in order."""
    cdef list found = []
    for piece in query.encode("latin-1").split(b"&"):
        if piece:
            name, _, value = piece.partition(b"=")
            found.append((decoded(name), decoded(value)))
    return found


cdef tuple split_host(str host, int default):
    """A Host field as name and port."""
    name, colon, port = host.rpartition(":")
    if colon and port.isdigit() and not name.endswith(":") and (not name.startswith("[") or name.endswith("]")):
        return name, int(port)
    return host, default


# ---------------------------------------------------------------- the context

cdef class ContextView:
    """The object that expressions call `context`, for one exchange; `request` and `variables` are its views."""

    cdef readonly Exchange exchange
    cdef public object request
    cdef public object variables
    cdef object _response

    def __init__(self, Exchange exchange, request, response, variables):
        self.exchange = exchange
        self.request = request
        self.variables = variables
        self._response = response

    @property
    def response(self):
        """The response, or None where there is none yet."""
        return self._response if self.exchange.response.status else None


cdef class VariablesView:
    """The context's variables."""

    cdef readonly Exchange exchange

    def __init__(self, Exchange exchange):
        self.exchange = exchange

    cpdef object get(self, str name):
        """The value of a variable; None where there is none (spec/expressions.md section 16)."""
        if self.exchange.variables is None:
            return None
        return self.exchange.variables.get(name)


# ---------------------------------------------------------------- expressions as the core calls them

cdef class OnExchange:
    """A function of the context as one of the exchange. `make` gives an exchange its context.

    `condition` is the Condition that decides the same in the core, or None; `bodies` are the Messages whose
    bodies have to be whole before it is called, `verdict` whether the caller's certificate has to be judged.
    """

    cdef object function
    cdef object make
    cdef readonly object condition
    cdef readonly tuple bodies
    cdef readonly bint verdict

    def __init__(self, function, make, condition, tuple bodies, bint verdict=False):
        self.function = function
        self.make = make
        self.condition = condition
        self.bodies = bodies
        self.verdict = verdict

    def __call__(self, Exchange exchange):
        context = exchange.context
        if context is None or exchange.arrived_at == 0:
            context = self.make(exchange)
        return self.function(context)
