# What every connection of a worker shares.

from fastgw._http cimport Buffer, Limits
from fastgw._route cimport Router
from fastgw.gateway.deadlines cimport DeadlineQueue


cdef class Services:
    cdef readonly object loop
    # the configuration at hand: the one reference at which it meets the data plane
    cdef readonly object snapshot
    cdef Router router
    cdef list routes                    # Route of each operation
    cdef bytes cross_domain             # the answer to /crossdomain.xml; None: there is no such path
    cdef readonly str forwards          # how backends are told of callers' certificates; None: not at all
    cdef list api_routes                # Route of each API, for what matched none of its operations
    cdef readonly object pools          # gateway.pools.Pools
    cdef readonly object fabric_calls   # gateway.fabric_calls.FabricCalls
    cdef readonly object redirects      # gateway.redirects.Redirects
    cdef public object doors            # what policies that wait may ask of the gateway
    cdef readonly bint draining
    cdef Limits limits
    cdef DeadlineQueue first_byte
    cdef DeadlineQueue head
    cdef DeadlineQueue idle
    cdef DeadlineQueue body
    cdef DeadlineQueue write
    cdef DeadlineQueue linger
    cdef DeadlineQueue stall
    cdef dict _by_milliseconds
    cdef Buffer out                     # the head being written
    cdef Buffer saved                   # fields of the request, while a backend's own take their place
    cdef bytes _date
    cdef double _date_until

    cdef DeadlineQueue forward_deadlines(self, long long milliseconds)
    cdef bytes date(self)
