# The phases of a request, as data: which program runs next, and what an error answers.

from fastgw._exchange cimport Exchange

cdef enum Next:
    SEND = 0            # exchange.response is the answer
    FORWARD = 1         # call exchange.target, then response_arrived or fail_forward
    HAVE_BODY = 2       # have all of the body of the message exchange.needed, then advance
    AWAIT = 3           # await what exchange.waiting_for gives, then advance, or fail_waiting
    PAUSE = 4           # advance after exchange.delay seconds

cdef int begin(Exchange exchange) except -1
cdef int advance(Exchange exchange) except -1
cdef int response_arrived(Exchange exchange) except -1
cdef int fail_waiting(Exchange exchange, object error) except -1
cdef int fail_forward(Exchange exchange, str reason, str message, int status, long long retry_after=*) except -1
cdef int not_found(Exchange exchange) except -1
cdef void error_response(Exchange exchange, int status, str message)
