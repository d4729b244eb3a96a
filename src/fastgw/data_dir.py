"""The files that the gateway keeps in its data directory: their names, and the care they are handled with.

They hold secrets. A file that somebody else could have read or written is never used by the gateway, and none
is ever written in part or for others to read. What the files mean is not known here.
"""

from __future__ import annotations

import errno
import os
import secrets
import stat
from pathlib import Path

CERTIFICATE_FILE = "management.pem"
"""Certificate and private key of the management address, PEM."""

TOKEN_FILE = "management.token"  # noqa: S105 a file name
"""The token that status and reset demand, one line of text."""

# Certificate and key of our own making take a few KiB.
_LARGEST = 64 * 1024


def read_own(path: Path) -> bytes:
    """The bytes of a regular file that nobody but this user can have read or written; else OSError."""
    return _read(path, own=True)


def read_told(path: Path) -> bytes:
    """The bytes of a regular file in a directory that the user named, whoever it belongs to; else OSError.

    For clients: an administrator reads the files of the user that the gateway runs as.
    """
    return _read(path, own=False)


def _read(path: Path, *, own: bool) -> bytes:
    # Opening a pipe would wait for a writer.
    links = os.O_NOFOLLOW if own else 0
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | links)
    with os.fdopen(descriptor, "rb") as file:
        about = os.fstat(descriptor)
        if not stat.S_ISREG(about.st_mode):
            raise OSError(errno.EINVAL, "not a regular file")
        if own and (about.st_uid != os.geteuid() or about.st_mode & 0o077):
            raise PermissionError(errno.EPERM, "not a file of this user alone")
        data = file.read(_LARGEST + 1)
    if len(data) > _LARGEST:
        raise OSError(errno.EFBIG, "too large")
    return data


def keep(path: Path, data: bytes) -> None:
    """Write `data` to `path`, mode 0600, whole or not at all; the directory is made. Raises OSError."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    # Whatever stands there already is not ours.
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(descriptor, 0o600)
            file.write(data)
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
