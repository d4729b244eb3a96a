"""Members of System.Uri."""

from __future__ import annotations

from typing import Any

from fastgw.expr.library.arrays import AnyArray, new_array
from fastgw.expr.library.core import STRING
from fastgw.expr.library.host_names import IPV6, UNKNOWN, host_of, is_loopback
from fastgw.expr.library.percent_text import (
    escape_data,
    escape_text,
    escaped,
    is_escaped,
    unescape_data,
)
from fastgw.expr.library.uri import (
    URI,
    URI_HOST_NAME_TYPE,
    URI_KIND,
    Uri,
    combined,
    is_default_port,
    new_uri,
    relative_between,
    uri_of_text,
)
from fastgw.expr.library.uri_parsing import RELATIVE_OR_ABSOLUTE, parse
from fastgw.expr.runtime.errors import (
    ArgumentNullException,
    ArgumentOutOfRangeException,
    UriFormatException,
)
from fastgw.expr.runtime.meter import meter
from fastgw.expr.runtime.objects import hash_of
from fastgw.expr.runtime.text import outward
from fastgw.expr.runtime.values import EnumValue

for _name, _text in {
    "UriSchemeFile": "file",
    "UriSchemeFtp": "ftp",
    "UriSchemeGopher": "gopher",
    "UriSchemeHttp": "http",
    "UriSchemeHttps": "https",
    "UriSchemeMailto": "mailto",
    "UriSchemeNetPipe": "net.pipe",
    "UriSchemeNetTcp": "net.tcp",
    "UriSchemeNews": "news",
    "UriSchemeNntp": "nntp",
    "SchemeDelimiter": "://",
}.items():
    URI.value(f"string {_name}", _text)


# ---------------------------------------------------------------- making

URI.constructor("(string uriString)")(new_uri)


@URI.constructor("(string uriString, UriKind uriKind)")
def new_of_kind(text: str | None, kind: EnumValue) -> Uri:
    """A Uri of its text. Raises ArgumentNullException and UriFormatException."""
    if text is None:
        raise ArgumentNullException(parameter="uriString")
    return uri_of_text(text, kind.value)


@URI.constructor("(Uri baseUri, string relativeUri)")
def new_of_base(base: Uri | None, relative: str | None) -> Uri:
    """A Uri that may be relative to another. Raises what `combined` raises."""
    return combined(base, relative)


@URI.constructor("(Uri baseUri, Uri relativeUri)")
def new_of_base_and_uri(base: Uri | None, relative: Uri | None) -> Uri:
    """A Uri that may be relative to another. Raises what `combined` raises, and NullReferenceException."""
    if base is None:
        raise ArgumentNullException(parameter="baseUri")
    if base.parts is None:
        raise ArgumentOutOfRangeException(parameter="baseUri")
    if relative is None:
        raise ArgumentNullException(parameter="relativeUri")
    return relative if relative.parts is not None else combined(base, relative.original)


@URI.method("static bool TryCreate(string uriString, UriKind uriKind, out Uri result)")
def try_create(text: str | None, kind: EnumValue) -> tuple[bool, Uri | None]:
    """Whether text is a Uri, and which."""
    if text is None:
        return False, None
    try:
        return True, uri_of_text(text, kind.value)
    except UriFormatException:
        return False, None


@URI.method("static bool TryCreate(Uri baseUri, string relativeUri, out Uri result)")
def try_create_of_base(base: Uri | None, relative: str | None) -> tuple[bool, Uri | None]:
    """Whether text is a Uri, perhaps relative to another, and which."""
    if base is None or base.parts is None or relative is None:
        return False, None
    try:
        return True, combined(base, relative)
    except UriFormatException:
        return False, None


@URI.method("static bool TryCreate(Uri baseUri, Uri relativeUri, out Uri result)")
def try_create_of_uris(base: Uri | None, relative: Uri | None) -> tuple[bool, Uri | None]:
    """Whether the second can stand behind the first, and what that gives."""
    if base is None or base.parts is None or relative is None:
        return False, None
    if relative.parts is not None:
        return True, relative
    return try_create_of_base(base, relative.original)


# ---------------------------------------------------------------- parts

URI.attribute("string OriginalString", "original", never_null=True)
URI.property("bool IsAbsoluteUri")(lambda this: this.parts is not None)
URI.property("bool UserEscaped")(lambda this: False)
URI.property("string AbsoluteUri", never_null=True)(lambda this: this.absolute_text())
URI.property("string AbsolutePath", never_null=True)(lambda this: escaped(this.known().path))
URI.property("string Query", never_null=True)(lambda this: escaped(this.known().query))
URI.property("string Fragment", never_null=True)(lambda this: escaped(this.known().fragment))
URI.property("string Host", never_null=True)(lambda this: this.known().host.text)
URI.property("string DnsSafeHost", never_null=True)(lambda this: this.known().host.safe)
URI.property("string Scheme", never_null=True)(lambda this: this.known().scheme)
URI.property("string UserInfo", never_null=True)(lambda this: escaped(this.known().user))
URI.property("string Authority", never_null=True)(lambda this: this.known().authority)
URI.property("int Port")(lambda this: this.known().port)
URI.property("bool IsDefaultPort")(lambda this: is_default_port(this.known()))
URI.property("bool IsFile")(lambda this: this.known().scheme == "file")
URI.property("bool IsUnc")(lambda this: this.known().scheme == "file" and bool(this.known().host.text))


@URI.property("string PathAndQuery", never_null=True)
def path_and_query(this: Uri) -> str:
    """The path and what follows it up to the fragment. Raises InvalidOperationException."""
    parts = this.known()
    return escaped(f"{parts.path}{parts.query}")


@URI.property("string LocalPath", never_null=True)
def local_path(this: Uri) -> str:
    """The path with everything decoded. Raises InvalidOperationException."""
    return unescape_data(this.known().path)


@URI.property("string[] Segments", never_null=True)
def segments(this: Uri) -> AnyArray:
    """The path, cut behind each slash. Raises InvalidOperationException."""
    path = escaped(this.known().path)
    meter.spend(path.count("/"))
    parts = [f"{one}/" for one in path.split("/")]
    last = parts.pop()[:-1]
    return new_array(STRING.type, [*parts, last] if last else parts)


@URI.property("UriHostNameType HostNameType")
def host_name_type(this: Uri) -> EnumValue:
    """What kind of host it is. Raises InvalidOperationException."""
    return EnumValue(URI_HOST_NAME_TYPE.definition, this.known().host.kind)


@URI.property("bool IsLoopback")
def is_local(this: Uri) -> bool:
    """Whether the host is this machine. Raises InvalidOperationException."""
    parts = this.known()
    if not parts.host.text:
        return parts.scheme == "file"
    return is_loopback(parts.host)


@URI.property("string IdnHost", never_null=True)
def idn_host(this: Uri) -> str:
    """The host in ASCII. Raises InvalidOperationException."""
    host = this.known().host.safe
    if host.isascii():
        return host
    try:
        return outward(host).encode("idna").decode()
    except UnicodeError:
        return host


@URI.method("string GetLeftPart(UriPartial part)")
def get_left_part(this: Uri, part: EnumValue) -> str:
    """The Uri up to that part. Raises InvalidOperationException."""
    parts = this.known()
    if part.value == 0:
        return f"{parts.scheme}:{parts.slashes}"
    if part.value == 1:
        has_authority = parts.slashes or parts.host.text
        return _escaped_start(this) if has_authority else ""
    query = parts.query if part.value == 3 else ""
    return _escaped_start(this) + escaped(f"{parts.path}{query}")


def _escaped_start(uri: Uri) -> str:
    parts = uri.known()
    return f"{parts.scheme}:{parts.slashes}{escaped(parts.user)}{'@' if parts.user else ''}{parts.authority}"


# ---------------------------------------------------------------- two of them


@URI.method("Uri MakeRelativeUri(Uri uri)")
def make_relative(this: Uri, other: Uri | None) -> Uri:
    """How the other is written relative to this. Raises ArgumentNullException, InvalidOperationException."""
    if other is None:
        raise ArgumentNullException(parameter="uri")
    return relative_between(this, other)


@URI.method("bool IsBaseOf(Uri uri)")
def is_base_of(this: Uri, other: Uri | None) -> bool:
    """Whether the other stands below the last slash of this. Raises ArgumentNullException."""
    if other is None:
        raise ArgumentNullException(parameter="uri")
    if this.parts is None:
        return False
    if other.parts is None:
        other = combined(this, other.original)
    start, end = this.parts, other.known()
    if (start.scheme, start.host.text, start.port) != (end.scheme, end.host.text, end.port):
        return False
    return end.path.startswith(start.path[: start.path.rfind("/") + 1])


URI.method("string ToString()")(Uri.net_text)
URI.method("int GetHashCode()")(hash_of)


@URI.method("bool Equals(object comparand)")
def equals(this: Uri, other: Any) -> bool:
    """Whether both name the same; a string counts as the Uri of it."""
    if isinstance(other, str):
        found, uri = try_create(other, _EITHER)
        return found and this == uri
    return isinstance(other, Uri) and this == other


_EITHER = EnumValue(URI_KIND.definition, RELATIVE_OR_ABSOLUTE)


@URI.operator("bool operator ==(Uri uri1, Uri uri2)")
def same(left: Uri | None, right: Uri | None) -> bool:
    """Whether both name the same, or are null."""
    return left == right


@URI.operator("bool operator !=(Uri uri1, Uri uri2)")
def different(left: Uri | None, right: Uri | None) -> bool:
    """Whether they do not."""
    return left != right


# ---------------------------------------------------------------- text


@URI.method("static string EscapeDataString(string stringToEscape)")
def escape_data_string(text: str | None) -> str:
    """Everything but letters, digits and `-._~`. Raises ArgumentNullException and UriFormatException."""
    if text is None:
        raise ArgumentNullException(parameter="stringToEscape")
    return escape_data(text)


@URI.method("static string EscapeUriString(string stringToEscape)")
def escape_uri_string(text: str | None) -> str:
    """Everything that may not stand in a Uri. Raises ArgumentNullException and UriFormatException."""
    if text is None:
        raise ArgumentNullException(parameter="stringToEscape")
    return escape_text(text)


@URI.method("static string UnescapeDataString(string stringToUnescape)")
def unescape_data_string(text: str | None) -> str:
    """Percent sequences decoded. Raises ArgumentNullException."""
    if text is None:
        raise ArgumentNullException(parameter="stringToUnescape")
    return unescape_data(text)


@URI.method("static bool IsWellFormedUriString(string uriString, UriKind uriKind)")
def is_well_formed(text: str | None, kind: EnumValue) -> bool:
    """Whether text is a Uri that needs no escaping."""
    if text is None:
        return False
    try:
        parts = parse(text, kind.value)
    except UriFormatException:
        return False
    if parts is None:
        return is_escaped(text) and ":" not in text.partition("/")[0]
    if text[:1] in "/\\":
        return False
    # Paths of files without the scheme are not written as a Uri is.
    return is_escaped(text) and (parts.scheme != "file" or text[:7].lower() == "file://")


@URI.method("static UriHostNameType CheckHostName(string name)")
def check_host_name(name: str | None) -> EnumValue:
    """What kind of host a text is."""
    text = outward(name or "")
    found = host_of(f"[{text}]") if ":" in text else host_of(text)
    kind = UNKNOWN if found is None else IPV6 if ":" in text else found.kind
    return EnumValue(URI_HOST_NAME_TYPE.definition, kind)


@URI.method("static bool CheckSchemeName(string schemeName)")
def check_scheme_name(name: str | None) -> bool:
    """Whether a text may be a scheme."""
    return bool(name) and name is not None and name[0].isalpha() and name.isascii() and _is_scheme(name)


def _is_scheme(name: str) -> bool:
    return all(one.isalnum() or one in "+-." for one in name)
