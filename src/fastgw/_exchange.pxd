# The state of one request on its way through the gateway: plain data that policies read and change.
#
#   Target     a backend's base URL with what belongs to it
#   Route      an operation, its four programs and its backend
#   LastError  what context.LastError reports
#   Exchange   everything about one request

from fastgw._http cimport Head
from fastgw._program cimport Program
from fastgw._route cimport Match


cdef class Target:
    cdef readonly str backend_id        # None: a plain URL
    cdef readonly str scheme
    cdef readonly str host
    cdef readonly int port
    cdef readonly bytes host_header     # ready for the Host field
    cdef readonly bytes base_path       # without the slash at its end
    cdef readonly Program credentials   # steps that add the entity's headers and query; None: nothing
    cdef readonly object certificate    # presented unless a policy says otherwise; None: no certificate
    cdef readonly object connection     # settings of the connection: TLS flags, proxy, limits
    cdef public object balancer         # a Balancer, whose members' targets are called in place of this one; None
    cdef public object fabric           # a Service Fabric service, which has to be resolved first; None
    cdef public object pool             # the gateway's, for `pool_certificate`
    cdef public object pool_certificate


cdef class Route:
    cdef readonly str api_id
    cdef readonly str operation_id
    cdef readonly Program inbound
    cdef readonly Program backend
    cdef readonly Program outbound
    cdef readonly Program on_error
    cdef readonly Target target
    cdef readonly tuple parameters          # names of the template's path parameters, bytes
    cdef readonly tuple query_parameters    # ((parameter name, query name), ...) of the template, bytes


cdef class LastError:
    cdef public str source
    cdef public str reason
    cdef public str message
    cdef public str scope
    cdef public str section
    cdef public str path
    cdef public str policy_id


cdef class Exchange:
    cdef readonly Head request
    cdef readonly Head response
    cdef readonly Head reply
    cdef public object snapshot
    cdef public Route route
    cdef Match match
    cdef int scheme                     # 1 http, 2 https
    # where the request goes
    cdef const char* path               # operation's part of the path, or what rewrite-uri made
    cdef int path_length
    cdef const char* query              # without the question mark
    cdef int query_length
    cdef public Target target
    cdef bint target_by_id
    cdef public object certificate
    cdef bint certificate_set           # by authentication-certificate; also None then counts
    cdef bint host_set                  # set-header gave a Host
    # what policies made
    cdef public dict variables
    cdef public bytes body              # of a response made here; None: the backend's streams
    cdef bytes reply_body
    cdef bint replied
    cdef public object forward          # ForwardOptions at hand
    cdef public LastError error
    cdef int error_status               # of the default error response
    # where the program stands
    cdef int section
    cdef int next_step
    cdef str _request_id

    cdef void begin(self) noexcept
    cdef void finish(self) noexcept
    cdef str request_id(self)
