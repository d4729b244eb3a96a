"""Conditions that compare texts of a request with constants, tested in C on the bytes that came.

`condition="@(context.Request.Headers.GetValueOrDefault("x","") == "y")"` and what is built of such with
&&, || and ! become a Condition. Whatever it cannot decide alone, such as a variable of another type, it
leaves to the general code of the expression. Nothing here keeps anything of an exchange.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from cpython.unicode cimport PyUnicode_AsUTF8AndSize
from libc.string cimport memchr, memcmp, memset

from fastgw._exchange cimport Exchange
from fastgw._http cimport Buffer, Field, Head, buffer_put, same_name

from urllib.parse import unquote_to_bytes

cdef extern from "Python.h":
    Py_UCS4 PyUnicode_MAX_CHAR_VALUE(object text)

# A text that has to be put together: joined or decoded. A worker tests one condition at a time.
cdef Buffer scratch
memset(&scratch, 0, sizeof(Buffer))

# What `_text` and `holds` return besides 0 and 1: only the general code can say.
cdef enum:
    UNDECIDED = -1


cdef class Condition:
    """A tree of tests.

    Texts are given as str of UTF-16 code units. Raises ValueError for one that has no UTF-8.
    """

    def __init__(self, int test, *, int source=0, str name=None, str value=None, str default=None,
                 Condition left=None, Condition right=None):
        self.test = test
        self.source = source
        self.variable = name
        self.name = encoded(name)
        self.value = encoded(value)
        self.default = encoded(default)
        self.left = left
        self.right = right

    def __call__(self, Exchange exchange):
        """True, False, or None where the general code must be asked."""
        cdef int found = self.holds(exchange)
        return None if found == UNDECIDED else found == 1

    cdef int holds(self, Exchange exchange) except -2:
        """1, 0, or UNDECIDED."""
        cdef const char* data = NULL
        cdef Py_ssize_t length = 0
        cdef int found
        if self.test == Test.AND:
            found = self.left.holds(exchange)
            return self.right.holds(exchange) if found == 1 else found
        if self.test == Test.OR:
            found = self.left.holds(exchange)
            return self.right.holds(exchange) if found == 0 else found
        if self.test == Test.NOT:
            found = self.left.holds(exchange)
            return found if found == UNDECIDED else 1 - found
        if self.test == Test.ALWAYS or self.test == Test.NEVER:
            return self.test == Test.ALWAYS
        if self.test == Test.IS_TRUE:
            value = None if exchange.variables is None else exchange.variables.get(self.variable)
            return 1 if value is True else 0 if value is False else UNDECIDED
        found = self._text(exchange, &data, &length)
        if found == UNDECIDED:
            return UNDECIDED
        if found == 0:
            if self.default is None:
                # Null equals nothing; to look into it is an error, which the general code raises.
                return UNDECIDED if self.test == Test.CONTAINS else 0
            data = PyBytes_AS_STRING(self.default)
            length = PyBytes_GET_SIZE(self.default)
        if self.test == Test.EQUALS:
            return length == PyBytes_GET_SIZE(self.value) and memcmp(
                data, PyBytes_AS_STRING(self.value), length) == 0
        if self.test == Test.EQUALS_IGNORING_CASE:
            if not is_plain(data, length):
                return UNDECIDED
            return length == PyBytes_GET_SIZE(self.value) and same_name(
                data, PyBytes_AS_STRING(self.value), <int>length)
        if self.test == Test.CONTAINS:
            return contains(data, length, PyBytes_AS_STRING(self.value), PyBytes_GET_SIZE(self.value))
        return 1 if self.test == Test.EXISTS else length > 0

    cdef int _text(self, Exchange exchange, const char** data, Py_ssize_t* length) except -2:
        """Point at the text: 1, 0 for null, or UNDECIDED."""
        cdef Head head = exchange.request
        if self.source == Source.METHOD:
            data[0] = head.method
            length[0] = head.method_length
            return 1
        if self.source == Source.VARIABLE:
            value = None if exchange.variables is None else exchange.variables.get(self.variable)
            if value is None:
                # A variable that holds null is not a missing one: its default is not taken.
                return UNDECIDED if exchange.variables and self.variable in exchange.variables else 0
            if type(value) is not str or PyUnicode_MAX_CHAR_VALUE(value) > 127:
                return UNDECIDED
            data[0] = PyUnicode_AsUTF8AndSize(value, length)
            return 1
        if self.source == Source.PATH:
            data[0] = head.target
            length[0] = head.target_length
            mark = <const char*>memchr(head.target, 63, head.target_length)
            if mark is not NULL:
                length[0] = mark - head.target
            return 1 if is_ascii(data[0], length[0]) else UNDECIDED
        if self.source == Source.QUERY:
            return query_text(exchange, self.name, data, length)
        if self.source == Source.RESPONSE_HEADER:
            head = exchange.response
            if head.status == 0:
                return UNDECIDED
        return field_text(head, self.name, data, length)


cdef bytes encoded(str text):
    if text is None:
        return None
    try:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le").encode()
    except UnicodeError:
        raise ValueError("the text has no UTF-8") from None


cdef int field_text(Head head, bytes name, const char** data, Py_ssize_t* length) except -2:
    """All values of the fields called `name`, joined by commas."""
    cdef const char* key = PyBytes_AS_STRING(name)
    cdef int key_length = <int>PyBytes_GET_SIZE(name)
    cdef int at = head.find(key, key_length, 0)
    cdef int following
    cdef Field* field
    if at < 0:
        return 0
    field = head.fields + at
    following = head.find(key, key_length, at + 1)
    if following < 0:
        data[0] = field.value
        length[0] = field.value_length
        return 1
    scratch.size = 0
    buffer_put(&scratch, field.value, field.value_length)
    while following >= 0:
        field = head.fields + following
        buffer_put(&scratch, ",", 1)
        buffer_put(&scratch, field.value, field.value_length)
        following = head.find(key, key_length, following + 1)
    data[0] = scratch.data
    length[0] = scratch.size
    return 1


cdef int query_text(Exchange exchange, bytes name, const char** data, Py_ssize_t* length) except -2:
    """All decoded values of a query parameter, joined by commas; UNDECIDED where names differ in case only."""
    cdef const char* query = exchange.query
    cdef int total = exchange.query_length
    cdef const char* key = PyBytes_AS_STRING(name)
    cdef int name_length = <int>PyBytes_GET_SIZE(name)
    cdef int at = 0
    cdef int end, equals
    cdef int seen = 0
    cdef const char* found
    cdef bytes plain
    scratch.size = 0
    while at < total:
        found = <const char*>memchr(query + at, 38, total - at)
        end = <int>(found - query) if found is not NULL else total
        found = <const char*>memchr(query + at, 61, end - at)
        equals = <int>(found - query) if found is not NULL else end
        if equals - at != name_length or memcmp(query + at, key, name_length):
            # A name may be encoded, or written in another case, of which not only ASCII has two.
            if memchr(query + at, 37, equals - at) is not NULL or not is_ascii(query + at, equals - at) or (
                    equals - at == name_length and same_name(query + at, key, name_length)):
                return UNDECIDED
            at = end + 1
            continue
        if end == at:
            # Nothing between two ampersands is no parameter, not even one without a name.
            at = end + 1
            continue
        if seen:
            buffer_put(&scratch, ",", 1)
        seen += 1
        if equals < end:
            if memchr(query + equals + 1, 37, end - equals - 1) is NULL:
                buffer_put(&scratch, query + equals + 1, end - equals - 1)
            else:
                plain = unquote_to_bytes(PyBytes_FromStringAndSize(query + equals + 1, end - equals - 1))
                buffer_put(&scratch, PyBytes_AS_STRING(plain), PyBytes_GET_SIZE(plain))
        at = end + 1
    if seen == 0:
        return 0
    data[0] = scratch.data
    length[0] = scratch.size
    return 1


cdef bint is_ascii(const char* data, Py_ssize_t length) noexcept:
    cdef Py_ssize_t at
    for at in range(length):
        if <unsigned char>data[at] > 127:
            return False
    return True


cdef bint is_plain(const char* data, Py_ssize_t length) noexcept:
    """Whether a text is printable ASCII, where comparing by any culture is comparing characters."""
    cdef Py_ssize_t at
    for at in range(length):
        if not 32 <= <unsigned char>data[at] <= 126:
            return False
    return True


cdef bint contains(const char* data, Py_ssize_t length, const char* part, Py_ssize_t part_length) noexcept:
    cdef const char* found
    cdef const char* end = data + length - part_length + 1
    if part_length == 0:
        return True
    while data < end:
        found = <const char*>memchr(data, part[0], end - data)
        if found is NULL:
            return False
        if memcmp(found, part, part_length) == 0:
            return True
        data = found + 1
    return False
