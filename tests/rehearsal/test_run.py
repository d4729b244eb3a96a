"""Cases run through the real data plane: time, stubs, what is compared, what a file may say."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
import yaml

from fastgw import config
from fastgw.rehearsal.backends import StubPools
from fastgw.rehearsal.cases import Case, CaseError, read_cases
from fastgw.rehearsal.compare import differences
from fastgw.rehearsal.run import Outcome, run_case
from fastgw.snapshot import Snapshot
from fastgw.snapshot.build import build
from tests.pki import self_signed
from tests.policies.rehearsing import case_of, snapshot_of

POLICY = """
<policies>
  <inbound>
    <base />
    <set-header name="x-now"><value>@(DateTime.UtcNow.ToString("s"))</value></set-header>
    <trace source="test">
      <message>@("plan " + context.Variables.GetValueOrDefault<string>("plan", "none"))</message>
    </trace>
    <set-variable name="seen"
      value="@(new JObject(new JProperty("id", context.Request.MatchedParameters["id"])))" />
  </inbound>
  <backend>
    <retry count="2" interval="30"
      condition="@(context.Response != null &amp;&amp; context.Response.StatusCode == 503)">
      <forward-request timeout="100" buffer-request-body="true" />
    </retry>
  </backend>
  <outbound>
    <base />
    <set-header name="x-took"><value>@(context.Elapsed.TotalSeconds.ToString("F0"))</value></set-header>
  </outbound>
</policies>
"""


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    folder = tmp_path_factory.mktemp("rehearsal")
    document = {
        "gateway": {"management": "off"},
        "apis": [
            {
                "id": "orders",
                "path": "orders",
                "protocols": ["http", "https"],
                "subscriptionRequired": False,
                "serviceUrl": "http://orders.test/base",
                "policy": "policy.xml",
                "operations": [
                    {"id": "get", "method": "GET", "urlTemplate": "/{id}"},
                    {"id": "post", "method": "POST", "urlTemplate": "/{id}"},
                ],
            }
        ],
    }
    (folder / "policy.xml").write_text(POLICY)
    (folder / "gateway.yaml").write_text(yaml.safe_dump(document))
    configuration, diagnostics = config.load(folder / "gateway.yaml", {})
    diagnostics.raise_errors()
    return build(configuration)


def run(snapshot: Snapshot, tmp_path: Path, **case: Any) -> tuple[Outcome, list[str]]:
    """The outcome of a case and what is different in it."""
    case = {"name": "case", "expect": {}, **case}
    file = tmp_path / "one.test.yaml"
    file.write_text(yaml.safe_dump({"cases": [case]}))
    (one,) = read_cases(file)
    outcome = run_case(one, snapshot)
    return outcome, differences(one.expect, outcome)


BACKEND = "http://orders.test/base"
STUB = {"http://orders.test/*": {"status": 200, "json": {"id": 5, "lines": [1, 2]}}}


def test_a_request_passes_through_policies_and_stub(snapshot: Snapshot, tmp_path: Path) -> None:
    outcome, wrong = run(
        snapshot,
        tmp_path,
        request={"url": "/orders/5?x=1", "headers": {"X-In": ["a", "b"]}},
        variables={"plan": "gold"},
        stubs=STUB,
        expect={
            "status": 200,
            "reason": "OK",
            "json": {"lines": [1, 2]},
            "headers": {"content-type": "application/json", "x-absent": None},
            "variables": {"plan": "gold", "seen": {"id": "5"}},
            "calls": [{"method": "GET", "url": f"{BACKEND}/5?x=1", "headers": {"x-in": ["a", "b"]}}],
            "trace": "plan gold",
        },
    )
    assert wrong == []
    assert outcome.steps[0] == "inbound: set-header[1] (api)"


def test_time_stands_still_and_jumps_where_the_gateway_would_wait(snapshot: Snapshot, tmp_path: Path) -> None:
    began = time.monotonic()
    outcome, wrong = run(
        snapshot,
        tmp_path,
        time="2026-01-01T00:00:00Z",
        request={"url": "/orders/5", "method": "POST", "body": "again"},
        stubs={"http://orders.test/*": [{"status": 503, "delay": 20}, {"status": 201}]},
        expect={
            "status": 201,
            "headers": {"x-took": "50"},
            "calls": [
                {"headers": {"x-now": "2026-01-01T00:00:00"}, "body": "again"},
                {"headers": {"x-now": "2026-01-01T00:00:00"}, "body": "again"},
            ],
        },
    )
    assert wrong == []
    assert outcome.error is None
    assert time.monotonic() - began < 10


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ({"delay": 101}, {"reason": "Timeout", "section": "backend", "source": "forward-request"}),
        ({"failure": "refused"}, {"reason": "BackendConnectionFailure"}),
        ({"failure": "reset", "delay": 5}, {"reason": "BackendConnectionFailure"}),
    ],
)
def test_a_stub_fails_as_a_backend_does(
    snapshot: Snapshot, tmp_path: Path, answer: dict[str, Any], error: dict[str, str]
) -> None:
    _, wrong = run(
        snapshot,
        tmp_path,
        request={"url": "/orders/5", "method": "POST"},
        stubs={"http://orders.test/*": answer},
        expect={"status": 500, "error": error},
    )
    assert wrong == []


def test_a_call_without_a_stub_fails_the_case(snapshot: Snapshot, tmp_path: Path) -> None:
    _, wrong = run(snapshot, tmp_path, request={"url": "/orders/5"})
    assert wrong == ["no stub answers http://orders.test"]
    _, wrong = run(snapshot, tmp_path, request={"url": "/orders/5"}, stubs={"http://orders.test/other": {}})
    assert wrong[0] == "no stub answers http://orders.test/base/5"


@pytest.mark.parametrize(
    ("expect", "line"),
    [
        ({"status": 201}, "status: expected 201, got 200"),
        ({"headers": {"x-none": "1"}}, 'header x-none: expected ["1"], got none'),
        ({"headers": {"content-type": None}}, 'header content-type: expected none, got ["application/json"]'),
        ({"json": {"id": 6}}, "body.id: expected 6, got 5"),
        ({"json": {"lines": [1]}}, "body.lines: expected [1], got [1, 2]"),
        ({"body": "x"}, 'body: expected "x", got "{\\"id\\": 5, \\"lines\\": [1, 2]}"'),
        ({"variables": {"seen": {"id": "6"}}}, 'variable seen.id: expected "6", got "5"'),
        ({"variables": {"no": 1}}, "variable no: expected 1, got none"),
        ({"calls": []}, "calls: expected 0, got 1 (GET http://orders.test/base/5)"),
        ({"error": {"reason": "x"}}, "error: expected one, got none"),
        ({"trace": ["other"]}, 'trace: expected "other", got ["test: plan none"]'),
    ],
)
def test_what_is_different_is_said(
    snapshot: Snapshot, tmp_path: Path, expect: dict[str, Any], line: str
) -> None:
    _, wrong = run(snapshot, tmp_path, request={"url": "/orders/5"}, stubs=STUB, expect=expect)
    assert wrong == [line]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("cases: []", "cases: List should have at least 1 item"),
        ("cases: [{name: a, request: {url: /}, expect: {}, more: 1}]", "cases[0].more: Extra inputs"),
        ("cases: [{name: a, request: {}, expect: {}}]", "cases[0].request.url: Field required"),
        ("cases: [{name: a, request: {url: /, body: x, json: 1}, expect: {}}]", "has both a body and json"),
        ("cases: [", ":1:9: is no YAML"),
        ("[" * 5000, "is"),
    ],
)
def test_a_file_that_is_not_right_says_where(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "wrong.test.yaml"
    file.write_text(text)
    with pytest.raises(CaseError, match=r"wrong\.test\.yaml") as raised:
        read_cases(file)
    assert message in str(raised.value)


# A case that cannot be judged fails alone.

LONG = """@(new string('a', 6000000))"""


def test_a_long_header_of_an_answer_is_read(tmp_path: Path) -> None:
    sent = """<base /><set-header name="X-Long"><value>@(new string('a', 20000))</value></set-header>"""
    outcome = run_case(case_of(), snapshot_of(tmp_path, outbound=sent))
    assert outcome.problem is None
    assert dict(outcome.headers)["X-Long"] == "a" * 20000


@pytest.mark.parametrize(
    ("section", "problem"),
    [
        ("outbound", "the gateway sent an answer that cannot be read"),
        ("inbound", "the gateway sent http://shop.test a request that deserves 431"),
    ],
)
def test_what_cannot_be_read_is_the_problem_of_its_case_alone(
    tmp_path: Path, section: str, problem: str
) -> None:
    long = f"""<choose><when condition='@(context.Request.Url.Path.EndsWith("/long"))'>
      <set-header name="X-Long"><value>{LONG}</value></set-header></when></choose>"""
    snapshot = snapshot_of(tmp_path, **{section: f"<base />{long}"})
    for path, expected in (("/x", None), ("/long", problem), ("/x", None)):
        outcome = run_case(case_of(path=path), snapshot)
        assert outcome.problem == expected
        assert (outcome.status == 200) is (expected is None)


def test_after_a_case_that_is_never_answered_the_next_one_has_its_own_stubs(tmp_path: Path) -> None:
    snapshot = snapshot_of(tmp_path)
    # The body never comes to its end, nor does the connection.
    broken = case_of({"body": "abc", "headers": {"Content-Length": 10}})
    assert run_case(broken, snapshot).problem is not None
    outcome = run_case(case_of({"body": "whole"}), snapshot)
    assert (outcome.problem, outcome.status, outcome.body) == (None, 200, b"whole")
    assert len(outcome.calls) == 1


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        ({"time": "yesterday"}, "time: 'yesterday' is no ISO 8601 time"),
        ({"request": {"url": "/orders/5", "headers": {"X-Euro": "€"}}}, "must be Latin-1 text"),
        ({"request": {"url": "/orders/€"}}, "must be Latin-1 text"),
        ({"request": {"url": "http://[/"}}, "the case cannot be run: ValueError"),
    ],
)
def test_a_case_that_cannot_be_sent_fails_alone(
    snapshot: Snapshot, tmp_path: Path, wrong: dict[str, Any], problem: str
) -> None:
    right: dict[str, Any] = {"request": {"url": "/orders/5"}, "stubs": STUB}
    outcome, found = run(snapshot, tmp_path, **{**right, **wrong})
    assert problem in (outcome.problem or "")
    assert any(problem in line for line in found)
    outcome, found = run(snapshot, tmp_path, **right)
    assert (outcome.problem, outcome.status, found) == (None, 200, [])


def test_whatever_goes_wrong_with_a_case_is_its_problem(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(self: StubPools, loop: Any, stubs: Any) -> None:
        raise KeyError("a mistake")

    snapshot = snapshot_of(tmp_path)
    with monkeypatch.context() as patched:
        patched.setattr(StubPools, "__init__", broken)
        problem = run_case(case_of(), snapshot).problem
    assert problem == "the case cannot be run: KeyError: 'a mistake'"
    assert run_case(case_of(), snapshot).problem is None


def test_the_limits_of_expressions_are_those_of_the_configuration(tmp_path: Path) -> None:
    loop = """<set-body>@{ int n = 0; while (n < 2000) { n++; } return n.ToString(); }</set-body>"""
    sections = {"outbound": loop}
    outcome = run_case(case_of(), snapshot_of(tmp_path, {"expressionLimits": {"steps": 1000}}, **sections))
    assert outcome.status == 500
    outcome = run_case(case_of(), snapshot_of(tmp_path, **sections))
    assert outcome.body == b"2000"


@pytest.mark.parametrize("form", ["pem", "der"])
def test_a_case_presents_a_certificate(tmp_path: Path, form: str) -> None:
    shown = self_signed("caller")
    (tmp_path / "caller.crt").write_bytes(shown.pem if form == "pem" else shown.der)
    snapshot = snapshot_of(
        tmp_path,
        {"forwardClientCertificate": "clientCert"},
        inbound='<set-header name="x-who"><value>@(context.Request.Certificate?.Thumbprint ?? "nobody")'
        "</value></set-header>",
    )
    for certificate, who in (("caller.crt", shown.thumbprint), (None, "nobody")):
        outcome = run_case(one_case(tmp_path, certificate, "https://gateway.test/shop/x"), snapshot)
        (call,) = outcome.calls
        fields = {name.lower(): value for name, value in call.headers}
        assert fields["x-who"] == who
        assert ("client-cert" in fields) is (certificate is not None)


def one_case(folder: Path, certificate: str | None, url: str) -> Case:
    request = {"url": url, **({"clientCertificate": certificate} if certificate else {})}
    case = {"name": "one", "request": request, "stubs": {"http://*": {}}, "expect": {}}
    (folder / "one.test.yaml").write_text(yaml.safe_dump({"cases": [case]}))
    return read_cases(folder / "one.test.yaml")[0]


@pytest.mark.parametrize(
    ("certificate", "url", "why"),
    [
        ("none.pem", "https://gateway.test/", "the file none.pem cannot be read"),
        ("text.pem", "https://gateway.test/", "neither a PFX"),
        ("good.pem", "http://gateway.test/", "needs a url that begins with https://"),
        (5, "https://gateway.test/", "must be the name of a PEM or DER file"),
    ],
)
def test_a_case_with_a_certificate_that_cannot_be_presented_is_refused(
    tmp_path: Path, certificate: Any, url: str, why: str
) -> None:
    (tmp_path / "text.pem").write_text("no certificate")
    (tmp_path / "good.pem").write_bytes(self_signed("caller").pem)
    with pytest.raises(CaseError, match=why):
        one_case(tmp_path, certificate, url)


@pytest.mark.parametrize(("size", "status"), [(16777216, 200), (16777217, 500)])
def test_a_body_that_policies_cannot_read_is_refused_as_the_gateway_does(
    tmp_path: Path, size: int, status: int
) -> None:
    reads = """<base /><set-header name="X-Length"><value>
      @(context.Response.Body.As<byte[]>(preserveContent: true).Length.ToString())</value></set-header>"""
    outcome = run_case(case_of({"body": "a" * size}), snapshot_of(tmp_path, outbound=reads))
    assert (outcome.problem, outcome.status) == (None, status)
    if status == 500:
        assert outcome.error is not None
        assert outcome.error["reason"] == "BackendConnectionFailure"
        assert "larger than the 16777216 bytes" in (outcome.error["message"] or "")
    else:
        assert dict(outcome.headers)["X-Length"] == str(size)


def test_a_body_that_nobody_reads_may_have_any_size(tmp_path: Path) -> None:
    outcome = run_case(case_of({"body": "a" * 16777217}), snapshot_of(tmp_path))
    assert (outcome.problem, outcome.status, len(outcome.body)) == (None, 200, 16777217)
