# The head of a request to a backend.

from fastgw._exchange cimport Exchange, Target
from fastgw._http cimport Buffer
from fastgw.gateway.pool cimport Pool

cdef int put_request_head(Buffer* out, Exchange exchange, Target target, Pool pool, const char* path,
                          Py_ssize_t path_length) except -1
