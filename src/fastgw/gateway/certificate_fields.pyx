"""The header fields that speak of a caller's certificate: taken away from callers, written for backends.

Only where `gateway.forwardClientCertificate` is on. A backend believes these fields because of the gateway, so
nobody else may send them (RFC 9440 section 4).
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE

from fastgw._http cimport Buffer, Field, Head, Kind, buffer_put


cdef bint _is_name(const char* name, int length, const char* wanted, int wanted_length) noexcept:
    """Whether a name is the one that is wanted (lower case) or would become it where `_` and `-` are one, as in
    CGI (RFC 3875 section 4.1.18) and what came after it."""
    cdef int i
    cdef char one
    if length != wanted_length:
        return False
    for i in range(length):
        one = name[i]
        if 0x41 <= one <= 0x5A:
            one |= 0x20
        elif one == 0x5F:
            one = 0x2D
        if one != wanted[i]:
            return False
    return True


cdef bint _speaks_of_certificates(const char* name, int length) noexcept:
    return (_is_name(name, length, b"client-cert", 11) or _is_name(name, length, b"client-cert-chain", 17)
            or _is_name(name, length, b"x-forwarded-client-cert", 23))


cdef void strip_certificate_fields(Head head) noexcept:
    """Remove what a caller says of certificates, in either form."""
    cdef int i
    cdef Field* field
    for i in range(head.count):
        field = head.fields + i
        if field.kind == Kind.OTHER and _speaks_of_certificates(field.name, field.name_length):
            field.kind = Kind.REMOVED


cdef int put_certificate_fields(Buffer* out, Head head, str form, object presented) except -1:
    """Write the fields of a caller's certificate, unless a policy has set one of them itself."""
    cdef bytes lines
    cdef int i
    cdef Field* field
    for i in range(head.count):
        field = head.fields + i
        if field.kind == Kind.OTHER and _speaks_of_certificates(field.name, field.name_length):
            return 0
    lines = presented.forwarded(form)
    return buffer_put(out, PyBytes_AS_STRING(lines), PyBytes_GET_SIZE(lines))
