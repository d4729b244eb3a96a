"""What goes wrong in a program, and where it goes on: errors of steps, regions that errors end at.

A region is what a policy keeps while its children run (compiler.scopes.Region). Nothing here runs a step.
"""

from fastgw._exchange cimport Exchange, LastError
from fastgw._program cimport Instr, Message, Program

from fastgw.errors import PolicyFailure, own_fault

# Rounds of regions that a request runs without giving way, and the seconds that it gives way for.
cdef int ROUNDS_AT_ONCE = 50
cdef double BREATH = 0.001
# Rounds of one request in all: retries within retries multiply, and each has up to 50.
cdef int MOST_ROUNDS = 10000

cdef tuple SECTION_NAMES = ("inbound", "backend", "outbound", "on-error")


class PartFailed(Exception):  # noqa: N818 - it is no mistake: requests end so every day
    """A part of a program has failed (`run_part`); carries what it put into exchange.error."""

    def __init__(self, Exchange exchange):
        super().__init__(exchange.error.message)
        self.error = exchange.error
        self.answer = exchange.error_status, exchange.error_message, exchange.error_headers


cdef void fail_at(Exchange exchange, Program program, int step, str reason, str message):
    """Fill exchange.error for the step that failed."""
    site = program.steps[step].site
    exchange.error = LastError(site.policy, reason, message, site.scope, SECTION_NAMES[program.section], site.path,
                               site.policy_id)
    exchange.error_status = 500
    exchange.error_message = ""
    exchange.error_headers = ()
    exchange.keeps_response = False


cdef void failed(Exchange exchange, Program program, int step, object error):
    """Fill exchange.error for a step that has raised `error`."""
    if isinstance(error, PolicyFailure):
        fail_at(exchange, program, step, error.reason, error.message)
        exchange.error.log_message = error.log_message
        exchange.error_status = error.status
        exchange.error_message = error.public_message
        exchange.error_headers = error.headers
    elif isinstance(error, PartFailed):
        exchange.error = error.error
        exchange.error_status, exchange.error_message, exchange.error_headers = error.answer
    else:
        # Only expressions and what they gave can fail: constants were checked when the program was built.
        fault = own_fault(error)
        text = str(error) if fault is None else f"Internal error: {type(error).__name__}."
        fail_at(exchange, program, step, "ExpressionValueEvaluationFailure", f"Expression evaluation failed. {text}")
        exchange.error.log_message = fault


cdef bint rescued(Exchange exchange) noexcept:
    """Whether a region is open: then what has failed goes on at its end, where exchange.next_step is now."""
    if not exchange.regions:
        return False
    exchange.failing = True
    exchange.next_step = <int>(<tuple>exchange.regions[len(exchange.regions) - 1])[1]
    return True


cdef bint lacks_body(Exchange exchange, int message) noexcept:
    """Whether a body that a step is about to use has not come yet."""
    if message == Message.REQUEST:
        return exchange.request_has_body and exchange.request_body is None and not exchange.request_consumed
    return exchange.response.status != 0 and exchange.body is None


cdef int leave(Exchange exchange, Instr* instr, int at) except -2:
    """The end of a region: the step to go on with, -1 where an error goes further out."""
    region, _ = exchange.regions.pop()
    delay = None
    try:
        delay = region.again(exchange)
        if delay is not None:
            exchange.rounds += 1
            if exchange.rounds > MOST_ROUNDS:
                delay = None
                raise PolicyFailure("RetryLimitExceeded",
                                    f"The retries of one request go round {MOST_ROUNDS} times at most, all together.")
    finally:
        if delay is None:
            region.release()
    if delay is None:
        return -1 if exchange.failing else at + 1
    exchange.regions.append((region, at))
    exchange.failing = False
    exchange.error = None
    if delay == 0.0 and exchange.rounds % ROUNDS_AT_ONCE == 0:
        # Others have requests too.
        delay = BREATH
    exchange.delay = delay
    return instr.jump
