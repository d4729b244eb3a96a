"""The phases of a request: inbound, backend, outbound, on-error.

Pure data: it moves an exchange from section to section and says whether to call
the backend or to send the answer. It owns no socket and never waits; spec:
policies/document.md sections 3 to 5.
"""

import orjson

from fastgw.telemetry import log

from fastgw._core cimport Verdict, fail_at, run
from fastgw._exchange cimport Exchange, LastError
from fastgw._http cimport standard_reason
from fastgw._program cimport Program, Section
from fastgw._steps cimport set_field


cdef int begin(Exchange exchange) except -1:
    """Start the inbound section of a request whose operation is known."""
    exchange.section = Section.INBOUND
    exchange.next_step = 0
    return advance(exchange)


cdef int advance(Exchange exchange) except -1:
    cdef int verdict, section
    cdef Program program
    while True:
        section = exchange.section
        if section == Section.INBOUND:
            program = exchange.route.inbound
        elif section == Section.BACKEND:
            program = exchange.route.backend
        elif section == Section.OUTBOUND:
            program = exchange.route.outbound
        else:
            program = exchange.route.on_error
        verdict = run(program, exchange)
        if verdict == Verdict.DONE:
            if section == Section.OUTBOUND or section == Section.ON_ERROR:
                return Next.SEND
            if section == Section.BACKEND and exchange.forward is None:
                # Nothing was forwarded: outbound works on an empty answer, 200 unless a policy said otherwise
                # (spec/policies/routing.md).
                if exchange.response.status == 0:
                    exchange.response.status = 200
                exchange.body = b""
            exchange.section = section + 1
            exchange.next_step = 0
        elif verdict == Verdict.FORWARD_NOW:
            return Next.FORWARD
        elif verdict == Verdict.ANSWERED:
            return Next.SEND
        else:
            error = exchange.error
            log.warning("policy failed", api=exchange.route.api_id, operation=exchange.route.operation_id,
                        policy=error.source, path=error.path, scope=error.scope, section=error.section,
                        reason=error.reason, message=error.message, requestId=exchange.request_id())
            return fail(exchange, exchange.error_status, "")


cdef int response_arrived(Exchange exchange) except -1:
    """Go on after forward-request: exchange.response holds the backend's head."""
    cdef int status = exchange.response.status
    exchange.body = None
    if status >= 400 and exchange.forward.fail_on_error_status_code:
        fail_at(exchange, exchange.route.backend, exchange.next_step - 1, None,
                      f"The backend answered with status code {status}.")
        exchange.section = Section.ON_ERROR
        exchange.next_step = 0
    return advance(exchange)


cdef int fail(Exchange exchange, int status, str message, long long retry_after=0) except -1:
    """Answer with the default error response and run on-error; exchange.error is filled already.

    `retry_after` is in seconds, 0 for none. An error of the on-error section itself ends the pipeline with the
    default 500 (document.md 4.1).
    """
    cdef bint again = exchange.section == Section.ON_ERROR
    error_response(exchange, 500 if again else status, message)
    if retry_after and not again:
        set_field(exchange.response, b"Retry-After", b"%d" % retry_after)
    if again:
        return Next.SEND
    exchange.section = Section.ON_ERROR
    exchange.next_step = 0
    return advance(exchange)


cdef int fail_forward(Exchange exchange, str reason, str message, int status, long long retry_after=0) except -1:
    """The backend gave no answer: `reason` is a LastError reason of document.md section 4.4.

    `retry_after`: after how many seconds it may give one, 0 where nobody knows.
    """
    cdef bytes phrase = standard_reason(status)
    fail_at(exchange, exchange.route.backend, exchange.next_step - 1, reason, message)
    # A failureResponse may have a status that nobody has registered.
    return fail(exchange, status, phrase.decode() or "Service Unavailable", retry_after)


cdef int not_found(Exchange exchange) except -1:
    """No operation matched; the API's on-error runs when at least an API did (spec/gateway.md 1.1)."""
    exchange.error = LastError("configuration", "OperationNotFound",
                               "Unable to match incoming request to an operation.")
    if exchange.route is None:
        error_response(exchange, 404, "Resource not found")
        return Next.SEND
    return fail(exchange, 404, "Resource not found")


cdef void error_response(Exchange exchange, int status, str message):
    """The default error response, byte for byte as document.md section 5 has it.

    Any 500 says the same to the caller; what went wrong is in LastError and the log.
    """
    cdef bytes text
    exchange.response.clear()
    exchange.response.status = status
    set_field(exchange.response, b"Content-Type", b"application/json")
    if status == 500:
        text = b'{ "statusCode": 500, "message": "Internal server error", "activityId": "%b" }' % (
            exchange.request_id().encode(),)
    else:
        text = b'{ "statusCode": %d, "message": %b }' % (status, orjson.dumps(message))
    exchange.body = text
