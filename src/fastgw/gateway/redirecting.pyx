"""A connection from a caller, redirecting half: answers that send the request elsewhere are followed.

Only where forward-request says so (follow-redirects). A redirect that cannot be followed is the answer, as it
would be without. Where a Location leads is for `redirects` to say; the call itself is that of `calling`.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE
from libc.string cimport memcmp

from fastgw._balance cimport Balancer
from fastgw._exchange cimport Exchange, Target
from fastgw._http cimport Field, Head
from fastgw.gateway.calling cimport Calling
from fastgw.gateway.deadlines cimport monotonic
from fastgw.gateway.sending cimport Hop
from fastgw.gateway.upstream cimport Upstream

from fastgw.gateway.redirects import NotFollowed
from fastgw.telemetry import log

cdef enum:
    MOST_HOPS = 50                  # as .NET's HttpClientHandler has it (MaxAutomaticRedirections)


cdef class Redirecting(Calling):
    """What becomes of an answer that is a redirect."""

    cdef bint follow(self, bint complete):
        """Whether exchange.response is a redirect, and the request is on its way to where it leads.

        `complete`: nothing of its body is left to come; else its connection is closed.
        """
        cdef Exchange exchange = self.exchange
        cdef Head response = exchange.response
        cdef Upstream upstream = self.upstream
        cdef Hop hop
        cdef Field* field
        cdef int at
        cdef int status = response.status
        if status < 300 or status > 308 or 303 < status < 307:
            return False
        at = response.find("location", 8, 0)
        if at < 0:
            return False
        field = response.fields + at
        try:
            hop, stays = self._next_hop(field.value[:field.value_length])
        except NotFollowed as reason:
            log.info("redirect not followed", backend=self.target.backend_id, status=status, reason=str(reason),
                     requestId=exchange.request_id())
            return False
        self.keep_back()
        self.upstream = None
        if complete:
            # Before the next connection is looked for: it may be this one.
            upstream.done()
        else:
            upstream.abort()
        if not stays:
            self.attempt.judge(status, monotonic(), -1)
            if self.attempt.news is not None:
                self.tell_news()
            self.attempt.release(0.0)
        self.hop = hop
        self.rewind()
        response.clear()
        if stays or self._leave():
            self.target = hop.target
            self.connect()
        return True

    cdef object _next_hop(self, bytes location):
        """Where the request goes now, and whether that is where it is already. Raises NotFollowed."""
        cdef Exchange exchange = self.exchange
        cdef Head head = exchange.request
        cdef Hop hop = self.hop
        cdef Target target = self.target
        cdef int status = exchange.response.status
        cdef int number = 1 if hop is None else hop.number + 1
        cdef bytes method = None if hop is None else hop.method
        cdef bytes path, query
        if number > MOST_HOPS:
            raise NotFollowed(f"there were {MOST_HOPS} redirects already")
        if method is None and (
                status == 303 and not self.head_request and not (
                    head.method_length == 3 and memcmp(head.method, b"GET", 3) == 0)
                or status < 303 and head.method_length == 4 and memcmp(head.method, b"POST", 4) == 0):
            # RFC 9110 section 15.4, as .NET does it: what 303 and, after POST, 300, 301 and 302 lead to is fetched.
            method = b"GET"
        if not self._is_movable(method is not None):
            raise NotFollowed("the body was not kept, so it cannot be sent again")
        if hop is not None:
            path, query = hop.path, hop.query
        else:
            path = target.base_path + exchange.path[:exchange.path_length]
            query = exchange.query[:exchange.query_length] if exchange.query_length else b""
        found, path, query, stays = self.services.redirects.find(target, path, query, location, exchange.snapshot)
        return Hop(number, found, path, query, method, not stays or (hop is not None and hop.abroad)), stays

    cdef bint _is_movable(self, bint rewritten):
        """Whether the request can be sent once more as it has to be."""
        return rewritten or self.own_body or self.replayable

    cdef bint _leave(self):
        """Go to an origin that is not the backend's; False where its breaker does not let the request through."""
        cdef Balancer balancer = <Balancer>self.hop.target.balancer
        self.affinity = None
        if self.fabric is not None:
            self.fabric.cancel()
            self.fabric = None
        self.attempt.begin(balancer)
        return balancer is None or self.chosen(-1)
