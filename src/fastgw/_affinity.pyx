"""Session affinity: a cookie that names a member of a backend (spec/resilience.md section 3.1).

The value is a token that only this gateway, or one with the same key, can make: it says nothing to its
bearer, and one that fits no member is as good as none. Backends never see the cookie.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE
from libc.string cimport memchr, memcmp

from fastgw._http cimport Field, Head, Kind


cdef bint next_pair(const char** at, const char* end, Pair* pair) noexcept:
    """Read the pair at `at` and step behind it; False at the end."""
    cdef const char* stop
    cdef const char* equals
    while at[0] < end and (at[0][0] == 32 or at[0][0] == 9 or at[0][0] == 59):
        at[0] += 1
    if at[0] >= end:
        return False
    stop = <const char*>memchr(at[0], 59, end - at[0])
    if stop is NULL:
        stop = end
    pair.text = at[0]
    at[0] = stop
    while stop > pair.text and (stop[-1] == 32 or stop[-1] == 9):
        stop -= 1
    pair.length = <int>(stop - pair.text)
    equals = <const char*>memchr(pair.text, 61, pair.length)
    pair.name_length = -1 if equals is NULL else <int>(equals - pair.text)
    pair.value = equals + 1 if equals is not NULL else stop
    pair.value_length = <int>(stop - pair.value)
    return True


cdef class Affinity:
    """`name` is the cookie's, `tokens` its value for each member, by index; all of one length."""

    def __init__(self, bytes name, tokens):
        self.name = name
        self.tokens = tuple(tokens)

    cdef bint _is_named(self, const Pair* pair) noexcept:
        return pair.name_length == PyBytes_GET_SIZE(self.name) and memcmp(
            pair.text, PyBytes_AS_STRING(self.name), pair.name_length) == 0

    cdef int find(self, Head request):
        """The index of the member that the caller's cookie names, -1 where it names none."""
        cdef int at = request.find("cookie", 6, 0)
        cdef const char* cursor
        cdef Field* field
        cdef Pair pair
        cdef int member
        while at >= 0:
            field = request.fields + at
            cursor = field.value
            while next_pair(&cursor, field.value + field.value_length, &pair):
                if self._is_named(&pair):
                    member = self._member_of(&pair)
                    if member >= 0:
                        return member
            at = request.find("cookie", 6, at + 1)
        return -1

    cdef int _member_of(self, const Pair* pair):
        """Compare with every token, in a time that does not tell how much of one fits."""
        cdef bytes token
        cdef const char* wanted
        cdef unsigned char difference
        cdef int found = -1
        cdef int index = 0
        cdef int i
        for token in self.tokens:
            if pair.value_length == PyBytes_GET_SIZE(token):
                wanted = PyBytes_AS_STRING(token)
                difference = 0
                for i in range(pair.value_length):
                    difference |= <unsigned char>(pair.value[i] ^ wanted[i])
                if difference == 0:
                    found = index
            index += 1
        return found

    cdef int strip(self, Head request) except -1:
        """Take the cookie out of the request's Cookie fields; one that held nothing else goes."""
        cdef int at = request.find("cookie", 6, 0)
        cdef const char* cursor
        cdef Field* field
        cdef Pair pair
        cdef list kept
        cdef bytes line
        cdef bint found
        while at >= 0:
            field = request.fields + at
            cursor = field.value
            found = False
            kept = []
            while next_pair(&cursor, field.value + field.value_length, &pair):
                if self._is_named(&pair):
                    found = True
                else:
                    kept.append(pair.text[:pair.length])
            if found and not kept:
                field.kind = Kind.REMOVED
            elif found:
                line = b"; ".join(kept)
                request.keep(line)
                field.value = PyBytes_AS_STRING(line)
                field.value_length = <int>PyBytes_GET_SIZE(line)
            at = request.find("cookie", 6, at + 1)
        return 0

    cdef int issue(self, Head response, int member, bint secure) except -1:
        """Add the Set-Cookie field that keeps the caller on a member."""
        cdef bytes line = b"%b=%b; Path=/; HttpOnly%b" % (
            self.name, self.tokens[member], b"; Secure" if secure else b"")
        response.keep(line)
        response.append("Set-Cookie", 10, PyBytes_AS_STRING(line), <int>PyBytes_GET_SIZE(line), Kind.OTHER)
        return 0
