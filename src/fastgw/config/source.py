"""From SOURCE to the bytes of files: which file is meant, and bounded reading of it and its neighbours.

Must never interpret a file, and never read more of one than its bound.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final, NoReturn

from fastgw.errors import ConfigurationError, Diagnostic, Position

FILE_NAME: Final = "gateway.yaml"
LARGEST_SOURCE: Final = 16 * 1024 * 1024
LARGEST_NEIGHBOUR: Final = 1024 * 1024
# spec/management-api.md section 14.7.
# A fragment may have 512 KB; the compiler holds documents to less (spec/policies/document.md section 1).
LARGEST_POLICY: Final = 512 * 1024

# The folders that the two APIOps tools write (spec/apiops.md sections 1 and 2).
_APIOPS: Final = (
    "apis",
    "backends",
    "diagnostics",
    "loggers",
    "named values",
    "namedValues",
    "policy fragments",
    "policyFragments",
    "products",
    "subscriptions",
    "version sets",
    "versionSets",
)

APIOPS_MESSAGE: Final = (
    "this is an APIOps folder; reading one is not supported yet: describe the gateway in a gateway.yaml"
)
ARM_MESSAGE: Final = (
    "this is an ARM template; reading one is not supported yet: describe the gateway in a gateway.yaml"
)


class UnreadableError(Exception):
    """A file cannot be used; the text says why and goes on from the file's name."""


def refuse(file: Path, message: str, line: int = 1, column: int = 1) -> NoReturn:
    """Raise ConfigurationError with one error at a place of `file`."""
    raise ConfigurationError((Diagnostic("error", message, Position(str(file), line, column)),)) from None


def find_file(source: Path) -> Path:
    """The gateway.yaml that `source` is or holds; ConfigurationError where there is none."""
    try:
        if not source.exists():
            refuse(source, "there is no such file or folder")
        if not source.is_dir():
            return source
        return _inside(source)
    except (OSError, ValueError):
        refuse(source, "the file or folder cannot be read")


def _inside(source: Path) -> Path:
    file = source / FILE_NAME
    if file.exists():
        return file
    if (source / "gateway.yml").exists():
        refuse(source, "the folder holds gateway.yml; name it gateway.yaml, or give the file itself")
    if (source / "policy.xml").exists() or any((source / name).is_dir() for name in _APIOPS):
        refuse(source, APIOPS_MESSAGE)
    refuse(source, f"the folder holds no {FILE_NAME}")


def read_source(file: Path) -> str:
    """The text of `file` without its byte order mark; ConfigurationError where it cannot be had."""
    try:
        data = read_neighbour(file, LARGEST_SOURCE)
    except UnreadableError as error:
        refuse(file, f"the file {error}")
    try:
        return data.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8").removeprefix("\ufeff")
        line = before.count("\n") + 1
        refuse(file, "the file is not UTF-8", line, len(before) - (before.rfind("\n") + 1) + 1)


class FilesRead:
    """The files that certificates and ${file:...} were taken from: path -> SHA-256 of the content."""

    def __init__(self) -> None:
        self.digests: dict[str, bytes] = {}

    def read(self, file: Path) -> bytes:
        """The bytes of a file that the configuration names, which is remembered; raises UnreadableError."""
        data = read_neighbour(file)
        self.digests[str(file)] = hashlib.sha256(data).digest()
        return data


def read_neighbour(file: Path, largest: int = LARGEST_NEIGHBOUR) -> bytes:
    """The bytes of a file that the configuration names; raises UnreadableError.

    Only regular files are read: waiting for a pipe to be written would hang the start.
    """
    try:
        if file.exists() and not file.is_file():
            raise UnreadableError("is not a regular file")
    except (OSError, ValueError):
        raise UnreadableError("cannot be read") from None
    return _read(file, largest)


def read_neighbour_text(file: Path, largest: int = LARGEST_NEIGHBOUR) -> str:
    """The UTF-8 text of a file that the configuration names, without a byte order mark."""
    return decode_neighbour(read_neighbour(file, largest))


def decode_neighbour(data: bytes) -> str:
    """UTF-8 text without a byte order mark; raises UnreadableError."""
    try:
        return data.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError:
        raise UnreadableError("is not UTF-8") from None


def _read(file: Path, largest: int) -> bytes:
    try:
        with file.open("rb") as stream:
            data = stream.read(largest + 1)
    except FileNotFoundError:
        raise UnreadableError("does not exist") from None
    except PermissionError:
        raise UnreadableError("may not be read by this user") from None
    except (OSError, ValueError):
        raise UnreadableError("cannot be read") from None
    if len(data) > largest:
        raise UnreadableError(f"is larger than {largest // 1024} KiB")
    return data
