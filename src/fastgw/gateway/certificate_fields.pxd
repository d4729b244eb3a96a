# The header fields that speak of a caller's certificate.

from fastgw._http cimport Buffer, Head

cdef void strip_certificate_fields(Head head) noexcept
cdef int put_certificate_fields(Buffer* out, Head head, str form, object presented) except -1
