"""Types and members that .NET has and expressions do not: so that the error says so, and not "unknown".

The allow-list itself is what the library declares; nothing here allows or forbids anything. The names are
those that authors reach for (spec/expressions.md sections 5.4, 8, 12).
"""

from __future__ import annotations

DYNAMIC = "Dynamic member invocation is not supported"

_NAMESPACES = (
    "System.Collections.Concurrent",
    "System.ComponentModel",
    "System.Configuration",
    "System.Data",
    "System.Diagnostics",
    "System.Globalization",
    "System.IO",
    "System.IO.Compression",
    "System.Net",
    "System.Net.Http",
    "System.Net.Mail",
    "System.Net.Sockets",
    "System.Reflection",
    "System.Resources",
    "System.Runtime",
    "System.Runtime.InteropServices",
    "System.Security",
    "System.Security.Principal",
    "System.Threading",
    "System.Threading.Tasks",
    "System.Timers",
    "System.Web",
    "Microsoft.Win32",
    "Newtonsoft.Json.Serialization",
)
_PREFIXES = frozenset(
    ".".join(parts[: at + 1]) for parts in (one.split(".") for one in _NAMESPACES) for at in range(len(parts))
)

_TYPES = {
    name: f"{namespace}.{name}"
    for namespace, names in {
        "System": (
            "Activator AppContext AppDomain Attribute Buffer Console Delegate Environment GC Lazy "
            "MarshalByRefObject MulticastDelegate OperatingSystem Progress UriBuilder Version WeakReference"
        ),
        "System.IO": (
            "BinaryReader BinaryWriter BufferedStream Directory DirectoryInfo DriveInfo File FileInfo "
            "FileMode FileStream FileSystemInfo MemoryStream Path Stream StreamReader StreamWriter "
            "TextReader TextWriter"
        ),
        "Newtonsoft.Json": (
            "JsonConverter JsonReader JsonSerializer JsonSerializerSettings JsonTextReader JsonTextWriter "
            "JsonWriter"
        ),
        "System.Xml": "XmlReader XmlReaderSettings XmlWriter XmlWriterSettings",
        "System.Security.Cryptography": "CspParameters CryptoStream RSACryptoServiceProvider",
        "System.Security.Cryptography.X509Certificates": "X509Chain X509Store",
    }.items()
    for name in names.split()
}

_MEMBERS = {
    "System.DateTime": (
        "FromBinary FromFileTime FromOADate Kind ParseExact SpecifyKind ToBinary "
        "ToFileTime ToLocalTime ToOADate ToUniversalTime TryParse TryParseExact"
    ),
    "System.DateTimeKind": "Local Unspecified",
    "System.Enum": "Format GetName GetNames GetUnderlyingType GetValues IsDefined ToObject",
    "System.Net.IPAddress": "MapToIPv4 MapToIPv6 NetworkToHostOrder HostToNetworkOrder ScopeId",
    "System.Security.Cryptography.X509Certificates.X500DistinguishedName": "Decode Format Oid RawData",
    "System.Text.RegularExpressions.Regex": (
        "CacheSize CompileToAssembly Escape GetGroupNames GetGroupNumbers MatchTimeout Options RightToLeft"
    ),
    "System.Type": (
        "Assembly BaseType GetConstructor GetField GetFields GetMember GetMembers GetMethod GetMethods "
        "GetProperties GetProperty GetType InvokeMember MakeGenericType Module TypeHandle"
    ),
    "System.Xml.Linq.XDocument": "Load Save",
    "Newtonsoft.Json.JsonConvert": "DefaultSettings PopulateObject ToString",
}


def is_namespace(name: str) -> bool:
    """Whether a dotted name is a namespace of .NET that expressions cannot use, or the beginning of one."""
    return name in _PREFIXES


def type_message(name: str) -> str | None:
    """What to say of a type that .NET has; None for one that is not known here either.

    `name` is as written: simple, or with its namespace.
    """
    namespace, _, simple = name.rpartition(".")
    known = _TYPES.get(simple)
    if namespace and namespace != (known or "").rpartition(".")[0]:
        known = name if namespace in _NAMESPACES else None
    return f"Usage of type '{known}' is not supported within expressions" if known else None


def member_message(type_name: str, member: str) -> str | None:
    """What to say of a member that the type has in .NET; None for one that is not known here either."""
    if member in _MEMBERS.get(type_name, "").split():
        return f"Usage of member '{member}' of type '{type_name}' is not supported within expressions"
    return None
