# The state of one request on its way through the gateway: plain data that policies read and change.
#
#   Target     a backend's base URL with what belongs to it
#   Route      an operation, its four programs and its backend
#   LastError  what context.LastError reports
#   Exchange   everything about one request

from fastgw._http cimport Head
from fastgw._program cimport ForwardOptions, Program
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
    cdef readonly dict facts                # the entities that expressions see, by name
    cdef readonly bint computes             # there are expressions in its programs
    cdef readonly tuple preflight           # what answers CORS pre-flights, in order; empty: nothing


cdef class LastError:
    cdef public str source
    cdef public str reason
    cdef public str message
    cdef public str log_message         # what the log says in its place; None: the message itself
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
    cdef public object proxy            # outbound.OutboundProxy for calls to the backend; None: the target's own
    cdef bint host_set                  # set-header gave a Host
    cdef public bytes received_method   # the caller's, once set-method has replaced it; None: it still stands
    cdef public bytes received_host     # the caller's, once set-header has replaced it; None: it still stands
    # who asks, and since when
    cdef public bytes peer              # the address that the connection came from
    cdef public object caller_certificate   # tls.presented.Presented of the connection; None: none
    cdef public long long arrived_at    # when the request came: 100 ns since the year 1; 0: nobody has asked yet
    cdef public dict facts              # what expressions see besides, by name; None: those of the route
    cdef public list traces             # what context.Trace wrote; None: nobody listens
    cdef public object witness          # called with the exchange when its request ends; None: nobody
    cdef public list steps_run          # sites of the steps that ran, in order; None: nobody listens
    # what policies made
    cdef public object context          # what expressions see of this exchange; made once, for all requests
    cdef public list answer_fields      # (name, value) of the answer, whatever it is; value None removes; or None
    cdef public dict variables
    cdef public bytes request_body      # whole, for policies that read it or have set it; None: it streams
    cdef public bint request_has_body
    cdef public bint request_consumed   # an expression took the body away (spec/expressions.md section 10)
    cdef public bint response_consumed
    cdef bint response_gathered         # exchange.body is the backend's own, whole
    cdef bint keeps_response            # the error at hand leaves the backend's answer as it is
    cdef readonly unsigned int turn     # counts the requests of the connection
    cdef int rounds                     # of regions that went round again
    cdef public bytes body              # of a response made here; None: the backend's streams
    cdef public bytes reply_body
    cdef readonly bint replied          # reply is the answer: nothing else runs
    cdef public ForwardOptions forward  # of the forward-request at hand
    cdef public LastError error
    cdef public int error_status        # of the default error response
    cdef public str error_message       # of the default error response; a 500 never shows it
    cdef public tuple error_headers     # ((name, value), ...) of the default error response, bytes
    # where the program stands
    cdef readonly int section
    cdef public int next_step
    cdef readonly int needed                     # the Message whose body the next step uses
    cdef public object waiting_for             # called with the exchange and the gateway's doors, gives an awaitable
    cdef readonly double delay                   # seconds until the next step
    cdef public list regions            # (Region, index of its LEAVE), from the outermost in; None: there was none
    cdef public bint failing            # an error is on its way out of the regions
    cdef str _request_id

    cdef void begin(self) noexcept
    cdef void finish(self) noexcept
    cdef void _leave_regions(self)
    cdef str request_id(self)
    cpdef void set_body(self, int message, bytes body)
    cdef void answer_with_reply(self)
