# What goes wrong in a program, and where it goes on.

from fastgw._exchange cimport Exchange
from fastgw._program cimport Instr, Program

cdef void fail_at(Exchange exchange, Program program, int step, str reason, str message)
cdef void failed(Exchange exchange, Program program, int step, object error)
cdef bint rescued(Exchange exchange) noexcept
cdef bint lacks_body(Exchange exchange, int message) noexcept
cdef int leave(Exchange exchange, Instr* instr, int at) except -2
