"""Every refusal says what is wrong, at the author's line and column, for the entity it concerns."""

from __future__ import annotations

import pytest

OK_API = "{id: o, path: o, subscriptionRequired: false"


def in_gateway(rest: str) -> str:
    return f"gateway:\n  {rest}\n"


def in_hostname(rest: str) -> str:
    return f"hostnames:\n  - hostName: h.test\n    certificateId: c\n    {rest}\n"


def in_certificate(rest: str) -> str:
    return f"certificates:\n  - id: c\n    {rest}\n"


def in_ca(rest: str) -> str:
    return f"caCertificates:\n  - id: c\n    {rest}\n"


def in_value(rest: str) -> str:
    return f"namedValues:\n  - id: v\n    {rest}\n"


def in_backend(rest: str, url: str = "http://b") -> str:
    return f"backends:\n  - id: b\n    url: {url}\n    {rest}\n"


def in_fragment(rest: str) -> str:
    return f"policyFragments:\n  - id: f\n    {rest}\n"


def in_api(rest: str) -> str:
    return f"apis:\n  - id: o\n    path: o\n    subscriptionRequired: false\n    {rest}\n"


def in_operation(rest: str) -> str:
    return in_api(f"operations:\n      - id: x\n        {rest}")


def template(text: str) -> str:
    return in_operation(f"method: GET\n        urlTemplate: '{text}'")


LATER = "is not supported yet"
SECRET = "https://kv.vault.azure.net/secrets/one"
G, H, C, A, V, B, F, P, OP = (
    "gateway",
    "hostname h.test",
    "certificate c",
    "CA certificate c",
    "named value v",
    "backend b",
    "policy fragment f",
    "api o",
    "operation o/x",
)

CASES = [
    # The root.
    ("gatway: {}", 1, 1, None, "`gatway` is not known here; did you mean `gateway`?"),
    ("zzz: {}", 1, 1, None, "`zzz` is not known here"),
    ("products: [{id: p}]", 1, 1, None, f"`products` {LATER}"),
    ("subscriptions: [{id: p}]", 1, 1, None, f"`subscriptions` {LATER}"),
    ("apis: {a: 1}", 1, 7, None, "`apis` must be a list"),
    ("apis: [x]", 1, 8, "api number 1", "must be a mapping"),
    ("gateway: x", 1, 10, G, "must be a mapping"),
    ("backends: [{url: 'http://b'}]", 1, 12, "backend number 1", "`id` is required"),
    ("policy: [x]", 1, 9, "global policy", "`policy` must be a path, or the document as a block"),
    ("policy: none.xml", 1, 9, "global policy", "`policy`: the file none.xml does not exist"),
    ("policy: big.xml", 1, 9, "global policy", "`policy`: the file big.xml is larger than 512 KiB"),
    ("policy: bin.xml", 1, 9, "global policy", "`policy`: the file bin.xml is not UTF-8"),
    ("policy: ''", 1, 9, "global policy", "`policy` must name a file"),
    # The gateway.
    (in_gateway("workers: 0"), 2, 12, G, "`workers` must be at least 1"),
    (in_gateway("workers: two"), 2, 12, G, "`workers` must be a whole number"),
    (in_gateway("workers: true"), 2, 12, G, "`workers` must be a whole number"),
    (in_gateway("workers: '2'"), 2, 12, G, "`workers` must be a whole number, without quotes"),
    (in_gateway("worker: 2"), 2, 3, G, "did you mean `workers`?"),
    (in_gateway("revocation: hard"), 2, 15, G, "`revocation` must be hard-fail, soft-fail or off"),
    (in_gateway("revocation: true"), 2, 15, G, "`revocation` must be hard-fail, soft-fail or off"),
    (in_gateway("revocation: {mode: on}"), 2, 22, G, "`revocation.mode` must be hard-fail, soft-fail or off"),
    (in_gateway("revocation: {maxListSize: 5}"), 2, 29, G, "must be at least 1024"),
    (in_gateway("revocation: {tmeout: 5}"), 2, 16, G, "did you mean `timeout`?"),
    (in_gateway("management: true"), 2, 15, G, "must be a mapping with a `url`, or the word off"),
    (in_gateway("management: 'https://a:1'"), 2, 15, G, "must be a mapping with a `url`"),
    (in_gateway("management: {url: x}"), 2, 21, G, "`management.url` must begin with http:// or https://"),
    (in_gateway("management: {uri: x}"), 2, 16, G, "did you mean `url`?"),
    (
        in_gateway("expressionLimits: {steps: 999}"),
        2,
        29,
        G,
        "Limits.steps` must be at least 1000",
    ),
    (
        in_gateway("expressionLimits: {size: 64MB}"),
        2,
        28,
        G,
        "Limits.size` must be a whole number",
    ),
    (in_gateway("expressionLimits: {time: 0}"), 2, 28, G, "Limits.time` must be longer than zero"),
    (in_gateway("listeners: []"), 2, 14, G, "`listeners` may not be empty"),
    (in_gateway("listeners: [{url: 'http://a/b'}]"), 2, 21, G, "must be scheme, host and port only"),
    (in_gateway("listeners: [{url: 'http://a:99999'}]"), 2, 21, G, "has a malformed host or port"),
    (in_gateway("listeners: [{}]"), 2, 15, G, "`listeners[0].url` is required"),
    (
        in_gateway("listeners: [{url: 'http://a:1'}, {url: 'http://A:1/'}]"),
        2,
        42,
        G,
        "another listener has the same address, at {file}:2:21",
    ),
    (
        in_gateway("listeners: [{url: 'http://127.0.0.1'}, {url: 'http://127.0.0.1:80'}]"),
        2,
        48,
        G,
        "another listener has the same address, at {file}:2:21",
    ),
    (
        in_gateway("listeners: [{url: 'http://0.0.0.0:1'}, {url: 'http://b:1'}]"),
        2,
        48,
        G,
        "another listener takes this address too, at {file}:2:21",
    ),
    (
        in_gateway("listeners: [{url: 'http://a:1'}]\n  management: {url: 'http://a:1'}"),
        3,
        21,
        G,
        "a listener takes this address too, at {file}:2:21",
    ),
    (in_gateway("management: {url: 'http://localhost:8080'}"), 2, 21, G, "the listener that is used"),
    (in_gateway("listeners: [{url: 'http://127.0.0.1:8081'}]"), 2, 21, G, "or write `management: off`"),
    (in_gateway("listeners: [{url: 'http://a:'}]"), 2, 21, G, "must name a port after the colon"),
    (in_gateway("backendCertificates: never"), 2, 24, G, "`backendCertificates` must be auto or policy"),
    (
        in_gateway("forwardClientCertificate: rfc9440"),
        2,
        29,
        G,
        "`forwardClientCertificate` must be off, xfcc",
    ),
    (in_gateway("forwardClientCertificate: true"), 2, 29, G, "`forwardClientCertificate` must be off, xfcc"),
    (in_gateway("trustedProxies: [10.0.0.0/8, x]"), 2, 32, G, "`trustedProxies[1]` must be a network"),
    (in_gateway("trustedProxies: [10.0.0.1/8]"), 2, 20, G, "has bits set behind the prefix"),
    # Hostnames.
    (in_hostname("negotiateClientCertificate: 1"), 4, 33, H, "`negotiateClientCertificate` must be true or"),
    (in_hostname("default: 1"), 4, 14, H, "`default` must be true or false"),
    (in_hostname("keyVaultId: x"), 4, 5, H, f"`keyVaultId` {LATER}"),
    ("hostnames: [{hostName: h.test}]", 1, 13, H, "`certificateId` is required"),
    ("hostnames: [{hostName: 'a b', certificateId: c}]", 1, 24, "hostname a b", "must be a host name"),
    ("hostnames: [{hostName: 'a.*', certificateId: c}]", 1, 24, "hostname a.*", "must be a host name"),
    (
        "hostnames:\n- {hostName: a, certificateId: c}\n- {hostName: A, certificateId: c}",
        3,
        14,
        "hostname A",
        "another hostname has the same hostName, at {file}:2:14",
    ),
    (
        "hostnames:\n- {hostName: a, certificateId: c, default: true}\n"
        "- {hostName: b, certificateId: c, default: true}",
        3,
        44,
        "hostname b",
        "another hostname is the default already, at {file}:2:44",
    ),
    # Certificates.
    (in_certificate("password: x"), 2, 5, C, "`file`, `data` or `keyVault` is required"),
    (in_certificate("file: none.pfx"), 3, 11, C, "`file`: the file none.pfx does not exist"),
    (in_certificate("file: empty.txt"), 3, 11, C, "`file`: the file empty.txt is empty"),
    (in_certificate("file: ."), 3, 11, C, "`file`: the file . is not a regular file"),
    (in_certificate("file: x.pfx\n    data: AQ=="), 3, 11, C, "`file` and `data` exclude each other"),
    (in_certificate("data: '***'"), 3, 11, C, "`data` must be base64 text"),
    (in_certificate(f"data: AQ==\n    keyVault: {{secretIdentifier: '{SECRET}'}}"), 3, 11, C, "exclude each"),
    (
        in_certificate(f"file: x.pfx\n    keyVault: {{secretIdentifier: '{SECRET}'}}"),
        3,
        11,
        C,
        "exclude each",
    ),
    (in_certificate("keyVault: {}"), 3, 15, C, "`keyVault.secretIdentifier` is required"),
    (in_certificate("keyVault: {secretIdentifier: x}"), 3, 34, C, "must begin with https://"),
    (in_certificate(f"keyVault: {{secretIdentifier: '{SECRET[5:]}'}}"), 3, 34, C, "must begin with https://"),
    (
        in_certificate("keyVault: {secretIdentifier: 'http://v/secrets/n'}"),
        3,
        34,
        C,
        "must begin with https://",
    ),
    (in_certificate("keyVault: {secretIdentifier: 'https://v/keys/n'}"), 3, 34, C, "names one of the keys"),
    (
        in_certificate("keyVault: {secretIdentifier: 'https://v/n'}"),
        3,
        34,
        C,
        "must be https://VAULT/secrets/",
    ),
    (
        in_certificate(f"keyVault: {{secretIdentifier: '{SECRET}?a=1'}}"),
        3,
        34,
        C,
        "must be https://VAULT/secr",
    ),
    (
        in_certificate(f"keyVault: {{secretIdentifier: '{SECRET}/a/b'}}"),
        3,
        34,
        C,
        "must be https://VAULT/secr",
    ),
    (
        in_certificate("keyVault: {secretIdentifier: 'https://u@v/secrets/n'}"),
        3,
        34,
        C,
        "user name or password",
    ),
    (
        in_certificate(f"keyVault: {{secretIdentifier: '{SECRET}', identityClientId: me}}"),
        3,
        94,
        C,
        "`keyVault.identityClientId` must be the client id of a user-assigned identity",
    ),
    (in_ca("data: AQ==\n    storeName: Root\n    keyVault: {}"), 5, 5, A, f"`keyVault` {LATER}"),
    (in_certificate("data: AQ==\n    passwd: x"), 4, 5, C, "did you mean `password`?"),
    ("certificates: [{id: 'a/b', data: AQ==}]", 1, 21, "certificate a/b", "may not contain * # & + : < > ?"),
    (f"certificates: [{{id: {'c' * 81}, data: AQ==}}]", 1, 21, f"certificate {'c' * 81}", "at most 80"),
    (
        "certificates: [{id: a, data: AQ==}, {id: A, data: AQ==}]",
        1,
        42,
        "certificate A",
        "another certificate has the same id, at {file}:1:21",
    ),
    (in_ca("data: AQ=="), 2, 5, A, "`storeName` is required"),
    (in_ca("data: AQ==\n    storeName: root"), 4, 16, A, "`storeName` must be Root or CertificateAuthority"),
    # Named values.
    (in_value("secret: true"), 2, 5, V, "`value` is required, or `keyVault`"),
    (in_value("value: ~"), 3, 12, V, "`value` is required, or `keyVault`"),
    (in_value("value: ' '"), 3, 12, V, "`value` may not be blank"),
    (in_value(f"value: {'x' * 4097}"), 3, 12, V, "`value` may have at most 4096 characters"),
    (in_value("value: [x]"), 3, 12, V, "`value` must be a string"),
    (in_value("value: x\n    secret: yes"), 4, 13, V, "`secret` must be true or false"),
    (in_value(f"value: x\n    keyVault: {{secretIdentifier: '{SECRET}'}}"), 4, 15, V, "exclude each other"),
    (in_value("keyVault: {secretIdentifier: x}"), 3, 34, V, "must begin with https://"),
    # Key vaults.
    (
        in_gateway("keyVault: {credential: key}"),
        2,
        26,
        G,
        "`keyVault.credential` must be auto, managedIdentity",
    ),
    (in_gateway("keyVault: {refreshInterval: 0}"), 2, 31, G, "`keyVault.refreshInterval`"),
    (in_gateway("keyVault: {tenantId: t}"), 2, 24, G, "is not used with the credential auto; remove it"),
    (
        in_gateway("keyVault: {credential: clientSecret, tenantId: t, clientId: c}"),
        2,
        13,
        G,
        "`keyVault.clientSecret` is required with the credential clientSecret",
    ),
    (
        in_gateway("keyVault: {authorityHost: 'http://a.test'}"),
        2,
        29,
        G,
        "`keyVault.authorityHost` must be https:// and a host",
    ),
    (in_gateway("keyVault: {unverifiedHosts: ['a b']}"), 2, 32, G, "must be a host name"),
    (in_value("value: x\n    displayName: 'a b'"), 4, 18, V, "`displayName` may contain ASCII letters"),
    (
        "namedValues: [{id: a, value: x, displayName: n}, {id: N, value: x}]",
        1,
        55,
        "named value N",
        "another named value has the same displayName, at {file}:1:46",
    ),
    # Backends.
    ("backends: [{id: b}]", 1, 12, B, "`url` is required"),
    (in_backend("", url="ftp://b"), 3, 10, B, "`url` must begin with http:// or https://"),
    (in_backend("", url="/path"), 3, 10, B, "`url` must begin with http:// or https://"),
    (in_backend("", url="https://"), 3, 10, B, "`url` must name a host"),
    (in_backend("", url="http://u:p@b"), 3, 10, B, "`url` may not hold a user name or password"),
    (in_backend("", url="http://b/#x"), 3, 10, B, "`url` may not hold a fragment"),
    (in_backend("", url="http://b/?x=1"), 3, 10, B, "`url` may not hold a query"),
    (in_backend("", url="'http://b/{x}'"), 3, 10, B, "`url` must be an absolute URL of ASCII characters"),
    (in_backend("", url="http://b:0"), 3, 10, B, "`url` may not use port 0"),
    (in_backend("", url="'http://[::x]'"), 3, 10, B, "`url` has a malformed"),
    (in_backend("type: Many"), 4, 11, B, "`type` must be Single or Pool"),
    (in_backend("protocol: grpc"), 4, 15, B, "`protocol` must be http or soap"),
    (in_backend("title: ''"), 4, 12, B, "`title` may not be empty"),
    (in_backend("credentials: {managedIdentity: {}}"), 4, 19, B, f"`credentials.managedIdentity` {LATER}"),
    (in_backend("credentials: {oauth2: {}}"), 4, 19, B, f"`credentials.oauth2` {LATER}"),
    (in_backend("credentials: {headers: {}}"), 4, 19, B, "did you mean `header`?"),
    (in_backend("credentials: {header: [x]}"), 4, 27, B, "`credentials.header` must be a mapping"),
    (in_backend("credentials: {header: {x: []}}"), 4, 31, B, "`credentials.header.x` may not be empty"),
    (in_backend("credentials: {header: {x: {}}}"), 4, 31, B, "`credentials.header.x` must be a list"),
    (in_backend("credentials: {header: {x: [~]}}"), 4, 32, B, "`credentials.header.x[0]` must be a string"),
    (in_backend('credentials: {header: {x: "a\\nb"}}'), 4, 31, B, "may not contain line breaks"),
    (
        in_backend("credentials: {header: {'a b': x}}"),
        4,
        27,
        B,
        "`credentials.header` has a name that must be",
    ),
    (in_backend("credentials: {header: {Upgrade: x}}"), 4, 27, B, "may not set upgrade"),
    (in_backend("credentials: {header: {a: x, A: x}}"), 4, 27, B, "names a twice"),
    (in_backend("credentials: {query: {'': x}}"), 4, 26, B, "has a parameter without a name"),
    (in_backend("credentials: {certificate: [ab]}"), 4, 33, B, "must be a SHA-1 thumbprint"),
    (in_backend(f"credentials: {{certificateIds: [{', '.join('a' * 33)}]}}"), 4, 35, B, "at most 32 entries"),
    (
        in_backend("credentials: {authorization: {scheme: x}}"),
        4,
        34,
        B,
        "`credentials.authorization.parameter` is",
    ),
    (
        in_backend("credentials: {authorization: {scheme: 'x y', parameter: z}}"),
        4,
        43,
        B,
        "must be an HTTP token",
    ),
    (in_backend('credentials: {authorization: {scheme: x, parameter: "a\\rb"}}'), 4, 57, B, "line breaks"),
    (in_backend("tls: {validateCertificateChain: 'no'}"), 4, 37, B, "must be true or false, without quotes"),
    (in_backend("proxy: {url: 'http://p/x'}"), 4, 18, B, "`proxy.url` must be scheme, host and port only"),
    (in_backend("limits: {connections: 0}"), 4, 27, B, "`limits.connections` must be at least 1"),
    (in_backend("limits: {pending: -1}"), 4, 23, B, "`limits.pending` must be at least 0"),
    (in_backend("limits: {connectTimeout: 10s}"), 4, 30, B, "must be a duration such as PT10S"),
    (in_backend("limits: {connectTimeout: P}"), 4, 30, B, "must be a duration such as PT10S"),
    (in_backend("limits: {idleTimeout: 0}"), 4, 27, B, "must be longer than zero"),
    (in_backend("limits: {lifetime: .inf}"), 4, 24, B, "must be longer than zero and at most a year"),
    (
        "backends: [{id: b, url: 'http://b'}, {id: B, url: 'http://b'}]",
        1,
        43,
        "backend B",
        "the same id, at {file}:1:17",
    ),
    # Policy fragments.
    (in_fragment("description: x"), 2, 5, F, "`file` or `value` is required"),
    (in_fragment("value: x.xml"), 3, 12, F, "`value` must be the document itself; name a file with `file`"),
    (in_fragment("value: <fragment/>\n    file: x.xml"), 4, 11, F, "`file` and `value` exclude each other"),
    (in_fragment("file: none.xml"), 3, 11, F, "`file`: the file none.xml does not exist"),
    (in_fragment("value: <fragment/>\n    format: xml"), 4, 5, F, f"`format` {LATER}"),
    ("policyFragments: [{id: -f, value: <fragment/>}]", 1, 24, "policy fragment -f", "may contain letters"),
    # APIs.
    ("apis: [{id: o, path: o}]", 1, 8, P, "write `subscriptionRequired: false`"),
    ("apis: [{id: o, path: o, subscriptionRequired: true}]", 1, 47, P, "write `subscriptionRequired: false`"),
    ("apis: [{id: o, subscriptionRequired: false}]", 1, 8, P, "`path` is required"),
    ("apis: [{id: o, path: /o, subscriptionRequired: false}]", 1, 22, P, "has no leading slash"),
    ("apis: [{id: o, path: o/, subscriptionRequired: false}]", 1, 22, P, "has no trailing slash"),
    (
        "apis: [{id: o, path: a//b, subscriptionRequired: false}]",
        1,
        22,
        P,
        "may not have empty or dot segments",
    ),
    ("apis: [{id: o, path: 'a?b', subscriptionRequired: false}]", 1, 22, P, "may not contain spaces"),
    (f"apis: [{{id: o, path: {'p' * 401}, subscriptionRequired: false}}]", 1, 22, P, "at most 400"),
    (
        "apis: [{id: 'o;rev=2', path: o, subscriptionRequired: false}]",
        1,
        13,
        "api o;rev=2",
        "revisions are not",
    ),
    (
        f"apis: [{OK_API}}}, {{id: p, path: O, subscriptionRequired: false}}]",
        1,
        69,
        "api p",
        "another api has the same path, at {file}:1:22",
    ),
    (f"apis: [{OK_API}}}, {{id: O, path: p, subscriptionRequired: false}}]", 1, 60, "api O", "the same id"),
    (in_api("protocols: [https, wss]"), 5, 24, P, "WebSocket APIs are not supported yet"),
    (in_api("protocols: [https, https]"), 5, 16, P, "`protocols` names a protocol twice"),
    (in_api("protocols: [ftp]"), 5, 17, P, "`protocols[0]` must be http or https"),
    (in_api("protocols: https"), 5, 16, P, "`protocols` must be a list"),
    (in_api("serviceUrl: b"), 5, 17, P, "`serviceUrl` must begin with http:// or https://"),
    (in_api("type: graphql"), 5, 11, P, "this type of API is not supported yet"),
    (in_api("apiRevision: 2"), 5, 18, P, "revisions are not supported yet"),
    (in_api("isCurrent: false"), 5, 16, P, "revisions are not supported yet"),
    (in_api("apiVersion: v1"), 5, 5, P, f"`apiVersion` {LATER}"),
    (in_api("apiVersionSetId: v1"), 5, 5, P, f"`apiVersionSetId` {LATER}"),
    (
        in_api("subscriptionKeyParameterNames: {header: x}"),
        5,
        5,
        P,
        f"`subscriptionKeyParameterNames` {LATER}",
    ),
    (in_api("openapi: x.yaml"), 5, 5, P, f"`openapi` {LATER}; list the operations"),
    (in_api("polcy: x.xml"), 5, 5, P, "did you mean `policy`?"),
    (in_api("policy: none.xml"), 5, 13, P, "`policy`: the file none.xml does not exist"),
    (in_api("operations: x"), 5, 17, P, "`operations` must be a list"),
    # Operations.
    (in_operation("method: GET"), 6, 9, OP, "`urlTemplate` is required"),
    (in_operation("urlTemplate: /"), 6, 9, OP, "`method` is required"),
    (in_operation("urlTemplate: /\n        method: 'G T'"), 8, 17, OP, "`method` must be an HTTP token"),
    (in_operation("urlTemplate: /\n        method: '*'"), 8, 17, OP, "`method` must be one method"),
    (
        in_operation("urlTemplate: /\n        method: GET\n        polcy: x"),
        9,
        9,
        OP,
        "did you mean `policy`?",
    ),
    (
        in_operation("urlTemplate: /\n        method: GET\n        policy: no.xml"),
        9,
        17,
        OP,
        "`policy`: the file no.xml",
    ),
    (
        in_operation("urlTemplate: /\n        method: GET\n        request: {}"),
        9,
        9,
        OP,
        f"`request` {LATER}",
    ),
    (template("items"), 8, 22, OP, "`urlTemplate` must begin with /"),
    (template("/{id"), 8, 22, OP, "`urlTemplate` has braces that do not match"),
    (template("/{a{b}}"), 8, 22, OP, "`urlTemplate` has braces that do not match"),
    (template("/id}"), 8, 22, OP, "`urlTemplate` has braces that do not match"),
    (template("/{}"), 8, 22, OP, "has a parameter whose name is missing or malformed"),
    (template("/{a}/{a}"), 8, 22, OP, "uses the parameter a twice"),
    (template("/{a}?x={a}"), 8, 22, OP, "uses the parameter a twice"),
    (template("/*/x"), 8, 22, OP, "may use a wildcard at the end of the path only"),
    (template("/{*a}/x"), 8, 22, OP, "may use a wildcard at the end of the path only"),
    (template("/x*"), 8, 22, OP, "must have a wildcard as a whole segment"),
    (template("/x?a={*b}"), 8, 22, OP, "may use a wildcard at the end of the path only"),
    (template("/a/../b"), 8, 22, OP, "may not have dot segments"),
    (template("/a b"), 8, 22, OP, "may not contain spaces"),
    (
        template("/{a}") + "        templateParameters: [{name: b}]\n",
        9,
        29,
        OP,
        "`templateParameters` must name exactly the placeholders of urlTemplate (a), or be left out",
    ),
    (
        f"apis: [{OK_API}, operations: [{{id: x, method: GET, urlTemplate: /a}},"
        "\n {id: y, method: get, urlTemplate: /A}]}]",
        2,
        36,
        "operation o/y",
        "another operation has the same method and URL template, at {file}:1:101",
    ),
    (
        f"apis: [{OK_API}, operations: [{{id: x, method: GET, urlTemplate: /a}},"
        "\n {id: X, method: PUT, urlTemplate: /a}]}]",
        2,
        7,
        "operation o/X",
        "another operation has the same id, at {file}:1:72",
    ),
]


@pytest.mark.parametrize(
    ("text", "line", "column", "entity", "message"), CASES, ids=[c[4][:40] for c in CASES]
)
def test_refusal(findings, tmp_path, text: str, line: int, column: int, entity: str | None, message: str):
    found = findings(text.encode(), big__xml="<" * 524_289, bin__xml=b"\xff", empty__txt="", x__pfx="x")
    assert [one[:3] for one in found] == [(line, column, entity)]
    assert message.replace("{file}", str(tmp_path / "gateway.yaml")) in found[0][3]


@pytest.mark.parametrize("held", ["null", "[]"])
def test_a_later_member_that_holds_nothing_is_as_good_as_absent(load_text, held: str):
    assert load_text(in_api(f"openapi: {held}").encode())[0].apis


def test_all_findings_are_reported_in_the_order_of_the_file(findings):
    text = (
        in_backend("type: Many\n    limits: {connections: 0, pendig: 1}\n    tls: x") + "apis:\n  - id: 7\n"
    )
    found = findings(text.encode())
    assert [(line, entity) for line, _, entity, _ in found] == [
        (4, B),
        (5, B),
        (5, B),
        (6, B),
        (8, "api 7"),
        (8, "api 7"),
    ]


def test_findings_end_somewhere(findings):
    found = findings(("backends:\n" + "  - {id: 'a', url: x}\n" * 3000).encode())
    assert len(found) < 1100
    assert any("the rest is left out" in message for *_, message in found)
