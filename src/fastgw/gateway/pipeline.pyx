"""The phases of a request: inbound, backend, outbound, on-error.

Pure data: it moves an exchange from section to section and says whether to call
the backend or to send the answer. It owns no socket and never waits; spec:
policies/document.md sections 3 to 5.
"""

import orjson

from fastgw.telemetry import log

from fastgw._core cimport Verdict, run
from fastgw._exchange cimport Exchange, LastError
from fastgw._http cimport standard_reason
from fastgw._regions cimport fail_at, failed, rescued
from fastgw._program cimport Program, Section
from fastgw._steps cimport set_field


cdef int begin(Exchange exchange) except -1:
    """Start the inbound section of a request whose operation is known."""
    exchange.section = Section.INBOUND
    exchange.next_step = 0
    return advance(exchange)


cdef Program program_at_hand(Exchange exchange):
    cdef int section = exchange.section
    if section == Section.INBOUND:
        return exchange.route.inbound
    if section == Section.BACKEND:
        return exchange.route.backend
    return exchange.route.outbound if section == Section.OUTBOUND else exchange.route.on_error


cdef int advance(Exchange exchange) except -1:
    """Go on where the exchange stands, until something has to be waited for or the answer is there."""
    cdef int verdict, section
    while True:
        section = exchange.section
        verdict = run(program_at_hand(exchange), exchange)
        if verdict == Verdict.DONE:
            if section == Section.OUTBOUND or section == Section.ON_ERROR:
                return Next.SEND
            if section == Section.BACKEND and exchange.response.status == 0:
                # Nothing was forwarded: outbound works on an empty 200 (spec/policies/document.md section 3).
                exchange.response.status = 200
                exchange.body = b""
                exchange.response_consumed = False
            exchange.section = section + 1
            exchange.next_step = 0
        elif verdict == Verdict.FORWARD_NOW:
            return Next.FORWARD
        elif verdict == Verdict.ANSWERED:
            return Next.SEND
        elif verdict == Verdict.BODY_NEEDED:
            return Next.HAVE_BODY
        elif verdict == Verdict.WAIT_NOW:
            return Next.AWAIT
        elif verdict == Verdict.SLEEP:
            return Next.PAUSE
        else:
            tell_failure(exchange)
            return answer_error(exchange)


cdef void tell_failure(Exchange exchange):
    """Log the error that ends the section, without what the caller sent."""
    cdef LastError error = exchange.error
    cdef str message = error.message if error.log_message is None else error.log_message
    log.warning("policy failed", api=exchange.route.api_id, operation=exchange.route.operation_id,
                policy=error.source, path=error.path, scope=error.scope, section=error.section,
                reason=error.reason, message=message, requestId=exchange.request_id())


cdef int response_arrived(Exchange exchange) except -1:
    """Go on after forward-request: exchange.response holds the backend's head."""
    cdef int status = exchange.response.status
    cdef Program program = program_at_hand(exchange)
    exchange.body = None
    exchange.response_consumed = False
    exchange.response_gathered = False
    if status >= 400 and exchange.forward.fail_on_error_status_code:
        fail_at(exchange, program, exchange.next_step - 1, None,
                f"The backend answered with status code {status}.")
        exchange.keeps_response = True
        if not rescued(exchange):
            exchange.section = Section.ON_ERROR
            exchange.next_step = 0
    return advance(exchange)


cdef int fail_waiting(Exchange exchange, object error) except -1:
    """What a policy has waited for came to nothing."""
    failed(exchange, program_at_hand(exchange), exchange.next_step - 1, error)
    if not exchange.regions:
        tell_failure(exchange)
    return fail(exchange)


cdef int fail(Exchange exchange) except -1:
    """Something went wrong at the step before; exchange.error and its company say what."""
    return advance(exchange) if rescued(exchange) else answer_error(exchange)


cdef int answer_error(Exchange exchange) except -1:
    """Answer with the default error response and run on-error; exchange.error is filled already.

    An error of the on-error section itself ends the pipeline with the default 500 (document.md 4.1).
    """
    cdef bint again = exchange.section == Section.ON_ERROR
    exchange.failing = False
    if again or not exchange.keeps_response:
        error_response(exchange, 500 if again else exchange.error_status, exchange.error_message)
    if again:
        return Next.SEND
    for name, value in exchange.error_headers:
        set_field(exchange.response, name, value)
    exchange.section = Section.ON_ERROR
    exchange.next_step = 0
    return advance(exchange)


cdef int fail_forward(Exchange exchange, str reason, str message, int status, long long retry_after=0) except -1:
    """The backend gave no answer: `reason` is a LastError reason of document.md section 4.4.

    `retry_after`: after how many seconds it may give one, 0 where nobody knows.
    """
    cdef bytes phrase = standard_reason(status)
    fail_at(exchange, program_at_hand(exchange), exchange.next_step - 1, reason, message)
    exchange.error_status = status
    # A failureResponse may have a status that nobody has registered.
    exchange.error_message = phrase.decode() or "Service Unavailable"
    if retry_after:
        exchange.error_headers = ((b"Retry-After", b"%d" % retry_after),)
    exchange.response.clear()
    return fail(exchange)


cdef int not_found(Exchange exchange) except -1:
    """No operation matched; the API's on-error runs when at least an API did (spec/gateway.md 1.1)."""
    exchange.error = LastError("configuration", "OperationNotFound",
                               "Unable to match incoming request to an operation.")
    exchange.error_status = 404
    exchange.error_message = "Resource not found"
    exchange.error_headers = ()
    if exchange.route is None:
        error_response(exchange, 404, exchange.error_message)
        return Next.SEND
    return answer_error(exchange)


cdef void error_response(Exchange exchange, int status, str message):
    """The default error response, byte for byte as document.md section 5 has it.

    Any 500 says the same to the caller; what went wrong is in LastError and the log.
    """
    cdef bytes text
    exchange.response_consumed = False
    exchange.response_gathered = False
    exchange.response.clear()
    exchange.response.status = status
    set_field(exchange.response, b"Content-Type", b"application/json")
    if status == 500:
        text = b'{ "statusCode": 500, "message": "Internal server error", "activityId": "%b" }' % (
            exchange.request_id().encode(),)
    else:
        text = b'{ "statusCode": %d, "message": %b }' % (status, orjson.dumps(message))
    exchange.body = text
