"""The head of a request to a backend, the same for what callers ask and for health checks.

Writes what a target and the way to it demand: request line, Host, what a proxy wants to see, and the fields of
the message. Whatever says how the body is framed, or who asked, is the caller's to add.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE

from fastgw._exchange cimport Exchange, Target
from fastgw._http cimport Buffer, Field, Head, buffer_put
from fastgw.gateway.pool cimport Pool


cdef int put_request_head(Buffer* out, Exchange exchange, Target target, Pool pool, const char* path,
                          Py_ssize_t path_length) except -1:
    """Write the head of exchange.request but for the empty line at its end; `path` follows the target's own."""
    cdef Head head = exchange.request
    cdef object dialer = pool.dialer
    cdef bytes piece
    cdef Field* field
    buffer_put(out, head.method, head.method_length)
    buffer_put(out, " ", 1)
    piece = dialer.absolute_prefix
    if piece is not None:
        buffer_put(out, PyBytes_AS_STRING(piece), PyBytes_GET_SIZE(piece))
    buffer_put(out, PyBytes_AS_STRING(target.base_path), PyBytes_GET_SIZE(target.base_path))
    buffer_put(out, path, path_length)
    if exchange.query_length:
        buffer_put(out, "?", 1)
        buffer_put(out, exchange.query, exchange.query_length)
    buffer_put(out, " HTTP/1.1\r\nHost: ", 17)
    if exchange.host_set and head.host_index >= 0:
        field = head.fields + head.host_index
        buffer_put(out, field.value, field.value_length)
    else:
        buffer_put(out, PyBytes_AS_STRING(target.host_header), PyBytes_GET_SIZE(target.host_header))
    buffer_put(out, "\r\n", 2)
    piece = dialer.proxy_authorization
    if piece is not None:
        buffer_put(out, PyBytes_AS_STRING(piece), PyBytes_GET_SIZE(piece))
    head.put_fields(out, True)
    return 0
