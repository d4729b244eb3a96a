"""Path, method and query -> API and operation (spec/gateway.md sections 1 and 1.1).

One trie holds everything: segments of API paths, then the method, then the
segments of the operation's template. Its edges live in one open-addressing hash
table, so a match costs the depth of the path, not the number of operations.
Matching is on percent-decoded segments without regard to ASCII case; what is
forwarded stays as it came. The rules of precedence are in `_descend`: literal
before parameter before wildcard, left to right, then more required query
parameters, then declaration order.
"""

from urllib.parse import unquote_plus, unquote_to_bytes

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE
from cpython.mem cimport PyMem_Free, PyMem_Malloc, PyMem_Realloc
from libc.stdint cimport uint8_t, uint32_t
from libc.string cimport memchr, memcmp, memcpy, memset

from fastgw._trie import TrieBuilder

cdef uint8_t LOWER[256]
cdef signed char HEX[256]


cdef void fill_tables():
    cdef int i
    for i in range(256):
        LOWER[i] = i + 32 if 65 <= i <= 90 else i
        HEX[i] = -1
    for i in range(10):
        HEX[48 + i] = i
    for i in range(6):
        HEX[65 + i] = 10 + i
        HEX[97 + i] = 10 + i

fill_tables()


cdef inline uint32_t hash_edge(int node, const char* text, int length) noexcept:
    cdef uint32_t value = <uint32_t>2166136261 ^ <uint32_t>node
    cdef int i
    value *= <uint32_t>16777619
    for i in range(length):
        value = (value ^ <uint8_t>text[i]) * <uint32_t>16777619
    return value ^ (value >> 15)


class TemplateError(ValueError):
    """A URL template that cannot be matched; the message says why."""


def split_template(template):
    """Take a URL template apart: (segments, trailing_slash, required query, path names, query names).

    A segment is ("literal", text), ("parameter", prefix, name, suffix) or ("wildcard", name or None);
    a query name is (parameter, name in the query). Raises TemplateError. Rules: spec/gateway.md section 1.1.
    """
    path, _, query = template.partition("?")
    if path and not path.startswith("/"):
        raise TemplateError(f"urlTemplate '{template}' must start with '/'")
    raw = path.split("/")[1:] if path else []
    trailing = len(raw) > 1 and raw[-1] == ""
    if raw and raw[-1] == "":
        raw.pop()
    segments = []
    names = []
    for index, text in enumerate(raw):
        last = index == len(raw) - 1
        opened, closed = text.count("{"), text.count("}")
        if text == "*":
            if not last:
                raise TemplateError(f"'*' must be the last segment of urlTemplate '{template}'")
            segments.append(("wildcard", None))
        elif opened == 0 and closed == 0:
            segments.append(("literal", text))
        elif opened != 1 or closed != 1 or text.index("}") < text.index("{"):
            raise TemplateError(f"segment '{text}' of urlTemplate '{template}' must hold one {{parameter}}")
        else:
            prefix, _, rest = text.partition("{")
            name, _, suffix = rest.partition("}")
            if name.startswith("*"):
                name = name[1:]
                if not last or prefix or suffix:
                    raise TemplateError(f"'{text}' must be the last segment of urlTemplate '{template}'")
                segments.append(("wildcard", name))
            else:
                segments.append(("parameter", prefix, name, suffix))
            if not name:
                raise TemplateError(f"a parameter of urlTemplate '{template}' has no name")
            names.append(name)
    required = []
    query_names = []
    for pair in query.split("&") if query else ():
        name, equals, value = pair.partition("=")
        if not name:
            raise TemplateError(f"a query parameter of urlTemplate '{template}' has no name")
        if "{" in value or "}" in value:
            if not (value.startswith("{") and value.endswith("}")) or "{" in value[1:] or "}" in value[:-1] \
                    or len(value) == 2:
                raise TemplateError(f"the value of '{name}' in urlTemplate '{template}' must be one {{parameter}}")
            names.append(value[1:-1])
            query_names.append((value[1:-1], unquote_plus(name)))
            required.append((name, None))
        else:
            required.append((name, value if equals else None))
    if len(set(names)) != len(names):
        raise TemplateError(f"a parameter name occurs twice in urlTemplate '{template}'")
    path_names = [s[2] if s[0] == "parameter" else s[1] for s in segments if s[0] != "literal"]
    if len(path_names) > MAX_PARAMETERS:
        raise TemplateError(f"urlTemplate '{template}' has more than {MAX_PARAMETERS} parameters")
    if len(segments) > MAX_SEGMENTS:
        raise TemplateError(f"urlTemplate '{template}' has more than {MAX_SEGMENTS} segments")
    return segments, trailing, required, [name for name in path_names if name is not None], query_names


def _lower(text):
    """ASCII lower case of a literal, percent-decoded as request segments are."""
    out = bytearray()
    data = text.encode()
    at = 0
    while at < len(data):
        if data[at] == 37 and at + 2 < len(data) and HEX[data[at + 1]] >= 0 and HEX[data[at + 2]] >= 0:
            out.append(HEX[data[at + 1]] * 16 + HEX[data[at + 2]])
            at += 3
        else:
            out.append(data[at])
            at += 1
    return bytes(LOWER[byte] for byte in out)


def _decoded(text):
    """A query name or value of a template, percent and plus decoded as those of requests are."""
    return unquote_to_bytes(text.replace("+", " "))


cdef class Router:
    """Finds API and operation. Build with add_api and add_operation, then freeze."""

    def __cinit__(self):
        self._apis = []
        self._building = TrieBuilder()
        self.text_capacity = 1024
        self.text = <char*>PyMem_Malloc(self.text_capacity)
        if self.text is NULL:
            raise MemoryError

    def __dealloc__(self):
        PyMem_Free(self.edges)
        PyMem_Free(self.nodes)
        PyMem_Free(self.affixes)
        PyMem_Free(self.candidates)
        PyMem_Free(self.required)
        PyMem_Free(self.api_schemes)
        PyMem_Free(self.text)

    # -------------------------------------------------- building

    def add_api(self, path, schemes):
        """Add an API: `path` without leading slash (may be ""), `schemes` a bit mask (1 http, 2 https).

        Returns its index. Raises TemplateError when another API has that path.
        """
        builder = self._building
        node = builder.root
        for segment in path.strip("/").split("/") if path.strip("/") else ():
            node = builder.edge(node, _lower(segment))
        if builder.nodes[node].api >= 0:
            raise TemplateError(f"another API has the path '{path}'")
        index = len(self._apis)
        builder.nodes[node].api = index
        self._apis.append((node, schemes))
        return index

    def add_operation(self, int api, method, template, int operation):
        """Add an operation of an API; `operation` is what a match reports.

        Returns the names of the template's path parameters in order, and (parameter, query name) of
        those in its query. Raises TemplateError.
        """
        builder = self._building
        segments, trailing, required, names, query_names = split_template(template)
        # A method is an edge like a segment; the leading NUL keeps it apart from the paths of longer APIs.
        node = builder.edge(self._apis[api][0], b"\x00" + method.encode())
        for segment in segments:
            if segment[0] == "literal":
                node = builder.edge(node, _lower(segment[1]))
            elif segment[0] == "parameter":
                node = builder.affix(node, _lower(segment[1]), _lower(segment[3]))
            else:
                if builder.nodes[node].wildcard < 0:
                    builder.nodes[node].wildcard = builder.node()
                node = builder.nodes[node].wildcard
        named = bool(segments) and segments[-1][0] == "wildcard" and segments[-1][1] is not None
        specs = sorted(((builder.text(_decoded(name)), None if value is None else builder.text(_decoded(value)))
                        for name, value in required), key=repr)
        for known in builder.nodes[node].candidates:
            if known[1] == trailing and known[3] == specs:
                raise TemplateError(f"Operation with the same method and URL template already exists: "
                                    f"{method} {template}")
        builder.nodes[node].candidates.append((operation, trailing, named, specs))
        builder.nodes[node].candidates.sort(key=lambda known: -len(known[3]))
        return names, query_names

    def freeze(self):
        """Lay the trie out flat; nothing can be added afterwards."""
        cdef int i, at
        cdef uint32_t slot
        cdef uint32_t size = 16
        builder = self._building
        self._building = None
        for (node, text) in builder.edges:
            builder.text(text)
        for node in builder.nodes:
            for prefix, suffix, child in node.affixes:
                builder.text(prefix)
                builder.text(suffix)
        self._text_object = bytes(builder.texts)
        self.texts = PyBytes_AS_STRING(self._text_object)
        while size < 2 * len(builder.edges):
            size *= 2
        self.edge_mask = size - 1
        self.edges = <Edge*>self._allocate(size * sizeof(Edge))
        for i in range(<int>size):
            self.edges[i].child = -1
        for (parent, text), child in builder.edges.items():
            at, length = builder.text(text)
            slot = hash_edge(parent, self.texts + at, length)
            i = <int>(slot & self.edge_mask)
            while self.edges[i].child >= 0:
                i = <int>((<uint32_t>i + 1) & self.edge_mask)
            self.edges[i] = Edge(node=parent, hash=slot, text=at, text_length=length, child=child)
        affixes = []
        candidates = []
        required = []
        self.node_count = len(builder.nodes)
        self.nodes = <Node*>self._allocate(self.node_count * sizeof(Node))
        for i, node in enumerate(builder.nodes):
            self.nodes[i].api = node.api
            self.nodes[i].wildcard = node.wildcard
            self.nodes[i].affix = len(affixes) if node.affixes else -1
            for rank, (prefix, suffix, child) in enumerate(node.affixes):
                following = -1 if rank == len(node.affixes) - 1 else len(affixes) + 1
                affixes.append((*builder.text(prefix), *builder.text(suffix), child, following))
            self.nodes[i].candidates = len(candidates) if node.candidates else -1
            for rank, (operation, trailing, named, specs) in enumerate(node.candidates):
                following = -1 if rank == len(node.candidates) - 1 else len(candidates) + 1
                candidates.append((operation, trailing, named, len(required), len(specs), following))
                required += [(*name, *(value or (-1, 0))) for name, value in specs]
        self.affixes = <Affix*>self._allocate(len(affixes) * sizeof(Affix))
        for i, (prefix, prefix_length, suffix, suffix_length, child, following) in enumerate(affixes):
            self.affixes[i] = Affix(prefix=prefix, prefix_length=prefix_length, suffix=suffix,
                                    suffix_length=suffix_length, child=child, next=following)
        self.candidates = <Candidate*>self._allocate(len(candidates) * sizeof(Candidate))
        for i, (operation, trailing, named, first, count, following) in enumerate(candidates):
            self.candidates[i] = Candidate(operation=operation, trailing_slash=trailing, wildcard_named=named,
                                           required=first, required_count=count, next=following)
        self.required = <Required*>self._allocate(len(required) * sizeof(Required))
        for i, (name, name_length, value, value_length) in enumerate(required):
            self.required[i] = Required(name=name, name_length=name_length, value=value, value_length=value_length)
        self.api_schemes = <int*>self._allocate(len(self._apis) * sizeof(int))
        for i, (node, schemes) in enumerate(self._apis):
            self.api_schemes[i] = schemes
        self.operation_count = len(candidates)

    cdef void* _allocate(self, size_t size) except NULL:
        cdef void* memory = PyMem_Malloc(size if size else 1)
        if memory is NULL:
            raise MemoryError
        return memory

    # -------------------------------------------------- matching

    cdef int match(self, const char* path, int path_length, const char* query, int query_length,
                   const char* method, int method_length, int scheme, Match* match) except -1:
        """Fill `match`; returns a Found, or the status to refuse the path with (400 or 414)."""
        cdef int count, node, i, api_depth
        cdef int api = -1
        cdef int api_node = -1
        cdef bint trailing = False
        cdef char method_text[65]
        if self.nodes is NULL:
            raise RuntimeError("the router is still being built: call freeze first")
        match.parameters = 0
        count = self._split(path, path_length)
        if count >= 400:
            return count
        # The longest path of whole segments wins; an API that is not served on the scheme is not found.
        node = 0
        i = 0
        api_depth = 0
        while True:
            if self.nodes[node].api >= 0:
                api = self.nodes[node].api
                api_node = node
                api_depth = i
            if i == count:
                break
            node = self._edge(node, self.text + self.segments[i].text, self.segments[i].text_length)
            if node < 0:
                break
            i += 1
        if api < 0 or not self.api_schemes[api] & scheme:
            return Found.NO_API
        match.api = api
        match.path_start = path_length
        if api_depth < count:
            match.path_start = self.segments[api_depth].start - 1
        if method_length > 64:
            return Found.NO_OPERATION
        method_text[0] = 0
        memcpy(method_text + 1, method, method_length)
        node = self._edge(api_node, method_text, method_length + 1)
        if node < 0:
            return Found.NO_OPERATION
        if count > api_depth and self.segments[count - 1].length == 0:
            trailing = count - api_depth > 1
            count -= 1
        if self._descend(path, node, api_depth, count, trailing, query, query_length, match):
            return Found.OPERATION
        return Found.NO_OPERATION

    cdef int _split(self, const char* path, int length) except -1:
        """Decode the path into segments; returns their number, or 400 or 414.

        Refused: what a backend might read as another path than the one matched here, which is dot
        segments plain or encoded, backslashes, NUL and malformed escapes (design section 11).
        """
        cdef int at = 1
        cdef int out = 0
        cdef int count = 0
        cdef int high, low, piece, i
        cdef Segment* segment
        cdef uint8_t byte
        cdef char* grown
        if length == 0 or path[0] != 47 or memchr(path, 35, length) is not NULL:
            return 400
        if length > self.text_capacity:
            grown = <char*>PyMem_Realloc(self.text, length)
            if grown is NULL:
                raise MemoryError
            self.text = grown
            self.text_capacity = length
        if length == 1:
            return 0
        while True:
            if count == MAX_SEGMENTS:
                return 414
            segment = &self.segments[count]
            count += 1
            segment.start = at
            segment.text = out
            piece = out
            while at < length and path[at] != 47:
                byte = <uint8_t>path[at]
                at += 1
                if byte == 37:
                    if at + 2 > length:
                        return 400
                    high = HEX[<uint8_t>path[at]]
                    low = HEX[<uint8_t>path[at + 1]]
                    if high < 0 or low < 0:
                        return 400
                    byte = <uint8_t>(high * 16 + low)
                    at += 2
                    if byte == 0:
                        return 400
                    if byte == 47:
                        # An encoded slash does not split the segment here, but might at the backend.
                        if is_dots(self.text + piece, out - piece):
                            return 400
                        piece = out + 1
                if byte == 92:
                    return 400
                self.text[out] = LOWER[byte]
                out += 1
            if is_dots(self.text + piece, out - piece):
                return 400
            segment.length = at - segment.start
            segment.text_length = out - segment.text
            if segment.length > 1024:
                return 414
            if at == length:
                return count
            at += 1

    cdef int _edge(self, int node, const char* text, int length) noexcept:
        cdef uint32_t hashed = hash_edge(node, text, length)
        cdef uint32_t at = hashed & self.edge_mask
        cdef Edge* edge
        while True:
            edge = &self.edges[at]
            if edge.child < 0:
                return -1
            if edge.hash == hashed and edge.node == node and edge.text_length == length \
                    and memcmp(self.texts + edge.text, text, length) == 0:
                return edge.child
            at = (at + 1) & self.edge_mask

    cdef int _descend(self, const char* path, int node, int at, int count, bint trailing, const char* query,
                      int query_length, Match* match) noexcept:
        """Whether the segments from `at` on lead to an operation. Each node is visited once at the most."""
        cdef Segment* segment
        cdef Affix* affix
        cdef int child, index
        cdef int parameters = match.parameters
        if at == count:
            if self._candidate(node, trailing, query, query_length, match, False, at, count):
                return True
        else:
            segment = &self.segments[at]
            child = self._edge(node, self.text + segment.text, segment.text_length)
            if child >= 0 and self._descend(path, child, at + 1, count, trailing, query, query_length, match):
                return True
            index = self.nodes[node].affix if segment.text_length else -1
            while index >= 0:
                affix = &self.affixes[index]
                index = affix.next
                if segment.text_length <= affix.prefix_length + affix.suffix_length \
                        or memcmp(self.text + segment.text, self.texts + affix.prefix, affix.prefix_length) \
                        or memcmp(self.text + segment.text + segment.text_length - affix.suffix_length,
                                  self.texts + affix.suffix, affix.suffix_length):
                    continue
                match.parameter_start[parameters] = segment.start + raw_offset(
                    path + segment.start, segment.length, affix.prefix_length)
                match.parameter_length[parameters] = segment.start - match.parameter_start[parameters] + raw_offset(
                    path + segment.start, segment.length, segment.text_length - affix.suffix_length)
                match.parameters = parameters + 1
                if self._descend(path, affix.child, at + 1, count, trailing, query, query_length, match):
                    return True
                match.parameters = parameters
        child = self.nodes[node].wildcard
        return child >= 0 and self._candidate(child, trailing, query, query_length, match, True, at, count)

    cdef int _candidate(self, int node, bint trailing, const char* query, int query_length,
                        Match* match, bint wildcard, int at, int count) noexcept:
        """Choose among the operations that end at a node: their query, then the trailing slash."""
        cdef int index = self.nodes[node].candidates
        cdef int chosen = -1
        cdef int chosen_required = -1
        cdef int i
        cdef Candidate* candidate
        while index >= 0:
            candidate = &self.candidates[index]
            if candidate.required_count >= chosen_required:
                for i in range(candidate.required_count):
                    if not self._has_query(&self.required[candidate.required + i], query, query_length):
                        break
                else:
                    if chosen < 0 or (candidate.trailing_slash == trailing
                                      and self.candidates[chosen].trailing_slash != trailing):
                        chosen = index
                        chosen_required = candidate.required_count
            index = candidate.next
        if chosen < 0:
            return False
        match.operation = self.candidates[chosen].operation
        if wildcard and self.candidates[chosen].wildcard_named:
            match.parameter_start[match.parameters] = self.segments[at].start if at < count else 0
            match.parameter_length[match.parameters] = 0
            if at < count:
                match.parameter_length[match.parameters] = (
                    self.segments[count - 1].start + self.segments[count - 1].length + trailing
                    - self.segments[at].start)
            match.parameters += 1
        return True

    cdef bint _has_query(self, Required* wanted, const char* query, int query_length) noexcept:
        cdef int at = 0
        cdef int end, equals
        cdef const char* found
        while at < query_length:
            found = <const char*>memchr(query + at, 38, query_length - at)
            end = <int>(found - query) if found is not NULL else query_length
            found = <const char*>memchr(query + at, 61, end - at)
            equals = <int>(found - query) if found is not NULL else end
            if same_decoded(query + at, equals - at, self.texts + wanted.name, wanted.name_length) and (
                    wanted.value < 0 or (equals < end and same_decoded(
                        query + equals + 1, end - equals - 1, self.texts + wanted.value, wanted.value_length))):
                return True
            at = end + 1
        return False

    # -------------------------------------------------- for Python: tests and tools

    def find(self, path, method, query="", scheme=1):
        """Match as the gateway does; for tests and tools.

        Returns ("operation", operation, api, operation's part of the path, parameter values as
        received), ("no-operation", api), ("no-api",) or ("refused", status).
        """
        cdef Match match
        cdef bytes raw = path.encode()
        cdef bytes raw_query = query.encode()
        cdef bytes raw_method = method.encode()
        cdef int found = self.match(PyBytes_AS_STRING(raw), PyBytes_GET_SIZE(raw),
                                    PyBytes_AS_STRING(raw_query), PyBytes_GET_SIZE(raw_query),
                                    PyBytes_AS_STRING(raw_method), PyBytes_GET_SIZE(raw_method), scheme, &match)
        if found >= 400:
            return ("refused", found)
        if found == Found.NO_API:
            return ("no-api",)
        if found == Found.NO_OPERATION:
            return ("no-operation", match.api)
        values = [
            raw[match.parameter_start[i]:match.parameter_start[i] + match.parameter_length[i]].decode()
            for i in range(match.parameters)
        ]
        return ("operation", match.operation, match.api, raw[match.path_start:].decode(), values)


cdef inline bint is_dots(const char* text, int length) noexcept:
    """Whether a segment is a dot segment, also with parameters behind it: some servers cut those off first."""
    cdef int dots = 0
    while dots < length and text[dots] == 46:
        dots += 1
    return 1 <= dots <= 2 and (dots == length or text[dots] == 59)


cdef int raw_offset(const char* segment, int length, int decoded) noexcept:
    """Where in a percent-encoded segment its character number `decoded` begins."""
    cdef int at = 0
    while decoded > 0 and at < length:
        at += 3 if segment[at] == 37 else 1
        decoded -= 1
    return at


cdef bint is_safe_path(const char* path, int length) noexcept:
    """Whether no server could read dot segments, a backslash or NUL out of a path that was made here."""
    cdef int at = 0
    cdef int dots = 0           # the segment so far is that many dots; -1: it is something else
    cdef bint parameters = False
    cdef uint8_t byte
    cdef int high, low
    while at < length:
        byte = <uint8_t>path[at]
        at += 1
        if byte == 37:
            if at + 2 > length:
                return False
            high = HEX[<uint8_t>path[at]]
            low = HEX[<uint8_t>path[at + 1]]
            if high < 0 or low < 0:
                return False
            byte = <uint8_t>(high * 16 + low)
            at += 2
        if byte == 0 or byte == 92:
            return False
        if byte == 47:
            if 1 <= dots <= 2:
                return False
            dots = 0
            parameters = False
        elif byte == 59:
            parameters = True
        elif not parameters:
            dots = dots + 1 if byte == 46 and dots >= 0 else -1
    return not 1 <= dots <= 2


cdef bint same_decoded(const char* raw, int length, const char* text, int text_length) noexcept:
    """Whether a query name or value, percent and plus decoded, is the text given."""
    cdef int at = 0
    cdef int out = 0
    cdef uint8_t byte
    while at < length:
        byte = <uint8_t>raw[at]
        at += 1
        if byte == 43:
            byte = 32
        elif byte == 37 and at + 2 <= length and HEX[<uint8_t>raw[at]] >= 0 and HEX[<uint8_t>raw[at + 1]] >= 0:
            byte = <uint8_t>(HEX[<uint8_t>raw[at]] * 16 + HEX[<uint8_t>raw[at + 1]])
            at += 2
        if out == text_length or <uint8_t>text[out] != byte:
            return False
        out += 1
    return out == text_length
