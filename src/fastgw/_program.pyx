"""The contract between the policy compiler and the core: ops, steps, programs.

A program is what one section of one operation runs: a flat list of steps, each
with its operands made ready once, when the configuration is built. Nothing here
runs a step (that is `_core`), and nothing here knows XML.
"""

from collections import namedtuple

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE
from cpython.mem cimport PyMem_Free, PyMem_Malloc

from fastgw._http cimport header_kind, is_field_value, is_token

Site = namedtuple("Site", ("policy", "policy_id", "path", "scope"))
Site.__doc__ = "Where a step stands in its document: what context.LastError reports."

Step = namedtuple("Step", ("op", "operands", "site"))
Step.__doc__ = "One step: its op, its operands and its site."

# Several values of these go on lines of their own; of others they are joined by a comma
# (spec/policies/transformation.md, set-header).
cdef frozenset SEPARATE_LINES = frozenset((
    b"user-agent", b"www-authenticate", b"proxy-authenticate", b"cookie", b"set-cookie", b"warning", b"date",
    b"expires", b"if-modified-since", b"if-unmodified-since", b"last-modified", b"retry-after",
))


cdef bint goes_on_lines(bytes name) noexcept:
    return name.lower() in SEPARATE_LINES


cdef bytes encode_query(bytes text):
    """Percent-encode a query name or value: all but RFC 3986 unreserved characters."""
    cdef bytearray out = bytearray()
    cdef unsigned char byte
    for byte in text:
        if 48 <= byte <= 57 or 65 <= byte <= 90 or 97 <= byte <= 122 or byte in b"-._~":
            out.append(byte)
        else:
            out += b"%%%02X" % byte
    return bytes(out)


cdef class HeaderStep:
    """set-header, its values joined and checked where they are constants."""

    def __init__(self, int message, name, action, tuple values):
        self.message = message
        self.name = name
        self.chosen = action if callable(action) else None
        self.action = ExistsAction.OVERRIDE if callable(action) else action
        self.values = values
        self.constant = self.chosen is None and isinstance(name, bytes) and all(
            isinstance(value, bytes) for value in values)
        if isinstance(name, bytes):
            if not is_token(PyBytes_AS_STRING(name), PyBytes_GET_SIZE(name)):
                raise ValueError("a header name must be a token (RFC 9110 section 5.6.2)")
            self.kind = header_kind(PyBytes_AS_STRING(name), <int>PyBytes_GET_SIZE(name))
            self.separate = goes_on_lines(name)
        for value in values:
            if isinstance(value, bytes):
                if not is_field_value(PyBytes_AS_STRING(<bytes>value), PyBytes_GET_SIZE(<bytes>value)):
                    raise ValueError("a header value must not hold control characters (RFC 9110 section 5.5)")
        if self.constant:
            self.lines = values if self.separate or len(values) < 2 else (b",".join(values),)


cdef class QueryStep:
    """set-query-parameter, encoded where name and values are constants."""

    def __init__(self, name, action, tuple values):
        self.name = name
        self.chosen = action if callable(action) else None
        self.action = ExistsAction.OVERRIDE if callable(action) else action
        self.values = values
        if isinstance(name, bytes) and all(isinstance(value, bytes) for value in values):
            key = encode_query(name)
            self.pairs = b"&".join(key + b"=" + encode_query(value) for value in values)


cdef class StatusStep:
    """set-status."""

    def __init__(self, int message, code, reason):
        self.message = message
        self.code = code
        self.reason = reason


cdef class RewriteStep:
    """rewrite-uri."""

    def __init__(self, template, bint copy_unmatched):
        self.template = template
        self.copy_unmatched = copy_unmatched


cdef class ForwardOptions:
    """The attributes of forward-request (spec/policies/routing.md).

    `timeout_ms` and `follow_redirects` are constants, or compiled expressions that give milliseconds and a
    boolean; so is `continue_timeout_ms`, where 0 stands for no Expect in the request.
    """

    def __init__(self, timeout_ms, bint buffer_request_body=False, bint fail_on_error_status_code=False,
                 follow_redirects=False, continue_timeout_ms=0):
        self.timeout_ms = timeout_ms
        self.buffer_request_body = buffer_request_body
        self.fail_on_error_status_code = fail_on_error_status_code
        self.follow_redirects = follow_redirects
        self.continue_timeout_ms = continue_timeout_ms
        self.computes = callable(timeout_ms) or callable(follow_redirects) or callable(continue_timeout_ms)
        self.plain = not self.computes and not follow_redirects and not continue_timeout_ms


cdef bint is_computed(operand):
    """Whether something is called when the step runs."""
    if isinstance(operand, ForwardOptions):
        return (<ForwardOptions>operand).computes
    if isinstance(operand, tuple):
        return any([is_computed(one) for one in operand])
    return callable(operand)


cdef class Program:
    """The steps of one section, in order; `section` is a Section."""

    def __init__(self, int section, steps):
        cdef int at
        self.section = section
        self.steps = tuple(steps)
        self.length = len(self.steps)
        self.prepared = []
        self.code = <Instr*>PyMem_Malloc((self.length + 1) * sizeof(Instr))
        if self.code is NULL:
            raise MemoryError
        for at, step in enumerate(self.steps):
            self.code[at].op = step.op
            self.code[at].jump = 0
            operand = self._prepare(step.op, step.operands, &self.code[at])
            self.computes = self.computes or is_computed(step.operands)
            self.prepared.append(operand)
            self.code[at].operand = <void*>operand
        self.code[self.length].op = Op.END
        self.code[self.length].jump = 0
        self.code[self.length].operand = NULL

    def __dealloc__(self):
        PyMem_Free(self.code)

    cdef object _prepare(self, int op, tuple operands, Instr* instr):
        if op == Op.SET_HEADER:
            return HeaderStep(*operands)
        if op == Op.SET_QUERY:
            return QueryStep(*operands)
        if op == Op.SET_STATUS:
            return StatusStep(*operands)
        if op == Op.REWRITE_URI:
            return RewriteStep(*operands)
        if op == Op.JUMP or op == Op.JUMP_UNLESS:
            instr.jump = operands[len(operands) - 1]
            # Programs only ever run forwards, regions aside: that is what bounds them.
            if not len(self.prepared) < instr.jump <= self.length:
                raise ValueError(f"step {len(self.prepared)} jumps to {instr.jump}")
            condition = getattr(operands[0], "condition", None)
            if condition is not None:
                instr.op = Op.JUMP_UNLESS_HOLDS
                condition.general = operands[0]
                return condition
            return operands[0]
        if op == Op.ENTER:
            instr.jump = operands[1]
            if not len(self.prepared) < instr.jump < self.length or self.steps[instr.jump].op != Op.LEAVE:
                raise ValueError(f"step {len(self.prepared)} enters a region without an end")
            return operands[0]
        if op == Op.LEAVE:
            instr.jump = operands[0]
            if not 0 < instr.jump <= len(self.prepared) or self.code[instr.jump - 1].op != Op.ENTER:
                raise ValueError(f"step {len(self.prepared)} leaves a region without a beginning")
            return None
        if op in (Op.SET_VARIABLE, Op.SET_TARGET, Op.SET_BODY):
            return operands
        if op in (Op.SET_METHOD, Op.SET_CERTIFICATE, Op.FORWARD, Op.NEED_BODY, Op.DO, Op.WAIT, Op.NEED):
            return operands[0]
        if op == Op.BEGIN_REPLY:
            # What fills the reply instead of an empty 200, where the policy says so.
            return operands[0] if operands else None
        if op == Op.RETURN:
            return None
        raise ValueError(f"unknown op {op}")

    def __len__(self):
        return len(self.steps)
