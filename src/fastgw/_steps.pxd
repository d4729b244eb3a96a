# The steps of a program: what each does to an exchange.

from fastgw._exchange cimport Exchange
from fastgw._program cimport HeaderStep, QueryStep, RewriteStep, StatusStep

cdef void set_answer_fields(Exchange exchange)
cdef bytes text_of(object value)
cdef void set_field(object head, bytes name, bytes value)
cdef int set_header(HeaderStep step, Exchange exchange) except -1
cpdef bytes method_of(object operand, Exchange exchange)
cdef int set_method(object operand, Exchange exchange) except -1
cdef int set_status(StatusStep step, Exchange exchange) except -1
cdef int set_query(QueryStep step, Exchange exchange) except -1
cdef int rewrite(RewriteStep step, Exchange exchange) except -1
