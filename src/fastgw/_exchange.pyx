"""The state of one request on its way through the gateway.

Plain data: the core's programs read and change it, the gateway moves bytes to
and from it. One Exchange serves one connection, request after request, so that a
request costs no allocation of its own.
"""

import uuid

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE
from libc.string cimport memchr

from fastgw._http cimport Head, Limits
from fastgw._program cimport ForwardOptions, Message, Op, Program


cdef class Target:
    """A backend's base URL with what belongs to it; `connection` is hashable and tells pools apart."""

    def __init__(self, *, str scheme, str host, int port, bytes host_header, bytes base_path, str backend_id=None,
                 Program credentials=None, certificate=None, connection=None):
        self.backend_id = backend_id
        self.scheme = scheme
        self.host = host
        self.port = port
        self.host_header = host_header
        self.base_path = base_path
        self.credentials = credentials
        self.certificate = certificate
        self.connection = connection


cdef bint answers_preflight(step):
    """Whether a step is a cors policy that stands directly in its section (spec/policies/cross-domain.md)."""
    if step.op != Op.DO or not hasattr(step.operands[0], "preflight"):
        return False
    return all([part.startswith("include-fragment[") for part in step.site.path.split("/")[:-1]])


cdef class Route:
    """An operation with its programs; a Route without operation holds what runs when none matched."""

    def __init__(self, str api_id, str operation_id, Program inbound, Program backend, Program outbound,
                 Program on_error, Target target, tuple parameters=(), tuple query_parameters=(), dict facts=None):
        self.api_id = api_id
        self.operation_id = operation_id
        self.inbound = inbound
        self.backend = backend
        self.outbound = outbound
        self.on_error = on_error
        self.target = target
        self.parameters = parameters
        self.query_parameters = query_parameters
        self.facts = facts if facts is not None else {}
        self.preflight = tuple([step.operands[0] for step in inbound.steps if answers_preflight(step)])
        self.computes = inbound.computes or backend.computes or outbound.computes or on_error.computes


cdef class LastError:
    """What context.LastError reports (spec/policies/document.md section 4.2)."""

    def __init__(self, str source, str reason, str message, str scope=None, str section=None, str path=None,
                 str policy_id=None):
        self.source = source
        self.reason = reason
        self.message = message
        self.scope = scope
        self.section = section
        self.path = path
        self.policy_id = policy_id


cdef class Exchange:
    """One request: its messages, its route, where it goes, and what went wrong."""

    def __cinit__(self):
        self.request = Head()
        self.response = Head()
        self.reply = Head()

    cdef void begin(self) noexcept:
        """Forget the last request but keep its memory; the request head is the caller's to fill."""
        self.response.clear()
        self.path = NULL
        self.path_length = 0
        self.query = NULL
        self.query_length = 0
        self.match.parameters = 0
        self.target_by_id = False
        self.certificate_set = False
        self.host_set = False
        self.request_has_body = False
        self.request_consumed = False
        self.response_consumed = False
        self.response_gathered = False
        self.keeps_response = False
        self.rounds = 0
        self.replied = False
        self.error_status = 0
        self.error_message = ""
        self.error_headers = ()
        self.failing = False
        self.section = 0
        self.next_step = 0

    cdef void finish(self) noexcept:
        """Let go of everything that the request held."""
        if self.witness is not None:
            self.witness(self)
        self.turn += 1
        self.request.clear()
        self.response.clear()
        self.reply.clear()
        self.snapshot = None
        self.route = None
        self.target = None
        self.certificate = None
        self.proxy = None
        self.received_method = None
        self.received_host = None
        self.arrived_at = 0
        self.facts = None
        self.traces = None
        self.variables = None
        self.request_body = None
        self.answer_fields = None
        self.body = None
        self.reply_body = None
        self.forward = None
        self.error = None
        self.waiting_for = None
        self._request_id = None
        if self.regions is not None:
            self._leave_regions()

    cdef void _leave_regions(self):
        """Let go of what the regions hold whose end the request never came to."""
        for region, _ in reversed(self.regions):
            region.release()
        self.regions = None

    cpdef void set_body(self, int message, bytes body):
        """Give a message another body; None is an empty one."""
        if body is None:
            body = b""
        if message == Message.REPLY:
            self.reply_body = body
        elif message == Message.REQUEST:
            self.request_body = body
            self.request_has_body = True
            self.request_consumed = False
        else:
            self.body = body
            self.response_consumed = False
            self.response_gathered = False

    cdef void answer_with_reply(self):
        """Make what return-response has built the answer."""
        self.response, self.reply = self.reply, self.response
        self.body = self.reply_body
        self.response_gathered = False
        self.replied = True

    cdef str request_id(self):
        """The GUID of this request, made when first asked for."""
        if self._request_id is None:
            self._request_id = str(uuid.uuid4())
        return self._request_id

    @property
    def id(self):
        """The GUID of this request as text."""
        return self.request_id()

    def read_request(self, bytes head, str scheme="http"):
        """Take a request from the bytes of its head, as if it had come over a connection; for tools.

        Raises ValueError for what a connection would refuse.
        """
        cdef const char* mark
        self.begin()
        if self.request.parse_request(head, 0, PyBytes_GET_SIZE(head), Limits()):
            raise ValueError("the request's head is malformed")
        self.scheme = 2 if scheme == "https" else 1
        self.path = self.request.target
        mark = <const char*>memchr(self.path, 63, self.request.target_length)
        self.path_length = self.request.target_length
        if mark is not NULL:
            self.path_length = <int>(mark - self.path)
            self.query = mark + 1
            self.query_length = self.request.target_length - self.path_length - 1

    def read_response(self, bytes head):
        """Take a response from the bytes of its head, as if a backend had sent it; for tools.

        Raises ValueError for what a connection would refuse.
        """
        if self.response.parse_response(head, 0, PyBytes_GET_SIZE(head), Limits()):
            raise ValueError("the response's head is malformed")

    def aim(self, Target target, bytes url):
        """Have the request go to `target` with this path and query; for tools."""
        cdef const char* data = PyBytes_AS_STRING(url)
        cdef const char* mark = <const char*>memchr(data, 63, PyBytes_GET_SIZE(url))
        self.request.keep(url)
        self.target = target
        self.path = data
        self.path_length = <int>(mark - data) if mark is not NULL else <int>PyBytes_GET_SIZE(url)
        self.query = mark + 1 if mark is not NULL else NULL
        self.query_length = <int>PyBytes_GET_SIZE(url) - self.path_length - 1 if mark is not NULL else 0
