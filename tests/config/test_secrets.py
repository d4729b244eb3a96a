"""No secret is ever shown: not by repr or str of a configuration, not by an error."""

from __future__ import annotations

import traceback

import pytest

from fastgw.errors import ConfigurationError

SECRET = "s3cr3t-Value"

GOOD = f"""\
certificates:
  - {{id: c, file: c.pfx, password: {SECRET}}}
  - {{id: d, data: AQ==, password: "${{env:S}}"}}
namedValues:
  - {{id: v, value: {SECRET}, secret: true}}
  - {{id: w, value: "${{file:s.txt}}", secret: true}}
backends:
  - id: b
    url: http://b
    credentials:
      header: {{x-key: [{SECRET}]}}
      query: {{code: {SECRET}}}
      authorization: {{scheme: Basic, parameter: "${{env:S}}"}}
    proxy: {{url: "http://p:1", username: u, password: "${{env:S}}"}}
  - id: several
    urls: [{{url: "http://b/{SECRET}"}}]
    healthCheck: {{path: "/?code=${{env:S}}"}}
  - id: cluster
    url: fabric:/{SECRET}
    properties: {{serviceFabricCluster: {{managementEndpoints: ["http://c/${{env:S}}"]}}}}
policy: |
  <policies>${{env:S}}</policies>
"""

BAD = f"""\
gateway: {{workers: "${{env:S}}", management: "${{env:S}}", backendCertificates: {SECRET}}}
hostnames: [{{hostName: "a b ${{env:S}}", certificateId: "", default: {SECRET}}}]
certificates:
  - {{id: "a/${{env:S}}", data: "${{env:S}}*", password: [{SECRET}]}}
  - {{id: c, file: "${{env:S}}", password: {{x: {SECRET}}}}}
  - {{id: d, data: AQ==, "password={SECRET}": x}}
  - {{id: d, data: !{SECRET} AQ==}}
caCertificates: [{{id: x, data: AQ==, storeName: {SECRET}}}]
namedValues:
  - {{id: v, value: [{SECRET}], displayName: "{SECRET} "}}
  - {{id: "${{env:S}}", value: x}}
  - {{id: "${{env:S}}", value: x}}
backends:
  - id: b
    url: http://u:{SECRET}@b/
    protocol: {SECRET}
    credentials:
      header: {{x: ["{SECRET}\\n"], y: {{z: {SECRET}}}}}
      query: {SECRET}
      authorization: {{scheme: "x {SECRET}", parameter: "{SECRET}\\r"}}
      certificate: [{SECRET}]
    proxy: {{url: "http://u:{SECRET}@p", password: [{SECRET}]}}
    limits: {{connectTimeout: {SECRET}, connections: {SECRET}}}
    tls: {{validateCertificateChain: {SECRET}, serverCertificateThumbprints: [{SECRET}]}}
  - id: several
    urls: [{{url: "http://b/{SECRET} x"}}, {{url: "http://b", weight: {SECRET}}}]
    loadBalancing: {{type: {SECRET}, slowStart: {SECRET}}}
    healthCheck: {{path: "{SECRET}", timeout: {SECRET}}}
    retry: {{count: {SECRET}, statusCodeRanges: {SECRET}, errorReasons: ["${{env:S}}"]}}
    circuitBreaker:
      rules: [{{name: "{SECRET}\n", failureCondition: {{count: {SECRET}}}, recovery: {SECRET}}}]
  - id: twice
    urls: [{{url: "http://b/{SECRET}"}}, {{url: "http://b/{SECRET}"}}]
  - id: cluster
    url: fabric:/{SECRET}/..
    properties:
      serviceFabricCluster: {{managementEndpoints: ["{SECRET}"], clientCertificatethumbprint: {SECRET}}}
  - id: pool
    type: Pool
    url: "${{env:S}}"
    pool:
      services: [{{id: "{SECRET}/x"}}]
      sessionAffinity: {{sessionId: {{source: {SECRET}, name: "{SECRET} "}}}}
policy: "${{env:S}}"
apis:
  - id: o
    path: "/${{env:S}}"
    subscriptionRequired: "${{env:S}}"
    serviceUrl: "${{env:S}}"
    policy: "${{file:s.txt}}"
    operations: [{{id: x, method: "{SECRET} x", urlTemplate: "${{env:S}}", policy: "${{env:S}}/x"}}]
"""


def test_a_configuration_shows_no_secret(load_text):
    configuration, _ = load_text(GOOD, {"S": SECRET}, c__pfx=SECRET, s__txt=SECRET)
    assert configuration.backends[0].credentials.header["x-key"] == (SECRET,)
    shown = f"{configuration!r} {configuration} {configuration.backends[0]} {configuration.certificates!r}"
    assert SECRET not in shown


@pytest.mark.parametrize(
    "text", [BAD, f"a: *{SECRET}\n", f"password: [{SECRET}\nx: y\n", f"a: b: {SECRET}\n"]
)
def test_errors_show_no_secret(load_text, text: str):
    with pytest.raises(ConfigurationError) as caught:
        load_text(text, {"S": SECRET}, s__txt=SECRET)
    error = caught.value
    shown = "".join(traceback.format_exception(error)) + repr(error) + str(error)
    shown += "".join(str(found.as_json()) for found in error.diagnostics)
    assert SECRET not in shown
    if text is BAD:
        assert len(error.diagnostics) > 30
