# A connection from a caller, waiting half: bodies that a policy reads, and what a policy waits for.

from fastgw.gateway.redirecting cimport Redirecting


cdef class Waiting(Redirecting):
    cdef bint collecting_request        # the request's body is being gathered for a policy
    cdef bint body_refused              # the request's body is too large for policies
    cdef bint collecting_response       # and the response's
    cdef bint holding                   # the response's head is there, and policies are not done with it
    cdef list held                      # pieces of its body that came meanwhile
    cdef Py_ssize_t held_size
    cdef bint held_complete
    cdef str held_error                 # the body broke off; None: it has not
    cdef object task                    # what a policy waits for; None: nothing
    cdef object timer                   # the end of a pause

    cdef void hold(self, const char* body, Py_ssize_t length, bint complete)
    cdef void have_body(self)
    cdef void begin_waiting(self)
    cdef void go_on(self, error)
    cdef void pause(self)
    cdef void stop_waiting(self)
    cdef void pass_held(self)
    cdef void _gather_request(self)
    cdef void _refuse_body(self)
    cdef void _gather_response(self)
    cdef void _drop_held(self)
