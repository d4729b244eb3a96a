"""The roots of the system, for judgements that are not OpenSSL's: read once, parsed when one is asked for.

Where they are is what OpenSSL says, `SSL_CERT_FILE` and `SSL_CERT_DIR` included. Files that cannot be read
hold no roots; the chains that need them are then not trusted, which is the safe side.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import functools
import re
import ssl
import warnings
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.utils import CryptographyDeprecationWarning

from fastgw.tls.certs import UNREADABLE
from fastgw.tls.names import CanonicalName, canonical_name

_PEM: Final = re.compile(
    rb"-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----(.*?)-----END (?:TRUSTED |X509 )?CERTIFICATE-----",
    re.DOTALL,
)
# What `openssl rehash` names the files of a directory.
_HASHED: Final = re.compile(r"[0-9a-f]{8}\.\d+")

RootIndex = dict[CanonicalName, tuple[bytes, ...]]


def system_roots() -> RootIndex:
    """The roots of the system (DER) by their subjects. The first call reads them: 10 to 50 ms for 143."""
    paths = ssl.get_default_verify_paths()
    return _read_roots(paths.cafile, paths.capath)


@functools.lru_cache(maxsize=4)
def _read_roots(file: str | None, folder: str | None) -> RootIndex:
    found: dict[bytes, None] = {}
    for path in _files(file, folder):
        try:
            content = path.read_bytes()
        except OSError:
            continue
        for block in _PEM.finditer(content):
            try:
                found[base64.b64decode(b"".join(block.group(1).split()), validate=True)] = None
            except binascii.Error:
                continue
    index: RootIndex = {}
    with warnings.catch_warnings():
        # Some roots of the world have a serial number of zero; that is no news for the operator.
        warnings.simplefilter("ignore", CryptographyDeprecationWarning)
        for der in found:
            try:
                subject = canonical_name(x509.load_der_x509_certificate(der).subject)
            except UNREADABLE:
                continue
            index[subject] = (*index.get(subject, ()), der)
    return index


def _files(file: str | None, folder: str | None) -> list[Path]:
    files = [] if file is None else [Path(file)]
    if folder is not None:
        with contextlib.suppress(OSError):
            files += sorted(path for path in Path(folder).iterdir() if _HASHED.fullmatch(path.name))
    return files
