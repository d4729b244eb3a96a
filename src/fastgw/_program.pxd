# The contract between the policy compiler and the core: what a program is made of.
#
#   Op, Message, ExistsAction, Section   the vocabulary
#   Instr                                one prepared step, as the core runs it
#   HeaderStep, ForwardOptions, ...      its operands, made ready once when the program is built
#   Program                              the steps of one section

cpdef enum Op:
    END = 0
    JUMP = 1
    JUMP_UNLESS = 2
    SET_HEADER = 3
    SET_QUERY = 4
    SET_METHOD = 5
    SET_STATUS = 6
    SET_VARIABLE = 7
    REWRITE_URI = 8
    SET_TARGET = 9
    SET_CERTIFICATE = 10
    FORWARD = 11
    BEGIN_REPLY = 12
    SET_BODY = 13
    RETURN = 14
    NEED_BODY = 15      # of a message: have all of it before the next step
    DO = 16             # call something that does not wait; it may answer
    WAIT = 17           # have the gateway await something
    ENTER = 18          # begin a region: what goes wrong in it ends at its LEAVE
    LEAVE = 19          # end it, or go round again
    JUMP_UNLESS_HOLDS = 20  # JUMP_UNLESS whose expression is a Condition; made by Program alone
    NEED = 21           # ask what there is to wait for; mostly nothing

cpdef enum Message:
    REQUEST = 0
    RESPONSE = 1
    REPLY = 2

cpdef enum ExistsAction:
    OVERRIDE = 0
    SKIP = 1
    APPEND = 2
    DELETE = 3

cpdef enum Section:
    INBOUND = 0
    BACKEND = 1
    OUTBOUND = 2
    ON_ERROR = 3


ctypedef struct Instr:
    int op
    int jump            # where JUMP, JUMP_UNLESS and LEAVE go; of ENTER: its LEAVE
    void* operand       # borrowed; Program.prepared owns it


cdef class HeaderStep:
    cdef int message
    cdef int action             # of a literal one
    cdef object chosen          # the compiled expression for the action; None: a literal
    cdef object name            # bytes, or a compiled expression
    cdef int kind               # of a constant name
    cdef bint constant          # name, action and values are all constants
    cdef bint separate          # values go on lines of their own
    cdef tuple values           # bytes or compiled expressions
    cdef tuple lines            # of a constant step: the field values to write


cdef class QueryStep:
    cdef int action             # of a literal one
    cdef object chosen          # the compiled expression for the action; None: a literal
    cdef object name            # bytes, or a compiled expression
    cdef tuple values
    cdef bytes pairs            # of constant name and values: name=value&name=value, encoded


cdef class StatusStep:
    cdef int message
    cdef object code            # int, or a compiled expression
    cdef object reason          # bytes, None, or a compiled expression


cdef class RewriteStep:
    cdef object template        # a tuple of bytes (literal) and str (parameter), or a compiled expression
    cdef bint copy_unmatched


cdef class ForwardOptions:
    cdef readonly object timeout_ms
    cdef readonly bint buffer_request_body
    cdef readonly bint fail_on_error_status_code
    cdef readonly object follow_redirects
    cdef readonly object continue_timeout_ms
    cdef bint computes          # one of them is an expression
    cdef bint plain             # constants, and neither redirects nor 100-continue


cdef class Program:
    cdef readonly int section
    cdef readonly tuple steps
    cdef list prepared
    cdef readonly bint computes     # there is an expression in it
    cdef Instr* code
    cdef int length
    cdef object _prepare(self, int op, tuple operands, Instr* instr)


cdef bytes encode_query(bytes text)
cdef bint goes_on_lines(bytes name) noexcept
