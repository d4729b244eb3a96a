# Simple conditions of policies, tested without a Python object.
#
#   Source      where a text comes from: a header field, a query parameter, a variable, ...
#   Test        what is asked of it
#   Condition   a tree of tests

from fastgw._exchange cimport Exchange

cpdef enum Source:
    HEADER = 0              # of the request: all values joined by commas
    RESPONSE_HEADER = 1
    QUERY = 2               # of the URL that the gateway will call: all values joined by commas
    VARIABLE = 3            # a string
    METHOD = 4
    PATH = 5                # of the URL that the caller asked for

cpdef enum Test:
    ALWAYS = 0
    NEVER = 1
    EQUALS = 2
    EQUALS_IGNORING_CASE = 3
    CONTAINS = 4
    EXISTS = 5              # not null
    HAS_TEXT = 6            # neither null nor empty
    AND = 7
    OR = 8
    NOT = 9
    IS_TRUE = 10            # a variable that is a bool


cdef class Condition:
    cdef readonly int test
    cdef readonly int source
    cdef bytes name                 # of the field, parameter or variable
    cdef str variable
    cdef bytes value                # what the text is compared with
    cdef bytes default              # what stands for a missing text; None: null
    cdef public object general      # the expression as general code, for what is undecided; None: not the root
    cdef Condition left
    cdef Condition right

    cdef int holds(self, Exchange exchange) except -2
    cdef int _text(self, Exchange exchange, const char** data, Py_ssize_t* length) except -2
