"""What the steps of a program do to an exchange: headers, query, method, status, URL.

Each function carries out one step and raises for what an expression gave that cannot stand there; the
runner in `_core` turns that into an error of the policy. No step waits or does I/O.
"""

import re
from urllib.parse import unquote_to_bytes

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from libc.string cimport memchr, memcmp, memset

from fastgw._exchange cimport Exchange, Route
from fastgw._http cimport (
    Buffer, Field, Head, Kind, buffer_put, header_kind, is_field_value, is_token, same_name,
)
from fastgw._program cimport (
    ExistsAction, HeaderStep, Message, QueryStep, RewriteStep, StatusStep, encode_query, goes_on_lines,
)
from fastgw._route cimport is_safe_path, same_decoded

# Scratch of the step at hand; a worker runs one step at a time.
cdef Buffer scratch
memset(&scratch, 0, sizeof(Buffer))


cdef bytes text_of(object value):
    """A value as bytes; None stays None. Booleans print as .NET prints them."""
    if value is None or type(value) is bytes:
        return value
    if type(value) is str:
        return (<str>value).encode("utf-8", "surrogateescape")
    if value is True:
        return b"True"
    if value is False:
        return b"False"
    return str(value).encode("utf-8", "surrogateescape")


cdef Head message_of(Exchange exchange, int message):
    if message == Message.REQUEST:
        return exchange.request
    return exchange.response if message == Message.RESPONSE else exchange.reply


cdef dict ACTIONS = {
    b"override": ExistsAction.OVERRIDE, b"skip": ExistsAction.SKIP, b"append": ExistsAction.APPEND,
    b"delete": ExistsAction.DELETE,
}


cdef int action_of(object chosen, Exchange exchange) except -1:
    """The ExistsAction that an expression names; raises ValueError for any other word."""
    cdef bytes word = text_of(chosen(exchange))
    found = None if word is None else ACTIONS.get(word.strip())
    if found is None:
        raise ValueError("The exists-action must be override, skip, append or delete.")
    return found


# ---------------------------------------------------------------- headers

cdef HeaderStep settled(HeaderStep step, Exchange exchange):
    """A step with its expressions evaluated. Raises ValueError for what cannot stand in a head."""
    cdef HeaderStep made = HeaderStep.__new__(HeaderStep)
    cdef bytes name = text_of(step.name(exchange)) if callable(step.name) else <bytes>step.name
    if name is None or not is_token(PyBytes_AS_STRING(name), PyBytes_GET_SIZE(name)):
        raise ValueError("The header name is not valid.")
    made.message = step.message
    made.name = name
    made.kind = header_kind(PyBytes_AS_STRING(name), <int>PyBytes_GET_SIZE(name))
    made.separate = goes_on_lines(name)
    made.action = step.action if step.chosen is None else action_of(step.chosen, exchange)
    made.lines = () if made.action == ExistsAction.DELETE else dynamic_lines(step, exchange, made.separate)
    return made


cdef int set_header(HeaderStep step, Exchange exchange) except -1:
    cdef Head head = message_of(exchange, step.message)
    cdef int kind
    if not step.constant:
        step = settled(step, exchange)
    kind = step.kind
    # Framing and the connection are the gateway's alone (spec/policies/transformation.md, set-header).
    if 0 < kind <= Kind.UPGRADE or kind == Kind.CONTENT_LENGTH:
        return 0
    if step.message == Message.REQUEST and kind == Kind.EXPECT:
        return 0
    if kind == Kind.SERVER and step.action == ExistsAction.DELETE and step.message != Message.REQUEST:
        return 0
    if kind == Kind.HOST and step.message == Message.REQUEST:
        return set_host(step.action, step.lines, exchange)
    return change_field(head, <bytes>step.name, kind, step.action, step.lines, step.separate)


cdef tuple dynamic_lines(HeaderStep step, Exchange exchange, bint separate):
    cdef list values = []
    cdef bytes text
    for value in step.values:
        text = text_of(value(exchange)) if callable(value) else <bytes>value
        if text is None:
            continue
        if not is_field_value(PyBytes_AS_STRING(text), PyBytes_GET_SIZE(text)):
            raise ValueError("The header value holds control characters.")
        values.append(text)
    if separate or len(values) < 2:
        return tuple(values)
    return (b",".join(values),)


cdef int set_host(int action, tuple lines, Exchange exchange) except -1:
    """The backend's Host: there is always one, so skip and append leave it and delete gives the default."""
    cdef Head head = exchange.request
    cdef bytes value
    cdef Field* field
    if action == ExistsAction.DELETE or (action == ExistsAction.OVERRIDE and not lines):
        exchange.host_set = False
    elif action == ExistsAction.OVERRIDE:
        value = lines[0]
        if exchange.received_host is None and head.host_index >= 0:
            field = head.fields + head.host_index
            exchange.received_host = field.value[:field.value_length]
        change_field(head, b"Host", Kind.HOST, action, lines, False)
        head.host_index = head.find("host", 4, 0)
        exchange.host_set = True
    return 0


cdef int change_field(Head head, bytes name, int kind, int action, tuple lines, bint separate) except -1:
    """Override, skip, append or delete the field (spec/policies/transformation.md, set-header)."""
    cdef const char* text = PyBytes_AS_STRING(name)
    cdef int length = <int>PyBytes_GET_SIZE(name)
    cdef int first = head.find(text, length, 0)
    cdef int last, following
    cdef bytes line
    cdef Field* field
    if action == ExistsAction.DELETE:
        if first >= 0:
            head.remove(text, length)
        return 0
    if first >= 0 and action == ExistsAction.SKIP:
        return 0
    if first >= 0 and action == ExistsAction.OVERRIDE:
        head.remove(text, length)
    if not lines:
        return 0
    if first >= 0 and action == ExistsAction.APPEND and not separate:
        last = first
        while True:
            following = head.find(text, length, last + 1)
            if following < 0:
                break
            last = following
        field = head.fields + last
        line = field.value[:field.value_length] + b"," + <bytes>lines[0]
        head.keep(line)
        field.value = PyBytes_AS_STRING(line)
        field.value_length = <int>PyBytes_GET_SIZE(line)
        return 0
    # Memory of constants is the program's, which the exchange's snapshot holds; keeping it again is cheap
    # and makes the head whole by itself.
    head.keep(name)
    for line in lines:
        head.keep(line)
        head.append(text, length, PyBytes_AS_STRING(line), <int>PyBytes_GET_SIZE(line), kind)
    return 0


cdef void set_field(object head, bytes name, bytes value):
    """Override one field with a checked value; for the gateway's own answers."""
    change_field(<Head>head, name, header_kind(PyBytes_AS_STRING(name), <int>PyBytes_GET_SIZE(name)),
                 ExistsAction.OVERRIDE, (value,), False)


cdef void set_answer_fields(Exchange exchange):
    """Give the answer the fields that policies want it to have whatever becomes of the request.

    Policies check what they put there. A value that could not stand in a head all the same is dropped: the
    answer is on its way, where nothing can fail any more.
    """
    cdef Head head = exchange.response
    cdef bint listed
    for name, value in exchange.answer_fields:
        if value is None:
            head.remove(PyBytes_AS_STRING(name), <int>PyBytes_GET_SIZE(name))
        elif is_field_value(PyBytes_AS_STRING(value), PyBytes_GET_SIZE(value)):
            # A list such as Vary keeps what it has.
            listed = name == b"Vary"
            if not (listed and has_member(head, name, value)):
                change_field(head, name, header_kind(PyBytes_AS_STRING(name), <int>PyBytes_GET_SIZE(name)),
                             ExistsAction.APPEND if listed else ExistsAction.OVERRIDE, (value,), False)
    exchange.answer_fields = None


cdef bint has_member(Head head, bytes name, bytes member):
    """Whether a field that is a list has a member, in any case; the star of Vary stands for all."""
    cdef Field* field
    cdef int at = head.find(PyBytes_AS_STRING(name), <int>PyBytes_GET_SIZE(name), 0)
    while at >= 0:
        field = head.fields + at
        for one in field.value[:field.value_length].lower().split(b","):
            if one.strip() in (member.lower(), b"*"):
                return True
        at = head.find(PyBytes_AS_STRING(name), <int>PyBytes_GET_SIZE(name), at + 1)
    return False


def write_field(Head head, bytes name, bytes value, int action=ExistsAction.OVERRIDE):
    """Change a field of a head as set-header would, for policies that are written in Python.

    `action` is an ExistsAction. Raises ValueError for a name that is no token or a value with controls.
    """
    if not is_token(PyBytes_AS_STRING(name), PyBytes_GET_SIZE(name)):
        raise ValueError("The header name is not valid.")
    if not is_field_value(PyBytes_AS_STRING(value), PyBytes_GET_SIZE(value)):
        raise ValueError("The header value holds control characters.")
    change_field(head, name, header_kind(PyBytes_AS_STRING(name), <int>PyBytes_GET_SIZE(name)), action, (value,),
                 goes_on_lines(name))


def leave_bodiless(Exchange exchange):
    """Whether the answer at hand is of a kind that has no body: one to HEAD, 204 and 304.

    Policies that work on a body leave such an answer alone. It announces no length then: what the body would
    have become is not known (RFC 9110 section 8.6).
    """
    cdef Head head = exchange.request
    cdef int status = exchange.response.status
    if status != 204 and status != 304 and (
            exchange.body or head.method_length != 4 or memcmp(head.method, b"HEAD", 4) != 0):
        return False
    exchange.response.content_length = -1
    return True


def begin_reply(Exchange exchange, int status, bytes reason=None, bytes body=b""):
    """Begin an answer made here in exchange.reply: a head without fields, and a body."""
    exchange.reply.clear()
    exchange.reply.set_status(status, reason)
    exchange.reply_body = body


def begin_reply_like(Exchange exchange, Head head, bytes body):
    """Begin an answer made here with the status and the end-to-end fields of another one, and a body."""
    begin_reply(exchange, head.status, None if head.reason is NULL else head.reason[:head.reason_length], body)
    copy_fields(head, exchange.reply, Kind.OTHER)


# ---------------------------------------------------------------- messages that a policy sends by itself

cdef int copy_fields(Head source, Head made, int extra) except -1:
    """Give `made` the end-to-end fields of `source`; of Host, Expect and the length only the kind `extra`."""
    cdef Field* field
    cdef int i
    for i in range(source.count):
        field = source.fields + i
        if field.kind == Kind.OTHER or field.kind >= Kind.X_FORWARDED_FOR or field.kind == extra:
            made.append(field.name, field.name_length, field.value, field.value_length, field.kind)
    if source.kept:
        made.keep(list(source.kept))
    return 0


def copied_head(Exchange exchange, bint with_host):
    """A head of its own with the request's end-to-end fields; with the Host that set-header gave, where asked."""
    cdef Head made = Head()
    copy_fields(exchange.request, made, Kind.HOST if with_host and exchange.host_set else Kind.OTHER)
    return made


def set_header_on(Head head, HeaderStep step, Exchange exchange):
    """Do what set-header does to a head that is no message of the exchange: the request of a policy's own call.

    Its Host comes from its URL, so skip and append leave that, and delete gives it back.
    """
    cdef int kind
    cdef tuple lines
    if not step.constant:
        step = settled(step, exchange)
    kind, lines = step.kind, step.lines
    if 0 < kind <= Kind.UPGRADE or kind == Kind.CONTENT_LENGTH or kind == Kind.EXPECT:
        return
    if kind == Kind.HOST:
        if step.action == ExistsAction.SKIP or step.action == ExistsAction.APPEND:
            return
        lines = lines[:1]
    change_field(head, <bytes>step.name, kind, step.action, lines, step.separate)


def query_with(Exchange exchange, bytes query, QueryStep step):
    """What set-query-parameter makes of a query that is not the exchange's."""
    cdef QueryStep known = step
    cdef Exchange scratch_exchange = Exchange()
    if step.pairs is None or step.chosen is not None:
        # The expressions see the exchange as it is.
        name = text_of(step.name(exchange)) if callable(step.name) else step.name
        if not name:
            raise ValueError("The query parameter name is empty.")
        action = step.action if step.chosen is None else action_of(step.chosen, exchange)
        values = [text_of(value(exchange)) if callable(value) else value for value in step.values]
        known = QueryStep(name, action, tuple([value for value in values if value is not None]))
    scratch_exchange.query = PyBytes_AS_STRING(query)
    scratch_exchange.query_length = <int>PyBytes_GET_SIZE(query)
    set_query(known, scratch_exchange)
    return scratch_exchange.query[:scratch_exchange.query_length]


# ---------------------------------------------------------------- method and status

cdef int set_method(object operand, Exchange exchange) except -1:
    cdef Head head = exchange.request
    cdef bytes method = method_of(operand, exchange)
    if exchange.received_method is None and head.method is not NULL:
        exchange.received_method = head.method[:head.method_length]
    head.keep(method)
    head.method = PyBytes_AS_STRING(method)
    head.method_length = <int>PyBytes_GET_SIZE(method)
    return 0


cpdef bytes method_of(object operand, Exchange exchange):
    """The method that set-method names: a constant, or what an expression gives. Raises ValueError."""
    cdef bytes method = text_of(operand(exchange) if callable(operand) else operand)
    if method is not None:
        method = method.strip().upper()
    if method is None or not is_token(PyBytes_AS_STRING(method), PyBytes_GET_SIZE(method)):
        raise ValueError("The method is not valid.")
    return method


cdef int set_status(StatusStep step, Exchange exchange) except -1:
    cdef int code = int(step.code(exchange) if callable(step.code) else step.code)
    cdef bytes reason = text_of(step.reason(exchange) if callable(step.reason) else step.reason)
    if not 200 <= code <= 599:
        raise ValueError("The status code must be between 200 and 599.")
    if reason is not None and not is_field_value(PyBytes_AS_STRING(reason), PyBytes_GET_SIZE(reason)):
        raise ValueError("The reason phrase holds control characters.")
    # Before a response there is nothing to change: outbound starts from an empty 200 where nothing was
    # forwarded (spec/policies/document.md section 3).
    if step.message != Message.RESPONSE or exchange.response.status != 0:
        message_of(exchange, step.message).set_status(code, reason)
    return 0


# ---------------------------------------------------------------- URL

cdef int set_query(QueryStep step, Exchange exchange) except -1:
    cdef bytes name, pairs
    cdef bytes text
    cdef int at = 0
    cdef int end, equals
    cdef const char* found
    cdef bint there
    cdef bint present = False
    cdef int action
    if step.pairs is not None:
        name = <bytes>step.name
        pairs = step.pairs
    else:
        name = text_of(step.name(exchange)) if callable(step.name) else <bytes>step.name
        if not name:
            raise ValueError("The query parameter name is empty.")
        values = [text_of(value(exchange)) if callable(value) else value for value in step.values]
        pairs = b"&".join([encode_query(name) + b"=" + encode_query(text) for text in values if text is not None])
    action = step.action if step.chosen is None else action_of(step.chosen, exchange)
    scratch.size = 0
    while at < exchange.query_length:
        found = <const char*>memchr(exchange.query + at, 38, exchange.query_length - at)
        end = <int>(found - exchange.query) if found is not NULL else exchange.query_length
        found = <const char*>memchr(exchange.query + at, 61, end - at)
        equals = <int>(found - exchange.query) if found is not NULL else end
        there = same_decoded(exchange.query + at, equals - at, PyBytes_AS_STRING(name),
                             <int>PyBytes_GET_SIZE(name))
        present = present or there
        if not there or action == ExistsAction.APPEND:
            if scratch.size:
                buffer_put(&scratch, "&", 1)
            buffer_put(&scratch, exchange.query + at, end - at)
        at = end + 1
    if action == ExistsAction.SKIP and present:
        return 0
    if action != ExistsAction.DELETE and pairs:
        if scratch.size:
            buffer_put(&scratch, "&", 1)
        buffer_put(&scratch, PyBytes_AS_STRING(pairs), PyBytes_GET_SIZE(pairs))
    text = PyBytes_FromStringAndSize(scratch.data, scratch.size)
    exchange.request.keep(text)
    exchange.query = PyBytes_AS_STRING(text)
    exchange.query_length = <int>PyBytes_GET_SIZE(text)
    return 0


cdef bint query_has(const char* query, int length, const char* name, int name_length) noexcept:
    """Whether a raw query holds a parameter of that raw name, compared as written."""
    cdef int at = 0
    cdef int end, equals
    cdef const char* found
    while at < length:
        found = <const char*>memchr(query + at, 38, length - at)
        end = <int>(found - query) if found is not NULL else length
        found = <const char*>memchr(query + at, 61, end - at)
        equals = <int>(found - query) if found is not NULL else end
        if equals - at == name_length and query[at:at + name_length] == name[:name_length]:
            return True
        at = end + 1
    return False


cdef bytes parameter(Exchange exchange, bytes name, bint in_query):
    """A matched parameter's value, written for the part of the URL that it goes to, or None.

    A value that stays in its part goes as it was received. One that moves is decoded and encoded anew:
    & and + are plain characters in a path, / and ? are plain characters in a query value.
    """
    cdef Route route = exchange.route
    cdef int i, at, end, equals
    cdef const char* found
    cdef bytes query_name, value
    if route is None:
        return None
    for i, known in enumerate(route.parameters):
        if known == name and i < exchange.match.parameters:
            value = (exchange.request.target
                     + exchange.match.parameter_start[i])[:exchange.match.parameter_length[i]]
            return encode_query(unquote_to_bytes(value)) if in_query else value
    for known, query_name in route.query_parameters:
        if known != name:
            continue
        at = 0
        while at < exchange.query_length:
            found = <const char*>memchr(exchange.query + at, 38, exchange.query_length - at)
            end = <int>(found - exchange.query) if found is not NULL else exchange.query_length
            found = <const char*>memchr(exchange.query + at, 61, end - at)
            equals = <int>(found - exchange.query) if found is not NULL else end
            if same_decoded(exchange.query + at, equals - at, PyBytes_AS_STRING(query_name),
                            <int>PyBytes_GET_SIZE(query_name)):
                value = (exchange.query + equals + 1)[:end - equals - 1] if equals < end else b""
                return value if in_query else encode_query(unquote_to_bytes(value.replace(b"+", b" ")))
            at = end + 1
    return None


cdef int rewrite(RewriteStep step, Exchange exchange) except -1:
    """rewrite-uri: a new path and query; incoming parameters that the operation's template does not
    name, and the new template does not set, are copied (spec/policies/transformation.md)."""
    cdef bytes text, value
    cdef bytes made
    cdef const char* found
    cdef const char* base
    cdef int length, at, end, equals, template_query_length
    cdef bint matched
    if exchange.route is None:
        raise ValueError("The request has ended.")
    template = step.template
    scratch.size = 0
    if callable(template):
        pieces = template_pieces(text_of(template(exchange)))
    else:
        pieces = <tuple>template
    for piece in pieces:
        if type(piece) is str:
            value = parameter(exchange, (<str>piece).encode(),
                              memchr(scratch.data, 63, scratch.size) is not NULL)
            if value is None:
                raise ValueError(f"The URL template names '{piece}', which the operation does not have.")
        else:
            value = <bytes>piece
        buffer_put(&scratch, PyBytes_AS_STRING(value), PyBytes_GET_SIZE(value))
    if scratch.size == 0 or scratch.data[0] != 47:
        made = b"/" + PyBytes_FromStringAndSize(scratch.data, scratch.size)
    else:
        made = PyBytes_FromStringAndSize(scratch.data, scratch.size)
    base = PyBytes_AS_STRING(made)
    length = <int>PyBytes_GET_SIZE(made)
    for at in range(length):
        # A template is the author's, its parameters are the caller's: neither may end the request line.
        if not 33 <= <unsigned char>base[at] <= 126 or base[at] == 35:
            raise ValueError("The rewritten URL holds characters that a URL cannot hold.")
    found = <const char*>memchr(base, 63, length)
    if not is_safe_path(base, <int>(found - base) if found is not NULL else length):
        raise ValueError("The rewritten URL has dot segments, backslashes or broken escapes in its path.")
    template_query_length = <int>(base + length - found - 1) if found is not NULL else 0
    scratch.size = 0
    if found is not NULL:
        buffer_put(&scratch, found + 1, template_query_length)
    if step.copy_unmatched:
        at = 0
        while at < exchange.query_length:
            mark = <const char*>memchr(exchange.query + at, 38, exchange.query_length - at)
            end = <int>(mark - exchange.query) if mark is not NULL else exchange.query_length
            mark = <const char*>memchr(exchange.query + at, 61, end - at)
            equals = <int>(mark - exchange.query) if mark is not NULL else end
            matched = end == at or (template_query_length and query_has(
                found + 1, template_query_length, exchange.query + at, equals - at))
            if not matched:
                for known, query_name in exchange.route.query_parameters:
                    if same_decoded(exchange.query + at, equals - at, PyBytes_AS_STRING(<bytes>query_name),
                                    <int>PyBytes_GET_SIZE(<bytes>query_name)):
                        matched = True
                        break
            if not matched:
                if scratch.size:
                    buffer_put(&scratch, "&", 1)
                buffer_put(&scratch, exchange.query + at, end - at)
            at = end + 1
    text = PyBytes_FromStringAndSize(scratch.data, scratch.size)
    exchange.request.keep(made)
    exchange.request.keep(text)
    exchange.path = base
    exchange.path_length = <int>(found - base) if found is not NULL else length
    exchange.query = PyBytes_AS_STRING(text)
    exchange.query_length = <int>PyBytes_GET_SIZE(text)
    return 0


# What a literal template has percent-encoded, too; controls are none of it.
cdef object ENCODED = re.compile(rb'[ "<>\x80-\xff]')


cdef bytes escaped(bytes text):
    """The text with blanks, and what is not ASCII, percent-encoded."""
    return ENCODED.sub(percent_encoded, text)


def percent_encoded(match):
    return b"%%%02X" % ord(match[0])


cdef object ABSOLUTE = re.compile(rb"[A-Za-z][A-Za-z0-9+.\-]*:|//")


cdef tuple template_pieces(bytes template):
    """Cut a computed template at its {parameters}; bytes are literal, str are names.

    Raises ValueError for what a literal template is refused for, and `rewrite` does not see in the whole URL.
    """
    pieces = []
    rest = b"" if template is None else template.strip()
    if not rest:
        raise ValueError("The URL template is empty.")
    if ABSOLUTE.match(rest):
        raise ValueError("The URL template must be relative; set-backend-service changes the scheme and host.")
    if b"\\" in rest:
        raise ValueError("The URL template holds a backslash.")
    while True:
        literal, brace, rest = rest.partition(b"{")
        if b"}" in literal:
            raise ValueError("The URL template has an unopened brace.")
        name, closed, after = rest.partition(b"}")
        if literal:
            pieces.append(escaped(literal))
        if not brace:
            return tuple(pieces)
        if not closed:
            raise ValueError("The URL template has an unclosed brace.")
        # {*rest} names a wildcard of the operation's template as {rest} does.
        pieces.append(name.removeprefix(b"*").decode("utf-8", "replace"))
        rest = after
