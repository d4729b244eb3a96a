# The policy runner.

from fastgw._exchange cimport Exchange
from fastgw._program cimport Program

# What a run ended with.
cdef enum Verdict:
    DONE = 0            # the section ended
    FORWARD_NOW = 1     # call the backend with exchange.forward, then resume
    ANSWERED = 2        # return-response: send exchange.response, nothing else runs
    FAILED = 3          # exchange.error says why; on-error is next

cdef int run(Program program, Exchange exchange) except -1
cdef bytes text_of(object value)
cdef void fail_at(Exchange exchange, Program program, int step, str reason, str message)
cdef void set_field(object head, bytes name, bytes value)
