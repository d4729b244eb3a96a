"""Breakers, balancing, pools, health checks, retries, pins and clusters become records, with warnings."""

from __future__ import annotations

import pytest

from fastgw.model import (
    BackendAddress,
    BreakerRule,
    CircuitBreaker,
    FailureCondition,
    FailureResponse,
    HealthCheck,
    LoadBalancing,
    PoolService,
    Retry,
    SlowCall,
    StatusCodeRange,
    X509CertificateName,
)

from .test_schema import VALIDATOR, data

THUMBPRINT = "AB" * 20
SERVICE = "/subscriptions/s/resourceGroups/g/providers/Microsoft.ApiManagement/service/n"

FULL = f"""\
backends:
  - id: orders
    type: Single
    protocol: soap
    azureRegion: westeurope
    urls: [{{url: "https://a.test", weight: 3}}, {{url: "https://b.test/base"}}]
    loadBalancing: {{type: weighted, slowStart: PT30S}}
    healthCheck:
      path: /healthz?deep=1
      interval: PT20S
      timeout: 1.5
      healthyThreshold: 4
      unhealthyThreshold: 5
      statusCodeRanges: [{{min: 200, max: 204}}]
    retry: {{count: 3, statusCodeRanges: [{{min: 503, max: 503}}], errorReasons: [Timeout]}}
    circuitBreaker:
      rules:
        - name: shares
          failureCondition:
            percentage: 40
            minRequests: 20
            interval: PT30S
            statusCodeRanges: [{{min: 429, max: 429}}, {{min: 500, max: 599}}]
            errorReasons: [Timeout, Server errors]
            consecutiveCount: 5
            slowCall: {{duration: PT2S, percentage: 80}}
          tripDuration: PT15S
          maxTripDuration: PT10M
          acceptRetryAfter: true
          maxRetryAfter: PT5M
          recovery: half-open
          rampDuration: PT10S
          failureResponse: {{statusCode: 429}}
        - {{name: counts, failureCondition: {{count: 3, interval: PT1H}}, recovery: reset}}
    tls:
      serverCertificateThumbprints: ["{THUMBPRINT.lower()}"]
      serverX509Names:
        - {{name: server.test, issuerCertificateThumbprint: "{THUMBPRINT}"}}
        - {{name: other.test}}
  - id: pool
    type: Pool
    loadBalancing: {{type: least-requests}}
    retry: {{}}
    pool:
      services:
        - {{id: orders, weight: 4, priority: 1}}
        - {{id: "{SERVICE}/backends/Fabric"}}
      sessionAffinity: {{sessionId: {{source: cookie, name: SessionId}}}}
      failureResponse: {{statusCode: 502}}
  - id: Fabric
    url: fabric:/app/service
    properties:
      serviceFabricCluster:
        managementEndpoints: ["https://c.test:19080", "http://d.test:19080"]
        clientCertificateId: client
        maxPartitionResolutionRetries: 2
        serverCertificateThumbprints: ["{THUMBPRINT}"]
        serverX509Names: [{{name: c.test}}]
"""


def one_backend(load_text, rest: str):
    configuration, diagnostics = load_text(f"backends:\n  - id: b\n    {rest}\n")
    assert list(diagnostics) == []
    return configuration.backends[0]


def breaker_of(load_text, text: str):
    return one_backend(load_text, f"url: http://b\n    circuitBreaker: {text}").circuit_breaker


def warnings_of(load_text, rest: str) -> list[tuple[int, int, str]]:
    _, diagnostics = load_text(f"backends:\n  - id: b\n    {rest}\n".encode())
    assert {found.severity for found in diagnostics} <= {"warning"}
    assert {found.entity for found in diagnostics} <= {"backend b"}
    return [(found.position.line, found.position.column, found.message) for found in diagnostics]


@pytest.fixture
def full(load_text):
    configuration, diagnostics = load_text(FULL)
    assert list(diagnostics) == []
    return configuration.backends


def test_the_full_file_is_valid_for_editors():
    assert [error.message for error in VALIDATOR.iter_errors(data(FULL))] == []


def test_a_backend_has_several_urls(full):
    orders = full[0]
    assert (orders.type, orders.protocol, orders.azure_region) == ("Single", "soap", "westeurope")
    assert orders.url is None
    assert orders.urls == (
        BackendAddress(url="https://a.test", weight=3),
        BackendAddress(url="https://b.test/base", weight=1),
    )
    assert orders.load_balancing == LoadBalancing(type="weighted", slow_start=30.0)


def test_a_backend_is_watched_and_tried_again(full):
    orders = full[0]
    assert orders.health_check == HealthCheck(
        path="/healthz?deep=1",
        interval=20.0,
        timeout=1.5,
        healthy_threshold=4,
        unhealthy_threshold=5,
        status_code_ranges=(StatusCodeRange(min=200, max=204),),
    )
    assert orders.retry == Retry(
        count=3, status_code_ranges=(StatusCodeRange(min=503, max=503),), error_reasons=("Timeout",)
    )


def test_a_backend_has_circuit_breakers(full):
    shares, counts = full[0].circuit_breaker.rules
    assert shares == BreakerRule(
        name="shares",
        failure_condition=FailureCondition(
            percentage=40,
            min_requests=20,
            interval=30.0,
            status_code_ranges=(StatusCodeRange(min=429, max=429), StatusCodeRange(min=500, max=599)),
            error_reasons=("Timeout", "Server errors"),
            consecutive_count=5,
            slow_call=SlowCall(duration=2.0, percentage=80),
        ),
        trip_duration=15.0,
        max_trip_duration=600.0,
        accept_retry_after=True,
        max_retry_after=300.0,
        recovery="half-open",
        ramp_duration=10.0,
        failure_response=FailureResponse(status_code=429),
    )
    assert (counts.failure_condition.count, counts.failure_condition.percentage) == (3, None)
    assert (counts.failure_condition.interval, counts.recovery) == (3600.0, "reset")


def test_a_backend_has_pins(full):
    tls = full[0].tls
    assert tls.server_certificate_thumbprints == (THUMBPRINT,)
    assert tls.server_x509_names == (
        X509CertificateName(name="server.test", issuer_certificate_thumbprint=THUMBPRINT),
        X509CertificateName(name="other.test", issuer_certificate_thumbprint=None),
    )


def test_a_pool_has_members(full):
    backend = full[1]
    assert (backend.type, backend.url, backend.urls) == ("Pool", None, ())
    assert backend.load_balancing == LoadBalancing(type="least-requests")
    assert backend.retry == Retry()
    orders, fabric = backend.pool.services
    assert orders == PoolService(id="orders", weight=4, priority=1)
    assert (fabric.backend_id, fabric.weight, fabric.priority) == ("Fabric", None, None)
    assert backend.pool.session_affinity.session_id.name == "SessionId"
    assert backend.pool.failure_response == FailureResponse(status_code=502)


def test_a_backend_is_a_service_of_a_cluster(full):
    backend = full[2]
    assert backend.url == "fabric:/app/service"
    cluster = backend.properties.service_fabric_cluster
    assert cluster.management_endpoints == ("https://c.test:19080", "http://d.test:19080")
    assert (cluster.client_certificate_id, cluster.client_certificate_thumbprint) == ("client", None)
    assert cluster.max_partition_resolution_retries == 2
    assert cluster.server_certificate_thumbprints == (THUMBPRINT,)
    assert cluster.server_x509_names == (X509CertificateName(name="c.test"),)


def test_a_cluster_may_have_a_placeholder_for_a_url(load_text):
    cluster = "properties: {serviceFabricCluster: {managementEndpoints: ['https://c.test:19080'],"
    backend = one_backend(
        load_text, f"url: http://placeholder\n    {cluster} clientCertificatethumbprint: {THUMBPRINT}}}}}"
    )
    assert backend.url == "http://placeholder"
    found = backend.properties.service_fabric_cluster
    assert (found.client_certificate_id, found.client_certificate_thumbprint) == (None, THUMBPRINT)


@pytest.mark.parametrize("written", ["{}", "{rules: [{}]}", "{rules: [{failureCondition: {}}]}"])
def test_a_circuit_breaker_without_values_has_one_rule_of_defaults(load_text, written: str):
    (rule,) = breaker_of(load_text, written).rules
    assert rule == BreakerRule()
    assert (rule.name, rule.recovery, rule.trip_duration) == ("default", "half-open", 60.0)
    assert (rule.accept_retry_after, rule.max_retry_after, rule.max_trip_duration) == (False, None, None)
    assert (rule.ramp_duration, rule.failure_response) == (None, None)
    condition = rule.failure_condition
    assert (condition.min_requests, condition.interval) == (10, 60.0)
    assert (condition.count, condition.percentage) == (None, None)
    assert (condition.consecutive_count, condition.slow_call) == (None, None)
    assert (condition.status_code_ranges, condition.error_reasons) == ((), ())


@pytest.mark.parametrize("written", ["{rules: []}", "{rules: null}", "{rules: }"])
def test_a_circuit_breaker_with_no_rules_is_none(load_text, written: str):
    assert breaker_of(load_text, written) == CircuitBreaker(rules=())


def test_a_circuit_breaker_that_is_null_is_none(load_text):
    assert breaker_of(load_text, "null") is None


def test_what_is_left_out_has_its_default(load_text):
    backend = one_backend(
        load_text,
        "urls: [{url: 'http://a'}, {url: 'http://b'}]\n"
        "    healthCheck: {path: /}\n    retry: {}\n    loadBalancing: {}",
    )
    assert backend.health_check == HealthCheck(
        path="/",
        interval=10.0,
        timeout=2.0,
        healthy_threshold=2,
        unhealthy_threshold=3,
        status_code_ranges=(StatusCodeRange(min=200, max=399),),
    )
    assert backend.retry == Retry(count=1, status_code_ranges=(), error_reasons=("BackendConnectionFailure",))
    assert backend.load_balancing == LoadBalancing(type="weighted", slow_start=None)


def test_a_single_backend_may_say_what_it_does_not_have(load_text):
    backend = one_backend(
        load_text,
        "url: http://b\n    urls: []\n    pool: null\n    circuitBreaker: null\n    properties: null\n"
        "    tls: {serverX509Names: [], serverCertificateThumbprints: null}",
    )
    assert (backend.urls, backend.pool, backend.circuit_breaker, backend.properties) == ((), None, None, None)


@pytest.mark.parametrize(
    "rest",
    [
        "url: null",
        "url: ''",
        "urls: []",
        "protocol: null",
        "protocol: ''",
        "circuitBreaker: null",
        "circuitBreaker: {rules: null}",
        "circuitBreaker: {rules: []}",
        "credentials: {}",
        "credentials: {header: {}, certificateIds: [], authorization: null}",
        "tls: {}",
        "proxy: null",
        "healthCheck: {}",
        "limits: {}",
        "properties: {serviceFabricCluster: null}",
    ],
)
def test_a_pool_may_say_what_it_does_not_have(load_text, rest: str):
    pool = "type: Pool\n    pool: {services: [{id: a}]}"
    assert one_backend(load_text, f"{pool}\n    {rest}") == one_backend(load_text, pool)


def test_a_type_stands_anywhere_in_the_entity(load_text):
    backend = one_backend(load_text, "url: null\n    pool: {services: [{id: a}]}\n    type: Pool")
    assert backend.pool is not None


@pytest.mark.parametrize(
    "rest",
    [
        "urls: [{url: 'http://a', weight: 2}, {url: 'http://b', weight: 0}]",
        "urls: [{url: 'http://a', weight: 2}, {url: 'http://b', weight: 2}]\n"
        "    loadBalancing: {type: round-robin}",
        "urls: [{url: 'http://a', weight: 2}, {url: 'http://b'}]\n    loadBalancing: {type: p2c-ewma}",
        "urls: [{url: 'http://a/x'}, {url: 'http://a/y'}, {url: 'https://a/x'}, {url: 'http://a:81/x'}]",
        "type: Pool\n    pool: {services: [{id: a, weight: 2, priority: 1}, {id: b, priority: 2}]}\n"
        "    loadBalancing: {type: round-robin}",
        "type: Pool\n    pool: {services: [{id: a, weight: 1}, {id: b}]}\n"
        "    loadBalancing: {type: round-robin}",
        "type: Pool\n    pool: {services: [{id: a, weight: 0}, {id: b}]}",
    ],
)
def test_weights_that_the_choice_can_honour_are_accepted(load_text, rest: str):
    assert one_backend(load_text, rest)


@pytest.mark.parametrize("label", ["Timeout", "timeout", "SERVER ERRORS", "operationNotFound"])
def test_reasons_are_known_in_any_case(load_text, label: str):
    assert breaker_of(load_text, f"{{rules: [{{failureCondition: {{errorReasons: [{label}]}}}}]}}").rules
    assert one_backend(load_text, f"url: http://b\n    retry: {{errorReasons: [{label}]}}").retry


def test_a_reason_that_never_matches_is_warned_of_at_its_place(load_text):
    found = warnings_of(
        load_text,
        "url: http://b\n"
        "    circuitBreaker: {rules: [{}, {name: x, failureCondition: {errorReasons: [Timeout, busy]}}]}\n"
        "    retry: {errorReasons: [Server errors, Timeouts]}",
    )
    assert [(line, column) for line, column, _ in found] == [(4, 87), (5, 43)]
    breaker, retry = (message for *_, message in found)
    assert breaker.startswith(
        "`circuitBreaker.rules[1].failureCondition.errorReasons[1]` never matches: "
        "no request fails with this reason; known are BackendConnectionFailure, Timeout, "
    )
    assert retry.startswith("`retry.errorReasons[1]` never matches")


def test_a_reason_from_the_environment_is_not_shown(load_text):
    text = "backends: [{id: b, url: 'http://b', retry: {errorReasons: ['${env:S}']}}]"
    _, diagnostics = load_text(text, {"S": "s3cret"})
    (warning,) = diagnostics
    assert "never matches" in warning.message
    assert "s3cret" not in str(warning)


def test_preferred_emissions_are_warned_of(load_text):
    found = warnings_of(
        load_text,
        "type: Pool\n    pool: {services: [{id: a}, {id: b, preferredCarbonEmission: VeryLow}]}",
    )
    message = (
        "`pool.services[1].preferredCarbonEmission` has no effect here; members are not chosen by emissions"
    )
    assert found == [(4, 65, message)]


def test_the_thumbprint_of_a_client_certificate_beside_its_id_is_warned_of(load_text):
    found = warnings_of(
        load_text,
        "url: fabric:/a/b\n    properties: {serviceFabricCluster: {managementEndpoints: ['https://c.test'],\n"
        f"      clientCertificatethumbprint: {THUMBPRINT}, clientCertificateId: x}}}}",
    )
    cluster = "properties.serviceFabricCluster"
    unused, used = f"`{cluster}.clientCertificatethumbprint`", f"`{cluster}.clientCertificateId`"
    assert found == [(5, 36, f"{unused} is not used because {used} is given")]


@pytest.mark.parametrize(
    "rest",
    [
        "circuitBreaker: [x]",
        "circuitBreaker: {rules: {a: b}}",
        "circuitBreaker: {rules: [x, {failureCondition: x}, {failureCondition: {errorReasons: x}}]}",
        "circuitBreaker: {rules: [{failureCondition: {errorReasons: [{a: b}, null, '']}}]}",
        "retry: {errorReasons: {a: b}}",
        "type: Pool\n    pool: {services: x}",
        "type: Pool\n    pool: {services: [x, {preferredCarbonEmission: {}}]}",
        "properties: {serviceFabricCluster: [x]}",
        "loadBalancing: x",
        "urls: [x, {url: [http://a]}]",
        "healthCheck: {path: {}}",
    ],
)
def test_what_is_malformed_is_an_error_and_nothing_else(findings, rest: str):
    found = findings(f"backends:\n  - id: b\n    url: http://b\n    {rest}\n")
    assert found
    assert not any("never matches" in message or "no effect" in message for *_, message in found)
