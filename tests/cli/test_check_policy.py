"""`fastgw check-policy`: every finding of policy documents on stdout, and exit codes that scripts can use."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from fastgw.cli import cli

GOOD = "<policies>\n  <inbound>\n    <base />\n  </inbound>\n</policies>\n"
WRONG = GOOD.replace("<base />", '<set-variable name="a" value="@(nothing)" />')
WARNED = GOOD.replace("<base />", '<set-variable name="a" value="@(1) and more" />')
NAME = "The name 'nothing' does not exist in the current context"
CORPUS = Path(__file__).parents[3] / "shared" / "corpus" / "policies"


def check(*words: object) -> Result:
    return CliRunner().invoke(cli, ["check-policy", *map(str, words)])


def as_json(*words: object) -> list[dict[str, Any]]:
    result = check(*words, "--format", "json")
    return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "policy.xml"


def findings(file: Path, content: str | bytes) -> list[str]:
    """What is said of a file with this content, without its name."""
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    result = check(file)
    assert result.exit_code in (0, 1), result.output
    lines = result.stdout.splitlines()
    assert all(line.startswith(f"{file}:") for line in lines)
    return [line.removeprefix(f"{file}:") for line in lines]


def test_a_document_without_errors_says_nothing_and_ends_with_0(file: Path) -> None:
    file.write_text(GOOD)
    result = check(file)
    assert (result.exit_code, result.output) == (0, "")


def test_errors_are_printed_with_their_place_and_end_with_1(file: Path) -> None:
    assert findings(file, WRONG) == [f"3:37: error: {NAME}"]
    assert check(file).exit_code == 1


def test_warnings_are_printed_and_end_with_0(file: Path) -> None:
    (found,) = findings(file, WARNED)
    assert found.startswith("3:35: warning: ")
    assert check(file).exit_code == 0


def test_json_prints_one_object_a_file(tmp_path: Path) -> None:
    for name, text in {"a": GOOD, "b": WRONG, "c": WARNED}.items():
        (tmp_path / f"{name}.xml").write_text(text)
    assert as_json(tmp_path) == [
        {"file": f"{tmp_path}/a.xml", "ok": True, "errors": []},
        {
            "file": f"{tmp_path}/b.xml",
            "ok": False,
            "errors": [{"line": 3, "column": 37, "message": NAME}],
        },
        {"file": f"{tmp_path}/c.xml", "ok": True, "errors": []},
    ]


def test_folders_are_searched_for_xml_files_in_order(tmp_path: Path) -> None:
    for name in ("b.xml", "a.xml", "inner/c.xml", "d.txt", "e.xml.bak"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(GOOD)
    (tmp_path / "folder.xml").mkdir()
    names = [Path(one["file"]).name for one in as_json(tmp_path)]
    assert names == ["a.xml", "b.xml", "c.xml"]


def test_a_file_may_have_any_name(tmp_path: Path) -> None:
    path = tmp_path / "d.txt"
    path.write_text(WRONG)
    assert check(path).exit_code == 1


def test_several_paths_are_all_checked(tmp_path: Path) -> None:
    good, wrong = tmp_path / "a.xml", tmp_path / "b.xml"
    good.write_text(GOOD)
    wrong.write_text(WRONG)
    assert [one["ok"] for one in as_json(wrong, good)] == [False, True]
    assert check(wrong, good).exit_code == 1


@pytest.mark.parametrize("words", [[], ["missing.xml"], [".", "--format", "xml"]])
def test_wrong_usage_ends_with_2(words: list[str]) -> None:
    assert check(*words).exit_code == 2


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_file_is_an_error(file: Path) -> None:
    file.write_text(GOOD)
    file.chmod(0)
    result = check(file)
    assert result.exit_code == 1
    assert "cannot be read" in result.stdout


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_file_name_of_any_bytes_can_be_printed(tmp_path: Path, form: str) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.xml"))
    path.write_text(WRONG)
    result = check(path, "--format", form)
    assert result.exit_code == 1
    assert "dcff" in result.stdout


@pytest.mark.parametrize(
    ("content", "place"),
    [
        (WRONG.encode("utf-8-sig"), "3:37"),
        (WRONG.encode("utf-16"), "3:37"),
        (b"\xfe\xff" + WRONG.encode("utf-16-be"), "3:37"),
        (WRONG.replace("\n", "\r\n").encode(), "3:37"),
        (WRONG.replace("<inbound>", "<inbound><!-- é😀 -->").encode(), "3:37"),
        (WRONG.replace('"a"', '"é😀"').encode(), "3:38"),
        (WRONG.replace("\n", "").encode(), "1:58"),
    ],
)
def test_positions_count_characters_of_the_text(file: Path, content: bytes, place: str) -> None:
    assert findings(file, content) == [f"{place}: error: {NAME}"]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "1:1: error: the document is empty"),
        (b"\xef\xbb\xbf", "1:1: error: the document is empty"),
        (b"\xff\xfe", "1:1: error: the document is empty"),
        (b"<policies>\n <\xff>", "2:3: error: is not UTF-8 text: byte 14"),
        (b"<policies>\n\xed\xa0\x80", "2:1: error: is not UTF-8 text"),
        ("<policies>\nab".encode("utf-16") + b"\x00", "2:3: error: is not UTF-16 text"),
        (b"\xff\xfe<\x00\n\x00\x00\xd8<\x00", "2:1: error: is not UTF-16 text"),
        (GOOD.replace("base", "ba\0se").encode(), "3:8: error: '\\x00' is not expected in <ba>"),
        (
            GOOD.replace("<base />", "<base>\0</base>").encode(),
            "3:11: error: the document is not well-formed",
        ),
        (b" " * (257 * 1024), "1:1: error: the document has 263168 bytes; 262144 are allowed"),
        (b"x" * (2 << 20), "1:1: error: has more than 1048576 bytes"),
    ],
)
def test_what_is_no_text_of_a_document(file: Path, content: bytes, expected: str) -> None:
    (found,) = findings(file, content)
    assert found.startswith(expected)


def test_half_a_character_in_an_expression_can_be_printed(file: Path) -> None:
    text = WRONG.replace('"@(nothing)"', """'@("\\ud800".Wrong)'""")
    assert len(findings(file, text)) == 1
    assert not as_json(file)[0]["ok"]


def test_an_answer_in_seconds_for_the_whole_corpus() -> None:
    if not CORPUS.is_dir():
        pytest.skip(f"the corpus of public policies is not at {CORPUS}")
    begun = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [sys.executable, "-m", "fastgw", "check-policy", "--format", "json", str(CORPUS)],
        capture_output=True,
        text=True,
        timeout=120,
    )
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    files = [json.loads(line)["file"] for line in done.stdout.splitlines()]
    assert (done.stderr, len(files)) == ("", len(list(CORPUS.rglob("*.xml"))))
    # Of one processor, whatever else the machine does.
    assert ended.ru_utime - begun.ru_utime < 5.0
