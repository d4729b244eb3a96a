"""The state of one request on its way through the gateway.

Plain data: the core's programs read and change it, the gateway moves bytes to
and from it. One Exchange serves one connection, request after request, so that a
request costs no allocation of its own.
"""

import uuid

from fastgw._http cimport Head
from fastgw._program cimport Program


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


cdef class Route:
    """An operation with its programs; a Route without operation holds what runs when none matched."""

    def __init__(self, str api_id, str operation_id, Program inbound, Program backend, Program outbound,
                 Program on_error, Target target, tuple parameters=(), tuple query_parameters=()):
        self.api_id = api_id
        self.operation_id = operation_id
        self.inbound = inbound
        self.backend = backend
        self.outbound = outbound
        self.on_error = on_error
        self.target = target
        self.parameters = parameters
        self.query_parameters = query_parameters


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
        self.replied = False
        self.error_status = 0
        self.section = 0
        self.next_step = 0

    cdef void finish(self) noexcept:
        """Let go of everything that the request held."""
        self.request.clear()
        self.response.clear()
        self.reply.clear()
        self.snapshot = None
        self.route = None
        self.target = None
        self.certificate = None
        self.variables = None
        self.body = None
        self.reply_body = None
        self.forward = None
        self.error = None
        self._request_id = None

    cdef str request_id(self):
        """The GUID of this request, made when first asked for."""
        if self._request_id is None:
            self._request_id = str(uuid.uuid4())
        return self._request_id
