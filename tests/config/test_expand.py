"""Expansions are resolved once, errors stand at the scalar, and nothing expanded is shown."""

from __future__ import annotations

import pytest


def value(load_text, written: str, environ: dict[str, str], **files: str | bytes) -> str:
    configuration, _ = load_text(f"namedValues: [{{id: v, value: {written}}}]\n", environ, **files)
    return configuration.named_values[0].value


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("'${env:A}'", "one"),
        ("'x-${env:A}-${env:B}'", "x-one-two"),
        ("'$${env:A}'", "${env:A}"),
        ("'$$${env:A}'", "$${env:A}"),
        ("'$x $${other} $'", "$x ${other} $"),
        ("'${env:AGAIN}'", "${env:A}"),
        ("'${env:NUMBER}'", "1.10"),
        ("'${file:s.txt}'", "from file"),
        ("'${file:two.txt}'", "a\n"),
        ("'${file:crlf.txt}'", "a"),
    ],
)
def test_expansion(load_text, written: str, expected: str):
    environ = {"A": "one", "B": "two", "AGAIN": "${env:A}", "NUMBER": "1.10"}
    files = {"s__txt": "from file\n", "two__txt": "a\n\n", "crlf__txt": b"a\r\n"}
    assert value(load_text, written, environ, **files) == expected


def test_numbers_and_booleans_may_come_from_the_environment(load_text):
    configuration, _ = load_text(
        """\
        gateway: {workers: "${env:W}"}
        backends: [{id: b, url: "http://b", tls: {validateCertificateChain: "${env:T}"}}]
        """,
        {"W": "3", "T": "false"},
    )
    assert configuration.gateway.workers == 3
    assert configuration.backends[0].tls.validate_certificate_chain is False


def test_an_empty_variable_is_an_empty_text(load_text):
    configuration, _ = load_text('certificates: [{id: c, data: AQ==, password: "${env:E}"}]\n', {"E": ""})
    assert configuration.certificates[0].password.get_secret_value() == ""


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("${env:NONE}", "the environment has no variable NONE"),
        ("x ${env:} y", "${env:...} must name an environment variable"),
        ("${env:NONE", "${env:...} lacks its closing brace"),
        ("${file:none.txt}", "the file none.txt does not exist"),
        ("${file: }", "${file:...} must name a file"),
        ("${file:.}", "the file . is not a regular file"),
        ("${file:binary.bin}", "the file binary.bin is not UTF-8"),
        ("${TOKEN}", "write ${env:NAME} or ${file:PATH}, or $${"),
        ("${ENV:X}", "${ is not followed by env: or file:"),
        ("${foo:x", "${ is not followed by env: or file:"),
        ("${env:LATIN}", "the environment variable LATIN is not UTF-8"),
    ],
)
def test_what_cannot_be_expanded(findings, written: str, message: str):
    text = f'namedValues:\n  - id: v\n    value: "{written}"\n'
    ((line, column, entity, said),) = findings(text, environ={"LATIN": "\udce9"}, binary__bin=b"\xff")
    assert message in said
    assert (line, column, entity) == (3, 12, "named value v")


def test_keys_are_not_expanded(findings):
    ((_, _, _, message),) = findings('"${env:A}": 1\n', environ={"A": "gateway"})
    assert message == "this key is not known here"


def test_positions_in_an_expanded_document_are_those_of_the_block(load_text):
    configuration, _ = load_text("policy: |\n  <policies>\n  ${env:P}\n  </policies>\n", {"P": "a\nb"})
    assert configuration.policy.text == "<policies>\na\nb\n</policies>\n"
    assert (configuration.policy.position(4, 1).line, configuration.policy.position(4, 1).column) == (1, 9)


def test_a_document_in_a_file_is_not_expanded(load_text):
    configuration, _ = load_text("policy: p.xml\n", p__xml="<policies>${env:P}</policies>")
    assert configuration.policy.text == "<policies>${env:P}</policies>"


def test_a_document_may_use_the_brace_for_itself(load_text):
    configuration, _ = load_text("policy: <policies>${x}${env:P}</policies>\n", {"P": "a"})
    assert configuration.policy.text == "<policies>${x}a</policies>"


def test_what_one_scalar_expands_to_is_bounded(findings):
    text = "namedValues:\n  - {id: v, value: '${file:a.txt}${file:a.txt}'}\n"
    ((_, _, _, said),) = findings(text, a__txt="x" * 600_000)
    assert said == "the references here stand for more than 1 MiB"


def test_what_a_file_expands_to_is_bounded_and_said_once(findings):
    text = "namedValues:\n" + "".join(f"  - {{id: v{n}, value: '${{file:a.txt}}'}}\n" for n in range(20))
    found = findings(text, a__txt="x" * 1_000_000)
    assert [line for line, _, _, said in found if "stand for more than 16 MiB" in said] == [18]


def test_a_variable_of_the_gateway_that_nobody_reads_is_a_warning(load_text):
    environ = {"FASTGW_WORKER": "2", "FASTGW_WORKERS": "2", "FASTGW_KEY": "k", "FASTGW_DEMO_X": "x"}
    _, found = load_text("namedValues: [{id: v, value: '${env:FASTGW_KEY}'}]\n", environ)
    assert [(one.severity, one.position) for one in found] == [("warning", None)]
    assert "did you mean FASTGW_WORKERS?" in next(iter(found)).message
