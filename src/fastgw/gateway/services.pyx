"""What every connection of a worker shares: configuration, time limits, pools, scratch memory."""

from email.utils import formatdate

from cpython.mem cimport PyMem_Free
from libc.string cimport memset

from fastgw._http cimport Buffer, Limits
from fastgw._route cimport Router
from fastgw.gateway.deadlines cimport DeadlineQueue, monotonic

from fastgw.gateway.redirects import Redirects

cdef enum:
    # Distinct forward timeouts; beyond, they are rounded up to whole seconds (expressions can make any).
    TIMEOUTS_KEPT_APART = 256
    # Seconds for the bytes that a caller still sends after its last answer.
    LINGER_SECONDS = 2
    # Seconds without a byte of an answer's body (spec/resilience.md section 4).
    STALL_SECONDS = 300


cdef class Services:
    """One per worker. `install` is how a configuration reaches the data plane."""

    def __cinit__(self):
        memset(&self.out, 0, sizeof(Buffer))
        memset(&self.saved, 0, sizeof(Buffer))

    def __dealloc__(self):
        PyMem_Free(self.out.data)
        PyMem_Free(self.saved.data)

    def __init__(self, loop, pools, fabric_calls):
        self.loop = loop
        self.pools = pools
        self.fabric_calls = fabric_calls
        self.redirects = Redirects()
        self.limits = Limits()
        self.linger = DeadlineQueue(loop, LINGER_SECONDS)
        self.stall = DeadlineQueue(loop, STALL_SECONDS)
        self._by_milliseconds = {}

    def install(self, snapshot):
        """Serve this configuration from the next request on; requests under way end on the one they began with."""
        timeouts = snapshot.client_timeouts
        if self.snapshot is None or self.snapshot.client_timeouts != timeouts:
            # Deadlines that are set already stay in the queues they are in.
            self.first_byte = DeadlineQueue(self.loop, timeouts.first_byte)
            self.head = DeadlineQueue(self.loop, timeouts.head)
            self.body = DeadlineQueue(self.loop, timeouts.body)
            self.idle = DeadlineQueue(self.loop, timeouts.idle)
            self.write = DeadlineQueue(self.loop, timeouts.write)
        self.snapshot = snapshot
        self.router = snapshot.router
        self.routes = snapshot.routes
        self.api_routes = snapshot.api_routes
        self.cross_domain = snapshot.cross_domain
        self.forwards = snapshot.forwards_certificates
        self.pools.install(snapshot)
        self.fabric_calls.install(snapshot)
        self.redirects.install(snapshot)

    def drain(self):
        """From now on every answer says that the connection closes."""
        self.draining = True

    cdef DeadlineQueue forward_deadlines(self, long long milliseconds):
        queue = self._by_milliseconds.get(milliseconds)
        if queue is None:
            if len(self._by_milliseconds) >= TIMEOUTS_KEPT_APART:
                milliseconds = (milliseconds + 999) // 1000 * 1000
                queue = self._by_milliseconds.get(milliseconds)
            if queue is None:
                queue = self._by_milliseconds[milliseconds] = DeadlineQueue(self.loop, milliseconds / 1000.0)
        return <DeadlineQueue>queue

    cdef bytes date(self):
        """The Date field's value, renewed once a second."""
        cdef double now = monotonic()
        if now >= self._date_until:
            self._date = formatdate(usegmt=True).encode()
            self._date_until = now + 1.0
        return self._date
