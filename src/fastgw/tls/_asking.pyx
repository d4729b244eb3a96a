"""Asks callers for a certificate in the handshake and takes whatever they show, by way of OpenSSL itself.

Python's `ssl` can ask, but then fails the handshake for a chain that does not verify. Here the functions of the
libssl that `_ssl` has loaded are found at run time and called on what lies behind Python's objects; nothing is
linked, so there is no second OpenSSL. Judges no certificate, and must never be told to work where `check` has
found a difference: Unavailable then says which one, and nothing else of this module may be used.

The pointers are read from the two structs of CPython's Modules/_ssl.c whose beginnings are the same in 3.11 to
3.14: PySSLContext {PyObject_HEAD; SSL_CTX *ctx; ...}, PySSLSocket {PyObject_HEAD; PyObject *Socket; SSL *ssl; ...}.
"""

cimport cython

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from cpython.mem cimport PyMem_RawCalloc
from cpython.object cimport PyObject
from libc.string cimport memcpy
from posix.dlfcn cimport RTLD_LAZY, dlopen, dlsym
from posix.unistd cimport close, pipe, read, write

import _ssl
import os
import ssl

cdef extern from "dlfcn.h" nogil:
    int RTLD_NOLOAD

ctypedef unsigned char byte

MAX_CHAIN = 32768
"""Bytes of the certificates that one caller may send; OpenSSL refuses the handshake beyond."""

cdef enum:
    # Of a caller's intermediates, in its session ticket: the ticket comes back in the caller's first message.
    MOST_IN_TICKET = 8192
    # Sessions of callers without tickets that a worker keeps, each with the chain of its caller.
    MOST_SESSIONS = 1024
    TAG_LENGTH = 16
    NAME_LENGTH = 255
    # openssl/ssl.h
    VERIFY_PEER = 1
    EXTENSION_NAME = 0
    CLIENT_HELLO_SUCCESS = 1
    TICKET_SUCCESS = 5
    TICKET_SUCCESS_RENEW = 6
    RETURN_IGNORE_RENEW = 2
    RETURN_USE = 3
    RETURN_USE_RENEW = 4
    SET_SESSION_CACHE_SIZE = 42
    SET_MAX_CERT_LIST = 51

ctypedef int (*cert_callback)(void* connection, void* argument) noexcept nogil
ctypedef int (*verify_callback)(void* store, void* argument) noexcept nogil
ctypedef int (*hello_callback)(void* connection, int* alert, void* argument) noexcept nogil
ctypedef int (*ticket_callback)(void* connection, void* argument) noexcept nogil
ctypedef int (*ticket_back_callback)(void* connection, void* session, const byte* name, size_t length, int status,
                                     void* argument) noexcept nogil

# The functions of OpenSSL that are used, by their names; `check` fills them.
cdef const char* (*OpenSSL_version)(int) noexcept nogil
cdef unsigned long (*OpenSSL_version_num)() noexcept nogil
cdef const void* (*TLS_server_method)() noexcept nogil
cdef const void* (*TLS_client_method)() noexcept nogil
cdef long (*SSL_CTX_ctrl)(void*, int, long, void*) noexcept nogil
cdef unsigned long long (*SSL_CTX_get_options)(const void*) noexcept nogil
cdef int (*SSL_CTX_get_verify_mode)(const void*) noexcept nogil
cdef void (*SSL_CTX_set_cert_cb)(void*, cert_callback, void*) noexcept nogil
cdef void (*SSL_CTX_set_cert_verify_callback)(void*, verify_callback, void*) noexcept nogil
cdef void (*SSL_CTX_set_client_hello_cb)(void*, hello_callback, void*) noexcept nogil
cdef int (*SSL_CTX_set_session_ticket_cb)(void*, ticket_callback, ticket_back_callback, void*) noexcept nogil
cdef int (*SSL_client_hello_get0_ext)(void*, unsigned int, const byte**, size_t*) noexcept nogil
cdef void* (*SSL_get_SSL_CTX)(const void*) noexcept nogil
cdef void (*SSL_set_verify)(void*, int, void*) noexcept nogil
cdef int (*SSL_set_session_id_context)(void*, const byte*, unsigned int) noexcept nogil
cdef int (*SSL_session_reused)(const void*) noexcept nogil
cdef void* (*SSL_get_session)(const void*) noexcept nogil
cdef int (*SSL_set_session)(void*, void*) noexcept nogil
cdef void* (*SSL_SESSION_dup)(const void*) noexcept nogil
cdef void (*SSL_SESSION_free)(void*) noexcept nogil
cdef const byte* (*SSL_SESSION_get_id)(const void*, unsigned int*) noexcept nogil
cdef int (*SSL_SESSION_has_ticket)(const void*) noexcept nogil
cdef void* (*SSL_get_peer_cert_chain)(const void*) noexcept nogil
cdef void* (*SSL_get1_peer_certificate)(const void*) noexcept nogil
cdef int (*SSL_SESSION_set1_ticket_appdata)(void*, const void*, size_t) noexcept nogil
cdef int (*SSL_SESSION_get0_ticket_appdata)(void*, void**, size_t*) noexcept nogil
cdef void (*X509_STORE_CTX_set_error)(void*, int) noexcept nogil
cdef int (*i2d_X509)(const void*, byte**) noexcept nogil
cdef void (*X509_free)(void*) noexcept nogil
cdef int (*OPENSSL_sk_num)(const void*) noexcept nogil
cdef void* (*OPENSSL_sk_value)(const void*, int) noexcept nogil
cdef byte* (*SHA256)(const byte*, size_t, byte*) noexcept nogil

cdef bint ready = False


class Unavailable(Exception):
    """This Python's OpenSSL cannot be reached; the message says what differs."""


def check():
    """Find the functions and prove, without touching memory that is not there, that the pointers are what they
    should be. To be called once, before anything else here. Raises Unavailable."""
    global ready
    if ready:
        return
    _load()
    _prove_contexts()
    _prove_connections()
    ready = True


# -------------------------------------------------- the functions

cdef void* _library = NULL


cdef void* _function(const char* name) except NULL:
    cdef void* found = dlsym(_library, name)
    if found is NULL:
        raise Unavailable(f"its OpenSSL has no function {name.decode()}")
    return found


cdef int _load() except -1:
    """Find every function in what `_ssl` itself is linked to: the search goes through its own libraries."""
    global _library, OpenSSL_version, OpenSSL_version_num, TLS_server_method, TLS_client_method, SSL_CTX_ctrl
    global SSL_CTX_get_options, SSL_CTX_get_verify_mode, SSL_CTX_set_cert_cb, SSL_CTX_set_cert_verify_callback
    global SSL_CTX_set_client_hello_cb, SSL_CTX_set_session_ticket_cb
    global SSL_client_hello_get0_ext, SSL_get_SSL_CTX, SSL_set_verify, SSL_set_session_id_context
    global SSL_session_reused, SSL_get_session, SSL_get_peer_cert_chain, SSL_get1_peer_certificate
    global SSL_SESSION_set1_ticket_appdata, SSL_SESSION_get0_ticket_appdata, X509_STORE_CTX_set_error, i2d_X509
    global X509_free, OPENSSL_sk_num, OPENSSL_sk_value, SHA256
    global SSL_set_session, SSL_SESSION_dup, SSL_SESSION_free, SSL_SESSION_get_id, SSL_SESSION_has_ticket
    if not ssl.OPENSSL_VERSION.startswith("OpenSSL ") or ssl.OPENSSL_VERSION_INFO < (1, 1, 1):
        raise Unavailable(f"it is built with {ssl.OPENSSL_VERSION}; OpenSSL 1.1.1 or newer is needed")
    path = getattr(_ssl, "__file__", None)
    if path is None:
        # A Python with everything in one program, or in one library.
        _library = dlopen(NULL, RTLD_LAZY)
    else:
        _library = dlopen(os.fsencode(path), RTLD_LAZY | RTLD_NOLOAD)
    if _library is NULL:
        raise Unavailable("its module _ssl is not loaded from a shared library")
    OpenSSL_version = <const char* (*)(int) noexcept nogil>_function(b"OpenSSL_version")
    OpenSSL_version_num = <unsigned long (*)() noexcept nogil>_function(b"OpenSSL_version_num")
    loaded = OpenSSL_version(0).decode("ascii", "replace")
    if loaded != ssl.OPENSSL_VERSION or OpenSSL_version_num() != ssl.OPENSSL_VERSION_NUMBER:
        raise Unavailable(f"it reports {ssl.OPENSSL_VERSION}, but the library that is found is {loaded}")
    TLS_server_method = <const void* (*)() noexcept nogil>_function(b"TLS_server_method")
    TLS_client_method = <const void* (*)() noexcept nogil>_function(b"TLS_client_method")
    SSL_CTX_ctrl = <long (*)(void*, int, long, void*) noexcept nogil>_function(b"SSL_CTX_ctrl")
    SSL_CTX_get_options = <unsigned long long (*)(const void*) noexcept nogil>_function(b"SSL_CTX_get_options")
    SSL_CTX_get_verify_mode = <int (*)(const void*) noexcept nogil>_function(b"SSL_CTX_get_verify_mode")
    SSL_CTX_set_cert_cb = <void (*)(void*, cert_callback, void*) noexcept nogil>_function(b"SSL_CTX_set_cert_cb")
    SSL_CTX_set_cert_verify_callback = <void (*)(void*, verify_callback, void*) noexcept nogil>_function(
        b"SSL_CTX_set_cert_verify_callback")
    SSL_CTX_set_client_hello_cb = <void (*)(void*, hello_callback, void*) noexcept nogil>_function(
        b"SSL_CTX_set_client_hello_cb")
    SSL_CTX_set_session_ticket_cb = <int (*)(
        void*, ticket_callback, ticket_back_callback, void*) noexcept nogil>_function(
            b"SSL_CTX_set_session_ticket_cb")
    SSL_client_hello_get0_ext = <int (*)(void*, unsigned int, const byte**, size_t*) noexcept nogil>_function(
        b"SSL_client_hello_get0_ext")
    SSL_get_SSL_CTX = <void* (*)(const void*) noexcept nogil>_function(b"SSL_get_SSL_CTX")
    SSL_set_verify = <void (*)(void*, int, void*) noexcept nogil>_function(b"SSL_set_verify")
    SSL_set_session_id_context = <int (*)(void*, const byte*, unsigned int) noexcept nogil>_function(
        b"SSL_set_session_id_context")
    SSL_session_reused = <int (*)(const void*) noexcept nogil>_function(b"SSL_session_reused")
    SSL_get_session = <void* (*)(const void*) noexcept nogil>_function(b"SSL_get_session")
    SSL_get_peer_cert_chain = <void* (*)(const void*) noexcept nogil>_function(b"SSL_get_peer_cert_chain")
    # The name before OpenSSL 3.0.
    SSL_get1_peer_certificate = <void* (*)(const void*) noexcept nogil>_function(
        b"SSL_get1_peer_certificate" if ssl.OPENSSL_VERSION_INFO >= (3, 0) else b"SSL_get_peer_certificate")
    SSL_SESSION_set1_ticket_appdata = <int (*)(void*, const void*, size_t) noexcept nogil>_function(
        b"SSL_SESSION_set1_ticket_appdata")
    SSL_SESSION_get0_ticket_appdata = <int (*)(void*, void**, size_t*) noexcept nogil>_function(
        b"SSL_SESSION_get0_ticket_appdata")
    SSL_set_session = <int (*)(void*, void*) noexcept nogil>_function(b"SSL_set_session")
    SSL_SESSION_dup = <void* (*)(const void*) noexcept nogil>_function(b"SSL_SESSION_dup")
    SSL_SESSION_free = <void (*)(void*) noexcept nogil>_function(b"SSL_SESSION_free")
    SSL_SESSION_get_id = <const byte* (*)(const void*, unsigned int*) noexcept nogil>_function(
        b"SSL_SESSION_get_id")
    SSL_SESSION_has_ticket = <int (*)(const void*) noexcept nogil>_function(b"SSL_SESSION_has_ticket")
    X509_STORE_CTX_set_error = <void (*)(void*, int) noexcept nogil>_function(b"X509_STORE_CTX_set_error")
    i2d_X509 = <int (*)(const void*, byte**) noexcept nogil>_function(b"i2d_X509")
    X509_free = <void (*)(void*) noexcept nogil>_function(b"X509_free")
    OPENSSL_sk_num = <int (*)(const void*) noexcept nogil>_function(b"OPENSSL_sk_num")
    OPENSSL_sk_value = <void* (*)(const void*, int) noexcept nogil>_function(b"OPENSSL_sk_value")
    SHA256 = <byte* (*)(const byte*, size_t, byte*) noexcept nogil>_function(b"SHA256")
    return 0


# -------------------------------------------------- the pointers

cdef enum:
    WORDS = 8


cdef void* _word(object instance, int number) noexcept:
    """The word of that number behind the head of a Python object."""
    return (<void**>(<char*><PyObject*>instance + sizeof(PyObject)))[number]


cdef bint _begins_with(void* place, const void* method) except -1:
    """Whether one of the first words at an address is this one. An address that is none is only a no: the kernel
    copies what is there, and says so where nothing is."""
    cdef void* words[WORDS]
    cdef int ends[2]
    cdef bint whole
    cdef int i
    if place is NULL:
        return False
    if pipe(ends):
        raise Unavailable("there is no pipe for its test")
    whole = (write(ends[1], place, sizeof(words)) == sizeof(words)
             and read(ends[0], words, sizeof(words)) == sizeof(words))
    close(ends[0])
    close(ends[1])
    if not whole:
        return False
    for i in range(WORDS):
        if words[i] == <void*>method:
            return True
    return False


cdef int _prove_contexts() except -1:
    """An SSL_CTX holds the table of its method, which libssl has only one of; then options must agree."""
    cdef void* place
    differs = Unavailable("its SSLContext is laid out differently")
    if _ssl._SSLContext.__basicsize__ < <Py_ssize_t>(sizeof(PyObject) + sizeof(void*)):
        raise differs
    for protocol, server in ((ssl.PROTOCOL_TLS_SERVER, True), (ssl.PROTOCOL_TLS_CLIENT, False)):
        context = ssl.SSLContext(protocol)
        context.check_hostname = False
        place = _word(context, 0)
        if not _begins_with(place, TLS_server_method() if server else TLS_client_method()):
            raise differs
        for options in (ssl.OP_ALL, ssl.OP_ALL | ssl.OP_NO_TICKET, ssl.OP_ALL | ssl.OP_NO_COMPRESSION):
            context.options = options
            if SSL_CTX_get_options(place) & 0xFFFFFFFF != <unsigned long long>context.options & 0xFFFFFFFF:
                raise differs
        for mode in (ssl.CERT_NONE, ssl.CERT_OPTIONAL):
            context.verify_mode = mode
            if SSL_CTX_get_verify_mode(place) != int(mode):
                raise differs
    return 0


cdef int _prove_connections() except -1:
    """An SSL holds the table of its method, too; then it must know its context, and follow a change of it."""
    cdef void* place
    differs = Unavailable("its SSLObject is laid out differently")
    if _ssl._SSLSocket.__basicsize__ < <Py_ssize_t>(sizeof(PyObject) + 2 * sizeof(void*)):
        raise differs
    for server in (True, False):
        protocol = ssl.PROTOCOL_TLS_SERVER if server else ssl.PROTOCOL_TLS_CLIENT
        context, other = ssl.SSLContext(protocol), ssl.SSLContext(protocol)
        context.check_hostname = False
        connection = context.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_side=server)
        inner = getattr(connection, "_sslobj", None)
        if type(inner) is not _ssl._SSLSocket:
            raise differs
        place = _word(inner, 1)
        if not _begins_with(place, TLS_server_method() if server else TLS_client_method()):
            raise differs
        if SSL_get_SSL_CTX(place) != _word(context, 0):
            raise differs
        connection.context = other
        if SSL_get_SSL_CTX(place) != _word(other, 0):
            raise differs
    return 0


cdef void* _context(object context) except NULL:
    if not ready or not isinstance(context, _ssl._SSLContext):
        raise Unavailable("check() has not allowed this")
    return _word(context, 0)


cdef void* _connection(object connection) except NULL:
    inner = connection._sslobj
    if not ready or type(inner) is not _ssl._SSLSocket or _word(inner, 1) is NULL:
        raise Unavailable("check() has not allowed this")
    return _word(inner, 1)


# -------------------------------------------------- asking

def ask(context):
    """Have the handshakes that this context serves ask for a certificate, and take any. For a new context."""
    cdef void* place = _context(context)
    SSL_CTX_set_cert_cb(place, _on_certificate_choice, NULL)
    SSL_CTX_set_cert_verify_callback(place, _on_chain, NULL)


cdef int _on_certificate_choice(void* connection, void* argument) noexcept nogil:
    """The host name is known and its context is in place, the first answer is not written yet: ask here."""
    SSL_set_verify(connection, VERIFY_PEER, NULL)
    return 1


cdef int _on_chain(void* store, void* argument) noexcept nogil:
    """Take the chain; that the caller has the key of its first certificate is proved by the handshake."""
    X509_STORE_CTX_set_error(store, 0)
    return 1


def chain(connection):
    """What the caller has shown, DER, its own certificate first, then the others as they came; () for nothing."""
    cdef void* place = _connection(connection)
    cdef void* leaf = SSL_get1_peer_certificate(place)
    cdef void* others
    cdef void* data = NULL
    cdef size_t length = 0
    cdef int i
    if leaf is NULL:
        return ()
    try:
        found = [_der(leaf)]
    finally:
        X509_free(leaf)
    others = SSL_get_peer_cert_chain(place)
    if others is not NULL:
        for i in range(OPENSSL_sk_num(others)):
            found.append(_der(OPENSSL_sk_value(others, i)))
    elif (SSL_session_reused(place)
          and SSL_SESSION_get0_ticket_appdata(SSL_get_session(place), &data, &length) and data is not NULL):
        found.extend(_apart(PyBytes_FromStringAndSize(<char*>data, <Py_ssize_t>length)))
    return tuple(found)


cdef bytes _der(const void* certificate):
    cdef int length = i2d_X509(certificate, NULL)
    cdef bytes der
    cdef byte* at
    if length <= 0:
        raise ValueError("OpenSSL cannot write a certificate that it has read")
    der = PyBytes_FromStringAndSize(NULL, length)
    at = <byte*>PyBytes_AS_STRING(der)
    i2d_X509(certificate, &at)
    return der


cdef list _apart(bytes data):
    """Certificates that stand one behind the other (X.690 section 8.1.3)."""
    cdef list found = []
    cdef Py_ssize_t at = 0, end = len(data), octets, size
    while at + 2 <= end:
        size = data[at + 1]
        octets = 0
        if size >= 0x80:
            octets = size & 0x7F
            if octets > 3 or at + 2 + octets > end:
                break
            size = int.from_bytes(data[at + 2:at + 2 + octets], "big")
        size += 2 + octets
        if at + size > end:
            break
        found.append(data[at:at + size])
        at += size
    return found


# -------------------------------------------------- listeners

cdef struct Tag:
    byte text[TAG_LENGTH]


@cython.final
cdef class Listening:
    """What the context of a listener knows of the host names behind it.

    A session is resumed under the host name that it was made under and no other (RFC 6066 section 3), and only
    while the same names ask for certificates: otherwise one that began where nobody asked would go on as a
    caller without a certificate where somebody does.
    """

    cdef Tag* tag

    def __init__(self, context):
        cdef void* place = _context(context)
        if self.tag is NULL:
            # Never freed: OpenSSL's context may live longer than everything that Python knows of it.
            self.tag = <Tag*>PyMem_RawCalloc(1, sizeof(Tag))
            if self.tag is NULL:
                raise MemoryError
        SSL_CTX_set_client_hello_cb(place, _on_hello, self.tag)
        SSL_CTX_set_session_ticket_cb(place, _on_ticket, _on_ticket_back, NULL)
        SSL_CTX_ctrl(place, SET_MAX_CERT_LIST, MAX_CHAIN, NULL)
        SSL_CTX_ctrl(place, SET_SESSION_CACHE_SIZE, MOST_SESSIONS, NULL)

    def set_tag(self, bytes tag):
        """16 bytes that say which host names ask; sessions of another tag are not resumed."""
        if PyBytes_GET_SIZE(tag) != TAG_LENGTH:
            raise ValueError("a tag has 16 bytes")
        memcpy(self.tag.text, PyBytes_AS_STRING(tag), TAG_LENGTH)


cdef int _on_hello(void* connection, int* alert, void* argument) noexcept nogil:
    """Name the sessions of this connection, before one is looked for: by the tag and the host name."""
    cdef byte text[TAG_LENGTH + NAME_LENGTH]
    cdef byte digest[32]
    cdef const byte* data = NULL
    cdef size_t length = 0
    cdef size_t size = 0
    cdef size_t i
    memcpy(text, (<Tag*>argument).text, TAG_LENGTH)
    # A list of one entry: its length, the type host_name, the length of the name, the name. What is not like that
    # OpenSSL itself refuses, or takes for a hello without a name.
    if SSL_client_hello_get0_ext(connection, EXTENSION_NAME, &data, &length) and length > 5 and data[2] == 0:
        size = (<size_t>data[3] << 8) | data[4]
        if size > NAME_LENGTH or size + 5 > length:
            size = 0
        for i in range(size):
            text[TAG_LENGTH + i] = data[5 + i] | 0x20 if 0x41 <= data[5 + i] <= 0x5A else data[5 + i]
        if size and text[TAG_LENGTH + size - 1] == 0x2E:
            size -= 1
    SHA256(text, TAG_LENGTH + size, digest)
    SSL_set_session_id_context(connection, digest, sizeof(digest))
    return CLIENT_HELLO_SUCCESS


cdef int _on_ticket(void* connection, void* argument) noexcept nogil:
    """Put the intermediates into the ticket: OpenSSL itself keeps the caller's own certificate alone."""
    cdef byte text[MOST_IN_TICKET]
    cdef byte* at = text
    cdef void* others
    cdef int i, size
    cdef int total = 0
    if SSL_session_reused(connection):
        # They are in the session already.
        return 1
    others = SSL_get_peer_cert_chain(connection)
    if others is NULL:
        return 1
    for i in range(OPENSSL_sk_num(others)):
        size = i2d_X509(OPENSSL_sk_value(others, i), NULL)
        if size <= 0 or total + size > MOST_IN_TICKET:
            # Says that the ticket is not to be used; no certificate begins like that.
            text[0] = 0
            total = 1
            break
        total += size
        i2d_X509(OPENSSL_sk_value(others, i), &at)
    if total:
        SSL_SESSION_set1_ticket_appdata(SSL_get_session(connection), text, total)
    return 1


cdef int _on_ticket_back(void* connection, void* session, const byte* name, size_t name_length, int status,
                         void* argument) noexcept nogil:
    """Resume what OpenSSL would, but for sessions whose chain was too long for a ticket."""
    cdef void* data = NULL
    cdef size_t length = 0
    if status != TICKET_SUCCESS and status != TICKET_SUCCESS_RENEW:
        return RETURN_IGNORE_RENEW
    if (SSL_SESSION_get0_ticket_appdata(session, &data, &length) and data is not NULL and length
            and (<byte*>data)[0] == 0):
        return RETURN_IGNORE_RENEW
    return RETURN_USE if status == TICKET_SUCCESS else RETURN_USE_RENEW


# -------------------------------------------------- sessions of our own connections

@cython.final
@cython.no_gc
cdef class Session:
    """A session of a connection to a server, to be resumed by others to the same one.

    In place of `SSLObject.session`, which loses 5 KiB each time that it is read (CPython 3.11 to 3.13 make a copy
    and forget it) and parses the certificate of the server for that.
    """

    cdef void* held

    def __init__(self, connection):
        cdef void* session = SSL_get_session(_connection(connection))
        # A copy, because OpenSSL spoils the session of a connection that ends without a farewell.
        if self.held is NULL and session is not NULL:
            self.held = SSL_SESSION_dup(session)
        if self.held is NULL:
            raise ValueError("the connection has no session")

    def __dealloc__(self):
        if self.held is not NULL:
            SSL_SESSION_free(self.held)

    @property
    def id(self):
        """The session's id; tickets get one that is made for them."""
        cdef unsigned int length = 0
        cdef const byte* text = SSL_SESSION_get_id(self.held, &length)
        return PyBytes_FromStringAndSize(<const char*>text, length)

    @property
    def has_ticket(self):
        """Whether the server has sent a ticket."""
        return SSL_SESSION_has_ticket(self.held) == 1

    def offer(self, connection):
        """Have a new connection, whose handshake has not begun, offer this session."""
        cdef void* place = _connection(connection)
        cdef void* copy = SSL_SESSION_dup(self.held)
        if copy is NULL:
            raise MemoryError
        # Where OpenSSL does not take it, the handshake is a full one.
        SSL_set_session(place, copy)
        SSL_SESSION_free(copy)
