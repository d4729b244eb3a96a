"""Which changes of files are noticed, and when; looks are made by hand, so nothing waits."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from fastgw.file_watch import MOST_MOVES, PERIOD, FileWatch


class Watched:
    """A watch whose time goes on with every look."""

    def __init__(self, files: Mapping[Path, bytes]) -> None:
        self.now = 1000.0
        self.watch = FileWatch()
        self.follow(files)

    def follow(self, files: Mapping[Path, bytes]) -> None:
        digests = {str(path): hashlib.sha256(content).digest() for path, content in files.items()}
        self.watch.follow(digests, self.now)

    def look(self) -> list[str]:
        self.now += PERIOD
        return [Path(path).name for path in self.watch.look(self.now)]

    def looks(self, count: int) -> list[list[str]]:
        return [self.look() for _ in range(count)]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "cert.pem"
    path.write_bytes(b"one")
    return path


def test_nothing_is_due_where_nothing_is_watched() -> None:
    watched = Watched({})
    assert watched.watch.due is None
    assert watched.look() == []


def test_a_look_before_its_time_sees_nothing(file: Path) -> None:
    watched = Watched({file: b"other"})
    assert watched.watch.due == 1000.0 + PERIOD
    assert [watched.watch.look(1000.0 + PERIOD * 0.9) for _ in range(5)] == [()] * 5


def test_a_file_that_stays_as_it_was_read_is_never_told(file: Path) -> None:
    assert Watched({file: b"one"}).looks(5) == [[]] * 5


def test_a_change_is_told_once_when_it_has_kept_still(file: Path) -> None:
    watched = Watched({file: b"one"})
    assert watched.looks(3) == [[]] * 3
    file.write_bytes(b"two")
    assert watched.looks(4) == [[], ["cert.pem"], [], []]


def test_a_change_between_reading_and_the_first_look_is_told(file: Path) -> None:
    assert Watched({file: b"older"}).looks(3) == [[], ["cert.pem"], []]


def test_a_file_that_was_only_touched_or_written_anew_has_not_changed(file: Path) -> None:
    watched = Watched({file: b"one"})
    watched.looks(3)
    os.utime(file, (1, 1))
    assert watched.looks(3) == [[]] * 3
    new = file.with_suffix(".new")
    new.write_bytes(b"one")
    new.replace(file)
    assert watched.looks(3) == [[]] * 3


def test_a_change_of_the_same_length_and_time_is_told(file: Path) -> None:
    watched = Watched({file: b"one"})
    watched.looks(3)
    before = file.stat()
    file.write_bytes(b"two")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert watched.looks(2) == [[], ["cert.pem"]]


def test_a_link_that_is_swapped_as_kubernetes_does_it_is_told(tmp_path: Path) -> None:
    for version in ("one", "two"):
        (tmp_path / version).mkdir()
        (tmp_path / version / "tls.crt").write_text(version)
    (tmp_path / "..data").symlink_to("one")
    (tmp_path / "tls.crt").symlink_to("..data/tls.crt")
    watched = Watched({tmp_path / "tls.crt": b"one"})
    watched.looks(3)
    (tmp_path / "..data_tmp").symlink_to("two")
    (tmp_path / "..data_tmp").replace(tmp_path / "..data")
    assert watched.looks(3) == [[], ["tls.crt"], []]


def test_a_file_that_is_gone_has_not_changed_until_it_is_back(file: Path) -> None:
    watched = Watched({file: b"one"})
    watched.looks(3)
    file.unlink()
    assert watched.looks(4) == [[]] * 4
    file.write_bytes(b"two")
    assert watched.looks(3) == [[], ["cert.pem"], []]


def test_what_is_renewed_together_is_told_together(file: Path) -> None:
    password = file.with_name("cert.pass")
    password.write_bytes(b"p1")
    watched = Watched({file: b"one", password: b"p1"})
    watched.looks(3)
    file.write_bytes(b"two")
    assert watched.look() == []
    password.write_bytes(b"p2")
    assert watched.looks(3) == [[], ["cert.pass", "cert.pem"], []]


def test_a_file_that_never_keeps_still_does_not_hold_the_others_up_for_ever(file: Path) -> None:
    restless = file.with_name("restless")
    restless.write_bytes(b"0")
    watched = Watched({file: b"one", restless: b"0"})
    watched.looks(3)
    file.write_bytes(b"two")
    told: list[str] = []
    for number in range(1, MOST_MOVES + 3):
        restless.write_bytes(b"x" * number)
        told += watched.look()
    assert told == ["cert.pem"]


def test_what_was_read_again_is_watched_on_from_there(file: Path) -> None:
    watched = Watched({file: b"one"})
    watched.looks(3)
    file.write_bytes(b"two")
    assert watched.looks(2) == [[], ["cert.pem"]]
    watched.follow({file: b"two"})
    assert watched.looks(3) == [[]] * 3
    watched.follow({file: b"one"})
    assert watched.looks(3) == [[], ["cert.pem"], []]


def test_a_pipe_or_a_folder_in_the_place_of_a_file_is_not_waited_for(file: Path) -> None:
    watched = Watched({file: b"one"})
    watched.looks(3)
    file.unlink()
    os.mkfifo(file)
    assert watched.looks(3) == [[]] * 3
    file.unlink()
    file.mkdir()
    assert watched.looks(3) == [[]] * 3
