"""What breakers, balancing, pools, health checks, retries, pins and clusters refuse, and where it is said."""

from __future__ import annotations

import pytest

CLUSTER = "properties: {serviceFabricCluster: {managementEndpoints: ['https://c.test']}}"


def in_backend(rest: str) -> str:
    """A file whose line 3 is `rest`, indented by four."""
    return f"backends:\n  - id: b\n    {rest}\n"


def single(rest: str) -> str:
    return in_backend(f"url: http://b\n    {rest}")


def condition(rest: str) -> str:
    return single(f"circuitBreaker: {{rules: [{{failureCondition: {{{rest}}}}}]}}")


def rule(rest: str) -> str:
    return single(f"circuitBreaker: {{rules: [{{{rest}}}]}}")


def services(rest: str) -> str:
    return in_backend(f"type: Pool\n    pool: {{services: [{rest}]}}")


def pool(rest: str) -> str:
    return in_backend(f"type: Pool\n    pool: {{services: [{{id: a}}]}}\n    {rest}")


def cluster(rest: str) -> str:
    return in_backend(
        "url: fabric:/a/b\n    properties:\n      serviceFabricCluster:\n"
        f"        managementEndpoints: ['https://c.test']\n        {rest}"
    )


C = "circuitBreaker.rules[0]"
F = f"{C}.failureCondition"
OF_MEMBERS = "does not go with type Pool; give it to the members of the pool"
NO_CLUSTER = "does not go with `properties.serviceFabricCluster`: the cluster says where a service is"
EXCLUDE = "exclude each other; remove one of them"

# A file, the text that the finding points at (its last occurrence), the beginning of the message.
CASES = [
    # Addresses.
    (in_backend("title: x"), "id: b", "`url` is required, unless `urls` has several"),
    (in_backend("urls: []"), "id: b", "`url` is required, unless `urls` has several"),
    (single("urls: [{url: 'http://a'}]"), "http://b", f"`url` and `urls` {EXCLUDE}"),
    (in_backend("urls: [{url: x}]"), "x}]", "`urls[0].url` must begin with http:// or https://"),
    (in_backend("urls: [{weight: 1}]"), "{weight", "`urls[0].url` is required"),
    (in_backend("urls: [{url: 'http://a', weight: 101}]"), "101", "`urls[0].weight` may be at most 100"),
    (in_backend("urls: [{url: 'http://a', weight: -1}]"), "-1", "`urls[0].weight` must be at least 0"),
    (in_backend("urls: [{url: 'http://a', weight: 1.5}]"), "1.5", "`urls[0].weight` must be a whole number"),
    (
        in_backend("urls: [{url: 'http://a', weight: 0}]"),
        "[{url",
        "`urls` must have a weight above zero somewhere",
    ),
    (
        in_backend("urls: [{url: 'http://a'}, {url: 'http://c'}, {url: 'HTTP://A:80/'}]"),
        "'HTTP://A:80/'",
        "`urls[2].url` is the address of urls[0] too",
    ),
    (
        in_backend(f"urls: [{', '.join(f'{{url: http://a{n}}}' for n in range(31))}]"),
        "[{url",
        "`urls` may have at most 30 entries",
    ),
    # Balancing.
    (
        single("loadBalancing: {type: weighted}"),
        "{type",
        "`loadBalancing` needs `urls` or a pool: with one address there is nothing to balance",
    ),
    (
        in_backend("urls: [{url: 'http://a'}]\n    loadBalancing: {type: random}"),
        "random",
        "`loadBalancing.type` must be round-robin, weighted, least-requests or p2c-ewma",
    ),
    (
        in_backend(
            "urls: [{url: 'http://a', weight: 2}, {url: 'http://c'}]\n    loadBalancing: {type: round-robin}"
        ),
        "round-robin",
        "`loadBalancing.type` takes each in turn, but the weights differ; weights need type weighted",
    ),
    (
        services("{id: a, weight: 2}, {id: c}") + "    loadBalancing: {type: round-robin}\n",
        "round-robin",
        "`loadBalancing.type` takes each in turn, but the weights differ",
    ),
    (
        in_backend("urls: [{url: 'http://a'}]\n    loadBalancing: {slowStart: PT0S}"),
        "PT0S",
        "`loadBalancing.slowStart` must be longer than zero",
    ),
    # Health checks.
    (single("healthCheck: {interval: 1}"), "{interval", "`healthCheck.path` is required"),
    (
        single("healthCheck: {path: healthz}"),
        "healthz",
        "`healthCheck.path` must be a path that begins with /",
    ),
    (single("healthCheck: {path: '/a b'}"), "'/a b'", "`healthCheck.path` must be a path"),
    (single("healthCheck: {path: '/a#b'}"), "'/a#b'", "`healthCheck.path` must be a path"),
    (
        single("healthCheck: {path: /, statusCodeRanges: []}"),
        "[]",
        "`healthCheck.statusCodeRanges` may not be empty",
    ),
    (
        single("healthCheck: {path: /, healthyThreshold: 0}"),
        "0}",
        "`healthCheck.healthyThreshold` must be at least 1",
    ),
    (
        single("healthCheck: {path: /, unhealthyThreshold: 0}"),
        "0}",
        "`healthCheck.unhealthyThreshold` must be at least 1",
    ),
    (single("healthCheck: {path: /, timeout: 5s}"), "5s", "`healthCheck.timeout` must be a duration"),
    # Retries.
    (single("retry: {count: 0}"), "0}", "`retry.count` must be at least 1"),
    (single("retry: {count: 11}"), "11", "`retry.count` may be at most 10"),
    (
        single("retry: {errorReasons: []}"),
        "[]",
        "`retry.errorReasons` may not be empty where `statusCodeRanges` is: nothing would be tried again",
    ),
    (
        single("retry: {statusCodeRanges: [{min: 500}]}"),
        "{min",
        "`retry.statusCodeRanges[0].max` is required",
    ),
    # Circuit breakers.
    (condition("count: 0"), "0}", f"`{F}.count` must be at least 1"),
    (condition("count: 3, percentage: 50"), "50", f"`{F}.percentage` and `count` {EXCLUDE}"),
    (condition("percentage: 0"), "0}", f"`{F}.percentage` must be at least 1"),
    (condition("percentage: 101"), "101", f"`{F}.percentage` may be at most 100"),
    (condition("minRequests: 0"), "0}", f"`{F}.minRequests` must be at least 1"),
    (
        condition("minRequests: 7, count: 3"),
        "7",
        f"`{F}.minRequests` goes with `percentage` or `slowCall` only",
    ),
    (
        condition("minRequests: 7, consecutiveCount: 3"),
        "7",
        f"`{F}.minRequests` goes with `percentage` or `slowCall` only",
    ),
    (condition("consecutiveCount: 0"), "0}", f"`{F}.consecutiveCount` must be at least 1"),
    (condition("slowCall: {duration: 1}"), "{duration", f"`{F}.slowCall.percentage` is required"),
    (condition("slowCall: {percentage: 5}"), "{percentage", f"`{F}.slowCall.duration` is required"),
    (
        condition("slowCall: {duration: 1, percentage: 0}"),
        "0}",
        f"`{F}.slowCall.percentage` must be at least 1",
    ),
    (
        condition("slowCall: {duration: 1, percentage: 101}"),
        "101",
        f"`{F}.slowCall.percentage` may be at most 100",
    ),
    (condition("interval: 0"), "0}", f"`{F}.interval` must be longer than zero"),
    (
        condition("statusCodeRanges: [{min: 199, max: 200}]"),
        "199",
        f"`{F}.statusCodeRanges[0].min` must be at least 200",
    ),
    (
        condition("statusCodeRanges: [{min: 500, max: 600}]"),
        "600",
        f"`{F}.statusCodeRanges[0].max` may be at most 599",
    ),
    (
        condition("statusCodeRanges: [{min: 500, max: 599}, {min: 500, max: 499}]"),
        "499",
        f"`{F}.statusCodeRanges[1].max` may not be below `min`",
    ),
    (
        condition(f"statusCodeRanges: [{', '.join(['{min: 500, max: 500}'] * 11)}]"),
        "[{min",
        f"`{F}.statusCodeRanges` may have at most 10 entries",
    ),
    (
        condition(f"errorReasons: [{', '.join(['Timeout'] * 11)}]"),
        "[Timeout",
        f"`{F}.errorReasons` may have at most 10 entries",
    ),
    (condition("threshold: 3"), "threshold", "`threshold` is not known here"),
    (rule("tripDuration: PT0S"), "PT0S", f"`{C}.tripDuration` must be longer than zero"),
    (
        rule("maxTripDuration: 59"),
        "59",
        f"`{C}.maxTripDuration` may not be shorter than `tripDuration`",
    ),
    (
        rule("maxTripDuration: 10, tripDuration: 11"),
        "10",
        f"`{C}.maxTripDuration` may not be shorter than `tripDuration`",
    ),
    (rule("maxRetryAfter: 59"), "59", f"`{C}.maxRetryAfter` goes with `acceptRetryAfter: true` only"),
    (
        rule("maxRetryAfter: 59, acceptRetryAfter: false"),
        "59",
        f"`{C}.maxRetryAfter` goes with `acceptRetryAfter: true` only",
    ),
    (rule("acceptRetryAfter: 'yes'"), "'yes'", f"`{C}.acceptRetryAfter` must be true or false"),
    (rule("recovery: closed"), "closed", f"`{C}.recovery` must be half-open or reset"),
    (
        rule("rampDuration: 59, recovery: reset"),
        "59",
        f"`{C}.rampDuration` goes with `recovery: half-open` only",
    ),
    (
        rule("failureResponse: {statusCode: 199}"),
        "199",
        f"`{C}.failureResponse.statusCode` must be at least 200",
    ),
    (rule("failureResponse: {}"), "{}", f"`{C}.failureResponse.statusCode` is required"),
    (rule("name: ''"), "''", f"`{C}.name` may not be empty"),
    (
        single("circuitBreaker: {rules: [{name: a}, {name: c}, {name: A}]}"),
        "A}",
        "`circuitBreaker.rules[2].name` is that of rules[0] too",
    ),
    (
        single("circuitBreaker: {rules: [{name: Default}, {tripDuration: 1}]}"),
        "{tripDuration",
        "`circuitBreaker.rules[1].name` is that of rules[0] too; a rule without a name is called default",
    ),
    (
        single(f"circuitBreaker: {{rules: [{', '.join(f'{{name: r{n}}}' for n in range(16))}]}}"),
        "[{name",
        "`circuitBreaker.rules` may have at most 15 entries",
    ),
    # Pools.
    (in_backend("type: Pool"), "id: b", "`pool` is required where the type is Pool"),
    (single("pool: {services: [{id: a}]}"), "{services", "`pool` goes with type Pool only"),
    (in_backend("type: Pool\n    pool: {}"), "{}", "`pool.services` is required"),
    (services(""), "[]", "`pool.services` may not be empty"),
    (
        services(", ".join(f"{{id: m{n}}}" for n in range(31))),
        "[{id",
        "`pool.services` may have at most 30 entries",
    ),
    (services("{weight: 1}"), "{weight", "`pool.services[0].id` is required"),
    (services("{id: a, weight: 101}"), "101", "`pool.services[0].weight` may be at most 100"),
    (services("{id: a, priority: -1}"), "-1", "`pool.services[0].priority` must be at least 0"),
    (
        services("{id: a, weight: 0}, {id: c, weight: 0}"),
        "[{id",
        "`pool.services` must have a weight above zero somewhere",
    ),
    (
        services("{id: a}, {id: c}, {id: /service/n/backends/A}"),
        "/service/n/backends/A",
        "`pool.services[2].id` is the backend of services[0] too",
    ),
    (
        services("{id: /service/n/certificates/a}"),
        "/service/n/certificates/a",
        "`pool.services[0].id` must be the id of a backend, or an ARM id that ends with /backends/",
    ),
    (services("{id: /backends/}"), "/backends/", "`pool.services[0].id` must be the id of a backend"),
    (
        in_backend("type: Pool\n    pool: {services: [{id: a}], sessionAffinity: {}}"),
        "{}",
        "`pool.sessionAffinity.sessionId` is required",
    ),
    (
        in_backend(
            "type: Pool\n    pool: {services: [{id: a}], sessionAffinity: {sessionId: {name: 'a b'}}}"
        ),
        "'a b'",
        "`pool.sessionAffinity.sessionId.name` must be an HTTP token",
    ),
    (
        in_backend(
            "type: Pool\n"
            "    pool: {services: [{id: a}], sessionAffinity: {sessionId: {source: header, name: a}}}"
        ),
        "header",
        "`pool.sessionAffinity.sessionId.source` must be cookie",
    ),
    (
        in_backend("type: Pool\n    pool: {services: [{id: a}], failureResponse: {statusCode: 600}}"),
        "600",
        "`pool.failureResponse.statusCode` may be at most 599",
    ),
    (pool("url: http://b"), "http://b", f"`url` {OF_MEMBERS}"),
    (pool("urls: [{url: 'http://b'}]"), "[{url", f"`urls` {OF_MEMBERS}"),
    (pool("protocol: http"), "http", f"`protocol` {OF_MEMBERS}"),
    (pool("credentials: {header: {a: x}}"), "{header", f"`credentials` {OF_MEMBERS}"),
    (pool("tls: {validateCertificateChain: true}"), "{validate", f"`tls` {OF_MEMBERS}"),
    (pool("proxy: {url: 'http://p'}"), "{url", f"`proxy` {OF_MEMBERS}"),
    (pool("limits: {pending: 1024}"), "{pending", f"`limits` {OF_MEMBERS}"),
    (pool("healthCheck: {path: /}"), "{path", f"`healthCheck` {OF_MEMBERS}"),
    (pool("circuitBreaker: {}"), "{}", f"`circuitBreaker` {OF_MEMBERS}"),
    (pool("circuitBreaker: {rules: [{}]}"), "{rules", f"`circuitBreaker` {OF_MEMBERS}"),
    (pool(CLUSTER), "{serviceFabricCluster", f"`properties` {OF_MEMBERS}"),
    # Pins.
    (
        single("tls: {serverCertificateThumbprints: [ab]}"),
        "ab]",
        "`tls.serverCertificateThumbprints[0]` must be a SHA-1 thumbprint",
    ),
    (single("tls: {serverX509Names: [{}]}"), "{}", "`tls.serverX509Names[0].name` is required"),
    (single("tls: {serverX509Names: [{name: ''}]}"), "''", "`tls.serverX509Names[0].name` may not be empty"),
    (
        single("tls: {serverX509Names: [{name: a, issuerCertificateThumbprint: zz}]}"),
        "zz",
        "`tls.serverX509Names[0].issuerCertificateThumbprint` must be a SHA-1 thumbprint",
    ),
    # Service Fabric.
    (
        in_backend("url: fabric:/a/b"),
        "fabric:/a/b",
        "`url` names a Service Fabric service, which needs `properties.serviceFabricCluster`",
    ),
    (in_backend(f"url: fabric:/\n    {CLUSTER}"), "fabric:/", "`url` must be fabric:/ and segments"),
    (in_backend(f"url: Fabric:/a\n    {CLUSTER}"), "Fabric:/a", "`url` must begin with fabric:/"),
    (in_backend(f"url: ftp://a\n    {CLUSTER}"), "ftp://a", "`url` must begin with http:// or https://"),
    (in_backend(CLUSTER), "id: b", "`url` is required"),
    (
        single("properties: {serviceFabricCluster: {}}"),
        "{}",
        "`properties.serviceFabricCluster.managementEndpoints` is required",
    ),
    (
        single("properties: {serviceFabricCluster: {managementEndpoints: []}}"),
        "[]",
        "`properties.serviceFabricCluster.managementEndpoints` may not be empty",
    ),
    (
        single("properties: {serviceFabricCluster: {managementEndpoints: [c.test]}}"),
        "c.test",
        "`properties.serviceFabricCluster.managementEndpoints[0]` must begin with http:// or https://",
    ),
    (
        cluster("maxPartitionResolutionRetries: 11"),
        "11",
        "`properties.serviceFabricCluster.maxPartitionResolutionRetries` may be at most 10",
    ),
    (
        cluster("maxPartitionResolutionRetries: -1"),
        "-1",
        "`properties.serviceFabricCluster.maxPartitionResolutionRetries` must be at least 0",
    ),
    (
        cluster("clientCertificatethumbprint: ab"),
        "ab\n",
        "`properties.serviceFabricCluster.clientCertificatethumbprint` must be a SHA-1 thumbprint",
    ),
    (
        cluster("clientCertificateThumbprint: ab"),
        "clientCertificateThumbprint",
        "`clientCertificateThumbprint` is not known here; did you mean `clientCertificatethumbprint`?",
    ),
    (single(f"healthCheck: {{path: /}}\n    {CLUSTER}"), "{path", f"`healthCheck` {NO_CLUSTER}"),
    (single(f"loadBalancing: {{}}\n    {CLUSTER}"), "{}", f"`loadBalancing` {NO_CLUSTER}"),
]


@pytest.mark.parametrize(
    ("text", "at", "message"), CASES, ids=[f"{n}-{c[2][:40]}" for n, c in enumerate(CASES)]
)
def test_refusal(findings, text: str, at: str, message: str):
    before = text[: text.rindex(at)]
    line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
    found = findings(text.encode())
    assert [one[:3] for one in found] == [(line, column, "backend b")]
    assert found[0][3].startswith(message)


def test_several_urls_do_not_go_with_a_cluster(findings):
    found = findings(in_backend(f"urls: [{{url: 'http://a'}}]\n    {CLUSTER}"))
    assert [(line, message) for line, *_, message in found] == [(3, f"`urls` {NO_CLUSTER}")]


def test_an_emission_that_is_none_is_refused(findings):
    found = findings(services("{id: a, preferredCarbonEmission: Lowest}"))
    message = "`pool.services[0].preferredCarbonEmission` must be VeryLow, Low, Medium, High or VeryHigh"
    assert (4, 56, "backend b", message) in found


def test_every_repeated_entry_is_said(findings):
    found = findings(services("{id: a}, {id: A}, {id: c}, {id: /x/backends/a}, {id: C}").encode())
    assert [message.partition(" ")[0] for *_, message in found] == [
        "`pool.services[1].id`",
        "`pool.services[3].id`",
        "`pool.services[4].id`",
    ]


def test_findings_of_several_parts_come_together(findings):
    text = single(
        "loadBalancing: {}\n    healthCheck: {}\n    retry: {count: 0}\n    pool: {services: [{id: a}]}\n"
        "    circuitBreaker: {rules: [{failureCondition: {count: 1, percentage: 2}, maxRetryAfter: 1}]}"
    )
    assert [line for line, *_ in findings(text.encode())] == [4, 5, 6, 7, 8, 8]


# What is wrong beside something that is wrong, and would otherwise be found by a second run only.
TOGETHER = [
    (
        in_backend("url: ftp://b\n    urls: [{url: x}]"),
        ["`url` and `urls` exclude each other", "`url` must begin with", "`urls[0].url` must begin with"],
    ),
    (single("urls: x"), ["`url` and `urls` exclude each other", "`urls` must be a list"]),
    (
        in_backend("url: ftp://b\n    urls: [{url: 'http://a'}]"),
        ["`url` and `urls` exclude each other", "`url` must begin with"],
    ),
    (
        in_backend("urls: [{url: 'http://a'}, {url: 'http://A/'}, {url: 'http://c', weight: x}]"),
        ["`urls[1].url` is the address of urls[0] too", "`urls[2].weight` must be a whole number"],
    ),
    (
        single("circuitBreaker: {rules: [{name: a}, {name: A}, {tripDuration: x}]}"),
        ["`circuitBreaker.rules[1].name` is that of rules[0] too", f"`{C[:-3]}[2].tripDuration` must be"],
    ),
    (
        single("circuitBreaker: {rules: [{}, {name: Default, recovery: x}]}"),
        [f"`{C[:-3]}[1].name` is that of rules[0] too", f"`{C[:-3]}[1].recovery` must be half-open or reset"],
    ),
    (
        services("{id: a}, {id: /x/backends/A}, {id: c, weight: 101}"),
        ["`pool.services[1].id` is the backend of services[0]", "`pool.services[2].weight` may be at most"],
    ),
    (
        condition("count: 0, percentage: 5"),
        [f"`{F}.count` must be at least 1", f"`{F}.percentage` and `count` exclude each other"],
    ),
]


@pytest.mark.parametrize(("text", "messages"), TOGETHER, ids=[text for text, _ in TOGETHER])
def test_what_is_wrong_does_not_hide_what_else_is_wrong(findings, text: str, messages: list[str]):
    found = [message for *_, message in findings(text.encode())]
    assert len(found) == len(messages), found
    for said, expected in zip(found, messages, strict=True):
        assert said.startswith(expected)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        (single("circuitBreaker: {rules: [{name: ''}, {name: ''}]}"), 2),
        (single("circuitBreaker: {rules: [{name: {a: b}}, {name: {a: b}}]}"), 2),
        (in_backend("urls: [{url: x}, {url: x}]"), 2),
        (services("{id: ''}, {id: ''}"), 2),
        (services("a, a"), 2),
    ],
)
def test_what_is_no_name_is_not_said_to_be_repeated(findings, text: str, count: int):
    found = [message for *_, message in findings(text.encode())]
    assert len(found) == count, found
    assert not any(" too" in message for message in found)
